"""What `bench` prints: Markdown tables that can be read on a terminal too, with a heading that says how."""

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bench_measure import Aim, Effort, Row, Spread, ratios, spread

COLUMNS = ("work", "who", "takes", "tier2 takes of it", "aim", "verdict")


def heading(versions: Mapping[str, str | None], effort: Effort) -> str:
    """The machine, the Python and the peers, and how the numbers are to be read."""
    peers = ", ".join(f"{name} {version or 'MISSING'}" for name, version in versions.items())
    load = os.getloadavg()[0]
    rounds = f"{effort.least} to {effort.most} rounds, {effort.starts} of starts, {effort.batches} of batches"
    return "\n".join(
        [
            "# Benchmark",
            "",
            f"- Machine: {processor()}, {os.cpu_count()} cores, load {load:.1f} at the start; {platform.platform()}",
            f"- Python: {platform.python_implementation()} {platform.python_version()}, {platform.python_compiler()}",
            f"- Peers: {peers}",
            f"- Each number: the median (10th to 90th percentile) of {rounds}; ratios are taken within a round.",
            "- Time inside this process: the thread's CPU time, with the garbage collector off. Of others: the clock.",
        ]
    )


def processor() -> str:
    """The processor's name, where the system tells it."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text("utf-8").splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def table(rows: Sequence[Row]) -> str:
    """The rows as one Markdown table, its columns of one width each."""
    cells = [COLUMNS, *(line for row in rows for line in _lines(row))]
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
    padded = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in cells
    ]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([padded[0], rule, *padded[1:]])


def _lines(row: Row) -> Iterator[tuple[str, ...]]:
    """Ours first, then each peer beside it with its aims; peers that are not there last."""
    scale = {"s": _duration, "B": _size}[row.unit]
    yield row.work, row.ours, _three(spread(row.samples[row.ours]), scale), "", "", ""
    for peer, samples in row.samples.items():
        if peer == row.ours:
            continue
        aims = [aim for aim in row.aims if aim.peer == peer]
        ratio = f"{_three(spread(ratios(row.samples[row.ours], samples)), _times)} x"
        yield (
            "",
            peer,
            _three(spread(samples), scale),
            ratio,
            "; ".join(_aim(aim, row.unit) for aim in aims),
            "; ".join(_verdict(aim, row) for aim in aims),
        )
    for peer in row.missing:
        aims = [aim for aim in row.aims if aim.peer == peer]
        yield "", peer, "not installed", "", "; ".join(_aim(aim, row.unit) for aim in aims), "not measured"


def _verdict(aim: Aim, row: Row) -> str:
    if aim.how == "times":
        return aim.verdict(row.samples, row.ours)
    scale = _times if aim.how == "faster" else {"s": _duration, "B": _size}[row.unit]
    found = _three(spread(aim.values(row.samples, row.ours)), scale)
    return f"{aim.verdict(row.samples, row.ours)}: {found}{' x' if aim.how == 'faster' else ' more'}"


def _aim(aim: Aim, unit: str) -> str:
    if aim.how == "times":
        return f"at most {aim.bound:g} x" if aim.bound != 1 else "less"
    if aim.how == "faster":
        return f"{aim.bound:g} x faster"
    return f"at most {(_duration if unit == 's' else _size)(aim.bound)} more"


def _three(values: Spread, scale: Callable[[float], str]) -> str:
    return f"{scale(values.median)} ({scale(values.low)} to {scale(values.high)})"


def _times(ratio: float) -> str:
    if 0 < ratio < 0.1:
        return f"1/{_digits(1 / ratio)}"
    return f"{ratio:.2f}" if ratio < 10 else _digits(ratio)


def _duration(seconds: float) -> str:
    for unit, least in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if abs(seconds) >= least:
            return f"{_digits(seconds / least)} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def _size(count: float) -> str:
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(count) >= least:
            return f"{_digits(count / least)} {unit}"
    return f"{count:.0f} B"


def _digits(number: float) -> str:
    """Three digits, which is more than the spread leaves certain."""
    size = abs(number)
    return f"{number:.0f}" if size >= 100 else f"{number:.1f}" if size >= 10 else f"{number:.2f}"
