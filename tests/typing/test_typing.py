"""What does a type checker of a caller see? mypy checks two files that never run, and its errors are compared."""

import importlib.util
import os
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
GOOD = HERE / "public_api.py"
BAD = HERE / "must_fail.py"

# tox installs mypy. Elsewhere it may be missing, but not where .ci/run sets the variable.
pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("mypy") is None and "TIER2_REQUIRE_ALL" not in os.environ,
        reason="mypy is not installed; run the tests with tox",
    ),
]


@pytest.fixture(scope="module")
def reported() -> set[tuple[str, int, str]]:
    """The errors of mypy strict in both files: file, line and code. It reads the package as a caller's does."""
    from mypy import api

    options = ["--strict", "--config-file=", f"--cache-dir={os.devnull}", "--no-error-summary", "--no-pretty"]
    output, faults, _ = api.run([*options, str(GOOD), str(BAD)])
    assert faults == ""
    lines = [line for line in output.splitlines() if ": note: " not in line]
    found = [re.fullmatch(r"(.*?):(\d+): error: .*\[([a-z-]+)\]", line) for line in lines]
    assert None not in found, output
    return {(Path(match[1]).name, int(match[2]), match[3]) for match in found if match}


def expected() -> dict[int, set[str]]:
    """The codes of which one has to be reported, by line of must_fail.py."""
    marks = {at: line.partition("# E: ")[2] for at, line in enumerate(BAD.read_text("utf-8").splitlines(), 1)}
    return {at: set(codes.split()) for at, codes in marks.items() if codes}


def test_the_public_api_has_the_agreed_types(reported: set[tuple[str, int, str]]) -> None:
    assert [fault for fault in sorted(reported) if fault[0] == GOOD.name] == []


def text_of(line: int) -> str:
    return BAD.read_text("utf-8").splitlines()[line - 1].partition("  #")[0]


@pytest.mark.parametrize("line", expected(), ids=text_of)
def test_a_type_checker_refuses(reported: set[tuple[str, int, str]], line: int) -> None:
    codes = {code for file, at, code in reported if file == BAD.name and at == line}
    assert codes & expected()[line], f"line {line} has the errors {codes or 'none'}"


def test_a_type_checker_refuses_only_marked_lines(reported: set[tuple[str, int, str]]) -> None:
    assert {at for file, at, _ in reported if file == BAD.name} <= expected().keys()
