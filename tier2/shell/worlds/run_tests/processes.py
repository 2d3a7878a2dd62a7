"""Runs a program in a session of its own, and leaves none of its processes behind, even if this process is killed.

1. `WatchedProgram.end` ends the program and its whole process group: first by SIGTERM, then by SIGKILL. Nothing cuts
   that short: it blocks its thread, for a few seconds at most.
2. A process that is killed (SIGKILL) can end no other. So a small watcher reads a pipe whose other end only this
   process holds. If the pipe closes before the word that all is done, the watcher ends the process group.
3. The program sees nothing of the watcher: it is neither its child nor in its group, and has no descriptor of it. A
   process that has left the group (setsid) is out of reach.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

GRACE = 2.0
"""How many seconds a program has between SIGTERM and SIGKILL."""

PAUSE = 0.01
"""Seconds between two looks at a process that is about to end."""

WATCH = 'read -r group && { read -r done || kill -s KILL -- "-$group"; }'
"""The watcher, as a script for the shell that POSIX promises. The first line that it reads is the process group."""


class NotStartedError(Exception):
    """The program cannot be started."""


class WatchedProgram:
    """A program that runs, with its process group. `end` has to be called, once.

    Raises NotStartedError.
    """

    def __init__(
        self, command: Sequence[str], *, directory: Path, environment: Mapping[str, str], output: BinaryIO
    ) -> None:
        """output: a file that takes what the program prints. Its standard input is empty."""
        # It starts first, so that hardly an instant is unwatched.
        self._watcher = subprocess.Popen(  # noqa: S603 - the words are ours
            ["/bin/sh", "-c", WATCH],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what ends us may end all that is in our group
        )
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the person named the interpreter
                command,
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError:
            self._dismiss()
            raise NotStartedError from None
        self._tell(b"%d\n" % self._process.pid)

    def exit_code(self) -> int | None:
        """The exit code of the program, or minus the number of the signal that ended it; None while it runs."""
        return self._process.poll()

    def end(self) -> None:
        """Returns when all processes of the group are gone."""
        group = self._process.pid
        if self.exit_code() is None:
            _signal(group, signal.SIGTERM)
            _wait(lambda: self.exit_code() is not None)
        _signal(group, signal.SIGKILL)  # processes that ignored SIGTERM or were left behind
        self._process.wait()
        # Orphans whose exit codes nobody reads stay in the group for ever.
        _wait(lambda: not _signal(group, signal.SIGKILL))
        self._tell(b"done\n")
        self._dismiss()

    def _tell(self, line: bytes) -> None:
        assert self._watcher.stdin is not None  # noqa: S101  # it was asked for
        with suppress(BrokenPipeError):  # somebody has killed the watcher
            self._watcher.stdin.write(line)

    def _dismiss(self) -> None:
        assert self._watcher.stdin is not None  # noqa: S101  # it was asked for
        self._watcher.stdin.close()
        self._watcher.wait()


def _wait(done: Callable[[], bool]) -> None:
    """Waits until something is done, at most `GRACE` seconds."""
    end = time.monotonic() + GRACE
    while not done() and time.monotonic() < end:
        time.sleep(PAUSE)


def _signal(group: int, number: signal.Signals) -> bool:
    """Sends a signal to a process group, and says whether a process was in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
