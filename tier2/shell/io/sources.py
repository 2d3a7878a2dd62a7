"""The documents in files, folders, NDJSON and stdin, one after the other, in bounded memory.

1. A file holds one document, or one a line (NDJSON): the latter if its name says so (``.ndjson``, ``.jsonl``), or if
   its first line is a whole JSON value and more follows. Blank lines are passed over.
2. A run file of `tier2 run` is NDJSON too, but its lines belong together: it is one piece.
3. In a folder, the files that end in ``.json``, ``.ndjson`` or ``.jsonl`` are meant, in the order of their names; what
   starts with a dot is passed over, and links to folders are not followed.
4. A piece longer than the bound is cut after it, so that it can be refused without being held whole.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Literal, NamedTuple, TypeAlias

import msgspec

from tier2.shell.io.files import InputError
from tier2.shell.runs.run_file import MAX_FILE
from tier2.values.canonical import MAX_BYTES

LINES = (".ndjson", ".jsonl")
SUFFIXES = (".json", *LINES)

_ROOM = MAX_BYTES + 2
"""A line of the bound's length, its newline, and one byte more to tell that it is longer."""

_BLANK = b" \t\r\n"
"""The white space of JSON (RFC 8259 2)."""

Form: TypeAlias = Literal["whole", "line", "run file"]


class Piece(NamedTuple):
    """A text that should be a document, or a whole run file.

    file: the name of its file as it was given, or ``-``.
    line: the line of the file in which it begins, from 1.
    form: whether it is the whole file, a line of it, or a run file.
    """

    file: str
    line: int
    form: Form
    data: bytes


class Unreadable(NamedTuple):
    """A file or folder that cannot be read; the text is for people."""

    reason: str


def pieces(names: Sequence[str]) -> Iterator[Piece | Unreadable]:
    """All pieces of the files and folders with these names, in order; ``-`` is stdin."""
    for name in names:
        if name != "-" and os.path.isdir(name):
            yield from _pieces_of_folder(name)
        else:
            yield from _pieces_of_file(name)


def _pieces_of_folder(name: str) -> Iterator[Piece | Unreadable]:
    unreadable: list[OSError] = []
    found = 0
    for folder, inner, files in os.walk(name, onerror=unreadable.append):
        inner[:] = sorted(one for one in inner if not one.startswith("."))
        for file in sorted(files):
            if file.endswith(SUFFIXES) and not file.startswith("."):
                found += 1
                path = os.path.join(folder, file)
                # A pipe would be waited for, and a device never ends; whoever means one names it.
                if os.path.isfile(path):
                    yield from _pieces_of_file(path)
                else:
                    yield Unreadable(f"{path}: is no file, or leads to none; take it out of the folder")
    for error in unreadable:
        yield _unreadable(str(error.filename), error)
    if not found and not unreadable:
        yield Unreadable(
            f"{name}: holds no file that ends in {', '.join(SUFFIXES)}; name the files themselves"
        )


def _pieces_of_file(name: str) -> Iterator[Piece | Unreadable]:
    try:
        if name == "-":
            if sys.stdin is None:
                raise InputError("-: cannot be read: stdin is closed; give a readable file")
            yield from _pieces_in(sys.stdin.buffer, name)
        else:
            with open(name, "rb") as file:
                yield from _pieces_in(file, name)
    except OSError as error:
        yield _unreadable(name, error)


def _unreadable(name: str, error: OSError) -> Unreadable:
    return Unreadable(
        f"{name}: cannot be read: {error.strerror}; give a readable file or folder, or - for stdin"
    )


def _pieces_in(file: BinaryIO, name: str) -> Iterator[Piece]:
    first = file.readline(_ROOM)
    if not (name.endswith(LINES) or _is_json(first)):
        yield Piece(name, 1, "whole", first + file.read(_ROOM - len(first)))
        return
    _finish_line(file, first)
    number, second = _next_line(file, 2)
    if number == 2 and _is_run_file(first, second):
        yield Piece(name, 1, "run file", first + second + file.read(MAX_FILE))
    elif second or name.endswith(LINES):
        yield from _lines(file, name, first, number, second)
    else:
        yield Piece(name, 1, "whole", first)


def _lines(file: BinaryIO, name: str, first: bytes, number: int, line: bytes) -> Iterator[Piece]:
    """The documents of NDJSON; its first line, and the next one that is not blank, have been read."""
    if first.strip(_BLANK):
        yield Piece(name, 1, "line", first.removesuffix(b"\n"))
    while line:
        yield Piece(name, number, "line", line.removesuffix(b"\n"))
        _finish_line(file, line)
        number, line = _next_line(file, number + 1)


def _next_line(file: BinaryIO, number: int) -> tuple[int, bytes]:
    """The next line that is not blank, with its number; ``number`` is that of the next line of all."""
    line = file.readline(_ROOM)
    while line and not line.strip(_BLANK):
        number += line.endswith(b"\n")
        line = file.readline(_ROOM)
    return number, line


def _finish_line(file: BinaryIO, line: bytes) -> None:
    """Passes over the rest of a line that is longer than it may be."""
    while line and not line.endswith(b"\n"):
        line = file.readline(_ROOM)


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return False
    return True


class _Run(msgspec.Struct):
    contract: Any = None


_RECORDS = ({"entry", "sha256"}, {"sha256", "write_back"})


def _is_run_file(first: bytes, second: bytes) -> bool:
    """Whether two lines are those with which `tier2.shell.runs.run_file` begins a file."""
    try:
        run: object = msgspec.json.decode(first, type=_Run).contract
        record: object = msgspec.json.decode(second)
    except (ValueError, RecursionError):
        return False
    return run == "tier2.run/v1" and isinstance(record, dict) and record.keys() in _RECORDS
