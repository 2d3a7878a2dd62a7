"""Whether the parts of a result agree with each other, without the run that it came from.

`tier2.verify` recomputes a result from its run. Where only the result is at hand, much can be told all the same: its
steps, events and outcome follow from each other; each link of the receipt holds the digest of the one before; the last
state's digest is that of the final state, and the outputs, merged onto that state once more, leave it as it is. The
state that a run started from is not in its result, so no result alone proves its states. Like `verify` without a head
kept elsewhere, this finds damage, not forgery.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tier2.contracts.v1 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    OrchestrationResult,
    ReceiptEntry,
    WorkflowDefinition,
)
from tier2.engine.execution import outcome_of, replay
from tier2.engine.receipts import first_link
from tier2.errors import IllegalEvent, PathPart
from tier2.inspection.json_source import path_parts
from tier2.values.canonical import canonical, digest
from tier2.values.frozen import EMPTY, JsonValue, freeze_object
from tier2.values.merge_patch import merge_objects


class Contradiction(NamedTuple):
    """A place in a result that another part of it speaks against."""

    path: tuple[PathPart, ...]
    message: str


def contradictions(result: OrchestrationResult) -> Iterator[Contradiction]:
    """Every contradiction inside a result that keeps its contract: the story first, then the links of the receipt."""
    steps, entries = result.executed_steps, result.receipt.entries
    if len(steps) != len(entries):
        message = f"{len(steps)} executed steps have {len(entries)} entries"
        yield Contradiction(("receipt", "entries"), message)
    else:
        yield from _of_story(result)
    yield from _of_links(result)
    yield from _of_states(entries)
    yield from _of_final_state(result)


def _of_story(result: OrchestrationResult) -> Iterator[Contradiction]:
    """What follows from the steps, the events and the workflow's id."""
    steps = result.executed_steps
    events = [entry.event for entry in result.receipt.entries]
    try:
        replay(WorkflowDefinition(id=result.id, steps=steps), ExecutionContext(), events)
    except IllegalEvent as error:
        position = path_parts(error.where)[1]
        yield Contradiction(("receipt", "entries", position, "event"), error.message)
        return
    outcome, message = outcome_of(events)
    ids = [step.id for step in steps]
    expected: tuple[tuple[tuple[str, ...], JsonValue, JsonValue], ...] = (
        (("outcome",), outcome, result.outcome),
        (("success",), message is None, result.success),
        (("failed_step_id",), None if message is None else ids[-1], result.failed_step_id),
        (("error_message",), message, result.error_message),
        (("lineage", "workflow_id"), result.id, result.lineage.workflow_id),
        (("lineage", "executed_step_ids"), ids, result.lineage.executed_step_ids),
        (("receipt", "id"), result.id, result.receipt.id),
        (("receipt", "steps"), ids, result.receipt.steps),
    )
    for path, wanted, found in expected:
        told, other = canonical(wanted).decode(), canonical(found).decode()
        if told != other:
            yield Contradiction(path, f"the steps and events come to {told}, not {other}")


def _of_links(result: OrchestrationResult) -> Iterator[Contradiction]:
    entries = result.receipt.entries
    link = first_link(result.lineage.workflow_sha256, result.lineage.context_sha256)
    before = "the workflow's and the context's digest"
    for position, entry in enumerate(entries):
        if entry.previous_sha256 != link:
            path = ("receipt", "entries", position, "previous_sha256")
            yield Contradiction(path, f"it is not the digest of {before}")
        link, before = digest(entry), f"entry {position}"
    if result.receipt.head_sha256 != link:
        yield Contradiction(("receipt", "head_sha256"), "it is not the digest of the last entry")


def _of_states(entries: tuple[ReceiptEntry, ...]) -> Iterator[Contradiction]:
    """An event that changes nothing leaves the state's digest as it was."""
    for position in range(1, len(entries)):
        entry = entries[position]
        if not _output(entry.event) and entry.state_sha256 != entries[position - 1].state_sha256:
            path = ("receipt", "entries", position, "state_sha256")
            yield Contradiction(path, "the event changes nothing, and yet the state is another")


def _output(event: Event) -> Mapping[str, JsonValue]:
    """What an event merges onto the state; nothing for one that leaves it as it is."""
    return event.output if isinstance(event, Completed | Decided) else EMPTY


def _of_final_state(result: OrchestrationResult) -> Iterator[Contradiction]:
    final = freeze_object(result.final_state)
    again = final
    for entry in result.receipt.entries:
        again = merge_objects(again, freeze_object(_output(entry.event)))
    if digest(again) != digest(final):
        # Each place is as the last output that speaks of it left it; so speaking of all of them again changes nothing.
        yield Contradiction(("final_state",), "the outputs come to another state")
    elif result.receipt.entries[-1].state_sha256 != digest(final):
        yield Contradiction(("final_state",), "its digest is not that of the state after the last entry")
