"""The mission `daily_loop`: look back, choose the day's priorities, write the journal, archive what is done."""

from tier2.contracts.v1 import MAX_HUMAN_STEPS, MAX_TOTAL_STEPS, DailyLoopParams, StepSpec
from tier2.kinds import MissionType
from tier2.missions.daily_loop.question import confirm_priorities
from tier2.missions.steps import runtime

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


TYPE = MissionType(DailyLoopParams, template, {_HUMAN[0].id: confirm_priorities})
