"""Mutation testing: breaks the core in small ways, one at a time, and counts how many of the breaks a test notices.

    python tools/mutants.py                                  every module: some hours
    python tools/mutants.py engine/limits values/numbers     these modules: minutes

1. mutmut works in a temporary copy of the project, so it leaves nothing behind.
2. ``PROOFS`` names the tests that have to notice the breaks of a module. The vectors, the snapshot of the API, the
   typing tests and the command are left out: they notice every change, and so say little about the other tests.
3. Hypothesis tries the same few examples each time (profile ``mutants`` in ``tests/conftest.py``).
4. A break that no test notices is shown as a difference of lines. The exit code is 1 if the tests notice less than 90 %
   of the breaks of any module.
5. Another type in a ``cast`` is no break, since ``cast`` ignores its type; such mutants are not counted.

mutmut changes functions only: not tables at the level of a module, nor functions with a decorator. Code that runs only
while the package is imported is mutated too late, so such mutants survive.
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
    "errors": "unit/errors",
    "escaping": "unit/errors",
    "kinds": "unit/planning_own_missions unit/own_operations unit/questions",
    "values/structs": "unit/documents unit/canonical unit/construction unit/frozen_objects laws/cache_laws",
    "values/invalid": "unit/freezing* laws/freezing_laws",
    "values/numbers": "unit/canonical unit/freezing unit/frozen_objects unit/reading laws/canonical_laws "
    "laws/reading_laws laws/freezing_laws",
    "values/frozen": "unit/freezing* unit/frozen_objects unit/canonical laws/freezing_laws",
    "values/json_pointer": "unit/questions",
    "values/merge_patch": "unit/merge_patch laws/merge_laws",
    "values/canonical": "unit/canonical laws/canonical_laws laws/cache_laws",
    "values/reading": "unit/reading laws/canonical_laws laws/reading_laws",
    "contracts/base": "unit/contracts unit/construction",
    "contracts/views": "unit/views unit/decoding",
    "missions/*": "unit/operations_basic unit/planning* laws/planning_laws",
    "missions/*/*": "unit/operations_* unit/questions laws/daily_loop_laws laws/operation_laws",
    "engine/decisions": "unit/decisions unit/questions",
    "engine/limits": "unit/limits laws/cache_laws",
    "engine/planning": "unit/planning* laws/cache_laws",
    "engine/receipts": "unit/receipts unit/verification unit/execution unit/transitions unit/own_operations",
    "engine/execution": "unit/execution unit/transitions unit/own_operations unit/receipts unit/verification "
    "unit/decisions unit/revisions stories/orchestrator laws/cache_laws laws/execution_laws",
    "engine/verification": "unit/verification laws/verification_laws",
    "engine/questions": "unit/questions",
    "engine/scenarios": "unit/scenarios laws/scenario_laws",
    "engine/decoding": "unit/decoding*",
    "inspection/json_edits": "unit/json_edits laws/scenario_laws",
    "inspection/json_source": "laws/json_source_laws unit/diagnostics*",
    "inspection/shape": "unit/diagnostics* unit/generator_shapes laws/diagnostic_laws",
    "inspection/consistency": "laws/consistency_laws unit/diagnostics*",
    "inspection/diagnostics": "unit/diagnostics* laws/diagnostic_laws",
    "inspection/diff": "laws/diff_laws",
    "inspection/diagrams": "stories/diagrams laws/diagram_laws",
    "shell/cli/commands/question": "shell/question",
    "shell/cli/prompt/*": "shell/prompt*",
    "shell/signatures": "shell/signatures",
    "codegen/dialect": "unit/generator*",
    "codegen/model": "unit/generator*",
    "codegen/python": "unit/generator*",
    "codegen/typescript": "unit/generator_typescript",
    "codegen/generation": "unit/generator*",
    "codegen/changes": "unit/compatibility*",
    "codegen/compatibility": "unit/compatibility*",
    "codegen/policy": "unit/contract_policy",
    "codegen/lock": "unit/contract_lock",
    "shell/run_files/lines": "shell/run_file_format",
    "shell/run_files/listing": "shell/runs_list",
    "shell/run_files/removal": "shell/runs_list",
    "shell/runs/recorded": "shell/runs_library shell/heads shell/retry shell/signed_runs",
    "shell/runs/driver": "shell/runs_library shell/heads shell/retry shell/consent shell/own_command "
    "shell/daily_for_real shell/run_file_disk",
    "shell/runs/hosts": "shell/hosts*",
    "shell/runs/endings": "shell/hosts*",
    "shell/runs/threaded_call": "shell/hosts*",
    "shell/runs/attempt": "shell/hosts*",
}
"""The modules that are mutated, and the tests that prove each: ``unit/errors`` is ``tests/unit/test_errors.py``."""

MESSAGES = "unit/messages_of_*"
"""The tests of the error messages of all modules."""

LEAST = 90
"""How many of a hundred mutants have to be killed, in each module."""

NOTICED = frozenset({"killed", "timeout", "segfault"})
"""mutmut's words for a mutant that a test noticed; any other, such as ``no tests``, counts as survived."""


