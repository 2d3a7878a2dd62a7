"""What does each operation of the daily loop do with a day?"""

from datetime import date, timedelta
from typing import Any

import pytest
from small_days import OPERATIONS, TODAY, YESTERDAY, equal, outcome, task

from tier2.kinds import PureFunction
from tier2.missions.daily_loop import operations as daily
from tier2.values.frozen import freeze

Json = Any


def ranked(tasks: list[Json], **more: Json) -> list[str]:
    """The texts of the priorities, three at most."""
    return list(outcome(daily.generate_priorities, {"tasks": tasks, **more})["priorities"])


@pytest.mark.parametrize(
    ("more", "is_ranked"),
    [
        ({"hidden": True}, False),
        ({"hidden": False}, True),
        ({"threshold": YESTERDAY}, True),
        ({"threshold": TODAY}, True),
        ({"threshold": "2026-11-25"}, False),
    ],
)
def test_a_task_that_does_not_count_today_has_no_rank(more: Json, *, is_ranked: bool) -> None:
    tasks = [task("a", priority="A", **more), task("b")]
    assert ranked(tasks, today=TODAY) == (["a", "b"] if is_ranked else ["b"])
    assert ranked(tasks, today=TODAY, confirmed=[0]) == (["a", "b"] if is_ranked else ["b"])
    assert ranked(tasks) == (["b"] if more.get("hidden") else ["a", "b"])


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


def test_completed_has_the_done_tasks_of_yesterday() -> None:
    tasks = [
        task("z", done=True, completed=YESTERDAY),
        task("older", done=True, completed="2026-11-22"),
        task("today", done=True, completed=TODAY),
        task("unknown day", done=True),
        task("a", done=True, completed=YESTERDAY),
    ]
    found = outcome(daily.summarise_yesterday, {"today": TODAY, "tasks": tasks})
    assert equal(found, {"yesterday": {"date": YESTERDAY, "completed": ["z", "a"], "carried_over": []}})


def completed(tasks: list[Json], **more: Json) -> list[str]:
    """The texts of the completed tasks in the summary."""
    found = outcome(
        daily.summarise_yesterday, {"today": TODAY, "tasks": tasks, "since": "2026-11-19", **more}
    )
    assert found["yesterday"]["date"] == YESTERDAY
    return list(found["yesterday"]["completed"])


def test_completed_has_the_done_tasks_in_no_entry_yet() -> None:
    tasks = [
        task("z", done=True, completed=YESTERDAY),
        task("too old", done=True, completed="2026-11-18"),
        task("older", done=True, completed="2026-11-20"),
        task("today", done=True, completed=TODAY),
        task("tomorrow", done=True, completed="2026-11-25"),
        task("unknown day", done=True),
        task("not done after all", done=False, completed=YESTERDAY, created=TODAY),
        task("a", done=True, completed=YESTERDAY),
    ]
    assert completed(tasks) == ["z", "older", "unknown day", "a"]
    assert completed(tasks, journal=[{"date": "2026-11-21"}]) == ["z", "older", "unknown day", "a"]
    named: Json = [{"date": "2026-11-21", "completed": ["unknown day", "older", "a"]}]
    assert completed(tasks, journal=named) == ["z", "a"]


@pytest.mark.parametrize(
    ("day", "listed"),
    [
        ("2026-11-19", True),  # another task of the same text
        ("2026-11-20", True),  # an entry has nothing of its own day
        ("2026-11-21", False),
        (TODAY, True),  # the entry that is written anew
        ("2026-11-25", True),
    ],
)
def test_an_entry_of_a_later_day_has_the_task_already(day: str, listed: bool) -> None:
    tasks = [task("Oil", done=True, completed="2026-11-20")]
    journal: Json = [{"date": "2026-11-18", "completed": ["Oil"]}, {"date": day, "completed": ["Oil"]}]
    for entries in (journal, journal[::-1]):
        assert completed(tasks, journal=entries) == (["Oil"] if listed else [])


