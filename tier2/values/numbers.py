"""Strings and numbers in their canonical form; one that has none is refused.

1. A string is Unicode: it has no lone surrogates (RFC 7493 2.1).
2. A number is written as ECMAScript writes a double, with the shortest digits that read back as the same double
   (RFC 8785 3.2.2.3; ECMA-262, Number::toString). msgspec and Python have the same digits, but write some doubles in
   another notation. Such a double becomes an `EcmaFloat`, which has its text ready.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NoReturn, Self, cast

from msgspec import Raw

from tier2.values.invalid import InvalidValue

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer n such that n and n + 1 are both exact doubles (ECMA-262, Number.MAX_SAFE_INTEGER)."""


TOO_LARGE = "the number is too large for a double"


class EcmaFloat(float):
    """A finite float that msgspec would write otherwise than ECMAScript.

    text: How ECMAScript writes it, ready for msgspec's encoder.
    """

    __slots__ = ("text",)
    text: Raw

    def __new__(cls, number: float) -> Self:
        made = float.__new__(cls, number)
        _bind(made, Raw(ecma_text(number).encode()))
        return made

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise TypeError("a number cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise TypeError("a number cannot be changed")

    def __reduce__(self) -> tuple[type["EcmaFloat"], tuple[float]]:
        return EcmaFloat, (float(self),)


_bind: Callable[[EcmaFloat, Raw], None] = cast("Any", EcmaFloat.text).__set__

written: Callable[[object], Raw] = attrgetter("text")
"""msgspec's hook for values that it cannot write; a frozen value has only one kind of them, `EcmaFloat`."""


def ecma_text(number: float) -> str:
    """The text of a finite double as ECMAScript writes it.

    Python's repr has the same shortest digits; only the notation differs.

    >>> ecma_text(1e16), ecma_text(1e21), ecma_text(1e-6), ecma_text(-0.0)
    ('10000000000000000', '1e+21', '0.000001', '0')
    """
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    if exponent == "-06":  # the most frequent one
        return f"{sign}0.00000{mantissa.replace('.', '')}"
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


def canonical_string(value: str) -> str:
    """A string as a frozen value holds it."""
    value = str.__str__(value)
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        remedy = "replace it by a Unicode character"
        raise InvalidValue("surrogate", "the string has a lone surrogate", remedy) from None
    return value


def canonical_integer(value: int, *, from_text: bool) -> int | float:
    """An integer as a frozen value holds it.

    from_text: accepts an integer beyond +-(2**53 - 1), too, if it is the text of its double.
    """
    if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return value
    if from_text:
        return _canonical_literal(value)
    message = "the integer is outside +-(2**53 - 1), where doubles are exact"
    raise InvalidValue("number-range", message, "send it as a string, or as a float")


def _canonical_literal(value: int) -> EcmaFloat:
    """An integer beyond +-(2**53 - 1) in a JSON text: its double, if it is written as ECMAScript writes that double."""
    try:
        number = float(value)
    except OverflowError:
        raise InvalidValue("number-range", TOO_LARGE, "send it as a string") from None
    text = ecma_text(number)
    # From 1e21 on ECMAScript uses an exponent, so that no integer literal is the text of its double.
    if abs(value) < 10**21 and text == str(value):
        return EcmaFloat(number)
    message = "the integer is beyond +-(2**53 - 1), and not written as ECMAScript writes its double"
    raise InvalidValue("number-range", message, f"send it as a string, or write the double {text}")


def canonical_float(value: float) -> int | float:
    """A float as a frozen value holds it: the integer that it is, an `EcmaFloat`, or itself."""
    if value.is_integer():
        return int(value) if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER else EcmaFloat(value)
    if 1e-6 <= value < 1e-5 or -1e-5 < value <= -1e-6:
        return EcmaFloat(value)
    if value - value != 0:  # an infinity or NaN
        raise InvalidValue("not-finite", f"JSON has no number for {value!r}", "use null or a string instead")
    return value
