"""Does each folder import and touch only what it may?

import-linter holds the order of folders and modules (pyproject.toml). Here stands what it cannot see: calls
of builtins, names of missions in places that serve every mission, and what `import tier2` really loads. The walls
between the big folders stand here too, so that they hold without that tool.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "tier2"

WALLS = {
    "shell/io": ("tier2.shell.cli", "tier2.shell.run_files", "tier2.shell.runs", "tier2.shell.worlds"),
    "shell/run_files": ("tier2.shell.cli", "tier2.shell.runs", "tier2.shell.worlds"),
    "shell/runs": ("tier2.shell.cli", "tier2.shell.worlds"),
    "shell/worlds": ("tier2.shell.cli",),
    "codegen": ("tier2.contracts", "tier2.engine", "tier2.missions", "tier2.values"),
    "values": ("tier2.contracts", "tier2.kinds", "tier2.missions", "tier2.engine", "tier2.inspection"),
    "missions": ("tier2.engine", "tier2.inspection"),
    "engine": ("tier2.inspection",),
}
"""The folders that a folder must not import: those that stand above it, and for `codegen` those that it generates."""

ROOMS = (
    *("missions/daily_loop/", "missions/run_tests/", "shell/worlds/daily_loop/", "shell/worlds/run_tests/"),
    *("missions/__init__.py", "shell/worlds/__init__.py", "contracts/v1.py"),
)
"""The only places that know the two missions: their own folders, the default mappings, and the generated types."""

MISSION_WORDS = re.compile("todo|journal_md|pytest|daily", re.IGNORECASE)

IMPORTABLE = frozenset(
    "bisect collections difflib enum fnmatch functools hashlib heapq itertools json keyword math msgspec operator re "
    "reprlib string tier2 types typing unicodedata".split()
)
"""All that the core may import: no clock, chance, environment, file, network, process or thread among them."""

DATES = frozenset({"datetime"})
"""The module that operations may import too: they parse dates, and read no clock."""

FORBIDDEN_NAMES = frozenset(
    "__builtins__ __import__ __loader__ breakpoint compile eval exec exit globals help input locals open print quit "
    "vars".split()
)


def offences(source: str, importable: frozenset[str]) -> Iterator[str]:
    """The things that a module of the core does and must not do, at any nesting."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name.partition(".")[0] not in importable)
                yield from ("the package itself" for name in names if name.name == "tier2")
            case ast.ImportFrom(level=level) if level:
                yield "a relative import"
            case ast.ImportFrom(module=str(module), names=names):
                if module.partition(".")[0] not in importable:
                    yield module
                if module == "tier2" and any(not (CORE / f"{name.name}.py").exists() for name in names):
                    yield "the package itself"
                if module.startswith("tier2.shell") or (
                    module == "tier2" and "shell" in {n.name for n in names}
                ):
                    yield "the shell"
            case ast.Name(id=name) if name in FORBIDDEN_NAMES:
                yield name
            case ast.Attribute(
                attr="now" | "today" | "utcnow" as name, value=ast.Name(id="date" | "datetime")
            ):
                yield f"the clock: {name}"


