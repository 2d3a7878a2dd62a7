"""The part of JSON Schema that contract files may use: which keywords, on which shapes, with which values.

1. The lists of keywords, shapes and values are closed: to ignore a keyword would be to lose a check. So a
   change that widens a list also teaches the emitters what the new keyword becomes.
2. ``if``/``then`` and ``contains`` have one known form each; the functions at the end read it.
"""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Literal, TypeGuard

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Node = dict[str, Any]
"""A schema as JSON; `tier2.codegen.model` has checked what it holds."""

Shape = Literal[
    "reference",
    "object",
    "open object",
    "map",
    "any value",
    "array",
    "string",
    "string or null",
    "boolean",
    "integer",
    "number",
    "constant",
    "enumeration",
    "union",
    "reference or null",
]

NOTES = frozenset({"title", "description"})
FILE_KEYWORDS = frozenset({"$schema", "$id", "$ref", "$defs"})
KEYWORDS: Mapping[Shape, frozenset[str]] = {
    "reference": frozenset({"$ref", "default"}),
    "object": frozenset({"type", "properties", "required", "additionalProperties", "if", "then"}),
    "open object": frozenset({"type"}),
    "map": frozenset({"type", "additionalProperties", "default"}),
    "any value": frozenset(),
    "array": frozenset(
        {"type", "items", "minItems", "maxItems", "contains", "minContains", "maxContains", "default"}
    ),
    "string": frozenset({"type", "pattern", "minLength", "maxLength", "default"}),
    "string or null": frozenset({"type", "pattern", "minLength", "maxLength", "default"}),
    "boolean": frozenset({"type", "default"}),
    "integer": frozenset({"type", "minimum", "maximum", "default"}),
    "number": frozenset({"type", "minimum", "maximum", "default"}),
    "constant": frozenset({"const"}),
    "enumeration": frozenset({"enum"}),
    "union": frozenset({"oneOf"}),
    "reference or null": frozenset({"oneOf", "default"}),
}
KNOWN: frozenset[str] = NOTES.union(FILE_KEYWORDS, *KEYWORDS.values())

RANGES = (
    ("minItems", "maxItems"),
    ("minContains", "maxContains"),
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
)
"""Pairs of keywords of which the first must not exceed the second."""

_SHAPES_BY_TYPE: Mapping[str, Shape] = {
    "array": "array",
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
}
_SHAPES_BY_KEYWORD: Mapping[str, Shape] = {
    "$ref": "reference",
    "const": "constant",
    "enum": "enumeration",
    "oneOf": "union",
}


def is_object(value: object) -> TypeGuard[Node]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[object]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


def shape_of(node: Node) -> Shape | None:
    """The shape of a schema, by its characteristic keyword or else by its type; None for an unknown one."""
    if is_array(node.get("oneOf")) and {"type": "null"} in node["oneOf"]:
        return "reference or null"
    for keyword, shape in _SHAPES_BY_KEYWORD.items():
        if keyword in node:
            return shape
    if "description" in node and node.keys() <= NOTES:
        return "any value"  # one that says so: a schema of which the type was forgotten is no such schema
    match node.get("type"):
        case "object" if "properties" in node:
            return "object"
        case "object":
            return "map" if "additionalProperties" in node else "open object"
        case ["string", "null"]:
            return "string or null"
        case str(name):
            return _SHAPES_BY_TYPE.get(name)
        case _:
            return None


def is_closed(node: Node) -> bool:
    """Whether an object with properties is closed; otherwise it is a view."""
    return node["additionalProperties"] is False


def tag_of(node: Node) -> tuple[str, str] | None:
    """The tag of a closed object, name and value: its first property, if that is a constant."""
    if shape_of(node) != "object" or not is_closed(node):
        return None
    for name, schema in node["properties"].items():
        return (name, schema["const"]) if "const" in schema else None
    return None


def type_name(reference: str) -> str:
    """The name of the type that a ``$ref`` leads to."""
    return reference.rpartition("/")[2]


# The values of keywords.

_REFERENCE = re.compile(r"(?:[A-Za-z0-9_.-][A-Za-z0-9_./-]*)?#/\$defs/[A-Za-z0-9_]+")
_ATOM = r"(?:[A-Za-z0-9_ :/,@#=-]|\[(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9_ .:/,@+#])+-?\])"
_FIXED = rf"(?:{_ATOM}(?:\{{[0-9]{{1,3}}\}})?)*"
_PATTERN = re.compile(rf"\^{_FIXED}(?:{_ATOM}(?:[?*+]|\{{[0-9]{{1,3}},[0-9]{{0,3}}\}}){_FIXED})?\$")
MAX_EXACT = 2**53 - 1
"""The largest integer that a document may have; the least is minus this one."""