def tests_of(module: str) -> list[str]:
    """The files of the tests that prove a module, relative to the root. Raises FileNotFoundError for a name of none."""
    found: list[str] = []
    for name in f"{PROOFS[module]} {MESSAGES}".split():
        folder, _, subject = name.partition("/")
        files = sorted((ROOT / "tests" / folder).glob(f"test_{subject}.py"))
        if not files:
            raise FileNotFoundError(f"no test is called {name}: correct PROOFS in tools/mutants.py")
        found += [file.relative_to(ROOT).as_posix() for file in files]
    return found


def copy_project(folder: Path) -> None:
    """Copies what the tests need, without what is made by running things."""
    unwanted = shutil.ignore_patterns("__pycache__", ".*")
    for name in (PACKAGE, "contracts", "tests", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)


def configure(folder: Path, module: str) -> None:
    """Writes the project's pyproject.toml into the copy, with a table for mutmut at its end."""
    table = {
        "source_paths": [PACKAGE],
        "only_mutate": [f"{PACKAGE}/{module}.py"],
        "also_copy": ["contracts", "tools"],
        "pytest_add_cli_args_test_selection": tests_of(module),
        # Tests of thousands of examples compare two implementations, and would take thousands of times as long.
        "pytest_add_cli_args": [
            *"--hypothesis-profile=mutants -p no:cacheprovider -k".split(),
            "not thousand",
        ],
        "track_dependencies": False,  # it is for a second run in the same place, and slow
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (folder / "pyproject.toml").write_text("\n".join([project, "[tool.mutmut]", *lines, ""]), "utf-8")


def mutmut(folder: Path, *arguments: str) -> str:
    """What mutmut prints. Stops everything if mutmut fails, as it does if a test fails without any mutant."""
    environment = {**os.environ, "CI": "true"}
    # The tests are imported anew for each mutant: without bytecode, that would take longer than running them.
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
    """The lines of each function of a module, by name; mutmut writes all mutants of a function beside it."""
    text = module.read_text("utf-8")
    lines = text.splitlines()
    return {
        node.name: lines[node.lineno - 1 : node.end_lineno]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def changed_lines(folder: Path, mutant: str) -> list[str]:
    """The lines that a mutant removes and adds."""
    module = folder / "mutants" / PACKAGE / module_of(mutant)
    bodies = functions(module / "__init__.py" if module.is_dir() else module.with_suffix(".py"))
    wanted = mutant.rpartition(".")[2]
    original = re.sub(r"__mutmut_\d+$", "__mutmut_orig", wanted)
    after = [line.replace(wanted, original) for line in bodies[wanted]]
    return [line for line in difflib.ndiff(bodies[original], after) if line[:1] in ("-", "+")]


def only_renames_a_cast(lines: Sequence[str]) -> bool:
    """Whether the lines removed and added differ in nothing but the types of casts."""
    bare = [re.sub(r'\bcast\((?:None|"[^"]*"), ', "cast(", line) for line in lines]
    removed = [line[1:] for line in bare if line.startswith("-")]
    return removed == [line[1:] for line in bare if line.startswith("+")]


def table(found: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    """Each module with the numbers of its killed mutants and of all; the sum of all modules last."""
    total = Counter(map(module_of, found))
    killed = Counter(module_of(name) for name, verdict in found.items() if verdict in NOTICED)
    for module in total:
        yield module, killed[module], total[module]
    yield "all", killed.total(), total.total()


def survey(module: str) -> Iterator[tuple[str, str, list[str]]]:
    """The mutants of a module: their names, their verdicts, and the changed lines of those that survived."""
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
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(PROOFS)}; or all")
    modules: Sequence[str] = parser.parse_args(arguments).modules or list(PROOFS)
    for module in modules:
        if module not in PROOFS:
            parser.error(f"no module {module!r}; there are {', '.join(PROOFS)}")
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
