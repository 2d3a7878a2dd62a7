"""The Anti-Failure limits and the execution envelope, checked on a workflow.

1. Limits (``contracts/v1/workflow.schema.json``, ``Steps``): 1 to 5 steps, at most 2 of them human.
2. Envelope: every step is of kind `runtime` or `human`, ids are unique, a runtime step names its operation in its
   payload, and a human step's payload asks in a well-formed way (`tier2.engine.decisions`). `tier2.start` checks that
   the operations are known.

A workflow beyond these can be constructed in Python, for inspection. It is refused when it is planned, started,
replayed or decoded.
"""

from collections.abc import Iterator, Sequence
from typing import get_args

from tier2.contracts.v1 import MAX_HUMAN_STEPS, MAX_TOTAL_STEPS, StepKind, StepSpec, WorkflowDefinition
from tier2.engine.decisions import payload_violations
from tier2.errors import AntiFailureViolation, EnvelopeViolation, Path
from tier2.values.structs import cache_of

_BOUNDED = "bounded"
"""The name, in a workflow's cache, of the fact that it is within the limits and the envelope, operations aside."""

_KINDS: tuple[str, ...] = get_args(StepKind)


def check_workflow(workflow: WorkflowDefinition) -> None:
    """Refuses a workflow beyond the limits or outside the envelope.

    Raises AntiFailureViolation and EnvelopeViolation.
    """
    kept = cache_of(workflow)
    if _BOUNDED not in kept:
        check_limits(workflow.steps)
        check_envelope(workflow.steps)
        kept[_BOUNDED] = True


def check_limits(steps: Sequence[StepSpec]) -> None:
    """Raises AntiFailureViolation for more than 5 steps, or more than 2 human ones."""
    for violation in limit_violations(steps):
        raise violation


def check_envelope(steps: Sequence[StepSpec]) -> None:
    """Raises EnvelopeViolation for the first thing outside the envelope."""
    for violation in envelope_violations(steps):
        raise violation


def limit_violations(steps: Sequence[StepSpec]) -> Iterator[AntiFailureViolation]:
    """Every way in which the steps break the limits."""
    yield from too_many_steps(steps)
    yield from too_many_people(steps)


def too_many_steps(steps: Sequence[StepSpec]) -> Iterator[AntiFailureViolation]:
    """The violation of the limit of 5 steps, if there is one."""
    if len(steps) > MAX_TOTAL_STEPS:
        yield AntiFailureViolation(
            code="limits",
            path=("steps",),
            message=f"{len(steps)} steps are more than {MAX_TOTAL_STEPS}",
            remedy=f"merge or drop {len(steps) - MAX_TOTAL_STEPS} of {_named(steps)}",
        )


def too_many_people(steps: Sequence[StepSpec]) -> Iterator[AntiFailureViolation]:
    """The violation of the limit of 2 human steps, if there is one."""
    people = [step for step in steps if step.kind == "human"]
    if len(people) > MAX_HUMAN_STEPS:
        yield AntiFailureViolation(
            code="limits",
            path=("steps",),
            message=f"{len(people)} human steps are more than {MAX_HUMAN_STEPS}",
            remedy=f"automate or merge {len(people) - MAX_HUMAN_STEPS} of {_named(people)}",
        )


def envelope_violations(steps: Sequence[StepSpec]) -> Iterator[EnvelopeViolation]:
    """Every way in which the steps are outside the envelope, in the order of the steps."""
    if not steps:
        yield _outside(("steps",), "the workflow has no step", "give it at least one")
    first_with: dict[str, int] = {}
    for position, step in enumerate(steps):
        path = ("steps", position)
        if step.kind not in _KINDS:
            message = f"the kind {step.kind!r} of step {step.id!r} is not in the envelope"
            yield _outside((*path, "kind"), message, "use runtime or human")
        if step.id in first_with:
            message = f"the id {step.id!r} is already that of step {first_with[step.id]}"
            yield _outside((*path, "id"), message, "give each step an id of its own")
        first_with.setdefault(step.id, position)
        if step.kind == "runtime" and not isinstance(step.payload.get("operation"), str):
            message = f"the runtime step {step.id!r} names no operation"
            yield _outside((*path, "payload", "operation"), message, "name one, such as noop")
        elif step.kind == "human":
            for violation in payload_violations(step):
                yield violation.restated(EnvelopeViolation, path)


def _outside(path: Path, message: str, remedy: str) -> EnvelopeViolation:
    return EnvelopeViolation(code="envelope", path=path, message=message, remedy=remedy)


def _named(steps: Sequence[StepSpec]) -> str:
    """The steps' ids for a message; the first 8 if there are more."""
    shown = ", ".join(repr(step.id) for step in steps[:8])
    return shown if len(steps) <= 8 else f"{shown} and {len(steps) - 8} more"
