"""What does `run_tests` say of a pytest that does not end well, and does it leave no process behind?"""

import json
import os
import select
from pathlib import Path
from typing import Any

import pytest
from pytest_projects import PASSING, Project
from real_runs import RealRuns

Json = Any


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "os.kill(os.getpid(), 9)",
            "pytest was ended by signal 9; 1 of 3 tests ran, running was test_a.py::test_b",
        ),
        (
            "os._exit(0)",
            "pytest ended with exit code 0 before it was done; 1 of 3 tests ran, running was test_a.py::test_b",
        ),
        (
            "pytest.exit('enough')",
            "pytest ended with exit code 2: a test, a plugin or a person ended it; 1 of 3 tests ran",
        ),
        (
            "pytest.exit('enough', returncode=0)",
            (
                "2 of 3 tests did not run: test_a.py::test_b, test_a.py::test_c; "
                "a test, a plugin or a person ended it"
            ),
        ),
        (
            "pytest.exit('enough', returncode=1)",
            (
                "2 of 3 tests did not run: test_a.py::test_b, test_a.py::test_c; "
                "a test, a plugin or a person ended it"
            ),
        ),
        (
            "pytest.exit('enough', returncode=77)",
            "pytest ended with exit code 77: a test, a plugin or a person ended it; 1 of 3 tests ran",
        ),
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
        (2, "pytest ended with exit code 2: it was interrupted; 1 of 1 tests ran"),
        (3, "pytest ended with exit code 3: it met an internal error; 1 of 1 tests ran"),
        (4, "pytest ended with exit code 4: it refused its arguments or settings; 1 of 1 tests ran"),
        (5, {"a": "passed"}),
        (77, "pytest ended with exit code 77; 1 of 1 tests ran"),
    ],
)
def test_a_bad_exit_code_fails_the_step(project: Project, code: int, found: Json) -> None:
    python = project.recording(("found", "a"), ("passed", "a"), code=code)
    assert project.execute(python=python) == found


@pytest.mark.parametrize(
    ("code", "cause"),
    [(0, ""), (1, ""), (2, ": it was interrupted"), (5, ": it found no tests"), (77, "")],
)
def test_an_exit_code_without_a_record_fails(project: Project, code: int, cause: str) -> None:
    python = project.script(f"exit {code}")
    assert project.discover(python=python) == f"pytest ended with exit code {code} before it was done{cause}"


THREE = "def test_a():\n    pass\ndef test_b():\n    assert False\ndef test_c():\n    pass\n"


def test_tests_after_the_first_failure_are_counted(project: Project, tmp_path: Path) -> None:
    result = project.write(test_a__py=THREE, pytest__ini="[pytest]\naddopts = -x\n").run(
        files=tmp_path / "kept"
    )
    assert result.error_message == (
        "2 of 3 tests ran, 1 failed: test_a.py::test_b; it stops after 1 failure, as -x or --maxfail says; "
        "read on in the file .output.txt beside the run"
    )
    report: Any = result.final_state["report"]
    assert {name: report[name] for name in ("status", "total", "passed", "failed", "not_run")} == {
        "status": "failed",
        "total": 3,
        "passed": 1,
        "failed": 1,
        "not_run": 1,
    }


@pytest.mark.usefixtures("xdist")
def test_the_failure_that_ends_the_workers_is_named(project: Project) -> None:
    project.write(test_a__py=THREE, pytest__ini="[pytest]\naddopts = -n 1 --maxfail=1\n")
    reason = str(project.run().error_message)
    assert reason.endswith("; it stops after 1 failure, as -x or --maxfail says")
    assert "of 3 tests ran, 1 failed: test_a.py::test_b" in reason


@pytest.mark.usefixtures("xdist")
def test_a_last_failure_that_ends_the_workers_has_a_report(project: Project) -> None:
    result = project.write(
        test_a__py="def test_a():\n    assert False\n", pytest__ini="[pytest]\naddopts = -n 1 -x\n"
    ).run()
    assert (result.failed_step_id, result.error_message) == (
        "tests-report",
        "1 of 1 tests failed: test_a.py::test_a",
    )


@pytest.mark.usefixtures("xdist")
def test_workers_that_find_different_tests_are_no_failed_test(project: Project) -> None:
    project.write(
        pytest__ini="[pytest]\naddopts = -n 2\n",
        test_a__py="import os, pytest\nNAMES = [os.environ.get('PYTEST_XDIST_WORKER')]\n"
        "@pytest.mark.parametrize('name', NAMES)\ndef test_a(name):\n    pass\n",
    )
    assert project.execute() == "the workers of pytest-xdist found different tests, so none ran"


