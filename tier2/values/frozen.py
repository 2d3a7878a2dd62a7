"""Frozen JSON values: immutable, with canonical content, and certain to be encodable.

1. `freeze` takes any JSON value of I-JSON (RFC 7493) and returns its immutable form: objects become `FrozenObject`,
   arrays become tuples, scalars stay. A value that has no canonical form (RFC 8785) is refused, with its path.
2. Numbers become canonical here, so that the encoder need not look at them again. An integral float within
   +-(2**53 - 1) *is* the integer: 4.0 becomes 4 and -0.0 becomes 0. A float that ECMAScript prints in another notation
   than msgspec becomes an `EcmaFloat`, equal in value, which has its text ready (see `tier2.values.numbers`).
3. A frozen object iterates in canonical order, which is that of its keys' UTF-16 code units (RFC 8785 3.2.3). So the
   encoder need not sort. And a function of a frozen value has the same result whether the value came from a program,
   from a file or from another language.
4. A frozen object passes through `freeze` by identity. It knows an upper limit of its depth (``depth_bound``), so
   wrapping it cannot build a value that is too deep. Tuples prove nothing and are walked again.
5. There are two ways to freeze. The quick way knows only plain, valid JSON, which is nearly all there is. When it meets
   anything else, the thorough way takes the whole value, checks it part by part, and finds the error.

Python has holes that nothing here can close: ``dict.__setitem__(frozen, ...)``, ``object.__setattr__`` and msgspec's
``force_setattr``, called on purpose, still change a frozen object.
"""

from collections import UserString
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, cast, final

from tier2.errors import CanonicalError, Path, PathPart
from tier2.values.invalid import InvalidValue, too_deep
from tier2.values.numbers import (
    MAX_SAFE_INTEGER,
    EcmaFloat,
    canonical_float,
    canonical_integer,
    canonical_string,
)

if TYPE_CHECKING:
    JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
else:
    # msgspec cannot resolve a recursive alias in an annotation.
    JsonValue = Any

_LEAST = -MAX_SAFE_INTEGER

MAX_VALUE_DEPTH = 64
"""How deep an open value may nest: a scalar is 0, ``{}`` is 1."""

MAX_DOCUMENT_DEPTH = 128
"""How deep a whole document may nest."""


_NO_ARRAYS: tuple[type, ...] = (bytes, bytearray, memoryview, UserString)
"""Sequences in Python, but no arrays in JSON."""


def _read_only(self: Any, /, *arguments: object, **keywords: object) -> NoReturn:
    raise TypeError("a frozen object cannot be changed; make a new one: freeze({**frozen, ...})")


_REFUSED: Any = _read_only
"""The value of every method that would change the object; Any fits the signature of each."""

_new: Callable[[type["FrozenObject"]], "FrozenObject"] = cast("Any", dict).__new__
_fill: Callable[[dict[str, JsonValue], Mapping[str, JsonValue]], None] = cast("Any", dict).update


@final
class FrozenObject(dict[str, JsonValue]):
    """An immutable JSON object, made by `freeze`; a dict in all but the methods that would change it."""

    __slots__ = ("depth_bound",)
    depth_bound: int
    """At least the depth; more only if merging has removed the deepest part."""

    def __new__(cls, members: Mapping[str, JsonValue] = {}, /) -> "FrozenObject":
        return freeze_object(members)

    def __init__(self, members: Mapping[str, JsonValue] = {}, /) -> None:
        """Does nothing: dict's own would add members to a finished object."""

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = _REFUSED
    fromkeys: Any = classmethod(_REFUSED)

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none, because it can change
        return hash(frozenset(self.items()))

    def __or__(self, other: Mapping[str, JsonValue], /) -> "FrozenObject":  # type: ignore[override]  # stays frozen
        return freeze_object({**self, **other})

    def __ror__(self, other: Mapping[str, JsonValue], /) -> "FrozenObject":  # type: ignore[override]  # stays frozen
        return freeze_object({**other, **self})

    def __ior__(self, other: object, /) -> NoReturn:
        _read_only(self)

    def copy(self) -> "FrozenObject":
        return self

    def __copy__(self) -> "FrozenObject":
        return self

    def __deepcopy__(self, memo: object) -> "FrozenObject":
        return self

    def __reduce__(self) -> tuple[Callable[..., JsonValue], tuple[dict[str, JsonValue], int]]:
        # Not by way of the class: an object that was read from text may be deeper than an open value.
        return frozen_within, (dict(self), MAX_DOCUMENT_DEPTH)


