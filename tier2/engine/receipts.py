"""Lineage and receipt: the proof of what happened in a run, made of digests (contracts/v1/result.schema.json).

1. Entry i of the receipt holds the whole i-th event, the digest of the state after it, and the digest of the entry
   before.
2. The first entry's `previous_sha256` is the digest of
   ``{"context_sha256": ..., "operations": ..., "workflow_sha256": ...}``. So the chain begins with the plan, the
   context and the revisions of the operations. The head is the digest of the last entry.
3. A person who keeps the head elsewhere finds every later change to workflow, context, events or states. Without it,
   only damage is found, not forgery: the head is no signature. Only a signed decision proves who `by` is.
"""

from collections.abc import Mapping, Sequence
from typing import cast, final

import msgspec

from tier2.contracts.v1 import (
    Event,
    ExecutionContext,
    Lineage,
    Receipt,
    ReceiptEntry,
    Run,
    StepSpec,
    WorkflowDefinition,
)
from tier2.errors import CanonicalError
from tier2.values.canonical import MAX_BYTES, Sha256, digest, encode, sha256
from tier2.values.frozen import FrozenObject, JsonValue


@final
class Chain(msgspec.Struct, frozen=True):
    """The receipt of a run so far.

    head: The digest of the last entry, or of the first link if there is none yet.
    hashed: The state after the last entry, with its digest; None before the first.
    """

    head: Sha256
    entries: tuple[ReceiptEntry, ...] = ()
    hashed: tuple[FrozenObject, Sha256] | None = None


def begin_chain(
    workflow: WorkflowDefinition, context: ExecutionContext, operations: Mapping[str, str]
) -> Chain:
    """The chain of a run without events. ``operations`` are the revisions of its operations."""
    return Chain(first_link(digest(workflow), digest(context), operations))


def extend_chain(chain: Chain, events: Sequence[Event], states: Sequence[FrozenObject]) -> Chain:
    """The chain with one more entry for each event; ``states`` are the states after each of them.

    Raises CanonicalError ``size`` for an entry of more than 16 MiB.
    """
    head, entries = chain.head, [*chain.entries]
    hashed, state_sha256 = chain.hashed or (None, Sha256(""))
    for event, state in zip(events, states, strict=True):
        if state is not hashed:  # the same state is hashed once
            hashed, state_sha256 = state, sha256(encode(state))
        entry, head = next_entry(head, event, state_sha256, len(entries))
        entries.append(entry)
    return Chain(head, tuple(entries), None if hashed is None else (hashed, state_sha256))


def lineage_of(run: Run, executed: Sequence[StepSpec]) -> Lineage:
    """Where the result of a run comes from.

    The mission type is that of the workflow's metadata, if it is a string there.
    """
    mission_type = run.workflow.metadata.get("mission_type")
    return Lineage(
        workflow_id=run.workflow.id,
        mission_type=mission_type if isinstance(mission_type, str) else None,
        executed_step_ids=tuple([step.id for step in executed]),
        workflow_sha256=digest(run.workflow),
        context_sha256=digest(run.context),
        operations=run.operations,
    )


def receipt_of(lineage: Lineage, chain: Chain) -> Receipt:
    """The receipt of a finished run: its chain, with the ids of the executed steps."""
    return Receipt(
        id=lineage.workflow_id,
        steps=lineage.executed_step_ids,
        entries=chain.entries,
        head_sha256=chain.head,
    )


def first_link(workflow_sha256: Sha256, context_sha256: Sha256, operations: Mapping[str, str]) -> Sha256:
    """The first entry's `previous_sha256`: the digest of an object of the two digests and the revisions."""
    # In canonical order already: msgspec writes the members as they stand.
    link: JsonValue = {
        "context_sha256": context_sha256,
        "operations": cast("Mapping[str, JsonValue]", operations),
        "workflow_sha256": workflow_sha256,
    }
    return sha256(encode(link))


def next_entry(
    previous: Sha256, event: Event, state_sha256: Sha256, position: int
) -> tuple[ReceiptEntry, Sha256]:
    """The entry for the event at ``position``, and its digest, which the next entry holds.

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
