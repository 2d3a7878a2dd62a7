"""Every member of every contract is covered: absent, of the wrong type, at each bound and just beyond it.

The contract files say what must be covered. Each vector that the table names is what it is named for, and nothing else
is wrong with it: with another value of that member it would be a valid vector of its type.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from contract_schemas import PLACE_OF, SOURCES, spelled_out
from vector_reader import TABLE, Vector, vectors

Schema = dict[str, Any]

BY_ID = {vector["id"]: vector for vector in vectors("documents")}
VALID = [vector for vector in BY_ID.values() if vector["result"] == "valid"]
JSON_TYPES = {
    bool: "boolean",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
    int: "integer",
    float: "number",
}
BOUNDS = ("minItems", "maxItems", "maxContains", "minimum", "maximum", "pattern", "enum", "const", "oneOf")
OPEN_OBJECT: Schema = {"type": "object"}
ANY_VALUE: Schema = {}
NULL: Schema = {"type": "null"}


def schema_of(kind: str, node: Schema) -> Schema:
    """Return the schema of a member with its references resolved, without its default; null stands in its type."""
    plain: Schema = spelled_out(node, PLACE_OF[kind])
    plain.pop("default", None)
    if NULL in plain.get("oneOf", ()):
        (other,) = (part for part in plain["oneOf"] if part != NULL)
        if "enum" in other:
            return {"enum": [*other["enum"], None]}
        return {**other, "type": [other["type"], "null"]}
    return plain


def inside(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Return the schema of the items of an array, or of the members of a map, each with its brackets."""
    if "items" in schema:
        yield "[]", schema["items"]
    if isinstance(schema.get("additionalProperties"), dict):
        yield "{}", schema["additionalProperties"]


DEFINED = {name: node for file in SOURCES.values() for name, node in file["$defs"].items()}
TYPES = {name: node for name, node in DEFINED.items() if "properties" in node}
MEMBERS = {
    f"{kind}.{name}": schema_of(kind, member)
    for kind, node in TYPES.items()
    for name, member in node["properties"].items()
}
"""Every member of every contract, such as ``Run.events``, with its schema."""


# What must be covered


def bounds(schema: Schema) -> Iterator[str]:
    """Return the keywords that bound a member; those of an array's items with ``[]`` in front."""
    yield from (f" {keyword}" for keyword in BOUNDS if keyword in schema)
    if schema in (OPEN_OBJECT, {"type": ["object", "null"]}, ANY_VALUE):
        yield " depth"
    if "items" in schema and "properties" not in schema["items"]:
        yield from (f"[]{bound}" for bound in bounds(schema["items"]))


def wanted() -> dict[str, set[str]]:
    """Return the items that each row must have."""
    at_bounds = {place + bound for place, schema in MEMBERS.items() for bound in bounds(schema)}
    # No keyword says that the ids of steps differ (contracts/README.md, "What JSON Schema cannot say").
    repeated_ids = {f"{place} ids" for place, schema in MEMBERS.items() if "maxContains" in schema}
    conditional = [name for name, node in TYPES.items() if "if" in node]
    return {
        "absent": set(MEMBERS),
        "of the wrong type": {place for place, schema in MEMBERS.items() if schema != ANY_VALUE}
        | {f"{place}{brackets}" for place, schema in MEMBERS.items() for brackets, _ in inside(schema)},
        "at a bound": at_bounds,
        "beyond a bound": at_bounds | repeated_ids,
        "unknown member": set(TYPES),
        "condition": {f"{name} {how}" for name in conditional for how in ("met", "broken")},
    }


@pytest.mark.parametrize("row", wanted())
def test_the_table_has_every_member_and_bound(row: str) -> None:
    assert set(TABLE[row]) == wanted()[row]


def test_a_new_member_of_a_contract_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MEMBERS, "StepSpec.retries", {"type": "integer", "minimum": 0, "maximum": 3})
    missing = {row: items - TABLE[row].keys() for row, items in wanted().items()}
    assert missing["absent"] == missing["of the wrong type"] == {"StepSpec.retries"}
    assert missing["at a bound"] == {"StepSpec.retries minimum", "StepSpec.retries maximum"}
    assert missing["beyond a bound"] == missing["at a bound"]


# The vectors are what the table says


def key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def document(vector: Vector) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(vector["text"])
    return value


def without(value: dict[str, Any], name: str) -> str:
    return key({other: member for other, member in value.items() if other != name})


OTHERWISE_VALID = {
    (vector["type"], name, without(value, name))
    for vector in VALID
    for value in [document(vector)]
    for name in value
}
"""Type, member, and the rest of a valid document that has this member."""
WHOLE = {(vector["type"], key(document(vector))) for vector in VALID}


def listed(row: str) -> pytest.MarkDecorator:
    """Run a test for each vector of each item of a row."""
    pairs = [(item, BY_ID[vector_id]) for item, ids in TABLE[row].items() for vector_id in ids]
    named = [pytest.param(item, vector, id=f"{item}-{vector['id']}") for item, vector in pairs]
    return pytest.mark.parametrize(("item", "vector"), named)


def parts_of(item: str) -> tuple[str, str, str]:
    """Return type, member, and the bound with its brackets."""
    found = re.fullmatch(r"(\w+)\.(\w+)((?:\[\]|\{\})*)(?: (\w+))?", item)
    assert found is not None
    return found[1], found[2], found[3] + (found[4] or "")


