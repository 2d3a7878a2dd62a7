"""Which Python is generated for maps, for any JSON value, and for null beside something else?

Each field is tried in both ways that a value can come: from JSON text, and from a program. The diagnosis of a plain
value must agree with the reading of the same value.
"""

import copy
import json
import operator
import pickle
import sys
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import Any

import msgspec
import pytest
from small_contracts import KIND, OPEN, TEXT, Schema, closed, ref, text_of, view_of

from tier2 import CanonicalError, ContractError, canonical, digest
from tier2.contracts.views import convert, view
from tier2.inspection.shape import shape_problems
from tier2.values.frozen import MAX_DOCUMENT_DEPTH, FrozenObject, freeze, frozen_within

NULL: Schema = {"type": "null"}
MAP: Schema = {"type": "object", "additionalProperties": TEXT}
ANY: Schema = {"description": "Any value."}
CODE: Schema = {"type": "string", "pattern": "^[0-9]{2}$"}


def or_null(name: str, **more: object) -> Schema:
    return {"oneOf": [ref(name), NULL], **more}


TYPES: Schema = {
    "JsonObject": OPEN,
    "Kind": KIND,
    "Code": CODE,
    "Names": MAP,
    "Texts": {"type": "array", "items": TEXT, "maxItems": 2},
    "Part": closed({"id": TEXT}),
    "Hit": closed({"event": {"const": "hit"}, "by": TEXT}),
    "Miss": closed({"event": {"const": "miss"}}),
    "Shot": {"oneOf": [ref("Hit"), ref("Miss")]},
}
FIELDS: Schema = {
    "names": MAP,
    "named": ref("Names"),
    "parts": {"type": "object", "additionalProperties": ref("Part")},
    "value": ANY,
    "note": {"type": ["string", "null"]},
    "code": {**CODE, "type": ["string", "null"]},
    "number": or_null("Code"),
    "kind": or_null("Kind"),
    "data": or_null("JsonObject"),
    "more": or_null("Names"),
    "texts": or_null("Texts"),
    "part": or_null("Part"),
    "shot": or_null("Shot"),
}


def module_of(defs: Schema) -> ModuleType:
    text = text_of(defs)
    module = ModuleType(f"made_for_the_shapes_{digest(text)}")
    sys.modules[module.__name__] = module  # where msgspec looks for a class's annotations
    exec(text, module.__dict__)
    return module


@cache
def made() -> ModuleType:
    """The module of a closed object, made while the first test runs."""
    return module_of({**TYPES, "Thing": closed(FIELDS)})


EMPTY: dict[str, Any] = {
    "names": {},
    "named": {},
    "parts": {},
    **dict.fromkeys(["value", "note", "code", "number", "kind", "data", "more", "texts", "part", "shot"]),
}
FULL: dict[str, Any] = {
    "names": {"\u20ac": "1", "": ""},
    "named": {"a": "\U0001f600"},
    "parts": {"b": {"id": "1"}, "a": {"id": "2"}},
    "value": [1, {"b": [None, 1e21], "a": 2.0}],
    "note": "\u20ac",
    "code": "12",
    "number": "34",
    "kind": "human",
    "data": {"b": [1]},
    "more": {"a": "b"},
    "texts": ["a", "\u20ac"],
    "part": {"id": "p"},
    "shot": {"event": "hit", "by": "a"},
}


def read(value: object) -> Any:
    """The value as it is read from its JSON text."""
    return convert(frozen_within(value, MAX_DOCUMENT_DEPTH, from_text=True), made().Thing)


@pytest.mark.parametrize("value", [EMPTY, FULL], ids=["empty", "full"])
def test_a_read_value_has_the_canonical_bytes_of_its_text(value: dict[str, Any]) -> None:
    thing = read(value)
    assert canonical(thing) == canonical(value)
    assert canonical(thing.to_dict()) == canonical(value)
    assert list(shape_problems(json.loads(json.dumps(value)), made().Thing)) == []


@pytest.mark.parametrize("value", [EMPTY, FULL], ids=["empty", "full"])
def test_the_constructor_takes_what_the_reader_makes(value: dict[str, Any]) -> None:
    thing = read(value)
    assert made().Thing(**msgspec.structs.asdict(thing)) == thing


