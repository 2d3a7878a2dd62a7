"""Measures tier2 beside other ways to do the same work, and prints how much of their time it takes, as Markdown.

    cd tools
    python -m bench                      all rows, in about four minutes
    python -m bench --only decode        the rows whose names contain "decode"
    python -m bench --fast               fewer rounds: whether it works, not how fast it is
    python -m bench -o FILE              keeps all values, for `python -m pyperf compare_to`

1. pyperf runs each way in processes of its own, finds how often to repeat it, and warms it up.
2. The ways of a row take turns, in rounds of another order each. A ratio is taken within a round, so what slows the
   machine down for some seconds slows both sides. Shown are the median of the rounds, the least and the most.
3. It measures and tests nothing: the exit code is always 0. tests/repo/test_bench.py tests that all ways of
   a row give the same answer and that the floor is no lower than the result allows.
"""

import argparse
import contextlib
import functools
import io
import os
import platform
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyperf
from bench.documents import write_batch
from bench.measuring import Command, Held, Row, Way, bytes_held, command_seconds, seconds
from bench.rows import BATCH_LINES, ENCODERS, MISSING, rows
from bench.table import comparisons, table


def main() -> None:
    runner: Any = pyperf.Runner(program_args=("-m", "bench"), min_time=0.005, add_cmdline_args=_pass_on)
    parser = runner.argparser
    parser.description, parser.formatter_class = __doc__, argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", default="", metavar="TEXT", help="the rows whose names contain this")
    parser.add_argument("--rounds", type=int, default=7, help="of a row, at most (default: 7; 2 with --fast)")
    parser.add_argument("--batch", type=Path, help=argparse.SUPPRESS)
    options = runner.parse_args()
    if options.worker:
        for row in chosen_rows(options):
            measured(runner, row)
        return
    with tempfile.TemporaryDirectory() as folder:
        options.batch = Path(folder, "batch.ndjson")
        write_batch(options.batch, BATCH_LINES)
        options.rounds = 2 if options.fast else options.rounds
        options.processes, options.quiet = 1, True
        lines: list[Sequence[str]] = [("work", "beside it", "tier2", "the other", "tier2 takes")]
        for row in chosen_rows(options):
            print(row.work, "...", file=sys.stderr, flush=True)
            found = measured(runner, row)
            samples = {name: [one.median() for one in rounds] for name, rounds in found.items()}
            shown = next(iter(found.values()))[0].format_value
            lines += comparisons(row, samples, shown)
    print("\n".join([*heading(), "", *table(lines)]))


def _pass_on(command: list[str], options: Any) -> None:
    """Gives a worker process the arguments with which it finds its task among the same rows and rounds."""
    command += ["--only", options.only, "--rounds", str(options.rounds), "--batch", str(options.batch)]


def chosen_rows(options: Any) -> list[Row]:
    """The rows that are asked for, each with at most as many rounds."""
    return [
        row._replace(rounds=min(row.rounds, options.rounds))
        for row in rows(options.batch)
        if options.only in row.work
    ]


def measured(runner: Any, row: Row) -> dict[str, list[Any]]:
    """For each way its benchmarks, round by round; in a worker, nothing but the one that it was started for."""
    found: dict[str, list[Any]] = {name: [] for name in row.ways}
    loops = dict.fromkeys(row.ways, row.loops)
    for number in range(row.rounds):
        chance = random.Random(f"{row.work} {number}")  # noqa: S311 - an order, not a secret
        for name in chance.sample(list(row.ways), len(row.ways)):
            if not runner.args.worker:
                runner.args.values, runner.args.warmups = row.values, row.warmups
                runner.args.loops = loops[name]
            with contextlib.redirect_stdout(io.StringIO()):  # pyperf prints each round
                benchmark = run(runner, f"{row.work}: {name}, round {number}", row.ways[name])
            if benchmark is not None and not runner.args.worker:
                found[name].append(benchmark)
                loops[name] = benchmark.get_loops()
    return found


def run(runner: Any, name: str, way: Way) -> Any:
    """The benchmark of a way; None in a worker that was started for another one."""
    match way:
        case Command(arguments, by_clock=True):
            return runner.bench_command(name, list(arguments))
        case Command(arguments):
            return runner.bench_time_func(name, lambda loops: command_seconds(arguments, loops))
        case Held(make):
            return runner.bench_time_func(name, lambda _: bytes_held(make), metadata={"unit": "byte"})
        case _:
            task = functools.cache(way)
            return runner.bench_time_func(name, lambda loops: seconds(task(), loops))


def heading() -> Iterator[str]:
    """The machine, the Python and the peers, and how to read the numbers."""
    installed = [f"{name} {version(name)}" for name in ("msgspec", *ENCODERS) if name not in MISSING]
    yield f"- Machine: {platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"
    yield f"- Python {platform.python_version()}, tier2 {version('tier2-workflows')}, {', '.join(installed)}"
    yield from (f"- {name} is not installed, and so not measured" for name in MISSING)
    yield "- Each figure: the median of all rounds (the least to the most); compared within each round."


if __name__ == "__main__":
    main()
