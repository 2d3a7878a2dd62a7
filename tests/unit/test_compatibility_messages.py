"""What does the check of contract changes say about each one: its place, its words, and its two answers?

The answers are those of the table in contracts/README.md. `test_compatibility` asks whether documents agree with them.
"""

from typing import Any

import pytest
from compat_cases import (
    ANY,
    FILE,
    INT,
    NULLABLE,
    NUMBER,
    UPPER,
    array,
    condition,
    map_of,
    members,
    or_null,
    shut,
    side,
    union,
    whole,
)
from small_contracts import KIND, OPEN, TEXT, Schema, contract, ref, view_of

from tier2.codegen.changes import Change
from tier2.codegen.compatibility import compare, compare_sides

Expected = tuple[str, str, str]
"""A change: its place below the types, its words, and ``BACKWARD FORWARD`` or ``apart``."""


def found(old: Schema, new: Schema) -> tuple[Change, ...]:
    """The changes between the types of two sides, of which T is the document."""
    (verdict,) = compare_sides(side(old), side(new))
    return verdict.changes


def change(place: str, what: str, answers: str) -> Change:
    backward, forward = (answer == "yes" for answer in answers.replace("apart", "yes yes").split())
    return Change(f"{FILE}#/$defs/{place}", what, backward, forward, answers == "apart")


BOUNDS = [
    ("minItems", 1, 2, "tightened from 1 to 2", "no yes"),
    ("minItems", 2, 1, "loosened from 2 to 1", "yes no"),
    ("minItems", None, 1, "tightened from 0 to 1", "no yes"),
    ("minItems", 1, None, "loosened from 1 to 0", "yes no"),
    ("maxItems", 3, 2, "tightened from 3 to 2", "no yes"),
    ("maxItems", 2, 3, "loosened from 2 to 3", "yes no"),
    ("maxItems", None, 0, "tightened from no limit to 0", "no yes"),
    ("maxItems", 0, None, "loosened from 0 to no limit", "yes no"),
    ("minimum", -1, 0, "tightened from -1 to 0", "no yes"),
    ("minimum", 0, -1, "loosened from 0 to -1", "yes no"),
    ("minimum", None, -1, "tightened from no limit to -1", "no yes"),
    ("minimum", -1, None, "loosened from -1 to no limit", "yes no"),
    ("maximum", 9, 8, "tightened from 9 to 8", "no yes"),
    ("maximum", 8, 9, "loosened from 8 to 9", "yes no"),
    ("maximum", None, 8, "tightened from no limit to 8", "no yes"),
    ("maximum", 8, None, "loosened from 8 to no limit", "yes no"),
    ("minContains", 0, 1, "tightened from 0 to 1", "no yes"),
    ("minContains", 1, 0, "loosened from 1 to 0", "yes no"),
    ("maxContains", 2, 1, "tightened from 2 to 1", "no yes"),
    ("maxContains", 1, 2, "loosened from 1 to 2", "yes no"),
]


@pytest.mark.parametrize(("keyword", "before", "after", "what", "answers"), BOUNDS)
def test_a_moved_bound_is_reported_with_both_values(
    keyword: str, before: int | None, after: int | None, what: str, answers: str
) -> None:
    base = {"Contains": members("human", 3), "Items": array()}.get(keyword[3:], INT)
    old, new = (
        {"T": view_of({"a": base | ({} if value is None else {keyword: value})})} for value in (before, after)
    )
    assert found(old, new) == (change("T/properties/a", f"{keyword} was {what}", answers),)


def properties(required: str = "", *, is_open: bool = False) -> Schema:
    """An object with the properties a and b, of which these are required."""
    return shut({"a": TEXT, "b": TEXT}, required, additionalProperties=is_open)


def only_a(*, is_open: bool = False) -> Schema:
    return shut({"a": TEXT}, additionalProperties=is_open)


NOTHING: Schema = {"maxProperties": 0}


def step(value: str = "", then: Schema = NOTHING) -> Schema:
    return whole({"kind": KIND, "payload": OPEN}, **(condition(value, then) if value else {}))


def with_text(**keyword: object) -> Schema:
    return view_of({"a": TEXT | keyword})


def tagged(value: str, *, is_required: bool = True) -> Schema:
    return shut({"contract": {"const": value}}, ["contract"] if is_required else [])


