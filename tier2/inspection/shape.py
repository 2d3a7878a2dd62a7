"""Every way in which a plain JSON value does not fit a type of the contracts.

`tier2.decode` stops at the first fault; here all of them are told, in the words that it would use. What is looked at is
the generated types themselves (`msgspec.inspect`), so there is nothing that could fall behind the contracts.

1. Every member of a closed object has to be there: the defaults of the types are for Python's constructors only.
2. Of a union, the member that the tag names is meant; only without a known tag nothing more can be said.
3. An open object may hold anything, 64 deep.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import cast

import msgspec.inspect as types

from tier2.contracts.views import REMEDIES
from tier2.inspection.json_source import Misfit, Path
from tier2.values.frozen import MAX_VALUE_DEPTH, JsonValue
from tier2.values.structs import Value


def misfits(value: JsonValue, kind: type[Value]) -> Iterator[Misfit]:
    """All misfits of a value, made of dicts, lists and plain scalars, with a generated class; outermost first."""
    return _misfits(value, _known(kind), ())


_known = cache(types.type_info)


def _misfits(value: JsonValue, kind: types.Type, path: Path) -> Iterator[Misfit]:
    match kind:
        case types.StructType():
            yield from _of_struct(value, kind, path)
        case types.UnionType():
            yield from _of_union(value, kind, path)
        case types.VarTupleType():
            yield from _of_array(value, kind, path)
        case types.AnyType():  # an open object, which only its Struct judges
            yield from _of_open_object(value, path)
        case types.LiteralType():
            yield from _of_enumeration(value, kind, path)
        case types.StrType():
            yield from _of_text(value, kind, path)
        case types.BoolType():
            if not isinstance(value, bool):
                yield _wrong_type("bool", value, path)
        case _:
            raise TypeError(f"no rule judges values of {kind}")


def _of_struct(value: JsonValue, kind: types.StructType, path: Path) -> Iterator[Misfit]:
    if not isinstance(value, dict):
        yield _wrong_type("object", value, path)
        return
    known = {field.encode_name: field.type for field in kind.fields}
    tag = kind.tag_field
    if tag is not None:
        yield from _of_tag(value, tag, {str(kind.tag)}, path)
    for name in value:
        if name not in known and name != tag:
            yield _unknown(name, [other for other in known if other not in value], path)
    for name, type_of in known.items():
        if name in value:
            yield from _misfits(value[name], type_of, (*path, name))
        else:
            message = "a required member is missing"
            yield Misfit("missing-field", (*path, name), message, "add it: nothing is filled in")


def _of_tag(members: Mapping[str, JsonValue], tag: str, names: set[str], path: Path) -> Iterator[Misfit]:
    here = (*path, tag)
    if tag not in members:
        event = tag == "event"
        message = "a required member is missing" if event else "the name of the contract is missing"
        code = "missing-field" if event else "tag"
        yield Misfit(code, here, message, "add it: nothing is filled in")
    elif not isinstance(members[tag], str):
        yield _wrong_type("str", members[tag], here)
    elif members[tag] not in names:
        remedy = f"use {' or '.join(sorted(names))}"
        yield Misfit("tag", here, f"invalid value {members[tag]!r}", remedy)


def _unknown(name: str, absent: list[str], path: Path) -> Misfit:
    close = difflib.get_close_matches(name, absent, n=1)
    remedy = f"did you mean {close[0]}?" if close else REMEDIES["unknown-field"]
    return Misfit("unknown-field", (*path, name), f"object contains unknown field `{name}`", remedy)


def _of_union(value: JsonValue, kind: types.UnionType, path: Path) -> Iterator[Misfit]:
    structs = [member for member in kind.types if isinstance(member, types.StructType)]
    if not structs:
        if not (value is None or isinstance(value, str)):
            yield _wrong_type("str | null", value, path)
        return
    if not isinstance(value, dict):
        yield _wrong_type("object", value, path)
        return
    tag = str(structs[0].tag_field)
    by_name = {str(member.tag): member for member in structs}
    name = value.get(tag)
    if isinstance(name, str) and name in by_name:
        yield from _of_struct(value, by_name[name], path)
    else:
        yield from _of_tag(value, tag, set(by_name), path)


def _of_array(value: JsonValue, kind: types.VarTupleType, path: Path) -> Iterator[Misfit]:
    if not isinstance(value, list):
        yield _wrong_type("array", value, path)
        return
    least, most = kind.min_length or 0, kind.max_length
    bound = f">= {least}" if len(value) < least else f"<= {most}"
    if len(value) < least or (most is not None and len(value) > most):
        message = f"expected `array` of length {bound}, got {len(value)}"
        yield Misfit("bound", path, message, REMEDIES["bound"])
    for position, item in enumerate(value):
        yield from _misfits(item, kind.item_type, (*path, position))


def _of_open_object(value: JsonValue, path: Path) -> Iterator[Misfit]:
    if not isinstance(value, dict):
        yield _wrong_type("object", value, path)
        return
    for deep in _beyond(value, MAX_VALUE_DEPTH, path):
        remedy = "flatten it: open values may nest 64 deep, documents 128"
        yield Misfit("depth", deep, "the value nests too deep", remedy)


def _beyond(value: JsonValue, room: int, path: Path) -> Iterator[Path]:
    """The paths of the outermost containers that lie deeper than ``room``."""
    parts = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if parts is None:
        return
    if room == 0:
        yield path
        return
    for part, member in cast("Iterable[tuple[str | int, JsonValue]]", parts):
        yield from _beyond(member, room - 1, (*path, part))


def _of_enumeration(value: JsonValue, kind: types.LiteralType, path: Path) -> Iterator[Misfit]:
    if not isinstance(value, str):
        yield _wrong_type("str", value, path)
    elif value not in kind.values:
        remedy = f"use {' or '.join(map(str, kind.values))}"
        yield Misfit("enum", path, f"invalid enum value {value!r}", remedy)


def _of_text(value: JsonValue, kind: types.StrType, path: Path) -> Iterator[Misfit]:
    if not isinstance(value, str):
        yield _wrong_type("str", value, path)
    elif kind.pattern is not None and not re.search(kind.pattern, value):
        message = f"expected `str` matching regex {kind.pattern!r}"
        yield Misfit("pattern", path, message, REMEDIES["pattern"])


_NAMES: Mapping[type, str] = {dict: "object", list: "array", type(None): "null"}


def _wrong_type(expected: str, value: JsonValue, path: Path) -> Misfit:
    found = _NAMES.get(type(value), type(value).__name__)
    return Misfit("type", path, f"expected `{expected}`, got `{found}`", REMEDIES["type"])
