"""Does a result that was changed anywhere contradict itself, as far as a result alone can show?"""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mutations import OTHER_VALUES, Json, Path, at, places, replaced, without
from outcomes import outcome
from run_strategies import finished_runs

from tier2 import (
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    Rehearsed,
    build_workflow,
    canonical,
    decode,
    finish,
    replay,
)
from tier2.inspection.consistency import inconsistencies

OTHERS: tuple[Any, ...] = (*OTHER_VALUES, "0" * 64, "a", "completed", "failed")

results = finished_runs().map(finish)


def needs_the_run(path: Path) -> bool:
    """Whether only the workflow or the run shows a change here: a mission's type, a step's payload."""
    return path == ("lineage", "mission_type") or path[2:3] == ("payload",)


def is_kind_of_a_step(path: Path) -> bool:
    """Whether a change here may be of a rehearsed step, whose event fits both kinds."""
    return path[0] == "executed_steps" and path[-1] == "kind"


def found_in(changed: Json) -> list[tuple[Path, str]]:
    """The path and message of each inconsistency of a changed result."""
    result = decode(json.dumps(changed), OrchestrationResult)
    return [(problem.path, problem.message) for problem in inconsistencies(result)]


@given(results)
def test_results_of_the_package_are_consistent(result: OrchestrationResult) -> None:
    assert list(inconsistencies(result)) == []


@given(results, st.data())
def test_a_change_anywhere_in_a_result_is_found(result: OrchestrationResult, data: st.DataObject) -> None:
    whole: Json = result.to_dict()
    path = data.draw(st.sampled_from([one for one in places(whole) if not needs_the_run(one)]))
    assume(path[0] != "contract")
    value = data.draw(st.sampled_from(OTHERS))
    assume(canonical(value) != canonical(at(whole, path)))
    found = outcome(found_in, replaced(whole, path, value))
    assert found or is_kind_of_a_step(path)  # an error of ours is true as well


@given(results, st.data())
def test_a_broken_link_is_reported_at_both_ends(result: OrchestrationResult, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(result.receipt.entries) - 1))
    path: Path = ("receipt", "entries", position, "previous_sha256")
    found = found_in(replaced(result.to_dict(), path, "f" * 64))
    before = f"entry {position - 1}" if position else "the workflow, the context and the revisions"
    after: tuple[Path, str] = (("receipt", "entries", position + 1, "previous_sha256"), f"entry {position}")
    if position + 1 == len(result.receipt.entries):
        after = (("receipt", "head_sha256"), "the last entry")
    assert [
        (where, words) for where, words in found if str(where[-1]) in ("previous_sha256", "head_sha256")
    ] == [(where, f"it is not the digest of {what}") for where, what in ((path, before), after)]


def rehearsed_day() -> Json:
    """The result of a rehearsal of the daily loop, as plain JSON."""
    workflow = build_workflow(MissionSpec(type="daily_loop"))
    events = [Rehearsed(step_id=step.id) for step in workflow.steps]
    return finish(replay(workflow, ExecutionContext(), events)).to_dict()


ENTRIES = ("receipt", "entries")
EVENT = (*ENTRIES, 1, "event")


@pytest.mark.parametrize(
    ("changed", "path", "message"),
    [
        (without(rehearsed_day(), (*ENTRIES, 0)), ENTRIES, "4 executed steps have 3 entries"),
        (without(rehearsed_day(), ("executed_steps", 0)), ENTRIES, "3 executed steps have 4 entries"),
        (
            replaced(rehearsed_day(), (*EVENT, "step_id"), "x"),
            EVENT,
            "step 'daily-summarise-yesterday' is pending, not 'x'",
        ),
        (
            replaced(rehearsed_day(), ("final_state", "more"), 1),
            ("final_state",),
            "its digest is not that of the state after the last entry",
        ),
    ],
)
def test_the_first_inconsistency_is_the_cause(changed: Json, path: Path, message: str) -> None:
    assert found_in(changed)[0] == (path, message)


def test_a_state_changes_only_by_an_event() -> None:
    path = (*ENTRIES, 1, "state_sha256")
    changed = replaced(rehearsed_day(), path, "f" * 64)
    assert (path, "the event changes nothing, and yet the state is another") in found_in(changed)


@pytest.mark.parametrize(
    ("path", "value"),
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
def test_what_the_events_do_not_imply_is_reported(path: Path, value: Json) -> None:
    assert [where for where, _ in found_in(replaced(rehearsed_day(), path, value))] == [path]
