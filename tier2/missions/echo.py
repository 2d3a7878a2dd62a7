"""The mission `echo`: one step that does nothing; the smallest whole run."""

from tier2.contracts.v1 import EchoParams, StepSpec
from tier2.kinds import MissionType
from tier2.missions.steps import runtime


def template(_: EchoParams) -> tuple[StepSpec, ...]:
    """One step for any params (``echo.params.schema.json``)."""
    return (runtime("echo", "Do nothing, and prove it.", "noop"),)


TYPE = MissionType(EchoParams, template)
