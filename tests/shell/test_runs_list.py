"""Does the list of runs say what became of each, or whom it waits for?"""

import base64
import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from real_runs import Json, RealRuns, machine, person
from small_run_file import LINES, WORKFLOW, joined, merge, whole

from tier2.contracts.v1 import ExecutionContext, WorkflowDefinition
from tier2.engine.execution import pending, start
from tier2.shell import RunError, list_runs, remove_run
from tier2.shell.run_files import listing
from tier2.shell.run_files.run_file import read_run, reopen

NAMES: Json = {"a": 1, "lineage": {}, "workflow": {}}
"""An object with members that are named like those of the documents."""

STATE: Json = {"a": NAMES, "x": "y" * 10**6, "z": NAMES}
LARGE = whole(start(WORKFLOW, ExecutionContext(initial_state=STATE)))
"""The lines of a run with a large state."""

MISLEADING = whole(
    start(
        WorkflowDefinition(id="wf", steps=(merge("one", {"p": NAMES}), merge("two", {}))),
        ExecutionContext(initial_state=STATE),
    )
)
"""The same with such members in the plan and in an event."""


@pytest.fixture
def folder(real: RealRuns) -> Path:
    """A folder with a run of each standing."""
    real("run", "echo")
    real("run", "daily_loop")
    never = person("never")
    real("run", "--workflow", real.workflow(machine("breaks", "fail"), never, identity="failing"))
    real("run", "--workflow", real.workflow(person("ask"), never, identity="vetoed"), typed="v\n\n")
    real("run", "--workflow", real.workflow(machine("one", "noop"), person("ask"), identity="asking"))
    real("run", "--workflow", real.workflow(machine("one", "noop"), machine("two", "noop"), identity="cut"))
    lines = real.path("cut-1").read_bytes().splitlines(keepends=True)
    real.path("cut-1").write_bytes(b"".join(lines[:3]) + lines[3][:9])
    real.path("ended-1").write_bytes(b"".join(lines[:4]))
    for name in ("failing", "vetoed"):
        ended = real.path(f"{name}-1").read_bytes().splitlines(keepends=True)
        real.path(f"{name}-stopped-1").write_bytes(b"".join(ended[:3]))
    real.path("damaged-1").write_bytes(b"{}\n{}\n")
    real.path("hollow-1").write_bytes(lines[0])
    os.mkfifo(real.path("pipe-1"))
    (real.runs / "no run.txt").touch()
    return real.runs


@pytest.mark.usefixtures("folder")
def test_every_run_is_listed_with_what_became_of_it(real: RealRuns) -> None:
    answer = real("runs")
    assert (answer.code, answer.err) == (0, "")
    listed = dict(line.split("  ", 1) for line in answer.out.decode().splitlines())
    found = {name.strip(): standing.strip() for name, standing in listed.items()}
    for name, text in (("damaged", "line 1: "), ("hollow", "holds no run"), ("pipe", "is no regular file")):
        standing = found.pop(f"{name}-1")
        assert standing.startswith("unreadable: ")
        assert text in standing
    assert {name: standing.rpartition("; head ")[0] for name, standing in found.items()} == {
        "wf-echo-1": "finished: completed",
        "wf-daily-loop-1": "waiting for a person at 'daily-confirm-priorities', since event 0 of 4",
        "failing-1": "failed at 'breaks'",
        "vetoed-1": "vetoed at 'ask'",
        "asking-1": "waiting for a person at 'ask', since event 1 of 2",
        "cut-1": "unfinished at 'two', since event 1 of 2; resume it",
        "ended-1": "unfinished: its end is not recorded yet, since event 2 of 2; resume it",
        "failing-stopped-1": "unfinished: its end is not recorded yet, since event 1 of 2; resume it",
        "vetoed-stopped-1": "unfinished: its end is not recorded yet, since event 1 of 2; resume it",
    }
    assert all(standing[-12:] == head_of(real, name)[:12] for name, standing in found.items())


def head_of(real: RealRuns, name: str) -> str:
    return read_run(real.path(name)).head


