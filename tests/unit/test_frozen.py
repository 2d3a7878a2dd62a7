"""What does `freeze` do, and what can be done to a frozen value?"""

import copy
import json
import pickle
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from unittest.mock import Mock

import msgspec
import pytest

from tier2.canonical import canonical, encode, parse
from tier2.contracts.v1 import ExecutionContext, MissionSpec, StepSpec, WorkflowDefinition
from tier2.errors import CanonicalError
from tier2.frozen import EMPTY, EcmaFloat, FrozenObject, JsonValue, freeze, freeze_object, freeze_text, thaw
from tier2.merge_patch import merge_patch


class Colour(StrEnum):
    RED = "red"


class Mixed(str, Enum):  # noqa: UP042 - the older way, and behaves otherwise when shown
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Text(str):
    """A text of a class of its own."""


class Apart(str):
    """A text that is equal to itself only."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class Backwards(str):
    """A text that stands after whatever it should stand before."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)


class Half(float):
    """A float of a class of its own."""


class Repeating(Mapping[str, int]):
    """A mapping that holds two values under one key, as HTTP headers do."""

    def __getitem__(self, key: str) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return iter(["a", "a"])

    def __len__(self) -> int:
        return 2


class Bottomless(Mapping[str, Any]):
    """A mapping that holds another one like it, for ever."""

    def __getitem__(self, key: str) -> "Bottomless":
        return Bottomless()

    def __iter__(self) -> Iterator[str]:
        return iter(["a"])

    def __len__(self) -> int:
        return 1


def frozen(value: Any) -> Any:
    """`freeze`, to look into the result as a test likes."""
    return freeze(value)


def nested(depth: int, *, inner: Any = None) -> Any:
    """A list in a list and so on, ``depth`` deep."""
    value = inner
    for _ in range(depth):
        value = [value]
    return value


def refusal(action: Callable[[], object]) -> CanonicalError:
    with pytest.raises(CanonicalError) as caught:
        action()
    return caught.value


# Immutability

MUTATORS: dict[str, Callable[[Any], object]] = {
    "set": lambda it: it.__setitem__("a", 2),
    "set another": lambda it: it.__setitem__("z", 2),
    "delete": lambda it: it.__delitem__("a"),
    "clear": lambda it: it.clear(),
    "pop": lambda it: it.pop("a"),
    "pop with default": lambda it: it.pop("z", None),
    "popitem": lambda it: it.popitem(),
    "setdefault": lambda it: it.setdefault("a", 2),
    "setdefault of another": lambda it: it.setdefault("z", 2),
    "update": lambda it: it.update({"a": 2}),
    "update by name": lambda it: it.update(a=2),
    "update with nothing": lambda it: it.update(),
    "fromkeys": lambda it: it.fromkeys(["a"]),
    "in-place or": lambda it: it.__ior__({"a": 2}),
}


@pytest.mark.parametrize("name", MUTATORS)
def test_every_method_that_would_change_a_frozen_object_raises_type_error_and_changes_nothing(
    name: str,
) -> None:
    it = frozen({"a": 1, "b": [1]})
    with pytest.raises(TypeError, match="cannot be changed"):
        MUTATORS[name](it)
    assert list(it.items()) == [("a", 1), ("b", (1,))]


def test_the_statements_that_would_change_a_frozen_object_raise_type_error_too() -> None:
    it = same = frozen({"a": 1})
    with pytest.raises(TypeError, match="cannot be changed"):
        it["a"] = 2
    with pytest.raises(TypeError, match="cannot be changed"):
        del it["a"]
    with pytest.raises(TypeError, match="cannot be changed"):
        it |= {"a": 2}
    assert it is same
    assert it == {"a": 1}


