"""One step of a host operation, and its event when a function performs it."""

from typing import cast

from tier2 import (
    Completed,
    Failed,
    StepSpec,
)
from tier2.shell.runs.attempt import perform_host
from tier2.shell.runs.hosts import HostFunction, HostOperation

STEP = StepSpec(id="s", kind="runtime", payload={"operation": "world.touch", "to": "Zürich"})


def failed(reason: str) -> Failed:
    return Failed(step_id="s", reason=reason)


class Messages(list[str]):
    """The lines that were shown to people."""

    @property
    def text(self) -> str:
        return "\n".join(self)


def outcome(
    function: object, messages: list[str] | None = None, time_limit: float = 60.0
) -> Completed | Failed:
    """The event of the step when this function performs it; the function may return anything."""
    host = HostOperation(cast("HostFunction", function), time_limit)
    return perform_host(
        STEP, {"seen": [1]}, {"world.touch": host}, ([] if messages is None else messages).append
    )
