"""What every test of the command is given."""

import pytest
from shell_command import Command


@pytest.fixture
def tier2(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, in process."""
    return Command(capsysbinary, monkeypatch)
