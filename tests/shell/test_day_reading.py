"""Does a day read a real todo list right, and refuse what is none?"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from todo_days import (
    TODAY,
    TODO,
    failing,
    held,
    list_in,
    lived,
    refusal,
    sha256,
)

from tier2.shell.worlds.daily_loop.files import (
    DayFiles,
    day_files,
    read_day,
)

Json = Any


def test_the_state_is_today_and_the_tasks_and_the_metadata_are_the_digests_of_the_files(
    tmp_path: Path,
) -> None:
    began = read_day(list_in(tmp_path, TODO, b"x 2026-11-01 Old\n"), TODAY)
    tasks: Json = began.initial_state["tasks"]
    assert began.initial_state.keys() == {"today", "tasks"}
    assert [(task["text"], task["line"]) for task in tasks] == [
        ("Mend +roof k:v", 0),
        ("Oil the gate", 2),
        ("Call Ana", 3),
        ("Wash", 4),
    ]
    assert began.metadata == {
        "todo_txt": {
            "done_sha256": sha256(b"x 2026-11-01 Old\n"),
            "journal_sha256": None,
            "todo_sha256": sha256(TODO),
        }
    }


def test_what_is_in_done_txt_since_yesterday_counts_but_has_no_line_to_be_moved(tmp_path: Path) -> None:
    done = b"x 2026-11-22 a\nx 2026-11-23 2026-11-01 b\nx 2026-11-24 c\nx 2026-11-25 d\nx e 2026-11-23\n2026-11-23 f\n"
    began = read_day(list_in(tmp_path, b"x 2026-11-23 g\n", done), TODAY)
    tasks: Json = began.initial_state["tasks"]
    assert [(task["text"], task.get("line")) for task in tasks] == [("b", None), ("c", None), ("g", 0)]


def test_a_list_whose_client_archives_at_once_has_the_same_summary(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one = list_in(tmp_path / "one", b"x 2026-11-23 Oil\nCall\n")
    other = list_in(tmp_path / "other", b"Call\n", b"x 2026-11-23 Oil\n")
    lived(one, TODAY)
    lived(other, TODAY)
    assert one.journal.read_bytes() == other.journal.read_bytes()
    assert one.done.read_bytes() == other.done.read_bytes() == b"x 2026-11-23 Oil\n"


def test_the_first_day_of_the_calendar_can_be_read(tmp_path: Path) -> None:
    began = read_day(list_in(tmp_path, b"a\n", b"x 0001-01-01 b\n"), "0001-01-01")
    tasks: Json = began.initial_state["tasks"]
    assert [task["text"] for task in tasks] == ["b", "a"]


@pytest.mark.parametrize("role", ["todo", "done", "journal"])
def test_a_file_in_latin_1_is_refused_with_its_line(tmp_path: Path, role: str) -> None:
    files = list_in(tmp_path, b"a\n")
    path: Path = getattr(files, role)
    path.write_bytes("one\r\nCaf\u00e9\n".encode("latin-1"))
    text = refusal(lambda: read_day(files, TODAY))
    assert text == f"{path}: line 2 is not UTF-8; save the file as UTF-8"


def test_a_missing_todo_file_is_refused_and_none_is_made(tmp_path: Path) -> None:
    files = day_files(tmp_path / "todo.txt")
    assert "no such file" in refusal(lambda: read_day(files, TODAY))
    assert held(tmp_path) == {}


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "todo.txt")
    assert "no regular file" in refusal(lambda: read_day(day_files(tmp_path / "todo.txt"), TODAY))
    assert "no regular file" in refusal(lambda: read_day(DayFiles(tmp_path, tmp_path, tmp_path), TODAY))


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = list_in(tmp_path, b"a\n")
    monkeypatch.setattr(Path, "read_bytes", failing(errno.EACCES))
    assert refusal(lambda: read_day(files, TODAY)).endswith(
        "cannot be read: Permission denied; make it readable"
    )


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_two_names_of_one_file_are_refused(tmp_path: Path, link: Callable[[Path, Path], None]) -> None:
    files = list_in(tmp_path, TODO)
    link(files.todo, files.done)
    assert "are one file" in refusal(lambda: read_day(files, TODAY))


def test_a_list_that_is_named_as_the_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "done.txt").write_bytes(TODO)
    assert "are one file" in refusal(lambda: read_day(day_files(tmp_path / "done.txt"), TODAY))
