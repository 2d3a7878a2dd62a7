"""Does a day write back what it says, and leave every file as its owner keeps it?"""

import os
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from todo_days import LEFT, MOVED, SECTION, TODAY, TODO, held, list_in, lived, planned, ran, sha256

from tier2.shell.worlds.daily_loop.changes import unified
from tier2.shell.worlds.daily_loop.files import (
    FileChange,
    apply_write_back,
    day_files,
    differences,
    plan_write_back,
    read_day,
)
from tier2.shell.worlds.daily_loop.todo_txt import BOM, raw_lines
from tier2.values.frozen import freeze_object

Json = Any

# What is written


def test_a_first_day_makes_the_archive_and_the_journal(tmp_path: Path) -> None:
    plan = lived(list_in(tmp_path, TODO), TODAY)
    assert [change.role for change in plan.changes] == ["done", "journal", "todo"]
    assert held(tmp_path) == {
        "done.txt": MOVED,
        "journal.md": SECTION,
        "todo.txt": LEFT,
        "todo.txt.bak": TODO,
    }


def test_the_plan_names_the_digests_before_and_after(tmp_path: Path) -> None:
    plan = planned(list_in(tmp_path, TODO, b"x 1\n"), TODAY)
    assert plan.changes == (
        FileChange(role="done", old_sha256=sha256(b"x 1\n"), new_sha256=sha256(b"x 1\n" + MOVED)),
        FileChange(role="journal", old_sha256=None, new_sha256=sha256(SECTION)),
        FileChange(role="todo", old_sha256=sha256(TODO), new_sha256=sha256(LEFT)),
    )
    plain = msgspec.to_builtins(plan.changes)
    assert msgspec.convert(plain, tuple[FileChange, ...]) == plan.changes


@pytest.mark.parametrize(
    ("done", "after"),
    [
        (b"", MOVED),
        (b"x Old\n", b"x Old\n" + MOVED),
        (b"x Old", b"x Old\n" + MOVED),
        (b"x Old\r\n", b"x Old\r\n" + MOVED.replace(b"\n", b"\r\n")),
        (BOM + b"x Old\n", BOM + b"x Old\n" + MOVED),
    ],
)
def test_the_archive_grows_at_its_end_in_its_own_manner(tmp_path: Path, done: bytes, after: bytes) -> None:
    files = list_in(tmp_path, TODO, done)
    lived(files, TODAY)
    assert (files.done.read_bytes(), files.done.with_name("done.txt.bak").read_bytes()) == (after, done)


def test_a_list_of_another_system_keeps_its_mark_and_its_line_ends(tmp_path: Path) -> None:
    todo = BOM + TODO.replace(b"\n", b"\r\n")
    files = list_in(tmp_path, todo)
    lived(files, TODAY)
    assert files.todo.read_bytes() == BOM + LEFT.replace(b"\n", b"\r\n")
    assert files.done.read_bytes() == MOVED.replace(b"\n", b"\r\n")


def test_a_day_without_anything_done_writes_the_journal_alone(tmp_path: Path) -> None:
    files = list_in(tmp_path, b"Call\n", b"x Old")
    plan = lived(files, TODAY)
    assert [change.role for change in plan.changes] == ["journal"]
    assert held(tmp_path).keys() == {"done.txt", "journal.md", "todo.txt"}
    assert (files.todo.read_bytes(), files.done.read_bytes()) == (b"Call\n", b"x Old")


def test_an_empty_list_has_a_day_too(tmp_path: Path) -> None:
    lived(list_in(tmp_path, b""), TODAY)
    assert held(tmp_path) == {
        "journal.md": b"## 2026-11-24\n\nCompleted yesterday:\n- nothing\n\n"
        b"Carried over:\n- nothing\n\nPriorities:\n- nothing\n",
        "todo.txt": b"",
    }


def test_the_same_day_again_changes_nothing(tmp_path: Path) -> None:
    files = list_in(tmp_path, TODO)
    lived(files, TODAY)
    before = held(tmp_path)
    assert planned(files, TODAY).changes == ()
    assert lived(files, TODAY).changes == ()
    assert held(tmp_path) == before


def test_later_on_the_same_day_more_is_archived_and_the_section_is_brought_up_to_date(tmp_path: Path) -> None:
    files = list_in(tmp_path, TODO, None, b"Dear diary\n")
    lived(files, TODAY)
    files.journal.write_bytes(files.journal.read_bytes() + b"\nA good day.\n")
    files.todo.write_bytes(LEFT.replace(b"Call", b"x 2026-11-24 Call"))
    lived(files, TODAY)
    section = SECTION.replace(b"- Call Ana\n", b"").replace(b"2. Call Ana\n", b"")
    assert files.journal.read_bytes() == b"Dear diary\n\n" + section + b"\nA good day.\n"
    assert files.done.read_bytes() == MOVED + b"x 2026-11-24 Call\tAna \n"


def test_a_task_archived_before_stays_where_it_is(tmp_path: Path) -> None:
    files = list_in(tmp_path, b"a\nx b\n")
    metadata, state = ran(files, TODAY)
    more: Json = {**state, "archived": ({"text": "long ago", "done": True}, *state["archived"])}  # type: ignore[misc]  # an array
    apply_write_back(files, plan_write_back(files, metadata, freeze_object(more)), freeze_object(more))
    assert files.done.read_bytes() == b"x b\n"


