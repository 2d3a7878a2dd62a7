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
from collections.abc import Collection, Iterable, Iterator, Mapping

from tier2.errors import CanonicalError, Path, PathPart, Problem
from tier2.values.frozen import JsonValue, frozen_within
from tier2.values.numbers import MAX_SAFE_INTEGER, TOO_LARGE

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}:,]|[^ \t\n\r"\[\]{}:,]++', re.DOTALL)
"""A string (even without its end), a punctuation mark, or a run of other characters. The regex never backtracks."""

_MAX_DIGITS = 400
"""More than the integer of any double has. Python refuses to read thousands of digits."""


MAX_PROBLEMS = 1000
"""How many problems of a text are reported at most."""


class _Reader:
    """Reads a text once, and collects its problems, up to a limit."""

    def __init__(self, text: str) -> None:
        self.tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self.path: list[PathPart] = []
        """The path of the value that is read now."""
        self.problems: list[tuple[Problem, int]] = []

    def report(self, problem: Problem, token: re.Match[str]) -> None:
        self.problems.append((problem, token.start()))
        if len(self.problems) > MAX_PROBLEMS:
            raise _Enough

    def value(self, token: re.Match[str]) -> JsonValue:
        if token[0] == "{":
            return self.members()
        if token[0] == "[":
            return self.items()
        return self.scalar(token)

    def members(self) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = {}
        names: set[str] = set()
        token = next(self.tokens)
        while token[0] != "}":
            name = _string(token[0])
            if name in names:
                message = f"the object has two members named {json.dumps(name)}"
                self.report(Problem("duplicate-key", (*self.path,), message, "keep one of them"), token)
            names.add(name)
            self.path.append(name)
            key = self.valid_string(name, token)
            next(self.tokens)  # the colon
            found[key] = self.value(next(self.tokens))
            self.path.pop()
            token = self.following()
        return found

    def items(self) -> list[JsonValue]:
        found: list[JsonValue] = []
        token = next(self.tokens)
        while token[0] != "]":
            self.path.append(len(found))
            found.append(self.value(token))
            self.path.pop()
            token = self.following()
        return found

    def following(self) -> re.Match[str]:
        """The token after a member or an item and its comma: the next one, or the closing bracket."""
        token = next(self.tokens)
        return next(self.tokens) if token[0] == "," else token

    def scalar(self, token: re.Match[str]) -> JsonValue:
        literal = token[0]
        if literal.startswith('"'):
            return self.valid_string(_string(literal), token)
        if literal in _CONSTANTS:
            return _CONSTANTS[literal]
        number = _number(literal)
        if -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER or self.is_valid(number, token):
            return number
        return 0

    def valid_string(self, string: str, token: re.Match[str]) -> str:
        """The string, each lone surrogate in it replaced by its escape, so that different strings stay different."""
        if string.isascii() or self.is_valid(string, token):
            return string
        return string.encode(errors="backslashreplace").decode()

    def is_valid(self, scalar: JsonValue, token: re.Match[str]) -> bool:
        """Whether I-JSON accepts the scalar; reports it if not."""
        try:
            frozen_within(scalar, 0, from_text=True)
        except CanonicalError as error:
            path = (*self.path,)
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


class _Enough(Exception):
    """There are more problems than are reported."""


def read_all(text: str) -> tuple[JsonValue, tuple[tuple[Problem, int], ...]]:
    """The value of a JSON text at most 128 deep, and its problems, each with its offset in characters.

    There is at most one problem more than `MAX_PROBLEMS`: reading ends with it, and the value is what Python reads. Of
    members with the same name the last one counts. Raises nothing for text that is JSON.
    """
    reader = _Reader(text)
    try:
        value = reader.value(next(reader.tokens))
    except _Enough:
        value = json.loads(text, parse_int=float)
    return value, tuple(reader.problems)


def offsets_of(text: str, paths: Collection[Path]) -> Mapping[Path, int]:
    """Where the values at the paths begin in a JSON text at most 128 deep, in characters."""
    finder = _Finder(text, paths)
    finder.find()
    found = finder.offsets
    return {path: next(found[above] for above in _upwards(path) if above in found) for path in paths}


class _Finder:
    """Reads a text once, and finds where the values at the wanted paths begin. What is not wanted is skipped."""

    def __init__(self, text: str, paths: Iterable[Path]) -> None:
        self.text = text
        self.tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self.offsets: dict[Path, int] = {}
        self.wanted: dict[Path, set[PathPart]] = {}
        """The wanted parts of each object and array, by its path."""
        for path in paths:
            for length, part in enumerate(path):
                self.wanted.setdefault(path[:length], set()).add(part)

    def find(self) -> None:
        first = next(self.tokens)
        self.offsets[()] = first.start()
        self.value(first, ())

    def value(self, token: re.Match[str], path: Path) -> None:
        """Reads the value that begins with a token, to its end."""
        bracket = token[0]
        if bracket not in ("{", "["):
            return
        parts = self.wanted.get(path)
        if parts is None:
            self.skip_to_end()
        elif bracket == "{":
            self.members(parts, path)
        else:
            self.items(max((part for part in parts if isinstance(part, int)), default=-1), parts, path)

    def members(self, parts: Collection[PathPart], path: Path) -> None:
        token = next(self.tokens)
        while token[0] != "}":
            name = _string(token[0])
            next(self.tokens)  # the colon
            value = next(self.tokens)
            if name in parts:
                here = (*path, name)
                # Of members with the same name the last one counts, and so does what is in it.
                self.offsets[here] = token.start()
                self.value(value, here)
            elif value[0] in ("{", "["):
                self.skip_to_end()
            token = next(self.tokens)
            if token[0] == ",":
                token = next(self.tokens)

    def items(self, last: int, parts: Collection[PathPart], path: Path) -> None:
        position = 0
        token = next(self.tokens)
        while token[0] != "]":
            if position > last:
                self.skip_to_end(1 + (token[0] in ("{", "[")))
                return
            if position in parts:
                here = (*path, position)
                self.offsets[here] = token.start()
                self.value(token, here)
            elif token[0] in ("{", "["):
                self.skip_to_end()
            position += 1
            token = next(self.tokens)
            if token[0] == ",":
                token = next(self.tokens)

    def skip_to_end(self, depth: int = 1) -> None:
        """Skips to behind the closing bracket of the object or array; of as many as ``depth`` says."""
        while depth:
            sign = next(self.tokens)[0]
            if sign in ("{", "["):
                depth += 1
            elif sign in ("}", "]"):
                depth -= 1


def _upwards(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(len(path), -1, -1))
