"""Does a new run leave files alone that an interrupted write-back has half written, so that no line stands twice?"""

import errno
import os
from collections import Counter
from pathlib import Path
from typing import NoReturn

import pytest
from real_runs import RealRuns
from todo_days import failing, held

from tier2.shell.io.atomic_write import replace
from tier2.shell.runs import driver, write_back
from tier2.shell.runs.write_back import Plan, apply

TODO = b"x 2026-11-23 Oil the gate\nCall Ana\nx 2026-11-24 Wash"
MOVED = b"x 2026-11-23 Oil the gate\nx 2026-11-24 Wash\n"
ALONE = ("--param", "requested_human_steps=0", "--today", "2026-11-24")


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def todo(tmp_path: Path) -> Path:
    path = tmp_path / "list" / "todo.txt"
    path.parent.mkdir()
    path.write_bytes(TODO)
    return path


def interrupted(real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch, files: int) -> Path:
    """The run file of a day whose process was killed when it had written so many of its three files."""
    left = [files]

    def killed(path: Path, *rest: bytes | None, like: Path | None) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        replace(path, *rest, like=like)  # type: ignore[arg-type]  # passed on as given

    with monkeypatch.context() as patch:
        patch.setattr(write_back, "replace", killed)
        with pytest.raises(Killed):
            real("run", "daily_loop", "--todo", str(todo), *ALONE)
    return real.path("wf-daily-loop-1")


def lines(todo: Path) -> Counter[bytes]:
    done = todo.with_name("done.txt")
    return Counter(
        [*todo.read_bytes().split(b"\n"), *(done.read_bytes().split(b"\n") if done.exists() else ())]
    )


