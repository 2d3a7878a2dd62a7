"""Performing a host operation: in one or several attempts, by the rules of `tier2.shell.runs.hosts`.

A program that has no event loop calls `attempt_host`, or `perform_host` if the event is all that it wants. A program
with one awaits `attempt_host_async` or `perform_host_async`: its loop goes on, and it may cancel what it awaits.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias, TypedDict, Unpack, final

import msgspec

from tier2.contracts.v1 import Completed, Failed, StepSpec
from tier2.errors import EnvelopeViolation
from tier2.escaping import escaped_line
from tier2.kinds import JsonObject
from tier2.shell.runs.endings import Cause, Ending
from tier2.shell.runs.hosts import HostCall, HostOperation, in_seconds
from tier2.shell.runs.threaded_call import ThreadedCall
from tier2.values.frozen import freeze_object


@final
class Attempted(msgspec.Struct, frozen=True):
    """What became of a host operation.

    event: The event of the step; only this is recorded.
    cause: Why the last attempt failed: ``fail`` (the function returned `Fail`), ``raised``, ``timeout`` or ``output``
        (it returned no JSON object in bounds). None if it completed.
    attempts: How many attempts there were.
    """

    event: Completed | Failed
    cause: Cause | None
    attempts: int


class CallOptions(TypedDict, total=False):
    """What the functions of this module take by name.

    key: The same each time that this step of this run is performed; the host function gets it in its `HostCall`.
    folder: A folder of the run's own, for files that the host function keeps.
    warn: Called with a line for people when a tenth of the time limit, at most 60 seconds, is left.
    """

    key: str
    folder: Path | None
    warn: Callable[[str], object]


Hosts: TypeAlias = Mapping[str, HostOperation]
Say: TypeAlias = Callable[[str], None]


def perform_host(
    step: StepSpec, state: JsonObject, hosts: Hosts, say: Say, **options: Unpack[CallOptions]
) -> Completed | Failed:
    """The event of a step whose operation touches the world: that of `attempt_host`."""
    return attempt_host(step, state, hosts, say, **options).event


async def perform_host_async(
    step: StepSpec, state: JsonObject, hosts: Hosts, say: Say, **options: Unpack[CallOptions]
) -> Completed | Failed:
    """The event of a step whose operation touches the world: that of `attempt_host_async`."""
    return (await attempt_host_async(step, state, hosts, say, **options)).event


def attempt_host(
    step: StepSpec, state: JsonObject, hosts: Hosts, say: Say, **options: Unpack[CallOptions]
) -> Attempted:
    """Performs a step whose operation touches the world. Each attempt returns at its time limit, or soon after.

    say: called with each line of details for people, escaped; details are not recorded.
    options: ``key``, ``folder`` and ``warn``, as `CallOptions` explains them.

    Raises EnvelopeViolation if nothing in ``hosts`` performs the operation. KeyboardInterrupt passes through: an async
    host function is cancelled and has cleaned up by then.
    """
    host, call, warn = _found(step, state, hosts, **options)
    while True:
        ending = ThreadedCall(host, call, step.id, warn).ended()
        following = _next_call(ending, call, host, say)
        if following is None:
            return Attempted(ending.event, ending.cause, call.attempt)
        time.sleep(host.wait)
        call = following


async def attempt_host_async(
    step: StepSpec, state: JsonObject, hosts: Hosts, say: Say, **options: Unpack[CallOptions]
) -> Attempted:
    """Does the same as `attempt_host` for an async program, whose event loop goes on meanwhile.

    The host function, sync or async, runs in a thread of its own all the same. If the awaiting task is cancelled, an
    async host function is cancelled, and CancelledError goes on when it has cleaned up. A sync one is left behind.
    """
    host, call, warn = _found(step, state, hosts, **options)
    while True:
        ending = await ThreadedCall(host, call, step.id, warn).ended_async()
        following = _next_call(ending, call, host, say)
        if following is None:
            return Attempted(ending.event, ending.cause, call.attempt)
        await asyncio.sleep(host.wait)
        call = following


def _silent(_: str) -> None: ...


def _found(  # noqa: PLR0913 - the options have their defaults here
    step: StepSpec,
    state: JsonObject,
    hosts: Hosts,
    *,
    key: str = "",
    folder: Path | None = None,
    warn: Callable[[str], object] = _silent,
) -> tuple[HostOperation, HostCall, Callable[[str], object]]:
    """The host operation of a step, its first call, and who is warned of its time limit."""
    name = step.payload.get("operation")
    if not isinstance(name, str) or (host := hosts.get(name)) is None:
        raise EnvelopeViolation(
            code="envelope",
            path=("payload", "operation"),
            message=f"nothing here performs the operation {name!r} of step {step.id!r}",
            remedy="give a host operation of this name, or rehearse the step",
        )
    call = HostCall(name, freeze_object(step.payload), freeze_object(state), key, 1, folder)
    return host, call, lambda line: warn(escaped_line(line))


def _next_call(ending: Ending, call: HostCall, host: HostOperation, say: Say) -> HostCall | None:
    """Shows people the details of an attempt. Gives the call of the next attempt, or None if there is none."""
    following = None
    if ending.repeatable and call.attempt < host.attempts:
        following = msgspec.structs.replace(call, attempt=call.attempt + 1)
    for number, line in enumerate(ending.details):
        say(escaped_line(line) + (_of_several(ending, call, host) if number == 0 else ""))
    return following


def _of_several(ending: Ending, call: HostCall, host: HostOperation) -> str:
    """Which attempt the first line of details is about, if there may be several, and what comes next."""
    if host.attempts == 1:
        return ""
    then = ""
    if call.attempt < host.attempts and ending.cause == "timeout" and not ending.repeatable:
        then = "; it still runs, so it is not called again"
    elif call.attempt < host.attempts and ending.repeatable and host.wait:
        then = f"; the next one follows in {in_seconds(host.wait)}"
    return f" (attempt {call.attempt} of {host.attempts}{then})"
