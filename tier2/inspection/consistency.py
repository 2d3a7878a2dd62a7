"""Checks whether the parts of a result agree with each other, without the run that it came from.

`tier2.verify` recomputes a result from its run. A result alone can be checked too:

1. The steps, the events and the outcome follow from each other.
2. Each entry of the receipt holds the digest of the entry before.
3. The digest of the last state is that of the final state, and the outputs, merged onto that state once more, leave it
   as it is.

The state that a run started from is not in its result, so no result alone proves its states. Like `verify` without a
head kept elsewhere, this finds damage, not forgery.
"""

from collections.abc import Iterator, Mapping

from tier2.contracts.v1 import (
    Completed,
    Decided,
    Event,
    OrchestrationResult,
    ReceiptEntry,
    WorkflowDefinition,
)
from tier2.engine.execution import check_events, outcome_of
from tier2.engine.receipts import first_link
from tier2.errors import IllegalEvent, Path, Problem
from tier2.values.canonical import Sha256, canonical, digest
from tier2.values.frozen import EMPTY, JsonValue, freeze_object
from tier2.values.merge_patch import merge_objects


def inconsistencies(result: OrchestrationResult) -> Iterator[Problem]:
    """Every part of a result that another part contradicts, with the code ``contradiction``.

    result: one that keeps its contract.

    First come the steps and events, then the links of the receipt, then the states.
    """
    steps, entries = result.executed_steps, result.receipt.entries
    if len(steps) != len(entries):
        message = f"{len(steps)} executed steps have {len(entries)} entries"
        yield _problem(("receipt", "entries"), message)
    else:
        yield from _of_events(result)
    yield from _of_links(result)
    yield from _of_states(entries)
    yield from _of_final_state(result)


def _of_events(result: OrchestrationResult) -> Iterator[Problem]:
    """The members that follow from the steps, the events and the workflow's id."""
    steps = result.executed_steps
    events = [entry.event for entry in result.receipt.entries]
    # The head before an event is the digest that its entry stands on.
    heads = [Sha256(entry.previous_sha256) for entry in result.receipt.entries]
    try:
        check_events(WorkflowDefinition(id=result.id, steps=steps), events, heads)
    except IllegalEvent as error:
        yield _problem(("receipt", "entries", *error.path[1:], "event"), error.message)
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
        ours, theirs = canonical(wanted).decode(), canonical(found).decode()
        if ours != theirs:
            yield _problem(path, f"the steps and events give {ours}, not {theirs}")


def _of_links(result: OrchestrationResult) -> Iterator[Problem]:
    entries = result.receipt.entries
    lineage = result.lineage
    link = first_link(lineage.workflow_sha256, lineage.context_sha256, lineage.operations)
    before = "the workflow, the context and the revisions"
    for position, entry in enumerate(entries):
        if entry.previous_sha256 != link:
            path = ("receipt", "entries", position, "previous_sha256")
            yield _problem(path, f"it is not the digest of {before}")
        link, before = digest(entry), f"entry {position}"
    if result.receipt.head_sha256 != link:
        yield _problem(("receipt", "head_sha256"), "it is not the digest of the last entry")


def _of_states(entries: tuple[ReceiptEntry, ...]) -> Iterator[Problem]:
    """An event that changes nothing leaves the state's digest as it was."""
    for position in range(1, len(entries)):
        entry = entries[position]
        if not _output(entry.event) and entry.state_sha256 != entries[position - 1].state_sha256:
            path = ("receipt", "entries", position, "state_sha256")
            yield _problem(path, "the event changes nothing, and yet the state is another")


def _output(event: Event) -> Mapping[str, JsonValue]:
    """The patch that an event merges onto the state; empty for an event that leaves the state as it is."""
    return event.output if isinstance(event, Completed | Decided) else EMPTY


def _of_final_state(result: OrchestrationResult) -> Iterator[Problem]:
    final = freeze_object(result.final_state)
    again = final
    for entry in result.receipt.entries:
        again = merge_objects(again, freeze_object(_output(entry.event)))
    if digest(again) != digest(final):
        # The last output that sets a member decides its value, so merging all outputs again changes nothing.
        yield _problem(("final_state",), "the outputs give another state")
    elif result.receipt.entries[-1].state_sha256 != digest(final):
        yield _problem(("final_state",), "its digest is not that of the state after the last entry")


def _problem(path: Path, message: str) -> Problem:
    return Problem("contradiction", path, message, "restore it, or compute the result anew from its run")
