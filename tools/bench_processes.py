"""The rows about whole processes: how they start, what results take in memory, and batches."""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from bench_documents import ASCII, day
from bench_measure import Aim, Effort, Row

from tier2 import ExecutionContext, MissionSpec, canonical

HERE = Path(__file__).resolve().parent

EXAMPLE = HERE.parent / "contracts" / "examples" / "day.json"

CHILD = [sys.executable, str(HERE / "bench_children.py")]

PROC = Path("/proc/self/smaps_rollup")

NO_PROC = "Nothing measured: the memory of a process is read from Linux's /proc, which is not there."

# Without Python's variables: some of them make each start compile everything anew, as no user's does.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def command(*arguments: str) -> list[str]:
    """The installed command, or the same as a module where no script lies beside the interpreter."""
    script = Path(sys.executable).with_name("tier2")
    return [str(script), *arguments] if script.exists() else [sys.executable, "-m", "tier2", *arguments]


def start_rows(effort: Effort) -> Iterator[Row | str]:
    """Imports and short commands in fresh interpreters: the time from start to end."""
    python = [sys.executable, "-c"]
    commands = {
        "python -c pass": [*python, "pass"],
        "import msgspec": [*python, "import msgspec"],
        "import tier2": [*python, "import tier2"],
        "tier2 --help": command("--help"),
        "tier2 hash of a small file": command("hash", str(EXAMPLE)),
    }
    starts = Row("starts", "import tier2", started(commands, effort.starts))
    yield starts.only("import", "import tier2", ["import msgspec"], [Aim("import msgspec", "more", 0.015)])
    for name in ("tier2 --help", "tier2 hash of a small file"):
        yield starts.only("command", name, ["python -c pass"], [Aim("python -c pass", "more", 0.060)])


