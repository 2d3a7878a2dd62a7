"""Does the command start as quickly as it can: is nothing loaded, made or looked at that the call does not need?"""

import fcntl
import json
import os
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell_command import Command

from tier2.shell.cli import options

EXAMPLE = Path(__file__).parents[2] / "contracts" / "examples" / "day.json"

FOR_EVERY_COMMAND = frozenset({"", *".cli .cli.exit_codes .cli.options .cli.output .io .io.files".split()})
"""What of the shell starting the command loads, whatever it is asked for."""

SLOW = frozenset(
    "asyncio bz2 dataclasses inspect json logging lzma multiprocessing pathlib shutil socket ssl subprocess tempfile "
    "threading".split()
)
"""Modules that take long to load, or that load many others."""


def ran(program: str) -> object:
    """What a program leaves as ``answer`` in a fresh interpreter, as JSON."""
    printed = f"{program}\nimport json\nprint(json.dumps(answer), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", f"import sys\n{printed}"], capture_output=True, check=True)
    answer: object = json.loads(done.stderr.splitlines()[-1])  # after what the program itself says
    return answer


def loaded_by(program: str) -> set[str]:
    names = ran(f"{program}\nanswer = list(sys.modules)")
    assert isinstance(names, list)
    return set(names)


def loaded_for(*arguments: str) -> set[str]:
    return loaded_by(f"from tier2.shell.cli import main\nmain({list(arguments)!r})") - loaded_by(
        "import msgspec"
    )


@pytest.mark.parametrize(
    ("arguments", "own"),
    [
        (["--help"], []),
        (["run", "--help"], []),
        (["hash", str(EXAMPLE)], [".cli.commands", ".cli.commands.digests"]),
        (["canonical", str(EXAMPLE)], [".cli.commands", ".cli.commands.digests"]),
    ],
)
def test_a_short_command_loads_only_what_it_needs(arguments: list[str], own: list[str]) -> None:
    loaded = loaded_for(*arguments)
    shell = {name.removeprefix("tier2.shell") for name in loaded if name.startswith("tier2.shell")}
    assert shell == FOR_EVERY_COMMAND | set(own)
    assert loaded & SLOW == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "echo"],
        ["rehearse", "echo"],
        ["run", "echo", "--runs", "."],
        ["resume", "no such run", "--runs", "."],
        ["runs", "--runs", "."],
        ["show", "no such run"],
        ["verify", "no such run"],
        ["check", str(EXAMPLE)],
    ],
    ids=lambda arguments: arguments[0],
)
def test_nothing_for_other_processes_is_loaded_where_there_are_none(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert loaded_for(*arguments) & {"asyncio", "multiprocessing", "ssl", "tempfile"} == set()


def test_nothing_that_draws_is_loaded_for_a_run(tmp_path: Path) -> None:
    assert "tier2.inspection.diagrams" in loaded_for("show", "no such run")
    assert "tier2.inspection.diagrams" not in loaded_for("run", "echo", "--runs", str(tmp_path))


def test_only_the_command_that_is_called_gets_its_options(
    tier2: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unasked(*_: object) -> None:
        raise AssertionError("nobody has asked for these options")

    for name in ("_add_plan", "_add_run", "_add_check", "_add_contracts"):
        monkeypatch.setattr(options, name, unasked)
    assert tier2("--help").code == 0
    assert tier2("hash", str(EXAMPLE)).code == 0
    with pytest.raises(AssertionError, match="nobody has asked"):
        tier2("check", str(EXAMPLE))


def test_an_option_before_the_command_hides_neither_the_command_nor_itself(tier2: Command) -> None:
    answer = tier2("--quick", "plan", "echo", "--pretty")
    assert answer.code == 2
    assert answer.err.endswith("error: unrecognized arguments: --quick\n")


def test_the_collector_looks_at_nothing_again_that_was_there_at_the_start() -> None:
    imports = "import gc\nfrom contextlib import suppress\nfrom tier2.shell.cli import entry\n"
    called = "sys.argv = ['tier2', '--help']\nwith suppress(SystemExit):\n    entry()\n"
    frozen = ran(f"{imports}{called}answer = gc.get_freeze_count()")
    assert isinstance(frozen, int)
    assert frozen > 1000  # functions and classes of what is loaded


@pytest.mark.parametrize("columns", [None, "", "0", "-60", "61", "wide"])
def test_help_is_as_wide_as_the_standard_library_says(
    monkeypatch: pytest.MonkeyPatch, columns: str | None
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    assert options._columns() == shutil.get_terminal_size().columns
    monkeypatch.setattr(sys, "__stdout__", None)
    assert options._columns() == shutil.get_terminal_size().columns


@pytest.fixture
def terminal() -> Iterator[int]:
    """A terminal of a size that nobody has told it yet."""
    ours, theirs = os.openpty()
    yield theirs
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("columns", [0, 47, 132])
def test_help_is_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, terminal: int, columns: int
) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    monkeypatch.delenv("COLUMNS", raising=False)
    with open(terminal, "w", closefd=False) as stdout:
        monkeypatch.setattr(sys, "__stdout__", stdout)
        assert options._columns() == (columns or 80)
