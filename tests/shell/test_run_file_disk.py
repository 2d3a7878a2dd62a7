"""What becomes of a run file on a disk that is full, slow or not to be trusted?"""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell_command import Command
from small_run_file import ALONE, PLAIN, STARTED, joined

from tier2.shell.errors import InputError
from tier2.shell.run_files.run_file import begin, reopen
from tier2.values.canonical import MAX_BYTES


class Full:
    """A disk on which there is room for so many bytes more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._write = os.write

    def __call__(self, descriptor: int, data: bytes) -> int:
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(descriptor, data[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("room", [0, 1, 300])
def test_on_a_full_disk_a_line_is_written_whole_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(PLAIN[:2]))
    with reopen(path) as (file, _):
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", Full(room))
            with pytest.raises(InputError, match=r"cannot be written: No space left on device; make room"):
                file.append(PLAIN[2])
        assert path.read_bytes() == joined(PLAIN[:2])
        file.append(PLAIN[2])
    assert path.read_bytes() == joined(PLAIN[:3])


def test_a_write_that_takes_a_part_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
        with begin(tmp_path, STARTED, ALONE) as file:
            file.append(PLAIN[2])
    assert file.path.read_bytes() == joined(PLAIN[:3])


@pytest.mark.parametrize("room", [0, 100])
def test_a_run_that_cannot_be_begun_leaves_no_file(
    tier2: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", Full(room))
        answer = tier2("run", "echo", "--runs", tmp_path)
    assert "No space left on device" in answer.refusal
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_is_not_confirmed_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(PLAIN[:2]))
    with reopen(path) as (file, _), monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failing)
        with pytest.raises(InputError, match="Input/output error"):
            file.append(PLAIN[2])
    assert path.read_bytes() == joined(PLAIN[:2])


def test_a_line_that_is_too_large_is_not_written(tmp_path: Path) -> None:
    with begin(tmp_path, STARTED, ALONE) as file:
        with pytest.raises(InputError, match=r"a line of \d+ bytes is too large for a run file"):
            file.append(b"x" * (MAX_BYTES + 1025))
        assert file.path.read_bytes() == joined(PLAIN[:2])


@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/nothing-is-made-here"])
def test_a_folder_that_cannot_hold_runs_is_refused(tier2: Command, tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    answer = tier2("run", "echo", "--runs", tmp_path / folder)
    assert answer.refusal.startswith(f"{tmp_path / folder}: cannot hold runs: ")
    assert answer.refusal.endswith("; name another folder")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 KiB, where this process may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux mounts a tmpfs")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_after_a_full_disk_the_run_goes_on(tier2: Command, small_disk: Path) -> None:
    paused = tier2("run", "daily_loop", "--no-input", "--runs", small_disk)
    assert paused.code == 3
    (path,) = small_disk.iterdir()
    before = path.read_bytes()
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(b"x" * 65536)
    # The file's own last page has room for some lines.
    resume = ("resume", path, "--by", "Ana", "--approve", "daily-confirm-priorities", "--note", "n" * 5000)
    full = tier2(*resume)
    assert "No space left on device; make room, then resume the run" in full.refusal
    assert path.read_bytes() == before
    filler.unlink()
    assert tier2(*resume).code == 0
