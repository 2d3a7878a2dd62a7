r"""The todo.txt format: bytes in, tasks out; and lines moved from one file to another without the change of a byte.

Of the lines:

1. A line ends with LF, CRLF, or CR alone (as old Macs wrote it), and keeps its own end. A last line may have none. A
   byte order mark at the start of a file belongs to the file, not to its first line.
2. A line is a task, unless it is blank. Any UTF-8 text may stand in a line, but no NUL byte.

Of a task, by the published rules of todo.txt, read strictly where they are strict:

3. A completed task starts with a lower-case ``x`` and a space. Then may come the date of completion, and after it that
   of creation. Clients that keep the priority write it between the mark and the dates, or as ``pri:A`` in the text.
4. An open task may start with a priority, ``(A)`` to ``(Z)`` and a space. Then may come the date of creation.
5. Words that start with ``+`` are projects, with ``@`` contexts. They are words of the text too, and stay in it.
6. ``due:2026-11-24`` says when it is due. Every other ``key:value`` is a word of the text like any other. Two of them
   have a meaning as well, since many clients write them: ``t:2026-11-24``, the day from which the task counts, and
   ``h:1`` for one that is hidden. Until then it is kept, and has no rank.
7. A date that is not in the calendar is a word of the text. So is a repetition, such as a second ``due:``.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

import msgspec

from tier2.missions.daily_loop.operations import is_date
from tier2.shell.errors import InputError
from tier2.values.frozen import FrozenObject, JsonValue, freeze_object

BOM = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8, with which some editors start a file."""

_END = re.compile(b"\r\n|\r|\n")
_PRIORITY = re.compile(r"\(([A-Z])\) +")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: +|\Z)")


class Line(msgspec.Struct, frozen=True):
    """A line of a todo file.

    number: its place in the file, from 0 on.
    raw: its bytes, without the line's end.
    task: the task in it; None if it is blank.
    """

    number: int
    raw: bytes
    task: FrozenObject | None


def parse_todo(data: bytes, name: str) -> tuple[Line, ...]:
    """The lines of a todo file. Raises InputError for a line that is no text, with its number from 1 on."""
    return tuple(_line(number, raw) for number, raw in enumerate(raw_lines(checked(data, name))))


def _line(number: int, raw: bytes) -> Line:
    text = raw.decode()
    blank = not text or text.isspace()
    return Line(number, raw, None if blank else freeze_object(task_of(text, number)))


def checked(data: bytes, name: str) -> bytes:
    """The same bytes, which are text. Raises InputError naming the file and the line of a NUL byte or no UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: line {_line_at(data, error.start)} is not UTF-8; save the file as UTF-8"
        ) from None
    nul = data.find(b"\x00")
    if nul >= 0:
        raise InputError(
            f"{name}: line {_line_at(data, nul)} has a NUL byte, so the file is no text or is damaged; "
            "take the byte out, or save the file as UTF-8"
        )
    return data


def _line_at(data: bytes, place: int) -> int:
    """The number, from 1 on, of the line that has the byte at a place."""
    return len((data[:place] + b"?").splitlines())


def task_of(text: str, number: int) -> dict[str, JsonValue]:
    """The task in a line that is not blank; ``number`` is the line's place in the file, from 0 on.

    >>> task_of("(B) 2026-11-20 Call the plumber @phone due:2026-11-30", 4)["text"]
    'Call the plumber @phone'
    """
    task: dict[str, JsonValue] = {"done": text.startswith("x "), "line": number}
    rest = text[2:].lstrip(" ") if task["done"] else text
    if found := _PRIORITY.match(rest):
        task["priority"] = found[1]
        rest = rest[found.end() :]
    for member in ("completed", "created") if task["done"] else ("created",):
        found = _DATE.match(rest)
        if found is None or not is_date(found[1]):
            break
        task[member] = found[1]
        rest = rest[found.end() :]
    words = [word for word in rest.split() if not _take_extension(word, task)]
    task["text"] = " ".join(words)
    if later := next((word[2:] for word in words if word.startswith("t:") and is_date(word[2:])), None):
        task["threshold"] = later
    if "h:1" in words:
        task["hidden"] = True
    for member, sign in (("projects", "+"), ("contexts", "@")):
        # A sign alone names nothing.
        if named := tuple(dict.fromkeys(word[1:] for word in words if word[0] == sign and word != sign)):
            task[member] = named
    return task


def _take_extension(word: str, task: dict[str, JsonValue]) -> bool:
    """Puts an extension into the member that it has, and says whether the word was one."""
    key, _, value = word.partition(":")
    if key == "due" and "due" not in task and is_date(value):
        task["due"] = value
        return True
    if key == "pri" and task["done"] and "priority" not in task and re.fullmatch("[A-Z]", value):
        task["priority"] = value
        return True
    return False


def raw_lines(data: bytes) -> list[bytes]:
    """The lines of a file without their ends."""
    return [_raw(line) for line in whole_lines(data)]


def whole_lines(data: bytes) -> list[bytes]:
    """The lines of a file, each with its end; the last may have none. A byte order mark is left out."""
    # For bytes, and not for str, these are the ends of rule 1 and no others.
    return data.removeprefix(BOM).splitlines(keepends=True)


def _raw(line: bytes) -> bytes:
    return line.rstrip(b"\r\n")


def joined(lines: Iterable[bytes], *, marked: bool) -> bytes:
    """A file of these lines, with a byte order mark if asked for.

    A first line that itself starts with that character gets one in front as well: it would be taken for the mark. A CR
    that comes to stand before a blank line's LF gets an LF of its own: the two would be taken for one end.
    """
    parts = list(lines)
    for place, (line, following) in enumerate(pairwise(parts)):
        if following == b"\n" and line.endswith(b"\r"):
            parts[place] = line + b"\n"
    data = b"".join(parts)
    return BOM + data if marked or data.startswith(BOM) else data


def without(data: bytes, numbers: Collection[int]) -> bytes:
    """The file without some of its lines; every other byte stays."""
    kept = (line for number, line in enumerate(whole_lines(data)) if number not in numbers)
    return joined(kept, marked=data.startswith(BOM))


def with_lines(data: bytes, raw: Sequence[bytes], newline: bytes) -> bytes:
    """The file with more lines after its last, which gets an end if it has none; nothing else changes.

    newline: the end of a line in a file that shows none of its own.
    """
    if not raw:
        return data
    newline = newline_of(data) or newline
    lines = whole_lines(data)
    if lines and not is_ended(lines[-1]):
        lines[-1] += newline
    return joined([*lines, *(line + newline for line in raw)], marked=data.startswith(BOM))


def is_ended(line: bytes) -> bool:
    """Whether a line has its end."""
    return line.endswith((b"\n", b"\r"))


def newline_of(data: bytes) -> bytes | None:
    """How the first line of a file ends; None if none does."""
    found = _END.search(data)
    return None if found is None else found[0]
