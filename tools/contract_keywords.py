"""The JSON Schema keywords that contract files may use: on which shapes, and with which values.

Both lists are closed. Widening them means teaching the generator what the new keyword becomes.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

Node = dict[str, Any]
"""A schema as JSON; `read_contracts` has checked what it holds."""

Shape = Literal[
    "reference",
    "object",
    "open object",
    "array",
    "string",
    "string or null",
    "boolean",
    "integer",
    "number",
    "constant",
    "enumeration",
    "union",
]

NOTES = frozenset({"title", "description"})
FILE_KEYWORDS = frozenset({"$schema", "$id", "$ref", "$defs"})
KEYWORDS: Mapping[Shape, frozenset[str]] = {
    "reference": frozenset({"$ref", "default"}),
    "object": frozenset({"type", "properties", "required", "additionalProperties", "if", "then"}),
    "open object": frozenset({"type"}),
    "array": frozenset(
        {"type", "items", "minItems", "maxItems", "contains", "minContains", "maxContains", "default"}
    ),
    "string": frozenset({"type", "pattern", "default"}),
    "string or null": frozenset({"type", "default"}),
    "boolean": frozenset({"type", "default"}),
    "integer": frozenset({"type", "minimum", "maximum", "default"}),
    "number": frozenset({"type"}),
    "constant": frozenset({"const"}),
    "enumeration": frozenset({"enum"}),
    "union": frozenset({"oneOf"}),
}
KNOWN = NOTES | FILE_KEYWORDS | frozenset().union(*KEYWORDS.values())
_TYPES: Mapping[str, Shape] = {
    "array": "array",
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
}
_MARKS: Mapping[str, Shape] = {
    "$ref": "reference",
    "const": "constant",
    "enum": "enumeration",
    "oneOf": "union",
}

_REFERENCE = re.compile(r"([A-Za-z0-9_./-]*)#/\$defs/([A-Za-z0-9_]+)")
_ATOM = r"(?:[A-Za-z0-9_ :/,@#=-]|\[(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9_ .:/,@+#])+-?\])"
_FIXED = rf"(?:{_ATOM}(?:\{{[0-9]{{1,3}}\}})?)*"
_PATTERN = re.compile(rf"\^{_FIXED}(?:{_ATOM}(?:[?*+]|\{{[0-9]{{1,3}},[0-9]{{0,3}}\}}){_FIXED})?\$")


def shape_of(node: Node) -> Shape | None:
    """The shape of a schema, told by its marking keyword or else by its type; None for an unknown one."""
    for key, shape in _MARKS.items():
        if key in node:
            return shape
    match node.get("type"):
        case "object":
            return "object" if "properties" in node else "open object"
        case ["string", "null"]:
            return "string or null"
        case str(kind):
            return _TYPES.get(kind)
        case _:
            return None


def is_closed(node: Node) -> bool:
    """Whether an object with properties is closed; otherwise it is a view."""
    return node["additionalProperties"] is False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


def _is_note(value: object) -> bool:
    """Whether a text can stand in a docstring as it is."""
    return (
        isinstance(value, str)
        and value.isascii()
        and value.isprintable()
        and "\\" not in value
        and '"""' not in value
        and not value.endswith('"')
    )


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_exact(value: object) -> bool:
    """Whether a value is an integer, and one that every double holds (a bool is an int to Python)."""
    return type(value) is int and abs(value) <= 2**53 - 1


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= 2**53 - 1


def _is_pattern(value: object) -> bool:
    r"""Whether a pattern means the same in ECMAScript and in Python, and is cheap to match.

    So it is anchored and made of ASCII characters and simple classes: no escapes (Python's ``\d`` knows every script's
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
    "$id": (_is_text, "a printable text"),
    "$ref": (_is_reference, "of the form FILE#/$defs/NAME or #/$defs/NAME"),
    "$defs": (_is_object, "an object"),
    "title": (_is_text, "a printable text"),
    "description": (
        _is_note,
        'a line of printable ASCII without a backslash, """ or a closing quotation mark',
    ),
    "properties": (_is_object, "an object"),
    "required": (_is_texts, "a list of different texts"),
    "additionalProperties": (lambda value: isinstance(value, bool), "true or false"),
    "minItems": (_is_count, "a count"),
    "maxItems": (_is_count, "a count"),
    "minContains": (_is_count, "a count"),
    "maxContains": (_is_count, "a count"),
    "minimum": (_is_exact, "an integer within +-(2**53 - 1)"),
    "maximum": (_is_exact, "an integer within +-(2**53 - 1)"),
    "pattern": (
        _is_pattern,
        "of the form ^...$, of plain characters and classes, with one variable part at most",
    ),
    "const": (_is_text, "a printable text"),
    "enum": (lambda value: _is_texts(value) and value != [], "a list of different printable texts"),
    "oneOf": (lambda value: isinstance(value, list) and value != [], "a list of references"),
}
"""What the value of a keyword must be. ``type`` is judged by the shape, and the others by the generator."""
