"""Does a paused or cut-off run go on where it was, and only with an answer to the step that is pending?"""

import shlex
from pathlib import Path
from typing import Any, NoReturn

import pytest
from real_runs import RealRuns, machine, person

from tier2 import Rehearsed
from tier2.shell import HostCall, HostOperation
from tier2.shell.cli import main
from tier2.shell.run_files.lines import event_line
from tier2.shell.run_files.run_file import read_run

LEAVE = ("--allow", "bell.ring")


@pytest.fixture
def paused(real: RealRuns) -> Path:
    """A run that waits at its first step, `ask`; then come `ring`, `ask again` and `end`."""
    workflow = real.workflow(
        person("ask"), machine("ring", "bell.ring"), person("ask again"), machine("end", "noop")
    )
    answer = real("run", "--workflow", workflow, *LEAVE)
    assert (answer.code, answer.out) == (3, b"")
    return real.path("wf-1")


def offered(message: str) -> list[str]:
    """The command that a paused run offers, as a shell would read it."""
    _, _, rest = message.partition("to approve it as it is now: ")
    command, _, _ = rest.rpartition("; or --veto instead of --approve")
    program, *arguments = shlex.split(command)
    assert program == "tier2"
    return ["Ana" if argument == "NAME" else argument for argument in arguments]


def decided(step: str, by: str, note: str | None, verdict: str = "approved") -> dict[str, object]:
    return {"event": "decided", "step_id": step, "verdict": verdict, "by": by, "note": note, "output": {}}


