"""The report of a test run, over the state of ``contracts/v1/missions/run_tests.state.schema.json``."""

from collections import Counter
from typing import cast

from msgspec import UnsetType

from tier2.contracts.v1 import RunTestsState
from tier2.contracts.views import view
from tier2.errors import ContractError
from tier2.kinds import Fail, JsonObject
from tier2.values.frozen import EMPTY

TOTALS = ("total", "passed", "skipped", "xfailed", "xpassed")
"""The totals of a report."""

SHOWN = 10
"""How many failed tests a reason names."""


def report(payload: JsonObject, state: JsonObject) -> JsonObject | Fail:
    """``report``: the totals of the recorded tests, or that none were run. Fails if a test failed or none was found.

    If none were run, nulls delete the totals of an older report.
    """
    try:
        tests = view(state, RunTestsState).tests
    except ContractError as error:
        return Fail(f"the state is malformed at {error.where}")
    if isinstance(tests, UnsetType) or isinstance(tests.outcomes, UnsetType):
        older = cast("JsonObject", state.get("report", EMPTY))
        return {"report": {"status": "not run", **{name: None for name in TOTALS if name in older}}}
    if not tests.outcomes:
        return Fail("no tests were collected")
    bad = [record.id for record in tests.outcomes if record.outcome in ("failed", "error")]
    if bad:
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        return Fail(f"{len(bad)} of {len(tests.outcomes)} tests failed: {', '.join(bad[:SHOWN])}{more}")
    count = Counter[str](record.outcome for record in tests.outcomes)
    count["total"] = len(tests.outcomes)
    return {"report": {"status": "passed", **{name: count[name] for name in TOTALS}}}
