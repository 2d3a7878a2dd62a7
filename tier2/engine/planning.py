"""Planning: a pure function from a mission to a bounded workflow.

1. The mission type's view checks the params; its template makes the steps.
2. The workflow's id is ``wf-`` and the type with hyphens; its metadata is exactly the mission's type and params.
3. Every workflow is checked against the limits and the envelope before it is returned.
"""

from collections.abc import Mapping

from tier2.contracts.v1 import MissionSpec, WorkflowDefinition
from tier2.engine.limits import check_workflow
from tier2.errors import (
    AntiFailurePlanningError,
    AntiFailureViolation,
    CanonicalError,
    ContractError,
    EnvelopeViolation,
    InvalidParamsError,
    UnknownMissionError,
)
from tier2.kinds import MissionType
from tier2.missions import MISSIONS
from tier2.values.frozen import MAX_VALUE_DEPTH, FrozenObject, freeze_object, trusted_object


def build_workflow(
    mission: MissionSpec, missions: Mapping[str, MissionType] = MISSIONS
) -> WorkflowDefinition:
    """The workflow for a mission: 1 to 5 steps, at most 2 of them human.

    missions: the known mission types by name.

    Raises UnknownMissionError for a type that is not among them, InvalidParamsError for params that do not fit the
    type, and AntiFailurePlanningError if the type's template breaks the limits or the envelope. The first two are
    ValueErrors. What a user's own template raises passes through.

    >>> build_workflow(MissionSpec(type="echo")).id
    'wf-echo'
    """
    if mission.type not in missions:
        raise UnknownMissionError(
            code="unknown-mission",
            path=("type",),
            message=f"the mission type {mission.type!r} is not known",
            remedy=f"use one of {', '.join(sorted(missions))}, or pass a bigger mapping of missions",
        )
    metadata = _metadata(mission)
    steps = missions[mission.type].plan(mission.params)
    try:
        workflow = WorkflowDefinition(
            id=f"wf-{mission.type.replace('_', '-')}", steps=steps, metadata=metadata
        )
        check_workflow(workflow)
    except (AntiFailureViolation, EnvelopeViolation, ContractError) as error:
        raise error.restated(
            AntiFailurePlanningError,
            message=f"the template of {mission.type!r} planned a wrong workflow: {error.message}",
            remedy=f"correct the template: {error.remedy}",
        ) from None
    return workflow


def _metadata(mission: MissionSpec) -> FrozenObject:
    params = freeze_object(mission.params)
    if params.depth_bound < MAX_VALUE_DEPTH:
        return trusted_object({"mission_type": mission.type, "params": params}, params.depth_bound + 1)
    try:
        return freeze_object({"mission_type": mission.type, "params": mission.params})
    except CanonicalError as error:  # the params are as deep as allowed, and one level deeper in the metadata
        raise error.restated(InvalidParamsError) from None
