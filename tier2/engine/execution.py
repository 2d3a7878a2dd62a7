"""Execution: a pure state machine over values. A run is its workflow, its context and its events, and nothing else.

1. ``TRANSITIONS`` holds the legal transitions. An event is always one of the pending step: the first step without an
   event.
2. The state after a completed or approved step is the event's output merged onto the state before (RFC 7396). Every
   other event leaves the state as it was.
3. A failed step or a veto ends the run; so does the event of the last step. A person's decision fits the step's
   payload, and the head of the run if it names one (`tier2.engine.decisions`).
4. An illegal event is refused and changes nothing: the run that was passed in is a value and stays as it was.
5. A run replays from its events alone, without operations, clock or network. So the functions below check every run
   before they use it. The run keeps its position, so that this is done once.
6. `run_workflow` is pure, so it rehearses every step that needs the outside world, and never claims that it happened.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Literal, NoReturn, TypeAlias, assert_never, cast, final

import msgspec

from tier2.contracts.base import EMPTY_MAP
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
    WorkflowDefinition,
)
from tier2.engine.decisions import Head, check_decision, check_members
from tier2.engine.limits import check_workflow
from tier2.engine.receipts import (
    Chain,
    begin_chain,
    extend_chain,
    lineage_of,
    receipt_of,
)
from tier2.errors import CanonicalError, ContractError, EnvelopeViolation, IllegalEvent, Path
from tier2.kinds import Fail, Host, Operation, Pure
from tier2.missions import OPERATIONS
from tier2.values.canonical import Sha256
from tier2.values.frozen import EMPTY, FrozenObject, JsonValue, freeze_object
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


class _Position(msgspec.Struct, frozen=True):
    """The position of a run: its state, how many steps have an event, and whether one of them ended the run."""

    state: FrozenObject
    done: int = 0
    ended: bool = False


_POSITION = "position"
"""The name of the position in the run's cache."""

_CHAIN = "chain"
"""The name of the receipt chain in the run's cache; until it is computed, the run before the last event is there."""


def start(
    workflow: WorkflowDefinition, context: ExecutionContext, operations: Mapping[str, Operation] = OPERATIONS
) -> Run:
    """A new run, without events, that holds the revisions of its operations.

    operations: the known operations by name; a workflow that names another is outside the envelope.

    Raises AntiFailureViolation for a workflow beyond the limits, EnvelopeViolation for one outside the envelope, and
    ContractError for a revision that is no string.
    """
    check_workflow(workflow)
    revisions: dict[str, str] = {}
    for position, step in enumerate(workflow.steps):
        if step.kind == "runtime":
            name, operation = operation_of(step, operations, ("steps", position))
            if operation.revision is not None:
                revisions[name] = operation.revision
    run = Run(workflow=workflow, context=context, operations=revisions)
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


def head(run: Run) -> Sha256:
    """The digest that pins a run as it is now: that of its last receipt entry, on which the next one will stand.

    Before the first event, it is the digest of the plan, the context and the revisions (`tier2.engine.receipts`). It is
    computed once and kept with the run; for an advanced run only the new entry is hashed.

    Raises CanonicalError ``size`` for an event of more than 16 MiB. Otherwise as `state`.
    """
    return chain_of(run).head


def advance(run: Run, event: Event) -> Run:
    """A new run in which ``event`` has happened to the pending step. Hashes only for a decision that names a head.

    Raises IllegalEvent for an event of another step, of a kind that the step cannot have, or after the end. A decision
    that does not fit has the code ``stale``, ``approver``, ``signature`` or ``answer`` (`tier2.engine.decisions`).
    Otherwise as `state`.
    """
    advanced = Run(
        workflow=run.workflow, context=run.context, operations=run.operations, events=(*run.events, event)
    )
    kept = cache_of(advanced)
    kept[_POSITION] = _next(run.workflow, _position(run), event, partial(head, run))
    kept[_CHAIN] = run
    return advanced


def chain_of(run: Run) -> Chain:
    """The receipt chain of a run so far. It is computed once and kept with the run. Raises as `head` does."""
    position, kept = _position(run), cache_of(run)
    known: Chain | Run | None = kept.get(_CHAIN)
    if known is None:
        known = kept[_CHAIN] = begin_chain(run.workflow, run.context, run.operations)
    elif isinstance(known, Run):
        known = kept[_CHAIN] = extend_chain(chain_of(known), run.events[-1:], [position.state])
    return known


def check_operations(run: Run, operations: Mapping[str, Operation]) -> None:
    """Refuses to go on with a run by other operations than those that it was started with.

    operations: the known operations by name. Only those of steps still to run are looked at.

    Raises EnvelopeViolation for an operation that is not known (code ``envelope``), or that has another revision than
    the run holds (code ``revision``); no revision differs from any. Otherwise as `state`.
    """
    if pending(run) is None:
        return
    for position, step in enumerate(run.workflow.steps):
        if position < len(run.events) or step.kind == "human":
            continue
        path = ("workflow", "steps", position)
        name, operation = operation_of(step, operations, path)
        recorded = run.operations.get(name)
        if operation.revision != recorded:
            theirs, ours = _revision(recorded), _revision(operation.revision)
            raise EnvelopeViolation(
                code="revision",
                path=(*path, "payload", "operation"),
                message=f"the run was started with {theirs} of {name!r} in step {step.id!r}, and here it has {ours}",
                remedy=f"go on where {name!r} has {theirs}, or start a new run",
            )


def _revision(revision: str | None) -> str:
    return "no revision" if revision is None else f"the revision {revision!r}"


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
    return _result(run, run.events, position.state, chain_of(run))


