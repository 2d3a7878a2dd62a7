"""Execution: a pure state machine over values. A run is its workflow, its context and its events, and nothing else.

1. ``TRANSITIONS`` holds the legal transitions. An event is always one of the pending step: the first step without an
   event.
2. The state after a completed or approved step is the event's output merged onto the state before (RFC 7396). Every
   other event leaves the state as it was.
3. A failed step or a veto ends the run; so does the event of the last step.
4. An illegal event is refused and changes nothing: the run that was passed in is a value and stays as it was.
5. A run replays from its events alone, without operations, clock or network. So the functions below check every run
   before they use it. The run keeps its position, so that this is done once.
6. `run_workflow` is pure, so it rehearses every step that needs the outside world, and never claims that it happened.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NoReturn, TypeAlias, assert_never, cast, final, get_args

import msgspec

from tier2.contracts.v1 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    OrchestrationResult,
    Outcome,
    Rehearsed,
    Run,
    StepSpec,
    Verdict,
    WorkflowDefinition,
)
from tier2.engine.limits import check_workflow
from tier2.engine.receipts import (
    Chain,
    begin_chain,
    extend_chain,
    lineage_of,
    receipt_of,
)
from tier2.errors import CanonicalError, ContractError, EnvelopeViolation, IllegalEvent
from tier2.kinds import Fail, Host, Operation, Pure
from tier2.missions import OPERATIONS
from tier2.values.frozen import FrozenObject, JsonValue, freeze_object
from tier2.values.merge_patch import merge_objects
from tier2.values.structs import cache_of

EventKind: TypeAlias = Literal["completed", "failed", "approved", "vetoed", "rehearsed"]
Effect: TypeAlias = Literal["merge", "keep", "end"]

TRANSITIONS: Mapping[tuple[str, EventKind], Effect] = {
    # kind of the pending step, kind of event: the effect on the state; "end" keeps the state and ends the run
    ("runtime", "completed"): "merge",
    ("runtime", "failed"): "end",
    ("runtime", "rehearsed"): "keep",
    ("human", "approved"): "merge",
    ("human", "vetoed"): "end",
    ("human", "rehearsed"): "keep",
}
"""All legal transitions; every other pair is refused with IllegalEvent."""

_VERDICTS: tuple[str, ...] = get_args(Verdict)

_OPERATION_KINDS = (Pure, Host)


class _Position(msgspec.Struct, frozen=True):
    """The position of a run: its state, how many steps have an event, and whether one of them ended the run."""

    state: FrozenObject
    done: int = 0
    ended: bool = False


_POSITION = "position"
"""The name of the position in the run's cache."""

_CHAIN, _CHAIN_BEFORE = "chain", "chain before"
"""The names, in the run's cache, of its chain and of the chain before its last event."""


def start(
    workflow: WorkflowDefinition, context: ExecutionContext, operations: Mapping[str, Operation] = OPERATIONS
) -> Run:
    """A new run, without events.

    operations: the known operations by name; a workflow that names another is outside the envelope.

    Raises AntiFailureViolation for a workflow beyond the limits, EnvelopeViolation for one outside the envelope.
    """
    run = Run(workflow=workflow, context=context)
    _check(workflow, operations)
    cache_of(run)[_POSITION] = _Position(freeze_object(context.initial_state))
    return run


def pending(run: Run) -> StepSpec | None:
    """The step that waits for its event, or None if the run is over. Raises as `state` does."""
    return _pending(run.workflow, _position(run))


def state(run: Run) -> Mapping[str, JsonValue]:
    """The state after the events so far, frozen.

    Raises IllegalEvent for a run that holds an event which cannot have happened, and AntiFailureViolation or
    EnvelopeViolation for one whose workflow could not have been started.
    """
    return _position(run).state


def advance(run: Run, event: Event) -> Run:
    """A new run in which ``event`` has happened to the pending step. Hashes nothing.

    Raises IllegalEvent for an event of another step, of a kind that the step cannot have, or after the end; a veto has
    no output. Otherwise as `state`.
    """
    advanced = Run(workflow=run.workflow, context=run.context, events=(*run.events, event))
    known, kept = cache_of(run), cache_of(advanced)
    kept[_POSITION] = _next(run.workflow, _position(run), event)
    if _CHAIN in known:
        kept[_CHAIN_BEFORE] = known[_CHAIN]
    return advanced


