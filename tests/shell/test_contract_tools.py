"""What do `tier2 contracts generate`, `compat` and `lock` write, check and say?"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shell_command import Command
from small_contracts import KIND, TEXT, Schema, closed, contract, ref, text_of, view_of

from tier2.codegen.generation import COMMAND, V1
from tier2.codegen.lock import LOCK_FILE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one contract, nothing generated or locked yet."""
    (tmp_path / V1.contracts).mkdir(parents=True)
    (tmp_path / V1.contracts / "a.schema.json").write_text(contract({"Kind": KIND}), "utf-8")
    return tmp_path


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def write(folder: Path, name: str, defs: Schema) -> Path:
    """Writes a contract file whose document is the type T; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = f"{name}.schema.json"
    (folder / file).write_text(contract(defs, file, **ref("T")), "utf-8")
    return folder


class TestGenerate:
    def test_it_writes_the_files_and_names_them(self, tier2: Command, project: Path) -> None:
        answer = tier2("contracts", "generate", "--root", project)
        assert (answer.code, answer.out) == (0, b"")
        assert answer.err == "".join(
            f"tier2: wrote {project / path}\n" for path in (V1.module, V1.bundle, V1.declarations)
        )
        assert (project / V1.module).read_text("utf-8") == text_of({"Kind": KIND})

    def test_it_touches_nothing_that_is_up_to_date(self, tier2: Command, project: Path) -> None:
        tier2("contracts", "generate", "--root", project)
        (project / V1.bundle).unlink()
        before = (project / V1.module).stat().st_ino
        assert tier2("contracts", "generate", "--root", project).message == f"wrote {project / V1.bundle}"
        assert (project / V1.module).stat().st_ino == before
        for mode in ([], ["--check"]):
            assert tier2("contracts", "generate", "--root", project, *mode) == (0, b"", "")

    @pytest.mark.parametrize("file", [V1.module, V1.bundle])
    def test_the_check_prints_the_drift_and_writes_nothing(
        self, tier2: Command, project: Path, file: str
    ) -> None:
        tier2("contracts", "generate", "--root", project)
        with (project / file).open("a") as drifted:
            drifted.write("drift = \x1b1\n")
        before = files_in(project)
        answer = tier2("contracts", "generate", "--root", project, "--check")
        assert answer.code == 1
        assert answer.out.startswith(f"--- {file}\n+++ {file} (generated)\n".encode())
        assert b"\n-drift = \\u001b1\n" in answer.out
        assert answer.message == f"out of date: {file}; run: {COMMAND} --root {project}"
        assert files_in(project) == before

    def test_the_check_counts_a_missing_file_as_drift(self, tier2: Command, project: Path) -> None:
        before = files_in(project)
        assert tier2("contracts", "generate", "--root", project, "--check").code == 1
        assert files_in(project) == before

    @pytest.mark.parametrize("content", [b'{"$id": 1}', b"\xff"])
    def test_a_bad_contract_is_named_and_nothing_written(
        self, tier2: Command, project: Path, content: bytes
    ) -> None:
        tier2("contracts", "generate", "--root", project)
        (project / V1.contracts / "b.schema.json").write_bytes(content)
        before = files_in(project)
        refusal = tier2("contracts", "generate", "--root", project).refusal
        assert refusal.startswith("contracts/v1/b.schema.json#")
        assert files_in(project) == before

    def test_only_the_bundle_at_the_top_is_no_source(self, tier2: Command, project: Path) -> None:
        inner = project / V1.contracts / "sub" / "bundle.schema.json"
        inner.parent.mkdir()
        inner.write_text(contract({"Inner": KIND}, "sub/bundle.schema.json"), "utf-8")
        (project / V1.bundle).write_text("no contract", "utf-8")
        assert tier2("contracts", "generate", "--root", project).code == 0
        assert json.loads((project / V1.bundle).read_bytes())["$defs"].keys() == {"Inner", "Kind"}

    def test_places_of_its_own_are_for_one_version(self, tier2: Command, project: Path) -> None:
        (project / "contracts" / "v2").mkdir()
        own = ["contracts", "generate", "--root", project, "--module", "lib/own.py"]
        assert "name it with --version" in tier2(*own).refusal
        assert tier2(*own, "--version", "v1").code == 0
        command = f"{COMMAND} --version v1 --module lib/own.py"
        assert f"\n    {command}\n" in (project / "lib/own.py").read_text("utf-8")
        assert not (project / V1.module).exists()
        (project / "lib/own.py").unlink()
        answer = tier2(*own, "--version", "v1", "--check")
        assert answer.message == f"out of date: lib/own.py; run: {command} --root {project}"

    def test_other_folders_beside_the_versions_are_ignored(self, tier2: Command, project: Path) -> None:
        for name in ("vectors", "vNext", "x1"):
            (project / "contracts" / name).mkdir()
        assert tier2("contracts", "generate", "--root", project).code == 0

    def test_a_place_that_cannot_be_written_is_named(self, tier2: Command, project: Path) -> None:
        (project / "file").touch()
        for place in ("file/own.py", "contracts"):
            refusal = tier2("contracts", "generate", "--root", project, "--module", place).refusal
            assert refusal.startswith(f"{project / place}: cannot be ")

    def test_the_files_of_the_project_are_up_to_date(self, tier2: Command) -> None:
        answer = tier2("contracts", "generate", "--root", ROOT, "--check")
        assert (answer.code, answer.out) == (0, b"")

    def test_the_script_works_where_the_package_does_not(self, tmp_path: Path) -> None:
        unwanted = shutil.ignore_patterns("bundle.*", "__pycache__")
        for folder in ("tools", "tier2/codegen", V1.contracts):
            shutil.copytree(ROOT / folder, tmp_path / folder, ignore=unwanted)
        (tmp_path / "tier2" / "__init__.py").write_text("from tier2.contracts import v1\n", "utf-8")
        command = [sys.executable, "-I", str(tmp_path / "tools" / "generate.py")]
        done = subprocess.run(command, cwd="/", capture_output=True, check=False, timeout=60)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        for path in (V1.module, V1.bundle, V1.declarations):
            assert (tmp_path / path).read_bytes() == (ROOT / path).read_bytes()


class TestLock:
    def test_new_files_are_locked_and_missed_until_then(self, tier2: Command, project: Path) -> None:
        check = ["contracts", "lock", "--root", project, "--check"]
        missed = "contracts/v1/a.schema.json: not locked; run: tier2 contracts lock"
        answer = tier2(*check)
        assert (answer.code, answer.out, answer.message) == (1, b"", missed)
        assert not (project / V1.contracts / LOCK_FILE).exists()
        assert tier2("contracts", "lock", "--root", project) == (0, b"", "")
        assert tier2(*check) == (0, b"", "")
        (project / V1.contracts / LOCK_FILE).unlink()
        assert tier2(*check).message == missed

    def test_a_locked_file_cannot_be_locked_over(self, tier2: Command, project: Path) -> None:
        tier2("contracts", "lock", "--root", project)
        (project / V1.contracts / "a.schema.json").write_text(
            contract({"Kind": {"enum": ["other"]}}), "utf-8"
        )
        before = files_in(project)
        for mode in ([], ["--check"]):
            answer = tier2("contracts", "lock", "--root", project, *mode)
            assert answer.code == 1
            assert answer.message.startswith("contracts/v1/a.schema.json: a released file changed")
        assert files_in(project) == before
        assert tier2("contracts", "lock", "--root", project, "--unreleased").code == 0
        assert tier2("contracts", "lock", "--root", project, "--check").code == 0

    def test_the_unreleased_of_two_versions_must_be_named(self, tier2: Command, project: Path) -> None:
        tier2("contracts", "lock", "--root", project)
        write(project / "contracts" / "v2", "a", {"T": view_of({})})
        before = files_in(project)
        lock = ["contracts", "lock", "--root", project, "--unreleased"]
        assert "name it with --version" in tier2(*lock).refusal
        assert files_in(project) == before
        assert tier2(*lock, "--version", "v2").code == 0
        assert tier2("contracts", "lock", "--root", project, "--check").code == 0

    def test_a_lock_edited_by_hand_is_named(self, tier2: Command, project: Path) -> None:
        (project / V1.contracts / LOCK_FILE).write_text("{}", "utf-8")
        assert tier2("contracts", "lock", "--root", project).refusal == (
            f"contracts/v1/{LOCK_FILE}#: not as `tier2 contracts lock` writes it"
        )

    def test_check_and_unreleased_exclude_each_other(self, tier2: Command, project: Path) -> None:
        answer = tier2("contracts", "lock", "--root", project, "--check", "--unreleased")
        assert (answer.code, answer.out) == (2, b"")


@pytest.mark.parametrize("action", ["generate", "lock"])
class TestRoot:
    def test_a_root_without_versions_is_refused(self, tier2: Command, tmp_path: Path, action: str) -> None:
        assert "--root" in tier2("contracts", action, "--root", tmp_path).refusal
        (tmp_path / "contracts").mkdir()
        folder = tmp_path / "contracts"
        assert tier2("contracts", action, "--root", tmp_path).refusal.startswith(f"{folder}/v1: there is no")

    def test_a_version_that_is_not_there_is_refused(self, tier2: Command, project: Path, action: str) -> None:
        refusal = tier2("contracts", action, "--root", project, "--version", "v9").refusal
        assert refusal.startswith(f"{project}/contracts/v9: there is no")

    def test_the_root_is_the_current_folder_by_default(
        self, tier2: Command, project: Path, action: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(project)
        assert tier2("contracts", action).code == 0
        assert tier2("contracts", action, "--check") == (0, b"", "")


class TestCompat:
    PLACE = "order.schema.json#/$defs/T/properties/b"

    @pytest.fixture
    def folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Two folders of contracts in the current one."""
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "old", "order", {"T": view_of({"a": TEXT})})
        write(tmp_path / "new", "order", {"T": view_of({"a": TEXT, "b": TEXT})})
        return ["old", "new"]

    def policy(self, **policy: object) -> None:
        Path("policy.json").write_text(json.dumps({"documents": {}, "accepted": {}} | policy), "utf-8")

    def test_it_prints_the_changes_and_exits_by_the_policy(self, tier2: Command, folders: list[str]) -> None:
        answer = tier2("contracts", "compat", *folders)
        assert answer.code == 1
        assert answer.out.decode() == (
            "order: backward no, forward yes; needs backward and forward: BROKEN\n"
            f"    {self.PLACE}: the optional property was added to an open object (backward no, forward yes)\n"
        )
        assert answer.message.startswith("not compatible: order; make it a new version, or accept the change")
        for allowing in ({"documents": {"order": ["forward"]}}, {"accepted": {self.PLACE: "nobody has it"}}):
            self.policy(**allowing)
            answer = tier2("contracts", "compat", *folders, "--policy", "policy.json")
            assert (answer.code, answer.err) == (0, "")

    def test_the_policy_beside_the_contracts_is_the_default(self, tier2: Command, folders: list[str]) -> None:
        Path("contracts").mkdir()
        self.policy(documents={"*": ["neither"]})  # it belongs to other contracts
        Path("policy.json").rename("contracts/policy.json")
        self.policy(documents={"*": ["forward"]})
        assert tier2("contracts", "compat", *folders).code == 0
        answer = tier2("contracts", "compat", *reversed(folders))
        assert answer.code == 1
        assert answer.message.endswith(" in policy.json")

    def test_a_policy_that_cannot_be_read_is_named(self, tier2: Command, folders: list[str]) -> None:
        for content in (b"{}", b"\xff"):
            Path("policy.json").write_bytes(content)
            refusal = tier2("contracts", "compat", *folders, "--policy", "policy.json").refusal
            assert refusal.startswith("policy.json: ")
        assert "cannot be read" in tier2("contracts", "compat", *folders, "--policy", "none.json").refusal

    @pytest.mark.parametrize("content", [b"{", b"\xff"])
    def test_a_file_that_is_no_json_is_named_with_its_folder(
        self, tier2: Command, folders: list[str], content: bytes
    ) -> None:
        Path("new/order.schema.json").write_bytes(content)
        refusal = tier2("contracts", "compat", *folders).refusal
        assert refusal.startswith("new/order.schema.json#: ")

    @pytest.mark.parametrize("given", [".", "absent", "no-revision:contracts/v1", "--", "-x:y", "a\0b:c"])
    def test_a_folder_that_cannot_be_read_is_refused(
        self, tier2: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert tier2("contracts", "compat", "--", given, given).refusal


SEVERAL = {
    "a.schema.json": {
        "Thing": closed({"one": {"type": "null"}, "two": TEXT, "three": {**TEXT, "format": "date"}}),
        "lower": KIND,
    },
    "b.schema.json": {
        "Other": closed({"four": {"type": "array", "items": {"type": "string", "default": ""}}})
    },
}
"""Contract files with four things that cannot be expressed."""


@pytest.mark.parametrize("action", ["generate", "compat"])
def test_all_that_is_wrong_with_a_folder_is_said_at_once(tier2: Command, tmp_path: Path, action: str) -> None:
    folder = tmp_path / "contracts" / "v1"
    folder.mkdir(parents=True)
    for file, types in SEVERAL.items():
        (folder / file).write_text(contract(types, file), "utf-8")
    arguments = ("--root", tmp_path) if action == "generate" else (folder, folder)
    answer = tier2("contracts", action, *arguments)
    assert (answer.code, answer.out) == (2, b"")
    places = [line.split(": ")[1].rpartition("/v1/")[2] for line in answer.err.splitlines()]
    assert places == [
        "a.schema.json#/$defs/Thing/properties/one",
        "a.schema.json#/$defs/Thing/properties/three",
        "a.schema.json#/$defs/lower",
        "b.schema.json#/$defs/Other/properties/four/items/default",
    ]


def test_types_that_do_not_go_together_are_all_said_at_once(tier2: Command, tmp_path: Path) -> None:
    folder = tmp_path / "contracts" / "v1"
    folder.mkdir(parents=True)
    wish = view_of({"id": TEXT})
    types = {
        "Wish": wish,
        "Thing": closed({"a": ref("Wish"), "b": TEXT, "c": ref("Nope")}),
        "Use": closed({"t": ref("Thing")}),
    }
    (folder / "a.schema.json").write_text(contract(types), "utf-8")
    lines = tier2("contracts", "generate", "--root", tmp_path).err.splitlines()
    assert [line.split(": ")[1].rpartition("properties/")[2] for line in lines] == ["a", "c/$ref"]
