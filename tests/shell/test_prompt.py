"""Is a person asked at the terminal, shown what each answer does, and recorded with exactly their answer?"""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import pytest
from real_runs import RealRuns, machine, person, read_all

from tier2.contracts.v1 import ExecutionContext, StepSpec, WorkflowDefinition
from tier2.engine.execution import start
from tier2.kinds import Asking, Choice, Field, FieldKind, JsonObject, MissionType
from tier2.missions import MISSIONS
from tier2.shell.cli.prompt import SHOWN_CHARACTERS, question, value_of
from tier2.shell.errors import InputError

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
CHOICE = "confirmed (different numbers from 1 to 3, in your order, with commas, or Enter for none): "
FIRST = "approve, veto, or later? "
NOTE = "A note for the record, or Enter for none: "
CONFIRM = "daily-confirm-priorities"
APPROVE = ("resume", "wf-daily-loop-1", "--approve", CONFIRM, "--by", "Ana")


@pytest.fixture
def day(tmp_path: Path) -> Path:
    path = tmp_path / "day.json"
    path.write_text(json.dumps(DAY), encoding="utf-8")
    return path


def test_a_person_sees_the_question_and_approves(real: RealRuns, day: Path) -> None:
    answer = real("run", "daily_loop", "--state", day, "--by", "Ana", typed="approve\n\n\n")
    assert (answer.code, answer.json["outcome"]) == (0, "completed")
    shown = (
        f"Step '{CONFIRM}' asks: Confirm or change today's priorities.\n"
        "Which tasks come first? If none is named, the first 3 stay as they are:\n"
        "   1. Call Ana (priority A)\n"
        "   2. Mend (priority B)\n"
        "   3. Wash\n"
        "approve: the run goes on with 'daily-summarise-yesterday', 'daily-generate-priorities', 'daily-log-summary'.\n"
        "veto: the run ends here as vetoed, and nothing after this step is done.\n"
    )
    recorded = f"tier2: the run is recorded in {real.path('wf-daily-loop-1')}\n"
    assert answer.err.removeprefix("approve\n\n\n") == f"{recorded}{shown}{FIRST}{CHOICE}{NOTE}"
    assert real.events("wf-daily-loop-1")[0] == {
        "event": "decided",
        "step_id": CONFIRM,
        "verdict": "approved",
        "by": "Ana",
        "note": None,
        "output": {},
    }
    real("run", "daily_loop", "--state", day)
    assert real("show", "wf-daily-loop-2").out.decode().endswith(shown)


def test_a_choice_comes_first_and_a_note_is_kept(real: RealRuns, day: Path) -> None:
    answer = real("run", "daily_loop", "--state", day, "--by", "Ana", typed="a\n3, 1\nwash day\n")
    assert answer.json["final_state"]["priorities"] == ["Wash", "Call Ana", "Mend"]
    decided = real.events("wf-daily-loop-1")[0]
    assert (decided["note"], decided["output"]) == ("wash day", {"confirmed": [0, 2]})


def test_wrong_answers_are_asked_again(real: RealRuns, day: Path) -> None:
    typed = "\nyes\napprove?\nveto it\n a \n0\n4\n1,1\n1;2\n-1\n1e0\n٣\n,\n1 2\n\n"  # one is an Arabic digit
    answer = real("run", "daily_loop", "--state", day, typed=typed)
    assert answer.code == 0
    assert answer.err.count("Please answer approve, veto or later.") == 4
    assert answer.err.count("does not fit; give different numbers from 1 to 3") == 8
    assert real.events("wf-daily-loop-1")[0]["output"] == {"confirmed": [2, 1]}


def test_a_veto_ends_the_run_with_its_note(real: RealRuns) -> None:
    workflow = real.workflow(person("ask"), machine("ring", "bell.ring"))
    answer = real(
        "run", "--workflow", workflow, "--allow", "bell.ring", "--by", "Ana", typed="veto\ntoo late\n"
    )
    assert (answer.code, answer.json["outcome"]) == (1, "vetoed")
    assert answer.json["receipt"]["steps"] == ["ask"]
    assert answer.err.endswith("tier2: step 'ask' failed: vetoed by Ana: too late\n")
    assert real.rung == []


@pytest.mark.parametrize("typed", ["later\n", "l\n", "\x04", "a\n\x04", "a\n1\n\x04", "v\n\x04"])
def test_later_and_end_of_input_leave_the_run_waiting(real: RealRuns, day: Path, typed: str) -> None:
    answer = real("run", "daily_loop", "--state", day, typed=typed)
    assert (answer.code, answer.out) == (3, b"")
    assert answer.err.endswith("--by NAME; or --veto instead of --approve\n")
    assert real.events("wf-daily-loop-1") == []
    assert real(*APPROVE).code == 0


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])  # in the locale C, it is the second
def test_an_answer_that_is_no_text_is_not_recorded(real: RealRuns, day: Path, errors: str) -> None:
    real.errors = errors
    answer = real("run", "daily_loop", "--state", day, typed="a\n\n\udcff\n")
    assert (answer.code, answer.out) == (2, b"")
    assert answer.err.endswith("the answer is no text in the terminal's encoding; nothing was recorded\n")
    assert real.events("wf-daily-loop-1") == []


