"""Does a day over a real todo list change the files as promised, and otherwise not at all?"""

import re
from pathlib import Path

import pytest
from real_runs import Json, World

from tier2.shell.runs import driver as runs
from tier2.shell.runs.run_file import read_run

TODO = b"(A) 2026-11-20 Mend +roof due:2026-12-01 k:v\nx 2026-11-23 Oil the gate\nCall Ana\n"
ALONE = ("--param", "requested_human_steps=0")
CONFIRM = "daily-confirm-priorities"


@pytest.fixture
def tier2(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> World:
    return World(tmp_path, capsysbinary, monkeypatch)


@pytest.fixture
def todo(tmp_path: Path) -> Path:
    path = tmp_path / "list" / "todo.txt"
    path.parent.mkdir()
    path.write_bytes(TODO)
    return path


def files(todo: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(todo.parent.iterdir())}


def day(todo: Path, *more: str) -> tuple[str, ...]:
    return ("run", "daily_loop", "--todo", str(todo), "--today", "2026-11-24", *more)


def test_a_day_has_five_steps_asks_the_person_and_moves_what_is_done(tier2: World, todo: Path) -> None:
    answer = tier2(*day(todo), "--by", "Ana", typed="a\n\n\n")
    assert answer.code == 0
    assert answer.json["receipt"]["steps"] == [
        CONFIRM,
        "daily-summarise-yesterday",
        "daily-generate-priorities",
        "daily-log-summary",
        "daily-archive",
    ]
    left = files(todo)
    assert left == {
        "todo.txt": b"(A) 2026-11-20 Mend +roof due:2026-12-01 k:v\nCall Ana\n",
        "todo.txt.bak": TODO,
        "done.txt": b"x 2026-11-23 Oil the gate\n",
        "journal.md": left["journal.md"],
    }
    assert left["journal.md"].startswith(b"## 2026-11-24\n\nCompleted yesterday:\n- Oil the gate\n")


def test_the_run_file_has_the_planned_write_back_between_the_events_and_the_result(
    tier2: World, todo: Path
) -> None:
    tier2(*day(todo, *ALONE))
    lines = tier2.path("wf-daily-loop-1").read_bytes().splitlines()
    starts = [line[: line.index(b":")] for line in lines]
    assert starts == [b'{"context"', *[b'{"entry"'] * 4, b'{"sha256"', b'{"contract"']


def test_no_path_of_this_machine_stands_in_the_result(tier2: World, todo: Path, tmp_path: Path) -> None:
    answer = tier2(*day(todo, *ALONE))
    assert str(tmp_path).encode() not in answer.out
    assert str(tmp_path).encode() not in tier2.path("wf-daily-loop-1").read_bytes()


def test_asked_for_fewer_steps_nothing_is_archived(tier2: World, todo: Path) -> None:
    answer = tier2(*day(todo, *ALONE, "--param", "requested_steps=3"))
    assert answer.code == 0
    assert (files(todo)["todo.txt"], "done.txt" in files(todo)) == (TODO, False)


def test_while_the_person_is_waited_for_and_after_a_veto_no_file_is_touched(tier2: World, todo: Path) -> None:
    paused = tier2(*day(todo))
    assert (paused.code, files(todo)) == (3, {"todo.txt": TODO})
    assert f"--todo {todo}" in paused.err
    vetoed = tier2("resume", "wf-daily-loop-1", "--todo", todo, "--veto", CONFIRM, "--by", "Ana")
    assert (vetoed.code, vetoed.json["outcome"]) == (1, "vetoed")
    assert files(todo) == {"todo.txt": TODO}
    assert read_run(tier2.path("wf-daily-loop-1")).write_back is None


def test_a_failed_day_writes_nothing_back(tier2: World, todo: Path) -> None:
    answer = tier2("run", "daily_loop", "--todo", todo, "--today", "0001-01-01", *ALONE)
    assert (answer.code, answer.json["outcome"]) == (1, "failed")
    assert files(todo) == {"todo.txt": TODO}
    assert read_run(tier2.path("wf-daily-loop-1")).write_back is None


def test_a_resumed_day_needs_its_todo_file_and_chooses_by_the_ranking(tier2: World, todo: Path) -> None:
    tier2(*day(todo))
    answer = ("resume", "wf-daily-loop-1", "--approve", CONFIRM, "--by", "Ana", "--choose", "2")
    assert "name it with --todo PATH" in tier2(*answer).refusal
    assert tier2.events("wf-daily-loop-1") == []
    done = tier2(*answer, "--todo", todo)
    assert (done.code, done.json["final_state"]["priorities"]) == (0, ["Call Ana", "Mend +roof k:v"])
    assert files(todo)["done.txt"] == b"x 2026-11-23 Oil the gate\n"


@pytest.mark.parametrize("name", ["todo.txt", "done.txt", "journal.md"])
def test_if_a_file_changed_meanwhile_nothing_is_written_and_the_person_is_told(
    tier2: World, todo: Path, name: str
) -> None:
    tier2(*day(todo))
    with (todo.parent / name).open("ab") as file:
        file.write(b"Buy milk\n")
    before = files(todo)
    answer = tier2("resume", "wf-daily-loop-1", "--todo", todo, "--approve", CONFIRM, "--by", "Ana")
    assert (answer.code, answer.out) == (2, b"")
    assert re.search(rf"{name}: changed since the run began; nothing was written", answer.err)
    assert files(todo) == before


def test_the_todo_file_of_another_run_is_refused(tier2: World, todo: Path, tmp_path: Path) -> None:
    tier2(*day(todo))
    other = tmp_path / "other" / "todo.txt"
    other.parent.mkdir()
    other.write_bytes(b"Something else\n")
    answer = tier2("resume", "wf-daily-loop-1", "--todo", other, "--approve", CONFIRM, "--by", "Ana")
    assert "changed since the run began" in answer.err
    assert files(other) == {"todo.txt": b"Something else\n"}


def test_a_dry_run_shows_the_difference_and_leaves_nothing_behind(tier2: World, todo: Path) -> None:
    answer = tier2(*day(todo, "--dry-run"))
    assert (answer.code, answer.err) == (0, "")
    shown = answer.out.decode()
    done, journal, rest = (part for part in re.split(r"(?m)^(?=--- )", shown) if part)
    assert (
        done
        == f"--- /dev/null\n+++ {todo.with_name('done.txt')}\n@@ -0,0 +1,1 @@\n+x 2026-11-23 Oil the gate\n"
    )
    assert journal.startswith(f"--- /dev/null\n+++ {todo.with_name('journal.md')}\n@@ -0,0 ")
    assert "+## 2026-11-24\n" in journal
    assert rest == (
        f"--- {todo}\n+++ {todo}\n@@ -1,3 +1,2 @@\n (A) 2026-11-20 Mend +roof due:2026-12-01 k:v\n"
        "-x 2026-11-23 Oil the gate\n Call Ana\n"
    )
    assert files(todo) == {"todo.txt": TODO}
    assert not tier2.runs.exists()


def test_a_dry_run_shows_hostile_lines_harmless(tier2: World, todo: Path) -> None:
    todo.write_bytes("x 2026-11-23 \x1b[2J \u202eevil\n".encode())
    shown = tier2(*day(todo, "--dry-run")).out.decode()
    assert "\\u001b[2J" in shown
    assert all(line.isprintable() for line in shown.split("\n"))


def test_the_same_day_again_changes_nothing_more(tier2: World, todo: Path) -> None:
    tier2(*day(todo, *ALONE))
    once = files(todo)
    again = tier2(*day(todo, *ALONE))
    assert again.code == 0
    kept = files(todo)
    assert {name: kept[name] for name in ("todo.txt", "done.txt", "journal.md")} == {
        name: once[name] for name in ("todo.txt", "done.txt", "journal.md")
    }


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (("--today", "2026-02-30"), "--today 2026-02-30: give a date"),
        (("--today", "tomorrow"), "give a date such as"),
        (("--today", ""), "give a date such as"),
        (("--state", "day.json"), "leave --state and --context away"),
        (("--context", "day.json"), "leave --state and --context away"),
    ],
)
def test_options_that_do_not_fit_a_day_are_refused_before_anything_happens(
    tier2: World, todo: Path, more: tuple[str, ...], text: str
) -> None:
    assert text in tier2("run", "daily_loop", "--todo", todo, *more).refusal
    assert (files(todo), tier2.runs.exists()) == ({"todo.txt": TODO}, False)


