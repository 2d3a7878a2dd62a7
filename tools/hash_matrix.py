"""Runs the same missions under every Python found and two hash seeds, and compares the outputs byte for byte.

    python tools/hash_matrix.py                     builds the wheel first
    python tools/hash_matrix.py --wheel FILE        takes this wheel, or the one that ``TOX_PACKAGE`` names

1. Each of python3.11 to python3.15 on the PATH gets a virtual environment of its own, in a temporary folder, with the
   wheel and what it needs. A Python that is missing or does not start is named as skipped. Where ``CI`` is set,
   3.11, 3.12 and 3.13 must all be there, and without it, one must.
2. The script is the same for all: it plans and runs each mission of a grid, and prints the canonical bytes of mission,
   workflow and result, and their digests. Python itself gives sets and hashes another order under each hash seed.
3. One line a run tells the digest of its output. Outputs that differ: the first difference is shown, and the exit
   code is 1.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
REQUIRED_IN_CI = ("3.11", "3.12", "3.13")
HASH_SEEDS = ("0", "4242")
SECONDS = 300
"""The longest that one step may take."""

SCRIPT = """
import itertools
import sys
from pathlib import Path

import tier2
from tier2 import ExecutionContext, MissionSpec, build_workflow, canonical, digest, parse, run_workflow

steps = (-1, 0, 1, 2, 3, 4, 5, 6, 2**53 - 1)
grid = [("daily_loop", {}), ("echo", {}), ("run_tests", {}), ("run_tests", {"target": "tests/unit"})]
# A set of texts has another order under each hash seed, and so have the members that come from it.
# Texts in ASCII, and others in which the order by UTF-8 differs from that by UTF-16, take different ways to be sorted.
plain = set(map(str, range(20)))
odd = plain | {"\\uffee", "\\U0001f600"}
grid += [
    ("daily_loop", {"requested_steps": most, "requested_human_steps": people, "extra": dict.fromkeys(keys)})
    for most, people, keys in itertools.product(steps, (-1, 0, 1, 2, 3), (plain, odd))
]
states = [{}, {"numbers": [4.0, -0.0, 1e16, 1e-6, 0.1, 1e300], "\\uffee": {"\\U0001f600": "\\u20ac"}}]
states += [parse(Path(name).read_bytes()) for name in sys.argv[1:]]

assert "site-packages" in tier2.__file__, tier2.__file__
for (kind, params), state in itertools.product(grid, states):
    mission = MissionSpec(type=kind, params=params)
    workflow = build_workflow(mission)
    result = run_workflow(workflow, ExecutionContext(initial_state=state))
    for document in (mission, workflow, result):
        print(digest(document), canonical(document).decode())
"""


class Output(NamedTuple):
    """What one interpreter wrote under one hash seed."""

    version: str
    seed: str
    data: bytes

    def __str__(self) -> str:
        return f"python{self.version} with hash seed {self.seed}"


def interpreters(path: str | None = None) -> dict[str, str]:
    """The Pythons on the PATH that start and are what their name says, by version."""
    found: dict[str, str] = {}
    for version in VERSIONS:
        program = shutil.which(f"python{version}", path=path)
        if program is not None and _version_of(program) == version:
            found[version] = program
    return found


def _version_of(program: str) -> str:
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run(
        [program, "-c", ask], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return answer.stdout.strip()


def missing(found: Mapping[str, str], *, strict: bool) -> tuple[str, ...]:
    """The versions whose absence is a fault: in CI three of them must be there, elsewhere any one."""
    if strict:
        return tuple(version for version in REQUIRED_IN_CI if version not in found)
    return () if found else VERSIONS


def first_difference(left: bytes, right: bytes) -> str | None:
    """Where two outputs part, by line and column, with what stands there; None if they are the same."""
    if left == right:
        return None
    lines = zip_longest(left.splitlines(keepends=True), right.splitlines(keepends=True), fillvalue=b"")
    line, (one, other) = next((at, pair) for at, pair in enumerate(lines, 1) if pair[0] != pair[1])
    column = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    start = max(0, column - 40)
    return f"line {line}, byte {column + 1}:\n  {_shown(one[start:])}\n  {_shown(other[start:])}"


def _shown(text: bytes) -> str:
    return ascii(text[:100].decode("utf-8", "replace"))


def compare(outputs: Sequence[Output]) -> Iterator[str]:
    """A message for the first output that differs from the first one, if there is one."""
    for output in outputs[1:]:
        difference = first_difference(outputs[0].data, output.data)
        if difference is not None:
            yield f"{outputs[0]} and {output} differ at {difference}"
            return


def run_all(programs: Mapping[str, str], wheel: Path, folder: Path) -> Iterator[Output]:
    """The script's output under each interpreter and each hash seed."""
    states = sorted(map(str, (ROOT / "contracts" / "examples").glob("*.json")))
    script = folder / "missions.py"
    script.write_text(SCRIPT, "utf-8")
    for version, program in programs.items():
        python = _environment(program, wheel, folder / version)
        for seed in HASH_SEEDS:
            clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
            command = [str(python), "-X", "utf8", str(script), *states]
            yield Output(version, seed, _run(command, folder, {**clean, "PYTHONHASHSEED": seed}))


def _environment(program: str, wheel: Path, folder: Path) -> Path:
    """A new virtual environment with the wheel; the path of its Python."""
    _run([program, "-m", "venv", "--without-pip", str(folder)], folder.parent)
    python = folder / "bin" / "python"
    # The pip that is here serves them all: one of its own would take each of them longer than all the rest.
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    _run([*pip, "install", "--quiet", "--no-compile", str(wheel)], folder.parent)
    return python


def build_wheel(folder: Path) -> Path:
    """The project's wheel, built now."""
    _run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)],
        folder,
    )
    return next(folder.glob("*.whl"))


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> bytes:
    """A command's output; stops everything if the command fails."""
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, timeout=SECONDS, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"exit code {done.returncode} from: {' '.join(command)}")
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Compare the outputs of the same missions on all Pythons found."
    )
    parser.add_argument("--wheel", type=Path, default=os.environ.get("TOX_PACKAGE"), help="the wheel to test")
    wheel: Path | None = parser.parse_args(arguments).wheel
    programs = interpreters()
    for version in VERSIONS:
        if version not in programs:
            print(f"python{version}  skipped: not found on the PATH")
    absent = missing(programs, strict=bool(os.environ.get("CI")))
    if absent:
        print(f"these are needed here, but not found on the PATH: {', '.join(absent)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outputs: list[Output] = []
        for output in run_all(programs, wheel or build_wheel(folder), folder):
            outputs.append(output)
            digest = hashlib.sha256(output.data).hexdigest()
            print(
                f"python{output.version}  hash seed {output.seed:>4}  {len(output.data)} bytes  {digest}",
                flush=True,
            )
    for message in compare(outputs):
        print(message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
