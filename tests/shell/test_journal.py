"""Does a run file hold what happened, and refuse to hold anything else?"""

import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell_command import Command

from tier2.canonical import MAX_BYTES, canonical
from tier2.contracts.v1 import Completed, ExecutionContext, Run, StepSpec, WorkflowDefinition
from tier2.execution import advance, finish, perform, start, state
from tier2.operations import OPERATIONS
from tier2.operations.kinds import JsonObject, Pure
from tier2.shell import journal
from tier2.shell.cli import main
from tier2.shell.day import FileChange
from tier2.shell.files import InputFault
from tier2.shell.journal import (
    begin,
    event_line,
    read_run,
    recorded_in,
    reopen,
    write_back_line,
)

Json = Any


def merge(step_id: str, patch: Json) -> StepSpec:
    return StepSpec(
        id=step_id, kind="runtime", payload={"operation": "state.merge", "patch": patch, "description": "ü"}
    )


WORKFLOW = WorkflowDefinition(
    id="wf-small", steps=(merge("one", {"a": [1]}), merge("two", {"b": None, "c": "ü"}))
)
STARTED = start(WORKFLOW, ExecutionContext(initial_state={"b": "x"}))
CHANGES = (
    FileChange(role="done", old_sha256=None, new_sha256="1" * 64),
    FileChange(role="todo", old_sha256="0" * 64, new_sha256="2" * 64),
)


def whole(run: Run, changes: tuple[FileChange, ...] = CHANGES) -> list[bytes]:
    """The lines of a finished run over todo files."""
    lines: list[bytes] = [canonical(run)]
    head = recorded_in(lines[0] + b"\n", "f").head
    for step in run.workflow.steps:
        run, head, line = event_line(run, head, perform(step, state(run), OPERATIONS))
        lines.append(line)
    return [*lines, write_back_line(head, changes), canonical(finish(run))]


LINES = whole(STARTED)
DATA = b"".join(line + b"\n" for line in LINES)


def refused(data: bytes) -> str:
    with pytest.raises(InputFault) as found:
        recorded_in(data, "f")
    text = str(found.value)
    assert text.isprintable()
    assert text.startswith("f: ")
    return text.removeprefix("f: ")


def refused_line(data: bytes) -> int:
    """The number of the line for which a file is refused."""
    word, number, text = refused(data).split(" ", 2)
    assert word == "line"
    assert text.endswith("; the file is left as it is: restore it, or start a new run")
    return int(number.removesuffix(":"))


# The format


