"""What holds for canonical bytes and digests, and for every JSON text?"""

import hashlib
import json
import math
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from random_documents import any_number, any_object
from strategies import (
    Json,
    clashing_keys,
    contexts,
    floats,
    json_objects,
    json_values,
    missions,
    runs,
    texts,
    times,
    utf16,
    workflows,
)

from tier2.errors import CanonicalError, json_path
from tier2.values.canonical import canonical, digest, encode
from tier2.values.frozen import JsonValue, freeze, to_plain
from tier2.values.numbers import ecma_text
from tier2.values.reading import parse
from tier2.values.structs import Value

documents = st.one_of(missions(), contexts(), workflows(), runs())


def slow_number(number: float) -> str:
    """ECMA-262 Number::toString, step by step: the digits s, of which there are k, times 10 to the n - k."""
    if number == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    s, k = "".join(map(str, digits)), len(digits)
    n = k + int(exponent)
    minus = "-" if sign else ""
    if k <= n <= 21:
        return minus + s + "0" * (n - k)
    if 0 < n <= 21:
        return minus + s[:n] + "." + s[n:]
    if -6 < n <= 0:
        return minus + "0." + "0" * -n + s
    e = f"e{'+' if n - 1 > 0 else '-'}{abs(n - 1)}"
    return minus + (s + e if k == 1 else f"{s[0]}.{s[1:]}{e}")


def slow_text(value: Json) -> str:
    """RFC 8785 section 3.2, slowly and obviously, on plain values."""
    if isinstance(value, dict):
        names = sorted(value, key=utf16)
        return "{" + ",".join(f"{slow_text(name)}:{slow_text(value[name])}" for name in names) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(slow_text, value)) + "]"
    if isinstance(value, float):
        return slow_number(value)
    return json.dumps(value, ensure_ascii=False)


def some(value: Json, data: st.DataObject) -> str:
    """One of the many JSON texts of a value: with white space, escapes, and members in any order."""
    text = json.dumps(
        value,
        ensure_ascii=data.draw(st.booleans()),
        indent=data.draw(st.sampled_from([None, 0, 2, "\t"])),
        separators=data.draw(st.sampled_from([(",", ":"), (" , ", " : "), (",\r\n", ":\t")])),
    )
    return data.draw(st.sampled_from(["", " ", "\n"])) + text + data.draw(st.sampled_from(["", " ", "\n"]))


def read(text: str | bytes) -> JsonValue | CanonicalError:
    """What a text comes to: its value or its refusal."""
    try:
        return parse(text)
    except CanonicalError as refusal:
        return refusal


# The bytes


def test_ten_thousand_documents_have_the_bytes_of_the_rfc8785_package() -> None:
    chance = Random(20261124)  # noqa: S311  # the same documents each time is the point
    for _ in range(10_000):
        value = any_object(chance, room=5)
        assert canonical(value) == rfc8785.dumps(value)


def test_ten_thousand_doubles_have_the_texts_of_the_rfc8785_package() -> None:
    chance = Random(20261124)  # noqa: S311
    numbers = [any_number(chance) for _ in range(20_000)]
    assert len({*numbers}) > 9_000
    for number in numbers:
        assert canonical(number) == rfc8785.dumps(number)


@given(json_values())
def test_any_value_has_the_bytes_of_the_rfc8785_package(value: Json) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@settings(max_examples=times(3))
@given(st.dictionaries(clashing_keys(), json_values(max_leaves=4), min_size=2, max_size=6))
def test_keys_whose_order_differs_in_utf8_have_the_order_of_the_rfc8785_package(
    value: dict[str, Json],
) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert canonical([value]) == slow_text([value]).encode()


@given(json_values())
def test_the_fast_encoder_writes_what_a_slow_and_obvious_one_writes(value: Json) -> None:
    assert canonical(value) == slow_text(value).encode()
    assert encode(freeze(value)) == slow_text(value).encode()


@given(floats())
def test_the_text_of_a_double_is_that_of_a_slow_and_obvious_formatter(number: float) -> None:
    assert ecma_text(number) == slow_number(number)
    assert canonical(number) == slow_number(number).encode()


@given(documents)
def test_the_bytes_of_a_document_are_those_of_its_plain_json(document: Value) -> None:
    plain = document.to_dict()
    assert canonical(document) == canonical(plain) == slow_text(plain).encode()


@given(documents)
def test_to_dict_gives_plain_json_and_a_new_one_each_time(document: Value) -> None:
    def check(one: Any, other: Any) -> None:
        assert type(one) in {dict, list, str, int, float, bool, type(None)}
        if isinstance(one, dict | list) and one:
            assert one is not other
        for key in one if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ():
            check(one[key], other[key])

    check(document.to_dict(), document.to_dict())
    assert json.loads(json.dumps(document.to_dict())) == document.to_dict()


