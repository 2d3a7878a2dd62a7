"""Is a text read as `json` reads it, and is every value found where it stands?"""

import json
import random
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from mutations import Json, at
from mutations import places as inner_places
from strategies import json_values

from tier2 import CanonicalError, parse
from tier2.errors import json_path
from tier2.inspection.json_source import offsets_of, read_all
from tier2.values.frozen import to_plain

LITERALS = (
    "0",
    "-0",
    "4.0",
    "1e999",
    "-1E+400",
    "9007199254740993",
    "9007199254740992",
    "1" * 30,
    "9" * 5000,
)
TEXTS = ('"a"', '"\\u0061"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\"}],"', '""')


@st.composite
def texts(draw: st.DrawFn) -> str:
    """JSON texts, not all of them I-JSON, with white space in odd places."""
    scalars = st.sampled_from((*LITERALS, *TEXTS, "null", "true", "false"))
    keys = st.sampled_from(TEXTS)

    def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        members = st.tuples(keys, inner).map(lambda pair: f"{pair[0]} :\n{pair[1]}")
        return st.one_of(
            st.lists(inner, max_size=3).map(lambda items: f"[{' ,'.join(items)} ]"),
            st.lists(members, max_size=3).map(lambda items: f"{{\t{', '.join(items)}\r\n}}"),
        )

    return draw(st.recursive(scalars, nested, max_leaves=8))


def refused(text: str) -> str | None:
    try:
        parse(text)
    except CanonicalError as error:
        return error.code
    return None


@given(texts())
def test_a_text_has_a_fault_exactly_where_parsing_refuses_it(text: str) -> None:
    code = refused(text)
    value, found = read_all(text)
    codes = {problem.code for problem, _ in found}
    assert (code in codes) if code else not codes
    if code is None:
        assert to_plain(parse(text)) == value


@given(texts())
def test_each_fault_of_a_text_goes_if_it_alone_is_corrected(text: str) -> None:
    _, found = read_all(text)
    codes = [problem.code for problem, _ in found]
    for (code, *_), offset in found:
        if code in ("number-range", "surrogate"):
            end = json.JSONDecoder(parse_int=float).raw_decode(text, offset)[1]
            stand_in = "0" if code == "number-range" else json.dumps(f"corrected {offset}")
            _, left = read_all(text[:offset] + stand_in + text[end:])
            assert [problem.code for problem, _ in left].count(code) == codes.count(code) - 1


@given(json_values(), st.sampled_from([None, 0, 2]), st.booleans())
def test_every_value_is_found_where_it_stands(value: Json, indent: int | None, ascii_only: bool) -> None:
    text = " \n" + json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    paths = [(), *inner_places(value)]
    found = offsets_of(text, paths)
    assert set(found) == set(paths)
    for path in paths:
        expected: Any = at(value, path)
        if path and isinstance(path[-1], str):
            name, end = json.JSONDecoder().raw_decode(text, found[path])
            assert name == path[-1]
            start = text.index(":", end) + 1
            start += len(text[start:]) - len(text[start:].lstrip())
        else:
            start = found[path]
        assert json.JSONDecoder().raw_decode(text, start)[0] == expected


@given(json_values(), st.lists(st.text(max_size=2) | st.integers(0, 3), max_size=3), st.randoms())
def test_a_path_that_leads_nowhere_is_found_at_the_nearest_value_above(
    value: Json, more: list[str | int], chance: random.Random
) -> None:
    text = json.dumps(value)
    paths = [(), *inner_places(value)]
    above = chance.choice(paths)
    wanted = (*above, *more)
    longest = max((path for path in paths if wanted[: len(path)] == path), key=len)
    assert offsets_of(text, [wanted])[wanted] == offsets_of(text, [longest])[longest]


@given(st.lists(st.text() | st.integers(0, 10**6), max_size=5))
def test_the_text_of_a_path_can_be_read_back(parts: list[str | int]) -> None:
    assert [
        int(position) if position else json.loads(quoted or f'"{name}"')
        for name, position, quoted in _PART.findall(json_path(parts))
    ] == parts


_PART = re.compile(r'\.([A-Za-z_]\w*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')
"""One part of a path: a plain name, a position, or a name in quotes, with the escapes of JSON."""
