"""The reader of NDJSON: whole lines with their numbers, as they arrive, in bounded memory."""

import io
import os
from pathlib import Path
from typing import cast
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tier2.shell.errors import InputError
from tier2.shell.io import ndjson
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
def test_lines_do_not_depend_on_how_the_input_arrives(parts: list[bytes]) -> None:
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
def test_a_too_long_line_is_kept_just_long_enough(parts: list[bytes], bound: int) -> None:
    whole = b"".join(parts)
    with patch.object(ndjson, "MAX_BYTES", bound):
        found = blocks(parts)
    kept = b"".join(block.text for block in found).split(b"\n")
    assert len(kept) == whole.count(b"\n") + 1
    for text, original in zip(kept, whole.split(b"\n"), strict=True):
        assert text == original if len(original) <= bound else bound < len(text) <= len(original)
        assert original.startswith(text) or len(original) > bound
    assert [block.end for block in found][-1:] == ([len(whole)] if whole else [])


def test_an_endless_line_is_not_held_in_memory() -> None:
    part = b"x" * ndjson.READ_SIZE
    endless = [part] * (3 * MAX_BYTES // len(part)) + [b"\nnext"]
    long, after = (block.text for block in blocks(endless))
    assert MAX_BYTES < len(long) <= MAX_BYTES + len(part) + 1
    assert (long[-1:], after) == (b"\n", b"next")


def test_a_pipe_is_read_without_waiting_for_more() -> None:
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


def test_a_file_has_a_size_and_is_always_ready(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"a\n" * 100_000)
    with opened(str(path)) as source:
        assert (source.size, source.ready) == (200_000, None)
        found = [block for block in source.blocks() if block is not None]
    assert [block.end for block in found] == [
        min(200_000, (i + 1) * ndjson.READ_SIZE) for i in range(len(found))
    ]


def test_unreadable_inputs_are_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none: cannot be read: No such file or directory; give a readable"):
        opened(str(tmp_path / "none")).__enter__()
    with pytest.raises(InputError, match="cannot be read: Is a directory; give a readable"):
        opened(str(tmp_path)).__enter__()
