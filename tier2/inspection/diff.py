"""The differences between two states, and the changes that a merge patch makes, as data for people to look at."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from tier2.errors import Path
from tier2.values.canonical import encode
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
    return _Diff().changes(before, after, path)


class _Diff:
    """A comparison of two values. It looks at each part once, however deep it is.

    Each part gets a number, and parts with the same canonical text get the same one.
    """

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        """From a scalar's text, or from the numbers of the members or items, to the number."""
        self._of_container: dict[int, int] = {}
        """From the identity of an object or array to its number."""

    def number(self, value: JsonValue) -> int:
        if not isinstance(value, FrozenObject | tuple):
            return self._number_of(encode(value))  # not of the value itself: to Python, True equals 1
        known = self._of_container.get(id(value))
        if known is None:
            named = isinstance(value, FrozenObject)
            parts = value.values() if isinstance(value, FrozenObject) else value
            content = (named, *(value if named else ()), *map(self.number, parts))
            known = self._of_container[id(value)] = self._number_of(content)
        return known

    def _number_of(self, content: object) -> int:
        return self._numbers.setdefault(content, len(self._numbers))

    def changes(self, before: JsonValue, after: JsonValue, path: Path) -> Iterator[Change]:
        if self.number(before) == self.number(after):
            return
        if isinstance(before, FrozenObject) and isinstance(after, FrozenObject):
            for name in sorted({*before, *after}):
                inside = (*path, name)
                if name not in before:
                    yield from _added(after[name], inside)
                elif name not in after:
                    yield Change("-", inside, before=before[name])
                else:
                    yield from self.changes(before[name], after[name], inside)
        elif isinstance(before, tuple) and isinstance(after, tuple):
            yield from self._array_changes(before, after, path)
        else:
            yield Change("~", path, before, after)

    def _array_changes(
        self, before: tuple[JsonValue, ...], after: tuple[JsonValue, ...], path: Path
    ) -> Iterator[Change]:
        old, new = [*map(self.number, before)], [*map(self.number, after)]
        removed, added = Counter(old) - Counter(new), Counter(new) - Counter(old)
        if len(old) == len(new) and removed:
            for position, (item, other) in enumerate(zip(before, after, strict=True)):
                yield from self.changes(item, other, (*path, position))
            return
        yield Change("~", path, before, after)
        for position in _positions(old, removed):
            yield Change("-", (*path, position), before=before[position])
        for position in _positions(new, added):
            yield Change("+", (*path, position), after=after[position])


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
    if isinstance(value, FrozenObject) and _is_large(value):
        for name, member in value.items():
            yield from _added(member, (*path, name))
    else:
        yield Change("+", path, after=value)


def _is_large(value: JsonValue) -> bool:
    """Whether a value has more than `_LARGE` bytes. Of a large one only the beginning is looked at."""
    left = _LARGE
    ahead: list[JsonValue] = [value]
    while ahead and left >= 0:
        part = ahead.pop()
        if isinstance(part, FrozenObject | tuple):
            left -= max(1, len(part)) + 1  # its brackets and commas
        if isinstance(part, FrozenObject):
            for name, member in islice(part.items(), _LARGE):
                left -= _size(name) + 1
                ahead.append(member)
        elif isinstance(part, tuple):
            ahead += part[:_LARGE]
        else:
            left -= _size(part)
    return left < 0


def _size(scalar: JsonValue) -> int:
    """How many bytes a scalar has; of a long string, how many characters."""
    return len(scalar) if isinstance(scalar, str) and len(scalar) > _LARGE else len(encode(scalar))


def _positions(items: Sequence[int], counts: Mapping[int, int]) -> list[int]:
    """The positions of the counted items; the last ones of equal items, as most arrays grow at their end."""
    left = Counter(counts)
    positions: list[int] = []
    for position in reversed(range(len(items))):
        if left[items[position]]:
            left[items[position]] -= 1
            positions.append(position)
    return positions[::-1]
