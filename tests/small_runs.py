"""Short functions that make steps, workflows, runs and decisions."""

from typing import Any

from tier2 import (
    Decided,
    ExecutionContext,
    Run,
    StepSpec,
    WorkflowDefinition,
    start,
)


def runtime(step_id: str, operation: str = "noop", **payload: Any) -> StepSpec:
    return StepSpec(id=step_id, kind="runtime", payload={"operation": operation, **payload})


def human(step_id: str) -> StepSpec:
    return StepSpec(id=step_id, kind="human", payload={"description": "Look."})


def workflow(*steps: StepSpec, **metadata: Any) -> WorkflowDefinition:
    return WorkflowDefinition(id="w", steps=steps, metadata=metadata)


def begun(*steps: StepSpec, **initial_state: Any) -> Run:
    return start(workflow(*steps), ExecutionContext(initial_state=initial_state))


def decided(step_id: str, verdict: Any, **fields: Any) -> Decided:
    return Decided(step_id=step_id, verdict=verdict, by="Ann", **fields)


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth - 1):
        value = {"n": value}
    return value
