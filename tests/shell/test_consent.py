"""Is the world touched only with leave?"""

from collections.abc import Mapping
from pathlib import Path

import pytest
from real_runs import Json, World, machine, person

from tier2.kinds import Host
from tier2.missions import OPERATIONS
from tier2.shell.runs.hosts import HostCall, HostOperation


@pytest.fixture
def tier2(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> World:
    return World(tmp_path, capsysbinary, monkeypatch)


def test_a_document_needs_leave_for_each_host_operation_before_anything_happens(tier2: World) -> None:
    workflow = tier2.workflow(machine("ok", "noop"), machine("ring", "bell.ring"))
    refusal = tier2("run", "--workflow", workflow).refusal
    assert refusal == (
        "step 'ring' would perform bell.ring, which touches the world; "
        "if you trust this run, allow it with --allow bell.ring"
    )
    assert (tier2.rung, tier2.runs.exists()) == ([], False)
    assert tier2("run", "--workflow", workflow, "--allow", "bell.ring").code == 0
    assert len(tier2.rung) == 1


def test_leave_is_for_the_named_operation_only(tier2: World) -> None:
    workflow = tier2.workflow(machine("ring", "bell.ring"), machine("more", "tests.execute"))
    assert "tests.execute" in tier2("run", "--workflow", workflow, "--allow", "bell.ring").refusal
    for wrong in ("bell.rin", "bell.ring ", "BELL.RING", "*", "", "bell"):
        assert "bell.ring" in tier2("run", "--workflow", workflow, "--allow", wrong).refusal
    assert tier2.rung == []


def test_a_mission_document_is_a_document(tier2: World, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"contract":"tier2.mission/v1","type":"run_tests","params":{}}', encoding="utf-8")
    assert "allow it with --allow tests.discover" in tier2("run", "--mission", path).refusal


def test_a_run_file_needs_leave_each_time_for_what_is_still_to_be_done(tier2: World) -> None:
    workflow = tier2.workflow(machine("ring", "bell.ring"), person("ask"), machine("again", "bell.ring"))
    tier2("run", "--workflow", workflow, "--allow", "bell.ring")
    before = tier2.path("wf-1").read_bytes()
    answer = ("resume", "wf-1", "--approve", "ask", "--by", "Ana")
    assert "step 'again' would perform bell.ring" in tier2(*answer).refusal
    assert tier2.path("wf-1").read_bytes() == before
    assert tier2(*answer, "--allow", "bell.ring").code == 0


def test_what_is_done_already_needs_no_leave_any_more(tier2: World) -> None:
    workflow = tier2.workflow(machine("ring", "bell.ring"), person("ask"))
    tier2("run", "--workflow", workflow, "--allow", "bell.ring")
    assert tier2("resume", "wf-1", "--approve", "ask", "--by", "Ana").code == 0


def test_an_operation_that_nobody_performs_here_is_refused_before_anything_happens(tier2: World) -> None:
    workflow = tier2.workflow(machine("ring", "bell.ring"), machine("fly", "plane.fly"))
    answer = tier2(
        *("run", "--workflow", workflow, "--allow", "bell.ring", "--allow", "plane.fly"),
        operations={**OPERATIONS, "plane.fly": Host()},
    )
    assert answer.refusal == "step 'fly': nothing here performs plane.fly; rehearse it instead"
    assert (tier2.rung, tier2.runs.exists()) == ([], False)


def test_a_hostile_operation_name_is_shown_harmless_and_quoted(tier2: World) -> None:
    name = "x; rm -rf ~\x1b[2J"

    def nothing(_: HostCall) -> Mapping[str, Json]:
        return {}

    workflow = tier2.workflow(machine("s\n", name))
    answer = tier2(
        *("run", "--workflow", workflow),
        operations={**OPERATIONS, name: Host()},
        hosts={name: HostOperation(nothing)},
    )
    assert "--allow 'x; rm -rf ~\\u001b[2J'" in answer.refusal


def test_a_rehearsal_needs_no_leave_since_it_touches_nothing(tier2: World) -> None:
    answer = tier2("rehearse", "--workflow", tier2.workflow(machine("ring", "bell.ring")))
    assert (answer.code, answer.json["outcome"], tier2.rung) == (0, "rehearsed", [])
