"""Which differences does `verify` find?"""

import json
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest
import slow_fold
from ended_runs import APPROVED, RUNS, VETOED, WHOLE, WORKED, human, made
from mutations import Json, Path, at, places, replaced, without

from tier2 import (
    OPERATIONS,
    AntiFailureViolation,
    Completed,
    Decided,
    Difference,
    EnvelopeViolation,
    ExecutionContext,
    Fail,
    Failed,
    Host,
    IllegalEvent,
    OrchestrationResult,
    Pure,
    Receipt,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    canonical,
    finish,
    replay,
    run_workflow,
    verify,
)
from tier2.engine.verification import rerun, revisions_of
from tier2.errors import json_path


def leaves(document: Json) -> Iterator[Path]:
    """The paths of the scalars, the tags left out: another tag makes another type."""
    for path in places(document):
        if not isinstance(at(document, path), dict | list) and path[-1] not in ("contract", "event"):
            yield path


def changed(document: Json, path: Path) -> Json:
    """Another value that the types allow for this member."""
    leaf = at(document, path)
    match path[-1], leaf:
        case "outcome", _:
            return "completed" if leaf != "completed" else "failed"
        case "verdict", _:
            return "approved" if leaf == "vetoed" else "vetoed"
        case "kind", _:
            return "human" if leaf == "runtime" else "runtime"
        case ("at" | "head_sha256") as name, None:
            return {"at": "2026-03-01T09:30:00Z", "head_sha256": "0" * 64}[name]
        case _, bool():
            return not leaf
        case _, None:
            return "x"
        case _, int() | float():
            return leaf + 1
    digest_like = len(leaf) == 64
    return ("1" if leaf[0] == "0" else "0") + leaf[1:] if digest_like else leaf + "x"


