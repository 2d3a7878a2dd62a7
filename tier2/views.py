"""Typed views: the known members of an open object, checked against a Struct, the object itself untouched.

The Struct may be generated from a contract under ``contracts/v1/missions`` or be a user's own.
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from tier2.errors import ContractError, json_path
from tier2.frozen import JsonValue, freeze_object, thaw

V = TypeVar("V")

_REMEDIES = {
    "unknown-field": "remove it, or check its spelling",
    "missing-field": "add it",
    "tag": "name the contract of this document",
    "bound": "bring it within the bound",
    "pattern": "write it in the form that the contract gives",
    "enum": "use one of the values that the contract lists",
    "type": "give it the type that the contract says",
}

_CODES = (
    ("Object contains unknown field", "unknown-field"),
    ("Object missing required field", "missing-field"),
    ("Invalid enum value", "enum"),
    ("Invalid value", "tag"),
    ("matching regex", "pattern"),
    ("of length", "bound"),
    (" <= ", "bound"),
    (" >= ", "bound"),
)
"""What msgspec's messages contain, in the order of asking, and our code for it; else the code is ``type``."""


def view(value: Mapping[str, JsonValue], kind: type[V], *, where: str = "$") -> V:
    """The members of ``value`` that ``kind``, a msgspec Struct, knows.

    where: the path of ``value`` itself, for errors.

    Which fault is found first does not depend on the order of the members: a frozen object is read in its own order.
    Raises ContractError with the path of the fault.
    """
    return convert(freeze_object(value), kind, where)


def convert(value: JsonValue, kind: type[V], where: str = "$") -> V:
    """A frozen value as a Struct of the given class; msgspec's refusals become a ContractError."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        # A marked float (see tier2.frozen) is a float all the same; msgspec knows exact floats only.
        try:
            return msgspec.convert(thaw(value), kind)
        except msgspec.ValidationError as error:
            raise fault(str(error), where) from None


def fault(text: str, where: str = "$") -> ContractError:
    """A ContractError made of msgspec's words, ``what - at `$.path```."""
    code = next((code for words, code in _CODES if words in text), "type")
    message, _, path = text.rpartition(" - at `$") if text.endswith("`") and " - at `$" in text else (text, "", "")
    field = ""
    if code in ("unknown-field", "missing-field"):
        field = json_path([message.partition("`")[2].removesuffix("`")])[1:]
    return ContractError(
        code=code,
        where=where + path.removesuffix("`") + field,
        message=message[0].lower() + message[1:],
        remedy=_REMEDIES[code],
    )
