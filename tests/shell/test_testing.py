"""Does `run_tests` really test: what pytest does with a project becomes outcomes, and nothing of the machine?"""

import json
import os
import re
import select
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tier2 import (
    Completed,
    ContractError,
    ExecutionContext,
    Failed,
    MissionSpec,
    OrchestrationResult,
    Run,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    digest,
    finish,
    pending,
    start,
    state,
)
from tier2.canonical import MAX_BYTES
from tier2.execution import perform
from tier2.shell import testing
from tier2.shell.hosts import perform_host

Json = Any

PASSING = "def test_a():\n    pass\n"

OUTCOMES = """
import pytest

def test_passed(): pass
def test_failed(): assert 1 == 2, "one is not two"

@pytest.fixture
def broken(): raise OSError("no such thing")
def test_setup(broken): pass

@pytest.fixture
def spoiled():
    yield
    raise OSError("no such thing")
def test_teardown(spoiled): pass

@pytest.mark.skip
def test_skipped(): pass
def test_skips(): pytest.skip("not today")

@pytest.mark.xfail
def test_xfailed(): assert False
@pytest.mark.xfail
def test_xpassed(): pass
@pytest.mark.xfail(strict=True)
def test_xpassed_strictly(): pass
@pytest.mark.parametrize("value", ["x y", "é", "a::b", "[", ""])
def test_each(value): pass

class TestClass:
    def test_method(self): pass
"""


class Project:
    """A project in a folder of its own, whose tests nobody here has written for us."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **files: str) -> "Project":
        """Puts files in place; ``__`` in a name stands for a dot, and ``___`` for a slash."""
        for name, text in files.items():
            path = self.folder / name.replace("___", "/").replace("__", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def script(self, *lines: str) -> str:
        """A program that takes the place of the interpreter."""
        path = self.folder.parent / "python"
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
        path.chmod(0o700)
        return str(path)

    def recording(self, record: str, code: int = 0) -> str:
        """A program that leaves a record as if it were pytest, and ends."""
        return self.script(f'printf %s {shlex.quote(record)} > "$TIER2_RECORD"', f"exit {code}")

    def options(self, target: str = "all", **changed: Json) -> testing.TestOptions:
        return testing.TestOptions(
            **{"target": target, "directory": self.folder, "time_limit": 120.0, **changed}
        )

    def step(self, number: int, target: str = "all", **changed: Json) -> Completed | Failed:
        """What comes of the mission's discovery (0) or its execution (1)."""
        workflow = build_workflow(MissionSpec(type="run_tests", params={"target": target}))
        hosts = testing.test_hosts(self.options(testing.target_of(workflow), **changed))
        return perform_host(workflow.steps[number], {}, hosts, print)

    def discover(self, target: str = "all", **changed: Json) -> Json:
        """The tests that were found, or why the step failed."""
        return told(self.step(0, target, **changed), "collected")

    def execute(self, target: str = "all", **changed: Json) -> dict[str, str] | str:
        """Each test's outcome, or why the step failed."""
        found = told(self.step(1, target, **changed), "outcomes")
        return found if isinstance(found, str) else {entry["id"]: entry["outcome"] for entry in found}

    def run(self, target: str = "all", **changed: Json) -> OrchestrationResult:
        """The whole mission."""
        workflow = build_workflow(MissionSpec(type="run_tests", params={"target": target}))
        hosts = testing.test_hosts(self.options(target, **changed))
        run: Run = start(workflow, ExecutionContext())
        while (step := pending(run)) is not None:
            is_host = step.payload["operation"] in hosts
            event = perform_host(step, state(run), hosts, print) if is_host else perform(step, state(run))
            run = advance(run, event)
        return finish(run)


def told(event: Completed | Failed, member: str) -> Json:
    if isinstance(event, Failed):
        return event.reason
    plain = event.to_dict()["output"]
    assert plain.keys() == {"tests"}
    assert plain["tests"].keys() == {member}
    return plain["tests"][member]


