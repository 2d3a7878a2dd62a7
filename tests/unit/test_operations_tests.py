"""What does `tests.report` report about the recorded tests?"""

from typing import Any

import pytest

from tier2.kinds import Fail
from tier2.missions.run_tests.operations import COUNTS, report

Json = Any
ZEROS = dict.fromkeys(COUNTS, 0)


def recorded(*outcomes: str, **more: Json) -> Json:
    """A state in which tests ``t0``, ``t1`` and so on ended like this."""
    listed = [{"id": f"t{i}", "outcome": outcome} for i, outcome in enumerate(outcomes)]
    counts = {name: outcomes.count(name) for name in COUNTS}
    not_passed = [record for record in listed if record["outcome"] != "passed"]
    return {"tests": {"found": len(listed), "outcomes": counts, "not_passed": not_passed, **more}}


@pytest.mark.parametrize(
    "state", [{}, {"tests": {}}, {"tests": {"target": "all"}}, {"tests": {"found": 2}}, {"today": "never"}]
)
def test_without_recorded_outcomes_none_were_run(state: Json) -> None:
    assert report({}, state) == {"report": {"status": "not run"}}


def test_older_totals_are_deleted_if_none_were_run() -> None:
    older: Json = {"report": {"status": "incomplete", "total": 2, "not_run": 0, "of": "a user"}}
    assert report({}, older) == {"report": {"status": "not run", "total": None, "not_run": None}}


def test_the_totals_count_each_outcome() -> None:
    state = recorded(*["passed"] * 5, *["skipped"] * 4, *["xfailed"] * 3, *["xpassed"] * 2)
    counts = {"passed": 5, "skipped": 4, "xfailed": 3, "xpassed": 2, "failed": 0, "error": 0, "not_run": 0}
    assert report({}, state) == {"report": {"status": "passed", "total": 14, **counts}}


@pytest.mark.parametrize("outcome", ["passed", "skipped", "xfailed", "xpassed"])
def test_an_absent_outcome_has_a_total_of_0(outcome: str) -> None:
    assert report({}, recorded(outcome)) == {"report": {"status": "passed", "total": 1, **ZEROS, outcome: 1}}


TEN = ", ".join(f"t{i}" for i in range(10))
EARLY = "it stops after 1 failure, as -x or --maxfail says"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (recorded(), "no tests were collected"),
        (recorded("passed", "failed", "xpassed"), "1 of 3 tests failed: t1"),
        (recorded("passed", "error", "xpassed"), "1 of 3 tests failed: t1"),
        (recorded("error", "passed", "failed", "skipped", "error"), "3 of 5 tests failed: t0, t2, t4"),
        (recorded(*["failed"] * 10), f"10 of 10 tests failed: {TEN}"),
        (recorded(*["failed"] * 11, "passed"), f"11 of 12 tests failed: {TEN} and 1 more"),
        (recorded("failed", "failed", not_passed=[], omitted=2), "2 of 2 tests failed"),
        (recorded("passed", "not_run"), "1 of 2 tests ran"),
        (
            recorded("passed", "failed", "not_run", ended=EARLY),
            f"2 of 3 tests ran, 1 failed: t1; {EARLY}",
        ),
        (recorded("not_run", "not_run", ended=EARLY), f"0 of 2 tests ran; {EARLY}"),
        (recorded("passed", "passed", found=5), "3 of 5 tests have no outcome"),
    ],
)
def test_a_bad_run_fails_with_its_story(state: Json, reason: str) -> None:
    assert report({}, state) == Fail(reason)


def test_more_outcomes_than_were_found_are_no_failure() -> None:
    assert report({}, recorded("passed", "passed", found=1)) == {
        "report": {"status": "passed", "total": 2, **ZEROS, "passed": 2}
    }


def test_unknown_members_are_accepted() -> None:
    counts = {**ZEROS, "passed": 1, "slow": {"x": None}}
    state: Json = {"tests": {"outcomes": counts, "exit": 0}, "x": 1}
    assert report({}, state) == {"report": {"status": "passed", "total": 1, **ZEROS, "passed": 1}}


@pytest.mark.parametrize(
    ("state", "path"),
    [
        ({"tests": []}, "$.tests"),
        ({"tests": None}, "$.tests"),
        ({"tests": {"outcomes": []}}, "$.tests.outcomes"),
        ({"tests": {"outcomes": None}}, "$.tests.outcomes"),
        ({"tests": {"outcomes": {"passed": 1}}}, "$.tests.outcomes.skipped"),
        ({"tests": {"outcomes": {**ZEROS, "failed": -1}}}, "$.tests.outcomes.failed"),
        ({"tests": {"found": "2"}}, "$.tests.found"),
        ({"tests": {"not_passed": ["t"]}}, "$.tests.not_passed[0]"),
        ({"tests": {"not_passed": [{"id": "t"}]}}, "$.tests.not_passed[0].outcome"),
        (
            {"tests": {"not_passed": [{"id": "t", "outcome": "failed"}, {"id": "u", "outcome": "FAILED"}]}},
            "$.tests.not_passed[1].outcome",
        ),
        ({"tests": {"ended": 1}}, "$.tests.ended"),
        ({"report": "fine"}, "$.report"),
        ({"report": {"status": "green"}}, "$.report.status"),
        ({"report": {"status": "passed", "total": -1}}, "$.report.total"),
    ],
)
def test_a_malformed_state_fails_with_its_path(state: Json, path: str) -> None:
    assert report({}, state) == Fail(f"the state is malformed at {path}")
