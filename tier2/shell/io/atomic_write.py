"""One file replaced by another: whole or not at all, and on the disk before anything is done that relies on it.

1. A reader sees the old file or the new one, never half of either, whenever the process or the machine stops.
2. What is replaced is kept beside it first, as NAME.bak. A link stays a link: what it leads to is replaced.
3. The new file has the permissions of the old one from the start, and so has the copy.
4. A new file is written under a name that says which file it is for, and locked (flock) by whoever writes it. So what
   a killed process left of it is told from what another one is writing now, and goes when the file is replaced next.
"""

import fcntl
import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

NEW_FILE = 0o644
"""The permissions of a file that is modelled on no other."""


def replace(path: Path, old: bytes | None, new: bytes, *, like: Path | None = None) -> None:
    """Puts ``new`` in place; ``old`` is what is there, None for nothing. Raises OSError, and then nothing has changed.

    like: the file whose permissions a new file gets.
    """
    # Where the link leads, and not the link: a list may live in a folder that other machines share.
    target = Path(os.path.realpath(path))
    model = target if old is not None else like
    mode = NEW_FILE if model is None else stat.S_IMODE(os.stat(model).st_mode)
    if old is not None:
        backup = path.with_name(f"{path.name}.bak")
        _sweep(backup)
        put(backup, old, mode)
    _sweep(target)
    put(target, new, mode)


def put(target: Path, data: bytes, mode: int | None = None) -> None:
    """Puts a file in place, whole or not at all. Raises OSError; a reader then still sees the old file or the new one.

    mode: the file's permissions; None for those of any new file.
    """
    temporary = target.with_name(_temporary(target) + os.urandom(8).hex())
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666 if mode is None else 0o600
        )
        with open(descriptor, "wb") as file:
            with suppress(OSError):  # where there are no locks, nobody sweeps either
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.write(data)
            file.flush()
            if mode is not None:
                os.fchmod(descriptor, mode)
            os.fsync(descriptor)
            os.replace(temporary, target)
    except BaseException:  # Ctrl-C too leaves nothing behind
        with suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(target.parent)


def _temporary(target: Path) -> str:
    """How the names begin under which this file is written; the file's own may be as long as a name can be."""
    return f".tier2-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}-"


def _sweep(target: Path) -> None:
    """Removes what killed processes left of this very file, as far as that can be done."""
    with suppress(OSError):
        for name in os.listdir(target.parent):
            if re.fullmatch(_temporary(target) + "[0-9a-f]{16}", name):
                with suppress(OSError):
                    _remove_unless_locked(target.with_name(name))


def _remove_unless_locked(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Returns when the folder's entries are on the disk: a file's own fsync says nothing of its name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