def sha256(value: Json) -> str:
    """Without the code under test; in this file's documents the order of keys and the escapes are Python's too."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_run_file_is_the_run_its_entries_with_their_digests_the_write_back_and_the_result() -> None:
    first, *entries, planned, result = map(json.loads, LINES)
    assert first == STARTED.to_dict()
    assert first["events"] == []
    assert [line["entry"] for line in entries] == result["receipt"]["entries"]
    previous = sha256(
        {"context_sha256": sha256(first["context"]), "workflow_sha256": sha256(first["workflow"])}
    )
    for line, after in zip(
        entries, ({"a": [1], "b": "x"}, {"a": [1], "c": "ü"}), strict=True
    ):  # the states after each step, by hand
        assert line.keys() == {"entry", "sha256"}
        assert line["entry"]["previous_sha256"] == previous
        assert line["entry"]["state_sha256"] == sha256(after)
        previous = line["sha256"]
        assert previous == sha256(line["entry"])
    assert result["receipt"]["head_sha256"] == previous
    assert planned["write_back"] == [
        {"new_sha256": "1" * 64, "old_sha256": None, "role": "done"},
        {"new_sha256": "2" * 64, "old_sha256": "0" * 64, "role": "todo"},
    ]
    assert planned["sha256"] == sha256({"previous_sha256": previous, "write_back": planned["write_back"]})


def test_a_run_file_is_read_as_what_was_recorded() -> None:
    found = recorded_in(DATA, "f")
    events = tuple(perform(step, {}, OPERATIONS) for step in WORKFLOW.steps)
    assert found.run.to_dict() == advance(advance(STARTED, events[0]), events[1]).to_dict()
    assert found.write_back == CHANGES
    assert found.result is not None
    assert canonical(found.result) == LINES[-1]
    assert (found.head, found.size, found.torn) == (found.result.receipt.head_sha256, len(DATA), 0)


# Damage


def line_of(position: int) -> int:
    return DATA.count(b"\n", 0, position) + 1


@pytest.mark.parametrize("phase", range(4))
def test_any_changed_byte_of_any_whole_line_is_refused_with_its_line(phase: int) -> None:
    # The last newline is left out: without it, the line is not whole, but torn.
    for position in range(phase, len(DATA) - 1, 4):
        for bit in (1, 1 << (position % 7 + 1)):
            changed = bytearray(DATA)
            changed[position] ^= bit
            number = refused_line(bytes(changed))
            # What the run says is proven by the entry that stands on it.
            allowed = {1, 2} if line_of(position) == 1 else {line_of(position)}
            assert number in allowed, (position, bit)


def test_a_change_of_the_run_itself_is_found_by_the_first_entry() -> None:
    changed = DATA.replace(b'"b":"x"', b'"b":"y"', 1)
    assert refused(changed).startswith("line 2: $.entry.previous_sha256 is not what the lines before come to")


@given(st.integers(0, len(DATA)))
def test_what_is_torn_counts_from_the_last_newline_on(length: int) -> None:
    data = DATA[:length]
    lines = data.count(b"\n")
    if lines == 0:
        assert refused(data).startswith("holds no run: it was cut off before its first line was whole")
        return
    found = recorded_in(data, "f")
    assert found.size == sum(len(line) + 1 for line in LINES[:lines])
    assert found.size + found.torn == length
    assert len(found.run.events) == min(lines - 1, 2)
    assert (found.write_back, found.result is None) == (CHANGES if lines >= 4 else None, lines < 5)


def test_a_torn_last_line_may_be_anything() -> None:
    assert recorded_in(DATA + b"\0\xff\x1b{", "f").torn == 4


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


@pytest.mark.parametrize("place", range(len(LINES)))
def test_a_doubled_line_is_refused(place: int) -> None:
    assert refused_line(joined([*LINES[: place + 1], *LINES[place:]])) == place + 2


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_missing_line_is_refused(place: int) -> None:
    assert refused_line(joined([*LINES[:place], *LINES[place + 1 :]])) == place + 1


@pytest.mark.parametrize("place", range(len(LINES) - 1))
def test_exchanged_lines_are_refused(place: int) -> None:
    lines = [*LINES[:place], LINES[place + 1], LINES[place], *LINES[place + 2 :]]
    # A result may come without a write-back; then nothing may come after it.
    assert refused_line(joined(lines)) == (place + 2 if place == 3 else place + 1)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"entry":{},"sha256":""}',
        b'{"entry":[],"sha256":""}',
        b'{"write_back":[]}',
        b'{"sha256":"","write_back":{}}',
        b'{"sha256":"","write_back":[{"role":"gone"}]}',
        b"\xff",
        b"[" * 200,
    ],
)
@pytest.mark.parametrize("place", range(1, len(LINES) + 1))
def test_a_line_that_is_none_is_refused_wherever_it_stands(place: int, line: bytes) -> None:
    assert refused_line(joined([*LINES[:place], line, *LINES[place:]])) == place + 1


def test_a_line_that_is_not_canonical_is_refused() -> None:
    text = json.dumps(json.loads(LINES[1])).encode()
    assert refused_line(joined([LINES[0], text])) == 2


def test_an_entry_of_another_run_is_refused() -> None:
    other = whole(start(WORKFLOW, ExecutionContext(initial_state={"b": "y"})))
    assert refused_line(joined([LINES[0], other[1]])) == 2


def test_a_run_that_begins_with_events_is_refused() -> None:
    run = advance(STARTED, perform(WORKFLOW.steps[0], {}, OPERATIONS))
    assert refused(canonical(run) + b"\n").startswith("line 1: the first line is the run without its events")


def test_a_run_of_a_newer_contract_is_refused_as_such() -> None:
    newer = DATA.replace(b"tier2.run/v1", b"tier2.run/v2", 1)
    assert refused(newer).startswith(
        "line 1: the contract tier2.run/v2 is not known to this version of tier2; use a newer one"
    )


def test_whoever_changes_a_line_and_all_digests_after_it_is_found_by_the_head_that_was_kept() -> None:
    forged = whole(start(WORKFLOW, ExecutionContext(initial_state={"b": "z"})))
    assert recorded_in(joined(forged), "f").head != recorded_in(DATA, "f").head


# On the disk


def test_a_torn_last_line_is_dropped_when_the_run_is_opened_to_go_on_and_not_when_it_is_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.ndjson"
    torn = joined(LINES[:2]) + LINES[2][:30]
    path.write_bytes(torn)
    assert read_run(path).torn == 30
    assert path.read_bytes() == torn
    with reopen(path) as (file, recorded):
        assert recorded.torn == 30
        assert path.read_bytes() == joined(LINES[:2])
        file.append(LINES[2])
    assert path.read_bytes() == joined(LINES[:3])


def test_a_damaged_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    damaged = LINES[0] + b"\n{}\n" + LINES[1][:9]
    path.write_bytes(damaged)
    with pytest.raises(InputFault, match="line 2"), reopen(path):
        pass
    assert path.read_bytes() == damaged


def test_runs_of_one_workflow_get_numbers_and_their_names_are_safe_and_private(tmp_path: Path) -> None:
    for identity, stem in (
        ("../../x", "______x"),
        ("wf-a", "wf-a"),
        ("a\n\x1b", "a__"),
        ("ü" * 200, "_" * 80),
    ):
        run = start(WorkflowDefinition(id=identity, steps=WORKFLOW.steps), ExecutionContext())
        for number in (1, 2):
            with begin(tmp_path / "new" / "runs", run) as file:
                assert file.path == tmp_path / "new" / "runs" / f"{stem}-{number}.ndjson"
            assert file.path.read_bytes() == canonical(run) + b"\n"
            assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "runs").stat().st_mode) == 0o700


@pytest.mark.parametrize("call", [read_run, lambda path: reopen(path).__enter__()], ids=["read", "reopened"])
def test_what_is_no_run_file_is_refused_and_never_waited_for(
    tmp_path: Path, call: Callable[[Path], object]
) -> None:
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
        with pytest.raises(InputFault, match=text):
            call(tmp_path / name)


HOLDER = """
import sys
from pathlib import Path
from tier2.shell.journal import reopen
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


