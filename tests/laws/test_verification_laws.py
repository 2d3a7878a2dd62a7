"""What holds for the first difference that `verify` finds, compared with a simple, slow search?"""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from mutations import OTHER_VALUES, places, replaced
from run_strategies import finished_runs
from strategies import Json, json_values

from tier2 import OrchestrationResult, Run, canonical, decode, finish, verify
from tier2.errors import Tier2Error


def slow_first(expected: Json, found: Json, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The path of the first difference: each level is compared by the texts of whole members."""
    if type(expected) is not type(found) or not isinstance(expected, dict | list):
        return path
    ours, theirs = (dict(one) if isinstance(one, dict) else dict(enumerate(one)) for one in (expected, found))
    for part in ours | theirs:
        if part not in ours or part not in theirs:
            return (*path, part)
        if canonical(ours[part]) != canonical(theirs[part]):
            return slow_first(ours[part], theirs[part], (*path, part))
    raise AssertionError("the texts are the same")


def causes_first(result: OrchestrationResult) -> dict[str, Any]:
    plain = result.to_dict()
    return {name: plain.pop(name) for name in ("lineage", "receipt")} | plain


@given(finished_runs(), st.data())
def test_the_first_difference_is_found_as_by_a_slow_search(run: Run, data: st.DataObject) -> None:
    right = finish(run)
    plain = json.loads(canonical(right))
    path = data.draw(st.sampled_from([*places(plain)]))
    value = data.draw(st.sampled_from(OTHER_VALUES) | json_values(max_leaves=3))
    changed = replaced(plain, path, value)
    try:
        result = decode(json.dumps(changed), OrchestrationResult)
    except Tier2Error:
        return
    difference = verify(run, result)
    if canonical(result) == canonical(right):
        assert difference is None
    else:
        assert difference is not None
        assert difference.path == slow_first(causes_first(right), causes_first(result), ())
