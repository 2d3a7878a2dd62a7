"""Whole files in and out, and the bytes on stdin and stdout."""

import os
import stat
import sys
from typing import TypeVar

from tier2.engine.decoding import decode
from tier2.shell.errors import InputError, OutputClosed, errors_about
from tier2.values.canonical import MAX_BYTES
from tier2.values.frozen import JsonValue
from tier2.values.reading import parse
from tier2.values.structs import Value

V = TypeVar("V", bound=Value)


def read_bytes(name: str) -> bytes:
    """The bytes of a file, or of stdin for ``-``; of one that is too large, one byte more than allowed."""
    try:
        if name == "-":
            if sys.stdin is None:
                raise stdin_is_closed()
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with open(name, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise cannot_read(name, error) from None


def cannot_read(name: str, error: OSError) -> InputError:
    """The error for a file that the system does not let us read."""
    return InputError(f"{name}: cannot be read: {error.strerror}; give a readable file, or - for stdin")


def stdin_is_closed() -> InputError:
    """The error for a command that was started without stdin."""
    return InputError("-: cannot be read: stdin is closed; give a readable file")


def read_document(name: str, kind: type[V]) -> V:
    """The document in a file, decoded strictly."""
    data = read_bytes(name)
    with errors_about(name):
        return decode(data, kind)


def read_json(name: str) -> JsonValue:
    """The plain JSON value in a file, parsed strictly."""
    data = read_bytes(name)
    with errors_about(name):
        return parse(data)


def write_whole(name: str, data: bytes) -> None:
    """Writes a file at once: a reader sees the old file or the new one, never half of either.

    The new file has the permissions and the owner of the old one. A link stays a link. A pipe or a device is written to
    and never replaced.
    """
    from pathlib import Path  # noqa: PLC0415 - slow to import, and most commands write no file

    from tier2.shell.io.atomic_write import put  # noqa: PLC0415 - the same

    try:
        if not os.path.exists(name):
            put(Path(os.path.realpath(name)), data)
        elif os.path.isfile(name):
            found = os.stat(name)
            put(Path(os.path.realpath(name)), data, stat.S_IMODE(found.st_mode), (found.st_uid, found.st_gid))
        else:
            with open(name, "wb") as file:
                file.write(data)
    except OSError as error:
        raise InputError(f"{name}: cannot be written: {error.strerror}; choose another place") from None


def write_stdout(data: bytes) -> None:
    """Writes bytes to stdout, all of them. Raises InputError; OutputClosed if its reader is gone."""
    if sys.stdout is None:  # the command was started without it
        raise InputError("the answer cannot be written: stdout is closed")
    try:
        rest = memoryview(data)
        while rest:  # unbuffered (PYTHONUNBUFFERED), a write may take a part only
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.flush()
    except OSError as error:  # its reader is gone, or the disk is full
        # Python would flush stdout once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise OutputClosed from None
        raise InputError(f"the answer cannot be written: {error.strerror}") from None
