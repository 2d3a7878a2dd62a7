"""Who is at work on a file: one process writes at a time, and whoever only asks is in nobody's way.

1. Whoever writes holds an exclusive lock (flock) as long as the file is open. It ends with the process, however that
   ends; processes that it started do not inherit it, since the descriptor is closed in them.
2. Whoever asks takes a shared lock for that instant. A writer that meets one tries again, instead of taking the one who
   asks for another writer.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from tier2.shell.errors import InputError

TRIES = 1000
"""How often a writer that meets only those who ask tries to get the lock."""

PAUSE = 0.001
"""How many seconds lie between two tries."""


def lock(path: Path, descriptor: int) -> None:
    """Takes the lock of whoever writes, until the file is closed. Raises InputError where another process has it."""
    try:
        for _ in range(TRIES):
            if _taken(descriptor, fcntl.LOCK_EX):
                return
            if not _taken(descriptor, fcntl.LOCK_SH):
                break
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            time.sleep(PAUSE)
    except OSError as error:  # a file system without locks
        raise InputError(f"{path}: cannot be locked: {error.strerror}; keep runs elsewhere") from None
    raise InputError(
        f"{path}: another process is at work on this run; nothing was changed, try again when it is done"
    )


def at_work(path: Path) -> bool:
    """Whether a process holds the lock of whoever writes at this instant; nothing is changed by asking."""
    with suppress(OSError):  # whoever cannot ask will find out when reading or locking, and be told there
        # Opening a pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            return not _taken(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)
    return False


def _taken(descriptor: int, kind: int) -> bool:
    """Whether the lock could be had at once."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
