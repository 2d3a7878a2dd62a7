"""One small run as the lines of its run file."""

from typing import Any

from tier2.contracts.v1 import ExecutionContext, Run, StepSpec, WorkflowDefinition
from tier2.engine.execution import chain_of, finish, perform, start, state
from tier2.missions import OPERATIONS
from tier2.shell.run_files.lines import (
    Beginning,
    FileChange,
    beginning_line,
    event_line,
    write_back_line,
)
from tier2.values.canonical import canonical
from tier2.values.frozen import freeze_object

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
    FileChange(name="done", old_sha256=None, new_sha256="1" * 64),
    FileChange(name="todo", old_sha256="0" * 64, new_sha256="2" * 64),
)


BEGAN = Beginning(
    began_at="2026-11-24T09:30:00Z",
    nonce="0123456789abcdef" * 2,
    world=freeze_object({"files": ["done", "todo"]}),
)
ALONE = Beginning(began_at=BEGAN.began_at, nonce=BEGAN.nonce)
"""The beginning of a run that changes no files."""


def begun(run: Run, began: Beginning = ALONE) -> list[bytes]:
    """The first two lines of a run that changes no files, or of one that does."""
    return [canonical(run), beginning_line(run, began)]


def whole(run: Run, changes: tuple[FileChange, ...] = CHANGES) -> list[bytes]:
    """The lines of a finished run that changes files."""
    lines = begun(run, BEGAN)
    for step in run.workflow.steps:
        run, line = event_line(run, perform(step, state(run), OPERATIONS))
        lines.append(line)
    return [*lines, write_back_line(chain_of(run).head, changes), canonical(finish(run))]


LINES = whole(STARTED)
PLAIN = [*begun(STARTED), *LINES[2:4], LINES[5]]
"""The lines of the same run, if it changes no files."""


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
