"""Does a named check fail when one character of a contract, of the lock or of a generated file changes?

That it does for each known answer, `tests/vectors/test_files.py` shows. The checks are those of `tox -e contracts`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import generate
import lock
import pytest

ROOT = Path(__file__).parents[2]
MADE = (generate.V1.module, generate.V1.declarations)
FILES = [
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / generate.V1.contracts).rglob("*.json"))),
    *MADE,
]

pytestmark = pytest.mark.any_python


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything that is checked."""
    root = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / generate.V1.contracts, root / generate.V1.contracts)
    for path in MADE:
        (root / path).parent.mkdir(parents=True)
        shutil.copy(ROOT / path, root / path)
    return root


def failed(house: Path) -> set[str]:
    """The names of the checks that are not content."""
    checks = {"generate": generate.main, "lock": lock.main}
    return {name for name, main in checks.items() if main(["--root", str(house), "--check"]) != 0}


def changes(text: str, chance: Random) -> Iterator[str]:
    """The text with one character replaced, one taken out, and a space put in, in several places; and at its ends."""
    for at in (0, len(text) - 1, *(chance.randrange(len(text)) for _ in range(5))):
        other = "x" if text[at] != "x" else "y"
        yield text[:at] + other + text[at + 1 :]
        yield text[:at] + text[at + 1 :]
        yield text[:at] + " " + text[at:]
    yield text + "\n"


def test_the_checks_are_content_with_what_is_there(house: Path) -> None:
    assert failed(house) == set()
    assert len(FILES) >= 16


@pytest.mark.parametrize("file", FILES)
def test_a_change_of_one_character_makes_a_check_fail(house: Path, file: str) -> None:
    path = house / file
    before = path.read_bytes().decode()
    unseen = []
    for changed in changes(before, Random(file)):  # noqa: S311 - chance for tests, not for secrets
        path.write_bytes(changed.encode())
        if not failed(house):
            unseen.append(changed)
    path.write_bytes(before.encode())
    assert unseen == []
