"""Is what a killed process left half written removed, and nothing else, when its file is replaced the next time?"""

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


def test_what_was_left_of_a_file_and_of_its_copy_goes_when_it_is_replaced(
    todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (todo, todo, todo.with_name("todo.txt.bak")):
        assert left_behind(path, monkeypatch).read_bytes() == b"half"
    replace(todo, b"old", b"new")
    assert {path.name: path.read_bytes() for path in todo.parent.iterdir()} == {
        "todo.txt": b"new",
        "todo.txt.bak": b"old",
    }


def test_what_was_left_where_a_link_leads_goes_too(
    todo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shared").mkdir()
    shared = todo.rename(tmp_path / "shared" / "list")
    todo.symlink_to(shared)
    left = left_behind(shared, monkeypatch)
    replace(todo, b"old", b"new")
    assert not left.exists()
    assert todo.is_symlink()


def test_what_another_process_is_writing_now_stays(todo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_behind(todo, monkeypatch)
    with left.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        replace(todo, b"old", b"new")
        assert left.read_bytes() == b"half"
    replace(todo, b"new", b"newer")
    assert not left.exists()


def test_a_file_is_locked_as_long_as_it_is_written(todo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_nothing_else_is_removed(todo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_what_cannot_be_removed_keeps_nobody_from_writing(
    todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = left_behind(todo, monkeypatch)

    def refused(path: object, *_: object) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "unlink", refused)
    replace(todo, b"old", b"new")
    assert (todo.read_bytes(), left.read_bytes()) == (b"new", b"half")


def test_a_file_whose_name_is_as_long_as_can_be_is_put_in_place(tmp_path: Path) -> None:
    put(tmp_path / ("x" * 255), b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]
