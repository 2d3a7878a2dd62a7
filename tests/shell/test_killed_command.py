"""Does pytest end with the command that started it, even where that is killed and can end nobody?"""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from pytest_projects import PASSING, Project

PATIENCE = 30
"""How many seconds may pass until a process that should end is taken for one that goes on."""

HANGING = """
import os, signal, subprocess, sys

def test_hangs():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    held = os.open("alive", os.O_WRONLY)
    child = subprocess.Popen([sys.executable, "-c", "open('go').read()"], pass_fds=[held])
    os.write(held, b"here\\n")
    open("go").read()
    child.wait()
"""


class Started(NamedTuple):
    """A command whose tests hang: the command, and a pipe that its tests and their children hold open."""

    command: subprocess.Popen[bytes]
    alive: int

    def nobody_is_left(self) -> bool:
        """Whether all who held the pipe are gone: a pipe that nobody holds is at its end."""
        ready, _, _ = select.select([self.alive], [], [], PATIENCE)
        return ready == [self.alive] and os.read(self.alive, 1) == b""


def until_killed(project: Project, number: signal.Signals, *, group: bool) -> bool:
    """Starts the command on tests that hang, sends it a signal, and says whether it took all of them with it."""
    for name in ("alive", "go"):
        os.mkfifo(project.folder / name)
    alive = os.open(project.folder / "alive", os.O_RDONLY | os.O_NONBLOCK)
    go = os.open(
        project.folder / "go", os.O_RDWR
    )  # at its end when we close it, and so the tests end in any case
    with subprocess.Popen(
        [sys.executable, "-m", "tier2", "run", "run_tests", "--runs", "runs"],
        cwd=project.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as command:
        started = Started(command, alive)
        ready, _, _ = select.select([alive], [], [], PATIENCE)
        assert ready == [alive]
        assert os.read(alive, 5) == b"here\n"
        (os.killpg if group else os.kill)(command.pid, number)
    ended = started.nobody_is_left()
    os.close(go)
    os.close(alive)
    assert command.returncode == -number
    return ended


@pytest.mark.parametrize("group", [False, True], ids=["alone", "with its group"])
def test_a_killed_command_takes_its_tests_along(project: Project, group: bool) -> None:
    project.write(test_a__py=HANGING)
    assert until_killed(project, signal.SIGKILL, group=group)


@pytest.mark.usefixtures("xdist")
def test_a_killed_command_takes_test_workers_along(project: Project) -> None:
    project.write(test_a__py=HANGING, pytest__ini="[pytest]\naddopts = -n 2\n")
    assert until_killed(project, signal.SIGKILL, group=False)


def test_a_killed_run_is_gone_on_with(project: Project) -> None:
    project.write(test_a__py=HANGING)
    until_killed(project, signal.SIGKILL, group=False)
    (project.folder / "test_a.py").write_text("def test_hangs():\n    pass\n", encoding="utf-8")
    words = ("resume", "wf-run-tests-1", "--runs", "runs", "--allow", "tests.execute")
    done = subprocess.run(
        [sys.executable, "-m", "tier2", *words],
        cwd=project.folder,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b'"outcome":"completed"' in done.stdout


SEES = """
import gc, os, threading, warnings

def test_it_has_no_child_and_no_second_thread():
    assert threading.active_count() == 1
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return
    raise AssertionError("there is a child")

def test_it_may_fork():
    warnings.simplefilter("error")
    child = os.fork()
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0) == (child, 0)

def test_its_stdin_is_empty_and_no_other_pipe_is_open():
    assert os.read(0, 1) == b""
    found = []
    for name in os.listdir("/dev/fd"):
        try:
            found.append(os.readlink("/dev/fd/" + name))
        except OSError:
            pass
    assert [name for name in found if name.startswith(("pipe:", "socket:"))] == []
"""


def test_the_tests_see_nothing_of_the_watch_over_them(project: Project) -> None:
    assert project.write(test_a__py=SEES, pytest__ini="[pytest]\naddopts = -s\n").execute() == {
        "test_a.py::test_it_has_no_child_and_no_second_thread": "passed",
        "test_a.py::test_it_may_fork": "passed",
        "test_a.py::test_its_stdin_is_empty_and_no_other_pipe_is_open": "passed",
    }


def test_nobody_watches_after_the_step_is_done(project: Project, tmp_path: Path) -> None:
    project.write(test_a__py=PASSING)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert project.execute() == {"test_a.py::test_a": "passed"}
    assert project.execute(python=str(tmp_path / "none")) == "the interpreter cannot be started"
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
