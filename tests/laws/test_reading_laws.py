"""What holds for `parse` on any text?"""

import json
import math
from typing import Any

import msgspec
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st
from json_parts import exact
from json_spellings import spellings, string_spellings
from outcomes import Refused, outcome, refused
from strategies import Json, json_objects, json_values, texts, times

from tier2.errors import json_path
from tier2.values.canonical import canonical, digest
from tier2.values.frozen import freeze, to_plain
from tier2.values.reading import parse

CODES = {"bom", "duplicate-key", "number-range", "surrogate", "syntax", "trailing", "utf8"}


@given(json_values(), st.sampled_from(["", " ", "\n"]), st.data())
def test_all_spellings_of_a_value_read_as_that_value(value: Json, space: str, data: st.DataObject) -> None:
    source = space + data.draw(spellings(value)) + space
    assert exact(parse(source)) == exact(parse(source.encode())) == exact(freeze(value))
    assert digest(parse(source)) == digest(value)


@given(st.integers(-(10**23), 10**23))
def test_an_integer_must_be_the_string_of_its_double(number: int) -> None:
    source = str(number)
    if rfc8785.dumps(float(number)).decode() == source:
        assert canonical(parse(source)) == source.encode()
        assert to_plain(parse(source)) == number
    else:
        found = refused(parse, source)
        assert found.code == "number-range"
        assert canonical(parse(found.remedy.rpartition(" ")[2])) == rfc8785.dumps(float(number))


@given(
    st.integers(-(10**20), 10**20),
    st.integers(0, 10**18),
    st.integers(-320, 290),
    st.sampled_from(["e", "E", "e+"]),
)
def test_a_decimal_is_read_as_the_nearest_double(whole: int, fraction: int, power: int, mark: str) -> None:
    source = f"{whole}.{fraction}{mark if power >= 0 else mark[0]}{power}"
    if math.isinf(float(source)):
        found = refused(parse, source)
        assert found.code == "number-range"
        assert "too large for a double" in found.message
    else:
        assert canonical(parse(source)) == rfc8785.dumps(float(source))


# Names that an object has twice

NAMES = ("", "a", "b", '"', '":', "\\", '\\"', "a\\", '\\":', ":", ":a", "\u20ac", "\U0001f600")
"""Strings in which a quotation mark or a colon looks like the end of a name."""

strings = st.sampled_from(NAMES).flatmap(string_spellings)


def _written(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    space = st.sampled_from(["", " ", "\n"])
    members = st.lists(st.builds("{1}{0}:{0}{2}".format, space, strings, inner), max_size=3)
    return st.one_of(
        st.builds(lambda gap, parts: "{" + f"{gap},".join(parts) + gap + "}", space, members),
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
    )


sources = st.recursive(st.one_of(st.sampled_from(["1", "1.0", "null"]), strings), _written, max_leaves=8)


def has_duplicates(source: str) -> bool:
    """Whether any object has two members of one name, by the pairs that `json` finds."""
    found: list[bool] = []
    json.loads(source, object_pairs_hook=lambda pairs: found.append(len(dict(pairs)) < len(pairs)))
    return any(found)


@given(sources)
@settings(max_examples=times(10))
@example('{"a": 1, "a": "\\":"}')
@example('{"a": 1, "a": "\\u0022:"}')
@example('{"a": 1, "a": "\\u0022\\u0022"}')  # as many quotation marks as in its canonical form
@example('{"a\\\\": 1, "a\\\\": 2}')
@example('{"a": 1, "a": "\\u003a"}')
@example('{"a": 1, "a": "\\u003A"}')
@example('{"\\"": 1, "\\u0022": 2}')
def test_duplicate_keys_are_found_in_any_spelling(source: str) -> None:
    found: Any = outcome(parse, source)
    if has_duplicates(source):
        assert isinstance(found, Refused)
        assert found.code == "duplicate-key"
    else:
        assert canonical(found) == canonical(json.loads(source))


@given(
    st.lists(st.one_of(texts(4), st.integers(0, 2)), max_size=5),
    texts(4),
    st.lists(json_values(max_leaves=3), min_size=2, max_size=2),
    json_objects(max_leaves=2),
    st.data(),
)
def test_a_duplicate_key_is_refused_with_its_path(
    path: list[str | int], name: str, members: list[Json], others: dict[str, Json], data: st.DataObject
) -> None:
    def member(key: str, value: str) -> str:
        return f"{data.draw(string_spellings(key))}:{value}"

    between = [member(key, json.dumps(value)) for key, value in others.items() if key != name]
    first, second = (member(name, json.dumps(value)) for value in members)
    source = "{" + ",".join([first, *between, second]) + "}"
    for part in reversed(path):
        source = "[" + "0," * part + source + "]" if isinstance(part, int) else f"{{{member(part, source)}}}"
    found = refused(parse, source)
    assert (found.code, found.where) == ("duplicate-key", json_path(path))


def deepest() -> int:
    """How many levels msgspec follows before it gives up."""

    def follows(source: str) -> bool:
        try:
            msgspec.json.decode(source)
        except RecursionError:
            return False
        return True

    low, high = 100, 200_000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if follows(hidden_duplicate(middle)) else (low, middle)
    return low


def hidden_duplicate(depth: int) -> str:
    return '{"a":' + "[" * depth + "]" * depth + ',"a":1}'


def test_a_duplicate_at_the_depth_limit_is_refused() -> None:
    """The checks behind the decoder give up a level or two before the decoder does."""
    limit = deepest()
    codes = {refused(parse, hidden_duplicate(depth)).code for depth in range(limit - 40, limit + 40)}
    assert codes == {"depth"}


# Any input


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """JSON that is cut, or has one character dropped, doubled or moved to the end."""
    source = json.dumps(draw(json_values()), ensure_ascii=draw(st.booleans()))
    place = draw(st.integers(0, len(source) - 1))
    before, here, after = source[:place], source[place], source[place + 1 :]
    return draw(st.sampled_from([before, before + after, before + here * 2 + after, before + after + here]))


@settings(max_examples=times(2))
@given(st.one_of(st.text(), st.binary(), st.text('{}[]",:0123.eE-+\\u "atrufalsn\ud800'), damaged()))
def test_any_input_is_refused_or_read_like_python(source: str | bytes) -> None:
    found: Any = outcome(parse, source)
    if isinstance(found, Refused):
        assert found.code in CODES - ({"utf8"} if isinstance(source, str) else set())
        assert found.remedy
    else:
        assert to_plain(found) == json.loads(source)
        assert exact(parse(canonical(found))) == exact(found)


@given(json_values(max_leaves=3), st.integers(1, 64))
def test_the_limit_of_the_size_is_exact(value: Json, shorter: int) -> None:
    source = canonical(value)
    assert canonical(parse(source, max_bytes=len(source))) == source
    limit = len(source) - min(shorter, len(source))
    assert refused(parse, source, max_bytes=limit).code == "size"
