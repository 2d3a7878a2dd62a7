"""A day over a real todo list: its files read into a state, and written back from the final one.

1. The state has every task of todo.txt with its line. Of done.txt it has what was completed yesterday or today, without
   a line: so a day that is run again, or a list whose client archives at once, comes to the same summary.
2. The write-back moves the lines of archived tasks from todo.txt to done.txt, and writes the day's entry into
   journal.md; `tier2.shell.worlds.daily_loop.changes` decides what the files become.
3. Three files are no single atomic write. So the plan names each file's old and new digest, and is recorded before
   anything is written; then come done.txt, journal.md and todo.txt. Whoever was stopped in between can finish.
4. A file at neither digest was changed by somebody else: then nothing more is written, and the person is told how
   things stand.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NoReturn

import msgspec

from tier2.contracts.views import view
from tier2.errors import Tier2Error
from tier2.escaping import escaped
from tier2.kinds import JsonObject
from tier2.shell.errors import InputError
from tier2.shell.io.atomic_write import replace
from tier2.shell.worlds.daily_loop.changes import ORDER, Held, Role, after, check_conserved, unified
from tier2.shell.worlds.daily_loop.todo_txt import checked, parse_todo, raw_lines, task_of
from tier2.values.canonical import MAX_BYTES, canonical
from tier2.values.frozen import FrozenObject, JsonValue, freeze_object


class DayFiles(msgspec.Struct, frozen=True):
    """The files of a todo list."""

    todo: Path
    done: Path
    journal: Path


class FileChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that is to be written.

    old_sha256: the digest of its bytes before; None if there is no such file.
    new_sha256: the digest of its bytes after.
    """

    role: Role
    old_sha256: str | None
    new_sha256: str


class Today(msgspec.Struct, frozen=True):
    """What a run over todo files starts with.

    metadata: member ``todo_txt``, with the digest of each file as it was read.
    """

    initial_state: FrozenObject
    metadata: FrozenObject


class _Digests(msgspec.Struct, frozen=True):
    done_sha256: str | None
    journal_sha256: str | None
    todo_sha256: str


class _Metadata(msgspec.Struct, frozen=True):
    todo_txt: _Digests


def day_files(todo: Path) -> DayFiles:
    """The todo file, and beside it done.txt and journal.md."""
    return DayFiles(todo, todo.with_name("done.txt"), todo.with_name("journal.md"))


def read_day(files: DayFiles, today: str) -> Today:
    """The state and the metadata of a run over the files as they are now. ``today`` is an ISO date.

    Raises InputError for a file that cannot be read or is not UTF-8, a missing todo.txt, and a list that is too long.
    """
    held = _read(files)
    lines = parse_todo(held["todo"] or b"", str(files.todo))
    tasks = [line.task for line in lines if line.task is not None]
    state = freeze_object({"today": today, "tasks": (*_recent(held["done"] or b"", today), *tasks)})
    _check_room(state, [str(task["text"]) for task in tasks], files)
    return Today(
        state,
        freeze_object({"todo_txt": {f"{role}_sha256": _digest(held[role]) for role in ORDER}}),
    )


_REST = 64 * 1024
"""Room for what else a result has: the steps, the digests, a person's note."""


def _check_room(state: FrozenObject, texts: Sequence[str], files: DayFiles) -> None:
    """Refuses a list whose result could not be recorded: better now than when the files are written."""
    # At most, the result has each task in its state and in the archiving event, and its text in the summary and in the
    # journal, each in the state and in an event.
    size = 2 * len(canonical(state)) + 4 * len(canonical(texts)) + _REST
    if size > MAX_BYTES:
        raise InputError(
            f"{_name(files, 'todo')}: {len(texts)} tasks are too many for one run: the record of it could have "
            f"{size} bytes, more than {MAX_BYTES}; split the list, or move completed tasks to done.txt by hand"
        )


def _recent(done: bytes, today: str) -> Iterator[JsonValue]:
    """The tasks of done.txt that were completed today or the day before; a line in done.txt is no line of todo.txt."""
    day = date.fromisoformat(today)
    days = {today, (day - timedelta(days=1)).isoformat()} if day > date.min else {today}
    for raw in raw_lines(done):
        # Most lines of the years need no closer look.
        if raw.startswith(b"x ") and any(day.encode() in raw for day in days):
            task = task_of(raw.decode(), 0)
            if task.get("completed") in days:
                yield {member: value for member, value in task.items() if member != "line"}


def plan_write_back(files: DayFiles, metadata: JsonObject, final_state: JsonObject) -> tuple[FileChange, ...]:
    """The files that are to change, in the order of writing. Nothing is written.

    metadata: that of the run, which says what the files were when it began.

    Raises InputError if one of them is not what it was then.
    """
    held = unchanged(files, metadata)
    final = freeze_object(final_state)
    new: dict[Role, bytes] = {role: after(role, held, final) for role in ORDER}
    check_conserved(held, new)
    return tuple(
        FileChange(role=role, old_sha256=_digest(held[role]), new_sha256=_sha256(new[role]))
        for role in ORDER
        if new[role] != (held[role] or b"")
    )


