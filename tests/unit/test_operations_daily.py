"""What does each operation of the daily loop make of a day?"""

from datetime import date, timedelta
from typing import Any

import pytest

from tier2.frozen import EMPTY, FrozenObject, freeze, freeze_object
from tier2.operations import daily
from tier2.operations.kinds import Fail, PureFunction

Json = Any

TODAY = "2026-11-24"
YESTERDAY = "2026-11-23"

OPERATIONS: dict[str, PureFunction] = {
    "summarise_yesterday": daily.summarise_yesterday,
    "generate_priorities": daily.generate_priorities,
    "log_summary": daily.log_summary,
    "archive": daily.archive,
}
EVERY_OPERATION = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def task(text: str, *, done: bool = False, **more: Json) -> Json:
    return {"text": text, "done": done, **more}


def outcome(operation: PureFunction, state: Json) -> Json:
    """What the operation gives for a frozen state, as plain JSON values compare."""
    found = operation(EMPTY, freeze_object(state))
    return found if isinstance(found, Fail) else freeze(found)


def equal(found: Json, expected: Json) -> bool:
    return bool(found == freeze(expected))


def ranked(tasks: list[Json], **more: Json) -> list[str]:
    """The texts of the priorities, three at most."""
    return list(outcome(daily.generate_priorities, {"tasks": tasks, **more})["priorities"])


# An empty day


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (daily.summarise_yesterday, {"yesterday": {"completed": [], "carried_over": []}}),
        (daily.generate_priorities, {"priorities": []}),
        (daily.log_summary, {}),
        (daily.archive, {}),
    ],
    ids=OPERATIONS,
)
def test_a_state_without_members_is_an_empty_day(operation: PureFunction, expected: Json) -> None:
    assert equal(outcome(operation, {}), expected)
    assert equal(outcome(operation, {"unknown": {"x": None}}), expected)


def test_an_empty_day_with_a_date_gets_an_empty_entry() -> None:
    entry = {"date": TODAY, "completed": [], "carried_over": [], "priorities": []}
    assert equal(outcome(daily.log_summary, {"today": TODAY}), {"journal": [entry]})


# Yesterday


def test_completed_are_the_done_tasks_of_the_day_before_in_the_lists_order() -> None:
    tasks = [
        task("z", done=True, completed=YESTERDAY),
        task("older", done=True, completed="2026-11-22"),
        task("today", done=True, completed=TODAY),
        task("unknown day", done=True),
        task("not done after all", done=False, completed=YESTERDAY, created=TODAY),
        task("a", done=True, completed=YESTERDAY),
    ]
    found = outcome(daily.summarise_yesterday, {"today": TODAY, "tasks": tasks})
    assert equal(found, {"yesterday": {"date": YESTERDAY, "completed": ["z", "a"], "carried_over": []}})


def test_carried_over_are_the_open_tasks_from_before_today_or_of_no_known_day() -> None:
    tasks = [
        task("z", created="2025-01-01"),
        task("from today", created=TODAY),
        task("from tomorrow", created="2026-11-25"),
        task("no day"),
        task("done", done=True, created="2025-01-01"),
        task("a", created=YESTERDAY),
    ]
    found = outcome(daily.summarise_yesterday, {"today": TODAY, "tasks": tasks})
    assert equal(found["yesterday"]["carried_over"], ["z", "no day", "a"])


def test_without_today_there_is_no_date_nothing_was_completed_and_all_open_tasks_are_carried_over() -> None:
    tasks = [
        task("b", created="9999-12-31"),
        task("done", done=True, completed=YESTERDAY),
        task("a"),
    ]
    found = outcome(daily.summarise_yesterday, {"tasks": tasks})
    assert equal(found, {"yesterday": {"completed": [], "carried_over": ["b", "a"]}})


@pytest.mark.parametrize(
    ("today", "before"),
    [
        ("2026-03-01", "2026-02-28"),
        ("2024-03-01", "2024-02-29"),
        ("2000-03-01", "2000-02-29"),
        ("1900-03-01", "1900-02-28"),
        ("2027-01-01", "2026-12-31"),
        ("0001-01-02", "0001-01-01"),
        ("1000-01-01", "0999-12-31"),
        ("9999-12-31", "9999-12-30"),
    ],
)
def test_the_day_before_is_that_of_the_calendar(today: str, before: str) -> None:
    tasks = [task("x", done=True, completed=before)]
    found = outcome(daily.summarise_yesterday, {"today": today, "tasks": tasks})
    assert equal(found["yesterday"], {"date": before, "completed": ["x"], "carried_over": []})


# The ranking


