"""The base of the generated Structs: `View` for open objects, and the checks at construction.

Static types protect those who run a type checker. For everyone else, and for values from outside, the functions below
make sure that each field has its type and nothing in it can be changed later.
"""

from collections.abc import Mapping, Sequence
from operator import is_not
from types import UnionType
from typing import TYPE_CHECKING, Any, cast

import msgspec

from tier2.errors import ContractError, Path
from tier2.values.frozen import JsonValue, freeze_object, freeze_string
from tier2.values.structs import Value

if TYPE_CHECKING:
    OpenObject = Mapping[str, JsonValue]
else:
    # msgspec would convert a mapping to a new dict, although it may be frozen already. Any makes it pass the member
    # on, and `coerce_object` checks it.
    OpenObject = Any


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The known members of an open object, typed; unknown members stay in the object itself."""


def require(owner: Value, field: str, value: object, kind: type | UnionType) -> None:
    """Refuses a field that is not exactly of its class, or of one of its classes.

    A subclass could have members that the contract does not know, and they would be encoded.
    """
    if type(value) not in _classes(kind):
        raise _wrong(owner, (field,), value, _name(kind))


def coerce_string(owner: Value, field: str, value: str) -> None:
    """Makes a string field a plain str, an enum member too. Refuses everything else, and lone surrogates."""
    kind: type = type(value)
    if kind is str and value.isascii():
        return
    if not issubclass(kind, str):
        raise _wrong(owner, (field,), value, "str")
    msgspec.structs.force_setattr(owner, field, freeze_string(value, field))


def coerce_object(owner: Value, field: str, value: Mapping[str, JsonValue]) -> None:
    """Replaces an open object by its frozen form, so that later changes of the caller's object have no effect."""
    frozen = freeze_object(value, field)
    if frozen is not value:
        msgspec.structs.force_setattr(owner, field, frozen)


def coerce_array(owner: Value, field: str, value: object, kind: type | UnionType) -> None:
    """Makes an array field a tuple. Refuses items that are not exactly of the class, or of one of the classes."""
    if isinstance(value, str | bytes | bytearray) or not isinstance(value, Sequence):
        raise _wrong(owner, (field,), value, "tuple")
    given = tuple(cast("Sequence[object]", value))  # the very same if it is a tuple
    items = given
    kinds = _classes(kind)
    for position, item in enumerate(items):
        if type(item) not in kinds and not (kind is str and issubclass(type(item), str)):
            raise _wrong(owner, (field, position), item, _name(kind))
    if kind is str:
        items = tuple(freeze_string(item, field, i) for i, item in enumerate(cast("tuple[str, ...]", items)))
    if given is not value or any(map(is_not, items, given)):
        msgspec.structs.force_setattr(owner, field, items)


def _classes(kind: type | UnionType) -> tuple[type, ...]:
    return (kind,) if isinstance(kind, type) else kind.__args__


def _name(kind: type | UnionType) -> str:
    return " or ".join(member.__name__ for member in _classes(kind))


def _wrong(owner: Value, path: Path, value: object, expected: str) -> ContractError:
    return ContractError(
        code="type",
        path=path,
        message=f"{type(owner).__name__} holds {expected} here, not {type(value).__name__}",
        remedy=f"pass {expected}",
    )
