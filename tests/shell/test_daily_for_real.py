"""Does a day over a real todo list change the files as promised, and otherwise not at all?"""

import re
from pathlib import Path

import pytest
from real_runs import RealRuns
from todo_days import held

from tier2.shell.cli import main
from tier2.shell.run_files.run_file import read_run
from tier2.shell.runs import driver

TODO = b"(A) 2026-11-20 Mend +roof due:2026-12-01 k:v\nx 2026-11-23 Oil the gate\nCall Ana\n"
ALONE = ("--param", "requested_human_steps=0")
CONFIRM = "daily-confirm-priorities"
APPROVE = ("resume", "wf-daily-loop-1", "--approve", CONFIRM, "--by", "Ana")


@pytest.fixture
def todo(tmp_path: Path) -> Path:
    path = tmp_path / "list" / "todo.txt"
    path.parent.mkdir()
    path.write_bytes(TODO)
    return path


def day(todo: Path, *more: str) -> tuple[str, ...]:
    return ("run", "daily_loop", "--todo", str(todo), "--today", "2026-11-24", *more)


def test_a_day_asks_the_person_and_moves_what_is_done(real: RealRuns, todo: Path) -> None:
    answer = real(*day(todo), "--by", "Ana", typed="a\n\n\n")
    assert answer.code == 0
    assert answer.json["receipt"]["steps"] == [
        CONFIRM,
        "daily-summarise-yesterday",
        "daily-generate-priorities",
        "daily-log-summary",
        "daily-archive",
    ]
    assert "At its end done.txt, journal.md and todo.txt may be written.\n" in answer.err
    left = held(todo.parent)
    assert left == {
        "todo.txt": b"(A) 2026-11-20 Mend +roof due:2026-12-01 k:v\nCall Ana\n",
        "todo.txt.bak": TODO,
        "done.txt": b"x 2026-11-23 Oil the gate\n",
        "journal.md": left["journal.md"],
    }
    assert left["journal.md"].startswith(b"## 2026-11-24\n\nCompleted yesterday:\n- Oil the gate\n")


def test_the_plan_stands_before_the_result_without_paths(real: RealRuns, todo: Path, tmp_path: Path) -> None:
    answer = real(*day(todo, *ALONE))
    data = real.path("wf-daily-loop-1").read_bytes()
    starts = [line[: line.index(b":")] for line in data.splitlines()]
    assert starts == [b'{"context"', b'{"run"', *[b'{"entry"'] * 4, b'{"sha256"', b'{"contract"']
    assert str(tmp_path).encode() not in answer.out + data


def test_at_a_terminal_the_journal_entry_is_printed(real: RealRuns, todo: Path) -> None:
    lines = real(*day(todo, *ALONE), typed="", screen=True).err.splitlines()
    entry = lines[lines.index("2026-11-24") :]
    assert entry == (todo.with_name("journal.md").read_text().removeprefix("## ")).splitlines()
    whole = real(*day(todo, *ALONE, "--json"), typed="", screen=True).err
    assert '"outcome": "completed"' in whole
    part = real(*day(todo, *ALONE, "--pointer", "/outcome"), typed="", screen=True).err
    assert part.endswith('\n"completed"\n')


def test_asked_for_fewer_steps_nothing_is_archived(real: RealRuns, todo: Path) -> None:
    answer = real(*day(todo, *ALONE, "--param", "requested_steps=3"))
    assert answer.code == 0
    assert (todo.read_bytes(), todo.with_name("done.txt").exists()) == (TODO, False)


def test_a_pause_and_a_veto_touch_no_file(real: RealRuns, todo: Path) -> None:
    paused = real(*day(todo))
    assert (paused.code, held(todo.parent)) == (3, {"todo.txt": TODO})
    assert f"--todo {todo}" in paused.err
    assert "--today" not in paused.err
    vetoed = real("resume", "wf-daily-loop-1", "--todo", todo, "--veto", CONFIRM, "--by", "Ana")
    assert (vetoed.code, vetoed.json["outcome"]) == (1, "vetoed")
    assert held(todo.parent) == {"todo.txt": TODO}
    assert read_run(real.path("wf-daily-loop-1")).write_back is None


