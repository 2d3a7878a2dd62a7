"""Which contracts are refused, and do the errors name the file and the JSON Pointer?

Each refused contract says something that the generated types would silently lose, or that is not valid in Python.
"""

import json
from collections.abc import Mapping

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from mutations import at, places, replaced, variants
from small_contracts import (
    KIND,
    LIMITED,
    OPEN,
    TEXT,
    Schema,
    closed,
    contract,
    real_sources,
    ref,
    text_of,
    view_of,
)

from tier2.codegen.dialect import DIALECT
from tier2.codegen.generation import V1, generate
from tier2.codegen.model import MAX_NESTING, ContractFileError

NULL: Schema = {"type": "null"}
ANY: Schema = {"description": "Any value."}
BOUNDED: Schema = {"type": "integer", "minimum": 0, "maximum": 1}
AROUND: Schema = {
    "JsonObject": OPEN,
    "Kind": KIND,
    "Part": closed({"id": TEXT}),
    "Wish": view_of({"id": TEXT}),
}
"""Types that the refused ones may refer to."""


def map_of(values: object, **more: object) -> Schema:
    return {"type": "object", "additionalProperties": values, **more}


AS_PROPERTY: Mapping[str, tuple[object, str, str]] = {
    "unknown keyword": ({**TEXT, "format": "date"}, "", "'format' is unknown"),
    "keyword of another shape": ({**TEXT, "minItems": 1}, "", "'minItems' is not allowed on this string"),
    "siblings of a reference": ({**ref("Part"), "type": "object"}, "", "not allowed on this reference"),
    "unknown type": ({"type": "null"}, "", "the type 'null' cannot be expressed"),
    "several types": ({"type": ["string", "integer"]}, "", "cannot be expressed"),
    "no type": ({}, "", "a schema has a type; one that allows any JSON value has a description"),
    "a title instead of a type": ({"title": "A"}, "", "a schema has a type"),
    "a keyword instead of a type": ({"description": "A", "default": 1}, "", "the type None cannot be"),
    "no schema": (True, "", "a schema here is a JSON object"),
    "inexact bound of an integer": ({**BOUNDED, "maximum": 0.5}, "/maximum", "must be an integer within"),
    "default beyond a number's bounds": (
        {"type": "number", "maximum": 0.5, "default": 0.75},
        "/default",
        "does not fit this number",
    ),
    "default too long": ({**TEXT, "maxLength": 1, "default": "ab"}, "/default", "does not fit this string"),
    "lengths the wrong way round": (
        {**TEXT, "minLength": 2, "maxLength": 1},
        "/minLength",
        "more than maxLength",
    ),
    "description with a control character": (
        {**TEXT, "description": "a\x07"},
        "/description",
        "printable lines",
    ),
    "inexact bound": ({**BOUNDED, "maximum": 2**53}, "/maximum", "an integer within"),
    "boolean bound": ({**BOUNDED, "minimum": False}, "/minimum", "not False"),
    "bounds the wrong way round": ({**BOUNDED, "minimum": 2}, "/minimum", "more than maximum"),
    "negative length": ({"type": "array", "items": TEXT, "minItems": -1}, "/minItems", "a count"),
    "boolean length": ({"type": "array", "items": TEXT, "minItems": True}, "/minItems", "a count, not True"),
    "second constant": ({"const": "x"}, "", "a constant is the first property"),
    "constant that is no text": ({"const": 1}, "/const", "a printable string"),
    "enumeration of other things": ({"enum": ["a", 1]}, "/enum", "different printable strings"),
    "value listed twice": ({"enum": ["a", "a"]}, "/enum", "different printable strings"),
    "empty enumeration": ({"enum": []}, "/enum", "different printable strings"),
    "lone surrogate": ({"enum": ["\ud800"]}, "/enum", "different printable strings"),
    "reference to nothing": (ref("Nope"), "/$ref", "'#/$defs/Nope' leads nowhere"),
    "reference to another file": (ref("Part", "b.schema.json"), "/$ref", "leads nowhere"),
    "reference to another folder": (ref("Part", "x/a.schema.json"), "/$ref", "leads nowhere"),
    "reference out of the folder": (ref("Part", "../a.schema.json"), "/$ref", "leads nowhere"),
    "reference into a type": ({"$ref": "#/$defs/Part/properties/id"}, "/$ref", "of the form"),
    "reference from the root": (ref("Part", "/a.schema.json"), "/$ref", "of the form"),
    "reference that is no text": ({"$ref": 1}, "/$ref", "of the form"),
    "a view in a document": (ref("Wish"), "", "Wish is a view"),
    "views in a document": ({"type": "array", "items": ref("Wish")}, "", "Wish is a view"),
    "array of open objects": ({"type": "array", "items": ref("JsonObject")}, "", "strings or named objects"),
    "array of integers": ({"type": "array", "items": BOUNDED}, "", "strings or named objects"),
    "array of anything": ({"type": "array"}, "/items", "a schema here is a JSON object"),
    "object written in place": (closed({}), "", "must be a named type"),
    "array of any values": ({"type": "array", "items": ANY}, "", "strings or named objects"),
    "map of integers": (map_of(BOUNDED), "/additionalProperties", "holds plain strings"),
    "map of strings of a pattern": (
        map_of({**TEXT, "pattern": "^a$"}),
        "/additionalProperties",
        "holds plain strings",
    ),
    "map of enumerations": (map_of(ref("Kind")), "/additionalProperties", "holds plain strings"),
    "map of views": (map_of(ref("Wish")), "/additionalProperties", "Wish is a view"),
    "map of whatever": (map_of(True), "/additionalProperties", "a schema here is a JSON object"),
    "map with a default of its values": (
        map_of({**TEXT, "default": ""}),
        "/additionalProperties/default",
        "on a property only",
    ),
    "map with required members": (map_of(TEXT, required=["a"]), "", "not allowed on this map"),
    "null first": ({"oneOf": [NULL, ref("Part")]}, "/oneOf", "null stands second"),
    "null beside two references": ({"oneOf": [ref("Part"), NULL, ref("Kind")]}, "/oneOf", "stands second"),
    "null alone": ({"oneOf": [NULL]}, "/oneOf", "null stands second"),
    "null twice": ({"oneOf": [NULL, NULL]}, "/oneOf/0", "the type 'null' cannot be expressed"),
    "null beside a shape in place": ({"oneOf": [TEXT, NULL]}, "/oneOf/0", "null stands beside a reference"),
    "null beside nothing": ({"oneOf": [ref("Nope"), NULL]}, "/oneOf/0/$ref", "leads nowhere"),
    "null beside a view": ({"oneOf": [ref("Wish"), NULL]}, "/oneOf/0", "Wish is a view"),
    "array of objects or null": (
        {"type": "array", "items": {"oneOf": [ref("Part"), NULL]}},
        "",
        "strings or named objects",
    ),
    "default of a map with members": (map_of(TEXT, default={"a": "b"}), "/default", "does not fit this map"),
    "default beside null": (
        {"oneOf": [ref("JsonObject"), NULL], "default": {}},
        "/default",
        "does not fit this reference or null",
    ),
    "default against a pattern beside null": (
        {"type": ["string", "null"], "pattern": "^a$", "default": "b"},
        "/default",
        "does not fit this string or null",
    ),
    "default null without null": ({**TEXT, "default": None}, "/default", "does not fit this string"),
    "default of another type": ({**TEXT, "default": 1}, "/default", "does not fit"),
    "default out of bounds": ({**BOUNDED, "default": 2}, "/default", "does not fit"),
    "default below its bounds": ({**BOUNDED, "default": -1}, "/default", "does not fit this integer"),
    "truth as a number": ({**BOUNDED, "default": True}, "/default", "does not fit"),
    "default against the pattern": ({**TEXT, "pattern": "^a$", "default": "b"}, "/default", "does not fit"),
    "default that cannot be printed": ({**TEXT, "default": "\n"}, "/default", "does not fit"),
    "default with members": ({**ref("JsonObject"), "default": {"b": 1}}, "/default", "does not fit"),
    "default for a struct": ({**ref("Part"), "default": {}}, "/default", "does not fit"),
    "default too short": (
        {"type": "array", "items": TEXT, "minItems": 1, "default": []},
        "/default",
        "does not fit",
    ),
    "default of an item": (
        {"type": "array", "items": {**TEXT, "default": ""}},
        "/items/default",
        "on a property only",
    ),
    "contains in place": ({**LIMITED["DoneSteps"], "items": TEXT}, "", "on a named array only"),
}

