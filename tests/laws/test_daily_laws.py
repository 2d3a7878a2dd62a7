"""What holds for the daily operations and `tests.report`, whatever the state?"""

import copy
import random
from datetime import date
from itertools import pairwise
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import json_objects, json_values, times

from tier2.contracts.v1 import DailyLoopState, ExecutionContext, MissionSpec
from tier2.contracts.views import view
from tier2.engine.execution import run_workflow
from tier2.engine.planning import build_workflow
from tier2.errors import ContractError
from tier2.kinds import Fail, Pure, PureFunction
from tier2.missions import OPERATIONS
from tier2.missions.daily_loop import operations as daily
from tier2.missions.run_tests import operations as tests
from tier2.values.canonical import canonical
from tier2.values.frozen import freeze, freeze_object, to_plain
from tier2.values.merge_patch import merge_objects

Json = Any

STEPS: tuple[PureFunction, ...] = (
    daily.summarise_yesterday,
    daily.generate_priorities,
    daily.log_summary,
    daily.archive,
)
PURE: dict[str, PureFunction] = {
    name: operation.function for name, operation in OPERATIONS.items() if isinstance(operation, Pure)
}
LOOP = build_workflow(MissionSpec(type="daily_loop", params={"requested_human_steps": 0}))

dates = st.dates(date(1, 1, 2)).map(date.isoformat) | st.dates(date(2026, 11, 20), date(2026, 11, 26)).map(
    date.isoformat
)
lines = st.sampled_from(["", "a", "b", "Zürich", "\U0001f600", "x\ny"])
extras = st.sampled_from([None, {"x": [None]}, [1e16, 4.0], "u"])
some_lines = st.lists(lines, max_size=3)


def members(
    required: dict[str, st.SearchStrategy[Json]], **optional: st.SearchStrategy[Json]
) -> st.SearchStrategy[Json]:
    """Objects with these members and, often, one that no contract knows."""
    return st.fixed_dictionaries(required, optional={**optional, "unknown": extras})


tasks = members(
    {"text": lines, "done": st.booleans()},
    priority=st.sampled_from("ABZ"),
    created=dates,
    completed=dates,
    due=dates,
    projects=some_lines,
    contexts=some_lines,
)
entries = members({"date": dates}, completed=some_lines, carried_over=some_lines, priorities=some_lines)


@st.composite
def days(draw: st.DrawFn, *, with_today: bool = False) -> Json:
    """Well-formed states of the daily loop, with a journal that has one entry for each of its days."""
    required: dict[str, st.SearchStrategy[Json]] = {"today": dates} if with_today else {}
    optional: dict[str, st.SearchStrategy[Json]] = {} if with_today else {"today": dates}
    todo = draw(st.lists(tasks, max_size=6))
    if todo:
        required["tasks"] = st.just(todo)
        optional["confirmed"] = st.lists(st.integers(0, len(todo) - 1), max_size=4)
    state = members(
        required,
        **optional,
        yesterday=members({}, date=dates, completed=some_lines, carried_over=some_lines),
        priorities=some_lines,
        journal=st.lists(entries, max_size=3, unique_by=lambda entry: str(entry["date"])),
        archived=st.lists(tasks, max_size=3),
    )
    return draw(state)


DAY_NAMES = sorted(DailyLoopState.__struct_fields__)
OUTCOMES = ["passed", "failed", "error", "skipped", "xfailed", "xpassed"]


def spoilt(max_size: int) -> st.SearchStrategy[Json]:
    """States whose known members are any JSON values."""
    return st.dictionaries(st.sampled_from(DAY_NAMES), json_values(8), max_size=max_size)


nearly_days = st.one_of(
    json_objects(), spoilt(7), days(), st.builds(lambda day, more: {**day, **more}, days(), spoilt(1))
)
records = members({"id": lines, "outcome": st.sampled_from(OUTCOMES)})
nearly_tests = st.one_of(
    st.fixed_dictionaries({"tests": json_values(8) | members({}, outcomes=json_values(8))}),
    st.fixed_dictionaries({"tests": members({}, outcomes=st.lists(records, max_size=14))}),
)
states = nearly_days | nearly_tests
outputs_of = st.sampled_from(sorted(PURE))


def shuffled(value: Json, chance: random.Random) -> Json:
    """The same JSON value with the members of every object in another order."""
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


def told(found: Json) -> bytes | str:
    """An outcome by what is hashed of it."""
    return found.reason if isinstance(found, Fail) else canonical(found)


def sorted_bytes(values: Json) -> list[bytes]:
    return sorted(canonical(value) for value in values)


