"""Builders of small contracts for the tests of `tier2.codegen`."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from tier2.codegen.dialect import DIALECT
from tier2.codegen.generation import V1, generate

FOLDER = Path(__file__).parents[1] / "contracts" / "v1"
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
    return generate({"a.schema.json": contract(defs)})[V1.module]


def real_sources() -> dict[str, str]:
    """The contract files of tier2 itself, name to text."""
    paths = [path for path in FOLDER.rglob("*.schema.json") if path != FOLDER / "bundle.schema.json"]
    return {path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in sorted(paths)}


def run(text: str) -> ModuleType:
    """The module that a generated text defines."""
    made = ModuleType("made_by_the_generator")
    sys.modules[made.__name__] = made  # where msgspec looks for a class's annotations
    exec(compile(text, V1.module, "exec"), made.__dict__)
    return made


def module_of(defs: Schema) -> ModuleType:
    return run(text_of(defs))


def read(text: str, kind: Any) -> Any:
    return msgspec.json.decode(text, type=kind)


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
