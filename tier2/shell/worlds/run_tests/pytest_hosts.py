"""The host operations of the mission `run_tests`: pytest in a process of its own, with a recorder.

1. Only the record of the recorder (``record/tier2_record.py``) is believed, parsed as data. pytest's exit code has to
   fit it: a pytest that ended early, crashed, or changed its exit code is a failed step, and the reason tells how far
   it came. So is one that did not run all tests which the discovery had found.
2. The target is a path, with or without the rest of a node id. It never becomes an option, nor a file of options.
3. Outputs hold node ids and outcomes, sorted, and no duration; `portable_ids` takes folders of this machine out. The
   output of pytest and its JUnit XML go to files beside the run, outside the hash.
4. pytest and its whole process group end with the step: when it is done, at the time limit, at Ctrl-C, and when this
   process is killed (see `tier2.shell.worlds.run_tests.processes`).
"""

import os
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO, final

import msgspec
from msgspec import UnsetType

from tier2.contracts.v1 import RunTestsParams, RunTestsState, TestOutcome, WorkflowDefinition
from tier2.contracts.views import convert, view
from tier2.errors import Tier2Error
from tier2.kinds import Fail, JsonObject
from tier2.shell.runs.hosts import HostCall, HostOperation
from tier2.shell.worlds.run_tests.outputs import found_output, outcomes_output
from tier2.shell.worlds.run_tests.processes import exit_code
from tier2.shell.worlds.run_tests.record_file import (
    BAD,
    CAUSES,
    Record,
    named,
    read_record,
    story_of,
    story_of_crash,
)

RECORDER = Path(__file__).parent / "record" / "tier2_record.py"

NO_PYTEST = 120
"""The exit code of the recorder if the interpreter has no pytest."""

NOT_RUN: TestOutcome = "not_run"

ALL = "all"
"""The target for the tests that the project's own settings name."""

_OURS = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_TESTRUNUID", "PYTEST_XDIST_WORKER")
"""The beginnings of the variables that a pytest around this process sets. PYTEST_ADDOPTS is the user's, and stays."""