def test_a_failed_day_writes_nothing_back(real: RealRuns, todo: Path) -> None:
    answer = real("run", "daily_loop", "--todo", todo, "--today", "0001-01-01", *ALONE)
    assert (answer.code, answer.json["outcome"]) == (1, "failed")
    assert held(todo.parent) == {"todo.txt": TODO}
    assert read_run(real.path("wf-daily-loop-1")).write_back is None


def test_a_resumed_day_needs_its_todo_file(real: RealRuns, todo: Path) -> None:
    real(*day(todo))
    answer = real(*APPROVE, "--set", "confirmed=2")
    assert (answer.code, answer.out) == (3, b"")
    assert "name it with --todo PATH; to go on: tier2 resume wf-daily-loop-1" in answer.message
    assert [event["output"] for event in real.events("wf-daily-loop-1")] == [{"confirmed": [2]}]
    done = real("resume", "wf-daily-loop-1", "--todo", todo)
    assert (done.code, done.json["final_state"]["priorities"]) == (0, ["Call Ana", "Mend +roof k:v"])
    assert todo.with_name("done.txt").read_bytes() == b"x 2026-11-23 Oil the gate\n"


@pytest.mark.parametrize("name", ["todo.txt", "done.txt", "journal.md"])
def test_a_change_during_the_pause_is_refused(real: RealRuns, todo: Path, name: str) -> None:
    real(*day(todo))
    with (todo.parent / name).open("ab") as file:
        file.write(b"Buy milk\n")
    before = held(todo.parent)
    for command in (("resume", "wf-daily-loop-1"), APPROVE, ("resume", "wf-daily-loop-1")):
        answer = real(*command, "--todo", todo)
        assert (answer.code, answer.out) == (3, b"")
        assert re.search(rf"{name}: changed since the run began; nothing was written", answer.message)
        assert held(todo.parent) == before
    assert len(real.events("wf-daily-loop-1")) == 1


def test_the_todo_file_of_another_run_is_refused(real: RealRuns, todo: Path, tmp_path: Path) -> None:
    real(*day(todo))
    other = tmp_path / "other" / "todo.txt"
    other.parent.mkdir()
    other.write_bytes(b"Something else\n")
    assert "changed since the run began" in real(*APPROVE, "--todo", other).message
    assert held(other.parent) == {"todo.txt": b"Something else\n"}


def test_a_dry_run_shows_what_would_change(real: RealRuns, todo: Path) -> None:
    todo.write_bytes(TODO + "x 2026-11-23 \x1b[2J \u202eevil\n".encode())
    before = held(todo.parent)
    answer = real(*day(todo, "--dry-run"))
    assert (answer.code, answer.err) == (0, "")
    done, journal, rest = re.split(r"(?m)^(?=--- )", answer.out.decode())[1:]
    assert done == (
        f"--- /dev/null\n+++ {todo.with_name('done.txt')}\n@@ -0,0 +1,2 @@\n"
        "+x 2026-11-23 Oil the gate\n+x 2026-11-23 \\u001b[2J \\u202eevil\n"
    )
    assert journal.startswith(f"--- /dev/null\n+++ {todo.with_name('journal.md')}\n@@ -0,0 ")
    assert "+## 2026-11-24\n" in journal
    assert rest == (
        f"--- {todo}\n+++ {todo}\n@@ -1,4 +1,2 @@\n (A) 2026-11-20 Mend +roof due:2026-12-01 k:v\n"
        "-x 2026-11-23 Oil the gate\n Call Ana\n-x 2026-11-23 \\u001b[2J \\u202eevil\n"
    )
    assert held(todo.parent) == before
    assert not real.runs.exists()


