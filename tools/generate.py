"""Generates the typed Python module and the one-file bundle from the contract files.

    python tools/generate.py            writes what is out of date
    python tools/generate.py --check    writes nothing; shows the drift and exits with 1

Rules:

1. The contract files are the only source. The output depends on their text alone: no clock, no machine, no hash seed.
2. The list of JSON Schema keywords is closed, and so is the list of the shapes that they may form. Whatever is not in
   ``KEYWORDS`` is refused with its file and JSON pointer, since a keyword that is silently dropped is a check that is
   silently lost.
3. Closed objects become frozen, keyword-only Structs in which every property is required on the wire; ``default`` is
   for the Python constructor only. Objects that say ``additionalProperties: true`` become views: Structs that read the
   known members of an open object.
4. ``if``/``then`` and ``contains`` say more than a type can. They are listed in ``CONDITIONS`` of the module, and the
   strict decoder must know every one of them (a test compares the two lists).
"""

import argparse
import difflib
import hashlib
import json
import keyword
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
MODULE = "tier2/contracts/v1.py"
BUNDLE = "contracts/v1/bundle.schema.json"
COMMAND = "python tools/generate.py"

NOTES = {"title", "description"}
KEYWORDS: Mapping[str, set[str]] = {
    "file": {"$schema", "$id", "$ref", "$defs"},
    "reference": {"$ref", "default"},
    "object": {"type", "properties", "required", "additionalProperties", "if", "then"},
    "array": {"type", "items", "minItems", "maxItems", "contains", "minContains", "maxContains", "default"},
    "string": {"type", "pattern", "default"},
    "string or null": {"type", "default"},
    "boolean": {"type", "default"},
    "integer": {"type", "minimum", "maximum", "default"},
    "number": {"type", "default"},
    "constant": {"const"},
    "enumeration": {"enum"},
    "union": {"oneOf"},
}

Node = dict[str, Any]


class ContractFault(Exception):
    """A contract file says something that the generator cannot express."""


class Place:
    """Where in the contract files a node stands: the file, and the JSON pointer within it."""

    def __init__(self, file: str, pointer: str = "") -> None:
        self.file = file
        self.pointer = pointer

    def __truediv__(self, part: str | int) -> "Place":
        return Place(self.file, f"{self.pointer}/{part}")

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}"

    def refuse(self, message: str) -> NoReturn:
        raise ContractFault(f"{self}: {message}")


def read_contracts(sources: Mapping[str, str]) -> dict[str, tuple[Place, Node]]:
    """All named types of the files, by name; the order is that of the files' names."""
    named: dict[str, tuple[Place, Node]] = {}
    for file in sorted(sources):
        top = Place(file)

        def members(pairs: list[tuple[str, Any]], top: Place = top) -> Node:
            keys = [key for key, _ in pairs]
            for key in keys:
                if keys.count(key) > 1:
                    top.refuse(f"the key {key!r} stands twice in one object")
            return dict(pairs)

        try:
            document = json.loads(sources[file], object_pairs_hook=members)
        except ValueError as error:
            top.refuse(f"not JSON: {error}")
        if not isinstance(document, dict):
            top.refuse("a contract is a JSON object")
        allow(document, "file", top)
        for name, node in document.get("$defs", {}).items():
            place = top / "$defs" / name
            if not name.isidentifier() or keyword.iskeyword(name):
                place.refuse("a named type needs a Python name")
            if name in named:
                place.refuse(f"{name} is already defined in {named[name][0]}")
            named[name] = (place, node)
    return named


def allow(node: Node, shape: str, place: Place) -> None:
    """Refuses a node with a keyword that is not among those of its shape."""
    for key in node:
        if key not in KEYWORDS[shape] | NOTES:
            known = any(key in keywords for keywords in KEYWORDS.values())
            place.refuse(f"the keyword {key!r} is {'not allowed on this ' + shape if known else 'unknown'}")


