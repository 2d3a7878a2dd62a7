"""Is a day whole again after a kill, a full disk or Ctrl-C at any instant of its writing?"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from todo_days import (
    ALONE,
    LEFT,
    MOVED,
    SECTION,
    TODAY,
    TODO,
    Planned,
    failing,
    held,
    list_in,
    lived,
    planned,
    refusal,
)

from tier2.contracts.v1 import ExecutionContext
from tier2.engine.execution import run_workflow
from tier2.shell.worlds.daily_loop import files as day
from tier2.shell.worlds.daily_loop.files import (
    DayFiles,
    apply_write_back,
    read_day,
)
from tier2.values.canonical import canonical


class Killed(BaseException):
    """The process ends here: nothing after this is done, not even tidying up."""


WRITING = ["open", "fchmod", "fsync", "replace"]
"""The system calls of writing a file, each a boundary."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_boundary_of_writing_the_day_is_completed_by_doing_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    (tmp_path / "whole").mkdir()
    whole = list_in(tmp_path / "whole", TODO, b"x Old", b"Dear diary")
    lived(whole, TODAY)
    expected = held(tmp_path / "whole")
    kills = 0
    while True:
        folder = tmp_path / str(kills)
        folder.mkdir()
        files = list_in(folder, TODO, b"x Old", b"Dear diary")
        plan = planned(files, TODAY)
        if not killed_at(kills, files, plan, monkeypatch, after=after):
            break
        assert all(map(known, whole_files(folder).values()))
        apply_write_back(files, *plan)
        assert held(folder) == expected
        kills += 1
    # Six files are written, three of them copies, each by an open, two fsyncs with another open, a mode and a replace.
    assert kills == 6 * 6


def killed_at(
    boundary: int, files: DayFiles, plan: Planned, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> bool:
    """Applies the plan, and dies before or after one of the system calls; whether it came to that."""
    left = [boundary]

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == -1 and not after:
                raise Killed
            done = real(*arguments, **more)
            if left[0] == -1:
                raise Killed
            return done

        return call

    with monkeypatch.context() as patch:
        for name in WRITING:
            patch.setattr(os, name, deadly(getattr(os, name)))
        # A killed process does not tidy up.
        patch.setattr(os, "unlink", lambda _: None)
        try:
            apply_write_back(files, *plan)
        except Killed:
            return True
    return False


def whole_files(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in held(folder).items() if not name.startswith(".tier2-")}


def known(data: bytes) -> bool:
    """Whether these are the whole bytes of a file before or after the day."""
    return data in (TODO, LEFT, b"x Old", b"x Old\n" + MOVED, b"Dear diary", b"Dear diary\n\n" + SECTION)


@pytest.mark.parametrize("call", WRITING)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_full_disk_or_a_read_only_folder_is_told_and_the_day_goes_on_once_that_is_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    files = list_in(tmp_path, TODO, b"x Old\n")
    plan = planned(files, TODAY)
    before = held(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(number))
        text = refusal(lambda: apply_write_back(files, *plan))
    assert text.startswith(f"{files.done}: cannot be written: {os.strerror(number)}; ")
    assert "resume" in text
    assert held(tmp_path) == before
    apply_write_back(files, *plan)
    assert files.done.read_bytes() == b"x Old\n" + MOVED
    assert files.todo.read_bytes() == LEFT


def test_a_disk_that_is_full_for_the_last_file_leaves_the_first_ones_whole_and_the_last_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = list_in(tmp_path, TODO)
    plan = planned(files, TODAY)
    real = os.replace

    def full(source: Path, target: Path) -> None:
        if Path(target).name == "todo.txt":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        assert refusal(lambda: apply_write_back(files, *plan)).startswith(
            f"{files.todo}: cannot be written: No space"
        )
    assert held(tmp_path) == {
        "done.txt": MOVED,
        "journal.md": SECTION,
        "todo.txt": TODO,
        "todo.txt.bak": TODO,
    }
    apply_write_back(files, *plan)
    assert (files.done.read_bytes(), files.todo.read_bytes()) == (MOVED, LEFT)


def test_ctrl_c_while_writing_leaves_no_half_file_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = list_in(tmp_path, TODO)
    plan = planned(files, TODAY)

    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        apply_write_back(files, *plan)
    assert held(tmp_path) == {"todo.txt": TODO}


def test_a_hundred_thousand_lines_are_a_day_like_any_other(tmp_path: Path) -> None:
    todo = b"".join(b"%st%d\n" % (b"x 2026-11-23 " * (n % 2), n) for n in range(10**5))
    files = list_in(tmp_path, todo)
    lived(files, TODAY)
    assert files.done.read_bytes().count(b"\n") == files.todo.read_bytes().count(b"\n") == 50_000
    assert sorted(files.done.read_bytes().split() + files.todo.read_bytes().split()) == sorted(todo.split())
    assert files.journal.read_bytes().count(b"- and 49980 more\n") == 1


@pytest.mark.parametrize("start", [b"", b"x 2026-11-23 ", b"(A) 2026-11-01 "], ids=["open", "done", "urgent"])
def test_a_list_whose_result_could_not_be_recorded_is_refused_before_anything_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    files = list_in(tmp_path, b"".join(b"%sTask %d +p \xc3\xa9\n" % (start, n) for n in range(3000)))
    began = read_day(files, TODAY)
    size = len(canonical(run_workflow(ALONE, ExecutionContext(initial_state=began.initial_state))))
    monkeypatch.setattr(day, "MAX_BYTES", 1000)
    text = refusal(lambda: read_day(files, TODAY))
    assert text.startswith(f"{files.todo}: 3000 tasks are too many for one run: the record of it could have ")
    assert text.endswith(
        " bytes, more than 1000; split the list, or move completed tasks to done.txt by hand"
    )
    bound = int(text.split("could have ")[1].split()[0])
    assert size < bound < 2 * size
    monkeypatch.setattr(day, "MAX_BYTES", bound)
    assert read_day(files, TODAY) == began
