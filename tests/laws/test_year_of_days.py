"""Does a year of days over a growing list lose or double a task?"""

import os
import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import times
from todo_days import TodoFiles, list_in, lived

from tier2.shell.worlds.daily_loop.todo_txt import newline_of, raw_lines

FIRST = date(2026, 1, 1)
LAST = date(2026, 12, 31)

ENDINGS = (
    "",
    " due:{day}",
    " due:2026-02-30",
    " k:v",
    " https://example.org/a:b",
    "  ",
    "\t",
    "\x0b",
    " \u202e",
    " \ufeff",
)
STARTS = ("", "(A) ", "{day} ", "(B) {day} ", "X ", "x", "x {day} ", "x {day} {day} ", "\ufeff", "# ")


def new_line(chance: random.Random, day: date, number: int) -> bytes:
    """A line as people and programs write them: some twice, some blank, some done at once."""
    if chance.random() < 0.05:
        return chance.choice([b"", b" ", b"Water the ferns", b"x 2026-03-01 Water the ferns"])
    start, ending = chance.choice(STARTS), chance.choice(ENDINGS)
    return f"{start}Task {number} +p{number % 7} @c{ending}".format(day=day).encode()


def finished(raw: bytes, day: date) -> bytes:
    return f"x {day} ".encode() + raw


def morning(files: TodoFiles, chance: random.Random, day: date, ever: Counter[bytes]) -> None:
    """The person edits the list before the loop runs: adds lines, and marks some as done."""
    lines = raw_lines(files.todo.read_bytes())
    for place, raw in enumerate(lines):
        if raw.strip() and not raw.startswith(b"x ") and chance.random() < 0.03:
            lines[place] = finished(raw, day - timedelta(days=chance.randrange(3)))
            ever.subtract([raw])
            ever.update([lines[place]])
    for number in range(chance.randrange(4)):
        raw = new_line(chance, day, day.toordinal() * 10 + number)
        lines.insert(chance.randrange(len(lines) + 1), raw)
        ever.update([raw])
    newline = newline_of(files.todo.read_bytes()) or chance.choice([b"\n", b"\r\n", b"\r"])
    data = b"".join(raw + newline for raw in lines)
    whole = chance.random() < 0.8 or not lines or not lines[-1]
    # A first line may start with the character that would be taken for a mark of the file.
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    files.todo.write_bytes(mark + (data if whole else data.removesuffix(newline)))


@settings(max_examples=times(1 / 50))
@given(st.integers(0, 2**32))
def test_a_year_of_days_loses_and_doubles_no_task(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a year of chance, not a secret
    ever: Counter[bytes] = Counter()
    # What fsync is for does not happen here, and thousands of them would take their time.
    with TemporaryDirectory() as folder, patch.object(os, "fsync", lambda _: None):
        files = list_in(Path(folder), b"")
        day = FIRST
        while day <= LAST:
            morning(files, chance, day, ever)
            for _ in range(1 if chance.random() < 0.9 else 2):
                lived(files, day.isoformat())
            left = raw_lines(files.todo.read_bytes())
            archived = raw_lines(files.done.read_bytes()) if files.done.exists() else []
            assert Counter(left + archived) == +ever
            assert not any(raw.startswith(b"x ") for raw in left)
            assert all(raw.startswith(b"x ") for raw in archived)
            day += timedelta(days=1)
        headings = [raw.decode() for raw in raw_lines(files.journal.read_bytes()) if raw.startswith(b"#")]
        assert headings == [f"## {FIRST + timedelta(days=number)}" for number in range(365)]
        assert sum(ever.values()) > 365
