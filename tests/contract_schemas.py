"""The contract files as JSON Schema, read by a validator that shares nothing with the package.

A pattern is read as in ECMAScript (JSON Schema 2020-12 Core, 6.4). The validator reads it as in Python, where ``$``
also matches before a trailing newline, so that is corrected here.
"""

import json
import re
import urllib.parse
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "contracts" / "v1"
BUNDLE = "bundle.schema.json"
BASE = "https://tier2.invalid/contracts/v1/"


def read_contract(path: Path) -> dict[str, Any]:
    contract: dict[str, Any] = json.loads(path.read_bytes())
    return contract


FILES: dict[str, dict[str, Any]] = {
    path.relative_to(FOLDER).as_posix(): read_contract(path) for path in sorted(FOLDER.rglob("*.schema.json"))
}
"""Every contract file and the bundle, by name."""

SOURCES = {file: contract for file, contract in FILES.items() if file != BUNDLE}

PLACE_OF = {
    name: f"{BASE}{file}#/$defs/{name}" for file, contract in SOURCES.items() for name in contract["$defs"]
}
"""Where each named type is defined."""


def _pattern(_: object, pattern: str, value: object, __: object) -> Iterator[ValidationError]:
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


EcmaValidator = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # no stub for it


@cache
def registry() -> Registry[Any]:
    """The files by their ids; nothing else can be referred to, so nothing is fetched."""
    resources = [(contract["$id"], Resource.from_contents(contract)) for contract in FILES.values()]
    return Registry[Any]().with_resources(resources).crawl()


@cache
def validator(name: str) -> Any:
    """A validator for one named type. It follows references once, here, and not again for each value."""
    return EcmaValidator(followed({"$ref": PLACE_OF[name]}, BASE))


def followed(node: Any, base: str) -> Any:
    """A schema with each reference replaced by its target; keywords beside a reference still apply."""
    if isinstance(node, list):
        return [followed(item, base) for item in node]
    if not isinstance(node, dict):
        return node
    beside = {key: followed(member, base) for key, member in node.items() if key != "$ref"}
    if "$ref" not in node:
        return beside
    target = urllib.parse.urljoin(base, node["$ref"])
    there = followed(registry().resolver().lookup(target).contents, target)
    return {"allOf": [there, beside]} if beside.keys() - {"description"} else there


def fits(name: str, value: object) -> bool:
    """Whether a JSON value fits the named type of the contracts."""
    return bool(validator(name).is_valid(value))


def spelled_out(node: Any, base: str) -> Any:
    """A schema with each reference replaced by its target, and without descriptions."""
    if isinstance(node, list):
        return [spelled_out(item, base) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {
        key: spelled_out(member, base) for key, member in node.items() if key not in ("$ref", "description")
    }
    if "$ref" in node:
        target = urllib.parse.urljoin(base, node["$ref"])
        plain |= spelled_out(registry().resolver().lookup(target).contents, target)
    return plain
