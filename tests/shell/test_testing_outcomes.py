"""Does `run_tests` really test: what pytest does with a project becomes outcomes, and nothing of the machine?"""

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_projects import OUTCOMES, PASSING, Project

from tier2 import (
    Completed,
    canonical,
    digest,
)
from tier2.shell.worlds.run_tests.portable_ids import portable_ids

Json = Any

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
def test_the_worst_of_several_reports_counts(project: Project, outcomes: list[str], worst: str) -> None:
    python = project.recording(("found", "a"), *((outcome, "a") for outcome in outcomes))
    assert project.execute(python=python) == {"a": worst}


def test_discovery_names_the_tests_and_runs_none(project: Project) -> None:
    project.write(test_all__py=OUTCOMES + "\ndef test_mark():\n    open('ran', 'w').close()\n")
    found = project.discover()
    assert isinstance(found, list)
    assert found == sorted(found)
    assert not (project.folder / "ran").exists()
    executed = project.execute()
    assert isinstance(executed, dict)
    assert list(executed) == found
    assert (project.folder / "ran").exists()


COUNTS = {"passed": 2, "skipped": 0, "xfailed": 0, "xpassed": 0, "failed": 0, "error": 0, "not_run": 0}


def test_the_mission_passes_where_every_test_does(project: Project) -> None:
    result = project.write(test_b__py=PASSING, test_a__py=PASSING).run()
    assert result.outcome == "completed"
    assert json.loads(canonical(result.final_state)) == {
        "artifacts": {
            "found.ndjson": {
                "bytes": 40,
                "sha256": "f545429e2b9d21726bbd68cbcea08368aad21446dec3db8e07371e387101a369",
            },
            "outcomes.ndjson": {
                "bytes": 92,
                "sha256": "ec79ea20be4b1c070a50e70ea13af27978200374920ecfbdaed26deadf34dc30",
            },
        },
        "report": {"status": "passed", "total": 2, **COUNTS},
        "tests": {"found": 2, "outcomes": COUNTS, "not_passed": [], "omitted": 0},
    }


def test_the_mission_fails_where_a_test_does(project: Project) -> None:
    assert project.run().error_message == "no tests were collected"
    result = project.write(test_a__py=PASSING + "def test_b():\n    assert False\n").run()
    assert (result.outcome, result.failed_step_id) == ("failed", "tests-report")
    assert result.error_message == "1 of 2 tests failed: test_a.py::test_b"


@pytest.mark.usefixtures("users_environment")
def test_the_place_of_a_project_changes_no_digest(tmp_path: Path) -> None:
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
        plain = project.step(number).to_dict()["output"]
        del plain["artifacts"]
        assert set(re.findall(r"\d+", json.dumps(plain))) <= {"0", "1"}