def test_carried_over_has_the_older_open_tasks() -> None:
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


def test_without_today_all_open_tasks_are_carried_over() -> None:
    tasks = [
        task("b", created="9999-12-31"),
        task("done", done=True, completed=YESTERDAY),
        task("a"),
    ]
    found = outcome(daily.summarise_yesterday, {"tasks": tasks})
    assert equal(found, {"yesterday": {"completed": [], "carried_over": ["b", "a"]}})


def test_without_today_an_old_summary_loses_its_date() -> None:
    older = {"date": YESTERDAY, "completed": ["a"], "of": "a user"}
    found = outcome(daily.summarise_yesterday, {"yesterday": older})
    assert equal(found, {"yesterday": {"date": None, "completed": [], "carried_over": []}})
    assert equal(
        outcome(daily.summarise_yesterday, {"yesterday": {}}),
        {"yesterday": {"completed": [], "carried_over": []}},
    )


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
def test_yesterday_is_a_day_of_the_calendar(today: str, before: str) -> None:
    tasks = [task("x", done=True, completed=before)]
    found = outcome(daily.summarise_yesterday, {"today": today, "tasks": tasks})
    assert equal(found["yesterday"], {"date": before, "completed": ["x"], "carried_over": []})


# The ranking


def test_priority_decides_before_the_due_date() -> None:
    tasks = [
        task("none", due="2020-01-01", created="2020-01-01"),
        task("Z", priority="Z", due="2021-01-01"),
        task("B", priority="B", due="2022-01-01"),
        task("A", priority="A"),
    ]
    assert ranked(tasks) == ["A", "B", "Z"]
    assert ranked(tasks[:2]) == ["Z", "none"]


def test_the_due_date_decides_before_the_age() -> None:
    tasks = [
        task("none", created="2020-01-01"),
        task("last day", due="9999-12-31", created="2021-01-01"),
        task("later", due="2026-12-01", created="2022-01-01"),
        task("soon", due="2026-11-25"),
    ]
    assert ranked(tasks) == ["soon", "later", "last day"]
    assert ranked(tasks[:2]) == ["last day", "none"]


def test_the_older_task_comes_first() -> None:
    tasks = [
        task("none"),
        task("new", created="9999-12-31"),
        task("old", created="2026-01-01"),
        task("older", created="2025-12-31"),
    ]
    assert ranked(tasks) == ["older", "old", "new"]
    assert ranked(tasks[:2]) == ["new", "none"]


def test_equally_urgent_tasks_keep_their_order() -> None:
    alike: Json = {"priority": "C", "due": "2026-12-01", "created": "2026-11-01"}
    assert ranked([task(text, **alike) for text in "zax"]) == ["z", "a", "x"]
    assert ranked([task(text) for text in "zax"]) == ["z", "a", "x"]


def test_confirmed_tasks_come_first_in_order() -> None:
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


def test_a_task_confirmed_twice_counts_once() -> None:
    tasks = [task("a"), task("b"), task("c")]
    assert ranked(tasks, confirmed=[2, 1, 2]) == ["c", "b", "a"]
    assert ranked(tasks, confirmed=[1, 2, 1]) == ["b", "c", "a"]


def test_done_tasks_are_never_ranked() -> None:
    tasks = [task("done", done=True, priority="A"), task("open")]
    assert ranked(tasks, confirmed=[0]) == ["open"]


def test_the_three_most_urgent_are_the_priorities() -> None:
    tasks = [task(text) for text in "abcd"]
    assert [ranked(tasks[:count]) for count in range(5)] == [
        [],
        ["a"],
        ["a", "b"],
        ["a", "b", "c"],
        ["a", "b", "c"],
    ]


def test_tasks_with_the_same_text_are_separate() -> None:
    assert ranked([task("again"), task("again")]) == ["again", "again"]


# The journal


def summary(**more: Json) -> Json:
    return {"date": TODAY, "completed": ["c"], "carried_over": ["o"], "priorities": ["p"], **more}


