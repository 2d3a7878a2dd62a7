"""A pool of worker processes: work on many items over all cores, answers in the order of the items, bounded memory.

1. The answers are those of ``map(work, items)``, with any number of workers. An exception of the items, or of the
   work on one, is raised in its place, after the answers before it.
2. Workers are forks of this process, so the work may close over anything. Only items and answers are pickled. A fork
   copies no other thread, so this is for a process that has none.
3. A worker has one item at a time, and gets the next only while it waits for it. So no two ends of a channel ever wait
   for each other.
4. An item is taken only when a worker is free for it and few items are under way, by count and by bytes. So an endless
   input is read no faster than its answers are taken.
5. Workers ignore signals; this process ends them when it has all answers or gives up. If this process is killed, a
   worker finds its channel closed when it is done with its item, and ends.
6. A worker that ends in any other way is reported by WorkerLost in the place of its item's answer. No later item is
   begun.
"""

import os
import pickle
import signal
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, Pipe, wait
from typing import Generic, NoReturn, TypeAlias, TypeVar, cast

Item = TypeVar("Item")
Answer = TypeVar("Answer")

PER_WORKER = 4
"""How many items may be under way for each worker: at work, or done and waiting for those before them."""

MAX_BYTES_UNDER_WAY = 64 * 1024 * 1024
"""How large these may be together before no further one is taken."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_Channel: TypeAlias = "Connection[bytes, bytes]"


class WorkerLost(Exception):
    """A worker process ended with an item in hand; the text says how."""


def cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ordered(
    items: Iterable[Item | None], work: Callable[[Item], Answer], jobs: int, ready: int | None = None
) -> Generator[Answer, None, None]:
    """The answers of ``work`` in the order of the items, over up to ``jobs`` processes; one is this process itself.

    items: None stands for "not yet": the next one may be there when the descriptor ``ready`` can be read. Answers that
        are there do not wait for it.
    work: From an item to an answer, both of which can be pickled.

    A caller that does not take all answers closes the generator. Raises WorkerLost.
    """
    if jobs > 1:
        yield from _Pool(items, work, jobs, ready).answers()
        return
    for item in items:
        if item is not None:
            yield work(item)
        elif ready is not None:
            wait([ready])


class _Pending:
    """An item under way: its size and, once it is done, its outcome and the size of that."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.outcome: bytes | WorkerLost | None = None

    def finish(self, outcome: bytes | WorkerLost) -> None:
        self.outcome = outcome
        self.size = len(outcome) if isinstance(outcome, bytes) else 0

    def answer(self) -> object:
        """The answer. Raises what the work raised, or WorkerLost."""
        if not isinstance(self.outcome, bytes):
            raise self.outcome or WorkerLost("has not answered")
        # Only a fork of this process can have written it.
        answer, error = cast("tuple[object, Exception | None]", pickle.loads(self.outcome))  # noqa: S301
        if error is not None:
            raise error
        return answer


