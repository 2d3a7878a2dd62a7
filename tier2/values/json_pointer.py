"""JSON Pointers (RFC 6901) into frozen values."""

import re
from collections.abc import Mapping

from tier2.values.frozen import JsonValue

_INDEX = "0|[1-9][0-9]{0,9}"
"""The index of an array (RFC 6901 section 4). No array in a document is longer."""


def is_pointer(text: str) -> bool:
    """Whether a text is a JSON Pointer: each name follows a slash, and ``~`` stands before 0 or 1 (RFC 6901, 3)."""
    return re.fullmatch(r"(?:/(?:[^~/]|~[01])*+)*+", text) is not None


def part_at(value: JsonValue, pointer: str) -> JsonValue:
    """The part of a frozen value that a well-formed JSON Pointer names.

    Raises KeyError with the first name or position of the pointer that is not there.
    """
    part = value
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(part, Mapping) and name in part:
            part = part[name]
        elif isinstance(part, tuple) and re.fullmatch(_INDEX, name) and int(name) < len(part):
            part = part[int(name)]
        else:
            raise KeyError(name)
    return part