A, B, TAG = "T/properties/a", "T/properties/b", "T/properties/contract"
TYPES: dict[str, tuple[Schema, Schema, list[Expected]]] = {
    "optional added, closed": (only_a(), properties(), [
        (B, "the optional property was added to a closed object", "yes no")]),
    "optional added, open": (only_a(is_open=True), properties(is_open=True), [
        (B, "the optional property was added to an open object", "no yes")]),
    "required added, closed": (only_a(), properties("b"), [
        (B, "the required property was added to a closed object", "no no")]),
    "required added, open": (only_a(is_open=True), properties("b", is_open=True), [
        (B, "the required property was added to an open object", "no yes")]),
    "optional removed, closed": (properties(), only_a(), [
        (B, "the optional property was removed from a closed object", "no yes")]),
    "optional removed, open": (properties(is_open=True), only_a(is_open=True), [
        (B, "the optional property was removed from an open object", "yes no")]),
    "required removed, closed": (properties("b"), only_a(), [
        (B, "the required property was removed from a closed object", "no no")]),
    "required removed, open": (properties("b", is_open=True), only_a(is_open=True), [
        (B, "the required property was removed from an open object", "yes no")]),
    "optional to required": (properties(), properties("b"), [
        (B, "the property changed from optional to required", "no yes")]),
    "required to optional": (properties("ab"), properties("a"), [
        (B, "the property changed from required to optional", "yes no")]),
    "no list of required properties": (view_of({"a": TEXT}), view_of({"a": TEXT}, required=["a"]), [
        (A, "the property changed from optional to required", "no yes")]),
    "closed to open": (only_a(), only_a(is_open=True), [("T", "the object was opened", "yes no")]),
    "open to closed": (only_a(is_open=True), only_a(), [("T", "the object was closed", "no yes")]),
    "opened and added": (only_a(), properties(is_open=True), [
        ("T", "the object was opened", "yes no"),
        (B, "the optional property was added to a closed object", "yes no")]),
    "opened and removed": (properties(), only_a(is_open=True), [
        ("T", "the object was opened", "yes no"),
        (B, "the optional property was removed from an open object", "yes no")]),
    "type widened": (view_of({"a": INT}), view_of({"a": NUMBER}), [
        (A, "the type changed from integer to number", "yes no")]),
    "type narrowed": (view_of({"a": NULLABLE}), view_of({"a": TEXT}), [
        (A, "null was removed", "no yes")]),
    "null added": (view_of({"a": TEXT}), view_of({"a": NULLABLE}), [(A, "null was added", "yes no")]),
    "null added, pattern changed": (view_of({"a": UPPER}), view_of({"a": NULLABLE}), [
        (A, "null was added", "yes no"), (A, "the pattern was removed", "yes no")]),
    "null removed, type replaced": (view_of({"a": NULLABLE}), view_of({"a": INT}), [
        (A, "null was removed", "no yes"), (A, "the type changed from string to integer", "no no")]),
    "pattern beside null": (view_of({"a": NULLABLE}), view_of({"a": UPPER | NULLABLE}), [
        (A, "the pattern was added", "no yes")]),
    "unknown keyword beside null": (view_of({"a": NULLABLE | {"format": "a"}}), view_of({"a": NULLABLE}), [
        (A, "the keyword 'format' cannot be compared", "no no")]),
    "reference or null to any value": (view_of({"a": or_null("T")}), view_of({"a": ANY}), [
        (A, "the type changed from reference or null to any value", "yes no")]),
    "any value to text": (view_of({"a": ANY}), view_of({"a": TEXT}), [
        (A, "the type changed from any value to string", "no yes")]),
    "map widened": (view_of({"a": map_of()}), view_of({"a": OPEN}), [
        (A, "the type changed from map to open object", "yes no")]),
    "map to object": (map_of(), view_of({"b": TEXT}), [("T", "the type changed from map to object", "no no")]),
    "object to map": (whole({"b": TEXT}), map_of(), [("T", "the type changed from object to map", "no no")]),
    "values of a map narrowed": (view_of({"a": map_of()}), view_of({"a": map_of(UPPER)}), [
        (f"{A}/additionalProperties", "the pattern was added", "no yes")]),
    "default null added": (view_of({"a": NULLABLE}), view_of({"a": NULLABLE | {"default": None}}), [
        (A, "the default changed from none to null: the meaning changes", "apart")]),
    "default null removed": (view_of({"a": or_null("T", default=None)}), view_of({"a": or_null("T")}), [
        (A, "the default changed from null to none: the meaning changes", "apart")]),
    "type replaced": (view_of({"a": array()}), view_of({"a": TEXT}), [
        (A, "the type changed from array to string", "no no")]),
    "a view that asks for one member": (view_of({}, required=["b"]), OPEN, [
        ("T", "the type changed from object to open object", "yes no")]),
    "value added": ({"enum": ["a"]}, {"enum": ["a", "b"]}, [("T", "the value 'b' was added", "yes no")]),
    "value removed": ({"enum": ["a", "b"]}, {"enum": ["a"]}, [("T", "the value 'b' was removed", "no yes")]),
    "constant changed": (view_of({"a": {"const": "a"}}), view_of({"a": {"const": "b"}}), [
        (A, "the value 'b' was added", "yes no"), (A, "the value 'a' was removed", "no yes")]),
    "pattern added": (TEXT, UPPER, [("T", "the pattern was added", "no yes")]),
    "pattern changed": (UPPER, UPPER | {"pattern": "^a$"}, [("T", "the pattern was changed", "no no")]),
    "pattern removed": (UPPER, TEXT, [("T", "the pattern was removed", "yes no")]),
    "contains added": (array(whole({"kind": KIND})), members("human", 2, 1), [
        ("T", "minContains was tightened from 0 to 1", "no yes"),
        ("T", "maxContains was tightened from no limit to 2", "no yes")]),
    "contains removed": (members("human", 2, 1), array(whole({"kind": KIND})), [
        ("T", "minContains was loosened from 1 to 0", "yes no"),
        ("T", "maxContains was loosened from 2 to no limit", "yes no")]),
    "contains counts others": (members("human", 2), members("runtime", 1), [
        ("T", "contains changed: it is compared whole", "no no")]),
    "contains counts what is elsewhere": (array(contains=ref("T")), array(contains=ref("T")), [
        ("T", "contains changed: it is compared whole", "no no")]),
    "condition added": (step(), step("human"), [("T", "a condition was added", "no yes")]),
    "condition changed": (step("human"), step("runtime"), [
        ("T", "the condition changed: it is compared whole", "no no")]),
    "condition removed": (step("human"), step(), [("T", "a condition was removed", "yes no")]),
    "condition demands what is elsewhere": (step("human", ref("T")), step("human", ref("T")), [
        ("T", "the condition changed: it is compared whole", "no no")]),
    "default changed": (with_text(default="x"), with_text(default="y"), [
        (A, 'the default changed from "x" to "y": the meaning changes', "apart")]),
    "default added": (with_text(), with_text(default="x"), [
        (A, 'the default changed from none to "x": the meaning changes', "apart")]),
    "default removed": (with_text(default=""), with_text(), [
        (A, 'the default changed from "" to none: the meaning changes', "apart")]),
    "contract tag": (tagged("x/v1"), tagged("x/v12"), [
        (TAG, "the contract tag changed from 'x/v1' to 'x/v12'", "apart")]),
    "contract tag that may be absent": (tagged("x/v1", is_required=False), tagged("x/v2", is_required=False), [
        (TAG, "the value 'x/v2' was added", "yes no"), (TAG, "the value 'x/v1' was removed", "no yes")]),
    "unknown keywords": (TEXT | {"format": "a"}, TEXT | {"deprecated": True}, [
        ("T", "the keyword 'format' cannot be compared", "no no"),
        ("T", "the keyword 'deprecated' cannot be compared", "no no")]),
    "unknown type": ({"type": "null"}, {"title": "A"}, [
        ("T", "the keyword 'type' cannot be compared", "no no"), ("T", "the schema has no type", "no no")]),
    "conditions in another order": (step("human", {"maxProperties": 0, "minProperties": 0}),
        step("human", {"minProperties": 0, "maxProperties": 0}), []),
    "default in another order": (with_text(default={"a": 1, "b": 2}), with_text(default={"b": 2, "a": 1}), []),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_a_change_is_reported_with_place_and_answers(name: str) -> None:
    old, new, expected = TYPES[name]
    assert found({"T": old}, {"T": new}) == tuple(change(*one) for one in expected)


def test_each_side_is_named_by_its_own_location() -> None:
    old: dict[str, Any] = {"T": whole({"a": ref("Old")}), "Old": {"enum": ["a", "b"]}}
    new: dict[str, Any] = {"T": whole({"a": ref("New")}), "New": {"enum": ["b", "c"]}}
    assert found(old, new) == (
        change("New", "the value 'c' was added", "yes no"),
        change("Old", "the value 'a' was removed", "no yes"),
    )


def test_null_is_added_and_removed_where_it_stands() -> None:
    some, none = ({"T": view_of({"a": schema}), "P": TEXT} for schema in (or_null("P"), ref("P")))
    assert found(none, some) == (change("T/properties/a", "null was added", "yes no"),)
    assert found(some, none) == (change("T/properties/a", "null was removed", "no yes"),)
    far = {**some, "P": UPPER}
    assert found(some, far) == (change("P", "the pattern was added", "no yes"),)


def test_added_and_removed_members_of_unions_are_named() -> None:
    assert found(union("A", "B"), union("A", "C")) == (
        change("T", "the member with event 'c' was added", "yes no"),
        change("T", "the member with event 'b' was removed", "no yes"),
    )


def test_members_without_a_tag_of_their_own_are_named() -> None:
    both, one = ({**union("A", "B"), "T": {"oneOf": [ref("A"), ref(other)]}} for other in ("A", "B"))
    answer = (change("T", "the members have no tag that distinguishes them", "no no"),)
    assert found(both, one) == found(one, both) == answer


def test_a_folder_that_is_refused_is_one_change() -> None:
    strange = {FILE: contract({"T": {"$ref": "#/$defs/X: Y"}}, FILE, **ref("T"))}
    (verdict,) = compare(strange, strange)
    what = "cannot be compared: $ref must be of the form FILE#/$defs/NAME or #/$defs/NAME, not '#/$defs/X: Y'"
    assert verdict.changes == (change("T/$ref", what, "no no"),)


def test_added_and_removed_documents_are_named() -> None:
    one = {FILE: contract({"T": view_of({})}, FILE, **ref("T"))}
    two = one | {"b.schema.json": contract({"U": view_of({})}, "b.schema.json", **ref("U"))}
    added, removed = compare(one, two)[1], compare(two, one)[1]
    assert added.changes == (
        Change("b", "the document was added: nobody reads or writes it yet", backward=True, forward=True),
    )
    assert removed.changes == (Change("b", "the document was removed", backward=False, forward=False),)
