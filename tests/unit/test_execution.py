"""What do `state`, `finish` and `replay` return, and when is what hashed?"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from small_runs import begun, decided, human, nested, runtime, workflow

from tier2 import (
    CanonicalError,
    Completed,
    ContractError,
    Event,
    ExecutionContext,
    Failed,
    Pure,
    Rehearsed,
    StepSpec,
    advance,
    digest,
    finish,
    pending,
    replay,
    state,
)
from tier2.engine.execution import perform
from tier2.values.frozen import JsonValue

MIB_16 = 16 * 1024 * 1024


# The state


def test_the_state_is_the_merge_of_all_outputs() -> None:
    run = begun(runtime("a"), human("b"), runtime("c"), human("d"), runtime("e"), k=1, deep={"x": 1, "y": 2})
    steps: list[tuple[Event, dict[str, Any]]] = [
        (Completed(step_id="a", output={"deep": {"x": None}, "k": 2}), {"k": 2, "deep": {"y": 2}}),
        (decided("b", "approved", output={"new": [1, None]}), {"k": 2, "deep": {"y": 2}, "new": (1, None)}),
        (Rehearsed(step_id="c"), {"k": 2, "deep": {"y": 2}, "new": (1, None)}),
        (decided("d", "approved", output={"k": None}), {"deep": {"y": 2}, "new": (1, None)}),
        (Failed(step_id="e", reason="no"), {"deep": {"y": 2}, "new": (1, None)}),
    ]
    for event, expected in steps:
        run = advance(run, event)
        assert state(run) == expected
    assert finish(run).final_state == steps[-1][1]


def test_a_state_nests_at_most_64_deep() -> None:
    run = begun(runtime("a"), runtime("b"), **nested(64))
    run = advance(run, Completed(step_id="a", output={"n": {"m": nested(62)}}))
    reached = state(advance(run, Completed(step_id="b", output={"n": {"k": 1}})))
    assert isinstance(reached["n"], Mapping)
    assert reached["n"].keys() == {"n", "m", "k"}
    with pytest.raises(CanonicalError) as caught:
        Completed(step_id="b", output={"n": nested(64)})
    assert caught.value.code == "depth"


# finish: each field, known by hand

STEPS = (human("ask"), runtime("work"), runtime("more"))
APPROVED = decided("ask", "approved", note="go", output={"ok": 1})
WORKED = Completed(step_id="work", output={"n": 1})


@pytest.mark.parametrize(
    ("events", "outcome", "executed", "message", "final_state"),
    [
        ((APPROVED, WORKED, Completed(step_id="more")), "completed", 3, None, {"k": 0, "ok": 1, "n": 1}),
        ((APPROVED, WORKED, Rehearsed(step_id="more")), "rehearsed", 3, None, {"k": 0, "ok": 1, "n": 1}),
        (
            (Rehearsed(step_id="ask"), WORKED, Completed(step_id="more")),
            "rehearsed",
            3,
            None,
            {"k": 0, "n": 1},
        ),
        ((APPROVED, Failed(step_id="work", reason="disk full")), "failed", 2, "disk full", {"k": 0, "ok": 1}),
        ((Rehearsed(step_id="ask"), Failed(step_id="work", reason="")), "failed", 2, "", {"k": 0}),
        ((decided("ask", "vetoed"),), "vetoed", 1, "vetoed by Ann", {"k": 0}),
        ((decided("ask", "vetoed", note="not now"),), "vetoed", 1, "vetoed by Ann: not now", {"k": 0}),
        ((decided("ask", "vetoed", note=""),), "vetoed", 1, "vetoed by Ann: ", {"k": 0}),
    ],
)
def test_a_result_has_the_outcome_of_its_run(
    events: tuple[Event, ...], outcome: str, executed: int, message: str | None, final_state: dict[str, Any]
) -> None:
    run = replay(workflow(*STEPS, mission_type="story"), ExecutionContext(initial_state={"k": 0}), events)
    result = finish(run)
    ids = ("ask", "work", "more")[:executed]
    assert (result.id, result.outcome, result.success) == ("w", outcome, message is None)
    assert result.executed_steps == STEPS[:executed]
    assert result.final_state == final_state
    assert (result.failed_step_id, result.error_message) == (None if message is None else ids[-1], message)
    assert (result.lineage.workflow_id, result.lineage.mission_type) == ("w", "story")
    assert (result.lineage.executed_step_ids, result.receipt.steps) == (ids, ids)
    assert (result.lineage.workflow_sha256, result.lineage.context_sha256) == (
        digest(run.workflow),
        digest(run.context),
    )
    assert result.receipt.id == "w"
    assert [entry.event for entry in result.receipt.entries] == list(events)


@pytest.mark.parametrize("length", [0, 1])
def test_an_entry_over_16_mib_is_refused_by_finish(length: int) -> None:
    """The largest entry that fits, and one byte more."""
    frame = (
        '{"event":{"event":"completed","output":{"t":""},"step_id":"b"},'
        f'"previous_sha256":"{"0" * 64}","state_sha256":"{"0" * 64}"}}'
    )
    run = begun(runtime("a"), runtime("b"))
    run = advance(run, Completed(step_id="a"))
    run = advance(run, Completed(step_id="b", output={"t": "x" * (MIB_16 - len(frame) + length)}))
    if length == 0:
        assert finish(run).receipt.steps == ("a", "b")
        return
    with pytest.raises(CanonicalError) as caught:
        finish(run)
    assert (caught.value.code, caught.value.where) == ("size", "$.events[1]")
    assert caught.value.message == "the event's receipt entry has 16777217 bytes, more than 16777216"
    assert caught.value.remedy == "keep large data elsewhere, and put its digest into the output"
    assert pending(run) is None


def test_advancing_hashes_and_encodes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("something was hashed")

    for module in ("tier2.values.canonical", "tier2.engine.receipts"):
        for name in ("encode", "sha256"):
            monkeypatch.setattr(import_module(module), name, never)
    monkeypatch.setattr("hashlib.sha256", never)
    run = begun(*STEPS, k=1)
    run = advance(advance(run, APPROVED), WORKED)
    assert replay(run.workflow, run.context, run.events, run.operations) == run
    assert (pending(run), state(run)) == (STEPS[2], {"k": 1, "n": 1, "ok": 1})
    over = advance(run, Completed(step_id="more"))
    with pytest.raises(AssertionError, match="something was hashed"):
        finish(over)


def test_one_run_can_be_advanced_in_two_ways() -> None:
    run = begun(human("a"), runtime("b"))
    yes, no = advance(run, decided("a", "approved")), advance(run, decided("a", "vetoed"))
    assert (run.events, len(yes.events), len(no.events)) == ((), 1, 1)
    assert (pending(yes), pending(no)) == (run.workflow.steps[1], None)


def test_replay_copies_the_callers_sequence() -> None:
    events: list[Event] = [Rehearsed(step_id="a")]
    run = replay(workflow(human("a"), runtime("b")), ExecutionContext(), events)
    events.append(Rehearsed(step_id="b"))
    assert run.events == (Rehearsed(step_id="a"),)


def test_other_objects_than_events_are_refused() -> None:
    with pytest.raises(ContractError) as caught:
        advance(begun(human("a")), {"event": "rehearsed", "step_id": "a"})  # type: ignore[arg-type]  # on purpose
    assert (caught.value.code, caught.value.where) == ("type", "$.events[0]")


def test_perform_freezes_a_plain_state() -> None:
    given: dict[str, JsonValue] = {"a": [1]}
    seen: list[Mapping[str, JsonValue]] = []

    def look(_: Mapping[str, JsonValue], state: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        seen.append(state)
        return {}

    step = StepSpec(id="look", kind="runtime", payload={"operation": "look"})
    perform(step, given, {"look": Pure(look)})
    assert seen == [{"a": (1,)}]
    assert type(seen[0]) is not dict
