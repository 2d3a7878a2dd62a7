"""Hypothesis strategies for scenarios: those that say what a run of the same workflow gave, and changes of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from decision_strategies import answers, asking_workflows
from hypothesis import strategies as st
from run_strategies import busy_contexts, states, texts

from tier2 import (
    MISSIONS,
    OPERATIONS,
    Completed,
    Decided,
    Event,
    Failed,
    Host,
    MissionSpec,
    MissionType,
    Operation,
    OrchestrationResult,
    Rehearsed,
    Run,
    Scenario,
    StepSpec,
    advance,
    build_workflow,
    digest,
    finish,
    pending,
    question,
    start,
)
from tier2.contracts.v1 import Answer, Expectation, HostAnswer
from tier2.engine.scenarios import STAND_IN
from tier2.values.json_pointer import part_at

OWN_OPERATIONS: Mapping[str, Operation] = {**OPERATIONS, "noop": Host()}
"""The operation of the workflows' runtime steps is one of a host."""


class NoParams(msgspec.Struct):
    pass


class Told(NamedTuple):
    """A scenario, the mission types that it needs, and the result of the run of which it tells."""

    scenario: Scenario
    missions: Mapping[str, MissionType]
    result: OrchestrationResult


@st.composite
def told_runs(draw: st.DrawFn) -> Told:
    """Scenarios that tell of a run: its answers, and all of its result."""
    plan = draw(asking_workflows())
    missions = {**MISSIONS, "own": MissionType(NoParams, lambda _: plan.steps)}
    mission = MissionSpec(type="own", params=draw(states))
    context = draw(busy_contexts)
    run = start(build_workflow(mission, missions), context, OWN_OPERATIONS)
    while (step := pending(run)) is not None:
        run = advance(run, draw(_events(run, step)))
    result = finish(run)
    answered = {event.step_id: event for event in run.events if isinstance(event, Decided)}
    expect = Expectation(
        outcome=result.outcome,
        failed_step_id=result.failed_step_id,
        error_message=result.error_message,
        values=draw(_values(result)),
        result_sha256=digest(result),
    )
    scenario = Scenario(
        name=draw(texts),
        mission=mission,
        context=context,
        answers={step_id: draw(_answer(event)) for step_id, event in answered.items()},
        hosts={event.step_id: host for event in run.events for host in _host(event)},
        expect=expect,
    )
    return Told(scenario, missions, result)


@st.composite
def _events(draw: st.DrawFn, run: Run, step: StepSpec) -> Event:
    """What happens to the pending step of a run."""
    if draw(st.integers(0, 4)) == 0:
        return Rehearsed(step_id=step.id)
    asks = question(run)
    if asks is not None:
        decision = msgspec.structs.replace(draw(answers(asks)), at=None)
        return msgspec.structs.replace(decision, signature=STAND_IN) if asks.signed else decision
    if draw(st.integers(0, 4)) == 0:
        return Failed(step_id=step.id, reason=draw(texts))
    return Completed(step_id=step.id, output=draw(states))


@st.composite
def _answer(draw: st.DrawFn, event: Decided) -> Answer:
    head = draw(st.sampled_from([None, event.head_sha256]))
    return Answer(verdict=event.verdict, by=event.by, note=event.note, values=event.output, head_sha256=head)


def _host(event: Event) -> list[HostAnswer]:
    match event:
        case Completed():
            return [HostAnswer(output=event.output)]
        case Failed():
            return [HostAnswer(reason=event.reason)]
        case _:
            return []


@st.composite
def _values(draw: st.DrawFn, result: OrchestrationResult) -> Mapping[str, Any]:
    """Values of the final state by pointers to it and to its members."""
    names = [*result.final_state]
    pointers = ["", *("/" + name.replace("~", "~0").replace("/", "~1") for name in names)]
    chosen = draw(st.lists(st.sampled_from(pointers), unique=True))
    return {pointer: part_at(result.final_state, pointer) for pointer in chosen}