@final
class TestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the tests of one run are tested.

    target: A file, a folder, a node id, or ``all``; relative to the directory.
    python: The interpreter that has pytest and the project.
    time_limit: Seconds for finding the tests, and as many again for running them.
    directory: Where pytest is started.
    files: JUnit XML goes to this path with ``.junit.xml`` added, the output of pytest with ``.output.txt``; None keeps
        neither.
    """

    target: str
    python: str = sys.executable
    time_limit: float = 600.0
    directory: Path = msgspec.field(default_factory=Path.cwd)
    files: Path | None = None


def test_hosts(options: TestOptions) -> Mapping[str, HostOperation]:
    """The host operations ``tests.discover`` and ``tests.execute`` for one run."""

    found: list[str] = []

    async def discover(call: HostCall) -> JsonObject | Fail:
        return await _discover(options, found, call.folder)

    async def execute(call: HostCall) -> JsonObject | Fail:
        return await _execute(options, found, call)

    return {
        "tests.discover": HostOperation(discover, options.time_limit),
        "tests.execute": HostOperation(execute, options.time_limit),
    }


def _number_found(state: JsonObject) -> int:
    """How many tests an earlier step found."""
    try:
        tests = view(state, RunTestsState).tests
    except Tier2Error:
        return 0
    return 0 if isinstance(tests, UnsetType) or isinstance(tests.found, UnsetType) else tests.found


def target_of(workflow: WorkflowDefinition) -> str:
    """The target of a workflow: that of its mission's params, or all.

    Raises ContractError for a target that is no text.
    """
    params = workflow.metadata.get("params")
    if not isinstance(params, Mapping):
        return ALL
    return convert(params, RunTestsParams, "metadata", "params").target


class _Ended(msgspec.Struct, frozen=True):
    """The exit code of pytest, and its record."""

    code: int
    record: Record


async def _discover(options: TestOptions, found: list[str], folder: Path | None) -> JsonObject | Fail:
    ended = await _pytest(options, "--collect-only")
    if isinstance(ended, Fail):
        return ended
    record = ended.record
    if record.errors:
        return _uncollected(record)
    if ended.code == 2:
        return _early(options, ended)
    if not record.collected:
        return Fail("no tests were collected")
    found[:] = sorted(record.found)
    return found_output(folder, found)


async def _execute(  # noqa: PLR0911 - a list of endings
    options: TestOptions, found: Collection[str], call: HostCall
) -> JsonObject | Fail:
    """found: the tests that the discovery found, as far as they are known here. Each has to have an outcome."""
    junit = [] if options.files is None else [f"--junit-xml={_beside(options.files, '.junit.xml')}"]
    ended = await _pytest(options, *junit)
    if isinstance(ended, Fail):
        return ended
    record, worst = ended.record, ended.record.worst
    if record.differing:
        return Fail("the workers of pytest-xdist found different tests, so none ran" + _read_on(options))
    if ended.code == 2 and record.errors and not record.outcomes:
        return _uncollected(record)
    every = {*found, *record.found, *worst}
    missing = sorted(every - worst.keys())
    bad = not BAD.isdisjoint(worst.values())
    if missing and record.max_fail and bad:
        why = _why(ended) + _read_on(options)
        return outcomes_output(call.folder, dict.fromkeys(missing, NOT_RUN) | worst, why)
    if ended.code == 2:
        return _early(options, ended, every)
    if ended.code == 1 and not bad:
        return Fail("pytest ended with exit code 1, though no test failed")
    if missing:
        text = f"{len(missing)} of {len(every)} tests did not run: {named(missing)}"
        return Fail(f"{text}; {story_of(record)}" if bad else text)
    number = _number_found(call.state)
    if len(worst) < number:
        return Fail(f"{number - len(worst)} of {number} tests have no outcome")
    return outcomes_output(call.folder, worst)


def _early(options: TestOptions, ended: _Ended, found: Collection[str] = ()) -> Fail:
    """The story of a session that ended before all tests had run."""
    record = msgspec.structs.replace(ended.record, collected=(*ended.record.collected, *found))
    text = f"pytest ended with exit code {ended.code}: {_why(ended)}; {story_of(record)}"
    return Fail(f"{text}{_read_on(options)}")


def _why(ended: _Ended) -> str:
    """Why a session ended before all tests had run."""
    record = ended.record
    failures = sum(outcome in BAD for outcome in record.worst.values())
    if record.max_fail and failures >= record.max_fail:
        return f"it stops after {_counted(record.max_fail, 'failure')}, as -x or --maxfail says"
    return "a test, a plugin or a person ended it" if record.interrupted else CAUSES.get(ended.code, "")


def _read_on(options: TestOptions) -> str:
    """Where the output of pytest is: in words that are the same for every run."""
    return "" if options.files is None else "; read on in the file .output.txt beside the run"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _uncollected(record: Record) -> Fail:
    names = sorted(set(record.errors))
    return Fail(f"{_counted(len(names), 'module')} could not be collected: {named(names)}")


def argument(target: str, directory: Path) -> str | Fail:
    """The target as an argument that pytest takes for a path, even if it begins like an option."""
    # The path ends where pytest lets it end.
    path = target.partition("[")[0].partition("::")[0]
    if not path or "\0" in target or not os.path.exists(directory / path):
        return Fail("the target does not exist")
    if not _within(directory / path, directory):
        return Fail("the target is outside the folder")
    return target if target.startswith("/") else f"./{target}"


def _within(path: Path, directory: Path) -> bool:
    folder = os.path.realpath(directory)
    return os.path.commonpath([folder, os.path.realpath(path)]) == folder


async def _pytest(options: TestOptions, *arguments: str) -> _Ended | Fail:
    """Runs pytest to its end. Fails if that end says nothing about tests."""
    target = None if options.target == ALL else argument(options.target, options.directory)
    if isinstance(target, Fail):
        return target
    with tempfile.TemporaryDirectory(prefix="tier2-", ignore_cleanup_errors=True) as folder:
        # A cache of its own: the last run must not choose the tests, and the project's folder is not written to.
        own = ["--color=no", f"--override-ini=cache_dir={folder}/cache"]
        output, record = Path(folder, "output.txt"), Path(folder, "record.json")
        if options.files is not None:
            output = Path(_beside(options.files, ".output.txt"))
        command = [options.python, str(RECORDER), str(record), *own, *arguments]
        with _opened(output) as file:
            code = await exit_code(
                [*command, *([] if target is None else [target])],
                directory=options.directory,
                environment=_environment(),
                output=file,
            )
        if code is None:
            return Fail("the interpreter cannot be started")
        return _ending(code, record, options)


def _opened(path: Path) -> BinaryIO:
    return open(path, "w+b")


def _ending(code: int, path: Path, options: TestOptions) -> _Ended | Fail:
    """The end of pytest, if it has a record of all that it was to do."""
    if code == NO_PYTEST:
        return Fail("the interpreter has no pytest")
    cause = f": {CAUSES[code]}" if code in CAUSES else ""
    try:
        record = None if code < 0 else read_record(path, options.directory)
    except FileNotFoundError:
        record = None
    except Tier2Error:
        return Fail("the record of the tests is malformed or too large")
    if record is None:
        story = story_of_crash(Path(f"{path}.log"), options.directory)
        end = (
            f"was ended by signal {-code}"
            if code < 0
            else f"ended with exit code {code} before it was done{cause}"
        )
        return Fail(f"pytest {end}{f'; {story}' if story else ''}{_read_on(options)}")
    if record.outside or any(name.startswith("/") for name in (*record.collected, *record.errors)):
        return Fail("tests outside the folder have ids with paths of this machine")
    if code in (0, 1, 2, 5):
        return _Ended(code, record)
    story = f"; {story_of(record)}" if record.outcomes else ""
    return Fail(f"pytest ended with exit code {code}{cause}{story}{_read_on(options)}")


def _environment() -> dict[str, str]:
    """The environment of pytest: this one without the variables of a pytest around it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def _beside(files: Path, suffix: str) -> str:
    return f"{files.absolute()}{suffix}"