def shape_of(node: Any, place: Place) -> str:
    """The shape of a node, with all of its keywords checked."""
    if not isinstance(node, dict):
        place.refuse("a schema here is a JSON object")
    shape = ""
    kind = node.get("type")
    for key, name in (("$ref", "reference"), ("const", "constant"), ("enum", "enumeration"), ("oneOf", "union")):
        if key in node:
            shape = name
            break
    else:
        if kind in ("object", "array", "string", "boolean", "integer", "number"):
            shape = str(kind)
        elif kind == ["string", "null"]:
            shape = "string or null"
        else:
            place.refuse(f"the type {kind!r} cannot be expressed")
    allow(node, shape, place)
    return shape


class Module:
    """The text of the module, built up name by name, each after the names that it needs."""

    def __init__(self, named: Mapping[str, tuple[Place, Node]]) -> None:
        self.named = named
        self.blocks: dict[str, str] = {}
        self.constants: list[str] = []
        self.conditions: list[str] = []
        self.under_way: list[str] = []

    def resolve(self, node: Node, place: Place) -> str:
        """The name that a ``$ref`` leads to; its block is written first."""
        file, _, pointer = str(node["$ref"]).partition("#/$defs/")
        name = pointer
        folder = place.file.rpartition("/")[0]
        target = place.file if not file else f"{folder}/{file}".lstrip("/")
        if name not in self.named or self.named[name][0].file != target:
            place.refuse(f"the reference {node['$ref']!r} leads nowhere")
        if name in self.under_way:
            place.refuse(f"{name} contains itself, which cannot be expressed")
        if name not in self.blocks:
            self.under_way.append(name)
            self.blocks[name] = self.block(name)
            self.under_way.pop()
        return name

    def block(self, name: str) -> str:
        """The definition of one named type."""
        place, node = self.named[name]
        shape = shape_of(node, place)
        match shape:
            case "object" if "properties" not in node:
                return f"{name}: TypeAlias = Mapping[str, JsonValue]\n"
            case "object":
                return self.struct(name, node, place)
            case "string" if "pattern" in node:
                return f'{name} = NewType("{name}", str)\n'
            case "union":
                return self.union(name, node, place)
            case "array":
                self.conditions_of_array(name, node, place)
                return f"{name}: TypeAlias = {self.type_of(node, place, True)}\n"
            case "enumeration":
                return f"{name}: TypeAlias = {self.type_of(node, place, True)}\n"
            case _:
                place.refuse(f"a named {shape} has no use: write it where it is needed")

    def union(self, name: str, node: Node, place: Place) -> str:
        members = [self.resolve(part, place / "oneOf" / i) for i, part in enumerate(node["oneOf"])]
        tags = [tag_of(self.named[member][1]) for member in members]
        if len({tag and tag[0] for tag in tags}) != 1 or None in tags or len(set(tags)) != len(tags):
            place.refuse("the members of a union need one tag, a property with a `const`, and different values of it")
        return f"{name}: TypeAlias = {' | '.join(members)}\n"

    def conditions_of_array(self, name: str, node: Node, place: Place) -> None:
        """``Steps`` with ``maxItems`` and ``contains`` gives ``MAX_TOTAL_STEPS`` and ``MAX_HUMAN_STEPS``."""
        if "contains" not in node:
            if {"minContains", "maxContains"} & node.keys():
                place.refuse("minContains and maxContains need contains")
            return
        try:
            [(member, constant)] = node["contains"]["properties"].items()
            value = str(constant["const"])
            simple = node["contains"] == {"properties": {member: {"const": value}}} and node["minContains"] == 0
            most = {"TOTAL": node["maxItems"], value.upper(): node["maxContains"]}
        except (KeyError, TypeError, ValueError):
            simple = False
        if not simple:
            (place / "contains").refuse(
                'only {"properties": {NAME: {"const": TEXT}}} with minContains 0, maxContains and maxItems is known'
            )
        plural = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
        for word, number in most.items():
            self.constants.append(f"MAX_{word}_{plural} = {bound(number, place)}\n")
        self.conditions.append(f"{place}/contains")

    def struct(self, name: str, node: Node, place: Place) -> str:
        closed = self.closed(node, place)
        tag = tag_of(node)
        lines, checks, notes = [], [], []
        for field, schema in node["properties"].items():
            where = place / "properties" / field
            if not field.isidentifier() or keyword.iskeyword(field) or field.startswith("_"):
                where.refuse("a property needs a Python name")
            shape = shape_of(schema, where)
            if shape == "constant":
                if tag is None or tag[0] != field or not closed:
                    where.refuse("a constant must be text, the first property, and in a closed object")
                continue
            if text := schema.get("description"):
                notes.append(f"{field}: {text}")
            annotation = self.type_of(schema, where, closed)
            if closed:
                checks.append(self.check_of(field, schema, where))
                default = f" = {literal(schema['default'], shape, where)}" if "default" in schema else ""
            elif "default" in schema:
                default = f" = {literal(schema['default'], shape, where)}"
            elif field in node.get("required", []):
                default = ""
            else:
                annotation, default = f"{annotation} | UnsetType", " = UNSET"
            lines.append(f"    {field}: {annotation}{default}\n")
        self.conditions_of_object(node, place)
        options = ["frozen=True", "kw_only=True"]
        if closed:
            options.append("forbid_unknown_fields=True")
        if tag:
            options += [f"tag_field={quoted(tag[0])}", f"tag={quoted(tag[1])}"]
        base = "Value" if closed else "View"
        text = f"class {name}({base}, {', '.join(options)}):\n{docstring(node.get('description', name), notes, place)}"
        if lines:
            text += "\n" + "".join(lines)
        if checks:
            text += "\n    def __post_init__(self) -> None:\n" + "".join(f"        {check}\n" for check in checks)
        return text

    def closed(self, node: Node, place: Place) -> bool:
        """Whether an object is closed; in a closed one every property is required."""
        if not isinstance(node.get("additionalProperties"), bool):
            place.refuse("an object with properties says additionalProperties: false, or true for a view")
        closed = not node["additionalProperties"]
        required = node.get("required", [])
        if closed and list(node["properties"]) != required:
            place.refuse("in a closed object every property is required, in the order of the properties")
        for field in required:
            if "default" in node["properties"].get(field, {"default": 0}) and not closed:
                place.refuse(f"{field!r} is required, so it must be a property, and without a default")
        return closed

    def conditions_of_object(self, node: Node, place: Place) -> None:
        if ("if" in node) != ("then" in node):
            place.refuse("if and then go together")
        if "if" not in node:
            return
        try:
            [(member, constant)] = node["if"]["properties"].items()
            [(target, then)] = node["then"]["properties"].items()
            simple = node["if"] == {"properties": {member: {"const": constant["const"]}}}
            simple = simple and {member, target} <= node["properties"].keys()
            simple = simple and (then == {"maxProperties": 0} or then == string_member(then["required"][0]))
        except (KeyError, TypeError, ValueError, IndexError):
            simple = False
        if not simple or node["then"].keys() != {"properties"}:
            (place / "if").refuse("only `a constant member demands an empty object, or one with a text member` is known")
        self.conditions.append(f"{place}/if")

    def type_of(self, node: Node, place: Place, closed: bool) -> str:
        """The annotation of a field or of an array's items."""
        match shape := shape_of(node, place):
            case "reference":
                name = self.resolve(node, place)
                pattern = self.named[name][1].get("pattern")
                return name if pattern is None else annotated(name, f"pattern={python_pattern(pattern, place)}")
            case "enumeration":
                values = node["enum"]
                if not values or not all(isinstance(value, str) for value in values) or len(set(values)) < len(values):
                    place.refuse("an enumeration lists different texts")
                return f"Literal[{', '.join(quoted(value) for value in values)}]"
            case "array":
                item = self.type_of(node.get("items", {}), place / "items", closed)
                names = {"minItems": "min_length", "maxItems": "max_length"}
                limits = [f"{names[key]}={bound(node[key], place)}" for key in names if key in node]
                return annotated(f"tuple[{item}, ...]", *limits)
            case "string":
                return annotated("str", *([f"pattern={python_pattern(node['pattern'], place)}"] if "pattern" in node else []))
            case "string or null":
                return "str | None"
            case "boolean":
                return "bool"
            case "integer":
                if closed and not {"minimum", "maximum"} <= node.keys():
                    place.refuse("an integer in a closed object needs minimum and maximum")
                names = {"minimum": "ge", "maximum": "le"}
                return annotated("int", *(f"{names[key]}={bound(node[key], place)}" for key in names if key in node))
            case "number":
                if closed:
                    place.refuse("a number in a closed object has no exact type: use a bounded integer or an open object")
                return "float"
            case _:
                place.refuse(f"this {shape} must be a named type under $defs")

    def check_of(self, field: str, node: Node, place: Place) -> str:
        """The line of ``__post_init__`` that makes sure of one field when a program constructs the value."""
        target = self.named[self.resolve(node, place)][1] if "$ref" in node else node
        name = str(node.get("$ref", "")).rpartition("/")[2]
        match shape_of(target, place):
            case "object" if "properties" not in target:
                return f"settle_object(self, {quoted(field)}, self.{field})"
            case "object" | "union":
                return f"require(self, {quoted(field)}, self.{field}, {name})"
            case "array":
                return f"settle_array(self, {quoted(field)}, self.{field}, {self.item_class(target, place)})"
            case "string or null":
                return f"settle_text(self, {quoted(field)}, self.{field}, or_none=True)"
            case "string" | "enumeration":
                return f"settle_text(self, {quoted(field)}, self.{field})"
            case "boolean":
                return f"require(self, {quoted(field)}, self.{field}, bool)"
            case "integer":
                return f"require(self, {quoted(field)}, self.{field}, int)"
            case shape:
                place.refuse(f"a {shape} cannot be a property of a closed object")

    def item_class(self, node: Node, place: Place) -> str:
        item = node.get("items", {})
        if "$ref" in item:
            name = str(item["$ref"]).rpartition("/")[2]
            if shape_of(self.named[name][1], place) in ("object", "union"):
                return name
        elif item.get("type") == "string":
            return "str"
        (place / "items").refuse("an array in a closed object holds texts or named objects")


