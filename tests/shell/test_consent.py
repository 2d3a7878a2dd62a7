"""Is the world touched only with leave?"""

from collections.abc import Mapping
from pathlib import Path

from real_runs import Json, RealRuns, machine, person

from tier2.kinds import Host
from tier2.missions import OPERATIONS
from tier2.shell.runs.hosts import HostCall, HostOperation


def test_a_document_needs_leave_for_host_operations(real: RealRuns) -> None:
    workflow = real.workflow(machine("ok", "noop"), machine("ring", "bell.ring"))
    refusal = real("run", "--workflow", workflow).refusal
    assert refusal == (
        "step 'ring' would perform bell.ring, which touches the world and is not allowed; "
        "if you trust this run, allow it with --allow bell.ring"
    )
    assert (real.rung, real.runs.exists()) == ([], False)
    assert real("run", "--workflow", workflow, "--allow", "bell.ring").code == 0
    assert len(real.rung) == 1


def test_leave_is_for_the_named_operation_only(real: RealRuns) -> None:
    workflow = real.workflow(machine("ring", "bell.ring"), machine("more", "tests.execute"))
    assert "tests.execute" in real("run", "--workflow", workflow, "--allow", "bell.ring").refusal
    for wrong in ("bell.rin", "bell.ring ", "BELL.RING", "*", "", "bell"):
        assert "bell.ring" in real("run", "--workflow", workflow, "--allow", wrong).refusal
    assert real.rung == []


def test_a_mission_document_is_a_document(real: RealRuns, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"contract":"tier2.mission/v1","type":"run_tests","params":{}}', encoding="utf-8")
    assert "allow it with --allow tests.discover" in real("run", "--mission", path).refusal


def test_a_run_file_needs_leave_for_what_is_left(real: RealRuns, tmp_path: Path) -> None:
    workflow = real.workflow(machine("ring", "bell.ring"), person("ask"), machine("again", "bell.ring"))
    real("run", "--workflow", workflow, "--allow", "bell.ring", "--runs", tmp_path)
    path = tmp_path / "wf-1.ndjson"
    answer = real("resume", path, "--approve", "ask", "--by", "Ana")
    assert (answer.code, answer.out, len(real.rung)) == (3, b"", 1)
    assert answer.message == (
        f"{path}: step 'again' would perform bell.ring, which touches the world and is not allowed; "
        "if you trust this run, allow it with --allow bell.ring; "
        f"to go on: tier2 resume {path} --allow bell.ring"
    )
    # The decision is recorded all the same.
    assert [event["event"] for event in real.events_in(path)] == ["completed", "decided"]
    assert real(*answer.message.partition("to go on: tier2 ")[2].split()).code == 0
    assert len(real.rung) == 2


def test_ones_own_runs_need_no_leave_for_ones_own_hosts(real: RealRuns, tmp_path: Path) -> None:
    workflow = real.workflow(person("ask"), machine("ring", "bell.ring"))
    paused = real("run", "--workflow", workflow, "--allow", "bell.ring")
    assert "--allow" not in paused.message
    # A link leads out of the folder.
    real("run", "--workflow", workflow, "--allow", "bell.ring", "--runs", tmp_path)
    real.path("linked").symlink_to(tmp_path / "wf-1.ndjson")
    answer = ("--approve", "ask", "--by", "Ana")
    assert "allow it with --allow bell.ring" in real("resume", "linked", *answer).message
    assert real.rung == []
    assert real("resume", "wf-1", *answer).code == 0
    assert len(real.rung) == 1


def test_what_is_done_already_needs_no_leave(real: RealRuns) -> None:
    workflow = real.workflow(machine("ring", "bell.ring"), person("ask"))
    real("run", "--workflow", workflow, "--allow", "bell.ring")
    assert real("resume", "wf-1", "--approve", "ask", "--by", "Ana").code == 0


def test_an_operation_nobody_performs_is_refused(real: RealRuns) -> None:
    workflow = real.workflow(machine("ring", "bell.ring"), machine("fly", "plane.fly"))
    answer = real(
        *("run", "--workflow", workflow, "--allow", "bell.ring", "--allow", "plane.fly"),
        operations={**OPERATIONS, "plane.fly": Host()},
    )
    assert answer.refusal == "step 'fly': nothing here performs plane.fly; rehearse it instead"
    assert (real.rung, real.runs.exists()) == ([], False)


def test_a_hostile_operation_name_is_quoted(real: RealRuns) -> None:
    name = "x; rm -rf ~\x1b[2J"

    def nothing(_: HostCall) -> Mapping[str, Json]:
        return {}

    workflow = real.workflow(machine("s\n", name))
    answer = real(
        *("run", "--workflow", workflow),
        operations={**OPERATIONS, name: Host()},
        hosts={name: HostOperation(nothing)},
    )
    assert r"--allow $'x; rm -rf ~\033[2J'" in answer.refusal


def test_a_rehearsal_needs_no_leave(real: RealRuns) -> None:
    answer = real("rehearse", "--workflow", real.workflow(machine("ring", "bell.ring")))
    assert (answer.code, answer.json["outcome"], real.rung) == (0, "rehearsed", [])
