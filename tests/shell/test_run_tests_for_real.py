"""Does `run_tests` test a foreign project, and say what it found?"""

import json
import sys
from pathlib import Path

import pytest
from real_runs import RealRuns


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_good.py").write_text(
        "import pytest\ndef test_fine(): pass\n@pytest.mark.skip\ndef test_later(): pass\n", encoding="utf-8"
    )
    (folder / "test_bad.py").write_text("def test_wrong(): assert 0, 'here'\n", encoding="utf-8")
    return folder


def test_a_passed_test_run_has_totals_and_files(real: RealRuns, project: Path) -> None:
    answer = real("run", "run_tests", "--param", "target=test_good.py", "--directory", project)
    assert answer.code == 0
    state = answer.json["final_state"]
    assert state["report"] == {
        "status": "passed",
        "total": 2,
        "passed": 1,
        "skipped": 1,
        "xfailed": 0,
        "xpassed": 0,
        "failed": 0,
        "error": 0,
        "not_run": 0,
    }
    assert state["tests"]["not_passed"] == [{"id": "test_good.py::test_later", "outcome": "skipped"}]
    kept = real.runs / "wf-run-tests-1" / "outcomes.ndjson"
    assert [json.loads(line) for line in kept.read_bytes().splitlines()] == [
        {"id": "test_good.py::test_fine", "outcome": "passed"},
        {"id": "test_good.py::test_later", "outcome": "skipped"},
    ]
    assert {path.name for path in real.runs.iterdir()} == {
        "wf-run-tests-1",
        "wf-run-tests-1.ndjson",
        "wf-run-tests-1.junit.xml",
        "wf-run-tests-1.output.txt",
    }
    lines = real.path("wf-run-tests-1").read_bytes().splitlines()
    assert [str(project).encode() in line for line in lines] == [False, True, *[False] * 4]
    assert real("runs").out.startswith(b"wf-run-tests-1  finished: completed; head ")


def test_a_test_that_fails_fails_the_run_and_is_named(real: RealRuns, project: Path) -> None:
    answer = real("run", "run_tests", "--directory", project)
    assert answer.code == 1
    assert answer.json["error_message"] == "1 of 3 tests failed: test_bad.py::test_wrong"
    beside = real.path("wf-run-tests-1").with_suffix("")
    assert answer.err.endswith(
        "tier2: step 'tests-report' failed: 1 of 3 tests failed: test_bad.py::test_wrong; "
        f"the run is recorded in {beside}.ndjson; read on in {beside}.output.txt and {beside}.junit.xml; "
        f"to do only this step again, with what the steps before it gave: "
        f"tier2 retry wf-run-tests-1 --directory {project}\n"
    )
    assert b"here" in (real.runs / "wf-run-tests-1.output.txt").read_bytes()


def test_at_a_terminal_the_outcomes_are_counted(real: RealRuns, project: Path) -> None:
    lines = real("run", "run_tests", "--directory", project, typed="", screen=True).err.splitlines()
    assert "tier2: step 'tests-report' failed: 1 of 3 tests failed: test_bad.py::test_wrong" in lines
    assert lines[-3:] == [
        f"    tier2 retry wf-run-tests-1 --directory {project}",
        "failed: test_bad.py::test_wrong",
        "3 tests: 1 failed, 1 passed, 1 skipped",
    ]


