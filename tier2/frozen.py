"""Frozen JSON values: immutable, canonical in content, and known to be encodable.

Rules:

1. `freeze` takes any JSON value of I-JSON (RFC 7493) and returns its immutable form: objects become `FrozenObject`,
   arrays become tuples, scalars stay. Whatever has no canonical form (RFC 8785) is refused, with its path.
2. Numbers are made canonical here, so that the encoder need not look at them again. An integral float within
   +-(2**53 - 1) *is* the integer: 4.0 becomes 4 and -0.0 becomes 0. A float that msgspec would print otherwise than
   ECMAScript becomes an `EcmaFloat`, equal in value, which the encoder writes by ECMAScript's rules.
3. A frozen object iterates in the order of its keys' code points. So a function of a frozen value gives the same
   whether the value came from a program, from a file or over another language.
4. A frozen object passes through `freeze` by identity. It knows a bound of its depth, so wrapping it cannot build
   a value that is too deep. Tuples prove nothing and are walked again.

Python has holes that nothing here can close: ``dict.__setitem__(frozen, ...)``, ``object.__setattr__`` and msgspec's
``force_setattr``, called on purpose, write through.
"""

from collections import UserString
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, cast, final

from tier2.errors import CanonicalError, PathPart, json_path

if TYPE_CHECKING:
    JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
else:
    # msgspec cannot resolve a recursive alias in an annotation.
    JsonValue = Any

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer n such that n and n + 1 are both exact doubles (ECMA-262, Number.MAX_SAFE_INTEGER)."""

MAX_VALUE_DEPTH = 64
"""How deep an open value may nest: a scalar is 0, ``{}`` is 1."""

MAX_DOCUMENT_DEPTH = 128
"""How deep a whole document may nest."""


_NO_ARRAYS: tuple[type, ...] = (bytes, bytearray, memoryview, UserString)
"""Sequences to Python, but no arrays to anybody."""


class EcmaFloat(float):
    """A finite float that the encoder writes by ECMAScript's rules, since msgspec would print it otherwise."""

    __slots__ = ()


def ecma_text(number: float) -> str:
    """The text of a finite double as ECMAScript prints it (RFC 8785 3.2.2.3; ECMA-262 Number::toString).

    Python's repr has the same shortest digits; only the notation differs.

    >>> ecma_text(1e16), ecma_text(1e21), ecma_text(1e-6), ecma_text(-0.0)
    ('10000000000000000', '1e+21', '0.000001', '0')
    """
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).rstrip("0")
    point = int(exponent or 0) + len(whole)
    if not -6 < point <= 21:
        return f"{sign}{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{point - 1:+d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return sign + digits.ljust(point, "0")
    return f"{sign}{digits[:point]}.{digits[point:]}"


def _read_only(self: Any, /, *arguments: object, **keywords: object) -> NoReturn:
    raise TypeError("a frozen object cannot be changed; make a new one: freeze({**frozen, ...})")


_REFUSED: Any = _read_only
"""It stands in for methods of every signature."""

_fill: Callable[[dict[str, JsonValue], Mapping[str, JsonValue]], None] = cast("Any", dict).update


@final
class FrozenObject(dict[str, JsonValue]):
    """An immutable JSON object, made by `freeze`; a dict in all but the methods that would change it."""

    __slots__ = ("depth_bound",)
    depth_bound: int
    """At least the depth; more only where merging has removed what was deepest."""

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
# From here on nobody binds it by assignment; what holds for the members holds for what is known of them.
_class: Any = FrozenObject
_class.__setattr__ = _class.__delattr__ = _REFUSED


def sealed(members: Mapping[str, JsonValue], depth_bound: int) -> FrozenObject:
    """A frozen object of members that are frozen already and stand in order."""
    made = dict.__new__(FrozenObject)
    _fill(made, members)
    _bind(made, depth_bound)
    return made


EMPTY = sealed({}, 1)
"""The frozen empty object."""


