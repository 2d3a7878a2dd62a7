"""Do the contracts of params and states say the same as the planner and the operations that read them?

These contracts describe views: known members are typed, unknown ones are kept. What JSON Schema cannot say of a state
is written down a second time as `beyond_state`; the list for readers is in contracts/README.md.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from contract_schemas import fits
from hypothesis import event, given
from hypothesis import strategies as st
from mutations import OTHER_VALUES, Json, at, mutants, places, replaced, variants, without
from strategies import json_objects, json_values

from tier2 import MISSIONS, OPERATIONS, Fail, InvalidParamsError, MissionSpec, Pure, build_workflow
from tier2.values.frozen import freeze_object

PARAMS = {"daily_loop": "DailyLoopParams", "run_tests": "RunTestsParams", "echo": "EchoParams"}
SOME_PARAMS: Mapping[str, list[Json]] = {
    "daily_loop": [{}, {"requested_steps": 4, "requested_human_steps": 1, "other": None}],
    "run_tests": [{}, {"target": "tests/unit", "other": 1}],
    "echo": [{}, {"any": ["thing"]}],
}


def plans(mission_type: str, params: Json) -> bool:
    try:
        build_workflow(MissionSpec(type=mission_type, params=params))
    except InvalidParamsError:
        return False
    return True


def agreed_on_params(mission_type: str, params: Json) -> bool:
    expected = fits(PARAMS[mission_type], params)
    assert plans(mission_type, params) == expected, (
        f"{mission_type}: the contract says {expected}: {params!r}"
    )
    return expected


def test_every_mission_type_has_a_contract_for_its_params() -> None:
    assert PARAMS.keys() == SOME_PARAMS.keys() == MISSIONS.keys()


@pytest.mark.parametrize("mission_type", ["daily_loop", "run_tests"])
def test_contract_and_planner_agree_on_every_single_mutation_of_params(mission_type: str) -> None:
    verdicts = Counter(
        agreed_on_params(mission_type, mutant)
        for params in SOME_PARAMS[mission_type]
        for mutant in mutants(params)
        if isinstance(mutant, dict)
    )
    assert min(verdicts[True], verdicts[False]) >= 10


@given(st.sampled_from(sorted(PARAMS)), json_objects(), st.data())
def test_contract_and_planner_agree_on_any_params(
    mission_type: str, params: Json, data: st.DataObject
) -> None:
    known = st.sampled_from(["requested_steps", "requested_human_steps", "target"])
    numbers = st.sampled_from([2**53 - 1, 1 - 2**53, 2.0**53, -(2.0**60), 4.0, 4.5])
    for name in data.draw(st.sets(known)):
        params[name] = data.draw(st.sampled_from(OTHER_VALUES) | numbers | json_values())
    event("accepted" if agreed_on_params(mission_type, params) else "refused")


DAY: Json = {
    "today": "2026-03-02",
    "tasks": [
        {
            "text": "Write",
            "done": False,
            "priority": "A",
            "created": "2026-02-01",
            "due": "2026-03-03",
            "id": 1,
        },
        {"text": "Read", "done": True, "completed": "2026-03-01", "projects": ["p"], "contexts": ["c"]},
    ],
    "confirmed": [0],
    "yesterday": {"date": "2026-03-01", "completed": ["Read"], "carried_over": ["Write"]},
    "priorities": ["Write"],
    "journal": [
        {"date": "2026-03-01", "completed": [], "carried_over": [], "priorities": ["Read"], "mood": 5}
    ],
    "archived": [
        {"text": "Old", "done": True, "created": "2026-01-01", "completed": "2026-02-01", "due": "2026-01-31"}
    ],
    "other": None,
}
TESTED: Json = {
    "tests": {"outcomes": [{"id": "a", "outcome": "passed"}, {"id": "b", "outcome": "xfailed"}], "seed": 0},
    "report": {"status": "passed", "total": 2, "passed": 1, "skipped": 0, "xfailed": 1, "xpassed": 0},
}
STATES: Mapping[str, Json] = {"DailyLoopState": DAY, "RunTestsState": TESTED}
READERS = {
    "DailyLoopState": [name for name in OPERATIONS if name.startswith("daily.")],
    "RunTestsState": ["tests.report"],
}


DATES = {
    "tasks": ("created", "completed", "due"),
    "archived": ("created", "completed", "due"),
    "journal": ("date",),
}


def dates_in(state: Json) -> Iterator[str]:
    records = [(record, keys) for member, keys in DATES.items() for record in state.get(member, [])]
    for record, keys in (*records, (state.get("yesterday", {}), ("date",)), (state, ("today",))):
        yield from (record[key] for key in keys if key in record)


def exists(text: str) -> bool:
    year, month, day = map(int, text.split("-"))
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def beyond_state(name: str, state: Json) -> bool:
    """Whether a state that fits its contract holds a date that cannot be, or an index beyond the tasks.

    The first day of the calendar has no yesterday, so it cannot be today.
    """
    if name != "DailyLoopState":
        return False
    beyond = any(index >= len(state.get("tasks", [])) for index in state.get("confirmed", []))
    return beyond or not all(map(exists, dates_in(state))) or state.get("today") == "0001-01-01"


def malformed(operation: str, state: Json) -> bool:
    """Whether an operation fails because of the state's form, not because of what it says."""
    pure = OPERATIONS[operation]
    assert isinstance(pure, Pure)
    output = pure.function(freeze_object({}), freeze_object(state))
    return isinstance(output, Fail) and output.reason.startswith("the state is malformed at $")


def agreed_on_state(name: str, state: Json) -> bool:
    expected = fits(name, state) and not beyond_state(name, state)
    verdicts = {operation: not malformed(operation, state) for operation in READERS[name]}
    assert verdicts == dict.fromkeys(READERS[name], expected), (
        f"{name}: the contract says {expected}: {state!r}"
    )
    return expected


@pytest.mark.parametrize("name", STATES)
def test_contract_and_operations_agree_on_every_single_mutation_of_the_state(name: str) -> None:
    assert agreed_on_state(name, STATES[name])
    assert agreed_on_state(name, {})
    verdicts = Counter(
        agreed_on_state(name, state) for state in mutants(STATES[name]) if isinstance(state, dict)
    )
    assert min(verdicts[True], verdicts[False]) >= 50


@given(st.sampled_from(sorted(STATES)), st.data())
def test_contract_and_operations_agree_on_any_state(name: str, data: st.DataObject) -> None:
    state = STATES[name]
    days = st.dates().map(date.isoformat) | st.sampled_from(
        ["2026-02-29", "0000-01-01", "0001-01-01", "2026-1-1"]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(list(places(state))))
        value = data.draw(st.sampled_from(list(variants(at(state, path)))) | days | json_values())
        state = replaced(state, path, value) if data.draw(st.booleans()) else without(state, path)
        if not list(places(state)):
            break
    event("accepted" if agreed_on_state(name, state) else "refused")
