"""Does `retry` begin a failed run anew from the step that failed, without asking anybody again?"""

from functools import partial
from pathlib import Path

import msgspec
import pytest
from real_runs import RealRuns, machine, person

from tier2 import OPERATIONS, Fail, Host, MissionType, Pure, Run, digest, head, replay
from tier2.kinds import JsonObject, runtime
from tier2.shell import (
    Driver,
    HostCall,
    HostOperation,
    InputError,
    Option,
    RecordedRun,
    RunError,
    World,
    retry_run,
)
from tier2.shell.run_files.run_file import read_run
from tier2.shell.worlds.world import Given

FAILING = {"bell.ring": HostOperation(lambda _: Fail("the bell is broken"))}
Nothing = msgspec.defstruct("Nothing", [])
STEPS = (
    person("ask"),
    machine("merge", "state.merge", patch={"a": 1}),
    machine("ring", "bell.ring"),
    person("more"),
)


@pytest.fixture
def failed(real: RealRuns) -> Path:
    """A run that was approved, and then failed at its bell."""
    real("run", "--workflow", real.workflow(*STEPS), "--allow", "bell.ring")
    answer = real("resume", "wf-1", "--approve", "ask", "--by", "Ana", "--note", "go", hosts=FAILING)
    assert answer.code == 1
    return real.path("wf-1")


def test_a_failed_deploy_asks_nobody_again(real: RealRuns, failed: Path) -> None:
    before = failed.read_bytes()
    answer = real("retry", "wf-1")
    assert (answer.code, len(real.rung)) == (3, 1)
    assert "step 'more' waits for a person" in answer.message
    assert failed.read_bytes() == before
    assert real.events("wf-2")[:2] == real.events("wf-1")[:2]
    assert real("resume", "wf-2", "--approve", "more", "--by", "Ana").code == 0
    assert real("verify", "wf-2").code == 0
    first, second = read_run(failed), read_run(real.path("wf-2"))
    assert real.rung[0].folder == real.path("wf-2").with_suffix("")
    assert (first.began.nonce, first.run.operations) == (second.began.nonce, second.run.operations)


def test_a_host_is_called_with_the_same_key_again(real: RealRuns) -> None:
    calls: list[HostCall] = []

    def ring(call: HostCall) -> dict[str, int] | Fail:
        calls.append(call)
        if len(calls) < 3:
            raise TimeoutError
        return {} if len(calls) > 4 else Fail("no")

    hosts = {"bell.ring": HostOperation(ring, attempts=3)}
    workflow = real.workflow(machine("ring", "bell.ring"), machine("again", "bell.ring"))
    real("run", "--workflow", workflow, "--allow", "bell.ring", hosts=hosts)
    real("retry", "wf-1", hosts=hosts)
    real("retry", "wf-2", hosts=hosts)
    assert [call.attempt for call in calls] == [1, 2, 3, 1, 1, 1]
    first, *others = [call.key for call in calls]
    began, run = read_run(real.path("wf-1")).began, start_of(real, "wf-1")
    assert first == digest({"head_sha256": head(run), "nonce": began.nonce, "step_id": "ring"})
    assert others[:4] == [first] * 4
    assert others[4] != first
    # A second run of the same mission has a key of its own.
    real("run", "--workflow", workflow, "--allow", "bell.ring")
    assert real.rung[0].key not in (first, others[4])


def start_of(real: RealRuns, name: str) -> Run:
    """A run without its events."""
    run = read_run(real.path(name)).run
    return replay(run.workflow, run.context, (), run.operations)


@pytest.mark.usefixtures("failed")
def test_a_retry_that_fails_again_is_a_failed_run(real: RealRuns) -> None:
    answer = real("retry", "wf-1", hosts=FAILING)
    place = f"the run is recorded in {real.path('wf-2')}"
    again = "to try the step again: tier2 retry wf-2"
    assert (answer.code, answer.message) == (1, f"step 'ring' failed: the bell is broken; {place}; {again}")
    assert real("retry", "wf-2").code == 3


def test_a_run_from_elsewhere_needs_leave_again(real: RealRuns, failed: Path, tmp_path: Path) -> None:
    elsewhere = failed.rename(tmp_path / "wf-1.ndjson")
    assert "allow it with --allow bell.ring" in real("retry", elsewhere).refusal
    assert [path.name for path in tmp_path.glob("*.ndjson")] == ["wf-1.ndjson"]
    assert real("retry", elsewhere, "--allow", "bell.ring").code == 3
    assert (tmp_path / "wf-2.ndjson").exists()


def test_a_retry_that_cannot_begin_names_the_run(real: RealRuns, failed: Path) -> None:
    """It changes nothing, and is no run that could go on."""

    def check(given: Given, _: Run, kept: JsonObject) -> None:
        if given.get("room", "1") != kept["room"]:
            raise InputError(f"the run began in room {kept['room']}; give --room {kept['room']}")

    world = World(
        options=(Option(name="room", help="the room of the bell"),),
        surroundings=lambda given, _: {"room": given.get("room", "1")},
        check=check,
    )
    missions = {"ring": MissionType(Nothing, lambda _: [runtime("ring", "Ring.", "bell.ring")])}
    own = partial(real, missions=missions, worlds={"ring": world})
    answer = own("run", "ring", "--room", "2", hosts=FAILING)
    again = "retry wf-ring-1 --room 2"
    assert answer.message.endswith(f"; to try the step again: tier2 {again}")
    path = real.path("wf-ring-1")
    refusal = own("retry", "wf-ring-1").refusal
    assert refusal == f"{path}: the run began in room 2; give --room 2"
    with pytest.raises(RunError) as error:
        retry_run(path, Driver(operations={**OPERATIONS, "bell.ring": Host()}, check=refused))
    assert (error.value.code, error.value.path) == ("host", None)
    assert str(error.value).startswith(f"{path}: ")
    assert real.rung == []
    assert {*real.runs.iterdir()} == {failed, path}
    assert own(*again.split()).code == 0


def refused(_: RecordedRun) -> None:
    raise InputError("not here")


def test_a_changed_revision_is_not_retried(real: RealRuns, failed: Path) -> None:
    changed = {**OPERATIONS, "bell.ring": Host("2")}
    refusal = real("retry", "wf-1", operations=changed).refusal
    assert "no revision" in refusal
    assert "'2'" in refusal
    assert [*failed.parent.iterdir()] == [failed]


def test_only_a_failed_run_is_retried(real: RealRuns) -> None:
    real("run", "echo")
    real("run", "--workflow", real.workflow(person("ask")))
    assert "the run is completed; only a run in which a step failed" in real("retry", "wf-echo-1").refusal
    assert "the run is not finished; go on with it instead" in real("retry", "wf-1").refusal
    real("resume", "wf-1", "--veto", "ask", "--by", "Ana")
    assert "the run is vetoed; only a run in which a step failed" in real("retry", "wf-1").refusal


def test_a_pure_operation_that_was_mended_is_retried(real: RealRuns) -> None:
    real(
        "run",
        "--workflow",
        real.workflow(machine("one", "state.merge", patch={"a": 1}), machine("two", "fail")),
    )
    mended = {**OPERATIONS, "fail": Pure(lambda _, __: {"b": 2}, "1")}
    answer = real("retry", "wf-1", operations=mended)
    assert (answer.code, answer.json["final_state"]) == (0, {"a": 1, "b": 2})
