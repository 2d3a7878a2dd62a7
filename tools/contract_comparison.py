"""What changed from one folder of contract files to another, and which readers that hurts.

Two questions are asked of every change. *Backward*: does a new reader accept every old document? *Forward*: does an
old reader accept every new one? Rules:

1. All is read with `read_contracts`, so the list of keywords is closed. A folder that it refuses cannot be judged: then
   every document is compatible in neither direction.
2. The answers are safe, not complete. "Yes" is meant for every document. "No" may be said of a change that only an
   unlikely document notices: a member that an open object already carried, or a condition put in other words.
3. The parts of a document are compared each by itself, so a document is compatible if all its changes are.
4. The contract tag (such as ``tier2.run/v1``) is compared apart: a new version always changes its number. So is a
   ``default``, which no reader applies; but the meaning of a document that is written with it changes.
5. Titles, descriptions, the order of properties, and the names and places of the types are not changes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from contract_changes import (
    Change,
    Spot,
    added,
    array,
    bounds,
    condition,
    default,
    followed,
    matches,
    openness,
    pattern,
    removed,
    required,
    retagged,
    shape,
    stem,
    tag,
    texts,
    unknown,
    values,
)
from contract_files import ContractFault, Contracts, Place, read_contracts

SUFFIX = ".schema.json"


class Verdict(NamedTuple):
    """What the changes come to for one document, or for a type that belongs to no document."""

    document: str
    changes: tuple[Change, ...]

    @property
    def backward(self) -> bool:
        return all(change.backward for change in self.changes)

    @property
    def forward(self) -> bool:
        return all(change.forward for change in self.changes)


class Side(NamedTuple):
    """One of the two folders, read: the named types, and the one that each document is."""

    contracts: Contracts
    documents: Mapping[str, str]


def compare(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Verdict, ...]:
    """The verdict on each document of two folders of contract files, both given as file name to text.

    Raises ValueError if a text is not JSON, or if a folder is empty.
    """
    try:
        return compare_sides(read_side(old), read_side(new))
    except ContractFault as fault:
        place, _, why = str(fault).partition(": ")
        refused = Change(place, f"cannot be judged: {why}", backward=False, forward=False)
        documents = {file.removesuffix(SUFFIX) for file in (*_roots(old), *_roots(new))}
        return tuple(Verdict(document, (refused,)) for document in sorted(documents or {place}))


def read_side(sources: Mapping[str, str]) -> Side:
    """A folder of contract files. Raises ContractFault, or ValueError for what is not even JSON."""
    roots = _roots(sources)
    contracts = read_contracts(sources)
    documents = {
        file.removesuffix(SUFFIX): contracts.target(reference, Place(file))
        for file, reference in roots.items()
    }
    used = _reached(contracts, documents.values())
    _reached(contracts, contracts.named)  # so that each reference is known to lead somewhere
    alone = {str(place): name for name, (place, _) in contracts.named.items() if name not in used}
    return Side(contracts, documents | alone)


def _roots(sources: Mapping[str, str]) -> dict[str, str]:
    """The reference at the top of each file that has one: these files are documents."""
    if not sources:
        raise ValueError("there is no contract file")
    found: dict[str, str] = {}
    for file, text in sources.items():
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{file}#: not JSON: {error}") from None
        if isinstance(document, dict) and isinstance(document.get("$ref"), str):
            found[file] = document["$ref"]
    return found


def _references(node: object) -> Iterator[str]:
    """Every reference in a schema."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key != "default":
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def _reached(contracts: Contracts, names: Iterable[str]) -> set[str]:
    """The named types that these lead to, themselves included."""
    waiting, found = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            place, node = contracts.named[name]
            waiting += [contracts.target(reference, place) for reference in _references(node)]
    return found


def compare_sides(old: Side, new: Side) -> tuple[Verdict, ...]:
    """The verdict on each document of two folders."""
    return tuple(
        Verdict(document, tuple(_document(document, old, new)))
        for document in sorted({**old.documents, **new.documents})
    )


def _document(document: str, old: Side, new: Side) -> Iterator[Change]:
    if document not in new.documents:
        yield Change(document, "the document was removed", backward=False, forward=False)
    elif document not in old.documents:
        yield Change(document, "the document was added: nobody reads or writes it yet", True, True)
    else:
        yield from Walk(old.contracts, new.contracts).changes(
            old.documents[document], new.documents[document]
        )


