"""Can a program do with runs what the command does: begin, look, answer, go on, try again?

It has no command line, so nothing that it is told has words of one.
"""

import os
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tier2 import (
    OPERATIONS,
    Decided,
    ExecutionContext,
    Fail,
    Host,
    IllegalEvent,
    Operation,
    Pure,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    answer,
    head,
    question,
    start,
    verify,
)
from tier2.shell import (
    Driver,
    HostCall,
    HostOperation,
    RecordedRun,
    RunError,
    WriteBack,
    answer_run,
    begin_run,
    continue_run,
    digest_of,
    list_runs,
    read_run,
    retry_run,
)
from tier2.shell.run_files import clock
from tier2.shell.run_files.lines import beginning
from tier2.shell.run_files.run_file import begin, reopen

Json = Any


class Office:
    """A folder of runs, and a world in which a bell can be rung, if it is not broken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[HostCall] = []
        self.broken = False
        self.operations: Mapping[str, Operation] = {
            **OPERATIONS,
            "bell.ring": Host("1"),
            "count": Pure(lambda _, state: {"count": len(state)}, "1"),
        }

    def ring(self, call: HostCall) -> Mapping[str, Json] | Fail:
        self.calls.append(call)
        return Fail("the bell is broken") if self.broken else {"rung": True}

    def driver(self, **other: Any) -> Driver:
        known: dict[str, Any] = {
            "operations": self.operations,
            "hosts": lambda _, __: {"bell.ring": HostOperation(self.ring)},
        }
        return Driver(**{**known, **other})

    def run(self, *steps: StepSpec) -> Run:
        return start(WorkflowDefinition(id="wf", steps=steps), ExecutionContext(), self.operations)

    def begun(self, *steps: StepSpec) -> RecordedRun:
        return begin_run(self.run(*steps), self.driver(), self.folder)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "runs")


def machine(step_id: str, operation: str) -> StepSpec:
    return StepSpec(id=step_id, kind="runtime", payload={"operation": operation})


def person(step_id: str, **payload: Json) -> StepSpec:
    return StepSpec(id=step_id, kind="human", payload={"description": "May it?", **payload})


STEPS = (machine("count", "count"), person("ask"), machine("ring", "bell.ring"), machine("again", "count"))


def approval(recorded: RecordedRun, **more: Any) -> Decided:
    asks = question(recorded.run)
    assert asks is not None
    return answer(asks, **{"verdict": "approved", "by": "Ana", "at": "2026-03-01T09:30:00Z", **more})


def refused(error: pytest.ExceptionInfo[RunError]) -> tuple[str, str]:
    """The code of an error, and its text, which has no words of a command line, and begins with the run's file."""
    text = str(error.value)
    assert error.value.path is None or text.startswith(f"{error.value.path}: ")
    assert not re.search(r" -|--|`|command|tier2", text)
    return error.value.code, text


def test_a_run_is_begun_answered_and_goes_on(office: Office) -> None:
    waiting = office.begun(*STEPS)
    assert (waiting.path, waiting.result) == (office.folder / "wf-1.ndjson", None)
    assert [entry.event.step_id for entry in waiting.entries] == ["count"]
    assert read_run(waiting.path) == waiting
    answered = answer_run(waiting.path, approval(waiting))
    assert (answered.run.events[-1], office.calls) == (approval(waiting), [])
    done = continue_run(waiting.path, office.driver(), answered.head)
    assert done.result is not None
    assert done.result.outcome == "completed"
    assert verify(done.run, done.result) is None
    assert read_run(done.path) == done
    assert len(office.calls) == 1
    (listed,) = list_runs(office.folder)
    assert (listed.standing, listed.head_sha256, listed.path) == ("completed", done.head, done.path)


def test_the_drivers_own_person_may_decide(office: Office) -> None:
    waiting = office.begun(*STEPS)
    driver = office.driver(decide=lambda _: approval(waiting))
    done = continue_run(waiting.path, driver)
    assert done.result is not None
    assert done.run.events[1] == approval(waiting)


def test_the_same_answer_again_changes_nothing(office: Office) -> None:
    waiting = office.begun(*STEPS)
    decision = approval(waiting, note="go")
    for _ in range(2):
        assert answer_run(waiting.path, decision).run.events[-1] == decision
    continue_run(waiting.path, office.driver())
    before = waiting.path.read_bytes()
    assert answer_run(waiting.path, decision).result is not None
    assert waiting.path.read_bytes() == before


