"""What does a line of todo.txt say of its task?"""

from typing import Any

import pytest

from tier2.shell.worlds.daily_loop.todo_txt import task_of

Json = Any


def read(text: str) -> Json:
    """The task of a line, without the line's number."""
    task = dict(task_of(text, 0))
    del task["line"]
    return task


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
    "line", ["X Water", "xWater", "x", "x\tWater", "xylem 3", "(A) x Water", "[x] Water", " x Water"]
)
def test_nothing_else_marks_what_is_done(line: str) -> None:
    assert not read(line)["done"]
    assert "completed" not in read(line)


@pytest.mark.parametrize(
    ("line", "task"),
    [
        # After the mark come the date of completion and that of creation.
        ("x 2026-11-23 Oil", {"text": "Oil", "completed": "2026-11-23"}),
        ("x 2026-11-23 2026-11-02 Oil", {"text": "Oil", "completed": "2026-11-23", "created": "2026-11-02"}),
        (
            "x 2026-11-23 2026-11-02 2026-10-01 Oil",
            {"text": "2026-10-01 Oil", "completed": "2026-11-23", "created": "2026-11-02"},
        ),
        ("x 2026-11-23", {"text": "", "completed": "2026-11-23"}),
        ("x 2026-02-30 2026-02-01 Oil", {"text": "2026-02-30 2026-02-01 Oil"}),
        # The priority is kept between mark and dates, or as an extension; the first one counts.
        (
            "x (B) 2026-11-23 2026-11-02 Oil",
            {"text": "Oil", "priority": "B", "completed": "2026-11-23", "created": "2026-11-02"},
        ),
        (
            "x 2026-11-23 Oil pri:B the gate",
            {"text": "Oil the gate", "priority": "B", "completed": "2026-11-23"},
        ),
        ("x Oil pri:B pri:A", {"text": "Oil pri:A", "priority": "B"}),
        ("x (C) Oil pri:A", {"text": "Oil pri:A", "priority": "C"}),
        ("x 2026-11-23 Pay due:2026-12-01", {"text": "Pay", "completed": "2026-11-23", "due": "2026-12-01"}),
    ],
)
def test_a_done_task_has_dates_and_may_keep_its_priority(line: str, task: Json) -> None:
    assert read(line) == {"done": True, **task}


@pytest.mark.parametrize("word", ["pri:b", "pri:", "pri:AB", "pri:1", "PRI:A", "pri:A:B"])
def test_what_is_no_priority_stays_a_word(word: str) -> None:
    assert read(f"x Oil {word}") == {"done": True, "text": f"Oil {word}"}


# What is open


@pytest.mark.parametrize(
    ("line", "task"),
    [
        ("(A) Sharpen the saw", {"text": "Sharpen the saw", "priority": "A"}),
        ("(M) Sharpen", {"text": "Sharpen", "priority": "M"}),
        ("(Z) Sharpen", {"text": "Sharpen", "priority": "Z"}),
        ("2026-11-02 Sharpen", {"text": "Sharpen", "created": "2026-11-02"}),
        ("2024-02-29 Leap", {"text": "Leap", "created": "2024-02-29"}),
        ("(A) 2026-11-02 Sharpen", {"text": "Sharpen", "priority": "A", "created": "2026-11-02"}),
        ("2026-11-02 2026-11-01 Sharpen", {"text": "2026-11-01 Sharpen", "created": "2026-11-02"}),
        (
            "(A) Mend +roof @ladder +roof+attic @home/upstairs +roof",
            {
                "text": "Mend +roof @ladder +roof+attic @home/upstairs +roof",
                "priority": "A",
                "projects": ("roof", "roof+attic"),
                "contexts": ("ladder", "home/upstairs"),
            },
        ),
        ("@shop +kitchen", {"text": "@shop +kitchen", "projects": ("kitchen",), "contexts": ("shop",)}),
        ("Pay due:2026-12-01 the rent", {"text": "Pay the rent", "due": "2026-12-01"}),
        (
            "Pay due:soon due:2026-12-01 due:2026-12-02 due:2026-12-01",
            {"text": "Pay due:soon due:2026-12-02 due:2026-12-01", "due": "2026-12-01"},
        ),
        (
            "(A)  2026-11-02   Mend\tthe \u00a0 roof \r",
            {"text": "Mend the roof", "priority": "A", "created": "2026-11-02"},
        ),
    ],
)
def test_an_open_task_has_priority_dates_and_names(line: str, task: Json) -> None:
    assert read(line) == {"done": False, **task}


@pytest.mark.parametrize(
    "line",
    [
        *("Sharpen (A) the saw", "(a) Sharpen", "(AA) Sharpen", "(1) Sharpen", "()  Sharpen", "(A)Sharpen"),
        *("(A)->Sharpen", "(A)", " (A) Sharpen", "A Sharpen", "(\u00c4) Sharpen", "2026-11-02 (A) Sharpen"),
        "Sharpen pri:A",
    ],
)
def test_anything_else_is_no_priority(line: str) -> None:
    assert "priority" not in read(line)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Sharpen 2026-11-02",
            "2026-11-02: Sharpen",
            "2026-11-2 Sharpen",
            "26-11-02 Sharpen",
            "20261102 Sharpen",
        ),
        *("2026-W45-1 Sharpen", "2026-02-30 Sharpen", "2026-13-01 Sharpen", "0000-01-01 Sharpen"),
        *("2025-02-29 Sharpen", "\u0662\u0660\u0662\u0666-11-02 Sharpen"),
    ],
)
def test_a_misplaced_or_impossible_date_is_text(text: str) -> None:
    assert read(text) == {"done": False, "text": text}
    assert read(f"(C) {text}") == {"done": False, "text": text, "priority": "C"}
    assert read(f"x {text}") == {"done": True, "text": text}


@pytest.mark.parametrize(
    "text",
    [
        # A sign within a word or alone names nothing.
        *("Add 3+4", "Write to ana@example.org", "C + D", "meet @ noon", "a+ b@"),
        # A due date that is none stays a word, as an unknown extension does.
        *("Pay due:", "due:tomorrow", "due:2026-02-30", "due:2026-12-01T9", "Due:2026-12-01"),
        *(
            "https://example.org/a:b?c=+d",
            "t:2026-02-30",
            "t:+1w",
            "T:2026-12-01",
            "h:0",
            "rec:+2w",
            "id:7f:3",
            ":",
            "a:",
            ":b",
            "::",
            "x:y",
        ),
    ],
)
def test_every_other_word_stays_in_the_text(text: str) -> None:
    assert read(f"See {text} today") == {"done": False, "text": f"See {text} today"}


@pytest.mark.parametrize(
    ("word", "member"),
    [("t:2026-12-01", {"threshold": "2026-12-01"}), ("h:1", {"hidden": True})],
)
def test_what_keeps_a_task_from_its_rank_stays_a_word(word: str, member: Json) -> None:
    assert read(f"(A) See {word} then") == {
        "done": False,
        "priority": "A",
        "text": f"See {word} then",
        **member,
    }