DAY: Json = {
    "today": TODAY,
    "yesterday": {"date": YESTERDAY, "completed": ["c"], "carried_over": ["o"]},
    "priorities": ["p"],
}


def test_todays_entry_is_appended_to_the_journal() -> None:
    before = {"date": "2026-12-01", "mood": "rainy"}
    assert equal(outcome(daily.log_summary, DAY), {"journal": [summary()]})
    assert equal(outcome(daily.log_summary, {**DAY, "journal": [before]}), {"journal": [before, summary()]})


def test_an_entry_of_today_is_updated_in_place() -> None:
    before, after = {"date": YESTERDAY, "x": None}, {"date": "2026-11-25"}
    there = {"date": TODAY, "completed": ["old"], "mood": {"deep": [None, 1]}}
    found = outcome(daily.log_summary, {**DAY, "journal": [before, there, after]})
    assert equal(found, {"journal": [before, summary(mood={"deep": [None, 1]}), after]})


def test_logging_again_changes_nothing() -> None:
    once = outcome(daily.log_summary, {**DAY, "journal": [{"date": YESTERDAY}]})
    twice = outcome(daily.log_summary, {**DAY, "journal": once["journal"]})
    assert twice == once
    assert [entry["date"] for entry in twice["journal"]] == [YESTERDAY, TODAY]


@pytest.mark.parametrize("yesterday", [None, {}, {"date": YESTERDAY}, {"unknown": 1}])
def test_absent_members_are_empty_in_the_entry(yesterday: Json) -> None:
    day = {"today": TODAY} if yesterday is None else {"today": TODAY, "yesterday": yesterday}
    entry = {"date": TODAY, "completed": [], "carried_over": [], "priorities": []}
    assert equal(outcome(daily.log_summary, day), {"journal": [entry]})


def test_without_today_nothing_is_logged() -> None:
    assert outcome(daily.log_summary, {**DAY, "today": TODAY, "journal": []}) != {}
    assert outcome(daily.log_summary, {key: DAY[key] for key in ("yesterday", "priorities")}) == {}


# The archive


def test_done_tasks_move_to_the_archive_in_order() -> None:
    first, second, third = (
        task("z", done=True, completed=TODAY, unknown=[None]),
        task("open", note={"x": None}),
        task("a", done=True),
    )
    old = task("old", done=True, ref=7)
    found = outcome(daily.archive, {"tasks": [first, second, third], "archived": [old]})
    assert equal(found, {"tasks": [second], "archived": [old, first, third]})


def test_a_missing_archive_is_begun() -> None:
    done = task("z", done=True)
    assert equal(outcome(daily.archive, {"tasks": [done]}), {"tasks": [], "archived": [done]})


@pytest.mark.parametrize("tasks", [[], [task("open")]])
def test_without_done_tasks_nothing_changes(tasks: Json) -> None:
    state = {"tasks": tasks, "archived": [task("old", done=True)], "confirmed": [0] * len(tasks)}
    assert outcome(daily.archive, state) == {}


@pytest.mark.parametrize(
    ("confirmed", "expected"),
    [([], []), ([1], [0]), ([3, 1], [1, 0]), ([0, 3, 2, 1], [1, 0]), ([2], []), ([3, 3], [1, 1])],
)
def test_confirmed_still_names_the_same_tasks(confirmed: Json, expected: Json) -> None:
    tasks = [task("x", done=True), task("a"), task("y", done=True), task("b")]
    found = outcome(daily.archive, {"tasks": tasks, "confirmed": confirmed})
    assert equal(found["confirmed"], expected)
    assert equal(found["tasks"], [task("a"), task("b")])


def test_confirmed_is_not_added_if_absent() -> None:
    assert "confirmed" not in outcome(daily.archive, {"tasks": [task("x", done=True)]})


# Many tasks


def test_twenty_thousand_tasks_are_fast() -> None:
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
