"""Reads the contract files, refuses whatever the generator does not know, and makes the one-file bundle.

Rules:

1. The lists of JSON Schema keywords, of the shapes that they may form, of their places and of their values are closed
   (`contract_keywords`). A keyword that is silently dropped is a check that is silently lost.
2. Any text is either read or refused with a `ContractFault`, which names the file and the JSON pointer (RFC 6901).
3. What has passed `read_contracts` needs no second look at its own form. What remains is how the named types go
   together (`contract_types`).
"""

import json
import keyword
import posixpath
import re
import reprlib
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, NoReturn

from contract_keywords import FILE_KEYWORDS, KEYWORDS, KNOWN, NOTES, VALUES, Node, Shape, is_closed, shape_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BUNDLE_FILE = "bundle.schema.json"
MAX_NESTING = 24
"""How many steps a JSON pointer to a schema may have."""

_RANGES = (("minItems", "maxItems"), ("minContains", "maxContains"), ("minimum", "maximum"))

_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
_PROPERTY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

Role = Literal["named", "property", "part"]
"""Where a schema stands: under ``$defs``, as a property, or as an array's items or a member of a union."""


class ContractFault(Exception):
    """A contract file says something that the generator cannot express."""


class Place(NamedTuple):
    """Where in the contract files a node stands: the file, and the JSON pointer within it."""

    file: str
    pointer: str = ""

    def __truediv__(self, part: str | int) -> "Place":
        escaped = str(part).replace("~", "~0").replace("/", "~1")
        return Place(self.file, f"{self.pointer}/{escaped}")

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}"

    def refuse(self, message: str) -> NoReturn:
        raise ContractFault(f"{self}: {message}")


class Contracts(NamedTuple):
    """The contract files, read: what their ids have in common, and all named types in the order of the files' names."""

    base: str
    named: Mapping[str, tuple[Place, Node]]

    def target(self, reference: str, place: Place) -> str:
        """The name of the type that a ``$ref`` at this place leads to."""
        file, _, name = reference.partition("#/$defs/")
        wanted = (
            posixpath.normpath(posixpath.join(posixpath.dirname(place.file), file)) if file else place.file
        )
        if name not in self.named or self.named[name][0].file != wanted:
            (place / "$ref").refuse(f"the reference {reference!r} leads nowhere")
        return name


def read_contracts(sources: Mapping[str, str]) -> Contracts:
    """The contracts in ``sources``, a mapping from file name to text. Raises ContractFault."""
    if not sources:
        raise ContractFault("#: there is no contract file")
    documents = {file: _document(sources[file], Place(file)) for file in sorted(sources)}
    named: dict[str, tuple[Place, Node]] = {}
    for file, document in documents.items():
        for name, node in document["$defs"].items():
            place = Place(file) / "$defs" / name
            if not _TYPE_NAME.fullmatch(name) or keyword.iskeyword(name):
                place.refuse("a named type needs a Python name in CapWords")
            if name in named:
                place.refuse(f"{name} is already defined in {named[name][0]}")
            _check(node, place, "named")
            named[name] = (place, node)
    contracts = Contracts(_base(documents), named)
    for file, document in documents.items():
        if "$ref" in document:
            contracts.target(document["$ref"], Place(file))
    return contracts


def _document(text: str, top: Place) -> Node:
    """The JSON object of one file, its own keywords checked."""
    if not _FILE_NAME.fullmatch(top.file):
        top.refuse("a file name has letters, digits, and _ . - only, and no part that starts with a dot")
    document = _json(text, top)
    if not isinstance(document, dict):
        top.refuse("a contract is a JSON object")
    _allow(document, FILE_KEYWORDS, "file", top)
    for key in ("$schema", "$id", "$defs"):
        if key not in document:
            top.refuse(f"a contract file needs {key!r}")
    if document["$schema"] != DIALECT:
        (top / "$schema").refuse(f"the dialect is {DIALECT}")
    if not document["$id"].endswith(f"/{top.file}"):
        # Otherwise a JSON Schema tool would follow a relative reference to another place than this generator.
        (top / "$id").refuse(f"the id must end with /{top.file}")
    return document


def _base(documents: Mapping[str, Node]) -> str:
    bases = {file: str(document["$id"]).removesuffix(file) for file, document in documents.items()}
    first = next(iter(bases))
    for file, base in bases.items():
        if base != bases[first]:
            (Place(file) / "$id").refuse(f"the id must begin as that of {first}: {bases[first]}")
    return bases[first]


