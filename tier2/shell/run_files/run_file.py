"""The run file on the disk: begun, locked, opened again, read. `tier2.shell.run_files.lines` has the lines.

1. A line is on the disk (fsync) before the next step starts. So a process may be killed at any instant: the whole
   lines have happened, and nothing else has.
2. A process that writes holds a lock on the file (see `tier2.shell.run_files.locks`). The torn last line of an
   unfinished run is truncated under the lock, and reported. With any other damage, the file is left as it is.
"""

import os
import re
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from tier2.contracts.v1 import MAX_TOTAL_STEPS, Run
from tier2.shell.errors import RunError
from tier2.shell.io.atomic_write import make_folder, sync_folder
from tier2.shell.run_files.lines import MAX_LINE, Beginning, DamagedRun, RecordedRun, first_lines, recorded_in
from tier2.shell.run_files.locks import lock
from tier2.values.canonical import MAX_BYTES

SUFFIX = ".ndjson"

MAX_FILE = (MAX_TOTAL_STEPS + 5) * (MAX_LINE + 1)
"""How many bytes a run file may have: two lines to begin with, the entries, the write-back, the result, a torn line."""


class RunFile:
    """A run file that is open for appending, and locked."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self.size = size
        """How many bytes it has."""
        self._descriptor = descriptor

    def append(self, *lines: bytes) -> None:
        """Adds lines, and returns when they are on the disk. On failure the file stays as it was."""
        for line in lines:
            self.check(line)
        data = b"".join(line + b"\n" for line in lines)
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
            os.fsync(self._descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self.size)
            rest = "then resume the run" if self.size else "then start anew"
            text = f"cannot be written: {error.strerror}; make room, {rest}"
            raise RunError("unwritable", self.path, text) from None
        self.size += len(data)

    def check(self, data: bytes, most: int = MAX_LINE) -> None:
        """Refuses a line that is too large. Call it before the work that the line is to record.

        most: `MAX_BYTES` for a document, which has to be readable alone too.
        """
        if len(data) > most:
            text = f"a line of {len(data)} bytes is too large for a run file, which takes {most}"
            raise RunError("unwritable", self.path, f"{text}; give the run less to carry")


@contextmanager
def begin(folder: Path, run: Run, began: Beginning) -> Generator[RunFile]:
    """A new run file with its first lines, under a name that no other has: the workflow's id and a number.

    run: It may have events, which are recorded too.

    Raises RunError without a path, and then there is no file.
    """
    try:
        make_folder(folder)
        path, descriptor = _new_file(folder, re.sub(r"[^A-Za-z0-9_-]", "_", run.workflow.id)[:80] or "run")
    except OSError as error:
        text = f"{folder}: cannot hold runs: {error.strerror}; name another folder"
        raise RunError("unwritable", None, text) from None
    try:
        yield _begun(path, descriptor, run, began)
    finally:
        os.close(descriptor)


def _begun(path: Path, descriptor: int, run: Run, began: Beginning) -> RunFile:
    """The new file with its first lines. If these cannot be written, no empty file is left behind."""
    file = RunFile(path, descriptor, 0)
    try:
        lock(path, descriptor)
        lines = first_lines(run, began)
        file.check(lines[0], MAX_BYTES)
        file.append(*lines)
        sync_folder(path.parent)
    except (RunError, OSError) as error:
        with suppress(OSError):
            path.unlink()
        text = (
            f"{path}: cannot be written: {error.strerror}; start anew"
            if isinstance(error, OSError)
            else str(error)
        )
        raise RunError("unwritable", None, text) from None
    return file


@contextmanager
def reopen(path: Path) -> Generator[tuple[RunFile, RecordedRun]]:
    """A run file to be resumed: checked, locked, and without a torn last line if the run is unfinished."""
    with locked(path) as descriptor:
        recorded = recorded_in(_bytes_of(path, descriptor), str(path))
        if recorded.torn and recorded.result is None:
            _truncate(path, descriptor, recorded.size)
        yield RunFile(path, descriptor, recorded.size), recorded


@contextmanager
def locked(path: Path) -> Generator[int]:
    """The descriptor of a run file that is locked as long as it is open."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        lock(path, descriptor)
        if not os.fstat(descriptor).st_nlink:
            raise RunError("unreadable", path, "was removed a moment ago")
        yield descriptor
    finally:
        os.close(descriptor)


def read_run(path: Path) -> RecordedRun:
    """The contents of a run file, checked line by line. The file is not changed."""
    try:
        # Opening a pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        return recorded_in(_bytes_of(path, descriptor), str(path))
    finally:
        os.close(descriptor)


def read_whole_run(path: Path) -> RecordedRun:
    """The contents of a run file, as `read_run` gives them. Raises DamagedRun for bytes after its last line, too."""
    recorded = read_run(path)
    if recorded.leftover is not None:
        raise DamagedRun(str(path), recorded.lines + 1, recorded.leftover)
    return recorded


def _bytes_of(path: Path, descriptor: int) -> bytes:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise RunError("unreadable", path, "is no regular file, and so no run")
    if found.st_size > MAX_FILE:
        text = f"has {found.st_size} bytes; a run file has at most {MAX_FILE}"
        raise RunError("unreadable", path, text)
    try:
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_FILE)
    except OSError as error:
        raise _unreadable(path, error) from None


def _truncate(path: Path, descriptor: int, size: int) -> None:
    try:
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
    except OSError as error:
        text = f"its torn last line cannot be dropped: {error.strerror}; make the file writable"
        raise RunError("unwritable", path, text) from None


def _unreadable(path: Path, error: OSError) -> RunError:
    return RunError("unreadable", path, f"cannot be read: {error.strerror}; name a run that is there")


def _new_file(folder: Path, stem: str) -> tuple[Path, int]:
    number = 1
    while True:
        path = folder / f"{stem}-{number}{SUFFIX}"
        try:
            return path, os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            number += 1
