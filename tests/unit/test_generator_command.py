"""What does the command `tools/generate.py` write, check and say?"""

import subprocess
import sys
from pathlib import Path

import generate
import pytest
from small_contracts import KIND, contract, text_of


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with one contract and nothing generated yet."""
    (tmp_path / generate.V1.contracts).mkdir(parents=True)
    (tmp_path / generate.V1.contracts / "a.schema.json").write_text(contract({"Kind": KIND}), "utf-8")
    return tmp_path


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class TestCommand:
    def test_it_writes_what_is_out_of_date_and_then_the_check_is_content(
        self, house: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert generate.main(["--root", str(house)]) == 0
        assert (house / generate.V1.module).read_text("utf-8") == text_of({"Kind": KIND})
        assert generate.main(["--root", str(house), "--check"]) == 0
        assert capsys.readouterr() == ("", "")

    def test_only_the_bundle_itself_is_no_source(self, house: Path) -> None:
        generate.main(["--root", str(house)])
        inner = house / generate.V1.contracts / "sub"
        inner.mkdir()
        (inner / "bundle.schema.json").write_text(
            contract({"Inner": KIND}, "sub/bundle.schema.json"), "utf-8"
        )
        assert set(generate.read_sources(inner.parent)) == {"a.schema.json", "sub/bundle.schema.json"}

    @pytest.mark.parametrize("file", [generate.V1.module, generate.V1.bundle])
    def test_the_check_shows_drift_and_the_command_and_writes_nothing(
        self, house: Path, capsys: pytest.CaptureFixture[str], file: str
    ) -> None:
        generate.main(["--root", str(house)])
        with (house / file).open("a") as drifted:
            drifted.write("drift = 1\n")
        before = files_in(house)
        assert generate.main(["--root", str(house), "--check"]) == 1
        shown = capsys.readouterr().err
        assert f"--- {file}" in shown
        assert "\n-drift = 1\n" in shown
        assert f"run: {generate.COMMAND}" in shown
        assert files_in(house) == before

    def test_the_check_counts_a_missing_file_as_drift(self, house: Path) -> None:
        assert generate.main(["--root", str(house), "--check"]) == 1
        assert not (house / generate.V1.module).exists()

    @pytest.mark.parametrize("content", [b'{"$id": 1}', b"\xff"])
    def test_a_fault_is_told_in_one_line_and_nothing_is_written(
        self, house: Path, capsys: pytest.CaptureFixture[str], content: bytes
    ) -> None:
        generate.main(["--root", str(house)])
        (house / generate.V1.contracts / "b.schema.json").write_bytes(content)
        before = files_in(house)
        assert generate.main(["--root", str(house)]) == 2
        shown = capsys.readouterr().err
        assert shown.startswith("generate: contracts/v1/b.schema.json#")
        assert shown.count("\n") == 1
        assert files_in(house) == before

    def test_a_folder_without_contracts_is_a_fault(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert generate.main(["--root", str(tmp_path)]) == 2
        assert "there is no contract file" in capsys.readouterr().err

    def test_the_repositorys_own_files_are_up_to_date(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert generate.main(["--check"]) == 0, capsys.readouterr().err

    def test_it_runs_as_a_script_from_any_folder(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, generate.__file__, "--check"], cwd=tmp_path, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")

    def test_places_of_its_own_are_for_one_version(
        self, house: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (house / "contracts" / "v2").mkdir()
        assert generate.main(["--root", str(house), "--module", "own.py"]) == 2
        assert "name it with --version" in capsys.readouterr().err
        assert generate.main(["--root", str(house), "--module", "own.py", "--version", "v1"]) == 0
        assert (house / "own.py").exists()
        assert not (house / generate.V1.module).exists()

    def test_a_folder_that_is_no_version_is_not_looked_at(self, house: Path) -> None:
        (house / "contracts" / "vectors").mkdir()
        assert generate.main(["--root", str(house)]) == 0
