"""Does a result that was changed anywhere contradict itself, as far as a result alone can show?"""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mutations import Json, Path, at, places, replaced, without
from run_strategies import finished_runs

from tier2 import (
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    Rehearsed,
    Tier2Error,
    build_workflow,
    canonical,
    decode,
    finish,
    replay,
)
from tier2.inspection.consistency import inconsistencies


def unseen(path: Path) -> bool:
    """What only the workflow or the run could show: a mission's type, a step's payload."""
    return path == ("lineage", "mission_type") or path[2:3] == ("payload",)


OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    "",
    "x",
    "0" * 64,
    "a",
    "completed",
    "failed",
    0,
    {},
    {"x": 1},
    [],
)


@given(finished_runs().map(finish))
def test_what_the_package_makes_does_not_contradict_itself(result: OrchestrationResult) -> None:
    assert list(inconsistencies(result)) == []


@given(finished_runs().map(finish), st.data())
def test_a_result_that_was_changed_anywhere_contradicts_itself_or_breaks_its_contract(
    result: OrchestrationResult, data: st.DataObject
) -> None:
    whole: Json = json.loads(canonical(result))
    path = data.draw(st.sampled_from([one for one in places(whole) if not unseen(one)]))
    assume(path[0] != "contract")
    values = [
        value for value in OTHERS if value != at(whole, path) or type(value) is not type(at(whole, path))
    ]
    changed = replaced(whole, path, data.draw(st.sampled_from(values)))
    try:
        other = decode(json.dumps(changed), OrchestrationResult)
    except Tier2Error:
        return
    found = list(inconsistencies(other))
    assert found or only_a_kind_of_a_rehearsed_step(path)


def only_a_kind_of_a_rehearsed_step(path: Path) -> bool:
    """A rehearsal says nothing about who was passed over."""
    return path[0] == "executed_steps" and path[-1] == "kind"


@given(finished_runs().map(finish), st.data())
def test_a_link_that_was_cut_is_told_where_it_was_cut(
    result: OrchestrationResult, data: st.DataObject
) -> None:
    whole: Json = json.loads(canonical(result))
    position = data.draw(st.integers(0, len(result.receipt.entries) - 1))
    path = ("receipt", "entries", position, "previous_sha256")
    other = decode(json.dumps(replaced(whole, path, "f" * 64)), OrchestrationResult)
    links = [
        (one.path, one.message)
        for one in inconsistencies(other)
        if one.path[-1] in ("previous_sha256", "head_sha256")
    ]
    after = ("receipt", "entries", position + 1, "previous_sha256")
    last = position + 1 == len(result.receipt.entries)
    before = f"entry {position - 1}" if position else "the workflow's and the context's digest"
    assert links == [
        (path, f"it is not the digest of {before}"),
        (("receipt", "head_sha256"), "it is not the digest of the last entry")
        if last
        else (after, f"it is not the digest of entry {position}"),
    ]


def of_a_day(*path: str | int) -> tuple[Json, Path]:
    """The result of a day of which every step was passed over, as plain JSON, and a path in it."""
    workflow = build_workflow(MissionSpec(type="daily_loop"))
    events = [Rehearsed(step_id=step.id) for step in workflow.steps]
    return json.loads(canonical(finish(replay(workflow, ExecutionContext(), events)))), path


def first_of(changed: Json) -> tuple[Path, str]:
    """The first contradiction of a changed result."""
    _, path, message, _ = next(inconsistencies(decode(json.dumps(changed), OrchestrationResult)))
    return path, message


@pytest.mark.parametrize(
    ("dropped", "message"),
    [
        (("receipt", "entries", 0), "4 executed steps have 3 entries"),
        (("executed_steps", 0), "3 executed steps have 4 entries"),
    ],
)
def test_steps_and_entries_are_as_many(dropped: Path, message: str) -> None:
    assert first_of(without(*of_a_day(*dropped))) == (("receipt", "entries"), message)


def test_an_event_that_cannot_have_happened_is_told_in_its_entry() -> None:
    changed = replaced(*of_a_day("receipt", "entries", 1, "event", "step_id"), "x")
    told = "step 'daily-summarise-yesterday' is pending, not 'x'"
    assert first_of(changed) == (("receipt", "entries", 1, "event"), told)


def test_a_state_that_changes_without_an_event_that_changes_it_is_told() -> None:
    whole, path = of_a_day("receipt", "entries", 1, "state_sha256")
    other = decode(json.dumps(replaced(whole, path, "f" * 64)), OrchestrationResult)
    told = "the event changes nothing, and yet the state is another"
    assert (path, told) in [(one.path, one.message) for one in inconsistencies(other)]


def test_a_final_state_that_is_not_that_of_the_last_entry_is_told() -> None:
    changed = replaced(*of_a_day("final_state", "more"), 1)
    told = "its digest is not that of the state after the last entry"
    assert first_of(changed) == (("final_state",), told)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("outcome",), "failed"),
        (("success",), False),
        (("failed_step_id",), "x"),
        (("error_message",), "x"),
        (("lineage", "workflow_id"), "x"),
        (("lineage", "executed_step_ids"), ["x"]),
        (("receipt", "id"), "x"),
        (("receipt", "steps"), ["x"]),
    ],
)
def test_what_does_not_follow_from_the_events_is_told_where_it_stands(place: Path, value: Json) -> None:
    other = decode(json.dumps(replaced(*of_a_day(*place), value)), OrchestrationResult)
    assert [one.path for one in inconsistencies(other)] == [place]