def chain_of(run: Run) -> Chain:
    """The receipt chain of a run so far. It is computed once and kept with the run.

    If the run was advanced from one with a known chain, only the new entry is hashed.

    Raises CanonicalError ``size`` for an event of more than 16 MiB. Otherwise as `state`.
    """
    kept = cache_of(run)
    known: Chain | None = kept.get(_CHAIN)
    if known is None:
        before: Chain | None = kept.pop(_CHAIN_BEFORE, None)
        if before is None:
            states = [position.state for position in _positions(run)[1:]]
            known = extend_chain(begin_chain(run.workflow, run.context), run.events, states)
        else:
            known = extend_chain(before, run.events[-1:], [_position(run).state])
        kept[_CHAIN] = known
    return known


def finish(run: Run) -> OrchestrationResult:
    """The result of a finished run, with its lineage and receipt. Hashes everything, each state once.

    Raises IllegalEvent while a step is pending, and CanonicalError ``size`` for an event of more than 16 MiB. Otherwise
    as `state`.
    """
    position = _position(run)
    step = _pending(run.workflow, position)
    if step is not None:
        _refuse(
            len(run.events),
            f"the run is not over: step {step.id!r} is pending",
            "advance it with an event first",
        )
    return _result(run.workflow, run.context, run.events, position.state, chain_of(run))


def replay(workflow: WorkflowDefinition, context: ExecutionContext, events: Sequence[Event]) -> Run:
    """The run in which ``events`` happened, in this order; no operation is asked. Raises as `state` does."""
    run = Run(workflow=workflow, context=context, events=tuple(events))
    _position(run)
    return run


def run_workflow(
    workflow: WorkflowDefinition, context: ExecutionContext, operations: Mapping[str, Operation] = OPERATIONS
) -> OrchestrationResult:
    """The result of a workflow as far as pure functions go: human steps and host operations are rehearsed.

    The same as `start`, `perform` and `advance` for each pending step, and `finish`. What a user's own operation raises
    passes through. Raises as `start` does; CanonicalError for an output that is no JSON object, and CanonicalError or
    ContractError for a failure whose reason is no string.
    """
    position = _position(start(workflow, context, operations))
    events: list[Event] = []
    states: list[FrozenObject] = []
    while (step := _pending(workflow, position)) is not None:
        event = perform(step, position.state, operations)
        position = _next(workflow, position, event)
        events.append(event)
        states.append(position.state)
    chain = extend_chain(begin_chain(workflow, context), events, states)
    return _result(workflow, context, events, position.state, chain)


@final
class Orchestrator(msgspec.Struct, frozen=True):
    """`run_workflow` as a class that holds its operations.

    operations: the known operations by name, as they are now; later changes of the mapping have no effect.
    """

    operations: Mapping[str, Operation] = OPERATIONS

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "operations", MappingProxyType(dict(self.operations)))

    def run_workflow(self, workflow: WorkflowDefinition, ctx: ExecutionContext) -> OrchestrationResult:
        """See `tier2.run_workflow`."""
        return run_workflow(workflow, ctx, self.operations)


def perform(
    step: StepSpec, state: Mapping[str, JsonValue], operations: Mapping[str, Operation] = OPERATIONS
) -> Completed | Failed | Rehearsed:
    """The event of a step without the outside world: a pure operation's output or failure, or a rehearsal.

    state: the state before the step.

    Raises EnvelopeViolation for an unknown operation, and CanonicalError or ContractError for an answer that is neither
    an output nor a failure. What a user's own operation raises passes through.
    """
    if step.kind == "human":
        return Rehearsed(step_id=step.id)
    name = cast("str", step.payload.get("operation"))
    operation = operations.get(name)
    if isinstance(operation, Host):
        return Rehearsed(step_id=step.id)
    if not isinstance(operation, Pure):
        raise EnvelopeViolation(
            code="envelope",
            path=("payload", "operation"),
            message=f"the operation {name!r} of step {step.id!r} is not known",
            remedy="pass a mapping that has it, as Pure(function) or Host()",
        )
    answer = operation.function(step.payload, freeze_object(state, "state"))
    try:
        if isinstance(answer, Fail):
            return Failed(step_id=step.id, reason=answer.reason)
        return Completed(step_id=step.id, output=answer)
    except (CanonicalError, ContractError) as error:
        wrong = "reason" if isinstance(answer, Fail) else "output"
        raise error.restated(
            type(error),
            message=f"the operation {name!r} of step {step.id!r} gave a wrong {wrong}: {error.message}",
        ) from None