def test_a_dry_run_of_a_day_that_would_fail_says_so(real: RealRuns, todo: Path) -> None:
    answer = real("run", "daily_loop", "--todo", todo, "--today", "0001-01-01", "--dry-run")
    assert (answer.code, answer.out) == (1, b"")
    assert answer.message.startswith("step 'daily-summarise-yesterday' would fail: ")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ("daily_loop", "--todo", "LIST", "--today", "2026-02-30"),
            "--today 2026-02-30: give a date such as",
        ),
        (("daily_loop", "--todo", "LIST", "--today", "tomorrow"), "--today tomorrow: give a date such as"),
        (("daily_loop", "--todo", "LIST", "--today", ""), "--today : give a date such as"),
        (
            ("daily_loop", "--todo", "LIST", "--state", "day.json"),
            "the state comes from --todo, for a mission",
        ),
        (("daily_loop", "--todo", "LIST", "--context", "day.json"), "by name; leave out --context"),
        (("daily_loop", "--todo", ""), "--todo : names no file"),
        (("daily_loop", "--todo", "."), "--todo .: names no file"),
        (("daily_loop", "--todo", "/"), "--todo /: names no file"),
        (("daily_loop", "--todo", "LIST", "--done", "."), "--done .: names no file"),
        (("daily_loop", "--todo", "LIST", "--done", "LIST"), "are one file; give each its own"),
        (("daily_loop", "--todo", "LIST", "--done", "n", "--journal", "./n"), "are one file; give each its"),
        (("daily_loop", "--today", "2026-11-24"), "--today is for a todo file; name it with --todo PATH"),
        (("daily_loop", "--journal", "j.md"), "--journal is for a todo file; name it with --todo PATH"),
        (("daily_loop", "--dry-run"), "--dry-run shows changes of files, and this run changes none"),
        (("echo", "--dry-run"), "--dry-run shows changes of files, and this run changes none"),
        (("echo", "--todo", "LIST"), "--todo is an option of daily_loop; leave it out"),
        (("run_tests", "--todo", "LIST"), "--todo is an option of daily_loop; leave it out"),
        (("nothing", "--todo", "LIST"), "--todo is an option of daily_loop; leave it out"),
        (("daily_loop", "--directory", "."), "--directory is an option of run_tests; leave it out"),
        (("daily_loop", "--todo", "NONE"), "no such file"),
        (("daily_loop", "--todo", "LATIN"), "line 1 is not UTF-8"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    real: RealRuns, todo: Path, arguments: tuple[str, ...], text: str
) -> None:
    latin = todo.with_name("latin.txt")
    latin.write_bytes(b"caf\xe9\n")
    before = held(todo.parent)
    paths = {"LIST": todo, "NONE": todo.with_name("none.txt"), "LATIN": latin}
    assert text in real("run", *(paths.get(word, word) for word in arguments)).refusal
    assert (held(todo.parent), real.runs.exists()) == (before, False)


def test_two_lists_in_one_folder_share_no_companion(real: RealRuns, todo: Path) -> None:
    work = todo.with_name("work.txt")
    work.write_bytes(b"x 2026-11-23 Ship\nReview\n")
    for path in (todo, work):
        assert real(*day(path, *ALONE)).code == 0
    left = held(todo.parent)
    assert left.keys() >= {"done.txt", "journal.md", "work.done.txt", "work.journal.md"}
    assert (left["done.txt"], left["work.done.txt"]) == (
        b"x 2026-11-23 Oil the gate\n",
        b"x 2026-11-23 Ship\n",
    )
    assert b"Ship" not in left["journal.md"]
    assert b"Call Ana" not in left["work.journal.md"]


def test_companions_are_where_the_person_says(real: RealRuns, todo: Path) -> None:
    done, journal = todo.with_name("all done.txt"), todo.with_name("diary.md")
    options = ("--done", str(done), "--journal", str(journal))
    paused = real(*day(todo, *options))
    assert f"--todo {todo} --done '{done}' --journal {journal};" in paused.err
    assert real(*APPROVE, "--todo", todo, *options).code == 0
    assert held(todo.parent).keys() == {"todo.txt", "todo.txt.bak", "all done.txt", "diary.md"}


