"""Reads a JSON text leniently: its value, every problem that I-JSON has with it, and where each value begins.

`tier2.parse` stops at the first problem, as a program must. A person who corrects a file wants all of them, each with
its line. Only then is a text read here.

1. `read_all` reads a text that is JSON (RFC 8259). It puts a valid value in place of each one that I-JSON refuses
   (RFC 7493). So one wrong value causes no further problems.
2. `offsets_of` finds where the values at given paths begin: a member at its name, an item at itself. A path that leads
   nowhere has the offset of the nearest value above it.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping

from tier2.errors import CanonicalError, Path, Problem
from tier2.values.frozen import JsonValue, frozen_within
from tier2.values.numbers import TOO_LARGE

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}:,]|[^ \t\n\r"\[\]{}:,]++', re.DOTALL)
"""A string (even without its end), a punctuation mark, or a run of other characters. The regex never backtracks."""

_MAX_DIGITS = 400
"""More than the integer of any double has. Python refuses to read thousands of digits."""


MAX_PROBLEMS = 1000
"""How many problems of a text are reported at most."""


class _Reader:
    """Reads a text once. It collects the problems, up to a limit, and the offsets of the wanted paths."""

    def __init__(self, text: str, wanted: Collection[Path]) -> None:
        self.tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self.wanted = wanted
        self.problems: list[tuple[Problem, int]] = []
        self.offsets: dict[Path, int] = {}

    def report(self, problem: Problem, token: re.Match[str]) -> None:
        if len(self.problems) <= MAX_PROBLEMS:
            self.problems.append((problem, token.start()))

    def note(self, path: Path, token: re.Match[str]) -> None:
        if path in self.wanted:
            self.offsets[path] = token.start()

    def value(self, token: re.Match[str], path: Path) -> JsonValue:
        if token[0] == "{":
            return self.members(path)
        if token[0] == "[":
            return self.items(path)
        return self.scalar(token, path)

    def members(self, path: Path) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = {}
        names: set[str] = set()
        token = next(self.tokens)
        while token[0] != "}":
            name = _string(token[0])
            here = (*path, name)
            if name in names:
                message = f"the object has two members named {json.dumps(name)}"
                self.report(Problem("duplicate-key", path, message, "keep one of them"), token)
            names.add(name)
            self.note(here, token)
            key = self.valid_string(name, here, token)
            next(self.tokens)  # the colon
            found[key] = self.value(next(self.tokens), here)
            token = self.following()
        return found

    def items(self, path: Path) -> list[JsonValue]:
        found: list[JsonValue] = []
        token = next(self.tokens)
        while token[0] != "]":
            here = (*path, len(found))
            self.note(here, token)
            found.append(self.value(token, here))
            token = self.following()
        return found

    def following(self) -> re.Match[str]:
        """The token after a member or an item and its comma: the next one, or the closing bracket."""
        token = next(self.tokens)
        return next(self.tokens) if token[0] == "," else token

    def scalar(self, token: re.Match[str], path: Path) -> JsonValue:
        literal = token[0]
        if literal.startswith('"'):
            return self.valid_string(_string(literal), path, token)
        if literal in _CONSTANTS:
            return _CONSTANTS[literal]
        number = _number(literal)
        return number if self.is_valid(number, path, token) else 0

    def valid_string(self, string: str, path: Path, token: re.Match[str]) -> str:
        """The string, each lone surrogate in it replaced by its escape, so that different strings stay different."""
        if string.isascii() or self.is_valid(string, path, token):
            return string
        return string.encode(errors="backslashreplace").decode()

    def is_valid(self, scalar: JsonValue, path: Path, token: re.Match[str]) -> bool:
        """Whether I-JSON accepts the scalar; reports it if not."""
        try:
            frozen_within(scalar, 0, from_text=True)
        except CanonicalError as error:
            if error.code == "not-finite":
                self.report(Problem("number-range", path, TOO_LARGE, "send it as a string"), token)
            else:
                self.report(error.restated(CanonicalError, path).problem, token)
            return False
        return True


def _string(literal: str) -> str:
    """The string that a JSON literal stands for."""
    return literal[1:-1] if "\\" not in literal else str(json.loads(literal))


_CONSTANTS: Mapping[str, JsonValue] = {"null": None, "true": True, "false": False}


def _number(literal: str) -> int | float:
    # The first digits are enough to say that a longer integer is too large.
    return float(literal) if re.search("[.eE]", literal) else int(literal[:_MAX_DIGITS])


def read_all(text: str) -> tuple[JsonValue, tuple[tuple[Problem, int], ...]]:
    """The value of a JSON text at most 128 deep, and its problems, each with its offset in characters.

    There is at most one problem more than `MAX_PROBLEMS`. Of members with the same name the last one counts. Raises
    nothing for text that is JSON.
    """
    reader = _Reader(text, ())
    value = reader.value(next(reader.tokens), ())
    return value, tuple(reader.problems)


def offsets_of(text: str, paths: Collection[Path]) -> Mapping[Path, int]:
    """Where the values at the paths begin in a JSON text at most 128 deep, in characters."""
    wanted = {path[:length] for path in paths for length in range(len(path) + 1)}
    reader = _Reader(text, wanted)
    first = next(reader.tokens)
    reader.offsets[()] = first.start()
    reader.value(first, ())
    found = reader.offsets
    return {path: next(found[above] for above in _upwards(path) if above in found) for path in paths}


def _upwards(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(len(path), -1, -1))
