"""The host operations of the mission `run_tests`: pytest in a process of its own, with a plugin that records.

1. Only the record of the plugin (``record/tier2_record.py``) is believed, parsed as data. pytest's exit code has to fit
   it: a pytest that ended early, crashed, or changed its exit code is a failed step.
2. The target is a path, with or without the rest of a node id. It never becomes an option, nor a file of options.
3. Outputs hold node ids and outcomes, sorted, and no duration or path of this machine. The output of pytest and its
   JUnit XML go to files beside the run, outside the hash.
4. pytest and its whole process group end with the step: when it is done, at the time limit, at Ctrl-C, and when this
   process is killed (see `tier2.shell.worlds.run_tests.processes`).
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, final

import msgspec

from tier2.contracts.v1 import RunTestsParams, TestOutcome, WorkflowDefinition
from tier2.contracts.views import convert
from tier2.errors import Tier2Error
from tier2.kinds import Fail, JsonObject
from tier2.shell.runs.hosts import HostCall, HostOperation
from tier2.shell.worlds.run_tests.processes import exit_code
from tier2.values.canonical import MAX_BYTES
from tier2.values.reading import parse

PLUGIN = Path(__file__).parent / "record" / "tier2_record.py"

ALL = "all"
"""The target for the tests that the project's own settings name."""

SHOWN = 10
"""How many modules a reason names."""

SEVERITY: tuple[TestOutcome, ...] = ("passed", "skipped", "xfailed", "xpassed", "failed", "error")
"""Of several outcomes of one test, the last in this order counts."""

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

    async def discover(_: HostCall) -> JsonObject | Fail:
        return await _discover(options)

    async def execute(_: HostCall) -> JsonObject | Fail:
        return await _execute(options)

    return {
        "tests.discover": HostOperation(discover, options.time_limit),
        "tests.execute": HostOperation(execute, options.time_limit),
    }


def target_of(workflow: WorkflowDefinition) -> str:
    """The target of a workflow: that of its mission's params, or all.

    Raises ContractError for a target that is no text.
    """
    params = workflow.metadata.get("params")
    if not isinstance(params, Mapping):
        return ALL
    return convert(params, RunTestsParams, "metadata", "params").target


class _Recorded(msgspec.Struct, frozen=True):
    """One entry of the record."""

    id: str
    outcome: TestOutcome


class _Record(msgspec.Struct, frozen=True):
    """The file that the plugin writes. errors: the modules that could not be collected."""

    collected: tuple[str, ...]
    errors: tuple[str, ...]
    outcomes: tuple[_Recorded, ...]


class _Ended(msgspec.Struct, frozen=True):
    """The exit code of pytest, and its record."""

    code: int
    record: _Record


async def _discover(options: TestOptions) -> JsonObject | Fail:
    ended = await _pytest(options, "--collect-only")
    if isinstance(ended, Fail):
        return ended
    if ended.record.errors:
        return _uncollected(ended.record)
    if not ended.record.collected:
        return Fail("no tests were collected")
    return {"tests": {"collected": sorted(set(ended.record.collected))}}


async def _execute(options: TestOptions) -> JsonObject | Fail:
    junit = [] if options.files is None else [f"--junit-xml={_beside(options.files, '.junit.xml')}"]
    ended = await _pytest(options, *junit)
    if isinstance(ended, Fail):
        return ended
    record = ended.record
    if ended.code == 2:
        return _uncollected(record)
    worst = _worst((*record.outcomes, *(_Recorded(name, "error") for name in record.errors)))
    if not {"failed", "error"}.intersection(worst.values()):
        if ended.code == 1:
            return Fail("pytest ended with exit code 1, though no test failed")
        missing = set(record.collected) - worst.keys()
        if missing:
            return Fail(f"{len(missing)} of {len(set(record.collected))} tests did not run")
    return {"tests": {"outcomes": [{"id": name, "outcome": worst[name]} for name in sorted(worst)]}}


def _worst(outcomes: Iterable[_Recorded]) -> dict[str, TestOutcome]:
    worst: dict[str, TestOutcome] = {}
    for entry in outcomes:
        known = worst.get(entry.id, entry.outcome)
        worst[entry.id] = entry.outcome if SEVERITY.index(entry.outcome) > SEVERITY.index(known) else known
    return worst


def _uncollected(record: _Record) -> Fail:
    names = sorted(set(record.errors))
    modules = "1 module" if len(names) == 1 else f"{len(names)} modules"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return Fail(f"{modules} could not be collected: {', '.join(names[:SHOWN])}{more}")


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
        own = ["-p", PLUGIN.stem, "--color=no", f"--override-ini=cache_dir={folder}/cache"]
        output = Path(folder, "output.txt")
        if options.files is not None:
            output = Path(_beside(options.files, ".output.txt"))
        command = [options.python, "-m", "pytest", *own, *arguments, *([] if target is None else [target])]
        with _opened(output) as file:
            code = await exit_code(
                command,
                directory=options.directory,
                environment=_environment(f"{folder}/record.json"),
                output=file,
            )
            if code is None:
                return Fail("the interpreter cannot be started")
            return _ending(code, Path(folder, "record.json"), file, options.directory)


def _opened(path: Path) -> BinaryIO:
    return open(path, "w+b")


def _ending(code: int, path: Path, output: BinaryIO, directory: Path) -> _Ended | Fail:
    if code < 0:
        return Fail(f"pytest was ended by signal {-code}")
    try:
        record = _read(path, directory)
    except FileNotFoundError:
        if code == 1 and _last_line(output).endswith(b": No module named pytest"):
            return Fail("the interpreter has no pytest")
        return Fail(f"pytest ended with exit code {code} before it was done")
    except Tier2Error:
        return Fail("the record of the tests is malformed or too large")
    if any(name.startswith("/") for name in (*record.collected, *record.errors)):
        return Fail("tests outside the folder have ids with paths of this machine")
    if code in (0, 1, 5) or (code == 2 and record.errors):
        return _Ended(code, record)
    return Fail(f"pytest ended with exit code {code}")


def _last_line(output: BinaryIO) -> bytes:
    output.seek(0)
    return output.read(4096).rstrip().rpartition(b"\n")[2]


def _read(path: Path, directory: Path) -> _Record:
    with open(path, "rb") as file:
        record = convert(parse(file.read(MAX_BYTES + 1)), _Record)
    return _Record(
        collected=tuple(_local(name, directory) for name in record.collected),
        errors=tuple(_local(name, directory) for name in record.errors),
        outcomes=tuple(_Recorded(_local(entry.id, directory), entry.outcome) for entry in record.outcomes),
    )


def _local(name: str, directory: Path) -> str:
    """A node id in which paths into the directory are relative to it: parameters bring in absolute ones."""
    for folder in {str(directory.absolute()), os.path.realpath(directory)} - {"/"}:
        if folder in name:
            name = re.sub(rf"(?<![\w./]){re.escape(folder)}/", "", name)
    return name


def _environment(record: str) -> dict[str, str]:
    """The environment of pytest: this one without the variables of a pytest around it, with the plugin's folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    folders = [str(PLUGIN.parent), *([kept["PYTHONPATH"]] if kept.get("PYTHONPATH") else [])]
    return {**kept, "PYTHONPATH": os.pathsep.join(folders), "TIER2_RECORD": record}


def _beside(files: Path, suffix: str) -> str:
    return f"{files.absolute()}{suffix}"