def _is_printable(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


def _is_description(value: object) -> bool:
    """Whether a value is a text for people, of one line or several."""
    return isinstance(value, str) and all(line.isprintable() for line in value.split("\n"))


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def _are_different_strings(value: object) -> bool:
    return is_array(value) and all(map(_is_printable, value)) and len({*value}) == len(value)


def is_exact_integer(value: object) -> bool:
    """Whether a value is an integer within +-(2**53 - 1) (a bool is an int to Python)."""
    return type(value) is int and abs(value) <= MAX_EXACT


def _is_number(value: object) -> bool:
    return is_exact_integer(value) or (type(value) is float and isfinite(value))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_EXACT


def _is_pattern(value: object) -> bool:
    r"""Whether a pattern means the same in ECMAScript and in Python, and is cheap to match.

    It is anchored and made of ASCII characters and simple classes: no escapes (Python's ``\d`` knows every script's
    digits), no ``.`` (which stops at different line ends), no groups or alternatives, and only one part of variable
    length, so that there is nothing to backtrack over.
    """
    if not isinstance(value, str) or not _PATTERN.fullmatch(value):
        return False
    try:
        re.compile(value)
    except re.error:
        return False
    return True


VALUES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "$id": (_is_printable, "a printable string"),
    "$ref": (_is_reference, "of the form FILE#/$defs/NAME or #/$defs/NAME"),
    "$defs": (is_object, "an object"),
    "title": (_is_printable, "a printable string"),
    "description": (_is_description, "a text of printable lines"),
    "properties": (is_object, "an object"),
    "required": (_are_different_strings, "a list of different strings"),
    "additionalProperties": (
        lambda value: isinstance(value, bool) or is_object(value),
        "true or false, or the schema of a map's values",
    ),
    "minItems": (_is_count, "a count"),
    "maxItems": (_is_count, "a count"),
    "minContains": (_is_count, "a count"),
    "maxContains": (_is_count, "a count"),
    "minLength": (_is_count, "a count"),
    "maxLength": (_is_count, "a count"),
    "minimum": (_is_number, "a finite number, and an integer within +-(2**53 - 1)"),
    "maximum": (_is_number, "a finite number, and an integer within +-(2**53 - 1)"),
    "pattern": (
        _is_pattern,
        "of the form ^...$, of plain characters and classes, with one variable part at most",
    ),
    "const": (_is_printable, "a printable string"),
    "enum": (
        lambda value: _are_different_strings(value) and value != [],
        "a list of different printable strings",
    ),
    "oneOf": (lambda value: is_array(value) and value != [], "a list of references"),
}
"""For each keyword a test of its value, and what the value must be.

`shape_of` checks the value of ``type``. `tier2.codegen.python` checks ``default``, ``if``, ``then`` and ``contains``.
"""


def python_pattern(pattern: str) -> str:
    r"""The same pattern for Python, whose ``$`` also matches before a trailing newline, so that it becomes ``\Z``."""
    return pattern.removesuffix("$") + r"\Z"


def fits_string(value: str, node: Node) -> bool:
    """Whether a string keeps the pattern and the lengths of a schema."""
    fits = "pattern" not in node or re.search(python_pattern(node["pattern"]), value) is not None
    least, most = node.get("minLength", 0), node.get("maxLength", len(value))
    return fits and value.isprintable() and least <= len(value) <= most


def fits_bounds(value: float, node: Node) -> bool:
    """Whether a number is one of JSON, and keeps the bounds of a schema."""
    return _is_number(value) and node.get("minimum", value) <= value <= node.get("maximum", value)


# The known forms of conditions.


def constant_member(node: object) -> tuple[str, str] | None:
    """NAME and VALUE of a schema that is exactly ``{"properties": {NAME: {"const": VALUE}}}``."""
    name, schema = only_member(node) or ("", None)
    if is_object(schema) and schema.keys() == {"const"} and isinstance(schema["const"], str):
        return name, schema["const"]
    return None


def only_member(node: object) -> tuple[str, object] | None:
    """NAME and SCHEMA of a schema that is exactly ``{"properties": {NAME: SCHEMA}}``."""
    if not is_object(node) or node.keys() != {"properties"}:
        return None
    members: object = node["properties"]
    return next(iter(members.items())) if is_object(members) and len(members) == 1 else None


def demands_emptiness(node: object) -> bool:
    """Whether a schema is exactly ``{"maxProperties": 0}``."""
    return is_object(node) and node == {"maxProperties": 0} and _is_count(node["maxProperties"])  # False == 0


def demands_string_member(node: object) -> bool:
    """Whether a schema is exactly ``{"required": [NAME], "properties": {NAME: {"type": "string"}}}``."""
    if not is_object(node) or not is_array(node.get("required")):
        return False
    return any(
        node == {"required": [name], "properties": {name: {"type": "string"}}}
        for name in node["required"]
        if isinstance(name, str)
    )
