"""Mutation testing: breaks the core in small ways, one at a time, and counts how many of the breaks a test notices.

1. mutmut works in a temporary copy of the project, so that it leaves nothing behind.
2. Each module has to be proven by the tests that are about it, named in ``PROOFS``. Known bytes, the snapshot of the
   API, typing tests and the command are left out: they notice every change, and so say little about the other tests.
3. Hypothesis tries the same few examples each time (profile ``mutants`` in ``tests/conftest.py``).
4. A break that nobody notices is shown as a difference of lines. The exit code is 1 if less than 90 % are noticed in
   any of the modules.
5. Another name of a type in ``cast`` is no break, since ``cast`` never looks at it; such mutants are not counted.

mutmut changes functions only: tables at the level of a module, and functions with a decorator, stay as they are. A
mutant of what runs while the package is imported, and not again, gets away.
"""

import argparse
import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "tier2"
PROOFS: Mapping[str, str] = {
    "errors": "unit/test_errors.py",
    "values/invalid": "unit/test_freezing.py unit/test_freezing_depth.py laws/test_frozen_laws.py",
    "values/numbers": "unit/test_canonical.py unit/test_freezing.py unit/test_frozen_objects.py unit/test_parse.py "
    "laws/test_canonical_laws.py laws/test_fast_paths.py laws/test_frozen_laws.py",
    "values/frozen": "unit/test_freezing.py unit/test_freezing_depth.py unit/test_frozen_objects.py "
    "unit/test_canonical.py laws/test_frozen_laws.py laws/test_fast_paths.py",
    "values/merge_patch": "unit/test_merge_patch.py laws/test_merge_laws.py",
    "values/canonical": "unit/test_canonical.py laws/test_canonical_laws.py laws/test_fast_paths.py",
    "values/reading": "unit/test_parse.py laws/test_canonical_laws.py laws/test_fast_paths.py",
    "contracts/base": "unit/test_contracts.py unit/test_settling.py",
    "contracts/views": "unit/test_views.py unit/test_decoding.py",
    "engine/limits": "unit/test_limits.py laws/test_fast_paths.py",
    "escaping": "unit/test_errors.py",
    "missions/*": "unit/test_operations_basic.py unit/test_planning.py unit/test_planning_own_missions.py "
    "laws/test_planning_laws.py",
    "engine/planning": "unit/test_planning.py unit/test_planning_own_missions.py laws/test_fast_paths.py",
    "kinds": "unit/test_planning_own_missions.py unit/test_own_operations.py",
    "missions/*/*": "unit/test_operations_basic.py unit/test_operations_daily.py "
    "unit/test_operations_daily_malformed.py unit/test_operations_tests.py laws/test_daily_laws.py "
    "laws/test_older_output_laws.py",
    "engine/receipts": "unit/test_receipts.py unit/test_verification.py unit/test_execution.py "
    "unit/test_transitions.py unit/test_own_operations.py",
    "engine/execution": "unit/test_execution.py unit/test_transitions.py unit/test_own_operations.py "
    "unit/test_receipts.py unit/test_verification.py stories/test_orchestrator.py laws/test_fast_paths.py",
    "engine/decoding": "unit/test_decoding.py unit/test_decoding_contracts.py",
    "inspection/json_source": "laws/test_json_text_laws.py unit/test_diagnostics.py unit/test_diagnostics_hostile.py",
    "inspection/shape": "unit/test_diagnostics.py laws/test_diagnostics_laws.py",
    "inspection/consistency": "laws/test_consistency_laws.py unit/test_diagnostics.py unit/test_diagnostics_hostile.py",
    "inspection/diagnostics": "unit/test_diagnostics.py unit/test_diagnostics_hostile.py laws/test_diagnostics_laws.py",
    "inspection/diff": "laws/test_change_laws.py",
    "inspection/diagrams": "stories/test_diagrams.py",
}
"""What is mutated, in the order in which data passes through, and the tests that are about it."""

READ_BY_PEOPLE = "unit/test_refusal_texts_of_values.py unit/test_refusal_texts_of_workflows.py"
"""The words of the refusals of all modules."""

LEAST = 90
"""How many of a hundred mutants have to be killed, in each module."""