class _Pool(Generic[Item, Answer]):
    """The workers, and the items under way."""

    def __init__(
        self, items: Iterable[Item | None], work: Callable[[Item], Answer], jobs: int, ready: int | None
    ) -> None:
        self._items, self._work, self._jobs, self._ready = iter(items), work, jobs, ready
        self._workers: list[_Worker] = []
        self._free: list[_Worker] = []
        self._busy: dict[_Channel, tuple[_Worker, _Pending]] = {}
        self._under_way: deque[_Pending] = deque()
        self._more = True
        self._error: Exception | None = None
        """What the items raised; it is raised again after the answers before it."""

    def answers(self) -> Generator[Answer, None, None]:
        try:
            while True:
                not_yet = self._hand_out()
                if self._under_way and self._under_way[0].outcome is not None:
                    yield cast("Answer", self._under_way.popleft().answer())
                elif self._under_way or not_yet:
                    self._collect(not_yet)
                else:
                    break
            if self._error is not None:
                raise self._error
        finally:
            with _signals_held_back():
                for worker in self._workers:
                    worker.end()

    def _hand_out(self) -> bool:
        """Gives items to the free workers. Returns whether the next item is not there yet."""
        while self._more and self._has_room():
            try:
                item = next(self._items)
            except StopIteration:
                self._more = False
            except Exception as error:  # noqa: BLE001 - raised again, in its place
                self._more, self._error = False, error
            else:
                if item is None:
                    return True
                self._give(item)
        return False

    def _has_room(self) -> bool:
        worker_free = bool(self._free) or len(self._workers) < self._jobs
        few = len(self._under_way) < PER_WORKER * self._jobs
        return worker_free and few and sum(pending.size for pending in self._under_way) < MAX_BYTES_UNDER_WAY

    def _give(self, item: Item) -> None:
        if not self._free:
            with _signals_held_back():
                self._workers.append(_Worker(self._work, self._workers))
            self._free.append(self._workers[-1])
        worker, data = self._free.pop(), pickle.dumps(item)
        pending = _Pending(len(data))
        self._under_way.append(pending)
        self._busy[worker.channel] = worker, pending
        worker.send(data)

    def _collect(self, not_yet: bool) -> None:
        """Waits until a worker has an answer or is lost, or until the next item may be there if it was not."""
        awaited: list[_Channel | int] = [*self._busy]
        if not_yet and self._ready is not None:
            awaited.append(self._ready)
        for end in wait(awaited):
            if isinstance(end, Connection):
                worker, pending = self._busy.pop(end)
                pending.finish(worker.receive())
                if isinstance(pending.outcome, WorkerLost):
                    self._more = False
                else:
                    self._free.append(worker)


class _Worker:
    """A worker process, as this one sees it."""

    def __init__(self, work: Callable[[Item], object], others: Sequence["_Worker"]) -> None:
        self.channel, theirs = cast("tuple[_Channel, _Channel]", Pipe())
        self._ended: str | None = None
        self._pid = os.fork()
        if self._pid == 0:
            # A copy of this process's ends would keep the other workers from noticing that it is gone.
            _serve(work, theirs, [self.channel, *(other.channel for other in others)])
        theirs.close()

    def send(self, data: bytes) -> None:
        with suppress(OSError):  # that the worker is lost is found when its answer is read
            self.channel.send_bytes(data)

    def receive(self) -> bytes | WorkerLost:
        try:
            return self.channel.recv_bytes()
        except (EOFError, OSError):
            return WorkerLost(f"a worker process {self._ending()}")

    def end(self) -> None:
        """Ends the process and waits until it is gone."""
        self._ending()
        self.channel.close()

    def _ending(self) -> str:
        """How the process ended. It is killed if it has not ended yet."""
        if self._ended is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            try:
                code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
            except ChildProcessError:  # SIGCHLD is ignored, so the system does not say how
                self._ended = "ended"
            else:
                self._ended = (
                    f"exited with code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
                )
        return self._ended


def _serve(work: Callable[[Item], object], channel: _Channel, foreign: Iterable[_Channel]) -> NoReturn:
    """Runs a worker process. Only answers leave it: no exception, and no buffer that was copied by the fork."""
    code = 1
    try:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for other in foreign:
            other.close()
        while True:
            try:
                item = cast("Item", pickle.loads(channel.recv_bytes()))  # noqa: S301 - from this process's parent
            except (EOFError, OSError):
                break
            outcome = _outcome(work, item)
            try:
                channel.send_bytes(outcome)
            except OSError:
                break
        code = 0
    except BaseException:  # noqa: BLE001 - such as no memory, an answer that does not pickle, SystemExit
        traceback.print_exc()
    finally:
        os._exit(code)


def _outcome(work: Callable[[Item], object], item: Item) -> bytes:
    try:
        return pickle.dumps((work(item), None))
    except Exception as error:  # noqa: BLE001 - raised again in the parent, in its place
        return pickle.dumps((None, error))


@contextmanager
def _signals_held_back() -> Generator[None, None, None]:
    """Blocks signals: between a fork and the record of it, and while the workers are ended."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
