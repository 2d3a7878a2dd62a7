"""What holds for every frozen value?"""

import copy
import pickle
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import SAFE, Json, clashing_keys, floats, integers, json_objects, json_values, texts, utf16

from tier2.errors import CanonicalError, json_path
from tier2.values.frozen import FrozenObject, depth_bound, freeze, freeze_object, to_plain
from tier2.values.numbers import EcmaFloat, ecma_text


def exact(value: Any) -> str:
    """A text that tells apart whatever a program could: types, signs of zero, and the order of members."""
    if isinstance(value, dict):
        return (
            f"{type(value).__name__}{{{','.join(f'{key!r}:{exact(item)}' for key, item in value.items())}}}"
        )
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}[{','.join(map(exact, value))}]"
    return f"{type(value).__name__}:{value!r}"


def depth(value: Any) -> int:
    """How deep a value nests, counted one by one."""
    if isinstance(value, dict):
        return 1 + max((depth(item) for item in value.values()), default=0)
    if isinstance(value, list | tuple):
        return 1 + max((depth(item) for item in value), default=0)
    return 0


def shuffled(value: Json) -> Json:
    """The same value, the members of its objects in the opposite order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


def parts(value: Any) -> list[Any]:
    """A value and everything in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [value, *(part for item in inner for part in parts(item))]


@given(json_values())
def test_freezing_keeps_the_value(value: Json) -> None:
    assert to_plain(freeze(value)) == value


@given(json_values())
def test_freezing_leaves_the_given_value_as_it_was(value: Json) -> None:
    before = exact(value)
    freeze(value)
    assert exact(value) == before


@given(json_values())
def test_nothing_in_a_frozen_value_can_be_changed(value: Json) -> None:
    allowed = {FrozenObject, tuple, str, int, float, EcmaFloat, bool, type(None)}
    assert {type(part) for part in parts(freeze(value))} <= allowed


@given(json_values())
def test_members_stand_in_the_order_of_their_utf16_code_units(value: Json) -> None:
    objects = [part for part in parts(freeze(value)) if isinstance(part, dict)]
    assert [list(it) for it in objects] == [sorted(it, key=utf16) for it in objects]


@given(json_values())
def test_the_order_in_which_members_came_makes_no_difference(value: Json) -> None:
    assert exact(freeze(shuffled(value))) == exact(freeze(value))


@given(json_values())
def test_freezing_twice_is_freezing_once(value: Json) -> None:
    once = freeze(value)
    assert exact(freeze(once)) == exact(once)
    assert exact(freeze(to_plain(once))) == exact(once)


@given(json_values())
def test_numbers_become_integers_exactly_where_they_are_integral_and_exact(value: Json) -> None:
    numbers = [part for part in parts(freeze(value)) if isinstance(part, float)]
    assert not [number for number in numbers if number.is_integer() and abs(number) <= SAFE]


@given(floats())
def test_a_float_that_is_not_marked_is_written_by_msgspec_as_by_ecmascript(number: float) -> None:
    kept = freeze(number)
    assert kept == number
    assert type(kept) is EcmaFloat or msgspec.json.encode(kept) == ecma_text(number).encode()


@given(floats())
def test_the_text_of_a_double_reads_back_as_that_double(number: float) -> None:
    assert float(ecma_text(number)) == number