def test_maps_and_values_do_not_follow_the_callers_objects() -> None:
    names, value, data = {"a": "1"}, [{"b": [1]}], {"c": [1]}
    thing = made().Thing(**{**EMPTY, "names": names, "value": value, "data": data, "more": names})
    names["a"], value[0]["b"], data["c"] = "2", [2], [2]
    assert (thing.names, thing.value, thing.data, thing.more) == (
        {"a": "1"},
        ({"b": (1,)},),
        {"c": (1,)},
        {"a": "1"},
    )
    assert {type(thing.names), type(thing.value[0]), type(thing.data), type(thing.more)} == {FrozenObject}


def test_the_members_of_a_map_stand_in_canonical_order() -> None:
    names = {"\U00010000": "1", "\uffff": "2", "b": "3", "a": "4"}
    assert [*made().Thing(**{**EMPTY, "names": names}).names] == ["a", "b", "\U00010000", "\uffff"]


def deep(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


class Name(StrEnum):
    """A subclass of str."""

    TEN = "10"


Wrong = tuple[str, object, str, tuple[str | int, ...], str]
WRONG: list[Wrong] = [
    ("names", [], "type", (), "expected `object`, got `array`"),
    ("names", None, "type", (), "expected `object`, got `null`"),
    ("names", {"b": "1", "a": 2}, "type", ("a",), "expected `str`, got `int`"),
    ("names", {"a": None}, "type", ("a",), "expected `str`, got `null`"),
    ("names", {"a": [1]}, "type", ("a",), "expected `str`, got `array`"),
    ("names", {"a": {}}, "type", ("a",), "expected `str`, got `object`"),
    ("names", {"a": 1e21}, "type", ("a",), "expected `str`, got `float`"),
    ("names", {"a": True}, "type", ("a",), "expected `str`, got `bool`"),
    ("named", {"": 0.5}, "type", ("",), "expected `str`, got `float`"),
    ("parts", [], "type", (), "expected `object`, got `array`"),
    ("parts", {"b": {"id": 1}, "a": {"id": "1"}}, "type", ("b", "id"), "expected `str`, got `int`"),
    ("parts", {"a": {"id": ""}, "c": None, "b": {"id": ""}}, "type", ("c",), "expected `object`, got `null`"),
    ("parts", {"a": {}}, "missing-field", ("a", "id"), ""),
    ("note", 1, "type", (), "expected `str | null`, got `int`"),
    ("code", 1, "type", (), "expected `str | null`, got `int`"),
    ("code", "123", "pattern", (), r"expected `str` matching regex '^[0-9]{2}\\Z'"),
    ("number", [], "type", (), "expected `str | null`, got `array`"),
    ("number", "x", "pattern", (), r"expected `str` matching regex '^[0-9]{2}\\Z'"),
    ("kind", 1, "type", (), "expected `str | null`, got `int`"),
    ("kind", "robot", "enum", (), "invalid enum value 'robot'"),
    ("more", {"a": 1}, "type", ("a",), "expected `str`, got `int`"),
    ("texts", "a", "type", (), "expected `array | null`, got `str`"),
    ("texts", ["a", "b", "c"], "bound", (), "expected `array` of length <= 2"),
    ("texts", ["a", None], "type", (1,), "expected `str`, got `null`"),
    ("part", [], "type", (), "expected `object | null`, got `array`"),
    ("part", {}, "missing-field", ("id",), ""),
    ("part", {"id": None}, "type", ("id",), "expected `str`, got `null`"),
    ("part", {"id": "a", "more": 1}, "unknown-field", ("more",), "object contains unknown field `more`"),
    ("shot", 1, "type", (), "expected `object | null`, got `int`"),
    ("shot", {"event": "other"}, "tag", ("event",), "invalid value 'other'"),
    ("shot", {"event": "miss", "by": ""}, "unknown-field", ("by",), "object contains unknown field `by`"),
    ("value", deep(65), "depth", (0,) * 64, ""),
    ("data", {"a": deep(64)}, "depth", ("a", *(0,) * 63), ""),
]
"""Fields with wrong values: the code, the path below the field, and how both messages begin."""


@pytest.mark.parametrize(("field", "wrong", "code", "path", "message"), WRONG)
def test_reading_and_diagnosis_report_the_same_fault(
    field: str, wrong: object, code: str, path: tuple[str | int, ...], message: str
) -> None:
    plain = {**FULL, field: wrong}
    with pytest.raises((CanonicalError, ContractError)) as caught:
        read(plain)
    problem = caught.value.problem
    (diagnosed,) = shape_problems(plain, made().Thing)
    assert (problem.code, problem.path) == (diagnosed.code, diagnosed.path) == (code, (field, *path))
    assert problem.message.startswith(message)
    assert diagnosed.message.startswith(message)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("wrong", [object(), {1}, b"a", msgspec.UNSET], ids=lambda one: type(one).__name__)
def test_the_constructor_refuses_values_of_another_type(field: str, wrong: object) -> None:
    with pytest.raises((CanonicalError, ContractError)) as caught:
        made().Thing(**{**EMPTY, field: wrong})
    assert (caught.value.code, caught.value.where) == ("type", f"$.{field}")


@pytest.mark.parametrize("field", FIELDS)
def test_a_member_with_a_new_shape_is_required(field: str) -> None:
    plain = {name: value for name, value in FULL.items() if name != field}
    with pytest.raises(ContractError) as caught:
        read(plain)
    (diagnosed,) = shape_problems(plain, made().Thing)
    assert (caught.value.code, caught.value.path) == (diagnosed.code, diagnosed.path)
    assert (diagnosed.code, diagnosed.path) == ("missing-field", (field,))


STRINGS = ["note", "code", "number"]


@pytest.mark.parametrize("field", STRINGS)
def test_a_string_beside_null_is_made_plain(field: str) -> None:
    thing = made().Thing(**{**EMPTY, field: Name.TEN})
    assert (type(getattr(thing, field)), getattr(thing, field)) == (str, "10")
    with pytest.raises(CanonicalError) as caught:
        made().Thing(**{**EMPTY, field: "\ud800"})
    assert (caught.value.code, caught.value.where) == ("surrogate", f"$.{field}")


def test_the_values_of_a_map_are_made_plain() -> None:
    thing = made().Thing(**{**EMPTY, "names": {Name.TEN: Name.TEN}})
    assert repr(thing.names) == "{'10': '10'}"


def test_what_is_null_or_plain_is_checked_in_place() -> None:
    text = text_of({**TYPES, "Thing": closed(FIELDS)})
    for line in (
        "if self.number is not None and (type(self.number) is not str or not self.number.isascii()):",
        'if self.part is not None:\n            require(self, "part", self.part, Part)',
        'if self.shot is not None:\n            require(self, "shot", self.shot, Hit, Miss)',
        'if self.texts is not None:\n            coerce_array(self, "texts", self.texts, str)',
    ):
        assert f"        {line}\n" in text


def test_a_default_may_be_null_or_an_empty_map() -> None:
    defaults = {name: {**FIELDS[name], "default": value} for name, value in EMPTY.items() if name != "value"}
    thing = module_of({**TYPES, "Thing": closed(defaults)}).Thing()
    assert thing.to_dict() == {name: value for name, value in EMPTY.items() if name != "value"}


def test_a_map_of_parts_cannot_be_changed() -> None:
    module, part = made(), made().Part(id="1")
    given = {"b": part, "a": part}
    thing = module.Thing(**{**EMPTY, "parts": given})
    given.clear()
    assert [*thing.parts] == ["a", "b"]
    for change in (
        lambda: thing.parts.update(c=part),
        lambda: thing.parts.pop("a"),
        lambda: operator.setitem(thing.parts, "a", part),
    ):
        with pytest.raises(TypeError, match="make a new document"):
            change()
    for same in (copy.copy(thing.parts), copy.deepcopy(thing.parts), thing.parts.copy()):
        assert same is thing.parts
    assert pickle.loads(pickle.dumps(thing.parts)) == thing.parts  # noqa: S301 - our own bytes
    assert hash(thing.parts) == hash(module.Thing(**{**EMPTY, "parts": thing.parts}).parts)


def test_a_map_of_parts_refuses_other_names_and_classes() -> None:
    part = made().Part(id="1")
    for wrong, where in (({"a": part, "b": {"id": "1"}}, "$.parts.b"), ({"a\ud800": part}, None)):
        with pytest.raises((CanonicalError, ContractError)) as caught:
            made().Thing(**{**EMPTY, "parts": wrong})
        assert where in (None, caught.value.where)


@cache
def viewing() -> ModuleType:
    """The module of a view, made while the first test runs."""
    return module_of(
        {
            **TYPES,
            "Wish": view_of(
                {
                    **FIELDS,
                    "codes": {"type": "object", "additionalProperties": CODE},
                    "parts": {"type": "object", "additionalProperties": ref("Part")},
                    "values": {"type": "array", "items": ANY},
                    "tables": {"type": "object", "additionalProperties": MAP},
                }
            ),
        }
    )


def test_members_of_a_view_may_have_all_new_shapes() -> None:
    assert view({}, viewing().Wish).codes is msgspec.UNSET
    wish = view(
        {
            **FULL,
            "codes": {"a": "12"},
            "parts": {"a": {"id": "p"}},
            "values": [1, None, []],
            "tables": {"a": {"b": "c"}},
        },
        viewing().Wish,
    )
    assert (wish.names, wish.value, wish.number, wish.part.id) == (
        FULL["names"],
        freeze(FULL["value"]),
        "34",
        "p",
    )
    assert (wish.codes, wish.parts["a"].id, wish.values, wish.tables) == (
        {"a": "12"},
        "p",
        (1, None, ()),
        {"a": {"b": "c"}},
    )
    assert view(EMPTY, viewing().Wish).shot is None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"names": {"a": 1}}, "type"),
        ({"codes": {"a": "x"}}, "pattern"),
        ({"parts": {"a": {}}}, "missing-field"),
        ({"tables": {"a": {"b": None}}}, "type"),
        ({"number": "x"}, "pattern"),
        ({"data": 1}, "type"),
        ({"kind": "robot"}, "enum"),
    ],
)
def test_wrong_members_of_a_view_are_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(ContractError) as caught:
        view(wrong, viewing().Wish)
    assert (caught.value.code, caught.value.path[0]) == (code, *wrong)


