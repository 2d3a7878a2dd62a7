"""A scenario that tells of a run has no difference; each change of what it expects is one, and an update mends it."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from mutations import Path, at, places, replaced
from scenario_strategies import OWN_OPERATIONS, Told, told_runs
from strategies import json_values

from tier2 import Scenario, canonical, decode, digest, play
from tier2.engine.scenarios import updated
from tier2.errors import json_path
from tier2.inspection.json_edits import edited


@given(told_runs())
def test_a_scenario_that_tells_of_a_run_has_no_difference(told: Told) -> None:
    before = canonical(told.scenario)
    played = play(told.scenario, told.missions, OWN_OPERATIONS)
    assert (played.differences, played.refusal) == ((), None)
    assert played.result is not None
    assert digest(played.result) == digest(told.result)
    assert canonical(told.scenario) == before
    assert play(decode(before, Scenario), told.missions, OWN_OPERATIONS) == played


OTHERS: dict[str, Any] = {
    "outcome": "vetoed",
    "failed_step_id": "another",
    "error_message": "another",
    "result_sha256": "0" * 64,
    "error": "another",
}


def leaves(scenario: Scenario) -> list[Path]:
    """The paths of the expected values that a change makes wrong: scalars, and empty objects and arrays."""
    expect = scenario.to_dict()["expect"]
    values = [path for path in places(expect) if path[0:1] == ("values",) and len(path) > 1]
    return [
        *((name,) for name in OTHERS),
        *(path for path in values if not (isinstance(at(expect, path), dict | list) and at(expect, path))),
    ]


@given(told_runs(), st.data())
def test_each_changed_expectation_is_one_difference(told: Told, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(leaves(told.scenario)))
    document = told.scenario.to_dict()
    other = OTHERS[str(path[0])] if len(path) == 1 else "another"
    if at(document, ("expect", *path)) == other:
        other = "failed"
    changed = decode(json.dumps(replaced(document, ("expect", *path), other)), Scenario)
    (difference,) = play(changed, told.missions, OWN_OPERATIONS).differences
    assert difference.where == json_path(("expect", *path))
    assert difference.expected == json.dumps(other)


@given(told_runs(), st.data())
def test_an_update_mends_every_expectation(told: Told, data: st.DataObject) -> None:
    expect = told.scenario.expect
    changed = msgspec.structs.replace(
        told.scenario,
        expect=msgspec.structs.replace(
            expect,
            outcome=data.draw(st.sampled_from([None, "failed", "rehearsed"])),
            error=data.draw(st.sampled_from([None, "stale"])),
            values={
                **expect.values,
                **data.draw(st.dictionaries(st.sampled_from(["", "/a", "/no"]), json_values())),
            },
        ),
    )
    mended = updated(changed, play(changed, told.missions, OWN_OPERATIONS))
    assert play(mended, told.missions, OWN_OPERATIONS).differences == ()
    for indent in (None, 2):
        text = json.dumps(changed.to_dict(), indent=indent)
        again = edited(text, changed.to_dict(), mended.to_dict())
        assert canonical(decode(again, Scenario)) == canonical(mended)
    same = updated(told.scenario, play(told.scenario, told.missions, OWN_OPERATIONS))
    assert same == told.scenario


@given(json_values(), json_values(), st.sampled_from([None, 1, 2, "\t"]), st.booleans())
def test_an_edited_text_has_the_new_value(old: Any, new: Any, indent: Any, ascii_only: bool) -> None:
    text = json.dumps(old, indent=indent, ensure_ascii=ascii_only)
    assert canonical(json.loads(edited(text, old, new))) == canonical(new)
    assert edited(text, old, old) == text
