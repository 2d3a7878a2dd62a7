"""Host operations: the interface that a larger system implements too, and how one is performed within its time limit.

1. A host function takes a `HostCall` and gives an output, or `Fail`. It may be sync or async, and nothing that goes
   wrong in it comes back as an exception: what it raised, that it took too long, and what is no output become a failed
   step.
2. It runs in a thread of its own, an async one in an event loop of its own. At the time limit, and at Ctrl-C, an async
   one is cancelled and may clean up; a sync one cannot be stopped and is left behind, so it should end by itself.
3. What is recorded and hashed is in our words, the same on every machine; the details go to ``say``, for people.
4. A step that was under way when the process died is performed again: what a host function does, it does at least once.
"""

import asyncio
import contextvars
import inspect
import signal
import threading
import traceback
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TypeAlias, cast, final

import msgspec

from tier2.canonical import MAX_BYTES, canonical
from tier2.contracts.v1 import Completed, Failed, ReceiptEntry, Sha256, StepSpec
from tier2.errors import EnvelopeViolation, Tier2Error, json_path
from tier2.frozen import freeze_object
from tier2.operations.kinds import Fail, JsonObject
from tier2.shell.display import harmless

TOOK_TOO_LONG = "took longer than its time limit"
NO_OUTPUT = "gave no JSON object in bounds"
NO_REASON = "failed, with a reason that is no text in bounds"

CLEAN_UP = 10.0
"""How many seconds a cancelled async function may take to clean up before it, too, is left behind."""


@final
class HostCall(msgspec.Struct, frozen=True):
    """What a host function is given.

    name: the operation's name, as the step gives it.
    payload: the step's payload, frozen.
    state: the state before the step, frozen.
    """

    name: str
    payload: JsonObject
    state: JsonObject


HostFunction: TypeAlias = Callable[[HostCall], JsonObject | Fail | Awaitable[JsonObject | Fail]]
"""``call -> output``, a JSON Merge Patch (RFC 7396) onto the state, or the failure; sync or async."""


@final
class HostOperation(msgspec.Struct, frozen=True):
    """How a host operation is performed here.

    function: Touches the world. It is performed at least once, so doing it twice should do no harm.
    time_limit: Seconds, more than 0.

    Raises ValueError for a time limit that is none.
    """

    function: HostFunction
    time_limit: float = 600.0

    def __post_init__(self) -> None:
        if not 0 < self.time_limit <= threading.TIMEOUT_MAX:
            raise ValueError(f"the time limit is {self.time_limit!r}; give a positive number of seconds")


def perform_host(
    step: StepSpec, state: JsonObject, hosts: Mapping[str, HostOperation], say: Callable[[str], None]
) -> Completed | Failed:
    """What comes of a step whose operation touches the world; returns at the time limit, or soon after.

    say: tells people the details that are not recorded, a harmless line at a time.

    It blocks: an async program calls it by ``await asyncio.to_thread(perform_host, ...)``, or performs the step itself.
    Raises EnvelopeViolation if nothing in ``hosts`` performs the operation. KeyboardInterrupt passes through.
    """
    name = step.payload.get("operation")
    host = hosts.get(name) if isinstance(name, str) else None
    if host is None:
        raise EnvelopeViolation(
            code="envelope",
            where=json_path(["payload", "operation"]),
            message=f"nothing here performs the operation {name!r} of step {step.id!r}",
            remedy="give a host operation of this name, or rehearse the step",
        )
    call = HostCall(cast("str", name), freeze_object(step.payload), freeze_object(state))
    ending = _Attempt(host.function, call, step.id).ended_within(host.time_limit)
    for line in ending.details:
        say(harmless(line))
    return ending.event


class _Ending(msgspec.Struct, frozen=True):
    """What a step came to, and the lines that explain it to people."""

    event: Completed | Failed
    details: tuple[str, ...] = ()


