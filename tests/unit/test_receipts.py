"""What stands in a lineage and a receipt, and what does `verify` find?"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import slow_fold
from mutations import Json, Path, at, places, replaced, without

from tier2 import (
    AntiFailureViolation,
    Completed,
    Decided,
    Difference,
    Event,
    ExecutionContext,
    Failed,
    IllegalEvent,
    OrchestrationResult,
    Receipt,
    Rehearsed,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    canonical,
    digest,
    finish,
    replay,
    verify,
)
from tier2.canonical import CanonicalBytes, encode, sha256
from tier2.contracts.v1 import Sha256
from tier2.errors import json_path
from tier2.frozen import EMPTY
from tier2.receipts import first_difference, receipt_of

ZEROS = Sha256("0" * 64)


def runtime(step_id: str) -> StepSpec:
    return StepSpec(id=step_id, kind="runtime", payload={"operation": "noop", "n": [1, {"x": None}]})


def human(step_id: str) -> StepSpec:
    return StepSpec(id=step_id, kind="human", payload={"description": "Look."})


def made(*events: Event, metadata: dict[str, Any] | None = None) -> Run:
    workflow = WorkflowDefinition(
        id="w",
        steps=(human("ask"), runtime("work"), runtime("more")),
        metadata={"mission_type": "story", "params": {"p": 0.5}} if metadata is None else metadata,
    )
    context = ExecutionContext(initial_state={"k": [1, 2], "old": "x"}, metadata={"from": "a test"})
    return replay(workflow, context, events)


APPROVED = Decided(step_id="ask", verdict="approved", by="Ann", note="go", output={"ok": True})
WORKED = Completed(step_id="work", output={"n": 1.5, "old": None, "list": ["a", {"b": None}]})
WHOLE = made(APPROVED, WORKED, Rehearsed(step_id="more"))
FAILED = made(APPROVED, Failed(step_id="work", reason="disk full"))
VETOED = made(Decided(step_id="ask", verdict="vetoed", by="Ann"))
RUNS = (WHOLE, FAILED, VETOED)


@pytest.mark.parametrize("run", RUNS)
def test_a_result_is_what_a_dumb_fold_over_plain_dicts_comes_to(run: Run) -> None:
    assert finish(run).to_dict() == slow_fold.result(run.to_dict())


def test_the_chain_stands_on_context_and_workflow_and_each_entry_on_the_one_before() -> None:
    receipt = finish(WHOLE).receipt
    link = {"workflow_sha256": digest(WHOLE.workflow), "context_sha256": digest(WHOLE.context)}
    assert receipt.entries[0].previous_sha256 == digest(link)
    assert receipt.entries[1].previous_sha256 == digest(receipt.entries[0])
    assert receipt.entries[2].previous_sha256 == digest(receipt.entries[1])
    assert receipt.head_sha256 == digest(receipt.entries[2])


def test_an_entry_holds_the_digest_of_the_state_after_its_event() -> None:
    entries = finish(WHOLE).receipt.entries
    first: dict[str, Json] = {"k": [1, 2], "old": "x", "ok": True}
    second: dict[str, Json] = {"k": [1, 2], "ok": True, "n": 1.5, "list": ["a", {"b": None}]}
    assert [entry.state_sha256 for entry in entries] == [digest(first), digest(second), digest(second)]


def test_digests_known_by_another_program() -> None:
    """Made with printf and sha256sum: of the empty state, and of the smallest chain."""
    workflow = WorkflowDefinition(id="w", steps=(StepSpec(id="a", kind="human", payload={}),), metadata={})
    result = finish(replay(workflow, ExecutionContext(), [Rehearsed(step_id="a")]))
    assert result.lineage.context_sha256 == "568a7dbfab122425fd4d400eea3519e958348851cef1d5234ccbc88a244049a0"
    assert (
        result.lineage.workflow_sha256 == "3478902a4983f14444fe60223af4742379746505c99746415383f0dbee9fa9bf"
    )
    assert (
        result.receipt.entries[0].previous_sha256
        == "48f941bbb7d58cf585811091917c9617db322359bff527ef35582242ed86e17d"
    )
    assert (
        result.receipt.entries[0].state_sha256
        == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )
    assert result.receipt.head_sha256 == "583bc2151751d9d7c7354ebe1f6914663cbe8778571b2e0531017fe6e4982a15"


@pytest.mark.parametrize(
    ("metadata", "mission_type"),
    [
        ({"mission_type": "story"}, "story"),
        ({"mission_type": ""}, ""),
        ({}, None),
        ({"mission_type": None}, None),
        ({"mission_type": 1}, None),
        ({"mission_type": ["story"]}, None),
        ({"mission_type": {"type": "story"}}, None),
    ],
)
def test_the_mission_type_is_the_metadatas_text_or_null(
    metadata: dict[str, Any], mission_type: str | None
) -> None:
    result = finish(made(Decided(step_id="ask", verdict="vetoed", by="Ann"), metadata=metadata))
    assert result.lineage.mission_type == mission_type


@pytest.mark.parametrize("states", [0, 2])
def test_a_receipt_is_not_made_of_events_and_states_of_different_numbers(states: int) -> None:
    lineage = finish(WHOLE).lineage
    with pytest.raises(ValueError, match="zip"):
        receipt_of(lineage, [APPROVED], [EMPTY] * states)


# What is hashed, and how often


@dataclass
class Hashing:
    """What was encoded, and how often sha256 was asked, while a result was made."""

    encoded: list[Any]
    hashed: list[bytes]


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Hashing:
    seen = Hashing([], [])

    def noted_encode(value: Any) -> CanonicalBytes:
        seen.encoded.append(value)
        return encode(value)

    def noted_sha256(data: CanonicalBytes) -> Sha256:
        seen.hashed.append(data)
        return sha256(data)

    monkeypatch.setattr("tier2.receipts.encode", noted_encode)
    monkeypatch.setattr("tier2.receipts.sha256", noted_sha256)
    return seen


@pytest.mark.parametrize(("run", "states"), [(WHOLE, 2), (FAILED, 1), (VETOED, 1)])
def test_a_finish_hashes_everything_and_each_state_once(hashing: Hashing, run: Run, states: int) -> None:
    """Workflow, context, the link of both, an entry for each event, and each state that differs from the one before."""
    finish(run)
    assert len(hashing.hashed) == len(hashing.encoded) == 3 + len(run.events) + states
    assert set(Counter(bytes(data) for data in hashing.hashed).values()) == {1}


def test_a_state_that_nothing_changed_is_hashed_once_however_many_steps_pass(hashing: Hashing) -> None:
    idle = tuple(Rehearsed(step_id=name) for name in ("ask", "work", "more"))
    finish(made(*idle))
    assert len(hashing.hashed) == 3 + 3 + 1
    hashing.hashed.clear()
    finish(made(idle[0], Completed(step_id="work"), Completed(step_id="more", output={})))
    assert len(hashing.hashed) == 3 + 3 + 1


# verify


def leaves(document: Json) -> Iterator[Path]:
    """The paths of the scalars, the tags left out: another tag makes another type."""
    for path in places(document):
        if not isinstance(at(document, path), dict | list) and path[-1] not in ("contract", "event"):
            yield path


def changed(document: Json, path: Path) -> Json:
    """Another value that the types allow in place of a leaf."""
    leaf = at(document, path)
    match path[-1], leaf:
        case "outcome", _:
            return "completed" if leaf != "completed" else "failed"
        case "verdict", _:
            return "approved" if leaf == "vetoed" else "vetoed"
        case "kind", _:
            return "human" if leaf == "runtime" else "runtime"
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
def test_a_change_of_any_single_leaf_is_found_at_its_path(run: Run, path: Path) -> None:
    document = finish(run).to_dict()
    other = changed(document, path)
    difference = verify(run, result_with(path, other, run))
    assert difference == Difference(json_path(path), text(at(document, path)), text(other))


def test_the_leaves_of_a_result_are_all_there_are() -> None:
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
def test_extra_missing_and_retyped_members_are_found_at_their_paths(
    path: Path, value: Json, where: str, expected: str, found: str
) -> None:
    assert verify(WHOLE, result_with(path, value)) == Difference(where, expected, found)


@pytest.mark.parametrize(
    "path", [("final_state", "k"), ("final_state", "k", 1), ("final_state", "list", 1, "b")]
)
def test_a_missing_member_of_the_state_is_found(path: Path) -> None:
    document = finish(WHOLE).to_dict()
    lacking = msgspec.convert(without(document, path), OrchestrationResult)
    assert verify(WHOLE, lacking) == Difference(json_path(path), text(at(document, path)), "absent")


def test_a_lost_entry_is_found_with_its_whole_text() -> None:
    result = finish(WHOLE)
    receipt = result.receipt
    short = Receipt(
        id=receipt.id, steps=receipt.steps, entries=receipt.entries[:2], head_sha256=receipt.head_sha256
    )
    difference = verify(WHOLE, msgspec.structs.replace(result, receipt=short))
    assert difference == Difference("$.receipt.entries[2]", canonical(receipt.entries[2]).decode(), "absent")


def test_the_first_difference_is_the_first_cause_lineage_then_receipt_link_by_link_then_the_rest() -> None:
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
def test_a_run_changed_anywhere_no_longer_has_the_result(run: Run, other: Run, path: Path) -> None:
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


def test_the_changes_of_a_run_above_are_of_every_part() -> None:
    paths = [mark.values[2] for mark in CHANGED_RUNS]
    starts = Counter(path[:2] if isinstance(path, tuple) else () for path in paths)
    assert {*starts} >= {
        *(("workflow", "id"), ("workflow", "steps"), ("workflow", "metadata")),
        *(("context", "initial_state"), ("context", "metadata")),
        *(("events", 0), ("events", 1)),
    }
    assert len(paths) > 30


def test_verify_compares_bytes_and_not_what_python_calls_equal() -> None:
    """1 == True in Python; their texts differ."""
    result = finish(WHOLE)
    other = msgspec.structs.replace(result, final_state={**result.final_state, "ok": 1})
    assert other == result
    assert verify(WHOLE, other) == Difference("$.final_state.ok", "true", "1")


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
def test_verify_refuses_a_run_that_has_no_result(run: Run, kind: type[Tier2Error], where: str) -> None:
    with pytest.raises(kind) as caught:
        verify(run, finish(WHOLE))
    assert caught.value.where == where


def test_two_results_that_are_the_same_have_no_first_difference() -> None:
    assert first_difference(finish(WHOLE), finish(WHOLE)) is None


def test_a_difference_is_three_texts() -> None:
    difference = first_difference(finish(WHOLE), finish(VETOED))
    assert difference is not None
    assert difference._fields == ("where", "expected", "found")
    assert (difference.where, difference.expected, difference.found) == (
        "$.lineage.executed_step_ids[1]",
        '"work"',
        "absent",
    )
