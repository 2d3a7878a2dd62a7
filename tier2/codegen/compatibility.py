"""The changes from one folder of contract files to another, and the readers that they break.

Every change gets two answers. *Backward*: does a new reader accept every old document? *Forward*: does an old reader
accept every new one? Rules:

1. Both folders are read with `read_contracts`, so the list of keywords is closed. If it refuses a folder, every
   document is compatible in neither direction.
2. The answers are safe, not complete. "Yes" holds for every document. "No" may also be the answer for a change that
   only an unlikely document notices: a member that an open object already had, or a condition in other words.
3. The parts of a document are compared each by itself, so a document is compatible if all its changes are.
4. The contract tag (such as ``tier2.run/v1``) is reported apart: a new version always changes its number. So is a
   ``default``, which no reader applies; but the meaning of a document that is written with it changes.
5. Titles, descriptions, the order of properties, and the names and files of the types are not changes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import NamedTuple

from tier2.codegen import changes
from tier2.codegen.changes import (
    NULLABLE,
    Change,
    Located,
    allowed,
    followed,
    matches,
    shape,
    stem,
    tag,
    without_null,
)
from tier2.codegen.dialect import is_array, is_object
from tier2.codegen.model import SUFFIX, ContractFileError, Contracts, Location, read_contracts


class Verdict(NamedTuple):
    """The changes of one document, or of a type that belongs to no document, and the two answers."""

    document: str
    changes: tuple[Change, ...]

    @property
    def backward(self) -> bool:
        """Whether a new reader accepts every old document."""
        return all(change.backward for change in self.changes)

    @property
    def forward(self) -> bool:
        """Whether an old reader accepts every new document."""
        return all(change.forward for change in self.changes)


class Side(NamedTuple):
    """One of the two folders: the named types, and the name of the type that each document has."""

    contracts: Contracts
    documents: Mapping[str, str]


def compare(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Verdict, ...]:
    """The verdict on each document of two folders of contract files, both given as file name to text.

    Raises ValueError if a text is not JSON, or if a folder is empty.
    """
    try:
        return compare_sides(read_side(old), read_side(new))
    except ContractFileError as error:
        where, _, why = str(error).partition(": ")
        refused = Change(where, f"cannot be compared: {why}", backward=False, forward=False)
        documents = {file.removesuffix(SUFFIX) for file in (*document_roots(old), *document_roots(new))}
        return tuple(Verdict(document, (refused,)) for document in sorted(documents or {where}))


def read_side(sources: Mapping[str, str]) -> Side:
    """A folder of contract files. Raises ContractFileError, or ValueError for text that is not JSON."""
    roots = document_roots(sources)
    contracts = read_contracts(sources)
    documents = {
        file.removesuffix(SUFFIX): contracts.target(reference, Location(file))
        for file, reference in roots.items()
    }
    used = _reached(contracts, documents.values())
    _reached(contracts, contracts.named)  # so that each reference is known to lead somewhere
    alone = {str(at): name for name, (at, _) in contracts.named.items() if name not in used}
    return Side(contracts, documents | alone)


def document_roots(sources: Mapping[str, str]) -> dict[str, str]:
    """The reference at the top of each file that has one; these files are documents."""
    if not sources:
        raise ValueError("there is no contract file")
    found: dict[str, str] = {}
    for file, text in sources.items():
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{file}#: not JSON: {error}") from None
        if is_object(document) and isinstance(document.get("$ref"), str):
            found[file] = document["$ref"]
    return found


def _references(node: object) -> Iterator[str]:
    """Every reference in a schema."""
    if is_object(node):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key != "default":
                yield from _references(value)
    elif is_array(node):
        for item in node:
            yield from _references(item)


def _reached(contracts: Contracts, names: Iterable[str]) -> set[str]:
    """The named types that these lead to, themselves included."""
    waiting, found = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            at, node = contracts.named[name]
            waiting += [contracts.target(reference, at) for reference in _references(node)]
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
        comparison = _Comparison(old.contracts, new.contracts)
        yield from comparison.changes(old.documents[document], new.documents[document])


class _Comparison:
    """The comparison of two types and of all that they lead to. It compares each pair of schemas once, so it ends."""

    def __init__(self, old: Contracts, new: Contracts) -> None:
        self.old = old
        self.new = new
        self._waiting: list[tuple[Located, Located]] = []
        self._seen: set[tuple[Location, Location]] = set()

    def changes(self, old: str, new: str) -> Iterator[Change]:
        """The changes from one named type to another."""
        self._later(Located(*self.old.named[old]), Located(*self.new.named[new]))
        while self._waiting:
            yield from self._pair(*self._waiting.pop(0))

    def _later(self, old: Located, new: Located) -> None:
        """Puts a pair of schemas on the waiting list, unless it has been there."""
        if (old.at, new.at) not in self._seen:
            self._seen.add((old.at, new.at))
            self._waiting.append((old, new))

    def _pair(self, old: Located, new: Located) -> Iterator[Change]:
        """The changes of one pair of schemas; the schemas below are put on the waiting list."""
        yield from (*changes.unknown(old), *changes.unknown(new))
        before, after = shape(old.node), shape(new.node)
        if "reference" in (before, after):
            self._later(followed(old, self.old), followed(new, self.new))
        elif "any value" in (before, after):
            if before != after:
                yield self._retyped(old, new)
        elif before in NULLABLE or after in NULLABLE:
            yield from changes.null(old, new)
            yield from self._pair(without_null(old), without_null(new))
        else:
            yield from self._plain(old, new)

    def _plain(self, old: Located, new: Located) -> Iterator[Change]:
        """The changes of one pair of schemas, of which none is a reference, allows null, or allows any value."""
        before, after = shape(old.node), shape(new.node)
        if {before, after} <= {"constant", "enumeration"}:
            yield from changes.values(old, new)
        elif before == after == "object":
            yield from self._object(old, new)
        elif {before, after} <= {"union", "object"}:
            yield from self._union(old, new)
        elif before != after:
            yield self._retyped(old, new)
        elif before == "array":
            self._later(old.child("items"), new.child("items"))
            yield from changes.array(old, new)
        elif before == "map":
            self._later(old.child("additionalProperties"), new.child("additionalProperties"))
        elif before == "string":
            yield from changes.pattern(old, new)
            yield from changes.bounds(old, new, "minLength", "maxLength")
        elif before in ("integer", "number"):
            yield from changes.bounds(old, new, "minimum", "maximum")

    def _object(self, old: Located, new: Located) -> Iterator[Change]:
        """The changes of an object with properties, one by one."""
        before, after = old.node["properties"], new.node["properties"]
        yield from changes.openness(old, new)
        yield from changes.condition(old, new)
        for name in sorted(before.keys() - after.keys()):
            yield changes.removed(old.child("properties", name), name, old, new)
        for name in sorted(after.keys() - before.keys()):
            yield changes.added(new.child("properties", name), name, old, new)
        for name in sorted(before.keys() & after.keys()):
            yield from changes.required(name, old, new)
            yield from changes.default(old.child("properties", name), new.child("properties", name))
            if stem(name, old) and stem(name, old) == stem(name, new):
                yield from changes.retagged(old.child("properties", name), new.child("properties", name))
            else:
                self._later(old.child("properties", name), new.child("properties", name))

    def _union(self, old: Located, new: Located) -> Iterator[Change]:
        """The changes of two unions, or of a union and one object, whose members are paired by their tags."""
        before, after = self._members(old, self.old), self._members(new, self.new)
        if before is None or after is None:
            yield new.change("the members have no tag that distinguishes them", backward=False, forward=False)
            return
        for key in sorted(before.keys() & after.keys()):
            self._later(before[key], after[key])
        for field, value in sorted(after.keys() - before.keys()):
            yield new.change(f"the member with {field} {value!r} was added", backward=True, forward=False)
        for field, value in sorted(before.keys() - after.keys()):
            yield old.change(f"the member with {field} {value!r} was removed", backward=False, forward=True)

    def _members(self, union: Located, contracts: Contracts) -> dict[tuple[str, str], Located] | None:
        """The members by tag; None if no tag distinguishes them."""
        single = "oneOf" not in union.node
        schemas = [union] if single else [
            followed(union.child("oneOf", position), contracts) for position in range(len(union.node["oneOf"]))
        ]  # fmt: skip
        tags = [tag(schema) for schema in schemas]
        known = [tag for tag in tags if tag]
        if len(set(known)) < len(schemas) or len({field for field, _ in known}) != 1:
            return None
        return dict(zip(known, schemas, strict=True))

    def _retyped(self, old: Located, new: Located) -> Change:
        """The change of one shape into another."""
        return new.change(
            f"the type changed from {shape(old.node)} to {shape(new.node)}",
            backward=self._within(old, new, self.old),
            forward=self._within(new, old, self.new),
        )

    def _within(self, inner: Located, outer: Located, contracts: Contracts) -> bool:
        """Whether an outer schema certainly accepts each value that an inner one does."""
        match shape(inner.node), shape(outer.node):
            case (_, "any value") | (("object" | "map"), "open object"):
                return True
            case "integer", "number":
                return changes.lies_within(inner, outer)
            case "union", "open object":
                return self._members(inner, contracts) is not None
            case (("constant" | "enumeration"), "string"):
                pattern = outer.node.get("pattern", "^")
                least, most = outer.node.get("minLength", 0), outer.node.get("maxLength", inf)
                return all(
                    matches(pattern, value) and least <= len(value) <= most for value in allowed(inner.node)
                )
            case _:
                return False
