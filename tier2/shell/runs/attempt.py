"""Performing a host operation: in a thread, ended at the time limit, by the rules of `tier2.shell.runs.hosts`."""

import asyncio
import contextvars
import inspect
import signal
import threading
import traceback
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import cast

import msgspec

from tier2.contracts.v1 import Completed, Failed, ReceiptEntry, StepSpec
from tier2.errors import EnvelopeViolation, Tier2Error
from tier2.escaping import escaped
from tier2.kinds import Fail, JsonObject
from tier2.shell.runs.hosts import HostCall, HostFunction, HostOperation
from tier2.values.canonical import MAX_BYTES, Sha256, canonical
from tier2.values.frozen import freeze_object

TOOK_TOO_LONG = "took longer than its time limit"
NO_OUTPUT = "gave no JSON object in bounds"
NO_REASON = "failed, with a reason that is no text in bounds"

CLEAN_UP = 10.0
"""How many seconds a cancelled async function may take to clean up before it, too, is left behind."""


def perform_host(
    step: StepSpec, state: JsonObject, hosts: Mapping[str, HostOperation], say: Callable[[str], None]
) -> Completed | Failed:
    """The event of a step whose operation touches the world. It returns at the time limit, or soon after.

    say: called with each line of details for people, escaped; details are not recorded.

    It blocks: an async program calls it by ``await asyncio.to_thread(perform_host, ...)``, or performs the step itself.
    Raises EnvelopeViolation if nothing in ``hosts`` performs the operation. KeyboardInterrupt passes through.
    """
    name = step.payload.get("operation")
    host = hosts.get(name) if isinstance(name, str) else None
    if host is None:
        raise EnvelopeViolation(
            code="envelope",
            path=("payload", "operation"),
            message=f"nothing here performs the operation {name!r} of step {step.id!r}",
            remedy="give a host operation of this name, or rehearse the step",
        )
    call = HostCall(cast("str", name), freeze_object(step.payload), freeze_object(state))
    ending = Attempt(host.function, call, step.id).ended_within(host.time_limit)
    for line in ending.details:
        say(escaped(line))
    return ending.event


class Ending(msgspec.Struct, frozen=True):
    """The event of a step, and the lines that explain it to people."""

    event: Completed | Failed
    details: tuple[str, ...] = ()


class Attempt:
    """One call of a host function, in a thread that may have to be left behind."""

    def __init__(self, function: HostFunction, call: HostCall, step_id: str) -> None:
        self._function, self._call, self._step_id = function, call, step_id
        self._over = threading.Event()
        self._ending: Ending | KeyboardInterrupt | None = None
        self._lock = threading.Lock()
        self._stopped = False
        self._cancel: Callable[[], object] | None = None

    def ended_within(self, time_limit: float) -> Ending:
        """The ending of the call, or that it took too long. A later ending is dropped."""
        context = contextvars.copy_context()
        name = f"host operation {self._call.name}"
        thread = threading.Thread(target=context.run, args=(self._work,), name=name, daemon=True)
        try:
            thread.start()
            in_time = self._over.wait(time_limit)
        except KeyboardInterrupt:
            self._stop()
            raise
        if not in_time:
            self._stop()
            details = f"step {self._step_id!r}: {self._call.name} took longer than {time_limit:g} seconds"
            return Ending(Failed(step_id=self._step_id, reason=TOOK_TOO_LONG), (details,))
        if isinstance(self._ending, KeyboardInterrupt):
            raise self._ending
        return cast("Ending", self._ending)

    def _stop(self) -> None:
        """Cancels an async function and waits until it has cleaned up. A second Ctrl-C does not cut that short."""
        with _interrupts_later():
            with self._lock:
                self._stopped = True
                if self._cancel is None:
                    return
                self._cancel()
            self._over.wait(CLEAN_UP)

    def _work(self) -> None:
        try:
            self._ending = self._outcome()
        except KeyboardInterrupt as interrupt:
            self._ending = interrupt
        except BaseException as error:  # noqa: BLE001  # SystemExit and its like end nothing but the step
            self._ending = self._raised(error)
        finally:
            self._over.set()

    def _outcome(self) -> Ending | KeyboardInterrupt:
        output = self._function(self._call)
        if inspect.isawaitable(output):
            return asyncio.run(self._awaited(output))
        return _ending_of(self._step_id, output)

    async def _awaited(self, awaitable: Awaitable[JsonObject | Fail]) -> Ending | KeyboardInterrupt:
        loop, task = asyncio.get_running_loop(), cast("asyncio.Task[object]", asyncio.current_task())
        with self._lock:
            if self._stopped:  # nobody waits for it any more, so it does not even begin
                if inspect.iscoroutine(awaitable):
                    awaitable.close()
                raise asyncio.CancelledError
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        try:
            return _ending_of(self._step_id, await awaitable)
        except KeyboardInterrupt as interrupt:  # an event loop would be torn down by it, and by the next one
            return interrupt
        except SystemExit as error:
            return self._raised(error)
        finally:
            with self._lock:  # the loop is about to close, and takes no more calls
                self._cancel = None

    def _raised(self, error: BaseException) -> Ending:
        """The failure that an exception becomes. Its own text may differ between Pythons, and may even raise."""
        try:
            lines = "".join(traceback.format_exception(error)).splitlines()
        except BaseException:  # noqa: BLE001  # the exception's own text is a stranger's code
            lines = ["an exception whose text cannot be made"]
        reason = f"raised {type(error).__name__}"
        first = f"step {self._step_id!r}: {self._call.name} {reason}"
        return Ending(Failed(step_id=self._step_id, reason=reason), (first, *lines))


@contextmanager
def _interrupts_later() -> Generator[None, None, None]:
    """Postpones Ctrl-C until the block is done. Only the main thread is ever interrupted."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is None:
        yield
        return
    pressed: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        pressed.append(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {n: signal.signal(n, note) for n in numbers if callable(signal.getsignal(n))}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if pressed:
            signal.raise_signal(pressed[0])


def _ending_of(step_id: str, output: object) -> Ending:
    """The event for the return value of a host function, which may break its annotations."""
    fallback = NO_REASON if isinstance(output, Fail) else NO_OUTPUT
    try:
        event = (
            Failed(step_id=step_id, reason=output.reason)
            if isinstance(output, Fail)
            else Completed(step_id=step_id, output=cast("JsonObject", output))
        )
        size = len(canonical(ReceiptEntry(event=event, state_sha256=_ANY, previous_sha256=_ANY)))
    except Tier2Error as error:
        return Ending(Failed(step_id=step_id, reason=fallback), (f"step {step_id!r} {fallback}: {error}",))
    # The receipt's entry is what gets recorded, so its size counts.
    if size > MAX_BYTES:
        details = f"step {step_id!r} {fallback}: its receipt entry has {size} bytes, more than {MAX_BYTES}"
        return Ending(Failed(step_id=step_id, reason=fallback), (details,))
    return Ending(event)


_ANY = Sha256("0" * 64)
"""A string as long as a digest."""