@given(outputs_of, states, json_objects())
def test_any_state_whatever_gives_an_output_in_the_domain_or_a_failure(
    name: str, state: Json, payload: Json
) -> None:
    found = PURE[name](freeze_object(payload), freeze_object(state))
    assert isinstance(found, Fail) or canonical(found).startswith(b"{")


@given(outputs_of, states, json_objects())
def test_no_operation_changes_its_input(name: str, state: Json, payload: Json) -> None:
    plain = copy.deepcopy((payload, state))
    before = canonical([payload, state])
    PURE[name](payload, state)
    assert (payload, state) == plain
    assert canonical([payload, state]) == before


@given(outputs_of, states, st.randoms(use_true_random=False))
def test_the_order_of_members_decides_nothing(name: str, state: Json, chance: random.Random) -> None:
    other = shuffled(state, chance)
    assert told(PURE[name]({}, freeze_object(state))) == told(PURE[name]({}, freeze_object(other)))


@st.composite
def successions(draw: st.DrawFn) -> list[Json]:
    """Frozen states of which each shares some members with the one before, well-formed or not."""
    found = [freeze_object(draw(nearly_days))]
    for other in draw(st.lists(nearly_days, max_size=4)):
        kept = draw(st.sets(st.sampled_from(sorted({*found[-1], *other}) or [""])))
        gone = {name: None for name in found[-1] if name not in kept}
        new = {name: member for name, member in other.items() if name not in kept}
        found.append(merge_objects(found[-1], freeze_object({**gone, **new})))
    return found


TWO = freeze_object({"tasks": [{"text": "a", "done": False}] * 2, "confirmed": [1]})


def looked_at(days_seen: daily.Days, state: Json) -> DailyLoopState | str:
    """The view of a state, or where it is malformed."""
    try:
        return days_seen.of(state)
    except ContractError as refusal:
        return refusal.where


@given(successions())
@settings(max_examples=times(4))
@example([TWO, merge_objects(TWO, freeze_object({"tasks": [{"text": "b", "done": True}]}))])
def test_what_was_seen_before_changes_nothing_in_the_view_of_a_day(states_seen: list[Json]) -> None:
    afresh = [looked_at(daily.Days(), state) for state in states_seen]
    one_after_the_other = daily.Days()
    assert [looked_at(one_after_the_other, state) for state in states_seen] == afresh


@given(st.sampled_from(STEPS), days())
def test_a_well_formed_day_never_fails(operation: PureFunction, state: Json) -> None:
    assert not isinstance(operation({}, freeze_object(state)), Fail)


