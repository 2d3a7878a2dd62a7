"""Mutation testing: breaks the core in small ways, one at a time, and counts how many of the breaks a test notices.

1. mutmut works in a temporary copy of the project, so that it leaves nothing behind.
2. The tests that may notice are those of ``tests/unit``, ``tests/laws`` and ``tests/stories``. Known bytes, the
   snapshot of the API, typing tests and the command are left out: they notice every change and so say little about
   what the other tests are worth. The generator's tests are left out because they run none of these modules.
3. Hypothesis tries the same few examples each time (profile ``few`` in ``tests/conftest.py``).
4. A break that nobody notices is shown as a difference of lines. The exit code is 1 if less than 90 % are noticed in
   any of the modules.

mutmut changes functions only: tables at the level of a module, and functions with a decorator, stay as they are.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "tier2"
MODULES = (
    "errors",
    "frozen",
    "merge_patch",
    "canonical",
    "views",
    "limits",
    "missions/*",
    "planning",
    "operations/*",
    "receipts",
    "execution",
    "decoding",
)
"""What is mutated, in the order in which data passes through."""

LEAST = 90
"""How many of a hundred mutants have to be killed, in each module."""

NOTICED = frozenset({"killed", "timeout", "segfault"})
"""mutmut's words for a mutant that did not get away; any other, such as ``no tests``, counts as survived."""


def copy_project(folder: Path) -> None:
    """Copies what the tests need, without what is made by running things."""
    unwanted = shutil.ignore_patterns("__pycache__", ".*")
    for name in (PACKAGE, "contracts", "tests", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)


def configure(folder: Path, modules: Sequence[str]) -> None:
    """Writes the project's pyproject.toml into the copy, with a table for mutmut at its end."""
    unit = sorted((folder / "tests" / "unit").glob("test_*.py"))
    tests = [str(path.relative_to(folder)) for path in unit if not path.name.startswith("test_generator")]
    table: dict[str, list[str]] = {
        "source_paths": [PACKAGE],
        "only_mutate": [f"{PACKAGE}/{module}.py" for module in modules],
        "also_copy": ["contracts", "tools"],
        "pytest_add_cli_args_test_selection": [*tests, "tests/laws", "tests/stories"],
        # Thousands of examples are for agreement with another implementation, and take as many times as long.
        "pytest_add_cli_args": ["--hypothesis-profile=few", "-p", "no:cacheprovider", "-k", "not thousand"],
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    lines.append("track_dependencies = false")  # it is for a second run in the same place, and slow
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (folder / "pyproject.toml").write_text("\n".join([project, "[tool.mutmut]", *lines, ""]), "utf-8")


def mutmut(folder: Path, *arguments: str) -> str:
    """What mutmut prints; stops everything if it fails, as it does where a test fails without any mutant."""
    environment = {**os.environ, "CI": "true"}
    # Each mutant's tests are imported anew: from bytecode, lest that take longer than running them.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    program = Path(sys.executable).with_name("mutmut")
    done = subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout}\nmutmut {arguments[0]} ended with exit code {done.returncode}")
    return done.stdout


def verdicts(results: str) -> dict[str, str]:
    """mutmut's verdict on each mutant, by the mutant's name, from lines ``name: verdict``."""
    pairs = (line.strip().partition(": ") for line in results.splitlines() if ": " in line)
    return {name: verdict for name, _, verdict in pairs}


def module_of(mutant: str) -> str:
    """The module in which a mutant such as ``tier2.missions.kind.x_runtime__mutmut_1`` stands."""
    return mutant.rpartition(".")[0].removeprefix(f"{PACKAGE}.").replace(".", "/")


def changed_lines(difference: str) -> str:
    """The lines of a unified difference that were taken away and added."""
    lines = difference.splitlines()
    return "\n".join(
        f"    {line}" for line in lines if line[:1] in ("-", "+") and line[:3] not in ("---", "+++")
    )


def table(found: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    """Each module with how many of its mutants were killed, and how many there are; the whole last."""
    total = Counter(map(module_of, found))
    killed = Counter(module_of(name) for name, verdict in found.items() if verdict in NOTICED)
    for module in total:
        yield module, killed[module], total[module]
    yield "all", killed.total(), total.total()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Count the small breaks of the core that no test notices.")
    parser.add_argument(
        "modules", nargs="*", default=MODULES, help="such as canonical, missions/*; all, if none"
    )
    modules: Sequence[str] = parser.parse_args(arguments).modules
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        copy_project(folder)
        configure(folder, modules)
        mutmut(folder, "run")
        found = verdicts(mutmut(folder, "results", "--all", "true"))
        for mutant, verdict in found.items():
            if verdict not in NOTICED:
                print(f"{mutant}: {verdict}\n{changed_lines(mutmut(folder, 'show', mutant))}", flush=True)
    rows = list(table(found))
    for module, killed, total in rows:
        print(f"{module:22} {killed:5} of {total:5} killed  {100 * killed / max(1, total):6.1f} %")
    return 0 if found and all(100 * killed >= LEAST * total for _, killed, total in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