def test_priority_decides_before_the_due_date_and_none_comes_last() -> None:
    tasks = [
        task("none", due="2020-01-01", created="2020-01-01"),
        task("Z", priority="Z", due="2021-01-01"),
        task("B", priority="B", due="2022-01-01"),
        task("A", priority="A"),
    ]
    assert ranked(tasks) == ["A", "B", "Z"]
    assert ranked(tasks[:2]) == ["Z", "none"]


def test_the_due_date_decides_before_the_age_and_none_comes_last() -> None:
    tasks = [
        task("none", created="2020-01-01"),
        task("last day", due="9999-12-31", created="2021-01-01"),
        task("later", due="2026-12-01", created="2022-01-01"),
        task("soon", due="2026-11-25"),
    ]
    assert ranked(tasks) == ["soon", "later", "last day"]
    assert ranked(tasks[:2]) == ["last day", "none"]


def test_the_older_task_comes_first_and_one_of_no_known_age_last() -> None:
    tasks = [
        task("none"),
        task("new", created="9999-12-31"),
        task("old", created="2026-01-01"),
        task("older", created="2025-12-31"),
    ]
    assert ranked(tasks) == ["older", "old", "new"]
    assert ranked(tasks[:2]) == ["new", "none"]


def test_equally_pressing_tasks_keep_the_lists_order() -> None:
    alike: Json = {"priority": "C", "due": "2026-12-01", "created": "2026-11-01"}
    assert ranked([task(text, **alike) for text in "zax"]) == ["z", "a", "x"]
    assert ranked([task(text) for text in "zax"]) == ["z", "a", "x"]


def test_confirmed_tasks_come_first_in_the_persons_order() -> None:
    tasks = [
        task("A", priority="A", due="2020-01-01"),
        task("plain"),
        task("Z", priority="Z"),
        task("B", priority="B"),
    ]
    assert ranked(tasks, confirmed=[2]) == ["Z", "A", "B"]
    assert ranked(tasks, confirmed=[2, 1]) == ["Z", "plain", "A"]
    assert ranked(tasks, confirmed=[1, 2, 3, 0]) == ["plain", "Z", "B"]
    assert ranked(tasks, confirmed=[]) == ["A", "B", "Z"]


def test_of_a_task_confirmed_twice_the_first_place_counts() -> None:
    tasks = [task("a"), task("b"), task("c")]
    assert ranked(tasks, confirmed=[2, 1, 2]) == ["c", "b", "a"]
    assert ranked(tasks, confirmed=[1, 2, 1]) == ["b", "c", "a"]


def test_done_tasks_are_not_ranked_even_if_they_were_confirmed() -> None:
    tasks = [task("done", done=True, priority="A"), task("open")]
    assert ranked(tasks, confirmed=[0]) == ["open"]


def test_the_three_most_pressing_tasks_are_the_priorities() -> None:
    tasks = [task(text) for text in "abcd"]
    assert [ranked(tasks[:count]) for count in range(5)] == [
        [],
        ["a"],
        ["a", "b"],
        ["a", "b", "c"],
        ["a", "b", "c"],
    ]


def test_tasks_of_the_same_text_are_tasks_of_their_own() -> None:
    assert ranked([task("again"), task("again")]) == ["again", "again"]


# The journal


def summary(**more: Json) -> Json:
    return {"date": TODAY, "completed": ["c"], "carried_over": ["o"], "priorities": ["p"], **more}


DAY: Json = {
    "today": TODAY,
    "yesterday": {"date": YESTERDAY, "completed": ["c"], "carried_over": ["o"]},
    "priorities": ["p"],
}


def test_the_days_entry_is_written_at_the_journals_end() -> None:
    before = {"date": "2026-12-01", "mood": "rainy"}
    assert equal(outcome(daily.log_summary, DAY), {"journal": [summary()]})
    assert equal(outcome(daily.log_summary, {**DAY, "journal": [before]}), {"journal": [before, summary()]})


def test_an_entry_of_that_day_is_brought_up_to_date_in_its_place_and_keeps_what_else_it_holds() -> None:
    before, after = {"date": YESTERDAY, "x": None}, {"date": "2026-11-25"}
    there = {"date": TODAY, "completed": ["old"], "mood": {"deep": [None, 1]}}
    found = outcome(daily.log_summary, {**DAY, "journal": [before, there, after]})
    assert equal(found, {"journal": [before, summary(mood={"deep": [None, 1]}), after]})


def test_logging_a_second_time_changes_nothing() -> None:
    once = outcome(daily.log_summary, {**DAY, "journal": [{"date": YESTERDAY}]})
    twice = outcome(daily.log_summary, {**DAY, "journal": once["journal"]})
    assert twice == once
    assert [entry["date"] for entry in twice["journal"]] == [YESTERDAY, TODAY]


