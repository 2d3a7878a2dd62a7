"""What holds for every day of the daily loop?"""

from itertools import pairwise

from day_strategies import day_members, days
from hypothesis import example, given, settings
from hypothesis import strategies as st
from outcomes import outcome
from strategies import Json, json_objects, times

from tier2.contracts.v1 import DailyLoopState, ExecutionContext, MissionSpec
from tier2.contracts.views import view
from tier2.engine.execution import run_workflow
from tier2.engine.planning import build_workflow
from tier2.kinds import Fail
from tier2.missions.daily_loop import operations as daily
from tier2.values.canonical import canonical
from tier2.values.frozen import EMPTY, freeze_object, to_plain
from tier2.values.merge_patch import merge_objects

LOOP = build_workflow(MissionSpec(type="daily_loop", params={"requested_human_steps": 0}))


def archived(state: Json) -> Json:
    """The state after archiving."""
    output = daily.archive(EMPTY, freeze_object(state))
    assert not isinstance(output, Fail)
    return merge_objects(freeze_object(state), freeze_object(output))


def ranking(state: Json) -> list[int]:
    return list(daily.ranking(view(state, DailyLoopState)))


@given(days())
def test_archiving_moves_done_tasks_in_their_order(state: Json) -> None:
    """So no task is lost, and none is made."""
    todo, after = state.get("tasks", []), archived(state)
    assert canonical(after.get("tasks", [])) == canonical([task for task in todo if not task["done"]])
    expected = [*state.get("archived", []), *(task for task in todo if task["done"])]
    assert canonical(after.get("archived", [])) == canonical(expected)
    assert daily.archive(EMPTY, after) == {}


@given(days())
def test_archiving_keeps_ranking_and_confirmation(state: Json) -> None:
    before, after = freeze_object(state), archived(state)
    assert daily.generate_priorities(EMPTY, after) == daily.generate_priorities(EMPTY, before)
    assert ("confirmed" in after) == ("confirmed" in state)
    if after != before:
        still_there = [i for i in state.get("confirmed", []) if not state["tasks"][i]["done"]]
        found = [to_plain(after)["tasks"][i] for i in to_plain(after).get("confirmed", [])]
        assert canonical(found) == canonical([state["tasks"][i] for i in still_there])


@given(days())
def test_each_ranked_task_comes_before_the_next_one(state: Json) -> None:
    """By a simple comparison: the first key in which two tasks differ decides."""

    def before(one: int, other: int) -> bool:
        confirmed = state.get("confirmed", [])
        if one in confirmed or other in confirmed:
            return other not in confirmed or (
                one in confirmed and confirmed.index(one) < confirmed.index(other)
            )
        for key in ("priority", "due", "created"):
            first, second = state["tasks"][one].get(key), state["tasks"][other].get(key)
            if first != second:
                return second is None or (first is not None and first < second)
        return one < other

    found = ranking(state)
    assert sorted(found) == [i for i, task in enumerate(state.get("tasks", [])) if not task["done"]]
    assert all(before(one, other) for one, other in pairwise(found))


@given(days())
def test_done_tasks_do_not_change_the_ranking(state: Json) -> None:
    todo = state.get("tasks", [])
    open_indices = [i for i, task in enumerate(todo) if not task["done"]]
    confirmed = [open_indices.index(i) for i in state.get("confirmed", []) if i in open_indices]
    alone = {"tasks": [todo[i] for i in open_indices], "confirmed": confirmed}
    assert ranking(state) == [open_indices[i] for i in ranking(alone)]


@given(days(with_today=True))
def test_a_repeated_loop_leaves_one_entry_for_the_day(state: Json) -> None:
    once = run_workflow(LOOP, ExecutionContext(initial_state=state))
    twice = run_workflow(LOOP, ExecutionContext(initial_state=once.final_state))
    journal: Json = twice.final_state["journal"]
    written = [entry["date"] for entry in journal]
    assert twice.outcome == "completed"
    assert written.count(state["today"]) == 1
    assert len(set(written)) == len(written)


@given(days(with_today=True))
def test_logging_changes_only_the_entry_of_the_day(state: Json) -> None:
    def split(journal: Json) -> tuple[bytes, Json]:
        """The other entries, and the one of the day."""
        others = [entry for entry in journal if entry["date"] != state["today"]]
        mine = [entry for entry in journal if entry["date"] == state["today"]]
        return canonical(others), mine[0] if mine else {}

    once: Json = daily.log_summary(EMPTY, freeze_object(state))
    twice = daily.log_summary(EMPTY, merge_objects(freeze_object(state), freeze_object(once)))
    assert not isinstance(twice, Fail)
    assert canonical(twice) == canonical(once)
    (others_before, before), (others_after, after) = split(state.get("journal", [])), split(once["journal"])
    assert others_after == others_before
    assert ("unknown" in before) == ("unknown" in after)
    assert canonical(after.get("unknown")) == canonical(before.get("unknown"))


@given(days())
def test_a_loop_keeps_members_that_no_contract_knows(state: Json) -> None:
    result = run_workflow(LOOP, ExecutionContext(initial_state=state))
    assert canonical(result.final_state.get("unknown")) == canonical(state.get("unknown"))


# The view of a day is remembered

TWO = freeze_object({"tasks": [{"text": "a", "done": False}] * 2, "confirmed": [1]})


@st.composite
def successions(draw: st.DrawFn) -> list[Json]:
    """Frozen states of which each shares some members with the one before, well-formed or not."""
    some_days = st.one_of(json_objects(), day_members(7), days())
    found = [freeze_object(draw(some_days))]
    for other in draw(st.lists(some_days, max_size=4)):
        kept = draw(st.sets(st.sampled_from(sorted({*found[-1], *other}) or [""])))
        gone = {name: None for name in found[-1] if name not in kept}
        new = {name: member for name, member in other.items() if name not in kept}
        found.append(merge_objects(found[-1], freeze_object({**gone, **new})))
    return found


@given(successions())
@settings(max_examples=times(4))
@example([TWO, merge_objects(TWO, freeze_object({"tasks": [{"text": "b", "done": True}]}))])
def test_earlier_states_change_no_view_of_a_day(states: list[Json]) -> None:
    one_after_the_other = daily.Days()
    for state in states:
        assert outcome(one_after_the_other.of, state) == outcome(daily.Days().of, state)
