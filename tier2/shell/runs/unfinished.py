"""The marker of a write-back that is under way: ``.NAME.tier2`` beside the last of its files, such as a todo list.

1. It names the run file and the planned changes. It is on the disk before the first file is written, and goes when the
   last one is. So it stands only where a write-back was interrupted.
2. A new run over such files is refused, wherever its own run file is: lines that stand in two files for now would be
   moved twice. The run that the marker names completes its write-back when it is resumed.
3. A marker stops nobody if all files are written, if the first one is as it was before, or if its run is finished.
4. The marker is put and the files are written under a lock on their folder. So no two write-backs overlap.
"""

import fcntl
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from tier2.shell.errors import InputError
from tier2.shell.io.atomic_write import put, remove_leftovers, sync_folder
from tier2.shell.run_files.lines import FileChange
from tier2.shell.run_files.run_file import read_run
from tier2.shell.runs.write_back import Plan, WriteBack, digest_of, marker_beside, read_file


class _Marker(msgspec.Struct, frozen=True):
    """The content of a marker.

    run: The path of the run file.
    paths: The paths of the changed files, in the order of writing.
    changes: Their digests before and after.
    """

    run: str
    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    changes: Annotated[tuple[FileChange, ...], Meta(min_length=1)]


def check_unfinished(write_back: WriteBack, run: Path | None = None) -> None:
    """Raises InputError if another run was interrupted while it wrote files that this write-back would change.

    run: The run file of this write-back; None for a run that has none.
    """
    path = marker_beside(write_back.files)
    data = read_file(path)
    if data is None:
        return
    files = [*write_back.files.values()]
    way_out = f"if the files are as they should be, remove {path}"
    try:
        marker = msgspec.json.decode(data, type=_Marker)
    except (msgspec.MsgspecError, ValueError):  # UnicodeDecodeError is a ValueError
        raise InputError(
            f"{path}: does not name the run that is writing {files[-1]} back; nothing was changed; {way_out}"
        ) from None
    if (run is None or marker.run != _text(run)) and _is_unfinished(marker):
        way_in = f"resume the run {marker.run} first"
        if not os.path.exists(marker.run):
            way_in = f"the run file {marker.run} is gone: put back {', '.join(marker.paths)} from their copies NAME.bak"
        raise InputError(
            f"{files[-1]}: an earlier write-back was interrupted, and lines may stand in two files for now; "
            f"nothing was changed; {way_in}; or, {way_out}"
        )


def is_marked(write_back: WriteBack, run: Path) -> bool:
    """Whether the marker of this run stands beside the files, so that they may be written in part.

    Raises InputError as `check_unfinished`.
    """
    check_unfinished(write_back, run)
    data = read_file(marker_beside(write_back.files))
    return data is not None and msgspec.json.decode(data, type=_Marker).run == _text(run)


def _is_unfinished(marker: _Marker) -> bool:
    with suppress(InputError):  # the run file may be gone
        if read_run(Path(marker.run)).result is not None:
            return False
    standing = [digest_of(read_file(Path(path))) for path in marker.paths]
    first, last = marker.changes[0], marker.changes[-1]
    return standing[0] != first.old_sha256 and standing[-1] != last.new_sha256


@contextmanager
def marked(write_back: WriteBack, planned: Plan, run: Path) -> Generator[None]:
    """Has the marker beside the files while they are written.

    Raises InputError if the marker cannot be written, or as `check_unfinished`.
    """
    path = marker_beside(write_back.files)
    names = [change.name for change in planned.changes]
    marker = _Marker(_text(run), tuple(_text(write_back.files[name]) for name in names), planned.changes)
    with _folder_locked(path.parent):
        check_unfinished(write_back, run)
        if planned.left:
            _put(path, msgspec.json.encode(marker) + b"\n", [*write_back.files.values()][-1])
        try:
            yield
        except InputError:
            if not any(
                digest_of(read_file(write_back.files[c.name])) == c.new_sha256 for c in planned.changes
            ):
                _remove(path)
            raise
        _remove(path)


def _text(path: Path) -> str:
    """The whole path of a file as text. One that is not UTF-8 is shown by it, but taken for a missing file."""
    return os.fsencode(os.path.realpath(path)).decode(errors="backslashreplace")


def _put(path: Path, data: bytes, like: Path) -> None:
    remove_leftovers(path)
    try:
        put(path, data, stat.S_IMODE(os.stat(like).st_mode) if like.exists() else 0o600)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written: {error.strerror}; put that right, then resume the run: it goes on where it was"
        ) from None


def _remove(path: Path) -> None:
    with suppress(OSError):  # it stops nobody any more
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


@contextmanager
def _folder_locked(folder: Path) -> Generator[None]:
    """Waits until no other process writes back in the folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"{folder}: cannot be opened: {error.strerror}; make it readable") from None
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
