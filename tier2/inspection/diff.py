"""The differences between two states, and the changes that a merge patch makes, as data for people to look at."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from tier2.errors import Path
from tier2.values.canonical import CanonicalBytes, encode
from tier2.values.frozen import FrozenObject, JsonValue

_LARGE = 72
"""A new object of more bytes than this is reported member by member."""


class Change(NamedTuple):
    """One member or item that is different.

    mark: ``+`` added, ``-`` removed, ``~`` changed, ``=`` set by a patch, whether it was there before or not.
    path: for a removed item the position in the old array, for an added one that in the new array.
    before: the old value, for ``-`` and ``~``; None for a patch, which does not know it.
    after: the new value, for ``+``, ``~`` and ``=``.

    An array that changed its length or its order has one ``~`` with both arrays. If it changed its length, the removed
    and the added items follow.
    """

    mark: Literal["+", "-", "~", "="]
    path: Path
    before: JsonValue = None
    after: JsonValue = None


def diff(before: JsonValue, after: JsonValue, path: Path = ()) -> Iterator[Change]:
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
                yield from diff(before[name], after[name], inside)
    elif isinstance(before, tuple) and isinstance(after, tuple):
        yield from _array_changes(before, after, path)
    elif encode(before) != encode(after):  # not by ==: to Python, True equals 1
        yield Change("~", path, before, after)


def patched(patch: FrozenObject, path: Path = ()) -> Iterator[Change]:
    """The members that a frozen merge patch sets and removes (RFC 7396 section 2)."""
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
            yield from diff(item, other, (*path, position))
        return
    yield Change("~", path, before, after)
    for position in _positions(old, removed):
        yield Change("-", (*path, position), before=before[position])
    for position in _positions(new, added):
        yield Change("+", (*path, position), after=after[position])


def _positions(items: Sequence[CanonicalBytes], counts: Mapping[CanonicalBytes, int]) -> list[int]:
    """The positions of the counted items; the last ones of equal items, as most arrays grow at their end."""
    left = Counter(counts)
    positions: list[int] = []
    for position in reversed(range(len(items))):
        if left[items[position]]:
            left[items[position]] -= 1
            positions.append(position)
    return positions[::-1]
