"""One step of a host operation, and what becomes of it when a function performs it."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from tier2 import (
    Completed,
    Failed,
    StepSpec,
)
from tier2.kinds import JsonObject
from tier2.shell.runs.attempt import Attempted, attempt_host, attempt_host_async, perform_host
from tier2.shell.runs.hosts import HostCall, HostFunction, HostOperation

STEP = StepSpec(id="s", kind="runtime", payload={"operation": "world.touch", "to": "Zürich"})


def did(output: JsonObject) -> Completed:
    return Completed(step_id="s", output=output)


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


def host_of(function: Callable[[HostCall], Any], **options: Any) -> HostOperation:
    """A host operation with a function that may return anything."""
    return HostOperation(cast("HostFunction", function), **{"time_limit": 60.0, **options})


def attempted(host: HostOperation, messages: list[str] | None = None, **options: Any) -> Attempted:
    """What becomes of the step in a program without an event loop."""
    say = ([] if messages is None else messages).append
    return attempt_host(STEP, {}, {"world.touch": host}, say, **options)


class AsyncProgram:
    """A program with an event loop, which awaits one host operation and can be cancelled from any thread."""

    def attempted(self, host: HostOperation, messages: list[str] | None = None, **options: Any) -> Attempted:
        """What becomes of the step."""
        return asyncio.run(self._main(host, ([] if messages is None else messages).append, options))

    async def _main(
        self, host: HostOperation, say: Callable[[str], None], options: dict[str, Any]
    ) -> Attempted:
        self.loop = asyncio.get_running_loop()
        self._task = cast("asyncio.Task[Attempted]", asyncio.current_task())
        return await attempt_host_async(STEP, {}, {"world.touch": host}, say, **options)

    def cancel(self) -> None:
        """Cancels the task that awaits the host operation."""
        self.loop.call_soon_threadsafe(self._task.cancel)