def test_dict_has_no_method_that_changes_it_beside_those_tried_here() -> None:
    changing = {
        "__setitem__",
        "__delitem__",
        "__ior__",
        "clear",
        "fromkeys",
        "pop",
        "popitem",
        "setdefault",
        "update",
    }
    harmless = {"copy", "get", "items", "keys", "values"}
    public = {name for name in dir(dict) if not name.startswith("_")}
    assert public == harmless | {name for name in changing if not name.startswith("_")}
    assert all(getattr(FrozenObject, name) is not getattr(dict, name) for name in changing)


def test_a_second_init_does_nothing() -> None:
    it = frozen({"a": 1})
    it.__init__({"b": 2})
    assert it == {"a": 1}
    it.__init__()
    assert it == {"a": 1}


def test_a_frozen_object_takes_no_attributes_and_keeps_its_own() -> None:
    it = frozen({"a": {}})
    with pytest.raises(TypeError, match="cannot be changed"):
        it.anything = 1
    with pytest.raises(TypeError, match="cannot be changed"):
        it.depth_bound = 0
    with pytest.raises(TypeError, match="cannot be changed"):
        del it.depth_bound
    assert it.depth_bound == 2


def test_arrays_become_tuples_at_every_level() -> None:
    assert frozen([1, [2, {"a": [3]}]]) == (1, (2, {"a": (3,)}))


def test_the_callers_dict_and_lists_changed_afterwards_change_nothing() -> None:
    inner: list[Any] = [1]
    given: dict[str, Any] = {"a": inner, "b": {"c": inner}}
    it = frozen(given)
    inner.append(2)
    given["b"]["c"] = None
    given.clear()
    assert it == {"a": (1,), "b": {"c": (1,)}}


def test_freezing_leaves_the_callers_value_as_it_was() -> None:
    given: dict[str, Any] = {"b": [1.0, {"z": 1, "a": -0.0}], "a": 1}
    before = repr(given)
    freeze(given)
    assert repr(given) == before


# Identity, copies, pickles


def test_a_frozen_object_passes_through_by_identity_at_the_top_and_inside() -> None:
    it = freeze_object({"a": {"b": 1}})
    assert freeze(it) is it
    assert freeze_object(it) is it
    assert FrozenObject(it) is it
    assert frozen([it])[0] is it
    assert frozen({"x": it})["x"] is it
    assert MissionSpec(type="t", params=it).params is it


def test_a_tuple_is_looked_into_again_because_it_proves_nothing() -> None:
    assert frozen(([1], {"a": [2]})) == ((1,), {"a": (2,)})
    assert type(frozen((4.0,))[0]) is int


def test_copies_of_a_frozen_object_are_the_object_itself() -> None:
    it = frozen({"a": [{"b": 1}]})
    assert it.copy() is it
    assert copy.copy(it) is it
    assert copy.deepcopy(it) is it


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_frozen_value_comes_back_frozen_and_with_the_same_bytes(protocol: int) -> None:
    it = frozen({"b": [1e21, {"c": 5e-6}], "a": {"\uffff": 1, "\U00010000": 2}, "n": None})
    back: Any = pickle.loads(pickle.dumps(it, protocol))  # noqa: S301 - our own bytes
    assert type(back) is FrozenObject
    assert type(back["a"]) is FrozenObject
    assert [type(item) for item in back["b"]] == [EcmaFloat, FrozenObject]  # type: ignore[union-attr]  # an array
    assert encode(back) == encode(it)
    assert list(back["a"]) == ["\uffff", "\U00010000"]


def test_a_value_read_from_text_is_pickled_however_deep_it_is() -> None:
    it = parse('{"a":' * 128 + "1" + "}" * 128)
    assert encode(pickle.loads(pickle.dumps(it))) == encode(it)  # noqa: S301 - our own bytes


def test_a_pickle_cannot_smuggle_in_what_freeze_refuses() -> None:
    it = frozen({"a": 1})
    make, arguments = it.__reduce__()
    assert refusal(lambda: make({"a": float("nan")}, *arguments[1:])).code == "not-finite"


