"""Does a statement say what the run of the tests recorded, in the form that other tools sign and check?"""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage
from pytest_projects import Project
from real_runs import RealRuns

from tier2.shell.run_files.run_file import read_run
from tier2.shell.runs.hosts import HostCall, HostOperation
from tier2.shell.worlds.run_tests.outputs import found_output, outcomes_output
from tier2.values.canonical import digest

Json = Any

ALL_ENDINGS = """
import pytest
def test_passed(): pass
@pytest.mark.skip
def test_skipped(): pass
@pytest.mark.xfail
def test_xfailed(): assert False
@pytest.mark.xfail
def test_xpassed(): pass
def test_failed(): assert False
@pytest.fixture
def broken(): raise OSError("no such thing")
def test_error(broken): pass
"""


def run_of(real: RealRuns, project: Project, text: str) -> Path:
    """The file of a run that tested a project."""
    project.write(test_a__py=text)
    real("run", "run_tests", "--directory", project.folder)
    return real.path("wf-run-tests-1")


def checked(document: Json) -> Json:
    """A statement that the reference implementation reads and finds valid; gives its predicate."""
    message = json_format.ParseDict(document, StatementMessage())
    Statement.copy_from_pb(message).validate()
    json_format.ParseDict(document["predicate"], test_result_pb2.TestResult())
    assert document["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    return document["predicate"]


def test_a_statement_names_the_result_and_the_files(real: RealRuns, project: Project) -> None:
    path = run_of(real, project, "def test_passed(): pass\n")
    answer = real("statement", "wf-run-tests-1")
    assert (answer.code, answer.err) == (0, "")
    result = read_run(path).result
    assert result is not None
    files = {
        name: hashlib.sha256((path.with_suffix("") / name).read_bytes()).hexdigest()
        for name in ("found.ndjson", "outcomes.ndjson")
    }
    subjects = {"result": digest(result), **files}
    assert answer.json["subject"] == [
        {"name": name, "digest": {"sha256": sha256}} for name, sha256 in subjects.items()
    ]
    predicate = checked(answer.json)
    assert predicate["configuration"] == [
        {"name": "workflow", "digest": {"sha256": result.lineage.workflow_sha256}},
        {"name": "context", "digest": {"sha256": result.lineage.context_sha256}},
    ]
    assert predicate["result"] == "PASSED"


@pytest.mark.parametrize(
    ("text", "result", "lists"),
    [
        (
            ALL_ENDINGS,
            "FAILED",
            {"passed": ["passed", "xfailed"], "warned": ["xpassed"], "failed": ["error", "failed"]},
        ),
        (
            "import pytest\n@pytest.mark.xfail\ndef test_xpassed(): pass\n",
            "WARNED",
            {"passed": [], "warned": ["xpassed"], "failed": []},
        ),
    ],
    ids=["failed", "passed against expectation"],
)
def test_each_test_stands_where_its_outcome_belongs(
    real: RealRuns, project: Project, text: str, result: str, lists: dict[str, list[str]]
) -> None:
    run_of(real, project, text)
    predicate = checked(real("statement", "wf-run-tests-1").json)
    assert predicate["result"] == result
    assert {name: predicate[f"{name}Tests"] for name in ("passed", "warned", "failed")} == {
        name: [f"test_a.py::test_{one}" for one in names] for name, names in lists.items()
    }


def test_tests_that_could_not_be_found_are_a_failed_run(real: RealRuns, project: Project) -> None:
    run_of(real, project, "import nowhere_to_be_found\n")
    answer = real("statement", "wf-run-tests-1")
    predicate = checked(answer.json)
    assert (predicate["result"], "failedTests" in predicate) == ("FAILED", False)
    assert answer.message == "the run has no list of outcomes, so the statement names no tests"


def test_without_the_list_no_test_is_named(real: RealRuns, project: Project) -> None:
    path = run_of(real, project, "def test_passed(): pass\n")
    (path.with_suffix("") / "outcomes.ndjson").unlink()
    answer = real("statement", "wf-run-tests-1")
    predicate = checked(answer.json)
    assert (predicate["result"], "passedTests" in predicate) == ("PASSED", False)
    assert "outcomes.ndjson: is absent, so the statement names no tests" in answer.message


def test_nothing_is_said_of_other_files(real: RealRuns, project: Project) -> None:
    path = run_of(real, project, "def test_failed(): assert False\n")
    kept = path.with_suffix("") / "outcomes.ndjson"
    kept.write_bytes(kept.read_bytes().replace(b'"failed"', b'"passed"'))
    answer = real("statement", path)
    assert (answer.code, answer.out) == (1, b"")
    assert "artifact 'outcomes.ndjson': different; nothing is said of another file" in answer.err


def test_nothing_is_said_of_a_run_that_was_changed(real: RealRuns, project: Project) -> None:
    path = run_of(real, project, "def test_failed(): assert False\n")
    path.write_bytes(path.read_bytes().replace(b'"passed":0', b'"passed":1'))
    answer = real("statement", path)
    assert (answer.code, answer.out) == (1, b"")
    assert answer.err


def test_other_runs_have_no_statement(real: RealRuns, project: Project) -> None:
    real("run", "echo")
    assert (
        "a run of 'echo' says nothing that a statement could hold" in real("statement", "wf-echo-1").refusal
    )
    project.write(test_a__py="def test_a(): pass\n")
    real("run", "run_tests", "--directory", project.folder)
    path = real.path("wf-run-tests-1")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]))
    assert "the run is not finished; go on with it first" in real("statement", path).refusal


MANY = [f"tests/test_many.py::test_it[{number:06}-{'a long parameter ' * 16}]" for number in range(100_000)]


def test_100000_tests_fit_in_a_small_run(real: RealRuns) -> None:
    def discover(call: HostCall) -> Any:
        return found_output(call.folder, MANY)

    def execute(call: HostCall) -> Any:
        return outcomes_output(call.folder, dict.fromkeys(MANY, "skipped"))

    hosts = {"tests.discover": HostOperation(discover), "tests.execute": HostOperation(execute)}
    answer = real("run", "run_tests", hosts=hosts)
    assert answer.code == 0
    path = real.path("wf-run-tests-1")
    assert path.stat().st_size < 1_000_000
    assert real("verify", path).json["artifacts"] == {
        "found.ndjson": "matching",
        "outcomes.ndjson": "matching",
    }
    predicate = checked(real("statement", path).json)
    assert (predicate["result"], predicate["passedTests"]) == ("PASSED", [])
