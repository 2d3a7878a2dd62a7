"""What is different between two states, as data, and what a merge patch sets.

Both are for people to look at: a receipt proves the states, and a run has them whole.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from tier2.errors import Path
from tier2.values.canonical import CanonicalBytes, encode
from tier2.values.frozen import FrozenObject, JsonValue

_LARGE = 72
"""A new object of more bytes than this is told member by member."""


class Change(NamedTuple):
    """One member or item that is different.

    mark: ``+`` added, ``-`` removed, ``~`` changed, ``=`` set by a patch, whether it was there before or not.
    path: where, for `tier2.errors.json_path`. A removed item has its place in the old array, an added one in the new.
    before: the old value, of ``-`` and ``~``. A patch does not know it; there it is None.
    after: the new value, of ``+``, ``~`` and ``=``.

    Of an array that changed its length or its order, one ``~`` holds both arrays; if it changed its length, the
    removed and the added items follow.
    """

    mark: Literal["+", "-", "~", "="]
    path: Path
    before: JsonValue = None
    after: JsonValue = None


def changes(before: JsonValue, after: JsonValue, path: Path = ()) -> Iterator[Change]:
    """The differences of two frozen values, in the order of their members' names."""
    if before is after:
        return
    if isinstance(before, FrozenObject) and isinstance(after, FrozenObject):
        for name in sorted({*before, *after}):
            inside = (*path, name)
            if name not in before:
                yield from _added(after[name], inside)
            elif name not in after:
                yield Change("-", inside, before=before[name])
            else:
                yield from changes(before[name], after[name], inside)
    elif isinstance(before, tuple) and isinstance(after, tuple):
        yield from _array_changes(before, after, path)
    elif encode(before) != encode(after):  # not by ==: True is no 1 here
        yield Change("~", path, before, after)


def patched(patch: FrozenObject, path: Path = ()) -> Iterator[Change]:
    """What a frozen merge patch sets and removes (RFC 7396 section 2)."""
    for name, member in patch.items():
        inside = (*path, name)
        if member is None:
            yield Change("-", inside)
        elif isinstance(member, FrozenObject) and member:
            yield from patched(member, inside)
        else:
            yield Change("=", inside, after=member)


def _added(value: JsonValue, path: Path) -> Iterator[Change]:
    if isinstance(value, FrozenObject) and len(encode(value)) > _LARGE:
        for name, member in value.items():
            yield from _added(member, (*path, name))
    else:
        yield Change("+", path, after=value)


def _array_changes(
    before: tuple[JsonValue, ...], after: tuple[JsonValue, ...], path: Path
) -> Iterator[Change]:
    old, new = [encode(item) for item in before], [encode(item) for item in after]
    if old == new:
        return
    removed, added = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if len(old) == len(new) and removed:
        for position, (item, other) in enumerate(zip(before, after, strict=True)):
            yield from changes(item, other, (*path, position))
        return
    yield Change("~", path, before, after)
    for position in _places(old, removed):
        yield Change("-", (*path, position), before=before[position])
    for position in _places(new, added):
        yield Change("+", (*path, position), after=after[position])


def _places(items: Sequence[CanonicalBytes], counts: Mapping[CanonicalBytes, int]) -> list[int]:
    """Where the counted items stand; of equal ones the last, as most arrays grow at their end."""
    left = Counter(counts)
    places: list[int] = []
    for position in reversed(range(len(items))):
        if left[items[position]]:
            left[items[position]] -= 1
            places.append(position)
    return places[::-1]
