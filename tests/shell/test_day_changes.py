"""Does a day write back nothing over what changed meanwhile, and nothing that it was not told to?"""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from todo_days import TODAY, TODO, held, list_in, lived, planned, ran, refusal, sha256

from tier2.shell.worlds.daily_loop import changes as day_changes
from tier2.shell.worlds.daily_loop import files as day
from tier2.shell.worlds.daily_loop.changes import Role
from tier2.shell.worlds.daily_loop.files import (
    DayFiles,
    apply_write_back,
    plan_write_back,
    read_day,
)
from tier2.values.frozen import freeze_object

Json = Any

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
