"""Do messages fit the terminal, and do colours go only where they are taken?"""

import io
import re
import sys
from pathlib import Path
from typing import TextIO, cast

import pytest
from real_runs import RealRuns, machine, person

from tier2.shell.cli.environment import Environment
from tier2.shell.io.progress import Progress
from tier2.shell.io.screen import Paste, columns_of, message, takes_colour, wrapped


class Stream(io.StringIO):
    """A stream that says whether it is a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


TERMINAL: TextIO = Stream(terminal=True)
FILE: TextIO = Stream(terminal=False)


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal takes colours, as nothing says otherwise."""
    monkeypatch.delenv("NO_COLOR")


# Colours


@pytest.mark.usefixtures("colours")
@pytest.mark.parametrize(
    ("stream", "environment", "taken"),
    [
        (TERMINAL, {}, True),
        (FILE, {}, False),
        (None, {}, False),
        (TERMINAL, {"NO_COLOR": "0"}, False),
        (TERMINAL, {"NO_COLOR": ""}, True),
        (TERMINAL, {"TERM": "dumb"}, False),
        (TERMINAL, {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        (FILE, {"FORCE_COLOR": "1"}, True),
        (FILE, {"FORCE_COLOR": ""}, False),
        (FILE, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_go_where_they_are_taken(
    monkeypatch: pytest.MonkeyPatch, stream: TextIO | None, environment: dict[str, str], taken: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert takes_colour(stream) is taken


@pytest.mark.usefixtures("colours")
def test_only_stderr_is_coloured_if_stdout_is_a_pipe(real: RealRuns) -> None:
    answer = real("run", "echo", typed="")
    assert answer.err.startswith("\x1b[1mtier2:\x1b[0m the run is recorded in ")
    assert b"\x1b" not in answer.out


@pytest.fixture
def listed(real: RealRuns) -> RealRuns:
    """The command, with a run of each kind."""
    real("run", "echo")
    failing = real.workflow(machine("go", "fail", reason="no \x1b[2J"))
    real("run", "--workflow", failing)
    real("run", "--workflow", real.workflow(person("ask")))
    return real


@pytest.mark.usefixtures("colours")
def test_the_words_for_how_a_run_stands_are_coloured(listed: RealRuns) -> None:
    lines = listed("runs", typed="", screen=True).err.splitlines()
    assert [re.findall(r"\x1b\[(\d+)m(\w+)\x1b\[0m", line) for line in lines] == [
        [("31", "failed")],
        [("33", "waiting")],
        [("32", "completed")],
    ]
    shown = listed("show", "wf-1", typed="", screen=True).err
    assert shown.startswith("run of wf: \x1b[31mfailed\x1b[0m\n")
    assert "\n1. runtime go: \x1b[31mfailed\x1b[0m\n" in shown
    assert shown.count("\x1b") == 4


@pytest.mark.parametrize("arguments", [("runs",), ("show", "wf-1"), ("show", "wf-1", "--mermaid")])
def test_without_colours_the_words_are_the_same(
    monkeypatch: pytest.MonkeyPatch, listed: RealRuns, arguments: tuple[str, ...]
) -> None:
    plain = listed(*arguments).out.decode()
    assert listed(*arguments, typed="", screen=True).err == plain
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert re.sub(r"\x1b\[\d+m", "", listed(*arguments).out.decode()) == plain


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_only_people_read_coloured_problems(
    monkeypatch: pytest.MonkeyPatch, real: RealRuns, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "bad.json"
    file.write_text('{"contract": "tier2.mission/v1", "type": "echo", "params": 5}', "utf-8")
    plain = real("check", file, "--format", form).out.decode()
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = real("check", file, "--format", form).out.decode()
    assert (coloured == plain) is (form != "text")
    if form == "text":
        assert coloured == plain.replace(f"{file}:1:50", f"\x1b[31m{file}:1:50\x1b[0m")


@pytest.mark.parametrize("arguments", [("run", "echo"), ("runs", "--json"), ("plan", "echo")])
def test_json_has_no_colours(
    monkeypatch: pytest.MonkeyPatch, real: RealRuns, arguments: tuple[str, ...]
) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in real(*arguments, typed="", screen=True).err.partition("{")[2]
    assert b"\x1b" not in real(*arguments).out


# Messages


GO_ON = Paste("to go on:", "tier2 resume wf-1 --approve ask --by NAME")


NARROW = """\
acme: it waits for
  somebody (see acme
  show)
  to go on:
    tier2 resume wf-1 --approve ask --by NAME
  or not
"""
WIDE = """\
acme: it waits for somebody (see acme show)
  to go on:
    tier2 resume wf-1 --approve ask --by NAME
  or not
"""
ON_ONE_LINE = (
    "acme: it waits for somebody (see acme show); "
    "to go on: tier2 resume wf-1 --approve ask --by NAME; or not\n"
)


@pytest.mark.parametrize(
    ("stream", "width", "expected"),
    [(TERMINAL, "21", NARROW), (TERMINAL, "", WIDE), (FILE, "21", ON_ONE_LINE)],
)
def test_a_message_fits_the_terminal(
    monkeypatch: pytest.MonkeyPatch, stream: TextIO, width: str, expected: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert message("acme", ("it waits for somebody (see acme show)", GO_ON, "or not"), stream) == expected


@pytest.mark.usefixtures("colours")
def test_a_broken_name_of_the_command_is_not_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "8")
    assert message("python -m acme", ["no"], TERMINAL) == "python\n  -m\n  acme:\n  no\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two", ["one two"]),
        ("one two three", ["one two", "  three"]),
        ("a-long/path-without-spaces x", ["a-long/path-without-spaces", "  x"]),
        ("   1. one two", ["   1.", "     one", "     two"]),
        ("你好 世界", ["你好", "  世界"]),
        ("你好 abc", ["你好 abc"]),
        (
            "e\u0301e\u0301e\u0301 e\u0301e\u0301e\u0301e\u0301",
            ["e\u0301e\u0301e\u0301 e\u0301e\u0301e\u0301e\u0301"],
        ),
        ("a  b", ["a  b"]),
    ],
)
def test_lines_are_broken_at_spaces(text: str, lines: list[str]) -> None:
    assert [*wrapped(text, 8)] == lines
    assert [*wrapped(text, None)] == [text]


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("é", 1), ("e\u0301", 1), ("你好", 4), ("\uff57", 2), ("🙂", 2), ("\u20dd", 0), ("…", 1)],
)
def test_wide_and_combining_characters_are_counted(text: str, columns: int) -> None:
    assert columns_of(text) == columns


def test_a_question_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, real: RealRuns) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    workflow = real.workflow(person("ask", "May all the tasks of the day go on, one by one?"))
    shown = real("run", "--workflow", workflow, typed="later\n").err
    assert "\nStep 'ask' asks: May all the\n  tasks of the day go on, one\n  by one?\n" in shown


def test_a_message_takes_the_place_of_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Stream(terminal=True))
    environment = Environment(prog="acme", missions={}, operations={}, hosts={}, worlds={})
    progress = Progress(None)
    progress.show(12, 0)
    environment.say("one")
    environment.say("two")
    assert cast("Stream", sys.stderr).getvalue() == "\r12 lines\r        \racme: one\nacme: two\n"


