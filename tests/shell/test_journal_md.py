"""Does the journal stay a person's own file, with one section for each day in it?"""

import re
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tier2.contracts.v1 import JournalEntry
from tier2.escaping import escaped
from tier2.shell.errors import InputError
from tier2.shell.worlds.daily_loop.journal_md import LABELS, LISTED, check_journal, shown, with_entry
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
    """The journal with the entry."""
    return with_entry(journal.encode(), of or entry()).decode()


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
    assert with_entry(before, entry()) == before + f"\n\n{SECTION}".replace("\n", "\r\n").encode()


def test_lists_without_items_say_so() -> None:
    empty = "Completed yesterday:\n- nothing\n\nCarried over:\n- nothing\n\nPriorities:\n- nothing\n"
    assert written("", JournalEntry(date=DAY)) == f"## {DAY}\n\n{empty}"


def test_of_a_long_list_the_first_are_named() -> None:
    many = tuple(f"t{number}" for number in range(LISTED + 5))
    text = written("", JournalEntry(date=DAY, carried_over=many))
    assert text.count("\n- t") == LISTED
    assert f"- t{LISTED - 1}\n- and 5 more\n\nPriorities:" in text
    assert "more" not in written("", JournalEntry(date=DAY, carried_over=many[:LISTED]))
    assert with_entry(text.encode(), later()).decode() == f"## {DAY}\n\n{LATER}"


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


def test_the_whole_block_of_the_day_is_replaced() -> None:
    """A task may have been reworded since: its old text must not stay as if a person had written it."""
    before = SECTION.replace("Mend", "Mend the roof") + "\nnotes\n"
    assert written(before) == f"{SECTION}\nnotes\n"
    assert written(before, later()) == f"## {DAY}\n\n{LATER}\nnotes\n"


def test_an_item_in_another_form_ends_the_block() -> None:
    own = "- mine\n1. first\n"
    assert written(SECTION + own, later()) == f"## {DAY}\n\n{LATER}\n{own}"
    assert written(SECTION + "5. fifth\n", later()) == f"## {DAY}\n\n{LATER}\n5. fifth\n"


@pytest.mark.parametrize("heading", [f"## {DAY} ##", f"  ##   {DAY}", f"##\t{DAY}  "])
def test_a_heading_in_any_form_is_that_of_its_day(heading: str) -> None:
    assert written(f"{heading}\n\n{BLOCK}", later()) == f"{heading}\n\n{LATER}"


@pytest.mark.parametrize("ends", [("\r\n", "\n"), ("\n", "\r\n"), ("\r", "\n"), ("\n", "\r")])
def test_mixed_line_ends_stay_when_nothing_else_changes(ends: tuple[str, str]) -> None:
    first, other = ends
    before = f"# Mine{first}{SECTION.replace(chr(10), other)}notes{first}"
    assert written(before) == before
    section = f"## {DAY}\n\n{LATER}\n".replace("\n", other)
    assert written(before, later()) == f"# Mine{first}{section}notes{first}"
    assert written(written(before, later()), later()) == written(before, later())


# Code and HTML


HIDING = [
    ("```", "```"),
    ("~~~~ text", "~~~~~"),
    ("  ```python", "   ```"),
    ("- ```", "  ```"),
    ("1.  - ~~~", "      ~~~"),
    ("<!-- an old", "day -->"),
    ("<pre>", "</PRE>"),
    ("<div>", ""),
    ("<?php", "?>"),
    ("<my-note at='dawn' open>", ""),
    ("</my-note>", ""),
]


@pytest.mark.parametrize(("start", "end"), HIDING)
def test_a_heading_in_code_or_html_is_no_heading(start: str, end: str) -> None:
    indent = " " * (6 if "1." in start else 2 if start.startswith("-") else 0)
    hidden = f"# Mine\n\n{start}\n{indent}## {DAY}\n{indent}{LABELS[0]}\n{end}\n"
    gap = "\n" if end else ""
    assert written(hidden) == f"{hidden}{gap}{SECTION}"
    inside = f"{SECTION}\n{start}\n{indent}## 2026-11-25\n{end}\n{BLOCK}"
    assert written(inside, later()) == inside.replace(BLOCK, LATER, 1)
    before = f"## {DAY}\n\n{start}\n{indent}{LABELS[0]}\n{end}\n\n{BLOCK}"
    assert written(before, later()) == before.replace(BLOCK, LATER)


@pytest.mark.parametrize(
    "line",
    [
        "`` `` `` ``",
        "```not` code",
        "    ```",
        "text ```",
        "<b>bold</b>",
        "a <!-- b",
        "text\n<my-note>",
        "<my-note",
        "<5>",
    ],
)
def test_what_begins_no_code_hides_no_heading(line: str) -> None:
    before = f"{line}\n## {DAY}\n"
    assert written(before) == f"{line}\n{SECTION}"