def unchanged(files: DayFiles, metadata: JsonObject) -> Held:
    """The bytes of the files, which are what they were when the run began. Raises InputError if one is not."""
    held = _read(files)
    try:
        began = view(metadata, _Metadata).todo_txt
    except Tier2Error as error:
        raise InputError.about("the metadata of the run", error) from None
    for role in ORDER:
        if _digest(held[role]) != getattr(began, f"{role}_sha256"):
            raise InputError(
                f"{_name(files, role)}: changed since the run began; nothing was written; "
                "start a new run, and end this one with --veto"
            )
    return held


def apply_write_back(files: DayFiles, changes: Sequence[FileChange], final_state: JsonObject) -> None:
    """Writes what is planned and not yet written; so it may be called again after any interruption.

    Raises InputError if a file is neither as it was nor as planned, or cannot be written.
    """
    for change, old, new in _left(files, changes, final_state):
        # Once more, as late as can be: a person may be saving the file in an editor just now.
        if _digest(_read_file(files, change.role)) != change.old_sha256:
            _refuse(files, changes, change.role)
        try:
            replace(_path(files, change.role), old, new, like=files.todo)
        except OSError as error:
            raise InputError(
                f"{_name(files, change.role)}: cannot be written: {error.strerror}; "
                "put that right, then `tier2 resume` the run: it goes on where it was"
            ) from None


def differences(files: DayFiles, changes: Sequence[FileChange], final_state: JsonObject) -> str:
    """What the write-back would do, in the form of ``diff -u``: escaped text. Nothing is written."""
    return "".join(
        unified(str(_path(files, change.role)), old, new)
        for change, old, new in _left(files, changes, final_state)
    )


def _left(
    files: DayFiles, changes: Sequence[FileChange], final_state: JsonObject
) -> list[tuple[FileChange, bytes | None, bytes]]:
    """The changes not yet made, each with old and new bytes; all are checked before the first is made."""
    roles: list[Role] = [change.role for change in changes]
    # A line leaves todo.txt only for done.txt.
    if roles != [role for role in ORDER if role in roles] or ("done" in roles) != ("todo" in roles):
        raise InputError("the planned write-back is malformed; nothing was written; start a new run")
    held = _read(files)
    standing = [_digest(held[change.role]) for change in changes]
    # They are written in order: before the last that is written, all are, whatever a person did to them since.
    written = [place for place, change in enumerate(changes) if standing[place] == change.new_sha256]
    first = written[-1] + 1 if written else 0
    for place, change in enumerate(changes):
        if (standing[place] == change.old_sha256) == (place < first):
            _refuse(files, changes, change.role)
    final = freeze_object(final_state)
    left = [(change, held[change.role], after(change.role, held, final)) for change in changes[first:]]
    for change, _, new in left:
        if _sha256(new) != change.new_sha256:
            raise InputError(
                f"{_name(files, change.role)}: would not become what was planned; nothing more is written; "
                "start a new run"
            )
    return left


def _refuse(files: DayFiles, changes: Sequence[FileChange], changed: Role) -> NoReturn:
    """Says which file somebody else changed, and what is written already."""
    written: list[Role] = [c.role for c in changes if _digest(_read_file(files, c.role)) == c.new_sha256]
    rest = "nothing was written"
    if written:
        rest = f"{', '.join(_name(files, role) for role in written)}: written already"
    if "done" in written and "todo" not in written:
        rest += "; take the tasks that are in done.txt now out of todo.txt"
    text = "changed since the write-back was planned"
    raise InputError(f"{_name(files, changed)}: {text}; {rest}; start a new run")


def _read(files: DayFiles) -> Held:
    """The bytes of each file, all of them UTF-8. todo.txt must be there."""
    held: dict[Role, bytes | None] = {role: _read_file(files, role) for role in ORDER}
    if held["todo"] is None:
        raise InputError(f"{_name(files, 'todo')}: cannot be read: no such file; name one that there is")
    there: list[Role] = [role for role in ORDER if held[role] is not None]
    for place, role in enumerate(there):
        for other in there[:place]:
            # Writing the one would destroy the other.
            if os.path.samefile(_path(files, role), _path(files, other)):
                raise InputError(
                    f"{_name(files, role)} and {_name(files, other)} are one file; give each its own"
                )
    return held


def _read_file(files: DayFiles, role: Role) -> bytes | None:
    path = _path(files, role)
    try:
        # Asked before it is opened: opening a pipe would wait for a writer.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError(f"{_name(files, role)}: is no regular file, and could not be written back")
        return checked(path.read_bytes(), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(
            f"{_name(files, role)}: cannot be read: {error.strerror}; make it readable"
        ) from None


def _path(files: DayFiles, role: Role) -> Path:
    path: Path = getattr(files, role)
    return path


def _name(files: DayFiles, role: Role) -> str:
    return escaped(str(_path(files, role)))


def _digest(data: bytes | None) -> str | None:
    return None if data is None else _sha256(data)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