def test_a_null_default_in_a_view_stands_for_absence() -> None:
    module = module_of({**TYPES, "Wish": view_of({"part": or_null("Part", default=None)})})
    assert view({}, module.Wish).part is None
    assert view({"part": {"id": "a"}}, module.Wish).part == module.Part(id="a")


ANNOTATIONS = r"""
    names: StringMap = EMPTY_MAP
    named: Names = EMPTY_MAP
    parts: Mapping[str, Part] = {}
    note: str | None = None
    code: Annotated[str, Meta(pattern="^[0-9]{2}\\Z")] | None = None
    number: Annotated[Code, Meta(pattern="^[0-9]{2}\\Z")] | None = None
    kind: Kind | None = None
    data: JsonObject | None = None
    more: Names | None = None
    texts: Texts | None = None
    part: Part | None = None
    shot: Shot | None = None
    value: AnyValue
"""
IN_A_VIEW = r"""
    any: JsonValue | UnsetType = UNSET
    flag: bool | UnsetType = UNSET
    codes: Mapping[str, Annotated[Code, Meta(pattern="^[0-9]{2}\\Z")]] | UnsetType = UNSET
    data: Mapping[str, Mapping[str, JsonValue]] | UnsetType = UNSET
"""


IMPORTS = """from tier2.contracts.base import (
    EMPTY_MAP,
    AnyValue,
    OpenObject,
    StringMap,
    coerce_array,
    coerce_map,
    coerce_object,
    coerce_string,
    coerce_value,
    require,
)
from tier2.values.frozen import MAX_VALUE_DEPTH, FrozenObject
"""


def test_type_checkers_see_these_annotations() -> None:
    fields = {name: {**FIELDS[name], "default": value} for name, value in EMPTY.items() if name != "value"}
    text = text_of({**TYPES, "Thing": closed({**fields, "value": ANY})})
    assert ANNOTATIONS in text
    assert IMPORTS in text
    wish: Schema = {
        "any": ANY,
        "flag": {"type": "boolean"},
        "codes": {"type": "object", "additionalProperties": ref("Code")},
        "data": {"type": "object", "additionalProperties": ref("JsonObject")},
    }
    assert IN_A_VIEW in text_of({**TYPES, "Wish": view_of(wish)})


def test_a_value_beside_null_counts_for_the_order_of_members() -> None:
    for name, expected in (("Hit", False), ("Miss", True)):
        assert module_of({**TYPES, "Thing": closed({"a": or_null(name)})}).Thing.in_order is expected
