"""Does a paused or cut-off run go on where it was, and only with an answer to the step that is pending?"""

import json
import shlex
from pathlib import Path

import pytest
from real_runs import World, machine, person

from tier2.shell.cli import main
from tier2.shell.runs.run_file import read_run


@pytest.fixture
def tier2(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> World:
    return World(tmp_path, capsysbinary, monkeypatch)


@pytest.fixture
def paused(tier2: World) -> Path:
    """A run that waits at its first step, `ask`; then come `ring`, `ask again` and `end`."""
    workflow = tier2.workflow(
        person("ask"), machine("ring", "bell.ring"), person("ask again"), machine("end", "noop")
    )
    answer = tier2("run", "--workflow", workflow, "--allow", "bell.ring")
    assert (answer.code, answer.out) == (3, b"")
    return tier2.path("wf-1")


def offered(message: str) -> list[str]:
    """The command that a paused run offers, as a shell would read it."""
    _, _, rest = message.partition("to approve it: ")
    command, _, _ = rest.rpartition("; or --veto instead of --approve")
    program, *arguments = shlex.split(command)
    assert program == "tier2"
    return ["Ana" if argument == "NAME" else argument for argument in arguments]


@pytest.mark.usefixtures("paused")
def test_a_run_goes_on_with_one_answer_after_the_other_until_it_is_complete(tier2: World) -> None:
    first = tier2(
        *("resume", "wf-1", "--approve", "ask", "--by", "Ana", "--note", "ring it"), "--allow", "bell.ring"
    )
    assert (first.code, first.out, len(tier2.rung)) == (3, b"", 1)
    second = tier2("resume", "wf-1", "--approve", "ask again", "--by", "Ben")
    assert second.code == 0
    events = [
        {
            "event": "decided",
            "step_id": "ask",
            "verdict": "approved",
            "by": "Ana",
            "note": "ring it",
            "output": {},
        },
        {"event": "completed", "step_id": "ring", "output": {"rung": 1}},
        {
            "event": "decided",
            "step_id": "ask again",
            "verdict": "approved",
            "by": "Ben",
            "note": None,
            "output": {},
        },
        {"event": "completed", "step_id": "end", "output": {}},
    ]
    assert [entry["event"] for entry in second.json["receipt"]["entries"]] == events
    assert tier2.events("wf-1") == events
    assert len(tier2.rung) == 1


def test_the_command_that_a_paused_run_offers_goes_on_with_it(tier2: World, tmp_path: Path) -> None:
    workflow = tier2.workflow(
        person('-it\'s "$HOME" `x`'),
        machine("ring", "bell.ring"),
        person("--by"),
        machine("again", "bell.ring"),
    )
    answer = tier2("run", "--workflow", workflow, "--allow", "bell.ring", "--runs", tmp_path / "a b")
    codes = []
    while answer.code == 3:
        answer = tier2(*offered(answer.err.splitlines()[-1]))
        codes.append(answer.code)
    assert codes == [3, 0]
    assert len(tier2.rung) == 2


def test_a_run_in_a_relative_folder_is_found_again_by_what_is_offered(
    tier2: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = tier2.workflow(person("ask"))
    tier2("run", "--workflow", workflow)  # a run of the same name in the default folder
    for folder in (".", "-r", "runs"):
        (tmp_path / "here" / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    for folder in (".", "-r", "runs"):
        answer = tier2("run", "--workflow", workflow, f"--runs={folder}")
        assert tier2(*offered(answer.err.splitlines()[-1])).code == 0
        assert read_run(tmp_path / "here" / folder / "wf-1.ndjson").result is not None
    assert read_run(tier2.path("wf-1")).result is None


@pytest.mark.usefixtures("paused")
def test_a_veto_ends_the_run_and_stands_in_the_receipt(tier2: World) -> None:
    answer = tier2(
        *("resume", "wf-1", "--veto", "ask", "--by", "Ana", "--note", "not today"), "--allow", "bell.ring"
    )
    assert answer.code == 1
    assert answer.json["error_message"] == "vetoed by Ana: not today"
    assert tier2.events("wf-1") == [
        {
            "event": "decided",
            "step_id": "ask",
            "verdict": "vetoed",
            "by": "Ana",
            "note": "not today",
            "output": {},
        }
    ]
    assert tier2.rung == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--approve", "ring", "--by", "A"), "step 'ask' is pending, not 'ring'"),
        (("--approve", "ask again", "--by", "A"), "step 'ask' is pending, not 'ask again'"),
        (("--veto", "none", "--by", "A"), "step 'ask' is pending, not 'none'"),
        (("--approve", "", "--by", "A"), "step 'ask' is pending, not ''"),
        (("--approve", "ask"), "--by NAME is needed"),
        (("--approve", "ask", "--by", " "), "--by NAME is needed"),
        (("--note", "x"), "--note and --choose belong to"),
        (("--choose", "1"), "--note and --choose belong to"),
        (("--veto", "ask", "--by", "A", "--choose", "1"), "--choose belongs to --approve"),
        (("--approve", "ask", "--by", "A", "--choose", "1"), "has 0 tasks to choose from"),
        (("--approve", "ask", "--by", "A", "--choose", "one"), "give whole numbers"),
        (("--approve", "ask", "--by", "A", "--todo", "todo.txt"), "this run has no todo file"),
        (("--approve", "ask", "--by", "\udcff"), "lone surrogate"),
        (("--approve", "ask", "--by", "A", "--note", "\udcff"), "lone surrogate"),
        (("--approve", "ask", "--by", "n" * 20_000_000), "16777216"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_changes_nothing(
    tier2: World, paused: Path, arguments: tuple[str, ...], text: str
) -> None:
    before = paused.read_bytes()
    answer = tier2("resume", "wf-1", "--allow", "bell.ring", *arguments)
    assert text in answer.refusal
    assert paused.read_bytes() == before
    assert tier2.rung == []


@pytest.mark.usefixtures("paused")
def test_approve_and_veto_at_once_is_wrong_usage(tier2: World) -> None:
    answer = tier2("resume", "wf-1", "--approve", "ask", "--veto", "ask", "--by", "A")
    assert (answer.code, answer.out) == (2, b"")
    assert tier2.events("wf-1") == []


def test_without_an_answer_and_without_a_terminal_the_run_keeps_waiting(tier2: World, paused: Path) -> None:
    before = paused.read_bytes()
    assert tier2("resume", "wf-1", "--allow", "bell.ring").code == 3
    assert paused.read_bytes() == before


@pytest.mark.usefixtures("paused")
def test_at_a_terminal_a_resumed_run_asks(tier2: World) -> None:
    answer = tier2("resume", "wf-1", "--allow", "bell.ring", "--by", "Ana", typed="a\n\na\n\n")
    assert answer.code == 0
    assert [event.get("by") for event in tier2.events("wf-1")] == ["Ana", None, "Ana", None]


@pytest.mark.parametrize("answer", [(), ("--approve", "ask", "--by", "A")])
def test_a_finished_run_is_not_resumed(tier2: World, answer: tuple[str, ...]) -> None:
    tier2("run", "echo")
    before = tier2.path("wf-echo-1").read_bytes()
    refusal = tier2("resume", "wf-echo-1", *answer).refusal
    assert refusal.endswith("the run is finished; a new one starts with `tier2 run`")
    assert tier2.path("wf-echo-1").read_bytes() == before


def test_an_answer_is_refused_where_nobody_is_asked_any_more(tier2: World, paused: Path) -> None:
    tier2("resume", "wf-1", "--veto", "ask", "--by", "Ana", "--allow", "bell.ring")
    lines = paused.read_bytes().splitlines(keepends=True)
    paused.write_bytes(b"".join(lines[:-1]))
    refusal = tier2("resume", "wf-1", "--approve", "ask", "--by", "Ana", "--allow", "bell.ring").refusal
    assert "no step is pending to be answered" in refusal
    assert tier2("resume", "wf-1").code == 1
    assert paused.read_bytes() == b"".join(lines)


def test_a_torn_line_is_told_and_its_step_done_again(tier2: World, paused: Path) -> None:
    tier2("resume", "wf-1", "--approve", "ask", "--by", "Ana", "--allow", "bell.ring")
    whole = paused.read_bytes()
    lines = whole.splitlines(keepends=True)
    paused.write_bytes(b"".join(lines[:2]) + lines[2][:-1])
    answer = tier2("resume", "wf-1", "--allow", "bell.ring")
    assert answer.code == 3
    assert f"tier2: {paused}: a torn last line of {len(lines[2]) - 1} bytes was dropped" in answer.err
    # At least once: the bell was rung before the line was torn, and now again.
    assert len(tier2.rung) == 2


def test_a_run_is_named_by_its_name_its_file_name_or_its_path(tier2: World, paused: Path) -> None:
    for name in ("wf-1", "wf-1.ndjson", paused):
        assert tier2("resume", name, "--allow", "bell.ring").code == 3


@pytest.mark.usefixtures("paused")
@pytest.mark.parametrize(
    "name",
    ["none", "..", "/", "", ".", "../x", "a\nb", "\x1b[2J", "x" * 300, "/dev/null", "/dev/zero", "\udcff"],
)
def test_a_name_of_no_run_is_refused(tier2: World, name: str) -> None:
    for command in ("resume", "show", "verify"):
        assert tier2(command, name).refusal


def test_a_run_on_which_a_newer_version_worked_is_refused(tier2: World, paused: Path) -> None:
    newer = paused.read_bytes().replace(b"tier2.run/v1", b"tier2.run/v2")
    paused.write_bytes(newer)
    assert "use a newer one" in tier2("resume", "wf-1").refusal
    assert paused.read_bytes() == newer


def test_a_chosen_ranking_is_that_of_show(tier2: World, tmp_path: Path) -> None:
    day = {"tasks": [{"text": text, "done": False} for text in ("a", "b", "c", "d")]}
    (tmp_path / "day.json").write_text(json.dumps(day), encoding="utf-8")
    tier2("run", "daily_loop", "--state", tmp_path / "day.json")
    assert "   4. d\n" in tier2("show", "wf-daily-loop-1").out.decode()
    answer = tier2(
        *("resume", "wf-daily-loop-1", "--approve", "daily-confirm-priorities", "--by", "A"),
        "--choose",
        "4 2",
    )
    assert answer.json["final_state"]["priorities"] == ["d", "b", "a"]


def test_a_command_that_does_not_know_an_operation_of_the_run_says_so_and_changes_nothing(
    paused: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    before = paused.read_bytes()
    assert main(["resume", str(paused), "--approve", "ask", "--by", "Ana", "--allow", "bell.ring"]) == 2
    assert "the operation 'bell.ring' is not known" in capsysbinary.readouterr().err.decode()
    assert paused.read_bytes() == before


def test_a_veto_needs_leave_for_nothing_that_it_prevents(tier2: World, paused: Path) -> None:
    answer = tier2("resume", paused, "--veto", "ask", "--by", "Ana")
    assert (answer.code, answer.json["outcome"], len(tier2.rung)) == (1, "vetoed", 0)


def test_a_wrong_pointer_is_refused_before_anything_is_recorded(tier2: World, paused: Path) -> None:
    before = paused.read_bytes()
    answer = tier2("resume", paused, "--approve", "ask", "--by", "Ana", "--pointer", "outcome")
    assert "a JSON Pointer starts with /" in answer.refusal
    assert paused.read_bytes() == before
