"""journal.md: a file that a person reads and edits, with one section for each day.

1. A section starts with the heading ``## 2026-11-24`` and ends before the next heading of the first or second level. A
   line inside a fenced code block or a block of HTML is no heading, and no label either.
2. The program writes one block of three lists into it, under `LABELS`. When the day is written again, the whole block
   is replaced where it stands, so nothing stays that no longer holds. A person's own text belongs before or below it.
   Lists are a person's too unless all three are there, in their order.
3. Every other line of the file stays as it is. A section that is not there yet is put at the end.
4. Each task is one line. Whatever its text is, CommonMark shows that text: characters that would be markup are escaped.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from msgspec import UnsetType

from tier2.contracts.v1 import JournalEntry
from tier2.escaping import escaped
from tier2.missions.daily_loop.operations import is_date
from tier2.shell.errors import InputError
from tier2.shell.worlds.daily_loop.todo_txt import BOM, is_ended, joined, newline_of, whole_lines

LABELS = ("Completed yesterday:", "Carried over:", "Priorities:")
"""The lines above the lists of a day."""

LISTED = 20
"""How many of the tasks that are carried over are listed: the todo list itself has them all."""

_NOTHING = "nothing"
_WORDLESS = "(a task without words)"
_HEADING = re.compile(r" {0,3}(#{1,2})(?:[ \t]+(.*?))?(?:[ \t]+#+)?\s*")
_ITEM = re.compile(r"- .*")

# What begins a block in which nothing is Markdown, and what ends it (CommonMark 0.31, 4.5 and 4.6).
_FENCE = re.compile(r"((?: {0,3}(?:[-+*]|[0-9]{1,9}[.)]) +)*) {0,3}(`{3,}(?!.*`)|~{3,})")
_NAMES = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|"
    "menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|"
    "track|ul"
)
_BLANK = re.compile(r"\A\Z")
_HTML = [
    (re.compile(rf" {{0,3}}{start}", re.IGNORECASE), end)
    for start, end in (
        (
            r"<(?:pre|script|style|textarea)(?:\s|>|\Z)",
            re.compile("</(?:pre|script|style|textarea)>", re.IGNORECASE),
        ),
        ("<!--", re.compile("-->")),
        (r"<\?", re.compile(r"\?>")),
        (r"<!\[CDATA\[", re.compile(r"\]\]>")),
        ("<![a-z]", re.compile(">")),
        (rf"</?(?:{_NAMES})(?:\s|/?>|\Z)", _BLANK),
    )
]
_ATTRIBUTE = r"""\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?"""
# A tag alone in its line, of any other name. It cannot interrupt a paragraph.
_TAG = re.compile(
    rf" {{0,3}}(?:<[a-z][a-z0-9-]*(?:{_ATTRIBUTE})*\s*/?>|</[a-z][a-z0-9-]*\s*>)\s*\Z",
    re.IGNORECASE | re.ASCII,
)
_MAY_HIDE = re.compile(rb"```|~~~|<")

_MARKUP = re.compile(
    r"""
      \\(?=[!-/:-@\[-`{-~]|\Z)       # it would escape the next character, or break the line
    | [`*<\[]                         # code, emphasis, HTML, links and images
    | (?<![^\W_])_ | _(?![^\W_])      # emphasis, except within a word
    | &(?=\#?[0-9A-Za-z]+;)           # a character reference
    | ~(?=~) | (?<=~)~                # struck through, on many sites
    | \A[#>~] | \A[-+](?=[ -]|\Z)     # a heading, a quotation, code, a rule, a list
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"\A([0-9]{1,9})([.)])(?= |\Z)")


def check_journal(data: bytes, name: str) -> None:
    """Raises InputError for a journal in which code or HTML never ends: a new section would be a part of it."""
    place = _hidden(whole_lines(data))[1] if _MAY_HIDE.search(data) else None
    if place is not None:
        raise InputError(
            f"{name}: line {place + 1} begins a block of code or HTML that never ends, so no section can follow; end it"
        )


def with_entry(data: bytes, entry: JournalEntry) -> bytes:
    """The journal, which is UTF-8, with the entry of a day in the place of the one that may be there."""
    newline = newline_of(data) or b"\n"
    block = [*entry_lines(entry)]
    # A journal grows for years, and most days are new: then its lines need not be looked at.
    lines = whole_lines(data) if entry.date.encode() in data else []
    hidden = _hidden(lines)[0]
    start, end = _section_of(entry.date, lines, hidden)
    if start == 0:
        whole = [f"## {entry.date}", "", *block]
        return b"".join([*_ended(data, newline), *_written(whole, newline)])
    own = newline_of(lines[start - 1]) or newline
    last = lines[-1]
    lines[-1] = last if is_ended(last) else last + own
    section = lines[start:end]
    at, to = _block_in(section, hidden[start:end])
    if block == [_text(line) for line in section[at:to]]:
        return data
    before = section[:at] if to else [own]
    after = section[to:] or ([own] if end < len(lines) else [])
    gap = [own] if after and _text(after[0]) else []
    new = [*lines[:start], *before, *_written(block, own), *gap, *after, *lines[end:]]
    if new[-1] is lines[-1]:
        new[-1] = last
    return joined(new, marked=data.startswith(BOM))


def completed_items(data: bytes) -> Iterator[tuple[str, list[str]]]:
    """The day of each entry in the journal, and its completed tasks as `shown`."""
    lines = whole_lines(data)
    hidden = _hidden(lines)[0]
    headings = [*_headings(lines, hidden), (len(lines), None)]
    for (start, day), (end, _) in pairwise(headings):
        at, to = _block_in(lines[start + 1 : end], hidden[start + 1 : end])
        if day is not None and to:
            items = (_text(line) for line in lines[start + 1 + at + 1 : start + 1 + to])
            yield day, [item[2:] for item in takewhile(_ITEM.fullmatch, items)]


def _text(line: bytes) -> str:
    return line.decode().rstrip()


def _written(texts: Sequence[str], newline: bytes) -> list[bytes]:
    return [text.encode() + newline for text in texts]


def _ended(data: bytes, newline: bytes) -> list[bytes]:
    """The journal, with the blank line before a new section."""
    # The end of a long last line says as much as the whole.
    last = data.removeprefix(BOM)[-4096:].splitlines(keepends=True)[-1:]
    return [
        data,
        *(newline for line in last if not is_ended(line)),
        *(newline for line in last if line.strip()),
    ]


def _headings(lines: Sequence[bytes], hidden: Sequence[bool]) -> Iterator[tuple[int, str | None]]:
    """The place of each heading of the first or second level, with its day if it has one."""
    for place, line in enumerate(lines):
        found = _HEADING.fullmatch(_text(line)) if b"#" in line[:4] and not hidden[place] else None
        if found:
            is_day = found[1] == "##" and found[2] is not None and is_date(found[2])
            yield place, found[2] if is_day else None


def _section_of(day: str, lines: Sequence[bytes], hidden: Sequence[bool]) -> tuple[int, int]:
    """The place after a day's heading, and that of the next heading or the end; (0, 0) if the day has none."""
    headings = [*_headings(lines, hidden), (len(lines), None)]
    sections = ((start + 1, end) for (start, found), (end, _) in pairwise(headings) if found == day)
    return next(sections, (0, 0))


def _hidden(lines: Sequence[bytes]) -> tuple[list[bool], int | None]:
    """For each line, whether it is inside code or HTML; and the place where one begins that never ends, if one does."""
    hidden = [False] * len(lines)
    block: _Block | None = None
    began = 0
    for place, line in enumerate(lines):
        text = _text(line)
        if block is not None and text and len(text) - len(text.lstrip(" ")) < block.depth:
            block = None  # the list ends in which the code stood
        if block is None:
            above = _text(lines[place - 1]) if place and not hidden[place - 1] else ""
            block, began = _block_begun(text, above), place
            hidden[place] = block is not None
            if block is not None and block.fenced:
                continue  # a fence does not end itself
        else:
            hidden[place] = True
        if block is not None and block.end.search(text):
            block = None
    return hidden, None if block is None or block.end is _BLANK else began


class _Block(NamedTuple):
    """A block of code or HTML.

    end: What a line has that ends it.
    fenced: Whether it is code.
    depth: How far the code is indented at least, since it stands in a list.
    """

    end: re.Pattern[str]
    fenced: bool = False
    depth: int = 0


def _block_begun(text: str, above: str) -> _Block | None:
    """The block of code or HTML that begins in a line below another one; None if none does."""
    if fence := _FENCE.match(text):
        depth, mark = len(fence[1]), fence[2]
        indent = " *" if depth else " {0,3}"
        end = re.compile(rf"\A{indent}{re.escape(mark[0])}{{{len(mark)},}}\Z")
        return _Block(end, fenced=True, depth=depth)
    known = next((_Block(end) for start, end in _HTML if start.match(text)), None)
    interrupts = bool(above) and not _HEADING.fullmatch(above)
    return _Block(_BLANK) if known is None and not interrupts and _TAG.match(text) else known


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
    r"""A task's text as an item shows it: on one line, and with whatever CommonMark would take for markup escaped.

    >>> print(shown("# not a heading"), shown("1. not a list"), shown("+roof of a_b *stays*"), sep="\n")
    \# not a heading
    1\. not a list
    +roof of a_b \*stays\*
    """
    words = escaped(" ".join(text.split())) or _WORDLESS
    return _NUMBER.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", words))


def _block_in(section: Sequence[bytes], hidden: Sequence[bool]) -> tuple[int, int]:
    """Where the block starts and ends: all labels in order, each with its items; (0, 0) if there is none."""
    texts = ["\0" if inside else _text(line) for line, inside in zip(section, hidden, strict=True)]
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
        first = place
        while place < len(texts) and _is_item(texts[place], label, place - first + 1):
            place += 1
    return place


def _is_item(text: str, label: str, number: int) -> bool:
    """Whether a line is an item as the program writes it. Priorities are numbered, so other items are a person's."""
    if label != LABELS[-1]:
        return _ITEM.fullmatch(text) is not None
    return text.startswith(f"{number}. ") or (number == 1 and text == f"- {_NOTHING}")
