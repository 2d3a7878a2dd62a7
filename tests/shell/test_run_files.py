"""How does a run file lie on the disk: begun, locked, opened again, and in which order is it written?"""

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from shell_command import Command
from small_run_file import ALONE, PLAIN, STARTED, WORKFLOW, begun, joined

from tier2.contracts.v1 import Completed, ExecutionContext, StepSpec, WorkflowDefinition
from tier2.engine.execution import start
from tier2.kinds import JsonObject, Pure
from tier2.shell.cli import main
from tier2.shell.errors import InputError
from tier2.shell.run_files import run_file as journal
from tier2.shell.run_files.lines import MAX_LINE, event_line, recorded_in
from tier2.shell.run_files.run_file import begin, read_run, reopen
from tier2.values.canonical import MAX_BYTES, canonical

# On the disk


def test_a_torn_line_is_dropped_by_resuming_only(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.ndjson"
    torn = joined(PLAIN[:3]) + PLAIN[3][:30]
    path.write_bytes(torn)
    assert read_run(path).torn == 30
    assert path.read_bytes() == torn
    with reopen(path) as (file, recorded):
        assert recorded.torn == 30
        assert path.read_bytes() == joined(PLAIN[:3])
        file.append(PLAIN[3])
    assert path.read_bytes() == joined(PLAIN[:4])


def test_bytes_after_a_result_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(PLAIN) + b"{}")
    with reopen(path) as (_, recorded):
        assert recorded.leftover is not None
    assert path.read_bytes() == joined(PLAIN) + b"{}"


def test_a_damaged_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    damaged = PLAIN[0] + b"\n{}\n" + PLAIN[1][:9]
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="line 2"), reopen(path):
        pass
    assert path.read_bytes() == damaged


def test_runs_have_safe_names_and_are_private(tmp_path: Path) -> None:
    for identity, stem in (
        ("../../x", "______x"),
        ("wf-a", "wf-a"),
        ("a\n\x1b", "a__"),
        ("ü" * 200, "_" * 80),
    ):
        run = start(WorkflowDefinition(id=identity, steps=WORKFLOW.steps), ExecutionContext())
        for number in (1, 2):
            with begin(tmp_path / "new" / "runs", run, ALONE) as file:
                assert file.path == tmp_path / "new" / "runs" / f"{stem}-{number}.ndjson"
            assert file.path.read_bytes() == joined(begun(run))
            assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "runs").stat().st_mode) == 0o700


@pytest.mark.parametrize("call", [read_run, lambda path: reopen(path).__enter__()], ids=["read", "reopened"])
def test_what_is_no_run_file_is_refused_at_once(tmp_path: Path, call: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "loop").symlink_to("loop")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(10**12)
    for name, text in (
        ("pipe", "is no regular file"),
        ("folder", "directory|is no regular file"),
        ("empty", "holds no run"),
        ("loop", "cannot be read"),
        ("huge", "has 1000000000000 bytes; a run file has at most"),
        ("none", "cannot be read: No such file or directory"),
        ("x" * 300, "cannot be read: File name too long"),
    ):
        with pytest.raises(InputError, match=text):
            call(tmp_path / name)


