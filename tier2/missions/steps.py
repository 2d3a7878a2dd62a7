"""The form of the steps that the built-in missions share."""

from tier2.contracts.v1 import StepSpec


def runtime(step_id: str, description: str, operation: str) -> StepSpec:
    """A runtime step in the form that the built-in missions share."""
    return StepSpec(id=step_id, kind="runtime", payload={"description": description, "operation": operation})
