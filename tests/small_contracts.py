"""Builders of small contracts for the generator's tests."""

import json
from typing import Any

import generate
from contract_files import DIALECT

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
OPEN: Schema = {"type": "object"}
KIND: Schema = {"enum": ["human", "runtime"]}


def contract(defs: Schema, file: str = "a.schema.json", **more: object) -> str:
    """The text of a contract file."""
    return json.dumps(
        {"$schema": DIALECT, "$id": f"https://example.invalid/v1/{file}", "$defs": defs, **more}
    )


def closed(properties: Schema, **more: object) -> Schema:
    required = list(properties)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    } | more


def view_of(properties: Schema, **more: object) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": True} | more


def ref(name: str, file: str = "") -> Schema:
    return {"$ref": f"{file}#/$defs/{name}"}


def text_of(defs: Schema) -> str:
    """The module generated from one file with these named types."""
    return generate.generate({"a.schema.json": contract(defs)})[generate.V1.module]


LIMITED: Schema = {
    "Kind": KIND,
    "JsonObject": OPEN,
    "Step": closed(
        {"kind": ref("Kind"), "payload": ref("JsonObject")},
        **{
            "if": {"properties": {"kind": {"const": "runtime"}}},
            "then": {
                "properties": {"payload": {"required": ["op"], "properties": {"op": {"type": "string"}}}}
            },
        },
    ),
    "DoneSteps": {
        "type": "array",
        "items": ref("Step"),
        "maxItems": 7,
        "contains": {"properties": {"kind": {"const": "human"}}},
        "minContains": 0,
        "maxContains": 3,
    },
}
"""Named types with every kind of condition: a limit of the steps in all, one of the human ones, and if and then."""