def imported_by(tree: ast.AST) -> Iterator[str]:
    """The modules that a module imports, at any nesting."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def docstrings(tree: ast.AST) -> set[int]:
    """The identities of the strings that stand as statements of their own."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def mission_words(source: str) -> Iterator[str]:
    """The names and strings of a module that speak of one of the two missions, docstrings aside."""
    tree = ast.parse(source)
    passed_over = docstrings(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in passed_over:
                found = text
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                found = name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
                found = name
            case ast.ImportFrom(module=str(name)):
                found = name
            case _:
                continue
        if MISSION_WORDS.search(found):
            yield found


def everywhere_else() -> list[Path]:
    files = sorted(CORE.rglob("*.py"))
    return [path for path in files if not path.relative_to(CORE).as_posix().startswith(ROOMS)]


def core_modules() -> list[Path]:
    shell = CORE / "shell"
    return sorted(
        path for path in CORE.rglob("*.py") if shell not in path.parents and path.name != "__main__.py"
    )


@pytest.mark.parametrize("module", core_modules(), ids=lambda path: path.relative_to(CORE).as_posix())
def test_a_core_module_touches_only_its_arguments(module: Path) -> None:
    importable = IMPORTABLE | DATES if module.is_relative_to(CORE / "missions") else IMPORTABLE
    # The package's own __init__ gathers the names of all modules; it may name no module beyond the core.
    assert list(offences(module.read_text("utf-8"), importable)) == []


def test_the_walls_find_the_modules_of_the_core() -> None:
    names = {path.relative_to(CORE).as_posix() for path in core_modules()}
    assert {
        "__init__.py",
        "errors.py",
        "values/frozen.py",
        "contracts/v1.py",
        "missions/__init__.py",
    } <= names


@pytest.mark.parametrize(
    ("source", "offence"),
    [
        ("import os", "os"),
        ("import os.path as p", "os.path"),
        ("from time import time", "time"),
        ("def f():\n    if x:\n        import random", "random"),
        ("class A:\n    from pathlib import Path", "pathlib"),
        ("import typing, socket", "socket"),
        ("import importlib", "importlib"),
        ("from datetime import date", "datetime"),
        ("from . import errors", "a relative import"),
        ("from .errors import Tier2Error", "a relative import"),
        ("import tier2", "the package itself"),
        ("from tier2 import canonical_bytes", "the package itself"),
        ("from tier2.shell import cli", "the shell"),
        ("def f(): open('x')", "open"),
        ("reader = open", "open"),
        ("print('x')", "print"),
        ("eval('1')", "eval"),
        ("exec('1')", "exec"),
        ("__import__('os')", "__import__"),
        ("date.today()", "the clock: today"),
        ("datetime.now(tz)", "the clock: now"),
    ],
)
def test_the_wall_sees_each_offence(source: str, offence: str) -> None:
    assert offence in list(offences(source, IMPORTABLE))


def test_the_wall_lets_honest_code_pass() -> None:
    honest = (
        "import re\nfrom collections.abc import Mapping\nfrom tier2.errors import Tier2Error\nre.compile('x')"
    )
    assert list(offences(honest, IMPORTABLE)) == []


@pytest.mark.parametrize("folder", WALLS)
def test_a_folder_imports_none_of_those_above_it(folder: str) -> None:
    files = sorted((CORE / folder).rglob("*.py"))
    assert files
    names = {name for path in files for name in imported_by(ast.parse(path.read_text("utf-8")))}
    assert [
        name for name in sorted(names) if f"{name}.".startswith(tuple(f"{wall}." for wall in WALLS[folder]))
    ] == []


@pytest.mark.parametrize("module", everywhere_else(), ids=lambda path: path.relative_to(CORE).as_posix())
def test_only_its_own_folders_know_a_mission(module: Path) -> None:
    assert sorted(set(mission_words(module.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "source",
    [
        "from tier2.shell.worlds import daily_loop",
        "def read_todo(): ...",
        "options.add('--todo')",
        "help = 'as pytest prints it'",
        "run(todo=1)",
        "world.journal_md",
    ],
)
def test_a_mission_is_seen_in_code(source: str) -> None:
    assert list(mission_words(source))


def test_a_mission_may_stand_in_a_docstring() -> None:
    assert list(mission_words('"""Reads a todo.txt."""\nx = 1')) == []


def loaded_by(statement: str) -> set[str]:
    """The names of all modules that a fresh interpreter holds after one statement."""
    program = f"{statement}\nimport sys\nnames = list(sys.modules)\nimport json\nprint(json.dumps(names))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


@pytest.fixture(scope="module")
def extra_modules() -> set[str]:
    """The modules that `import tier2` loads and `import msgspec` does not."""
    return loaded_by("import tier2") - loaded_by("import msgspec")


def test_importing_tier2_loads_no_module_of_the_shell(extra_modules: set[str]) -> None:
    assert "tier2.values.canonical" in extra_modules
    assert {name for name in extra_modules if name.startswith(("tier2.shell", "tier2.__main__"))} == set()


@pytest.mark.parametrize(
    "slow",
    [
        "argparse",
        "asyncio",
        "dataclasses",
        "hashlib",
        "inspect",
        "json",
        "logging",
        "pathlib",
        "subprocess",
        "threading",
    ],
)
def test_importing_tier2_loads_no_slow_module(extra_modules: set[str], slow: str) -> None:
    assert slow not in extra_modules


def test_importing_the_shell_loads_no_command() -> None:
    names = loaded_by("import tier2.shell")
    assert "tier2.shell" in names
    assert {name for name in names if name.startswith("tier2.shell.")} == set()