def started(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[float]]:
    """How long each command takes, in rounds of another order each; one round before them is the warm-up."""
    chance = random.Random(rounds)  # noqa: S311 - an order, not a secret
    samples: dict[str, list[float]] = {name: [] for name in commands}
    for count in range(rounds + 1):
        for name in chance.sample(list(commands), len(commands)):
            begin = time.perf_counter()
            subprocess.run(commands[name], env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
            if count:
                samples[name].append(time.perf_counter() - begin)
    return samples


def memory_rows(effort: Effort) -> Iterator[Row | str]:
    """Results of daily loops over three tasks, held at once in a fresh process: resident memory for each result."""
    yield (
        f"{effort.results} results, each from a mission and a state of its own; only the results are held. The plain"
        " way's carry no receipt and no lineage; beside them, dataclasses with the same members as tier2's results."
    )
    if not PROC.exists():
        yield NO_PROC
        return
    kinds = {"tier2": "tier2", "plain dataclasses, same members": "same", "the plain way": "plain"}
    samples: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(effort.batches):
        for name, kind in kinds.items():
            program = [*CHILD, "held", kind, str(effort.results)]
            done = subprocess.run(program, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True)
            samples[name].append(int(done.stdout) / effort.results)
    aims = [Aim(name, "times", 1) for name in kinds if name != "tier2"]
    yield Row("memory of a result that is held", "tier2", samples, aims, unit="B")


class Ran(NamedTuple):
    """What running a batch came to."""

    seconds: float
    peak: float  # bytes, of all its processes together
    sha256: str  # of its output


def batch_rows(effort: Effort) -> Iterator[Row | str]:
    """``tier2 batch`` over seeded lines in a file, beside a plain loop over the same lines in one process."""
    if not PROC.exists():
        yield NO_PROC
        return
    if not has_batch():
        yield "`tier2 batch` is not there yet: nothing measured."
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, tenth = folder / "whole.ndjson", folder / "tenth.ndjson"
        write_lines(whole, effort.lines)
        write_lines(tenth, max(1, effort.lines // 10))
        yield (
            f"{effort.lines} lines, {whole.stat().st_size / 1e6:.1f} MB. All three have to give the same bytes, so"
            " order and content are checked. Memory: the largest sum of the processes' own parts (Pss), sampled."
        )
        yield from batch_measured(whole, tenth, effort, folder / "out")


def has_batch() -> bool:
    done = subprocess.run(command("batch", "--help"), env=ENVIRONMENT, capture_output=True, check=False)
    return done.returncode == 0


def write_lines(file: Path, count: int) -> None:
    """Seeded lines for a batch: daily loops, short and long, and echoes, each of which carries its number."""
    chance = random.Random(count)  # noqa: S311 - test data
    days = [day(tasks) for tasks in range(6)]
    loops = [{"requested_steps": steps, "requested_human_steps": steps % 2} for steps in range(1, 6)]
    with file.open("wb") as lines:
        for number in range(count):
            echo = chance.random() < 0.1
            mission = (
                MissionSpec(type="echo")
                if echo
                else MissionSpec(type="daily_loop", params=chance.choice(loops))
            )
            state = {**chance.choice(days), "line": number, "note": " ".join(chance.choices(ASCII, k=5))}
            context = ExecutionContext(initial_state=state)
            lines.write(canonical({"mission": mission.to_dict(), "context": context.to_dict()}) + b"\n")


def batch_measured(whole: Path, tenth: Path, effort: Effort, out: Path) -> Iterator[Row]:
    two, one, plain, small = (
        "tier2 batch --jobs 2",
        "tier2 batch --jobs 1",
        "a plain loop",
        "a tenth, --jobs 2",
    )
    commands = {
        two: command("batch", "--jobs", "2", str(whole)),
        one: command("batch", "--jobs", "1", str(whole)),
        plain: [*CHILD, "loop", str(whole)],
        small: command("batch", "--jobs", "2", str(tenth)),
    }
    runs: dict[str, list[Ran]] = {name: [] for name in commands}
    for _ in range(effort.batches):
        for name, arguments in commands.items():
            runs[name].append(ran(arguments, out))
            if name == two:
                check_order(out, effort.lines)
    different = {run.sha256 for name in (two, one, plain) for run in runs[name]}
    assert len(different) == 1, "the batches and the loop give different bytes"
    seconds = {name: [run.seconds / effort.lines for run in found] for name, found in runs.items()}
    times = Row("batch", two, seconds)
    yield times.only("batch, a line", two, [one, plain], [Aim(one, "faster", 1.8)])
    yield times.only("", one, [plain])
    peaks = Row("batch", two, {name: [run.peak for run in found] for name, found in runs.items()}, unit="B")
    yield peaks.only("batch, peak memory", two, [small, one, plain], [Aim(small, "times", 1.2)])


def ran(arguments: Sequence[str], out: Path) -> Ran:
    """Runs a command to its end, its output going to a file, and looks at its memory now and then."""
    peak = 0
    begin = time.perf_counter()
    with out.open("wb") as output, subprocess.Popen(arguments, env=ENVIRONMENT, stdout=output) as process:
        while True:
            try:
                code = process.wait(PAUSE)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, sum(map(proportional, tree(process.pid))))
    seconds = time.perf_counter() - begin
    assert code == 0, f"exit code {code} from {' '.join(arguments)}"
    with out.open("rb") as written:
        return Ran(seconds, peak, hashlib.file_digest(written, "sha256").hexdigest())


PAUSE = 0.05
"""How many seconds lie between two looks at the memory."""


def tree(process: int) -> Iterator[int]:
    """A process and all that descend from it; none of those that have ended meanwhile."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text("ascii").split():
                yield from tree(int(child))


def proportional(process: int) -> int:
    """A process's part of the memory in bytes: what it shares with others counts in parts (Linux, Pss)."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def check_order(out: Path, count: int) -> None:
    """Stops everything unless the n-th result is that of the n-th line."""
    with out.open("rb") as results:
        numbers = [json.loads(line)["final_state"]["line"] for line in results]
    assert numbers == list(range(count)), "the results are not in the order of their lines"