def test_programs_get_the_list_as_json(real: RealRuns, folder: Path) -> None:
    found = {one["name"]: one for one in real("runs", "--json").json}
    assert len(found) == 12
    assert found["wf-daily-loop-1"] == {
        "name": "wf-daily-loop-1",
        "path": str(folder / "wf-daily-loop-1.ndjson"),
        "standing": "waiting",
        "mission": "daily_loop",
        "step_id": "daily-confirm-priorities",
        "events": 0,
        "steps": 4,
        "at_work": False,
        "head_sha256": head_of(real, "wf-daily-loop-1"),
        "began_at": read_run(real.path("wf-daily-loop-1")).began.began_at,
        "written_at": written_at(folder / "wf-daily-loop-1.ndjson"),
        "problem": None,
    }
    failed, done = found["failing-1"], found["wf-echo-1"]
    assert (failed["standing"], failed["step_id"], failed["mission"]) == ("failed", "breaks", None)
    assert (done["mission"], done["events"], done["steps"], done["step_id"]) == ("echo", 1, 1, None)
    assert found["hollow-1"]["standing"] == "unreadable"
    assert "holds no run" in found["hollow-1"]["problem"]


def written_at(path: Path) -> str:
    """When a file was last written, as `date -u` would write it."""
    written = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return written.isoformat().replace("+00:00", "Z")


def test_a_run_at_work_is_listed_as_such(real: RealRuns, folder: Path) -> None:
    with reopen(folder / "asking-1.ndjson"):
        found = {one["name"]: one["at_work"] for one in real("runs", "--json").json}
    assert [name for name, at_work in found.items() if at_work] == ["asking-1"]


@pytest.mark.parametrize("mission", ["null", "3", '["echo"]'])
def test_a_mission_type_that_is_no_text_is_none(real: RealRuns, tmp_path: Path, mission: str) -> None:
    plan = real("plan", "echo").out.decode().replace('"echo",', f"{mission},", 1)
    (tmp_path / "plan.json").write_text(plan.replace('"kind":"runtime"', '"kind":"human"'), encoding="utf-8")
    assert real("run", "--workflow", tmp_path / "plan.json").code == 3
    assert [(one["standing"], one["mission"]) for one in real("runs", "--json").json] == [("waiting", None)]


@pytest.mark.usefixtures("folder")
def test_the_list_can_be_of_some_standings_only(real: RealRuns) -> None:
    names = [one["name"] for one in real("runs", "--json", "--standing", "waiting").json]
    assert names == ["asking-1", "wf-daily-loop-1"]
    some = real("runs", "--standing", "completed", "--standing", "vetoed").out.decode().splitlines()
    assert [line.split()[0] for line in some] == ["vetoed-1", "wf-echo-1"]


@pytest.mark.parametrize("count", range(2, len(LINES) + 1))
@pytest.mark.parametrize("torn", [b"", b'{"contract":"' + b"x" * 10**5])
def test_a_quick_look_agrees_with_the_whole_file(tmp_path: Path, count: int, torn: bytes) -> None:
    for lines in (LINES, LARGE, MISLEADING):
        path = tmp_path / "a.ndjson"
        path.write_bytes(joined(lines[:count]) + torn)
        (found,) = list_runs(tmp_path)
        recorded = read_run(path)
        assert (found.head_sha256, found.began_at) == (recorded.head, recorded.began.began_at)
        assert found.events == len(recorded.run.events)
        assert found.standing == ("unfinished" if recorded.result is None else "completed")
        step = pending(recorded.run)
        assert found.step_id == (None if step is None else step.id)


def test_a_quick_look_reads_no_large_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ndjson"
    for lines in (LARGE, LARGE[:-2]):
        path.write_bytes(joined(lines))
        whole = path.stat().st_size
        decoded: list[int] = []

        def decode(data: bytes, *, decoded: list[int] = decoded, **how: Any) -> Any:
            decoded.append(len(data))
            return msgspec.json.decode(data, **how)

        with monkeypatch.context() as patched:
            patched.setattr(listing, "decode", decode)
            assert list_runs(tmp_path)[0].standing != "unreadable"
        assert sum(decoded) < whole / 2


