"""A whole day over todo files, without the command: read, run, planned, written back."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

from tier2.contracts.v1 import ExecutionContext, MissionSpec
from tier2.engine.execution import run_workflow
from tier2.engine.planning import build_workflow
from tier2.kinds import JsonObject
from tier2.shell.errors import InputError
from tier2.shell.worlds.daily_loop.files import (
    DayFiles,
    FileChange,
    apply_write_back,
    day_files,
    plan_write_back,
    read_day,
)

ALONE = build_workflow(MissionSpec(type="daily_loop", params={"requested_human_steps": 0}))
"""The daily loop without the person: all four runtime steps."""


class Planned(NamedTuple):
    """A day that is run, and whose write-back is planned and not yet applied."""

    changes: tuple[FileChange, ...]
    state: JsonObject


class Ran(NamedTuple):
    """A day that is run, and whose write-back is not yet planned."""

    metadata: JsonObject
    state: JsonObject


def list_in(folder: Path, todo: bytes, done: bytes | None = None, journal: bytes | None = None) -> DayFiles:
    """The files of a todo list, with these bytes."""
    files = day_files(folder / "todo.txt")
    for path, data in ((files.todo, todo), (files.done, done), (files.journal, journal)):
        if data is not None:
            path.write_bytes(data)
    return files


def ran(files: DayFiles, today: str) -> Ran:
    began = read_day(files, today)
    result = run_workflow(ALONE, ExecutionContext(initial_state=began.initial_state, metadata=began.metadata))
    assert result.outcome == "completed"
    return Ran(began.metadata, result.final_state)


def planned(files: DayFiles, today: str) -> Planned:
    metadata, state = ran(files, today)
    return Planned(plan_write_back(files, metadata, state), state)


def lived(files: DayFiles, today: str) -> Planned:
    """The day, written back."""
    plan = planned(files, today)
    apply_write_back(files, *plan)
    return plan


def held(folder: Path) -> dict[str, bytes]:
    """Every file of the folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


TODAY = "2026-11-24"
TODO = b"(A) 2026-11-20 Mend +roof due:2026-12-01 k:v\n\nx 2026-11-23 Oil the gate  \nCall\tAna \nx 2026-11-24 Wash"
LEFT = b"(A) 2026-11-20 Mend +roof due:2026-12-01 k:v\n\nCall\tAna \n"
MOVED = b"x 2026-11-23 Oil the gate  \nx 2026-11-24 Wash\n"
SECTION = (
    b"## 2026-11-24\n\nCompleted yesterday:\n- Oil the gate\n\nCarried over:\n- Mend +roof k:v\n- Call Ana\n\n"
    b"Priorities:\n1. Mend +roof k:v\n2. Call Ana\n"
)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def refusal(call: Callable[[], object]) -> str:
    """The one escaped line with which a call is refused."""
    with pytest.raises(InputError) as found:
        call()
    text = str(found.value)
    assert text.isprintable()
    return text


def failing(number: int) -> Callable[..., NoReturn]:
    """A system call that fails."""

    def call(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return call
