"""Does the core keep to itself? What import-linter cannot see: calls of builtins, imports inside functions, and what
`import tier2` really loads."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "tier2"

IMPORTABLE = frozenset(
    "bisect collections difflib enum fnmatch functools hashlib heapq itertools json keyword math msgspec operator re "
    "reprlib string tier2 types typing unicodedata".split()
)
"""All that the core may import: no clock, chance, environment, file, network, process or thread among them."""

DATES = frozenset({"datetime"})
"""What the operations may import beside it: they parse dates, and read no clock."""

FORBIDDEN_NAMES = frozenset(
    "__builtins__ __import__ __loader__ breakpoint compile eval exec exit globals help input locals open print quit "
    "vars".split()
)


def offences(source: str, importable: frozenset[str]) -> Iterator[str]:
    """What a core module's text does that it must not do, at any nesting."""
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


def core_modules() -> list[Path]:
    shell = CORE / "shell"
    return sorted(
        path for path in CORE.rglob("*.py") if shell not in path.parents and path.name != "__main__.py"
    )


@pytest.mark.parametrize("module", core_modules(), ids=lambda path: path.relative_to(CORE).as_posix())
def test_a_core_module_touches_nothing_but_its_arguments(module: Path) -> None:
    importable = IMPORTABLE | DATES if module.is_relative_to(CORE / "missions") else IMPORTABLE
    # The package's own __init__ gathers the names of all modules; it may name no module beyond the core.
    assert list(offences(module.read_text("utf-8"), importable)) == []


def test_the_core_is_where_the_walls_look_for_it() -> None:
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


def loaded_by(statement: str) -> set[str]:
    """The names of all modules that a fresh interpreter holds after one statement."""
    program = f"{statement}\nimport sys\nnames = list(sys.modules)\nimport json\nprint(json.dumps(names))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


@pytest.fixture(scope="module")
def extra_modules() -> set[str]:
    """What `import tier2` loads beside what msgspec and the interpreter itself do."""
    return loaded_by("import tier2") - loaded_by("import msgspec")


def test_importing_tier2_loads_nothing_of_the_shell(extra_modules: set[str]) -> None:
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
def test_importing_tier2_loads_no_module_that_costs_time(extra_modules: set[str], slow: str) -> None:
    assert slow not in extra_modules