class _Refusal(Exception):
    """A value that cannot be frozen; its path grows on the way out."""

    def __init__(self, code: str, message: str, remedy: str, container: object = None) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        self.path: list[PathPart] = []
        self.containers = [container]

    def within(self, part: PathPart, container: object) -> "_Refusal":
        self.path.insert(0, part)
        self.containers.insert(0, container)
        return self

    def error(self, path: Iterable[PathPart]) -> CanonicalError:
        """The refusal as an error; ``path`` leads to the whole value."""
        if self.code == "depth":
            self._look_for_cycle()
        where = json_path([*path, *self.path])
        return CanonicalError(code=self.code, where=where, message=self.message, remedy=self.remedy)

    def _look_for_cycle(self) -> None:
        """A container that lies in itself is too deep as well; then the path goes round the cycle once."""
        seen: set[int] = set()
        for length, container in enumerate(self.containers):
            if id(container) in seen:
                self.code, self.message, self.remedy = "cycle", "the value contains itself", "break the cycle"
                self.path = self.path[:length]
                return
            seen.add(id(container))


def freeze(value: JsonValue) -> JsonValue:
    """The immutable form of any JSON value that nests at most 64 deep.

    Objects (any Mapping with text keys) become `FrozenObject`, arrays (any Sequence but text and bytes) become tuples;
    subclasses of str, int and float, such as enum members, become plain.

    Raises CanonicalError with one of the codes ``not-finite``, ``number-range``, ``surrogate``, ``key-type``,
    ``duplicate-key``, ``cycle``, ``depth`` and ``type``. Source: RFC 8785 3.2.2, RFC 7493 2.
    """
    return frozen_within(value, MAX_VALUE_DEPTH)


def freeze_object(value: Mapping[str, JsonValue], *path: PathPart) -> FrozenObject:
    """`freeze` for an object. ``path`` says in errors where the object stands."""
    if type(value) is FrozenObject and value.depth_bound <= MAX_VALUE_DEPTH:
        return value
    frozen = frozen_within(value, MAX_VALUE_DEPTH, path)
    if type(frozen) is not FrozenObject:
        raise CanonicalError(
            code="type",
            where=json_path(path),
            message=f"a JSON object is expected here, not {type(value).__name__}",
            remedy="pass a mapping with text keys",
        )
    return frozen


def freeze_text(value: str, *path: PathPart) -> str:
    """`freeze` for a text. ``path`` says in errors where the text stands."""
    return cast("str", frozen_within(value, 0, path))


def frozen_within(
    value: object, room: int, path: Iterable[PathPart] = (), *, from_text: bool = False
) -> JsonValue:
    """`freeze` with a depth limit of the caller's.

    With ``from_text``, the value was decoded from JSON text, where an integer beyond +-(2**53 - 1) is accepted if it
    is the ECMAScript text of its double, as every canonical text is.
    """
    try:
        return _freeze(value, room, from_text)
    except _Refusal as refusal:
        raise refusal.error(path) from None


def _freeze(value: object, room: int, from_text: bool) -> JsonValue:
    kind = type(value)
    if kind is str:
        return _text(cast("str", value))
    if kind is int:
        return _integer(cast("int", value), from_text)
    if kind is FrozenObject:
        return _known(cast("FrozenObject", value), room)
    if kind is dict:
        return _object(cast("dict[object, object]", value), room, from_text)
    if kind is list or kind is tuple:
        return _array(cast("Sequence[object]", value), room, from_text)
    if kind is float:
        return _float(cast("float", value))
    if value is None or kind is bool:
        return cast("bool | None", value)
    return _other(value, room, from_text)


def _other(value: object, room: int, from_text: bool) -> JsonValue:
    """Values that are JSON only in spirit: subclasses of the plain types, and other mappings and sequences."""
    kind = type(value)
    # Not by isinstance: a stand-in's ``__class__`` may say what it is not.
    if issubclass(kind, str):
        return _text(cast("str", value))
    if issubclass(kind, int):
        return _integer(int.__int__(cast("int", value)), from_text)
    if issubclass(kind, float):
        return _float(float.__float__(cast("float", value)))
    if issubclass(kind, Mapping):
        return _object(cast("Mapping[object, object]", value), room, from_text)
    if issubclass(kind, Sequence) and not issubclass(kind, _NO_ARRAYS):
        return _array(cast("Sequence[object]", value), room, from_text)
    raise _Refusal(
        "type", f"a value of type {kind.__name__} is no JSON value", "convert it to plain JSON first"
    )


