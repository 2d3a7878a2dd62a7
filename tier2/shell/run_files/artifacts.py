"""Artifacts: files in the folder of a run that are too large for its state, which names them by size and digest.

1. The folder has the name of the run file without its suffix, and belongs to this user alone; so do the files.
2. A file is written fresh under a temporary name, is on the disk (fsync), and then takes its name. So it is there whole
   or not at all, and nothing is ever written through a link.
3. A name is plain: it never leads out of the folder.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from tier2.contracts.v1 import Artifact
from tier2.shell.io.atomic_write import make_folder, sync_folder
from tier2.values.canonical import Sha256

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""The names that an artifact may have."""


def artifact(folder: Path | None, name: str, lines: Iterable[bytes]) -> Artifact:
    """Writes lines to an artifact, each with its newline, and gives its size and digest.

    folder: The folder of the run, which is made if it is missing; None to write nothing.

    Raises ValueError for a name that is not plain, and OSError; then no file of that name was made or changed.
    """
    if PLAIN_NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} is no plain file name")
    if folder is None:
        return _measured(lines, lambda _: None)
    make_folder(folder)
    temporary = folder / f".{name}.{os.urandom(8).hex()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            made = _measured(lines, file.write)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, folder / name)
        sync_folder(folder)
    except BaseException:  # Ctrl-C too leaves nothing behind
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return made


def _measured(lines: Iterable[bytes], write: Callable[[bytes], object]) -> Artifact:
    digest, size = hashlib.sha256(), 0
    for line in lines:
        data = line + b"\n"
        digest.update(data)
        size += len(data)
        write(data)
    return Artifact(bytes=size, sha256=Sha256(digest.hexdigest()))
