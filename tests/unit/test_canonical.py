"""Are canonical bytes and digests those of RFC 8785?"""

import hashlib
import struct
from pathlib import Path
from typing import Any

import pytest

from tier2.contracts.v1 import ExecutionContext, MissionSpec, StepSpec, WorkflowDefinition
from tier2.errors import CanonicalError
from tier2.values.canonical import canonical, digest, encode
from tier2.values.frozen import freeze
from tier2.values.numbers import ecma_text
from tier2.values.reading import parse

DATA = Path(__file__).parents[1] / "data" / "rfc8785"
OFFICIAL = sorted(path.name for path in (DATA / "input").iterdir())

APPENDIX_B = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]
"""RFC 8785, Appendix B: the bits of a double, and its text."""

EDGES = [
    (0.1, "0.1"),
    (-0.1, "-0.1"),
    (0.5, "0.5"),
    (12.5, "12.5"),
    (100.25, "100.25"),
    (10.0, "10"),
    (-1200.0, "-1200"),
    (1e15, "1000000000000000"),
    (1e16, "10000000000000000"),
    (1.5e16, "15000000000000000"),
    (1e17, "100000000000000000"),
    (1e20, "100000000000000000000"),
    (123456789012345680000.0, "123456789012345680000"),
    (-1e20, "-100000000000000000000"),
    (1e21, "1e+21"),
    (1.5e21, "1.5e+21"),
    (-1.25e22, "-1.25e+22"),
    (1e100, "1e+100"),
    (0.001, "0.001"),
    (0.0001, "0.0001"),
    (0.00001, "0.00001"),
    (0.000012, "0.000012"),
    (0.000001, "0.000001"),
    (0.0000012, "0.0000012"),
    (0.0000001, "1e-7"),
    (0.00000015, "1.5e-7"),
    (-0.0000001, "-1e-7"),
    (1e-10, "1e-10"),
    (2.2250738585072014e-308, "2.2250738585072014e-308"),
    (9007199254740991.0, "9007199254740991"),
    (9007199254740994.0, "9007199254740994"),
    (4503599627370495.5, "4503599627370495.5"),
]
"""Doubles on both sides of each change of ECMAScript's notation (ECMA-262, Number::toString)."""


def double(bits: str) -> float:
    number: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    return number


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_rfcs_documents_give_the_rfcs_bytes(name: str) -> None:
    given, expected = (DATA / "input" / name).read_bytes(), (DATA / "output" / name).read_bytes()
    assert canonical(parse(given)) == expected
    assert canonical(parse(given.decode())) == expected
    assert canonical(parse(expected)) == expected


def test_all_six_documents_of_the_rfc_are_there() -> None:
    names = ["arrays.json", "french.json", "structures.json", "unicode.json", "values.json", "weird.json"]
    assert names == OFFICIAL


@pytest.mark.parametrize(("bits", "text"), APPENDIX_B)
def test_numbers_of_appendix_b_give_its_text(bits: str, text: str) -> None:
    assert ecma_text(double(bits)) == text
    assert canonical(double(bits)) == text.encode()
    assert canonical(parse(text)) == text.encode()


@pytest.mark.parametrize(
    "bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000", "7ff8000000000000"]
)
def test_appendix_b_numbers_without_text_are_refused(bits: str) -> None:
    with pytest.raises(CanonicalError) as caught:
        canonical([double(bits)])
    assert (caught.value.code, caught.value.where) == ("not-finite", "$[0]")


@pytest.mark.parametrize(("number", "text"), EDGES)
def test_doubles_are_written_as_in_ecmascript(number: float, text: str) -> None:
    assert ecma_text(number) == text
    assert canonical({"n": [number]}) == f'{{"n":[{text}]}}'.encode()


def test_negative_zero_is_written_as_zero() -> None:
    assert ecma_text(-0.0) == "0"
    assert canonical([-0.0, 0.0, 0]) == b"[0,0,0]"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('"', rb"\""),
        ("\\", rb"\\"),
        ("/", b"/"),
        ("\b\t\n\f\r", rb"\b\t\n\f\r"),
        ("\x00\x0b\x1f", rb"\u0000\u000b\u001f"),
        ("\x7f", b"\x7f"),
        ("<>&'", b"<>&'"),
        ("\u2028\u2029", b"\xe2\x80\xa8\xe2\x80\xa9"),
        ("\u20ac", b"\xe2\x82\xac"),
        ("\U0001f600", b"\xf0\x9f\x98\x80"),
        ("\uffff\ufeff\ufffe", b"\xef\xbf\xbf\xef\xbb\xbf\xef\xbf\xbe"),
    ],
)
def test_strings_have_only_the_required_escapes(text: str, written: bytes) -> None:
    assert canonical(text) == b'"' + written + b'"'
    assert canonical({text: None}) == b'{"' + written + b'":null}'


