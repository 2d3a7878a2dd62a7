"""Which JSON texts does `parse` read, and how does it refuse the others?"""

import json
from typing import Any

import pytest

from tier2.errors import CanonicalError
from tier2.values.canonical import MAX_BYTES, canonical
from tier2.values.frozen import FrozenObject
from tier2.values.numbers import EcmaFloat
from tier2.values.reading import parse, refuse_duplicate_keys


def refusal(text: Any, **options: int) -> CanonicalError:
    with pytest.raises(CanonicalError) as caught:
        parse(text, **options)
    return caught.value


def test_a_text_becomes_frozen_values() -> None:
    value = parse('{ "b" : [1, {"c": null}], "a": "\\u00e9" }')
    assert value == {"a": "\u00e9", "b": (1, {"c": None})}
    assert type(value) is FrozenObject
    assert list(value) == ["a", "b"]


def test_bytes_and_str_are_read_alike() -> None:
    text = '{"k":"\u20ac\U0001f600"}'
    assert parse(text) == parse(text.encode()) == {"k": "\u20ac\U0001f600"}


@pytest.mark.parametrize("text", ["null", "true", "false", "0", '""', "[]", "{}", " \t\r\n1 \n"])
def test_every_json_type_may_be_the_whole_text(text: str) -> None:
    assert parse(text) == (tuple(json.loads(text)) if text == "[]" else json.loads(text))


# Numbers


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("-0", 0, int),
        ("-0.0", 0, int),
        ("0e5", 0, int),
        ("4.0", 4, int),
        ("40e-1", 4, int),
        ("1E2", 100, int),
        ("9007199254740991", 2**53 - 1, int),
        ("-9007199254740991", -(2**53) + 1, int),
        ("9007199254740991.0", 2**53 - 1, int),
        ("0.5", 0.5, float),
        ("9007199254740992", 2.0**53, EcmaFloat),
        ("-9007199254740992", -(2.0**53), EcmaFloat),
        ("9007199254740992.0", 2.0**53, EcmaFloat),
        ("9007199254740994", 9007199254740994.0, EcmaFloat),
        ("10000000000000000", 1e16, EcmaFloat),
        ("100000000000000000000", 1e20, EcmaFloat),
        ("123456789012345680000", 123456789012345680000.0, EcmaFloat),
        ("999999999999999900000", 999999999999999900000.0, EcmaFloat),
        ("-18446744073709552000", -(2.0**64), EcmaFloat),
        ("1e21", 1e21, EcmaFloat),
        ("1e+21", 1e21, EcmaFloat),
        ("1000000000000000000000.0", 1e21, EcmaFloat),
        ("0.000001", 1e-6, EcmaFloat),
        ("1e-400", 0, int),
        ("5e-324", 5e-324, float),
    ],
)
def test_numbers_are_read_as_their_doubles(text: str, number: float, kind: type) -> None:
    read = parse(f"[{text}]")
    assert read == (number,)
    assert [type(item) for item in read] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345680001",
        "100000000000000000001",
        "1000000000000000000000",
        "-1000000000000000000000",
        "1" * 400,
        "1" + "0" * 308,
        "1" + "0" * 4000,
        "1" * 10_000,
        "1e309",
        "-1e309",
        "1e999",
        "1" * 400 + ".5",
    ],
)
def test_numbers_outside_doubles_are_refused(text: str) -> None:
    error = refusal(f'{{"a":[0,{text}]}}')
    assert (error.code, error.where) == ("number-range", "$.a[1]")
    assert error.remedy.startswith("send it as a string")
    assert refusal(text).where == "$"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "nan", "[1,NaN]", '{"a":1e999,"b":NaN}'])
def test_nan_and_infinity_are_not_json(text: str) -> None:
    assert refusal(text).code == "syntax"


# Texts


@pytest.mark.parametrize(
    "escape", [r"\ud800", r"\uDFFF", r"\ud800\ud800", r"\ud800a", r"\udc00\ud800", r"\ud83d\u0041"]
)
def test_an_escaped_lone_surrogate_is_refused(escape: str) -> None:
    in_value = refusal(f'{{"a":[0,"x{escape}"]}}')
    assert (in_value.code, in_value.where) == ("surrogate", "$.a[1]")
    in_key = refusal(f'{{"a":{{"{escape}":1}}}}')
    assert in_key.code == "surrogate"
    assert in_key.where.startswith('$.a["')
    assert in_key.remedy == "replace it by a Unicode character"
    assert refusal(f'"{escape}"').where == "$"


def test_a_str_with_a_lone_surrogate_is_refused() -> None:
    error = refusal('{"a":"\ud800"}')
    assert (error.code, error.where) == ("surrogate", "$")


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse(r'{"\ud83d\ude00":"\uD83D\uDE00"}') == {"\U0001f600": "\U0001f600"}


