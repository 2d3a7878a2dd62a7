"""What each file of a day becomes, as a pure function of what it is, of the final state, and of the lines of todo.txt.

1. The lines of archived tasks go from todo.txt to the end of done.txt, byte for byte; nothing else in them changes.
2. A final state that would move a line which is not there, or twice, or is not marked as done, is refused; so is an
   outcome under which a line would be lost or doubled.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal, TypeAlias

from msgspec import UnsetType

from tier2.contracts.v1 import DailyLoopState
from tier2.contracts.views import view
from tier2.errors import Tier2Error
from tier2.escaping import escaped
from tier2.shell.errors import InputError
from tier2.shell.worlds.daily_loop.journal_md import with_entry
from tier2.shell.worlds.daily_loop.todo_txt import newline_of, raw_lines, with_lines, without
from tier2.values.frozen import FrozenObject, JsonValue

Role: TypeAlias = Literal["done", "journal", "todo"]

ORDER: tuple[Role, ...] = ("done", "journal", "todo")
"""In which the files are written: todo.txt is the last, so the lines to be moved can be read from it until they are."""

_CONTEXT = 3
"""How many lines that stay are shown around those that change."""

Held: TypeAlias = Mapping[Role, bytes | None]
"""The bytes of each file; None for one that is not there."""


def after(role: Role, held: Held, final_state: FrozenObject) -> bytes:
    """What a file is to become. Raises InputError for a final state that cannot be written back."""
    old = held[role] or b""
    if role == "journal":
        return _journal(old, final_state)
    todo = held["todo"] or b""
    moved = _moved(raw_lines(todo), final_state)
    if role == "todo":
        return without(todo, moved)
    return with_lines(old, list(moved.values()), newline_of(todo) or b"\n")


def _moved(lines: Sequence[bytes], final_state: FrozenObject) -> dict[int, bytes]:
    """The lines of the archived tasks by their numbers, in the order of archiving."""
    moved: dict[int, bytes] = {}
    for number in _archived(final_state):
        if type(number) is not int or not 0 <= number < len(lines) or number in moved:
            raise _refused("the final state archives a line of todo.txt that is not there, or one line twice")
        raw = lines[number]
        if not raw.startswith(b"x "):
            raise _refused(f"line {number + 1} of todo.txt is archived, but is not marked as done there")
        moved[number] = raw
    return moved


def _archived(final_state: FrozenObject) -> list[JsonValue]:
    """The lines that archived tasks name. A task without a line was in no todo file, or had left it before."""
    archived = final_state.get("archived")
    if not isinstance(archived, tuple):
        return []
    return [task["line"] for task in archived if isinstance(task, FrozenObject) and "line" in task]


def _journal(old: bytes, final_state: FrozenObject) -> bytes:
    try:
        day = view(final_state, DailyLoopState)
    except Tier2Error as error:
        raise InputError.about("the final state", error) from None
    entries = () if isinstance(day.journal, UnsetType) else day.journal
    written = [entry for entry in entries if entry.date == day.today]
    return with_entry(old, written[-1], lambda: _texts(day)) if written else old


def _texts(day: DailyLoopState) -> Iterator[str]:
    for tasks in (day.tasks, day.archived):
        yield from () if isinstance(tasks, UnsetType) else (task.text for task in tasks)


def check_conserved(before: Held, new: Held) -> None:
    """Raises InputError unless todo.txt and done.txt together have each line as often as before."""
    if _lines(before) != _lines(new):
        raise _refused("a line would be lost or doubled; this is a fault of tier2: please report it")


def _lines(held: Held) -> Counter[bytes]:
    roles: tuple[Role, ...] = ("todo", "done")
    return Counter(line for role in roles for line in raw_lines(held[role] or b""))


def _refused(text: str) -> InputError:
    return InputError(f"{text}; nothing was written")


def unified(name: str, old: bytes | None, new: bytes) -> str:
    """The difference of a file as people know it from ``diff -u``: escaped text, in linear time."""
    edits = _edits([] if old is None else raw_lines(old), raw_lines(new))
    near = {
        place + step
        for place, (sign, _) in enumerate(edits)
        if sign != " "
        for step in range(-_CONTEXT, _CONTEXT + 1)
    }
    parts = [f"--- {'/dev/null' if old is None else escaped(name)}\n+++ {escaped(name)}\n"]
    first, second = 1, 1
    for shown, group in groupby(enumerate(edits), lambda edit: edit[0] in near):
        hunk = [edit for _, edit in group]
        less = sum(sign != "+" for sign, _ in hunk)
        more = sum(sign != "-" for sign, _ in hunk)
        if shown:
            parts.append(f"@@ -{_range(first, less)} +{_range(second, more)} @@\n")
            parts += [f"{sign}{escaped(line.decode())}\n" for sign, line in hunk]
        first, second = first + less, second + more
    return "".join(parts)


def _range(start: int, length: int) -> str:
    # Of no lines, diff names the line before them.
    return f"{start if length else start - 1},{length}"


def _edits(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[str, bytes]]:
    """Each line of both files with its sign: shared ends are kept, and what is only taken out is seen so."""
    head = next(
        (i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    room = min(len(old), len(new)) - head
    pairs = zip(reversed(old), reversed(new), strict=False)
    tail = next((i for i, (a, b) in enumerate(pairs) if a != b or i == room), room)
    taken, put = old[head : len(old) - tail], new[head : len(new) - tail]
    middle: list[tuple[str, bytes]] = []
    kept = 0
    for line in taken:
        same = kept < len(put) and line == put[kept]
        middle.append((" " if same else "-", line))
        kept += same
    if kept < len(put):
        middle = [*(("-", line) for line in taken), *(("+", line) for line in put)]
    return [
        *((" ", line) for line in old[:head]),
        *middle,
        *((" ", line) for line in old[len(old) - tail :]),
    ]
