"""Finds every way in which a plain JSON value does not fit a type of the contracts.

`tier2.decode` stops at the first problem; this module reports all of them, in the same words. It reads the generated
types themselves (`msgspec.inspect`), so it cannot fall behind the contracts.

1. A closed object needs every member: the defaults of the types are for Python's constructors only. A view needs those
   without a default, and may have others.
2. The tag of an object selects the member of a union. Without a known tag, the rest of the object is not checked.
3. An open object may hold anything, 64 deep.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cache

import msgspec
import msgspec.inspect as types

from tier2.contracts.base import View
from tier2.contracts.views import REMEDIES
from tier2.errors import Path, Problem
from tier2.values.frozen import MAX_VALUE_DEPTH, JsonValue, too_deep_parts
from tier2.values.structs import Value


def shape_problems(value: JsonValue, kind: type[Value | View]) -> Iterator[Problem]:
    """Every problem of a value with a generated class, outermost first.

    value: made of dicts, lists and plain scalars.
    """
    return _of_type(value, _known(kind), ())


_known = cache(types.type_info)


def _of_type(value: JsonValue, kind: types.Type, path: Path) -> Iterator[Problem]:  # noqa: C901, PLR0912 - a table
    match kind:
        case types.StructType():
            yield from _of_struct(value, kind, path)
        case types.UnionType():
            yield from _of_union(value, kind, path)
        case types.VarTupleType():
            yield from _of_array(value, kind, path)
        case types.Metadata(extra={"shape": "map"}):  # see `tier2.contracts.base`
            yield from _of_map(value, path)
        case types.DictType(value_type=inside):
            yield from _of_value_map(value, inside, path)
        case types.Metadata(extra={"shape": "any value"}):
            yield from _of_deep_parts(value, path)
        case types.AnyType():  # an open object: the Struct checks it, not msgspec
            yield from _of_open_object(value, path)
        case types.LiteralType():
            yield from _of_enumeration(value, kind, path)
        case types.StrType():
            yield from _of_string(value, kind, path)
        case types.IntType() | types.FloatType():
            yield from _of_number(value, kind, path)
        case types.BoolType():
            if not isinstance(value, bool):
                yield _wrong_type("bool", value, path)
        case _:
            raise TypeError(f"there is no rule for values of {kind}")


def _of_struct(value: JsonValue, kind: types.StructType, path: Path) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _wrong_type("object", value, path)
        return
    closed = kind.forbid_unknown_fields
    known = {field.encode_name: field for field in kind.fields}
    tag = kind.tag_field
    if tag is not None:
        yield from _of_tag(value, tag, {str(kind.tag)}, path)
    for name in value:
        if closed and name not in known and name != tag:
            yield _unknown(name, [other for other in known if other not in value], path)
    for name, field in known.items():
        if name in value:
            yield from _of_type(value[name], field.type, (*path, name))
        elif closed or field.required:
            message = "a required member is missing"
            yield Problem("missing-field", (*path, name), message, "add it: nothing is filled in")


def _of_tag(members: Mapping[str, JsonValue], tag: str, names: set[str], path: Path) -> Iterator[Problem]:
    here = (*path, tag)
    if tag not in members:
        event = tag == "event"
        message = "a required member is missing" if event else "the name of the contract is missing"
        code = "missing-field" if event else "tag"
        yield Problem(code, here, message, "add it: nothing is filled in")
    elif not isinstance(members[tag], str):
        yield _wrong_type("str", members[tag], here)
    elif members[tag] not in names:
        remedy = f"use {' or '.join(sorted(names))}"
        yield Problem("tag", here, f"invalid value {members[tag]!r}", remedy)


def _unknown(name: str, absent: list[str], path: Path) -> Problem:
    close = difflib.get_close_matches(name, absent, n=1)
    remedy = f"did you mean {close[0]}?" if close else REMEDIES["unknown-field"]
    return Problem("unknown-field", (*path, name), f"object contains unknown field `{name}`", remedy)


def _of_union(value: JsonValue, kind: types.UnionType, path: Path) -> Iterator[Problem]:
    others = [member for member in kind.types if not isinstance(member, types.NoneType)]
    if len(others) < len(kind.types):
        yield from _of_nullable(
            value, others[0] if len(others) == 1 else types.UnionType(tuple(others)), path
        )
        return
    structs = [member for member in others if isinstance(member, types.StructType)]
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


def _of_nullable(value: JsonValue, kind: types.Type, path: Path) -> Iterator[Problem]:
    """The problems of a value beside which null is allowed; a wrong type is reported with the null."""
    for problem in () if value is None else _of_type(value, kind, path):
        wrong_type = problem.code == "type" and problem.path == path
        message = problem.message.replace("`, got", " | null`, got", 1) if wrong_type else problem.message
        yield msgspec.structs.replace(problem, message=message)


def _of_array(value: JsonValue, kind: types.VarTupleType, path: Path) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield _wrong_type("array", value, path)
        return
    least, most = kind.min_length or 0, kind.max_length
    bound = f">= {least}" if len(value) < least else f"<= {most}"
    if len(value) < least or (most is not None and len(value) > most):
        message = f"expected `array` of length {bound}, got {len(value)}"
        yield Problem("bound", path, message, REMEDIES["bound"])
    for position, item in enumerate(value):
        yield from _of_type(item, kind.item_type, (*path, position))


def _of_open_object(value: JsonValue, path: Path) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _wrong_type("object", value, path)
        return
    yield from _of_deep_parts(value, path)


def _of_map(value: JsonValue, path: Path) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _wrong_type("object", value, path)
        return
    for name, item in value.items():
        if not isinstance(item, str):
            yield _wrong_type("str", item, (*path, name))


def _of_value_map(value: JsonValue, kind: types.Type, path: Path) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _wrong_type("object", value, path)
        return
    for name, item in value.items():
        yield from _of_type(item, kind, (*path, name))


def _of_deep_parts(value: JsonValue, path: Path) -> Iterator[Problem]:
    for deep in too_deep_parts(value, MAX_VALUE_DEPTH, path):
        remedy = "flatten it: open values may nest 64 deep, documents 128"
        yield Problem("depth", deep, "the value nests too deep", remedy)


def _of_enumeration(value: JsonValue, kind: types.LiteralType, path: Path) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield _wrong_type("str", value, path)
    elif value not in kind.values:
        remedy = f"use {' or '.join(map(str, kind.values))}"
        yield Problem("enum", path, f"invalid enum value {value!r}", remedy)


def _of_number(value: JsonValue, kind: types.IntType | types.FloatType, path: Path) -> Iterator[Problem]:
    """An integral number is an integer, however it is written; a float beyond all integers is out of their bounds."""
    integral = isinstance(kind, types.IntType)
    name = "int" if integral else "float"
    if not isinstance(value, int | float) or isinstance(value, bool) or (integral and value % 1):
        yield _wrong_type(name, value, path)
        return
    if kind.ge is not None and value < kind.ge:
        bound = kind.ge if integral else float(kind.ge)
        yield Problem("bound", path, f"expected `{name}` >= {bound}", REMEDIES["bound"])
    if kind.le is not None and value > kind.le:
        bound = kind.le if integral else float(kind.le)
        yield Problem("bound", path, f"expected `{name}` <= {bound}", REMEDIES["bound"])


def _of_string(value: JsonValue, kind: types.StrType, path: Path) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield _wrong_type("str", value, path)
        return
    least, most = kind.min_length or 0, kind.max_length
    if len(value) < least or (most is not None and len(value) > most):
        bound = f">= {least}" if len(value) < least else f"<= {most}"
        yield Problem("bound", path, f"expected `str` of length {bound}", REMEDIES["bound"])
    if kind.pattern is not None and not re.search(kind.pattern, value):
        message = f"expected `str` matching regex {kind.pattern!r}"
        yield Problem("pattern", path, message, REMEDIES["pattern"])


_NAMES: Mapping[type, str] = {dict: "object", list: "array", type(None): "null"}


def _wrong_type(expected: str, value: JsonValue, path: Path) -> Problem:
    found = _NAMES.get(type(value), type(value).__name__)
    return Problem("type", path, f"expected `{expected}`, got `{found}`", REMEDIES["type"])
