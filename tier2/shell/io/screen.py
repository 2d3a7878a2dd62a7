"""Text on a terminal: its colours, its width, and messages that fit into it.

1. A stream that is no terminal gets each message on one line, and no colour. A person who wants colours all the same
   sets ``FORCE_COLOR``, and one who wants none sets ``NO_COLOR``, which counts more (https://force-color.org,
   https://no-color.org). ``TERM=dumb`` switches them off, too. A variable that is empty is as good as none.
2. A message is broken at spaces only. A word that is longer than a line, such as a path, stays whole.
3. A command to paste has a line of its own, however long it is.
4. Texts are escaped before they come here: the only orders to the terminal are the colours of this module.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple, Protocol, TextIO, TypeAlias

Colour: TypeAlias = Literal["bold", "green", "red", "yellow"]

_CODES: Mapping[Colour, int] = {"bold": 1, "red": 31, "green": 32, "yellow": 33}
"""The codes of SGR, Select Graphic Rendition (ECMA-48, 8.3.117)."""

COLOUR_OF: Mapping[str, Colour] = {
    "approved": "green",
    "completed": "green",
    "error": "red",
    "failed": "red",
    "passed": "green",
    "unreadable": "red",
    "vetoed": "red",
    "waiting": "yellow",
}
"""The colours of the words for what became of a run, a step or a test; other such words have none."""

Span: TypeAlias = tuple[str, Colour | None]
"""A part of a line, and its colour."""


class Paste(NamedTuple):
    """A part of a message that ends with a command for people to paste.

    lead: The words before it, such as ``to go on:``.
    """

    lead: str
    command: str

    def __str__(self) -> str:
        return f"{self.lead} {self.command}"


def takes_colour(stream: TextIO | None) -> bool:
    """Whether a stream gets colours."""
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def painted(text: str, colour: Colour | None, stream: TextIO | None) -> str:
    """A text in a colour, if the stream takes it."""
    return text if colour is None or not takes_colour(stream) else in_colour(text, colour)


def in_colour(text: str, colour: Colour) -> str:
    """A text in a colour."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def columns(stream: TextIO | None) -> int | None:
    """How wide a terminal is: by ``COLUMNS``, else by what it says itself. None for a stream that is no terminal.

    `shutil` would say the same, but it imports all compression modules.
    """
    with suppress(ValueError):
        given = int(os.environ.get("COLUMNS", ""))
        if given > 0:
            return given
    with suppress(ValueError, OSError):  # the stream is closed, or no terminal
        if stream is not None:
            return os.get_terminal_size(stream.fileno()).columns or None
    return None


class Overwritten(Protocol):
    """A line of progress that stands on the terminal now, and is to be removed before anything else is written."""

    def clear(self) -> None:
        """Removes the line."""


standing: set[Overwritten] = set()
"""The lines of progress that stand on the terminal of this process: there is one terminal, so there is one set."""


def message(prog: str, parts: Sequence[str | Paste], stream: TextIO) -> str:
    """A message of the command, with its newlines.

    parts: What is said, and more about it: each is a line of its own on a terminal.
    """
    begin = f"{prog}:"
    if not stream.isatty():
        return f"{painted(begin, 'bold', stream)} {'; '.join(map(str, parts))}\n"
    lines = [*_lines(f"{begin} ", parts, columns(stream))]
    if lines[0].startswith(begin):  # a name of several words may be broken
        lines[0] = painted(begin, "bold", stream) + lines[0].removeprefix(begin)
    return "".join(f"{line}\n" for line in lines)


def _lines(begin: str, parts: Sequence[str | Paste], width: int | None) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Paste):
            yield from wrapped(begin + part.lead, width)
            yield f"    {part.command}"
        else:
            yield from wrapped(begin + part, width)
        begin = "  "


def wrapped(text: str, width: int | None) -> Iterator[str]:
    """The lines of a text in so many columns, broken at spaces; the second and later ones are indented by two more.

    width: None leaves the text whole.
    """
    start = len(text) - len(text.lstrip(" "))
    indent = " " * (start + 2)
    line, used = text[:start], start
    for number, word in enumerate(text[start:].split(" ")):
        size = columns_of(word)
        if number > 0 and width is not None and used + 1 + size > width:
            yield line
            line, used = indent + word, len(indent) + size
        else:
            line += f" {word}" if number else word
            used += size + (number > 0)
    yield line


def columns_of(text: str) -> int:
    """How many columns a text takes on a terminal (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width  # noqa: PLC0415 - few messages need it

    def columns_of_one(character: str) -> int:
        if category(character) in ("Mn", "Me", "Cf"):  # it stands upon the character before, or nowhere
            return 0
        return 2 if east_asian_width(character) in "WF" else 1

    return sum(map(columns_of_one, text))