# Equality, hashes, joining


def test_a_frozen_object_equals_a_plain_dict_of_equal_members_in_any_order() -> None:
    assert frozen({"a": 1, "b": {"c": 2}}) == {"b": {"c": 2}, "a": 1}
    assert frozen({"a": 1}) != {"a": 2}


def test_equal_frozen_values_have_equal_hashes() -> None:
    one, other = frozen({"a": [1, {"b": 2.0}], "c": 1e21}), frozen({"c": 1e21, "a": (1, {"b": 2})})
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other, frozen({"a": 1})}) == 2


def test_different_frozen_objects_have_different_hashes_as_a_rule() -> None:
    assert len({hash(frozen({"a": number})) for number in range(100)}) > 90


def test_joining_gives_a_new_frozen_object_whichever_side_is_frozen() -> None:
    it = frozen({"b": 1, "a": 1})
    for joined in (it | {"c": [2.0]}, it | freeze_object({"c": [2.0]})):
        assert type(joined) is FrozenObject
        assert joined == {"a": 1, "b": 1, "c": (2,)}
    left = {"c": 0, "a": 0} | it
    assert type(left) is FrozenObject
    assert list(left.items()) == [("a", 1), ("b", 1), ("c", 0)]
    assert it == {"a": 1, "b": 1}


def test_joining_takes_the_right_value_of_a_key_that_both_have() -> None:
    assert frozen({"a": 1}) | {"a": 2} == {"a": 2}
    assert {"a": 2} | frozen({"a": 1}) == {"a": 1}


def test_joining_refuses_what_freezing_refuses() -> None:
    assert refusal(lambda: frozen({}) | {"a": float("inf")}).where == "$.a"
    assert refusal(lambda: {"a": {1}} | frozen({})).code == "type"


def test_members_stand_in_code_point_order_by_every_route() -> None:
    expected = ["", "A", "a", "\u00e9", "\uffff", "\U00010000"]
    shuffled = ["a", "\U00010000", "", "\uffff", "A", "\u00e9"]
    routes = {
        "freeze": frozen(dict.fromkeys(shuffled, 1)),
        "constructor": FrozenObject(dict.fromkeys(shuffled, 1)),
        "other mapping": frozen(MappingProxyType(dict.fromkeys(shuffled, 1))),
        "odd keys": frozen({Backwards(key): 1 for key in shuffled}),
        "parse": parse(json.dumps(dict.fromkeys(shuffled, 1))),
        "join": frozen(dict.fromkeys(shuffled[:3], 1)) | dict.fromkeys(shuffled[3:], 1),
        "merge": merge_patch(freeze(dict.fromkeys(shuffled[:3], 1)), freeze(dict.fromkeys(shuffled[3:], 1))),
        "unpickled": pickle.loads(pickle.dumps(frozen(dict.fromkeys(shuffled, 1)))),  # noqa: S301
        "decoded": msgspec.json.decode(
            json.dumps({"contract": "tier2.mission/v1", "type": "t", "params": dict.fromkeys(shuffled, 1)}),
            type=MissionSpec,
        ).params,
    }
    assert {route: list(it) for route, it in routes.items()} == dict.fromkeys(routes, expected)


# Values that are JSON in spirit


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (Colour.RED, "red"),
        (Mixed.RED, "red"),
        (Text("red"), "red"),
        (Level.HIGH, 3),
        (Half(0.5), 0.5),
        (Half(4.0), 4),
        (True, True),
        (None, None),
    ],
)
def test_subclasses_of_plain_scalars_become_plain(given: Any, plain: Any) -> None:
    assert frozen(given) == plain
    assert type(frozen(given)) is type(plain)
    assert frozen({"a": [given]}) == {"a": (plain,)}