NOTICED = frozenset({"killed", "timeout", "segfault"})
"""mutmut's words for a mutant that did not get away; any other, such as ``no tests``, counts as survived."""


def copy_project(folder: Path) -> None:
    """Copies what the tests need, without what is made by running things."""
    unwanted = shutil.ignore_patterns("__pycache__", ".*")
    for name in (PACKAGE, "contracts", "tests", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)


def configure(folder: Path, module: str) -> None:
    """Writes the project's pyproject.toml into the copy, with a table for mutmut at its end."""
    table: dict[str, list[str]] = {
        "source_paths": [PACKAGE],
        "only_mutate": [f"{PACKAGE}/{module}.py"],
        "also_copy": ["contracts", "tools"],
        "pytest_add_cli_args_test_selection": [
            f"tests/{proof}" for proof in f"{PROOFS[module]} {READ_BY_PEOPLE}".split()
        ],
        # Thousands of examples are for agreement with another implementation, and take as many times as long.
        "pytest_add_cli_args": [
            "--hypothesis-profile=mutants",
            "-p",
            "no:cacheprovider",
            "-k",
            "not thousand",
        ],
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
    """The module in which a mutant such as ``tier2.kinds.x_runtime__mutmut_1`` stands."""
    return mutant.rpartition(".")[0].removeprefix(f"{PACKAGE}.").replace(".", "/")


@cache
def functions(module: Path) -> Mapping[str, list[str]]:
    """The lines of each function of a module, by its name; mutmut writes all mutants beside the function they vary."""
    text = module.read_text("utf-8")
    lines = text.splitlines()
    return {
        node.name: lines[node.lineno - 1 : node.end_lineno]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def changed_lines(folder: Path, mutant: str) -> list[str]:
    """The lines that a mutant takes away and adds."""
    bodies = functions(folder / "mutants" / PACKAGE / f"{module_of(mutant)}.py")
    wanted = mutant.rpartition(".")[2]
    original = re.sub(r"__mutmut_\d+$", "__mutmut_orig", wanted)
    after = [line.replace(wanted, original) for line in bodies[wanted]]
    return [line for line in difflib.ndiff(bodies[original], after) if line[:1] in ("-", "+")]


def only_renames_a_cast(lines: Sequence[str]) -> bool:
    """Whether the lines taken away and added differ in nothing but the types that ``cast`` is told."""
    bare = [re.sub(r'\bcast\((?:None|"[^"]*"), ', "cast(", line) for line in lines]
    taken = [line[1:] for line in bare if line.startswith("-")]
    return taken == [line[1:] for line in bare if line.startswith("+")]


def table(found: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    """Each module with how many of its mutants were killed, and how many there are; the whole last."""
    total = Counter(map(module_of, found))
    killed = Counter(module_of(name) for name, verdict in found.items() if verdict in NOTICED)
    for module in total:
        yield module, killed[module], total[module]
    yield "all", killed.total(), total.total()


def survey(module: str) -> Iterator[tuple[str, str, list[str]]]:
    """The mutants of a module: their names, the verdicts on them, and the changed lines of those that survived."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        copy_project(folder)
        configure(folder, module)
        mutmut(folder, "run")
        for mutant, verdict in verdicts(mutmut(folder, "results", "--all", "true")).items():
            lines = [] if verdict in NOTICED else changed_lines(folder, mutant)
            if not lines or not only_renames_a_cast(lines):
                yield mutant, verdict, lines


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Count the small breaks of the core that no test notices.")
    parser.add_argument("modules", nargs="*", help=f"all, if none is named: {', '.join(PROOFS)}")
    modules: Sequence[str] = parser.parse_args(arguments).modules or list(PROOFS)
    found: dict[str, str] = {}
    for module in modules:
        for mutant, verdict, lines in survey(module):
            found[mutant] = verdict
            if lines:
                print("\n    ".join([f"{mutant}: {verdict}", *lines]), flush=True)
    rows = list(table(found))
    for module, killed, total in rows:
        print(f"{module:22} {killed:5} of {total:5} killed  {100 * killed / max(1, total):6.1f} %")
    return 0 if found and all(100 * killed >= LEAST * total for _, killed, total in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
