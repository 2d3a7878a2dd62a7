"""The worker pool: answers in order, bounded memory, no process left behind."""

import os
import select
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import NoReturn, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import times

from tier2.shell.io import worker_pool
from tier2.shell.io.worker_pool import PER_WORKER, WorkerLost, cores, ordered

pytestmark = pytest.mark.usefixtures("no_hang")

T = TypeVar("T")


def taken(answers: Generator[T, None, None]) -> tuple[list[T], Exception | None]:
    """The answers, and what was raised after them."""
    found: list[T] = []
    try:
        for answer in answers:
            found.append(answer)  # noqa: PERF402 - those before an error are wanted too
    except Exception as error:  # noqa: BLE001 - it is handed back, to be looked at
        return found, error
    return found, None


def gone(process: int) -> bool:
    """Whether no process of this number is left, not even as a zombie."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The two ends of a pipe, which workers inherit."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def work_or_raise(item: object) -> list[object]:
    if item == "bad":
        raise ValueError(item)
    return [item, item]


def items_that_may_raise(items: list[int | str]) -> Iterator[int | str]:
    for item in items:
        if item == "end":
            raise OSError(5, "no more")
        yield item


@settings(max_examples=times(0.6))
@given(
    st.lists(st.one_of(st.integers(), st.text(max_size=3)), max_size=30),
    st.sampled_from([None, "bad", "end"]),
)
def test_answers_are_those_of_map_for_any_number_of_jobs(items: list[int | str], fault: str | None) -> None:
    if fault is not None:
        items.insert(len(items) * 2 // 3, fault)
    plain, raised = taken(x for x in map(work_or_raise, items_that_may_raise(items)))
    for jobs in (1, 2, 3):
        answers, error = taken(ordered(items_that_may_raise(items), work_or_raise, jobs))
        assert (answers, repr(error)) == (plain, repr(raised))
    assert raised is not None or fault is None


def test_order_is_kept_when_items_wait_for_later_ones(pipe: tuple[int, int]) -> None:
    inlet, outlet = pipe

    def work(item: int) -> int:
        if item % 2 == 0:
            os.read(inlet, 1)  # an even item is done only when the odd one after it is
        else:
            os.write(outlet, b".")
        return item

    assert list(ordered(range(40), work, 2)) == list(range(40))


def test_work_is_shared_by_exactly_the_asked_number(pipe: tuple[int, int]) -> None:
    inlet, outlet = pipe

    def work(item: int) -> int:
        if item < 3:  # three at once: none is done before all have begun
            os.write(outlet, b"." * 3 if item == 2 else b"")
            os.read(inlet, 1)
        return os.getpid()

    processes = list(ordered(range(30), work, 3))
    assert len(set(processes)) == 3
    assert os.getpid() not in processes


def test_one_job_is_this_process_and_takes_single_items() -> None:
    items = iter(range(10))
    with closing(ordered(items, lambda _: os.getpid(), 1)) as answers:
        assert next(answers) == os.getpid()
        assert next(items) == 1


def pulled_while_the_first_waits(items: Callable[[int], bytes], count: int, pipe: tuple[int, int]) -> int:
    """How many items were pulled before the first answer, which waits until ``count`` items are worked on."""
    inlet, outlet = pipe
    pulled = 0

    def counted() -> Iterator[tuple[int, bytes]]:
        nonlocal pulled
        while True:
            yield pulled, items(pulled)
            pulled += 1

    def work(item: tuple[int, bytes]) -> int:
        if item[0] == 0:
            for _ in range(count - 1):
                os.read(inlet, 1)
            sum(range(3_000_000))  # time enough to pull a hundred more, were they pulled
        else:
            os.write(outlet, b".")
        return item[0]

    with closing(ordered(counted(), work, 2)) as answers:
        assert next(answers) == 0
        return pulled + 1


def test_only_a_few_items_per_worker_are_taken_ahead(pipe: tuple[int, int]) -> None:
    bound = PER_WORKER * 2
    assert pulled_while_the_first_waits(lambda _: b"", bound, pipe) == bound


def test_items_taken_ahead_are_limited_in_bytes(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool, "PER_WORKER", 1000)
    monkeypatch.setattr(worker_pool, "MAX_BYTES_UNDER_WAY", 50_000)
    # The second one is pulled when the first has become an answer, which is small.
    assert pulled_while_the_first_waits(lambda _: b"x" * 51_000, 1, pipe) == 2


def test_large_waiting_answers_count_as_well(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "PER_WORKER", 1000)
    monkeypatch.setattr(worker_pool, "MAX_BYTES_UNDER_WAY", 50_000)
    inlet, outlet = pipe
    pulled: list[int] = []

    def counted() -> Iterator[int]:
        for item in range(1000):
            pulled.append(item)
            yield item

    def work(item: int) -> bytes:
        if item == 0:
            for _ in range(5):
                os.read(inlet, 1)
            sum(range(3_000_000))
            return b""
        os.write(outlet, b".")
        return b"x" * 10_000

    with closing(ordered(counted(), work, 2)) as answers:
        assert next(answers) == b""
        assert pulled == list(range(6))


def test_work_may_close_over_anything_and_answer_much() -> None:
    unpicklable = (size for size in range(3))  # a generator does not pickle
    answers = list(ordered([b"x" * 3_000_000] * 5, lambda item: (item, hasattr(unpicklable, "send")), 2))
    assert answers == [(b"x" * 3_000_000, True)] * 5


@pytest.mark.parametrize("jobs", [1, 2])
def test_answers_do_not_wait_for_items_yet_to_come(jobs: int, pipe: tuple[int, int]) -> None:
    inlet, outlet = pipe

    def items() -> Iterator[bytes | None]:
        yield b"first"
        while True:
            if select.select([inlet], [], [], 0)[0]:
                yield os.read(inlet, 10)
            else:
                yield None

    with closing(ordered(items(), bytes.upper, jobs, ready=inlet)) as answers:
        assert next(answers) == b"FIRST"
        for word in (b"second", b"third"):
            os.write(outlet, word)
            assert next(answers) == word.upper()


def killed_at(last: int, pipe: tuple[int, int]) -> Callable[[int], int]:
    inlet, outlet = pipe

    def work(item: int) -> int:
        if item == last - 1:
            lost = int.from_bytes(os.read(inlet, 8), "big")
            while not gone(lost):  # until its parent knows: so the answer before it comes after that
                os.sched_yield()
        if item == last:
            os.write(outlet, os.getpid().to_bytes(8, "big"))
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    return work


@pytest.mark.parametrize("last", [1, 2, 5])
def test_a_killed_worker_is_reported_in_its_place(last: int, pipe: tuple[int, int]) -> None:
    answers, error = taken(ordered(range(100), killed_at(last, pipe), 2))
    assert answers == list(range(last))
    assert isinstance(error, WorkerLost)
    assert str(error) == "a worker process was killed by SIGKILL"


def test_a_worker_killed_between_items_is_reported() -> None:
    with closing(ordered(iter(range(100)), lambda _: os.getpid(), 2)) as answers:
        for process in {next(answers) for _ in range(20)}:
            os.kill(process, signal.SIGKILL)
        _, error = taken(answers)
    assert str(error) == "a worker process was killed by SIGKILL"


def leaves(_: object) -> NoReturn:
    sys.exit("enough")


def gives_what_does_not_pickle(_: object) -> object:
    return lambda: None


@pytest.mark.parametrize("work", [leaves, lambda _: os._exit(1)])
def test_a_worker_that_exits_is_reported_with_its_code(work: Callable[[object], object]) -> None:
    answers, error = taken(ordered(range(3), work, 2))
    assert (answers, str(error)) == ([], "a worker process exited with code 1")


def test_an_answer_that_does_not_pickle_is_an_error() -> None:
    answers, error = taken(ordered(range(3), gives_what_does_not_pickle, 2))
    assert answers == []
    assert error is not None


def test_a_lost_worker_is_noticed_when_sigchld_is_ignored() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        answers, error = taken(ordered(range(3), lambda _: os._exit(0), 2))
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert (answers, str(error)) == ([], "a worker process ended")


def test_no_worker_is_left_after_the_last_answer() -> None:
    processes = set(ordered(range(50), lambda _: os.getpid(), 3))
    assert all(map(gone, processes))


def test_no_worker_is_left_when_the_caller_gives_up(
    pipe: tuple[int, int],
) -> None:
    inlet, outlet = pipe

    def work(item: int) -> int:
        if item > 0:
            os.write(outlet, os.getpid().to_bytes(8, "big"))
            while True:
                signal.pause()
        return os.getpid()

    with closing(ordered(range(50), work, 2)) as answers:
        processes = {next(answers), *(int.from_bytes(os.read(inlet, 8), "big") for _ in range(2))}
    assert len(processes) == 2
    assert all(map(gone, processes))


def test_no_worker_is_left_after_an_exception() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise KeyboardInterrupt

    def work(_: int) -> int:
        return os.getpid()

    with pytest.raises(KeyboardInterrupt):
        list(ordered(items(), work, 2))
    with pytest.raises(ChildProcessError):  # there is none to wait for
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_workers_ignore_signals_to_the_whole_group(number: signal.Signals) -> None:
    def work(item: int) -> int:
        os.kill(os.getpid(), number)
        return item

    assert list(ordered(range(10), work, 2)) == list(range(10))


def test_signals_are_unblocked_when_the_workers_are_gone() -> None:
    assert list(ordered(range(10), abs, 2)) == list(range(10))
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, []) & {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def test_the_number_of_cores_is_at_least_one() -> None:
    assert cores() >= 1
