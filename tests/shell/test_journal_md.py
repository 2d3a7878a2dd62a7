"""Does the journal stay a person's own file, with one section for each day in it?"""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UnsetType

from tier2.contracts.v1 import JournalEntry
from tier2.shell.worlds.daily_loop.journal_md import LABELS, LISTED, shown, with_entry
from tier2.shell.worlds.daily_loop.todo_txt import BOM, raw_lines

DAY = "2026-11-24"
BLOCK = "Completed yesterday:\n- Oil\n\nCarried over:\n- Mend\n- Call\n\nPriorities:\n1. Call\n2. Mend\n"
SECTION = f"## {DAY}\n\n{BLOCK}"
TASKS = ["Oil", "Mend", "Call"]
LATER = "Completed yesterday:\n- Oil\n- Wash\n\nCarried over:\n- nothing\n\nPriorities:\n- nothing\n"


def entry(day: str = DAY) -> JournalEntry:
    return JournalEntry(
        date=day, completed=("Oil",), carried_over=("Mend", "Call"), priorities=("Call", "Mend")
    )


def later() -> JournalEntry:
    return JournalEntry(date=DAY, completed=("Oil", "Wash"), carried_over=(), priorities=())


def written(journal: str, of: JournalEntry | None = None) -> str:
    """The journal with the entry, every task of which is known."""
    return with_entry(journal.encode(), of or entry(), lambda: TASKS).decode()


# A new section


@pytest.mark.parametrize(
    ("before", "gap"),
    [
        ("", ""),
        ("\n", ""),
        ("# Mine\n", "\n"),
        ("# Mine\n\n", ""),
        ("# Mine", "\n\n"),
        ("## 2026-11-23\n\nnotes\n", "\n"),
        ("### 2026-11-24\n", "\n"),
        ("I wrote ## 2026-11-24\n", "\n"),
        ("## 2026-11-240\n", "\n"),
        ("## 2026-11-24, a Tuesday\n", "\n"),
    ],
)
def test_the_section_of_a_new_day_comes_last(before: str, gap: str) -> None:
    assert written(before) == before + gap + SECTION


def test_a_journal_keeps_its_line_ends_and_its_mark() -> None:
    before = BOM + b"# Mine\r\nnotes"
    assert (
        with_entry(before, entry(), lambda: TASKS) == before + f"\n\n{SECTION}".replace("\n", "\r\n").encode()
    )


def test_lists_without_items_say_so() -> None:
    empty = "Completed yesterday:\n- nothing\n\nCarried over:\n- nothing\n\nPriorities:\n- nothing\n"
    assert written("", JournalEntry(date=DAY)) == f"## {DAY}\n\n{empty}"


def test_of_a_long_list_the_first_are_named() -> None:
    many = tuple(f"t{number}" for number in range(LISTED + 5))
    text = written("", JournalEntry(date=DAY, carried_over=many))
    assert text.count("\n- t") == LISTED
    assert f"- t{LISTED - 1}\n- and 5 more\n\nPriorities:" in text
    assert "more" not in written("", JournalEntry(date=DAY, carried_over=many[:LISTED]))
    assert with_entry(text.encode(), later(), lambda: many).decode() == f"## {DAY}\n\n{LATER}"


# A section that is there


def test_the_same_entry_again_changes_no_byte() -> None:
    assert written(written("# Mine")) == written("# Mine")


def test_the_block_is_replaced_where_it_stands() -> None:
    before = f"# Mine\n\n{SECTION}\nA good day.\n\n## 2026-11-25\n\nlater\n"
    assert (
        written(before, later()) == f"# Mine\n\n## {DAY}\n\n{LATER}\nA good day.\n\n## 2026-11-25\n\nlater\n"
    )


def test_text_of_a_person_around_the_block_stays() -> None:
    before = f"## {DAY}  \nRain.\n\n{BLOCK}- mine\n1. first\n\n### Evening\n\n- Mend\n"
    assert (
        written(before, later())
        == f"## {DAY}  \nRain.\n\n{LATER}\n- mine\n1. first\n\n### Evening\n\n- Mend\n"
    )


def test_an_item_of_a_person_is_put_after_the_block() -> None:
    before = SECTION.replace("- Mend\n", "- Mend\n- Mend, with Ana\n") + "\nnotes\n"
    assert written(before, later()) == f"## {DAY}\n\n{LATER}\n- Mend, with Ana\n\nnotes\n"
    assert written(written(before, later()), later()) == written(before, later())


def test_a_section_of_a_person_gets_the_block_first() -> None:
    assert written(f"## {DAY}\n\nRain.\n\n## Next\n") == f"{SECTION}\nRain.\n\n## Next\n"
    assert written(f"## {DAY}\nRain.") == f"{SECTION}\nRain."
    assert written(f"## {DAY}\n") == SECTION
    assert written(f"## {DAY}") == SECTION
    assert written(f"## {DAY}\n# Next\n") == f"{SECTION}\n# Next\n"


