"""Is a person asked at the terminal, shown what each answer does, and recorded with exactly their answer?"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from own_question import OWN
from real_runs import RealRuns, machine, person

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
    head = answer.json["receipt"]["entries"][0]["previous_sha256"]
    shown = (
        f"Step '{CONFIRM}' asks: Confirm or change today's priorities.\n"
        "Which tasks come first? If none is named, the first 3 stay as they are (confirmed):\n"
        "   1. Call Ana (priority A)\n"
        "   2. Mend (priority B)\n"
        "   3. Wash\n"
        f"head: {head}\n"
        "approve: the run goes on with 'daily-summarise-yesterday', 'daily-generate-priorities', 'daily-log-summary'.\n"
        "veto: the run ends here as vetoed, and nothing after this step is done.\n"
    )
    recorded = f"tier2: the run is recorded in {real.path('wf-daily-loop-1')}\n"
    help_ = "b goes back. /WORD lists the choices with that word.\n"
    assert answer.err.removeprefix("approve\n\n\n") == f"{recorded}{shown}{FIRST}{help_}{CHOICE}{NOTE}"
    decision = real.events("wf-daily-loop-1")[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", decision.pop("at"))
    assert decision == {
        "event": "decided",
        "step_id": CONFIRM,
        "verdict": "approved",
        "by": "Ana",
        "note": None,
        "output": {},
        "head_sha256": head,
        "signature": None,
    }
    real("run", "daily_loop", "--state", day)
    assert real("show", "wf-daily-loop-2").out.decode().endswith(shown)


def test_a_choice_comes_first_and_a_note_is_kept(real: RealRuns, day: Path) -> None:
    answer = real("run", "daily_loop", "--state", day, "--by", "Ana", typed="a\n3, 1\nwash day\n")
    assert answer.json["final_state"]["priorities"] == ["Wash", "Call Ana", "Mend"]
    decided = real.events("wf-daily-loop-1")[0]
    assert (decided["note"], decided["output"]) == ("wash day", {"confirmed": [0, 2]})


def test_wrong_answers_are_asked_again(real: RealRuns, day: Path) -> None:
    typed = "\nb\napprove?\nveto it\n a \n0\n4\n1,1\n1;2\n-1\n1e0\n٣\n,\n1 2\n\n"  # one is an Arabic digit
    answer = real("run", "daily_loop", "--state", day, typed=typed)
    assert answer.code == 0
    assert answer.err.count(f"{FIRST}Please answer approve, veto or later.\n") == 4
    assert answer.err.count("does not fit; give different numbers from 1 to 3") == 8
    assert real.events("wf-daily-loop-1")[0]["output"] == {"confirmed": [2, 1]}


def test_a_veto_ends_the_run_with_its_note(real: RealRuns) -> None:
    workflow = real.workflow(person("ask"), machine("ring", "bell.ring"))
    answer = real(
        "run", "--workflow", workflow, "--allow", "bell.ring", "--by", "Ana", typed="veto\ntoo late\n"
    )
    assert (answer.code, answer.json["outcome"]) == (1, "vetoed")
    assert answer.json["receipt"]["steps"] == ["ask"]
    recorded = f"  the run is recorded in {real.path('wf-1')}\n"
    assert answer.err.endswith(f"tier2: step 'ask' was vetoed by Ana: too late\n{recorded}")
    assert real.rung == []


@pytest.mark.parametrize("typed", ["later\n", "l\n", "\x04", "a\n\x04", "a\n1\n\x04", "v\n\x04"])
def test_later_and_end_of_input_leave_the_run_waiting(real: RealRuns, day: Path, typed: str) -> None:
    answer = real("run", "daily_loop", "--state", day, typed=typed)
    assert (answer.code, answer.out) == (3, b"")
    assert re.search(r" --by NAME --head [0-9a-f]{64}\n  or --veto instead of --approve\n\Z", answer.err)
    assert answer.err.count(FIRST) == 1
    assert real.events("wf-daily-loop-1") == []
    assert real(*APPROVE).code == 0


def test_the_system_says_who_is_at_the_terminal(real: RealRuns, day: Path) -> None:
    real("run", "daily_loop", "--state", day, typed="a\n\n\n")
    whoami = subprocess.run(["id", "-un"], capture_output=True, check=True, text=True).stdout.strip()
    assert real.events("wf-daily-loop-1")[0]["by"] == whoami


def test_only_an_approver_is_asked(real: RealRuns) -> None:
    workflow = real.workflow(person("ask", approvers=["Ana", "Ben"]))
    stranger = real("run", "--workflow", workflow, "--by", "Carl", typed="a\n\n")
    assert stranger.code == 3
    refused = "'Carl' may not decide this; if you are one who may, say so by --by NAME.\n"
    assert "may decide: 'Ana', 'Ben'\n" in stranger.err
    assert refused in stranger.err
    assert FIRST not in stranger.err
    assert real("resume", "wf-1", "--by", "Ben", typed="a\n\n").code == 0
    assert real.events("wf-1")[0]["by"] == "Ben"


def test_nobody_is_asked_without_a_terminal(real: RealRuns, day: Path) -> None:
    asked = real("run", "daily_loop", "--state", day, "--no-input", typed="a\n\n\n")
    alone = real("run", "daily_loop", "--state", day)
    assert (asked.code, alone.code) == (3, 3)
    assert FIRST not in asked.err + alone.err


def test_two_people_are_asked_one_after_the_other(real: RealRuns) -> None:
    workflow = real.workflow(person("one"), machine("between", "noop"), person("two"))
    answer = real("run", "--workflow", workflow, typed="a\n\na\nfine\n")
    assert answer.code == 0
    assert "Step 'one' asks: May it go on?\nThe state is empty.\nhead: " in answer.err
    assert "approve: the run is complete.\n" in answer.err
    assert [event.get("note") for event in real.events("wf-1")] == [None, None, "fine"]


def test_a_malformed_state_is_shown_without_a_ranking(real: RealRuns, tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    path.write_text('{"tasks": 3}', encoding="utf-8")
    answer = real("run", "daily_loop", "--state", path, typed="v\n\n")
    assert "\nThe state:\n  tasks: 3\nhead: " in answer.err
    assert answer.json["outcome"] == "vetoed"


def decided(real: RealRuns, typed: str) -> Json:
    """The decision of a person who types these answers to a question with a field of every kind."""
    assert real("run", "own", typed=typed, missions=OWN).code in (0, 1)
    return real.events("wf-own-1")[0]


def test_the_fields_of_any_question_are_filled_in(real: RealRuns) -> None:
    answer = real("run", "own", typed="a\n\nbecause\n\ntrue\n2\n2,1\n\n", missions=OWN)
    assert answer.code == 0
    assert (
        "\nwhy (text): This value is required.\nwhy (text): days (a whole number, or Enter for none): "
        in answer.err
    )
    expected = {"why": "because", "urgent": True, "where": None, "order": [[2], 1]}
    assert real.events("wf-own-1")[0]["output"] == expected


@pytest.mark.parametrize("yes", ["y", "YES", "a", "Approve"])
def test_yes_approves(real: RealRuns, yes: str) -> None:
    assert decided(real, f"{yes}\nwhy\n\n\n\n\n\n")["verdict"] == "approved"


@pytest.mark.parametrize("no", ["n\ny\n", "NO\nYes\n", "no\nveto\n", "n\nV\n", "v\n", "VETO\n"])
def test_no_vetoes_if_it_is_said_twice(real: RealRuns, no: str) -> None:
    answer = real("run", "own", typed=f"{no}\n", missions=OWN)
    assert (answer.code, answer.json["outcome"]) == (1, "vetoed")
    assert answer.err.count("Veto the step, so that the run ends here? (yes or no) ") == (no[0] in "nN")
    assert f"{FIRST}b goes back.\n{NOTE}" in answer.err.replace("ends here? (yes or no) ", FIRST)


@pytest.mark.parametrize("unsure", ["no", "", "b", "later", "what?"])
def test_a_no_that_is_not_meant_asks_again(real: RealRuns, unsure: str) -> None:
    assert decided(real, f"n\n{unsure}\na\nwhy\n\n\n\n\n\n")["verdict"] == "approved"


@pytest.mark.parametrize(
    ("text", "value"),
    [("y", True), ("YES", True), ("true", True), ("n", False), ("No", False), ("false", False)],
)
def test_yes_and_no_answer_a_boolean(real: RealRuns, text: str, value: bool) -> None:
    assert decided(real, f"a\nwhy\n\n{text}\n\n\n\n")["output"] == {"why": "why", "urgent": value}


def test_one_can_go_back_from_any_question(real: RealRuns) -> None:
    typed = "v\nb\na\nBACK\na\nfirst\n3\nb\n4\ny\nb\nback\nb\nsecond\n5\n\n1\n2\nb\n1\nnote\n"
    answer = real("run", "own", typed=typed, missions=OWN)
    assert answer.err.count("Going back; for the text itself, type \\b.\n") == 3
    found = real.events("wf-own-1")[0]
    assert (found["verdict"], found["note"]) == ("approved", "note")
    assert found["output"] == {"why": "second", "days": 5, "where": "h", "order": [1]}


def test_a_text_of_the_letter_b_is_written_with_a_backslash(real: RealRuns) -> None:
    answer = real("run", "own", typed="a\nb\na\n\\b\n\n\n\n\n\\\\Back\n", missions=OWN)
    assert answer.err.count("Going back; for the text itself, type \\b.\n") == 1
    found = real.events("wf-own-1")[0]
    assert (found["output"], found["note"]) == ({"why": "b"}, "\\Back")


@pytest.mark.parametrize("text", ["\\bc", "\\\\server\\back", "/b", "a\\b"])
def test_any_other_text_stays_as_it_is(real: RealRuns, text: str) -> None:
    found = decided(real, f"a\n{text}\n\n\n\n\n{text}\n")
    assert (found["output"], found["note"]) == ({"why": text}, text)


def test_choices_are_searched_by_their_words(real: RealRuns, tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    tasks = [{"text": f"Task {n}{' of the GARDEN' * (n % 2)}", "done": False} for n in range(120)]
    path.write_text(json.dumps({"tasks": tasks}), encoding="utf-8")
    typed = "a\n/garden  11\n/x\n/Garden\n/\n112,4\n\n"
    answer = real("run", "daily_loop", "--state", path, typed=typed)
    _, eleven, none, garden, every, _ = answer.err.split("or Enter for none): ")
    places = (11, 111, 113, 115, 117, 119)
    assert eleven.splitlines()[:-1] == [f"{n + 1:4}. Task {n} of the GARDEN" for n in places]
    assert none.splitlines()[:-1] == ["There is no such choice."]
    assert garden.splitlines()[49:-1] == [" 100. Task 99 of the GARDEN", "      and 10 more of 60 choices"]
    assert every.splitlines()[49:-1] == ["  50. Task 49 of the GARDEN", "      and 70 more of 120 choices"]
    assert real.events("wf-daily-loop-1")[0]["output"] == {"confirmed": [111, 3]}


def test_the_fields_are_set_on_the_command_line(real: RealRuns) -> None:
    def resume(*pairs: str) -> Any:
        values = (word for pair in pairs for word in ("--set", pair))
        return real("resume", "wf-own-1", "--approve", "go", "--by", "Ana", *values, missions=OWN)

    real("run", "own", missions=OWN)
    for pairs, text in [
        ((), "$.why: a required value is missing"),
        (
            ("why=x", "other=1"),
            "$.other: the question has no such field; its fields are: 'why', 'days', 'urgent'",
        ),
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
