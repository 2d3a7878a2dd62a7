"""The rules of `contract_comparison`, each about two schemas at the same place: what changed, and whom that hurts.

A rule yields a `Change` for what differs, and nothing for what does not. What is below the schemas is not its affair.
"""

import json
import re
from collections.abc import Iterator, Mapping
from math import inf
from typing import NamedTuple

from contract_files import Contracts, Place
from contract_keywords import NOTES, Node, Shape, is_closed, shape_of
from contract_types import tag_of

COMPARED: Mapping[Shape, frozenset[str]] = {
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
"""The keywords that this module has a rule for. A keyword that the generator learns later is not among them."""

_TAG = re.compile(r"(.+)/v[0-9]+")


class Change(NamedTuple):
    """One change: where it stands, what it is, and whether new and old readers can live with it."""

    place: str
    what: str
    backward: bool
    forward: bool
    apart: bool = False


class Spot(NamedTuple):
    """A schema and where it stands."""

    place: Place
    node: Node

    def at(self, *parts: str | int) -> "Spot":
        """The schema below this one that the parts of a JSON pointer lead to."""
        place, node = self.place, self.node
        for part in parts:
            place, node = place / part, node[part]  # type: ignore[index]  # a list takes the number
        return Spot(place, node)

    def change(self, what: str, *, backward: bool, forward: bool, apart: bool = False) -> Change:
        return Change(str(self.place), what, backward, forward, apart)


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


def unknown(spot: Spot) -> Iterator[Change]:
    """A change for each keyword that there is no rule for: what it means, only its author knows."""
    found = shape_of(spot.node)
    compared = COMPARED[found] if found else frozenset()
    for key in sorted(spot.node.keys() - compared - NOTES):
        yield spot.change(f"the keyword {key!r} cannot be compared", backward=False, forward=False)
    if found is None and not spot.node.keys() - NOTES:
        yield spot.change("the schema has no type", backward=False, forward=False)


def followed(spot: Spot, contracts: Contracts) -> Spot:
    """The schema that a reference leads to, one step on; any other schema as it is."""
    if "$ref" not in spot.node:
        return spot
    return Spot(*contracts.named[contracts.target(spot.node["$ref"], spot.place)])


def default(old: Spot, new: Spot) -> Iterator[Change]:
    before, after = (_text(spot.node["default"]) if "default" in spot.node else "" for spot in (old, new))
    if before != after:
        what = f"the default changed from {before or 'none'} to {after or 'none'}: the meaning changes"
        yield new.change(what, backward=True, forward=True, apart=True)


def _text(value: object) -> str:
    """A JSON value as text, to be compared; nothing for None. To Python alone 1, 1.0 and True are equal."""
    return "" if value is None else json.dumps(value, sort_keys=True)


def texts(node: Node) -> list[str]:
    """The texts that a constant or an enumeration allows."""
    texts: list[str] = node["enum"] if "enum" in node else [node["const"]]
    return texts


def values(old: Spot, new: Spot) -> Iterator[Change]:
    before, after = texts(old.node), texts(new.node)
    for value in after:
        if value not in before:
            yield new.change(f"the value {value!r} was added", backward=True, forward=False)
    for value in before:
        if value not in after:
            yield old.change(f"the value {value!r} was removed", backward=False, forward=True)


def bounds(old: Spot, new: Spot, least: str, most: str) -> Iterator[Change]:
    """The changes of a lower and an upper bound, of which either may be absent."""
    for key, absent, sign in ((least, -inf, -1), (most, inf, 1)):
        before, after = old.node.get(key, absent), new.node.get(key, absent)
        if key in {"minItems", "minContains"}:
            before, after = max(before, 0), max(after, 0)
        if before != after:
            wider = sign * after > sign * before
            what = f"{key} was {'loosened' if wider else 'tightened'} from {before} to {after}"
            yield new.change(what, backward=wider, forward=not wider)


def array(old: Spot, new: Spot) -> Iterator[Change]:
    yield from bounds(old, new, "minItems", "maxItems")
    before, after = _text(old.node.get("contains")), _text(new.node.get("contains"))
    if (before and after and before != after) or "$ref" in before + after:
        yield new.change("contains changed: it is compared whole", backward=False, forward=False)
    else:
        yield from bounds(old, new, "minContains", "maxContains")


def pattern(old: Spot, new: Spot) -> Iterator[Change]:
    before, after = old.node.get("pattern"), new.node.get("pattern")
    if before != after:
        what = "added" if before is None else "removed" if after is None else "changed"
        yield new.change(f"the pattern was {what}", backward=after is None, forward=before is None)


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches in the meaning of ECMAScript, where ``$`` is the very end."""
    return re.search(re.sub(r"\$$", r"\\Z", pattern), text) is not None


def openness(old: Spot, new: Spot) -> Iterator[Change]:
    if is_closed(old.node) != is_closed(new.node):
        opened = is_closed(old.node)
        what = "the object was opened" if opened else "the object was closed"
        yield new.change(what, backward=opened, forward=not opened)


def condition(old: Spot, new: Spot) -> Iterator[Change]:
    before, after = ([_text(spot.node.get(key)) for key in ("if", "then")] for spot in (old, new))
    if before == after and "$ref" not in "".join(before):
        return
    if any(before) and any(after):
        yield new.change("the condition changed: it is compared whole", backward=False, forward=False)
    else:
        what = "added" if any(after) else "removed"
        yield new.change(f"a condition was {what}", backward=any(before), forward=any(after))


def _is_required(name: str, owner: Spot) -> bool:
    return name in owner.node.get("required", [])


def _kind(name: str, owner: Spot) -> str:
    return "required" if _is_required(name, owner) else "optional"


def added(spot: Spot, name: str, old: Spot, new: Spot) -> Change:
    """A property that is new. In an open object an old document may already carry that name, with another type."""
    shut = is_closed(old.node)
    what = f"the {_kind(name, new)} property was added to {'a closed' if shut else 'an open'} object"
    return spot.change(what, backward=shut and not _is_required(name, new), forward=not shut)


def removed(spot: Spot, name: str, old: Spot, new: Spot) -> Change:
    """A property that is gone: the addition, seen from the other side."""
    shut = is_closed(new.node)
    what = f"the {_kind(name, old)} property was removed from {'a closed' if shut else 'an open'} object"
    return spot.change(what, backward=not shut, forward=shut and not _is_required(name, old))


def required(name: str, old: Spot, new: Spot) -> Iterator[Change]:
    before, after = _kind(name, old), _kind(name, new)
    if before != after:
        what = f"the property changed from {before} to {after}"
        relaxed = after == "optional"
        yield new.at("properties", name).change(what, backward=relaxed, forward=not relaxed)


def tag(spot: Spot) -> tuple[str, str] | None:
    """The tag of a required first property; None for what is no tagged object."""
    found = tag_of(spot.node)
    return found if found and _is_required(found[0], spot) else None


def stem(name: str, spot: Spot) -> str:
    """What a contract tag says before its version; nothing if the property is no contract tag."""
    found = tag(spot)
    match = _TAG.fullmatch(found[1]) if found and found[0] == name else None
    return match[1] if match else ""


def retagged(old: Spot, new: Spot) -> Iterator[Change]:
    before, after = old.node["const"], new.node["const"]
    if before != after:
        what = f"the contract tag changed from {before!r} to {after!r}"
        yield new.change(what, backward=True, forward=True, apart=True)
