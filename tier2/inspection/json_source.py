"""A JSON text with every fault of I-JSON in it, and where in the text a value stands.

`tier2.parse` stops at the first fault, as a program must. A person who corrects a file wants all of them, each with
its line; this is what is read then, and only then.

1. `read_all` reads a text that is JSON (RFC 8259), and puts something escaped in place of each value that I-JSON
   refuses (RFC 7493): so what follows is judged as if only that value were wrong.
2. `places` tells where the values at given paths begin: a member at its name, an item at itself. A path that leads
   nowhere is found at the nearest value above it.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from tier2.errors import CanonicalError, PathPart
from tier2.values.frozen import JsonValue, frozen_within

Path = tuple[PathPart, ...]

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}:,]|[^ \t\n\r"\[\]{}:,]++', re.DOTALL)
"""A text, finished or not, a sign, or anything else but white space; nothing in it is ever tried twice."""

_MAX_DIGITS = 25
"""More than any integer literal has that is the text of a double; Python refuses to read thousands of digits."""


class Misfit(NamedTuple):
    """Something wrong with the value at a path.

    offset: where in the text it stands, if that is not where its path leads.
    """

    code: str
    path: Path
    message: str
    remedy: str
    offset: int | None = None


MOST = 1000
"""How many faults of a text are told, if there are so many."""


class _Reading:
    """One pass over a text: what was wrong, up to a bound, and the places that were asked for."""

    def __init__(self, text: str, wanted: Collection[Path]) -> None:
        self.tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self.wanted = wanted
        self.misfits: list[Misfit] = []
        self.places: dict[Path, int] = {}

    def tell(self, misfit: Misfit) -> None:
        if len(self.misfits) <= MOST:
            self.misfits.append(misfit)

    def note(self, path: Path, token: re.Match[str]) -> None:
        if path in self.wanted:
            self.places[path] = token.start()

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
            name = _spelled_out(token[0])
            here = (*path, name)
            if name in names:
                message = f"the object has two members named {json.dumps(name)}"
                self.misfits.append(Misfit("duplicate-key", path, message, "keep one of them", token.start()))
            names.add(name)
            self.note(here, token)
            key = self.text(name, here, token)
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
            return self.text(_spelled_out(literal), path, token)
        if literal in _WORDS:
            return _WORDS[literal]
        number = _number(literal)
        return number if self.fits(number, path, token) else 0

    def text(self, text: str, path: Path, token: re.Match[str]) -> str:
        """The text; the escape of each lone surrogate stands in its place, so that different texts stay so."""
        if text.isascii() or self.fits(text, path, token):
            return text
        return text.encode(errors="backslashreplace").decode()

    def fits(self, scalar: JsonValue, path: Path, token: re.Match[str]) -> bool:
        """Whether I-JSON has the scalar; notes it if not."""
        try:
            frozen_within(scalar, 0, from_text=True)
        except CanonicalError as error:
            misfit = Misfit(error.code, path, error.message, error.remedy, token.start())
            if error.code == "not-finite":
                message = "the number is too large for a double"
                misfit = misfit._replace(code="number-range", message=message, remedy="send it as text")
            self.tell(misfit)
            return False
        return True


def _spelled_out(literal: str) -> str:
    """The text that a JSON string stands for."""
    return literal[1:-1] if "\\" not in literal else str(json.loads(literal))


_WORDS: Mapping[str, JsonValue] = {"null": None, "true": True, "false": False}


def _number(literal: str) -> int | float:
    # Of so many digits the first ones tell enough: every integer of more than 21 is refused.
    return float(literal) if re.search("[.eE]", literal) else int(literal[:_MAX_DIGITS])


def read_all(text: str) -> tuple[JsonValue, tuple[Misfit, ...]]:
    """The value of a JSON text, at most 128 deep, and what in it I-JSON refuses: all of it, or one more than `MOST`.

    Of members with one name the last one counts. Raises nothing for text that is JSON.
    """
    reading = _Reading(text, ())
    value = reading.value(next(reading.tokens), ())
    return value, tuple(reading.misfits)


def places(text: str, paths: Collection[Path]) -> Mapping[Path, int]:
    """Where the values at the paths begin in a JSON text at most 128 deep, as a number of characters."""
    wanted = {path[:length] for path in paths for length in range(len(path) + 1)}
    reading = _Reading(text, wanted)
    first = next(reading.tokens)
    reading.places[()] = first.start()
    reading.value(first, ())
    found = reading.places
    return {path: next(found[up] for up in _upwards(path) if up in found) for path in paths}


_PART = re.compile(r'\.([A-Za-z_]\w*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


def path_parts(where: str) -> Path:
    """The parts of a JSON path as `tier2.errors.json_path` writes it.

    >>> path_parts('$.tasks[3]["due date"]')
    ('tasks', 3, 'due date')
    """
    return tuple(_path_part(*part.groups()) for part in _PART.finditer(where))


def _path_part(plain: str | None, position: str | None, quoted: str | None) -> PathPart:
    if position is not None:
        return int(position)
    # The escapes of a path are those of JSON.
    return str(plain if quoted is None else json.loads(quoted))


def first_beyond(text: str, depth: int) -> int:
    """Where the first bracket opens that nests deeper than ``depth``, as a number of characters; else 0."""
    nesting = 0
    for token in _TOKEN.finditer(text):
        nesting += (token[0] in "[{") - (token[0] in "]}")
        if nesting > depth:
            return token.start()
    return 0


def _upwards(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(len(path), -1, -1))
