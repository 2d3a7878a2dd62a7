"""How `bench` measures: works side by side in many rounds, ratios within a round, and their spread over the rounds.

1. All candidates of a row are measured in each round, in a new order each time, so that whatever slows the machine
   down for a while slows all of them.
2. A sample repeats its work until some milliseconds have passed. What a work is given is made anew for each
   repetition, outside the measured time: nobody gains by remembering an answer on a value that he has seen before.
3. Work inside this process is measured in CPU time of its thread, since neighbours on a shared machine take their
   time from the clock's; processes are measured by the clock.
4. The garbage collector is off while a sample is taken, and runs between rounds: a collection that one candidate has
   provoked would else be charged to another. What it costs is told by no row.
5. A ratio is taken within each round, and shown as its median with the 10th and the 90th percentile of all rounds.
6. Candidates that claim the same answer are compared before anything is measured; a difference stops everything.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

Clock: TypeAlias = Callable[[], float]

Samples: TypeAlias = Mapping[str, Sequence[float]]
"""For each candidate what it took, round by round: seconds or bytes for one piece of work."""

ENOUGH = 3e-4
"""How many seconds of work the clock is read for at least; its own cost is about one microsecond."""


class Effort(NamedTuple):
    """How much is measured."""

    sample: float = 0.004  # seconds for one sample
    budget: float = 3.0  # seconds for one row, kept to by fewer rounds
    least: int = 9  # rounds of a row, however long they take
    most: int = 41
    starts: int = 25  # of each command
    lines: int = 10_000  # of a batch
    results: int = 10_000  # held in memory
    batches: int = 3  # rounds of these two, which take long


QUICK = Effort(sample=0.001, budget=0.3, least=5, most=9, starts=5, lines=2_000, results=2_000, batches=2)


class Candidate(NamedTuple):
    """One way to do a piece of work.

    name: How the table calls it.
    work: A function of what `prepare` made; this is measured.
    prepare: Makes the input of one piece of work; this is not measured.
    shows: What of the work's answer has to be the same for all; None if it claims no such thing.
    """

    name: str
    work: Callable[[Any], object]
    prepare: Callable[[], object] = lambda: None
    shows: Callable[[Any], object] | None = None


class Spread(NamedTuple):
    """The middle of many values, and the bounds within which four fifths of them lie."""

    low: float
    median: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """The median of values, with their 10th and 90th percentile."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    tenths = statistics.quantiles(values, n=10, method="inclusive")
    return Spread(tenths[0], statistics.median(values), tenths[-1])


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """How many times as much ours took as theirs, in each round."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


class Aim(NamedTuple):
    """What is promised beside a peer.

    how: ``times``: ours takes at most `bound` times what the peer takes. ``faster``: the peer takes at least `bound`
        times what ours takes. ``more``: ours takes at most `bound` more than the peer.
    """

    peer: str
    how: Literal["times", "faster", "more"]
    bound: float

    def values(self, samples: Samples, ours: str) -> list[float]:
        """What is compared with the bound, in each round."""
        mine, theirs = samples[ours], samples[self.peer]
        if self.how == "more":
            return [one - other for one, other in zip(mine, theirs, strict=True)]
        return ratios(mine, theirs) if self.how == "times" else ratios(theirs, mine)

    def verdict(self, samples: Samples, ours: str) -> str:
        """Whether the median keeps the aim, or by how much it is missed, and whether the spread says otherwise."""
        found = spread(self.values(samples, ours))
        # How far the bound is exceeded, by the median and by the best and the worst of the spread.
        if self.how == "faster":
            best, middle, worst = (self.bound / value for value in reversed(found))
        else:
            best, middle, worst = (value / self.bound for value in found)
        if middle <= 1:
            return "met" if worst <= 1 else "met, though not in all rounds"
        missed = f"missed by {100 * (middle - 1):.0f} %" if middle < 2 else f"missed {middle:.1f}-fold"
        return missed if best > 1 else f"{missed}, though not in all rounds"


class Row(NamedTuple):
    """A piece of work, measured.

    ours: Which of the candidates the ratios are of.
    missing: Peers that are not installed, and so are not among the samples.
    unit: ``s`` or ``B``.
    """

    work: str
    ours: str
    samples: Samples
    aims: Sequence[Aim] = ()
    missing: Sequence[str] = ()
    unit: Literal["s", "B"] = "s"

    def only(self, work: str, ours: str, peers: Iterable[str], aims: Sequence[Aim] = ()) -> "Row":
        """Another view on the same rounds: some of the candidates, beside one of them."""
        chosen = {name: self.samples[name] for name in (ours, *peers)}
        return self._replace(work=work, ours=ours, samples=chosen, aims=aims)


def measure(
    work: str,
    candidates: Sequence[Candidate],
    effort: Effort,
    aims: Sequence[Aim] = (),
    missing: Sequence[str] = (),
) -> Row:
    """The row of a work inside this process; the first candidate is ours.

    Raises AssertionError if two candidates that claim the same answer give different ones.
    """
    compare(work, candidates)
    clock = time.thread_time
    plans = {candidate.name: _calibrated(candidate, effort.sample, clock) for candidate in candidates}
    rounds = rounds_within(effort, sum(seconds for _, _, seconds in plans.values()))
    samples: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
    for order in orders(candidates, rounds):
        gc.collect()
        for candidate in order:
            loops, batch, _ = plans[candidate.name]
            samples[candidate.name].append(_sample(candidate, loops, batch, clock) / loops)
    return Row(work, candidates[0].name, samples, aims, missing)


def compare(work: str, candidates: Iterable[Candidate]) -> None:
    """Stops everything if two candidates that claim the same answer give different ones."""
    claims = [candidate for candidate in candidates if candidate.shows is not None]
    answers = [
        candidate.shows(candidate.work(candidate.prepare())) for candidate in claims if candidate.shows
    ]
    for candidate, answer in zip(claims, answers, strict=True):
        if answer != answers[0]:
            raise AssertionError(f"{work}: {candidate.name} answers otherwise than {claims[0].name}")


def rounds_within(effort: Effort, seconds: float) -> int:
    """As many rounds as fit into the budget, if one takes so many seconds; an odd number, so that one is the median."""
    fitting = int(effort.budget / max(seconds, 1e-9))
    return max(effort.least, min(effort.most, fitting)) | 1


def orders(candidates: Sequence[Candidate], rounds: int) -> Iterable[list[Candidate]]:
    """For each round the candidates in another order, the same ones in every run of the benchmark."""
    chance = random.Random(rounds)  # noqa: S311 - an order, not a secret
    for _ in range(rounds):
        yield chance.sample(candidates, len(candidates))


def _calibrated(candidate: Candidate, seconds: float, clock: Clock) -> tuple[int, int, float]:
    """How many repetitions take so many seconds, how many of them between two looks at the clock; the seconds of all.

    The first repetitions of all are the warm-up, and count for nothing.
    """
    _sample(candidate, 1, 1, clock)
    loops = 1
    began = time.perf_counter()
    while (taken := _sample(candidate, loops, loops, clock)) < max(ENOUGH, seconds / 8) and loops < 1 << 24:
        loops *= 2
        began = time.perf_counter()
    # With what is prepared: a row keeps to its budget by the clock.
    whole = (time.perf_counter() - began) / loops
    one = max(taken / loops, 1e-9)
    wanted = max(1, round(seconds / one))
    return wanted, max(1, min(wanted, round(ENOUGH / one))), wanted * whole


def _sample(candidate: Candidate, loops: int, batch: int, clock: Clock) -> float:
    """The time of so many repetitions, the clock being stopped after each batch to prepare the next."""
    work, prepare = candidate.work, candidate.prepare
    total = 0.0
    collecting = gc.isenabled()
    gc.disable()
    try:
        while loops > 0:
            inputs = [prepare() for _ in range(min(loops, batch))]
            begin = clock()
            for given in inputs:
                work(given)
            total += clock() - begin
            loops -= batch
    finally:
        if collecting:
            gc.enable()
    return total
