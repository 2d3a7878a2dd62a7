"""`Value`, the base of every document and of each closed part of one: an immutable msgspec Struct; and `ValueMap`."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, NoReturn, TypeVar, final

import msgspec

from tier2.values.frozen import to_plain


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """An immutable document or part of one. Two values are the same if their digests are; ``==`` compares fields.

    A value never changes, so what was computed from it once stays true: see `cache_of`.
    """

    in_order: ClassVar[bool] = False
    """Whether the members, and those of all parts, are declared in canonical order, so that msgspec need not sort them.
    The generator sets it; a class that somebody derives sets it again, or is sorted."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.in_order = cls.__dict__.get("in_order", False)  # pragma: no mutate - it runs at import only

    def to_dict(self) -> dict[str, Any]:
        """The value as new, mutable, plain JSON, its contract or event tag included."""
        plain: dict[str, Any] = to_plain(msgspec.to_builtins(self, enc_hook=float))
        return plain


V = TypeVar("V", bound=Value)


def _read_only(self: Any, /, *arguments: object, **keywords: object) -> NoReturn:
    raise TypeError("the map of a document cannot be changed; make a new document")


_REFUSED: Any = _read_only
"""The value of every method that would change the map; Any fits the signature of each."""


@final
class ValueMap(dict[str, V]):
    """An immutable map from strings to parts of a document; a dict in all but the methods that would change it."""

    __slots__ = ()

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _REFUSED

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none, because it can change
        return hash(frozenset(self.items()))

    def copy(self) -> "ValueMap[V]":
        return self

    def __copy__(self) -> "ValueMap[V]":
        return self

    def __deepcopy__(self, memo: object) -> "ValueMap[V]":
        return self

    def __reduce__(self) -> tuple[type["ValueMap[V]"], tuple[dict[str, V]]]:
        return ValueMap, (dict(self),)


cache_of: Callable[[Value], dict[str, Any]] = attrgetter("__dict__")
"""The value's cache: what was computed from it, such as its digest, or how far a run has come.

It is no part of the value: comparing, printing, encoding, copying and pickling ignore it. Two threads may both compute
the same thing, with the same result.
"""
