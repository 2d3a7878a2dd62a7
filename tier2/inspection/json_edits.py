"""Edits of a JSON text that leave the rest of it as it is, byte for byte.

1. Only the values that change are written anew: single members and items, as deep inside as possible. An object whose
   members come or go, and an array of another length, are written as a whole.
2. What is written looks like its surroundings: the indentation, the line ends, the space after a colon, the order of
   members that were there before, and whether the text has characters beyond ASCII.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from tier2.errors import Path, PathPart
from tier2.inspection.json_source import offsets_of

Json = Any
"""Plain JSON: dicts, lists and scalars."""

_reader = json.JSONDecoder()
_COLON = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")


def edited(text: str, old: Json, new: Json) -> str:
    """The JSON text whose value is ``old``, changed so that its value is ``new``."""
    edits = dict(_edits(old, new, ()))
    begins = offsets_of(text, edits.keys())
    for path in sorted(edits, key=begins.__getitem__, reverse=True):
        begin = begins[path]
        if path and isinstance(path[-1], str):  # a member begins with its name
            _, end = _reader.raw_decode(text, begin)
            begin = cast("re.Match[str]", _COLON.match(text, end)).end()
        _, end = _reader.raw_decode(text, begin)
        text = text[:begin] + _written(edits[path], text, begin, end) + text[end:]
    return text


def _edits(old: Json, new: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    """The innermost values that change, by their paths."""
    before, after = _parts(old), _parts(new)
    if before.keys() == after.keys() and before and type(old) is type(new):
        for part in before:
            yield from _edits(before[part], after[part], (*path, part))
    elif json.dumps(old) != json.dumps(new):  # not by ==: to Python, True equals 1
        yield path, _in_order_of(old, new)


def _parts(value: Json) -> dict[PathPart, Json]:
    """The members of an object, the items of an array; none of a scalar."""
    if isinstance(value, dict):
        return cast("dict[PathPart, Json]", value)
    return dict(enumerate(value)) if isinstance(value, list) else {}  # pyright: ignore[reportUnknownArgumentType]


def _in_order_of(old: Json, new: Json) -> Json:
    """The new value, with the members that the old one had first and in their order."""
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("dict[str, Json]", old), cast("dict[str, Json]", new)
        names = [*(name for name in before if name in after), *(name for name in after if name not in before)]
        return {name: _in_order_of(before.get(name), after[name]) for name in names}
    return new


def _written(value: Json, text: str, begin: int, end: int) -> str:
    """The text of a value that takes the place of the one from ``begin`` to ``end``."""
    colon = ": " if re.search(r'":\s', text) else ":"
    comma = ", " if colon == ": " else ","
    indentations = re.findall(r"\n([ \t]+)\S", text)
    on_one_line = not indentations or (text[begin] in "{[" and "\n" not in text[begin:end])
    if on_one_line:
        return json.dumps(value, ensure_ascii=text.isascii(), separators=(comma, colon))
    line = text[text.rfind("\n", 0, begin) + 1 : begin]
    indentation = line[: len(line) - len(line.lstrip(" \t"))]
    lines = json.dumps(value, ensure_ascii=text.isascii(), indent=indentations[0]).split("\n")
    return (("\r\n" if "\r\n" in text else "\n") + indentation).join(lines)
