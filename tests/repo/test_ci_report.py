"""Does the closing report of a CI run count what ran, and refuse to call a run proven that is not?"""

import json
from pathlib import Path
from typing import Any

import ci_report
import pytest

VERSIONS = ("3.11", "3.12")


class Record:
    """A folder with what tox and pytest leave behind after a good run; tests then spoil it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environments: dict[str, Any] = {name: self.ran("3.13.0") for name in ci_report.CHECKS}
        for version in VERSIONS:
            name = f"py{version.replace('.', '')}"
            self.environments[name] = self.ran(f"{version}.4 (main)")
            self.suite(name, tests=10, skipped=2)

    def ran(self, version: str, retcode: int = 0) -> dict[str, Any]:
        return {"python": {"version": version}, "test": [{"retcode": retcode}]}

    def suite(self, name: str, **counts: int) -> None:
        folder = self.root / ".tox" / name
        folder.mkdir(parents=True, exist_ok=True)
        found = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0, **counts}
        attributes = " ".join(f'{key}="{value}"' for key, value in found.items())
        (folder / "junit.xml").write_text(f"<testsuites><testsuite {attributes}/></testsuites>", "utf-8")

    def report(self) -> int:
        path = self.root / "tox.json"
        path.write_text(json.dumps({"testenvs": self.environments}), "utf-8")
        return ci_report.main([str(path), *VERSIONS])


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    monkeypatch.setattr(ci_report, "ROOT", tmp_path)
    return Record(tmp_path)


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_a_good_run_closes_with_the_sum_of_the_tests_that_passed(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    assert record.report() == 0
    assert last_line(capsys) == "16 passed, 0 failed"


def test_failed_tests_and_errors_are_counted(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    record.suite("py311", tests=10, failures=2, errors=1)
    assert record.report() == 1
    assert last_line(capsys) == "15 passed, 3 failed"


@pytest.mark.parametrize("name", [*ci_report.CHECKS, "py311", "py312"])
def test_an_environment_that_was_passed_over_is_a_failure(
    record: Record, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    del record.environments[name]["test"]
    assert record.report() == 1
    captured = capsys.readouterr()
    assert f"not proven: {name} did not run" in captured.err
    assert captured.out.splitlines()[-1] == "16 passed, 1 failed"


@pytest.mark.parametrize("name", [*ci_report.CHECKS, "py311"])
def test_an_environment_whose_command_failed_is_a_failure(record: Record, name: str) -> None:
    record.environments[name]["test"].append({"retcode": 1})
    assert record.report() == 1


def test_a_suite_without_a_test_is_a_failure(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    record.suite("py312", tests=3, skipped=3)
    assert record.report() == 1
    assert last_line(capsys) == "8 passed, 1 failed"


def test_a_suite_without_a_report_is_a_failure(record: Record) -> None:
    (record.root / ".tox" / "py311" / "junit.xml").unlink()
    assert record.report() == 1


def test_a_suite_under_another_python_than_its_name_says_is_a_failure(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    record.environments["py311"]["python"]["version"] = "3.12.1"
    assert record.report() == 1
    assert "not proven: py311 ran under Python 3.12.1" in capsys.readouterr().err


def test_a_run_of_which_tox_wrote_nothing_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ci_report, "ROOT", tmp_path)
    assert ci_report.main([str(tmp_path / "tox.json"), *VERSIONS]) == 1