@given(json_objects(), st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_pickles_and_copies_bring_back_the_same(value: dict[str, Json], protocol: int) -> None:
    it = freeze_object(value)
    assert exact(pickle.loads(pickle.dumps(it, protocol))) == exact(it)  # noqa: S301 - our own bytes
    assert copy.deepcopy(it) is it


@given(json_values())
def test_equal_values_have_equal_hashes(value: Json) -> None:
    one, other = freeze(value), freeze(shuffled(value))
    assert one == other
    assert hash(one) == hash(other)


@given(json_objects(), json_objects())
def test_joining_is_joining_plain_dicts_and_freezing(left: dict[str, Json], right: dict[str, Json]) -> None:
    expected = exact(freeze({**left, **right}))
    assert exact(freeze_object(left) | right) == expected
    assert exact(left | freeze_object(right)) == expected
    assert exact(freeze_object(left) | freeze_object(right)) == expected


def without(name: str, replacement: object, value: Any) -> Any:
    """What freezing comes to without a part of `tier2.values.frozen`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"tier2.values.frozen.{name}", replacement)
        return freeze(value)


def quickly(value: Any) -> Any:
    """A value frozen by the quick way; a TypeError if that is not enough."""
    return without("_freeze", None, value)


def thoroughly(value: Any) -> Any:
    """A value frozen by the other way."""
    return without("_CONTAINERS", {}, value)


def nested(inner: Any, depth: int) -> Any:
    """A value in arrays and objects by turns."""
    for level in range(depth):
        inner = {"a": inner} if level % 2 else [inner]
    return inner


@given(st.one_of(json_values().map(lambda value: [value]), json_objects()))
@example([SAFE, -SAFE, {"a": SAFE, "b": -SAFE}])
@example(nested(freeze({}), 63))
@example(nested([], 63))
def test_for_plain_json_without_fault_the_quick_way_is_enough_and_comes_to_the_same(value: Json) -> None:
    assert exact(quickly(value)) == exact(thoroughly(value))
    assert exact(quickly(freeze(value))) == exact(freeze(value))


@given(json_values())
def test_each_part_of_a_frozen_value_knows_its_depth_whichever_way_it_was_frozen(value: Json) -> None:
    for found in (quickly([value]), thoroughly([value])):
        assert [depth_bound(part) for part in parts(found)] == [depth(part) for part in parts(found)]


@given(st.lists(st.booleans(), min_size=1, max_size=70), st.data())
def test_64_levels_are_accepted_and_65_refused_however_they_are_built(
    levels: list[bool], data: st.DataObject
) -> None:
    value: Any = "inside"
    for position, is_object in enumerate(levels[:64]):
        value = {"a": value} if is_object else [value]
        if data.draw(st.booleans()):
            value = freeze(value)
        assert depth_bound(freeze(value)) == position + 1
    for is_object in levels[64:65]:
        with pytest.raises(CanonicalError) as caught:
            freeze({"a": value} if is_object else [value])
        assert caught.value.code == "depth"


FAULTS = [
    (float("nan"), "not-finite"),
    (float("-inf"), "not-finite"),
    (SAFE + 1, "number-range"),
    (-SAFE - 1, "number-range"),
    ("\udead", "surrogate"),
    ({"a": 1, 2: 3}, "key-type"),
    (b"", "type"),
    ({1}, "type"),
]


@given(st.lists(st.one_of(texts(), clashing_keys(), st.integers(0, 3)), max_size=8), st.sampled_from(FAULTS))
def test_a_fault_is_found_wherever_it_hides(path: list[str | int], fault: tuple[Any, str]) -> None:
    value, code = fault
    for part in reversed(path):
        value = [*([{}] * part), value] if isinstance(part, int) else {"": 0, "\U00010000": [], part: value}
    with pytest.raises(CanonicalError) as caught:
        freeze(value)
    assert (caught.value.code, caught.value.where) == (code, json_path(path))


@given(
    st.lists(st.one_of(texts(), st.integers(0, 3)), max_size=20), st.lists(texts(), min_size=1, max_size=20)
)
def test_a_cycle_is_told_by_the_way_in_and_the_way_round_once(path: list[str | int], way: list[str]) -> None:
    loop: dict[str, Any] = {}
    last = loop
    for key in way[:-1]:
        last[key] = {}
        last = last[key]
    last[way[-1]] = loop
    value: Any = loop
    for part in reversed(path):
        value = [*([0] * part), value] if isinstance(part, int) else {part: value}
    with pytest.raises(CanonicalError) as caught:
        freeze(value)
    assert (caught.value.code, caught.value.where) == ("cycle", json_path([*path, *way]))


@given(integers())
def test_integers_that_are_exact_doubles_are_kept_as_they_are(number: int) -> None:
    assert exact(freeze(number)) == f"int:{number}"
    assert exact(freeze(float(number))) == f"int:{number}"


@given(st.one_of(st.integers(min_value=SAFE + 1), st.integers(max_value=-SAFE - 1)))
def test_integers_that_are_not_exact_doubles_are_refused(number: int) -> None:
    with pytest.raises(CanonicalError) as caught:
        freeze(number)
    assert caught.value.code == "number-range"
