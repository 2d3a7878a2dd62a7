"""What can be done to a frozen value, and to a document that holds one?"""

import copy
import json
import pickle
from collections import OrderedDict
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from outcomes import frozen, refusal

from tier2.contracts.v1 import ExecutionContext, MissionSpec, StepSpec, WorkflowDefinition
from tier2.values.canonical import encode
from tier2.values.frozen import FrozenObject, freeze, freeze_object, to_plain
from tier2.values.merge_patch import merge_patch
from tier2.values.numbers import EcmaFloat
from tier2.values.reading import parse


class Backwards(str):
    """A str that sorts in the reverse order."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)


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
def test_changing_methods_raise_type_error(
    name: str,
) -> None:
    it = frozen({"a": 1, "b": [1]})
    with pytest.raises(TypeError, match="cannot be changed"):
        MUTATORS[name](it)
    assert list(it.items()) == [("a", 1), ("b", (1,))]


def test_changing_statements_raise_type_error() -> None:
    it = same = frozen({"a": 1})
    with pytest.raises(TypeError, match="cannot be changed"):
        it["a"] = 2
    with pytest.raises(TypeError, match="cannot be changed"):
        del it["a"]
    with pytest.raises(TypeError, match="cannot be changed"):
        it |= {"a": 2}
    assert it is same
    assert it == {"a": 1}


def test_every_changing_method_of_dict_is_tested() -> None:
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
    escaped = {"copy", "get", "items", "keys", "values"}
    public = {name for name in dir(dict) if not name.startswith("_")}
    assert public == escaped | {name for name in changing if not name.startswith("_")}
    assert all(getattr(FrozenObject, name) is not getattr(dict, name) for name in changing)


def test_calling_init_again_changes_nothing() -> None:
    it = frozen({"a": 1})
    it.__init__({"b": 2})
    assert it == {"a": 1}
    it.__init__()
    assert it == {"a": 1}


def test_attributes_cannot_be_set_or_deleted() -> None:
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


def test_later_changes_by_the_caller_have_no_effect() -> None:
    inner: list[Any] = [1]
    given: dict[str, Any] = {"a": inner, "b": {"c": inner}}
    it = frozen(given)
    inner.append(2)
    given["b"]["c"] = None
    given.clear()
    assert it == {"a": (1,), "b": {"c": (1,)}}


def test_freezing_does_not_change_its_input() -> None:
    given: dict[str, Any] = {"b": [1.0, {"z": 1, "a": -0.0}], "a": 1}
    before = repr(given)
    freeze(given)
    assert repr(given) == before


# Identity, copies, pickles


def test_a_frozen_object_is_not_copied() -> None:
    it = freeze_object({"a": {"b": 1}})
    assert freeze(it) is it
    assert freeze_object(it) is it
    assert FrozenObject(it) is it
    assert frozen([it])[0] is it
    assert frozen({"x": it})["x"] is it
    assert MissionSpec(type="t", params=it).params is it


def test_a_tuple_is_checked_again() -> None:
    assert frozen(([1], {"a": [2]})) == ((1,), {"a": (2,)})
    assert type(frozen((4.0,))[0]) is int


def test_a_copy_is_the_object_itself() -> None:
    it = frozen({"a": [{"b": 1}]})
    assert it.copy() is it
    assert copy.copy(it) is it
    assert copy.deepcopy(it) is it


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_keeps_a_value_frozen_and_equal(protocol: int) -> None:
    it = frozen({"b": [1e21, {"c": 5e-6}], "a": {"\uffff": 1, "\U00010000": 2}, "n": None})
    back: Any = pickle.loads(pickle.dumps(it, protocol))  # noqa: S301 - our own bytes
    assert type(back) is FrozenObject
    assert type(back["a"]) is FrozenObject
    assert [type(item) for item in back["b"]] == [EcmaFloat, FrozenObject]  # type: ignore[union-attr]  # an array
    assert encode(back) == encode(it)
    assert list(back["a"]) == ["\U00010000", "\uffff"]


def test_a_deep_parsed_value_can_be_pickled() -> None:
    it = parse('{"a":' * 128 + "1" + "}" * 128)
    assert encode(pickle.loads(pickle.dumps(it))) == encode(it)  # noqa: S301 - our own bytes


def test_unpickling_refuses_invalid_values() -> None:
    it = frozen({"a": 1})
    make, arguments = it.__reduce__()
    assert refusal(lambda: make({"a": float("nan")}, *arguments[1:])).code == "not-finite"


# Equality, hashes, joining


def test_a_frozen_object_equals_the_plain_dict() -> None:
    assert frozen({"a": 1, "b": {"c": 2}}) == {"b": {"c": 2}, "a": 1}
    assert frozen({"a": 1}) != {"a": 2}


def test_equal_frozen_values_have_equal_hashes() -> None:
    one, other = frozen({"a": [1, {"b": 2.0}], "c": 1e21}), frozen({"c": 1e21, "a": (1, {"b": 2})})
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other, frozen({"a": 1})}) == 2


def test_different_frozen_objects_differ_in_hash() -> None:
    assert len({hash(frozen({"a": number})) for number in range(100)}) > 90


def test_a_union_is_a_new_frozen_object() -> None:
    it = frozen({"b": 1, "a": 1})
    for joined in (it | {"c": [2.0]}, it | freeze_object({"c": [2.0]})):
        assert type(joined) is FrozenObject
        assert joined == {"a": 1, "b": 1, "c": (2,)}
    left = {"c": 0, "a": 0} | it
    assert type(left) is FrozenObject
    assert list(left.items()) == [("a", 1), ("b", 1), ("c", 0)]
    assert it == {"a": 1, "b": 1}


def test_a_union_takes_the_value_of_the_right_side() -> None:
    assert frozen({"a": 1}) | {"a": 2} == {"a": 2}
    assert {"a": 2} | frozen({"a": 1}) == {"a": 1}


def test_a_union_refuses_what_freezing_refuses() -> None:
    assert refusal(lambda: frozen({}) | {"a": float("inf")}).where == "$.a"
    assert refusal(lambda: {"a": {1}} | frozen({})).code == "type"


def test_members_are_always_in_utf16_order() -> None:
    expected = ["", "A", "a", "\u00e9", "\U00010000", "\uffff"]
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


# Thawing, and documents that hold frozen objects


def test_to_plain_returns_new_mutable_values() -> None:
    it = freeze({"a": [1, {"b": 1e21}], "c": None})
    plain, other = to_plain(it), to_plain(it)
    assert plain == {"a": [1, {"b": 1e21}], "c": None}
    assert type(plain) is type(plain["a"][1]) is dict
    assert type(plain["a"]) is list
    assert type(plain["a"][1]["b"]) is float
    plain["a"][1]["b"] = 2
    assert other["a"][1]["b"] == 1e21


def test_to_dict_returns_plain_json_with_the_tag() -> None:
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


def test_every_way_to_make_a_document_freezes_it() -> None:
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


def test_an_error_in_an_open_object_has_its_path() -> None:
    error = refusal(lambda: StepSpec(id="s", kind="human", payload={"a": [1, {"b": float("nan")}]}))
    assert (error.code, error.where) == ("not-finite", "$.payload.a[1].b")