@pytest.mark.parametrize(
    "own",
    [
        "Priorities:\n1. Call\n",
        "Completed yesterday:\n- Oil\n",
        "Completed yesterday:\n- Oil\n\nPriorities:\n1. Call\n\nCarried over:\n- Mend\n",
        "Completed yesterday:\n\nso much\n\nCarried over:\n\nPriorities:\n",
    ],
)
def test_lists_of_a_person_are_not_the_block(own: str) -> None:
    assert written(f"## {DAY}\n\n{own}", later()) == f"## {DAY}\n\n{LATER}\n{own}"


def test_the_block_is_found_after_a_persons_list() -> None:
    before = f"## {DAY}\n\nCompleted yesterday:\nall of it\n\n{BLOCK}"
    assert written(before, later()) == f"## {DAY}\n\nCompleted yesterday:\nall of it\n\n{LATER}"


def test_of_two_sections_the_first_is_written() -> None:
    assert written(f"{SECTION}\n{SECTION}", later()) == f"## {DAY}\n\n{LATER}\n{SECTION}"


# Texts of tasks


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("Mend the roof", "Mend the roof"),
        ("# Mend", "\\# Mend"),
        ("#roof", "\\#roof"),
        ("- Mend", "\\- Mend"),
        ("* Mend", "\\* Mend"),
        ("+ Mend", "\\+ Mend"),
        ("-", "\\-"),
        ("+roof", "+roof"),
        ("*roof*", "*roof*"),
        ("> Mend", "\\> Mend"),
        ("```", "\\```"),
        ("~~~", "\\~~~"),
        ("1. Mend", "1\\. Mend"),
        ("12) Mend", "12\\) Mend"),
        ("3.5 litres", "3.5 litres"),
        ("", "(a task without words)"),
        (" \n ", "(a task without words)"),
        ("one\n## two\r\nthree", "one ## two three"),
        ("\x1b[2J\u202e", "\\u001b[2J\\u202e"),
    ],
)
def test_a_task_is_one_escaped_line_without_markup(text: str, item: str) -> None:
    assert shown(text) == item


texts = st.text(max_size=8) | st.sampled_from(
    ["# a", "## 2026-11-24", "nothing", "Oil", "Priorities:", "1. x", "\n# b"]
)
entries = st.builds(
    JournalEntry,
    date=st.sampled_from([DAY, "2026-11-25"]),
    completed=st.lists(texts, max_size=3).map(tuple),
    carried_over=st.lists(texts, max_size=3).map(tuple),
    priorities=st.lists(texts, max_size=3).map(tuple),
)
own_lines = st.lists(
    st.sampled_from(
        [
            "",
            "Rain.",
            "- Oil",
            "- mine",
            "1. Call",
            "# Title",
            f"## {DAY}",
            "## 2026-11-25",
            *LABELS,
            "\ufeff",
        ]
    )
    | st.text(max_size=5),
    max_size=12,
)


@st.composite
def journals(draw: st.DrawFn) -> bytes:
    """A person's own journal, of lines that look like ours."""
    end: str = draw(st.sampled_from(["\n", "\r\n"]))
    last: str = draw(st.sampled_from(["", end]))
    mark: bytes = draw(st.sampled_from([b"", BOM]))
    return mark + (end.join(line.replace("\n", "") for line in draw(own_lines)) + last).encode()


def stripped(data: bytes) -> Counter[str]:
    """The lines that say something, however they end."""
    return Counter(line.decode().rstrip("\r") for line in raw_lines(data) if line.strip())


@given(journals(), entries)
def test_no_line_of_a_person_is_lost(before: bytes, day: JournalEntry) -> None:
    after = with_entry(before, day, lambda: TASKS)
    lost = stripped(before) - stripped(after)
    ours = {*LABELS, "- nothing", *(f"{sign} {task}" for task in TASKS for sign in ("-", "1."))}
    assert set(lost) <= ours


def named(day: JournalEntry) -> list[str]:
    """Every task that the entry names."""
    lists = (day.completed, day.carried_over, day.priorities)
    return [text for texts in lists if not isinstance(texts, UnsetType) for text in texts]


@given(journals(), entries)
def test_an_entry_written_twice_is_written_once(before: bytes, day: JournalEntry) -> None:
    once = with_entry(before, day, lambda: named(day))
    assert with_entry(once, day, lambda: named(day)) == once


@given(st.lists(entries, max_size=6))
def test_a_journal_has_one_section_for_each_day(days: list[JournalEntry]) -> None:
    journal = b""
    for day in days:
        journal = with_entry(journal, day, lambda: TASKS)
    headings = [line for line in raw_lines(journal) if line.startswith(b"#")]
    assert Counter(headings) == Counter({f"## {day.date}".encode() for day in days})