@pytest.mark.parametrize(
    "change", [{"by": "Ben"}, {"note": "no"}, {"verdict": "vetoed"}, {"at": None, "by": "B"}]
)
def test_another_answer_is_told_who_decided_and_why(office: Office, change: Json) -> None:
    waiting = office.begun(*STEPS)
    decision = approval(waiting, note="go")
    answer_run(waiting.path, decision)
    before = waiting.path.read_bytes()
    with pytest.raises(RunError) as error:
        answer_run(waiting.path, Decided(**{**members(decision), **change}))
    code, text = refused(error)
    assert (code, error.value.path) == ("decided", waiting.path)
    assert (
        "step 'ask' was approved by 'Ana' at 2026-03-01T09:30:00Z, with the note 'go'; nothing was changed"
        in text
    )
    assert error.value.facts == {
        "step_id": "ask",
        "verdict": "approved",
        "by": "Ana",
        "at": "2026-03-01T09:30:00Z",
        "note": "go",
    }
    assert waiting.path.read_bytes() == before


def test_a_decision_without_time_or_note_is_named_too(office: Office) -> None:
    run = office.run(*STEPS[1:])
    bare = Decided(step_id="ask", verdict="approved", by="Ana", head_sha256=head(run))
    decided = advance(run, bare)
    office.folder.mkdir()
    with begin(office.folder, decided, beginning()) as file:
        pass
    with pytest.raises(RunError) as error:
        answer_run(file.path, Decided(step_id="ask", verdict="approved", by="Ben"))
    assert refused(error)[1] == f"{file.path}: step 'ask' was approved by 'Ana'; nothing was changed"


def members(decision: Decided) -> dict[str, Any]:
    plain = decision.to_dict()
    del plain["event"]
    return plain


def test_an_answer_without_a_time_gets_that_of_the_clock(office: Office) -> None:
    waiting = office.begun(*STEPS)
    decision = approval(waiting, at=None)
    recorded = answer_run(waiting.path, decision).run.events[-1]
    assert isinstance(recorded, Decided)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", recorded.at or "")
    # It is the same answer, whatever the clock says by now.
    assert answer_run(waiting.path, decision).run.events[-1] == recorded


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"step_id": "ring"}, "event"),
        ({"step_id": "none"}, "event"),
        ({"head_sha256": "0" * 64}, "stale"),
        ({"head_sha256": None}, "stale"),
        ({"verdict": "vetoed", "output": {"a": 1}}, "event"),
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing(office: Office, change: Json, code: str) -> None:
    waiting = office.begun(*STEPS)
    before = waiting.path.read_bytes()
    with pytest.raises(IllegalEvent) as error:
        answer_run(waiting.path, Decided(**{**members(approval(waiting)), **change}))
    assert (error.value.code, error.value.path[:2]) == (code, ("events", 1))
    assert waiting.path.read_bytes() == before


def test_an_answer_without_a_head_is_told_so(office: Office) -> None:
    waiting = office.begun(*STEPS)
    with pytest.raises(IllegalEvent) as error:
        answer_run(waiting.path, Decided(**{**members(approval(waiting)), "head_sha256": None}))
    assert str(error.value) == (
        "$.events[1].head_sha256: the decision names no head; answer the question of the run as it is"
    )


def test_a_page_that_is_out_of_date_decides_nothing(office: Office) -> None:
    waiting = office.begun(person("first"), person("second"))
    old = members(approval(waiting))
    answer_run(waiting.path, approval(waiting))
    with pytest.raises(IllegalEvent) as error:
        answer_run(waiting.path, Decided(**{**old, "step_id": "second"}))
    assert error.value.code == "stale"
    assert len(read_run(waiting.path).run.events) == 1


def test_an_answer_needs_no_consent_for_later_steps(office: Office) -> None:
    waiting = office.begun(*STEPS)
    answered = answer_run(waiting.path, approval(waiting))
    with pytest.raises(RunError) as error:
        continue_run(waiting.path, office.driver(allowed=()))
    assert refused(error)[0] == "consent"
    assert error.value.facts == {"step_id": "ring", "operation": "bell.ring"}
    assert (error.value.path, read_run(waiting.path).head) == (waiting.path, answered.head)
    assert continue_run(waiting.path, office.driver(allowed=["bell.ring"])).result is not None


OTHER_FILES = WriteBack(files={"a": Path("a")}, began={"a": None}, new=lambda _, __: {})


def changed(**operations: Operation) -> Mapping[str, Operation]:
    return {**OPERATIONS, "bell.ring": Host("1"), "count": Pure(lambda _, __: {}, "1"), **operations}