class _Attempt:
    """One call of a host function, in a thread that may have to be left behind."""

    def __init__(self, function: HostFunction, call: HostCall, step_id: str) -> None:
        self._function, self._call, self._step_id = function, call, step_id
        self._over = threading.Event()
        self._ending: _Ending | KeyboardInterrupt | None = None
        self._lock = threading.Lock()
        self._stopped = False
        self._cancel: Callable[[], object] | None = None

    def ended_within(self, time_limit: float) -> _Ending:
        """What the call came to, or that it took too long. Whatever comes of it afterwards is dropped."""
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
            return _Ending(Failed(step_id=self._step_id, reason=TOOK_TOO_LONG), (details,))
        if isinstance(self._ending, KeyboardInterrupt):
            raise self._ending
        return cast("_Ending", self._ending)

    def _stop(self) -> None:
        """Cancels an async function, and waits until it has cleaned up; a second Ctrl-C does not cut that short."""
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

    def _outcome(self) -> _Ending | KeyboardInterrupt:
        output = self._function(self._call)
        if inspect.isawaitable(output):
            return asyncio.run(self._awaited(output))
        return _settled(self._step_id, output)

    async def _awaited(self, awaitable: Awaitable[JsonObject | Fail]) -> _Ending | KeyboardInterrupt:
        loop, task = asyncio.get_running_loop(), cast("asyncio.Task[object]", asyncio.current_task())
        with self._lock:
            if self._stopped:  # nobody waits for it any more, so it does not even begin
                if inspect.iscoroutine(awaitable):
                    awaitable.close()
                raise asyncio.CancelledError
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        try:
            return _settled(self._step_id, await awaitable)
        except KeyboardInterrupt as interrupt:  # an event loop would be torn down by it, and by the next one
            return interrupt
        except SystemExit as error:
            return self._raised(error)
        finally:
            with self._lock:  # the loop is about to close, and takes no more calls
                self._cancel = None

    def _raised(self, error: BaseException) -> _Ending:
        """The failure that an exception becomes. Its own text may differ between Pythons, and may even raise."""
        try:
            lines = "".join(traceback.format_exception(error)).splitlines()
        except BaseException:  # noqa: BLE001  # the exception's own text is a stranger's code
            lines = ["an exception whose text cannot be made"]
        reason = f"raised {type(error).__name__}"
        first = f"step {self._step_id!r}: {self._call.name} {reason}"
        return _Ending(Failed(step_id=self._step_id, reason=reason), (first, *lines))


@contextmanager
def _interrupts_later() -> Generator[None, None, None]:
    """Ctrl-C in here counts when all in here is done. Only the main thread is ever interrupted."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is None:
        yield
        return
    pressed: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        pressed.append(number)

    asking = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {n: signal.signal(n, note) for n in asking if callable(signal.getsignal(n))}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if pressed:
            signal.raise_signal(pressed[0])


def _settled(step_id: str, output: object) -> _Ending:
    """The event of what a host function gave, whatever its annotations promised."""
    fallback = NO_REASON if isinstance(output, Fail) else NO_OUTPUT
    try:
        event = (
            Failed(step_id=step_id, reason=output.reason)
            if isinstance(output, Fail)
            else Completed(step_id=step_id, output=cast("JsonObject", output))
        )
        size = len(canonical(ReceiptEntry(event=event, state_sha256=_ANY, previous_sha256=_ANY)))
    except Tier2Error as error:
        return _Ending(Failed(step_id=step_id, reason=fallback), (f"step {step_id!r} {fallback}: {error}",))
    # What is recorded is the receipt's entry, so that is what has to be in bounds.
    if size > MAX_BYTES:
        details = f"step {step_id!r} {fallback}: its receipt entry has {size} bytes, more than {MAX_BYTES}"
        return _Ending(Failed(step_id=step_id, reason=fallback), (details,))
    return _Ending(event)


_ANY = Sha256("0" * 64)
"""A stand-in of a digest's length."""