def test_code_in_a_list_ends_with_the_list() -> None:
    assert written(f"- ```\n  code\n## {DAY}\n") == f"- ```\n  code\n{SECTION}"


@pytest.mark.parametrize("start", ["```", "~~~", "<!--", "- ```", "<script>"])
def test_code_that_never_ends_is_refused(start: str) -> None:
    data = f"# Mine\r\n{start}\r\n  notes\n".encode()
    with pytest.raises(
        InputError, match=r"a/journal.md: line 2 begins a block of code or HTML that never ends"
    ):
        check_journal(data, "a/journal.md")


@pytest.mark.parametrize("text", ["", "```\n```\n", "a < b", "<div>\nnotes", "<!-- a --> b\n~~~ x\n~~~\n"])
def test_code_that_ends_is_accepted(text: str) -> None:
    check_journal(text.encode(), "journal.md")


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
        ("*roof*", "\\*roof\\*"),
        ("snake_case _now_", "snake_case \\_now\\_"),
        ("---", "\\---"),
        ("-5 degrees", "-5 degrees"),
        ("Tom & Ana &amp; Bo", "Tom & Ana \\&amp; Bo"),
        ("![x](y) [a]: http://e", "!\\[x](y) \\[a]: http://e"),
        ("<!-- x", "\\<!-- x"),
        ("C:\\new \\* \\", "C:\\new \\\\\\* \\\\"),
        ("> Mend", "\\> Mend"),
        ("```", "\\`\\`\\`"),
        ("~~~", "\\~\\~\\~"),
        ("~5 minutes", "\\~5 minutes"),
        ("in ~5", "in ~5"),
        ("1. Mend", "1\\. Mend"),
        ("12) Mend", "12\\) Mend"),
        ("3.5 litres", "3.5 litres"),
        ("", "(a task without words)"),
        (" \n ", "(a task without words)"),
        ("one\n## two\r\nthree", "one ## two three"),
        ("\x1b[2J\u202e", "\\u001b\\[2J\\u202e"),
    ],
)
def test_a_task_is_one_escaped_line_without_markup(text: str, item: str) -> None:
    assert shown(text) == item


@given(st.text() | st.text(alphabet="`*_[]()<>!&#~-+=1.;:\\\\ ax\n"))
@example("`a` **b** __c__ [d](e) <f> &lt; \\\\ ~~g~~ https://e.org/_h_")
@example("[a]: http://e")
@example("* * *")
@example("<script>alert(1)</script>")
@example("a\\")
def test_commonmark_shows_the_text_of_any_task(text: str) -> None:
    day = JournalEntry(date=DAY, completed=(text,), carried_over=(text,), priorities=(text,))
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(with_entry(b"", day).decode())
    opened = [token.tag for token in parsed if token.nesting == 1 and token.tag not in ("li", "p")]
    assert opened == ["h2", "ul", "ul", "ol"]
    _, _, completed, _, carried_over, _, priority = [token for token in parsed if token.type == "inline"]
    for inline in (completed, carried_over, priority):
        children = inline.children or []
        assert {child.type for child in children} <= {"text", "text_special"}
        shows = "".join(child.content for child in children)
        assert shows == (escaped(" ".join(text.split())) or "(a task without words)")


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
    | st.text(st.characters(exclude_characters="<`~"), max_size=5),  # no code that never ends
    max_size=12,
)


@st.composite
def journals(draw: st.DrawFn) -> bytes:
    """A person's own journal, of lines that look like ours."""
    end: str = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    last: str = draw(st.sampled_from(["", end]))
    mark: bytes = draw(st.sampled_from([b"", BOM]))
    return mark + (end.join(line.replace("\n", "") for line in draw(own_lines)) + last).encode()


def stripped(data: bytes) -> Counter[str]:
    """The lines that say something, however they end."""
    return Counter(line.decode().rstrip("\r") for line in raw_lines(data) if line.strip())


@given(journals(), entries)
def test_no_line_outside_the_block_is_lost(before: bytes, day: JournalEntry) -> None:
    after = with_entry(before, day)
    lost = stripped(before) - stripped(after)
    assert all(re.fullmatch(r"- .*|[0-9]+\. .*", line) or line in LABELS for line in lost)
    if not set(LABELS) <= set(stripped(before)):
        assert not lost


@given(journals(), entries)
def test_an_entry_written_twice_is_written_once(before: bytes, day: JournalEntry) -> None:
    once = with_entry(before, day)
    assert with_entry(once, day) == once


@given(st.lists(entries, max_size=6))
def test_a_journal_has_one_section_for_each_day(days: list[JournalEntry]) -> None:
    journal = b""
    for day in days:
        journal = with_entry(journal, day)
    headings = [line for line in raw_lines(journal) if line.startswith(b"#")]
    assert Counter(headings) == Counter({f"## {day.date}".encode() for day in days})
