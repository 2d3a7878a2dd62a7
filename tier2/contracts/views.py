"""Typed views: the known members of an open object, checked against a Struct, the object itself untouched.

The Struct may be generated from a contract under ``contracts/v1/missions`` or be a user's own.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from tier2.errors import CanonicalError, ContractError, Tier2Error, json_path
from tier2.values.frozen import JsonValue, freeze_object
from tier2.values.numbers import EcmaFloat

V = TypeVar("V")

REMEDIES = {
    "unknown-field": "remove it, or check its spelling",
    "missing-field": "add it",
    "tag": "use one of the known names",
    "bound": "bring it within the bound",
    "pattern": "write it in the form that the contract gives",
    "enum": "use one of the values that the contract lists",
    "type": "give it the type that the contract says",
}

_CODES = (
    (r"Object contains unknown field `", "unknown-field"),
    (r"Object missing required field `", "missing-field"),
    (r"Invalid enum value ", "enum"),
    (r"Invalid value ", "tag"),
    (r"Expected `str` matching regex ", "pattern"),
    (r"Expected `[a-z]+` of length ", "bound"),
    (r"Expected `[a-z]+` [<>]=? ", "bound"),
)
"""How msgspec's messages begin, and our code for each; else the code is ``type``."""

_NAMES = {"list": "array", "NoneType": "null"}
"""msgspec's names for what Python calls otherwise."""

_PATH = re.compile(r" - at `\$((?:\.[^.`\[\]]+|\[\d+\]|\[\.\.\.\])+)`\Z")
"""How msgspec says where; anything else in backquotes is a name that the document chose."""


def view(value: Mapping[str, JsonValue], kind: type[V], *, where: str = "$") -> V:
    """The members of ``value`` that ``kind``, a msgspec Struct, knows.

    where: the path of ``value`` itself, for errors.

    Which fault is found first does not depend on the order of the members: a frozen object is read in its own order.
    Raises ContractError with the path of the fault, and CanonicalError as `tier2.freeze` does.
    """
    return convert(freeze_object(value), kind, where)


def convert(value: JsonValue, kind: type[V], where: str = "$") -> V:
    """A frozen value as a Struct of the given class; msgspec's refusals become a ContractError."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        # A marked float (see tier2.values.numbers) is a float all the same; msgspec knows exact classes only.
        try:
            return msgspec.convert(_unmarked(value, float), kind)
        except msgspec.ValidationError as error:
            fault = _fault(error, where)
    if fault.message == "expected `int`, got `float`":
        fault = _beyond_bound(value, kind, where, fault)
    raise fault


def _beyond_bound(value: JsonValue, kind: type, where: str, fault: Tier2Error) -> Tier2Error:
    """The fault of a float where an integer belongs; one that is too large to be an integer is told as that."""
    try:
        msgspec.convert(_unmarked(value, int), kind)
    except msgspec.ValidationError as error:
        other = _fault(error, where)
        if (other.code, other.where) == ("bound", fault.where):
            return other
    return fault


def _unmarked(value: JsonValue, integral: type[int | float]) -> Any:
    """A frozen value with plain numbers, those of marked floats that are integral of the given class."""
    if isinstance(value, Mapping):
        return {key: _unmarked(member, integral) for key, member in value.items()}
    if isinstance(value, tuple):
        return [_unmarked(item, integral) for item in value]
    if type(value) is EcmaFloat:
        return integral(value) if value.is_integer() else float(value)
    return value


def _fault(error: msgspec.ValidationError, where: str) -> Tier2Error:
    """Our error for msgspec's, whose words are ``what`` or ``what - at `$.path```."""
    text = str(error)
    found = _PATH.search(text)
    if found is not None:
        text, where = text[: found.start()], where + found[1]
    cause = error.__cause__
    if isinstance(cause, Tier2Error):
        # A Struct has refused a value of its own accord; only the path to the Struct is news.
        inside = where + cause.where.removeprefix("$")
        if type(cause) is CanonicalError and cause.code == "type":
            # Something else stands where the contract has an open object; told as msgspec tells it of a closed one.
            name = cause.message.rpartition(" ")[2]
            message = f"expected `object`, got `{_NAMES.get(name, name)}`"
            return ContractError(code="type", where=inside, message=message, remedy=REMEDIES["type"])
        return type(cause)(code=cause.code, where=inside, message=cause.message, remedy=cause.remedy)
    code = next((code for words, code in _CODES if re.match(words, text)), "type")
    if code in ("unknown-field", "missing-field"):
        where += json_path([text.partition("`")[2].removesuffix("`")])[1:]
    message = text[:1].lower() + text[1:]
    return ContractError(code=code, where=where, message=message, remedy=REMEDIES[code])