def _check(workflow: WorkflowDefinition, operations: Mapping[str, Operation]) -> None:
    check_workflow(workflow, operations)
    for position, step in enumerate(workflow.steps):
        operation: object = operations.get(cast("str", step.payload.get("operation")))
        if step.kind == "runtime" and not isinstance(operation, _OPERATION_KINDS):
            raise EnvelopeViolation(
                code="envelope",
                path=("steps", position, "payload", "operation"),
                message=f"the operation is a {type(operation).__name__}, neither Pure nor Host",
                remedy="map its name to Pure(function) or Host()",
            )


def _position(run: Run) -> _Position:
    """The position of a run, all of whose events are proven legal."""
    known: _Position | None = cache_of(run).get(_POSITION)
    if known is None:
        known = cache_of(run)[_POSITION] = _positions(run)[-1]
    return known


def _positions(run: Run) -> list[_Position]:
    """The positions before the first event and after each one; all events are proven legal."""
    check_workflow(run.workflow)
    positions = [_Position(freeze_object(run.context.initial_state))]
    for event in run.events:
        positions.append(_next(run.workflow, positions[-1], event))
    return positions


def _pending(workflow: WorkflowDefinition, position: _Position) -> StepSpec | None:
    return None if position.ended or position.done == len(workflow.steps) else workflow.steps[position.done]


def _next(workflow: WorkflowDefinition, position: _Position, event: Event) -> _Position:
    step = _pending(workflow, position)
    if step is None:
        _refuse(position.done, "the run is over", "start a new run")
    if event.step_id != step.id:
        _refuse(
            position.done,
            f"step {step.id!r} is pending, not {event.step_id!r}",
            "send an event of the pending step",
        )
    if isinstance(event, Decided) and event.verdict not in _VERDICTS:
        # A Struct made in Python does not check its verdict, and "completed" would pass for a kind of event.
        _refuse(position.done, f"the verdict {event.verdict!r} is unknown", f"use {' or '.join(_VERDICTS)}")
    kind = _kind_of(event)
    effect = TRANSITIONS.get((step.kind, kind))
    if effect is None:
        legal = ", ".join(name for step_kind, name in TRANSITIONS if step_kind == step.kind)
        _refuse(
            position.done,
            f"the {step.kind} step {step.id!r} cannot be {kind}",
            f"it can be one of {legal}",
        )
    after = position.state
    if isinstance(event, (Completed, Decided)):
        if effect == "merge":
            after = merge_objects(after, freeze_object(event.output))
        elif event.output:
            _refuse(position.done, "a veto has no output", "veto with an empty output, or approve")
    return _Position(after, position.done + 1, effect == "end")


def _kind_of(event: Event) -> EventKind:
    match event:
        case Completed():
            return "completed"
        case Failed():
            return "failed"
        case Decided():
            return event.verdict
        case Rehearsed():
            return "rehearsed"
        case _:
            assert_never(event)


def _refuse(position: int, message: str, remedy: str) -> NoReturn:
    raise IllegalEvent(code="event", path=("events", position), message=message, remedy=remedy)


def _result(
    workflow: WorkflowDefinition,
    context: ExecutionContext,
    events: Sequence[Event],
    final_state: FrozenObject,
    chain: Chain,
) -> OrchestrationResult:
    executed = workflow.steps[: len(events)]
    outcome, error_message = outcome_of(events)
    lineage = lineage_of(workflow, context, executed)
    return OrchestrationResult(
        id=workflow.id,
        outcome=outcome,
        success=error_message is None,
        executed_steps=executed,
        final_state=final_state,
        failed_step_id=None if error_message is None else executed[-1].id,
        error_message=error_message,
        lineage=lineage,
        receipt=receipt_of(lineage, chain),
    )


def outcome_of(events: Sequence[Event]) -> tuple[Outcome, str | None]:
    """The outcome of a run with these events, and the error message if it failed."""
    last = events[-1]
    if isinstance(last, Failed):
        return "failed", last.reason
    if isinstance(last, Decided) and last.verdict == "vetoed":
        return "vetoed", f"vetoed by {last.by}" if last.note is None else f"vetoed by {last.by}: {last.note}"
    return "rehearsed" if any(isinstance(event, Rehearsed) for event in events) else "completed", None
