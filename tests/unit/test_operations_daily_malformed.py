"""Which path does an operation of the daily loop report for a malformed day?"""

from typing import Any

import pytest
from small_days import OPERATIONS, TODAY, YESTERDAY, equal, outcome, task

from tier2.kinds import Fail, PureFunction
from tier2.missions.daily_loop import operations as daily
from tier2.values.frozen import FrozenObject, freeze_object

Json = Any

EVERY_OPERATION = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


WRONG_DATES = [
    "",
    "24.11.2026",
    "2026-1-1",
    "20261124",
    "2026-W48-2",
    "2026-11-24\n",
    " 2026-11-24",
    "+026-11-24",
]
IMPOSSIBLE_DATES = [
    "2026-02-30",
    "2026-13-01",
    "2026-00-10",
    "2026-11-00",
    "2026-11-31",
    "2025-02-29",
    "0000-01-01",
]
NOT_TEXTS: list[Json] = [None, True, 20261124, 1.5, [], {}]
NOT_BOOLEANS: list[Json] = [None, 0, 1, "true", [], {}]
NO_OBJECTS: list[Json] = [None, 1, "x", []]
NOT_ARRAYS: list[Json] = [None, True, 1, "x", {}, {"0": 1}]
NOT_TEXT_ARRAYS: list[Json] = [*NOT_ARRAYS, [1], [None], ["x", ["y"]]]
GOOD = task("good")


def in_task(member: str, wrong: Json) -> tuple[Json, str]:
    return {"tasks": [GOOD, GOOD, {**GOOD, member: wrong}]}, f"$.tasks[2].{member}"


def in_archived(member: str, wrong: Json) -> tuple[Json, str]:
    return {"archived": [GOOD, {**GOOD, member: wrong}]}, f"$.archived[1].{member}"


def in_entry(member: str, wrong: Json) -> tuple[Json, str]:
    return {"journal": [{"date": TODAY}, {"date": YESTERDAY, member: wrong}]}, f"$.journal[1].{member}"


def in_yesterday(member: str, wrong: Json) -> tuple[Json, str]:
    return {"yesterday": {member: wrong}}, f"$.yesterday.{member}"


def deepest(path: str, wrong: Json) -> str:
    """The path of the item, if an array of strings holds something else."""
    items = wrong if isinstance(wrong, list) else []
    return next((f"{path}[{i}]" for i, item in enumerate(items) if not isinstance(item, str)), path)


BAD_DATES: list[Json] = [*WRONG_DATES, *IMPOSSIBLE_DATES, *NOT_TEXTS]
MALFORMED: list[tuple[Json, str]] = [
    *(({"today": wrong}, "$.today") for wrong in [*BAD_DATES, "0001-01-01"]),
    *(in_task(member, wrong) for member in ("created", "completed", "due") for wrong in BAD_DATES),
    *(in_archived(member, wrong) for member in ("created", "completed", "due") for wrong in BAD_DATES),
    *(in_entry("date", wrong) for wrong in BAD_DATES),
    *(in_yesterday("date", wrong) for wrong in BAD_DATES),
    *(in_task("text", wrong) for wrong in NOT_TEXTS),
    *(in_task("done", wrong) for wrong in NOT_BOOLEANS),
    *(in_task("priority", wrong) for wrong in ["", "a", "AA", "1", "A\n", "\u00c4", *NOT_TEXTS]),
    *(
        (state, deepest(path, wrong))
        for wrong in NOT_TEXT_ARRAYS
        for state, path in [
            in_task("projects", wrong),
            in_task("contexts", wrong),
            in_archived("projects", wrong),
            in_entry("completed", wrong),
            in_entry("carried_over", wrong),
            in_entry("priorities", wrong),
            in_yesterday("completed", wrong),
            in_yesterday("carried_over", wrong),
            ({"priorities": wrong}, "$.priorities"),
        ]
    ),
    *(
        ({member: wrong}, f"$.{member}")
        for member in ("tasks", "journal", "archived", "confirmed")
        for wrong in NOT_ARRAYS
    ),
    *(
        ({member: [wrong]}, f"$.{member}[0]")
        for member in ("tasks", "journal", "archived")
        for wrong in NO_OBJECTS
    ),
    ({"tasks": [GOOD, {"text": "x"}]}, "$.tasks[1].done"),
    ({"tasks": [GOOD, {"done": False}]}, "$.tasks[1].text"),
    ({"archived": [{"text": "x"}]}, "$.archived[0].done"),
    ({"journal": [{}]}, "$.journal[0].date"),
    *(({"yesterday": wrong}, "$.yesterday") for wrong in NO_OBJECTS),
    *(
        ({"tasks": [GOOD], "confirmed": [0, wrong]}, "$.confirmed[1]")
        for wrong in (-1, 1, 2, 0.5, 1e300, True, None, "0")
    ),
    ({"confirmed": [0]}, "$.confirmed[0]"),
    ({"tasks": [], "confirmed": [0]}, "$.confirmed[0]"),
]


@EVERY_OPERATION
def test_any_malformed_member_fails_the_step(
    operation: PureFunction,
) -> None:
    found = [(state, operation({}, freeze_object(state))) for state, _ in MALFORMED]
    expected = [(state, Fail(f"the state is malformed at {path}")) for state, path in MALFORMED]
    assert found == expected


@EVERY_OPERATION
def test_every_valid_member_is_accepted(operation: PureFunction) -> None:
    whole = {
        **task("t", priority="A", created=TODAY, completed=TODAY, due="2028-02-29"),
        "projects": ["p", ""],
        "contexts": [],
    }
    state = {
        "today": "0001-01-02",
        "tasks": [whole, whole],
        "confirmed": [1, 0, 1.0],
        "yesterday": {"date": "0001-01-01", "completed": ["x"], "carried_over": []},
        "priorities": ["", "x"],
        "journal": [{"date": "9999-12-31", "completed": [], "carried_over": ["x"], "priorities": []}],
        "archived": [whole],
        "unknown": None,
    }
    assert isinstance(outcome(operation, state), FrozenObject)


def test_a_float_does_not_hide_another_problem() -> None:
    state = {"odd": 1e16, "tasks": [{"text": "x", "done": "no", "odd": 1e-7}]}
    assert outcome(daily.archive, state) == Fail("the state is malformed at $.tasks[0].done")


def test_a_float_in_an_unknown_member_is_kept() -> None:
    odd = task("x", done=True, weight=1e16, share=5e-6)
    assert equal(outcome(daily.archive, {"tasks": [odd]}), {"tasks": [], "archived": [odd]})
