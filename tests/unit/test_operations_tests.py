"""What does `tests.report` report about the recorded tests?"""

from typing import Any

import pytest

from tier2.kinds import Fail
from tier2.missions.run_tests.operations import report

Json = Any
TOTALS = ("passed", "skipped", "xfailed", "xpassed")


def recorded(*outcomes: str) -> Json:
    """A state in which tests ``t0``, ``t1`` and so on ended like this."""
    return {
        "tests": {"outcomes": [{"id": f"t{i}", "outcome": outcome} for i, outcome in enumerate(outcomes)]}
    }


@pytest.mark.parametrize("state", [{}, {"tests": {}}, {"tests": {"target": "all"}}, {"today": "never"}])
def test_without_recorded_tests_none_were_run(state: Json) -> None:
    assert report({}, state) == {"report": {"status": "not run"}}


def test_older_totals_are_deleted_if_none_were_run() -> None:
    older: Json = {"report": {"status": "passed", "total": 2, "skipped": 0, "of": "a user"}}
    assert report({}, older) == {"report": {"status": "not run", "total": None, "skipped": None}}


def test_a_run_without_tests_fails() -> None:
    assert report({}, {"tests": {"outcomes": []}}) == Fail("no tests were collected")


def test_the_totals_count_each_outcome() -> None:
    state = recorded(*["passed"] * 5, *["skipped"] * 4, *["xfailed"] * 3, *["xpassed"] * 2)
    assert report({}, state) == {
        "report": {"status": "passed", "total": 14, "passed": 5, "skipped": 4, "xfailed": 3, "xpassed": 2}
    }


@pytest.mark.parametrize("outcome", TOTALS)
def test_an_absent_outcome_has_a_total_of_0(outcome: str) -> None:
    zeros = dict.fromkeys(TOTALS, 0)
    assert report({}, recorded(outcome)) == {"report": {"status": "passed", "total": 1, **zeros, outcome: 1}}


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_one_failed_test_fails_the_report(outcome: str) -> None:
    assert report({}, recorded("passed", outcome, "xpassed")) == Fail("1 of 3 tests failed: t1")


def test_failures_and_errors_are_named_in_order() -> None:
    state = recorded("error", "passed", "failed", "skipped", "error")
    assert report({}, state) == Fail("3 of 5 tests failed: t0, t2, t4")


def test_ten_failed_tests_are_all_named() -> None:
    names = ", ".join(f"t{i}" for i in range(10))
    assert report({}, recorded(*["failed"] * 10)) == Fail(f"10 of 10 tests failed: {names}")


@pytest.mark.parametrize("many", [11, 25])
def test_beyond_ten_failed_tests_are_counted(many: int) -> None:
    names = ", ".join(f"t{i}" for i in range(10))
    state = recorded(*["failed"] * many, "passed")
    assert report({}, state) == Fail(f"{many} of {many + 1} tests failed: {names} and {many - 10} more")


def test_unknown_members_are_accepted() -> None:
    state: Json = {
        "tests": {"outcomes": [{"id": "t", "outcome": "passed", "node": {"x": None}}], "exit": 0},
        "x": 1,
    }
    zeros = {"skipped": 0, "xfailed": 0, "xpassed": 0}
    assert report({}, state) == {"report": {"status": "passed", "total": 1, "passed": 1, **zeros}}


@pytest.mark.parametrize(
    ("state", "path"),
    [
        ({"tests": []}, "$.tests"),
        ({"tests": None}, "$.tests"),
        ({"tests": {"outcomes": {}}}, "$.tests.outcomes"),
        ({"tests": {"outcomes": None}}, "$.tests.outcomes"),
        ({"tests": {"outcomes": ["t"]}}, "$.tests.outcomes[0]"),
        ({"tests": {"outcomes": [{"id": "t"}]}}, "$.tests.outcomes[0].outcome"),
        ({"tests": {"outcomes": [{"outcome": "passed"}]}}, "$.tests.outcomes[0].id"),
        ({"tests": {"outcomes": [{"id": 1, "outcome": "passed"}]}}, "$.tests.outcomes[0].id"),
        (
            {"tests": {"outcomes": [{"id": "t", "outcome": "passed"}, {"id": "u", "outcome": "PASSED"}]}},
            "$.tests.outcomes[1].outcome",
        ),
        ({"report": "fine"}, "$.report"),
        ({"report": {"status": "failed"}}, "$.report.status"),
        ({"report": {"status": "passed", "total": -1}}, "$.report.total"),
    ],
)
def test_a_malformed_state_fails_with_its_path(state: Json, path: str) -> None:
    assert report({}, state) == Fail(f"the state is malformed at {path}")
