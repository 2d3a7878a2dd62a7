"""The command starts quickly: it loads only what the call needs. Help, version and the command's own name."""

import fcntl
import json
import os
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import pytest
from shell_command import Command

from tier2.shell.cli import main
from tier2.shell.cli.commands import COMMANDS, Entry
from tier2.shell.cli.environment import program_name
from tier2.shell.io.screen import columns

if TYPE_CHECKING:
    from types import ModuleType

EXAMPLE = Path(__file__).parents[2] / "contracts" / "examples" / "day.json"

FOR_EVERY_COMMAND = frozenset(
    {
        "",
        *".cli .cli.commands .cli.environment .cli.exit_codes .cli.parser .errors .io .io.screen".split(),
    }
)
"""The modules of the shell that every command loads."""

SLOW = frozenset(
    "asyncio bz2 dataclasses inspect json logging lzma multiprocessing pathlib shutil socket ssl subprocess tempfile "
    "threading".split()
)
"""Modules that take long to load, or that load many others."""


def ran(program: str) -> object:
    """The variable ``answer`` at the end of a program in a fresh interpreter, by way of JSON."""
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
        (["--version"], []),
        (["hash", str(EXAMPLE)], ".cli.commands.hash .cli.output .io .io.files".split()),
        (["canonical", str(EXAMPLE)], ".cli.commands.canonical .io .io.files".split()),
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
        ["question", "no such run"],
        ["show", "no such run"],
        ["verify", "no such run"],
        ["check", str(EXAMPLE)],
    ],
    ids=lambda arguments: arguments[0],
)
def test_no_command_loads_process_tools_needlessly(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert loaded_for(*arguments) & {"asyncio", "multiprocessing", "ssl", "tempfile"} == set()


def test_a_run_does_not_load_the_diagrams(tmp_path: Path) -> None:
    assert "tier2.inspection.diagrams" in loaded_for("show", "no such run")
    assert "tier2.inspection.diagrams" not in loaded_for("run", "echo", "--runs", str(tmp_path))


def test_only_the_called_command_is_loaded(tier2: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def unasked() -> NoReturn:
        raise AssertionError("nobody has asked for this command")

    for name in COMMANDS.keys() - {"hash"}:
        monkeypatch.setitem(cast("dict[str, Entry]", COMMANDS), name, Entry("unasked", unasked))
    assert tier2("--help").code == 0
    assert tier2("hash", str(EXAMPLE)).code == 0
    with pytest.raises(AssertionError, match="nobody has asked"):
        tier2("check", str(EXAMPLE))


def test_each_command_has_its_own_module() -> None:
    loaded = [cast("ModuleType", entry.load()).__name__ for entry in COMMANDS.values()]
    assert loaded == [f"tier2.shell.cli.commands.{name}" for name in COMMANDS]


def test_unknown_options_before_the_command_are_refused(tier2: Command) -> None:
    answer = tier2("--quick", "plan", "echo", "--pretty")
    assert answer.code == 2
    assert answer.err.endswith("error: unrecognized arguments: --quick\n")


def test_the_collector_ignores_what_was_imported() -> None:
    imports = "import gc\nfrom contextlib import suppress\nfrom tier2.shell.cli import entry\n"
    called = "sys.argv = ['tier2', '--help']\nwith suppress(SystemExit):\n    entry()\n"
    frozen = ran(f"{imports}{called}answer = gc.get_freeze_count()")
    assert isinstance(frozen, int)
    assert frozen > 1000  # functions and classes of what is loaded


@pytest.mark.parametrize("given", [None, "", "0", "-60", "61", "wide"])
def test_help_is_as_wide_as_the_standard_library_says(
    monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if given is not None:
        monkeypatch.setenv("COLUMNS", given)
    assert (columns(sys.__stdout__) or 80) == shutil.get_terminal_size().columns
    monkeypatch.setattr(sys, "__stdout__", None)
    assert (columns(sys.__stdout__) or 80) == shutil.get_terminal_size().columns


@pytest.fixture
def terminal() -> Iterator[int]:
    """A terminal whose size is not set yet."""
    ours, theirs = os.openpty()
    yield theirs
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("width", [0, 47, 132])
def test_help_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch, terminal: int, width: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    monkeypatch.delenv("COLUMNS", raising=False)
    with open(terminal, "w", closefd=False) as stdout:
        monkeypatch.setattr(sys, "__stdout__", stdout)
        assert (columns(sys.__stdout__) or 80) == (width or 80)


def test_a_bare_command_prints_the_help(tier2: Command) -> None:
    bare, asked = tier2(), tier2("--help")
    assert (bare.code, bare.out, bare.err) == (2, b"", asked.out.decode())
    assert asked.code == 0


def test_version_is_that_of_the_installed_package(tier2: Command) -> None:
    answer = tier2("--version")
    assert (answer.code, answer.out.decode()) == (0, f"tier2 {metadata.version('tier2-workflows')}\n")


def test_a_larger_system_appears_by_its_own_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    runs = ["--runs", str(tmp_path)]
    answers: dict[str, tuple[str, str]] = {}
    for arguments in (["--help"], ["hash", "--help"], ["plan", "nope"], ["run", "daily_loop", *runs]):
        main(arguments, prog="acme")
        answers[" ".join(arguments[:2])] = capsys.readouterr()
    assert answers["--help"][0].startswith("usage: acme [-h]")
    assert answers["hash --help"][0].startswith("usage: acme hash ")
    assert answers["plan nope"][1].startswith("acme: ")
    assert "acme show " in answers["run daily_loop"][1]
    assert "acme resume " in answers["run daily_loop"][1]
    assert "tier2 " not in answers["run daily_loop"][1]


@pytest.mark.parametrize(
    ("started_as", "name"),
    [
        (["/usr/bin/acme", "plan"], "acme"),
        (["/site-packages/tier2/__main__.py"], "tier2"),
        (["-c"], "tier2"),
        ([""], "tier2"),
        ([], "tier2"),
    ],
)
def test_the_name_is_that_of_the_started_program(
    monkeypatch: pytest.MonkeyPatch, started_as: list[str], name: str
) -> None:
    monkeypatch.setattr(sys, "argv", started_as)
    assert program_name() == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnus"], "tier2: error: argument COMMAND: invalid choice: 'rnus'; did you mean runs?"),
        (["runs", "remvoe", "x"], "argument ACTION: invalid choice: 'remvoe'; did you mean remove?"),
        (["contracts", "lst"], "argument ACTION: invalid choice: 'lst'; did you mean list?"),
        (
            ["runs", "--standing", "waitng"],
            "argument --standing: invalid choice: 'waitng'; did you mean waiting?",
        ),
        (["--verison"], "unrecognized arguments: --verison; did you mean --version?"),
        (["run", "daily_loop", "--tood=x"], "unrecognized arguments: --tood=x; did you mean --todo?"),
        (["check", "--quit"], "unrecognized arguments: --quit; did you mean --quiet?"),
        (["show", "-mermaid", "x"], "unrecognized arguments: -mermaid; did you mean --mermaid?"),
        (
            ["runs", "remove", "--unfinshed", "x"],
            "unrecognized arguments: --unfinshed; did you mean --unfinished?",
        ),
        (["verif\x1by"], "invalid choice: 'verif\\x1by'; did you mean verify?"),
        # Nothing is close.
        (["run", "echo", "--note", "x"], "unrecognized arguments: --note x"),
        (["hash", "--", "--quit"], "--quit: cannot be read: No such file or directory; "),
    ],
)
def test_a_misspelt_word_is_answered_with_the_one_meant(
    tier2: Command, arguments: list[str], message: str
) -> None:
    answer = tier2(*arguments)
    last = answer.err.splitlines()[-1]
    assert (answer.code, answer.out) == (2, b"")
    assert message in last
    assert ("did you mean" in last) is ("did you mean" in message)


def test_a_word_that_is_close_to_nothing_gets_the_list(tier2: Command) -> None:
    last = tier2("xyz").err.splitlines()[-1]
    assert last.endswith(f"argument COMMAND: invalid choice: 'xyz' (choose from {', '.join(COMMANDS)})")
