"""Verification: recomputes the result of a run, and finds the first difference from a given one.

1. `verify` reports the first difference, causes before effects: the lineage, the receipt entry by entry, then the rest.
2. `rerun` performs the pure operations again, and reports the first event that an operation of today does not give.
3. Relative to a head digest kept elsewhere, every change to workflow, context, events or result is found. Without one,
   only damage is found, not forgery.
"""

from collections.abc import Mapping
from typing import cast, final

import msgspec
from msgspec import UNSET

from tier2.contracts.v1 import Completed, Failed, OrchestrationResult, Run
from tier2.engine.execution import finish, perform, replay, state
from tier2.errors import EnvelopeViolation, Path, PathPart, json_path
from tier2.kinds import Operation, Pure
from tier2.values.canonical import canonical, encode
from tier2.values.frozen import JsonValue


@final
class Difference(msgspec.Struct, frozen=True):
    """A difference between the expected value and the one that was found; of `verify`, the first one in a result.

    path: the way to it, in the result or in the scenario.
    expected: the canonical JSON text of the value that the run's own result has there, or ``absent``.
    found: the same for the given result.
    """

    path: Path
    expected: str
    found: str

    @property
    def where(self) -> str:
        """The path as text, such as ``$.receipt.entries[0]``."""
        return json_path(self.path)


def verify(run: Run, result: OrchestrationResult) -> Difference | None:
    """Recomputes the whole result of ``run``, and gives the first difference from ``result``, or None.

    Relative to a head digest kept elsewhere, any change to workflow, context, events or result is found; without one,
    only damage, not forgery. Raises as `finish` does: an impossible or unfinished run has no result.
    """
    expected = finish(run)
    if encode(expected) == encode(result):
        return None
    return _first(_causes_first(expected), _causes_first(result), ())


def rerun(run: Run, operations: Mapping[str, Operation]) -> Difference | None:
    """Performs the pure operations of a run again, each on its recorded state; the first event that differs, or None.

    operations: the operations by name. Host operations and people are not asked again.

    Raises EnvelopeViolation for an operation that is not among them, and as `tier2.state` does. What a user's own
    operation raises passes through.
    """
    for position, event in enumerate(run.events):
        step = run.workflow.steps[position]
        if not isinstance(event, Completed | Failed):
            continue
        name = str(step.payload.get("operation"))
        if name not in operations:
            raise EnvelopeViolation(
                code="envelope",
                path=("workflow", "steps", position, "payload", "operation"),
                message=f"the operation {name!r} of step {step.id!r} is not known here, and cannot be done again",
                remedy="verify without doing it again, or where it is known",
            )
        if isinstance(operations[name], Pure):
            before = replay(run.workflow, run.context, run.events[:position], run.operations)
            again = canonical(perform(step, state(before), operations))
            if again != canonical(event):
                where = ("receipt", "entries", position, "event")
                return Difference(where, again.decode(), canonical(event).decode())
    return None


def revisions_of(run: Run, operations: Mapping[str, Operation]) -> Mapping[str, str | None]:
    """The revision of each pure operation that `rerun` performs again, by its name."""
    found: dict[str, str | None] = {}
    for step, event in zip(run.workflow.steps, run.events, strict=False):
        name = str(step.payload.get("operation"))
        operation = operations.get(name)
        if isinstance(event, Completed | Failed) and isinstance(operation, Pure):
            found[name] = operation.revision
    return found


def _causes_first(result: OrchestrationResult) -> dict[str, JsonValue]:
    plain = result.to_dict()
    return {name: plain.pop(name) for name in ("lineage", "receipt")} | plain


def _first(expected: object, found: object, path: Path) -> Difference | None:
    """The first difference between two values, or None if their texts are the same. It looks at each part once."""
    ours, theirs = _members(expected), _members(found)
    if ours is None or theirs is None or type(expected) is not type(found):
        if type(expected) is type(found) and expected == found:
            return None
        mine, other = _text(expected), _text(found)
        return None if mine == other else Difference(path, mine, other)
    for part in ours | theirs:
        difference = _first(ours.get(part, UNSET), theirs.get(part, UNSET), (*path, part))
        if difference is not None:
            return difference
    return None


def _members(value: object) -> dict[PathPart, object] | None:
    """The members of an object by name, the items of an array by position; None for a scalar."""
    if isinstance(value, dict):
        return dict(cast("dict[PathPart, object]", value))
    return dict(enumerate(cast("list[object]", value))) if isinstance(value, list) else None


def _text(value: object) -> str:
    return "absent" if value is UNSET else canonical(cast("JsonValue", value)).decode()
