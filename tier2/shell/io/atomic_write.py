"""Atomic writes: a file is replaced whole or not at all, and is on the disk when the call returns.

1. A reader sees the old file or the new one, never half of either, whenever the process or the machine stops.
2. The old file is first kept beside the new one, as NAME.bak. A link stays a link: the file that it leads to is
   replaced, and has its copy beside it.
3. The new file has the permissions of the old one from the start, and so has the copy. Both belong to whom the old file
   belonged to, as far as this process may give files away; root may.
4. A new file is written under a temporary name that belongs to its target, and is locked (flock) while it is written.
   So the next replacement can remove what a killed process left, and leave alone what another process is writing.
"""

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

NEW_FILE = 0o644
"""The permissions of a new file without a model."""


def replace(path: Path, old: bytes | None, new: bytes, *, like: Path | None = None) -> None:
    """Replaces the content ``old`` of a file by ``new``. Raises OSError, and then the file has not changed.

    old: None for a file that is not there.
    like: The file whose permissions a new file gets.
    """
    # Where the link leads, and not the link: a list may live in a folder that other machines share.
    target = Path(os.path.realpath(path))
    model = target if old is not None else like
    found = None if model is None else os.stat(model)
    mode = NEW_FILE if found is None else stat.S_IMODE(found.st_mode)
    owner = None if found is None else (found.st_uid, found.st_gid)
    if old is not None:
        backup = backup_of(path)
        remove_leftovers(backup)
        put(backup, old, mode, owner)
    remove_leftovers(target)
    put(target, new, mode, owner)


def backup_of(path: Path) -> Path:
    """Where the copy of a file is kept that is replaced: beside the file itself, not beside a link to it."""
    target = Path(os.path.realpath(path))
    return target.with_name(f"{target.name}.bak")


def put(
    target: Path,
    data: bytes | Iterable[bytes],
    mode: int | None = None,
    owner: tuple[int, int] | None = None,
) -> None:
    """Writes a file, whole or not at all. Raises OSError; a reader then still sees the old file or the new one.

    The error's ``filename`` is the target, whatever could not be done for it.

    data: The content, whole or in pieces, which are written one by one.
    mode: The file's permissions; None for those of any new file.
    owner: The ids of the user and the group that the file is to belong to, if this process may give it to them.
    """
    temporary = target.with_name(_temporary(target) + os.urandom(8).hex())
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666 if mode is None else 0o600
        )
        with open(descriptor, "wb") as file:
            with suppress(OSError):  # without locks, nothing is removed either
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            if owner is not None:
                _give(descriptor, *owner)
            if mode is not None:
                os.fchmod(descriptor, mode)
            os.fsync(descriptor)
            os.replace(temporary, target)
        sync_folder(target.parent)
    except BaseException as error:  # Ctrl-C too leaves nothing behind
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(target)) from None
        raise


def _give(descriptor: int, user: int, group: int) -> None:
    """Gives a file to a user and a group, or to the group alone where only root could do more."""
    found = os.fstat(descriptor)
    if (found.st_uid, found.st_gid) != (user, group):
        try:
            os.fchown(descriptor, user, group)
        except OSError:
            with suppress(OSError):
                os.fchown(descriptor, -1, group)


def _temporary(target: Path) -> str:
    """The beginning of the temporary names of a file. It is short: the file's own name may have the greatest length."""
    return f".tier2-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}-"


def remove_leftovers(target: Path) -> None:
    """Removes temporary files that killed processes left of this file, where that is possible."""
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
    """Returns when the folder's entries are on the disk: fsync of a file does not cover its name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Makes a folder for this user alone, with all of its parents that are missing. Raises OSError.

    Each is on the disk when the call returns. So a file in it cannot vanish with the folder.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        with suppress(FileExistsError):  # another process made it a moment ago
            folder.mkdir(mode=0o700)
        sync_folder(folder.parent)