@pytest.fixture(autouse=True)
def _no_options_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is a user's, whatever started this very pytest."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # it halves the time that a pytest takes


@pytest.fixture
def xdist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pytest-xdist is installed, a project's pytest loads it."""
    pytest.importorskip("xdist")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "the project"
    folder.mkdir()
    return Project(folder)


# Outcomes


def test_each_outcome_is_the_one_that_pytest_counts(project: Project) -> None:
    project.write(test_all__py=OUTCOMES)
    assert project.execute() == {
        "test_all.py::TestClass::test_method": "passed",
        "test_all.py::test_each[[]": "passed",
        "test_all.py::test_each[]": "passed",
        "test_all.py::test_each[\\xe9]": "passed",
        "test_all.py::test_each[a::b]": "passed",
        "test_all.py::test_each[x y]": "passed",
        "test_all.py::test_failed": "failed",
        "test_all.py::test_passed": "passed",
        "test_all.py::test_setup": "error",
        "test_all.py::test_skipped": "skipped",
        "test_all.py::test_skips": "skipped",
        "test_all.py::test_teardown": "error",
        "test_all.py::test_xfailed": "xfailed",
        "test_all.py::test_xpassed": "xpassed",
        "test_all.py::test_xpassed_strictly": "failed",
    }


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        (["passed", "error"], "error"),
        (["error", "failed", "passed"], "error"),
        (["failed", "passed"], "failed"),
        (["passed", "skipped"], "skipped"),
        (["xfailed", "skipped"], "xfailed"),
        (["xfailed", "xpassed", "passed"], "xpassed"),
    ],
)
def test_the_worst_of_several_reports_of_one_test_counts(
    project: Project, outcomes: list[str], worst: str
) -> None:
    entries = [{"id": "a", "outcome": outcome} for outcome in outcomes]
    python = project.recording(json.dumps({"collected": ["a"], "errors": [], "outcomes": entries}))
    assert project.execute(python=python) == {"a": worst}


def test_discovery_names_the_same_tests_sorted_and_runs_none(project: Project) -> None:
    project.write(test_all__py=OUTCOMES + "\ndef test_mark():\n    open('ran', 'w').close()\n")
    found = project.discover()
    assert isinstance(found, list)
    assert found == sorted(found)
    assert not (project.folder / "ran").exists()
    executed = project.execute()
    assert isinstance(executed, dict)
    assert list(executed) == found
    assert (project.folder / "ran").exists()


def test_the_mission_passes_where_every_test_does(project: Project) -> None:
    result = project.write(test_b__py=PASSING, test_a__py=PASSING).run()
    assert result.outcome == "completed"
    assert json.loads(canonical(result.final_state)) == {
        "report": {"status": "passed", "total": 2, "passed": 2, "skipped": 0, "xfailed": 0, "xpassed": 0},
        "tests": {
            "collected": ["test_a.py::test_a", "test_b.py::test_a"],
            "outcomes": [
                {"id": "test_a.py::test_a", "outcome": "passed"},
                {"id": "test_b.py::test_a", "outcome": "passed"},
            ],
        },
    }


def test_the_mission_fails_where_a_test_does(project: Project) -> None:
    result = project.write(test_a__py=PASSING + "def test_b():\n    assert False\n").run()
    assert (result.outcome, result.failed_step_id) == ("failed", "tests-report")
    assert result.error_message == "1 of 2 tests failed: test_a.py::test_b"


def test_two_runs_over_the_same_tests_give_the_same_digest_wherever_the_project_lies(tmp_path: Path) -> None:
    results = []
    for place, files in (("here", None), ("over there/deep", tmp_path / "kept")):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        project = Project(folder).write(test_a__py=PASSING, sub___test_b__py=PASSING)
        results.append(project.run(files=files))
    assert digest(results[0]) == digest(results[1])
    assert str(tmp_path) not in canonical(results[0]).decode()


