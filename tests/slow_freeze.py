"""Freezing by the rules of `tier2.values.frozen`, one part of a value at a time, with no thought for speed.

It knows plain dicts, lists, tuples and scalars, their subclasses, and mappings; no value that is frozen already.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

SAFE = 2**53 - 1


class Fault(NamedTuple):
    """Why a value cannot be frozen, and where."""

    code: str
    path: tuple[str | int, ...]


def slow_freeze(value: Any, path: tuple[str | int, ...] = ()) -> str | Fault:
    """The frozen value as `json_parts.exact` writes it, or the first fault."""
    if isinstance(value, Mapping | list | tuple) and len(path) == 64:
        return Fault("depth", path)
    if isinstance(value, Mapping):
        return _object(value, path)
    if isinstance(value, list | tuple):
        items = [slow_freeze(item, (*path, position)) for position, item in enumerate(value)]
        faults = [item for item in items if isinstance(item, Fault)]
        return faults[0] if faults else f"tuple[{','.join(map(str, items))}]"
    return _scalar(value, path)


def _object(value: Mapping[Any, Any], path: tuple[str | int, ...]) -> str | Fault:
    if not all(isinstance(key, str) for key in value):
        return Fault("key-type", path)
    parts: list[str] = []
    for key in sorted(value, key=lambda key: "".join(key).encode("utf-16-be", "surrogatepass")):
        name = "".join(key)
        member = slow_freeze(value[key], (*path, name))
        if isinstance(member, Fault):
            return member
        if _has_lone_surrogate(name):
            return Fault("surrogate", (*path, name))
        parts.append(f"{name!r}:{member}")
    return f"FrozenObject{{{','.join(parts)}}}"


def _scalar(value: Any, path: tuple[str | int, ...]) -> str | Fault:
    if value is None or isinstance(value, bool):
        return f"{type(value).__name__}:{value!r}"
    if isinstance(value, str):
        return Fault("surrogate", path) if _has_lone_surrogate(value) else f"str:{''.join(value)!r}"
    if isinstance(value, int):
        return f"int:{0 + value}" if -SAFE <= value <= SAFE else Fault("number-range", path)
    if isinstance(value, float):
        return _double(0.0 + value, path)
    return Fault("type", path)


def _double(number: float, path: tuple[str | int, ...]) -> str | Fault:
    if repr(number) in ("nan", "inf", "-inf"):
        return Fault("not-finite", path)
    if number == int(number) and -SAFE <= number <= SAFE:
        return f"int:{int(number)}"
    # msgspec writes no exponent sign, ".0" behind whole numbers, and 1e-6 where ECMAScript writes 0.000001.
    unlike = number == int(number) or 1e-6 <= abs(number) < 1e-5
    return f"{'EcmaFloat' if unlike else 'float'}:{number!r}"


def _has_lone_surrogate(string: str) -> bool:
    return any(0xD800 <= ord(character) < 0xE000 for character in "".join(string))
