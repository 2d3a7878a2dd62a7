"""The documents in files, folders, NDJSON and stdin, one after the other, in bounded memory.

1. A file holds one document, or one a line (NDJSON): the latter if its name says so (``.ndjson``, ``.jsonl``), or if
   its first line is a whole JSON value and more follows. Blank lines are skipped.
2. The caller may know a kind of NDJSON file whose lines belong together; such a file is one source.
3. In a folder, the files that end in ``.json``, ``.ndjson`` or ``.jsonl`` count, in the order of their names. Names
   that start with a dot are skipped, and links to folders are not followed.
4. Of a document that is too large, only so much is read that it is still too large.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Literal, NamedTuple, TypeAlias, cast

import msgspec

from tier2.shell.errors import InputError
from tier2.shell.io.files import stdin_is_closed
from tier2.shell.io.ndjson import Lines
from tier2.values.canonical import MAX_BYTES

NDJSON = (".ndjson", ".jsonl")
SUFFIXES = (".json", *NDJSON)

_ROOM = MAX_BYTES + 2
"""The longest document, its newline, and one byte more, which shows that it is longer."""

Form: TypeAlias = Literal["file", "line", "lines together"]


class Source(NamedTuple):
    """A text that should be a document, or a file whose lines belong together.

    file: The name of its file as it was given, or ``-``.
    line: The line of the file in which it begins, from 1.
    form: Whether it is the only one in its file, one line of it, or lines that belong together.
    """

    file: str
    line: int
    form: Form
    data: bytes


class Unreadable(NamedTuple):
    """A file or folder that cannot be read, and why."""

    reason: str


class Together(NamedTuple):
    """A kind of NDJSON file whose lines belong together.

    begins: Whether a file with these first two lines is of this kind.
    max_bytes: How large such a file may be.
    """

    begins: Callable[[bytes, bytes], bool]
    max_bytes: int


def sources(names: Sequence[str], together: Together) -> Iterator[Source | Unreadable]:
    """All documents in the files and folders of these names, in order; ``-`` is stdin."""
    for file in _files(names):
        if isinstance(file, Unreadable):
            yield file
        else:
            yield from _sources_in_file(file, together)


def _files(names: Sequence[str]) -> Iterator[str | Unreadable]:
    for name in names:
        if name != "-" and os.path.isdir(name):
            yield from _files_in_folder(name)
        else:
            yield name


def _files_in_folder(name: str) -> Iterator[str | Unreadable]:
    errors: list[OSError] = []
    found = 0
    for folder, inner, files in os.walk(name, onerror=errors.append):
        inner[:] = sorted(one for one in inner if not one.startswith("."))
        for file in sorted(files):
            if file.endswith(SUFFIXES) and not file.startswith("."):
                found += 1
                path = os.path.join(folder, file)
                # Reading a pipe would wait, and a device may never end. They are read only where they are named.
                if os.path.isfile(path):
                    yield path
                else:
                    yield Unreadable(f"{path}: is no file, or leads to none; take it out of the folder")
    for error in errors:
        yield _unreadable(str(error.filename), error)
    if not found and not errors:
        yield Unreadable(
            f"{name}: holds no file that ends in {', '.join(SUFFIXES)}; name the files themselves"
        )


def _unreadable(name: str, error: OSError) -> Unreadable:
    return Unreadable(
        f"{name}: cannot be read: {error.strerror}; give a readable file or folder, or - for stdin"
    )


def _sources_in_file(name: str, together: Together) -> Iterator[Source | Unreadable]:
    try:
        if name == "-":
            if sys.stdin is None:
                raise stdin_is_closed()
            yield from _sources_in(cast("io.BufferedIOBase", sys.stdin.buffer), name, together)
        else:
            with open(name, "rb") as file:
                yield from _sources_in(file, name, together)
    except InputError as error:
        yield Unreadable(str(error))
    except OSError as error:
        yield _unreadable(name, error)


def _sources_in(file: io.BufferedIOBase, name: str, together: Together) -> Iterator[Source]:
    first = file.readline(_ROOM)
    if not (name.endswith(NDJSON) or is_json(first)):
        yield Source(name, 1, "file", first + file.read(_ROOM - len(first)))
        return
    second = file.readline(_ROOM) if first.endswith(b"\n") else b""
    if together.begins(first, second):
        yield Source(name, 1, "lines together", first + second + file.read(together.max_bytes))
        return
    lines = Lines(name, file, first + second).lines()
    begun = [line for line in (next(lines, None), next(lines, None)) if line is not None]
    if len(begun) == 1 and not name.endswith(NDJSON):
        yield Source(name, 1, "file", first)
        return
    for number, line in chain(begun, lines):
        yield Source(name, number, "line", line)


def is_json(line: bytes) -> bool:
    """Whether a line is a whole JSON value."""
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return False
    return True