def test_no_duration_is_in_the_outputs(project: Project) -> None:
    project.write(test_a__py=PASSING)
    for number in (0, 1):
        assert re.findall(r"\d", canonical(project.step(number)).decode()) == []


def test_a_path_of_this_machine_in_a_parameter_is_made_relative(project: Project) -> None:
    project.write(
        test_a__py="import os, pytest\n@pytest.mark.parametrize('n', ['x', os.path.abspath('in.txt'), 3])\n"
        "def test_a(n): pass\n"
    )
    expected = ["test_a.py::test_a[3]", "test_a.py::test_a[in.txt]", "test_a.py::test_a[x]"]
    assert project.discover() == expected
    assert project.execute() == dict.fromkeys(expected, "passed")


def test_a_folder_whose_name_only_ends_like_ours_stays_in_the_id() -> None:
    assert testing._local("lib/a/b.py::t[/a/c]", Path("/a")) == "lib/a/b.py::t[c]"


def test_an_id_that_is_a_path_of_this_machine_is_refused(project: Project) -> None:
    python = project.recording('{"collected": ["/etc/x::test"], "errors": [], "outcomes": []}')
    assert project.discover(python=python) == "tests outside the folder have ids with paths of this machine"


def test_a_file_name_that_is_no_utf8_is_told_in_escapes(project: Project) -> None:
    name = os.fsdecode(b"test_\xff.py")
    (project.folder / name).write_text(PASSING)
    assert project.discover() == ["test_\\udcff.py::test_a"]


# Nothing to run, or nothing that can be


def test_nothing_collected_fails_discovery(project: Project) -> None:
    assert project.discover() == "no tests were collected"
    assert project.execute() == {}
    assert project.run().error_message == "no tests were collected"


def test_a_module_that_cannot_be_collected_fails_both(project: Project) -> None:
    project.write(test_a__py=PASSING, test_b__py="import nowhere_to_be_found\n")
    assert project.discover() == "1 module could not be collected: test_b.py"
    assert project.execute() == "1 module could not be collected: test_b.py"


def test_at_most_ten_modules_that_cannot_be_collected_are_named(project: Project) -> None:
    modules = [f"test_{number:02}.py" for number in range(12)]
    python = project.recording(json.dumps({"collected": [], "errors": modules[::-1], "outcomes": []}), 2)
    names = ", ".join(modules[:10])
    assert project.discover(python=python) == f"12 modules could not be collected: {names} and 2 more"


def test_where_the_project_goes_on_after_a_collection_error_the_module_counts_as_an_error(
    project: Project,
) -> None:
    project.write(
        test_a__py=PASSING,
        test_b__py="(",
        pytest__ini="[pytest]\naddopts = --continue-on-collection-errors\n",
    )
    assert project.discover() == "1 module could not be collected: test_b.py"
    assert project.execute() == {"test_a.py::test_a": "passed", "test_b.py": "error"}


def test_a_conftest_that_cannot_be_loaded_fails_the_step(project: Project) -> None:
    project.write(test_a__py=PASSING, conftest__py="raise OSError('no')\n")
    assert project.discover() == "pytest ended with exit code 4 before it was done"


# A pytest that does not end well


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("os.kill(os.getpid(), 9)", "pytest was ended by signal 9"),
        ("os._exit(0)", "pytest ended with exit code 0 before it was done"),
        ("pytest.exit('enough')", "pytest ended with exit code 2"),
        ("pytest.exit('enough', returncode=0)", "2 of 3 tests did not run"),
    ],
)
def test_a_test_that_ends_the_process_fails_the_step(project: Project, body: str, reason: str) -> None:
    project.write(
        test_a__py=f"import os, pytest\n{PASSING}def test_b():\n    {body}\ndef test_c():\n    pass\n"
    )
    assert project.execute() == reason


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (0, {"a": "passed"}),
        (1, "pytest ended with exit code 1, though no test failed"),
        (2, "pytest ended with exit code 2"),
        (3, "pytest ended with exit code 3"),
        (4, "pytest ended with exit code 4"),
        (5, {"a": "passed"}),
        (77, "pytest ended with exit code 77"),
    ],
)
def test_an_exit_code_that_is_not_that_of_a_good_run_is_believed(
    project: Project, code: int, found: Json
) -> None:
    record = '{"collected": ["a"], "errors": [], "outcomes": [{"id": "a", "outcome": "passed"}]}'
    assert project.execute(python=project.recording(record, code)) == found


