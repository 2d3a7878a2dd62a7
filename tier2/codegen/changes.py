"""The rules of `tier2.codegen.compatibility`, each about an old and a new schema in the same role.

A rule yields a `Change` for each difference, and says which readers it breaks. It does not look at the schemas below.
"""

import json
import re
from collections.abc import Iterator, Mapping
from math import inf, isinf
from typing import NamedTuple

from tier2.codegen.dialect import NOTES, Node, Shape, is_closed, shape_of, tag_of
from tier2.codegen.model import Contracts, Location

COMPARED: Mapping[Shape, frozenset[str]] = {
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
"""The keywords that this module has a rule for. A keyword that the dialect gets later is not among them."""

NULLABLE: frozenset[Shape | None] = frozenset({"string or null", "reference or null"})
"""The shapes that allow null beside something else."""

_TAG = re.compile(r"(.+)/v[0-9]+")


class Change(NamedTuple):
    """One change of a contract.

    where: its location, as file and JSON Pointer.
    what: the change in words.
    backward: whether a new reader still accepts every old document.
    forward: whether an old reader accepts every new document.
    apart: whether the change is reported only, since no reader notices it.
    """

    where: str
    what: str
    backward: bool
    forward: bool
    apart: bool = False


class Located(NamedTuple):
    """A schema and its location."""

    at: Location
    node: Node

    def child(self, *parts: str | int) -> "Located":
        """The schema below this one that the parts of a JSON Pointer lead to."""
        at, node = self.at, self.node
        for part in parts:
            at, node = at / part, node[part]  # type: ignore[index]  # a list takes the number
        return Located(at, node)

    def change(self, what: str, *, backward: bool, forward: bool, apart: bool = False) -> Change:
        """A change at this location."""
        return Change(str(self.at), what, backward, forward, apart)


def shape(node: Node) -> Shape | None:
    """The shape of a schema, in which a view that asks for nothing is an open object."""
    found = shape_of(node)
    if (
        found == "object"
        and not is_closed(node)
        and not (node["properties"] or node.get("required") or "if" in node)
    ):
        return "open object"
    return found


def unknown(schema: Located) -> Iterator[Change]:
    """A change for each keyword that there is no rule for."""
    found = shape_of(schema.node)
    compared = COMPARED[found] if found else frozenset[str]()
    for key in sorted(schema.node.keys() - compared - NOTES):
        yield schema.change(f"the keyword {key!r} cannot be compared", backward=False, forward=False)
    if found is None and not schema.node.keys() - NOTES:
        yield schema.change("the schema has no type", backward=False, forward=False)


def followed(schema: Located, contracts: Contracts) -> Located:
    """The schema that a reference leads to, one step on; any other schema as it is."""
    if "$ref" not in schema.node:
        return schema
    return Located(*contracts.named[contracts.target(schema.node["$ref"], schema.at)])


def default(old: Located, new: Located) -> Iterator[Change]:
    before, after = (
        json.dumps(schema.node["default"], sort_keys=True) if "default" in schema.node else "none"
        for schema in (old, new)
    )
    if before != after:
        what = f"the default changed from {before} to {after}: the meaning changes"
        yield new.change(what, backward=True, forward=True, apart=True)


def null(old: Located, new: Located) -> Iterator[Change]:
    """The change of a schema that allows null into one that does not, or the other way round."""
    before, after = (shape_of(schema.node) in NULLABLE for schema in (old, new))
    if before != after:
        what = f"null was {'added' if after else 'removed'}"
        yield (new if after else old).change(what, backward=after, forward=before)


def without_null(schema: Located) -> Located:
    """The schema of the values beside null; any other schema as it is."""
    match shape_of(schema.node):
        case "reference or null":
            return schema.child("oneOf", 0)
        case "string or null":
            kept = {key: value for key, value in schema.node.items() if key in COMPARED["string"]}
            return Located(schema.at, kept | {"type": "string"})
        case _:
            return schema


def _text(value: object) -> str:
    """A JSON value as text, to be compared; nothing for None. To Python alone 1, 1.0 and True are equal."""
    return "" if value is None else json.dumps(value, sort_keys=True)


def allowed(node: Node) -> list[str]:
    """The strings that a constant or an enumeration allows."""
    strings: list[str] = node["enum"] if "enum" in node else [node["const"]]
    return strings


def values(old: Located, new: Located) -> Iterator[Change]:
    before, after = allowed(old.node), allowed(new.node)
    for value in after:
        if value not in before:
            yield new.change(f"the value {value!r} was added", backward=True, forward=False)
    for value in before:
        if value not in after:
            yield old.change(f"the value {value!r} was removed", backward=False, forward=True)


def bounds(old: Located, new: Located, least: str, most: str) -> Iterator[Change]:
    """The changes of a lower and an upper bound, of which either may be absent."""
    for key, absent, sign in ((least, -inf, -1), (most, inf, 1)):
        before, after = old.node.get(key, absent), new.node.get(key, absent)
        if key in {"minItems", "minContains", "minLength"}:
            before, after = max(before, 0), max(after, 0)
        if before != after:
            wider = sign * after > sign * before
            what = (
                f"{key} was {'loosened' if wider else 'tightened'} from {_limit(before)} to {_limit(after)}"
            )
            yield new.change(what, backward=wider, forward=not wider)


def lies_within(inner: Located, outer: Located) -> bool:
    """Whether the bounds of a number leave room for all numbers within those of another one."""
    least, most = inner.node.get("minimum", -inf), inner.node.get("maximum", inf)
    return bool(outer.node.get("minimum", -inf) <= least and most <= outer.node.get("maximum", inf))


def _limit(number: float) -> str:
    return "no limit" if isinf(number) else str(number)


def array(old: Located, new: Located) -> Iterator[Change]:
    yield from bounds(old, new, "minItems", "maxItems")
    before, after = _text(old.node.get("contains")), _text(new.node.get("contains"))
    if (before and after and before != after) or "$ref" in before + after:
        yield new.change("contains changed: it is compared whole", backward=False, forward=False)
    else:
        yield from bounds(old, new, "minContains", "maxContains")


def pattern(old: Located, new: Located) -> Iterator[Change]:
    before, after = old.node.get("pattern"), new.node.get("pattern")
    if before != after:
        what = "added" if before is None else "removed" if after is None else "changed"
        yield new.change(f"the pattern was {what}", backward=after is None, forward=before is None)


def matches(pattern: str, string: str) -> bool:
    """Whether a string matches in the meaning of ECMAScript, where ``$`` is the very end."""
    return re.search(re.sub(r"\$$", r"\\Z", pattern), string) is not None


def openness(old: Located, new: Located) -> Iterator[Change]:
    if is_closed(old.node) != is_closed(new.node):
        opened = is_closed(old.node)
        what = "the object was opened" if opened else "the object was closed"
        yield new.change(what, backward=opened, forward=not opened)


def condition(old: Located, new: Located) -> Iterator[Change]:
    before, after = ([_text(schema.node.get(key)) for key in ("if", "then")] for schema in (old, new))
    if before == after and "$ref" not in "".join(before):
        return
    if any(before) and any(after):
        yield new.change("the condition changed: it is compared whole", backward=False, forward=False)
    else:
        what = "added" if any(after) else "removed"
        yield new.change(f"a condition was {what}", backward=any(before), forward=any(after))


def _is_required(name: str, owner: Located) -> bool:
    return name in owner.node.get("required", [])


def _kind(name: str, owner: Located) -> str:
    return "required" if _is_required(name, owner) else "optional"


def added(schema: Located, name: str, old: Located, new: Located) -> Change:
    """A property that is new. In an open object an old document may already have that member, with another type."""
    closed = is_closed(old.node)
    what = f"the {_kind(name, new)} property was added to {'a closed' if closed else 'an open'} object"
    return schema.change(what, backward=closed and not _is_required(name, new), forward=not closed)


def removed(schema: Located, name: str, old: Located, new: Located) -> Change:
    """A property that is gone: the addition, seen from the other side."""
    closed = is_closed(new.node)
    what = f"the {_kind(name, old)} property was removed from {'a closed' if closed else 'an open'} object"
    return schema.change(what, backward=not closed, forward=closed and not _is_required(name, old))


def required(name: str, old: Located, new: Located) -> Iterator[Change]:
    before, after = _kind(name, old), _kind(name, new)
    if before != after:
        what = f"the property changed from {before} to {after}"
        relaxed = after == "optional"
        yield new.child("properties", name).change(what, backward=relaxed, forward=not relaxed)


def tag(schema: Located) -> tuple[str, str] | None:
    """The tag of a required first property; None for a schema that is no tagged object."""
    found = tag_of(schema.node)
    return found if found and _is_required(found[0], schema) else None


def stem(name: str, schema: Located) -> str:
    """The part of a contract tag before its version; nothing if the property is no contract tag."""
    found = tag(schema)
    match = _TAG.fullmatch(found[1]) if found and found[0] == name else None
    return match[1] if match else ""


def retagged(old: Located, new: Located) -> Iterator[Change]:
    before, after = old.node["const"], new.node["const"]
    if before != after:
        what = f"the contract tag changed from {before!r} to {after!r}"
        yield new.change(what, backward=True, forward=True, apart=True)