@pytest.mark.parametrize(
    ("driver", "code", "text"),
    [
        ({"hosts": lambda _, __: {}}, "host", "step 'ring': nothing here performs bell.ring"),
        (
            {"operations": changed(count=Pure(lambda _, __: {}, "2"))},
            "revision",
            "the revision '1'.*the revision '2'",
        ),
        ({"operations": changed(count=Pure(lambda _, __: {}))}, "revision", "the revision '1'.*no revision"),
        ({"operations": OPERATIONS}, "revision", "bell.ring.* is not known"),
        ({"write_back": lambda _: OTHER_FILES}, "files", "nothing here writes its files back"),
    ],
)
def test_what_cannot_go_on_here_is_left_as_it_is(office: Office, driver: Json, code: str, text: str) -> None:
    waiting = office.begun(*STEPS)
    answer_run(waiting.path, approval(waiting))
    before = waiting.path.read_bytes()
    with pytest.raises(RunError) as error:
        continue_run(waiting.path, office.driver(**driver))
    assert refused(error)[0] == code
    assert re.search(text, str(error.value))
    assert (error.value.path, waiting.path.read_bytes(), office.calls) == (waiting.path, before, [])


def test_a_veto_needs_nothing_of_what_would_follow(office: Office) -> None:
    waiting = office.begun(*STEPS)
    answer_run(waiting.path, approval(waiting, verdict="vetoed"))
    ended = continue_run(waiting.path, Driver(operations={}, allowed=()))
    assert ended.result is not None
    assert ended.result.outcome == "vetoed"


@pytest.mark.parametrize("driver", [{"allowed": ()}, {"hosts": lambda _, __: {}}])
def test_a_run_that_cannot_begin_leaves_no_file(office: Office, driver: Json) -> None:
    with pytest.raises(RunError) as error:
        begin_run(office.run(*STEPS), office.driver(**driver), office.folder)
    refused(error)
    assert error.value.path is None
    assert not office.folder.exists()


def test_a_raising_operation_is_recorded_nowhere(office: Office) -> None:
    def missing(_: object, state: Mapping[str, Json]) -> Json:
        return state["missing"]

    broken = Pure(missing, "1")
    with pytest.raises(RunError) as error:
        begin_run(office.run(*STEPS), office.driver(operations=changed(count=broken)), office.folder)
    code, text = refused(error)
    assert code == "raised"
    assert re.search(
        rf"the operation 'count' of step 'count' raised KeyError: 'missing' \({__file__}:\d+\)", text
    )
    (path,) = office.folder.iterdir()
    assert (error.value.path, read_run(path).run.events) == (path, ())
    assert len(continue_run(path, office.driver()).run.events) == 1


def test_a_finished_run_neither_takes_answers_nor_goes_on(office: Office) -> None:
    done = office.begun(STEPS[0])
    decision = Decided(step_id="ask", verdict="approved", by="A", head_sha256=done.head)
    for call in (partial(continue_run, done.path, office.driver()), partial(answer_run, done.path, decision)):
        with pytest.raises(RunError) as error:
            call()
        assert refused(error) == ("finished", f"{done.path}: the run is finished; start a new one")


def test_another_head_than_the_expected_one_is_refused(office: Office) -> None:
    waiting = office.begun(*STEPS)
    before = waiting.path.read_bytes()
    with pytest.raises(RunError) as error:
        continue_run(waiting.path, office.driver(), "0" * 64)
    assert refused(error)[0] == "stale"
    assert (error.value.path, error.value.facts) == (waiting.path, {"head_sha256": waiting.head})
    assert waiting.path.read_bytes() == before


def test_while_a_process_is_at_work_nobody_answers(office: Office) -> None:
    waiting = office.begun(*STEPS)
    with reopen(waiting.path):
        path = waiting.path
        calls = (partial(answer_run, path, approval(waiting)), partial(continue_run, path, office.driver()))
        for call in calls:
            with pytest.raises(RunError) as error:
                call()
            assert refused(error)[0] == "at-work"


def test_a_torn_line_is_reported_and_done_again(office: Office) -> None:
    waiting = office.begun(*STEPS)
    whole = waiting.path.read_bytes()
    waiting.path.write_bytes(whole[:-5])
    said: list[str] = []
    again = continue_run(waiting.path, office.driver(say=said.append))
    length = len(whole.splitlines(keepends=True)[2]) - 5
    assert said == [f"{waiting.path}: a torn last line of {length} bytes was dropped; its step is done again"]
    assert (again, waiting.path.read_bytes()) == (waiting, whole)
    continue_run(waiting.path, office.driver(say=said.append))
    assert len(said) == 1


