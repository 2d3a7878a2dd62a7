"""How do errors of values and JSON texts read? Each kind once: its code, path, message and remedy.

Other tests prove when something is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from refusal_cases import Case, assert_read, each_case

from tier2 import (
    MISSIONS,
    CanonicalError,
    ContractError,
    Decided,
    Event,
    MissionSpec,
    Tier2Error,
    canonical,
    decode,
    freeze,
    parse,
)
from tier2.values.frozen import freeze_object


class Twice(Mapping[str, int]):
    """A mapping that gives its one key twice."""

    def __getitem__(self, key: str) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return iter(["a", "a"])

    def __len__(self) -> int:
        return 2


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def circle() -> Any:
    around: list[Any] = []
    around.append({"b": around})
    return around


CHARACTER = "replace it by a Unicode character"
SURROGATE = "the string has a lone surrogate"
TOO_DEEP = "the value nests too deep"
NOT_ECMA = "the integer is beyond +-(2**53 - 1), and not written as ECMAScript writes its double"
EXACT = "the integer is outside +-(2**53 - 1), where doubles are exact"
FLATTEN = "flatten it: open values may nest 64 deep, documents 128"
FLATTEN_IT = "flatten it: documents may nest 128 deep"
MISSION = '"contract":"tier2.mission/v1"'


FREEZING: dict[str, Case] = {
    "NaN": (
        lambda: freeze({"a": [0.5, float("nan")]}),
        ("not-finite", "$.a[1]", "JSON has no number for nan", "use null or a string instead"),
    ),
    "an infinity": (
        lambda: freeze(-float("inf")),
        ("not-finite", "$", "JSON has no number for -inf", "use null or a string instead"),
    ),
    "a large integer": (
        lambda: freeze([2**53]),
        ("number-range", "$[0]", EXACT, "send it as a string, or as a float"),
    ),
    "a surrogate in a text": (
        lambda: freeze({"a": "\ud800"}),
        ("surrogate", "$.a", SURROGATE, CHARACTER),
    ),
    "a surrogate in a key": (
        lambda: freeze({"a": {"\ud800": 1}}),
        ("surrogate", r'$.a["\ud800"]', SURROGATE, CHARACTER),
    ),
    "a key that is no text": (
        lambda: freeze({"a": {1: 2}}),  # type: ignore[dict-item]  # the mistake is the point
        ("key-type", "$.a", "a key is of type int, not a string", "use strings as keys"),
    ),
    "a key that comes twice": (
        lambda: freeze({"a": Twice()}),
        ("duplicate-key", "$.a", "the object has two members of the same name", "keep one of them"),
    ),
    "a circle": (
        lambda: freeze({"x": circle()}),
        ("cycle", "$.x[0].b", "the value contains itself", "break the cycle"),
    ),
    "depth": (
        lambda: freeze(nested(65)),
        ("depth", "$" + "[0]" * 64, TOO_DEEP, FLATTEN),
    ),
    "depth of a frozen object": (
        lambda: freeze([parse('{"a":' * 65 + "1" + "}" * 65)]),
        ("depth", "$[0]", TOO_DEEP, FLATTEN),
    ),
    "no JSON": (
        lambda: freeze({"a": {1, 2}}),  # type: ignore[dict-item]  # the mistake is the point
        ("type", "$.a", "a value of type set is no JSON value", "convert it to plain JSON first"),
    ),
    "no object": (
        lambda: freeze_object([1], "steps", 2),  # type: ignore[arg-type]  # the mistake is the point
        (
            "type",
            "$.steps[2]",
            "a JSON object is expected here, not list",
            "pass a mapping with strings as keys",
        ),
    ),
}

READING: dict[str, Case] = {
    "neither bytes nor str": (
        lambda: parse(bytearray(b"1")),  # type: ignore[arg-type]  # the mistake is the point
        ("type", "$", "JSON text is bytes or str, not bytearray", "pass bytes or str"),
    ),
    "a surrogate in the text itself": (
        lambda: parse('"\ud800"'),
        ("surrogate", "$", "the text has a lone surrogate", CHARACTER),
    ),
    "an escaped surrogate": (
        lambda: parse(r'{"a":"\ud800"}'),
        ("surrogate", "$.a", SURROGATE, CHARACTER),
    ),
    "size": (
        lambda: parse("[1,2]", max_bytes=4),
        ("size", "$", "the text has more than 4 bytes", "split it (in Python, max_bytes allows more)"),
    ),
    "a byte order mark": (
        lambda: parse(b"\xef\xbb\xbf1"),
        ("bom", "$", "the text starts with a byte order mark", "remove it"),
    ),
    "no UTF-8": (
        lambda: parse(b'["\xff"]'),
        ("utf8", "$", "byte 2 is not UTF-8", "encode the text as UTF-8"),
    ),
    "trailing text": (
        lambda: parse("{} {}"),
        ("trailing", "$", "more text follows the JSON value", "send one JSON value, nothing after it"),
    ),
    "no JSON text": (
        lambda: parse('{"a":}'),
        ("syntax", "$", "not JSON: invalid character (byte 5)", "send valid JSON (RFC 8259)"),
    ),
    "half a JSON text": (
        lambda: parse('{"a":'),
        ("syntax", "$", "not JSON: input data was truncated", "send valid JSON (RFC 8259)"),
    ),
    "a number beyond the doubles": (
        lambda: parse('{"a":[1e400]}'),
        ("number-range", "$.a[0]", "the number is too large for a double", "send it as a string"),
    ),
    "an integer that no double holds": (
        lambda: parse('{"a":9007199254740993}'),
        ("number-range", "$.a", NOT_ECMA, "send it as a string, or write the double 9007199254740992"),
    ),
    "an integer that ECMAScript writes otherwise": (
        lambda: parse('{"a":-1152921504606846976}'),  # the double -2**60
        ("number-range", "$.a", NOT_ECMA, "send it as a string, or write the double -1152921504606847000"),
    ),
    "an integer that ECMAScript writes with an exponent": (
        lambda: parse("1" + "0" * 30),
        ("number-range", "$", NOT_ECMA, "send it as a string, or write the double 1e+30"),
    ),
    "an integer too large for a double": (
        lambda: parse("1" + "0" * 400),
        ("number-range", "$", "the number is too large for a double", "send it as a string"),
    ),
    "an endless integer": (
        lambda: parse('{"a":' + "9" * 5000 + "}"),
        ("number-range", "$.a", "the number is too large for a double", "send it as a string"),
    ),
    "deep text": (
        lambda: parse("[" * 130 + "]" * 130),
        ("depth", "$", TOO_DEEP, FLATTEN_IT),
    ),
    "text too deep to look at": (
        lambda: parse("[" * 100_000 + "]" * 100_000),
        ("depth", "$", TOO_DEEP, FLATTEN_IT),
    ),
    "a hidden member too deep to look at": (
        lambda: parse('{"a":' + "[" * 100_000 + "]" * 100_000 + ',"a":1}'),
        ("depth", "$", TOO_DEEP, FLATTEN_IT),
    ),
    "two members of the same name": (
        lambda: parse(r'{"a":[{"z":0,"b":1,"\u0062":2}]}'),
        ("duplicate-key", "$.a[0]", 'the object has two members named "b"', "keep one of them"),
    ),
}

DECODING: dict[str, Case] = {
    "an unknown field": (
        lambda: decode(f'{{{MISSION},"params":{{}},"type":"t","x":1}}', MissionSpec),
        ("unknown-field", "$.x", "object contains unknown field `x`", "remove it, or check its spelling"),
    ),
    "a missing field": (
        lambda: decode(f'{{{MISSION},"params":{{}}}}', MissionSpec),
        ("missing-field", "$.type", "object missing required field `type`", "add it"),
    ),
    "a field that Python would fill in": (
        lambda: decode(f'{{{MISSION},"type":"t"}}', MissionSpec),
        (
            "missing-field",
            "$.params",
            "a required member is missing",
            "add it: nothing is filled in",
        ),
    ),
    "a wrong type": (
        lambda: decode(f'{{{MISSION},"params":{{}},"type":1}}', MissionSpec),
        ("type", "$.type", "expected `str`, got `int`", "give it the type that the contract says"),
    ),
    "another contract": (
        lambda: decode('{"contract":"tier2.run/v1"}', MissionSpec),
        (
            "tag",
            "$.contract",
            'a document of tier2.mission/v1 is expected here, but this one names "tier2.run/v1"',
            "pass a document that names this contract",
        ),
    ),
    "no contract": (
        lambda: decode('{"params":{},"type":"t"}', MissionSpec),
        (
            "tag",
            "$.contract",
            "a document of tier2.mission/v1 is expected here, but this one names no contract",
            "pass a document that names this contract",
        ),
    ),
    "a veto with an output": (
        lambda: decode(
            canonical(Decided(step_id="a", verdict="vetoed", by="ann", note=None, output={"x": 1})), Event
        ),
        ("event", "$.output", "a veto has no output", "veto with an empty output, or approve"),
    ),
}


@each_case(
    (CanonicalError, FREEZING),
    (CanonicalError, READING),
    (ContractError, DECODING),
)
def test_the_error_reads_like_this(kind: type[Tier2Error], case: Case) -> None:
    assert_read(kind, case)


def test_a_frozen_object_says_how_to_change_it() -> None:
    frozen: Any = freeze({"a": 1})
    read_only = r"^a frozen object cannot be changed; make a new one: freeze\(\{\*\*frozen, \.\.\.\}\)$"
    with pytest.raises(TypeError, match=read_only):
        frozen["a"] = 2
    with pytest.raises(TypeError, match=read_only):
        frozen |= {"a": 2}
    mission: Any = MISSIONS["echo"]
    message = "^a mission type cannot be changed; make a new one$"
    with pytest.raises(AttributeError, match=message):
        mission.plan = None
    with pytest.raises(AttributeError, match=message):
        del mission.plan
