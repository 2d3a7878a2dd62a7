"""The base of the generated Structs: `View` for open objects, and the checks at construction.

Static types protect those who run a type checker. For everyone else, and for values from outside, the functions below
make sure that each field has its type and nothing in it can be changed later. Their argument ``member`` is the name of
the field in JSON, where that is another one than in Python.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import msgspec

from tier2.errors import ContractError, Path
from tier2.values.frozen import (
    EMPTY,
    MAX_VALUE_DEPTH,
    FrozenObject,
    JsonValue,
    freeze_object,
    freeze_string,
    frozen_within,
)
from tier2.values.numbers import EcmaFloat
from tier2.values.structs import Value, ValueMap

if TYPE_CHECKING:
    OpenObject = Mapping[str, JsonValue]
    StringMap = Mapping[str, str]
    AnyValue = JsonValue
else:
    # msgspec would convert a mapping to a new dict, although it may be frozen already. Any makes it pass the member
    # on, and `coerce_object`, `coerce_map` or `coerce_value` checks it.
    OpenObject = Any
    StringMap = Annotated[Any, msgspec.Meta(extra={"shape": "map"})]
    AnyValue = Annotated[Any, msgspec.Meta(extra={"shape": "any value"})]


EMPTY_MAP = cast("StringMap", EMPTY)
"""The empty map of strings."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The known members of an open object, typed; unknown members stay in the object itself."""


_NAMES: Mapping[type, str] = {FrozenObject: "object", tuple: "array", EcmaFloat: "float", type(None): "null"}
"""msgspec's names of the frozen types that have another name in Python."""


def require(owner: Value, field: str, value: object, *kinds: type, member: str = "") -> None:
    """Refuses a field that is not exactly of one of these classes.

    A subclass could have members that the contract does not know, and they would be encoded.
    """
    if type(value) not in kinds:
        raise _wrong(owner, (member or field,), value, kinds)


def coerce_string(owner: Value, field: str, value: str, *, member: str = "") -> None:
    """Makes a string field a plain str, an enum member too. Refuses everything else, and lone surrogates."""
    kind: type = type(value)
    if kind is str and value.isascii():
        return
    if not issubclass(kind, str):
        raise _wrong(owner, (member or field,), value, (str,))
    msgspec.structs.force_setattr(owner, field, freeze_string(value, member or field))


def coerce_object(owner: Value, field: str, value: Mapping[str, JsonValue], *, member: str = "") -> None:
    """Replaces an open object by its frozen form, so that later changes of the caller's object have no effect."""
    msgspec.structs.force_setattr(owner, field, freeze_object(value, member or field))


def coerce_map(owner: Value, field: str, value: object, kind: type, *, member: str = "") -> None:
    """Makes a map immutable, in canonical order. Refuses values that are not exactly of this class.

    kind: str, or the class of parts of documents.
    """
    if kind is str:
        _coerce_string_map(owner, field, cast("Mapping[str, str]", value), member or field)
        return
    given_kind = type(value)
    if not issubclass(given_kind, Mapping):
        raise _wrong(owner, (member or field,), value, (dict,))
    given = cast("Mapping[str, Value]", value)
    if given_kind is ValueMap and all(type(part) is kind for part in given.values()):
        return
    names = freeze_object(
        dict.fromkeys(given), member or field
    )  # it checks the names, and puts them in order
    for name in names:
        if type(given[name]) is not kind:
            raise _wrong(owner, (member or field, name), given[name], (kind,))
    msgspec.structs.force_setattr(owner, field, ValueMap((name, given[name]) for name in names))


def _coerce_string_map(owner: Value, field: str, value: Mapping[str, str], member: str) -> None:
    """`coerce_map` for strings; what it refuses reads as msgspec would word it."""
    frozen = freeze_object(value, member)
    for name, item in frozen.items():
        if type(item) is not str:
            found = _NAMES.get(type(item), type(item).__name__)
            raise ContractError(
                code="type",
                path=(member, name),
                message=f"expected `str`, got `{found}`",
                remedy="give it the type that the contract says",
            )
    if frozen is not value:
        msgspec.structs.force_setattr(owner, field, frozen)


def coerce_number(owner: Value, field: str, value: float, *, member: str = "") -> None:
    """Makes a number canonical: an integral one within +-(2**53 - 1) is an int. Refuses everything else."""
    if type(value) not in (int, float, EcmaFloat):
        raise _wrong(owner, (member or field,), value, (int, float))
    frozen = frozen_within(value, 0, (member or field,))
    if frozen is not value:
        msgspec.structs.force_setattr(owner, field, frozen)


def coerce_value(owner: Value, field: str, value: JsonValue, *, member: str = "") -> None:
    """Replaces any JSON value by its frozen form."""
    msgspec.structs.force_setattr(owner, field, frozen_within(value, MAX_VALUE_DEPTH, (member or field,)))


def coerce_array(owner: Value, field: str, value: object, *kinds: type, member: str = "") -> None:
    """Makes an array field a tuple. Refuses items that are not exactly of one of these classes."""
    if type(value) is tuple and _are_plain(cast("tuple[object, ...]", value), kinds):
        return
    if isinstance(value, str | bytes | bytearray) or not isinstance(value, Sequence):
        raise _wrong(owner, (member or field,), value, (tuple,))
    items = tuple(cast("Sequence[object]", value))
    for position, item in enumerate(items):
        if type(item) not in kinds and not (kinds == (str,) and issubclass(type(item), str)):
            raise _wrong(owner, (member or field, position), item, kinds)
    if kinds == (str,):
        items = tuple(
            freeze_string(item, member or field, i) for i, item in enumerate(cast("tuple[str, ...]", items))
        )
    msgspec.structs.force_setattr(owner, field, items)


def _are_plain(items: tuple[object, ...], kinds: tuple[type, ...]) -> bool:
    """Whether all items are of these classes, and strings ASCII. `all` with a generator would take twice as long."""
    for item in items:  # noqa: SIM110 - see above
        if type(item) not in kinds or (type(item) is str and not item.isascii()):
            return False
    return True


def _wrong(owner: Value, path: Path, value: object, kinds: tuple[type, ...]) -> ContractError:
    expected = " or ".join(kind.__name__ for kind in kinds)
    return ContractError(
        code="type",
        path=path,
        message=f"{type(owner).__name__} holds {expected} here, not {type(value).__name__}",
        remedy=f"pass {expected}",
    )