def test_runs_lie_in_the_default_folder_if_none_is_named(office: Office) -> None:
    told: list[Path] = []
    run = begin_run(office.run(STEPS[1]), office.driver(begun=told.append))
    assert run.path == Path(os.environ["XDG_STATE_HOME"]) / "tier2" / "wf-1.ndjson"
    assert (told, run) == ([run.path], read_run(run.path))
    (listed,) = list_runs()
    assert listed.path == run.path


# A failed run is tried again


@pytest.fixture
def failed(office: Office) -> RecordedRun:
    """A run that failed at its bell, after a person has approved."""
    office.broken = True
    waiting = office.begun(*STEPS)
    answer_run(waiting.path, approval(waiting))
    ended = continue_run(waiting.path, office.driver())
    assert ended.result is not None
    assert ended.result.failed_step_id == "ring"
    office.broken = False
    return ended


def test_a_failed_step_is_tried_again_and_nobody_is_asked(office: Office, failed: RecordedRun) -> None:
    before = failed.path.read_bytes()
    again = retry_run(failed.path, office.driver())
    assert again.result is not None
    assert (again.result.outcome, again.path) == ("completed", office.folder / "wf-2.ndjson")
    assert failed.path.read_bytes() == before
    assert again.run.events[:2] == failed.run.events[:2]
    assert (again.run.workflow, again.run.operations) == (failed.run.workflow, failed.run.operations)
    assert (again.began.nonce, again.began.world) == (failed.began.nonce, failed.began.world)
    assert len(office.calls) == 2
    assert read_run(again.path) == again


def test_a_retry_may_begin_elsewhere_and_begins_now(
    office: Office, failed: RecordedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: "2031-01-01T00:00:00Z")
    again = retry_run(failed.path, office.driver(), tmp_path / "new")
    assert again.path == tmp_path / "new" / "wf-1.ndjson"
    assert again.began.began_at == "2031-01-01T00:00:00Z"


def test_a_retry_that_fails_can_be_tried_again(office: Office, failed: RecordedRun) -> None:
    office.broken = True
    again = retry_run(failed.path, office.driver())
    office.broken = False
    last = retry_run(again.path, office.driver())
    assert last.result is not None
    assert (last.result.outcome, len(office.calls)) == ("completed", 3)


def test_an_approval_does_not_hold_for_other_code(office: Office, failed: RecordedRun) -> None:
    for operations in (changed(count=Pure(lambda _, __: {}, "2")), changed(**{"bell.ring": Host("2")})):
        with pytest.raises(RunError) as error:
            retry_run(failed.path, office.driver(operations=operations))
        assert refused(error)[0] == "revision"
        assert error.value.path is None
    assert [path.name for path in office.folder.iterdir()] == ["wf-1.ndjson"]


def test_only_a_failed_run_is_tried_again(office: Office) -> None:
    done, waiting = office.begun(STEPS[0]), office.begun(*STEPS)
    for path, code, text in (
        (
            done.path,
            "not-failed",
            "the run is completed; only a run in which a step failed can be tried again",
        ),
        (waiting.path, "unfinished", "the run is not finished; go on with it instead"),
    ):
        with pytest.raises(RunError) as error:
            retry_run(path, office.driver())
        assert refused(error) == (code, f"{path}: {text}")
    answer_run(waiting.path, approval(waiting, verdict="vetoed"))
    continue_run(waiting.path, office.driver())
    with pytest.raises(RunError) as error:
        retry_run(waiting.path, office.driver())
    assert refused(error)[0] == "not-failed"
    assert (error.value.path, error.value.facts) == (waiting.path, {"outcome": "vetoed"})
    assert len([*office.folder.iterdir()]) == 2


def test_a_retry_needs_its_files_as_they_were(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_bytes(b"a")
    write_back = WriteBack(
        files={"list": file}, began={"list": digest_of(b"a")}, new=lambda _, __: {"list": b"b"}
    )
    office.broken = True
    driver = office.driver(write_back=lambda _: write_back)
    failed = begin_run(office.run(STEPS[2]), driver, office.folder)
    office.broken = False
    file.write_bytes(b"changed")
    with pytest.raises(RunError, match="changed since the run began"):
        retry_run(failed.path, driver)
    assert len([*office.folder.iterdir()]) == 1
    file.write_bytes(b"a")
    assert retry_run(failed.path, driver).write_back is not None
    assert file.read_bytes() == b"b"