def _text(value: str) -> str:
    value = str.__str__(value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            remedy = "replace it by a Unicode character"
            raise _Refusal("surrogate", "the text has a lone surrogate", remedy) from None
    return value


def _integer(value: int, from_text: bool) -> int | float:
    if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return value
    # From 1e21 on ECMAScript uses an exponent, so that no integer literal is the text of its double.
    if from_text and abs(value) < 10**21:
        number = float(value)
        if ecma_text(number) == str(value):
            return EcmaFloat(number)
    message = "the integer is outside +-(2**53 - 1), where doubles are exact"
    raise _Refusal("number-range", message, "send it as text, or as a float")


def _float(value: float) -> int | float:
    if value.is_integer():
        return int(value) if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER else EcmaFloat(value)
    if 1e-6 <= value < 1e-5 or -1e-5 < value <= -1e-6:
        return EcmaFloat(value)
    if value - value != 0:  # an infinity or NaN
        raise _Refusal("not-finite", f"JSON has no number for {value!r}", "use null or a text instead")
    return value


def _known(value: FrozenObject, room: int) -> FrozenObject:
    """A frozen object as it is; its depth is measured again where its bound alone would refuse it."""
    if _nests_deeper(value, room):
        raise _too_deep(value)
    return value


def _too_deep(container: object) -> _Refusal:
    remedy = "flatten it: open values may nest 64 deep, documents 128"
    return _Refusal("depth", "the value nests too deep", remedy, container)


def _object(value: Mapping[object, object], room: int, from_text: bool) -> FrozenObject:
    if room == 0:
        raise _too_deep(value)
    members: dict[str, JsonValue] = {}
    kind = type(value)
    # A copy stays as it is while another thread changes the original.
    still = dict(value) if kind is dict else value
    keys = _ordered_keys(still)
    for key in keys:
        try:
            members[_text(key)] = _freeze(still[key], room - 1, from_text)
        except _Refusal as refusal:
            raise refusal.within(str.__str__(key), value) from None
    # Texts of a class of their own need not be equal where their characters are, and a multi-dict repeats its keys.
    if len(members) != len(keys):
        raise _Refusal("duplicate-key", "the object has two members of one name", "keep one of them")
    return sealed(members, 1 + max(map(depth_bound, members.values()), default=0))


def _ordered_keys(value: Mapping[object, object]) -> list[str]:
    """The keys as they are, in the order of their texts."""
    keys: list[str] = []
    plain = True
    for key in value:
        if not isinstance(key, str):
            raise _Refusal("key-type", f"a key is of type {type(key).__name__}, not text", "use text keys")
        plain = plain and type(key) is str
        keys.append(key)
    keys.sort(key=None if plain else str.__str__)
    return keys


def _array(value: Sequence[object], room: int, from_text: bool) -> tuple[JsonValue, ...]:
    if room == 0:
        raise _too_deep(value)
    items: list[JsonValue] = []
    for position, item in enumerate(value):
        try:
            items.append(_freeze(item, room - 1, from_text))
        except _Refusal as refusal:
            raise refusal.within(position, value) from None
    return tuple(items)


def depth_bound(value: JsonValue) -> int:
    """At least the depth of a frozen value; exact unless merging has removed what was deepest."""
    if type(value) is FrozenObject:
        return value.depth_bound
    if isinstance(value, tuple):
        return 1 + max(map(depth_bound, value), default=0)
    return 0


def _nests_deeper(value: JsonValue, room: int) -> bool:
    """Whether a frozen value is deeper than ``room``; measured only where its bound does not tell."""
    if type(value) is FrozenObject:
        if value.depth_bound <= room:
            return False
        return room == 0 or any(_nests_deeper(member, room - 1) for member in value.values())
    if isinstance(value, tuple):
        return room == 0 or any(_nests_deeper(item, room - 1) for item in value)
    return False


def thaw(value: JsonValue) -> Any:
    """A new, mutable, plain copy of a frozen value: dicts, lists and plain scalars."""
    if isinstance(value, Mapping):
        return {key: thaw(member) for key, member in value.items()}
    if isinstance(value, tuple):
        return [thaw(item) for item in value]
    return float(value) if type(value) is EcmaFloat else value