def test_a_crash_tells_what_failed_before(project: Project) -> None:
    record = [*(("found", name) for name in "abc"), ("started", "a"), ("failed", "a"), ("started", "b")]
    lines = [f"echo '{json.dumps(line)}' >> \"$2\"" for line in record]
    python = project.script(*lines, 'printf \'["started", "c\' >> "$2"', "kill -11 $$")
    assert project.execute(python=python) == (
        "pytest was ended by signal 11; 1 of 3 tests ran, 1 failed: a, running was b"
    )


def test_a_failed_test_stays_failed_with_exit_code_0(project: Project) -> None:
    project.write(
        test_a__py="def test_a():\n    assert False\n",
        conftest__py="def pytest_sessionfinish(session):\n    session.exitstatus = 0\n",
    )
    assert project.execute() == {"test_a.py::test_a": "failed"}


def test_a_child_forked_by_a_test_records_nothing(project: Project) -> None:
    body = "def test_a():\n    child = os.fork()\n    if child:\n        os.waitpid(child, 0)\n        os._exit(0)\n"
    project.write(test_a__py=f"import os\n{body}")
    reason = str(project.execute())
    assert reason.startswith("pytest ended with exit code 0 before it was done; 0 of 1 tests ran, ")


def test_a_pytest_started_by_a_test_records_nothing(project: Project) -> None:
    ours = sorted(name for name in os.environ if name.startswith("TIER2"))
    project.write(
        inner___check__py="def test_inner():\n    assert False\n",
        test_a__py="import os, subprocess, sys\ndef test_a():\n"
        f"    assert sorted(name for name in os.environ if name.startswith('TIER2')) == {ours}\n"
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
def test_at_the_time_limit_the_whole_group_ends(
    project: Project, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tier2.shell.worlds.run_tests.processes.GRACE", 0.2)
    python = project.script(first, "(trap '' TERM; exec sleep 600) &", 'echo "$$ $!" > processes', "wait")
    assert project.execute(python=python, time_limit=1.0) == "took longer than its time limit"
    assert [gone(process) for process in processes(project)] == [True, True]


def test_at_a_terminal_the_time_limit_is_told_before_it_strikes(real: RealRuns, project: Project) -> None:
    project.write(test_a__py="import time\ndef test_a():\n    time.sleep(600)\n")
    shown = real("run", "run_tests", "--directory", project.folder, "--time-limit", 4, typed="").err
    assert "step 'tests-execute' performs tests.execute, for at most 4 seconds\n" in shown
    for text in ("has 0.4 seconds left of 4 seconds", "took longer than 4 seconds"):
        assert f"step 'tests-execute': tests.execute {text}; for more time: --time-limit SECONDS\n" in shown
    assert "    tier2 retry wf-run-tests-1 --allow tests.execute" in shown


def test_a_test_that_hangs_ends_at_the_time_limit(project: Project) -> None:
    project.write(test_a__py="import time\ndef test_a():\n    time.sleep(600)\n")
    assert project.execute(time_limit=4.0) == (
        "took longer than its time limit; 0 of 1 tests ran, running was test_a.py::test_a"
    )


@needs_pidfd
@pytest.mark.parametrize("name", ["execute", "execute_async"])
def test_ctrl_c_ends_the_whole_process_group(
    project: Project, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tier2.shell.worlds.run_tests.processes.GRACE", 0.2)
    # The test presses Ctrl-C itself, when all is in place.
    last = f"os.kill({os.getpid()}, signal.SIGINT); time.sleep(600)"
    project.write(test_a__py=HANGING.format(child=DEAF, last=last))
    with pytest.raises(KeyboardInterrupt):
        getattr(project, name)()
    assert [gone(process) for process in processes(project)] == [True, True]


@needs_pidfd
def test_a_pytest_that_waits_for_nobody_ends(project: Project) -> None:
    pid = "import os\nopen('processes', 'w').write(str(os.getpid()))\n"
    project.write(test_a__py=PASSING, conftest__py=pid)
    # Nobody keeps the hosts, so the execution for which it waits never comes.
    assert project.discover(executed_next=True) == ["test_a.py::test_a"]
    assert [gone(process) for process in processes(project)] == [True]


@needs_pidfd
def test_what_a_test_leaves_behind_ends_with_the_step(project: Project) -> None:
    project.write(test_a__py=HANGING.format(child=DEAF, last="pass"))
    assert project.execute() == {"test_a.py::test_hangs": "passed"}
    assert [gone(process) for process in processes(project)] == [True, True]
