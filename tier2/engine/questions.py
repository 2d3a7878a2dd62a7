"""The question of a run's pending human step as data, and the decision that answers it.

1. The mission type brings the questions of its steps (`MissionType.questions`). If the mission type is unknown or has
   no question for the step, the question is what the step's payload says.
2. Where the payload has `fields`, these are the question's, since `tier2.advance` checks the decision against them.
   Approvers, and whether a signature is needed, come from the payload alone.
3. A question names the head of its run, and the answer carries it. So the answer holds for this run as it is now.
4. The output of an approval has the given values by the names of their fields, and nothing else; that of a veto is
   empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from msgspec import UNSET

from tier2.contracts.v1 import Decided, Evidence, Question, Run, StepSpec, Verdict
from tier2.engine.decisions import (
    check_approver,
    check_members,
    check_question,
    check_values,
    fields_of,
    human_payload,
)
from tier2.engine.execution import head, pending, state
from tier2.errors import CanonicalError, ContractError
from tier2.kinds import Asking, JsonObject, MissionType
from tier2.missions import MISSIONS
from tier2.values.canonical import MAX_BYTES, encode
from tier2.values.frozen import EMPTY, FrozenObject, freeze_object
from tier2.values.json_pointer import part_at

Missions: TypeAlias = Mapping[str, MissionType]


def question(run: Run, missions: Missions = MISSIONS) -> Question | None:
    """The question of the pending step of a run; None if no human step is pending.

    missions: the known mission types by name.

    Raises what `tier2.head` raises. If a mission type's own question is malformed, raises EnvelopeViolation for a
    pointer or a field, and ContractError for any other part. Raises CanonicalError ``size`` for evidence of more than
    16 MiB. What a user's own function raises passes through.
    """
    step = pending(run)
    if step is None or step.kind != "human":
        return None
    payload = human_payload(step)
    asked = _asking(run, step, missions)
    fields = fields_of(payload)
    show = ("",) if asked.show is None else asked.show
    asks = Question(
        workflow_id=run.workflow.id,
        step_id=step.id,
        description=_description(step) if asked.description is None else asked.description,
        evidence=tuple(_evidence(show, freeze_object(state(run)))),
        fields=asked.fields if fields is None else fields,
        approvers=() if payload.approvers is UNSET else payload.approvers,
        signed=payload.signed,
        head_sha256=head(run),
    )
    check_question(asks)
    return asks


def _asking(run: Run, step: StepSpec, missions: Missions) -> Asking:
    """The question of a human step by its mission type, or else by its payload."""
    mission_type = run.workflow.metadata.get("mission_type")
    mission = missions.get(mission_type) if isinstance(mission_type, str) else None
    own = mission.questions.get(step.id) if mission is not None else None
    if own is not None:
        # A function of the user's may break its annotations.
        asked = cast("object", own(step, state(run)))
        if isinstance(asked, Asking):
            pointers = cast("tuple[object, ...]", asked.show or ())
            if all(isinstance(pointer, str) for pointer in pointers):
                return asked
        raise ContractError(
            code="type",
            path=(),
            message=f"the function that asks about step {step.id!r} returned {asked!r:.200}",
            remedy="return Asking(...), whose show is None or a tuple of strings",
        )
    show = human_payload(step).show
    return Asking(show=None if show is UNSET else show)


def _description(step: StepSpec) -> str:
    description = step.payload.get("description")
    return description if isinstance(description, str) else "Approve or veto this step?"


def _evidence(show: Sequence[str], state: FrozenObject) -> Iterator[Evidence]:
    """The evidence of each pointer, in order.

    Raises CanonicalError ``size`` for more than 16 MiB: many pointers may show the same large value.
    """
    room = MAX_BYTES
    for position, pointer in enumerate(show):
        try:
            shown = Evidence(pointer=pointer, found=True, value=part_at(state, pointer))
        except KeyError:
            shown = Evidence(pointer=pointer, found=False, value=None)
        room -= len(encode(shown.value))
        if room < 0:
            raise CanonicalError(
                code="size",
                path=("evidence", position),
                message=f"the evidence of the question has more than {MAX_BYTES} bytes",
                remedy="let the step show less of the state",
            )
        yield shown


def answer(  # noqa: PLR0913 - the members of a decision
    question: Question,
    verdict: Verdict,
    *,
    by: str,
    at: str | None = None,
    note: str | None = None,
    values: JsonObject = EMPTY,
) -> Decided:
    """The decision that answers a question, without a signature; `tier2.advance` takes it.

    by: who decides; nothing proves it, unless the decision is signed.
    at: when, in UTC by RFC 3339, such as ``2026-03-01T09:30:00Z``.
    note: a remark.
    values: the values of an approval, by the names of their fields.

    Raises ContractError ``answer``, with the path of the value, for values that do not fit the fields, and for values
    of a veto; IllegalEvent ``approver`` for somebody who may not decide, and ``event`` for an unknown verdict or a
    malformed time; CanonicalError for values that are no JSON; EnvelopeViolation for a malformed question, which only a
    program can make.
    """
    check_question(question)
    given = freeze_object(values)  # once: a mapping of somebody's own may give other values the second time
    if question.approvers:
        check_approver(by, question.approvers)
    if verdict == "approved":
        check_values(question.fields, given)
    elif given:
        raise ContractError(
            code="answer", path=(), message="a veto has no values", remedy="leave them out, or approve"
        )
    decision = Decided(
        step_id=question.step_id,
        verdict=verdict,
        by=by,
        note=note,
        output=given,
        at=at,
        head_sha256=question.head_sha256,
    )
    check_members(decision)
    return decision