_bind: Callable[[FrozenObject, int], None] = cast("Any", FrozenObject.depth_bound).__set__
# From here on assignment fails for the slot, too.
_class: Any = FrozenObject
_class.__setattr__ = _class.__delattr__ = _REFUSED


def trusted_object(members: Mapping[str, JsonValue], depth_bound: int) -> FrozenObject:
    """A frozen object of members that are frozen already and stand in order."""
    made = _new(FrozenObject)
    _fill(made, members)
    _bind(made, depth_bound)
    return made


def in_order(members: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The members in canonical order, that of a frozen object."""
    keys = sorted(members)
    _sort_by_utf16(keys)
    return {key: members[key] for key in keys}


def _sort_by_utf16(keys: list[str]) -> None:
    """Brings keys that are sorted by code points in canonical order."""
    if _is_in_bmp(keys):
        return
    before = keys.copy()
    keys.sort(key=_utf16)
    # Not by `!=`: keys of a class of the caller's own may compare as they like.
    if len(keys) > _FEW and any(key is not other for key, other in zip(keys, before, strict=True)):
        Orders.differ = True


_FEW = 64
"""Up to so many keys it does not matter how long a sort takes."""


class Orders:
    """Whether this process has frozen a large object whose canonical order is not that of its code points.

    It decides how documents are encoded and not into what: when msgspec sorts the members of a document, it sorts those
    of the objects in it, too, and for such an object that takes a time that grows with the square of its size.
    """

    differ: ClassVar[bool] = False


def _is_in_bmp(keys: Iterable[str]) -> bool:
    """Whether the order of the keys' code points is that of their UTF-16 code units: none lies beyond the BMP."""
    together = "".join(keys)
    return together.isascii() or max(together) <= "\uffff"


def _utf16(key: str) -> bytes:
    return str.encode(key, "utf-16-be", "surrogatepass")


EMPTY = trusted_object({}, 1)
"""The frozen empty object."""


def freeze(value: JsonValue) -> JsonValue:
    """The immutable form of any JSON value that nests at most 64 deep.

    Objects (any Mapping with str keys) become `FrozenObject`, arrays (any Sequence but str and bytes) become tuples;
    subclasses of str, int and float, such as enum members, become plain.

    Raises CanonicalError with one of the codes ``not-finite``, ``number-range``, ``surrogate``, ``key-type``,
    ``duplicate-key``, ``cycle``, ``depth`` and ``type``. Source: RFC 8785 3.2.2, RFC 7493 2.
    """
    return frozen_within(value, MAX_VALUE_DEPTH)


def freeze_object(value: Mapping[str, JsonValue], *path: PathPart) -> FrozenObject:
    """`freeze` for an object. ``path`` leads to the object, for errors."""
    if type(value) is FrozenObject and value.depth_bound <= MAX_VALUE_DEPTH:
        return value
    kind: type = type(value)  # not by isinstance: see `_other`
    # First, so that no error inside an array is reported instead.
    if not issubclass(kind, (dict, Mapping)):
        raise CanonicalError(
            code="type",
            path=path,
            message=f"a JSON object is expected here, not {kind.__name__}",
            remedy="pass a mapping with strings as keys",
        )
    return cast("FrozenObject", frozen_within(value, MAX_VALUE_DEPTH, path))


def freeze_string(value: str, *path: PathPart) -> str:
    """`freeze` for a string. ``path`` leads to the string, for errors."""
    try:
        return canonical_string(value)
    except InvalidValue as invalid:
        raise invalid.error(path) from None


def frozen_within(value: object, room: int, path: Path = (), *, from_text: bool = False) -> JsonValue:
    """`freeze` with a depth limit of the caller's.

    from_text: the value was decoded from JSON text. There an integer beyond +-(2**53 - 1) is accepted if it is the
        ECMAScript text of its double, as in every canonical text.
    """
    kind = type(value)
    try:
        if kind in _CONTAINERS:
            return _CONTAINERS[kind](value, room)[0]
    except Exception:  # noqa: BLE001, S110 - sorting keys may call foreign code, which may raise anything
        pass
    try:
        return _freeze(value, room, from_text)[0]
    except InvalidValue as invalid:
        raise invalid.error(path) from None


class _Unusual(Exception):
    """The quick way does not know this value."""


def _quick_object(value: dict[str, Any], room: int) -> tuple[FrozenObject, int]:
    """The frozen form of a plain, valid dict, and its depth bound.

    Most of the time of freezing is spent here and in `_quick_array`. So everything is checked in one pass, without
    calls.
    """
    if room == 0:
        raise _Unusual
    value = value.copy()  # it stays as it is while another thread changes the original
    members: dict[str, Any] = {}
    deepest, beyond = 0, False
    for key in sorted(value):
        if type(key) is not str:
            raise _Unusual
        if not key.isascii() and len(key.encode("utf-16-be")) > 2 * len(key):
            beyond = True
        members[key] = member = value[key]
        kind = type(member)  # pyright: ignore[reportUnknownVariableType] - the type of Any
        if kind is str:
            if not member.isascii():
                member.encode()  # fails for a lone surrogate
        elif kind in _CONTAINERS:
            members[key], depth = _CONTAINERS[kind](member, room - 1)
            if depth > deepest:  # noqa: PLR1730 - a call of `max` costs more
                deepest = depth
        elif kind is int and _LEAST <= member <= MAX_SAFE_INTEGER:
            pass
        elif kind is float:
            members[key] = canonical_float(member)
        elif kind is not bool and member is not None:
            raise _Unusual
    made = _new(FrozenObject)  # as `trusted_object` does, whose call would cost
    _fill(made, in_order(members) if beyond else members)
    _bind(made, deepest + 1)
    return made, deepest + 1


def _quick_array(value: Sequence[Any], room: int) -> tuple[tuple[JsonValue, ...], int]:
    """`_quick_object` for a list or tuple."""
    if room == 0:
        raise _Unusual
    items = [*value]
    deepest = 0
    for position, item in enumerate(items):
        kind = type(item)  # pyright: ignore[reportUnknownVariableType] - the type of Any
        if kind is str:
            if not item.isascii():
                item.encode()
        elif kind in _CONTAINERS:
            items[position], depth = _CONTAINERS[kind](item, room - 1)
            if depth > deepest:  # noqa: PLR1730
                deepest = depth
        elif kind is int and _LEAST <= item <= MAX_SAFE_INTEGER:
            pass
        elif kind is float:
            items[position] = canonical_float(item)
        elif kind is not bool and item is not None:
            raise _Unusual
    return tuple(items), deepest + 1


def _quick_known(value: FrozenObject, room: int) -> tuple[FrozenObject, int]:
    """A frozen object as it is."""
    if value.depth_bound > room:
        raise _Unusual
    return value, value.depth_bound


_CONTAINERS: Mapping[type, Callable[[Any, int], tuple[JsonValue, int]]] = {
    dict: _quick_object,
    list: _quick_array,
    tuple: _quick_array,
    FrozenObject: _quick_known,
}


def _freeze(value: object, room: int, from_text: bool) -> tuple[JsonValue, int]:
    """The frozen value and its depth bound."""
    kind = type(value)
    if kind is FrozenObject:
        return _known(cast("FrozenObject", value), room)
    if kind is dict:
        # A copy stays as it is while another thread changes the original.
        return _object({**cast("dict[object, object]", value)}, value, room, from_text)
    if kind is list or kind is tuple:
        return _array(cast("Sequence[object]", value), room, from_text)
    if kind is str:
        return canonical_string(cast("str", value)), 0
    if kind is int:
        return canonical_integer(cast("int", value), from_text=from_text), 0
    if kind is float:
        return canonical_float(cast("float", value)), 0
    if value is None or kind is bool:
        return cast("bool | None", value), 0
    return _other(value, room, from_text)


def _other(value: object, room: int, from_text: bool) -> tuple[JsonValue, int]:
    """Freezes values that JSON does not know: subclasses of the plain types, and other mappings and sequences."""
    kind = type(value)
    # Not by isinstance: a proxy's ``__class__`` may be another class than its own.
    if issubclass(kind, str):
        return canonical_string(cast("str", value)), 0
    if issubclass(kind, int):
        return canonical_integer(int.__int__(cast("int", value)), from_text=from_text), 0
    if issubclass(kind, float):
        return canonical_float(float.__float__(cast("float", value))), 0
    if issubclass(kind, Mapping):
        return _object(cast("Mapping[object, object]", value), value, room, from_text)
    if issubclass(kind, Sequence) and not issubclass(kind, _NO_ARRAYS):
        return _array(cast("Sequence[object]", value), room, from_text)
    raise InvalidValue(
        "type", f"a value of type {kind.__name__} is no JSON value", "convert it to plain JSON first"
    )


def _known(value: FrozenObject, room: int) -> tuple[FrozenObject, int]:
    """A frozen object as it is. If its depth bound is too large, its real depth decides."""
    if value.depth_bound > room and any(True for _ in too_deep_parts(value, room)):
        raise too_deep(value)
    return value, value.depth_bound


def _object(
    value: Mapping[object, object], whole: object, room: int, from_text: bool
) -> tuple[FrozenObject, int]:
    """Any mapping, key by key; errors are about the ``whole``, of which ``value`` may be a copy."""
    if room == 0:
        raise too_deep(whole)
    members: dict[str, JsonValue] = {}
    deepest = 0
    keys = _ordered_keys(value)
    for key in keys:
        try:
            members[canonical_string(key)], depth = _freeze(value[key], room - 1, from_text)
        except InvalidValue as invalid:
            raise invalid.within(str.__str__(key), whole) from None
        deepest = max(deepest, depth)
    # A subclass of str may compare equal characters as different, and a multi-dict repeats its keys.
    if len(members) != len(keys):
        raise InvalidValue("duplicate-key", "the object has two members of the same name", "keep one of them")
    return trusted_object(members, deepest + 1), deepest + 1


def _ordered_keys(value: Mapping[object, object]) -> list[str]:
    """The keys as they are, in canonical order."""
    keys: list[str] = []
    for key in value:
        if not isinstance(key, str):
            raise InvalidValue(
                "key-type", f"a key is of type {type(key).__name__}, not a string", "use strings as keys"
            )
        keys.append(key)
    keys.sort(key=str.__str__)
    _sort_by_utf16(keys)
    return keys


def _array(value: Sequence[object], room: int, from_text: bool) -> tuple[tuple[JsonValue, ...], int]:
    if room == 0:
        raise too_deep(value)
    items: list[JsonValue] = []
    deepest = 0
    for position, item in enumerate([*value]):
        try:
            frozen, depth = _freeze(item, room - 1, from_text)
        except InvalidValue as invalid:
            raise invalid.within(position, value) from None
        items.append(frozen)
        deepest = max(deepest, depth)
    return tuple(items), deepest + 1


def depth_bound(value: JsonValue) -> int:
    """At least the depth of a frozen value; more only if merging has removed the deepest part."""
    if type(value) is FrozenObject:
        return value.depth_bound
    if isinstance(value, tuple):
        return 1 + max(map(depth_bound, value), default=0)
    return 0


def too_deep_parts(value: JsonValue, room: int, path: Path = ()) -> Iterator[Path]:
    """The paths of the outermost objects and arrays that nest deeper than ``room``, in a frozen or plain value."""
    parts: Iterable[tuple[PathPart, JsonValue]]
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list | tuple):
        parts = enumerate(cast("Sequence[JsonValue]", value))
    else:
        return
    if room == 0:
        yield path
    elif type(value) is not FrozenObject or value.depth_bound > room:
        for part, member in parts:
            yield from too_deep_parts(member, room - 1, (*path, part))


def to_plain(value: JsonValue, integral: type[int | float] = float) -> Any:
    """A new, mutable, plain copy of a frozen value: dicts, lists and plain scalars.

    integral: the class of those floats that have their own text (`EcmaFloat`) and are whole numbers.
    """
    if isinstance(value, dict):
        return {key: to_plain(member, integral) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item, integral) for item in cast("Sequence[JsonValue]", value)]
    if type(value) is EcmaFloat:
        return integral(value) if value.is_integer() else float(value)
    return value
