"""The operations of the daily loop, over the state of ``contracts/v1/missions/daily_loop.state.schema.json``.

1. A state without the members that an operation reads is an empty day, not an error.
2. A malformed member, an impossible date, or a confirmed index beyond the tasks fails the step with its path.
3. Members that the contract does not know are kept: in the state, in a task and in a journal entry.
4. An output omits absent members. It holds a null only to delete a member of an older output (RFC 7396). So no state
   ever holds one of these nulls.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar, cast

import msgspec
from msgspec import UNSET, UnsetType

from tier2.contracts.v1 import DailyLoopState, Task
from tier2.contracts.views import convert
from tier2.errors import ContractError, Path
from tier2.kinds import Fail, JsonObject, PureFunction
from tier2.values.frozen import EMPTY, JsonValue, freeze_object

TOP = 3
"""How many priorities a day has."""

_FIRST_DAY = date.min.isoformat()
"""The first day of the calendar has no yesterday."""

T = TypeVar("T")


def _on_day(work: Callable[[DailyLoopState, JsonObject], JsonObject]) -> PureFunction:
    """Makes a pure operation from a function of the checked view of the day and the state."""

    def operation(payload: JsonObject, state: JsonObject) -> JsonObject | Fail:
        try:
            day = _days.of(state)
        except ContractError as error:
            return Fail(f"the state is malformed at {error.where}")
        return work(day, state)

    return operation


class Days:
    """Checked views of the day. Only the members that have changed since the last state are checked again.

    A step changes one or two members of the state. The others are the very same objects as in the state before. The
    cache saves time and has no other effect.
    """

    def __init__(self) -> None:
        self._seen: tuple[JsonObject, DailyLoopState] = EMPTY, DailyLoopState()

    def of(self, state: JsonObject) -> DailyLoopState:
        """The view of a state. Raises ContractError for a malformed member, an impossible date or index."""
        state = freeze_object(state)
        before, day = self._seen
        if state is before:
            return day
        new = {name: member for name, member in state.items() if member is not before.get(name, UNSET)}
        part = convert(new, DailyLoopState)
        if len(new) == len(state):
            day = part
        else:
            gone = {name: UNSET for name in before if name not in state and name in _MEMBERS}
            known = {name: getattr(part, name) for name in new if name in _MEMBERS}
            day = msgspec.structs.replace(day, **gone, **known)
        for path in _impossible(part, day):
            raise ContractError(
                code="bound",
                path=path,
                message="the value is impossible",
                remedy="use a day of the calendar, or the index of an existing task",
            )
        self._seen = state, day
        return day


_MEMBERS = frozenset(DailyLoopState.__struct_fields__)

_days = Days()


def _or(value: T | UnsetType, default: T) -> T:
    return default if value is UNSET else value


def _impossible(new: DailyLoopState, day: DailyLoopState) -> Iterator[Path]:
    """The paths of impossible values: new dates outside the calendar, and confirmed indices beyond the tasks."""
    # Most dates are among the same few days.
    possible: set[str] = set()
    for path, text in _dates(new):
        if text not in possible:
            if not is_date(text):
                yield path
            possible.add(text)
    if new.today == _FIRST_DAY:
        yield ("today",)
    if day.confirmed is not UNSET:
        tasks = len(_or(day.tasks, ()))
        for position, index in enumerate(day.confirmed):
            if index >= tasks:
                yield ("confirmed", position)


def _dates(day: DailyLoopState) -> Iterator[tuple[Path, str]]:
    if day.today is not UNSET:
        yield ("today",), day.today
    if day.since is not UNSET:
        yield ("since",), day.since
    for name, tasks in (("tasks", day.tasks), ("archived", day.archived)):
        for position, task in enumerate(() if tasks is UNSET else tasks):
            if task.created is not UNSET:
                yield (name, position, "created"), task.created
            if task.completed is not UNSET:
                yield (name, position, "completed"), task.completed
            if task.due is not UNSET:
                yield (name, position, "due"), task.due
            if task.threshold is not UNSET:
                yield (name, position, "threshold"), task.threshold
    for position, entry in enumerate(_or(day.journal, ())):
        yield ("journal", position, "date"), entry.date
    if day.yesterday is not UNSET and day.yesterday.date is not UNSET:
        yield ("yesterday", "date"), day.yesterday.date


def is_date(text: str) -> bool:
    """Whether a string is a day of the calendar in the form YYYY-MM-DD, and no other form of ISO 8601."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@_on_day
