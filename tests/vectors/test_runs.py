"""Whole runs go as their vectors say: planned, rehearsed, done step by step, and verified."""

import json

import msgspec
import pytest
from vector_reader import Vector, run_of, vectors

from tier2 import (
    MISSIONS,
    OPERATIONS,
    Completed,
    Event,
    Fail,
    Failed,
    IllegalEvent,
    MissionSpec,
    OrchestrationResult,
    Pure,
    Run,
    advance,
    build_workflow,
    canonical,
    decode,
    digest,
    pending,
    replay,
    run_workflow,
    state,
    verify,
)

RUNS = vectors("runs")
EVENTS = [vector for vector in vectors("events") if not vector["id"].endswith("-before")]
DECISIONS = [
    vector
    for vector in vectors("decisions")
    if vector.get("type") == "Run" and vector.get("code") != "envelope"
    if json.loads(vector["text"])["events"][-1]["event"] == "decided"
]
"""Runs that end with a decision."""

each_run = pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["id"]) for vector in RUNS])


planned = [vector for vector in RUNS if vector["mission"] is not None]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["id"]) for vector in planned])
def test_a_mission_is_planned_as_known(vector: Vector) -> None:
    workflow = build_workflow(decode(vector["mission"], MissionSpec))
    assert canonical(workflow) == canonical(run_of(vector).workflow)


def test_every_mission_type_is_run() -> None:
    assert {decode(vector["mission"], MissionSpec).type for vector in planned} == set(MISSIONS)


@each_run
def test_the_known_result_verifies_its_run(vector: Vector) -> None:
    run = run_of(vector)
    assert pending(run) is None
    assert verify(run, decode(vector["canonical"], OrchestrationResult)) is None


@each_run
def test_a_rehearsal_gives_the_known_result_or_not(vector: Vector) -> None:
    run = run_of(vector)
    assert (digest(run_workflow(run.workflow, run.context)) == vector["sha256"]) is vector["rehearsal"]


def pure_steps() -> list[object]:
    """Return the steps that a pure operation has done, each with its vector and position."""
    found: list[object] = []
    for vector in RUNS:
        run = run_of(vector)
        for position, event in enumerate(run.events):
            name = run.workflow.steps[position].payload.get("operation")
            if isinstance(event, Completed | Failed) and isinstance(OPERATIONS[str(name)], Pure):
                found.append(pytest.param(vector, position, id=f"{vector['id']}-{event.step_id}"))
    return found


@pytest.mark.parametrize(("vector", "position"), pure_steps())
def test_a_pure_operation_gives_the_known_output(vector: Vector, position: int) -> None:
    run = run_of(vector)
    payload = run.workflow.steps[position].payload
    operation = OPERATIONS[str(payload["operation"])]
    assert isinstance(operation, Pure)
    before = replay(run.workflow, run.context, run.events[:position], run.operations)
    output = operation.function(payload, state(before))
    step_id = run.events[position].step_id
    event = (
        Failed(step_id=step_id, reason=output.reason)
        if isinstance(output, Fail)
        else Completed(step_id=step_id, output=output)
    )
    assert canonical(event) == canonical(run.events[position])


def before_and_event(vector: Vector) -> tuple[Run, object]:
    """Return the run before its last event, and the last event as plain JSON."""
    whole = json.loads(vector["text"])
    *past, last = whole["events"]
    return decode(json.dumps({**whole, "events": past}), Run), last


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["id"]) for vector in EVENTS + DECISIONS])
def test_an_event_advances_the_run_or_is_refused(vector: Vector) -> None:
    before, last = before_and_event(vector)
    kept = canonical(before)
    event = msgspec.convert(last, Event)
    if vector["result"] == "valid":
        assert canonical(advance(before, event)).decode() == vector["canonical"]
    else:
        with pytest.raises(IllegalEvent) as caught:
            advance(before, event)
        assert caught.value.code == vector["code"]
    assert canonical(before) == kept
