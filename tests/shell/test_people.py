"""Is a person asked at the terminal, told what each answer does, and believed only in what they said?"""

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from real_runs import World, machine, person, read_all

Json = Any

DAY = {
    "today": "2026-11-24",
    "tasks": [
        {"text": "Wash", "done": False},
        {"text": "Mend", "done": False, "priority": "B"},
        {"text": "Call Ana", "done": False, "priority": "A"},
        {"text": "Old", "done": True},
    ],
}
CHOICE = "Which come first? Numbers in your order, or Enter for the first 3 as they are: "
FIRST = "approve, veto, or later? "
NOTE = "A note for the record, or Enter for none: "


@pytest.fixture
def tier2(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> World:
    return World(tmp_path, capsysbinary, monkeypatch)


@pytest.fixture
def day(tmp_path: Path) -> Path:
    path = tmp_path / "day.json"
    path.write_text(json.dumps(DAY), encoding="utf-8")
    return path


def test_the_person_sees_the_ranking_and_what_each_answer_does_and_approves(tier2: World, day: Path) -> None:
    answer = tier2("run", "daily_loop", "--state", day, "--by", "Ana", typed="approve\n\n\n")
    assert answer.code == 0
    assert answer.json["outcome"] == "completed"
    assert answer.err.removeprefix("approve\n\n\n") == (
        f"tier2: the run is recorded in {tier2.path('wf-daily-loop-1')}\n"
        "Step 'daily-confirm-priorities' asks: Confirm or change today's priorities.\n"
        "The open tasks, the most pressing first:\n"
        "   1. Call Ana\n"
        "   2. Mend\n"
        "   3. Wash\n"
        "approve: the run goes on with 'daily-summarise-yesterday', 'daily-generate-priorities', 'daily-log-summary'.\n"
        "veto: the run ends here as vetoed, and nothing after this step is done.\n"
        f"{FIRST}{CHOICE}{NOTE}"
    )
    assert tier2.events("wf-daily-loop-1")[0] == {
        "event": "decided",
        "step_id": "daily-confirm-priorities",
        "verdict": "approved",
        "by": "Ana",
        "note": None,
        "output": {},
    }


def test_the_persons_choice_comes_first_and_their_note_is_kept(tier2: World, day: Path) -> None:
    answer = tier2("run", "daily_loop", "--state", day, "--by", "Ana", typed="a\n3, 1\nwash day\n")
    assert answer.json["final_state"]["priorities"] == ["Wash", "Call Ana", "Mend"]
    decided = tier2.events("wf-daily-loop-1")[0]
    assert (decided["note"], decided["output"]) == ("wash day", {"confirmed": [0, 2]})


def test_wrong_answers_are_asked_again_and_decide_nothing(tier2: World, day: Path) -> None:
    typed = "\nyes\napprove?\nveto it\n a \n0\n4\n1,1\n1;2\n-1\n1e0\n٣\n1 2\n\n"  # the last digit but two is Arabic
    answer = tier2("run", "daily_loop", "--state", day, typed=typed)
    assert answer.code == 0
    assert answer.err.count("Please answer approve, veto or later.") == 4
    assert answer.err.count("give different numbers from 1 to 3") == 3
    assert answer.err.count("give whole numbers, such as 3,1") == 4
    assert tier2.events("wf-daily-loop-1")[0]["output"] == {"confirmed": [2, 1]}


def test_a_veto_ends_the_run_with_its_note_and_nothing_after_it_is_done(tier2: World) -> None:
    workflow = tier2.workflow(person("ask"), machine("ring", "bell.ring"))
    answer = tier2(
        "run", "--workflow", workflow, "--allow", "bell.ring", "--by", "Ana", typed="veto\ntoo late\n"
    )
    assert answer.code == 1
    assert (answer.json["outcome"], answer.json["error_message"]) == ("vetoed", "vetoed by Ana: too late")
    assert answer.json["receipt"]["steps"] == ["ask"]
    assert answer.err.endswith("tier2: step 'ask' failed: vetoed by Ana: too late\n")
    assert tier2.rung == []


@pytest.mark.parametrize("typed", ["later\n", "l\n", "\x04", "a\n\x04", "a\n1\n\x04", "v\n\x04"])
def test_later_and_the_end_of_input_at_any_prompt_leave_the_run_waiting(
    tier2: World, day: Path, typed: str
) -> None:
    answer = tier2("run", "daily_loop", "--state", day, typed=typed)
    assert (answer.code, answer.out) == (3, b"")
    assert answer.err.endswith("--by NAME; or --veto instead of --approve\n")
    assert tier2.events("wf-daily-loop-1") == []
    on = tier2("resume", "wf-daily-loop-1", "--approve", "daily-confirm-priorities", "--by", "Ana")
    assert on.code == 0


def test_who_is_at_the_terminal_is_who_the_system_says_unless_told_otherwise(tier2: World, day: Path) -> None:
    tier2("run", "daily_loop", "--state", day, typed="a\n\n\n")
    whoami = subprocess.run(["id", "-un"], capture_output=True, check=True, text=True).stdout.strip()
    assert tier2.events("wf-daily-loop-1")[0]["by"] == whoami


def test_nobody_is_asked_with_no_input_or_without_a_terminal(tier2: World, day: Path) -> None:
    asked = tier2("run", "daily_loop", "--state", day, "--no-input", typed="a\n\n\n")
    alone = tier2("run", "daily_loop", "--state", day)
    assert (asked.code, alone.code) == (3, 3)
    assert FIRST not in asked.err + alone.err


def test_two_people_steps_are_asked_one_after_the_other(tier2: World) -> None:
    workflow = tier2.workflow(person("one"), machine("between", "noop"), person("two"))
    answer = tier2("run", "--workflow", workflow, typed="a\n\na\nfine\n")
    assert answer.code == 0
    assert "Step 'one' asks: May it go on?\nThe state has no members.\n" in answer.err
    assert "approve: the run is complete.\n" in answer.err
    assert [event.get("note") for event in tier2.events("wf-1")] == [None, None, "fine"]


HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 fine\rapprove: nothing happens\nline\x00 "
    "\u202egnp.exe \u2066 \x9b31m \u200b \U000e0041"
)


