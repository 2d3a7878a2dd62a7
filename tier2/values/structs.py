"""`Value`, the base of every document and of every closed part of one: an immutable msgspec Struct."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

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


cache_of: Callable[[Value], dict[str, Any]] = attrgetter("__dict__")
"""The value's cache: what was computed from it, such as its digest, or how far a run has come.

It is no part of the value: comparing, printing, encoding, copying and pickling ignore it. Two threads may both compute
the same thing, with the same result.
"""