@pytest.mark.parametrize("code", [0, 1, 2, 5, 77])
def test_an_exit_code_without_a_record_says_nothing_good(project: Project, code: int) -> None:
    python = project.script(f"exit {code}")
    assert project.discover(python=python) == f"pytest ended with exit code {code} before it was done"


def test_a_failed_test_stays_failed_in_a_project_that_calls_its_bad_run_good(project: Project) -> None:
    project.write(
        test_a__py="def test_a():\n    assert False\n",
        conftest__py="def pytest_sessionfinish(session):\n    session.exitstatus = 0\n",
    )
    assert project.execute() == {"test_a.py::test_a": "failed"}


def test_a_child_that_a_test_has_forked_records_nothing(project: Project) -> None:
    body = "def test_a():\n    child = os.fork()\n    if child:\n        os.waitpid(child, 0)\n        os._exit(0)\n"
    project.write(test_a__py=f"import os\n{body}")
    assert project.execute() == "pytest ended with exit code 0 before it was done"


def test_a_pytest_that_a_test_starts_records_nothing_here(project: Project) -> None:
    project.write(
        inner___check__py="def test_inner():\n    assert False\n",
        test_a__py="import os, subprocess, sys\ndef test_a():\n"
        "    assert not {'TIER2_RECORD', 'PYTHONPATH'} & set(os.environ)\n"
        "    command = [sys.executable, '-m', 'pytest', 'inner/check.py']\n"
        "    assert subprocess.run(command).returncode == 1\n",
    )
    assert project.execute() == {"test_a.py::test_a": "passed"}


def gone(process: int) -> bool:
    """Whether a process has ended; one that nobody has asked for its exit code yet has."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    ended, _, _ = select.select([descriptor], [], [], 0)
    os.close(descriptor)
    return ended == [descriptor]


HANGING = """
import os, signal, subprocess, sys, time

def test_hangs():
    child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
    child.stdout.readline()
    with open("processes", "w") as file:
        file.write(f"{{os.getpid()}} {{child.pid}}")
    {last}
"""
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
)


def processes(project: Project) -> list[int]:
    """The processes that a hanging test wrote down: its own and its child's."""
    return [int(number) for number in (project.folder / "processes").read_text().split()]


needs_pidfd = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="asks Linux whether a process has ended"
)


@needs_pidfd
@pytest.mark.parametrize("first", ["", "trap '' TERM"])
def test_at_the_time_limit_the_whole_process_group_ends(
    project: Project, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "GRACE", 0.2)
    python = project.script(first, "(trap '' TERM; exec sleep 600) &", 'echo "$$ $!" > processes', "wait")
    assert project.execute(python=python, time_limit=1.0) == "took longer than its time limit"
    assert [gone(process) for process in processes(project)] == [True, True]


def test_a_test_that_hangs_ends_at_the_time_limit(project: Project) -> None:
    project.write(test_a__py="import time\ndef test_a():\n    time.sleep(600)\n")
    assert project.execute(time_limit=1.0) == "took longer than its time limit"


@needs_pidfd
def test_ctrl_c_ends_the_whole_process_group(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "GRACE", 0.2)
    # The test presses Ctrl-C itself, when all is in place.
    last = f"os.kill({os.getpid()}, signal.SIGINT); time.sleep(600)"
    project.write(test_a__py=HANGING.format(child=DEAF, last=last))
    with pytest.raises(KeyboardInterrupt):
        project.execute()
    assert [gone(process) for process in processes(project)] == [True, True]