@pytest.mark.parametrize("yesterday", [None, {}, {"date": YESTERDAY}, {"unknown": 1}])
def test_what_is_absent_counts_as_empty_in_the_entry(yesterday: Json) -> None:
    day = {"today": TODAY} if yesterday is None else {"today": TODAY, "yesterday": yesterday}
    entry = {"date": TODAY, "completed": [], "carried_over": [], "priorities": []}
    assert equal(outcome(daily.log_summary, day), {"journal": [entry]})


def test_without_today_nothing_is_logged() -> None:
    assert outcome(daily.log_summary, {**DAY, "today": TODAY, "journal": []}) != {}
    assert outcome(daily.log_summary, {key: DAY[key] for key in ("yesterday", "priorities")}) == {}


# The archive


def test_done_tasks_move_to_the_end_of_the_archive_whole_and_in_order() -> None:
    first, second, third = (
        task("z", done=True, completed=TODAY, unknown=[None]),
        task("open", note={"x": None}),
        task("a", done=True),
    )
    old = task("old", done=True, ref=7)
    found = outcome(daily.archive, {"tasks": [first, second, third], "archived": [old]})
    assert equal(found, {"tasks": [second], "archived": [old, first, third]})


def test_an_archive_that_was_not_there_is_begun() -> None:
    done = task("z", done=True)
    assert equal(outcome(daily.archive, {"tasks": [done]}), {"tasks": [], "archived": [done]})


@pytest.mark.parametrize("tasks", [[], [task("open")]])
def test_where_no_task_is_done_nothing_changes(tasks: Json) -> None:
    state = {"tasks": tasks, "archived": [task("old", done=True)], "confirmed": [0] * len(tasks)}
    assert outcome(daily.archive, state) == {}


@pytest.mark.parametrize(
    ("confirmed", "expected"),
    [([], []), ([1], [0]), ([3, 1], [1, 0]), ([0, 3, 2, 1], [1, 0]), ([2], []), ([3, 3], [1, 1])],
)
def test_confirmed_goes_on_naming_the_same_tasks(confirmed: Json, expected: Json) -> None:
    tasks = [task("x", done=True), task("a"), task("y", done=True), task("b")]
    found = outcome(daily.archive, {"tasks": tasks, "confirmed": confirmed})
    assert equal(found["confirmed"], expected)
    assert equal(found["tasks"], [task("a"), task("b")])


def test_confirmed_is_not_invented() -> None:
    assert "confirmed" not in outcome(daily.archive, {"tasks": [task("x", done=True)]})


# What is malformed

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
    """Where an array of texts holds something else, that item is the fault."""
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
def test_a_malformed_member_fails_the_step_with_its_path_whether_the_operation_reads_it_or_not(
    operation: PureFunction,
) -> None:
    found = [(state, operation({}, freeze_object(state))) for state, _ in MALFORMED]
    expected = [(state, Fail(f"the state is malformed at {path}")) for state, path in MALFORMED]
    assert found == expected


@EVERY_OPERATION
def test_every_right_member_is_accepted(operation: PureFunction) -> None:
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


def test_a_float_beside_the_fault_does_not_hide_it() -> None:
    state = {"odd": 1e16, "tasks": [{"text": "x", "done": "no", "odd": 1e-7}]}
    assert outcome(daily.archive, state) == Fail("the state is malformed at $.tasks[0].done")


def test_a_float_that_has_a_notation_of_its_own_is_kept_as_an_unknown_member() -> None:
    odd = task("x", done=True, weight=1e16, share=5e-6)
    assert equal(outcome(daily.archive, {"tasks": [odd]}), {"tasks": [], "archived": [odd]})


# Many tasks


def test_twenty_thousand_tasks_are_no_trouble() -> None:
    count = 20_000
    days = [(date(2000, 1, 1) + timedelta(days=i % 5000)).isoformat() for i in range(count)]
    tasks = [
        task(f"t{i}", done=i % 2 == 0, created=day, completed=day, due=days[-i], priority="ABCDE"[i % 5])
        for i, day in enumerate(days)
    ]
    state: Json = freeze({"today": TODAY, "tasks": tasks, "confirmed": list(reversed(range(count)))})
    assert ranked(list(state["tasks"]), confirmed=state["confirmed"]) == ["t19999", "t19997", "t19995"]
    found = outcome(daily.archive, state)
    assert (len(found["tasks"]), len(found["archived"])) == (count // 2, count // 2)
    assert equal(found["confirmed"], list(reversed(range(count // 2))))
    assert len(outcome(daily.summarise_yesterday, state)["yesterday"]["carried_over"]) == count // 2