def _json(text: str, top: Place) -> object:
    """The value of a JSON text without duplicate keys."""

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = [key for key, _ in pairs]
        found = dict(pairs)
        if len(found) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            top.refuse(f"the key {twice!r} stands twice in one object")
        return found

    def constant(name: str) -> NoReturn:
        top.refuse(f"{name} is not a JSON number")

    try:
        text.encode()
        value: object = json.loads(text, object_pairs_hook=members, parse_constant=constant)
    except RecursionError:
        top.refuse("it nests too deep")
    except ValueError as error:
        top.refuse(f"not JSON: {error}")
    return value


def _check(node: object, place: Place, role: Role) -> None:
    """Refuses a schema whose form is not one of ours: its keywords, their values, their places, and its parts."""
    if place.pointer.count("/") > MAX_NESTING:
        place.refuse("it nests too deep")
    if not isinstance(node, dict):
        place.refuse("a schema here is a JSON object")
    shape = shape_of(node)
    if shape is None:
        place.refuse(f"the type {reprlib.repr(node.get('type'))} cannot be expressed")
    _allow(node, KEYWORDS[shape], shape, place)
    for least, most in _RANGES:
        if least in node and most in node and node[least] > node[most]:
            (place / least).refuse(f"{least} is more than {most}")
    if "default" in node and role != "property":
        (place / "default").refuse("a default stands on a property only")
    counted = {"contains", "minContains", "maxContains"} & node.keys()
    if counted and (role != "named" or len(counted) < 3):
        place.refuse("contains, minContains and maxContains stand together, on a named array only")
    _check_parts(node, shape, place)


def _check_parts(node: Node, shape: Shape, place: Place) -> None:
    if shape == "object":
        _check_object(node, place)
    elif shape == "array":
        _check(node.get("items"), place / "items", "part")
    elif shape == "union":
        for position, part in enumerate(node["oneOf"]):
            _check(part, place / "oneOf" / position, "part")
            if shape_of(part) != "reference":
                (place / "oneOf" / position).refuse("a member of a union is a reference to a named type")


def _check_object(node: Node, place: Place) -> None:
    """The rules of objects with properties: in a closed one every property is required."""
    properties, required = node["properties"], node.get("required", [])
    for name, schema in properties.items():
        where = place / "properties" / name
        if not _PROPERTY_NAME.fullmatch(name) or keyword.iskeyword(name):
            where.refuse("a property needs a Python name without a leading underscore")
        _check(schema, where, "property")
    if "additionalProperties" not in node:
        place.refuse("an object with properties says additionalProperties: false, or true for a view")
    if is_closed(node) and list(properties) != required:
        place.refuse("in a closed object every property is required, in the order of the properties")
    for name in required:
        if name not in properties:
            (place / "required").refuse(f"{name!r} is not among the properties")
        if not is_closed(node) and "default" in properties[name]:
            (place / "properties" / name / "default").refuse("a required member of a view has no default")
    if ("if" in node) != ("then" in node):
        place.refuse("if and then go together")


def _allow(node: Node, keywords: frozenset[str], shape: str, place: Place) -> None:
    """Refuses a keyword that is not among those of the node's shape, and a value that the keyword cannot have."""
    for key, value in node.items():
        if key not in keywords | NOTES:
            place.refuse(
                f"the keyword {key!r} is {f'not allowed on this {shape}' if key in KNOWN else 'unknown'}"
            )
        fits, expected = VALUES.get(key, (None, ""))
        if fits and not fits(value):
            (place / key).refuse(f"{key} must be {expected}, not {reprlib.repr(value)}")


def bundle(contracts: Contracts, command: str) -> str:
    """One schema with every named type under ``$defs``, for tools that want a single document."""

    def local(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: "#" + str(v).partition("#")[2] if k == "$ref" else local(v) for k, v in node.items()}
        return [local(item) for item in node] if isinstance(node, list) else node

    document = {
        "$schema": DIALECT,
        "$id": contracts.base + BUNDLE_FILE,
        "title": "All contracts",
        "description": f"Generated by `{command}` from the files beside it; do not edit.",
        "$defs": {name: local(node) for name, (_, node) in sorted(contracts.named.items())},
    }
    return json.dumps(document, indent=2) + "\n"
