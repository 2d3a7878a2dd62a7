"""Does the comparison across Pythons find what differs, and refuse to compare nothing?"""

from pathlib import Path

import hash_matrix
import pytest


def output(data: bytes, version: str = "3.11", seed: str = "0") -> hash_matrix.Output:
    return hash_matrix.Output(version, seed, data)


def program(folder: Path, name: str, says: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\necho {says}\n", "utf-8")
    file.chmod(0o755)


def test_equal_outputs_have_no_difference() -> None:
    assert list(hash_matrix.compare([output(b"a\nb\n"), output(b"a\nb\n", "3.12")])) == []


def test_the_first_difference_is_named_with_both_runs_line_and_byte() -> None:
    (message,) = hash_matrix.compare([output(b"a\nbcd\n"), output(b"a\nbXd\n", "3.13", "4242")])
    assert message.startswith(
        "python3.11 with hash seed 0 and python3.13 with hash seed 4242 differ at line 2, byte 2:"
    )
    assert "'bcd\\n'" in message
    assert "'bXd\\n'" in message


@pytest.mark.parametrize(
    ("left", "right"), [(b"a", b"a\n"), (b"a\nb", b"a"), (b"", b"x"), (b"\n\n", b"\n"), (b"\xff", b"\xfe")]
)
def test_any_difference_is_found_from_either_side(left: bytes, right: bytes) -> None:
    assert hash_matrix.first_difference(left, right) is not None
    assert hash_matrix.first_difference(right, left) is not None


def test_the_message_shows_bytes_that_a_terminal_could_take_for_commands_as_escapes() -> None:
    difference = hash_matrix.first_difference(b"\x1b[31m", b"\x1b[32m")
    assert difference is not None
    assert "\x1b" not in difference


def test_a_python_counts_only_if_it_starts_and_is_what_its_name_says(tmp_path: Path) -> None:
    program(tmp_path, "python3.11", "3.11")
    program(tmp_path, "python3.12", "3.9")
    program(tmp_path, "python3.13", "'' >&2; exit 127")
    assert hash_matrix.interpreters(str(tmp_path)) == {"3.11": str(tmp_path / "python3.11")}


def test_in_ci_three_pythons_must_be_there_and_elsewhere_one() -> None:
    assert hash_matrix.missing({"3.11": "a", "3.12": "b", "3.13": "c"}, strict=True) == ()
    assert hash_matrix.missing({"3.11": "a", "3.14": "b"}, strict=True) == ("3.12", "3.13")
    assert hash_matrix.missing({"3.14": "a"}, strict=False) == ()
    assert hash_matrix.missing({}, strict=False) == hash_matrix.VERSIONS


def test_no_python_at_all_is_a_failure_and_not_a_silent_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hash_matrix.main([]) == 1
    assert "not found on the PATH" in capsys.readouterr().err