@pytest.mark.parametrize("name", ["", ".", "/", "./"])
def test_a_todo_file_without_a_name_is_refused(tier2: World, name: str) -> None:
    for command in (("run", "daily_loop"), ("resume", "wf-daily-loop-1")):
        assert tier2(*command, "--todo", name).refusal.startswith(f"--todo {name}: names no file")


@pytest.mark.parametrize("more", [("--dry-run",), ("--today", "2026-11-24")])
def test_options_of_a_day_are_for_a_todo_file(tier2: World, more: tuple[str, ...]) -> None:
    assert "--today and --dry-run are for --todo PATH" in tier2("run", "daily_loop", *more).refusal


@pytest.mark.parametrize("mission", ["echo", "run_tests"])
def test_a_todo_file_is_for_the_daily_loop(tier2: World, todo: Path, mission: str) -> None:
    assert "--todo is for `daily_loop`" in tier2("run", mission, "--todo", todo).refusal


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"caf\xe9\n", "line 1 is not UTF-8"), (None, "no such file")],
    ids=["latin-1", "missing"],
)
def test_a_todo_file_that_cannot_be_read_is_told(
    tier2: World, todo: Path, data: bytes | None, text: str
) -> None:
    todo.unlink()
    if data is not None:
        todo.write_bytes(data)
    assert text in tier2(*day(todo, *ALONE)).refusal
    assert not tier2.runs.exists()