@pytest.mark.parametrize("key", [Colour.RED, Mixed.RED, Text("red"), Apart("red")])
def test_keys_of_text_subclasses_become_plain(key: str) -> None:
    it = frozen({"z": 1, key: 2})
    assert list(it.items()) == [("red", 2), ("z", 1)]
    assert [type(name) for name in it] == [str, str]


@pytest.mark.parametrize(
    "given",
    [
        OrderedDict(b=1, a=2),
        MappingProxyType({"b": 1, "a": 2}),
        defaultdict(int, {"b": 1, "a": 2}),
        Counter(b=1, a=2),
        UserDict({"b": 1, "a": 2}),
        ChainMap({"b": 1}, {"a": 2, "b": 3}),
    ],
)
def test_any_mapping_becomes_a_frozen_object(given: Mapping[str, int]) -> None:
    it = frozen(given)
    assert type(it) is FrozenObject
    assert list(it.items()) == [("a", 2), ("b", 1)]
    assert canonical(given) == b'{"a":2,"b":1}'


@pytest.mark.parametrize("given", [deque([1, 2]), UserList([1, 2]), range(1, 3), (1, 2)])
def test_any_sequence_becomes_a_tuple(given: Any) -> None:
    assert type(frozen(given)) is tuple
    assert frozen(given) == (1, 2)


@pytest.mark.parametrize(
    "given",
    [
        b"bytes",
        bytearray(b"bytes"),
        memoryview(b"bytes"),
        {1, 2},
        frozenset([1]),
        object(),
        Decimal("1.5"),
        Fraction(1, 2),
        1j,
        UserString("text"),
        UserString(""),
        iter([1]),
        int,
        StepSpec(id="a", kind="human"),
        msgspec.UNSET,
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_is_no_json_is_refused_with_its_type_and_its_place(given: Any) -> None:
    error = refusal(lambda: freeze({"a": [1, given]}))
    assert (error.code, error.where) == ("type", "$.a[1]")
    assert f"type {type(given).__name__} " in error.message
    assert error.remedy == "convert it to plain JSON first"
    assert refusal(lambda: freeze(given)).where == "$"


def test_an_object_is_demanded_where_an_object_must_stand() -> None:
    error = refusal(lambda: freeze_object([("a", 1)], "params"))  # type: ignore[arg-type]  # on purpose
    assert (error.code, error.where) == ("type", "$.params")
    assert error.message == "a JSON object is expected here, not list"
    assert refusal(lambda: FrozenObject([("a", 1)])).where == "$"  # type: ignore[arg-type]  # on purpose
    assert refusal(lambda: MissionSpec(type="t", params=None)).where == "$.params"  # type: ignore[arg-type]  # on purpose


def test_the_constructor_makes_an_empty_object_of_nothing() -> None:
    assert FrozenObject() == EMPTY == {}
    assert type(EMPTY) is FrozenObject


# Numbers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (4.0, 4),
        (-4.0, -4),
        (0.0, 0),
        (-0.0, 0),
        (9007199254740991.0, 2**53 - 1),
        (-9007199254740991.0, -(2**53 - 1)),
        (2**53 - 1, 2**53 - 1),
        (-(2**53 - 1), -(2**53 - 1)),
    ],
)
def test_an_integral_float_within_the_exact_doubles_is_the_integer(given: float, kept: int) -> None:
    assert type(frozen(given)) is int
    assert frozen(given) == kept
    assert str(frozen(given)) == str(kept)


@pytest.mark.parametrize(
    "given", [9007199254740992.0, -9007199254740992.0, 1e21, 1e300, 1e-6, 5e-6, -5e-6, -1e-6]
)
def test_floats_that_the_encoder_would_misprint_are_marked_and_stay_equal(given: float) -> None:
    assert type(frozen(given)) is EcmaFloat
    assert frozen(given) == given


@pytest.mark.parametrize(
    "given", [0.5, -0.5, 1e-5, -1e-5, 9.999999999999997e-7, -9.999999999999997e-7, 1e-300, 1.1]
)
def test_other_floats_stay_plain(given: float) -> None:
    assert type(frozen(given)) is float
    assert frozen(given) == given


