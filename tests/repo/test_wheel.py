"""Is the wheel what the repository promises, and is it the wheel that the tests run on?"""

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path, PurePosixPath

import pytest

import tier2

ROOT = Path(__file__).parents[2]
NAME = "tier2-workflows"


SITE_PACKAGES = Path(sysconfig.get_path("purelib"))


def is_the_wheel(file: str) -> bool:
    return Path(file).is_relative_to(SITE_PACKAGES)


# With the source folder installed (`pip install -e .`), there is no wheel to look at. tox installs one, and says so.
needs_wheel = pytest.mark.skipif(
    not is_the_wheel(str(tier2.__file__))
    and "TIER2_EXPECT_WHEEL" not in os.environ
    and "TIER2_REQUIRE_ALL" not in os.environ,
    reason="the wheel is not installed; run the tests with tox",
)


def shipped() -> dict[str, Path]:
    """The files that the distribution brought into site-packages, by their names there."""
    files = metadata.files(NAME) or []
    inside = [file for file in files if ".." not in file.parts and "__pycache__" not in file.parts]
    return {file.as_posix(): Path(str(file.locate())) for file in inside}


def contract_files() -> list[PurePosixPath]:
    """The repository's contract files and known answers, relative to contracts/."""
    folder = ROOT / "contracts"
    found = [*(folder / "v1").rglob("*"), *(folder / "vectors" / "v1").rglob("*")]
    return sorted(PurePosixPath(path.relative_to(folder).as_posix()) for path in found if path.is_file())


def place_in_wheel(file: PurePosixPath) -> str:
    parts = file.parts if file.parts[0] == "vectors" else ("schemas", *file.parts)
    return PurePosixPath("tier2", "contracts", *parts).as_posix()


@pytest.mark.skipif(
    "TIER2_EXPECT_WHEEL" not in os.environ, reason="only tox promises that the wheel is tested"
)
def test_the_tests_run_on_the_installed_wheel() -> None:
    assert is_the_wheel(str(tier2.__file__))
    program = "import tier2; print(tier2.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert is_the_wheel(done.stdout.strip())


@needs_wheel
def test_the_wheel_has_contracts_and_known_answers() -> None:
    expected = {place_in_wheel(file): (ROOT / "contracts" / file).read_bytes() for file in contract_files()}
    data = {name: path.read_bytes() for name, path in shipped().items() if name.endswith(".json")}
    in_package = {name: text for name, text in data.items() if name.startswith("tier2/")}
    assert in_package.pop("tier2/contracts/javascript/package.json")
    assert "tier2/contracts/schemas/v1/workflow.schema.json" in in_package
    assert in_package == expected


@needs_wheel
def test_the_wheel_exports_all_for_other_languages(tmp_path: Path) -> None:
    out = tmp_path / "out"
    program = [sys.executable, "-m", "tier2", "contracts", "export", str(out)]
    subprocess.run(program, check=True, capture_output=True, cwd=tmp_path, timeout=60)
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    javascript = {f"javascript/{name}" for name in ("tier2.mjs", "tier2.d.mts", "package.json")}
    assert written == {*map(str, contract_files()), *javascript, "README.md", "SPEC.md"}
    for name in written:
        source = ROOT / ("tier2/contracts" if name in javascript else "contracts") / name
        assert (out / name).read_bytes() == source.read_bytes()


OURS = """
from tier2 import MISSIONS, OPERATIONS, MissionType, Pure, StepSpec
import msgspec

class Params(msgspec.Struct):
    pass

STEPS = [StepSpec(id="price", kind="runtime", payload={"operation": "price"})]
OUR_MISSIONS = {**MISSIONS, "order": MissionType(Params, lambda _: STEPS)}
OUR_OPERATIONS = {**OPERATIONS, "price": Pure(lambda payload, state: {"cents": state["count"] * 250})}
"""


@needs_wheel
def test_the_wheel_finds_a_changed_operation(tmp_path: Path) -> None:
    """A larger system, outside any clone, whose scenario notices that an operation was changed."""
    scenario = json.loads((ROOT / "contracts/examples/scenarios/echo.json").read_bytes())
    scenario["mission"]["type"] = "order"
    scenario["context"]["initial_state"] = {"count": 2}
    scenario["expect"] |= {"values": {"/cents": 500}, "result_sha256": None}
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/order.json").write_text(json.dumps(scenario), "utf-8")

    def played(source: str) -> tuple[int, str]:
        (tmp_path / "ours.py").write_text(source, "utf-8")
        options = ("--missions", "ours:OUR_MISSIONS", "--operations", "ours:OUR_OPERATIONS", "--quiet")
        done = subprocess.run(
            [sys.executable, "-B", "-m", "tier2", "test", "scenarios", *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=60,
        )
        return done.returncode, done.stdout

    assert played(OURS) == (0, "")
    code, report = played(OURS.replace("250", "2500"))
    assert (code, "expected 500, found 5000" in report) == (1, True)


@needs_wheel
def test_the_wheel_has_exactly_the_source_modules() -> None:
    source = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tier2").rglob("*.py")}
    names = shipped()
    assert {name for name in names if name.endswith(".py")} == source
    assert {PurePosixPath(name).parts[0] for name in names if ".dist-info" not in name} == {"tier2"}
    assert "tier2/py.typed" in names


@needs_wheel
def test_the_wheel_needs_only_msgspec() -> None:
    needed = metadata.requires(NAME) or []
    assert [requirement.partition(">")[0] for requirement in needed] == ["msgspec"]


@needs_wheel
def test_the_command_is_installed_as_tier2() -> None:
    (script,) = metadata.entry_points(group="console_scripts", name="tier2")
    assert script.value == "tier2.shell.cli:entry"
    assert callable(script.load())


def test_the_version_is_the_newest_in_the_changelog() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
    newest = next(line for line in lines if line.startswith("## "))
    assert newest.split()[1] == tier2.__version__


@needs_wheel
def test_the_wheel_names_version_license_and_authors() -> None:
    about = metadata.metadata(NAME)
    assert (about["Version"], about["Author"]) == (tier2.__version__, "the tier2 authors")
    assert (about["License-Expression"], about["License-File"]) == ("Apache-2.0", "LICENSE")
    (name,) = (name for name in shipped() if name.endswith(".dist-info/licenses/LICENSE"))
    assert shipped()[name].read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_sdist_has_all_that_a_reader_needs() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = settings["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"/CHANGELOG.md", "/LICENSE", "/README.md", "/SECURITY.md", "/contracts", "/tests"} <= set(
        included
    )
    assert [name for name in included if not (ROOT / name.removeprefix("/")).exists()] == []
