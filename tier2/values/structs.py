"""`Value`, the base of every document and of every closed part of one: an immutable msgspec Struct."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, ClassVar, cast

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """An immutable document or part of one. Two values are the same if their digests are; ``==`` compares fields.

    Since a value never changes, what was worked out of it once stays true: see `cache_of`.
    """

    in_order: ClassVar[bool] = False
    """Whether the members, and those of all parts, are declared in canonical order, in which msgspec then writes them.
    The generator knows; a class that somebody derives says so itself, or is sorted."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.in_order = cls.__dict__.get("in_order", False)

    def to_dict(self) -> dict[str, Any]:
        """The value as new, mutable, plain JSON, its contract or event tag included."""
        plain: dict[str, Any] = plain_lists(msgspec.to_builtins(self, enc_hook=float))
        return plain


cache_of: Callable[[Value], dict[str, Any]] = attrgetter("__dict__")
"""What was worked out of a value and is kept with it: its digest, or how far a run has come.

It is no part of the value: nothing that compares, prints, encodes, copies or pickles it looks there. Two threads may
both work the same out, and come to the same.
"""


def plain_lists(value: Any) -> Any:
    """Plain JSON with lists for the tuples that `msgspec.to_builtins` leaves."""
    if isinstance(value, dict):
        return {key: plain_lists(member) for key, member in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [plain_lists(item) for item in cast("Sequence[Any]", value)]
    return value
