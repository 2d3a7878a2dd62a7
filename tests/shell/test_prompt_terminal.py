"""Can a person edit what they type, does Ctrl-C end the prompt, and does no control character get into a record?"""

import builtins
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple, Self, cast

import pytest
from real_runs import RealRuns, machine

from tier2.shell.cli.prompt import is_terminal, is_watched
from tier2.shell.cli.prompt.terminal import read
from tier2.shell.runs.hosts import HostOperation

Json = Any

LOOP = ("run", "daily_loop", "--state")
FIRST = "approve, veto, or later? "
CHOICE = "confirmed (different numbers from 1 to 1, in your order, with commas, or Enter for none): "
NOTE = "A note for the record, or Enter for none: "

WITH_READLINE = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from tier2.shell.cli import main
sys.exit(main(sys.argv[1:]))
"""
AT_WORK = """
import fcntl, sys, termios, threading
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from tier2 import OPERATIONS, Host
from tier2.shell import HostOperation, main
hosts = {"bell.ring": HostOperation(lambda _: threading.Event().wait())}
sys.exit(main(sys.argv[1:], operations={**OPERATIONS, "bell.ring": Host()}, hosts=hosts))
"""
WITHOUT_READLINE = f"import sys; sys.modules['readline'] = None{WITH_READLINE}"

edits = pytest.mark.skipif(find_spec("readline") is None, reason="this Python has no readline")


class AtTerminal:
    """The command in a process with a terminal of its own; its answer goes to a pipe."""

    def __init__(self, *arguments: object, program: str = WITH_READLINE) -> None:
        self._ours, self._theirs = pty.openpty()
        self.settings = termios.tcgetattr(self._theirs)
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdin=self._theirs,
            stdout=subprocess.PIPE,
            stderr=self._theirs,
            start_new_session=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "TERM": "xterm",
                "INPUTRC": os.devnull,
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            self.process.kill()  # if it is there still, the test has failed
        os.close(self._theirs)
        os.close(self._ours)

    def shown_until(self, prompt: str) -> str:
        """The output up to a prompt."""
        shown, end = "", monotonic() + 60
        while prompt not in shown:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, end - monotonic()))
            assert ready, f"no {prompt!r} in {shown!r}"
            shown += os.read(self._ours, 4096).decode()
        return shown

    def type(self, text: str) -> None:
        """Presses keys."""
        os.write(self._ours, text.encode())

    def answered(self, *answers: str) -> Json:
        """The answer of the command after a person has typed these answers, each at its prompt."""
        for prompt, answer in zip((FIRST, CHOICE, NOTE), answers, strict=True):
            self.shown_until(prompt)
            self.type(answer)
        out, _ = self.process.communicate(timeout=60)
        return json.loads(out)

    def interrupted(self) -> bytes:
        """The stdout of the process, which is ended by Ctrl-C, pressed as often as it takes.

        A signal that comes just before Python begins to read is noticed only after the read (CPython has no way to do
        both at once), so one press may wait for the next. Ctrl-C also throws away what was typed before it. If that was
        what readline was about to read, readline waits for another key, and notices no signal until then.
        """
        for _ in range(20):
            self.type("\x03")
            with suppress(subprocess.TimeoutExpired):
                return self.process.communicate(timeout=3)[0]
            self.rest()
            self.type("x")
            select.select([self._ours], [], [], 3)  # until it is read, and so shown
        raise AssertionError("Ctrl-C does not end the prompt")

    def settings_now(self) -> Json:
        """How the terminal treats keys."""
        return termios.tcgetattr(self._theirs)

    def rest(self) -> str:
        """The output that nobody has read yet."""
        shown = ""
        while select.select([self._ours], [], [], 0)[0]:
            shown += os.read(self._ours, 4096).decode()
        return shown


@pytest.fixture
def day(tmp_path: Path) -> Path:
    path = tmp_path / "day.json"
    path.write_text('{"tasks": [{"text": "Wash", "done": false}]}', encoding="utf-8")
    return path


def decision(real: RealRuns) -> Json:
    return real.events("wf-daily-loop-1")[0]


# Editing


@edits
def test_a_line_is_edited_and_stdout_stays_clean(real: RealRuns, day: Path) -> None:
    with AtTerminal(*LOOP, day) as terminal:
        result = terminal.answered("x\x7fapprove\n", "\x1b[D1\n", "wsh up\x1b[D\x1b[D\x1b[D\x1b[D\x1b[Da\n")
        assert terminal.settings_now() == terminal.settings
    assert result["outcome"] == "completed"
    assert (decision(real)["note"], decision(real)["output"]) == ("wash up", {"confirmed": [0]})


@edits
def test_arrow_keys_bring_no_earlier_answer_into_a_record(real: RealRuns, day: Path) -> None:
    with AtTerminal(*LOOP, day) as terminal:
        terminal.answered("approve\n", "1\n", "\x1b[A\x10\n")
    assert decision(real)["note"] is None


@edits
def test_an_edited_line_with_a_control_character_is_refused(real: RealRuns, day: Path) -> None:
    quoted_escape = "\x16\x1b"
    with AtTerminal(*LOOP, day) as terminal:
        terminal.shown_until(FIRST)
        terminal.type("a\n\n")
        terminal.shown_until(NOTE)
        terminal.type(f"red {quoted_escape}[31m\n")
        assert r"the control character \u001b;" in terminal.shown_until(NOTE)
        terminal.type("plain\n")
        terminal.process.communicate(timeout=60)
    assert decision(real)["note"] == "plain"


def test_without_readline_a_person_is_asked_too(real: RealRuns, day: Path) -> None:
    with AtTerminal(*LOOP, day, program=WITHOUT_READLINE) as terminal:
        result = terminal.answered("a\n", "1\n", "x\x7fplain\n")
    assert result["outcome"] == "completed"
    assert decision(real)["note"] == "plain"


# How a line is read


class Screen(NamedTuple):
    """Both ends of a terminal to which messages go."""

    ours: int
    theirs: int


@contextmanager
def messages_at_a_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """Sends stderr to a terminal. A fixture cannot: pytest sends it elsewhere before the test begins."""
    ends = Screen(*pty.openpty())
    with open(ends.theirs, "w", encoding="latin-1", errors="backslashreplace", closefd=False) as messages:
        monkeypatch.setattr(sys, "stderr", messages)
        yield ends
    for end in ends:
        os.close(end)


def test_a_line_is_edited_on_the_terminal_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    history: list[bool] = []
    seen: list[object] = []

    def edit(prompt: str) -> str:
        out = sys.stdout
        seen.extend((prompt, list(history), out.fileno(), out.encoding, out.errors))
        seen.append(os.path.samestat(os.fstat(1), os.fstat(screen.theirs)))
        return " edited "

    module = cast("ModuleType", SimpleNamespace(set_auto_history=history.append))
    monkeypatch.setitem(sys.modules, "readline", module)
    monkeypatch.setattr(sys, "__stdin__", sys.stdin)
    monkeypatch.setattr(builtins, "input", edit)
    before, stdout = os.fstat(1), sys.stdout
    with messages_at_a_screen(monkeypatch) as screen:
        assert read("What\x07? ") == "edited"
    assert seen == ["What\\u0007? ", [False], 1, "latin-1", "backslashreplace", True]
    assert history == [False, True]
    assert os.path.samestat(os.fstat(1), before)
    assert sys.stdout is stdout


@pytest.mark.parametrize("missing", ["readline", "stdout", "stdin"])
def test_a_line_is_read_plainly_where_nothing_can_edit(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    shown: list[bytes] = []

    class Keys:
        """A person who types once they have seen the prompt."""

        def readline(self) -> str:
            ready, _, _ = select.select([screen.ours], [], [], 60)
            shown.extend(os.read(end, 100) for end in ready)
            return "typed\n"

    def edit(_: str) -> str:
        return "edited"

    keys = Keys()
    monkeypatch.setattr(builtins, "input", edit)
    monkeypatch.setattr(sys, "stdin", keys)
    monkeypatch.setattr(sys, "__stdin__", None if missing == "stdin" else keys)
    module = None if missing == "readline" else SimpleNamespace(set_auto_history=shown.append)
    monkeypatch.setitem(sys.modules, "readline", cast("ModuleType", module))
    with messages_at_a_screen(monkeypatch) as screen, monkeypatch.context() as patched:
        if missing == "stdout":
            patched.setattr(sys, "__stdout__", None)
        assert read("What? ") == "typed"
    assert shown == [b"What? "]


def test_a_terminal_is_known_by_its_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    with messages_at_a_screen(monkeypatch), Path(os.devnull).open("rb") as nowhere:
        terminal = sys.stderr
        for keys, messages, asked, watched in (
            (terminal, terminal, True, True),
            (nowhere, terminal, False, True),
            (None, terminal, False, True),
            (terminal, nowhere, False, False),
            (terminal, None, False, False),
        ):
            monkeypatch.setattr(sys, "stdin", keys)
            monkeypatch.setattr(sys, "stderr", messages)
            assert (is_terminal(), is_watched()) == (asked, watched)
        monkeypatch.undo()


# Characters that nobody would see in a record


@pytest.mark.parametrize(
    "keys",
    [
        "\x1b[A", "\x1bOP", "a\x08b", "\x00", "a\tb", "\x9b31m", "\x85x", "x\u202ey", "x\u2066y", "x\u200fy",
        "x\u2028y", "\u061cx", "x\x1f",
    ],
)  # fmt: skip
def test_a_control_character_is_refused_and_asked_again(real: RealRuns, day: Path, keys: str) -> None:
    answer = real("run", "daily_loop", "--state", day, typed=f"{keys}\na\n{keys}\n1\n{keys}\nfine\n")
    assert answer.code == 0
    (control,) = {character for character in keys if not character.isprintable()}
    assert (
        answer.err.count(f"the control character \\u{ord(control):04x}; please type it again without.\n") == 3
    )
    assert all(line.isprintable() for line in answer.err.split("\n") if "control character" in line)
    assert (decision(real)["note"], decision(real)["output"]) == ("fine", {"confirmed": [0]})


@pytest.mark.parametrize(
    "text",
    [
        "na\u00efve \u4f60\u597d",
        "\u2764\ufe0f",
        "\u06a9\u200c\u0647",
        "\U0001f469\u200d\U0001f680",
        "a\u00a0b\u3000c",
    ],
)
def test_text_of_every_script_is_taken_as_it_is(real: RealRuns, day: Path, text: str) -> None:
    real("run", "daily_loop", "--state", day, typed=f"a\n\n{text}\n")
    assert decision(real)["note"] == text


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])  # in the locale C, it is the second
def test_an_answer_that_is_no_text_is_asked_again(real: RealRuns, day: Path, errors: str) -> None:
    real.errors = errors
    answer = real("run", "daily_loop", "--state", day, typed="a\n\n\udcff\nfine\n")
    assert answer.code == 0
    assert f"{NOTE}This is no text in the terminal's encoding; please type it again.\n{NOTE}" in answer.err
    assert decision(real)["note"] == "fine"


# Ctrl-C


@pytest.mark.parametrize("program", [WITH_READLINE, WITHOUT_READLINE], ids=["with readline", "without"])
@pytest.mark.parametrize(
    ("typed", "prompt"),
    [("", FIRST), ("a\n", CHOICE), ("a\n1\n", NOTE), ("v\n", NOTE), ("half an ans", FIRST)],
)
def test_ctrl_c_at_any_prompt_leaves_the_run_waiting(
    real: RealRuns, day: Path, typed: str, prompt: str, program: str
) -> None:
    with AtTerminal(*LOOP, day, program=program) as terminal:
        terminal.type(typed)
        shown = terminal.shown_until(prompt)
        out = terminal.interrupted()
        shown += terminal.rest()
        assert terminal.settings_now() == terminal.settings
    assert (terminal.process.returncode, out) == (128 + signal.SIGINT, b"")
    assert "Traceback" not in shown
    assert "\ntier2: interrupted\r\n  to go on:\r\n    tier2 resume wf-daily-loop-1\r\n" in shown
    assert real.events("wf-daily-loop-1") == []
    approve = ("--approve", "daily-confirm-priorities", "--by", "Ana")
    assert real("resume", "wf-daily-loop-1", *approve).code == 0


def test_ctrl_c_while_a_host_is_at_work_ends_its_line(real: RealRuns) -> None:
    workflow = real.workflow(machine("ring", "bell.ring"))
    with AtTerminal("run", "--workflow", workflow, "--allow", "bell.ring", program=AT_WORK) as terminal:
        terminal.shown_until("performs bell.ring, for at most 600 seconds")
        assert terminal.interrupted() == b""
        shown = terminal.rest()
    assert terminal.process.returncode == 128 + signal.SIGINT
    assert "^C\r\ntier2: interrupted\r\n  to go on:\r\n    tier2 resume wf-1\r\n" in shown
    assert real("resume", "wf-1", hosts={"bell.ring": HostOperation(lambda _: {})}).code == 0