@pytest.mark.parametrize("given", [float("nan"), float("inf"), float("-inf"), Half("nan")])
def test_nan_and_infinities_are_refused_with_their_place(given: float) -> None:
    error = refusal(lambda: freeze({"a": [0, given]}))
    assert (error.code, error.where) == ("not-finite", "$.a[1]")
    assert error.remedy == "use null or a text instead"
    assert refusal(lambda: canonical(given)).where == "$"


@pytest.mark.parametrize("given", [2**53, -(2**53), 2**53 + 1, 2**64, 10**400, -(10**400)])
def test_python_integers_beyond_the_exact_doubles_are_refused_even_where_a_double_is_equal(
    given: int,
) -> None:
    error = refusal(lambda: freeze([{"n": given}]))
    assert (error.code, error.where) == ("number-range", "$[0].n")
    assert "2**53 - 1" in error.message
    assert error.remedy == "send it as text, or as a float"
    assert refusal(lambda: canonical(given)).code == "number-range"


# Texts and keys


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\udc00\ud800"])
def test_lone_surrogates_are_refused_in_values_and_in_keys(text: str) -> None:
    in_value = refusal(lambda: freeze({"a": ["ok", text]}))
    assert (in_value.code, in_value.where) == ("surrogate", "$.a[1]")
    in_key = refusal(lambda: freeze({"a": {text: 1}}))
    assert in_key.code == "surrogate"
    assert in_key.where.startswith("$.a[")
    assert in_key.remedy == "replace it by a Unicode character"
    assert refusal(lambda: freeze(Text(text))).code == "surrogate"
    assert refusal(lambda: freeze_text(text, "type")).where == "$.type"


@pytest.mark.parametrize("key", [1, 1.5, None, True, b"a", ("a",)])
def test_keys_that_are_no_text_are_refused(key: object) -> None:
    error = refusal(lambda: freeze({"outer": [{"a": 1, key: 2}]}))  # type: ignore[dict-item]  # on purpose
    assert (error.code, error.where) == ("key-type", "$.outer[0]")
    assert type(key).__name__ in error.message
    assert error.remedy == "use text keys"


def test_a_mapping_with_two_values_under_one_key_is_refused_instead_of_losing_one() -> None:
    error = refusal(lambda: freeze({"headers": Repeating()}))
    assert (error.code, error.where) == ("duplicate-key", "$.headers")
    assert refusal(lambda: freeze({Apart("a"): 1, Apart("a"): 2})).code == "duplicate-key"


# Cycles and depth


def test_a_value_that_contains_itself_is_refused_with_the_way_round_once() -> None:
    loop: dict[str, Any] = {}
    loop["a"] = loop
    assert (refusal(lambda: freeze(loop)).code, refusal(lambda: freeze(loop)).where) == ("cycle", "$.a")
    items: list[Any] = [1]
    items.append(items)
    error = refusal(lambda: freeze(items))
    assert (error.code, error.where, error.remedy) == ("cycle", "$[1]", "break the cycle")


@pytest.mark.parametrize("length", [1, 2, 3, 5, 7, 31, 60])
@pytest.mark.parametrize("check", [freeze, canonical], ids=["freeze", "canonical"])
def test_a_way_round_of_any_length_is_told_exactly(length: int, check: Callable[[Any], object]) -> None:
    first: dict[str, Any] = {}
    last = first
    for position in range(1, length):
        last["n"] = {"at": position}
        last = last["n"]
    last["n"] = first
    error = refusal(lambda: check({"start": [first]}))
    assert error.code == "cycle"
    assert error.where == "$.start[0]" + ".n" * length


