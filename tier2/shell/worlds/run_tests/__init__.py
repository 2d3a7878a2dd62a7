"""The world of `run_tests`: which Python runs pytest, where, and for how long; and the outcomes for a reader."""

import os
import platform
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from msgspec import UnsetType

from tier2.contracts.v1 import OrchestrationResult, Run, RunTestsState
from tier2.contracts.views import view
from tier2.errors import Tier2Error
from tier2.kinds import JsonObject
from tier2.missions.run_tests.operations import COUNTS, total_of
from tier2.shell.errors import InputError
from tier2.shell.io.progress import Progress
from tier2.shell.runs.hosts import HostOperation
from tier2.shell.worlds.run_tests.command_line import TestOptions, params_of, silent
from tier2.shell.worlds.world import Given, Option, Say, World
from tier2.values.frozen import JsonValue

_OPTIONS = (
    Option(name="python", metavar="PATH", help="the Python that runs pytest, if not the one that runs this"),
    Option(name="directory", metavar="DIR", help="the folder where pytest is started, if not this one"),
    Option(
        name="time-limit", metavar="SECONDS", help="for finding the tests, and as many for running them; 600"
    ),
)

FOLDER, PYTHON, VERSION, TIME_LIMIT = "folder", "interpreter", "version", "time_limit"
"""What a run file keeps of a test run: where pytest starts, the path of its interpreter, which Python that is, and the
time limit if one was given."""

FIRST = ("failed", "error", "not_run")
"""The outcomes whose tests are named."""

WORDS = {name: name.replace("_", " ") for name in (*FIRST, *COUNTS)}
"""What people read for each outcome, those that matter most first."""


def _hosts(given: Given, run: Run, beside: Path) -> Mapping[str, HostOperation]:
    from tier2.shell.worlds.run_tests.pytest_hosts import test_hosts  # noqa: PLC0415 - as slow as asyncio

    directory = Path(given.get("directory", "."))
    if not directory.is_dir():
        raise InputError(f"--directory {directory}: is no folder; name the one to test in")
    params, line = params_of(run.workflow), Progress(None)
    return test_hosts(
        TestOptions(
            target=params.target,
            keyword=params.keyword,
            markers=params.markers,
            python=_python(given),
            time_limit=_seconds(given.get("time-limit", "600")),
            directory=directory,
            files=beside,
            executed_next=("tests.discover", "tests.execute") in pairwise(_operations(run)),
            progress=_shown(line) if line.on else silent,
        )
    )


def _operations(run: Run) -> list[JsonValue]:
    return [step.payload.get("operation") for step in run.workflow.steps]


def _shown(line: Progress) -> Callable[[str, Sequence[str]], None]:
    """Shows a person at a terminal how far the tests are, and each test that failed as soon as it did."""

    def show(text: str, failed: Sequence[str]) -> None:
        for words in failed:
            line.add_line(words)
        if not text:
            line.clear()
        else:
            line.show_text(text)

    return show


def _surroundings(given: Given, _: Run) -> JsonObject:
    python = _python(given)
    return {
        FOLDER: os.path.realpath(given.get("directory", ".")),
        PYTHON: os.path.abspath(shutil.which(python) or python),
        VERSION: _version(python),
        **({TIME_LIMIT: given["time-limit"]} if "time-limit" in given else {}),
    }


def _check(given: Given, run: Run, kept: JsonObject) -> None:
    """Refuses a run that began in another folder or with another interpreter."""
    now = _surroundings(given, run)
    for name, option in ((FOLDER, "directory"), (PYTHON, "python")):
        was = kept.get(name)
        if isinstance(was, str) and was != now[name]:
            raise InputError(
                f"the run began with the {name} {was}, and this is {now[name]}; give --{option} {shlex.quote(was)}"
            )
    was = kept.get(VERSION)
    if isinstance(was, str) and was != now[VERSION]:
        text = f"the run began with {was} at {now[PYTHON]}, and this is {now[VERSION]}"
        raise InputError(f"{text}; give --python with that one, or start a new run")


def _go_on(given: Given, kept: JsonObject) -> Given:
    """The options with which the run began, for wherever it goes on. A new time limit counts."""
    again = dict(given)
    if isinstance(limit := kept.get(TIME_LIMIT), str):
        again.setdefault("time-limit", limit)
    for name, option, default in ((FOLDER, "directory", ""), (PYTHON, "python", sys.executable)):
        was = kept.get(name)
        if isinstance(was, str) and (option in given or was != default):
            again[option] = was
    return again


def _python(given: Given) -> str:
    """The interpreter: a path is relative to the folder of the command; a plain name is looked up on the PATH."""
    python = given.get("python", sys.executable)
    return os.path.abspath(python) if "/" in python else python


def _version(python: str) -> str:
    """The implementation and version of an interpreter; nothing if it does not say."""
    if python == sys.executable:
        return f"{platform.python_implementation()} {platform.python_version()}"
    import subprocess  # noqa: PLC0415 - few runs name an interpreter

    script = "import platform as p; print(p.python_implementation(), p.python_version())"
    try:
        done = subprocess.run(  # noqa: S603 - the person named it
            [python, "-I", "-S", "-c", script],
            capture_output=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


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
    listed = () if isinstance(tests.not_passed, UnsetType) else tests.not_passed
    for outcome in FIRST:
        named = [test.id for test in listed if test.outcome == outcome]
        yield from (f"{WORDS[outcome]}: {name}" for name in named)
        more = getattr(tests.outcomes, outcome) - len(named)
        if more > 0:
            yield f"{WORDS[outcome]}: {more} more"
    counts = [
        f"{number} {words}" for name, words in WORDS.items() if (number := getattr(tests.outcomes, name))
    ]
    yield f"{total_of(tests.outcomes)} tests: {', '.join(counts) or 'none'}"


def _files(beside: Path) -> Iterator[Path]:
    """The output of pytest and its JUnit XML."""
    return (beside.with_name(f"{beside.name}.{suffix}") for suffix in ("output.txt", "junit.xml"))


def _predicate(result: OrchestrationResult, folder: Path, say: Say) -> tuple[str, JsonObject]:
    from tier2.shell.worlds.run_tests.statement import predicate  # noqa: PLC0415 - few runs get a statement

    return predicate(result, folder, say)


WORLD = World(
    options=_OPTIONS,
    hosts=_hosts,
    surroundings=_surroundings,
    check=_check,
    go_on=_go_on,
    summary=_summary,
    files=_files,
    predicate=_predicate,
)
"""What the shell knows of `run_tests`."""
