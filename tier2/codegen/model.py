"""Contract files, read and checked: the named types of a folder.

1. Any text is either read or refused with a `ContractFileError`, which names the file and the JSON Pointer (RFC 6901).
2. What has passed `read_contracts` has the form that `tier2.codegen.dialect` allows, schema by schema. How the named
   types go together is checked by `tier2.codegen.python`.
"""

import json
import keyword
import re
import reprlib
import unicodedata
from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple, NoReturn

from tier2.codegen.dialect import (
    DIALECT,
    FILE_KEYWORDS,
    KEYWORDS,
    KNOWN,
    NOTES,
    RANGES,
    VALUES,
    Node,
    Shape,
    is_closed,
    is_exact_integer,
    is_object,
    shape_of,
)

SUFFIX = ".schema.json"
BUNDLE_FILE = f"bundle{SUFFIX}"
MAX_NESTING = 24
"""The most steps of a JSON Pointer to a schema."""

_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")

Role = Literal["named", "property", "part"]
"""The role of a schema: it stands under ``$defs``, is a property, or is an array's items or a member of a union."""


class ContractFileError(Exception):
    """Contract files cannot be read, or say something that cannot be generated.

    problems: All that is wrong, a line each with its file and JSON Pointer; at least one.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Refusals:
    """What is wrong with several parts of contract files, so that a person is told all of it at once.

    Each part is looked at in a ``with`` block, which notes what is refused in it. `check` raises what was noted.
    """

    def __init__(self) -> None:
        self._problems: dict[str, None] = {}

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, ContractFileError):
            self._problems.update(dict.fromkeys(error.problems))
            return True
        return False

    def check(self) -> None:
        """Raises ContractFileError if anything was refused."""
        if self._problems:
            raise ContractFileError(*self._problems)


class Location(NamedTuple):
    """The location of a schema: the file, and the JSON Pointer within it."""

    file: str
    pointer: str = ""

    def __truediv__(self, part: str | int) -> "Location":
        escaped = str(part).replace("~", "~0").replace("/", "~1")
        return Location(self.file, f"{self.pointer}/{escaped}")

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}"

    def refuse(self, message: str) -> NoReturn:
        """Raises a ContractFileError about this location."""
        raise ContractFileError(f"{self}: {message}")


class Contracts(NamedTuple):
    """A folder of contract files: what all ids begin with, and the named types in the order of the files' names."""

    base: str
    named: Mapping[str, tuple[Location, Node]]

    @property
    def documents(self) -> tuple[str, ...]:
        """The names of the types that are documents: their member ``contract`` is a constant."""
        members = {name: node.get("properties", {}) for name, (_, node) in self.named.items()}
        return tuple(name for name, found in members.items() if "const" in found.get("contract", {}))

    def target(self, reference: str, at: Location) -> str:
        """The name of the type that a ``$ref`` at this location leads to."""
        file, _, name = reference.partition("#/$defs/")
        wanted = _resolve(file, at.file) if file else at.file
        if name not in self.named or self.named[name][0].file != wanted:
            (at / "$ref").refuse(f"the reference {reference!r} leads nowhere")
        return name


def _resolve(file: str, beside: str) -> str:
    """The name of a file, from the folder's root, that another file calls ``file``."""
    parts = beside.split("/")[:-1]
    for part in file.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def read_contracts(sources: Mapping[str, str]) -> Contracts:
    """The contracts in ``sources``, a mapping from file name to text. Raises ContractFileError."""
    if not sources:
        raise ContractFileError(f"#: there is no contract file; one is called NAME{SUFFIX}")
    refusals = Refusals()
    documents: dict[str, Node] = {}
    named: dict[str, tuple[Location, Node]] = {}
    for file in sorted(sources):
        with refusals:
            documents[file] = _document(sources[file], Location(file))
    for file, document in documents.items():
        for name, node in document["$defs"].items():
            with refusals:
                at = Location(file) / "$defs" / name
                if not _TYPE_NAME.fullmatch(name) or keyword.iskeyword(name):
                    at.refuse("a named type needs a Python name in CapWords")
                if name in named:
                    at.refuse(f"{name} is already defined in {named[name][0]}")
                _check(node, at, "named")
                named[name] = (at, node)
    refusals.check()
    contracts = Contracts(_base(documents), named)
    for file, document in documents.items():
        if "$ref" in document:
            with refusals:
                contracts.target(document["$ref"], Location(file))
    refusals.check()
    return contracts


def python_name(member: str, taken: Collection[str]) -> str:
    """The name that a member has in Python.

    What no Python name has becomes ``_``. A name that begins with ``_`` or a digit gets ``x`` in front; a keyword, and
    a name that is taken, ``_`` behind.
    """
    # Python itself reads names in this normal form.
    normal = unicodedata.normalize("NFKC", member)
    name = "".join(one if f"x{one}".isidentifier() else "_" for one in normal)
    if name.startswith("_") or not name.isidentifier():
        name = f"x{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in taken else name


