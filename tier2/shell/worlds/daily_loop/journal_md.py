"""journal.md: a file that a person reads and edits, with one section for each day.

1. A section starts with the heading ``## 2026-11-24`` and ends before the next heading of the first or second level.
2. The program writes one block of three lists into it, under `LABELS`. When the day is written again, the block is
   replaced where it stands. An item that a person added within it is theirs: it is put after the new block. Lists are a
   person's too unless all three are there, in their order.
3. Every other line of the file stays as it is. A section that is not there yet is put at the end.
4. Each task is one line, and none of its characters makes it more than an item of its list.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import UnsetType

from tier2.contracts.v1 import JournalEntry
from tier2.escaping import escaped
from tier2.shell.worlds.daily_loop.todo_txt import BOM, joined, newline_of, whole_lines

LABELS = ("Completed yesterday:", "Carried over:", "Priorities:")
"""The lines above the lists of a day."""

LISTED = 20
"""How many of the tasks that are carried over are listed: the todo list itself has them all."""

_NOTHING = "nothing"
_WORDLESS = "(a task without words)"
_HEADING = re.compile(r"#{1,2}(?:\s|\Z)")
_ITEM = re.compile(r"(?:-|[0-9]+\.) (.*)")
_MORE = re.compile(r"and [0-9]+ more")
_MARKUP = re.compile(r"[#>`~]|[-+*](?= |\Z)|(?<=[0-9])[.)](?= |\Z)")
_NUMBER = re.compile(r"[0-9]{1,9}(?=[.)])")


def with_entry(data: bytes, entry: JournalEntry, known: Callable[[], Iterable[str]]) -> bytes:
    """The journal, which is UTF-8, with the entry of a day in the place of the one that may be there.

    known: gives the texts of all tasks that the block in place may name; other items in it are a person's.
    """
    newline = newline_of(data) or b"\n"
    heading = f"## {entry.date}".encode()
    block = [line.encode() + newline for line in entry_lines(entry)]
    # A journal grows for years, and most days are new: then its lines need not be looked at.
    lines = whole_lines(data) if heading in data else []
    start = next((place for place, line in enumerate(lines, 1) if line.rstrip() == heading), None)
    if start is None:
        return b"".join([*_ended(data, newline), heading, newline, newline, *block])
    last = lines[-1]
    lines[-1] = last if last.endswith(b"\n") else last + newline
    end = next(
        (place for place in range(start, len(lines)) if _HEADING.match(_text(lines[place]))), len(lines)
    )
    gap = [newline] if end < len(lines) else []
    section = _section(lines[start:end] or gap, block, newline, known)
    after = [*lines[:start], *section, *lines[end:]]
    if after[-1] is lines[-1]:
        after[-1] = last
    return joined(after, marked=data.startswith(BOM))


def _text(line: bytes) -> str:
    return line.decode().rstrip()


def _ended(data: bytes, newline: bytes) -> list[bytes]:
    """The journal, with the blank line before a new section."""
    last = data.removeprefix(BOM).removesuffix(b"\n").rpartition(b"\n")[2]
    unended = [] if data in (b"", BOM) or data.endswith(b"\n") else [newline]
    return [data, *unended, *([newline] if _text(last) else [])]


def entry_lines(entry: JournalEntry) -> Iterator[str]:
    """The three lists of a day, line by line."""
    completed, carried_over, priorities = (
        () if isinstance(texts, UnsetType) else texts
        for texts in (entry.completed, entry.carried_over, entry.priorities)
    )
    more = [f"- and {len(carried_over) - LISTED} more"] if len(carried_over) > LISTED else []
    yield LABELS[0]
    yield from _items(completed)
    yield from ("", LABELS[1])
    yield from (*_items(carried_over[:LISTED]), *more)
    yield from ("", LABELS[2])
    yield from [f"{place}. {shown(text)}" for place, text in enumerate(priorities, 1)] or _items(())


def _items(texts: Sequence[str]) -> list[str]:
    return [f"- {shown(text)}" for text in texts] or [f"- {_NOTHING}"]


def shown(text: str) -> str:
    r"""A task's text as an item shows it: escaped, on one line, and free of markup where an item starts.

    >>> print(shown("# not a heading"), shown("1. not a list"), shown("+roof stays"), sep="\n")
    \# not a heading
    1\. not a list
    +roof stays
    """
    text = escaped(" ".join(text.split())) or _WORDLESS
    number = _NUMBER.match(text)
    place = number.end() if number else 0
    return f"{text[:place]}\\{text[place:]}" if _MARKUP.match(text, place) else text


def _section(
    section: list[bytes], block: Sequence[bytes], newline: bytes, known: Callable[[], Iterable[str]]
) -> list[bytes]:
    """The lines under a day's heading, with the new block."""
    start, end = _block_in(section)
    if start == end:
        gap = [newline] if section and _text(section[0]) else []
        return [newline, *block, *gap, *section]
    ours = {_NOTHING, *map(shown, known())}
    theirs = [line for line in section[start:end] if line not in block and not _is_ours(_text(line), ours)]
    gap = [newline] if theirs else []
    return [*section[:start], *block, *gap, *theirs, *section[end:]]


def _block_in(section: Sequence[bytes]) -> tuple[int, int]:
    """Where the block starts and ends: all labels in order, each with its items; (0, 0) if there is none."""
    texts = [_text(line) for line in section]
    for start, text in enumerate(texts):
        end = _block_end(texts, start) if text == LABELS[0] else None
        if end is not None:
            return start, end
    return 0, 0


def _block_end(texts: Sequence[str], place: int) -> int | None:
    for label in LABELS:
        while place < len(texts) and not texts[place]:
            place += 1
        if place == len(texts) or texts[place] != label:
            return None
        place += 1
        while place < len(texts) and _ITEM.fullmatch(texts[place]):
            place += 1
    return place


def _is_ours(text: str, ours: set[str]) -> bool:
    item = _ITEM.fullmatch(text)
    return item is None or item[1] in ours or _MORE.fullmatch(item[1]) is not None