@pytest.mark.parametrize(
    ("data", "position"),
    [
        (b"\xff", 0),
        (b'"\xff"', 1),
        (b'{"a":"ok","b":"\xc3\x28"}', 15),
        (b'{"\xe2\x82":1}', 2),
        (b'"\xed\xa0\x80"', 1),
        (b'"\xc0\xaf"', 1),
        (b'"\xf4\x90\x80\x80"', 1),
        (b"\xff\xfe1\x00", 0),
        (b'{"a":1}\xff', 7),
    ],
)
def test_bytes_outside_utf8_are_refused(data: bytes, position: int) -> None:
    error = refusal(data)
    assert (error.code, error.where) == ("utf8", "$")
    assert error.message == f"byte {position} is not UTF-8"
    assert error.remedy == "encode the text as UTF-8"


# Duplicate keys


@pytest.mark.parametrize(
    ("text", "where", "name"),
    [
        ('{"a":1,"a":2}', "$", "a"),
        ('{"a":1,"a":1}', "$", "a"),
        ('{"a":1,"b":2,"a":3}', "$", "a"),
        ('{"":1,"":2}', "$", ""),
        ('{"o":{"a":1,"a":2}}', "$.o", "a"),
        ('[1,[{"a":1},{"a":1,"a":2}]]', "$[1][1]", "a"),
        ('{"o":[{"p":{"a":[],"a":{}}}]}', "$.o[0].p", "a"),
        ('[[1,[]],{"b":[{}]},{"a":1,"a":2}]', "$[2]", "a"),
        (r'{"a":1,"\u0061":2}', "$", "a"),
        (r'{"\u0061":1,"\u0061":2}', "$", "a"),
        (r'{"/":1,"\/":2}', "$", "/"),
        (r'{"\ud83d\ude00":1,"😀":2}', "$", "\\ud83d\\ude00"),
        ('{"b":1,"b":2,"a":1,"a":2}', "$", "b"),
        ('{"a":{"x":1,"x":2},"a":1}', "$", "a"),
        ('{"a":1e2,"a":1}', "$", "a"),
        ('{"a":1,"a":1e8}', "$", "a"),  # as long as its canonical text
        ('{"a":1,"z":{"a":1,"a":1},"zz":1}', "$.z", "a"),
        ('{"a":1,"a":2,"b":"\uffff\U00010000"}', "$", "a"),
        ('{"a":' + "1" * 400 + ',"a":1}', "$", "a"),
        (r'{"a":"\ud800","a":1}', "$", "a"),
        ('{"a":1e999,"a":1}', "$", "a"),
        ('{"a":' + "1" * 5000 + ',"a":1}', "$", "a"),
        ('{"a":' + "[" * 127 + "]" * 127 + ',"a":1}', "$", "a"),
        ('{"__proto__":1,"__proto__":2}', "$", "__proto__"),
    ],
)
def test_duplicate_keys_are_refused_with_their_path(text: str, where: str, name: str) -> None:
    error = refusal(text)
    assert (error.code, error.where) == ("duplicate-key", where)
    assert error.message == f'the object has two members named "{name}"'
    assert error.remedy == "keep one of them"
    assert refusal(text.encode()).code == "duplicate-key"
    assert refusal(f" {text}").code == "duplicate-key"


@pytest.mark.parametrize(
    "text", ['{"a":{"a":{"a":1}}}', '[{"a":1},{"a":1}]', '{"a":"a\\":1,\\"a"}', '{"A":2,"a":1}']
)
def test_one_name_in_two_objects_is_no_duplicate(text: str) -> None:
    assert canonical(parse(text)) == text.encode()
    assert parse(f" {text}") == parse(text)


def test_similar_names_are_no_duplicates() -> None:
    assert parse('{"\u00e9":1,"e\u0301":2}') == {"\u00e9": 1, "e\u0301": 2}


@pytest.mark.parametrize("depth", [128, 900, 985, 991, 2_000, 9_990, 50_000])
def test_a_deep_hidden_member_is_refused(depth: int) -> None:
    assert refusal('{"a":' + "[" * depth + "]" * depth + ',"a":1}').code == "depth"


def test_depth_is_reported_before_duplicate_keys() -> None:
    with pytest.raises(CanonicalError) as caught:
        refuse_duplicate_keys(b"[" * 1_000_000 + b"]" * 1_000_000)
    assert (caught.value.code, caught.value.where) == ("depth", "$")


