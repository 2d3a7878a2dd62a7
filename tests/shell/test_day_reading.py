"""Is a real todo list read into the state of a day, and refused where it is none?"""

import os
from pathlib import Path
from typing import Any

import pytest
from todo_days import TODAY, TODO, held, list_in, lived, refusal, sha256, todo_files

from tier2.shell.worlds.daily_loop.reading import read_day

Json = Any


def tasks(folder: Path, todo: bytes, done: bytes | None, today: str = TODAY) -> list[tuple[str, int | None]]:
    """The text of each task, and its line in todo.txt."""
    state: Json = read_day(list_in(folder, todo, done).by_name, today).initial_state
    assert state.keys() == {"today", "since", "tasks"}
    return [(task["text"], task.get("line")) for task in state["tasks"]]


def test_the_state_has_each_task_with_its_line(tmp_path: Path) -> None:
    expected = [("Mend +roof k:v", 0), ("Oil the gate", 2), ("Call Ana", 3), ("Wash", 4)]
    assert tasks(tmp_path, TODO, None) == expected


def test_the_metadata_has_the_digest_of_each_file(tmp_path: Path) -> None:
    began = read_day(list_in(tmp_path, TODO, b"x 2026-11-01 Old\n").by_name, TODAY)
    assert began.metadata == {
        "todo_txt": {
            "done_sha256": sha256(b"x 2026-11-01 Old\n"),
            "journal_sha256": None,
            "todo_sha256": sha256(TODO),
        }
    }


def test_what_was_archived_since_yesterday_has_no_line(tmp_path: Path) -> None:
    done = b"x 2026-11-22 a\nx 2026-11-23 2026-11-01 b\nx 2026-11-24 c\nx 2026-11-25 d\nx e 2026-11-23\n2026-11-23 f\n"
    assert tasks(tmp_path, b"x 2026-11-23 g\n", done) == [("b", None), ("c", None), ("g", 0)]


def test_the_first_day_of_the_calendar_can_be_read(tmp_path: Path) -> None:
    assert tasks(tmp_path, b"a\n", b"x 0001-01-01 b\n", "0001-01-01") == [("b", None), ("a", 0)]


def test_a_client_that_archives_at_once_changes_nothing(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one = list_in(tmp_path / "one", b"x 2026-11-23 Oil\nCall\n")
    other = list_in(tmp_path / "other", b"Call\n", b"x 2026-11-23 Oil\n")
    lived(one, TODAY)
    lived(other, TODAY)
    assert one.journal.read_bytes() == other.journal.read_bytes()
    assert one.done.read_bytes() == other.done.read_bytes() == b"x 2026-11-23 Oil\n"


@pytest.mark.parametrize("name", ["todo", "done", "journal"])
def test_a_file_in_latin_1_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    files = list_in(tmp_path, b"a\n")
    path = files.by_name[name]
    path.write_bytes("one\r\nCaf\u00e9\n".encode("latin-1"))
    text = refusal(lambda: read_day(files.by_name, TODAY))
    assert text == f"{path}: line 2 is not UTF-8; save the file as UTF-8"


def test_a_missing_todo_file_is_refused_and_not_made(tmp_path: Path) -> None:
    files = todo_files(tmp_path / "todo.txt")
    assert "no such file" in refusal(lambda: read_day(files.by_name, TODAY))
    assert held(tmp_path) == {}


def test_a_todo_file_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "todo.txt")
    files = todo_files(tmp_path / "todo.txt")
    assert "no regular file" in refusal(lambda: read_day(files.by_name, TODAY))


def test_a_list_that_is_named_as_the_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "done.txt").write_bytes(TODO)
    files = todo_files(tmp_path / "done.txt")
    assert "are one file" in refusal(lambda: read_day(files.by_name, TODAY))


@pytest.mark.parametrize(
    ("done", "journal"),
    [
        ("new", "new"),
        ("a/../new", "new"),
        ("todo.txt.bak", "journal.md"),
        ("journal.md.bak", "journal.md"),
        ("done.txt", "done.txt.bak"),
        (".todo.txt.tier2", "journal.md"),
    ],
)
def test_a_file_in_the_place_of_a_copy_is_refused(tmp_path: Path, done: str, journal: str) -> None:
    """None of the two need be there yet: the second write would destroy what the first one has written."""
    (tmp_path / "a").mkdir()
    todo = list_in(tmp_path, TODO).todo
    files = {"done": tmp_path / done, "journal": tmp_path / journal, "todo": todo}
    assert refusal(lambda: read_day(files, TODAY)).endswith("are one file; give each its own")


@pytest.mark.parametrize(
    ("todo", "done", "journal"),
    [
        ("todo.txt", "done.txt", "journal.md"),
        ("work.txt", "work.done.txt", "work.journal.md"),
        ("my.work.txt", "my.work.done.txt", "my.work.journal.md"),
        ("TODO.TXT", "TODO.TXT-done.txt", "TODO.TXT-journal.md"),
        ("work", "work-done.txt", "work-journal.md"),
        ("todo.md", "todo.md-done.txt", "todo.md-journal.md"),
    ],
)
def test_each_list_has_companions_of_its_own(todo: str, done: str, journal: str) -> None:
    files = todo_files(Path("here") / todo)
    assert [path.name for path in files] == [done, journal, todo]
    assert {path.parent for path in files} == {Path("here")}