def test_no_file_is_touched_by_a_run_whose_result_could_not_be_recorded(
    tier2: World, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tier2(*day(todo.rename(todo.with_name("same.txt")), *ALONE))
    *others, result = map(len, tier2.path("wf-daily-loop-1").read_bytes().splitlines())
    assert max(others) < result
    todo.parent.joinpath("fresh").mkdir()
    fresh = todo.parent / "fresh" / "todo.txt"
    fresh.write_bytes(TODO)
    monkeypatch.setattr(runs, "MAX_BYTES", result - 1)
    answer = tier2(*day(fresh, *ALONE))
    assert f"a line of {result} bytes is too large for a run file" in answer.err
    assert (answer.code, files(fresh)) == (2, {"todo.txt": TODO})
    assert read_run(tier2.path("wf-daily-loop-2")).write_back is None


def test_a_list_that_is_too_large_for_a_run_is_told_and_no_file_is_touched(tier2: World, todo: Path) -> None:
    line = b"x 2026-11-23 " + b"w" * 90_000 + b"\n"
    todo.write_bytes(line * 80)
    before = files(todo)
    answer = tier2(*day(todo, *ALONE))
    assert (answer.code, answer.out) == (2, b"")
    assert re.search("too (many for one run|large for a run file)", answer.err)
    assert files(todo) == before


def test_the_day_is_that_of_the_clock_unless_told(
    tier2: World, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tier2.shell.cli.inputs.date", Clock)
    answer: Json = tier2("run", "daily_loop", "--todo", todo, *ALONE).json
    assert answer["final_state"]["today"] == "2031-01-02"


class Clock:
    """A date of which today is always the same."""

    @staticmethod
    def today() -> "Clock":
        return Clock()

    def isoformat(self) -> str:
        return "2031-01-02"


def test_a_list_changed_during_the_pause_is_told_before_anything_is_decided(
    tier2: World, tmp_path: Path
) -> None:
    todo = tmp_path / "list" / "todo.txt"
    todo.parent.mkdir()
    todo.write_bytes(b"Water the plants\n")
    assert tier2("run", "daily_loop", "--todo", todo).code == 3
    todo.write_bytes(b"Water the plants\nBuy bread\n")
    run = tier2.path("wf-daily-loop-1")
    before = run.read_bytes()
    decision = ("daily-confirm-priorities", "--by", "Ana")
    answer = tier2("resume", run, "--approve", *decision, "--todo", todo)
    assert "changed since the run began; nothing was written" in answer.refusal
    assert run.read_bytes() == before
    assert tier2("resume", run, "--veto", *decision).code == 1