def test_a_way_round_as_long_as_a_value_may_be_deep_is_told_too() -> None:
    first: dict[str, Any] = {}
    last = first
    for _ in range(63):
        last["n"] = {}
        last = last["n"]
    last["n"] = first
    error = refusal(lambda: freeze(first))
    assert (error.code, error.where) == ("cycle", "$" + ".n" * 64)


def test_a_way_round_is_found_beside_a_deep_branch_that_comes_first() -> None:
    loop: dict[str, Any] = {"deep": nested(60)}
    loop["self"] = [loop]
    error = refusal(lambda: freeze(loop))
    assert (error.code, error.where) == ("cycle", "$.self[0]")


def test_the_same_list_twice_is_no_cycle() -> None:
    shared = [1]
    assert frozen({"a": shared, "b": [shared, shared]}) == {"a": (1,), "b": ((1,), (1,))}


def test_open_values_nest_64_deep_and_no_deeper() -> None:
    assert thaw(freeze(nested(64))) == nested(64)
    error = refusal(lambda: freeze(nested(65)))
    assert (error.code, error.where) == ("depth", "$" + "[0]" * 64)
    assert "64" in error.remedy
    assert freeze(nested(63, inner={}))
    assert refusal(lambda: freeze(nested(64, inner={}))).code == "depth"
    assert refusal(lambda: freeze(Bottomless())).code == "depth"


def test_documents_and_texts_nest_128_deep_and_no_deeper() -> None:
    text = "[" * 128 + "]" * 128
    assert canonical(nested(127, inner=[])) == text.encode()
    assert canonical(parse(text)) == text.encode()
    error = refusal(lambda: canonical(nested(128, inner=[])))
    assert (error.code, error.where) == ("depth", "$" + "[0]" * 128)
    # Pythons differ in how deep they read a text at all, so no path is told.
    error = refusal(lambda: parse("[" + text + "]"))
    assert (error.code, error.where) == ("depth", "$")


def test_a_large_integral_double_is_read_back_from_text_at_every_level() -> None:
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
def test_wrapping_frozen_values_one_at_a_time_cannot_pass_the_depth(name: str) -> None:
    it: Any = EMPTY
    levels = 1
    step = 2 if "list" in name or name == "several" else 1
    while levels + step <= 64:
        it = WRAPPINGS[name](it)
        levels += step
    it = freeze(it)
    error = refusal(lambda: WRAPPINGS[name](it))
    assert error.code == "depth"


def test_wrapping_frees_the_room_that_a_merge_has_made() -> None:
    deep = freeze({"deep": nested(62), "flat": 1})
    flat = merge_patch(deep, freeze({"deep": None}))
    assert frozen({"a": {"b": [flat]}}) == {"a": {"b": ({"flat": 1},)}}


@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_after_a_merge_arrays_are_measured_exactly(room: int) -> None:
    """The merged object is 4 deep, though its bound says 64."""
    deep = freeze({"deep": nested(63), "flat": [1, [2, [3]]]})
    flat = merge_patch(deep, freeze({"deep": None}))
    assert freeze(nested(60, inner=flat)) == freeze(nested(60, inner={"flat": [1, [2, [3]]]}))
    assert refusal(lambda: freeze(nested(61 + room, inner=flat))).code == "depth"


def test_merging_builds_nothing_deeper_than_the_deeper_of_the_two() -> None:
    deep = freeze({"a": nested(63)})
    merged = merge_patch(freeze({"b": 1}), deep)
    assert refusal(lambda: freeze({"x": merged})).code == "depth"
    assert refusal(lambda: freeze({"x": merge_patch(deep, freeze({"b": 1}))})).code == "depth"


def test_what_was_read_from_a_deep_text_is_refused_as_an_open_value() -> None:
    it = parse('{"a":' * 65 + "1" + "}" * 65)
    assert refusal(lambda: freeze(it)).code == "depth"
    assert refusal(lambda: MissionSpec(type="t", params=it)).where == "$.params"  # type: ignore[arg-type]  # an object
    tuples = parse("[" * 65 + "]" * 65)
    assert refusal(lambda: freeze(tuples)).code == "depth"


