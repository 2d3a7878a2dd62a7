"""Performing a host operation: in one or several attempts, by the rules of `tier2.shell.runs.hosts`.

A program that has no event loop calls `attempt_host`, or `perform_host` if the event is all that it wants. A program
with one awaits `attempt_host_async` or `perform_host_async`: its loop goes on, and it may cancel what it awaits.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import final

import msgspec

from tier2.contracts.v1 import Completed, Failed, StepSpec
from tier2.errors import EnvelopeViolation
from tier2.escaping import escaped
from tier2.kinds import JsonObject
from tier2.shell.runs.endings import Cause, Ending
from tier2.shell.runs.hosts import HostCall, HostOperation
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


def perform_host(  # noqa: PLR0913 - callers name the last two
    step: StepSpec,
    state: JsonObject,
    hosts: Mapping[str, HostOperation],
    say: Callable[[str], None],
    *,
    key: str = "",
    folder: Path | None = None,
) -> Completed | Failed:
    """The event of a step whose operation touches the world: that of `attempt_host`."""
    return attempt_host(step, state, hosts, say, key=key, folder=folder).event


async def perform_host_async(  # noqa: PLR0913 - callers name the last two
    step: StepSpec,
    state: JsonObject,
    hosts: Mapping[str, HostOperation],
    say: Callable[[str], None],
    *,
    key: str = "",
    folder: Path | None = None,
) -> Completed | Failed:
    """The event of a step whose operation touches the world: that of `attempt_host_async`."""
    return (await attempt_host_async(step, state, hosts, say, key=key, folder=folder)).event


def attempt_host(  # noqa: PLR0913 - callers name the last two
    step: StepSpec,
    state: JsonObject,
    hosts: Mapping[str, HostOperation],
    say: Callable[[str], None],
    *,
    key: str = "",
    folder: Path | None = None,
) -> Attempted:
    """Performs a step whose operation touches the world. Each attempt returns at its time limit, or soon after.

    say: called with each line of details for people, escaped; details are not recorded.
    key: the same each time that this step of this run is performed; the host function gets it in its `HostCall`.
    folder: a folder of the run's own, for files that the host function keeps.

    Raises EnvelopeViolation if nothing in ``hosts`` performs the operation. KeyboardInterrupt passes through: an async
    host function is cancelled and has cleaned up by then.
    """
    host, call = _found(step, state, hosts, key, folder)
    while True:
        ending = ThreadedCall(host.function, call, step.id).ended_within(host.time_limit)
        following = _next_call(ending, call, host, say)
        if following is None:
            return Attempted(ending.event, ending.cause, call.attempt)
        time.sleep(host.wait)
        call = following


async def attempt_host_async(  # noqa: PLR0913 - callers name the last two
    step: StepSpec,
    state: JsonObject,
    hosts: Mapping[str, HostOperation],
    say: Callable[[str], None],
    *,
    key: str = "",
    folder: Path | None = None,
) -> Attempted:
    """Does the same as `attempt_host` for an async program, whose event loop goes on meanwhile.

    The host function, sync or async, runs in a thread of its own all the same. If the awaiting task is cancelled, an
    async host function is cancelled, and CancelledError goes on when it has cleaned up. A sync one is left behind.
    """
    host, call = _found(step, state, hosts, key, folder)
    while True:
        ending = await ThreadedCall(host.function, call, step.id).ended_within_async(host.time_limit)
        following = _next_call(ending, call, host, say)
        if following is None:
            return Attempted(ending.event, ending.cause, call.attempt)
        await asyncio.sleep(host.wait)
        call = following


def _found(
    step: StepSpec, state: JsonObject, hosts: Mapping[str, HostOperation], key: str, folder: Path | None
) -> tuple[HostOperation, HostCall]:
    """The host operation of a step, and its first call."""
    name = step.payload.get("operation")
    if not isinstance(name, str) or (host := hosts.get(name)) is None:
        raise EnvelopeViolation(
            code="envelope",
            path=("payload", "operation"),
            message=f"nothing here performs the operation {name!r} of step {step.id!r}",
            remedy="give a host operation of this name, or rehearse the step",
        )
    return host, HostCall(name, freeze_object(step.payload), freeze_object(state), key, 1, folder)


def _next_call(
    ending: Ending, call: HostCall, host: HostOperation, say: Callable[[str], None]
) -> HostCall | None:
    """Shows people the details of an attempt. Gives the call of the next attempt, or None if there is none."""
    following = None
    if ending.repeatable and call.attempt < host.attempts:
        following = msgspec.structs.replace(call, attempt=call.attempt + 1)
    for number, line in enumerate(ending.details):
        say(escaped(line) + (_of_several(ending, call, host) if number == 0 else ""))
    return following


def _of_several(ending: Ending, call: HostCall, host: HostOperation) -> str:
    """Which attempt the first line of details is about, if there may be several, and what comes next."""
    if host.attempts == 1:
        return ""
    then = ""
    if call.attempt < host.attempts and ending.cause == "timeout" and not ending.repeatable:
        then = "; it still runs, so it is not called again"
    elif call.attempt < host.attempts and ending.repeatable and host.wait:
        then = f"; the next one follows in {host.wait:g} seconds"
    return f" (attempt {call.attempt} of {host.attempts}{then})"
