"""`show` draws documents and runs."""

from pathlib import Path

import pytest
from real_runs import RealRuns, machine, person

from tier2.contracts.v1 import WorkflowDefinition
from tier2.engine.decoding import decode
from tier2.engine.execution import head
from tier2.inspection.diagrams import mermaid, text
from tier2.shell.run_files.run_file import read_run


def test_a_waiting_run_is_shown_with_its_question(real: RealRuns) -> None:
    real("run", "--workflow", real.workflow(machine("first", "noop"), person("ask")))
    answer = real("show", "wf-1")
    assert (answer.code, answer.err) == (0, "")
    picture, question = answer.out.decode().split("Step 'ask' asks: ")
    run = read_run(real.path("wf-1")).run
    assert picture.rstrip("\n") == text(run).rstrip("\n")
    assert question == (
        f"May it go on?\nThe state is empty.\nhead: {head(run)}\napprove: the run is complete.\n"
        "veto: the run ends here as vetoed, and nothing after this step is done.\n"
    )


def test_a_finished_run_is_shown_with_its_head(real: RealRuns) -> None:
    result = real("run", "echo").json
    assert real("show", "wf-echo-1").out.decode().endswith(f"\nhead: {result['receipt']['head_sha256']}\n")


def test_a_decided_run_is_shown_with_the_time(real: RealRuns) -> None:
    real("run", "--workflow", real.workflow(person("ask"), machine("go", "fail", reason="no")))
    real("resume", "wf-1", "--approve", "ask", "--by", "Ann", "--note", "fine")
    (decision, _) = real.events("wf-1")
    shown = real("show", "wf-1").out.decode()
    assert shown.startswith("run of wf: failed\n")
    assert f"\n   by         Ann\n   at         {decision['at']}\n   note       fine\n" in shown
    assert decision["head_sha256"] is not None


def test_a_run_is_found_by_name_file_name_and_path(real: RealRuns) -> None:
    real("run", "echo")
    shown = {real("show", name) for name in ("wf-echo-1", "wf-echo-1.ndjson", real.path("wf-echo-1"))}
    assert {answer.code for answer in shown} == {0}
    assert len(shown) == 1


@pytest.mark.parametrize("picture", ["text", "mermaid"])
def test_documents_are_shown_as_the_core_draws_them(real: RealRuns, tmp_path: Path, picture: str) -> None:
    path = tmp_path / "document.json"
    path.write_bytes(real("plan", "daily_loop").out)
    draw, more = (text, ()) if picture == "text" else (mermaid, ("--mermaid",))
    answer = real("show", path, *more)
    expected = draw(decode(path.read_bytes(), WorkflowDefinition)).rstrip("\n") + "\n"
    assert answer == (0, expected.encode(), "")
    for document in (real("run", "echo").out, real("rehearse", "run_tests").out):
        path.write_bytes(document)
        assert real("show", path, *more).code == 0


def test_reading_commands_leave_a_torn_line_alone(real: RealRuns) -> None:
    real("run", "echo")
    path = real.path("wf-echo-1")
    torn = path.read_bytes()[:-1]
    path.write_bytes(torn)
    for command in (("show", "wf-echo-1"), ("runs",), ("verify", "wf-echo-1")):
        real(*command)
    assert path.read_bytes() == torn


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b'{"contract":"tier2.mission/v1","type":"echo","params":{}}',
            "a workflow, a run or a result can be shown",
        ),
        (b"[]", "a workflow, a run or a result can be shown"),
        (b'{"contract":["tier2.run/v1"]}', "a workflow, a run or a result can be shown"),
        (b'{"contract":"tier2.run/v1"}', "missing"),
        (b"{", "[syntax]"),
        (b"\xff", "[utf8]"),
    ],
)
def test_other_documents_cannot_be_shown(real: RealRuns, tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "document.json"
    path.write_bytes(data)
    assert message in real("show", path).refusal


HOSTILE = '\x1b[2J\n\u202e\x9b`]"-->|<script>;%%{init:{}}%%\r'


@pytest.mark.parametrize("more", [(), ("--mermaid",)])
def test_hostile_documents_cannot_steer_a_terminal(real: RealRuns, more: tuple[str, ...]) -> None:
    workflow = real.workflow(
        machine(HOSTILE, "state.merge", patch={HOSTILE: HOSTILE}, description=HOSTILE),
        person(f"p{HOSTILE}", HOSTILE),
        identity=HOSTILE,
    )
    paused = real("run", "--workflow", workflow, "--runs", real.runs)
    assert paused.code == 3
    (path,) = real.runs.iterdir()
    answer = real("show", path, *more)
    assert answer.code == 0
    assert all(line.isprintable() for line in answer.out.decode().split("\n"))
