"""What holds for every question, every answer, and every decision that is refused?"""

import json
from typing import Any

import msgspec
import pytest
from decision_strategies import altered, answers, asking_runs
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from mutations import mutants
from outcomes import Refused, outcome
from run_strategies import busy_contexts, states
from small_runs import human
from strategies import times

from tier2 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    IllegalEvent,
    Question,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    answer,
    canonical,
    decode,
    digest,
    head,
    pending,
    question,
    replay,
    start,
    state,
)
from tier2.engine.execution import chain_of
from tier2.values.canonical import Sha256


def asked(run: Run) -> Question:
    found = question(run)
    assert found is not None
    return found


@given(asking_runs())
def test_the_head_is_that_of_every_replayed_prefix(run: Run) -> None:
    heads = [entry.previous_sha256 for entry in chain_of(run).entries] + [head(run)]
    for count, kept in enumerate(heads):
        assert head(replay(run.workflow, run.context, run.events[:count], run.operations)) == kept


@given(asking_runs())
def test_a_run_with_decisions_is_the_same_after_decoding(run: Run) -> None:
    again = decode(canonical(run), Run)
    assert (again, head(again), state(again), pending(again)) == (run, head(run), state(run), pending(run))


@given(asking_runs())
def test_a_question_is_the_same_after_decoding(run: Run) -> None:
    asks = asked(run)
    assert decode(canonical(asks), Question) == asks
    assert asks.head_sha256 == head(run)
    assert question(decode(canonical(run), Run)) == asks


@given(asking_runs(), st.data())
def test_an_answer_holds_for_the_run_of_its_question(run: Run, data: st.DataObject) -> None:
    decision = data.draw(answers(decode(canonical(asked(run)), Question)))
    advanced = advance(run, decision)
    assert advanced.events == (*run.events, decision)
    assert decode(canonical(advanced), Run) == advanced
    with pytest.raises(IllegalEvent):
        advance(advanced, decision)


@given(asking_runs(), st.data())
def test_an_answer_is_stale_for_any_other_run(run: Run, data: st.DataObject) -> None:
    other = data.draw(altered_runs(run))
    assume(digest(other) != digest(run))
    decision = data.draw(answers(asked(run)))
    refused = outcome(advance, other, decision)
    assert isinstance(refused, Refused)
    assert (refused.kind, refused.code) == (IllegalEvent, "stale")
    # If an earlier decision names a head, that one is out of date already.
    assert refused.where in {f"$.events[{position}].head_sha256" for position in range(5)}


def test_each_rewriting_of_a_run_is_found() -> None:
    merge = StepSpec(id="do", kind="runtime", payload={"operation": "state.merge", "patch": {"amount": 1}})
    workflow = WorkflowDefinition(id="w", steps=(human("first"), merge, human("last")))
    run = start(workflow, ExecutionContext(initial_state={"amount": 10}))
    run = advance(run, answer(asked(run), "approved", by="Ann"))
    run = advance(run, Completed(step_id="do", output={"amount": 1}))
    run = advance(run, answer(asked(run), "approved", by="Bo", note="x"))
    after_decision = 0
    for changed in mutants(run.to_dict()):
        again = outcome(decode, json.dumps(changed), Run)
        if isinstance(again, Refused) or again == run:
            continue
        assert head(again) != head(run)  # by the head that somebody kept
        if again.events[2:] and bound(again.events[2]):  # and by the head that the last decision names
            assert before(again, 2) == before(run, 2)
            after_decision += 1
    assert after_decision


def before(run: Run, position: int) -> Sha256:
    """The digest of all that happened before an event."""
    return digest(msgspec.structs.replace(run, events=run.events[:position]))


def bound(one: Event) -> bool:
    """Whether an event is a decision that names the head of its run."""
    return isinstance(one, Decided) and one.head_sha256 is not None


@given(asking_runs(), st.data())
@settings(max_examples=times(4))
def test_a_refused_decision_leaves_no_trace(run: Run, data: st.DataObject) -> None:
    decision = data.draw(answers(asked(run)).flatmap(lambda one: altered(one, run)))
    before = digest(run), head(run), state(run), pending(run), canonical(asked(run))
    advanced = outcome(advance, run, decision)
    assert (digest(run), head(run), state(run), pending(run), canonical(asked(run))) == before
    impossible = msgspec.structs.replace(run, events=(*run.events, decision))
    decoded = outcome(decode, canonical(impossible), Run)
    event("accepted" if isinstance(advanced, Run) else advanced.code)
    if isinstance(advanced, Refused):
        assert advanced.kind is IllegalEvent
        assert outcome(state, impossible) == advanced
        assert isinstance(decoded, Refused)
        # Decoding says first what breaks the type.
        assert advanced.code == "event" or (decoded.code, decoded.where) == (advanced.code, advanced.where)
    else:
        assert decoded == advanced == impossible
        assert head(decoded) == head(advanced) == head(impossible)


@st.composite
def altered_runs(draw: st.DrawFn, run: Run) -> Run:
    """Runs at the same step that differ in one part."""
    match draw(st.sampled_from(["id", "metadata", "context", "operations", "event", "step"])):
        case "id":
            changes: dict[str, Any] = {"workflow": msgspec.structs.replace(run.workflow, id="other")}
        case "metadata":
            changes = {"workflow": msgspec.structs.replace(run.workflow, metadata=draw(states))}
        case "context":
            changes = {"context": draw(busy_contexts)}
        case "operations":
            changes = {"operations": {**run.operations, "noop": "other"}}
        case "step":
            last = run.workflow.steps[-1]
            payload = {**last.payload, "more": 1}
            steps = (*run.workflow.steps[:-1], msgspec.structs.replace(last, payload=payload))
            changes = {"workflow": msgspec.structs.replace(run.workflow, steps=steps)}
        case _:
            changes = {"events": tuple(_other_event(one) for one in run.events)}
    return msgspec.structs.replace(run, **changes)


def _other_event(one: Any) -> Any:
    # Decisions are left without a head, as a forger would who wants them to pass.
    if isinstance(one, Decided):
        if one.signature is not None:
            return one
        return msgspec.structs.replace(one, note="other", head_sha256=None)
    return msgspec.structs.replace(one, output={"forged": True})
