"""Days with few tasks, and the output of an operation of the daily loop for them."""

from typing import Any

from tier2.kinds import Fail, PureFunction
from tier2.missions.daily_loop import operations as daily
from tier2.values.frozen import EMPTY, freeze, freeze_object

Json = Any

TODAY = "2026-11-24"
YESTERDAY = "2026-11-23"

OPERATIONS: dict[str, PureFunction] = {
    "summarise_yesterday": daily.summarise_yesterday,
    "generate_priorities": daily.generate_priorities,
    "log_summary": daily.log_summary,
    "archive": daily.archive,
}


def task(text: str, *, done: bool = False, **more: Json) -> Json:
    return {"text": text, "done": done, **more}


def outcome(operation: PureFunction, state: Json) -> Json:
    """The output of the operation for a frozen state, or its failure."""
    found = operation(EMPTY, freeze_object(state))
    return found if isinstance(found, Fail) else freeze(found)


def equal(found: Json, expected: Json) -> bool:
    return bool(found == freeze(expected))
