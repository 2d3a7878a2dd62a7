"""Artifacts: files that are too large for the state of a run, which names them by size and digest.

1. An artifact lies in the folder of its run under a plain file name. The state's member ``artifacts`` has its size and
   digest under that name.
2. It is written as a stream, by a fresh file that only this user may read and that replaces whatever had the name. A
   reader sees the old file, or the whole new one.
3. A state may come from anybody. So a name never leads out of the folder. Only a regular file is read; a link, a pipe
   or a folder under the name is *different*, and is neither followed nor waited for.
"""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import UnsetType

from tier2.contracts.v1 import Artifact, StateArtifacts
from tier2.contracts.views import view
from tier2.kinds import JsonObject
from tier2.shell.errors import InputError
from tier2.shell.io.atomic_write import make_folder, put, remove_leftovers
from tier2.values.canonical import Sha256

Standing: TypeAlias = Literal["matching", "different", "absent"]
"""How a file stands to the artifact of its name: the same bytes, others, or no file."""

_PIECE = 1 << 20
"""How many bytes are read at once."""


def artifact(folder: Path | None, name: str, lines: Iterable[bytes]) -> Artifact:
    """Writes a file into the folder of a run, whole or not at all, and gives what the state is to say of it.

    folder: Made if it is not there; None writes no file, and the artifact is the same.
    name: A plain file name.
    lines: The content, in pieces of any size. They are written one by one, so they need not fit in memory.

    Raises ValueError for a name that is no plain file name, and OSError if the file cannot be written.
    """
    if not is_plain(name):
        raise ValueError(f"{name!r} is no plain file name")
    sha256, size = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for line in lines:
            size += len(line)
            sha256.update(line)
            yield line

    if folder is None:
        for _ in counted():
            pass
    else:
        make_folder(folder)
        if folder.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))
        path = _path(folder, name)
        remove_leftovers(path)
        put(path, counted(), 0o600)
    return Artifact(bytes=size, sha256=Sha256(sha256.hexdigest()))


def artifacts_in(state: JsonObject) -> Mapping[str, Artifact]:
    """The artifacts that a state names, by name. Raises ContractError for a malformed member ``artifacts``."""
    found = view(state, StateArtifacts).artifacts
    return {} if isinstance(found, UnsetType) else {name: found[name] for name in sorted(found)}


def checked(state: JsonObject, folder: Path) -> tuple[tuple[str, Standing], ...]:
    """How the file of each artifact that a state names stands to it, in the order of the names.

    folder: The folder of the run, which need not be there.

    Raises ContractError for a malformed member ``artifacts``, and InputError for a file that may not be read.
    """
    return tuple((name, standing_of(folder, name, named)) for name, named in artifacts_in(state).items())


def is_plain(name: str) -> bool:
    """Whether a text is the name of a file in a folder, and leads nowhere else."""
    return name not in ("", ".", "..") and re.search(r"[/\0-\x1f\x7f-\x9f]", name) is None


def _path(folder: Path, name: str) -> Path:
    """The path of an artifact. The name is in UTF-8 on the disk, whatever the locale says of file names."""
    return folder / os.fsdecode(name.encode())


def standing_of(folder: Path, name: str, named: Artifact) -> Standing:
    """How the file of an artifact stands to it. Raises InputError for a file that may not be read."""
    if not is_plain(name):
        return "different"
    try:
        descriptor = _opened(folder, name)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return "absent"
        if error.errno in (errno.EACCES, errno.EPERM):
            text = f"{folder / name}: cannot be read: {error.strerror}; make it readable"
            raise InputError(text) from None
        return "different"  # a link, a socket, or a name that no file can have
    try:
        return "matching" if _is(descriptor, named) else "different"
    finally:
        os.close(descriptor)


def _opened(folder: Path, name: str) -> int:
    """The descriptor of a file in the folder. No link is followed, and no writer of a pipe is waited for."""
    if folder.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(name.encode(), flags, dir_fd=inside)
    finally:
        os.close(inside)


def _is(descriptor: int, named: Artifact) -> bool:
    """Whether an open file is regular and has the size and the digest of an artifact."""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size != named.bytes:
        return False
    sha256, left = hashlib.sha256(), named.bytes
    while left and (piece := os.read(descriptor, min(left, _PIECE))):
        sha256.update(piece)
        left -= len(piece)
    return not left and sha256.hexdigest() == named.sha256