def test_two_runs_of_the_same_tests_are_the_same(real: RealRuns, project: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    first = real("run", "run_tests", "--directory", project)
    project.rename(moved)
    second = real("run", "run_tests", "--directory", moved)
    assert first.out == second.out


@pytest.mark.parametrize("target", ["--version", "-x", "@options", "none.py", "", "../nowhere"])
def test_a_target_is_never_an_option(real: RealRuns, project: Path, target: str) -> None:
    (project / "options").write_text("--version\n", encoding="utf-8")
    answer = real("run", "run_tests", "--param", f"target={json.dumps(target)}", "--directory", project)
    assert (answer.code, answer.json["error_message"]) == (1, "the target does not exist")


def test_the_interpreter_is_the_one_that_is_named(real: RealRuns, project: Path, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\necho used >> "{tmp_path}/log"\nexec "{sys.executable}" "$@"\n', encoding="utf-8"
    )
    python.chmod(0o755)
    answer = real(
        *("run", "run_tests", "--param", "target=test_good.py", "--directory", project, "--python", python)
    )
    assert answer.code == 0
    assert (tmp_path / "log").read_text(encoding="utf-8") == "used\nused\n"


@pytest.mark.parametrize("folder", [".", "runs", "/proc/none/at/all"])
def test_the_folder_of_runs_may_have_any_name(
    real: RealRuns, project: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.chdir(project)
    answer = real("run", "run_tests", "--param", "target=test_good.py", "--runs", folder)
    assert answer.code == (2 if folder.startswith("/proc") else 0)


def test_the_folder_of_runs_may_be_the_root(real: RealRuns) -> None:
    # The rehearsal of the consent alone: nothing is put into the root.
    answer = real(*("run", "--runs", "/", "--mission", mission_of_tests(real)))
    assert "would perform tests.discover" in answer.refusal


def mission_of_tests(real: RealRuns) -> Path:
    path = real.folder / "mission.json"
    path.write_text('{"contract":"tier2.mission/v1","type":"run_tests","params":{}}', encoding="utf-8")
    return path


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf", "1e9", "soon", ""])
def test_a_time_limit_that_is_none_is_wrong_usage(real: RealRuns, limit: str) -> None:
    answer = real("run", "run_tests", f"--time-limit={limit}")
    assert (answer.code, answer.out) == (2, b"")
    assert "--time-limit" in answer.err


def test_a_cut_off_test_run_is_resumed_with_leave(real: RealRuns, project: Path) -> None:
    whole = real("run", "run_tests", "--param", "target=test_good.py", "--directory", project)
    path = real.path("wf-run-tests-1")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]))
    on = ("resume", "wf-run-tests-1", "--directory", project)
    answer = real(*on)
    assert (answer.code, answer.out) == (3, b"")
    assert "allow it with --allow tests.execute" in answer.message
    answer = real(*on, "--allow", "tests.execute")
    assert (answer.code, answer.out) == (0, whole.out)
    assert path.read_bytes() == b"".join(lines)


def cut_off(real: RealRuns) -> None:
    """Takes the run back to where its tests were found and none had run, as if it was killed there."""
    path = real.path("wf-run-tests-1")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))


def test_a_run_goes_on_in_its_own_folder_only(real: RealRuns, project: Path, tmp_path: Path) -> None:
    real("run", "run_tests", "--param", "target=test_good.py", "--directory", project, "--time-limit", "90")
    cut_off(real)
    other = tmp_path / "other"
    other.mkdir()
    wrong = ("resume", "wf-run-tests-1", "--allow", "tests.execute", "--directory", other)
    answer = real(*wrong, "--time-limit", "90")
    assert (answer.code, answer.out) == (3, b"")
    refused = f"the run began with the folder {project}, and this is {other}; give --directory {project}"
    assert refused in answer.err
    assert "--time-limit 90" in real(*wrong).err  # the run has kept it
    # What the hint says goes on, from anywhere.
    hint = answer.err.strip().partition("to go on: tier2 ")[2].split()
    assert hint[-4:] == ["--directory", str(project), "--time-limit", "90"]
    assert real(*hint, "--allow", "tests.execute").code == 0


def test_a_run_goes_on_with_its_own_interpreter_only(real: RealRuns, project: Path, tmp_path: Path) -> None:
    real("run", "run_tests", "--directory", project)
    cut_off(real)
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    answer = real(
        "resume", "wf-run-tests-1", "--allow=tests.execute", "--directory", project, "--python", python
    )
    assert answer.code == 3
    assert f"the run began with the interpreter {sys.executable}, and this is {python}; " in answer.err


def test_a_run_goes_on_with_the_same_version_only(
    real: RealRuns, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real("run", "run_tests", "--directory", project)
    cut_off(real)
    monkeypatch.setattr("platform.python_version", lambda: "2.7.18")
    answer = real("resume", "wf-run-tests-1", "--allow=tests.execute", "--directory", project)
    assert answer.code == 3
    assert "this is CPython 2.7.18; give --python with that one" in answer.err
