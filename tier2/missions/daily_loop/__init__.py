"""The mission `daily_loop`: look back, choose the day's priorities, write the journal, archive what is done."""

from msgspec import UNSET

from tier2.contracts.v1 import (
    MAX_HUMAN_STEPS,
    MAX_TOTAL_STEPS,
    Choice,
    DailyLoopParams,
    DailyLoopState,
    Field,
    StepSpec,
    Task,
)
from tier2.contracts.views import view
from tier2.errors import CanonicalError, ContractError
from tier2.kinds import Asking, JsonObject, MissionType, runtime
from tier2.missions.daily_loop.operations import TOP, ranking

_HUMAN = (
    StepSpec(
        id="daily-confirm-priorities",
        kind="human",
        payload={"description": "Confirm or change today's priorities."},
    ),
)

_RUNTIME = (
    runtime(
        "daily-summarise-yesterday",
        "Summarise what was completed yesterday and what is carried over.",
        "daily.summarise_yesterday",
    ),
    runtime(
        "daily-generate-priorities",
        "Rank the open tasks and name the top three.",
        "daily.generate_priorities",
    ),
    runtime("daily-log-summary", "Write the day's entry into the journal.", "daily.log_summary"),
    runtime("daily-archive", "Move the completed tasks to the archive.", "daily.archive"),
)

_NOTHING = (runtime("daily-noop", "Nothing was asked for, so nothing is done.", "noop"),)


def template(params: DailyLoopParams) -> tuple[StepSpec, ...]:
    """The human step first, if requested, then runtime steps up to the limit; at least one step.

    Both params are upper limits, truncated to what the Anti-Failure limits allow (``daily_loop.params.schema.json``).
    """
    human = _HUMAN[: _between(0, params.requested_human_steps, MAX_HUMAN_STEPS)]
    room = _between(0, params.requested_steps, MAX_TOTAL_STEPS) - len(human)
    return human + _RUNTIME[: max(0, room)] or _NOTHING


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def confirm_priorities(_: StepSpec, state: JsonObject) -> Asking:
    """Asks for a ranking of the open tasks, the most urgent first, as the member ``confirmed`` of the output.

    The order is the one in which `generate_priorities` would rank them. The labels show priority and due date, which
    decide it. A state without open tasks, or with malformed ones, has nothing to rank: then the question shows the
    whole state.
    """
    try:
        day = view(state, DailyLoopState)
    except (CanonicalError, ContractError):
        return Asking()
    tasks = day.tasks or ()
    order = ranking(day) if tasks else ()
    choices = tuple(Choice(label=_label(tasks[index]), value=index) for index in order)
    if not choices:
        return Asking()
    label = f"Which tasks come first? If none is named, the first {TOP} stay as they are"
    return Asking(
        show=(),
        fields=(Field(name="confirmed", label=label, kind="ranking", choices=choices),),
    )


def _label(task: Task) -> str:
    """The text of a task, with its priority and due date where it has them."""
    known = ("priority", task.priority), ("due", task.due)
    reasons = [f"{name} {value}" for name, value in known if value is not UNSET]
    return f"{task.text} ({', '.join(reasons)})" if reasons else task.text


TYPE = MissionType(DailyLoopParams, template, {_HUMAN[0].id: confirm_priorities})
