"""What do todo.txt, done.txt and journal.md become at the end of a day?"""

from pathlib import Path
from typing import Any

import pytest
from todo_days import (
    ALONE,
    LEFT,
    MOVED,
    SECTION,
    TODAY,
    TODO,
    held,
    list_in,
    lived,
    ran,
    refusal,
    write_back_of,
)

from tier2.engine.execution import run_workflow
from tier2.shell.runs.write_back import plan
from tier2.shell.worlds.daily_loop import changes as day_changes
from tier2.shell.worlds.daily_loop import reading
from tier2.shell.worlds.daily_loop.changes import new_files
from tier2.shell.worlds.daily_loop.journal_md import completed_items
from tier2.shell.worlds.daily_loop.reading import digests_at_begin, read_day
from tier2.shell.worlds.daily_loop.todo_txt import BOM
from tier2.values.canonical import canonical
from tier2.values.frozen import freeze_object

Json = Any


def test_a_first_day_makes_the_archive_and_the_journal(tmp_path: Path) -> None:
    _, planned = lived(list_in(tmp_path, TODO), TODAY)
    assert [change.name for change in planned.changes] == ["done", "journal", "todo"]
    assert held(tmp_path) == {
        "done.txt": MOVED,
        "journal.md": SECTION,
        "todo.txt": LEFT,
        "todo.txt.bak": TODO,
    }


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
def test_the_archive_grows_at_its_end_in_its_manner(tmp_path: Path, done: bytes, after: bytes) -> None:
    files = list_in(tmp_path, TODO, done)
    lived(files, TODAY)
    assert (files.done.read_bytes(), files.done.with_name("done.txt.bak").read_bytes()) == (after, done)


def test_a_list_keeps_its_mark_and_its_line_ends(tmp_path: Path) -> None:
    files = list_in(tmp_path, BOM + TODO.replace(b"\n", b"\r\n"))
    lived(files, TODAY)
    assert files.todo.read_bytes() == BOM + LEFT.replace(b"\n", b"\r\n")
    assert files.done.read_bytes() == MOVED.replace(b"\n", b"\r\n")


def test_a_day_without_done_tasks_writes_the_journal(tmp_path: Path) -> None:
    files = list_in(tmp_path, b"Call\n", b"x Old")
    _, planned = lived(files, TODAY)
    assert [change.name for change in planned.changes] == ["journal"]
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
    _, planned = lived(files, TODAY)
    assert planned.changes == ()
    assert held(tmp_path) == before


def test_later_on_the_day_its_section_is_updated(tmp_path: Path) -> None:
    files = list_in(tmp_path, TODO, None, b"Dear diary\n")
    lived(files, TODAY)
    files.journal.write_bytes(files.journal.read_bytes() + b"\nA good day.\n")
    files.todo.write_bytes(LEFT.replace(b"Call", b"x 2026-11-24 Call"))
    lived(files, TODAY)
    section = SECTION.replace(b"- Call Ana\n", b"").replace(b"2. Call Ana\n", b"")
    assert files.journal.read_bytes() == b"Dear diary\n\n" + section + b"\nA good day.\n"
    assert files.done.read_bytes() == MOVED + b"x 2026-11-24 Call\tAna \n"


def completed_by_day(journal: bytes) -> dict[str, list[str]]:
    return dict(completed_items(journal))


