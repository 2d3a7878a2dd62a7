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
        "step 'ring' would perform bell.ring, which touches the world; "
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


def test_a_run_file_needs_leave_for_what_is_left(real: RealRuns) -> None:
    workflow = real.workflow(machine("ring", "bell.ring"), person("ask"), machine("again", "bell.ring"))
    real("run", "--workflow", workflow, "--allow", "bell.ring")
    before = real.path("wf-1").read_bytes()
    answer = ("resume", "wf-1", "--approve", "ask", "--by", "Ana")
    assert "step 'again' would perform bell.ring" in real(*answer).refusal
    assert real.path("wf-1").read_bytes() == before
    assert real(*answer, "--allow", "bell.ring").code == 0


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
    assert "--allow 'x; rm -rf ~\\u001b[2J'" in answer.refusal


def test_a_rehearsal_needs_no_leave(real: RealRuns) -> None:
    answer = real("rehearse", "--workflow", real.workflow(machine("ring", "bell.ring")))
    assert (answer.code, answer.json["outcome"], real.rung) == (0, "rehearsed", [])
