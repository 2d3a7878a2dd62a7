"""Whether the parts of a result agree with each other, without the run that it came from.

`tier2.verify` recomputes a result from its run. Where only the result is at hand, much can be told all the same: its
steps, events and outcome follow from each other, each link of the receipt holds the digest of the one before, and the
last state's digest is that of the final state. What no result alone can show is that its states follow from the events,
as the first state is not in it. Like `verify` without a head kept elsewhere, this finds damage, not forgery.
"""

from collections.abc import Iterator
from functools import reduce
from typing import Any, NamedTuple

from tier2.canonical import canonical, digest
from tier2.contracts.v1 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    OrchestrationResult,
    ReceiptEntry,
    WorkflowDefinition,
)
from tier2.errors import IllegalEvent, PathPart
from tier2.execution import finish, replay
from tier2.receipts import first_link


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
    if entries[-1].state_sha256 != digest(result.final_state):
        yield Contradiction(("final_state",), "its digest is not that of the state after the last entry")


def _of_story(result: OrchestrationResult) -> Iterator[Contradiction]:
    """Steps, events, outcome and ids, against the result of a run with these steps and events."""
    workflow = WorkflowDefinition(id=result.id, steps=result.executed_steps)
    events = [entry.event for entry in result.receipt.entries]
    try:
        expected = finish(replay(workflow, ExecutionContext(), events))
    except IllegalEvent as error:
        position = next(at for at in range(len(events)) if error.where == f"$.events[{at}]")
        yield Contradiction(("receipt", "entries", position, "event"), error.message)
        return
    for path in _STORY:
        wanted, found = (_reached(one, path) for one in (expected, result))
        if wanted != found:
            told, other = canonical(wanted).decode(), canonical(found).decode()
            yield Contradiction(path, f"the steps and events come to {told}, not {other}")


_STORY: tuple[tuple[str, ...], ...] = (
    ("outcome",),
    ("success",),
    ("failed_step_id",),
    ("error_message",),
    ("lineage", "workflow_id"),
    ("lineage", "executed_step_ids"),
    ("receipt", "id"),
    ("receipt", "steps"),
)
"""What follows from the steps, the events and the workflow's id."""


def _reached(value: object, path: tuple[str, ...]) -> Any:
    """The part of a document at a path of attributes: a text, a truth value, a tuple of texts, or None."""
    return reduce(getattr, path, value)


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
        if _keeps(entry.event) and entry.state_sha256 != entries[position - 1].state_sha256:
            path = ("receipt", "entries", position, "state_sha256")
            yield Contradiction(path, "the event changes nothing, and yet the state is another")


def _keeps(event: Event) -> bool:
    """Whether the state after an event is the one before it."""
    return not (isinstance(event, Completed | Decided) and event.output)
