"""The new files of a day, as a pure function of the old ones and of the final state.

1. The lines of archived tasks go from todo.txt to the end of done.txt, byte for byte; nothing else in them changes.
2. The entry of the day goes into journal.md.
3. A final state that would move a line which is not there, or twice, or is not marked as done, is refused; so is an
   outcome under which a line would be lost or doubled.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import UnsetType

from tier2.contracts.v1 import DailyLoopState, JournalEntry
from tier2.contracts.views import view
from tier2.errors import Tier2Error
from tier2.kinds import JsonObject
from tier2.shell.errors import InputError
from tier2.shell.runs.write_back import Held
from tier2.shell.worlds.daily_loop.journal_md import with_entry
from tier2.shell.worlds.daily_loop.todo_txt import newline_of, raw_lines, with_lines, without
from tier2.values.frozen import JsonValue


def new_files(held: Held, final_state: JsonObject) -> Mapping[str, bytes]:
    """The files that change. Raises InputError for a final state that cannot be written back."""
    todo, done, journal = (held[name] or b"" for name in ("todo", "done", "journal"))
    moved = _moved(raw_lines(todo), final_state)
    new = {
        "done": with_lines(done, list(moved.values()), newline_of(todo) or b"\n"),
        "journal": _journal(journal, final_state),
        "todo": without(todo, moved),
    }
    _check_conserved(held, new)
    return {name: data for name, data in new.items() if data != (held[name] or b"")}


def _moved(lines: Sequence[bytes], final_state: JsonObject) -> dict[int, bytes]:
    """The lines of the archived tasks by their numbers, in the order of archiving."""
    moved: dict[int, bytes] = {}
    for number in _archived(final_state):
        if type(number) is not int or not 0 <= number < len(lines) or number in moved:
            raise _refused("the final state archives a line of todo.txt that is not there, or one line twice")
        raw = lines[number]
        if not raw.startswith(b"x "):
            raise _refused(f"line {number + 1} of todo.txt is archived, but is not marked as done there")
        moved[number] = raw
    return moved


def _archived(final_state: JsonObject) -> list[JsonValue]:
    """The lines that archived tasks name. A task without a line was in no todo file, or had left it before."""
    archived = final_state.get("archived")
    if not isinstance(archived, tuple):
        return []
    return [task["line"] for task in archived if isinstance(task, Mapping) and "line" in task]


def _journal(old: bytes, final_state: JsonObject) -> bytes:
    try:
        day = view(final_state, DailyLoopState)
    except Tier2Error as error:
        raise InputError.about("the final state", error) from None
    entry = entry_of(day)
    return old if entry is None else with_entry(old, entry)


def entry_of(day: DailyLoopState) -> JournalEntry | None:
    """The journal's entry for the day itself; None if there is none."""
    entries = () if isinstance(day.journal, UnsetType) else day.journal
    written = [entry for entry in entries if entry.date == day.today]
    return written[-1] if written else None


def _check_conserved(before: Held, new: Held) -> None:
    """Raises InputError unless todo.txt and done.txt together have each line as often as before."""
    if _lines(before) != _lines(new):
        raise _refused("a line would be lost or doubled; this is a fault of tier2: please report it")


def _lines(held: Held) -> Counter[bytes]:
    return Counter(line for name in ("todo", "done") for line in raw_lines(held[name] or b""))


def _refused(text: str) -> InputError:
    return InputError(f"{text}; nothing was written")
