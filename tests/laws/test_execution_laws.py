"""What holds for every run?"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from run_strategies import any_events, busy_contexts, busy_workflows, finished_runs, legal_runs, states
from slow_fold import result as slow_result
from slow_fold import states as slow_states
from strategies import Json, times

from tier2 import (
    OPERATIONS,
    Completed,
    Event,
    ExecutionContext,
    IllegalEvent,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    canonical,
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
from tier2.values.frozen import FrozenObject, depth_bound


def backwards(value: Json) -> Json:
    """The same JSON value, the members of each object in the other order."""
    if isinstance(value, dict):
        return {key: backwards(member) for key, member in reversed(value.items())}
    return [backwards(item) for item in value] if isinstance(value, list | tuple) else value


@given(busy_workflows(), busy_contexts)
def test_run_workflow_is_the_loop_of_start_perform_advance_and_finish(
    workflow: WorkflowDefinition, context: ExecutionContext
) -> None:
    run = start(workflow, context)
    while (step := pending(run)) is not None:
        run = advance(run, perform(step, state(run), OPERATIONS))
    assert canonical(run_workflow(workflow, context)) == canonical(finish(run))
    assert verify(run, run_workflow(workflow, context)) is None


@given(legal_runs())
def test_replaying_a_runs_events_gives_the_run(run: Run) -> None:
    again = replay(run.workflow, run.context, run.events)
    assert canonical(again) == canonical(run)
    assert (pending(again), state(again)) == (pending(run), state(run))


@given(legal_runs())
def test_advancing_event_by_event_gives_the_run_that_replaying_gives(run: Run) -> None:
    advanced = start(run.workflow, run.context, {**OPERATIONS, "noop": OPERATIONS["noop"]})
    for event in run.events:
        advanced = advance(advanced, event)
    assert advanced == run


def attempt(run: Run, event: Event) -> Run | None:
    """The run after the event, or None if it is refused."""
    try:
        return advance(run, event)
    except IllegalEvent:
        return None


def slowly_possible(run: Json, event: dict[str, Json]) -> bool:
    """Whether an event can happen now, told from the plain documents, without a table."""
    past, steps = run["events"], run["workflow"]["steps"]
    kind: str = "" if len(past) == len(steps) else steps[len(past)]["kind"]
    over = len(past) == len(steps)
    if past and (past[-1]["event"] == "failed" or past[-1].get("verdict") == "vetoed"):
        over = True
    if over or event["step_id"] != steps[len(past)]["id"]:
        return False
    if event["event"] == "rehearsed":
        return True
    if event["event"] == "decided":
        veto = event["verdict"] == "vetoed" and event["output"] == {}
        return kind == "human" and (veto or event["verdict"] == "approved")
    return kind == "runtime"


@given(st.data())
@settings(max_examples=times(8))
def test_advance_is_total_a_new_run_or_a_refusal_that_changes_nothing(data: st.DataObject) -> None:
    run = data.draw(legal_runs())
    event = data.draw(any_events(tuple(step.id for step in run.workflow.steps)))
    before, waiting, reached = digest(run), pending(run), state(run)
    advanced = attempt(run, event)
    assert (advanced is not None) == slowly_possible(run.to_dict(), event.to_dict())
    assert (digest(run), pending(run), state(run)) == (before, waiting, reached)
    if advanced is not None:
        assert advanced.events == (*run.events, event)
        assert (advanced.workflow, advanced.context) == (run.workflow, run.context)
        assert len(advanced.events) <= 5


@given(busy_workflows(), busy_contexts, st.data())
def test_any_sequence_of_events_leads_only_where_legal_steps_lead(
    workflow: WorkflowDefinition, context: ExecutionContext, data: st.DataObject
) -> None:
    """A refused event is as if it had never been sent."""
    ids = tuple(step.id for step in workflow.steps)
    run = start(workflow, context)
    for event in data.draw(st.lists(any_events(ids), max_size=8)):
        run = attempt(run, event) or run
    assert replay(workflow, context, run.events) == run
    assert slow_states(run.to_dict())[-1:] == ([{**run_state(run)}] if run.events else [])


def run_state(run: Run) -> dict[str, Any]:
    """The state as plain JSON."""
    plain: dict[str, Any] = ExecutionContext(initial_state=state(run)).to_dict()["initial_state"]
    return plain


@given(finished_runs())
def test_a_result_is_what_a_dumb_fold_over_plain_dicts_comes_to(run: Run) -> None:
    assert finish(run).to_dict() == slow_result(run.to_dict())


@given(busy_workflows(), busy_contexts)
def test_a_rehearsal_is_what_a_dumb_fold_over_its_events_comes_to(
    workflow: WorkflowDefinition, context: ExecutionContext
) -> None:
    result = run_workflow(workflow, context)
    events = [entry.event.to_dict() for entry in result.receipt.entries]
    plain = {"workflow": workflow.to_dict(), "context": context.to_dict(), "events": events}
    assert result.to_dict() == slow_result(plain)


@given(busy_workflows(), busy_contexts)
def test_running_changes_no_input(workflow: WorkflowDefinition, context: ExecutionContext) -> None:
    before = (repr(workflow), repr(context))
    run_workflow(workflow, context)
    assert (repr(workflow), repr(context)) == before


@given(finished_runs())
def test_a_result_shares_nothing_that_can_change(run: Run) -> None:
    result = finish(run)
    before = digest(result)
    for plain in (result.to_dict(), run.to_dict()):
        for member in plain.values():
            if isinstance(member, dict | list):
                member.clear()
    assert digest(result) == before
    assert type(result.final_state) is FrozenObject
    assert type(state(run)) is FrozenObject


@given(finished_runs())
def test_a_result_is_the_same_whatever_the_order_of_members(run: Run) -> None:
    workflow = WorkflowDefinition(
        id=run.workflow.id,
        steps=tuple(
            StepSpec(id=step.id, kind=step.kind, payload=backwards(step.payload))
            for step in run.workflow.steps
        ),
        metadata=backwards(run.workflow.metadata),
    )
    context = ExecutionContext(
        metadata=backwards(run.context.metadata), initial_state=backwards(run.context.initial_state)
    )
    events = [
        Completed(step_id=event.step_id, output=backwards(event.output))
        if isinstance(event, Completed)
        else event
        for event in run.events
    ]
    assert canonical(finish(replay(workflow, context, events))) == canonical(finish(run))


@given(finished_runs(), finished_runs())
def test_a_result_verifies_with_its_own_run_and_with_no_other(one: Run, other: Run) -> None:
    assert verify(one, finish(one)) is None
    same = canonical(finish(one)) == canonical(finish(other))
    assert (verify(one, finish(other)) is None) == same
    if digest(one) != digest(other):
        assert finish(one).receipt.head_sha256 != finish(other).receipt.head_sha256


@given(finished_runs(), states)
def test_another_final_state_is_always_found(run: Run, final_state: dict[str, Any]) -> None:
    result = finish(run)
    forged = type(result)(
        **{name: getattr(result, name) for name in result.__struct_fields__ if name != "final_state"},
        final_state=final_state,
    )
    difference = verify(run, forged)
    assert (difference is None) == (digest(final_state) == digest(dict(result.final_state)))
    assert difference is None or difference.where.startswith("$.final_state")


@given(finished_runs())
def test_a_state_is_never_deeper_than_an_open_value_may_be(run: Run) -> None:
    assert depth_bound(finish(run).final_state) <= 64
