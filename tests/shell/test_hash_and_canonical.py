"""`hash` and `canonical` print digests and canonical bytes."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from shell_command import Command
from strategies import json_values

Json = Any

EMPTY = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
"""The SHA-256 of ``{}``, by sha256sum."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b' { "b" : 4.0 ,\n"a":[ 1E21, "\\u20ac" ] } \n', b'{"a":[1e+21,"\xe2\x82\xac"],"b":4}'),
        (b"-0", b"0"),
        (b'"\\u0041\\/"', b'"A/"'),
        (b"null", b"null"),
        ('{"\U0001f600":1,"\uffff":2}'.encode(), '{"\U0001f600":1,"\uffff":2}'.encode()),
        ('{"\uffff":2,"\U0001f600":1}'.encode(), '{"\U0001f600":1,"\uffff":2}'.encode()),
    ],
)
def test_canonical_prints_the_bytes_without_a_newline(tier2: Command, text: bytes, expected: bytes) -> None:
    answer = tier2("canonical", stdin=text)
    assert (answer.code, answer.out, answer.err) == (0, expected, "")


def test_canonical_reads_a_file_or_stdin(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(b"[ 1 ]")
    assert tier2("canonical", path).out == tier2("canonical", "-", stdin=b"[1] ").out == b"[1]"


@given(value=json_values())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hash_prints_the_sha256_of_what_canonical_prints(tier2: Command, value: Json) -> None:
    text = json.dumps(value).encode()
    data = tier2("canonical", stdin=text).out
    assert data == rfc8785.dumps(json.loads(text, parse_int=float))
    assert tier2("hash", stdin=text).out == f"{hashlib.sha256(data).hexdigest()}  -\n".encode()


def test_a_document_has_the_hash_of_its_plain_json(tier2: Command) -> None:
    plan = tier2("plan", "echo").out
    assert tier2("hash", stdin=plan).out == f"{hashlib.sha256(plan[:-1]).hexdigest()}  -\n".encode()


def test_hash_prints_a_line_for_each_file_in_order(tier2: Command, tmp_path: Path) -> None:
    one, two = tmp_path / "b.json", tmp_path / "a.json"
    one.write_bytes(b"{ }")
    two.write_bytes(b"1.0")
    answer = tier2("hash", one, two, one, "-", stdin=b"{}")
    digest_of_1 = hashlib.sha256(b"1").hexdigest()
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.decode().splitlines() == [
        f"{EMPTY}  {one}",
        f"{digest_of_1}  {two}",
        f"{EMPTY}  {one}",
        f"{EMPTY}  -",
    ]


def test_a_file_name_cannot_forge_a_hash_line(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / f"a\n{'0' * 64}  b\u202e"
    path.write_bytes(b"{}")
    assert tier2("hash", path).out == f"{EMPTY}  {tmp_path}/a\\u000a{'0' * 64}  b\\u202e\n".encode()


def test_files_before_a_bad_file_are_hashed(tier2: Command, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(b"{}")
    bad.write_bytes(b"{")
    answer = tier2("hash", good, bad)
    assert (answer.code, answer.out) == (2, f"{EMPTY}  {good}\n".encode())
    assert answer.message.startswith(f"{bad}: $: not JSON")


@pytest.mark.parametrize("command", ["hash", "canonical"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "syntax"),
        (b"{} {}", "trailing"),
        (b'{"x":[{"a":1,"\\u0061":2}]}', "duplicate-key"),
        (b'"\xff"', "utf8"),
        (b"9007199254740993", "number-range"),
        (b"[" * 100_000, "depth"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:30]),
)
def test_text_outside_i_json_is_refused_with_its_code(
    tier2: Command, command: str, text: bytes, code: str
) -> None:
    refusal = tier2(command, stdin=text).refusal
    assert refusal.startswith("-: $")
    assert refusal.endswith(f"[{code}]")