def test_a_list_100_000_deep_is_refused_and_not_a_recursion_error() -> None:
    assert refusal(lambda: freeze(nested(100_000))).code == "depth"
    assert refusal(lambda: canonical(nested(100_000))).code == "depth"


# Thawing, and documents that hold frozen objects


def test_thawing_gives_new_mutable_plain_values() -> None:
    it = freeze({"a": [1, {"b": 1e21}], "c": None})
    plain, other = thaw(it), thaw(it)
    assert plain == {"a": [1, {"b": 1e21}], "c": None}
    assert type(plain) is type(plain["a"][1]) is dict
    assert type(plain["a"]) is list
    assert type(plain["a"][1]["b"]) is float
    plain["a"][1]["b"] = 2
    assert other["a"][1]["b"] == 1e21


def test_to_dict_gives_new_mutable_plain_json_with_the_tag() -> None:
    document = WorkflowDefinition(
        id="w",
        steps=(
            StepSpec(id="s", kind="runtime", payload={"operation": "noop", "list": [1e21, [{"x": 4.0}]]}),
        ),
        metadata={"m": OrderedDict(b=1)},
    )
    plain = document.to_dict()
    assert plain == {
        "contract": "tier2.workflow/v1",
        "id": "w",
        "steps": [
            {"id": "s", "kind": "runtime", "payload": {"operation": "noop", "list": [1e21, [{"x": 4}]]}}
        ],
        "metadata": {"m": {"b": 1}},
    }
    payload = plain["steps"][0]["payload"]
    assert [type(plain["steps"]), type(payload), type(plain["metadata"]["m"])] == [list, dict, dict]
    assert [type(payload["list"]), type(payload["list"][0]), type(payload["list"][1])] == [list, float, list]
    assert json.loads(json.dumps(plain)) == plain
    payload["list"].append(1)
    plain["metadata"]["m"]["b"] = 2
    assert document.to_dict()["metadata"] == {"m": {"b": 1}}
    assert len(document.to_dict()["steps"][0]["payload"]["list"]) == 2


def test_a_document_is_frozen_by_every_way_of_making_one() -> None:
    state: dict[str, Any] = {"b": [1.0], "a": 1}
    made = ExecutionContext(initial_state=state)
    replaced = msgspec.structs.replace(ExecutionContext(), initial_state=state)
    converted = msgspec.convert({"contract": "tier2.context/v1", "initial_state": state}, ExecutionContext)
    unpickled = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own bytes
    copied = copy.deepcopy(made)
    state["b"].append(2)
    state["c"] = 3
    for context in (made, replaced, converted, unpickled, copied, copy.copy(made)):
        assert type(context.initial_state) is FrozenObject
        assert context.initial_state == {"a": 1, "b": (1,)}
        assert hash(context) == hash(made)


def test_a_fault_in_an_open_object_of_a_document_is_told_with_its_place() -> None:
    error = refusal(lambda: StepSpec(id="s", kind="human", payload={"a": [1, {"b": float("nan")}]}))
    assert (error.code, error.where) == ("not-finite", "$.payload.a[1].b")


def test_a_text_that_lies_about_itself_hides_no_lone_surrogate() -> None:
    class Liar(str):
        __slots__ = ()

        def isascii(self) -> bool:
            return True

    values: list[JsonValue] = [Liar("\ud800"), [Liar("\ud800")], {Liar("\ud800"): 1}]
    for value in values:
        with pytest.raises(CanonicalError) as caught:
            freeze(value)
        assert caught.value.code == "surrogate"


def test_a_stand_in_that_claims_another_class_is_refused() -> None:
    for kind in (str, int, float):
        with pytest.raises(CanonicalError) as caught:
            freeze(Mock(spec=kind))
        assert caught.value.code == "type"
