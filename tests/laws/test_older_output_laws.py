"""Does an operation's output mean the same where the state holds an older output of its own, and is no null left?"""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tier2.kinds import Fail, PureFunction
from tier2.missions.daily_loop import operations as daily
from tier2.missions.run_tests import operations as tests
from tier2.values.frozen import EMPTY, freeze_object
from tier2.values.merge_patch import merge_objects

Json = Any

days = st.sampled_from(["2026-11-22", "2026-11-23", "2026-11-24"])
todo = st.lists(
    st.fixed_dictionaries(
        {"text": st.sampled_from(["a", "b", "c", "d", "e"]), "done": st.booleans()},
        optional={"created": days, "completed": days},
    ),
    max_size=5,
)
day_states = st.fixed_dictionaries(
    {"tasks": todo}, optional={"today": st.sampled_from(["2026-11-24", "2026-11-25"])}
)
records = st.lists(
    st.fixed_dictionaries(
        {"id": st.just("t"), "outcome": st.sampled_from(["passed", "skipped", "xfailed", "xpassed"])}
    ),
    min_size=1,
    max_size=4,
)
test_states: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"tests": st.just({}) | st.fixed_dictionaries({"outcomes": records})}
) | st.just({})

REPLACING: list[tuple[PureFunction, str, st.SearchStrategy[Json]]] = [
    (daily.summarise_yesterday, "yesterday", day_states),
    (daily.generate_priorities, "priorities", day_states),
    (tests.report, "report", test_states),
]
"""The operations whose output stands for itself, what each writes, and what it reads. The journal and the archive grow
instead: they are to hold what older outputs said."""


each_replacing = pytest.mark.parametrize(
    ("operation", "member", "states"), REPLACING, ids=[member for _, member, _ in REPLACING]
)


def after(operation: PureFunction, state: Json) -> Json:
    """The state after the operation's output was merged onto it."""
    before = freeze_object(state)
    output = operation(EMPTY, before)
    assert not isinstance(output, Fail)
    return merge_objects(before, freeze_object(output))


@each_replacing
@given(data=st.data())
def test_onto_its_own_older_output_an_operation_comes_to_what_it_comes_to_on_a_fresh_state(
    operation: PureFunction, member: str, states: st.SearchStrategy[Json], data: st.DataObject
) -> None:
    older, fresh = after(operation, data.draw(states)), data.draw(states)
    expected = after(operation, fresh)
    assert after(operation, {**fresh, member: older[member]}) == expected
    assert None not in (
        expected[member].values() if isinstance(expected[member], Mapping) else expected[member]
    )


@given(day_states, day_states)
def test_a_days_whole_loop_comes_to_the_same_onto_its_own_older_summary_and_priorities(
    older: Json, fresh: Json
) -> None:
    held = after(daily.generate_priorities, after(daily.summarise_yesterday, older))
    found = {**fresh, "yesterday": held["yesterday"], "priorities": held["priorities"]}
    for operation in (
        daily.summarise_yesterday,
        daily.generate_priorities,
        daily.log_summary,
        daily.archive,
    ):
        found, fresh = after(operation, found), after(operation, fresh)
    assert found == fresh


@pytest.mark.parametrize(
    ("operation", "state"),
    [
        (daily.summarise_yesterday, {"yesterday": {"date": "2026-11-01", "own": {"n": 1}}}),
        (tests.report, {"report": {"status": "passed", "total": 1, "own": {"n": 1}}}),
    ],
)
def test_a_member_that_no_contract_knows_is_not_taken_for_stale(operation: PureFunction, state: Json) -> None:
    (member,) = state
    found = after(operation, state)[member]
    assert found["own"] == {"n": 1}
    assert not {"date", "total"} & found.keys()
