"""The world of `run_tests`: which Python runs pytest, where, and for how long; and the outcomes for a reader."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import UnsetType

from tier2.contracts.v1 import OrchestrationResult, Run, RunTestsState
from tier2.contracts.views import view
from tier2.errors import Tier2Error
from tier2.shell.errors import InputError
from tier2.shell.runs.hosts import HostOperation
from tier2.shell.worlds.world import Given, Option, World

_OPTIONS = (
    Option(name="python", metavar="PATH", help="the Python that runs pytest, if not the one that runs this"),
    Option(name="directory", metavar="DIR", help="the folder where pytest is started, if not this one"),
    Option(
        name="time-limit", metavar="SECONDS", help="for finding the tests, and as many for running them; 600"
    ),
)

_BAD = ("failed", "error")
"""The outcomes that are named first."""


def _hosts(given: Given, run: Run, beside: Path) -> Mapping[str, HostOperation]:
    from tier2.shell.worlds.run_tests.pytest_hosts import TestOptions, target_of, test_hosts  # noqa: PLC0415 - as slow as asyncio

    directory = Path(given.get("directory", "."))
    if not directory.is_dir():
        raise InputError(f"--directory {directory}: is no folder; name the one to test in")
    python = given.get("python", sys.executable)
    return test_hosts(
        TestOptions(
            target=target_of(run.workflow),
            # A path is relative to the folder in which the command was given; a plain name is looked up on the PATH.
            python=os.path.abspath(python) if "/" in python else python,
            time_limit=_seconds(given.get("time-limit", "600")),
            directory=directory,
            files=beside,
        )
    )


def _seconds(text: str) -> float:
    with suppress(ValueError):
        seconds = float(text)
        if 0 < seconds < 1e7:
            return seconds
    raise InputError(f"--time-limit {text}: is no number of seconds, such as 90")


def _summary(result: OrchestrationResult) -> Iterator[str]:
    """How many tests ended how; those that failed first, by name."""
    try:
        tests = view(result.final_state, RunTestsState).tests
    except Tier2Error:
        return
    if isinstance(tests, UnsetType) or isinstance(tests.outcomes, UnsetType):
        return
    for outcome in _BAD:
        yield from (f"{outcome}: {test.id}" for test in tests.outcomes if test.outcome == outcome)
    count = Counter[str](test.outcome for test in tests.outcomes)
    counts = [f"{count.pop(outcome)} {outcome}" for outcome in _BAD if outcome in count]
    counts += [f"{number} {outcome}" for outcome, number in sorted(count.items())]
    yield f"{len(tests.outcomes)} tests: {', '.join(counts) or 'none'}"


WORLD = World(options=_OPTIONS, hosts=_hosts, summary=_summary)
"""What the shell knows of `run_tests`."""
