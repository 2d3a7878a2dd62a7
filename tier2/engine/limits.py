"""The Anti-Failure limits and the execution envelope, checked on a workflow.

1. Limits (``contracts/v1/workflow.schema.json``, ``Steps``): 1 to 5 steps, at most 2 of them human.
2. Envelope: every step is of kind `runtime` or `human`, ids are unique, and a runtime step names its operation in its
   payload; where the known operations are given, it is one of them.

A workflow beyond these can be constructed in Python, for inspection. It is refused when it is planned, started,
replayed or decoded.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import get_args

from tier2.contracts.v1 import MAX_HUMAN_STEPS, MAX_TOTAL_STEPS, StepKind, StepSpec, WorkflowDefinition
from tier2.errors import AntiFailureViolation, EnvelopeViolation, Path
from tier2.values.structs import cache_of

_BOUNDED = "bounded"
"""The name, in a workflow's cache, of the fact that it is within the limits and the envelope, operations aside."""

_KINDS: tuple[str, ...] = get_args(StepKind)


def check_workflow(workflow: WorkflowDefinition, operations: Collection[str] | None = None) -> None:
    """Refuses a workflow beyond the limits or outside the envelope.

    operations: the names of the known operations; None for a replay, which needs no operations.

    Raises AntiFailureViolation and EnvelopeViolation.
    """
    kept = cache_of(workflow)
    if _BOUNDED not in kept:
        check_limits(workflow.steps)
        check_envelope(workflow.steps, operations)
        kept[_BOUNDED] = True
    elif operations is not None:
        for step in workflow.steps:
            if step.kind == "runtime" and step.payload["operation"] not in operations:
                check_envelope(workflow.steps, operations)


def check_limits(steps: Sequence[StepSpec]) -> None:
    """Raises AntiFailureViolation for more than 5 steps, or more than 2 human ones."""
    for violation in limit_violations(steps):
        raise violation


def check_envelope(steps: Sequence[StepSpec], operations: Collection[str] | None = None) -> None:
    """Raises EnvelopeViolation for no step, an unknown kind, a repeated id, a runtime step without known operation."""
    for violation in envelope_violations(steps, operations):
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


def envelope_violations(
    steps: Sequence[StepSpec], operations: Collection[str] | None = None
) -> Iterator[EnvelopeViolation]:
    """Every way in which the steps are outside the envelope, in the order of the steps."""
    if not steps:
        yield _outside(("steps",), "the workflow has no step", "give it at least one")
    first_with: dict[str, int] = {}
    for position, step in enumerate(steps):
        if step.kind not in _KINDS:
            yield _outside(
                ("steps", position, "kind"),
                f"the kind {step.kind!r} is not in the envelope",
                "use runtime or human",
            )
        if step.id in first_with:
            yield _outside(
                ("steps", position, "id"),
                f"the id {step.id!r} is already that of step {first_with[step.id]}",
                "give each step an id of its own",
            )
        first_with.setdefault(step.id, position)
        if step.kind == "runtime":
            yield from _operation_violations(step, position, operations)


def _operation_violations(
    step: StepSpec, position: int, operations: Collection[str] | None
) -> Iterator[EnvelopeViolation]:
    path = ("steps", position, "payload", "operation")
    operation = step.payload.get("operation")
    if not isinstance(operation, str):
        yield _outside(path, f"the runtime step {step.id!r} names no operation", "name one, such as noop")
    elif operations is not None and operation not in operations:
        known = ", ".join(sorted(operations))
        remedy = f"use one of {known}, or pass a bigger mapping" if known else "pass a mapping that has it"
        yield _outside(path, f"the operation {operation!r} is not known", remedy)


def _outside(path: Path, message: str, remedy: str) -> EnvelopeViolation:
    return EnvelopeViolation(code="envelope", path=path, message=message, remedy=remedy)


def _named(steps: Sequence[StepSpec]) -> str:
    """The steps' ids for a message; the first 8 if there are more."""
    shown = ", ".join(repr(step.id) for step in steps[:8])
    return shown if len(steps) <= 8 else f"{shown} and {len(steps) - 8} more"
