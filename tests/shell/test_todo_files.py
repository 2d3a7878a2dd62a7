"""What is a line of a todo.txt file, and does every byte stay what it was?"""

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


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x0bb", "a\x0cb", "a\x1cb", "a\x85b", "a\u2028b", "a\rb", "\x1b[2Jb"]
)
def test_no_other_character_than_lf_ends_a_line(text: str) -> None:
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
    ],
)
def test_what_is_not_utf_8_is_refused_with_its_line(data: bytes, number: int) -> None:
    with pytest.raises(InputError) as refusal:
        parse_todo(data, "a\x1b.txt")
    assert str(refusal.value) == f"a\x1b.txt: line {number} is not UTF-8; save the file as UTF-8"


@given(st.binary() | st.binary().map(lambda data: BOM + data))
def test_any_bytes_are_lines_or_one_refusal(data: bytes) -> None:
    try:
        lines = parse_todo(data, "todo.txt")
    except InputError:
        lines = None
    if lines is None:
        with pytest.raises(UnicodeDecodeError):
            data.decode()
    else:
        assert b"".join(line.raw for line in lines).translate(None, b"\r") == data.removeprefix(
            BOM
        ).translate(None, b"\r\n")
        assert [line.number for line in lines] == list(range(len(lines)))


# Bytes kept

words = st.one_of(
    st.sampled_from(["x", "X", "(A)", "(b)", "2026-11-23", "2026-02-30", "due:2026-12-01", "due:x", "pri:A"]),
    st.sampled_from(
        ["+p", "@c", "+", "k:v", "https://e.org/?q=1", "Z\u00fcrich", "\U0001f600", "\ufeff", "\u202e"]
    ),
    st.sampled_from(["\x00", "\x1b[2J", "\r", "\u2028", ""]),
)
some_lines = st.lists(words, max_size=5).flatmap(
    lambda them: st.sampled_from([" ", "  ", "\t"]).map(lambda space: space.join(them))
) | st.text(max_size=6).map(lambda text: text.replace("\n", ""))
ends = st.sampled_from(["\n", "\n", "\r\n"])


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
    body = todo.removeprefix(BOM)
    start = 0
    for number, line in enumerate(body.split(b"\n")[: len(raw_lines(todo))]):
        end = min(start + len(line) + 1, len(body))
        rest = body[:start] + body[end:]
        # What is left must not start with a character that would be taken for the mark.
        mark = BOM if todo.startswith(BOM) or rest.startswith(BOM) else b""
        assert without(todo, {number}) == mark + rest
        start = end


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
    ],
)
def test_a_moved_line_ends_as_its_new_file_does(done: bytes, after: bytes) -> None:
    assert with_lines(done, [b"x two"], b"\r\n") == after


def test_a_carriage_return_of_a_line_is_kept() -> None:
    assert raw_lines(with_lines(b"a\r", [b"x b\r"], b"\n")) == [b"a\r", b"x b\r"]


def test_a_line_that_starts_with_a_mark_is_kept() -> None:
    todo = b"x a\n" + BOM + b"x b\n"
    assert raw_lines(without(todo, {0})) == [BOM + b"x b"]
    assert raw_lines(with_lines(b"", [BOM + b"x b"], b"\n")) == [BOM + b"x b"]
    assert without(BOM + todo, {0}) == BOM + BOM + b"x b\n"


@pytest.mark.parametrize(
    ("data", "newline"),
    [(b"", None), (b"a", None), (b"a\n", b"\n"), (b"a\r\nb\n", b"\r\n"), (b"\n\r\n", b"\n")],
)
def test_the_first_line_shows_how_lines_end(data: bytes, newline: bytes | None) -> None:
    assert newline_of(data) == newline


@example(number=0, text="x 2026-11-23 (A) due:2026-12-01 due:2026-12-01 pri:A")
@given(st.integers(0, 10**6), some_lines.filter(lambda text: text.strip() != ""))
def test_a_task_depends_on_its_line_alone(number: int, text: str) -> None:
    task = freeze_object(task_of(text, number))
    assert view(task, Task).done == text.startswith("x ")
    assert {**to_plain(task), "line": 0} == {**to_plain(freeze_object(task_of(text, 0)))}
