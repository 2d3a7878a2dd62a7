"""Where may a run start, which event may happen to which step, and what does it lead to? The table, by hand."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest
from small_runs import begun, decided, human, runtime, workflow

from tier2 import (
    OPERATIONS,
    AntiFailureViolation,
    Completed,
    EnvelopeViolation,
    Event,
    ExecutionContext,
    Failed,
    Host,
    IllegalEvent,
    Rehearsed,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    advance,
    digest,
    finish,
    pending,
    replay,
    run_workflow,
    start,
    state,
    verify,
)
from tier2.engine.execution import perform


def refused(action: Callable[[], object]) -> IllegalEvent:
    with pytest.raises(IllegalEvent) as caught:
        action()
    assert caught.value.code == "event"
    return caught.value


# The transition table, by hand

EVENTS: Mapping[str, Callable[[str], Event]] = {
    "completed": lambda step_id: Completed(step_id=step_id, output={"done": step_id}),
    "failed": lambda step_id: Failed(step_id=step_id, reason="no"),
    "approved": lambda step_id: decided(step_id, "approved", output={"done": step_id}),
    "approved, without output": lambda step_id: decided(step_id, "approved"),
    "vetoed": lambda step_id: decided(step_id, "vetoed"),
    "vetoed, with output": lambda step_id: decided(step_id, "vetoed", output={"done": step_id}),
    "rehearsed": lambda step_id: Rehearsed(step_id=step_id),
    **{
        f"verdict {verdict!r}": lambda step_id, verdict=verdict: decided(step_id, verdict)  # type: ignore[misc]  # a default
        for verdict in ("", "maybe", "APPROVED", "completed", "failed", "rehearsed")
    },
}

GOES_ON, STAYS, ENDS = "goes on, state merged", "goes on, state kept", "ends, state kept"

LEGAL = {
    ("runtime", "completed"): GOES_ON,
    ("runtime", "failed"): ENDS,
    ("runtime", "rehearsed"): STAYS,
    ("human", "approved"): GOES_ON,
    ("human", "approved, without output"): STAYS,
    ("human", "vetoed"): ENDS,
    ("human", "rehearsed"): STAYS,
}

WHERE = {
    ("human", "vetoed, with output"): ".output",
    **{(kind, name): ".verdict" for kind in ("human", "runtime") for name in EVENTS if "verdict" in name},
}
"""The part of an event at which it is refused; every other one is refused as a whole."""

PENDING: Mapping[str, tuple[StepSpec, Event]] = {
    # The step that is pending, and an event with which the run still goes on after a refusal.
    "runtime": (runtime("x"), Completed(step_id="x", output={"after": 1})),
    "human": (human("x"), decided("x", "approved", output={"after": 1})),
}

HERE = [(kind, event, LEGAL.get((kind, event))) for kind in PENDING for event in EVENTS]


def before(kind: str) -> Run:
    """A run of three steps in which the second, of the kind, is pending."""
    run = begun(runtime("first"), PENDING[kind][0], runtime("last"), kept=True)
    return advance(run, Completed(step_id="first", output={"first": 1}))


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name, effect in HERE if effect])
def test_each_legal_event_has_the_effect_of_the_table(kind: str, name: str) -> None:
    run, event = before(kind), EVENTS[name]("x")
    advanced = advance(run, event)
    effect = LEGAL[kind, name]
    merged = {"done": "x"} if effect == GOES_ON else {}
    assert advanced == msgspec.structs.replace(run, events=(*run.events, event))
    assert state(advanced) == {"kept": True, "first": 1, **merged}
    assert pending(advanced) == (None if effect == ENDS else run.workflow.steps[2])
    assert (pending(run), state(run)) == (run.workflow.steps[1], {"kept": True, "first": 1})


def assert_refused_and_unchanged(run: Run, event: Event, where: str) -> IllegalEvent:
    """The event is refused with its path, and the run stays the same."""
    unchanged = digest(run), pending(run), state(run)
    error = refused(lambda: advance(run, event))
    assert error.where == where
    assert error.remedy
    assert (digest(run), pending(run), state(run)) == unchanged
    impossible = msgspec.structs.replace(run, events=(*run.events, event))
    again = refused(lambda: replay(run.workflow, run.context, impossible.events))
    assert (again.where, again.message, again.remedy) == (error.where, error.message, error.remedy)
    for function in (pending, state, finish):
        assert refused(lambda use=function: use(impossible)).message == error.message  # type: ignore[misc]  # a default
    assert refused(lambda: advance(impossible, event)).message == error.message
    return error


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name, effect in HERE if effect is None])
def test_every_other_event_is_refused(kind: str, name: str) -> None:
    run = before(kind)
    assert_refused_and_unchanged(run, EVENTS[name]("x"), f"$.events[1]{WHERE.get((kind, name), '')}")
    good = PENDING[kind][1]
    assert state(advance(run, good)) == {"kept": True, "first": 1, "after": 1}


@pytest.mark.parametrize("step_id", ["first", "last", "unknown", "X", "", "x "])
@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("kind", PENDING)
def test_every_event_of_another_step_is_refused(kind: str, name: str, step_id: str) -> None:
    run = before(kind)
    error = assert_refused_and_unchanged(run, EVENTS[name](step_id), "$.events[1]")
    assert error.message == f"step 'x' is pending, not {step_id!r}"
    assert error.remedy == "send an event of the pending step"
    assert pending(advance(run, PENDING[kind][1])) == run.workflow.steps[2]


OVER: Mapping[str, Run] = {
    "failed": advance(begun(runtime("a"), runtime("b"), human("c")), Failed(step_id="a", reason="no")),
    "vetoed": advance(begun(human("a"), runtime("b"), human("c")), decided("a", "vetoed")),
    "completed": advance(begun(runtime("a")), Completed(step_id="a")),
    "rehearsed": advance(begun(human("a")), Rehearsed(step_id="a")),
}


@pytest.mark.parametrize("step_id", ["a", "b", "c"])
@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("ending", OVER)
def test_after_the_end_every_event_is_refused(ending: str, name: str, step_id: str) -> None:
    run = OVER[ending]
    error = assert_refused_and_unchanged(run, EVENTS[name](step_id), "$.events[1]")
    assert (error.message, error.remedy) == ("the run is over", "start a new run")
    assert finish(run).outcome == ending


def test_the_remedy_names_the_legal_events() -> None:
    error = refused(lambda: advance(begun(runtime("a")), decided("a", "approved")))
    assert error.message == "the runtime step 'a' cannot be approved"
    assert error.remedy == "it can be one of completed, failed, rehearsed"
    error = refused(lambda: advance(begun(human("a")), Completed(step_id="a")))
    assert error.message == "the human step 'a' cannot be completed"
    assert error.remedy == "it can be one of approved, vetoed, rehearsed"
    error = refused(lambda: advance(begun(human("a")), decided("a", "vetoed", output={"x": 1})))
    assert (error.message, error.remedy) == (
        "a veto has no output",
        "veto with an empty output, or approve",
    )
    error = refused(lambda: advance(begun(human("a")), decided("a", "maybe")))
    assert (error.where, error.message) == ("$.events[0].verdict", "invalid enum value 'maybe'")


@pytest.mark.parametrize("verdict", ["completed", "failed", "rehearsed"])
@pytest.mark.parametrize("step", [runtime("a"), human("a")])
def test_a_decision_is_no_other_kind_of_event(step: StepSpec, verdict: str) -> None:
    run = begun(step)
    error = refused(lambda: advance(run, decided("a", verdict)))
    assert (error.where, error.message) == ("$.events[0].verdict", f"invalid enum value {verdict!r}")


@pytest.mark.parametrize("done", [0, 1, 2])
def test_finish_is_refused_while_a_step_is_pending(done: int) -> None:
    run = begun(human("a"), runtime("b"), runtime("c"))
    events: list[Event] = [Rehearsed(step_id="a"), Completed(step_id="b")]
    run = replay(run.workflow, run.context, events[:done])
    step_id = "abc"[done]
    error = refused(lambda: finish(run))
    assert error.where == f"$.events[{done}]"
    assert error.message == f"the run is not over: step '{step_id}' is pending"
    assert error.remedy == "advance it with an event first"
    assert pending(run) == run.workflow.steps[done]


@pytest.mark.parametrize(
    ("steps", "events", "where"),
    [
        ((runtime("a"),), (Completed(step_id="b"),), "$.events[0]"),
        ((runtime("a"),), (decided("a", "approved"),), "$.events[0]"),
        ((runtime("a"), runtime("b")), (Completed(step_id="b"), Completed(step_id="a")), "$.events[0]"),
        ((runtime("a"), runtime("b")), (Completed(step_id="a"), Completed(step_id="a")), "$.events[1]"),
        ((runtime("a"),), (Completed(step_id="a"), Completed(step_id="a")), "$.events[1]"),
        (
            (runtime("a"), runtime("b")),
            (Failed(step_id="a", reason=""), Completed(step_id="b")),
            "$.events[1]",
        ),
        ((human("a"), runtime("b")), (decided("a", "vetoed"), Completed(step_id="b")), "$.events[1]"),
        ((human("a"),), (decided("a", "vetoed", output={"x": 1}),), "$.events[0].output"),
    ],
)
def test_an_impossible_run_is_always_refused(
    steps: tuple[StepSpec, ...], events: tuple[Event, ...], where: str
) -> None:
    context = ExecutionContext()
    run = Run(workflow=workflow(*steps), context=context, events=events)
    truth = run_workflow(workflow(*steps), context)
    uses: tuple[Callable[[], object], ...] = (
        lambda: pending(run),
        lambda: state(run),
        lambda: advance(run, events[-1]),
        lambda: finish(run),
        lambda: verify(run, truth),
        lambda: replay(run.workflow, context, events),
    )
    assert [refused(use).where for use in uses] == [where] * len(uses)


OUTSIDE: Mapping[str, tuple[WorkflowDefinition, type[Tier2Error]]] = {
    "six steps": (workflow(*[runtime(f"s{i}") for i in range(6)]), AntiFailureViolation),
    "three people": (workflow(*[human(f"h{i}") for i in range(3)]), AntiFailureViolation),
    "no step": (workflow(), EnvelopeViolation),
    "one id twice": (workflow(runtime("a"), runtime("a")), EnvelopeViolation),
    "an unknown kind": (workflow(StepSpec(id="a", kind="robot")), EnvelopeViolation),  # type: ignore[arg-type]  # on purpose
    "no operation": (workflow(StepSpec(id="a", kind="runtime")), EnvelopeViolation),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_workflow_over_the_limits_cannot_start(name: str) -> None:
    planned, kind = OUTSIDE[name]
    context = ExecutionContext()
    run = Run(workflow=planned, context=context)
    truth = run_workflow(workflow(runtime("a")), context)
    uses: tuple[Callable[[], object], ...] = (
        lambda: start(planned, context),
        lambda: run_workflow(planned, context),
        lambda: pending(run),
        lambda: state(run),
        lambda: advance(run, Completed(step_id="a")),
        lambda: finish(run),
        lambda: verify(run, truth),
        lambda: replay(planned, context, ()),
    )
    for use in uses:
        with pytest.raises(kind) as caught:
            use()
        assert caught.value.where.startswith("$.steps")
        assert caught.value.remedy


# start


def test_a_new_run_has_the_contexts_state() -> None:
    planned, context = workflow(human("a")), ExecutionContext(initial_state={"k": [1]}, metadata={"m": 1})
    run = start(planned, context)
    assert run == Run(workflow=planned, context=context, events=())
    assert run.workflow is planned
    assert run.context is context
    assert (pending(run), state(run)) == (planned.steps[0], {"k": (1,)})


def test_start_names_the_steps_to_merge_or_automate() -> None:
    with pytest.raises(AntiFailureViolation) as caught:
        start(OUTSIDE["six steps"][0], ExecutionContext())
    assert caught.value.remedy == "merge or drop 1 of 's0', 's1', 's2', 's3', 's4', 's5'"
    with pytest.raises(AntiFailureViolation) as caught:
        start(OUTSIDE["three people"][0], ExecutionContext())
    assert caught.value.remedy == "automate or merge 1 of 'h0', 'h1', 'h2'"


def test_start_refuses_an_unknown_operation() -> None:
    planned = workflow(human("a"), runtime("b", "greet"))
    with pytest.raises(EnvelopeViolation) as caught:
        start(planned, ExecutionContext())
    assert (caught.value.code, caught.value.where) == ("envelope", "$.steps[1].payload.operation")
    assert caught.value.message == "the operation 'greet' of step 'b' is not known"
    run = start(planned, ExecutionContext(), {"greet": Host()})
    assert pending(run) == planned.steps[0]
    with pytest.raises(EnvelopeViolation):
        start(workflow(runtime("b")), ExecutionContext(), {"greet": Host()})


@pytest.mark.parametrize(
    ("value", "name"), [(lambda *_: {}, "function"), (None, "NoneType"), (Host, "StructMeta")]
)
def test_start_refuses_other_values_than_operations(value: Any, name: str) -> None:
    planned = workflow(runtime("a"), runtime("b", "greet"))
    operations: dict[str, Any] = {**OPERATIONS, "greet": value}
    for use in (start, run_workflow):
        with pytest.raises(EnvelopeViolation) as caught:
            use(planned, ExecutionContext(), operations)
        assert (caught.value.code, caught.value.where) == ("envelope", "$.steps[1].payload.operation")
        assert caught.value.message == f"the operation 'greet' of step 'b' is a {name}, neither Pure nor Host"
        assert caught.value.remedy == "map its name to Pure(function) or Host()"


def test_a_human_step_needs_no_known_operation() -> None:
    step = StepSpec(id="a", kind="human", payload={"operation": "odd"})
    odd: dict[str, Any] = {"odd": "no operation at all"}
    assert run_workflow(workflow(step), ExecutionContext(), odd).outcome == "rehearsed"
    assert perform(step, {}, odd) == Rehearsed(step_id="a")
