"""What holds for the differences of any two states?"""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from strategies import Json, patches

from tier2.inspection.diff import Change, diff, patched
from tier2.values.canonical import canonical, encode
from tier2.values.frozen import freeze, freeze_object, to_plain
from tier2.values.reading import parse

LONG = "a text that is long enough for an object which holds it to be told member by member"


def states() -> st.SearchStrategy[Json]:
    """Objects and arrays in which few names and items come often, so that much is the same."""
    scalars = st.one_of(st.none(), st.booleans(), st.integers(0, 1), st.sampled_from(["", LONG]))
    keys = st.sampled_from(["a", "b", "c"])
    values = st.recursive(
        scalars,
        lambda inner: st.dictionaries(keys, inner, max_size=3) | st.lists(inner, max_size=4),
        max_leaves=10,
    )
    return st.dictionaries(keys, values, max_size=3)


def applied(before: Json, found: list[Change]) -> Json:
    """The state before with every change made in it. What is told of an array's items is in the whole array too."""
    root: Any = {"$": before}
    for change in found:
        parent: Any = root
        path = ("$", *change.path)
        for part in path[:-1]:
            parent = parent.setdefault(part, {}) if isinstance(parent, dict) else parent[part]
        if change.mark in "+-" and isinstance(parent, list):
            continue
        if change.mark == "-":
            del parent[path[-1]]
        else:
            parent[path[-1]] = to_plain(change.after)
    return root["$"]


@given(states(), states())
@example({"a": {"b": 1}}, {"a": {}})
@example({"a": [1, 2, 2]}, {"a": [2, 1, 2]})
@example({"a": [[1], [2]]}, {"a": [[1], [3, 4]]})
@example({}, {"a": {"b": {"c": LONG}, "c": LONG}})
def test_the_changes_lead_from_the_state_before_to_the_state_after(before: Json, after: Json) -> None:
    found = list(diff(freeze(before), freeze(after)))
    assert encode(freeze(applied(before, found))) == encode(freeze(after))


@given(states())
@example({"a": {"b": [LONG, {}], "c": LONG}, "d": LONG})
def test_a_state_has_no_changes_to_an_equal_one(before: Json) -> None:
    assert list(diff(freeze(before), parse(canonical(before)))) == []


@given(states(), states())
@example({"a": [1, 2, 2], "b": 1}, {"a": [2, 1], "b": 0, "c": 1})
@example({"a": [1, {"b": 1}]}, {"a": [1, {"b": 2}]})
def test_an_old_value_is_the_one_that_stood_there(before: Json, after: Json) -> None:
    for change in diff(freeze(before), freeze(after)):
        assert change.mark in {"+", "-", "~"}
        if change.mark in "-~":
            value: Any = before
            for part in change.path:
                value = value[part]
            assert encode(freeze(value)) == encode(change.before)


@given(st.lists(st.integers(0, 2), max_size=6), st.lists(st.integers(0, 2), max_size=6))
def test_an_array_of_another_length_loses_and_gains_the_items_that_are_told(
    before: list[int], after: list[int]
) -> None:
    found = list(diff(freeze(before), freeze(after)))[1:]
    if len(before) != len(after):
        lost: list[Any] = [change.before for change in found if change.mark == "-"]
        gained: list[Any] = [change.after for change in found if change.mark == "+"]
        assert len(lost) + len(gained) == len(found)
        assert sorted(before + gained) == sorted(after + lost)
        assert not set(lost) & set(gained)


def test_of_equal_items_the_last_ones_are_the_new_ones() -> None:
    found = list(diff(freeze([7]), freeze([7, 7, 7])))
    assert [change.path for change in found] == [(), (1,), (2,)]


@given(patches().filter(lambda patch: isinstance(patch, dict)))
def test_what_a_patch_sets_and_removes_is_the_whole_patch(patch: Json) -> None:
    rebuilt: Any = {}
    for change in patched(freeze_object(patch)):
        parent = rebuilt
        for part in change.path[:-1]:
            parent = parent.setdefault(part, {})
        assert change.mark == ("-" if change.after is None else "=")
        parent[change.path[-1]] = to_plain(change.after)
    assert encode(freeze(rebuilt)) == encode(freeze(patch))