class Walk:
    """A comparison of two schemas and of all that they lead to. Each pair of places is compared once, so it ends."""

    def __init__(self, old: Contracts, new: Contracts) -> None:
        self.old = old
        self.new = new
        self._waiting: list[tuple[Spot, Spot]] = []
        self._seen: set[tuple[Place, Place]] = set()

    def changes(self, old: str, new: str) -> Iterator[Change]:
        """The changes from one named type to another."""
        self._later(Spot(*self.old.named[old]), Spot(*self.new.named[new]))
        while self._waiting:
            yield from self._pair(*self._waiting.pop(0))

    def _later(self, old: Spot, new: Spot) -> None:
        """Puts a pair on the list of what is still to be compared."""
        if (old.place, new.place) not in self._seen:
            self._seen.add((old.place, new.place))
            self._waiting.append((old, new))

    def _pair(self, old: Spot, new: Spot) -> Iterator[Change]:
        """The changes of one pair of schemas; what is below them is put on the list."""
        yield from (*unknown(old), *unknown(new))
        before, after = shape(old.node), shape(new.node)
        if "reference" in (before, after):
            self._later(followed(old, self.old), followed(new, self.new))
        elif {before, after} <= {"constant", "enumeration"}:
            yield from values(old, new)
        elif before == after == "object":
            yield from self._object(old, new)
        elif {before, after} <= {"union", "object"}:
            yield from self._union(old, new)
        elif before != after:
            yield self._retyped(old, new)
        elif before == "array":
            self._later(old.at("items"), new.at("items"))
            yield from array(old, new)
        elif before == "string":
            yield from pattern(old, new)
        elif before == "integer":
            yield from bounds(old, new, "minimum", "maximum")

    def _object(self, old: Spot, new: Spot) -> Iterator[Change]:
        """The changes of an object with properties, one by one."""
        before, after = old.node["properties"], new.node["properties"]
        yield from openness(old, new)
        yield from condition(old, new)
        for name in sorted(before.keys() - after.keys()):
            yield removed(old.at("properties", name), name, old, new)
        for name in sorted(after.keys() - before.keys()):
            yield added(new.at("properties", name), name, old, new)
        for name in sorted(before.keys() & after.keys()):
            yield from required(name, old, new)
            yield from default(old.at("properties", name), new.at("properties", name))
            if stem(name, old) and stem(name, old) == stem(name, new):
                yield from retagged(old.at("properties", name), new.at("properties", name))
            else:
                self._later(old.at("properties", name), new.at("properties", name))

    def _union(self, old: Spot, new: Spot) -> Iterator[Change]:
        """The members of two unions, or of a union and one object, told apart by their tags."""
        before, after = self._members(old, self.old), self._members(new, self.new)
        if before is None or after is None:
            yield new.change("the members cannot be told apart by a tag", backward=False, forward=False)
            return
        for key in sorted(before.keys() & after.keys()):
            self._later(before[key], after[key])
        for field, value in sorted(after.keys() - before.keys()):
            yield new.change(f"the member with {field} {value!r} was added", backward=True, forward=False)
        for field, value in sorted(before.keys() - after.keys()):
            yield old.change(f"the member with {field} {value!r} was removed", backward=False, forward=True)

    def _members(self, union: Spot, contracts: Contracts) -> dict[tuple[str, str], Spot] | None:
        """The members by tag; None if they cannot be told apart."""
        single = "oneOf" not in union.node
        spots = [union] if single else [
            followed(union.at("oneOf", position), contracts) for position in range(len(union.node["oneOf"]))
        ]  # fmt: skip
        tags = [tag(spot) for spot in spots]
        known = [tag for tag in tags if tag]
        if len(set(known)) < len(spots) or len({field for field, _ in known}) != 1:
            return None
        return dict(zip(known, spots, strict=True))

    def _retyped(self, old: Spot, new: Spot) -> Change:
        """The change of one shape into another."""
        return new.change(
            f"the type changed from {shape(old.node)} to {shape(new.node)}",
            backward=self._within(old, new, self.old),
            forward=self._within(new, old, self.new),
        )

    def _within(self, inner: Spot, outer: Spot, contracts: Contracts) -> bool:
        """Whether each value of one shape is surely among those of another shape."""
        match shape(inner.node), shape(outer.node):
            case ("integer", "number") | ("object", "open object") | ("string", "string or null"):
                return True
            case "union", "open object":
                return self._members(inner, contracts) is not None
            case (("constant" | "enumeration"), "string or null"):
                return True
            case (("constant" | "enumeration"), "string"):
                pattern = outer.node.get("pattern", "^")
                return all(matches(pattern, value) for value in texts(inner.node))
            case _:
                return False
