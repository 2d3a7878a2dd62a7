"""The options of a test run, and the command line of pytest that is made of them.

1. The target is a path, with or without the rest of a node id. It never becomes an option, nor a file of options.
   Neither do the expressions that choose tests: each stands in one word with its option.
2. pytest's output and its JUnit XML are files beside the run. Each is made fresh, for this user alone; a file or link
   that was there is replaced, and never written through.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, final

import msgspec

from tier2.contracts.v1 import RunTestsParams, WorkflowDefinition
from tier2.contracts.views import convert
from tier2.kinds import Fail

ALL = "all"
"""The target for the tests that the project's own settings name."""

OUTPUT, JUNIT = ".output.txt", ".junit.xml"
"""What is added to the path of a run for the output of pytest, and for its JUnit XML."""

_OURS = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_TESTRUNUID", "PYTEST_XDIST_WORKER")
"""The beginnings of the variables that a pytest around this process sets. PYTEST_ADDOPTS is the user's, and stays."""


def silent(_: str, __: Sequence[str]) -> None:
    """Shows nothing."""


@final
class TestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the tests of one run are tested.

    target: A file, a folder, a node id, or ``all``; relative to the directory.
    keyword: An expression for pytest's ``-k``; None for all tests.
    markers: An expression for pytest's ``-m``; None for all tests.
    python: The interpreter that has pytest and the project.
    time_limit: Seconds for finding the tests, and as many again for running them.
    directory: Where pytest is started.
    files: JUnit XML goes to this path with ``.junit.xml`` added, the output of pytest with ``.output.txt``; None keeps
        neither.
    executed_next: Whether the execution follows the discovery at once. Then one pytest does both.
    progress: Shows a person how far the tests are. The first argument replaces what was shown before; empty, it removes
        that. The second one is lines that stay.
    """

    target: str = ALL
    keyword: str | None = None
    markers: str | None = None
    python: str = sys.executable
    time_limit: float = 600.0
    directory: Path = msgspec.field(default_factory=Path.cwd)
    files: Path | None = None
    executed_next: bool = False
    progress: Callable[[str, Sequence[str]], None] = silent


def params_of(workflow: WorkflowDefinition) -> RunTestsParams:
    """The params of a workflow's mission, or those of a mission that leaves them out.

    Raises ContractError for params of a wrong type.
    """
    params = workflow.metadata.get("params")
    if not isinstance(params, Mapping):
        return RunTestsParams()
    return convert(params, RunTestsParams, "metadata", "params")


def arguments_of(options: TestOptions) -> list[str] | Fail:
    """The arguments for pytest that choose tests."""
    chosen: list[str] = []
    for name, option, value in (("keyword", "-k", options.keyword), ("markers", "-m", options.markers)):
        if value is not None and "\0" in value:
            return Fail(f"the param {name} has a character that no argument may have")
        if value is not None:
            chosen.append(f"{option}={value}")
    if options.target == ALL:
        return chosen
    target = argument(options.target, options.directory)
    return target if isinstance(target, Fail) else [*chosen, target]


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


def environment() -> dict[str, str]:
    """The environment of pytest: this one without the variables of a pytest around it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def files_of(beside: Path) -> Iterator[Path]:
    """The files beside a run in which a person reads on."""
    for suffix in (OUTPUT, JUNIT):
        yield Path(f"{beside.absolute()}{suffix}")


def fresh(path: Path) -> BinaryIO:
    """A new file for this user alone, in place of one or of a link that was there. Raises OSError."""
    with suppress(FileNotFoundError):
        path.unlink()
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return open(os.open(path, flags, 0o600), "w+b")
