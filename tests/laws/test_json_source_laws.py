"""Is JSON read as `json` reads it, with each problem and each value at its offset?"""

import json
import random
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from mutations import Json, Path, at, places
from outcomes import Refused, outcome
from strategies import json_values

from tier2 import parse
from tier2.errors import json_path
from tier2.inspection.json_source import offsets_of, read_all
from tier2.values.frozen import to_plain

LITERALS = (
    *("0", "-0", "4.0", "1e999", "-1E+400", "9007199254740993", "9007199254740992", "1" * 30, "9" * 5000),
    *("null", "true", "false"),
)
STRINGS = ('"a"', '"\\u0061"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\"}],"', '""')


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.builds("{} :\n{}".format, st.sampled_from(STRINGS), inner)
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{' ,'.join(items)} ]"),
        st.lists(members, max_size=3).map(lambda items: f"{{\t{', '.join(items)}\r\n}}"),
    )


sources = st.recursive(st.sampled_from((*LITERALS, *STRINGS)), _nested, max_leaves=8)
"""JSON with white space in odd places; some of it is no I-JSON."""


def problems_of(source: str) -> list[str]:
    return [problem.code for problem, _ in read_all(source)[1]]


@given(sources)
def test_only_what_parse_refuses_has_problems(source: str) -> None:
    parsed: Any = outcome(parse, source)
    if isinstance(parsed, Refused):
        assert parsed.code in problems_of(source)
    else:
        assert read_all(source) == (to_plain(parsed), ())


@given(sources)
def test_correcting_one_problem_removes_only_that_one(source: str) -> None:
    codes = problems_of(source)
    for problem, offset in read_all(source)[1]:
        code = problem.code
        if code in ("number-range", "surrogate"):
            end = json.JSONDecoder(parse_int=float).raw_decode(source, offset)[1]
            stand_in = "0" if code == "number-range" else json.dumps(f"corrected {offset}")
            left = problems_of(source[:offset] + stand_in + source[end:])
            assert left.count(code) == codes.count(code) - 1


@given(json_values(), st.sampled_from([None, 0, 2]), st.booleans())
def test_each_value_is_found_at_its_offset(value: Json, indent: int | None, ascii_only: bool) -> None:
    source = " \n" + json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    paths: list[Path] = [(), *places(value)]
    found = offsets_of(source, paths)
    assert set(found) == set(paths)
    for path, start in found.items():
        if path and isinstance(path[-1], str):
            name, end = json.JSONDecoder().raw_decode(source, start)
            assert name == path[-1]
            value_at = re.compile(r"\s*:\s*").match(source, end)
            assert value_at is not None
            start = value_at.end()  # noqa: PLW2901 - a member begins at its name
        assert json.JSONDecoder().raw_decode(source, start)[0] == at(value, path)


@given(json_values(), st.lists(st.text(max_size=2) | st.integers(0, 3), max_size=3), st.randoms())
def test_an_absent_path_is_found_at_its_nearest_value(
    value: Json, more: list[str | int], chance: random.Random
) -> None:
    source = json.dumps(value)
    paths: list[Path] = [(), *places(value)]
    wanted = (*chance.choice(paths), *more)
    nearest = max((path for path in paths if wanted[: len(path)] == path), key=len)
    assert offsets_of(source, [wanted])[wanted] == offsets_of(source, [nearest])[nearest]


_PART = re.compile(r'\.([A-Za-z_]\w*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')
"""One part of a path: a plain name, a position, or a name in quotes with the escapes of JSON."""


@given(st.lists(st.text() | st.integers(0, 10**6), max_size=5))
def test_the_string_of_a_path_can_be_read_back(parts: list[str | int]) -> None:
    assert [
        int(position) if position else json.loads(quoted or f'"{name}"')
        for name, position, quoted in _PART.findall(json_path(parts))
    ] == parts