HOLDER = """
import sys
from pathlib import Path
from tier2.shell.run_files.run_file import reopen
with reopen(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.communicate()


def test_a_second_process_on_a_run_is_refused(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(PLAIN[:2]))
    with held_by_another_process(path):
        path.write_bytes(joined(PLAIN[:2]) + b"to")
        answer = tier2("resume", path)
        assert answer.refusal == (
            f"{path}: another process is at work on this run; nothing was changed, try again when it is done"
        )
        assert path.read_bytes() == joined(PLAIN[:2]) + b"to"
        # Reading is free, since a writer only ever adds.
        listed = tier2("runs", "--runs", tmp_path).out
        assert listed.startswith(b"a  unfinished at 'one', since event 0 of 2; a process is at work on it; ")
        assert path.read_bytes() == joined(PLAIN[:2]) + b"to"
    assert tier2("resume", path).code == 0
    assert path.read_bytes() == joined(PLAIN)


# The order of things


class Call(NamedTuple):
    name: str
    what: str


def test_each_line_is_on_disk_before_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Call] = []
    write, fsync = os.write, os.fsync

    def kind(descriptor: int) -> str:
        return "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "run"

    def written(descriptor: int, data: bytes) -> int:
        calls.append(Call("write", kind(descriptor)))
        return write(descriptor, data)

    def synced(descriptor: int) -> None:
        calls.append(Call("fsync", kind(descriptor)))
        fsync(descriptor)

    def step(payload: JsonObject, _: JsonObject) -> JsonObject:
        calls.append(Call("step", str(payload["n"])))
        return {}

    workflow = WorkflowDefinition(
        id="wf",
        steps=tuple(
            StepSpec(id=str(n), kind="runtime", payload={"operation": "step", "n": n}) for n in range(5)
        ),
    )
    (tmp_path / "wf.json").write_bytes(canonical(workflow))
    monkeypatch.setattr(os, "write", written)
    monkeypatch.setattr(os, "fsync", synced)
    arguments = ("run", "--workflow", str(tmp_path / "wf.json"), "--runs", str(tmp_path / "a" / "runs"))
    assert main(arguments, operations={"step": Pure(step)}) == 0
    made = [Call("fsync", "folder")] * 2
    line = [Call("write", "run"), Call("fsync", "run")]
    steps = [call for n in range(5) for call in (Call("step", str(n)), *line)]
    assert calls == [*made, *line, Call("fsync", "folder"), *steps, *line]


def test_each_new_folder_of_runs_is_private_and_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a run could vanish with its folder when the power fails, and what it wrote back would stay."""
    synced: list[int] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    before = os.umask(0)
    try:
        assert main(["run", "echo", "--runs", str(tmp_path / "a" / "b" / "c")]) == 0
    finally:
        os.umask(before)
    folders = [tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "c"]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 3
    assert synced[:3] == [folder.parent.stat().st_ino for folder in folders]


@pytest.mark.parametrize("home", ["", "here", "./here"])
def test_a_relative_home_holds_no_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", home)
    assert main(["run", "echo"]) == 2
    assert "(HOME) is no absolute path; name the folder of the runs" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []
    assert main(["run", "echo", "--runs", "runs"]) == 0


def test_a_torn_line_is_gone_before_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    truncate, fsync = os.ftruncate, os.fsync

    def truncated(descriptor: int, size: int) -> None:
        calls.append("truncate")
        truncate(descriptor, size)

    def synced(descriptor: int) -> None:
        calls.append("fsync")
        fsync(descriptor)

    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(PLAIN[:2]) + b"{")
    monkeypatch.setattr(os, "ftruncate", truncated)
    monkeypatch.setattr(os, "fsync", synced)
    with reopen(path):
        assert calls == ["truncate", "fsync"]


def test_a_file_has_room_for_every_line_of_a_run() -> None:
    # The run, its beginning, five entries, the write-back, the result, and one that is torn.
    assert journal.MAX_FILE == 10 * (MAX_LINE + 1)
    assert MAX_LINE == MAX_BYTES + 1024


def test_the_largest_event_fits_into_a_line() -> None:
    event = Completed(step_id="one", output={"x": "y" * (MAX_BYTES - 400)})
    _, line = event_line(STARTED, event)
    assert len(line) > MAX_BYTES - 400
    assert recorded_in(joined([*PLAIN[:2], line]), "f").run.events == (event,)


def test_a_run_is_locked_from_its_beginning(tmp_path: Path) -> None:
    with begin(tmp_path, STARTED, ALONE) as file:
        before = file.path.read_bytes()
        with pytest.raises(InputError, match="another process is at work"), reopen(file.path):
            pass
        assert file.path.read_bytes() == before
