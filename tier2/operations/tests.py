"""The report of a test run, over the state of ``contracts/v1/missions/run_tests.state.schema.json``."""

from collections import Counter

from msgspec import UnsetType

from tier2.contracts.v1 import RunTestsState
from tier2.errors import ContractError
from tier2.operations.kinds import Fail, JsonObject
from tier2.views import view

SHOWN = 10
"""How many failed tests a reason names."""


def report(payload: JsonObject, state: JsonObject) -> JsonObject | Fail:
    """``report``: the totals of the recorded tests, or that none were run. Fails if a test failed or none was found."""
    try:
        tests = view(state, RunTestsState).tests
    except ContractError as error:
        return Fail(f"the state is malformed at {error.where}")
    if isinstance(tests, UnsetType) or isinstance(tests.outcomes, UnsetType):
        return {"report": {"status": "not run"}}
    if not tests.outcomes:
        return Fail("no tests were collected")
    bad = [record.id for record in tests.outcomes if record.outcome in ("failed", "error")]
    if bad:
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        return Fail(f"{len(bad)} of {len(tests.outcomes)} tests failed: {', '.join(bad[:SHOWN])}{more}")
    count = Counter(record.outcome for record in tests.outcomes)
    totals = {name: count[name] for name in ("passed", "skipped", "xfailed", "xpassed")}
    return {"report": {"status": "passed", "total": len(tests.outcomes), **totals}}