@pytest.mark.parametrize("files", [1, 2])
def test_a_new_run_waits_for_the_interrupted_one(
    real: RealRuns, todo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    run = interrupted(real, todo, monkeypatch, files)
    before = held(todo.parent)
    assert ".todo.txt.tier2" in before
    link = tmp_path / "link.txt"
    link.symlink_to(todo)
    other = ("--runs", str(tmp_path / "others"))
    for path, more in (
        (todo, ()),
        (todo, other),
        (link, other),
        (todo, ("--dry-run",)),
        (todo, ("--done", "d")),
    ):
        refusal = real("run", "daily_loop", "--todo", str(path), *ALONE, *more).refusal
        assert f"{path}: an earlier write-back was interrupted" in refusal
        assert f"resume the run {run} first" in refusal
    assert held(todo.parent) == before
    assert real("resume", run, "--todo", todo).code == 0
    assert real("run", "daily_loop", "--todo", str(todo), *ALONE, *other).code == 0
    assert todo.with_name("done.txt").read_bytes() == MOVED
    assert todo.read_bytes() == b"Call Ana\n"
    assert not todo.with_name(".todo.txt.tier2").exists()


def test_lines_that_a_newer_run_moved_are_not_undone(
    real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To undo them would lose them: they are in done.txt alone."""
    run = interrupted(real, todo, monkeypatch, 0)
    todo.write_bytes(todo.read_bytes() + b"\nBuy milk\n")
    assert real("run", "daily_loop", "--todo", str(todo), *ALONE).code == 0
    before = held(todo.parent)
    refusal = real("resume", run, "--todo", todo).err
    assert "changed since the write-back was planned; no file is half written, so undo nothing" in refusal
    assert held(todo.parent) == before


def test_a_new_file_is_undone_by_its_removal(
    real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = interrupted(real, todo, monkeypatch, 1)
    todo.write_bytes(TODO + b"\nBuy milk\n")
    refusal = real("resume", run, "--todo", todo).err
    done = todo.with_name("done.txt")
    marker = todo.with_name(f".{todo.name}.tier2")
    unless = f"or, if the files are as they should be, remove {marker}"
    words = " ".join(refusal.split())
    assert f"written already, so undo it: remove {done}; {unless}; then start a new run" in words
    done.unlink()
    assert real("run", "daily_loop", "--todo", str(todo), *ALONE).code == 0
    assert lines(todo) == Counter([*(TODO + b"\nBuy milk").split(b"\n"), b"", b""])


@pytest.mark.parametrize("files", [0, 3])
def test_all_or_nothing_written_stops_nobody(
    real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    if files:
        with monkeypatch.context() as patch:
            patch.setattr("tier2.shell.runs.unfinished._remove", failing(errno.EIO))
            with pytest.raises(OSError, match="Input/output"):
                real("run", "daily_loop", "--todo", str(todo), *ALONE)
    else:
        interrupted(real, todo, monkeypatch, 0)
    assert todo.with_name(".todo.txt.tier2").exists()
    assert real("run", "daily_loop", "--todo", str(todo), *ALONE).code == 0
    assert todo.with_name("done.txt").read_bytes() == MOVED
    assert not todo.with_name(".todo.txt.tier2").exists()


def test_a_marker_of_a_finished_run_stops_nobody(
    real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = interrupted(real, todo, monkeypatch, 1)
    marker = todo.with_name(".todo.txt.tier2")
    left = marker.read_bytes()
    assert real("resume", run, "--todo", todo).code == 0
    marker.write_bytes(left)
    todo.write_bytes(b"x 2026-11-24 Call Ana\n")
    todo.with_name("done.txt").write_bytes(b"")
    assert real("run", "daily_loop", "--todo", str(todo), *ALONE).code == 0


def test_without_its_run_file_a_write_back_can_be_undone(
    real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = todo.with_name("done.txt")
    done.write_bytes(b"x 2026-11-01 Old\n")
    interrupted(real, todo, monkeypatch, 2).unlink()
    refusal = real("run", "daily_loop", "--todo", str(todo), *ALONE).refusal
    assert f"is gone: put back {done}, " in refusal
    assert f"remove {todo.with_name('.todo.txt.tier2')}" in refusal
    done.with_name("done.txt.bak").replace(done)
    assert real("run", "daily_loop", "--todo", str(todo), *ALONE).code == 0
    assert done.read_bytes() == b"x 2026-11-01 Old\n" + MOVED


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"run":"r","paths":[],"changes":[]}'])
def test_a_marker_of_somebody_else_is_refused(real: RealRuns, todo: Path, data: bytes) -> None:
    marker = todo.with_name(".todo.txt.tier2")
    marker.write_bytes(data)
    refusal = real("run", "daily_loop", "--todo", str(todo), *ALONE).refusal
    assert f"{marker}: does not name the run that is writing {todo} back; nothing was changed" in refusal
    marker.unlink()
    assert real("run", "daily_loop", "--todo", str(todo), *ALONE).code == 0


def test_a_change_before_the_first_write_leaves_no_marker(
    real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the run that the message asks for would be refused."""

    def saved(*arguments: Plan) -> None:
        todo.with_name("done.txt").write_bytes(b"x 2026-11-24 By hand\n")
        apply(*arguments)  # type: ignore[arg-type]  # passed on as given

    with monkeypatch.context() as patch:
        patch.setattr(driver, "apply", saved)
        answer = real("run", "daily_loop", "--todo", str(todo), *ALONE)
    assert "nothing was written; start a new run" in answer.err
    assert real("run", "daily_loop", "--todo", str(todo), *ALONE).code == 0
    assert lines(todo) == Counter(
        [*b"x 2026-11-24 By hand\n".split(b"\n"), *MOVED.split(b"\n")[:-1], b"Call Ana", b""]
    )


def test_a_folder_that_takes_no_marker_keeps_its_files(
    real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("tier2.shell.runs.unfinished.put", full)
        answer = real("run", "daily_loop", "--todo", str(todo), *ALONE)
    assert f"{todo.with_name('.todo.txt.tier2')}: cannot be written: No space" in answer.err
    assert held(todo.parent) == {"todo.txt": TODO}
    assert real("resume", "wf-daily-loop-1", "--todo", todo).code == 0
    assert todo.with_name("done.txt").read_bytes() == MOVED
