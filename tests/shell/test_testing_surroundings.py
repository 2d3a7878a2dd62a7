"""What does `run_tests` take from its surroundings (settings, interpreters), and what does it leave there?"""

import os
import shlex
import stat
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pytest_projects import OUTCOMES, PASSING, Project

from tier2.shell.worlds.run_tests.session import RECORDER

# The project's own settings, and the user's


def test_the_options_of_the_user_hold(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k test_b")
    project.write(test_a__py=PASSING + "def test_b():\n    pass\n")
    assert project.discover() == ["test_a.py::test_b"]
    assert project.execute() == {"test_a.py::test_b": "passed"}


def test_tests_see_nothing_of_a_pytest_around_them(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "PYTEST_XDIST_WORKER",
        "PYTEST_XDIST_WORKER_COUNT",
        "PYTEST_XDIST_TESTRUNUID",
        "PYTEST_CURRENT_TEST",
    ):
        monkeypatch.setenv(name, "outside")
    monkeypatch.setenv("PYTHONPATH", "lib")
    project.write(
        lib___answer__py="NUMBER = 42\n",
        test_a__py="import os, answer\ndef test_a():\n    assert answer.NUMBER == 42\n"
        "    assert 'outside' not in os.environ.values()\n    assert os.environ['PYTHONPATH'] == 'lib'\n",
    )
    assert project.execute() == {"test_a.py::test_a": "passed"}


@pytest.mark.usefixtures("xdist")
def test_tests_spread_over_processes_are_the_same(project: Project) -> None:
    project.write(test_all__py=OUTCOMES, test_b__py=PASSING)
    expected = project.discover(), project.execute()
    project.write(pytest__ini="[pytest]\naddopts = -n 2\n")
    assert (project.discover(), project.execute()) == expected


@pytest.mark.usefixtures("xdist")
def test_a_worker_that_dies_fails_its_test(project: Project) -> None:
    project.write(
        pytest__ini="[pytest]\naddopts = -n 1\n",
        test_a__py="import os\ndef test_a():\n    os._exit(1)\ndef test_b():\n    pass\n",
    )
    assert project.execute() == {"test_a.py::test_a": "failed", "test_a.py::test_b": "passed"}


@pytest.mark.parametrize("option", ["--lf", "-p no:cacheprovider --strict-config"])
def test_the_last_run_does_not_choose_the_tests(project: Project, option: str) -> None:
    project.write(
        pytest__ini=f"[pytest]\naddopts = {option}\n",
        test_a__py=PASSING + "def test_b():\n    assert False\n",
    )
    expected = {"test_a.py::test_a": "passed", "test_a.py::test_b": "failed"}
    assert [project.execute(), project.execute()] == [expected, expected]
    assert not (project.folder / ".pytest_cache").exists()


def test_what_a_conftest_prints_is_no_answer(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    garbage = (
        "import os\nfor n in (1, 2):\n    os.write(n, b'{\\xff\\n\"outcomes\": []}\\x1b[2J\\n')\nprint(os)\n"
    )
    project.write(test_a__py=PASSING, conftest__py=garbage)
    assert project.execute() == {"test_a.py::test_a": "passed"}
    assert capfd.readouterr() == ("", "")


def test_a_test_that_reads_stdin_gets_nothing(project: Project) -> None:
    typed, keyboard = os.pipe()
    os.write(keyboard, b"yes, delete all\n")
    os.close(keyboard)
    before = os.dup(0)
    os.dup2(typed, 0)
    os.close(typed)
    project.execute(python=project.script("cat > typed"))
    os.dup2(before, 0)
    os.close(before)
    assert (project.folder / "typed").read_bytes() == b""


# Files beside the run


def test_junit_xml_and_output_lie_beside_the_run(project: Project, tmp_path: Path) -> None:
    project.write(test_all__py=OUTCOMES)
    files = tmp_path / "runs" / "wf-run-tests-1"
    files.parent.mkdir()
    project.discover(files=files)
    project.execute(files=files)
    assert sorted(path.name for path in files.parent.iterdir()) == [
        "wf-run-tests-1.junit.xml",
        "wf-run-tests-1.output.txt",
    ]
    assert "one is not two" in Path(f"{files}.output.txt").read_text("utf-8")
    suite = ET.parse(f"{files}.junit.xml").getroot()[0]  # noqa: S314  # pytest's own
    assert {case.get("name") for case in suite} >= {"test_failed", "test_passed"}


@pytest.mark.parametrize("suffix", [".output.txt", ".junit.xml"])
def test_files_beside_the_run_are_private_and_fresh(project: Project, tmp_path: Path, suffix: str) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / f"kept{suffix}"
    elsewhere.write_text("somebody else's")
    path.symlink_to(elsewhere)
    before = os.umask(0)
    project.write(test_a__py=PASSING).execute(files=tmp_path / "kept")
    os.umask(before)
    assert elsewhere.read_text() == "somebody else's"
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_discovery_printed_is_kept_where_it_fails(project: Project, tmp_path: Path) -> None:
    project.write(test_a__py="import nowhere_to_be_found\n").discover(files=tmp_path / "kept")
    assert "nowhere_to_be_found" in (tmp_path / "kept.output.txt").read_text("utf-8")


def test_a_relative_prefix_is_relative_to_the_command(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project.write(test_a__py=PASSING).execute(files=Path("kept"))
    assert (tmp_path / "kept.junit.xml").exists()
    assert (tmp_path / "kept.output.txt").exists()


def test_without_a_prefix_nothing_is_left_behind(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    project.write(test_a__py=PASSING).execute()
    assert list(scratch.iterdir()) == []
    assert {path.name for path in project.folder.iterdir()} <= {"test_a.py", "__pycache__"}


# Interpreters


def test_the_chosen_interpreter_runs_the_tests(project: Project) -> None:
    # Another command for the same Python: whether a foreign one has pytest is for it to know.
    python = project.script(f'CHOSEN=yes exec {shlex.quote(sys.executable)} "$@"')
    project.write(test_a__py="import os\ndef test_a():\n    assert os.environ['CHOSEN'] == 'yes'\n")
    assert project.execute(python=python) == {"test_a.py::test_a": "passed"}


def test_an_interpreter_without_pytest_is_reported(project: Project) -> None:
    python = project.script(f'exec {shlex.quote(sys.executable)} -I -S "$@"')
    assert project.write(test_a__py=PASSING).discover(python=python) == "the interpreter has no pytest"


def test_an_interpreter_that_does_not_start_is_reported(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no program")
    for python in (tmp_path / "missing", tmp_path / "file", tmp_path):
        assert project.execute(python=str(python)) == "the interpreter cannot be started"


def test_the_recorder_lies_in_a_folder_of_its_own() -> None:
    assert [path.name for path in RECORDER.parent.iterdir() if path.name != "__pycache__"] == [RECORDER.name]
