"""The lines of a file or of stdin, in blocks of many: read as they come, in bounded memory.

1. A line ends with a newline; the last one may lack it. Lines are numbered from 1.
2. A block is what one read has brought, up to its last newline. So a line that came over a pipe waits for nothing after
   it, and a block of a file is large enough to be worth its way to another process.
3. Of a line longer than a JSON text may be, only as much is kept as proves that.
"""

import io
import os
import stat
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import NamedTuple, cast

from tier2.shell.io.files import InputError, unreadable
from tier2.values.canonical import MAX_BYTES

READ_SIZE = 64 * 1024


class Block(NamedTuple):
    """Whole lines.

    first: the number of the first of them.
    text: the lines, each with its newline.
    end: where the block ends in the input, in bytes from its beginning.
    """

    first: int
    text: bytes
    end: int

    @property
    def last(self) -> int:
        """The number of the last of them."""
        return self.first + self.text.count(b"\n") - self.text.endswith(b"\n")

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines with their numbers, without the white space around them; those that are blank are left out."""
        for number, line in enumerate(self.text.split(b"\n"), self.first):
            # Of a line that is too long the rest is not here: it may be anything, so it stays too long.
            text = line if len(line) > MAX_BYTES else line.strip(b" \t\r")  # RFC 8259 2
            if text:
                yield number, text


class Lines:
    """An input, read by whole lines.

    size: how many bytes it has, where that is known.
    ready: the descriptor that can be read when there is more, for an input that has to be waited for.
    """

    def __init__(self, name: str, file: io.BufferedIOBase) -> None:
        self._name, self._file = name, file
        self.size: int | None = None
        self.ready: int | None = None
        try:
            descriptor = file.fileno()
        except OSError:  # it is a file in memory
            return
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode):
            self.size = found.st_size
        else:
            self.ready = descriptor

    def blocks(self) -> Iterator[Block | None]:
        """The blocks; None for "not yet", while there is nothing to be read. Raises InputError."""
        number, end = 1, 0
        begun: list[bytes] = []
        """The line that has no newline yet, as much as is kept of it."""
        length = 0
        """Of that line, as far as it is known."""
        while True:
            if self.ready is not None and not wait([self.ready], 0):
                yield None
                continue
            data = self._read()
            if not data:
                break
            end += len(data)
            whole = data.rfind(b"\n") + 1
            if not whole:
                if length <= MAX_BYTES:
                    begun.append(data)
                length += len(data)
                continue
            dropped = data.index(b"\n") if length > MAX_BYTES else 0
            text = b"".join([*begun, data[dropped:whole]])
            begun, length = [data[whole:]], len(data) - whole
            yield Block(number, text, end - length)
            number += text.count(b"\n")
        if length:
            yield Block(number, b"".join(begun), end)

    def _read(self) -> bytes:
        try:
            return self._file.read1(READ_SIZE)
        except OSError as error:
            raise unreadable(self._name, error) from None


@contextmanager
def opened(name: str) -> Generator[Lines, None, None]:
    """The lines of a file, or of stdin for ``-``. Raises InputError."""
    if name == "-":
        if sys.stdin is None:
            raise InputError("-: cannot be read: stdin is closed; give a readable file")
        yield Lines(name, cast("io.BufferedIOBase", sys.stdin.buffer))
        return
    try:
        file = open(name, "rb")  # noqa: SIM115 - closed below; the errors of what is done with it are its own
    except OSError as error:
        raise unreadable(name, error) from None
    with file:
        yield Lines(name, file)
