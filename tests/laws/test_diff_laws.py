"""What holds for the diff of any two states?"""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from mutations import at
from strategies import Json, patches

from tier2.inspection.diff import Change, diff, patched
from tier2.values.canonical import canonical, encode
from tier2.values.frozen import freeze, freeze_object, to_plain
from tier2.values.reading import parse

LONG = "a string that is so long that the diff lists the members of an object that holds it"


def states() -> st.SearchStrategy[Json]:
    """Objects with few different names and items, so that two states have much in common."""
    scalars = st.one_of(st.none(), st.booleans(), st.integers(0, 1), st.sampled_from(["", LONG]))
    keys = st.sampled_from(["a", "b", "c"])
    values = st.recursive(
        scalars,
        lambda inner: st.dictionaries(keys, inner, max_size=3) | st.lists(inner, max_size=4),
        max_leaves=10,
    )
    return st.dictionaries(keys, values, max_size=3)


pairs = st.tuples(states(), states())


def changes(before: Json, after: Json) -> list[Change]:
    return list(diff(freeze(before), freeze(after)))


def applied(before: Json, found: list[Change]) -> Json:
    """The state before, with each change made in it. A change of an array holds the whole array already."""
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


@given(pairs)
@example(({"a": {"b": 1}}, {"a": {}}))
@example(({"a": [1, 2, 2]}, {"a": [2, 1, 2]}))
@example(({"a": [[1], [2]]}, {"a": [[1], [3, 4]]}))
@example(({}, {"a": {"b": {"c": LONG}, "c": LONG}}))
def test_the_diff_leads_from_one_state_to_the_other(pair: tuple[Json, Json]) -> None:
    before, after = pair
    assert encode(freeze(applied(before, changes(*pair)))) == encode(freeze(after))


@given(states())
@example({"a": {"b": [LONG, {}], "c": LONG}, "d": LONG})
def test_the_diff_of_equal_states_is_empty(before: Json) -> None:
    assert list(diff(freeze(before), parse(canonical(before)))) == []


@given(pairs)
@example(({"a": [1, 2, 2], "b": 1}, {"a": [2, 1], "b": 0, "c": 1}))
@example(({"a": [1, {"b": 1}]}, {"a": [1, {"b": 2}]}))
def test_a_change_holds_the_old_value_at_its_path(pair: tuple[Json, Json]) -> None:
    for change in changes(*pair):
        assert change.mark in {"+", "-", "~"}
        if change.mark in "-~":
            assert encode(freeze(at(pair[0], change.path))) == encode(change.before)


@given(st.lists(st.integers(0, 2), max_size=6), st.lists(st.integers(0, 2), max_size=6))
def test_a_diff_of_arrays_lists_lost_and_new_items(before: list[int], after: list[int]) -> None:
    found = changes(before, after)[1:]
    if len(before) != len(after):
        lost: list[Any] = [change.before for change in found if change.mark == "-"]
        gained: list[Any] = [change.after for change in found if change.mark == "+"]
        assert len(lost) + len(gained) == len(found)
        assert sorted(before + gained) == sorted(after + lost)
        assert not set(lost) & set(gained)


def test_among_equal_items_the_last_are_the_new_ones() -> None:
    assert [change.path for change in changes([7], [7, 7, 7])] == [(), (1,), (2,)]


@given(patches().filter(lambda patch: isinstance(patch, dict)))
def test_the_changes_of_a_patch_are_the_whole_patch(patch: Json) -> None:
    rebuilt: Any = {}
    for change in patched(freeze_object(patch)):
        parent = rebuilt
        for part in change.path[:-1]:
            parent = parent.setdefault(part, {})
        assert change.mark == ("-" if change.after is None else "=")
        parent[change.path[-1]] = to_plain(change.after)
    assert encode(freeze(rebuilt)) == encode(freeze(patch))