def tag_of(node: Node) -> tuple[str, str] | None:
    """The tag of an object: its first property, if that is a constant text."""
    for field, schema in node.get("properties", {}).items():
        if isinstance(schema, dict) and isinstance(schema.get("const"), str):
            return field, schema["const"]
        break
    return None


def string_member(name: str) -> Node:
    return {"required": [name], "properties": {name: {"type": "string"}}}


def annotated(base: str, *limits: str) -> str:
    return f"Annotated[{base}, Meta({', '.join(limits)})]" if limits else base


def bound(value: object, place: Place) -> int:
    if type(value) is not int or abs(value) > 2**53 - 1:
        place.refuse(f"the bound {value!r} is not an integer in the range of exact doubles")
    return value


def quoted(text: str) -> str:
    """A Python string literal in ASCII, with double quotes."""
    return json.dumps(text)


def python_pattern(pattern: object, place: Place) -> str:
    r"""A pattern that means the same in ECMAScript and in Python: anchored, ASCII, no class escapes; ``$`` becomes ``\Z``.

    Python's ``$`` also matches before a trailing newline, and its ``\d`` matches every script's digits.
    """
    if not isinstance(pattern, str) or not re.fullmatch(r"\^[ -#%-\[\]_-~]*\$", pattern) or "(?" in pattern:
        place.refuse(f"the pattern {pattern!r} is not of the form ^...$ in plain ASCII without escapes and groups (?")
    return quoted(pattern[:-1] + "\\Z")