def summarise_yesterday(day: DailyLoopState, state: JsonObject) -> JsonObject:
    """``yesterday``: the tasks completed the day before today, and those that were open then and still are.

    With ``since``, it has instead what was completed from that day on, or on an unknown day, and is in no entry yet.
    """
    tasks = _or(day.tasks, ())
    today = day.today
    if isinstance(today, UnsetType):
        summary: dict[str, JsonValue] = {
            "completed": (),
            "carried_over": _texts(task for task in tasks if not task.done),
        }
        if "date" in cast("JsonObject", state.get("yesterday", EMPTY)):
            summary["date"] = None
        return {"yesterday": summary}
    before = (date.fromisoformat(today) - timedelta(days=1)).isoformat()
    if isinstance(day.since, UnsetType):
        completed = _texts(task for task in tasks if task.done and task.completed == before)
    else:
        since, last = day.since, _last_entries(day, today)
        completed = _texts(task for task in tasks if task.done and _is_news(task, since, today, last))
    carried_over = _texts(task for task in tasks if not task.done and _or(task.created, "") < today)
    return {"yesterday": {"date": before, "completed": completed, "carried_over": carried_over}}


def _last_entries(day: DailyLoopState, today: str) -> dict[str, str]:
    """The day of the last entry before today that names a text as completed, by the text."""
    earlier = [entry for entry in _or(day.journal, ()) if entry.date < today]
    earlier.sort(key=lambda entry: entry.date)
    return {text: entry.date for entry in earlier for text in _or(entry.completed, ())}


def _is_news(task: Task, since: str, today: str, last: Mapping[str, str]) -> bool:
    """Whether a done task was completed since then, or on an unknown day, and no entry of a later day names it."""
    completed = "" if isinstance(task.completed, UnsetType) else task.completed
    return (not completed or since <= completed < today) and last.get(task.text, "") <= completed


def _texts(tasks: Iterable[Task]) -> tuple[str, ...]:
    return tuple(task.text for task in tasks)


def ranking(day: DailyLoopState) -> list[int]:
    """The indices of the open tasks, the most urgent first.

    The confirmed tasks come first, in the person's order. Then priority A to Z, due date and age decide; a task without
    them comes last. The order of the list decides between equals. A task that is hidden, or whose threshold lies after
    today, has no rank.
    """
    tasks = _or(day.tasks, ())
    if not tasks:
        return []
    confirmed = _or(day.confirmed, ())
    # If a task is confirmed twice, its first position counts.
    positions = {index: position for position, index in reversed(list(enumerate(confirmed)))}

    def urgency(index: int) -> tuple[int, str, str, str, int]:
        task = tasks[index]
        position = positions.get(index, len(confirmed))
        # "~" comes after every letter and digit.
        return position, _or(task.priority, "~"), _or(task.due, "~"), _or(task.created, "~"), index

    # Without a day, no threshold lies after it.
    today = _or(day.today, "~")
    return sorted((index for index, task in enumerate(tasks) if _is_ranked(task, today)), key=urgency)


def _is_ranked(task: Task, today: str) -> bool:
    return not task.done and not _or(task.hidden, False) and _or(task.threshold, "") <= today


@_on_day
def generate_priorities(day: DailyLoopState, state: JsonObject) -> JsonObject:
    """``priorities``: the texts of the three most urgent open tasks."""
    tasks = _or(day.tasks, ())
    return {"priorities": tuple(tasks[index].text for index in ranking(day)[:TOP])}


@_on_day
def log_summary(day: DailyLoopState, state: JsonObject) -> JsonObject:
    """``journal`` with today's entry: appended, or updated if there is one; never two."""
    if isinstance(day.today, UnsetType):
        return EMPTY
    yesterday = day.yesterday
    summary: dict[str, JsonValue] = {
        "date": day.today,
        "completed": () if isinstance(yesterday, UnsetType) else _or(yesterday.completed, ()),
        "carried_over": () if isinstance(yesterday, UnsetType) else _or(yesterday.carried_over, ()),
        "priorities": _or(day.priorities, ()),
    }
    entries = _objects(state, "journal")
    dates = [entry.date for entry in _or(day.journal, ())]
    if day.today not in dates:
        return {"journal": (*entries, summary)}
    there = dates.index(day.today)
    return {"journal": (*entries[:there], {**entries[there], **summary}, *entries[there + 1 :])}


@_on_day
def archive(day: DailyLoopState, state: JsonObject) -> JsonObject:
    """``tasks`` without the done ones, ``archived`` with them; ``confirmed`` still names the same tasks."""
    tasks = _objects(state, "tasks")
    still_open = [index for index, task in enumerate(_or(day.tasks, ())) if not task.done]
    moved_to = {index: place for place, index in enumerate(still_open)}
    done = [task for index, task in enumerate(tasks) if index not in moved_to]
    if not done:
        return EMPTY
    output: dict[str, JsonValue] = {
        "tasks": tuple(tasks[index] for index in still_open),
        "archived": (*_objects(state, "archived"), *done),
    }
    if not isinstance(day.confirmed, UnsetType):
        output["confirmed"] = tuple(moved_to[index] for index in day.confirmed if index in moved_to)
    return output


def _objects(state: JsonObject, member: str) -> Sequence[JsonObject]:
    """An array of objects of the state, with their unknown members; the view has checked its type."""
    return cast("Sequence[JsonObject]", state.get(member, ()))