def without_time(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events without what depends on the clock; a decision of the shell has it always."""
    for event in events:
        if event["event"] == "decided":
            assert [event.pop(name) is None for name in ("at", "head_sha256", "signature")] == [
                False,
                False,
                True,
            ]
    return events


@pytest.mark.usefixtures("paused")
def test_a_run_goes_on_with_one_answer_after_the_other(real: RealRuns) -> None:
    first = real("resume", "wf-1", "--approve", "ask", "--by", "Ana", "--note", "ring it", *LEAVE)
    assert (first.code, first.out, len(real.rung)) == (3, b"", 1)
    second = real("resume", "wf-1", "--approve", "ask again", "--by", "Ben")
    assert (second.code, len(real.rung)) == (0, 1)
    events = [
        decided("ask", "Ana", "ring it"),
        {"event": "completed", "step_id": "ring", "output": {"rung": 1}},
        decided("ask again", "Ben", None),
        {"event": "completed", "step_id": "end", "output": {}},
    ]
    assert without_time([entry["event"] for entry in second.json["receipt"]["entries"]]) == events
    assert without_time(real.events("wf-1")) == events


def test_the_offered_command_goes_on_with_the_run(real: RealRuns, tmp_path: Path) -> None:
    workflow = real.workflow(
        person('-it\'s "$HOME" `x`'),
        machine("ring", "bell.ring"),
        person("--by"),
        machine("again", "bell.ring"),
    )
    answer = real("run", "--workflow", workflow, *LEAVE, "--runs", tmp_path / "a b")
    codes = []
    while answer.code == 3:
        answer = real(*offered(answer.err.splitlines()[-1]))
        codes.append(answer.code)
    assert (codes, len(real.rung)) == ([3, 0], 2)


def test_the_offered_command_quotes_control_characters(real: RealRuns) -> None:
    step_id = "\x1b[2J it's\u202e"
    answer = real("run", "--workflow", real.workflow(person(step_id)))
    assert r"--approve $'\033[2J it\047s\342\200\256' --by NAME" in answer.message  # as bash and zsh read it
    assert real("resume", "wf-1", "--approve", step_id, "--by", "Ana").code == 0


def test_a_run_whose_name_begins_with_a_dash_is_found(real: RealRuns) -> None:
    answer = real("run", "--workflow", real.workflow(person("ask"), identity="-x"))
    assert real(*offered(answer.message)).code == 0


def test_a_run_in_a_relative_folder_is_found_again(
    real: RealRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = real.workflow(person("ask"))
    real("run", "--workflow", workflow)  # a run of the same name in the default folder
    for folder in (".", "-r", "runs"):
        (tmp_path / "here" / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    for folder in (".", "-r", "runs"):
        answer = real("run", "--workflow", workflow, f"--runs={folder}")
        assert real(*offered(answer.err.splitlines()[-1])).code == 0
        assert read_run(tmp_path / "here" / folder / "wf-1.ndjson").result is not None
    assert read_run(real.path("wf-1")).result is None


def test_a_veto_ends_the_run_and_needs_no_leave(real: RealRuns, paused: Path) -> None:
    answer = real("resume", paused, "--veto", "ask", "--by", "Ana", "--note", "not today")
    assert (answer.code, answer.json["error_message"]) == (1, "vetoed by Ana: not today")
    assert without_time(real.events("wf-1")) == [decided("ask", "Ana", "not today", "vetoed")]
    assert real.rung == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--approve", "ring", "--by", "A"), "step 'ask' is pending, not 'ring'"),
        (("--approve", "ask again", "--by", "A"), "step 'ask' is pending, not 'ask again'"),
        (("--veto", "none", "--by", "A"), "step 'ask' is pending, not 'none'"),
        (("--approve", "", "--by", "A"), "step 'ask' is pending, not ''"),
        (("--approve", "ask"), "--by NAME is needed"),
        (("--approve", "ask", "--by", " "), "--by NAME is needed"),
        (("--note", "x"), "--note and --set belong to"),
        (("--set", "a=1"), "--note and --set belong to"),
        (("--veto", "ask", "--by", "A", "--set", "a=1"), "--set belongs to --approve"),
        (("--approve", "ask", "--by", "A", "--set", "a=1"), "the question has no such field"),
        (("--approve", "ask", "--by", "A", "--todo", "todo.txt"), "--todo is an option of daily_loop"),
        (("--veto", "ask", "--by", "A", "--todo", "todo.txt"), "--todo is an option of daily_loop"),
        (("--approve", "ask", "--by", "\udcff"), "lone surrogate"),
        (("--approve", "ask", "--by", "A", "--note", "\udcff"), "lone surrogate"),
        (("--approve", "ask", "--by", "n" * 20_000_000), "16777216"),
        (("--approve", "ask", "--by", "A", "--pointer", "outcome"), "a JSON Pointer starts with /"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    real: RealRuns, paused: Path, arguments: tuple[str, ...], text: str
) -> None:
    before = paused.read_bytes()
    assert text in real("resume", "wf-1", *LEAVE, *arguments).refusal
    assert (paused.read_bytes(), real.rung) == (before, [])


@pytest.mark.usefixtures("paused")
def test_approve_and_veto_at_once_is_wrong_usage(real: RealRuns) -> None:
    answer = real("resume", "wf-1", "--approve", "ask", "--veto", "ask", "--by", "A")
    assert (answer.code, answer.out) == (2, b"")
    assert real.events("wf-1") == []


def test_without_an_answer_the_run_keeps_waiting(real: RealRuns, paused: Path) -> None:
    before = paused.read_bytes()
    for name in ("wf-1", "wf-1.ndjson", paused):
        assert real("resume", name, *LEAVE).code == 3
    assert paused.read_bytes() == before


@pytest.mark.usefixtures("paused")
def test_at_a_terminal_a_resumed_run_asks(real: RealRuns) -> None:
    assert real("resume", "wf-1", *LEAVE, "--by", "Ana", typed="a\n\na\n\n").code == 0
    assert [event.get("by") for event in real.events("wf-1")] == ["Ana", None, "Ana", None]


def test_ctrl_c_says_how_to_go_on(real: RealRuns) -> None:
    def interrupted(_: HostCall) -> NoReturn:
        raise KeyboardInterrupt

    hosts = {"bell.ring": HostOperation(interrupted)}
    workflow = real.workflow(machine("ring", "bell.ring"))
    answer = real("run", "--workflow", workflow, *LEAVE, "--runs", real.folder / "r", hosts=hosts)
    path = real.folder / "r" / "wf-1.ndjson"
    go_on = f"resume {path} --allow bell.ring"
    assert (answer.code, answer.message) == (130, f"interrupted; to go on: tier2 {go_on}")
    assert real(*go_on.split(), hosts=hosts) == answer
    assert real(*go_on.split()).code == 0


@pytest.mark.parametrize("answer", [(), ("--approve", "ask", "--by", "A")])
def test_a_finished_run_is_not_resumed(real: RealRuns, answer: tuple[str, ...]) -> None:
    real("run", "echo")
    before = real.path("wf-echo-1").read_bytes()
    refusal = real("resume", "wf-echo-1", *answer).refusal
    assert refusal.endswith("the run is finished; start a new one")
    assert real.path("wf-echo-1").read_bytes() == before


def test_resuming_a_failed_run_names_the_command_that_does(real: RealRuns) -> None:
    workflow = real.workflow(machine("go", "fail", reason="no"), identity="-x")
    assert real("run", "--workflow", workflow).code == 1
    path = real.path("-x-1")
    retry = f"tier2 retry {path}"
    assert real("resume", path).refusal == (
        f"{path}: the run is finished; start a new one, or try the failed step again: {retry}"
    )
    assert real(*retry.split()[1:]).code == 1


def test_an_answer_after_the_last_step_is_refused(real: RealRuns, paused: Path) -> None:
    real("resume", "wf-1", "--veto", "ask", "--by", "Ana")
    lines = paused.read_bytes().splitlines(keepends=True)
    paused.write_bytes(b"".join(lines[:-1]))
    refusal = real("resume", "wf-1", "--approve", "ask", "--by", "Ana", *LEAVE).refusal
    assert "step 'ask' was vetoed by 'Ana' at " in refusal
    assert real("resume", "wf-1").code == 1
    assert paused.read_bytes() == b"".join(lines)


def test_after_a_torn_line_its_step_is_done_again(real: RealRuns, paused: Path) -> None:
    real("resume", "wf-1", "--approve", "ask", "--by", "Ana", *LEAVE)
    lines = paused.read_bytes().splitlines(keepends=True)
    paused.write_bytes(b"".join(lines[:3]) + lines[3][:-1])
    answer = real("resume", "wf-1", *LEAVE)
    assert answer.code == 3
    assert f"tier2: {paused}: a torn last line of {len(lines[3]) - 1} bytes was dropped" in answer.err
    # At least once: the bell was rung before the line was torn, and now again.
    assert len(real.rung) == 2


@pytest.mark.usefixtures("paused")
@pytest.mark.parametrize(
    "name",
    ["none", "..", "/", "", ".", "../x", "a\nb", "\x1b[2J", "x" * 300, "/dev/null", "/dev/zero", "\udcff"],
)
def test_a_name_of_no_run_is_refused(real: RealRuns, name: str) -> None:
    for command in ("resume", "show", "verify"):
        assert real(command, name).refusal


def test_a_run_of_a_newer_version_is_refused(real: RealRuns, paused: Path) -> None:
    newer = paused.read_bytes().replace(b"tier2.run/v1", b"tier2.run/v2")
    paused.write_bytes(newer)
    assert "use a newer one" in real("resume", "wf-1").refusal
    assert paused.read_bytes() == newer


def test_an_operation_that_is_not_known_here_is_named(
    paused: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    before = paused.read_bytes()
    assert main(["resume", str(paused), *LEAVE]) == 3
    assert "the operation 'bell.ring' of step 'ring' is not known" in capsysbinary.readouterr().err.decode()
    assert paused.read_bytes() == before


def test_after_a_rehearsed_step_nothing_is_done(real: RealRuns, paused: Path) -> None:
    # Otherwise a forger could let the run pass by a decision that has to be signed.
    recorded = read_run(paused).run
    paused.write_bytes(paused.read_bytes() + event_line(recorded, Rehearsed(step_id="ask"))[1] + b"\n")
    before = paused.read_bytes()
    answer = real("resume", "wf-1", *LEAVE)
    assert (answer.code, answer.out, real.rung) == (2, b"", [])
    assert answer.refusal == (
        f"{paused}: step 'ask' was only rehearsed, and such a run does not go on; start a new one"
    )
    assert paused.read_bytes() == before