def test_a_hostile_description_neither_steers_the_terminal_nor_fakes_a_line(tier2: World) -> None:
    workflow = tier2.workflow(person(f"s{HOSTILE}", HOSTILE), machine(HOSTILE, "noop"), identity=HOSTILE)
    answer = tier2("run", "--workflow", workflow, typed="a\n\n")
    assert answer.code == 0
    assert_harmless(answer.err)
    assert answer.err.count("\napprove: ") == 1


def test_hostile_tasks_are_shown_harmless(tier2: World, tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    path.write_text(json.dumps({"tasks": [{"text": HOSTILE, "done": False}]}), encoding="utf-8")
    answer = tier2("run", "daily_loop", "--state", path, typed="a\n1\n\n")
    assert answer.code == 0
    assert_harmless(answer.err)
    assert "\n   1. \\u001b[2J" in answer.err
    assert_harmless(tier2("show", "wf-daily-loop-1").out.decode())


def assert_harmless(text: str) -> None:
    assert all(line.isprintable() for line in text.split("\n"))
    assert not set(text) & set("\u200b\U000e0041")


def test_a_malformed_state_asks_for_a_decision_without_a_ranking(tier2: World, tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    path.write_text('{"tasks": 3}', encoding="utf-8")
    answer = tier2("run", "daily_loop", "--state", path, typed="v\n\n")
    assert answer.json["outcome"] == "vetoed"


# Ctrl-C, at a terminal of its own

AT_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from tier2.shell.cli import main
sys.exit(main(sys.argv[1:]))
"""


def _interrupted(process: "subprocess.Popen[bytes]", terminal: int) -> bytes:
    """What a process printed on stdout that is ended by Ctrl-C, pressed as often as it takes.

    A signal that comes just before Python begins to read is noticed only after the read (CPython has no way to do both
    at once), so one press may wait for the next.
    """
    for _ in range(20):
        with suppress(subprocess.TimeoutExpired, OSError):  # gone, it has no terminal to be written to
            if process.poll() is None:
                os.write(terminal, b"\x03")
            return process.communicate(timeout=3)[0]
    process.kill()
    raise AssertionError("Ctrl-C does not end the prompt")


@pytest.mark.parametrize(
    ("typed", "prompt"),
    [
        ("", FIRST),
        ("a\n", CHOICE),
        ("a\n1\n", NOTE),
        ("v\n", NOTE),
        ("half an ans", FIRST),
    ],
)
def test_ctrl_c_at_any_prompt_leaves_a_run_that_can_be_gone_on_with(
    tier2: World, day: Path, typed: str, prompt: str
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    with subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, "run", "daily_loop", "--state", str(day)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        os.close(theirs)
        shown = ""
        while prompt not in shown:
            shown += os.read(ours, 4096).decode()
        out = _interrupted(process, ours)
    shown += read_all(ours)
    os.close(ours)
    assert (process.returncode, out) == (128 + signal.SIGINT, b"")
    assert "Traceback" not in shown
    assert tier2.events("wf-daily-loop-1") == []
    on = tier2("resume", "wf-daily-loop-1", "--approve", "daily-confirm-priorities", "--by", "Ana")
    assert on.code == 0
