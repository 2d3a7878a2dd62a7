"""The difference of two versions of a file as people know it from ``diff -u``, in linear time."""

from collections.abc import Sequence
from itertools import groupby

_CONTEXT = 3
"""How many lines that stay are shown around those that change."""


def unified_diff(name: str, old: bytes | None, new: bytes) -> list[str]:
    """The lines of the difference; ``old`` is None for a file that is not there."""
    edits = _edits([] if old is None else _lines(old), _lines(new))
    near = {
        place + step
        for place, (sign, _) in enumerate(edits)
        if sign != " "
        for step in range(-_CONTEXT, _CONTEXT + 1)
    }
    lines = [f"--- {'/dev/null' if old is None else name}", f"+++ {name}"]
    first, second = 1, 1
    for shown, group in groupby(enumerate(edits), lambda edit: edit[0] in near):
        hunk = [edit for _, edit in group]
        less = sum(sign != "+" for sign, _ in hunk)
        more = sum(sign != "-" for sign, _ in hunk)
        if shown:
            lines.append(f"@@ -{_range(first, less)} +{_range(second, more)} @@")
            lines += [sign + line for sign, line in hunk]
        first, second = first + less, second + more
    return lines


def _lines(data: bytes) -> list[str]:
    """The lines of a file without their ends, and without a byte order mark."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    return [line.decode(errors="backslashreplace") for line in text.splitlines()]


def _range(start: int, length: int) -> str:
    # Of no lines, diff names the line before them.
    return f"{start if length else start - 1},{length}"


def _edits(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    """Each line of both files with its sign: shared ends are kept, and what is only taken out is seen so."""
    head = next(
        (i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    room = min(len(old), len(new)) - head
    pairs = zip(reversed(old), reversed(new), strict=False)
    tail = next((i for i, (a, b) in enumerate(pairs) if a != b or i == room), room)
    taken, put = old[head : len(old) - tail], new[head : len(new) - tail]
    middle: list[tuple[str, str]] = []
    kept = 0
    for line in taken:
        same = kept < len(put) and line == put[kept]
        middle.append((" " if same else "-", line))
        kept += same
    if kept < len(put):
        middle = [*(("-", line) for line in taken), *(("+", line) for line in put)]
    return [
        *((" ", line) for line in old[:head]),
        *middle,
        *((" ", line) for line in old[len(old) - tail :]),
    ]