def test_the_system_says_who_is_at_the_terminal(real: RealRuns, day: Path) -> None:
    real("run", "daily_loop", "--state", day, typed="a\n\n\n")
    whoami = subprocess.run(["id", "-un"], capture_output=True, check=True, text=True).stdout.strip()
    assert real.events("wf-daily-loop-1")[0]["by"] == whoami


def test_nobody_is_asked_without_a_terminal(real: RealRuns, day: Path) -> None:
    asked = real("run", "daily_loop", "--state", day, "--no-input", typed="a\n\n\n")
    alone = real("run", "daily_loop", "--state", day)
    assert (asked.code, alone.code) == (3, 3)
    assert FIRST not in asked.err + alone.err


def test_two_people_are_asked_one_after_the_other(real: RealRuns) -> None:
    workflow = real.workflow(person("one"), machine("between", "noop"), person("two"))
    answer = real("run", "--workflow", workflow, typed="a\n\na\nfine\n")
    assert answer.code == 0
    assert "Step 'one' asks: May it go on?\nThe state is empty.\n" in answer.err
    assert "approve: the run is complete.\n" in answer.err
    assert [event.get("note") for event in real.events("wf-1")] == [None, None, "fine"]


def test_a_malformed_state_is_shown_without_a_ranking(real: RealRuns, tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    path.write_text('{"tasks": 3}', encoding="utf-8")
    answer = real("run", "daily_loop", "--state", path, typed="v\n\n")
    assert "\nThe state:\n  tasks: 3\napprove: " in answer.err
    assert answer.json["outcome"] == "vetoed"


# Any question


FIELDS = (
    Field(name="why", label="The reason", kind="text", required=True),
    Field(name="days", label="How long", kind="integer"),
    Field(name="urgent", label="Whether it is urgent", kind="boolean"),
    Field(
        name="where", label="The place", kind="choice", choices=(Choice("Here", "h"), Choice("There", None))
    ),
    Field(name="order", label="The order", kind="ranking", choices=(Choice("a", 1), Choice("b", [2]))),
)


def asked(_: StepSpec, __: JsonObject) -> Asking:
    return Asking(description="Go?", show=("/rows", "/none", "/a~1b"), fields=FIELDS)


class NoParams(msgspec.Struct):
    pass


OWN = {
    **MISSIONS,
    "own": MissionType(
        NoParams, lambda _: [StepSpec(id="go", kind="human", payload={})], questions={"go": asked}
    ),
}


def test_a_question_is_shown_with_its_values_and_fields() -> None:
    rows: Json = [{"n": n, "text": "x" * 300} for n in range(25)]
    context = ExecutionContext(initial_state={"rows": rows, "a/b": "\x1b[2J", "c": 1})
    step = StepSpec(id="go", kind="human", payload={})
    run = start(WorkflowDefinition(id="w", steps=(step,)), context)
    lines = question(run, step, asked(step, {}), [Path("/x/a"), Path("/x/b")])
    row = f'{{"n":0,"text":"{"x" * 300}"}}'
    assert lines[:3] == [
        "Step 'go' asks: Go?",
        "/rows:",
        f"   1. {row[:SHOWN_CHARACTERS]}... ({len(row)} characters)",
    ]
    assert lines[22:] == [
        "      and 5 more",
        "/none: nothing there",
        '/a~1b: "\\u001b[2J"',
        "The reason (text)",
        "How long (a whole number)",
        "Whether it is urgent (true or false)",
        "The place:",
        "   1. Here",
        "   2. There",
        "The order:",
        "   1. a",
        "   2. b",
        "approve: the run is complete. At its end a and b may be written.",
        "veto: the run ends here as vetoed, and nothing after this step is done.",
    ]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("why", " as it is ", " as it is "),
        ("days", "-3", -3),
        ("urgent", "false", False),
        ("where", "2", None),
        ("order", "2 , 1", ([2], 1)),
        ("days", "3.5", ...),
        ("days", "true", ...),
        ("days", "1" * 400, ...),
        ("urgent", "yes", ...),
        ("urgent", "1", ...),
        ("where", "3", ...),
        ("where", "1 2", ...),
        ("where", "", ...),
        ("order", "1,1", ...),
        ("order", "", ...),
    ],
)
def test_what_is_typed_for_a_field_becomes_its_value(name: str, text: str, value: Json) -> None:
    (field,) = (field for field in FIELDS if field.name == name)
    if value is ...:
        with pytest.raises(InputError, match=f"^{name}: .* does not fit; give "):
            value_of(field, text)
    else:
        assert value_of(field, text) == value


