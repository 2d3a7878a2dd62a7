"""Is every member of every contract covered: absent, of the wrong type, at each bound and just beyond?

What must be covered is derived here from the contract files. Each vector that the table names is proven to be what it
is named for, and nothing else is wrong with it: with another value of that member it is a valid vector of its type.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from contract_schemas import PLACE_OF, SOURCES, spelled_out
from vector_reader import Vector, vectors, whole_file

Schema = dict[str, Any]

TABLE: dict[str, dict[str, list[str]]] = whole_file("coverage")["rows"]
BY_ID = {vector["id"]: vector for vector in vectors("documents")}
TEXT_OF_TYPE = {
    bool: "boolean",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
    int: "integer",
    float: "number",
}
OPEN: Schema = {"type": "object"}
"""What a reference to an open object leads to."""


def types(sources: dict[str, Schema]) -> dict[str, Schema]:
    """The named types that have members, as they stand in their files."""
    defined = {name: node for file in sources.values() for name, node in file["$defs"].items()}
    return {name: node for name, node in defined.items() if "properties" in node}


TYPES = types(SOURCES)


def schema_of(kind: str, node: Schema) -> Schema:
    plain: Schema = spelled_out(node, PLACE_OF[kind])
    plain.pop("default", None)
    return plain


MEMBERS = {
    f"{kind}.{name}": schema_of(kind, member)
    for kind, node in TYPES.items()
    for name, member in node["properties"].items()
}
"""Every member of every contract, with its schema spelled out."""


def bounds(schema: Schema) -> Iterator[str]:
    """The keywords by which a member is bounded; of an array's items too, with ``[]``."""
    for keyword in (
        "minItems",
        "maxItems",
        "maxContains",
        "minimum",
        "maximum",
        "pattern",
        "enum",
        "const",
        "oneOf",
    ):
        if keyword in schema:
            yield f" {keyword}"
    if schema == OPEN:
        yield " depth"
    if "items" in schema and "properties" not in schema["items"]:
        yield from (f"[]{bound}" for bound in bounds(schema["items"]))


def wanted_types() -> set[str]:
    return MEMBERS.keys() | {f"{place}[]" for place, schema in MEMBERS.items() if "items" in schema}


def wanted_bounds() -> set[str]:
    return {place + bound for place, schema in MEMBERS.items() for bound in bounds(schema)}


def repeated() -> set[str]:
    """Members that hold steps: no keyword says that their ids differ (contracts/README.md)."""
    return {f"{place} ids" for place, schema in MEMBERS.items() if "maxContains" in schema}


def test_the_table_has_every_member_absent_of_the_wrong_type_and_at_and_beyond_each_bound() -> None:
    assert set(TABLE["absent"]) == set(MEMBERS)
    assert set(TABLE["of the wrong type"]) == wanted_types()
    assert set(TABLE["at a bound"]) == wanted_bounds()
    assert set(TABLE["beyond a bound"]) == wanted_bounds() | repeated()
    assert set(TABLE["unknown member"]) == set(TYPES)
    conditional = {name for name, node in TYPES.items() if "if" in node}
    assert set(TABLE["condition"]) == {f"{name} {how}" for name in conditional for how in ("met", "broken")}


def test_a_member_that_is_added_to_a_contract_is_missed_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MEMBERS, "StepSpec.retries", {"type": "integer", "minimum": 0, "maximum": 3})
    for row in ("absent", "of the wrong type", "at a bound", "beyond a bound"):
        held = set(TABLE[row])
        wanted = wanted_bounds() if "bound" in row else wanted_types()
        assert {name for name in wanted - held if name.startswith("StepSpec.retries")}
    with pytest.raises(AssertionError):
        test_the_table_has_every_member_absent_of_the_wrong_type_and_at_and_beyond_each_bound()


