"""Verification: recomputes the result of a run, and finds the first difference from a given one.

1. `verify` reports the first difference, causes before effects: the lineage, the receipt entry by entry, then the rest.
2. Relative to a head digest kept elsewhere, every change to workflow, context, events or result is found. Without one,
   only damage is found, not forgery.
"""

from typing import cast, final

import msgspec
from msgspec import UNSET

from tier2.contracts.v1 import OrchestrationResult, Run
from tier2.engine.execution import finish
from tier2.errors import Path, PathPart, json_path
from tier2.values.canonical import canonical, encode
from tier2.values.frozen import JsonValue


@final
class Difference(msgspec.Struct, frozen=True):
    """The first difference between a result and the result that its run has.

    where: the JSON path in the result.
    expected: the canonical JSON text of the run's own result there, or ``absent``.
    found: the same for the given result.
    """

    where: str
    expected: str
    found: str


def verify(run: Run, result: OrchestrationResult) -> Difference | None:
    """Recomputes the whole result of ``run``, and gives the first difference from ``result``, or None.

    Relative to a head digest kept elsewhere, any change to workflow, context, events or result is found; without one,
    only damage, not forgery. Raises as `finish` does: an impossible or unfinished run has no result.
    """
    expected = finish(run)
    if encode(expected) == encode(result):
        return None
    return _first(_causes_first(expected), _causes_first(result), ())


def _causes_first(result: OrchestrationResult) -> dict[str, JsonValue]:
    plain = result.to_dict()
    return {name: plain.pop(name) for name in ("lineage", "receipt")} | plain


def _first(expected: object, found: object, path: Path) -> Difference:
    """The first difference inside two values whose texts differ."""
    ours, theirs = _members(expected), _members(found)
    if ours is None or theirs is None or type(expected) is not type(found):
        return Difference(json_path(path), _text(expected), _text(found))
    pairs = ((part, ours.get(part, UNSET), theirs.get(part, UNSET)) for part in ours | theirs)
    part, mine, other = next(pair for pair in pairs if _text(pair[1]) != _text(pair[2]))
    return _first(mine, other, (*path, part))


def _members(value: object) -> dict[PathPart, object] | None:
    """The members of an object by name, the items of an array by position; None for a scalar."""
    if isinstance(value, dict):
        return dict(cast("dict[PathPart, object]", value))
    return dict(enumerate(cast("list[object]", value))) if isinstance(value, list) else None


def _text(value: object) -> str:
    return "absent" if value is UNSET else canonical(cast("JsonValue", value)).decode()
