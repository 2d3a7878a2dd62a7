"""What exactly does the refusal of a contract say? (`test_generator_refusals` has more cases, and their places.)"""

import pytest
from small_contracts import KIND, TEXT, Schema, closed, contract, ref, text_of, view_of

from tier2.codegen.generation import generate
from tier2.codegen.model import MAX_NESTING, ContractFileError

NULL: Schema = {"type": "null"}
NAME = "a property needs a printable name"
COUNTED = "contains, minContains and maxContains stand together, on a named array only"

OF_TYPES: list[tuple[object, str, str]] = [
    (1, "", "a schema here is a JSON object"),
    ({"type": "date"}, "", "the type 'date' cannot be expressed"),
    ({}, "", "a schema has a type; one that allows any JSON value has a description, and nothing else"),
    (
        {"title": "A", "description": "B.", "type": None},
        "",
        "the type None cannot be expressed",
    ),
    ({**TEXT, "format": "date"}, "", "the keyword 'format' is unknown"),
    ({**TEXT, "items": TEXT}, "", "the keyword 'items' is not allowed on this string"),
    ({"enum": ["a", "a"]}, "/enum", "enum must be a list of different printable strings, not ['a', 'a']"),
    (
        closed({"a": {"type": "integer", "minimum": 2, "maximum": 1}}),
        "/properties/a/minimum",
        "minimum is more than maximum",
    ),
    (
        {"type": "array", "items": {**TEXT, "default": ""}},
        "/items/default",
        "a default stands on a property only",
    ),
    ({"type": "array", "items": TEXT, "contains": {}}, "", COUNTED),
    ({"oneOf": [ref("Kind"), TEXT]}, "/oneOf/1", "a member of a union is a reference to a named type"),
    ({"oneOf": [ref("Kind"), {**TEXT, "format": "a"}]}, "/oneOf/1", "the keyword 'format' is unknown"),
    (
        closed({"a": {"oneOf": [NULL, ref("Kind")]}}),
        "/properties/a/oneOf",
        'null stands second, as in {"oneOf": [{"$ref": ...}, {"type": "null"}]}',
    ),
    (
        closed({"a": {"oneOf": [TEXT, NULL]}}),
        "/properties/a/oneOf/0",
        "null stands beside a reference to a named type",
    ),
    (closed({"": TEXT}), "/properties/", NAME),
    (
        {"type": "object", "properties": {}},
        "",
        "an object with properties says additionalProperties: false, or true for a view",
    ),
    (
        closed({"a": TEXT}, required=[]),
        "",
        "in a closed object every property is required, in the order of the properties",
    ),
    (view_of({}, required=["a"]), "/required", "'a' is not among the properties"),
    (
        view_of({"a": {**TEXT, "default": ""}}, required=["a"]),
        "/properties/a/default",
        "a required member of a view has no default",
    ),
    (closed({}, **{"if": {}}), "", "if and then go together"),
    (
        closed({"a": {"type": "object", "additionalProperties": KIND}}),
        "/properties/a/additionalProperties",
        "a map in a closed object holds plain strings or named objects",
    ),
    (
        {"oneOf": [ref("Kind"), ref("Nope")]},
        "/oneOf/1/$ref",
        "the reference '#/$defs/Nope' leads nowhere",
    ),
    (
        {"oneOf": [ref("Kind")]},
        "",
        "the members of a union need one tag, a property with a `const`, and different values of it",
    ),
    (
        view_of({"a": {"const": "x"}}),
        "/properties/a",
        "a constant is the first property, and in a closed object: the tag",
    ),
    (
        closed({"a": {"type": "array", "items": ref("Kind")}}),
        "/properties/a",
        "an array in a closed object holds strings or named objects",
    ),
    (
        view_of({"a": {"type": "array", "items": closed({})}}),
        "/properties/a/items",
        "this object must be a named type under $defs",
    ),
    (
        view_of({"a": {"type": "object", "additionalProperties": closed({})}}),
        "/properties/a/additionalProperties",
        "this object must be a named type under $defs",
    ),
    (
        {"type": "array", "items": TEXT, "contains": {}, "minContains": 0, "maxContains": 1},
        "/contains",
        'only {"properties": {NAME: {"const": WORD}}} with minContains 0, maxContains and maxItems is known',
    ),
    (
        closed({}, **{"if": {}, "then": {}}),
        "/if",
        "only `a constant member demands an empty object, or one with a string member` is known",
    ),
    (closed({"a": ref("Nope")}), "/properties/a/$ref", "the reference '#/$defs/Nope' leads nowhere"),
]


@pytest.mark.parametrize(("schema", "place", "message"), OF_TYPES)
def test_a_refused_type_is_explained_in_these_words(schema: object, place: str, message: str) -> None:
    with pytest.raises(ContractFileError) as caught:
        text_of({"Kind": KIND, "Thing": schema})
    assert str(caught.value) == f"a.schema.json#/$defs/Thing{place}: {message}"


FILE_NAME = "a file name has letters, digits, and _ . - only, and no part that starts with a dot"

OF_FILES: list[tuple[dict[str, str], str]] = [
    ({}, "#: there is no contract file; one is called NAME.schema.json"),
    ({".a.schema.json": contract({})}, f".a.schema.json#: {FILE_NAME}"),
    ({"a.schema.json": '{"b": 1, "a": 1, "a": 2}'}, "a.schema.json#: the key 'a' stands twice in one object"),
    (
        {"a.schema.json": contract({"kind": KIND})},
        "a.schema.json#/$defs/kind: a named type needs a Python name in CapWords",
    ),
]


@pytest.mark.parametrize(("files", "message"), OF_FILES)
def test_a_refused_file_is_explained_in_these_words(files: dict[str, str], message: str) -> None:
    with pytest.raises(ContractFileError) as caught:
        generate(files)
    assert str(caught.value) == message


def nested(levels: int) -> Schema:
    """A type whose innermost schema stands this many levels below its property."""
    schema: Schema = TEXT
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return view_of({"a": schema})


def test_schemas_nest_as_deep_as_the_limit_and_no_deeper() -> None:
    levels = MAX_NESTING - len(("", "$defs", "Thing", "properties", "a")) + 1
    assert "tuple[" * levels in text_of({"Thing": nested(levels)})
    with pytest.raises(ContractFileError) as caught:
        text_of({"Thing": nested(levels + 1)})
    place = "a.schema.json#/$defs/Thing/properties/a" + "/items" * (levels + 1)
    assert str(caught.value) == f"{place}: it nests too deep"


def test_a_lower_bound_may_be_equal_to_the_upper_one() -> None:
    count: Schema = {"type": "integer", "minimum": 3, "maximum": 3}
    assert "Meta(ge=3, le=3)" in text_of({"Thing": closed({"count": count})})