def test_the_tenth_run_is_listed_after_the_ninth(real: RealRuns) -> None:
    for _ in range(10):
        real("run", "echo")
    names = [line.split()[0] for line in real("runs").out.splitlines()]
    assert names == [f"wf-echo-{number}".encode() for number in range(1, 11)]


def removed(real: RealRuns, name: str) -> bool:
    return not real.path(name).exists()


def test_finished_runs_are_removed_with_what_they_left(real: RealRuns, folder: Path) -> None:
    (folder / "failing-1").mkdir()
    (folder / "failing-1" / "artifact").touch()
    (folder / "failing-1.output.txt").touch()
    (folder / "failing-10.output.txt").touch()
    assert real("runs", "remove", "failing-1", real.path("wf-echo-1")) == (0, b"", "")
    assert removed(real, "failing-1")
    assert removed(real, "wf-echo-1")
    assert sorted(path.name for path in folder.glob("failing-1*")) == ["failing-10.output.txt"]


@pytest.mark.parametrize("name", ["asking-1", "cut-1", "damaged-1"])
@pytest.mark.usefixtures("folder")
def test_an_unfinished_run_is_removed_if_asked_for(real: RealRuns, name: str) -> None:
    refusal = real("runs", "remove", name).refusal
    assert refusal.endswith("not finished; nothing was removed; --unfinished removes it all the same")
    assert not removed(real, name)
    assert real("runs", "--runs", real.runs, "remove", "--unfinished", name).code == 0
    assert removed(real, name)


@pytest.mark.usefixtures("folder")
def test_a_run_at_work_is_never_removed(real: RealRuns) -> None:
    with reopen(real.path("asking-1")):
        assert "another process is at work" in real("runs", "remove", "--unfinished", "asking-1").refusal
    assert not removed(real, "asking-1")
    assert "cannot be read: No such file" in real("runs", "remove", "none").refusal


def test_a_program_is_told_why_a_run_is_not_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, done = folder / "asking-1.ndjson", folder / "wf-echo-1.ndjson"

    def refused(_: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", refused)
    for path, code, text in (
        (waiting, "unfinished", "the run is not finished; nothing was removed"),
        (done, "unwritable", "cannot be removed: Operation not permitted"),
    ):
        with pytest.raises(RunError) as error:
            remove_run(path)
        assert (error.value.code, error.value.path, str(error.value)) == (code, path, f"{path}: {text}")


def test_what_belongs_to_another_run_is_not_removed(real: RealRuns) -> None:
    real("run", "echo")
    real.path("wf-echo-1.b").write_bytes(real.path("wf-echo-1").read_bytes())
    real.path("wf-echo-1.b").with_suffix(".output.txt").touch()
    assert real("runs", "remove", "wf-echo-1").code == 0
    assert sorted(path.name for path in real.runs.iterdir()) == [
        "wf-echo-1.b.ndjson",
        "wf-echo-1.b.output.txt",
    ]


def test_where_nothing_has_run_nothing_is_listed(real: RealRuns, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert real("runs", "--runs", folder) == (0, b"", "")
    assert not (tmp_path / "none").exists()


def test_a_file_in_place_of_the_folder_is_reported(real: RealRuns, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "Not a directory; name another folder" in real("runs", "--runs", tmp_path / "file").refusal


def test_names_that_are_no_utf_8_are_in_base64(real: RealRuns) -> None:
    real("run", "echo")
    path = real.path("wf-echo-1").rename(real.path("y\udcff"))
    (found,) = json.loads(real("runs", "--json").out)
    assert found["name"] == "y\ufffd"
    assert base64.b64decode(found["name_base64"]) == b"y\xff"
    assert base64.b64decode(found["path_base64"]) == os.fsencode(path)


def test_names_and_damage_do_not_steer_the_terminal(real: RealRuns) -> None:
    real("run", "echo")
    real.path("wf-echo-1").rename(real.path("x\x1b[2J\n\u202e"))
    real.path("y\udcff").write_bytes(b'{"\x1b":1}\n{}\n')
    real("run", "--workflow", real.workflow(person("\x1b[2J\nask\u202e")))
    answer = real("runs")
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 3
    assert all(line.isprintable() for line in answer.out.decode().splitlines())