@needs_pidfd
def test_what_a_test_leaves_behind_ends_with_the_step(project: Project) -> None:
    project.write(test_a__py=HANGING.format(child=DEAF, last="pass"))
    assert project.execute() == {"test_a.py::test_hangs": "passed"}
    assert [gone(process) for process in processes(project)] == [True, True]


# The project's own settings, and the user's


def test_the_options_of_the_project_hold(project: Project) -> None:
    project.write(
        pytest__ini="[pytest]\naddopts = -q -x --no-header\ntestpaths = checks\npython_files = check_*.py\n",
        checks___check_a__py="def test_a():\n    assert False\ndef test_b():\n    pass\n",
        test_elsewhere__py=PASSING,
    )
    assert project.discover() == ["checks/check_a.py::test_a", "checks/check_a.py::test_b"]
    assert project.execute() == {"checks/check_a.py::test_a": "failed"}


def test_the_options_of_the_user_hold(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k test_b")
    project.write(test_a__py=PASSING + "def test_b():\n    pass\n")
    assert project.discover() == ["test_a.py::test_b"]
    assert project.execute() == {"test_a.py::test_b": "passed"}


def test_the_tests_see_nothing_of_a_pytest_around_them(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
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
def test_a_project_that_spreads_its_tests_over_processes_gives_the_same(project: Project) -> None:
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
def test_what_ran_last_time_does_not_choose_what_runs_now(project: Project, option: str) -> None:
    project.write(
        pytest__ini=f"[pytest]\naddopts = {option}\n",
        test_a__py=PASSING + "def test_b():\n    assert False\n",
    )
    expected = {"test_a.py::test_a": "passed", "test_a.py::test_b": "failed"}
    assert [project.execute(), project.execute()] == [expected, expected]
    assert not (project.folder / ".pytest_cache").exists()


def test_what_a_conftest_prints_is_nobodys_answer(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    garbage = (
        "import os\nfor n in (1, 2):\n    os.write(n, b'{\\xff\\n\"outcomes\": []}\\x1b[2J\\n')\nprint(os)\n"
    )
    project.write(test_a__py=PASSING, conftest__py=garbage)
    assert project.execute() == {"test_a.py::test_a": "passed"}
    assert capfd.readouterr() == ("", "")


def test_a_test_that_reads_from_the_terminal_gets_nothing(project: Project) -> None:
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


# The record is data from outside


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[]",
        '{"collected": []}',
        '{"collected": [], "errors": [], "outcomes": [{"id": "a", "outcome": "splendid"}]}',
        '{"collected": [], "errors": [], "outcomes": [], "outcomes": []}',
        "import os",
    ],
)
def test_a_record_that_is_none_fails_the_step(project: Project, record: str) -> None:
    python = project.recording(record)
    assert project.execute(python=python) == "the record of the tests is malformed or too large"


def test_more_tests_than_a_result_can_hold_fail_the_step(project: Project) -> None:
    python = project.script(f"exec {shlex.quote(sys.executable)} -c {shlex.quote(LARGE)}")
    assert MAX_BYTES < 17_000_000
    assert project.discover(python=python) == "the record of the tests is malformed or too large"


LARGE = """
import json, os
record = {"collected": ["x" * 1_000_000] * 17, "errors": [], "outcomes": []}
open(os.environ["TIER2_RECORD"], "w").write(json.dumps(record))
"""


# Targets


def every_target(project: Project) -> Project:
    return project.write(
        test_a__py=PASSING + "def test_b():\n    pass\n",
        sub___test_c__py=PASSING,
        **{
            "spaces and ünïcode___test_d__py": PASSING,
            "-k___test_e__py": PASSING,
            "@args___test_f__py": PASSING,
        },
    )


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("test_a.py", ["test_a.py::test_a", "test_a.py::test_b"]),
        ("test_a.py::test_b", ["test_a.py::test_b"]),
        ("sub", ["sub/test_c.py::test_a"]),
        ("sub/../test_a.py::test_a", ["test_a.py::test_a"]),
        ("spaces and ünïcode", ["spaces and ünïcode/test_d.py::test_a"]),
        ("spaces and ünïcode/test_d.py::test_a", ["spaces and ünïcode/test_d.py::test_a"]),
        ("-k", ["-k/test_e.py::test_a"]),
        ("@args", ["@args/test_f.py::test_a"]),
    ],
)
def test_a_target_is_a_path(project: Project, target: str, found: list[str]) -> None:
    every_target(project)
    assert project.discover(target) == found