@pytest.mark.parametrize(
    ("folder", "name", "portable"),
    [
        ("/a", "lib/a/b.py::t[/a/c]", "lib/a/b.py::t[<folder>/c]"),
        ("/a", "t.py::t[/x/a/c-file:///a-/ab-/a.b]", "t.py::t[/x/a/c-file://<folder>-/ab-/a.b]"),
        ("/srv/p", "/srv/p/t.py::t[-I/srv/p/x]", "t.py::t[-I<folder>/x]"),
        ("/srv/p", "t.py::t[/srv/p2-/srv/p-1]", "t.py::t[/srv/p2-<folder>-1]"),
        ("/home/ann/p", "t.py::t[/home/ann/p/x:/home/ann/.cfg]", "t.py::t[<folder>/x:<home>/.cfg]"),
        ("/home/ann", "t.py::t[/home/ann]", "t.py::t[<folder>]"),
        ("/srv/é p", r"t.py::t[/srv/\xe9 p/x-/srv/%C3%A9%20p]", "t.py::t[<folder>/x-<folder>]"),
        ("/", "t.py::t[/x]", "t.py::t[/x]"),
    ],
)
def test_folders_of_the_machine_become_fixed_words(
    folder: str, name: str, portable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert portable_ids(Path(folder))(name) == portable


def test_the_real_path_of_a_folder_becomes_its_word(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    portable = portable_ids(tmp_path / "link")
    assert portable(f"t::t[{tmp_path}/real/x-{tmp_path}/link]") == "t::t[<folder>/x-<folder>]"


def test_an_id_with_a_path_of_the_machine_is_refused(project: Project) -> None:
    python = project.recording(("found", "/etc/x::test"))
    assert project.discover(python=python) == "tests outside the folder have ids with paths of this machine"


def test_a_file_name_that_is_no_utf_8_is_escaped(project: Project) -> None:
    name = os.fsdecode(b"test_\xff.py")
    (project.folder / name).write_text(PASSING)
    assert project.discover() == ["test_\\udcff.py::test_a"]


# Nothing to run, or nothing that can be


# The ids are given: pytest shortens those that it makes itself, and how long a path is depends on the machine.
PARAMETERS = """
import os, pytest
FILE = os.path.abspath("in.txt")
@pytest.mark.parametrize("n", ["x", FILE, 3], ids=str)
def test_a(n): pass
"""
PATHS = ["test_a.py::test_a[3]", "test_a.py::test_a[<folder>/in.txt]", "test_a.py::test_a[x]"]
TWO = PASSING + "def test_b():\n    assert False\n"
UNCOLLECTED = "1 module could not be collected: test_b.py"
BROKEN = "pytest ended with exit code 4 before it was done: it refused its arguments or settings"
STOPPED = {"checks/check_a.py::test_a": "failed", "checks/check_a.py::test_b": "not_run"}
GO_ON = "[pytest]\naddopts = --continue-on-collection-errors\n"
OPTIONS = "[pytest]\naddopts = -q -x --no-header\ntestpaths = checks\npython_files = check_*.py\n"


@pytest.mark.parametrize(
    ("files", "found", "executed"),
    [
        ({}, "no tests were collected", {}),
        ({"test_a__py": PARAMETERS}, PATHS, dict.fromkeys(PATHS, "passed")),
        ({"test_a__py": PASSING, "test_b__py": "import nowhere_to_be_found\n"}, UNCOLLECTED, UNCOLLECTED),
        (
            {"test_a__py": PASSING, "test_b__py": "(", "pytest__ini": GO_ON},
            UNCOLLECTED,
            {"test_a.py::test_a": "passed", "test_b.py": "error"},
        ),
        ({"test_a__py": PASSING, "conftest__py": "raise OSError('no')\n"}, BROKEN, BROKEN),
        (
            {
                "pytest__ini": OPTIONS,
                "checks___check_a__py": TWO.replace("pass", "assert False"),
                "test_c__py": PASSING,
            },
            ["checks/check_a.py::test_a", "checks/check_a.py::test_b"],
            STOPPED,
        ),
    ],
    ids=["nothing", "paths", "uncollected", "errors go on", "conftest", "options of the project"],
)
def test_a_project_is_found_and_executed_by_its_rules(
    project: Project, files: dict[str, str], found: Json, executed: Json
) -> None:
    project.write(**files)
    assert (project.discover(), project.execute()) == (found, executed)


def test_at_most_ten_uncollected_modules_are_named(project: Project) -> None:
    modules = [f"test_{number:02}.py" for number in range(12)]
    python = project.recording(*(("uncollected", module) for module in modules[::-1]), code=2)
    names = ", ".join(modules[:10])
    assert project.discover(python=python) == f"12 modules could not be collected: {names} and 2 more"


def test_failures_are_shown_as_they_come(project: Project) -> None:
    shown: list[tuple[str, list[str]]] = []
    project.write(test_a__py=TWO).execute(progress=lambda text, failed: shown.append((text, [*failed])))
    assert [name for _, failed in shown for name in failed] == ["failed: test_a.py::test_b"]
    assert [text for text, _ in shown][-2:] == ["2 of 2 tests", ""]


MANY = """
import json, sys
names = [f"test_a.py::test_a[{number:06}-" + "x" * 274 + "]" for number in range(100_000)]
with open(sys.argv[2], "w") as file:
    for kind, chosen in (("found", names), ("started", names), ("passed", names[::2]), ("failed", names[1::2])):
        file.writelines(json.dumps([kind, name]) + "\\n" for name in chosen)
    file.write('["ended", ""]\\n')
sys.exit(1)
"""


def test_a_run_of_a_hundred_thousand_tests_is_small(project: Project) -> None:
    python = project.script(f'exec {shlex.quote(sys.executable)} -c {shlex.quote(MANY)} "$@"')
    result = project.run(python=python)
    state = json.loads(canonical(result.final_state))
    assert state["report"] == {
        "status": "failed",
        "total": 100_000,
        **COUNTS,
        "passed": 50_000,
        "failed": 50_000,
    }
    assert len(state["tests"]["not_passed"]) + state["tests"]["omitted"] == 50_000
    assert len(canonical(result)) < 500_000  # the run file has the events, and the result
    lines = (project.kept / "outcomes.ndjson").read_bytes().splitlines()
    assert (len(lines), len(json.loads(lines[0])["id"])) == (100_000, 300)


# Never "passed" for what was not seen


def test_each_test_that_was_found_has_to_run(project: Project) -> None:
    swallowed = "def pytest_runtest_protocol(item):\n    return True if item.name == 'test_b' else None\n"
    result = project.write(test_a__py=PASSING + "def test_b(): pass\n", conftest__py=swallowed).run()
    assert (result.outcome, result.failed_step_id) == ("failed", "tests-execute")
    assert result.error_message == "1 of 2 tests did not run: test_a.py::test_b"


@pytest.mark.parametrize("kept", [True, False])
def test_an_execution_by_itself_finds_the_same_tests(project: Project, kept: bool) -> None:
    project.write(test_a__py=PASSING, test_b__py=PASSING + "def test_b(): open('ran', 'w')\n")
    found = project.step(0)
    assert isinstance(found, Completed)
    assert project.execute(known=found.output) == dict.fromkeys(project.discover(), "passed")
    (project.folder / "ran").unlink()
    (project.folder / "test_a.py").write_text(PASSING.replace("_a", "_new"))
    if not kept:
        (project.kept / "found.ndjson").unlink()
    names = "; 1 missing: test_a.py::test_a; 1 new: test_a.py::test_new" if kept else ""
    reason = f"other tests were found than by the discovery{names}"
    assert project.execute(known=found.output) == reason
    assert not (project.folder / "ran").exists()


def test_one_pytest_finds_and_runs_the_tests(project: Project) -> None:
    project.write(test_a__py=PASSING, conftest__py="open('started', 'a').write('x')\n")
    assert project.run().outcome == "completed"
    assert (project.folder / "started").read_text() == "x"


def test_modules_that_skip_all_their_tests_count(project: Project) -> None:
    project.write(
        test_a__py=PASSING,
        test_b__py="import pytest\npytest.importorskip('nowhere_to_be_found')\n",
        test_c__py="import pytest\npytest.skip('not here', allow_module_level=True)\n",
    )
    result = project.run()
    report = json.loads(canonical(result.final_state))["report"]
    assert (report["total"], report["passed"], report["skipped"]) == (3, 1, 2)


def test_no_module_of_a_project_replaces_the_recorder(project: Project) -> None:
    silent = "import os\ndef pytest_configure(): open(os.environ.get('TIER2_RECORD', 'x'), 'w')\n"
    project.write(
        tier2_record__py=silent,
        conftest__py="pytest_plugins = ['tier2_record']\n",
        pytest__ini="[pytest]\naddopts = -p tier2_record -p no:Record\npythonpath = .\n",
        test_a__py="def test_a():\n    assert False\n",
    )
    assert project.execute() == {"test_a.py::test_a": "failed"}


# The record is data from outside


@pytest.mark.parametrize(
    "record",
    [
        "\n",
        "[]\n",
        '["found"]\n',
        '["found", 1]\n',
        '["splendid", "a"]\n',
        '["found", "a", "b"]\n',
        '["found", "\\ud800"]\n',
        '["found", "a"] ["found", "b"]\n',
        '{"found": "a"}\n',
        "import os\n",
    ],
)
def test_a_record_that_is_none_fails_the_step(project: Project, record: str) -> None:
    python = project.leaving(record)
    assert project.execute(python=python) == "the record of the tests is malformed or too large"


def test_a_record_that_never_ends_fails_the_step(project: Project) -> None:
    python = project.script(f'exec {shlex.quote(sys.executable)} -c {shlex.quote(ENDLESS)} "$@"')
    assert project.discover(python=python) == "the record of the tests is malformed or too large"


ENDLESS = """
import sys
with open(sys.argv[2], "w") as file:
    while True:
        file.write("x" * 1_000_000)
"""
