"""Lineage and receipt: the proof of what happened in a run, made of digests (contracts/v1/result.schema.json).

1. Entry i of the receipt is the whole i-th event, the digest of the state after it, and the digest of the entry
   before.
2. The first entry's `previous_sha256` is the digest of ``{"context_sha256": ..., "workflow_sha256": ...}``, so the
   chain stands on what was planned and on what it started from. The head is the digest of the last entry.
3. Whoever keeps the head elsewhere finds every later change to workflow, context, events or states. Without it, only
   damage is found, not forgery: it is no signature, and nothing proves who `by` is.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast, final

import msgspec
from msgspec import UNSET

from tier2.contracts.v1 import (
    Event,
    ExecutionContext,
    Lineage,
    OrchestrationResult,
    Receipt,
    ReceiptEntry,
    StepSpec,
    WorkflowDefinition,
)
from tier2.errors import CanonicalError, Path, PathPart, json_path
from tier2.values.canonical import MAX_BYTES, Sha256, canonical, digest, encode, sha256
from tier2.values.frozen import FrozenObject, JsonValue


@final
class Chain(msgspec.Struct, frozen=True):
    """The receipt of a run as far as it has come.

    head: The digest of the last entry, or what the first one will stand on.
    hashed: The state after the last entry, with its digest; None before the first.
    """

    head: Sha256
    entries: tuple[ReceiptEntry, ...] = ()
    hashed: tuple[FrozenObject, Sha256] | None = None


def begin_chain(workflow: WorkflowDefinition, context: ExecutionContext) -> Chain:
    """The chain of a run in which nothing has happened."""
    return Chain(first_link(digest(workflow), digest(context)))


def extend_chain(chain: Chain, events: Sequence[Event], states: Sequence[FrozenObject]) -> Chain:
    """The chain with an entry more for each of these events, which have left these states.

    Raises CanonicalError ``size`` for an entry of more than 16 MiB.
    """
    head, entries = chain.head, [*chain.entries]
    hashed, state_sha256 = chain.hashed or (None, Sha256(""))
    for event, state in zip(events, states, strict=True):
        if state is not hashed:  # an event may have left the state as it was
            hashed, state_sha256 = state, sha256(encode(state))
        entry, head = next_entry(head, event, state_sha256, len(entries))
        entries.append(entry)
    return Chain(head, tuple(entries), None if hashed is None else (hashed, state_sha256))


def lineage_of(
    workflow: WorkflowDefinition, context: ExecutionContext, executed: Sequence[StepSpec]
) -> Lineage:
    """Where a result comes from. The mission type is that of the workflow's metadata, if it is a text there."""
    mission_type = workflow.metadata.get("mission_type")
    return Lineage(
        workflow_id=workflow.id,
        mission_type=mission_type if isinstance(mission_type, str) else None,
        executed_step_ids=tuple([step.id for step in executed]),
        workflow_sha256=digest(workflow),
        context_sha256=digest(context),
    )


def receipt_of(lineage: Lineage, chain: Chain) -> Receipt:
    """The receipt of a run that is over: its chain, with the ids of what was executed."""
    return Receipt(
        id=lineage.workflow_id,
        steps=lineage.executed_step_ids,
        entries=chain.entries,
        head_sha256=chain.head,
    )


def first_link(workflow_sha256: Sha256, context_sha256: Sha256) -> Sha256:
    """What the first entry stands on: the digest of the two digests as an object."""
    return sha256(encode({"context_sha256": context_sha256, "workflow_sha256": workflow_sha256}))


def next_entry(
    previous: Sha256, event: Event, state_sha256: Sha256, position: int
) -> tuple[ReceiptEntry, Sha256]:
    """The entry for the event at ``position``, and its digest, on which the next one stands.

    Raises CanonicalError ``size`` for an entry of more than 16 MiB.
    """
    entry = ReceiptEntry(event=event, state_sha256=state_sha256, previous_sha256=previous)
    data = encode(entry)
    if len(data) > MAX_BYTES:
        raise CanonicalError(
            code="size",
            path=("events", position),
            message=f"the event's receipt entry has {len(data)} bytes, more than {MAX_BYTES}",
            remedy="keep large data elsewhere, and put its digest into the output",
        )
    return entry, sha256(data)


class Difference(NamedTuple):
    """The first place where a result is not what its run comes to.

    where: the JSON path in the result.
    expected: the canonical JSON text of what the run comes to there, or ``absent``.
    found: the same of what the result says.
    """

    where: str
    expected: str
    found: str


def first_difference(expected: OrchestrationResult, found: OrchestrationResult) -> Difference | None:
    """The first difference of two results, causes before effects: the lineage, the receipt link by link, the rest."""
    if encode(expected) == encode(found):
        return None
    return _first(_causes_first(expected), _causes_first(found), ())


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