def test_a_run_without_the_archiving_step_moves_nothing(tmp_path: Path) -> None:
    files = list_in(tmp_path, TODO)
    began = read_day(files, TODAY)
    assert plan_write_back(files, began.metadata, began.initial_state) == ()


def test_the_difference_is_shown_harmless_and_nothing_is_written(tmp_path: Path) -> None:
    todo = b"a\nb\nc\nd\ne\nx \x1b[2J\xe2\x80\xae gone\nf\ng\nh\ni\nj\nk\nl\nx 2\n"
    files = list_in(tmp_path, todo, b"x Old", b"# Mine\n")
    before = held(tmp_path)
    plan = planned(files, TODAY)
    section = "\n".join(
        ["", "## 2026-11-24", "", "Completed yesterday:", "- nothing", "", "Carried over:"]
        + [f"- {letter}" for letter in "abcdefghijkl"]
        + ["", "Priorities:", "1. a", "2. b", "3. c"]
    ).replace("\n", "\n+")
    assert differences(files, *plan) == (
        f"--- {files.done}\n+++ {files.done}\n@@ -1,1 +1,3 @@\n x Old\n+x \\u001b[2J\\u202e gone\n+x 2\n"
        f"--- {files.journal}\n+++ {files.journal}\n@@ -1,1 +1,25 @@\n # Mine\n+{section}\n"
        f"--- {files.todo}\n+++ {files.todo}\n@@ -3,7 +3,6 @@\n c\n d\n e\n-x \\u001b[2J\\u202e gone\n f\n g\n h\n"
        "@@ -11,4 +10,3 @@\n j\n k\n l\n-x 2\n"
    )
    assert held(tmp_path) == before


def test_the_difference_of_a_new_file_is_one_to_nothing(tmp_path: Path) -> None:
    files = list_in(tmp_path, b"x 1\n")
    text = differences(
        files,
        planned(files, TODAY).changes[:1] + planned(files, TODAY).changes[2:],
        planned(files, TODAY).state,
    )
    assert text == (
        f"--- /dev/null\n+++ {files.done}\n@@ -0,0 +1,1 @@\n+x 1\n"
        f"--- {files.todo}\n+++ {files.todo}\n@@ -1,1 +0,0 @@\n-x 1\n"
    )


small_files = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"\n"]), max_size=14).map(b"".join)


@example(b"b\na\n", b"b\na\na\n")
@given(small_files, small_files)
def test_the_difference_leads_from_the_old_file_to_the_new_one(old: bytes, new: bytes) -> None:
    patched: list[str] = []
    before = [line.decode() for line in raw_lines(old)]
    read = 0
    for line in unified("name", old, new).splitlines()[2:]:
        if line.startswith("@@"):
            start, length = (int(number) for number in line.split()[1][1:].split(","))
            skipped = start - 1 if length else start
            patched += before[read:skipped]
            read = skipped
        if line.startswith((" ", "-")):
            assert before[read] == line[1:]
            read += 1
        if line.startswith((" ", "+")):
            patched.append(line[1:])
    assert [*patched, *before[read:]] == [line.decode() for line in raw_lines(new)]


# Files as they are kept


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_each_file_keeps_its_permissions_and_a_new_one_has_those_of_the_list(
    tmp_path: Path, mode: int
) -> None:
    files = list_in(tmp_path, TODO, None, b"Dear diary\n")
    files.todo.chmod(mode)
    files.journal.chmod(0o604)
    lived(files, TODAY)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {
        "done.txt": mode,
        "journal.md": 0o604,
        "journal.md.bak": 0o604,
        "todo.txt": mode,
        "todo.txt.bak": mode,
    }


def test_a_file_is_never_open_to_more_people_than_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = list_in(tmp_path, TODO)
    files.todo.chmod(0o600)
    modes: set[int] = set()
    change, replace = os.fchmod, os.replace

    def changed(descriptor: int, mode: int) -> None:
        modes.add(stat.S_IMODE(os.fstat(descriptor).st_mode))
        change(descriptor, mode)

    def replaced(source: Path, target: Path) -> None:
        modes.add(stat.S_IMODE(Path(source).stat().st_mode))
        replace(source, target)

    monkeypatch.setattr(os, "fchmod", changed)
    monkeypatch.setattr(os, "replace", replaced)
    lived(files, TODAY)
    assert modes == {0o600}


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "mine").mkdir()
    real = tmp_path / "shared" / "list.txt"
    real.write_bytes(TODO)
    files = day_files(tmp_path / "mine" / "todo.txt")
    files.todo.symlink_to(Path("..") / "shared" / "list.txt")
    files.done.symlink_to(tmp_path / "shared" / "old.txt")
    lived(files, TODAY)
    assert files.todo.is_symlink()
    assert files.done.is_symlink()
    assert held(tmp_path / "shared") == {"list.txt": LEFT, "old.txt": MOVED}
    assert files.todo.with_name("todo.txt.bak").read_bytes() == TODO
