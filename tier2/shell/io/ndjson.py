"""The one reader of NDJSON: the lines of a file or of stdin, in blocks, as they come and in bounded memory.

1. A line ends with a newline; the last one may lack it. Lines are numbered from 1.
2. A block is the result of one read, up to its last newline. So a line from a pipe does not wait for the lines after
   it, and a block of a file is large enough to be worth sending to another process.
3. Of a line longer than a JSON text may be, only so much is kept that the line is still too long.

A run file is read otherwise (see `tier2.shell.run_files.lines`): there a last line without its newline does not count.
"""

import io
import os
import select
import stat
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import NamedTuple, cast

from tier2.shell.io.files import cannot_read, stdin_is_closed
from tier2.values.canonical import MAX_BYTES

READ_SIZE = 64 * 1024

BLANK = b" \t\r\n"
"""The white space of JSON (RFC 8259 2)."""


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
        """The number of the last line."""
        return self.first + self.text.count(b"\n") - self.text.endswith(b"\n")

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines with their numbers, without their newlines. Blank lines are left out."""
        for number, line in enumerate(self.text.split(b"\n"), self.first):
            # What was dropped of a line that is too long may not have been blank.
            if len(line) > MAX_BYTES or line.strip(BLANK):
                yield number, line


class Lines:
    """An input that is read by whole lines.

    size: How many bytes it has, where that is known.
    ready: The descriptor that can be read when there is more; None for an input that never has to be waited for.
    """

    def __init__(self, name: str, file: io.BufferedIOBase, begun: bytes = b"") -> None:
        """begun: the beginning of the input, where the caller has read it already."""
        self._name, self._file, self._begun = name, file, begun
        self.size: int | None = None
        self.ready: int | None = None
        try:
            descriptor = file.fileno()
        except OSError:  # a file in memory
            return
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            self.size = status.st_size
        else:
            self.ready = descriptor

    def blocks(self, *, wait: bool = False) -> Iterator[Block | None]:
        """The blocks; None where there is nothing to read yet. Raises InputError.

        wait: whether to wait for more instead of giving None.
        """
        number, end = 1, 0
        begun: list[bytes] = []
        """The last line, which has no newline yet, or as much of it as is kept."""
        length = 0
        """How long that line is so far."""
        for data in self._reads(wait):
            if data is None:
                yield None
                continue
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

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines with their numbers, as `Block.lines` gives them. Waits for each. Raises InputError."""
        for block in self.blocks(wait=True):
            if block is not None:
                yield from block.lines()

    def _reads(self, wait: bool) -> Iterator[bytes | None]:
        """What each read gives, up to the end of the input; None where it would have to be waited for."""
        if self._begun:
            yield self._begun
        while True:
            if not wait and self.ready is not None and not _is_ready(self.ready):
                yield None
                continue
            try:
                data = self._file.read1(READ_SIZE)
            except OSError as error:
                raise cannot_read(self._name, error) from None
            if not data:
                return
            yield data


def _is_ready(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def opened(name: str) -> Generator[Lines, None, None]:
    """The lines of a file, or of stdin for ``-``. Raises InputError."""
    if name == "-":
        if sys.stdin is None:
            raise stdin_is_closed()
        yield Lines(name, cast("io.BufferedIOBase", sys.stdin.buffer))
        return
    try:
        file = open(name, "rb")  # noqa: SIM115 - closed below; an error in the body is not about opening the file
    except OSError as error:
        raise cannot_read(name, error) from None
    with file:
        yield Lines(name, file)
