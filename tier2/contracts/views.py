"""Typed views: the known members of an open object, checked against a Struct. The object itself stays untouched.

The Struct may be generated from a contract under ``contracts/v1/missions`` or be a user's own. msgspec does the check;
its errors become ours here.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from tier2.errors import CanonicalError, ContractError, Path, PathPart, Tier2Error
from tier2.values.frozen import JsonValue, freeze_object, to_plain

V = TypeVar("V")

REMEDIES = {
    "unknown-field": "remove it, or check its spelling",
    "missing-field": "add it",
    "tag": "use one of the known names",
    "bound": "bring it within the limit",
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
"""How msgspec's messages begin, and our code for each; the code of any other message is ``type``."""

_NAMES = {"list": "array", "NoneType": "null"}
"""msgspec's names of types that have another name in Python."""

# The patterns are compiled at the first error, since `re` keeps them: compiling takes time at import.
_PATH = r" - at `\$((?:\.[^.`\[\]]+|\[\d+\]|\[\.\.\.\])+)`\Z"
"""How msgspec writes the path; anything else in backquotes is a name from the document."""

_SOME_MEMBER = "..."
"""How msgspec writes a member of a map in a path."""

_PART = r"\.([^.`\[\]]+)|\[(\d+)\]|\[(\.\.\.)\]"
"""One part of that path: a name, a position, or some member of a map: msgspec does not say which."""


def view(value: Mapping[str, JsonValue], kind: type[V], *path: PathPart) -> V:
    """The members of ``value`` that ``kind``, a msgspec Struct, knows.

    path: the way to ``value`` itself, for errors.

    The order of the members does not decide which problem is found first: a frozen object is read in its own order.
    Raises ContractError with the path of the problem, and CanonicalError as `tier2.freeze` does.
    """
    return convert(freeze_object(value), kind, *path)


def convert(value: JsonValue, kind: type[V], *path: PathPart) -> V:
    """A frozen value as a Struct of the given class; msgspec's errors become a ContractError."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        # An EcmaFloat (see tier2.values.numbers) is a float, but msgspec accepts exact classes only.
        try:
            return msgspec.convert(to_plain(value), kind)
        except msgspec.ValidationError as error:
            ours = _our_error(error)
    while _SOME_MEMBER in ours.path:
        ours = ours.restated(type(ours), _named(value, kind, ours.path), skip=len(ours.path))
    if ours.message == "expected `int`, got `float`":
        ours = _beyond_bound(value, kind, ours)
    raise ours.restated(type(ours), path)


def _named(value: JsonValue, kind: type, path: Path) -> Path:
    """The path of an error inside a map, with the name of the first member that it is about.

    msgspec reads the members one after the other and does not name them. So the map is read again with fewer of them.
    """
    whole = to_plain(value)
    place = path.index(_SOME_MEMBER)
    owner = whole
    for part in path[:place]:
        owner = owner[part]
    members = {**owner}
    names = [*members]

    def is_about_the_first(count: int) -> bool:
        owner.clear()
        owner.update((name, members[name]) for name in names[:count])
        try:
            msgspec.convert(whole, kind)
        except msgspec.ValidationError as error:
            return _our_error(error).path == path
        return False

    found = bisect_left(range(len(names)), True, key=is_about_the_first)
    return (*path[:place], names[found - 1], *path[place + 1 :])


def _beyond_bound(value: JsonValue, kind: type, ours: Tier2Error) -> Tier2Error:
    """The error of a float where an integer belongs; one too large for any integer is out of its limits."""
    try:
        msgspec.convert(to_plain(value, int), kind)
    except msgspec.ValidationError as error:
        other = _our_error(error)
        if (other.code, other.path) == ("bound", ours.path):
            return other
    return ours


def _our_error(error: msgspec.ValidationError) -> Tier2Error:
    """Our error for msgspec's, whose message is ``what`` or ``what - at `$.path```."""
    text = str(error)
    path: Path = ()
    found = re.search(_PATH, text)
    if found is not None:
        text = text[: found.start()]
        path = tuple(
            int(place) if place else name or other for name, place, other in re.findall(_PART, found[1])
        )
    cause = error.__cause__
    if isinstance(cause, Tier2Error):
        # A Struct has refused a value of its own accord; it does not know its own path.
        if type(cause) is CanonicalError and cause.code == "type":
            # The contract has an open object here. The error reads like msgspec's for a closed one.
            name = cause.message.rpartition(" ")[2]
            message = f"expected `object`, got `{_NAMES.get(name, name)}`"
            return cause.restated(ContractError, path, message=message, remedy=REMEDIES["type"])
        return cause.restated(type(cause), path)
    code = next((code for words, code in _CODES if re.match(words, text)), "type")
    if code in ("unknown-field", "missing-field"):
        path = (*path, text.partition("`")[2].removesuffix("`"))
    message = text[:1].lower() + text[1:]
    return ContractError(code=code, path=path, message=message, remedy=REMEDIES[code])
