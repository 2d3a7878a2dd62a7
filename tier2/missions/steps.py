"""Makes the steps of the built-in missions."""

from tier2.contracts.v1 import StepSpec


def runtime(step_id: str, description: str, operation: str) -> StepSpec:
    """A runtime step with a description for people and the name of its operation."""
    return StepSpec(id=step_id, kind="runtime", payload={"description": description, "operation": operation})
