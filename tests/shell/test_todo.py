"""What does the todo.txt format say of a task?"""

from typing import Any

import pytest

from tier2.shell.worlds.daily_loop.todo_txt import task_of

Json = Any


def read(text: str) -> Json:
    """What a line says, without its place."""
    task = dict(task_of(text, 0))
    del task["line"]
    return task


def open_task(text: str, **more: Json) -> Json:
    return {"done": False, "text": text, **more}


def done_task(text: str, **more: Json) -> Json:
    return {"done": True, "text": text, **more}


# What is done


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("x Water the ferns", "Water the ferns"),
        ("x   Water the ferns", "Water the ferns"),
        ("x x", "x"),
        ("x ", ""),
        ("x +garden", "+garden"),
    ],
)
def test_a_lower_case_x_and_a_space_mark_what_is_done(line: str, text: str) -> None:
    assert (read(line)["done"], read(line)["text"]) == (True, text)


@pytest.mark.parametrize(
    "line",
    [
        "X Water the ferns",
        "xWater the ferns",
        "x",
        "x\tWater",
        "xylem 3",
        "(A) x Water",
        "[x] Water",
        " x Water",
    ],
)
def test_nothing_else_does(line: str) -> None:
    assert not read(line)["done"]
    assert "completed" not in read(line)


def test_after_the_mark_come_the_date_of_completion_and_then_that_of_creation() -> None:
    assert read("x 2026-11-23 Oil the gate") == done_task("Oil the gate", completed="2026-11-23")
    assert read("x 2026-11-23 2026-11-02 Oil the gate") == done_task(
        "Oil the gate", completed="2026-11-23", created="2026-11-02"
    )
    assert read("x 2026-11-23 2026-11-02 2026-10-01 Oil") == done_task(
        "2026-10-01 Oil", completed="2026-11-23", created="2026-11-02"
    )
    assert read("x 2026-11-23") == done_task("", completed="2026-11-23")


def test_a_done_task_keeps_its_priority_between_mark_and_dates_or_as_an_extension() -> None:
    assert read("x (B) 2026-11-23 2026-11-02 Oil") == done_task(
        "Oil", priority="B", completed="2026-11-23", created="2026-11-02"
    )
    assert read("x 2026-11-23 Oil pri:B the gate") == done_task(
        "Oil the gate", priority="B", completed="2026-11-23"
    )


@pytest.mark.parametrize("word", ["pri:b", "pri:", "pri:AB", "pri:1", "PRI:A", "pri:A:B"])
def test_what_is_no_priority_stays_a_word(word: str) -> None:
    assert read(f"x Oil {word}") == done_task(f"Oil {word}")


def test_the_first_of_two_kept_priorities_counts_and_the_other_stays_a_word() -> None:
    assert read("x Oil pri:B pri:A") == done_task("Oil pri:A", priority="B")
    assert read("x (C) Oil pri:A") == done_task("Oil pri:A", priority="C")


# Priority and creation


@pytest.mark.parametrize("letter", ["A", "M", "Z"])
def test_a_capital_letter_in_brackets_at_the_start_is_the_priority(letter: str) -> None:
    assert read(f"({letter}) Sharpen the saw") == open_task("Sharpen the saw", priority=letter)


@pytest.mark.parametrize(
    "line",
    [
        "Sharpen (A) the saw",
        "(a) Sharpen",
        "(AA) Sharpen",
        "(1) Sharpen",
        "()  Sharpen",
        "(A)Sharpen",
        "(A)->Sharpen",
        "(A)",
        " (A) Sharpen",
        "A Sharpen",
        "(\u00c4) Sharpen",
        "2026-11-02 (A) Sharpen",
        "Sharpen pri:A",
    ],
)
def test_anything_else_is_none(line: str) -> None:
    assert "priority" not in read(line)