# The end of a run


def test_a_run_at_a_terminal_ends_with_words(real: RealRuns, tmp_path: Path) -> None:
    todo = tmp_path / "todo.txt"
    todo.write_text("x 2026-11-23 2026-11-20 Water the plants\n(A) Call Ana\n", "utf-8")
    day = ("run", "daily_loop", "--todo", todo, "--today", "2026-11-24", "--no-input")
    real(*day, "--param", "requested_human_steps=0", "--runs", tmp_path / "r", typed="", screen=True)
    again = ("--param", "requested_human_steps=0", "--runs", tmp_path / "r")
    lines = real(*day, *again, typed="", screen=True).err.splitlines()
    assert "2026-11-24" in lines
    assert "{" not in lines
    assert real(*day, *again, "--json", typed="", screen=True).err.splitlines()[-1] == "}"
    assert real("run", "echo", typed="", screen=True).err.splitlines()[-1] == "}"


def test_a_vetoed_run_at_a_terminal_says_no_json(real: RealRuns) -> None:
    workflow = real.workflow(machine("first", "noop"), person("ask"), machine("last", "noop"))
    shown = real("run", "--workflow", workflow, "--by", "Ana", typed="v\n\n", screen=True).err
    assert shown.endswith(
        "tier2: step 'ask' was vetoed by Ana\n"
        f"  the run is recorded in {real.path('wf-1')}\n"
        "first: completed\nask: vetoed\n"
    )


def test_a_failed_run_at_a_terminal_says_no_json(real: RealRuns) -> None:
    workflow = real.workflow(machine("first", "noop"), machine("go", "fail", reason="no"))
    shown = real("run", "--workflow", workflow, typed="", screen=True).err
    assert shown.endswith(
        "tier2: step 'go' failed: no\n"
        f"  the run is recorded in {real.path('wf-1')}\n"
        "  to do only this step again, with what the steps before it gave:\n"
        "    tier2 retry wf-1\n"
        "first: completed\ngo: failed\n"
    )
