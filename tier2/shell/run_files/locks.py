"""Locks on run files: one process writes at a time, and a process that only asks is in nobody's way.

1. A writer holds an exclusive lock (flock) as long as the file is open. The lock ends with the process, however that
   ends. Processes that it started do not inherit it, since the descriptor is closed in them.
2. A process that asks takes a shared lock for an instant. A writer that meets a shared lock tries again, since this is
   no other writer.
"""

import fcntl
import time
from contextlib import suppress
from pathlib import Path

from tier2.shell.errors import RunError

TRIES = 1000
"""How often a writer tries to get the lock while it meets shared locks only."""

PAUSE = 0.001
"""How many seconds lie between two tries."""


def lock(path: Path, descriptor: int) -> None:
    """Takes the lock of a writer until the file is closed. Raises RunError if another process has it."""
    try:
        for _ in range(TRIES):
            if _taken(descriptor, fcntl.LOCK_EX):
                return
            if not _taken(descriptor, fcntl.LOCK_SH):
                break
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            time.sleep(PAUSE)
    except OSError as error:  # a file system without locks
        text = f"cannot be locked: {error.strerror}; keep runs elsewhere"
        raise RunError("unwritable", path, text) from None
    text = "another process is at work on this run; nothing was changed, try again when it is done"
    raise RunError("at-work", path, text)


def at_work(descriptor: int) -> bool:
    """Whether a process holds the lock of a writer at this instant. Nothing is changed by asking."""
    with suppress(OSError):  # a file system without locks
        if not _taken(descriptor, fcntl.LOCK_SH):
            return True
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def _taken(descriptor: int, kind: int) -> bool:
    """Takes the lock if it is free at once, and says whether it was."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