@pytest.mark.parametrize("kind", ["choice", "ranking"])
def test_without_choices_no_value_fits_a_field(kind: FieldKind) -> None:
    with pytest.raises(InputError, match=r"^order: .* does not fit; give nothing: there are no choices$"):
        value_of(Field(name="order", label="The order", kind=kind), "1")


def test_the_fields_of_any_question_are_filled_in(real: RealRuns) -> None:
    answer = real("run", "own", typed="a\n\nbecause\n\ntrue\n2\n2,1\n\n", missions=OWN)
    assert answer.code == 0
    assert "This value is required." in answer.err
    expected = {"why": "because", "urgent": True, "where": None, "order": [[2], 1]}
    assert real.events("wf-own-1")[0]["output"] == expected


def test_the_fields_are_set_on_the_command_line(real: RealRuns) -> None:
    def resume(*pairs: str) -> Any:
        values = (word for pair in pairs for word in ("--set", pair))
        return real("resume", "wf-own-1", "--approve", "go", "--by", "Ana", *values, missions=OWN)

    real("run", "own", missions=OWN)
    for pairs, text in [
        ((), "$.why: a required value is missing"),
        (("why=x", "other=1"), "$.other: the question has no such field; its fields are: why, days, urgent"),
        (("why=x", "days=soon"), "days: 'soon' does not fit; give a whole number"),
        (("why",), "--set why: give each field once, as NAME=VALUE"),
        (("why=x", "why=y"), "--set why=y: give each field once, as NAME=VALUE"),
    ]:
        assert text in resume(*pairs).refusal
    assert real.events("wf-own-1") == []
    assert resume("why=a=b", "days=3", "where=1").code == 0
    assert real.events("wf-own-1")[0]["output"] == {"why": "a=b", "days": 3, "where": "h"}


# Hostile text

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 fine\rapprove: nothing happens\nline\x00 "
    "\u202egnp.exe \u2066 \x9b31m \u200b \U000e0041"
)


def assert_escaped(text: str) -> None:
    assert all(line.isprintable() for line in text.split("\n"))
    assert not set(text) & set("\u200b\U000e0041")


def test_a_hostile_description_neither_steers_nor_fakes(real: RealRuns) -> None:
    workflow = real.workflow(person(f"s{HOSTILE}", HOSTILE), machine(HOSTILE, "noop"), identity=HOSTILE)
    answer = real("run", "--workflow", workflow, typed="a\n\n")
    assert answer.code == 0
    assert_escaped(answer.err)
    assert answer.err.count("\napprove: ") == 1


def test_hostile_choices_are_shown_escaped(real: RealRuns, tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    path.write_text(json.dumps({"tasks": [{"text": HOSTILE, "done": False}]}), encoding="utf-8")
    answer = real("run", "daily_loop", "--state", path, typed="a\n1\n\n")
    assert answer.code == 0
    assert_escaped(answer.err)
    assert "\n   1. \\u001b[2J" in answer.err
    assert_escaped(real("show", "wf-daily-loop-1").out.decode())


# Ctrl-C, at a terminal of its own

AT_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from tier2.shell.cli import main
sys.exit(main(sys.argv[1:]))
"""


def shown_until(prompt: str, terminal: int) -> str:
    """The output of a terminal up to a prompt."""
    shown, end = "", monotonic() + 60
    while prompt not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - monotonic()))
        assert ready, f"no {prompt!r} in {shown!r}"
        shown += os.read(terminal, 4096).decode()
    return shown


def interrupted(process: "subprocess.Popen[bytes]", terminal: int) -> bytes:
    """The stdout of a process that is ended by Ctrl-C, pressed as often as it takes.

    A signal that comes just before Python begins to read is noticed only after the read (CPython has no way to do both
    at once), so one press may wait for the next.
    """
    for _ in range(20):
        with suppress(subprocess.TimeoutExpired, OSError):  # gone, it has no terminal to be written to
            if process.poll() is None:
                os.write(terminal, b"\x03")
            return process.communicate(timeout=3)[0]
    raise AssertionError("Ctrl-C does not end the prompt")


@pytest.mark.parametrize(
    ("typed", "prompt"),
    [("", FIRST), ("a\n", CHOICE), ("a\n1\n", NOTE), ("v\n", NOTE), ("half an ans", FIRST)],
)
def test_ctrl_c_at_any_prompt_leaves_the_run_waiting(
    real: RealRuns, day: Path, typed: str, prompt: str
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
        try:
            shown = shown_until(prompt, ours)
            out = interrupted(process, ours)
        finally:
            process.kill()  # if it is there still, the test has failed
    shown += read_all(ours)
    os.close(ours)
    assert (process.returncode, out) == (128 + signal.SIGINT, b"")
    assert "Traceback" not in shown
    assert real.events("wf-daily-loop-1") == []
    assert real(*APPROVE).code == 0