AS_TYPE: Mapping[str, tuple[object, str, str]] = {
    "unknown keyword": (closed({}, patternProperties={}), "", "'patternProperties' is unknown"),
    "members of an open object": ({**OPEN, "required": ["a"]}, "", "not allowed on this open object"),
    "optional property": (closed({"a": TEXT}, required=[]), "", "every property is required"),
    "default below the only bound": (
        view_of({"a": {"type": "integer", "minimum": 3, "default": 2}}),
        "/properties/a/default",
        "does not fit this integer",
    ),
    "default above the only bound": (
        view_of({"a": {"type": "integer", "maximum": 3, "default": 4}}),
        "/properties/a/default",
        "does not fit this integer",
    ),
    "another order": (
        closed({"a": TEXT, "b": TEXT}, required=["b", "a"]),
        "",
        "in the order of the properties",
    ),
    "neither closed nor open": ({"type": "object", "properties": {}}, "", "says additionalProperties"),
    "a schema for other members": (
        closed({}, additionalProperties=TEXT),
        "",
        "says additionalProperties: false, or true for a view",
    ),
    "a number for other members": (
        closed({}, additionalProperties=0),
        "/additionalProperties",
        "true or false",
    ),
    "required but unknown": (view_of({}, required=["a"]), "/required", "'a' is not among the properties"),
    "required with a default": (
        view_of({"a": {**TEXT, "default": "x"}}, required=["a"]),
        "/properties/a/default",
        "a required member of a view has no default",
    ),
    "constant in a view": (view_of({"a": {"const": "x"}}), "/properties/a", "in a closed object"),
    "nameless property": (closed({"": TEXT}), "/properties/", "a printable name"),
    "property that cannot be printed": (view_of({"a\x07": TEXT}), "/properties/a\x07", "a printable name"),
    "two names that are one in Python": (
        closed({"a-b": TEXT, "a b": TEXT}),
        "/properties/a b",
        "one name in Python, a_b",
    ),
    "a type that contains itself": (closed({"a": ref("Thing")}), "", "contains itself"),
    "union without tags": ({"oneOf": [ref("Part"), ref("Wish")]}, "", "need one tag"),
    "union of shapes in place": ({"oneOf": [TEXT]}, "/oneOf/0", "a reference to a named type"),
    "empty union": ({"oneOf": []}, "/oneOf", "a list of references"),
    "default": ({"type": "array", "items": TEXT, "default": []}, "/default", "on a property only"),
    "text without a pattern": (TEXT, "", "a named string has no use"),
    "any value": (ANY, "", "a named any value has no use"),
    "reference or null": ({"oneOf": [ref("Part"), NULL]}, "", "a named reference or null has no use"),
    "reference": (ref("Kind"), "", "has no use"),
    "contains without a bound": ({"type": "array", "items": TEXT, "contains": {}}, "", "stand together"),
}


