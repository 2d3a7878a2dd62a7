"""Files in and out: documents are read whole, and written whole or not at all."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar

from tier2.engine.decoding import decode
from tier2.errors import Tier2Error
from tier2.escaping import escaped
from tier2.values.canonical import MAX_BYTES
from tier2.values.frozen import JsonValue
from tier2.values.reading import parse
from tier2.values.structs import Value

V = TypeVar("V", bound=Value)


class InputError(Exception):
    """Input or usage that the command cannot work with; its text is for people, on one line."""


def told(name: str, error: Tier2Error) -> str:
    """One line for people: the file, the path in it, what is wrong, what to do, and the code."""
    return escaped(f"{name}: {error} [{error.code}]")


def read(name: str) -> bytes:
    """The bytes of a file, or of stdin for ``-``; one byte more than the bound is enough to refuse it."""
    try:
        if name == "-":
            if sys.stdin is None:
                raise InputError("-: cannot be read: stdin is closed; give a readable file")
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with open(name, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise unreadable(name, error) from None


def unreadable(name: str, error: OSError) -> InputError:
    """What the system says of a file that it does not let us read."""
    return InputError(
        f"{escaped(name)}: cannot be read: {error.strerror}; give a readable file, or - for stdin"
    )


@contextmanager
def about(name: str | None) -> Generator[None, None, None]:
    """Tells what is refused inside as a fault of the named file or option, if there is one."""
    try:
        yield
    except Tier2Error as error:
        if name is None:
            raise
        raise InputError(told(name, error)) from None


def read_document(name: str, kind: type[V]) -> V:
    """The document in a file, decoded strictly."""
    data = read(name)
    with about(name):
        return decode(data, kind)


def read_json(name: str) -> JsonValue:
    """The plain JSON value in a file, parsed strictly."""
    data = read(name)
    with about(name):
        return parse(data)


def write_whole(name: str, data: bytes) -> None:
    """Puts a file in place at once: a reader sees the old one or the new one, never half of either.

    A link stays a link. What is there and is no regular file, such as a pipe, is written to and never replaced.
    """
    from pathlib import Path  # noqa: PLC0415 - slow to import, and most commands write no file

    from tier2.shell.io.atomic_write import put  # noqa: PLC0415 - it needs the same, and more

    try:
        if os.path.exists(name) and not os.path.isfile(name):
            with open(name, "wb") as file:
                file.write(data)
        else:
            put(Path(os.path.realpath(name)), data)
    except OSError as error:
        raise InputError(
            f"{escaped(name)}: cannot be written: {error.strerror}; choose another place"
        ) from None
