"""The world of `daily_loop`: a todo.txt, and its companions done.txt and journal.md.

A day over a real list is read into the run's state, archives what is done, and has an entry in the journal.

Every run loads this module for its options. So the other modules of the day are imported only where they are needed.
"""
# ruff: noqa: PLC0415 - as just said

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from tier2.contracts.v1 import DailyLoopState, ExecutionContext, OrchestrationResult, Run
from tier2.contracts.views import view
from tier2.errors import Tier2Error
from tier2.kinds import JsonObject
from tier2.shell.errors import InputError
from tier2.shell.runs.write_back import WriteBack
from tier2.shell.worlds.world import Given, Option, World
from tier2.values.frozen import EMPTY

_OPTIONS = (
    Option(name="todo", metavar="PATH", help="the todo.txt of the day"),
    Option(name="done", metavar="PATH", help="where completed tasks go, if not to done.txt beside the list"),
    Option(name="journal", metavar="PATH", help="the journal, if not journal.md beside the list"),
    Option(name="today", metavar="DATE", help="the day, if not the one on the clock", resumable=False),
)


def _params(given: Given) -> JsonObject:
    # A day over a real list has five steps if the person asks for no other number, so that done tasks are archived.
    return {"requested_steps": 5} if "todo" in given else EMPTY


def _context(given: Given) -> ExecutionContext | None:
    from tier2.shell.worlds.daily_loop.reading import read_day

    if "todo" in given:
        return read_day(_files(given), _today(given))
    for name in ("today", "done", "journal"):
        if name in given:
            raise InputError(f"--{name} is for a todo file; name it with --todo PATH")
    return None


def _write_back(given: Given, run: Run) -> WriteBack | None:
    from tier2.shell.worlds.daily_loop.changes import new_files
    from tier2.shell.worlds.daily_loop.reading import METADATA, digests_at_begin

    if METADATA not in run.context.metadata:
        for name in ("todo", "done", "journal"):
            if name in given:
                raise InputError(f"this run has no todo file; leave out --{name}")
        return None
    if "todo" not in given:
        raise InputError("this run writes back to a todo file; name it with --todo PATH")
    return WriteBack(files=_files(given), began=digests_at_begin(run.context.metadata), new=new_files)


def _summary(result: OrchestrationResult) -> Iterable[str]:
    """The day's entry in the journal."""
    from tier2.shell.worlds.daily_loop.changes import entry_of
    from tier2.shell.worlds.daily_loop.journal_md import entry_lines

    try:
        entry = entry_of(view(result.final_state, DailyLoopState)) if result.success else None
    except Tier2Error:  # a run without any step that looks at the state may have anything there
        return ()
    return () if entry is None else (entry.date, "", *entry_lines(entry))


def _files(given: Given) -> Mapping[str, Path]:
    from tier2.shell.worlds.daily_loop.reading import files_beside

    paths = {name: Path(given[name]) for name in ("todo", "done", "journal") if name in given}
    for name, path in paths.items():
        if not path.name:  # the files beside it would have no place
            raise InputError(f"--{name} {given[name]}: names no file; give the path of one")
    return files_beside(paths["todo"], paths.get("done"), paths.get("journal"))


def _today(given: Given) -> str:
    text = given.get("today")
    if text is None:
        return date.today().isoformat()  # noqa: DTZ011 - the person's own day, where they are
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputError(f"--today {text}: give a date such as 2026-11-24") from None


WORLD = World(options=_OPTIONS, params=_params, context=_context, write_back=_write_back, summary=_summary)
"""What the shell knows of `daily_loop`."""
