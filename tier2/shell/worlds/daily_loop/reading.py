"""A real todo list as the state that a day begins with.

1. The state has every task of todo.txt with its line. Of done.txt it has what was completed since the last entry of the
   journal, without a line: so a list whose client archives at once has the same summary.
2. Of done.txt it also has what today's entry names already, such as a task without a date. So a day that is run again
   has the same summary. Of earlier entries it has the tasks of todo.txt that they name as completed: no entry names
   them again.
3. The run's metadata has the digest of each file as it was read, so that nothing is written over a file that changes
   meanwhile.
"""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TypeAlias

import msgspec

from tier2.contracts.v1 import ExecutionContext
from tier2.contracts.views import view
from tier2.errors import Tier2Error
from tier2.kinds import JsonObject
from tier2.shell.errors import InputError
from tier2.shell.runs.write_back import Held, digest_of, read_files
from tier2.shell.worlds.daily_loop.journal_md import check_journal, completed_items, shown
from tier2.shell.worlds.daily_loop.todo_txt import checked, parse_todo, raw_lines, task_of
from tier2.values.canonical import MAX_BYTES, canonical
from tier2.values.frozen import JsonValue, freeze_object

FILES = ("done", "journal", "todo")
"""The files of a day in the order of writing. todo.txt is the last: until then, the lines to be moved are in it."""

METADATA = "todo_txt"
"""The member of the run's metadata that holds the digests."""


Entry: TypeAlias = tuple[str, list[str]]
"""The day of an entry in the journal, and its completed tasks as it shows them."""

_COMPLETED = re.compile(rb"x +(?:\([A-Z]\) +)?([0-9]{4}-[0-9]{2}-[0-9]{2})")


class _Digests(msgspec.Struct, frozen=True):
    done_sha256: str | None
    journal_sha256: str | None
    todo_sha256: str


class _Metadata(msgspec.Struct, frozen=True):
    todo_txt: _Digests


_COMPANIONS = ("done.txt", "journal.md")
"""What the archive and the journal of a todo.txt are called."""


def files_beside(todo: Path, done: Path | None = None, journal: Path | None = None) -> Mapping[str, Path]:
    """The files of a day by name: the todo file, and its companions where no others are given.

    Those of ``todo.txt`` are ``done.txt`` and ``journal.md``. Any other list has its name in theirs, such as
    ``work.done.txt`` and ``work.journal.md`` for ``work.txt``, since two lists in one folder are two. If the todo file
    is a link, they are beside the file that it leads to: several links are still one list.
    """
    target = Path(os.path.realpath(todo)) if os.path.islink(todo) else todo
    if target.name == "todo.txt" or target.name in _COMPANIONS:
        own = ""
    elif target.suffix == ".txt":
        own = f"{target.stem}."
    else:  # not the same as that of the list NAME.txt
        own = f"{target.name}-"
    archive, diary = (target.with_name(own + name) for name in _COMPANIONS)
    return {"done": done or archive, "journal": journal or diary, "todo": todo}


def read_day(files: Mapping[str, Path], today: str) -> ExecutionContext:
    """The context of a run over the files as they are now. ``today`` is an ISO date.

    Raises InputError for a file that cannot be read or is not UTF-8, a missing todo.txt, and a list that is too long.
    """
    held = _read(files)
    lines = parse_todo(held["todo"] or b"", str(files["todo"]))
    tasks = [line.task for line in lines if line.task is not None]
    entries = [*completed_items(held["journal"] or b"")]
    every = (*_archived(held["done"] or b"", entries, today, tasks), *tasks)
    journal = _earlier(entries, today, tasks)
    # Whatever is done and is here is in no entry yet, or in those that are here too.
    since = min((str(task["completed"]) for task in every if "completed" in task), default=today)
    day: JsonObject = freeze_object({"today": today, "since": since, "tasks": every})
    state = freeze_object({**day, "journal": journal}) if journal else day
    _check_room(state, [str(task["text"]) for task in every], len(tasks), files["todo"])
    digests = {f"{name}_sha256": digest_of(held[name]) for name in FILES}
    return ExecutionContext(initial_state=state, metadata={METADATA: digests})


