"""Missions are planned and run: the story of a caller who imports the package."""

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
    MISSIONS,
    AntiFailureViolation,
    Decided,
    EnvelopeViolation,
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    Orchestrator,
    Pure,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    decode,
    digest,
    finish,
    pending,
    start,
    verify,
)
from tier2.values.frozen import JsonValue


def step(step_id: str, operation: str, **payload: Any) -> StepSpec:
    return StepSpec(id=step_id, kind="runtime", payload={"operation": operation, **payload})


def merge(step_id: str, **patch: Any) -> StepSpec:
    return step(step_id, "state.merge", patch=patch)


def person(step_id: str) -> StepSpec:
    return StepSpec(id=step_id, kind="human", payload={"description": "Look at it."})


def workflow(*steps: StepSpec, **metadata: Any) -> WorkflowDefinition:
    return WorkflowDefinition(id="wf-story", steps=steps, metadata=metadata)


def run(*steps: StepSpec, **initial_state: Any) -> OrchestrationResult:
    return Orchestrator().run_workflow(workflow(*steps), ExecutionContext(initial_state=initial_state))


# Missions


@pytest.mark.parametrize("type", sorted(MISSIONS))
@pytest.mark.parametrize("params", [{}, {"requested_steps": 0}, {"requested_human_steps": 9, "target": "x"}])
def test_the_plan_of_every_mission_type_can_be_run(type: str, params: dict[str, Any]) -> None:
    planned = build_workflow(MissionSpec(type=type, params=params))
    assert planned.metadata == {"mission_type": type, "params": params}
    result = Orchestrator().run_workflow(planned, ExecutionContext())
    assert result.success
    assert result.lineage.mission_type == type
    assert result.lineage.workflow_sha256 == digest(planned)
    assert [one.id for one in result.executed_steps] == [one.id for one in planned.steps]


def test_a_planned_daily_loop_is_run_to_its_end() -> None:
    rent: Any = {"text": "Pay the rent", "done": False, "priority": "A", "due": "2026-03-03"}
    plants: Any = {"text": "Water the plants", "done": False, "created": "2026-03-01"}
    call: Any = {"text": "Call the bank", "done": True, "completed": "2026-03-02"}
    planned = build_workflow(MissionSpec(type="daily_loop", params={"requested_steps": 5}))
    day = ExecutionContext(initial_state={"today": "2026-03-03", "tasks": [plants, rent, call]})
    yesterday = {"completed": ["Call the bank"], "carried_over": ["Water the plants", "Pay the rent"]}
    priorities = ["Pay the rent", "Water the plants"]
    assert Orchestrator().run_workflow(planned, day).to_dict()["final_state"] == {
        "today": "2026-03-03",
        "tasks": [plants, rent],
        "yesterday": {"date": "2026-03-02", **yesterday},
        "priorities": priorities,
        "journal": [{"date": "2026-03-03", **yesterday, "priorities": priorities}],
        "archived": [call],
    }


# Workflows


def test_steps_run_in_order_and_are_recorded_so() -> None:
    result = run(merge("a", last="a", a=1), merge("b", last="b", b=2), merge("c", last="c", a=None))
    assert [one.id for one in result.executed_steps] == ["a", "b", "c"]
    assert result.lineage.executed_step_ids == result.receipt.steps == ("a", "b", "c")
    assert [entry.event.step_id for entry in result.receipt.entries] == ["a", "b", "c"]
    assert result.final_state == {"last": "c", "b": 2}


PEOPLE = [person(f"p{i}") for i in range(MAX_HUMAN_STEPS)]
MERGES = [merge(f"s{i}") for i in range(MAX_TOTAL_STEPS)]
LIMITS, ENVELOPE = AntiFailureViolation, EnvelopeViolation


def test_a_workflow_at_the_limits_is_run() -> None:
    assert len(run(*MERGES).executed_steps) == 5
    assert len(run(*PEOPLE, *MERGES[:3]).executed_steps) == 5


@pytest.mark.parametrize(
    ("steps", "kind", "where", "words"),
    [
        ([*MERGES, merge("more")], LIMITS, "$.steps", "6 steps are more than 5"),
        ([*PEOPLE, person("third")], LIMITS, "$.steps", "automate or merge 1 of 'p0', 'p1', 'third'"),
        ([], ENVELOPE, "$.steps", "no step"),
        ([merge("a"), merge("a")], ENVELOPE, "$.steps[1].id", "already that of step 0"),
        ([StepSpec(id="a", kind="robot")], ENVELOPE, "$.steps[0].kind", "'robot'"),  # type: ignore[arg-type]  # on purpose
        (
            [person("p"), StepSpec(id="a", kind="runtime")],
            *(ENVELOPE, "$.steps[1].payload.operation", "names no operation"),
        ),
        ([step("a", "rm")], ENVELOPE, "$.steps[0].payload.operation", "'rm' of step 'a' is not known"),
    ],
)
def test_a_workflow_out_of_bounds_is_refused(
    steps: list[StepSpec], kind: type[Tier2Error], where: str, words: str
) -> None:
    with pytest.raises(kind) as caught:
        run(*steps)
    error = caught.value
    assert (error.code, error.where) == ("limits" if kind is LIMITS else "envelope", where)
    assert words in f"{error.message}; {error.remedy}"
    assert error.remedy


def test_a_workflow_is_checked_before_any_step_runs() -> None:
    performed: list[object] = []

    def note(payload: object, _: object) -> dict[str, JsonValue]:
        performed.append(payload)
        return {}

    orchestrator = Orchestrator(operations={"note": Pure(note)})
    with pytest.raises(EnvelopeViolation):
        orchestrator.run_workflow(workflow(step("a", "note"), step("b", "unknown")), ExecutionContext())
    assert performed == []
    orchestrator.run_workflow(workflow(step("a", "note")), ExecutionContext())
    assert performed == [{"operation": "note"}]