def test_strings_are_not_normalized() -> None:
    assert canonical({"\u00e9": 1, "e\u0301": 2}) == '{"e\u0301":2,"\u00e9":1}'.encode()


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("", "\x00"),
        ("A", "a"),
        ("a", "aa"),
        ("1", "2"),
        ("10", "2"),
        ("\ud7ff", "\U00010000"),
        ("\U00010000", "\ue000"),
        ("\U00010000", "\uffff"),
        ("\U0010ffff", "\ue000"),
        ("\U0010ffff", "\uf000"),
        ("\U00040000", "\uffff"),
        ("\U00080000", "\uffff"),
        ("\U000c0000", "\uffff"),
        ("\U00010000", "\U0010ffff"),
        ("\ue000", "\uffff"),
        ("a\U00010000b", "a\ufb33"),
    ],
)
def test_keys_are_sorted_by_utf16_code_units(smaller: str, larger: str) -> None:
    expected = f'{{"{smaller}":1,"{larger}":2}}'.replace("\x00", "\\u0000").encode()
    assert canonical({smaller: 1, larger: 2}) == expected
    assert canonical({larger: 2, smaller: 1}) == expected
    assert canonical([{"in": {larger: 2, smaller: 1}}]) == b'[{"in":' + expected + b"}]"
    assert encode(freeze({larger: 2, smaller: 1})) == expected


def test_values_survive_sorting_by_utf16() -> None:
    value: dict[str, Any] = {
        "\uffff": [None, True, False, {}, [], "\U00010000\uffff\n"],
        "\U00010000": {"\U00010000": 1e21, "\uffff": 9007199254740992.0, "f": 0.1, "e": 5e-6, "n": -7},
    }
    assert (
        canonical(value)
        == (
            '{"\U00010000":{"e":0.000005,"f":0.1,"n":-7,"\U00010000":1e+21,"\uffff":9007199254740992},'
            '"\uffff":[null,true,false,{},[],"\U00010000\uffff\\n"]}'
        ).encode()
    )


def test_a_value_128_deep_survives_sorting_by_utf16() -> None:
    value: Any = {"\uffff": 1, "\U00010000": 2}
    for _ in range(127):
        value = [value]
    assert canonical(value) == b"[" * 127 + '{"\U00010000":2,"\uffff":1}'.encode() + b"]" * 127


def test_a_documents_tag_is_sorted_with_its_keys() -> None:
    mission = MissionSpec(type="echo", params={"b": 2.0, "a": 1e21})
    assert canonical(mission) == b'{"contract":"tier2.mission/v1","params":{"a":1e+21,"b":2},"type":"echo"}'
    assert canonical(mission) == canonical(mission.to_dict())
    assert digest(mission) == digest(mission.to_dict())


def test_documents_too_are_sorted_by_utf16() -> None:
    context = ExecutionContext(initial_state={"\uffff": 1, "\U00010000": 2.5e-6})
    expected = (
        '{"contract":"tier2.context/v1","initial_state":{"\U00010000":0.0000025,"\uffff":1},"metadata":{}}'
    )
    assert canonical(context) == expected.encode()


def test_a_documents_lone_surrogate_is_refused() -> None:
    def document() -> bytes:
        step = StepSpec(id="s\ud800", kind="human")
        return canonical(WorkflowDefinition(id="w", steps=(step,)))

    with pytest.raises(CanonicalError) as caught:
        document()
    assert caught.value.code == "surrogate"
    assert caught.value.where.endswith("id")


def test_a_digest_is_the_sha256_of_canonical_bytes() -> None:
    assert digest({"b": 4.0, "a": []}) == hashlib.sha256(b'{"a":[],"b":4}').hexdigest()
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_digests_differ_where_python_says_equal() -> None:
    assert len({digest(True), digest(1), digest("1"), digest(None), digest([]), digest({})}) == 6
    assert digest(1) == digest(1.0)


@pytest.mark.parametrize("value", [b"{}", {1}, object(), 1j])
def test_other_values_have_no_canonical_bytes(value: Any) -> None:
    with pytest.raises(CanonicalError) as caught:
        canonical(value)
    assert (caught.value.code, caught.value.where) == ("type", "$")
