"""The table that the benchmark prints: our way beside each other one, in a Markdown table."""

import operator
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from bench.measuring import Row


def comparisons(
    row: Row, samples: Mapping[str, Sequence[float]], shown: Callable[[float], str]
) -> Iterator[Sequence[str]]:
    """The lines of a row. Ratios and differences are taken within a round, then their spread over all rounds."""
    ours, *peers = row.ways
    compare, written, word = (
        (operator.sub, shown, "more") if row.by_difference else (operator.truediv, ratio, "times")
    )
    for peer in peers:
        compared = list(map(compare, samples[ours], samples[peer]))
        takes = f"{spread(compared, written)} {word}"
        yield row.work, peer, spread(samples[ours], shown), spread(samples[peer], shown), takes


def spread(values: Sequence[float], shown: Callable[[float], str]) -> str:
    """The median, the least and the most."""
    return f"{shown(statistics.median(values))} ({shown(min(values))} to {shown(max(values))})"


def ratio(value: float) -> str:
    """A ratio as people read it; a small one as a fraction."""
    return f"{value:.2f}" if value >= 0.1 else f"1/{1 / value:,.0f}"


def table(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a Markdown table, the first of which is its head; each column is padded to one width."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in (lines[0], ["-" * width for width in widths], *lines[1:]):
        yield f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
