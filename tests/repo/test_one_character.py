"""Does a named check fail when one character of a contract, of the lock or of a generated file changes?

`tests/vectors/test_files.py` shows the same for the known answers. The checks are those of `tox -e contracts`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tier2.codegen.generation import V1
from tier2.shell.cli import main

ROOT = Path(__file__).parents[2]
MADE = (V1.module, V1.declarations)
FILES = [
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / V1.contracts).rglob("*.json"))),
    *MADE,
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a copy of everything that is checked."""
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / V1.contracts, root / V1.contracts)
    for path in MADE:
        (root / path).parent.mkdir(parents=True)
        shutil.copy(ROOT / path, root / path)
    return root


def failed(copy: Path) -> set[str]:
    """The names of the checks that fail."""
    checks = ("generate", "lock")
    return {name for name in checks if main(["contracts", name, "--root", str(copy), "--check"]) != 0}


def changes(text: str, chance: Random) -> Iterator[str]:
    """The text with one character replaced, one taken out, and a space put in, in several places; and at its ends."""
    for at in (0, len(text) - 1, *(chance.randrange(len(text)) for _ in range(5))):
        other = "x" if text[at] != "x" else "y"
        yield text[:at] + other + text[at + 1 :]
        yield text[:at] + text[at + 1 :]
        yield text[:at] + " " + text[at:]
    yield text + "\n"


def test_the_checks_pass_as_long_as_nothing_changes(copy: Path) -> None:
    assert failed(copy) == set()
    assert len(FILES) >= 16


@pytest.mark.parametrize("file", FILES)
def test_a_change_of_one_character_fails_a_check(copy: Path, file: str) -> None:
    path = copy / file
    before = path.read_bytes().decode()
    unseen = []
    for changed in changes(before, Random(file)):  # noqa: S311 - chance for tests, not for secrets
        path.write_bytes(changed.encode())
        if not failed(copy):
            unseen.append(changed)
    path.write_bytes(before.encode())
    assert unseen == []
