"""What does a caller of the orchestrator see? One test for each behaviour that callers rely on."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import slow_fold

from tier2 import (
    MAX_HUMAN_STEPS,
    MAX_TOTAL_STEPS,
    AntiFailureViolation,
    Decided,
    EnvelopeViolation,
    ExecutionContext,
    OrchestrationResult,
    Orchestrator,
    Pure,
    StepSpec,
    WorkflowDefinition,
    advance,
    canonical,
    decode,
    digest,
    finish,
    pending,
    start,
    verify,
)
from tier2.values.frozen import JsonValue


def merge(step_id: str, **patch: Any) -> StepSpec:
    return StepSpec(id=step_id, kind="runtime", payload={"operation": "state.merge", "patch": patch})


def person(step_id: str) -> StepSpec:
    return StepSpec(id=step_id, kind="human", payload={"description": "Look at it."})


def failing(step_id: str, reason: str) -> StepSpec:
    return StepSpec(id=step_id, kind="runtime", payload={"operation": "fail", "reason": reason})


def workflow(*steps: StepSpec, **metadata: Any) -> WorkflowDefinition:
    return WorkflowDefinition(id="wf-story", steps=steps, metadata=metadata)


def run(*steps: StepSpec, **initial_state: Any) -> OrchestrationResult:
    return Orchestrator().run_workflow(workflow(*steps), ExecutionContext(initial_state=initial_state))


def test_orchestrator_runs_steps_in_order() -> None:
    result = run(merge("a", last="a", a=1), merge("b", last="b", b=2), merge("c", last="c", a=None))
    assert [step.id for step in result.executed_steps] == ["a", "b", "c"]
    assert result.lineage.executed_step_ids == result.receipt.steps == ("a", "b", "c")
    assert [entry.event.step_id for entry in result.receipt.entries] == ["a", "b", "c"]
    assert result.final_state == {"last": "c", "b": 2}


def test_orchestrator_respects_the_limit_of_steps() -> None:
    most = [merge(f"s{i}", **{f"k{i}": i}) for i in range(MAX_TOTAL_STEPS)]
    assert len(run(*most).executed_steps) == 5
    with pytest.raises(AntiFailureViolation) as caught:
        run(*most, merge("one-too-many"))
    assert (caught.value.code, caught.value.where) == ("limits", "$.steps")
    assert "6 steps are more than 5" in str(caught.value)
    assert "'one-too-many'" in caught.value.remedy


def test_orchestrator_respects_the_limit_of_human_steps() -> None:
    most = [person(f"p{i}") for i in range(MAX_HUMAN_STEPS)]
    assert len(run(*most, merge("m")).executed_steps) == 3
    with pytest.raises(AntiFailureViolation) as caught:
        run(*most, merge("m"), person("third"))
    assert (caught.value.code, caught.value.where) == ("limits", "$.steps")
    assert caught.value.remedy == "automate or merge 1 of 'p0', 'p1', 'third'"


def test_orchestrator_is_deterministic_for_the_same_workflow_and_state() -> None:
    steps = (person("p"), merge("a", x={"y": [1, 2.5]}), merge("b", x={"z": None}))
    first, second = run(*steps, k=1, j="e"), run(*steps, j="e", k=1)
    assert canonical(first) == canonical(second)
    assert digest(first) != digest(run(*steps, k=2, j="e"))


def test_orchestrator_records_lineage_and_receipt_deterministically() -> None:
    """The digests were worked out by another implementation, on plain dicts."""
    planned = workflow(person("p"), merge("a", n=1), mission_type="story")
    context = ExecutionContext(initial_state={"n": 0}, metadata={"who": "a test"})
    result = Orchestrator().run_workflow(planned, context)
    events = [
        {"event": "rehearsed", "step_id": "p"},
        {"event": "completed", "step_id": "a", "output": {"n": 1}},
    ]
    plain = {"workflow": planned.to_dict(), "context": context.to_dict(), "events": events}
    assert result.lineage.to_dict() == slow_fold.result(plain)["lineage"]
    assert result.receipt.to_dict() == slow_fold.receipt(plain)
    assert result.lineage.mission_type == "story"
    assert result.receipt.entries[1].state_sha256 == digest({"n": 1})


def test_orchestrator_halts_on_step_failure_with_deterministic_state() -> None:
    steps = (merge("a", seen=["a"]), failing("b", "the disk is full"), merge("c", seen=["c"]))
    result = run(*steps, kept=True)
    assert (result.outcome, result.success) == ("failed", False)
    assert (result.failed_step_id, result.error_message) == ("b", "the disk is full")
    assert [step.id for step in result.executed_steps] == ["a", "b"]
    assert result.final_state == {"kept": True, "seen": ("a",)}
    assert canonical(run(*steps, kept=True)) == canonical(result)


@pytest.mark.parametrize(
    ("steps", "where", "words"),
    [
        ((), "$.steps", "no step"),
        ((merge("a"), merge("a")), "$.steps[1].id", "already that of step 0"),
        ((StepSpec(id="a", kind="robot"),), "$.steps[0].kind", "'robot'"),  # type: ignore[arg-type]  # on purpose
        (
            (person("p"), StepSpec(id="a", kind="runtime")),
            "$.steps[1].payload.operation",
            "names no operation",
        ),
        (
            (StepSpec(id="a", kind="runtime", payload={"operation": "rm"}),),
            "$.steps[0].payload.operation",
            "'rm' is not known",
        ),
    ],
)
def test_orchestrator_enforces_the_execution_envelope(
    steps: tuple[StepSpec, ...], where: str, words: str
) -> None:
    with pytest.raises(EnvelopeViolation) as caught:
        run(*steps)
    assert (caught.value.code, caught.value.where) == ("envelope", where)
    assert words in caught.value.message
    assert caught.value.remedy


def test_orchestrator_checks_the_whole_workflow_before_it_runs_any_step() -> None:
    performed: list[object] = []

    def note(payload: object, _: object) -> dict[str, JsonValue]:
        performed.append(payload)
        return {}

    known = StepSpec(id="a", kind="runtime", payload={"operation": "note"})
    unknown = StepSpec(id="b", kind="runtime", payload={"operation": "unknown"})
    orchestrator = Orchestrator(operations={"note": Pure(note)})
    with pytest.raises(EnvelopeViolation):
        orchestrator.run_workflow(workflow(known, unknown), ExecutionContext())
    assert performed == []
    orchestrator.run_workflow(workflow(known), ExecutionContext())
    assert performed == [{"operation": "note"}]


def test_run_workflow_basic_shape() -> None:
    result = run(merge("a", n=1))
    assert isinstance(result, OrchestrationResult)
    assert list(result.to_dict()) == [
        *("contract", "id", "outcome", "success", "executed_steps", "final_state"),
        *("failed_step_id", "error_message", "lineage", "receipt"),
    ]
    assert (result.id, result.outcome, result.success) == ("wf-story", "completed", True)
    assert (result.failed_step_id, result.error_message) == (None, None)
    assert result.executed_steps == (merge("a", n=1),)


def test_orchestrator_does_not_mutate_the_input_workflow() -> None:
    payload: dict[str, Any] = {"operation": "state.merge", "patch": {"list": [1]}}
    planned = workflow(StepSpec(id="a", kind="runtime", payload=payload), tags=["x"])
    before = planned.to_dict()
    result = Orchestrator().run_workflow(planned, ExecutionContext())
    plain = result.to_dict()
    plain["executed_steps"][0]["payload"]["patch"]["list"].append(2)
    plain["final_state"]["list"].append(3)
    assert planned.to_dict() == before
    assert payload == {"operation": "state.merge", "patch": {"list": [1]}}


def test_orchestrator_does_not_mutate_the_contexts_state() -> None:
    given: dict[str, Any] = {"list": [1], "deep": {"gone": 1}}
    context = ExecutionContext(initial_state=given)
    planned = workflow(merge("a", list=[2], deep={"gone": None, "new": {}}))
    result = Orchestrator().run_workflow(planned, context)
    assert result.final_state == {"list": (2,), "deep": {"new": {}}}
    assert context.to_dict()["initial_state"] == given == {"list": [1], "deep": {"gone": 1}}


def test_a_callers_later_changes_reach_neither_run_nor_result() -> None:
    given: dict[str, Any] = {"list": [1], "deep": {"a": 1}}
    context = ExecutionContext(initial_state=given)
    result = Orchestrator().run_workflow(workflow(merge("a")), context)
    before = digest(result)
    given["list"].append(2)
    given["deep"]["a"] = 2
    assert digest(result) == before
    assert result.final_state == {"list": (1,), "deep": {"a": 1}}
    with pytest.raises(TypeError, match="frozen"):
        result.final_state["list"] = 0  # type: ignore[index]  # on purpose
    with pytest.raises(TypeError, match="frozen"):
        result.final_state["deep"]["a"] = 0  # type: ignore[index]  # on purpose


def test_orchestrator_records_human_steps_in_the_receipt() -> None:
    rehearsal = run(person("p"), merge("a"))
    assert rehearsal.receipt.steps == ("p", "a")
    assert rehearsal.receipt.entries[0].event.to_dict() == {"event": "rehearsed", "step_id": "p"}
    assert rehearsal.outcome == "rehearsed"

    running = start(workflow(person("p"), person("q")), ExecutionContext())
    running = advance(
        running, Decided(step_id="p", verdict="approved", by="Ann", note="fine", output={"k": 1})
    )
    running = advance(running, Decided(step_id="q", verdict="approved", by="Bo"))
    result = finish(running)
    assert result.receipt.steps == ("p", "q")
    assert [entry.event for entry in result.receipt.entries] == list(running.events)
    assert (result.outcome, result.success, result.final_state) == ("completed", True, {"k": 1})


def test_a_rehearsal_claims_no_approval_and_no_work_of_the_world() -> None:
    discover = StepSpec(id="t", kind="runtime", payload={"operation": "tests.discover"})
    result = run(person("p"), discover, merge("a", n=1))
    assert [entry.event.to_dict()["event"] for entry in result.receipt.entries] == [
        *("rehearsed", "rehearsed", "completed")
    ]
    assert (result.outcome, result.success, result.error_message) == ("rehearsed", True, None)


def test_result_serialises_cleanly() -> None:
    result = run(person("p"), merge("a", **{"\u20ac": 4.0, "big": 1e21, "small": 5e-6}), failing("b", "no"))
    data = canonical(result)
    plain = json.loads(data)
    assert plain["final_state"] == {"\u20ac": 4, "big": 1e21, "small": 5e-6}
    assert plain == result.to_dict() == json.loads(json.dumps(result.to_dict()))
    again = decode(data, OrchestrationResult)
    assert (again, digest(again)) == (result, digest(result))
    assert slow_fold.sha256(plain) == digest(result)


def test_the_orchestrator_knows_the_operations_that_it_was_given_and_no_later_ones() -> None:
    operations: dict[str, Any] = dict(Orchestrator().operations)
    orchestrator = Orchestrator(operations=operations)
    operations.clear()
    assert orchestrator.run_workflow(workflow(merge("a", n=1)), ExecutionContext()).final_state == {"n": 1}
    with pytest.raises(TypeError):
        orchestrator.operations["noop"] = None  # type: ignore[index]  # on purpose
    with pytest.raises(EnvelopeViolation):
        Orchestrator(operations={}).run_workflow(workflow(merge("a")), ExecutionContext())


def test_a_receipt_convicts_who_changes_the_story_afterwards() -> None:
    running = start(workflow(person("p")), ExecutionContext())
    asked = pending(running)
    assert asked is not None
    honest = advance(running, Decided(step_id=asked.id, verdict="vetoed", by="Ann", note="not today"))
    forged = advance(running, Decided(step_id=asked.id, verdict="approved", by="Ann", note="not today"))
    result = finish(honest)
    assert result.error_message == "vetoed by Ann: not today"
    assert verify(honest, result) is None
    difference = verify(forged, result)
    assert difference is not None
    assert difference.where == "$.receipt.entries[0].event.verdict"
    assert (difference.expected, difference.found) == ('"approved"', '"vetoed"')


# A set has another order under each hash seed; RFC 8785 puts the last two names in an order that UTF-8 does not.
PROGRAM = """
from tier2 import *
steps = (
    StepSpec(id="p", kind="human"),
    StepSpec(id="a", kind="runtime", payload={"operation": "state.merge", "patch": {c: {c: 1.5} for c in "zyxabc"}}),
)
workflow = WorkflowDefinition(id="w", steps=steps, metadata={c: c for c in {"one", "two", "three", "four"}})
context = ExecutionContext(initial_state={c: [c] for c in {"k", "l", "\\uffee", "\\U0001f600"}}, metadata={"f": 4.0})
print(digest(run_workflow(workflow, context)))
"""


def test_the_digest_of_a_result_is_the_same_in_every_process_and_for_every_hash_seed() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "4242")
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0].strip()) == 64