def json_type(value: object) -> str:
    return "integer" if isinstance(value, float) and value.is_integer() else JSON_TYPES[type(value)]


def allowed_types(schema: Schema) -> set[str]:
    if "oneOf" in schema:
        return set().union(*map(allowed_types, schema["oneOf"]))
    if "const" in schema or "enum" in schema:
        return set(map(json_type, listed_values(schema)))
    return {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])


def listed_values(schema: Schema) -> list[object]:
    found: list[object] = schema.get("enum", [schema.get("const")])
    return found


def depth(value: object) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if parts is None else 1 + max(map(depth, parts), default=0)


def people(steps: list[Schema]) -> int:
    return sum(step["kind"] == "human" for step in steps)


def matches(pattern: str, text: str) -> bool:
    """As in ECMAScript, where ``$`` is the very end."""
    return re.search(pattern.replace("$", r"\Z"), text) is not None


def tags(union: Schema) -> set[str]:
    return {one["properties"]["event"]["const"] for one in union["oneOf"]}


MEETS: dict[str, Callable[[Schema, Any, int], bool]] = {
    "minItems": lambda schema, value, by: len(value) == schema["minItems"] - by,
    "maxItems": lambda schema, value, by: len(value) == schema["maxItems"] + by,
    "maxContains": lambda schema, value, by: people(value) == schema["maxContains"] + by,
    "minimum": lambda schema, value, by: value == schema["minimum"] - by,
    "maximum": lambda schema, value, by: value == schema["maximum"] + by,
    "depth": lambda _, value, by: depth(value) == 64 + by,
    "pattern": lambda schema, value, by: matches(schema["pattern"], value) is not bool(by),
    "enum": lambda schema, value, by: (value in listed_values(schema)) is not bool(by),
    "const": lambda schema, value, by: (value in listed_values(schema)) is not bool(by),
    "oneOf": lambda schema, value, by: (value["event"] in tags(schema)) is not bool(by),
    "ids": lambda _, value, __: len({step["id"] for step in value}) < len(value),
}
"""Whether a value is at a bound (the last argument is 0), or the least step beyond it (1)."""


def meets(bound: str, schema: Schema, value: Any, by: int) -> bool:
    if bound.startswith("[]"):
        return any(meets(bound[2:], schema["items"], part, by) for part in value)
    return MEETS[bound](schema, value, by)


@listed("absent")
def test_only_the_absent_member_is_wrong(item: str, vector: Vector) -> None:
    kind, name, _ = parts_of(item)
    assert vector["type"] == kind
    assert (kind, name, key(document(vector))) in OTHERWISE_VALID
    assert name not in document(vector)
    assert (vector["result"] == "invalid") is (name in TYPES[kind].get("required", ()))


@listed("of the wrong type")
def test_only_the_type_of_the_member_is_wrong(item: str, vector: Vector) -> None:
    kind, name, brackets = parts_of(item)
    value, schema = document(vector), MEMBERS[f"{kind}.{name}"]
    assert (vector["type"], vector["result"]) == (kind, "invalid")
    assert (kind, name, without(value, name)) in OTHERWISE_VALID
    if brackets:
        parts = value[name].values() if brackets == "{}" else value[name]
        assert any(json_type(part) not in allowed_types(dict(inside(schema))[brackets]) for part in parts)
    else:
        assert json_type(value[name]) not in allowed_types(schema)


def check_bound(item: str, vector: Vector, by: int) -> None:
    kind, name, bound = parts_of(item)
    value = document(vector)
    assert vector["type"] == kind
    assert (kind, name, without(value, name)) in OTHERWISE_VALID
    assert meets(bound, MEMBERS[f"{kind}.{name}"], value[name], by)


@listed("at a bound")
def test_a_vector_at_a_bound_is_valid(item: str, vector: Vector) -> None:
    assert vector["result"] == "valid"
    check_bound(item, vector, 0)


@listed("beyond a bound")
def test_the_least_step_beyond_a_bound_is_invalid(item: str, vector: Vector) -> None:
    assert vector["result"] == "invalid"
    check_bound(item, vector, 1)


@pytest.mark.parametrize("item", [item for item in TABLE["at a bound"] if item.endswith(("enum", "oneOf"))])
def test_every_value_of_a_closed_list_is_valid(item: str) -> None:
    kind, name, bound = parts_of(item)
    schema = MEMBERS[f"{kind}.{name}"]
    found = [document(BY_ID[vector_id])[name] for vector_id in TABLE["at a bound"][item]]
    if bound.startswith("[]"):
        schema, found = schema["items"], [part for value in found for part in value]
    if bound.endswith("enum"):
        assert set(found) == set(schema["enum"])
    else:
        assert {event["event"] for event in found} == tags(schema)


@listed("unknown member")
def test_only_a_view_keeps_an_unknown_member(item: str, vector: Vector) -> None:
    value = document(vector)
    (extra,) = value.keys() - TYPES[item]["properties"].keys()
    assert vector["type"] == item
    assert (vector["result"] == "invalid") is (TYPES[item]["additionalProperties"] is False)
    assert (item, without(value, extra)) in WHOLE


@listed("condition")
def test_a_condition_is_met_or_broken(item: str, vector: Vector) -> None:
    kind, how = item.split()
    ((name, schema),) = TYPES[kind]["if"]["properties"].items()
    assert vector["type"] == kind
    assert document(vector)[name] == schema["const"]
    assert vector["result"] == ("valid" if how == "met" else "invalid")
