"""The verdict on a test run, over the state of ``contracts/v1/missions/run_tests.state.schema.json``."""

from collections.abc import Sequence
from typing import cast

from msgspec import UnsetType

from tier2.contracts.v1 import RecordedTests, RunTestsState, TestCounts, TestRecord
from tier2.contracts.views import view
from tier2.errors import ContractError
from tier2.kinds import Fail, JsonObject
from tier2.values.frozen import EMPTY

COUNTS = ("passed", "skipped", "xfailed", "xpassed", "failed", "error", "not_run")
"""The members of `TestCounts`: how a test can end."""

BAD = frozenset({"failed", "error"})
"""The outcomes of a test that did not do as it should."""

SHOWN = 10
"""How many tests a reason names."""


def report(payload: JsonObject, state: JsonObject) -> JsonObject | Fail:
    """``report``: the totals of the recorded tests, or that none were run. Fails if a test failed or did not run.

    If none were run, nulls delete the totals of an older report.
    """
    try:
        tests = view(state, RunTestsState).tests
    except ContractError as error:
        return Fail(f"the state is malformed at {error.where}")
    if isinstance(tests, UnsetType) or isinstance(tests.outcomes, UnsetType):
        older = cast("JsonObject", state.get("report", EMPTY))
        return {
            "report": {"status": "not run", **{name: None for name in ("total", *COUNTS) if name in older}}
        }
    reason = reason_of(tests, tests.outcomes)
    return Fail(reason) if reason else {"report": totals("passed", tests.outcomes)}


def totals(status: str, counts: TestCounts) -> JsonObject:
    """A whole report: the verdict, and how many tests ended how."""
    return {"status": status, "total": total_of(counts), **{name: getattr(counts, name) for name in COUNTS}}


def total_of(counts: TestCounts) -> int:
    """How many tests there are."""
    return sum(getattr(counts, name) for name in COUNTS)


def reason_of(tests: RecordedTests, counts: TestCounts) -> str:
    """Why the test run failed: which tests failed, how many of how many ran, and why. Empty if it did not fail."""
    total, bad = total_of(counts), counts.failed + counts.error
    unknown = 0 if isinstance(tests.found, UnsetType) else tests.found - total
    if unknown > 0:
        return f"{unknown} of {tests.found} tests have no outcome"
    if not total:
        return "no tests were collected"
    records = () if isinstance(tests.not_passed, UnsetType) else tests.not_passed
    if not counts.not_run:
        return f"{bad} of {total} tests failed{_named(records, bad)}" if bad else ""
    text = f"{total - counts.not_run} of {total} tests ran"
    if bad:
        text += f", {bad} failed{_named(records, bad)}"
    return text if isinstance(tests.ended, UnsetType) else f"{text}; {tests.ended}"


def _named(records: Sequence[TestRecord], bad: int) -> str:
    """The first names of the tests that failed, and how many more there are."""
    names = [record.id for record in records if record.outcome in BAD][:SHOWN]
    if not names:
        return ""
    more = f" and {bad - len(names)} more" if bad > len(names) else ""
    return f": {', '.join(names)}{more}"