def literal(value: object, shape: str, place: Place) -> str:
    """A default for the constructor."""
    if value == {} and shape == "reference":
        return "EMPTY"
    if value == [] and shape in ("reference", "array"):
        return "()"
    if value is None and shape == "string or null":
        return "None"
    expected = {"string": str, "string or null": str, "boolean": bool, "integer": int}.get(shape)
    if expected is None or type(value) is not expected:
        place.refuse(f"the default {value!r} does not fit this {shape}")
    return quoted(value) if isinstance(value, str) else repr(value)


def docstring(text: str, notes: list[str], place: Place) -> str:
    body = "\n\n    ".join([text, "\n    ".join(notes)]) if notes else text
    if not body.isascii() or '"""' in body or "\\" in body or body.endswith('"'):
        place.refuse('a description is plain ASCII without a backslash or """')
    return f'    """{body}\n    """\n' if notes else f'    """{body}"""\n'


def bundle(sources: Mapping[str, str]) -> str:
    """One schema with every named type under ``$defs``, for tools that want a single document."""

    def local(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: "#" + str(v).partition("#")[2] if k == "$ref" else local(v) for k, v in node.items()}
        return [local(item) for item in node] if isinstance(node, list) else node

    named = read_contracts(sources)
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://tier2.invalid/contracts/v1/bundle.schema.json",
        "title": "All contracts",
        "description": f"Generated by `{COMMAND}` from the files beside it; do not edit.",
        "$defs": {name: local(node) for name, (_, node) in sorted(named.items())},
    }
    return json.dumps(document, indent=2) + "\n"


