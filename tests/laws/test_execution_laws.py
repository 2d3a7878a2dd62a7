"""What holds for every run?"""

from typing import TypeVar

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from json_parts import backwards
from outcomes import Refused, outcome
from run_strategies import (
    any_events,
    busy_contexts,
    busy_workflows,
    decisions,
    finished_runs,
    legal_runs,
    states,
)
from slow_fold import result as slow_result
from slow_fold import states as slow_states
from strategies import Json, times

from tier2 import (
    OPERATIONS,
    ExecutionContext,
    IllegalEvent,
    Run,
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
from tier2.values.frozen import FrozenObject, depth_bound, to_plain
from tier2.values.structs import Value

V = TypeVar("V", bound=Value)


@given(busy_workflows(), busy_contexts)
def test_run_workflow_performs_each_step_in_turn(
    workflow: WorkflowDefinition, context: ExecutionContext
) -> None:
    before = (repr(workflow), repr(context))
    run = start(workflow, context)
    while (step := pending(run)) is not None:
        run = advance(run, perform(step, state(run), OPERATIONS))
    assert canonical(run_workflow(workflow, context)) == canonical(finish(run))
    assert verify(run, run_workflow(workflow, context)) is None
    assert (repr(workflow), repr(context)) == before


@given(legal_runs())
def test_the_events_of_a_run_lead_to_the_same_run(run: Run) -> None:
    again = replay(run.workflow, run.context, run.events, run.operations)
    assert canonical(again) == canonical(run)
    assert (pending(again), state(again)) == (pending(run), state(run))
    advanced = replay(run.workflow, run.context, (), run.operations)
    for event in run.events:
        advanced = advance(advanced, event)
    assert advanced == run


def is_legal(run: Json, event: dict[str, Json]) -> bool:
    """Whether an event is legal now, found in the plain documents without a table of transitions."""
    past, steps = run["events"], run["workflow"]["steps"]
    if past and (past[-1]["event"] == "failed" or past[-1].get("verdict") == "vetoed"):
        return False
    if len(past) == len(steps) or event["step_id"] != steps[len(past)]["id"]:
        return False
    if event["event"] == "rehearsed":
        return True
    if event["event"] == "decided":
        veto = event["verdict"] == "vetoed" and event["output"] == {}
        return bool(steps[len(past)]["kind"] == "human" and (veto or event["verdict"] == "approved"))
    return bool(steps[len(past)]["kind"] == "runtime")


@given(st.data())
@settings(max_examples=times(8))
def test_advance_gives_a_new_run_or_changes_nothing(data: st.DataObject) -> None:
    run = data.draw(legal_runs())
    step = pending(run)
    events = any_events(tuple(one.id for one in run.workflow.steps))
    event = data.draw(events if step is None else events | decisions(step.id))
    before = digest(run), pending(run), state(run)
    advanced = outcome(advance, run, event)
    assert (digest(run), pending(run), state(run)) == before
    assert isinstance(advanced, Run) == is_legal(run.to_dict(), event.to_dict())
    if isinstance(advanced, Refused):
        assert advanced.kind is IllegalEvent
    else:
        assert advanced.events == (*run.events, event)
        assert (advanced.workflow, advanced.context) == (run.workflow, run.context)
        assert len(advanced.events) <= 5


@given(busy_workflows(), busy_contexts, st.data())
def test_a_refused_event_leaves_no_trace_in_the_run(
    workflow: WorkflowDefinition, context: ExecutionContext, data: st.DataObject
) -> None:
    run = start(workflow, context)
    for event in data.draw(st.lists(any_events(tuple(step.id for step in workflow.steps)), max_size=8)):
        after = outcome(advance, run, event)
        run = run if isinstance(after, Refused) else after
    assert replay(workflow, context, run.events, run.operations) == run
    assert slow_states(run.to_dict())[-1:] == ([to_plain(state(run))] if run.events else [])


@given(finished_runs())
def test_a_result_is_that_of_a_slow_fold_over_dicts(run: Run) -> None:
    result = finish(run)
    assert result.to_dict() == slow_result(run.to_dict())
    assert depth_bound(result.final_state) <= 64


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
def test_the_order_of_members_changes_no_result(run: Run) -> None:
    def turned(value: V) -> V:
        return msgspec.convert(backwards(value.to_dict()), type(value))

    again = replay(turned(run.workflow), turned(run.context), [turned(event) for event in run.events])
    assert canonical(finish(again)) == canonical(finish(run))


@given(finished_runs(), finished_runs())
def test_a_result_verifies_with_its_own_run_only(one: Run, other: Run) -> None:
    assert verify(one, finish(one)) is None
    same = canonical(finish(one)) == canonical(finish(other))
    assert (verify(one, finish(other)) is None) == same
    if digest(one) != digest(other):
        assert finish(one).receipt.head_sha256 != finish(other).receipt.head_sha256


@given(finished_runs(), states)
def test_a_changed_final_state_is_always_found(run: Run, final_state: dict[str, Json]) -> None:
    result = finish(run)
    others = {name: getattr(result, name) for name in result.__struct_fields__ if name != "final_state"}
    difference = verify(run, type(result)(**others, final_state=final_state))
    assert (difference is None) == (digest(final_state) == digest(result.final_state))
    assert difference is None or difference.where.startswith("$.final_state")
