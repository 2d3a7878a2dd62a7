"""Runs with results that do not follow from them: what verification must reject, and the place that it must name.

Every document here is right by its contract. The place is written by hand; `reference.first_difference` finds it
again, and where the two disagree nothing is made.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from known_answers.hand_runs import HAND_RUNS
from known_answers.parts import RunCase, approved, did, failed, rehearsed
from known_answers.reference import (
    CaseFault,
    Json,
    Object,
    Told,
    backwards,
    chain,
    first_difference,
    result_of,
    told_by,
)
from known_answers.runs import RUNS
from known_answers.vectors import Case, Vector, read_object, written

VETOED, MERGED, FAILED, TESTED = "hand-approved-then-vetoed", "hand-merges", "hand-fails", "tests-rehearsed"
"""What is tampered with: three events and a step that did not run; three completed; a failure; a rehearsal."""


class Change(NamedTuple):
    """One place of a result, or of a run, with another value; verification names ``where``, or the place itself."""

    name: str
    flag: str
    base: str
    place: str
    value: Json
    where: str = ""


_ZEROS = "0" * 64

RESULTS = (
    Change("lineage-workflow-id", "TamperedLineage", VETOED, "$.lineage.workflow_id", "wf"),
    Change("lineage-mission-type", "TamperedLineage", VETOED, "$.lineage.mission_type", "echo"),
    Change("lineage-no-mission-type", "TamperedLineage", TESTED, "$.lineage.mission_type", None),
    Change("lineage-step", "TamperedLineage", VETOED, "$.lineage.executed_step_ids[1]", "did"),
    Change(
        "lineage-fewer-steps",
        "TamperedLineage",
        VETOED,
        "$.lineage.executed_step_ids",
        ["ask", "do"],
        "$.lineage.executed_step_ids[2]",
    ),
    Change(
        "lineage-more-steps",
        "TamperedLineage",
        FAILED,
        "$.lineage.executed_step_ids",
        ["one", "two", "three"],
        "$.lineage.executed_step_ids[2]",
    ),
    Change("lineage-workflow", "TamperedLineage", VETOED, "$.lineage.workflow_sha256", _ZEROS),
    Change("lineage-context", "TamperedLineage", VETOED, "$.lineage.context_sha256", _ZEROS),
    Change("receipt-id", "TamperedReceipt", VETOED, "$.receipt.id", ""),
    Change("receipt-step", "TamperedReceipt", VETOED, "$.receipt.steps[0]", "asked"),
    Change(
        "receipt-fewer-steps", "TamperedReceipt", MERGED, "$.receipt.steps", ["merge"], "$.receipt.steps[1]"
    ),
    Change("event-by", "TamperedEvent", VETOED, "$.receipt.entries[0].event.by", "Eve"),
    Change("event-note-null", "TamperedEvent", VETOED, "$.receipt.entries[0].event.note", None),
    Change("event-note", "TamperedEvent", VETOED, "$.receipt.entries[2].event.note", "no"),
    Change("event-output", "TamperedEvent", VETOED, "$.receipt.entries[0].event.output.asked", False),
    Change("event-output-more", "TamperedEvent", VETOED, "$.receipt.entries[1].event.output.more", 0),
    Change("event-output-deep", "TamperedEvent", VETOED, "$.receipt.entries[0].event.output.by.none", 0),
    Change("event-verdict", "TamperedEvent", VETOED, "$.receipt.entries[2].event.verdict", "approved"),
    Change("event-step", "TamperedEvent", VETOED, "$.receipt.entries[1].event.step_id", "do it"),
    Change(
        "event-failed",
        "TamperedEvent",
        VETOED,
        "$.receipt.entries[1].event",
        failed("do", "no"),
        "$.receipt.entries[1].event.event",
    ),
    Change("event-reason", "TamperedEvent", FAILED, "$.receipt.entries[1].event.reason", ""),
    Change(
        "event-no-rehearsal",
        "TamperedEvent",
        TESTED,
        "$.receipt.entries[1].event",
        did("tests-execute", {}),
        "$.receipt.entries[1].event.event",
    ),
    Change("state-first", "TamperedLink", VETOED, "$.receipt.entries[0].state_sha256", _ZEROS),
    Change("state-last", "TamperedLink", VETOED, "$.receipt.entries[2].state_sha256", "f" * 64),
    Change("link-first", "TamperedLink", VETOED, "$.receipt.entries[0].previous_sha256", _ZEROS),
    Change("link-later", "TamperedLink", MERGED, "$.receipt.entries[2].previous_sha256", _ZEROS),
    Change("head", "TamperedLink", VETOED, "$.receipt.head_sha256", _ZEROS),
    Change("head-of-failed", "TamperedLink", FAILED, "$.receipt.head_sha256", "a" * 64),
    Change("id", "TamperedSteps", VETOED, "$.id", "wf"),
    Change("outcome", "TamperedOutcome", VETOED, "$.outcome", "completed"),
    Change("outcome-rehearsed", "TamperedOutcome", TESTED, "$.outcome", "completed"),
    Change("success", "TamperedOutcome", VETOED, "$.success", True),
    Change("no-success", "TamperedOutcome", MERGED, "$.success", False),
    Change("failed-step", "TamperedOutcome", VETOED, "$.failed_step_id", "do"),
    Change("no-failed-step", "TamperedOutcome", FAILED, "$.failed_step_id", None),
    Change("message", "TamperedOutcome", VETOED, "$.error_message", "vetoed by Ada"),
    Change("no-message", "TamperedOutcome", FAILED, "$.error_message", None),
    Change("message-of-success", "TamperedOutcome", MERGED, "$.error_message", ""),
    Change("step-description", "TamperedSteps", VETOED, "$.executed_steps[0].payload.description", "Agree!"),
    Change("step-kind", "TamperedSteps", MERGED, "$.executed_steps[1].kind", "human"),
    Change("step-id", "TamperedSteps", MERGED, "$.executed_steps[2].id", "most"),
    Change("state-member", "TamperedState", VETOED, "$.final_state.done", False),
    Change("state-more", "TamperedState", VETOED, "$.final_state.extra", None),
    Change("state-empty", "TamperedState", VETOED, "$.final_state", {}, "$.final_state.asked"),
    Change("state-deep", "TamperedState", MERGED, "$.final_state.kept.c.e.g", 1),
)

RUN_CHANGES = (
    Change("run-workflow-id", "TamperedRun", VETOED, "$.workflow.id", "wf", "$.lineage.workflow_id"),
    Change(
        "run-workflow-metadata",
        "TamperedRun",
        VETOED,
        "$.workflow.metadata.n",
        1,
        "$.lineage.workflow_sha256",
    ),
    Change(
        "run-mission-type",
        "TamperedRun",
        VETOED,
        "$.workflow.metadata.mission_type",
        "x",
        "$.lineage.mission_type",
    ),
    Change(
        "run-step-description",
        "TamperedRun",
        VETOED,
        "$.workflow.steps[3].payload.description",
        "",
        "$.lineage.workflow_sha256",
    ),
    Change("run-state", "TamperedRun", VETOED, "$.context.initial_state.n", 0, "$.lineage.context_sha256"),
    Change(
        "run-state-overwritten",
        "TamperedRun",
        VETOED,
        "$.context.initial_state.asked",
        None,
        "$.lineage.context_sha256",
    ),
    Change(
        "run-context-metadata", "TamperedRun", MERGED, "$.context.metadata.n", 0, "$.lineage.context_sha256"
    ),
    Change("run-event-by", "TamperedRun", VETOED, "$.events[0].by", "Eve", "$.receipt.entries[0].event.by"),
    Change(
        "run-event-output",
        "TamperedRun",
        MERGED,
        "$.events[2].output.kept",
        None,
        "$.receipt.entries[2].event.output.kept",
    ),
    Change(
        "run-event-reason",
        "TamperedRun",
        FAILED,
        "$.events[1].reason",
        "",
        "$.receipt.entries[1].event.reason",
    ),
    Change(
        "run-event-rehearsed",
        "TamperedRun",
        MERGED,
        "$.events[1]",
        rehearsed("again"),
        "$.receipt.entries[1].event.event",
    ),
)


def tampered_vectors() -> Iterator[Vector]:
    for base in (VETOED, MERGED, FAILED, TESTED):
        yield from _untouched(_case(base))
    for change in RESULTS:
        told = _case(change.base).told
        result = _with(result_of(told), change.place, change.value)
        yield _rejected(change.name, change.flag, told, result, change.where or change.place)
    for change in RUN_CHANGES:
        told = _case(change.base).told
        changed = told_by(_with(_run(told), change.place, change.value))
        yield _rejected(change.name, change.flag, changed, result_of(told), change.where)
    yield from _whole_receipts()


def _case(name: str) -> RunCase:
    return next(run for run in (*RUNS, *HAND_RUNS) if run.id == name)


def _with(whole: Object, place: str, value: Json) -> Object:
    """The same document with another value at a place."""
    changed = read_object(written(whole))  # not a deep copy: one list may stand in two places
    *way, last = [int(part) if part.isdecimal() else part for part in re.findall(r"\w+", place)]
    _put(_inside(changed, way), last, value)
    return changed


def _inside(value: Json, way: list[int | str]) -> Json:
    for part in way:
        match value, part:
            case list() as items, int(at):
                value = items[at]
            case dict() as members, str(name):
                value = members[name]
            case _:
                raise CaseFault(f"no such place: {way}")
    return value


def _put(container: Json, last: int | str, value: Json) -> None:
    match container, last:
        case list() as items, int(at):
            items[at] = value
        case dict() as members, str(name):
            members[name] = value
        case _:
            raise CaseFault(f"no such place: {last}")


def _untouched(case: RunCase) -> Iterator[Vector]:
    result = result_of(case.told)
    for how, spelt in (("", written), ("-backwards", lambda value: written(backwards(value)))):
        inputs: Object = {"run": spelt(_run(case.told)), "claimed": spelt(result)}
        name = f"tampered-not-{case.id}{how}"
        yield Case("tampered", name, "Verified", case.comment, inputs).answered(result)


def _run(told: Told) -> Object:
    return {
        "contract": "tier2.run/v1",
        "workflow": told.workflow,
        "context": told.context,
        "events": [*told.events],
    }


def _rejected(name: str, flag: str, told: Told, claimed: Object, where: str) -> Vector:
    found = first_difference(result_of(told), claimed)
    if found != where:
        raise CaseFault(f"{name}: written by hand {where}, found {found}")
    case = Case(
        "tampered",
        f"tampered-{name}",
        flag,
        f"{name.replace('-', ' ').capitalize()}.",
        {"run": written(_run(told)), "claimed": written(claimed)},
        [("result rejected", name)],
    )
    return case.refused("difference", where=where)


def _whole_receipts() -> Iterator[Vector]:
    """Receipts cut, lengthened, reordered or exchanged; results of other runs; several changes at once."""
    told, merged = _case(VETOED).told, _case(MERGED).told
    right, other = result_of(told), result_of(merged)
    links = chain(told)[0]
    for name, entries, where in (
        ("last-entry-dropped", links[:-1], "$.receipt.entries[2]"),
        ("first-entry-dropped", links[1:], "$.receipt.entries[0].event.event"),
        ("entry-twice", [*links, links[-1]], "$.receipt.entries[3]"),
        ("entries-swapped", [links[1], links[0], links[2]], "$.receipt.entries[0].event.event"),
    ):
        changed = _with(right, "$.receipt.entries", entries)
        yield _rejected(f"receipt-{name}", "TamperedReceipt", told, changed, where)
    exchanged = {**right, "receipt": other["receipt"]}
    yield _rejected("receipt-of-another-run", "TamperedReceipt", told, exchanged, "$.receipt.id")
    yield _rejected("result-of-another-run", "TamperedRun", told, other, "$.lineage.workflow_id")
    elsewhere = told._replace(context={**told.context, "metadata": {"host": "b"}})
    result = result_of(elsewhere)
    yield _rejected("result-of-another-context", "TamperedRun", told, result, "$.lineage.context_sha256")
    forged = told._replace(events=[approved("ask", "Eve", "", {}), *told.events[1:]])
    where = "$.receipt.entries[0].event.by"
    yield _rejected("forgery-sound-in-itself", "TamperedRun", told, result_of(forged), where)
    both = _with(_with(right, "$.final_state", {}), "$.receipt.head_sha256", _ZEROS)
    yield _rejected("head-and-state", "TamperedLink", told, both, "$.receipt.head_sha256")
    both = _with(_with(right, "$.receipt.steps[0]", ""), "$.lineage.context_sha256", _ZEROS)
    yield _rejected("step-and-lineage", "TamperedLineage", told, both, "$.lineage.context_sha256")
    both = _with(_with(right, "$.id", "wf"), "$.error_message", None)
    yield _rejected("id-and-message", "TamperedOutcome", told, both, "$.id")
    steps = told.workflow["steps"]
    assert isinstance(steps, list)
    fewer = _with(right, "$.executed_steps", steps[:2])
    yield _rejected("fewer-executed-steps", "TamperedSteps", told, fewer, "$.executed_steps[2]")