def nulls_of_its_own(output: Json, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Where nulls stand in an output, apart from those in a member which no contract knows."""
    if isinstance(output, dict):
        inner = [
            nulls_of_its_own(value, (*path, name)) for name, value in output.items() if name != "unknown"
        ]
    elif isinstance(output, list):
        inner = [nulls_of_its_own(value, path) for value in output]
    else:
        return [path] if output is None else []
    return [place for places in inner for place in places]


@given(st.sampled_from(STEPS), days())
def test_an_output_holds_a_null_of_its_own_only_to_delete_what_is_there(
    operation: PureFunction, state: Json
) -> None:
    output = operation({}, freeze_object(state))
    assert not isinstance(output, Fail)
    for place in nulls_of_its_own(to_plain(freeze(output))):
        assert place == ("yesterday", "date")
        assert "date" in state["yesterday"]


@given(st.sampled_from(STEPS), days())
def test_the_state_after_an_operation_is_well_formed_again(operation: PureFunction, state: Json) -> None:
    output = operation({}, freeze_object(state))
    assert not isinstance(output, Fail)
    after = merge_objects(freeze_object(state), freeze_object(output))
    assert not any(isinstance(step({}, after), Fail) for step in STEPS)


@given(days())
def test_archiving_loses_no_task_and_makes_none(state: Json) -> None:
    output = daily.archive({}, freeze_object(state))
    assert not isinstance(output, Fail)
    after: Json = {**state, **output}
    before = [*state.get("tasks", []), *state.get("archived", [])]
    assert sorted_bytes([*after.get("tasks", []), *after.get("archived", [])]) == sorted_bytes(before)
    assert not any(task["done"] for task in after.get("tasks", []))


@given(days())
def test_archiving_keeps_the_order_of_open_archived_and_done_tasks(state: Json) -> None:
    output = daily.archive({}, freeze_object(state))
    assert not isinstance(output, Fail)
    after: Json = {**state, **output}
    todo = state.get("tasks", [])
    expected = [*state.get("archived", []), *(task for task in todo if task["done"])]
    assert canonical(after.get("tasks", [])) == canonical([task for task in todo if not task["done"]])
    assert canonical(after.get("archived", [])) == canonical(expected)


@given(days())
def test_archiving_changes_neither_the_ranking_nor_what_was_confirmed(state: Json) -> None:
    before = freeze_object(state)
    output = daily.archive({}, before)
    assert not isinstance(output, Fail)
    after = merge_objects(before, freeze_object(output))
    assert daily.generate_priorities({}, after) == daily.generate_priorities({}, before)
    assert ("confirmed" in after) == ("confirmed" in state)
    if output:
        still_there = [i for i in state.get("confirmed", []) if not state["tasks"][i]["done"]]
        found = [to_plain(after)["tasks"][i] for i in to_plain(after).get("confirmed", [])]
        assert canonical(found) == canonical([state["tasks"][i] for i in still_there])


@given(days())
def test_archiving_twice_is_archiving_once(state: Json) -> None:
    output = daily.archive({}, freeze_object(state))
    assert not isinstance(output, Fail)
    assert daily.archive({}, merge_objects(freeze_object(state), freeze_object(output))) == {}


@given(days())
def test_the_ranking_holds_each_open_task_once(state: Json) -> None:
    ranking = daily.ranking(view(state, DailyLoopState))
    assert sorted(ranking) == [i for i, task in enumerate(state.get("tasks", [])) if not task["done"]]


@given(days())
def test_each_ranked_task_is_at_least_as_pressing_as_the_next(state: Json) -> None:
    """Against a deliberately dumb comparison: the first key in which two tasks differ decides."""

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

    ranking = daily.ranking(view(state, DailyLoopState))
    assert all(before(one, other) for one, other in pairwise(ranking))


@given(days())
def test_done_tasks_do_not_disturb_the_ranking(state: Json) -> None:
    """The ranking is that of the open tasks alone."""
    todo = state.get("tasks", [])
    open_indices = [i for i, task in enumerate(todo) if not task["done"]]
    confirmed = [open_indices.index(i) for i in state.get("confirmed", []) if i in open_indices]
    alone = {"tasks": [todo[i] for i in open_indices], "confirmed": confirmed}
    ranking = daily.ranking(view(alone, DailyLoopState))
    assert daily.ranking(view(state, DailyLoopState)) == [open_indices[i] for i in ranking]


@given(days(with_today=True))
def test_the_loop_run_again_on_its_own_final_state_leaves_one_entry_for_the_day(state: Json) -> None:
    once = run_workflow(LOOP, ExecutionContext(initial_state=state))
    twice = run_workflow(LOOP, ExecutionContext(initial_state=once.final_state))
    journal: Json = twice.final_state["journal"]
    written = [entry["date"] for entry in journal]
    assert twice.outcome == "completed"
    assert written.count(state["today"]) == 1
    assert len(set(written)) == len(written)


@given(days(with_today=True))
def test_logging_touches_no_other_entry_and_logs_the_same_twice(state: Json) -> None:
    once: Json = daily.log_summary({}, freeze_object(state))
    after = merge_objects(freeze_object(state), freeze_object(once))
    twice: Json = daily.log_summary({}, after)
    others = [entry for entry in state.get("journal", []) if entry["date"] != state["today"]]
    assert canonical(twice) == canonical(once)
    assert canonical([entry for entry in once["journal"] if entry["date"] != state["today"]]) == canonical(
        others
    )
    mine: Json = next((entry for entry in state.get("journal", []) if entry["date"] == state["today"]), {})
    logged = next(entry for entry in once["journal"] if entry["date"] == state["today"])
    assert ("unknown" in mine) == ("unknown" in logged)
    assert canonical(logged.get("unknown")) == canonical(mine.get("unknown"))


@given(days())
def test_the_loop_keeps_every_member_that_the_contract_does_not_know(state: Json) -> None:
    result = run_workflow(LOOP, ExecutionContext(initial_state=state))
    assert canonical(result.final_state.get("unknown")) == canonical(state.get("unknown"))


@given(st.lists(records, max_size=14))
def test_a_report_accounts_for_every_recorded_test(outcomes: list[Json]) -> None:
    found = tests.report({}, freeze_object({"tests": {"outcomes": outcomes}}))
    bad = [record for record in outcomes if record["outcome"] in ("failed", "error")]
    if bad:
        assert isinstance(found, Fail)
        assert found.reason.startswith(f"{len(bad)} of {len(outcomes)} tests failed: {bad[0]['id']}")
    elif outcomes:
        report: Json = found
        totals = {**report["report"]}
        assert (totals.pop("status"), totals.pop("total")) == ("passed", len(outcomes))
        assert sum(totals.values()) == len(outcomes)
    else:
        assert isinstance(found, Fail)
