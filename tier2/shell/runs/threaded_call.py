"""One call of a host function, in a thread of its own that can be left behind.

1. A sync function runs in the thread, an async one in an event loop in the thread. So code of a host that blocks never
   blocks the event loop of the caller.
2. The caller waits for the ending: as sync code, or in its own event loop. Both wait no longer than the time limit.
3. When the time is over, at Ctrl-C, and when the waiting task is cancelled, an async function is cancelled once. The
   caller waits until it has cleaned up, at most for ``CLEAN_UP`` seconds. A second Ctrl-C or cancellation does not cut
   that short. At the time limit, what it returns is dropped, unless it is a `Fail`: that says how far it came.
4. A function that has not begun to be awaited by then never is. A sync function is left behind, and so is an async one
   that does not end when it is cancelled: its thread ends with the process, and its ending is dropped.
"""

import asyncio
import contextvars
import inspect
import signal
import threading
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from types import FrameType
from typing import cast

import msgspec

from tier2.kinds import Fail, JsonObject
from tier2.shell.runs.endings import Ending, raised, returned, timed_out
from tier2.shell.runs.hosts import HostCall, HostOperation, in_seconds

CLEAN_UP = 10.0
"""How many seconds a cancelled async function may take to clean up before it, too, is left behind."""

WARNED = 60.0
"""How many seconds before the time limit people are warned at most; of a limit below 10 minutes it is a tenth."""


class ThreadedCall:
    """One call of a host function. Either `ended` or `ended_async` is called, once.

    warn: Called with a line for people when the time limit is near. It returns at once.
    """

    def __init__(
        self, host: HostOperation, call: HostCall, step_id: str, warn: Callable[[str], object]
    ) -> None:
        self._host, self._call, self._step_id, self._warn = host, call, step_id, warn
        self._last = min(host.time_limit / 10, WARNED)
        self._over: Future[Ending | KeyboardInterrupt] = Future()
        self._over.set_running_or_notify_cancel()  # whoever waits for it in an event loop cannot cancel it
        self._lock = threading.Lock()
        self._stopped = False
        self._is_async = False
        self._cancel: Callable[[], object] | None = None

    def ended(self) -> Ending:
        """The ending of the call, or that it took too long. KeyboardInterrupt passes through."""
        try:
            self._start()
            if not wait([self._over], self._host.time_limit - self._last).done:
                self._warn(self._warning())
                if not wait([self._over], self._last).done:
                    self._stop()
                    return self._timed_out()
        except KeyboardInterrupt:
            self._stop()
            raise
        return self._ending()

    async def ended_async(self) -> Ending:
        """The same for an event loop, which goes on meanwhile. CancelledError passes through."""
        over = asyncio.wrap_future(self._over)
        try:
            self._start()
            await asyncio.wait([over], timeout=self._host.time_limit - self._last)
            if not over.done():
                self._warn(self._warning())
                await asyncio.wait([over], timeout=self._last)
            if not over.done():
                await self._stop_async(over)
                return self._timed_out()
        except asyncio.CancelledError:
            await self._stop_async(over)
            raise
        finally:
            over.cancel()  # the thread of a function that is left behind has no event loop to report to
        return self._ending()

    def _start(self) -> None:
        run, name = contextvars.copy_context().run, f"host operation {self._call.name}"
        threading.Thread(target=run, args=(self._work,), name=name, daemon=True).start()

    def _ending(self) -> Ending:
        ending = self._over.result()
        if isinstance(ending, KeyboardInterrupt):
            raise ending
        return ending

    def _timed_out(self) -> Ending:
        still_runs = not (self._is_async and self._over.done())
        ending = timed_out(self._step_id, self._call.name, self._host, still_runs=still_runs)
        last_words = None if still_runs else self._over.result()
        if isinstance(last_words, Ending) and last_words.cause == "fail":
            return msgspec.structs.replace(ending, event=last_words.event)
        return ending

    def _warning(self) -> str:
        limit, last = in_seconds(self._host.time_limit), in_seconds(self._last)
        more = f"; for more time: {self._host.more_time}" if self._host.more_time else ""
        return f"step {self._step_id!r}: {self._call.name} has {last} left of {limit}{more}"

    # Stopping: in the thread of the caller

    def _stop(self) -> None:
        """Cancels an async function and waits until it has cleaned up. A second Ctrl-C does not cut that short."""
        with _interrupts_later():
            if self._cancelled():
                wait([self._over], CLEAN_UP)

    async def _stop_async(self, over: "asyncio.Future[Ending | KeyboardInterrupt]") -> None:
        """The same for an event loop. A second cancellation goes on after the clean-up."""
        if not self._cancelled():
            return
        now = asyncio.get_running_loop().time
        end, cancellation = now() + CLEAN_UP, None
        while not over.done() and (left := end - now()) > 0:
            try:
                await asyncio.wait([over], timeout=left)
            except asyncio.CancelledError as error:
                cancellation = error
        if cancellation is not None:
            raise cancellation

    def _cancelled(self) -> bool:
        """Says that nobody waits for the ending any more, and whether there is a clean-up to wait for."""
        with self._lock:
            if self._stopped:
                return False
            self._stopped = True
            if self._cancel is not None:
                self._cancel()
            return self._is_async

    # Working: in the thread of the call

    def _work(self) -> None:
        ending: Ending | KeyboardInterrupt
        try:
            ending = self._outcome()
        except KeyboardInterrupt as interrupt:
            ending = interrupt
        except BaseException as error:  # noqa: BLE001  # SystemExit and its like end nothing but the step
            ending = self._raised(error)
        self._over.set_result(ending)

    def _outcome(self) -> Ending | KeyboardInterrupt:
        output = self._host.function(self._call)
        if inspect.isawaitable(output):
            return asyncio.run(self._awaited(output))
        return returned(self._step_id, output)

    async def _awaited(self, awaitable: Awaitable[JsonObject | Fail]) -> Ending | KeyboardInterrupt:
        loop, task = asyncio.get_running_loop(), cast("asyncio.Task[object]", asyncio.current_task())
        with self._lock:
            if self._stopped:  # nobody waits for it any more, so it does not even begin
                if inspect.iscoroutine(awaitable):
                    awaitable.close()
                raise asyncio.CancelledError
            self._is_async = True
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        try:
            return returned(self._step_id, await awaitable)
        except KeyboardInterrupt as interrupt:  # an event loop would be torn down by it, and by the next one
            return interrupt
        except SystemExit as error:
            return self._raised(error)
        finally:
            with self._lock:  # the loop is about to close, and takes no more calls
                self._cancel = None

    def _raised(self, error: BaseException) -> Ending:
        return raised(self._step_id, self._call.name, error)


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
