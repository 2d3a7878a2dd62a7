"""Does the mutation testing know every module of the core, and count its results rightly?"""

from fnmatch import fnmatch
from pathlib import Path

import mutants
import pytest

ROOT = Path(__file__).parents[2]

NOT_MUTATED = ("__*", "*/__init__", "contracts/v1", "shell/*")
"""Tables, the generated module, and what is not the core: of the shell, only the modules that PROOFS names."""


def modules() -> list[str]:
    files = sorted((ROOT / "tier2").rglob("*.py"))
    return [file.relative_to(ROOT / "tier2").with_suffix("").as_posix() for file in files]


def test_every_module_of_the_core_is_mutated() -> None:
    core = [name for name in modules() if not any(fnmatch(name, pattern) for pattern in NOT_MUTATED)]
    assert [name for name in core if not any(fnmatch(name, pattern) for pattern in mutants.PROOFS)] == []
    assert [
        pattern for pattern in mutants.PROOFS if not any(fnmatch(name, pattern) for name in modules())
    ] == []


@pytest.mark.parametrize("module", mutants.PROOFS)
def test_the_tests_of_a_module_are_there(module: str) -> None:
    assert all((ROOT / test).is_file() for test in mutants.tests_of(module))


def test_an_unknown_module_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        mutants.main(["engine/limit"])
    assert "no module 'engine/limit'; there are errors, " in capsys.readouterr().err


def test_survivors_are_counted_by_module() -> None:
    found = mutants.verdicts(
        """
    tier2.errors.x_one__mutmut_1: killed
    tier2.errors.x_one__mutmut_2: survived
    tier2.engine.limits.x_two__mutmut_1: timeout
    tier2.engine.limits.x_two__mutmut_2: no tests
    """
    )
    assert list(mutants.table(found)) == [("errors", 1, 2), ("engine/limits", 1, 2), ("all", 2, 4)]


@pytest.mark.parametrize(
    ("before", "after", "only"),
    [
        ('cast("int", value)', "cast(None, value)", True),
        ('cast("int", value)', 'cast("int", None)', False),
        ("value + 1", "value - 1", False),
    ],
)
def test_another_type_in_a_cast_is_no_mutant(before: str, after: str, *, only: bool) -> None:
    assert mutants.only_renames_a_cast([f"- {before}", f"+ {after}"]) is only