def module(sources: Mapping[str, str]) -> str:
    """The Python module of the contracts in ``sources``, a mapping from file name to text."""
    named = read_contracts(sources)
    written = Module(named)
    for name, (place, _) in named.items():
        written.resolve({"$ref": f"#/$defs/{name}"}, place)
    digests = [f"    {hashlib.sha256(sources[f].encode()).hexdigest()}  {f}" for f in sorted(sources)]
    body = "\n\n".join(written.blocks.values())
    uses = lambda *names: [name for name in names if re.search(rf"\b{name}\b", body)]  # noqa: E731
    conditions = "".join(f"    {quoted(condition)},\n" for condition in written.conditions)
    parts = [
        '"""The documents of tier2 as frozen Structs.\n\nGenerated, do not edit. To change it, change the contracts and run\n\n'
        f"    {COMMAND}\n\nSources (sha256):\n\n" + "\n".join(digests) + '\n"""\n\n',
        "from __future__ import annotations\n\n" if False else "",
        *(f"from collections.abc import {name}\n" for name in uses("Mapping")),
        *([f"from typing import {', '.join(names)}\n"] if (names := uses("Annotated", "Literal", "NewType", "TypeAlias")) else []),
        *([f"\nfrom msgspec import {', '.join(names)}\n"] if (names := uses("UNSET", "Meta", "UnsetType")) else []),
        *(["\nfrom tier2.contracts.base import " + ", ".join(names) + "\n"]
          if (names := uses("Value", "View", "require", "settle_array", "settle_object", "settle_text")) else []),
        *([f"from tier2.frozen import {', '.join(names)}\n"] if (names := uses("EMPTY", "JsonValue")) else []),
        "\n" + "".join(written.constants) if written.constants else "",
        f"\nCONDITIONS: tuple[str, ...] = (\n{conditions})\n" if conditions else "\nCONDITIONS: tuple[str, ...] = ()\n",
        '"""What the contracts say beyond types; the strict decoder checks each."""\n',
        "\n\n" + body,
    ]
    return "".join(parts)


def generate(sources: Mapping[str, str]) -> dict[str, str]:
    """The generated files, path to text, of the contract files, name (below ``contracts/v1``) to text."""
    return {MODULE: module(sources), BUNDLE: bundle(sources)}


def read_sources(folder: Path) -> dict[str, str]:
    files = sorted(folder.rglob("*.schema.json"))
    return {f.relative_to(folder).as_posix(): f.read_text("utf-8") for f in files if f.name != "bundle.schema.json"}


def drift(wanted: Mapping[str, str], root: Path) -> Iterator[str]:
    """A unified diff for each file that is not as it should be."""
    for path, text in wanted.items():
        there = (root / path).read_text("utf-8") if (root / path).exists() else ""
        yield from difflib.unified_diff(there.splitlines(True), text.splitlines(True), path, f"{path} (generated)")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Generate the typed module and the bundle from the contracts.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is out of date")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds contracts/ and tier2/")
    options = parser.parse_args(arguments)
    try:
        wanted = generate(read_sources(options.root / "contracts" / "v1"))
    except ContractFault as fault:
        print(f"generate: {fault}", file=sys.stderr)
        return 2
    difference = "".join(drift(wanted, options.root))
    if options.check:
        if difference:
            print(difference + f"\ngenerate: out of date; run: {COMMAND}", file=sys.stderr)
        return 1 if difference else 0
    for path, text in wanted.items():
        (options.root / path).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
