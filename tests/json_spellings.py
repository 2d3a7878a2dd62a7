"""The many ways to write one JSON value: white space, escapes, the order of members, the notation of integers."""

import json

from hypothesis import strategies as st
from strategies import Json

_SPACES = st.sampled_from(["", " ", "\n\t", "\r\n  "])


@st.composite
def string_spellings(draw: st.DrawFn, string: str) -> str:
    """A JSON string as `json` writes it, or with every character escaped."""
    style = draw(st.sampled_from(["plain", "ascii", "escaped"]))
    if style != "escaped":
        return json.dumps(string, ensure_ascii=style == "ascii")
    units = string.encode("utf-16-be").hex()
    return '"' + "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)) + '"'


@st.composite
def spellings(draw: st.DrawFn, value: Json) -> str:
    """JSON of the value, in any spelling."""
    space = draw(_SPACES)
    if isinstance(value, dict):
        members = [
            f"{draw(string_spellings(name))}{space}:{space}{draw(spellings(value[name]))}"
            for name in draw(st.permutations(list(value)))
        ]
        return "{" + space + f"{space},".join(members) + space + "}"
    if isinstance(value, list):
        return "[" + space + f",{space}".join(draw(spellings(item)) for item in value) + space + "]"
    if isinstance(value, str):
        return draw(string_spellings(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return draw(st.sampled_from([str(value), f"{value}.0", f"{value}e0", f"{value}.000E+00"]))
    return json.dumps(value)
