"""Is one process at a time at work on a run, and does a process that only asks disturb none?"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from real_runs import RealRuns, machine, person
from small_run_file import ALONE, PLAIN, STARTED, joined

from tier2.shell.errors import InputError
from tier2.shell.run_files import locks
from tier2.shell.run_files.locks import at_work
from tier2.shell.run_files.run_file import begin, reopen
from tier2.shell.runs.hosts import HostCall, HostOperation


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "a.ndjson"
    path.write_bytes(joined(PLAIN[:2]))
    return path


@contextmanager
def asked(path: Path) -> Iterator[int]:
    """The shared lock of somebody who asks, as one of them would hold it for an instant."""
    descriptor = os.open(path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    yield descriptor
    os.close(descriptor)


def busy(path: Path) -> bool:
    """Whether a process is at work on a run file."""
    descriptor = os.open(path, os.O_RDONLY)
    found = at_work(descriptor)
    os.close(descriptor)
    return found


def test_a_run_is_at_work_while_it_is_open_to_write(run: Path) -> None:
    assert not busy(run)
    with reopen(run):
        assert busy(run)
        assert busy(run)
    assert not busy(run)


def test_asking_keeps_nobody_from_writing(run: Path) -> None:
    before = run.read_bytes(), run.stat().st_mtime_ns
    assert not busy(run)
    with reopen(run):
        assert busy(run)
        assert (run.read_bytes(), run.stat().st_mtime_ns) == before


def test_many_who_ask_are_not_taken_for_a_writer(run: Path) -> None:
    with asked(run), asked(run):
        assert not busy(run)


def test_a_file_without_locks_is_not_at_work(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: int, __: int) -> None:
        raise OSError

    monkeypatch.setattr(fcntl, "flock", failing)
    assert not busy(run)


def test_a_writer_waits_for_somebody_who_asks(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with asked(run) as descriptor:
        monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(descriptor, fcntl.LOCK_UN))
        with reopen(run):
            assert busy(run)


def test_a_run_begins_while_somebody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asking: list[int] = []

    def opened(descriptor: int, kind: int) -> bool:
        if not asking:
            (path,) = tmp_path.iterdir()
            asking.append(os.open(path, os.O_RDONLY))
            fcntl.flock(asking[0], fcntl.LOCK_SH)
        return taken(descriptor, kind)

    taken = locks._taken
    monkeypatch.setattr(locks, "_taken", opened)
    monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(asking[0], fcntl.LOCK_UN))
    with begin(tmp_path, STARTED, ALONE) as file:
        assert file.path.read_bytes() == joined(PLAIN[:2])
    os.close(asking[0])


def test_a_writer_does_not_wait_for_ever(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    with asked(run), pytest.raises(InputError, match="another process is at work"), reopen(run):
        pass
    assert pauses == [locks.PAUSE] * locks.TRIES


def test_a_writer_does_not_wait_for_another_writer(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    with reopen(run), pytest.raises(InputError, match="another process is at work"), reopen(run):
        pass
    assert pauses == []


def test_the_list_says_of_a_run_at_work_that_it_is(
    real: RealRuns,
) -> None:
    seen: list[bytes] = []

    def look(_: HostCall) -> dict[str, int]:
        seen.append(real("runs").out)
        return {}

    hosts = {"bell.ring": HostOperation(look)}
    steps = (machine("ring", "bell.ring"), person("ask"))
    real("run", "--workflow", real.workflow(*steps), "--allow", "bell.ring", hosts=hosts)
    at_work = b"; a process is at work on it; head "
    assert seen[0].startswith(b"wf-1  unfinished at 'ring', since event 0 of 2" + at_work)
    waiting = b"wf-1  waiting for a person at 'ask', since event 1 of 2"
    assert real("runs").out.startswith(waiting + b"; head ")
    with reopen(real.path("wf-1")):
        assert real("runs").out.startswith(waiting + at_work)
