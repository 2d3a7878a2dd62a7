"""The list of runs: a quick look at each run file, which reads its first two lines and its end.

1. The result says what became of a finished run. The last entry of an unfinished one gives its head and the next step.
2. Nothing is hashed but what the head of a run without events needs. So a quick look does not find that a line was
   changed, or that the end does not follow from the beginning. `tier2.shell.read_run` finds that.
3. A line may hold a large state. Members that come after it are read from the end of the line: in canonical form,
   the rest of an object from a member on is an object with the same end.
"""

import os
import stat
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeAlias, TypeVar, final, get_args

import msgspec
from msgspec import Meta, Raw
from msgspec.json import decode
from msgspec.structs import replace

from tier2.contracts.v1 import Outcome
from tier2.engine.receipts import first_link
from tier2.shell.errors import InputError
from tier2.shell.run_files import clock
from tier2.shell.run_files.folder import default_folder
from tier2.shell.run_files.locks import at_work
from tier2.shell.run_files.run_file import MAX_FILE, SUFFIX, read_run
from tier2.values.canonical import CanonicalBytes, sha256

Standing: TypeAlias = Literal[
    "waiting", "unfinished", "completed", "failed", "vetoed", "rehearsed", "unreadable"
]
"""What became of a run: its outcome if it is finished; ``waiting`` for a person; ``unfinished`` where a process is at
work, or was cut off; ``unreadable`` if its file cannot be read as a run."""

STANDINGS: tuple[Standing, ...] = get_args(Standing)

_AT_ONCE = 64 * 1024
"""How much of a file is read at once. Of a longer line only the end is read, where that is enough."""

T = TypeVar("T")