def replay(
    workflow: WorkflowDefinition,
    context: ExecutionContext,
    events: Sequence[Event],
    operations: Mapping[str, str] = EMPTY_MAP,
) -> Run:
    """The run in which ``events`` happened, in this order; no operation is performed. Raises as `state` does.

    operations: the recorded revisions of the operations by name, such as ``result.lineage.operations``.
    """
    run = Run(workflow=workflow, context=context, operations=operations, events=tuple(events))
    _position(run)
    return run


def check_events(workflow: WorkflowDefinition, events: Sequence[Event], heads: Sequence[Sha256]) -> None:
    """Refuses events that cannot have happened to the steps of a workflow, in this order.

    heads: the head before each event. The context is not needed, nor are the outputs merged onto its state.

    Raises as `state` does.
    """
    check_workflow(workflow)
    position = _Position(EMPTY)
    for event, before in zip(events, heads, strict=True):
        position = _next(workflow, position, event, partial(Sha256, before))


def run_workflow(
    workflow: WorkflowDefinition, context: ExecutionContext, operations: Mapping[str, Operation] = OPERATIONS
) -> OrchestrationResult:
    """The result of a workflow as far as pure functions go: human steps and host operations are rehearsed.

    The same as `start`, `perform` and `advance` for each pending step, and `finish`. What a user's own operation raises
    passes through. Raises as `start` does; CanonicalError for an output that is no JSON object, and CanonicalError or
    ContractError for a failure whose reason is no string.
    """
    run = start(workflow, context, operations)
    position = _position(run)
    events: list[Event] = []
    states: list[FrozenObject] = []
    while (step := _pending(workflow, position)) is not None:
        event = perform(step, position.state, operations)
        position = _next(workflow, position, event, partial(head, run))
        events.append(event)
        states.append(position.state)
    chain = extend_chain(begin_chain(workflow, context, run.operations), events, states)
    return _result(run, events, position.state, chain)


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
    name, operation = operation_of(step, operations)
    if isinstance(operation, Host):
        return Rehearsed(step_id=step.id)
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


def operation_of(
    step: StepSpec, operations: Mapping[str, Operation], under: Path = ()
) -> tuple[str, Operation]:
    """The name and the operation of a runtime step. ``under`` is the path that leads to the step.

    Raises EnvelopeViolation for an operation that is not known.
    """
    name = cast("str", step.payload.get("operation"))
    operation: object = operations.get(name)
    if isinstance(operation, Pure | Host):
        return name, operation
    if name not in operations:
        known = ", ".join(sorted(operations))
        what = "not known"
        remedy = f"use one of {known}, or pass a bigger mapping" if known else "pass a mapping that has it"
    else:
        what = f"a {type(operation).__name__}, neither Pure nor Host"
        remedy = "map its name to Pure(function) or Host()"
    raise EnvelopeViolation(
        code="envelope",
        path=(*under, "payload", "operation"),
        message=f"the operation {name!r} of step {step.id!r} is {what}",
        remedy=remedy,
    )


def _position(run: Run) -> _Position:
    """The position of a run, all of whose events are proven legal."""
    kept = cache_of(run)
    known: _Position | None = kept.get(_POSITION)
    if known is None:
        check_workflow(run.workflow)
        replayed = Run(workflow=run.workflow, context=run.context, operations=run.operations)
        cache_of(replayed)[_POSITION] = _Position(freeze_object(run.context.initial_state))
        for event in run.events:
            replayed = advance(replayed, event)
        kept.update(cache_of(replayed))
        known = _position(replayed)
    return known


def _pending(workflow: WorkflowDefinition, position: _Position) -> StepSpec | None:
    return None if position.ended or position.done == len(workflow.steps) else workflow.steps[position.done]


def _next(workflow: WorkflowDefinition, position: _Position, event: Event, head: Head) -> _Position:
    """The position after an event. ``head`` gives the head before it."""
    step = _pending(workflow, position)
    if step is None:
        _refuse(position.done, "the run is over", "start a new run")
    if event.step_id != step.id:
        _refuse(
            position.done,
            f"step {step.id!r} is pending, not {event.step_id!r}",
            "send an event of the pending step",
        )
    if isinstance(event, Decided):
        # A Struct made in Python does not check its verdict, and "completed" would pass for a kind of event.
        _checked(position, partial(check_members, event))
    kind = _kind_of(event)
    effect = TRANSITIONS.get((step.kind, kind))
    if effect is None:
        legal = ", ".join(name for step_kind, name in TRANSITIONS if step_kind == step.kind)
        _refuse(
            position.done,
            f"the {step.kind} step {step.id!r} cannot be {kind}",
            f"it can be one of {legal}",
        )
    if isinstance(event, Decided):
        _checked(position, partial(check_decision, step, event, head))
    after = position.state
    if isinstance(event, Completed | Decided) and effect == "merge":
        after = merge_objects(after, freeze_object(event.output))
    return _Position(after, position.done + 1, effect == "end")


def _checked(position: _Position, check: Callable[[], None]) -> None:
    """Runs a check of an event, whose error then has the path in the run."""
    try:
        check()
    except IllegalEvent as error:
        raise error.restated(IllegalEvent, ("events", position.done)) from None


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
    run: Run, events: Sequence[Event], final_state: FrozenObject, chain: Chain
) -> OrchestrationResult:
    """The result of a run with these events; those of ``run`` itself do not matter."""
    executed = run.workflow.steps[: len(events)]
    outcome, error_message = outcome_of(events)
    lineage = lineage_of(run, executed)
    return OrchestrationResult(
        id=run.workflow.id,
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
