"""The rows of the benchmark, and the measurement of one way in the process that pyperf has started for it."""

import gc
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias


class Task(NamedTuple):
    """A function and what makes its input. All ways of a row that have an `answer` claim to give the same one."""

    work: Callable[[Any], object]
    prepare: Callable[[], object]
    answer: Callable[[Any], object] | None = None


class Command(NamedTuple):
    """A command from start to end: in CPU time, as tasks are, or by the clock."""

    arguments: Sequence[str]
    by_clock: bool = False


class Held(NamedTuple):
    """The memory that a result takes, by the growth of the process: `make` gives the n-th."""

    make: Callable[[int], object]


Way: TypeAlias = Callable[[], Task] | Command | Held
"""What prepares a task is called in the process that measures the task, and in no other."""


class Row(NamedTuple):
    """Ways to do one piece of work; in each round, pyperf measures so many values of each. Loops of 0: as it finds."""

    work: str
    ways: Mapping[str, Way]
    by_difference: bool = False
    rounds: int = 7
    values: int = 7
    warmups: int = 1
    loops: int = 0


def seconds(task: Task, loops: int) -> float:
    """The CPU time of so many repetitions; their inputs are made a few at a time, outside the measured time.

    So no value remembers an answer, as frozen ones do. The garbage collector is off: it would run at random.
    """
    work, prepare, total = task.work, task.prepare, 0.0
    gc.collect()
    gc.disable()
    try:
        for done in range(0, loops, 32):
            inputs = [prepare() for _ in range(min(32, loops - done))]
            began = time.thread_time()
            for given in inputs:
                work(given)
            total += time.thread_time() - began
    finally:
        gc.enable()
    return total


def command_seconds(arguments: Sequence[str], loops: int) -> float:
    """The CPU time of so many processes."""
    before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])  # user and system time
    for _ in range(loops):
        subprocess.run(arguments, stdout=subprocess.DEVNULL, check=True)
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before


STATM = Path("/proc/self/statm")  # Linux says here how many pages of memory the process has in use


def bytes_held(make: Callable[[int], object], count: int = 2_000) -> float:
    """By how many bytes the process grows for each result that it holds; what led to them is let go of."""

    def resident() -> int:
        gc.collect()
        return int(STATM.read_text("ascii").split()[1]) * resource.getpagesize()

    make(0)
    before = resident()
    results = [make(number) for number in range(count)]
    return (resident() - before) / len(results)