def test_while_one_process_is_at_work_on_a_run_a_second_is_told_so_and_changes_nothing(
    tier2: Command, tmp_path: Path
) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(LINES[:1]))
    with held_by_another_process(path):
        path.write_bytes(joined(LINES[:1]) + b"to")
        answer = tier2("resume", path)
        assert answer.refusal == (
            f"{path}: another process is at work on this run; nothing was changed, try again when it is done"
        )
        assert path.read_bytes() == joined(LINES[:1]) + b"to"
        # Looking is free: whoever writes only ever adds.
        assert (
            tier2("runs", "--runs", tmp_path).out
            == b"a  unfinished at 'one', since event 0 of 2; resume it, unless it is at work\n"
        )
    assert tier2("resume", path).code == 0
    assert path.read_bytes() == joined([*LINES[:3], LINES[4]])


# Faults of the disk


class Full:
    """A disk on which there is room for so many bytes more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._write = os.write

    def __call__(self, descriptor: int, data: bytes) -> int:
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(descriptor, data[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("room", [0, 1, 300])
def test_on_a_full_disk_a_line_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(LINES[:1]))
    with reopen(path) as (file, _):
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", Full(room))
            with pytest.raises(InputFault, match=r"cannot be written: No space left on device; make room"):
                file.append(LINES[1])
        assert path.read_bytes() == joined(LINES[:1])
        file.append(LINES[1])
    assert path.read_bytes() == joined(LINES[:2])


def test_a_write_that_takes_a_part_only_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
        with begin(tmp_path, STARTED) as file:
            file.append(LINES[1])
    assert file.path.read_bytes() == joined(LINES[:2])


@pytest.mark.parametrize("room", [0, 100])
def test_a_run_that_cannot_be_begun_leaves_no_file(
    tier2: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", Full(room))
        answer = tier2("run", "echo", "--runs", tmp_path)
    assert "No space left on device" in answer.refusal
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_the_disk_does_not_confirm_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(LINES[:1]))
    with reopen(path) as (file, _), monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failing)
        with pytest.raises(InputFault, match="Input/output error"):
            file.append(LINES[1])
    assert path.read_bytes() == joined(LINES[:1])


def test_a_line_beyond_the_bound_is_refused_before_it_is_written(tmp_path: Path) -> None:
    with begin(tmp_path, STARTED) as file:
        with pytest.raises(InputFault, match=r"a line of \d+ bytes is too large for a run file"):
            file.append(b"x" * (MAX_BYTES + 1025))
        assert file.path.read_bytes() == joined(LINES[:1])


@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/nothing-is-made-here"])
def test_a_folder_that_cannot_hold_runs_is_refused_before_anything_is_done(
    tier2: Command, tmp_path: Path, folder: str
) -> None:
    (tmp_path / "file").touch()
    answer = tier2("run", "echo", "--runs", tmp_path / folder)
    assert answer.refusal.startswith(f"{tmp_path / folder}: cannot hold runs: ")
    assert answer.refusal.endswith("; name another with --runs")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 KiB, where this process may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux mounts a tmpfs")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_run_that_met_a_full_disk_goes_on_when_there_is_room_again(
    tier2: Command, small_disk: Path
) -> None:
    paused = tier2("run", "daily_loop", "--no-input", "--runs", small_disk)
    assert paused.code == 3
    (path,) = small_disk.iterdir()
    before = path.read_bytes()
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(b"x" * 65536)
    # The file's own last page has room for some lines.
    resume = ("resume", path, "--by", "Ana", "--approve", "daily-confirm-priorities", "--note", "n" * 5000)
    full = tier2(*resume)
    assert "No space left on device; make room, then `tier2 resume` it" in full.refusal
    assert path.read_bytes() == before
    filler.unlink()
    assert tier2(*resume).code == 0


# The order of things


class Call(NamedTuple):
    name: str
    what: str


def test_each_line_is_on_the_disk_before_the_next_step_starts_and_a_new_file_is_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    arguments = ("run", "--workflow", str(tmp_path / "wf.json"), "--runs", str(tmp_path / "runs"))
    assert main(arguments, operations={"step": Pure(step)}) == 0
    line = [Call("write", "run"), Call("fsync", "run")]
    steps = [call for n in range(5) for call in (Call("step", str(n)), *line)]
    assert calls == [*line, Call("fsync", "folder"), *steps, *line]


def test_a_torn_line_is_off_the_disk_before_anything_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    truncate, fsync = os.ftruncate, os.fsync

    def truncated(descriptor: int, size: int) -> None:
        calls.append("truncate")
        truncate(descriptor, size)

    def synced(descriptor: int) -> None:
        calls.append("fsync")
        fsync(descriptor)

    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(LINES[:1]) + b"{")
    monkeypatch.setattr(os, "ftruncate", truncated)
    monkeypatch.setattr(os, "fsync", synced)
    with reopen(path):
        assert calls == ["truncate", "fsync"]


def test_the_bound_of_a_file_has_room_for_every_line_that_a_run_may_have() -> None:
    # The run, five entries, the write-back, the result, and one that is torn.
    assert journal.MAX_FILE == 9 * (journal.MAX_LINE + 1)
    assert journal.MAX_LINE == MAX_BYTES + 1024


def test_an_entry_of_the_largest_event_fits_into_a_line() -> None:
    event = Completed(step_id="one", output={"x": "y" * (MAX_BYTES - 400)})
    _, _, line = event_line(STARTED, recorded_in(joined(LINES[:1]), "f").head, event)
    assert len(line) > MAX_BYTES - 400
    assert recorded_in(joined([LINES[0], line]), "f").run.events == (event,)


def test_a_run_that_is_just_being_begun_is_locked_against_all_others(tmp_path: Path) -> None:
    with begin(tmp_path, STARTED) as file:
        before = file.path.read_bytes()
        with pytest.raises(InputFault, match="another process is at work"), reopen(file.path):
            pass
        assert file.path.read_bytes() == before
