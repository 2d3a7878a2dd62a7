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


def test_the_totals_count_each_outcome() -> None:
    state = recorded(*["passed"] * 5, *["skipped"] * 4, *["xfailed"] * 3, *["xpassed"] * 2)
    assert report({}, state) == {
        "report": {"status": "passed", "total": 14, "passed": 5, "skipped": 4, "xfailed": 3, "xpassed": 2}
    }


@pytest.mark.parametrize("outcome", TOTALS)
def test_an_absent_outcome_has_a_total_of_0(outcome: str) -> None:
    zeros = dict.fromkeys(TOTALS, 0)
    assert report({}, recorded(outcome)) == {"report": {"status": "passed", "total": 1, **zeros, outcome: 1}}


TEN = ", ".join(f"t{i}" for i in range(10))


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ([], "no tests were collected"),
        (["passed", "failed", "xpassed"], "1 of 3 tests failed: t1"),
        (["passed", "error", "xpassed"], "1 of 3 tests failed: t1"),
        (["error", "passed", "failed", "skipped", "error"], "3 of 5 tests failed: t0, t2, t4"),
        (["failed"] * 10, f"10 of 10 tests failed: {TEN}"),
        ([*["failed"] * 11, "passed"], f"11 of 12 tests failed: {TEN} and 1 more"),
        ([*["failed"] * 25, "passed"], f"25 of 26 tests failed: {TEN} and 15 more"),
    ],
)
def test_a_bad_run_fails_and_names_ten_tests(outcomes: list[str], reason: str) -> None:
    assert report({}, recorded(*outcomes)) == Fail(reason)


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
