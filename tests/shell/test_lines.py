"""Are the lines of an input read whole, numbered right, as they come, and never more than needed?"""

import io
import os
from pathlib import Path
from typing import cast
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tier2.shell.errors import InputError
from tier2.shell.io import ndjson as lines
from tier2.shell.io.ndjson import Block, Lines, opened
from tier2.values.canonical import MAX_BYTES

pytestmark = pytest.mark.usefixtures("no_hang")


class Parts(io.BytesIO):
    """A file in memory whose reads bring these parts, one at a time."""

    def __init__(self, parts: list[bytes]) -> None:
        super().__init__()
        self._parts = iter([part for part in parts if part])

    def read1(self, _: int | None = -1, /) -> bytes:
        return next(self._parts, b"")


def blocks(parts: list[bytes]) -> list[Block]:
    found = list(Lines("in", Parts(parts)).blocks())
    assert None not in found
    return cast("list[Block]", found)


texts = st.lists(
    st.sampled_from([b"", b"a", b"bb", b"\n", b"\n\n", b"c\n", b"\r\n", b" \n", b"d\ne"]), max_size=12
)


@given(texts)
def test_however_the_input_comes_its_lines_are_the_same_and_have_their_numbers(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    found = blocks(parts)
    numbered = enumerate(whole.split(b"\n"), 1)
    expected = [(number, text) for number, text in numbered if text.strip()]
    assert [line for block in found for line in block.lines()] == expected
    assert b"".join(block.text for block in found) == whole
    assert [block.end for block in found] == [
        sum(len(block.text) for block in found[: i + 1]) for i in range(len(found))
    ]
    assert [block.first for block in found] == [
        whole[: block.end - len(block.text)].count(b"\n") + 1 for block in found
    ]
    assert [block.last for block in found] == [whole[: block.end - 1].count(b"\n") + 1 for block in found]


@given(texts, st.integers(0, 6))
def test_of_a_line_that_is_too_long_as_much_is_kept_as_proves_it(parts: list[bytes], bound: int) -> None:
    whole = b"".join(parts)
    with patch.object(lines, "MAX_BYTES", bound):
        found = blocks(parts)
    kept = b"".join(block.text for block in found).split(b"\n")
    assert len(kept) == whole.count(b"\n") + 1
    for text, original in zip(kept, whole.split(b"\n"), strict=True):
        assert text == original if len(original) <= bound else bound < len(text) <= len(original)
        assert original.startswith(text) or len(original) > bound
    assert [block.end for block in found][-1:] == ([len(whole)] if whole else [])


def test_a_line_without_end_is_not_held_whole() -> None:
    part = b"x" * lines.READ_SIZE
    endless = [part] * (3 * MAX_BYTES // len(part)) + [b"\nnext"]
    long, after = (block.text for block in blocks(endless))
    assert MAX_BYTES < len(long) <= MAX_BYTES + len(part) + 1
    assert (long[-1:], after) == (b"\n", b"next")


def test_a_pipe_is_read_as_far_as_it_is_written_and_no_one_waits_for_the_rest() -> None:
    inlet, outlet = os.pipe()
    with os.fdopen(inlet, "rb") as file:
        source = Lines("in", cast("io.BufferedIOBase", file))
        found = source.blocks()
        assert (source.size, source.ready) == (None, inlet)
        assert next(found) is None
        os.write(outlet, b"a\nb")
        assert next(found) == Block(1, b"a\n", 2)
        assert next(found) is None
        os.write(outlet, b"c\nd")
        os.close(outlet)
        assert list(found) == [Block(2, b"bc\n", 5), Block(3, b"d", 6)]


def test_a_file_has_a_size_and_is_never_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"a\n" * 100_000)
    with opened(str(path)) as source:
        assert (source.size, source.ready) == (200_000, None)
        found = [block for block in source.blocks() if block is not None]
    assert [block.end for block in found] == [
        min(200_000, (i + 1) * lines.READ_SIZE) for i in range(len(found))
    ]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none: cannot be read: No such file or directory; give a readable"):
        opened(str(tmp_path / "none")).__enter__()
    with pytest.raises(InputError, match="cannot be read: Is a directory; give a readable"):
        opened(str(tmp_path)).__enter__()
