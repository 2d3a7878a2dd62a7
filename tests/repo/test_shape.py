"""Does the repository have its agreed shape: folders, sizes, docstrings, the family of errors?"""

import ast
import doctest
import importlib
import inspect
import pkgutil
import shutil
import subprocess
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import tier2
import tier2.shell
from tier2 import errors

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "tier2" / "contracts" / "v1.py"

TOP_LEVEL = frozenset(
    ".ci .gitattributes .gitignore .pre-commit-hooks.yaml CHANGELOG.md LICENSE README.md SECURITY.md contracts "
    "pyproject.toml tests tier2 tools tox.ini".split()
)
"""All that may lie at the top level."""

LINES = 500
"""The most lines of a Python file: it holds one subject, whole."""

MODULES = 9
"""The most modules of a folder of the package: a reader takes in the listing at a glance."""

ONE_MODULE_A_COMMAND = ROOT / "tier2" / "shell" / "cli" / "commands"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python_files(*folders: str) -> list[Path]:
    """The Python files that people write, below some folders."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if path != GENERATED)


def folders_of_the_package() -> list[Path]:
    return sorted({path.parent for path in python_files("tier2")} - {ONE_MODULE_A_COMMAND})


def module_names() -> list[str]:
    packages = pkgutil.walk_packages(tier2.__path__, "tier2.")
    return ["tier2", *(module.name for module in packages if not module.name.endswith("__main__"))]


def public_things() -> list[tuple[str, object]]:
    """The public classes and functions, and the public methods that our own modules define on them."""
    found: list[tuple[str, object]] = []
    names = [(module, name) for module in (tier2, tier2.shell) for name in module.__all__]
    for module, name in names:
        thing = getattr(module, name)
        if isinstance(thing, type | FunctionType):
            found.append((name, thing))
        if isinstance(thing, type):
            methods = [
                (key, member) for key, member in vars(thing).items() if isinstance(member, FunctionType)
            ]
            found.extend((f"{name}.{key}", member) for key, member in methods if not key.startswith("_"))
    return found


def tracked_at_the_top() -> set[str]:
    """The names that git tracks at the top level; none where there is no git checkout."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return set()
    done = subprocess.run(
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return {name.split("/")[0] for name in done.stdout.split("\0") if name}


@pytest.mark.parametrize("folder", folders_of_the_package(), ids=name_of)
def test_a_folder_has_at_most_nine_modules(folder: Path) -> None:
    modules = {path.name for path in folder.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert len(modules) <= MODULES


def test_no_python_file_is_longer_than_500_lines() -> None:
    files = python_files("tier2", "tests", "tools")
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in files}
    assert name_of(Path(__file__)) in lengths
    assert {name: length for name, length in lengths.items() if length > LINES} == {}, "split it by subject"


@pytest.mark.parametrize("path", python_files("tier2", "tools"), ids=name_of)
def test_a_module_opens_with_a_sentence(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    assert docstring.partition("\n\n")[0].endswith((".", ":", ")")), "say first what the module is or does"


def test_only_the_agreed_files_lie_at_the_top() -> None:
    assert tracked_at_the_top() <= TOP_LEVEL


@pytest.mark.parametrize(("name", "thing"), public_things(), ids=[name for name, _ in public_things()])
def test_a_public_name_opens_with_a_sentence(name: str, thing: object) -> None:
    # `inspect.getdoc` would take the docstring of a base class for it.
    first = (inspect.cleandoc(thing.__doc__ or "") or "(no docstring)").partition("\n\n")[0]
    assert first.endswith((".", ":")), f"{name}: {first}"
    assert first[0].isupper() or not first[0].isalpha(), f"{name}: {first}"


@pytest.mark.parametrize("module", [tier2, tier2.shell], ids=lambda module: module.__name__)
def test_all_lists_each_public_name_once(module: ModuleType) -> None:
    assert len(module.__all__) == len(set(module.__all__))
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("name", module_names())
def test_the_examples_in_docstrings_work(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name), optionflags=doctest.FAIL_FAST)
    assert results.failed == 0


def test_there_are_examples_in_the_docstrings() -> None:
    finder = doctest.DocTestFinder()
    core = [name for name in module_names() if not name.startswith("tier2.shell")]
    found = [test for name in core for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) >= 5


FAMILY = {
    "Tier2Error": ("Exception",),
    "CanonicalError": ("Tier2Error", "ValueError"),
    "ContractError": ("Tier2Error", "ValueError"),
    "UnknownMissionError": ("Tier2Error", "ValueError"),
    "InvalidParamsError": ("Tier2Error", "ValueError"),
    "AntiFailurePlanningError": ("Tier2Error",),
    "AntiFailureViolation": ("Tier2Error",),
    "EnvelopeViolation": ("Tier2Error",),
    "IllegalEvent": ("Tier2Error",),
}
"""Each error and its bases, which callers' `except` clauses rely on."""


def test_errors_have_the_bases_that_callers_catch() -> None:
    found = {
        name: tuple(base.__name__ for base in thing.__bases__)
        for name, thing in vars(errors).items()
        if isinstance(thing, type) and issubclass(thing, Exception)
    }
    assert found == FAMILY


@pytest.mark.parametrize("name", FAMILY)
def test_each_error_is_public(name: str) -> None:
    assert getattr(tier2, name) is getattr(errors, name)
    assert name in tier2.__all__
