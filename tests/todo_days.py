"""A whole day over todo files, without the command: read, run, planned, written back."""

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

from tier2.contracts.v1 import ExecutionContext, MissionSpec
from tier2.engine.execution import run_workflow
from tier2.engine.planning import build_workflow
from tier2.kinds import JsonObject
from tier2.shell.errors import InputError
from tier2.shell.runs.write_back import Plan, WriteBack, apply, plan, plan_of_rest
from tier2.shell.worlds.daily_loop.changes import new_files
from tier2.shell.worlds.daily_loop.reading import digests_at_begin, files_beside, read_day

ALONE = build_workflow(MissionSpec(type="daily_loop", params={"requested_human_steps": 0}))
"""The daily loop without the person: all four runtime steps."""


class TodoFiles(NamedTuple):
    """The three files of a todo list."""

    done: Path
    journal: Path
    todo: Path

    @property
    def by_name(self) -> Mapping[str, Path]:
        return self._asdict()


class Day(NamedTuple):
    """A day that is run, and whose write-back is not yet planned."""

    write_back: WriteBack
    state: JsonObject

    def plan(self) -> Plan:
        return plan(self.write_back, self.state)

    def resume(self, planned: Plan) -> None:
        """Writes what is left of a recorded plan, as a later process does."""
        apply(self.write_back, plan_of_rest(self.write_back, planned.changes, self.state))


def todo_files(todo: Path) -> TodoFiles:
    return TodoFiles(**files_beside(todo))


def list_in(folder: Path, todo: bytes, done: bytes | None = None, journal: bytes | None = None) -> TodoFiles:
    """The files of a todo list, with these bytes."""
    files = todo_files(folder / "todo.txt")
    for path, data in ((files.todo, todo), (files.done, done), (files.journal, journal)):
        if data is not None:
            path.write_bytes(data)
    return files


def write_back_of(files: TodoFiles, began: ExecutionContext) -> WriteBack:
    return WriteBack(files=files.by_name, began=digests_at_begin(began.metadata), new=new_files)


def ran(files: TodoFiles, today: str) -> Day:
    began = read_day(files.by_name, today)
    result = run_workflow(ALONE, began)
    assert result.outcome == "completed"
    return Day(write_back_of(files, began), result.final_state)


def lived(files: TodoFiles, today: str) -> tuple[Day, Plan]:
    """The day, written back."""
    day = ran(files, today)
    planned = day.plan()
    apply(day.write_back, planned)
    return day, planned


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
