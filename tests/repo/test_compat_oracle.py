"""Does another checker of JSON Schema changes, which shares no code with ours, come to the same answers?

It runs in an environment of its own (``tox -e compat``), since that checker needs CPython 3.12 or later. It has three
answers: compatible, incompatible with a counterexample, and unknown. Where it differs, the reason is listed here.
"""

import json
import os
from typing import Any

import pytest
from compat_cases import CASES, CAUTIOUS, Case

from tier2.codegen.dialect import DIALECT

if "TIER2_COMPAT_ORACLE" in os.environ:
    import jsoncompat  # type: ignore[import-not-found,unused-ignore]  # in its own environment only
else:
    jsoncompat = pytest.importorskip("jsoncompat")

ROLES = {"backward": "deserializer", "forward": "serializer"}
LENIENT = "it takes a name that an open object may already carry for free"
UNSEEN = "it does not look at the values that a map allows"
DISAGREEMENTS = {
    ("optional added, open", "backward"): LENIENT,
    ("renamed, open", "backward"): LENIENT,
    ("renamed, open, undone", "backward"): LENIENT,
    ("view to open object, undone", "backward"): LENIENT,
    ("values of a map changed", "backward"): UNSEEN,
    ("values of a map changed, undone", "backward"): UNSEEN,
    ("values of a map are named", "backward"): UNSEEN,
    ("map to open object, undone", "backward"): UNSEEN,
    ("values of a map widened, undone", "backward"): UNSEEN,
    ("values of a map may be null, undone", "backward"): UNSEEN,
    ("values of a map may be anything, undone", "backward"): UNSEEN,
    ("map of maps, undone", "backward"): UNSEEN,
}
"""Where it says "compatible" and we say no; the samples of the other test show the document that breaks."""

CAUTION = {
    ("a limit that the length implies", "backward"),
    ("condition in other words", "backward"),
    ("condition in other words", "forward"),
    ("items of an array that is always empty", "backward"),
    ("items of an array that is always empty", "forward"),
    ("map of anything to open object", "forward"),
}
"""Where it sees that a change has no effect, and ours is cautious (`CAUTIOUS` gives the reasons)."""

UNKNOWNS = 53
"""How many of its answers about the table were "unknown", at most: bounds of numbers, open objects, and any value."""


def answer(one: Case, role: str) -> str:
    old, new = (
        json.dumps({"$schema": DIALECT, "$ref": "#/$defs/T", "$defs": defs}) for defs in (one.old, one.new)
    )
    found: dict[str, Any] = jsoncompat.analyze_compat(old, new, role)
    return str(found["status"])


def test_another_checker_agrees_but_for_listed_cases() -> None:
    different, unknown = set(), []
    for one in [*CASES, *(one for one, _ in CAUTIOUS.values())]:
        for direction, role in ROLES.items():
            theirs, ours = answer(one, role), getattr(one, direction)
            if theirs == "unknown":
                unknown.append((one.name, direction))
            elif (theirs == "compatible") != ours:
                different.add((one.name, direction))
    assert different == {*DISAGREEMENTS, *CAUTION}
    assert len([name for name, _ in unknown if name not in CAUTIOUS]) <= UNKNOWNS