@given(documents)
def test_a_document_made_again_from_its_plain_json_has_the_same_bytes(document: Value) -> None:
    assert canonical(msgspec.convert(document.to_dict(), type(document))) == canonical(document)


# Reading


@given(json_values())
def test_what_was_written_reads_back_as_it_was(value: Json) -> None:
    assert repr(parse(canonical(value))) == repr(freeze(value))
    assert canonical(parse(canonical(value))) == canonical(value)


@given(json_values(), st.data())
def test_every_text_of_a_value_gives_the_same_value_and_digest(value: Json, data: st.DataObject) -> None:
    text = some(value, data)
    assert repr(parse(text)) == repr(freeze(value))
    assert repr(parse(text.encode())) == repr(freeze(value))
    assert digest(parse(text)) == digest(value)


@given(json_values(), json_values())
def test_digests_are_equal_exactly_where_bytes_are(one: Json, other: Json) -> None:
    assert (digest(one) == digest(other)) == (canonical(one) == canonical(other))
    assert digest(one) == hashlib.sha256(canonical(one)).hexdigest()


@given(st.integers(-(10**23), 10**23))
def test_an_integer_text_is_read_exactly_where_it_is_the_text_of_its_double(number: int) -> None:
    text = str(number)
    if slow_number(float(number)) == text:
        assert canonical(parse(text)) == text.encode()
        assert to_plain(parse(text)) == number
    else:
        with pytest.raises(CanonicalError) as caught:
            parse(text)
        assert caught.value.code == "number-range"


@given(
    st.integers(-(10**20), 10**20),
    st.integers(0, 10**18),
    st.integers(-320, 290),
    st.sampled_from(["e", "E", "e+"]),
)
def test_a_decimal_text_is_read_as_the_nearest_double(
    whole: int, fraction: int, power: int, mark: str
) -> None:
    text = f"{whole}.{fraction}{mark if power >= 0 else mark[0]}{power}"
    if math.isinf(float(text)):
        with pytest.raises(CanonicalError, match="too large for a double"):
            parse(text)
    else:
        assert canonical(parse(text)) == slow_number(float(text)).encode()


@given(
    st.lists(st.one_of(texts(4), st.integers(0, 2)), max_size=5),
    texts(4),
    st.lists(json_values(max_leaves=3), min_size=2, max_size=2),
    json_objects(max_leaves=2),
    st.data(),
)
def test_a_name_that_stands_twice_is_found_wherever_it_hides(
    path: list[str | int], name: str, members: list[Json], others: dict[str, Json], data: st.DataObject
) -> None:
    def written(key: str) -> str:
        return json.dumps(key, ensure_ascii=data.draw(st.booleans()))

    between = [f"{written(key)}:{json.dumps(value)}" for key, value in others.items() if key != name]
    twice = [f"{written(name)}:{json.dumps(member)}" for member in members]
    text = "{" + ",".join([twice[0], *between, twice[1]]) + "}"
    for part in reversed(path):
        text = (
            "[" + "0," * part + text + "]"
            if isinstance(part, int)
            else "{" + written(part) + ":" + text + "}"
        )
    with pytest.raises(CanonicalError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.where) == ("duplicate-key", json_path(path))


@given(
    st.one_of(
        st.text(), st.binary(), st.text('{}[]",:0123.eE-+\\u "atrufalsn\ud800'), json_values().map(json.dumps)
    )
)
def test_any_text_whatever_is_read_or_refused(text: str | bytes) -> None:
    outcome = read(text)
    if isinstance(outcome, CanonicalError):
        assert outcome.code in {
            "bom",
            "duplicate-key",
            "number-range",
            "surrogate",
            "syntax",
            "trailing",
            "utf8",
        }
        assert outcome.remedy
    else:
        assert repr(parse(canonical(outcome))) == repr(outcome)


@given(json_values(), st.integers(0, 200), st.sampled_from(["cut", "drop", "double", "swap"]))
def test_a_damaged_text_is_refused_or_is_json_to_python_too(value: Json, place: int, damage: str) -> None:
    text = json.dumps(value, ensure_ascii=False)
    place %= len(text)
    before, here, after = text[:place], text[place], text[place + 1 :]
    damaged = {
        "cut": before,
        "drop": before + after,
        "double": before + here * 2 + after,
        "swap": before + after + here,
    }
    outcome = read(damaged[damage])
    if isinstance(outcome, CanonicalError):
        assert outcome.code in {"bom", "duplicate-key", "number-range", "surrogate", "syntax", "trailing"}
    else:
        assert to_plain(outcome) == json.loads(damaged[damage])


@given(json_values(max_leaves=3), st.integers(1, 64))
def test_the_bound_on_the_size_is_exact(value: Json, shorter: int) -> None:
    text = canonical(value)
    assert canonical(parse(text, max_bytes=len(text))) == text
    with pytest.raises(CanonicalError) as caught:
        parse(text, max_bytes=len(text) - min(shorter, len(text)))
    assert caught.value.code == "size"
