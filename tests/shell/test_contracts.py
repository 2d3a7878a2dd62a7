"""`contracts` lists, prints and exports the contract files of the wheel."""

import json
import shutil
from pathlib import Path

import pytest
from shell_command import Command

from tier2.shell.cli.commands import contracts

ROOT = Path(__file__).parents[2]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data of the package as the wheel lays it out; where there is no wheel, they are not there."""
    folder = tmp_path / "tier2" / "contracts"
    shutil.copytree(ROOT / "contracts" / "v1", folder / "schemas" / "v1")
    shutil.copytree(ROOT / "contracts" / "vectors" / "v1", folder / "vectors" / "v1")
    shutil.copytree(ROOT / "tier2" / "contracts" / "javascript", folder / "javascript")
    for page in ("README.md", "SPEC.md"):
        shutil.copy(ROOT / "contracts" / page, folder)
    monkeypatch.setattr(contracts, "files", lambda name: tmp_path / name)
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_list_names_every_file_with_its_title(tier2: Command, package: Path) -> None:
    answer = tier2("contracts", "list")
    names = [line.split()[0] for line in answer.out.decode().splitlines()]
    assert answer.code == 0
    assert len(names) == len(everything(package))
    assert {"v1/run.schema.json", "v1/bundle.schema.json", "javascript/tier2.mjs", "README.md"} <= set(names)
    title = json.loads((package / "schemas/v1/workflow.schema.json").read_bytes())["title"]
    (line,) = (
        line for line in answer.out.decode().splitlines() if line.startswith("v1/workflow.schema.json")
    )
    assert line.split(maxsplit=1)[1] == title


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("run", "schemas/v1/run.schema.json"),
        ("tier2.run/v1", "schemas/v1/run.schema.json"),
        ("v1/run.schema.json", "schemas/v1/run.schema.json"),
        ("daily_loop.params", "schemas/v1/missions/daily_loop.params.schema.json"),
        ("bundle", "schemas/v1/bundle.schema.json"),
        ("tier2.d.mts", "javascript/tier2.d.mts"),
        ("runs.json", "vectors/v1/runs.json"),
        ("README.md", "README.md"),
        ("SPEC.md", "SPEC.md"),
    ],
)
def test_show_prints_a_file_byte_for_byte(tier2: Command, package: Path, name: str, file: str) -> None:
    answer = tier2("contracts", "show", name)
    assert (answer.code, answer.err, answer.out) == (0, "", (package / file).read_bytes())


@pytest.mark.parametrize("name", ["nothing", "un", "tier2.run/v2", "", "../README.md"])
def test_show_refuses_what_is_not_there(tier2: Command, package: Path, name: str) -> None:
    assert package.is_dir()
    assert tier2("contracts", "show", name).refusal == (
        f"no file here is called {name}; `contracts list` names them"
    )


def test_export_writes_every_file_that_list_names(tier2: Command, package: Path, tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    answer = tier2("contracts", "export", out)
    names = [line.split()[0] for line in tier2("contracts", "list").out.decode().splitlines()]
    assert (answer.code, answer.out) == (0, b"")
    assert answer.message == f"wrote {len(names)} files into {out}"
    written = everything(out)
    assert sorted(written) == sorted(names)
    assert sorted(written.values()) == sorted(everything(package).values())
    assert written["v1/run.schema.json"] == (ROOT / "contracts/v1/run.schema.json").read_bytes()


def test_a_second_export_changes_nothing(tier2: Command, package: Path, tmp_path: Path) -> None:
    assert package.is_dir()
    out = tmp_path / "out"
    assert [tier2("contracts", "export", out).code for _ in range(2)] == [0, 0]


def test_export_replaces_other_content_only_by_force(tier2: Command, package: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "v1").mkdir(parents=True)
    (out / "v1" / "run.schema.json").write_text("mine", "utf-8")
    answer = tier2("contracts", "export", out)
    assert answer.refusal.startswith(
        f"{out}/v1/run.schema.json: is there with other content, one of 1; nothing was"
    )
    assert everything(out) == {"v1/run.schema.json": b"mine"}
    assert tier2("contracts", "export", "--force", out).code == 0
    assert everything(out)["v1/run.schema.json"] == (package / "schemas/v1/run.schema.json").read_bytes()


def test_export_into_a_file_is_refused(tier2: Command, package: Path, tmp_path: Path) -> None:
    assert package.is_dir()
    (tmp_path / "file").touch()
    assert ": cannot be written: " in tier2("contracts", "export", tmp_path / "file").refusal


def test_an_editable_install_says_where_the_files_are(
    tier2: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "files", lambda name: tmp_path / name)
    for action in (["list"], ["show", "run"], ["export", tmp_path / "out"]):
        assert "take them from contracts/ of its repository" in tier2("contracts", *action).refusal
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [[], ["show"], ["export"], ["list", "x"], ["delete"]])
def test_contracts_needs_an_action_and_its_arguments(tier2: Command, arguments: list[str]) -> None:
    answer = tier2("contracts", *arguments)
    assert (answer.code, answer.out) == (2, b"")
