"""One step of a host operation, and what comes of a function that performs it."""

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


class Told(list[str]):
    """The lines that people were told."""

    @property
    def text(self) -> str:
        return "\n".join(self)


def outcome(function: object, told: list[str] | None = None, time_limit: float = 60.0) -> Completed | Failed:
    """What comes of a function, whatever it is typed to give."""
    host = HostOperation(cast("HostFunction", function), time_limit)
    return perform_host(STEP, {"seen": [1]}, {"world.touch": host}, ([] if told is None else told).append)
