"""How deep may a frozen value be, and how is a value refused that contains itself?"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from outcomes import frozen, refusal

from tier2.contracts.v1 import MissionSpec
from tier2.values.canonical import canonical
from tier2.values.frozen import EMPTY, FrozenObject, depth_bound, freeze, to_plain
from tier2.values.merge_patch import merge_patch
from tier2.values.reading import parse


class Bottomless(Mapping[str, Any]):
    """A mapping that holds another one like it, for ever."""

    def __getitem__(self, key: str) -> "Bottomless":
        return Bottomless()

    def __iter__(self) -> Iterator[str]:
        return iter(["a"])

    def __len__(self) -> int:
        return 1


class Text(str):
    """A subclass of str."""


class Number(int):
    """An integer that is not plain."""


class Double(float):
    """A float that is not plain."""


def nested(depth: int, *, inner: Any = None) -> Any:
    """A list in a list and so on, ``depth`` deep."""
    value = inner
    for _ in range(depth):
        value = [value]
    return value


def test_a_cycle_is_refused_with_its_path() -> None:
    loop: dict[str, Any] = {}
    loop["a"] = loop
    assert (refusal(lambda: freeze(loop)).code, refusal(lambda: freeze(loop)).where) == ("cycle", "$.a")
    items: list[Any] = [1]
    items.append(items)
    error = refusal(lambda: freeze(items))
    assert (error.code, error.where, error.remedy) == ("cycle", "$[1]", "break the cycle")


@pytest.mark.parametrize("length", [1, 2, 3, 5, 7, 31, 60])
@pytest.mark.parametrize("check", [freeze, canonical], ids=["freeze", "canonical"])
def test_a_cycle_of_any_length_has_its_exact_path(length: int, check: Callable[[Any], object]) -> None:
    first: dict[str, Any] = {}
    last = first
    for position in range(1, length):
        last["n"] = {"at": position}
        last = last["n"]
    last["n"] = first
    error = refusal(lambda: check({"start": [first]}))
    assert error.code == "cycle"
    assert error.where == "$.start[0]" + ".n" * length


def test_a_cycle_64_long_is_reported_as_a_cycle() -> None:
    first: dict[str, Any] = {}
    last = first
    for _ in range(63):
        last["n"] = {}
        last = last["n"]
    last["n"] = first
    error = refusal(lambda: freeze(first))
    assert (error.code, error.where) == ("cycle", "$" + ".n" * 64)


def test_a_cycle_behind_a_deep_branch_is_found() -> None:
    loop: dict[str, Any] = {"deep": nested(60)}
    loop["self"] = [loop]
    error = refusal(lambda: freeze(loop))
    assert (error.code, error.where) == ("cycle", "$.self[0]")


def test_the_same_list_twice_is_no_cycle() -> None:
    shared = [1]
    assert frozen({"a": shared, "b": [shared, shared]}) == {"a": (1,), "b": ((1,), (1,))}


def test_open_values_nest_at_most_64_deep() -> None:
    assert to_plain(freeze(nested(64))) == nested(64)
    error = refusal(lambda: freeze(nested(65)))
    assert (error.code, error.where) == ("depth", "$" + "[0]" * 64)
    assert "64" in error.remedy
    assert freeze(nested(63, inner={}))
    assert refusal(lambda: freeze(nested(64, inner={}))).code == "depth"
    assert refusal(lambda: freeze(Bottomless())).code == "depth"


def test_documents_and_text_nest_at_most_128_deep() -> None:
    text = "[" * 128 + "]" * 128
    assert canonical(nested(127, inner=[])) == text.encode()
    assert canonical(parse(text)) == text.encode()
    error = refusal(lambda: canonical(nested(128, inner=[])))
    assert (error.code, error.where) == ("depth", "$" + "[0]" * 128)
    # Pythons differ in how deep they read a text at all, so the error has no path.
    error = refusal(lambda: parse("[" + text + "]"))
    assert (error.code, error.where) == ("depth", "$")


def test_large_integral_doubles_are_read_at_every_depth() -> None:
    text = '[100000000000000000000,{"a":[100000000000000000000]}]'
    assert parse(text) == (1e20, {"a": (1e20,)})
    assert canonical(parse(text)) == text.encode()


WRAPPINGS: dict[str, Callable[[Any], Any]] = {
    "freeze": lambda it: freeze({"a": it}),
    "freeze in a list": lambda it: freeze({"a": [it]}),
    "constructor": lambda it: FrozenObject({"a": it}),
    "join": lambda it: FrozenObject() | {"a": it},
    "join from the left": lambda it: {"a": it} | FrozenObject(),
    "document": lambda it: MissionSpec(type="t", params={"a": it}).params,
    "several": lambda it: freeze({"a": it, "b": it, "c": [it, it]}),
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_wrapping_frozen_values_keeps_the_limit(name: str) -> None:
    it: Any = EMPTY
    levels = 1
    step = 2 if "list" in name or name == "several" else 1
    while levels + step <= 64:
        it = WRAPPINGS[name](it)
        levels += step
    it = freeze(it)
    error = refusal(lambda: WRAPPINGS[name](it))
    assert error.code == "depth"


@pytest.mark.parametrize("scalar", [Text("a"), Number(1), Double(0.5)])
def test_a_scalar_of_any_class_has_depth_0(scalar: Any) -> None:
    assert depth_bound(freeze({"a": scalar})) == 1


def test_wrapping_measures_depth_anew_after_a_merge() -> None:
    deep = freeze({"deep": nested(62), "flat": {"x": 1}})
    flat = merge_patch(deep, freeze({"deep": None}))
    assert frozen({"a": {"b": [flat]}}) == {"a": {"b": ({"flat": {"x": 1}},)}}


@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_arrays_are_measured_exactly_after_a_merge(room: int) -> None:
    """The merged object is 4 deep, though its bound says 64."""
    deep = freeze({"deep": nested(63), "flat": [1, [2, [3]]]})
    flat = merge_patch(deep, freeze({"deep": None}))
    assert freeze(nested(60, inner=flat)) == freeze(nested(60, inner={"flat": [1, [2, [3]]]}))
    assert refusal(lambda: freeze(nested(61 + room, inner=flat))).code == "depth"


def test_a_merge_is_no_deeper_than_its_inputs() -> None:
    deep = freeze({"a": nested(63)})
    merged = merge_patch(freeze({"b": 1}), deep)
    assert refusal(lambda: freeze({"x": merged})).code == "depth"
    assert refusal(lambda: freeze({"x": merge_patch(deep, freeze({"b": 1}))})).code == "depth"


def test_a_deep_parsed_value_is_no_open_value() -> None:
    it = parse('{"a":' * 65 + "1" + "}" * 65)
    assert refusal(lambda: freeze(it)).code == "depth"
    assert refusal(lambda: MissionSpec(type="t", params=it)).where == "$.params"  # type: ignore[arg-type]  # an object
    tuples = parse("[" * 65 + "]" * 65)
    assert refusal(lambda: freeze(tuples)).code == "depth"


def test_a_very_deep_list_is_no_recursion_error() -> None:
    assert refusal(lambda: freeze(nested(100_000))).code == "depth"
    assert refusal(lambda: canonical(nested(100_000))).code == "depth"
