"""What holds for the frozen form of every value?"""

import copy
import pickle
from collections import OrderedDict
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from json_parts import backwards, depth, exact, parts
from outcomes import Refused, outcome, refused
from slow_freeze import Fault, slow_freeze
from strategies import SAFE, Json, clashing_keys, floats, integers, json_objects, json_values, texts, times

from tier2.errors import json_path
from tier2.values.frozen import depth_bound, freeze, freeze_object, to_plain
from tier2.values.numbers import EcmaFloat, ecma_text


class Colour(StrEnum):
    """A string of a class of its own."""

    RED = "red"


class Half(float):
    """A float of a class of its own."""


class Count(int):
    """An integer of a class of its own."""


ODD: tuple[Any, ...] = (
    *(Colour.RED, Half(0.5), Half(3.0), Count(3), Count(2**60), b"", {1}, object, 1j),
    *(float("nan"), float("-inf"), 2**53, -(2**53), 10**30, "\udead", "a\ud800", "\U00010000", "\uffff"),
)
"""Scalars that a short cut might mistake for plain JSON or for a fault."""

scalars = st.one_of(
    # The plain ones come first, because Hypothesis prefers them.
    *(st.none(), st.booleans(), integers(), integers().map(float), floats(), texts()),
    *(st.sampled_from(ODD), st.integers(min_value=SAFE + 1), st.integers(max_value=-SAFE - 1)),
)
keys = st.one_of(texts(4), clashing_keys(), st.sampled_from([1, None, Colour.RED, "\udead", "b", "a", ""]))


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(keys, inner, max_size=4)
    arrays = st.lists(inner, max_size=4)
    return st.one_of(
        *(objects, st.dictionaries(texts(4), inner, max_size=4), arrays, arrays.map(tuple)),
        *(objects.map(OrderedDict), objects.map(MappingProxyType)),
    )


def wrapped(value: Any, path: list[str | int]) -> Any:
    """A value that holds the given one at the path, with others beside it."""
    for part in reversed(path):
        value = [*([{}] * part), value] if isinstance(part, int) else {"": 0, "\U00010000": [], part: value}
    return value


paths = st.lists(st.one_of(texts(), clashing_keys(), st.integers(0, 3)), max_size=8)
anything = st.builds(wrapped, st.recursive(scalars, _nested, max_leaves=12), st.just([]) | paths)


@given(anything)
@settings(max_examples=times(10))
@example({"b": 1, "a\udead": 2, "a": float("nan")})
@example({"b": {1: 1}, "a": {1}})
@example([[0, 2**53], "\udead"])
def test_freezing_follows_the_rules_one_by_one(value: Any) -> None:
    expected, found = slow_freeze(value), outcome(freeze, value)
    if isinstance(expected, Fault):
        assert isinstance(found, Refused)
        assert (found.code, found.where) == (expected.code, json_path(expected.path))
    else:
        assert exact(found) == expected


@given(json_values())
def test_freezing_keeps_the_value_and_its_original(value: Json) -> None:
    before = exact(value)
    assert to_plain(freeze(value)) == value
    assert exact(value) == before


@given(json_values())
def test_the_given_order_of_members_is_irrelevant(value: Json) -> None:
    one, other = freeze(value), freeze(backwards(value))
    assert exact(one) == exact(other)
    assert one == other
    assert hash(one) == hash(other)


@given(json_values())
def test_freezing_twice_is_the_same_as_once(value: Json) -> None:
    once = freeze(value)
    assert exact(freeze(once)) == exact(once)
    assert exact(freeze(to_plain(once))) == exact(once)


@given(floats())
def test_a_marked_float_keeps_its_own_string(number: float) -> None:
    marked = EcmaFloat(number)
    assert bytes(marked.text) == ecma_text(number).encode()
    with pytest.raises(TypeError, match="cannot be changed"):
        marked.text = msgspec.Raw(b"0")
    with pytest.raises(TypeError, match="cannot be changed"):
        del marked.text
    for other in (copy.deepcopy(marked), pickle.loads(pickle.dumps(marked))):  # noqa: S301 - our own bytes
        assert (type(other), float(other), bytes(other.text)) == (EcmaFloat, number, bytes(marked.text))
    assert exact(freeze({"a": marked})) == exact(freeze({"a": number}))


@given(json_objects(), st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_pickles_and_copies_restore_the_same_object(value: dict[str, Json], protocol: int) -> None:
    it = freeze_object(value)
    assert exact(pickle.loads(pickle.dumps(it, protocol))) == exact(it)  # noqa: S301 - our own bytes
    assert copy.deepcopy(it) is it


@given(json_objects(), json_objects())
def test_joining_frozen_objects_is_joining_dicts(left: dict[str, Json], right: dict[str, Json]) -> None:
    expected = exact(freeze({**left, **right}))
    assert exact(freeze_object(left) | right) == expected
    assert exact(left | freeze_object(right)) == expected
    assert exact(freeze_object(left) | freeze_object(right)) == expected


def without(name: str, replacement: object, value: Any) -> Any:
    """The frozen value, made without one part of `tier2.values.frozen`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"tier2.values.frozen.{name}", replacement)
        return freeze(value)


def quickly(value: Any) -> Any:
    """The value frozen by the quick way alone; a TypeError if that way gives up."""
    return without("_freeze", None, value)


def thoroughly(value: Any) -> Any:
    """The value frozen by the thorough way alone."""
    return without("_CONTAINERS", {}, value)


def nested(inner: Any, levels: int) -> Any:
    """A value inside arrays and objects by turns."""
    return wrapped(inner, ["a" if level % 2 else 0 for level in reversed(range(levels))])


@given(st.one_of(json_values().map(lambda value: [value]), json_objects()))
@example([SAFE, -SAFE, {"a": SAFE, "b": -SAFE}])
@example(nested(freeze({}), 63))
@example(nested([], 63))
@example([1e16])
def test_both_ways_of_freezing_give_the_same_value(value: Json) -> None:
    ways = (quickly(value), thoroughly(value))
    assert exact(ways[0]) == exact(ways[1])
    # Numbers that are marked already (1e16 in an array) are left to the thorough way.
    assert exact(freeze(freeze(value))) == exact(freeze(value))
    for found in ways:
        assert [depth_bound(part) for part in parts(found)] == [depth(part) for part in parts(found)]


@given(st.lists(st.booleans(), min_size=65, max_size=65), st.sets(st.integers(1, 64), max_size=3))
def test_64_levels_are_frozen_and_65_are_refused(levels: list[bool], frozen_at: set[int]) -> None:
    value: Any = "inside"
    for level, is_object in enumerate(levels, start=1):
        value = {"a": value} if is_object else [value]
        if level == 65:
            assert refused(freeze, value).code == "depth"
        elif level in frozen_at:
            value = freeze(value)
            assert depth_bound(value) == level
    assert depth_bound(freeze(value["a"] if levels[64] else value[0])) == 64


@given(
    st.lists(st.one_of(texts(), st.integers(0, 3)), max_size=20), st.lists(texts(), min_size=1, max_size=20)
)
def test_the_path_of_a_cycle_goes_round_it_once(path: list[str | int], way: list[str]) -> None:
    loop: dict[str, Any] = {}
    last = loop
    for key in way[:-1]:
        last[key] = {}
        last = last[key]
    last[way[-1]] = loop
    found = refused(freeze, wrapped(loop, path))
    assert (found.code, found.where) == ("cycle", json_path([*path, *way]))