def test_a_linked_list_has_its_companions_beside_its_target(
    real: RealRuns, todo: Path, tmp_path: Path
) -> None:
    for name in ("todo.txt", "mine.txt"):
        (tmp_path / name).symlink_to(todo)
    assert real(*day(tmp_path / "todo.txt", *ALONE)).code == 0
    todo.write_bytes(b"x 2026-11-24 Call Ana\n")
    assert real(*day(tmp_path / "mine.txt", *ALONE)).code == 0
    moved = b"x 2026-11-23 Oil the gate\nx 2026-11-24 Call Ana\n"
    assert todo.with_name("done.txt").read_bytes() == moved
    assert held(todo.parent).keys() == {
        *("todo.txt", "todo.txt.bak", "done.txt", "done.txt.bak", "journal.md", "journal.md.bak")
    }
    assert (tmp_path / "todo.txt").is_symlink()


def test_a_run_without_files_takes_no_todo_file(real: RealRuns, todo: Path) -> None:
    real("run", "daily_loop")
    assert "this run has no todo file; leave out --todo" in real(*APPROVE, "--todo", todo).message
    assert "unrecognized arguments: --today" in real(*APPROVE, "--today", "2026-11-24").err


def test_a_deleted_plan_of_the_write_back_is_found(real: RealRuns, todo: Path) -> None:
    real(*day(todo, *ALONE))
    path = real.path("wf-daily-loop-1")
    lines = path.read_bytes().splitlines(keepends=True)
    assert real("verify", path).code == 0
    path.write_bytes(b"".join([*lines[:-2], lines[-1]]))
    answer = real("verify", path)
    assert (answer.code, answer.out) == (1, b"")
    assert "line 7: the planned write-back is missing" in answer.message


def test_a_planned_write_back_needs_its_world(
    real: RealRuns, todo: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    real(*day(todo, *ALONE))
    path = real.path("wf-daily-loop-1")
    unfinished = path.read_bytes().rsplit(b"\n", 2)[0] + b"\n"
    path.write_bytes(unfinished)
    assert main(["resume", str(path)], worlds={}) == 3
    assert "nothing here writes its files back" in capsysbinary.readouterr().err.decode()
    assert path.read_bytes() == unfinished
    assert real("resume", path, "--todo", todo).code == 0


def test_a_result_too_large_to_record_touches_no_file(
    real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real(*day(todo.rename(todo.with_name("same.txt")), *ALONE))
    *others, result = map(len, real.path("wf-daily-loop-1").read_bytes().splitlines())
    assert max(others) < result
    todo.parent.joinpath("fresh").mkdir()
    fresh = todo.parent / "fresh" / "todo.txt"
    fresh.write_bytes(TODO)
    monkeypatch.setattr(driver, "MAX_BYTES", result - 1)
    assert f"a line of {result} bytes is too large for a run file" in real(*day(fresh, *ALONE)).message
    assert held(fresh.parent) == {"todo.txt": TODO}
    assert read_run(real.path("wf-daily-loop-2")).write_back is None


def test_a_list_too_large_for_a_run_touches_no_file(real: RealRuns, todo: Path) -> None:
    todo.write_bytes((b"x 2026-11-23 " + b"w" * 90_000 + b"\n") * 80)
    before = held(todo.parent)
    assert re.search("too (many for one run|large for a run file)", real(*day(todo, *ALONE)).refusal)
    assert held(todo.parent) == before


def test_the_day_is_that_of_the_clock_unless_given(
    real: RealRuns, todo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tier2.shell.worlds.daily_loop.date", Clock)
    answer = real("run", "daily_loop", "--todo", todo, *ALONE)
    assert answer.json["final_state"]["today"] == "2031-01-02"


class Clock:
    """A date of which today is always the same."""

    @staticmethod
    def today() -> "Clock":
        return Clock()

    def isoformat(self) -> str:
        return "2031-01-02"
