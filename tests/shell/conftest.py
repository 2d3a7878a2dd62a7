"""What every test of the command is given."""

from pathlib import Path

import pytest
from shell_command import Command


@pytest.fixture(autouse=True)
def _runs_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are recorded in the test's own folder, also by commands that it starts."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def tier2(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, in process."""
    return Command(capsysbinary, monkeypatch)