def _document(text: str, top: Location) -> Node:
    """The JSON object of one file, its own keywords checked."""
    if not _FILE_NAME.fullmatch(top.file):
        top.refuse("a file name has letters, digits, and _ . - only, and no part that starts with a dot")
    document = _json(text, top)
    if not is_object(document):
        top.refuse("a contract is a JSON object")
    _check_keywords(document, FILE_KEYWORDS, "file", top)
    for name in ("$schema", "$id", "$defs"):
        if name not in document:
            top.refuse(f"a contract file needs {name!r}")
    if document["$schema"] != DIALECT:
        (top / "$schema").refuse(f"the dialect is {DIALECT}")
    if not document["$id"].endswith(f"/{top.file}"):
        # Otherwise JSON Schema tools would resolve relative references differently.
        (top / "$id").refuse(f"the id must end with /{top.file}")
    return document


def _base(documents: Mapping[str, Node]) -> str:
    bases = {file: str(document["$id"]).removesuffix(file) for file, document in documents.items()}
    first = next(iter(bases))
    for file, base in bases.items():
        if base != bases[first]:
            (Location(file) / "$id").refuse(f"the id must begin as that of {first}: {bases[first]}")
    return bases[first]


def _json(text: str, top: Location) -> object:
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


def _check(node: object, at: Location, role: Role = "part") -> None:
    """Refuses a schema of another form than ours: its keywords, their values, their roles, and its parts."""
    if at.pointer.count("/") > MAX_NESTING:
        at.refuse("it nests too deep")
    if not is_object(node):
        at.refuse("a schema here is a JSON object")
    shape = shape_of(node)
    if shape is None and node.keys() <= NOTES:
        at.refuse("a schema has a type; one that allows any JSON value has a description, and nothing else")
    if shape is None:
        at.refuse(f"the type {reprlib.repr(node.get('type'))} cannot be expressed")
    _check_keywords(node, KEYWORDS[shape], shape, at)
    for least, most in RANGES:
        if least in node and most in node and node[least] > node[most]:
            (at / least).refuse(f"{least} is more than {most}")
    for bound in ("minimum", "maximum"):
        if shape == "integer" and bound in node and not is_exact_integer(node[bound]):
            (at / bound).refuse(
                f"{bound} must be an integer within +-(2**53 - 1), not {reprlib.repr(node[bound])}"
            )
    if "default" in node and role != "property":
        (at / "default").refuse("a default stands on a property only")
    counted = {"contains", "minContains", "maxContains"} & node.keys()
    if counted and (role != "named" or len(counted) < 3):
        at.refuse("contains, minContains and maxContains stand together, on a named array only")
    _check_parts(node, shape, at)


def _check_keywords(node: Node, keywords: frozenset[str], shape: str, at: Location) -> None:
    """Refuses a keyword that the shape does not have, and a value that the keyword cannot have."""
    for name, value in node.items():
        if name not in keywords | NOTES:
            at.refuse(
                f"the keyword {name!r} is {f'not allowed on this {shape}' if name in KNOWN else 'unknown'}"
            )
        fits, expected = VALUES.get(name, (None, ""))
        if fits and not fits(value):
            (at / name).refuse(f"{name} must be {expected}, not {reprlib.repr(value)}")


def _check_parts(node: Node, shape: Shape, at: Location) -> None:
    if shape == "object":
        _check_object(node, at)
    elif shape == "array":
        _check(node.get("items"), at / "items")
    elif shape == "union":
        for position, part in enumerate(node["oneOf"]):
            _check(part, at / "oneOf" / position)
            if shape_of(part) != "reference":
                (at / "oneOf" / position).refuse("a member of a union is a reference to a named type")
    elif shape == "reference or null":
        if len(node["oneOf"]) != 2 or node["oneOf"][1] != {"type": "null"}:
            (at / "oneOf").refuse('null stands second, as in {"oneOf": [{"$ref": ...}, {"type": "null"}]}')
        _check(node["oneOf"][0], at / "oneOf" / 0)
        if shape_of(node["oneOf"][0]) != "reference":
            (at / "oneOf" / 0).refuse("null stands beside a reference to a named type")
    elif shape == "map":
        _check(node["additionalProperties"], at / "additionalProperties")


def _check_object(node: Node, at: Location) -> None:
    """Checks an object with properties: in a closed one every property is required."""
    properties, required = node["properties"], node.get("required", [])
    refusals = Refusals()
    for name, schema in properties.items():
        with refusals:
            here = at / "properties" / name
            if not name or not name.isprintable():
                here.refuse("a property needs a printable name")
            _check(schema, here, "property")
    refusals.check()
    if not isinstance(node.get("additionalProperties"), bool):
        at.refuse("an object with properties says additionalProperties: false, or true for a view")
    if is_closed(node) and list(properties) != required:
        at.refuse("in a closed object every property is required, in the order of the properties")
    for name in required:
        if name not in properties:
            (at / "required").refuse(f"{name!r} is not among the properties")
        if not is_closed(node) and "default" in properties[name]:
            (at / "properties" / name / "default").refuse("a required member of a view has no default")
    if ("if" in node) != ("then" in node):
        at.refuse("if and then go together")