def test_an_orchestrator_keeps_the_operations_it_got() -> None:
    operations: dict[str, Any] = dict(Orchestrator().operations)
    orchestrator = Orchestrator(operations=operations)
    operations.clear()
    assert orchestrator.run_workflow(workflow(merge("a", n=1)), ExecutionContext()).final_state == {"n": 1}
    with pytest.raises(TypeError):
        orchestrator.operations["noop"] = None  # type: ignore[index]  # on purpose
    with pytest.raises(EnvelopeViolation):
        Orchestrator(operations={}).run_workflow(workflow(merge("a")), ExecutionContext())


# Results


def test_a_result_has_the_members_of_its_contract() -> None:
    result = run(merge("a", n=1))
    assert list(result.to_dict()) == [
        *("contract", "id", "outcome", "success", "executed_steps", "final_state"),
        *("failed_step_id", "error_message", "lineage", "receipt"),
    ]
    assert (result.id, result.outcome, result.success) == ("wf-story", "completed", True)
    assert (result.failed_step_id, result.error_message) == (None, None)
    assert result.executed_steps == (merge("a", n=1),)


def test_a_run_ends_at_the_first_failed_step() -> None:
    failing = step("b", "fail", reason="the disk is full")
    result = run(merge("a", seen=["a"]), failing, merge("c", seen=["c"]), kept=True)
    assert (result.outcome, result.success) == ("failed", False)
    assert (result.failed_step_id, result.error_message) == ("b", "the disk is full")
    assert [one.id for one in result.executed_steps] == ["a", "b"]
    assert result.final_state == {"kept": True, "seen": ("a",)}


def test_caller_and_run_cannot_change_each_other() -> None:
    given: dict[str, Any] = {"list": [1], "deep": {"gone": 1}}
    patch: dict[str, Any] = {"list": [2], "deep": {"gone": None, "new": {}}}
    context, planned = ExecutionContext(initial_state=given), workflow(step("a", "state.merge", patch=patch))
    before = context.to_dict(), planned.to_dict()
    result = Orchestrator().run_workflow(planned, context)
    assert result.final_state == {"list": (2,), "deep": {"new": {}}}
    sha256, plain = digest(result), result.to_dict()
    for changeable in (given, patch, plain["final_state"], plain["executed_steps"][0]["payload"]["patch"]):
        changeable["list"].append(3)
        changeable["deep"]["new"] = 4
    assert (context.to_dict(), planned.to_dict()) == before
    assert digest(result) == sha256
    with pytest.raises(TypeError, match="frozen"):
        result.final_state["list"] = 0  # type: ignore[index]  # on purpose
    with pytest.raises(TypeError, match="frozen"):
        result.final_state["deep"]["a"] = 0  # type: ignore[index]  # on purpose


def test_a_rehearsal_claims_no_approval_and_no_work() -> None:
    result = run(person("p"), step("t", "tests.discover"), merge("a", n=1))
    kinds = [entry.event.to_dict()["event"] for entry in result.receipt.entries]
    assert kinds == ["rehearsed", "rehearsed", "completed"]
    assert (result.outcome, result.success, result.error_message) == ("rehearsed", True, None)


def test_decisions_of_people_stand_in_the_receipt() -> None:
    running = start(workflow(person("p"), person("q")), ExecutionContext())
    decision = Decided(step_id="p", verdict="approved", by="Ann", note="fine", output={"k": 1})
    running = advance(advance(running, decision), Decided(step_id="q", verdict="approved", by="Bo"))
    result = finish(running)
    assert result.receipt.steps == ("p", "q")
    assert [entry.event for entry in result.receipt.entries] == list(running.events)
    assert (result.outcome, result.success, result.final_state) == ("completed", True, {"k": 1})


def test_a_receipt_shows_a_decision_that_was_changed() -> None:
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


def test_a_result_is_written_and_read_back_unchanged() -> None:
    numbers = {"\u20ac": 4.0, "big": 1e21, "small": 5e-6}
    result = run(person("p"), merge("a", **numbers), step("b", "fail", reason="no"))
    data = canonical(result)
    plain = json.loads(data)
    assert plain["final_state"] == {"\u20ac": 4, "big": 1e21, "small": 5e-6}
    assert plain == result.to_dict() == json.loads(json.dumps(result.to_dict()))
    again = decode(data, OrchestrationResult)
    assert (again, digest(again)) == (result, digest(result))
    assert slow_fold.sha256(plain) == digest(result)


# A set has another order under each hash seed. RFC 8785 sorts the last two names of the state otherwise than UTF-8.
PROGRAM = """
from tier2 import *
names = {"one", "two", "three", "four"}
merge = {"operation": "state.merge", "patch": {c: {c: 1.5} for c in {"z", "y", "x"}}}
steps = (StepSpec(id="p", kind="human"), StepSpec(id="a", kind="runtime", payload=merge))
plans = [build_workflow(MissionSpec(type=type, params={c: c for c in names})) for type in sorted(MISSIONS)]
plans.append(WorkflowDefinition(id="w", steps=steps, metadata={c: c for c in names}))
context = ExecutionContext(initial_state={c: [c] for c in {"k", "l", "\\uffee", "\\U0001f600"}}, metadata={"f": 4.0})
for plan in plans:
    print(digest(plan), digest(run_workflow(plan, context)))
"""


def test_digests_are_equal_under_every_hash_seed() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
    assert [len(word) for word in outputs.pop().split()] == [64] * 2 * (len(MISSIONS) + 1)