@final
class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a quick look at a run file says. It is not proven: `tier2.shell.read_run` checks every line.

    name: The name of the run in its folder.
    path: Its file.
    standing: What became of it.
    mission: The mission type; None where the workflow has none.
    step_id: The step that waits or comes next, or at which the run failed or was vetoed.
    events: How many events are recorded.
    steps: How many steps the run has; of a finished one, how many were executed.
    at_work: Whether a process is at work on it at this instant.
    head_sha256: The digest of the last entry; before the first one, the digest on which it will stand.
    began_at: When the run began, in UTC (RFC 3339).
    written_at: When the file was last written, in the same form.
    problem: Why the file is unreadable.
    """

    name: str
    path: Path
    standing: Standing
    mission: str | None = None
    step_id: str | None = None
    events: int = 0
    steps: int = 0
    at_work: bool = False
    head_sha256: str | None = None
    began_at: str | None = None
    written_at: str | None = None
    problem: str | None = None


def list_runs(folder: Path | None = None, standing: Collection[Standing] = STANDINGS) -> list[RunSummary]:
    """The runs of a folder, by name, each by a quick look: wf-2 comes before wf-10.

    folder: The folder of run files; None for the default one. A folder that is not there has no runs.
    standing: Only runs of these standings are given.

    Raises InputError if the folder cannot be read.
    """
    place = default_folder() if folder is None else folder
    try:
        names = [name for name in os.listdir(place) if name.endswith(SUFFIX)]
    except FileNotFoundError:  # nothing has run yet
        return []
    except OSError as error:
        raise InputError(f"{place}: cannot be read: {error.strerror}; name another folder") from None
    names.sort(key=lambda name: (len(name), name))
    found = [summary_of(place / name) for name in names]
    return [one for one in found if one.standing in standing]


def summary_of(path: Path) -> RunSummary:
    """What a quick look at a run file says."""
    known = RunSummary(name=path.name.removesuffix(SUFFIX), path=path, standing="unreadable")
    try:
        # Opening a pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_FILE:
                # Asked first: a process may be done by the time that the file is read, and then the file says so.
                busy = at_work(descriptor)
                return replace(
                    _quick_look(known, _File(descriptor, status.st_size)),
                    at_work=busy,
                    written_at=clock.written(status.st_mtime),
                )
        finally:
            os.close(descriptor)
    except (OSError, ValueError, RecursionError):
        pass
    return replace(known, problem=_problem(path))


def _problem(path: Path) -> str:
    """Why a file is unreadable, as reading every line of it says."""
    try:
        read_run(path)
    except InputError as error:
        return str(error)
    return f"{path}: was written while it was read; list the runs again"


def _quick_look(known: RunSummary, file: "_File") -> RunSummary:
    first = file.line_at(0)
    second = file.line_at(first.end + 1)
    last = file.line_before(file.size)
    began_at = decode(file.read(*second), type=_Second).run.began_at
    known = replace(known, began_at=began_at)
    if file.begins(last, b'{"contract"'):
        return _finished(known, file.members_from(last, b'"lineage":', _ResultsEnd))
    if file.begins(last, b'{"sha256"'):  # the planned write-back
        last = file.line_before(last.begin)
    entry = None if last == second else decode(file.read(*last), type=_EntryLine)
    head = _first_link(file.read(*first)) if entry is None else entry.sha256
    workflow = file.members_from(first, b'"workflow":', _FirstsEnd).workflow
    return _unfinished(
        replace(known, head_sha256=head), workflow, None if entry is None else entry.entry.event
    )


def _finished(known: RunSummary, result: "_ResultsEnd") -> RunSummary:
    executed = result.lineage.executed_step_ids
    return replace(
        known,
        standing=result.outcome,
        mission=result.lineage.mission_type,
        step_id=None if result.success else executed[-1],
        events=len(executed),
        steps=len(executed),
        head_sha256=result.receipt.head_sha256,
    )


def _unfinished(known: RunSummary, workflow: "_Workflow", last: "_Event | None") -> RunSummary:
    """An unfinished run, whose last event is given."""
    ids = [step.id for step in workflow.steps]
    events = 0 if last is None else ids.index(last.step_id) + 1
    ended = last is not None and (last.event == "failed" or last.verdict == "vetoed")
    step = None if ended or events == len(ids) else workflow.steps[events]
    mission_type = decode(workflow.metadata.mission_type)
    return replace(
        known,
        standing="waiting" if step is not None and step.kind == "human" else "unfinished",
        mission=mission_type if isinstance(mission_type, str) else None,
        step_id=None if step is None else step.id,
        events=events,
        steps=len(ids),
    )


def _first_link(line: bytes) -> str:
    """The digest on which the first entry will stand."""
    first = decode(line, type=_First)
    # The line is canonical, and so is each of its members.
    workflow, context = (sha256(CanonicalBytes(bytes(part))) for part in (first.workflow, first.context))
    return first_link(workflow, context, first.operations)


class _Line(NamedTuple):
    """Where a line is in its file, without its newline."""

    begin: int
    end: int


class _File:
    """A run file of which only parts are read."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self.size = size

    def read(self, begin: int, end: int) -> bytes:
        """The bytes between two places."""
        return os.pread(self._descriptor, end - begin, begin)

    def begins(self, line: _Line, words: bytes) -> bool:
        """Whether a line begins with these bytes."""
        return self.read(line.begin, line.begin + len(words)) == words

    def line_at(self, begin: int) -> _Line:
        """The line that begins there. Raises ValueError if it is not whole."""
        at = begin
        while data := self.read(at, at + _AT_ONCE):
            place = data.find(b"\n")
            if place >= 0:
                return _Line(begin, at + place)
            at += len(data)
        raise ValueError("the line is not whole")

    def line_before(self, end: int) -> _Line:
        """The last whole line before there. Raises ValueError if there is none."""
        last = self._newline_before(end)
        return _Line(self._newline_before(last) + 1, last)

    def _newline_before(self, end: int) -> int:
        """The place of the last newline before there; -1 if there is none."""
        while end > 0:
            begin = max(0, end - _AT_ONCE)
            place = self.read(begin, end).rfind(b"\n")
            if place >= 0:
                return begin + place
            end = begin
        return -1

    def members_from(self, line: _Line, member: bytes, kind: type[T]) -> T:
        """The members of the object in a line, from a certain one on; of a short line, all of them."""
        if line.end - line.begin > _AT_ONCE:
            rest = self.read(line.end - _AT_ONCE, line.end)
            place = rest.rfind(b"," + member)
            # The rest of an object inside this one would be followed by more than its end.
            with suppress(msgspec.DecodeError):
                return decode(b"{" + rest[place + 1 :], type=kind)
        return decode(self.read(*line), type=kind)


# The members that are read, and only these.


class _Beginning(msgspec.Struct):
    began_at: str


class _Second(msgspec.Struct):
    run: _Beginning


class _Metadata(msgspec.Struct):
    mission_type: Raw = Raw(b"null")


class _Step(msgspec.Struct):
    id: str
    kind: Literal["human", "runtime"]


class _Workflow(msgspec.Struct):
    contract: Literal["tier2.workflow/v1"]
    metadata: _Metadata
    steps: list[_Step]


class _First(msgspec.Struct):
    context: Raw
    operations: dict[str, str]
    workflow: Raw


class _FirstsEnd(msgspec.Struct):
    workflow: _Workflow


class _Event(msgspec.Struct):
    event: str
    step_id: str
    verdict: str | None = None


class _Entry(msgspec.Struct):
    event: _Event


class _EntryLine(msgspec.Struct):
    entry: _Entry
    sha256: str


class _Lineage(msgspec.Struct):
    mission_type: str | None
    executed_step_ids: Annotated[list[str], Meta(min_length=1)]


class _Receipt(msgspec.Struct):
    head_sha256: str


class _ResultsEnd(msgspec.Struct):
    lineage: _Lineage
    outcome: Outcome
    receipt: _Receipt
    success: bool
