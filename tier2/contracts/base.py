"""What the generated Structs stand on: `Value` for closed documents and their parts, `View` for open objects.

Static types guard whoever runs a type checker. For everyone else, and for values that come from outside, the functions
below make sure at construction that each field holds what it says, and nothing that can be changed later.
"""

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import TYPE_CHECKING, Any, cast

import msgspec

from tier2.errors import ContractError, Path
from tier2.values.frozen import JsonValue, freeze_object, freeze_string
from tier2.values.structs import Value

if TYPE_CHECKING:
    OpenObject = Mapping[str, JsonValue]
else:
    # What msgspec reads as a mapping becomes a new dict, although it may be frozen already. So it only passes the
    # member on, and `coerce_object` judges it.
    OpenObject = Any


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The known members of an open object, typed; unknown members stay in the object itself."""


def require(owner: Value, field: str, value: object, kind: type | UnionType) -> None:
    """Refuses a field that is not exactly of its class (of one of its classes)."""
    if not _is_exactly(value, kind):
        raise _wrong(owner, (field,), value, _name(kind))


def coerce_string(owner: Value, field: str, value: str) -> None:
    """Makes a text field plain (an enum member becomes its text); refuses everything else, and lone surrogates."""
    kind: type = type(value)
    if kind is str and value.isascii():
        return
    if not issubclass(kind, str):
        raise _wrong(owner, (field,), value, "str")
    msgspec.structs.force_setattr(owner, field, freeze_string(value, field))


def coerce_object(owner: Value, field: str, value: Mapping[str, JsonValue]) -> None:
    """Freezes an open object in place of the caller's, which may go on changing."""
    msgspec.structs.force_setattr(owner, field, freeze_object(value, field))


def coerce_array(owner: Value, field: str, value: object, kind: type | UnionType) -> None:
    """Turns an array field into a tuple, and refuses items that are not of the class (of one of the classes)."""
    if type(value) is tuple:
        kinds = _classes(kind)
        for item in cast("tuple[object, ...]", value):  # `all` would cost more
            if type(item) not in kinds or (type(item) is str and not item.isascii()):
                break
        else:
            return
    if isinstance(value, str | bytes | bytearray) or not isinstance(value, Sequence):
        raise _wrong(owner, (field,), value, "tuple")
    items = tuple(cast("Sequence[object]", value))
    for position, item in enumerate(items):
        if not (isinstance(item, str) if kind is str else _is_exactly(item, kind)):
            raise _wrong(owner, (field, position), item, _name(kind))
    if kind is str:
        items = tuple(freeze_string(text, field, i) for i, text in enumerate(cast("Sequence[str]", items)))
    msgspec.structs.force_setattr(owner, field, items)


def _is_exactly(value: object, kind: type | UnionType) -> bool:
    """A subclass could bring members that the contract does not know, and they would be encoded."""
    return type(value) in _classes(kind)


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