def test_what_is_done_on_a_day_without_a_run_is_in_the_next_entry(tmp_path: Path) -> None:
    """The client of the second list archives at once, and done.txt is years old."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one = list_in(tmp_path / "one", b"x 2026-11-01 Long ago\na\nb\nc\n")
    other = list_in(tmp_path / "other", b"x 2026-11-01 Long ago\na\nb\nc\n", b"x 2020-01-01 Ages ago\n")
    for files in (one, other):
        lived(files, "2026-11-18")
    one.todo.write_bytes(b"x 2026-11-18 a\nx 2026-11-20 b\nx 2026-11-24 c\n")
    other.todo.write_bytes(b"")
    other.done.write_bytes(other.done.read_bytes() + b"x 2026-11-18 a\nx 2026-11-20 b\nx 2026-11-24 c\n")
    for files in (one, other):
        for day in (TODAY, TODAY, "2026-11-25"):
            lived(files, day)
        assert completed_by_day(files.journal.read_bytes()) == {
            "2026-11-18": ["Long ago"],
            TODAY: ["a", "b"],
            "2026-11-25": ["c"],
        }


def test_what_has_no_date_is_in_one_entry(tmp_path: Path) -> None:
    files = list_in(tmp_path, b"x Water\nx Oil *it*\nx 2026-11-23 Water\nMend\n", b"x Water\nx Oil *it*\n")
    for day in (TODAY, TODAY, "2026-11-25"):
        lived(files, day)
    files.todo.write_bytes(b"x Water\nMend\n")
    for _ in range(2):
        lived(files, "2026-11-26")
    assert completed_by_day(files.journal.read_bytes()) == {
        TODAY: ["Water", "Oil \\*it\\*", "Water"],
        "2026-11-25": ["nothing"],
        "2026-11-26": ["Water"],
    }


def test_a_task_that_is_not_archived_is_named_once(tmp_path: Path) -> None:
    """A day of fewer steps leaves what is done in todo.txt."""
    files = list_in(tmp_path, b"x 2026-11-20 Oil\n", None, b"## 2026-11-22\n\n" + OIL)
    lived(files, TODAY)
    assert completed_by_day(files.journal.read_bytes()) == {"2026-11-22": ["Oil"], TODAY: ["nothing"]}


OIL = b"Completed yesterday:\n- Oil\n\nCarried over:\n- nothing\n\nPriorities:\n- nothing\n"


def test_what_starts_later_or_is_hidden_is_kept_without_rank(tmp_path: Path) -> None:
    todo = b"(A) Later t:2026-11-25\n(A) Never h:1 +garden\n(B) Now t:2026-11-24\nx 2026-11-23 Oil t:2026-12-01\n"
    files = list_in(tmp_path, todo)
    day, _ = lived(files, TODAY)
    assert day.state["priorities"] == ("Now t:2026-11-24",)
    assert files.todo.read_bytes() == todo[: todo.index(b"x ")]
    assert lived(files, "2026-11-25")[0].state["priorities"] == ("Later t:2026-11-25", "Now t:2026-11-24")


def test_a_reworded_task_leaves_nothing_of_its_old_text(tmp_path: Path) -> None:
    files = list_in(tmp_path, b"Mend the rof\nx 2026-11-23 Oil the gat\n")
    lived(files, TODAY)
    files.todo.write_bytes(b"Mend the roof\n")
    lived(files, TODAY)
    journal = files.journal.read_bytes()
    assert (journal.count(b"Mend the roof\n"), journal.count(b"rof")) == (2, 0)
    assert completed_by_day(journal) == {TODAY: ["Oil the gat"]}


def test_a_task_archived_before_stays_where_it_is(tmp_path: Path) -> None:
    day = ran(list_in(tmp_path, b"a\nx b\n"), TODAY)
    archived: Json = day.state["archived"]
    state = freeze_object({**day.state, "archived": ({"text": "long ago", "done": True}, *archived)})
    assert plan(day.write_back, state).new["done"] == b"x b\n"


def test_a_run_without_the_archiving_moves_nothing(tmp_path: Path) -> None:
    files = list_in(tmp_path, TODO)
    began = read_day(files.by_name, TODAY)
    assert plan(write_back_of(files, began), freeze_object(began.initial_state)).changes == ()


# States that cannot be written back


def new(todo: bytes, state: Json) -> object:
    return new_files({"todo": todo, "done": None, "journal": None}, freeze_object(state))


@pytest.mark.parametrize("lines", [[99], [-1], ["2"], [True], [2, 2], [0], [3]])
def test_a_state_that_moves_a_wrong_line_is_refused(lines: list[Json]) -> None:
    archived = [{"text": "t", "done": True, "line": line} for line in lines]
    assert refusal(lambda: new(b"a\nx b\nx c\n\n", {"archived": archived})).endswith("; nothing was written")


@pytest.mark.parametrize(
    "state", [{"archived": 5}, {"archived": [7]}, {"journal": 1}, {"journal": [{"date": "x"}]}]
)
def test_a_malformed_state_is_refused_with_its_path(state: Json) -> None:
    assert "the final state: $." in refusal(lambda: new(TODO, {"today": TODAY, **state}))


@pytest.mark.parametrize("metadata", [{}, {"todo_txt": 1}, {"todo_txt": {"todo_sha256": "x"}}])
def test_metadata_without_the_digests_is_refused(metadata: Json) -> None:
    assert "the metadata of the run" in refusal(lambda: digests_at_begin(freeze_object(metadata)))


def test_a_line_lost_in_planning_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = ran(list_in(tmp_path, TODO), TODAY)
    monkeypatch.setattr(day_changes, "without", lambda *_: b"")
    assert "a line would be lost or doubled" in refusal(day.plan)
    assert held(tmp_path) == {"todo.txt": TODO}


# Long lists


def test_a_hundred_thousand_lines_are_a_day_like_any(tmp_path: Path) -> None:
    todo = b"".join(b"%st%d\n" % (b"x 2026-11-23 " * (n % 2), n) for n in range(10**5))
    files = list_in(tmp_path, todo)
    lived(files, TODAY)
    done, left = files.done.read_bytes(), files.todo.read_bytes()
    assert done.count(b"\n") == left.count(b"\n") == 50_000
    assert sorted(done.split() + left.split()) == sorted(todo.split())
    assert files.journal.read_bytes().count(b"- and 49980 more\n") == 1


@pytest.mark.parametrize("start", [b"", b"x 2026-11-23 ", b"(A) 2026-11-01 "], ids=["open", "done", "urgent"])
def test_a_list_too_long_to_be_recorded_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    files = list_in(tmp_path, b"".join(b"%sTask %d +p \xc3\xa9\n" % (start, n) for n in range(3000)))
    began = read_day(files.by_name, TODAY)
    size = len(canonical(run_workflow(ALONE, began)))
    monkeypatch.setattr(reading, "MAX_BYTES", 1000)
    text = refusal(lambda: read_day(files.by_name, TODAY))
    assert text.startswith(f"{files.todo}: 3000 tasks are too many for one run: the record of it could have ")
    assert text.endswith(
        " bytes, more than 1000; split the list, or move completed tasks to done.txt by hand"
    )
    bound = int(text.split("could have ")[1].split()[0])
    assert size < bound < 2 * size
    monkeypatch.setattr(reading, "MAX_BYTES", bound)
    assert read_day(files.by_name, TODAY) == began
