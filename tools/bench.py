"""Measures tier2 beside named peers, on the same work in the same run, and prints the ratios with their spread.

    python tools/bench.py                          all sections, in about eight minutes
    python tools/bench.py freeze daily             some of them
    python tools/bench.py batch --lines 1000000    a batch as large as is promised
    python tools/bench.py --quick                  few rounds: whether it works, not how fast it is

It measures, it does not test: whatever it finds, the exit code is 0. How it measures stands in `bench_measure`.
"""

import argparse
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import bench_peers
from bench_measure import QUICK, Effort, Row
from bench_processes import batch_rows, memory_rows, start_rows
from bench_runs import daily_rows, step_rows
from bench_table import heading, table
from bench_values import canonical_rows, decode_rows, freeze_rows

Section: TypeAlias = Callable[[Effort], Iterator[Row | str]]

SECTIONS: Mapping[str, Section] = {
    "canonical": canonical_rows,
    "freeze": freeze_rows,
    "decode": decode_rows,
    "daily": daily_rows,
    "step": step_rows,
    "batch": batch_rows,
    "start": start_rows,
    "memory": memory_rows,
}


def printed(name: str, effort: Effort) -> str:
    """A section as Markdown: what it measures, its notes, and its table."""
    section = SECTIONS[name]
    found = list(section(effort))
    notes = [item for item in found if isinstance(item, str)]
    rows = [item for item in found if isinstance(item, Row)]
    parts = [f"## {name}", inspect.getdoc(section) or "", *notes]
    return "\n\n".join([*parts, table(rows)] if rows else parts)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure tier2 beside its peers; print a table in Markdown.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; or all")
    parser.add_argument("--quick", action="store_true", help="few rounds, a small batch")
    parser.add_argument(
        "--lines", type=_count, metavar="N", help=f"of the batch; {Effort().lines} if not given"
    )
    parser.add_argument(
        "--results", type=_count, metavar="N", help=f"held in memory; {Effort().results} if not given"
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"no section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
    effort = QUICK if options.quick else Effort()
    effort = effort._replace(lines=options.lines or effort.lines, results=options.results or effort.results)
    print(heading(bench_peers.versions(), effort), flush=True)
    for name in options.sections or SECTIONS:
        print(f"\n{printed(name, effort)}", flush=True)
    return 0


def _count(text: str) -> int:
    if text.isdecimal() and int(text) >= 10:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number from 10 on")


if __name__ == "__main__":
    sys.exit(main())