def changed(name: str, **members: object) -> Schema:
    """The types with conditions, one of them changed."""
    return {**LIMITED, name: {**LIMITED[name], **members}}


def tagged(first: Schema, second: Schema) -> Schema:
    return {"B": closed(first), "C": closed(second), "Thing": {"oneOf": [ref("B"), ref("C")]}}


PAYLOAD_WITH_OP = LIMITED["Step"]["then"]["properties"]["payload"]

IN_SETS: Mapping[str, tuple[Schema, str, str]] = {
    "types that contain each other": (
        {"Thing": closed({"b": ref("B")}), "B": {"type": "array", "items": ref("Thing")}},
        "Thing",
        "contains itself",
    ),
    "one value twice": (tagged({"t": {"const": "x"}}, {"t": {"const": "x"}}), "Thing", "different values"),
    "two tags": (tagged({"t": {"const": "x"}}, {"u": {"const": "y"}}), "Thing", "need one tag"),
    "lower case": ({"thing": KIND}, "thing", "a Python name in CapWords"),
    "Python keyword": ({"None": KIND}, "None", "a Python name in CapWords"),
    "underscore": ({"MAX_TOTAL": KIND}, "MAX_TOTAL", "a Python name in CapWords"),
    **{
        f"the module's {name}": ({name: KIND}, name, f"needs the name {name}")
        for name in ("Value", "View", "Mapping", "Literal", "Meta", "EMPTY", "JsonValue", "CONDITIONS")
    },
    "if without then": (
        {**LIMITED, "Step": {key: value for key, value in LIMITED["Step"].items() if key != "then"}},
        "Step",
        "if and then go together",
    ),
    "another then": (changed("Step", then={"required": ["kind"]}), "Step/if", "only `a constant member"),
    "more than a text member": (
        changed("Step", then={"properties": {"payload": {**PAYLOAD_WITH_OP, "maxProperties": 9}}}),
        "Step/if",
        "only `a constant member",
    ),
    "false for zero": (
        changed("Step", then={"properties": {"payload": {"maxProperties": False}}}),
        "Step/if",
        "only `a constant member",
    ),
    "then for no open object": (
        changed("Step", then={"properties": {"kind": {"maxProperties": 0}}}),
        "Step/if",
        "only `a constant member",
    ),
    "condition that is never met": (
        {**LIMITED, "Kind": {"enum": ["human"]}},
        "Step/if",
        "only `a constant member",
    ),
    "another contains": (
        changed("DoneSteps", contains={"required": ["kind"]}),
        "DoneSteps/contains",
        "is known",
    ),
    "contains what no item can be": (
        changed("DoneSteps", contains={"properties": {"kind": {"const": "robot"}}}),
        "DoneSteps/contains",
        "no item can have the kind 'robot'",
    ),
    "contains without a bound of the whole": (
        {
            **LIMITED,
            "DoneSteps": {key: value for key, value in LIMITED["DoneSteps"].items() if key != "maxItems"},
        },
        "DoneSteps/contains",
        "maxItems is known",
    ),
    "contains a word that has a meaning": (
        {
            **changed("DoneSteps", contains={"properties": {"kind": {"const": "total"}}}),
            "Kind": {"enum": ["total", "runtime"]},
        },
        "DoneSteps/contains",
        "no item can have the kind 'total'",
    ),
    "at least one contained": (changed("DoneSteps", minContains=1), "DoneSteps/contains", "minContains 0"),
    "more contained at least than at most": (
        changed("DoneSteps", minContains=4),
        "DoneSteps/minContains",
        "more than",
    ),
    "two limits of one name": (
        {**LIMITED, "DONESteps": LIMITED["DoneSteps"], "DONESTEPS": LIMITED["DoneSteps"]},
        "DONESTEPS",
        "rename DONESTEPS",
    ),
}