def text(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def result_with(path: Path, value: Json, run: Run = WHOLE) -> OrchestrationResult:
    return msgspec.convert(replaced(finish(run).to_dict(), path, value), OrchestrationResult)


RESULT_LEAVES = [(run, path) for run in RUNS for path in leaves(finish(run).to_dict())]


@pytest.mark.parametrize("run", RUNS)
def test_a_true_result_has_no_difference(run: Run) -> None:
    assert verify(run, finish(run)) is None
    assert verify(run, msgspec.convert(slow_fold.result(run.to_dict()), OrchestrationResult)) is None


@pytest.mark.parametrize(
    ("run", "path"), [pytest.param(run, path, id=json_path(path)) for run, path in RESULT_LEAVES]
)
def test_a_change_of_any_member_is_found(run: Run, path: Path) -> None:
    document = finish(run).to_dict()
    other = changed(document, path)
    difference = verify(run, result_with(path, other, run))
    assert difference == Difference(path, text(at(document, path)), text(other))


def test_every_member_of_a_result_is_tested() -> None:
    """So that the test above is about every field."""
    names = {part for _, path in RESULT_LEAVES for part in path if isinstance(part, str)}
    assert names >= {
        *(
            "id",
            "outcome",
            "success",
            "executed_steps",
            "kind",
            "final_state",
            "failed_step_id",
            "error_message",
        ),
        *("workflow_id", "mission_type", "executed_step_ids", "workflow_sha256", "context_sha256"),
        *(
            "steps",
            "entries",
            "state_sha256",
            "previous_sha256",
            "head_sha256",
            "step_id",
            "by",
            "note",
            "verdict",
        ),
    }


@pytest.mark.parametrize(
    ("path", "value", "where", "expected", "found"),
    [
        (("final_state", "extra"), 1, "$.final_state.extra", "absent", "1"),
        (("final_state", "n"), {"a": 1}, "$.final_state.n", "1.5", '{"a":1}'),
        (("final_state", "k"), [1, 2, 3], "$.final_state.k[2]", "absent", "3"),
        (("final_state", "k"), [1], "$.final_state.k[1]", "2", "absent"),
        (("final_state", "k"), {"0": 1, "1": 2}, "$.final_state.k", "[1,2]", '{"0":1,"1":2}'),
        (("final_state", "list", 1, "b"), [], "$.final_state.list[1].b", "null", "[]"),
        (("final_state", "ok"), 1, "$.final_state.ok", "true", "1"),
        (("final_state", "a name"), None, '$.final_state["a name"]', "absent", "null"),
        (
            ("receipt", "entries", 2, "event"),
            {"event": "completed", "step_id": "more", "output": {}},
            "$.receipt.entries[2].event.event",
            '"rehearsed"',
            '"completed"',
        ),
        (("receipt", "steps"), ["ask", "work"], "$.receipt.steps[2]", '"more"', "absent"),
    ],
)
def test_members_of_another_type_are_found(
    path: Path, value: Json, where: str, expected: str, found: str
) -> None:
    difference = verify(WHOLE, result_with(path, value))
    assert difference is not None
    assert (difference.where, difference.expected, difference.found) == (where, expected, found)


@pytest.mark.parametrize(
    "path", [("final_state", "k"), ("final_state", "k", 1), ("final_state", "list", 1, "b")]
)
def test_a_missing_member_of_the_state_is_found(path: Path) -> None:
    document = finish(WHOLE).to_dict()
    lacking = msgspec.convert(without(document, path), OrchestrationResult)
    assert verify(WHOLE, lacking) == Difference(path, text(at(document, path)), "absent")


def test_a_lost_entry_is_found_with_its_text() -> None:
    result = finish(WHOLE)
    receipt = result.receipt
    short = Receipt(
        id=receipt.id, steps=receipt.steps, entries=receipt.entries[:2], head_sha256=receipt.head_sha256
    )
    difference = verify(WHOLE, msgspec.structs.replace(result, receipt=short))
    assert difference == Difference(
        ("receipt", "entries", 2), canonical(receipt.entries[2]).decode(), "absent"
    )


def test_causes_are_found_before_effects() -> None:
    order: tuple[Path, ...] = (
        ("lineage", "workflow_id"),
        ("lineage", "workflow_sha256"),
        ("lineage", "context_sha256"),
        ("receipt", "id"),
        ("receipt", "entries", 0, "event", "output", "ok"),
        ("receipt", "entries", 0, "state_sha256"),
        ("receipt", "entries", 1, "previous_sha256"),
        ("receipt", "entries", 2, "state_sha256"),
        ("receipt", "head_sha256"),
        ("id",),
        ("outcome",),
        ("executed_steps", 0, "id"),
        ("final_state", "n"),
    )
    document = finish(WHOLE).to_dict()
    found: list[str] = []
    for path in reversed(order):
        document = replaced(document, path, changed(document, path))
        difference = verify(WHOLE, msgspec.convert(document, OrchestrationResult))
        found.append(difference.where if difference else "none")
    assert found == [json_path(path) for path in reversed(order)]


def legal(document: Json) -> Run | None:
    """A run document as a run, if its events could have happened and it is over."""
    run = msgspec.convert(document, Run)
    try:
        finish(run)
    except Tier2Error:
        return None
    return run


CHANGED_RUNS = [
    pytest.param(run, changed_run, path, id=f"{len(run.events)}-{json_path(path)}")
    for run in RUNS
    for path in leaves(run.to_dict())
    if (changed_run := legal(replaced(run.to_dict(), path, changed(run.to_dict(), path)))) is not None
]


@pytest.mark.parametrize(("run", "other", "path"), CHANGED_RUNS)
def test_any_change_of_the_run_is_found(run: Run, other: Run, path: Path) -> None:
    difference = verify(other, finish(run))
    assert difference is not None
    causes: dict[Path, str] = {
        ("workflow", "id"): "$.lineage.workflow_id",
        ("workflow", "metadata", "mission_type"): "$.lineage.mission_type",
    }
    cause = causes.get(path, f"$.lineage.{path[0]}_sha256")
    if path[0] == "events":
        cause = json_path(("receipt", "entries", path[1], "event", *path[2:]))
    assert difference.where == cause


def test_every_part_of_a_run_is_changed() -> None:
    paths = [mark.values[2] for mark in CHANGED_RUNS]
    starts = Counter(path[:2] if isinstance(path, tuple) else () for path in paths)
    assert {*starts} >= {
        *(("workflow", "id"), ("workflow", "steps"), ("workflow", "metadata")),
        *(("context", "initial_state"), ("context", "metadata")),
        *(("events", 0), ("events", 1)),
    }
    assert len(paths) > 30


def test_verify_compares_canonical_bytes() -> None:
    """1 == True in Python; their texts differ."""
    result = finish(WHOLE)
    other = msgspec.structs.replace(result, final_state={**result.final_state, "ok": 1})
    assert other == result
    assert verify(WHOLE, other) == Difference(("final_state", "ok"), "true", "1")


UNFINISHED = made(APPROVED)
IMPOSSIBLE = Run(workflow=WHOLE.workflow, context=WHOLE.context, events=(WORKED,))
BEYOND = Run(
    workflow=WorkflowDefinition(id="w", steps=(human("a"), human("b"), human("c"))), context=WHOLE.context
)


@pytest.mark.parametrize(
    ("run", "kind", "where"),
    [
        (UNFINISHED, IllegalEvent, "$.events[1]"),
        (IMPOSSIBLE, IllegalEvent, "$.events[0]"),
        (BEYOND, AntiFailureViolation, "$.steps"),
    ],
)
def test_verify_refuses_a_run_without_result(run: Run, kind: type[Tier2Error], where: str) -> None:
    with pytest.raises(kind) as caught:
        verify(run, finish(WHOLE))
    assert caught.value.where == where


def test_a_difference_is_three_strings() -> None:
    difference = verify(WHOLE, finish(VETOED))
    assert difference is not None
    assert (difference.where, difference.expected, difference.found) == (
        "$.lineage.executed_step_ids[1]",
        '"work"',
        "absent",
    )


# Performing the pure operations again

STEPS = (
    StepSpec(id="merge", kind="runtime", payload={"operation": "state.merge", "patch": {"a": 1}}),
    StepSpec(id="ask", kind="human"),
    StepSpec(id="send", kind="runtime", payload={"operation": "send"}),
    StepSpec(id="count", kind="runtime", payload={"operation": "count"}),
)
HOSTS = {**OPERATIONS, "send": Host(), "count": Pure(lambda _, state: {"members": len(state)})}
DONE = replay(
    WorkflowDefinition(id="w", steps=STEPS),
    ExecutionContext(),
    [
        Completed(step_id="merge", output={"a": 1}),
        Decided(step_id="ask", verdict="approved", by="Ada", output={"b": 2}),
        Completed(step_id="send", output={"c": 3}),
        Completed(step_id="count", output={"members": 3}),
    ],
)


def test_the_same_operations_give_the_same_events() -> None:
    assert rerun(DONE, HOSTS) is None
    rehearsed = run_workflow(DONE.workflow, DONE.context, HOSTS)
    assert rerun(Run(workflow=DONE.workflow, context=DONE.context, events=DONE.events[:1]), HOSTS) is None
    assert (
        rerun(replay(DONE.workflow, DONE.context, [e.event for e in rehearsed.receipt.entries]), HOSTS)
        is None
    )


def test_an_operation_that_changed_is_found() -> None:
    changed_count = {**HOSTS, "count": Pure(lambda _, state: Fail(f"{len(state)} members"))}
    assert rerun(DONE, changed_count) == Difference(
        ("receipt", "entries", 3, "event"),
        '{"event":"failed","reason":"3 members","step_id":"count"}',
        '{"event":"completed","output":{"members":3},"step_id":"count"}',
    )


def test_a_failure_that_is_gone_is_found() -> None:
    failed = replay(DONE.workflow, DONE.context, [Failed(step_id="merge", reason="no patch")])
    difference = rerun(failed, HOSTS)
    assert difference is not None
    assert difference.where == "$.receipt.entries[0].event"


def test_an_unknown_operation_cannot_be_done_again() -> None:
    fewer = {name: operation for name, operation in HOSTS.items() if name != "count"}
    with pytest.raises(EnvelopeViolation) as refused:
        rerun(DONE, fewer)
    assert (refused.value.code, refused.value.where) == ("envelope", "$.workflow.steps[3].payload.operation")
    assert (
        refused.value.message
        == "the operation 'count' of step 'count' is not known here, and cannot be done again"
    )
    assert refused.value.remedy == "verify without doing it again, or where it is known"


def test_the_revisions_are_those_of_what_is_done_again() -> None:
    known = {**HOSTS, "send": Host("7"), "count": Pure(lambda _, state: {"members": len(state)}, "2")}
    assert revisions_of(DONE, known) == {"state.merge": "1", "count": "2"}
    assert revisions_of(DONE, {**known, "count": HOSTS["count"]}) == {"state.merge": "1", "count": None}
    begun = replay(DONE.workflow, DONE.context, DONE.events[:1])
    assert revisions_of(begun, known) == {"state.merge": "1"}
    assert revisions_of(begun, {}) == {}
