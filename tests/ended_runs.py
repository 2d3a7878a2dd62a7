"""Three finished runs: one by its last step, one by a failure, one by a veto."""

from typing import Any

from tier2 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    Rehearsed,
    Run,
    StepSpec,
    WorkflowDefinition,
    replay,
)


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