REFUSED: Mapping[str, tuple[Schema, str, str]] = {
    **{
        f"property: {case}": (
            {**AROUND, "Thing": closed({"b": TEXT, "a": schema})},
            f"Thing/properties/a{place}",
            message,
        )
        for case, (schema, place, message) in AS_PROPERTY.items()
    },
    **{
        f"type: {case}": ({**AROUND, "Thing": schema}, f"Thing{place}", message)
        for case, (schema, place, message) in AS_TYPE.items()
    },
    **{f"types: {case}": refusal for case, refusal in IN_SETS.items()},
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_the_file_and_the_pointer(case: str) -> None:
    defs, place, message = REFUSED[case]
    with pytest.raises(ContractFileError) as caught:
        text_of(defs)
    where, _, what = str(caught.value).partition(": ")
    assert where == f"a.schema.json#/$defs/{place}"
    assert message in what


def deep(levels: int) -> Schema:
    items: Schema = TEXT
    for _ in range(levels):
        items = {"type": "array", "items": items}
    return {"Thing": view_of({"a": items})}


def chain(length: int) -> Schema:
    """Named types of which each needs the next."""
    needing: Schema = {f"T{n}": {"type": "array", "items": ref(f"T{n + 1}")} for n in range(length - 1)}
    return {**needing, f"T{length - 1}": KIND}


def test_a_chain_of_types_ends_at_the_greatest_depth() -> None:
    assert "T0: TypeAlias = tuple[T1, ...]" in text_of(chain(MAX_NESTING + 1))
    with pytest.raises(ContractFileError) as caught:
        text_of(chain(MAX_NESTING + 2))
    assert str(caught.value) == f"a.schema.json#/$defs/T{MAX_NESTING + 1}: it nests too deep"


FILES_REFUSED: Mapping[str, tuple[dict[str, str], str]] = {
    "no file": ({}, "#: there is no contract file"),
    "no JSON": ({"a.schema.json": "{"}, "a.schema.json#: not JSON"),
    "byte order mark": ({"a.schema.json": "\ufeff{}"}, "a.schema.json#: not JSON"),
    "lone surrogate": ({"a.schema.json": '"\ud800"'}, "a.schema.json#: not JSON"),
    "NaN": ({"a.schema.json": '{"a": NaN}'}, "a.schema.json#: NaN is not a JSON number"),
    "no object": ({"a.schema.json": "[]"}, "a.schema.json#: a contract is a JSON object"),
    "too deep": ({"a.schema.json": "[" * 100_000}, "a.schema.json#: it nests too deep"),
    "key twice": ({"a.schema.json": '{"$id": "", "$id": ""}'}, "the key '$id' stands twice"),
    "nothing defined": (
        {"a.schema.json": f'{{"$schema": "{DIALECT}"}}'},
        "a.schema.json#: a contract file needs '$id'",
    ),
    "another dialect": (
        {"a.schema.json": contract({}).replace("2020-12", "2019-09")},
        "a.schema.json#/$schema: the dialect is",
    ),
    "another file's id": (
        {"a.schema.json": contract({}, "b.schema.json")},
        "a.schema.json#/$id: the id must end with",
    ),
    "another base": (
        {
            "a.schema.json": contract({}),
            "b.schema.json": contract({}, "b.schema.json").replace("/v1/", "/v2/"),
        },
        "b.schema.json#/$id: the id must begin as that of a.schema.json",
    ),
    "name twice": (
        {file: contract({"Kind": KIND}, file) for file in ("a.schema.json", "b.schema.json")},
        "b.schema.json#/$defs/Kind: Kind is already defined in a.schema.json#/$defs/Kind",
    ),
    "keyword beside the definitions": (
        {"a.schema.json": contract({}, type="object")},
        "a.schema.json#: the keyword 'type' is not allowed on this file",
    ),
    "root reference to nothing": (
        {"a.schema.json": contract({}, **ref("Kind"))},
        "a.schema.json#/$ref: the reference",
    ),
    "odd file name": ({'a"""': contract({})}, "a file name has letters"),
    "deep arrays": ({"a.schema.json": contract(deep(30))}, "it nests too deep"),
}


@pytest.mark.parametrize("case", FILES_REFUSED)
def test_files_that_are_no_contracts_are_refused(case: str) -> None:
    files, message = FILES_REFUSED[case]
    with pytest.raises(ContractFileError) as caught:
        generate(files)
    assert message in str(caught.value)


REAL = real_sources()
json_scalars = st.none() | st.booleans() | st.integers(-2, 2**60) | st.floats() | st.text(max_size=5)
json_values = st.recursive(
    json_scalars | st.sampled_from(["$ref", "human", "^a$", "#/$defs/Step", "string", "object"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_any_text_is_generated_from_or_refused_by_name(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(REAL)))
    document = json.loads(REAL[file])
    path = data.draw(st.sampled_from([(), *places(document)]))
    value = data.draw(st.sampled_from(list(variants(at(document, path)))) | json_values)
    try:
        made = generate({**REAL, file: json.dumps(replaced(document, path, value))})
    except ContractFileError as error:
        refused = str(error)
        made = {}
    event("refused" if not made else "generated")
    if made:
        compile(made[V1.module], V1.module, "exec")
        json.loads(made[V1.bundle])
    else:
        assert refused.partition("#")[0] in REAL


ODD_PATTERNS: tuple[object, ...] = (
    *"a ^a a$ ^a|b$ ^(a+)+$ ^(?:a)$ ^a+b+$ ^.$ ^\\d$ ^[^a]$ ^[z-a]$ ^a$b$ ^\u00e9$".split(),
    *"^a{3,2}$ ^a{,5}$ ^a++$ ^[a--b]$ ^[[a]$".split(),
    *("", "^a\n$", "^a$\n", 5, None, [], {}),
)


@pytest.mark.parametrize("pattern", ODD_PATTERNS)
def test_ambiguous_patterns_are_refused(pattern: object) -> None:
    with pytest.raises(
        ContractFileError, match=r"#/\$defs/Thing/properties/code/pattern: pattern must be of the form"
    ):
        text_of({"Thing": closed({"code": {"type": "string", "pattern": pattern}})})
