"""A whole day over todo files, without the command: read, run, planned, written back."""

from pathlib import Path
from typing import NamedTuple

from tier2.contracts.v1 import ExecutionContext, MissionSpec
from tier2.execution import run_workflow
from tier2.operations.kinds import JsonObject
from tier2.planning import build_workflow
from tier2.shell.day import DayFiles, FileChange, apply_write_back, day_files, plan_write_back, read_day

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
