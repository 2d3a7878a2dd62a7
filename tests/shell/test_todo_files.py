"""What is a line of a todo.txt file, and does every byte stay what it was?"""

import re
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tier2.contracts.v1 import Task
from tier2.contracts.views import view
from tier2.shell.errors import InputError
from tier2.shell.worlds.daily_loop.todo_txt import (
    BOM,
    newline_of,
    parse_todo,
    raw_lines,
    task_of,
    with_lines,
    without,
)
from tier2.values.frozen import freeze_object, to_plain

# Files


def test_each_task_has_its_line_and_blanks_are_none() -> None:
    lines = parse_todo(b"one\n\n \t \nx two\r\n\xc2\xa0\nthree", "todo.txt")
    assert [line.number for line in lines] == [0, 1, 2, 3, 4, 5]
    assert [line.raw for line in lines] == [b"one", b"", b" \t ", b"x two", b"\xc2\xa0", b"three"]
    assert [line.task and line.task["line"] for line in lines] == [0, None, None, 3, None, 5]
    assert [line.task and line.task["text"] for line in lines] == ["one", None, None, "two", None, "three"]


@pytest.mark.parametrize("data", [b"", BOM])
def test_an_empty_file_has_no_line(data: bytes) -> None:
    assert parse_todo(data, "todo.txt") == ()


def test_a_byte_order_mark_belongs_to_the_file() -> None:
    (line,) = parse_todo(BOM + b"(A) Mend", "todo.txt")
    assert line.task is not None
    assert (line.raw, line.task["priority"]) == (b"(A) Mend", "A")


def test_each_of_the_three_line_ends_ends_a_line() -> None:
    """A list that an old Mac wrote has CR alone: what is open in it must not become the text of a done task."""
    lines = parse_todo(b"x Oil\rMend\r\rx 2026-11-23 Wash\r\nCall\nx Sweep", "todo.txt")
    assert [line.raw for line in lines] == [b"x Oil", b"Mend", b"", b"x 2026-11-23 Wash", b"Call", b"x Sweep"]
    assert [line.task and line.task["done"] for line in lines] == [True, False, None, True, False, True]


@pytest.mark.parametrize("text", ["a\x0bb", "a\x0cb", "a\x1cb", "a\x85b", "a\u2028b", "\x1b[2Jb"])
def test_no_other_character_ends_a_line(text: str) -> None:
    lines = parse_todo(f"{text}\nnext".encode(), "todo.txt")
    assert [line.raw.decode() for line in lines] == [text, "next"]


@pytest.mark.parametrize(
    ("data", "number"),
    [
        ("Caf\u00e9\n".encode("latin-1"), 1),
        (b"one\ntwo\r\n\nx \xfcber\nmore", 4),
        ("one\ntwo\n".encode("utf-16"), 1),
        (b"one\n\xed\xa0\x80", 2),
        (b"one\ntwo\n\xc3", 3),
        (b"one\n\xc3\ntwo", 2),
        (b"one\rtwo\r\nx \xfcber", 3),
    ],
)
def test_what_is_not_utf_8_is_refused_with_its_line(data: bytes, number: int) -> None:
    with pytest.raises(InputError) as refusal:
        parse_todo(data, "a\x1b.txt")
    assert str(refusal.value) == f"a\x1b.txt: line {number} is not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize(
    ("data", "number"),
    [(b"x Oil\x00\n", 1), (b"one\rtwo\r\n\n\x00\n", 4), ("x Oil\n".encode("utf-16-le"), 1)],
)
def test_a_nul_byte_is_refused_with_its_line(data: bytes, number: int) -> None:
    with pytest.raises(InputError) as refusal:
        parse_todo(data, "list.txt")
    assert str(refusal.value).startswith(f"list.txt: line {number} has a NUL byte")


@given(st.binary() | st.binary().map(lambda data: BOM + data))
def test_any_bytes_are_lines_or_one_refusal(data: bytes) -> None:
    try:
        lines = parse_todo(data, "todo.txt")
    except InputError:
        lines = None
    if lines is None:
        assert "\0" in data.decode(errors="ignore") or data.decode(errors="ignore").encode() != data
    else:
        text = data.removeprefix(BOM).translate(None, b"\r\n")
        assert b"".join(line.raw for line in lines) == text
        assert [line.number for line in lines] == list(range(len(lines)))


# Bytes kept

