"""Does the last report of a CI run count what ran, and refuse to call a run proven that is not?"""

import json
import re
from pathlib import Path
from typing import Any

import ci_report
import pytest

TOX_INI = """
[tox]
env_list = lint, py
labels =
    ci = py311, py312, py313, py314, kills
"""


class Record:
    """A folder with what tox and pytest leave after a good run under 3.11 and 3.13; tests then spoil it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "tox.ini").write_text(TOX_INI, "utf-8")
        self.by_command = {"lint": self.ran("3.13.0"), "py": self.ran("3.13.0")}
        self.by_campaign = {"kills": self.ran("3.13.0"), "py311": self.ran("3.11.7 (main)")}
        for name in ("py", "py311"):
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
        names = []
        for number, environments in enumerate((self.by_command, self.by_campaign)):
            path = self.root / f"{number}.json"
            # tox writes down all environments of tox.ini; those that it did not run are empty.
            all_of_them: dict[str, Any] = {
                name: {} for name in ci_report.environments(self.root)
            } | environments
            path.write_text(json.dumps({"testenvs": all_of_them}), "utf-8")
            names.append(str(path))
        return ci_report.main(["3.11", "3.13", "--", *names], self.root)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path)


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_a_good_run_ends_with_the_sum_of_its_tests(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    assert record.report() == 0
    assert last_line(capsys) == "16 passed, 0 failed"


def test_failed_tests_and_errors_are_counted(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    record.suite("py311", tests=10, failures=2, errors=1)
    assert record.report() == 1
    assert last_line(capsys) == "15 passed, 3 failed"


@pytest.mark.parametrize("name", ["lint", "kills", "py"])
def test_an_environment_that_did_not_run_is_a_failure(
    record: Record, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    for environments in (record.by_command, record.by_campaign):
        environments.pop(name, None)
    assert record.report() == 1
    captured = capsys.readouterr()
    assert f"not proven: {name} did not run" in captured.err
    assert captured.out.splitlines()[-1].endswith(" passed, 1 failed")


def test_a_failed_command_is_a_failure(record: Record) -> None:
    record.by_command["lint"]["test"].append({"retcode": 1})
    assert record.report() == 1


def test_a_required_python_without_suite_is_a_failure(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    del record.by_campaign["py311"]
    assert record.report() == 1
    assert "not proven: no suite passed under Python 3.11" in capsys.readouterr().err


def test_a_suite_under_another_python_proves_nothing(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    record.by_campaign["py311"]["python"]["version"] = "3.12.1"
    assert record.report() == 1
    assert "not proven: no suite passed under Python 3.11" in capsys.readouterr().err


def test_a_suite_of_skipped_tests_is_a_failure(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    record.suite("py311", tests=3, skipped=3)
    assert record.report() == 1
    assert last_line(capsys) == "8 passed, 1 failed"


def test_a_suite_without_a_report_is_a_failure(record: Record) -> None:
    (record.root / ".tox" / "py311" / "junit.xml").unlink()
    assert record.report() == 1


def test_a_further_python_that_failed_is_a_failure(record: Record) -> None:
    record.by_campaign["py314"] = record.ran("3.14.0", retcode=1)
    record.suite("py314", tests=10, failures=1)
    assert record.report() == 1


def test_a_missing_record_of_tox_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text(TOX_INI, "utf-8")
    assert ci_report.main(["3.11", "--", str(tmp_path / "tox.json")], tmp_path) == 1


def test_the_environments_are_those_of_tox_ini() -> None:
    found = ci_report.environments(ci_report.ROOT)
    assert {"lint", "types", "contracts", "py", "py311", "py312", "coverage", "interop", "kills"} <= set(
        found
    )


def test_tox_runs_no_tool_that_is_missing() -> None:
    named = re.findall(r"python (tools/\S+)", (ci_report.ROOT / "tox.ini").read_text("utf-8"))
    assert named
    assert [name for name in named if not (ci_report.ROOT / name).exists()] == []
