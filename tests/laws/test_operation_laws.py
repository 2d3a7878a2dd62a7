"""What holds for every pure operation, on any state?"""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from day_strategies import day_members, days, members, strings
from hypothesis import given
from hypothesis import strategies as st
from json_parts import backwards
from strategies import Json, json_objects, json_values

from tier2.kinds import Fail, Pure, PureFunction
from tier2.missions import OPERATIONS
from tier2.missions.daily_loop import operations as daily
from tier2.missions.run_tests import operations as tests
from tier2.values.canonical import canonical
from tier2.values.frozen import EMPTY, freeze, freeze_object, to_plain
from tier2.values.merge_patch import merge_objects

PURE: dict[str, PureFunction] = {
    name: operation.function for name, operation in OPERATIONS.items() if isinstance(operation, Pure)
}
small = st.integers(0, 3)
counts = members(dict.fromkeys(tests.COUNTS, small))
records = members({"id": strings, "outcome": st.sampled_from(tests.COUNTS)})
recorded = st.fixed_dictionaries(
    {
        "tests": members(
            {}, found=small, outcomes=counts, not_passed=st.lists(records, max_size=4), ended=strings
        )
    }
)
states = st.one_of(
    json_objects(),
    day_members(7),
    st.builds(lambda day, more: {**day, **more}, days(), day_members(1)),
    recorded,
    st.fixed_dictionaries({"tests": json_values(8) | members({}, outcomes=json_values(8))}),
)
"""States for any operation, well-formed or not."""

names = st.sampled_from(sorted(PURE))


def hashed(output: Json) -> bytes | str:
    """The part of an output that is hashed."""
    return output.reason if isinstance(output, Fail) else canonical(output)


@given(names, states, json_objects())
def test_any_state_gives_an_output_or_a_failure(name: str, state: Json, payload: Json) -> None:
    plain = copy.deepcopy((payload, state))
    output = PURE[name](freeze_object(payload), freeze_object(state))
    assert isinstance(output, Fail) or canonical(output).startswith(b"{")
    PURE[name](payload, state)
    assert canonical([payload, state]) == canonical(plain)
    assert (payload, state) == plain


@given(names, states)
def test_the_order_of_members_changes_no_output(name: str, state: Json) -> None:
    outputs = [PURE[name](EMPTY, freeze_object(one)) for one in (state, backwards(state))]
    assert hashed(outputs[0]) == hashed(outputs[1])


def performed(operation: PureFunction, state: Json) -> Json:
    """The state after the operation."""
    output = operation(EMPTY, freeze_object(state))
    assert not isinstance(output, Fail)
    return merge_objects(freeze_object(state), freeze_object(output))


DAILY: tuple[PureFunction, ...] = (
    daily.summarise_yesterday,
    daily.generate_priorities,
    daily.log_summary,
    daily.archive,
)
"""In the order in which the daily loop performs them."""


def nulls_in(output: Json, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The paths of nulls in an output, except inside members that no contract knows."""
    if isinstance(output, list):
        return [place for value in output for place in nulls_in(value, path)]
    if isinstance(output, dict):
        known = {name: value for name, value in output.items() if name != "unknown"}
        return [place for name, value in known.items() for place in nulls_in(value, (*path, name))]
    return [path] if output is None else []


@given(st.sampled_from(DAILY), days())
def test_a_well_formed_day_stays_well_formed(operation: PureFunction, state: Json) -> None:
    after = performed(operation, state)
    assert not any(isinstance(step(EMPTY, after), Fail) for step in DAILY)


@given(st.sampled_from(DAILY), days())
def test_an_output_is_null_only_to_delete_a_member(operation: PureFunction, state: Json) -> None:
    output = operation(EMPTY, freeze_object(state))
    assert not isinstance(output, Fail)
    for path in nulls_in(to_plain(freeze(output))):
        assert path == ("yesterday", "date")
        assert "date" in state["yesterday"]


# A state that holds an older output of the same operation

good_counts = members(
    {**dict.fromkeys(tests.COUNTS, small), **dict.fromkeys(("failed", "error", "not_run"), st.just(0))}
).filter(lambda found: any(found[name] for name in tests.COUNTS))
tested = st.fixed_dictionaries({}, optional={"tests": members({}, outcomes=good_counts)})
fresh_days = days(history=False)

REPLACING: list[tuple[PureFunction, str, st.SearchStrategy[Json]]] = [
    (daily.summarise_yesterday, "yesterday", fresh_days),
    (daily.generate_priorities, "priorities", fresh_days),
    (tests.report, "report", tested),
]
"""The operations whose output replaces an older one, and the member and state of each. Journal and archive grow."""


@pytest.mark.parametrize(
    ("operation", "member", "operation_states"), REPLACING, ids=[member for _, member, _ in REPLACING]
)
@given(data=st.data())
def test_an_older_output_changes_nothing_in_a_new_one(
    operation: PureFunction,
    member: str,
    operation_states: st.SearchStrategy[Json],
    data: st.DataObject,
) -> None:
    older, fresh = performed(operation, data.draw(operation_states)), data.draw(operation_states)
    expected = performed(operation, fresh)
    assert performed(operation, {**fresh, member: older[member]}) == expected
    found = expected[member]
    assert None not in (found.values() if isinstance(found, Mapping) else found)


@given(fresh_days, fresh_days)
def test_older_outputs_change_nothing_in_a_whole_loop(older: Json, fresh: Json) -> None:
    held = performed(daily.generate_priorities, performed(daily.summarise_yesterday, older))
    found = {**fresh, "yesterday": held["yesterday"], "priorities": held["priorities"]}
    for operation in DAILY:
        found, fresh = performed(operation, found), performed(operation, fresh)
    assert found == fresh


@pytest.mark.parametrize(
    ("operation", "state"),
    [
        (daily.summarise_yesterday, {"yesterday": {"date": "2026-11-01", "own": {"n": 1}}}),
        (tests.report, {"report": {"status": "passed", "total": 1, "own": {"n": 1}}}),
    ],
)
def test_a_new_output_keeps_unknown_members(operation: PureFunction, state: Json) -> None:
    (member,) = state
    found = performed(operation, state)[member]
    assert found["own"] == {"n": 1}
    assert not {"date", "total"} & found.keys()


@given(recorded)
def test_a_report_passes_only_what_ran_and_did_not_fail(state: Json) -> None:
    output = tests.report(EMPTY, freeze_object(state))
    if isinstance(output, Fail) or "outcomes" not in state["tests"]:
        return
    report: Any = output
    found = {name: state["tests"]["outcomes"][name] for name in tests.COUNTS}
    assert not found["failed"] + found["error"] + found["not_run"]
    total = sum(found.values())
    assert total >= max(1, state["tests"].get("found", 0))
    assert dict(report["report"]) == {"status": "passed", "total": total, **found}


@given(recorded)
def test_a_report_fails_whatever_failed_or_did_not_run(state: Json) -> None:
    found = state["tests"].get("outcomes")
    if found is not None and found["failed"] + found["error"] + found["not_run"]:
        assert isinstance(tests.report(EMPTY, freeze_object(state)), Fail)