def test_the_date_of_creation_comes_first_or_after_the_priority() -> None:
    assert read("2026-11-02 Sharpen") == open_task("Sharpen", created="2026-11-02")
    assert read("(A) 2026-11-02 Sharpen") == open_task("Sharpen", priority="A", created="2026-11-02")
    assert read("2026-11-02 2026-11-01 Sharpen") == open_task("2026-11-01 Sharpen", created="2026-11-02")


@pytest.mark.parametrize(
    "text",
    [
        "Sharpen 2026-11-02",
        "2026-11-02: Sharpen",
        "2026-11-2 Sharpen",
        "26-11-02 Sharpen",
        "20261102 Sharpen",
        "2026-W45-1 Sharpen",
        "2026-02-30 Sharpen",
        "2026-13-01 Sharpen",
        "0000-01-01 Sharpen",
        "2025-02-29 Sharpen",
        "\u0662\u0660\u0662\u0666-11-02 Sharpen",
    ],
)
def test_a_date_elsewhere_or_one_that_cannot_be_is_text(text: str) -> None:
    assert read(text) == open_task(text)
    assert read(f"(C) {text}") == open_task(text, priority="C")
    assert read(f"x {text}") == done_task(text)


def test_after_an_impossible_date_of_completion_nothing_is_taken_for_a_date() -> None:
    assert read("x 2026-02-30 2026-02-01 Oil") == done_task("2026-02-30 2026-02-01 Oil")


def test_the_twenty_ninth_of_february_is_a_date_in_a_leap_year() -> None:
    assert read("2024-02-29 Leap")["created"] == "2024-02-29"


# Projects, contexts, extensions


def test_projects_and_contexts_are_named_and_stay_in_the_text() -> None:
    assert read("(A) Mend +roof @ladder +roof+attic @home/upstairs +roof") == open_task(
        "Mend +roof @ladder +roof+attic @home/upstairs +roof",
        priority="A",
        projects=("roof", "roof+attic"),
        contexts=("ladder", "home/upstairs"),
    )
    assert read("@shop +kitchen") == open_task("@shop +kitchen", projects=("kitchen",), contexts=("shop",))


@pytest.mark.parametrize("text", ["Add 3+4", "Write to ana@example.org", "C + D", "meet @ noon", "a+ b@"])
def test_a_sign_within_a_word_or_alone_names_nothing(text: str) -> None:
    assert read(text) == open_task(text)


def test_due_is_taken_out_of_the_text() -> None:
    assert read("Pay due:2026-12-01 the rent") == open_task("Pay the rent", due="2026-12-01")
    assert read("x 2026-11-23 Pay due:2026-12-01") == done_task(
        "Pay", completed="2026-11-23", due="2026-12-01"
    )


@pytest.mark.parametrize(
    "word", ["due:", "due:tomorrow", "due:2026-02-30", "due:2026-12-01T9", "Due:2026-12-01"]
)
def test_a_due_that_is_no_date_stays_a_word(word: str) -> None:
    assert read(f"Pay {word}") == open_task(f"Pay {word}")


def test_the_first_due_that_is_a_date_counts_and_the_others_stay_words() -> None:
    assert read("Pay due:soon due:2026-12-01 due:2026-12-02 due:2026-12-01") == open_task(
        "Pay due:soon due:2026-12-02 due:2026-12-01", due="2026-12-01"
    )


@pytest.mark.parametrize(
    "word",
    [
        "https://example.org/a:b?c=+d",
        "t:2026-12-01",
        "rec:+2w",
        "h:1",
        "id:7f:3",
        ":",
        "a:",
        ":b",
        "::",
        "x:y",
    ],
)
def test_an_extension_that_is_not_known_is_a_word_like_any_other(word: str) -> None:
    assert read(f"See {word} today") == open_task(f"See {word} today")


def test_the_text_is_its_words_whatever_white_space_is_between_them() -> None:
    assert read("(A)  2026-11-02   Mend\tthe \u00a0 roof \r") == open_task(
        "Mend the roof", priority="A", created="2026-11-02"
    )