@pytest.mark.parametrize(
    "row", ["absent", "of the wrong type", "at a bound", "beyond a bound", "unknown member"]
)
def test_a_dropped_item_of_the_table_is_missed(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    items = dict(TABLE[row])
    items.popitem()
    monkeypatch.setitem(TABLE, row, items)
    with pytest.raises(AssertionError):
        test_the_table_has_every_member_absent_of_the_wrong_type_and_at_and_beyond_each_bound()


# The vectors are what the table says


def key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def document(vector: Vector) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(vector["text"])
    return value


def without(value: dict[str, Any], name: str) -> str:
    return key({other: member for other, member in value.items() if other != name})


VALID = [vector for vector in BY_ID.values() if vector["result"] == "valid"]
WITH = {
    (vector["type"], name, without(value, name))
    for vector in VALID
    for value in [document(vector)]
    for name in value
}
"""Type, member, and the rest of a valid document that has this member."""
WHOLE = {(vector["type"], key(document(vector))) for vector in VALID}


def listed(row: str) -> pytest.MarkDecorator:
    """The items of a row of the table, each with each of its vectors."""
    pairs = [(item, BY_ID[vector_id]) for item, ids in TABLE[row].items() for vector_id in ids]
    named = [pytest.param(item, vector, id=f"{item}-{vector['id']}") for item, vector in pairs]
    return pytest.mark.parametrize(("item", "vector"), named)


def place_of(item: str) -> tuple[str, str, str]:
    """Type, member, and the bound with its brackets."""
    found = re.fullmatch(r"(\w+)\.(\w+)((?:\[\])*)(?: (\w+))?", item)
    assert found is not None
    return found[1], found[2], found[3] + (found[4] or "")


@listed("absent")
def test_an_absent_member_is_all_that_is_wrong_and_is_refused_where_it_is_required(
    item: str, vector: Vector
) -> None:
    kind, name, _ = place_of(item)
    value = document(vector)
    assert name not in value
    assert (kind, name, key(value)) in WITH
    assert vector["type"] == kind
    assert (vector["result"] == "invalid") is (name in TYPES[kind].get("required", ()))


def json_type(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return "integer"
    return TEXT_OF_TYPE[type(value)]


def allowed(schema: Schema) -> set[str]:
    """The JSON types that a schema allows."""
    if "oneOf" in schema:
        return set().union(*map(allowed, schema["oneOf"]))
    if "const" in schema or "enum" in schema:
        return {json_type(value) for value in schema.get("enum", [schema.get("const")])}
    said = schema["type"]
    return {said} if isinstance(said, str) else set(said)


@listed("of the wrong type")
def test_a_member_of_the_wrong_type_is_all_that_is_wrong(item: str, vector: Vector) -> None:
    kind, name, inside = place_of(item)
    value, schema = document(vector), MEMBERS[f"{kind}.{name}"]
    assert vector["result"] == "invalid"
    assert vector["type"] == kind
    assert (kind, name, without(value, name)) in WITH
    if inside:
        assert any(json_type(part) not in allowed(schema["items"]) for part in value[name])
    else:
        assert json_type(value[name]) not in allowed(schema)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def listed_values(schema: Schema) -> list[object]:
    found: list[object] = schema.get("enum", [schema.get("const")])
    return found


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


def people(steps: list[Schema]) -> int:
    return sum(step["kind"] == "human" for step in steps)


def matches(pattern: str, text: str) -> bool:
    """As in ECMAScript, where ``$`` is the very end."""
    return re.search(pattern.replace("$", r"\Z"), text) is not None


def meets(bound: str, schema: Schema, value: Any, by: int) -> bool:
    if bound.startswith("[]"):
        return any(meets(bound[2:], schema["items"], part, by) for part in value)
    return MEETS[bound](schema, value, by)


def tags(union: Schema) -> set[str]:
    return {one["properties"]["event"]["const"] for one in union["oneOf"]}


def is_at_or_beyond(item: str, vector: Vector, by: int) -> bool:
    """And nothing else is wrong."""
    kind, name, bound = place_of(item)
    value = document(vector)
    right_otherwise = vector["type"] == kind and (kind, name, without(value, name)) in WITH
    return right_otherwise and meets(bound, MEMBERS[f"{kind}.{name}"], value[name], by)


@listed("at a bound")
def test_a_vector_at_a_bound_is_exactly_there_and_valid(item: str, vector: Vector) -> None:
    assert vector["result"] == "valid"
    assert is_at_or_beyond(item, vector, 0)


@listed("beyond a bound")
def test_a_vector_beyond_a_bound_is_the_least_step_beyond_and_invalid(item: str, vector: Vector) -> None:
    assert vector["result"] == "invalid"
    assert is_at_or_beyond(item, vector, 1)


def closed_lists() -> list[object]:
    places = [(place, bound) for place, schema in MEMBERS.items() for bound in bounds(schema)]
    return [pytest.param(*one, id="".join(one)) for one in places if one[1].endswith((" enum", " oneOf"))]


@pytest.mark.parametrize(("place", "bound"), closed_lists())
def test_every_value_of_a_closed_list_has_a_valid_vector(place: str, bound: str) -> None:
    _, name, _ = place_of(place)
    schema = MEMBERS[place]
    found = [document(BY_ID[name_of])[name] for name_of in TABLE["at a bound"][place + bound]]
    if bound == " enum":
        assert set(found) == set(schema["enum"])
    else:
        events = [part for value in found for part in value] if bound.startswith("[]") else found
        assert {event["event"] for event in events} == tags(
            schema["items"] if bound.startswith("[]") else schema
        )


@listed("unknown member")
def test_an_unknown_member_is_kept_by_a_view_and_refused_by_a_closed_object(
    item: str, vector: Vector
) -> None:
    value = document(vector)
    (extra,) = value.keys() - TYPES[item]["properties"].keys()
    assert vector["type"] == item
    assert (vector["result"] == "invalid") is (TYPES[item]["additionalProperties"] is False)
    assert (item, without(value, extra)) in WHOLE


@listed("condition")
def test_a_condition_is_met_or_broken_where_it_applies(item: str, vector: Vector) -> None:
    kind, how = item.split()
    ((name, wanted),) = TYPES[kind]["if"]["properties"].items()
    assert vector["type"] == kind
    assert document(vector)[name] == wanted["const"]
    assert vector["result"] == ("valid" if how == "met" else "invalid")
