"""The progress of a long command: one line on a terminal that is overwritten, and nothing anywhere else."""

import sys
import time
from types import TracebackType
from typing import Self

from tier2.escaping import escaped
from tier2.shell.io.screen import standing

INTERVAL = 0.1
"""Seconds between two updates."""


class Progress:
    """The line of progress on stderr. Call `clear` before anything else is written to the terminal; the
    messages of the command do that themselves.

    on: Whether there is a terminal to show it on.
    """

    def __init__(self, size: int | None, what: str = "lines") -> None:
        """size: How many bytes the input has, where that is known. what: What is counted."""
        self._size, self._what = size, what
        self.on = sys.stderr is not None and sys.stderr.isatty()
        self._width = 0
        self._last = -INTERVAL

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def show(self, count: int, done: int) -> None:
        """Shows how many lines and bytes of the input are done. Most calls show nothing, because that costs time."""
        if self._is_due():
            share = f", {min(100, 100 * done // self._size)} %" if self._size else ""
            self._put(f"{count:,} {self._what}{share}")

    def show_text(self, text: str) -> None:
        """Shows a line of other words. Most calls show nothing, too."""
        if self._is_due():
            self._put(text)

    def add_line(self, text: str) -> None:
        """Writes a line that stays above the line of progress. Its text may come from anybody: it is escaped."""
        if self.on:
            self.clear()
            self._write(f"{escaped(text)}\n")

    def _is_due(self) -> bool:
        return self.on and time.monotonic() - self._last >= INTERVAL

    def _put(self, text: str) -> None:
        self._last = time.monotonic()
        self._write("\r" + text.ljust(self._width))
        self._width = len(text)
        standing.add(self)

    def clear(self) -> None:
        """Removes the line."""
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0
            standing.discard(self)
            self._last = -INTERVAL  # so that it comes back at once

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:  # the terminal is gone
            self.on, self._width = False, 0
