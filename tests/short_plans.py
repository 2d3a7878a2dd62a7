"""Short functions for the plan of a mission and the ids of its steps."""

from collections.abc import Mapping
from typing import Any

from tier2.contracts.v1 import MissionSpec, WorkflowDefinition
from tier2.engine.planning import build_workflow


def plan(mission_type: str, params: Mapping[str, Any] | None = None) -> WorkflowDefinition:
    return build_workflow(MissionSpec(type=mission_type, params=params or {}))


def ids(workflow: WorkflowDefinition) -> list[str]:
    return [step.id for step in workflow.steps]
