"""Temporary files that a killed process left are removed at the next replacement, and nothing else is."""

import fcntl
import os
from pathlib import Path

import pytest

from tier2.shell.io.atomic_write import put, replace


@pytest.fixture
def todo(tmp_path: Path) -> Path:
    path = tmp_path / "todo.txt"
    path.write_bytes(b"old")
    return path


class Killed(BaseException):
    """The process ends here."""


def left_behind(target: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary file of a process that was killed while it wrote the target, and so tidied up nothing."""

    def killed(*_: object) -> None:
        raise Killed

    before = set(target.parent.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(os, "unlink", lambda _: None)
        with pytest.raises(Killed):
            put(target, b"half")
    (left,) = set(target.parent.iterdir()) - before
    return left


def test_leftovers_are_removed_at_the_next_replacement(todo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (todo, todo, todo.with_name("todo.txt.bak")):
        assert left_behind(path, monkeypatch).read_bytes() == b"half"
    replace(todo, b"old", b"new")
    assert {path.name: path.read_bytes() for path in todo.parent.iterdir()} == {
        "todo.txt": b"new",
        "todo.txt.bak": b"old",
    }


def test_leftovers_beside_the_target_of_a_link_go_too(
    todo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shared").mkdir()
    shared = todo.rename(tmp_path / "shared" / "list")
    todo.symlink_to(shared)
    left = left_behind(shared, monkeypatch)
    replace(todo, b"old", b"new")
    assert not left.exists()
    assert todo.is_symlink()


def test_files_that_are_being_written_are_not_removed(todo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_behind(todo, monkeypatch)
    with left.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        replace(todo, b"old", b"new")
        assert left.read_bytes() == b"half"
    replace(todo, b"new", b"newer")
    assert not left.exists()


def test_a_temporary_file_is_locked_while_written(todo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked: list[bool] = []
    real = os.replace

    def asked(source: Path, target: Path) -> None:
        with source.open("rb") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        locked.append(True)
        real(source, target)

    monkeypatch.setattr(os, "replace", asked)
    replace(todo, b"old", b"new")
    assert locked == [True, True]


def test_files_of_other_names_are_not_removed(
    todo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = left_behind(tmp_path / "done.txt", monkeypatch)
    left = left_behind(todo, monkeypatch)
    start, hexadecimal = left.name[:-16], left.name[-16:]
    names = [".tier2-notes", f"x{left.name}", f"{left.name}x", start + "g" * 16, start, f"{start}{'0' * 15}"]
    kept = [tmp_path / name for name in names]
    for path in kept:
        path.write_bytes(b"mine")
    link = tmp_path / (start + hexadecimal[::-1])
    link.symlink_to(kept[0])
    (tmp_path / f"{start}{'1' * 16}").mkdir()
    os.mkfifo(tmp_path / f"{start}{'2' * 16}")
    replace(todo, b"old", b"new")
    assert not left.exists()
    assert {path.name for path in tmp_path.iterdir()} == {
        *("todo.txt", "todo.txt.bak", other.name, link.name, f"{start}{'1' * 16}", f"{start}{'2' * 16}"),
        *names,
    }
    assert kept[0].read_bytes() == b"mine"


def test_leftovers_that_cannot_be_removed_do_no_harm(todo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_behind(todo, monkeypatch)

    def refused(path: object, *_: object) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "unlink", refused)
    replace(todo, b"old", b"new")
    assert (todo.read_bytes(), left.read_bytes()) == (b"new", b"half")


def test_files_with_the_longest_names_can_be_written(tmp_path: Path) -> None:
    put(tmp_path / ("x" * 255), b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]
