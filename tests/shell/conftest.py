"""The fixtures of the command's tests."""

import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import pytest
from host_calls import Messages
from pytest_projects import Project
from real_runs import RealRuns
from shell_command import Command


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terminals are as wide as they say themselves, and have no colours unless a test wants some. No CI is around."""
    for name in ("COLUMNS", "FORCE_COLOR", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture(autouse=True)
def _runs_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are recorded in the test's own folder, also by commands that it starts."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def tier2(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, in process."""
    return Command(capsysbinary, monkeypatch)


@pytest.fixture
def real(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> RealRuns:
    """The command in process, with a host operation, and a terminal where a test types something."""
    return RealRuns(tmp_path, capsysbinary, monkeypatch)


@pytest.fixture
def messages() -> Messages:
    """The lines that a host operation has shown to people, none so far."""
    return Messages()


@pytest.fixture
def users_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is that of a user, without the settings of the pytest that runs this test."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # it halves the time that a pytest takes


@pytest.fixture
def xdist(users_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # its order counts
    """Where pytest-xdist is installed, a project's pytest loads it."""
    pytest.importorskip("xdist")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin")


@pytest.fixture
def project(users_environment: None, tmp_path: Path) -> Project:  # noqa: ARG001  # pytest is to see no other
    """A project in a folder of its own, tested in the environment of a user."""
    folder = tmp_path / "the project"
    folder.mkdir()
    return Project(folder)


@pytest.fixture
def no_hang() -> Iterator[None]:
    """Makes a test fail that would wait for ever."""

    def fail(_: int, __: FrameType | None) -> NoReturn:
        pytest.fail("the test has waited for a minute")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