def digests_at_begin(metadata: JsonObject) -> Mapping[str, str | None]:
    """The digests of the files when a run began, by name. Raises InputError for metadata that have none."""
    try:
        began = view(metadata, _Metadata).todo_txt
    except Tier2Error as error:
        raise InputError.about("the metadata of the run", error) from None
    return {"done": began.done_sha256, "journal": began.journal_sha256, "todo": began.todo_sha256}


def _read(files: Mapping[str, Path]) -> Held:
    """The bytes of each file, all of them UTF-8. todo.txt must be there."""
    held = read_files(files)
    if held["todo"] is None:
        raise InputError(f"{files['todo']}: cannot be read: no such file; name one that there is")
    for name, path in files.items():
        checked(held[name] or b"", str(path))
    check_journal(held["journal"] or b"", str(files["journal"]))
    return held


_REST = 64 * 1024
"""Room for what else a result has: the steps, the digests, a person's note."""


def _check_room(state: JsonObject, texts: Sequence[str], count: int, todo: Path) -> None:
    """Refuses a list whose result could not be recorded: better now than when the files are written."""
    # At most, the result has each task in its state and in the archiving event, and its text in the summary and in the
    # journal, each in the state and in an event.
    size = 2 * len(canonical(state)) + 4 * len(canonical(texts)) + _REST
    if size > MAX_BYTES:
        raise InputError(
            f"{todo}: {count} tasks are too many for one run: the record of it could have "
            f"{size} bytes, more than {MAX_BYTES}; split the list, or move completed tasks to done.txt by hand"
        )


def _archived(
    done: bytes, entries: Sequence[Entry], today: str, tasks: Sequence[JsonObject]
) -> list[JsonObject]:
    """The tasks of done.txt that belong to the day, without a line: they are not in todo.txt."""
    first = date.fromisoformat(today)
    before = (first - timedelta(days=1)).isoformat() if first > date.min else today
    since = max((day for day, _ in entries if day < today), default=before)
    lines = raw_lines(done)
    # Most lines of the years need no closer look.
    dates = {place: match[1].decode() for place, raw in enumerate(lines) if (match := _COMPLETED.match(raw))}
    recent = [place for place, day in dates.items() if since <= day <= today]
    found = {place: task for place in recent if "completed" in (task := task_of(lines[place].decode(), 0))}

    # What today's entry names, but no date tells, was put at the end of done.txt by an earlier run of this day.
    told = [task for task in (*tasks, *found.values()) if _is_before(task, today)]
    named = Counter(item for day, items in entries if day == today for item in items)
    named -= Counter(shown(str(task["text"])) for task in told)
    for place in range(len(lines) - 1, -1, -1) if named else ():
        if lines[place].startswith(b"x ") and place not in found:
            task = task_of(lines[place].decode(), 0)
            item = shown(str(task["text"]))
            if named[item] and _is_before(task, today):
                named -= Counter([item])
                found[place] = task
    return [
        freeze_object({name: value for name, value in found[place].items() if name != "line"})
        for place in sorted(found)
    ]


def _is_before(task: Mapping[str, JsonValue], today: str) -> bool:
    """Whether a task was completed before today, or on an unknown day."""
    return bool(task["done"]) and str(task.get("completed", "")) < today


def _earlier(
    entries: Sequence[Entry], today: str, tasks: Sequence[JsonObject]
) -> tuple[dict[str, JsonValue], ...]:
    """The entries before today that name dated tasks of todo.txt as completed, after their day; with these alone."""
    dated = [(str(task["text"]), str(task["completed"])) for task in tasks if "completed" in task]
    journal: list[dict[str, JsonValue]] = []
    for day, items in entries if dated else ():
        known = {*items}
        texts = [text for text, completed in dated if completed < day < today and shown(text) in known]
        if texts:
            journal.append({"date": day, "completed": tuple(dict.fromkeys(texts))})
    return tuple(journal)
