"""Does the list of runs say what became of each, or whom it waits for?"""

import os
from pathlib import Path

from real_runs import RealRuns, machine, person


def test_every_run_is_listed_with_what_became_of_it(real: RealRuns) -> None:
    real("run", "echo")
    real("run", "daily_loop")
    real("run", "--workflow", real.workflow(machine("breaks", "fail"), identity="failing"))
    real("run", "--workflow", real.workflow(person("ask"), identity="vetoed"), typed="v\n\n")
    real("run", "--workflow", real.workflow(machine("one", "noop"), person("ask"), identity="asking"))
    real("run", "--workflow", real.workflow(machine("one", "noop"), machine("two", "noop"), identity="cut"))
    lines = real.path("cut-1").read_bytes().splitlines(keepends=True)
    real.path("cut-1").write_bytes(b"".join(lines[:3]))
    real.path("ended-1").write_bytes(b"".join(lines[:4]))
    real.path("damaged-1").write_bytes(b"{}\n{}\n")
    real.path("hollow-1").write_bytes(b"")
    os.mkfifo(real.path("pipe-1"))
    (real.runs / "no run.txt").touch()
    answer = real("runs")
    assert (answer.code, answer.err) == (0, "")
    listed = dict(line.split("  ", 1) for line in answer.out.decode().splitlines())
    assert {name.strip(): standing.strip() for name, standing in listed.items()} == {
        "wf-echo-1": "finished: completed",
        "wf-daily-loop-1": "waiting for a person at 'daily-confirm-priorities', since event 0 of 4",
        "failing-1": "failed at 'breaks'",
        "vetoed-1": "vetoed at 'ask'",
        "asking-1": "waiting for a person at 'ask', since event 1 of 2",
        "cut-1": "unfinished at 'two', since event 1 of 2; resume it",
        "ended-1": "unfinished: its end is not recorded yet, since event 2 of 2; resume it",
        "damaged-1": standing_of(answer.out, "damaged-1", "line 1: "),
        "hollow-1": standing_of(answer.out, "hollow-1", "holds no run"),
        "pipe-1": standing_of(answer.out, "pipe-1", "is no regular file"),
    }


def standing_of(listed: bytes, name: str, text: str) -> str:
    """The standing of an unreadable run, in which ``text`` stands."""
    (line,) = (line for line in listed.decode().splitlines() if line.startswith(name))
    standing = line.removeprefix(name).strip()
    assert standing.startswith("unreadable: ")
    assert text in standing
    return standing


def test_the_tenth_run_is_listed_after_the_ninth(real: RealRuns) -> None:
    for _ in range(10):
        real("run", "echo")
    names = [line.split()[0] for line in real("runs").out.splitlines()]
    assert names == [f"wf-echo-{number}".encode() for number in range(1, 11)]


def test_where_nothing_has_run_nothing_is_listed(real: RealRuns, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert real("runs", "--runs", folder) == (0, b"", "")
    assert not (tmp_path / "none").exists()


def test_a_file_in_place_of_the_folder_is_reported(real: RealRuns, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "Not a directory; name another folder" in real("runs", "--runs", tmp_path / "file").refusal


def test_names_and_damage_do_not_steer_the_terminal(real: RealRuns) -> None:
    real("run", "echo")
    real.path("wf-echo-1").rename(real.path("x\x1b[2J\n\u202e"))
    real.path("y\udcff").write_bytes(b'{"\x1b":1}\n{}\n')
    real("run", "--workflow", real.workflow(person("\x1b[2J\nask\u202e")))
    answer = real("runs")
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 3
    assert all(line.isprintable() for line in answer.out.decode().splitlines())
