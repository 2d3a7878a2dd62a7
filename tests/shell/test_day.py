"""Does a day over a real todo list read it right, write back what it says, and lose nothing on the way?"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from todo_days import ALONE, Planned, held, list_in, lived, planned, ran

from tier2.canonical import canonical
from tier2.contracts.v1 import ExecutionContext
from tier2.execution import run_workflow
from tier2.frozen import freeze_object
from tier2.shell import day, day_changes
from tier2.shell.day import (
    DayFiles,
    FileChange,
    apply_write_back,
    day_files,
    differences,
    plan_write_back,
    read_day,
)
from tier2.shell.day_changes import Role, unified
from tier2.shell.files import InputFault
from tier2.shell.todo import BOM, raw_lines

Json = Any

TODAY = "2026-11-24"
TODO = b"(A) 2026-11-20 Mend +roof due:2026-12-01 k:v\n\nx 2026-11-23 Oil the gate  \nCall\tAna \nx 2026-11-24 Wash"
LEFT = b"(A) 2026-11-20 Mend +roof due:2026-12-01 k:v\n\nCall\tAna \n"
MOVED = b"x 2026-11-23 Oil the gate  \nx 2026-11-24 Wash\n"
SECTION = (
    b"## 2026-11-24\n\nCompleted yesterday:\n- Oil the gate\n\nCarried over:\n- Mend +roof k:v\n- Call Ana\n\n"
    b"Priorities:\n1. Mend +roof k:v\n2. Call Ana\n"
)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def refusal(call: Callable[[], object]) -> str:
    """The one harmless line with which a call is refused."""
    with pytest.raises(InputFault) as found:
        call()
    text = str(found.value)
    assert text.isprintable()
    return text


# What is read


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


# What changed meanwhile


@pytest.mark.parametrize("role", ["todo", "done", "journal"])
@pytest.mark.parametrize("before", [b"x was\n", None])
@pytest.mark.parametrize("now", [b"x other\n", None])
def test_a_file_that_changed_during_the_run_stops_the_write_back(
    tmp_path: Path, role: str, before: bytes | None, now: bytes | None
) -> None:
    files = list_in(tmp_path, TODO)
    path: Path = getattr(files, role)
    put(path, before if role != "todo" else TODO)
    metadata, state = ran(files, TODAY)
    put(path, now)
    kept = held(tmp_path)
    if before is None and now is None and role != "todo":
        assert plan_write_back(files, metadata, state) != ()
    else:
        text = refusal(lambda: plan_write_back(files, metadata, state))
        assert text.startswith(f"{path}: ")
        assert "no such file" in text if role == "todo" and now is None else "nothing was written" in text
    assert held(tmp_path) == kept


def put(path: Path, data: bytes | None) -> None:
    path.unlink(missing_ok=True)
    if data is not None:
        path.write_bytes(data)


@pytest.mark.parametrize("role", ["todo", "done", "journal"])
def test_a_file_that_changed_after_the_plan_stops_everything_before_the_first_write(
    tmp_path: Path, role: str
) -> None:
    files = list_in(tmp_path, TODO)
    plan = planned(files, TODAY)
    path: Path = getattr(files, role)
    path.write_bytes(b"x of somebody else\n")
    kept = held(tmp_path)
    assert refusal(lambda: apply_write_back(files, *plan)) == (
        f"{path}: changed since the write-back was planned; nothing was written; start a new run"
    )
    assert held(tmp_path) == kept


@pytest.mark.parametrize("role", ["done", "journal", "todo"])
def test_a_file_saved_in_the_very_moment_before_it_is_replaced_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    files = list_in(tmp_path, TODO)
    plan = planned(files, TODAY)
    path: Path = getattr(files, role)
    before = [step for step in ("done", "journal", "todo") if step < role]
    calls = iter([*before, role])
    real = day._read_file

    def saved(files: DayFiles, asked: Role) -> bytes | None:
        # The first three calls read all files; each one after them looks again at one file.
        if len(seen) >= 3 and next(calls, None) == role:
            path.write_bytes(b"of somebody else\n")
        seen.append(asked)
        return real(files, asked)

    seen: list[Role] = []
    monkeypatch.setattr(day, "_read_file", saved)
    text = refusal(lambda: apply_write_back(files, *plan))
    assert text.startswith(f"{path}: changed since the write-back was planned")
    assert path.read_bytes() == b"of somebody else\n"
    assert ("nothing was written" in text) == (role == "done")
    assert ("take the tasks that are in done.txt now out of todo.txt" in text) == (role != "done")


def test_after_the_last_write_the_files_are_the_persons_again(tmp_path: Path) -> None:
    files = list_in(tmp_path, TODO)
    plan = lived(files, TODAY)
    files.journal.write_bytes(b"all my own\n")
    files.done.write_bytes(b"")
    kept = held(tmp_path)
    apply_write_back(files, *plan)
    assert held(tmp_path) == kept


def test_an_archive_put_back_from_its_copy_is_not_taken_for_finished(tmp_path: Path) -> None:
    files = list_in(tmp_path, TODO, b"x Old\n")
    plan = lived(files, TODAY)
    files.done.write_bytes(b"x Old\n")
    kept = held(tmp_path)
    assert "written already" in refusal(lambda: apply_write_back(files, *plan))
    assert held(tmp_path) == kept


# Plans and states that cannot be


@pytest.mark.parametrize(
    "archived",
    [
        [{"text": "t", "done": True, "line": 99}],
        [{"text": "t", "done": True, "line": -1}],
        [{"text": "t", "done": True, "line": "2"}],
        [{"text": "t", "done": True, "line": True}],
        [{"text": "t", "done": True, "line": 2}, {"text": "t", "done": True, "line": 2}],
        [{"text": "t", "done": True, "line": 0}],
        [{"text": "t", "done": True, "line": 3}],
    ],
)
def test_a_final_state_that_moves_what_it_must_not_is_refused(tmp_path: Path, archived: Json) -> None:
    files = list_in(tmp_path, b"a\nx b\nx c\n\n")
    began = read_day(files, TODAY)
    state = freeze_object({**began.initial_state, "archived": archived})
    assert "nothing was written" in refusal(lambda: plan_write_back(files, began.metadata, state))


@pytest.mark.parametrize(
    "state", [{"archived": 5}, {"archived": [7]}, {"journal": 1}, {"journal": [{"date": "x"}]}]
)
def test_a_malformed_final_state_is_refused_with_its_path(tmp_path: Path, state: Json) -> None:
    files = list_in(tmp_path, TODO)
    began = read_day(files, TODAY)
    final = freeze_object({"today": TODAY, **state})
    assert "the final state: $." in refusal(lambda: plan_write_back(files, began.metadata, final))


@pytest.mark.parametrize("metadata", [{}, {"todo_txt": 1}, {"todo_txt": {"todo_sha256": "x"}}])
def test_metadata_of_no_todo_run_is_refused(tmp_path: Path, metadata: Json) -> None:
    files = list_in(tmp_path, TODO)
    assert "the metadata of the run" in refusal(
        lambda: plan_write_back(files, freeze_object(metadata), freeze_object({}))
    )


def test_a_plan_that_was_tampered_with_is_refused_before_the_first_write(tmp_path: Path) -> None:
    files = list_in(tmp_path, TODO)
    done, journal, todo = planned(files, TODAY).changes
    state = planned(files, TODAY).state
    other = msgspec.structs.replace(todo, new_sha256=sha256(b""))
    for changes in [(todo,), (done, journal), (todo, done), (done, done, todo), (done, journal, other)]:
        assert "start a new run" in refusal(lambda changes=changes: apply_write_back(files, changes, state))  # type: ignore[misc]  # a default argument
    assert held(tmp_path) == {"todo.txt": TODO}


def test_a_line_lost_in_planning_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = list_in(tmp_path, TODO)
    metadata, state = ran(files, TODAY)
    monkeypatch.setattr(day_changes, "without", lambda *_: b"")
    assert "a line would be lost or doubled" in refusal(lambda: plan_write_back(files, metadata, state))
    assert held(tmp_path) == {"todo.txt": TODO}


# Faults


def failing(number: int) -> Callable[..., NoReturn]:
    """A system call that fails."""

    def call(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return call


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
        assert whole_files(folder) == expected
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