def test_a_node_id_is_what_runs(project: Project) -> None:
    every_target(project)
    assert project.execute("test_a.py::test_b") == {"test_a.py::test_b": "passed"}


def test_an_absolute_target_gives_the_same_ids(project: Project) -> None:
    every_target(project)
    assert project.discover(str(project.folder / "sub")) == ["sub/test_c.py::test_a"]


@pytest.mark.parametrize(
    "target",
    [
        "",
        "-k",
        "-h",
        "--version",
        "--junit-xml=x",
        "-p=os",
        "@args",
        "missing.py",
        "missing.py::test_a",
        "::test_a",
        "[",
        "test_a.py\0",
        "test_a.py::test_a\0",
        "test_a.py\n--version",
        "test_a.py --version",
        "/no/such/folder",
        "x" * 5000,
    ],
)
def test_a_target_that_is_no_path_fails_the_step_and_starts_nothing(project: Project, target: str) -> None:
    project.write(test_a__py=PASSING, args="--version")
    nowhere = str(project.folder / "no python")
    assert project.discover(target, python=nowhere) == "the target does not exist"
    assert project.execute(target, python=nowhere) == "the target does not exist"


def test_a_test_that_the_file_does_not_have_fails_the_step(project: Project) -> None:
    project.write(test_a__py=PASSING)
    assert project.discover("test_a.py::test_z") == "pytest ended with exit code 4"


@pytest.mark.parametrize(
    ("metadata", "target"),
    [
        ({"mission_type": "run_tests", "params": {"target": "tests/unit", "other": 1}}, "tests/unit"),
        ({"mission_type": "run_tests", "params": {}}, "all"),
        ({"params": []}, "all"),
        ({}, "all"),
    ],
)
def test_the_target_of_a_workflow_is_that_of_its_mission(metadata: Mapping[str, Json], target: str) -> None:
    assert testing.target_of(WorkflowDefinition(id="w", steps=(), metadata=metadata)) == target


def test_a_target_that_is_no_text_is_refused() -> None:
    workflow = WorkflowDefinition(id="w", steps=(), metadata={"params": {"target": 1}})
    with pytest.raises(ContractError) as caught:
        testing.target_of(workflow)
    assert caught.value.where == "$.metadata.params.target"


# Files beside the run


def test_junit_xml_and_what_pytest_printed_lie_beside_the_run(project: Project, tmp_path: Path) -> None:
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


def test_what_discovery_printed_is_kept_where_it_fails(project: Project, tmp_path: Path) -> None:
    project.write(test_a__py="import nowhere_to_be_found\n").discover(files=tmp_path / "kept")
    assert "nowhere_to_be_found" in (tmp_path / "kept.output.txt").read_text("utf-8")


def test_a_relative_prefix_is_relative_to_the_command_and_not_to_the_tests(
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


def test_an_interpreter_without_pytest_is_told(project: Project) -> None:
    python = project.script(f'exec {shlex.quote(sys.executable)} -I -S "$@"')
    assert project.write(test_a__py=PASSING).discover(python=python) == "the interpreter has no pytest"


def test_an_interpreter_that_cannot_be_started_is_told(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no program")
    for python in (tmp_path / "missing", tmp_path / "file", tmp_path):
        assert project.execute(python=str(python)) == "the interpreter cannot be started"


def test_the_plugin_lies_in_a_folder_of_its_own() -> None:
    assert [path.name for path in testing.PLUGIN.parent.iterdir() if path.name != "__pycache__"] == [
        testing.PLUGIN.name
    ]