# Shape of the text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "[1",
        '"abc',
        "nul",
        "01",
        "1.",
        ".5",
        "+1",
        "- 1",
        "[0x1]",
        "[1_000]",
        "[1,]",
        '{"a":1,}',
        "[1 2]",
        '{"a" 1}',
        "{a:1}",
        "{'a':1}",
        "// c\n1",
        '"\n"',
        '"\x00"',
        r'"\x41"',
        r'"\u12"',
        "True",
        "\u00a01",
        "]",
    ],
)
def test_text_that_is_not_json_is_refused(text: str) -> None:
    error = refusal(text)
    assert (error.code, error.where) == ("syntax", "$")
    assert error.message.startswith("not JSON: ")
    assert error.remedy == "send valid JSON (RFC 8259)"


@pytest.mark.parametrize(
    "text", ["1 2", "{}{}", "[] x", '{"a":1}\n{"a":1}', "null,", "1\x00", "0x1", "1_000"]
)
def test_text_after_the_value_is_refused(text: str) -> None:
    error = refusal(text)
    assert (error.code, error.where) == ("trailing", "$")
    assert error.remedy == "send one JSON value, nothing after it"


@pytest.mark.parametrize("text", ["\ufeff{}", b"\xef\xbb\xbf{}", "\ufeff"])
def test_a_byte_order_mark_is_refused(text: str | bytes) -> None:
    error = refusal(text)
    assert (error.code, error.where) == ("bom", "$")
    assert error.remedy == "remove it"


def test_a_byte_order_mark_inside_is_a_character() -> None:
    assert parse('"\ufeff"') == "\ufeff"


@pytest.mark.parametrize("data", [bytearray(b"1"), memoryview(b"1"), None, 1, ["1"], {}])
def test_only_bytes_and_str_are_parsed(data: Any) -> None:
    error = refusal(data)
    assert (error.code, error.where) == ("type", "$")
    assert type(data).__name__ in error.message
    assert error.remedy == "pass bytes or str"


# Depth and size


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_text_nests_at_most_128_deep(opening: str, closing: str) -> None:
    inner = "[]" if opening == "[" else "{}"
    text = opening * 127 + inner + closing * 127
    assert canonical(parse(text)) == text.encode()
    error = refusal(opening + text + closing)
    # Not where in it: how deep a Python follows at all differs from one to the next.
    assert (error.code, error.where) == ("depth", "$")
    assert "128" in error.remedy


@pytest.mark.parametrize("depth", [129, 500, 1_000, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_very_deep_text_is_no_recursion_error(opening: str, closing: str, depth: int) -> None:
    assert refusal(opening * depth + "1" + closing * depth).code == "depth"


def test_depth_is_found_behind_many_values() -> None:
    assert refusal("[" * 64 + "[],{}," * 200 + "[" * 65).code == "depth"
    assert refusal("[" * 64 + "[],{}," * 200 + "[" * 64).code == "syntax"


@pytest.mark.parametrize("quoted", ["[" * 200, '\\"' + "[" * 200, "\\\n" + "[" * 200, "{" * 200])
def test_brackets_inside_strings_do_not_nest(quoted: str) -> None:
    assert refusal(f'["{quoted}",').code == "syntax"
    assert refusal(f'{{"{quoted}":}}').code == "syntax"


@pytest.mark.parametrize("depth", [129, 1_000, 100_000])
def test_a_deep_unfinished_text_is_refused(depth: int) -> None:
    assert refusal("[" * depth).code == "depth"
    assert refusal("[" * depth + '"\\ud800"').code == "depth"
    assert refusal("[" * depth + '"\\ud800"' + "]" * depth).code == "depth"


@pytest.mark.parametrize("first", ['"\\ud800"', "1e999", '{"a":1,"a":"\\ud800"}'])
def test_a_deep_part_after_an_error_is_refused(first: str) -> None:
    assert refusal(f"[{first}," + "[" * 1_000_000 + "]" * 1_000_000 + "]").code == "depth"


def test_a_text_may_be_max_bytes_long() -> None:
    text = '"\u20ac"'
    assert parse(text, max_bytes=5) == "\u20ac"
    assert parse(text.encode(), max_bytes=5) == "\u20ac"
    error = refusal(text, max_bytes=4)
    assert (error.code, error.where) == ("size", "$")
    assert error.message == "the text has more than 4 bytes"
    assert "max_bytes" in error.remedy
    assert refusal(text.encode(), max_bytes=4).code == "size"


def test_a_text_may_be_16_mib_long_by_default() -> None:
    largest = b'"' + b"x" * (16 * 1024 * 1024 - 2) + b'"'
    assert len(largest) == MAX_BYTES
    assert parse(largest) == "x" * (MAX_BYTES - 2)
    assert refusal(largest + b" ").code == "size"
    assert parse(largest + b" ", max_bytes=MAX_BYTES + 1) == "x" * (MAX_BYTES - 2)