words = st.one_of(
    st.sampled_from(["x", "X", "(A)", "(b)", "2026-11-23", "2026-02-30", "due:2026-12-01", "due:x", "pri:A"]),
    st.sampled_from(
        ["+p", "@c", "+", "k:v", "https://e.org/?q=1", "Z\u00fcrich", "\U0001f600", "\ufeff", "\u202e"]
    ),
    st.sampled_from(["\x0b", "\x1b[2J", "\x85", "\u2028", ""]),
)
some_lines = st.lists(words, max_size=5).flatmap(
    lambda them: st.sampled_from([" ", "  ", "\t"]).map(lambda space: space.join(them))
) | st.text(max_size=6).map(lambda text: "".join(c for c in text if c not in "\0\r\n"))
ends = st.sampled_from(["\n", "\r", "\r\n"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Files of any lines, ends mixed, with or without a mark and a last end."""
    lines = draw(st.lists(st.tuples(some_lines, ends), max_size=8))
    unended: str = draw(some_lines)
    mark: bytes = draw(st.sampled_from([b"", BOM]))
    return mark + "".join(line + end for line, end in lines).encode() + unended.encode()


@given(files())
def test_a_task_is_well_formed_whatever_its_line_holds(data: bytes) -> None:
    for line in parse_todo(data, "todo.txt"):
        assert (line.task is None) == (line.raw.decode().strip() == "")
        if line.task is not None:
            task = view(line.task, Task)
            assert task.text == " ".join(task.text.split())
            assert not set(task.text) & set("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
            assert set(task.text.split()) <= set(line.raw.decode().split())


@given(files(), st.data())
def test_moving_lines_keeps_every_other_byte(todo: bytes, data: st.DataObject) -> None:
    done = data.draw(files())
    lines = raw_lines(todo)
    chosen = data.draw(st.sets(st.integers(0, len(lines) - 1))) if lines else set()
    moved = [lines[number] for number in sorted(chosen)]
    left, grown = without(todo, chosen), with_lines(done, moved, b"\n")
    assert raw_lines(left) == [line for number, line in enumerate(lines) if number not in chosen]
    assert raw_lines(grown) == raw_lines(done) + moved
    assert Counter(raw_lines(left) + raw_lines(grown)) == Counter(lines + raw_lines(done))
    assert grown.startswith(done)
    if not chosen:
        assert (left, grown) == (todo, done)


@given(files())
def test_taking_a_line_out_leaves_all_other_bytes(todo: bytes) -> None:
    lines = re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", todo.removeprefix(BOM))
    for number in range(len(lines)):
        rest = lines[:number] + lines[number + 1 :]
        # What comes together by this must not be taken for the mark, or for one line's end.
        for place in range(1, len(rest)):
            if rest[place - 1].endswith(b"\r") and rest[place] == b"\n":
                rest[place - 1] += b"\n"
        mark = BOM if todo.startswith(BOM) or b"".join(rest).startswith(BOM) else b""
        assert without(todo, {number}) == mark + b"".join(rest)


def test_a_line_between_cr_and_a_blank_line_can_go() -> None:
    """The two ends that then meet would be one."""
    assert raw_lines(without(b"Mend\rx Oil\n\nCall", {1})) == [b"Mend", b"", b"Call"]


@pytest.mark.parametrize(
    ("done", "after"),
    [
        (b"", b"x two\r\n"),
        (BOM, BOM + b"x two\r\n"),
        (b"x one", b"x one\r\nx two\r\n"),
        (b"x one\n", b"x one\nx two\n"),
        (b"x one\r\n", b"x one\r\nx two\r\n"),
        (b"x one\nx 1", b"x one\nx 1\nx two\n"),
        (b"x one\r\n\n", b"x one\r\n\nx two\r\n"),
        (b"x one\rx 1", b"x one\rx 1\rx two\r"),
    ],
)
def test_a_moved_line_ends_as_its_new_file_does(done: bytes, after: bytes) -> None:
    assert with_lines(done, [b"x two"], b"\r\n") == after


def test_a_line_that_starts_with_a_mark_is_kept() -> None:
    todo = b"x a\n" + BOM + b"x b\n"
    assert raw_lines(without(todo, {0})) == [BOM + b"x b"]
    assert raw_lines(with_lines(b"", [BOM + b"x b"], b"\n")) == [BOM + b"x b"]
    assert without(BOM + todo, {0}) == BOM + BOM + b"x b\n"


@pytest.mark.parametrize(
    ("data", "newline"),
    [
        (b"", None),
        (b"a", None),
        (b"a\n", b"\n"),
        (b"a\r\nb\n", b"\r\n"),
        (b"\n\r\n", b"\n"),
        (b"a\rb\n", b"\r"),
    ],
)
def test_the_first_line_shows_how_lines_end(data: bytes, newline: bytes | None) -> None:
    assert newline_of(data) == newline


@example(number=0, text="x 2026-11-23 (A) due:2026-12-01 due:2026-12-01 pri:A")
@given(st.integers(0, 10**6), some_lines.filter(lambda text: text.strip() != ""))
def test_a_task_depends_on_its_line_alone(number: int, text: str) -> None:
    task = freeze_object(task_of(text, number))
    assert view(task, Task).done == text.startswith("x ")
    assert {**to_plain(task), "line": 0} == {**to_plain(freeze_object(task_of(text, 0)))}
