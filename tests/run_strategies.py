"""Hypothesis strategies for runs whose steps change the state, and for legal and illegal events.

Strings, keys and members come from small pools, so that outputs often meet the members of a state, and drawing is fast.
The laws of freezing, merging and encoding are about all JSON values.
"""

from typing import Any

import strategies
from hypothesis import strategies as st

from tier2.contracts.v1 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    Rehearsed,
    Run,
    StepSpec,
    WorkflowDefinition,
)
from tier2.engine.execution import finish
from tier2.values.structs import Value

OPERATION_NAMES = (
    *("state.merge", "state.merge", "noop", "fail", "tests.discover", "tests.report"),
    *("daily.summarise_yesterday", "daily.generate_priorities", "daily.log_summary", "daily.archive"),
)

TEXTS = ("", "a", "Ann", 'q"\\\n\x00\x7f', "\u20ac", "\uffff", "\U00010000", "2026-03-03")

KEYS = ("a", "b", "", "\uffff", "\U00010000", "today", "tasks", "mission_type")

MEMBERS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 4.0, -0.0, 0.1, 1e16, 1e21, 5e-6, -1e-7, 2**53 - 1, 5e-324),
    *TEXTS,
    *(
        [],
        {},
        [[]],
        [None, {"a": None}],
        {"a": None},
        {"a": 1},
        {"b": {"a": [1.0]}},
        {"a": {"a": {"a": None}}},
    ),
    {"\uffff": 1, "\U00010000": 2},
    [{"text": "t", "done": True, "completed": "2026-03-02"}, {"text": "u", "done": False}],
)

texts = st.sampled_from(TEXTS)
"""Plain strings, and strings that need escapes or more than one byte a character."""

states = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(MEMBERS), max_size=4)
"""Objects with few keys, and nulls among the members: states, outputs, params, metadata."""

busy_contexts = st.builds(ExecutionContext, initial_state=states, metadata=states)
"""Contexts whose states have members that outputs change."""

_IDS = ("s0", "s1", "s2", "s3", "s4")


@st.composite
def busy_workflows(draw: st.DrawFn) -> WorkflowDefinition:
    """Workflows of up to five steps with any built-in operation."""
    ids = _IDS[: draw(st.integers(1, 5))]
    people = draw(st.sets(st.sampled_from(ids), max_size=2))
    steps = [
        StepSpec(
            id=step_id,
            kind="human" if step_id in people else "runtime",
            payload={"operation": draw(st.sampled_from(OPERATION_NAMES)), "patch": draw(states)},
        )
        for step_id in ids
    ]
    return WorkflowDefinition(id=draw(texts), steps=tuple(steps), metadata=draw(states))


_VERDICTS = st.sampled_from(["approved", "vetoed"])


@st.composite
def any_events(draw: st.DrawFn, step_ids: tuple[str, ...] = _IDS) -> Event:
    """Events of any kind, for one of these steps or for none. A decision may have any verdict."""
    here = draw(st.sampled_from((*step_ids, "S0", "")))
    match draw(st.sampled_from(["completed", "failed", "rehearsed", "decided"])):
        case "completed":
            return Completed(step_id=here, output=draw(states))
        case "failed":
            return Failed(step_id=here, reason=draw(texts))
        case "rehearsed":
            return Rehearsed(step_id=here)
    verdicts: Any = st.sampled_from(
        ["approved", "vetoed", "completed", "failed", "rehearsed", "Approved", ""]
    )
    return draw(decisions(here, verdicts, st.just({}) | states))


def decisions(
    step_id: str, verdicts: Any = _VERDICTS, outputs: st.SearchStrategy[Any] = states
) -> st.SearchStrategy[Decided]:
    """Decisions about the step, also vetoes with an output."""
    return st.builds(
        Decided, step_id=st.just(step_id), verdict=verdicts, by=texts, note=st.none() | texts, output=outputs
    )


_BUSY = busy_workflows()


@st.composite
def legal_runs(
    draw: st.DrawFn,
    plans: st.SearchStrategy[WorkflowDefinition] = _BUSY,
    contexts: st.SearchStrategy[ExecutionContext] = busy_contexts,
    outputs: st.SearchStrategy[dict[str, Any]] = states,
    *,
    finished: bool = False,
) -> Run:
    """Runs at any stage, or finished ones: by their last step, a failure or a veto."""
    workflow = draw(plans)
    total = len(workflow.steps)
    events: list[Event] = []
    for step in workflow.steps[: total if finished else draw(st.integers(0, total))]:
        ending = draw(st.integers(0, 5)) == 0
        events.append(_event(draw, step, outputs, ending=ending))
        if ending:
            break
    return Run(workflow=workflow, context=draw(contexts), events=tuple(events))


def _event(
    draw: st.DrawFn, step: StepSpec, outputs: st.SearchStrategy[dict[str, Any]], *, ending: bool
) -> Event:
    if not ending and draw(st.integers(0, 3)) == 0:
        return Rehearsed(step_id=step.id)
    if step.kind == "runtime":
        if ending:
            return Failed(step_id=step.id, reason=draw(texts))
        return Completed(step_id=step.id, output=draw(outputs))
    by, note = draw(texts), draw(st.none() | texts)
    if ending:
        return Decided(step_id=step.id, verdict="vetoed", by=by, note=note)
    return Decided(step_id=step.id, verdict="approved", by=by, note=note, output=draw(outputs))


def finished_runs() -> st.SearchStrategy[Run]:
    """Legal runs that are finished."""
    return legal_runs(finished=True)


def any_runs() -> st.SearchStrategy[Run]:
    """Legal runs with any JSON in their open members."""
    return legal_runs(strategies.workflows(), strategies.contexts(), strategies.json_objects())


def documents() -> st.SearchStrategy[Value]:
    """Missions, contexts, workflows, runs and results."""
    small: list[st.SearchStrategy[Value]] = [
        strategies.missions(),
        strategies.contexts(),
        strategies.workflows(),
    ]
    return st.one_of(*small, any_runs(), finished_runs().map(finish))
