"""A small validator of JSON Schema, for the keywords that ``vectors.schema.json`` uses; it needs no other package.

It differs from a validator of the standard in two ways. Members that `known_answers` computes may be absent. A vector
is checked against the variant of its own ``result``, so the message names the member that is wrong. The tests check
the files with a whole validator as well.
"""

import json
import re
from typing import Any

Schema = dict[str, Any]

COMPUTED = frozenset({"canonical", "sha256", "head_sha256", "where", "counts"})
"""The members that people need not write."""

TYPES = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict, "null": type(None)}


class Malformed(Exception):
    """A file cannot be understood; the text names file, id and member."""


def check(schema: Schema, node: Schema, value: Any, where: str) -> None:
    """Raise `Malformed` unless the value fits a node of the schema; ``where`` says what the value is."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
    if "oneOf" in node:
        node = variant_for(value, node["oneOf"], where)
    if not fits(node, value):
        raise Malformed(f"{where}: {json.dumps(value)[:80]} is not allowed by vectors.schema.json")
    for at, item in enumerate(value if isinstance(value, list) else ()):
        name = item.get("id", f"vector {at + 1}") if isinstance(item, dict) else f"{at + 1}"
        check(schema, node["items"], item, f"{where}: {name}")
    if isinstance(value, dict):
        check_members(schema, node, value, where)


def fits(node: Schema, value: Any) -> bool:
    """Return whether a value fits the keywords that concern neither its members nor its items."""
    if "enum" in node or "const" in node:
        return any(value == one for one in node.get("enum", [node.get("const")]))
    types = node["type"] if isinstance(node["type"], list) else [node["type"]]
    if type(value) not in [TYPES[name] for name in types]:
        return False
    if isinstance(value, str):
        shortest: int = node.get("minLength", 0)
        return len(value) >= shortest and re.search(node.get("pattern", ""), value) is not None
    if isinstance(value, list):
        return len(value) in range(node.get("minItems", 0), node.get("maxItems", len(value)) + 1)
    return True


def check_members(schema: Schema, node: Schema, value: dict[str, Any], where: str) -> None:
    """Raise `Malformed` unless an object has the members that it should have."""
    properties = node.get("properties", {})
    for name in node.get("required", ()):
        if name not in value and name not in COMPUTED:
            raise Malformed(f'{where}: the member "{name}" is missing')
    for name, member in value.items():
        known = properties.get(name, node["additionalProperties"])
        if known is False:
            raise Malformed(f'{where}: there is no member "{name}"; the members are {", ".join(properties)}')
        check(schema, node.get("propertyNames", {"type": "string"}), name, where)
        check(schema, known, member, f"{where}: {name}" if name != "vectors" else where)


def variant_for(vector: Any, variants: list[Schema], where: str = "") -> Schema:
    """Return the variant for the ``result`` of a vector, for what it asks, and for the same inputs."""
    given = vector if isinstance(vector, dict) else {}
    found = [one for one in variants if one["properties"]["result"]["const"] == given.get("result")]
    if not found:
        raise Malformed(f'{where}: "result" is neither of those that this file has: "valid" or "invalid"')
    return min(found, key=lambda one: (asks_else(one, given), len(one["properties"].keys() ^ given.keys())))


def asks_else(variant: Schema, vector: dict[str, Any]) -> bool:
    """Return whether a variant is for another ``ask`` than that of the vector."""
    return bool(variant["properties"].get("ask", {"const": None})["const"] != vector.get("ask"))
