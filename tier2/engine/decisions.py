"""Decisions: what the payload of a human step asks for, and whether a person's decision fits it.

1. Four members of a human step's payload have a meaning (contracts/v1/human_payload.schema.json): `show`, `fields`,
   `approvers` and `signed`. A workflow in which one is malformed is outside the envelope.
2. A decision that names a head holds for a run with this head only; any other is out of date (code ``stale``). Where
   the payload has `signed`, the decision needs a head.
3. Where the payload has `approvers`, one of them decides (code ``approver``). Names are compared character by
   character: case, blanks and the form of Unicode (NFC or NFD) count, and an empty name is a name.
4. A signature is an SSH signature in armor, and where the payload has `signed`, there is one (code ``signature``). Its
   form is checked here; whether it is genuine, `ssh-keygen` says.
5. A veto has no output (code ``event``). Where the payload has `fields`, the output of an approval has values of these
   fields and no others (code ``answer``).
6. A value has exactly the type of its field: a boolean is not an integer. A choice is the value of one of the choices.
   A ranking is an array of the values of different choices.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn, TypeAlias, assert_never, get_args

import msgspec
from msgspec import UNSET

from tier2.contracts.v1 import Decided, Field, FieldKind, HumanPayload, Question, StepSpec
from tier2.contracts.views import convert, view
from tier2.errors import ContractError, EnvelopeViolation, IllegalEvent, Path, Tier2Error
from tier2.kinds import JsonObject
from tier2.values.canonical import CanonicalBytes, Sha256, canonical
from tier2.values.frozen import EMPTY, JsonValue, freeze_object
from tier2.values.json_pointer import is_pointer

Head: TypeAlias = Callable[[], Sha256]
"""Gives the head of the run that is decided about. It is called only if the decision names a head."""


# The payload of a human step.


def human_payload(step: StepSpec) -> HumanPayload:
    """The members of a human step's payload that have a meaning, typed.

    Raises ContractError for a malformed one, with a path from the step.
    """
    return view(step.payload, HumanPayload, "payload")


def fields_of(payload: HumanPayload) -> tuple[Field, ...] | None:
    """The fields of a human step's payload; None if it has no such member."""
    if payload.fields is UNSET:
        return None
    return tuple(
        Field(
            name=field.name,
            label=field.label,
            kind=field.kind,
            choices=field.choices,
            required=field.required,
        )
        for field in payload.fields
    )


_FIELD_KINDS: tuple[str, ...] = get_args(FieldKind)

_MEANT = frozenset({"show", "fields", "approvers", "signed"})


def payload_violations(step: StepSpec) -> Iterator[EnvelopeViolation]:
    """Every way in which a human step's payload is malformed, with paths from the step."""
    if _MEANT.isdisjoint(step.payload):
        return
    try:
        payload = human_payload(step)
    except ContractError as error:
        yield malformed(step.id, error.path, error.message, error.remedy)
        return
    if payload.show is not UNSET:
        for position, pointer in enumerate(payload.show):
            yield from pointer_violations(step.id, pointer, ("payload", "show", position))
    yield from field_violations(step.id, fields_of(payload) or (), ("payload",))


def pointer_violations(step_id: str, pointer: str, path: Path) -> Iterator[EnvelopeViolation]:
    """The violation of a step's question whose evidence is no JSON Pointer."""
    if not is_pointer(pointer):
        remedy = "write / before each name, and ~0 for ~ and ~1 for / inside of one"
        yield malformed(step_id, path, f"{pointer!r} is no JSON Pointer", remedy)


def field_violations(step_id: str, fields: Sequence[Field], under: Path = ()) -> Iterator[EnvelopeViolation]:
    """Every way in which the fields of a step's question are malformed. ``under`` is the path of their owner."""
    names: set[str] = set()
    for position, field in enumerate(fields):
        path = (*under, "fields", position)
        if not field.name or "=" in field.name:
            message = f"a field cannot have the name {field.name!r}"
            yield malformed(step_id, (*path, "name"), message, "name it without =")
        elif field.name in names:
            message = f"another field has the name {field.name!r} too"
            yield malformed(step_id, (*path, "name"), message, "give each field a name of its own")
        names.add(field.name)
        if field.kind not in _FIELD_KINDS:  # which a Struct made in Python does not check
            message = f"there is no kind {field.kind!r} of field"
            yield malformed(step_id, (*path, "kind"), message, f"use one of {_listed(_FIELD_KINDS)}")
        yield from _choice_violations(step_id, field, (*path, "choices"))


def _choice_violations(step_id: str, field: Field, path: Path) -> Iterator[EnvelopeViolation]:
    if field.choices and field.kind not in ("choice", "ranking"):
        yield malformed(step_id, path, f"a field of kind {field.kind} has no choices", "leave them out")
    elif not field.choices and field.kind == "choice":
        yield malformed(step_id, path, "there is nothing to choose from", "give at least one choice")
    values: set[CanonicalBytes] = set()
    for position, choice in enumerate(field.choices):
        value = canonical(choice.value)
        if value in values:
            message = "an earlier choice has this value"
            yield malformed(step_id, (*path, position, "value"), message, "give each choice its own value")
        values.add(value)


def question_violations(question: Question) -> Iterator[EnvelopeViolation]:
    """Every way in which the evidence and the fields of a question are malformed."""
    for position, shown in enumerate(question.evidence):
        yield from pointer_violations(question.step_id, shown.pointer, ("evidence", position, "pointer"))
    yield from field_violations(question.step_id, question.fields)


def check_question(question: Question) -> None:
    """Raises EnvelopeViolation for the first thing in a question that is malformed."""
    for violation in question_violations(question):
        raise violation


def malformed(step_id: str, path: Path, message: str, remedy: str) -> EnvelopeViolation:
    """The violation of a step whose question is malformed, in a message that names the step."""
    message = f"the human step {step_id!r} asks in a malformed way: {message}"
    return EnvelopeViolation(code="envelope", path=path, message=message, remedy=remedy)


# Decisions.


def check_decision(step: StepSpec, event: Decided, head: Head) -> None:
    """Refuses a decision that the payload of its human step does not allow, or that was made on another head.

    Raises IllegalEvent, with a path from the event.
    """
    payload = human_payload(step)
    check_head(event, head, needed=payload.signed)
    if payload.approvers is not UNSET:
        check_approver(event.by, payload.approvers)
    check_alone(event, signed=payload.signed)
    fields = fields_of(payload)
    if fields is not None and event.verdict == "approved":
        try:
            check_values(fields, event.output)
        except ContractError as error:
            raise error.restated(IllegalEvent, ("output",)) from None


def check_members(event: Decided) -> None:
    """Refuses a decision whose members are not as the contract says: a Struct made in Python does not check them.

    Raises IllegalEvent ``event``, with a path from the event.
    """
    members = msgspec.structs.replace(event, output=EMPTY).to_dict()  # an output is checked when it is made
    try:
        convert(freeze_object(members), Decided)
    except Tier2Error as error:
        raise IllegalEvent(
            code="event", path=error.path, message=error.message, remedy=error.remedy
        ) from None


def check_head(event: Decided, head: Head, *, needed: bool = False) -> None:
    """Refuses a decision that was made on another head than this one (code ``stale``).

    needed: whether a decision without a head is refused too.
    """
    if event.head_sha256 is None:
        if needed:
            _refuse("stale", "head_sha256", "a signed decision names the head of the run", "give the head")
    elif event.head_sha256 != head():
        message = f"the decision was made on the head {event.head_sha256}, and the head is {head()}"
        _refuse("stale", "head_sha256", message, "look at the run as it is now, and decide again")


def check_approver(by: str, approvers: Sequence[str]) -> None:
    """Refuses a decision by somebody who is not among the approvers (code ``approver``)."""
    if by not in approvers:
        message = f"{by!r} is not among those who may decide"
        _refuse("approver", "by", message, f"ask one of {_listed(approvers)}")


def check_alone(event: Decided, *, signed: bool = False) -> None:
    """Refuses what is wrong with a decision by itself: a signature of another form, and a veto with an output.

    signed: whether a decision without signature is refused too.
    """
    if event.signature is None:
        if signed:
            _refuse("signature", "signature", "the decision needs a signature", "sign it with an SSH key")
    elif not is_armored(event.signature):
        message = "the signature is no SSH signature in armor"
        _refuse("signature", "signature", message, "give what `ssh-keygen -Y sign` writes")
    if event.verdict == "vetoed" and event.output:
        _refuse("event", "output", "a veto has no output", "veto with an empty output, or approve")


_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_BODY = "U1NIU0lH[A-Za-z0-9+/]*={0,2}"
"""The base64 of bytes that begin with ``SSHSIG`` (PROTOCOL.sshsig)."""

_LINE = 76
"""How many characters a line of base64 may have; `ssh-keygen` writes 70."""


def is_armored(text: str) -> bool:
    """Whether a text has the form of an armored SSH signature: the two lines around it, and base64 between them."""
    parts = text.split("\n")
    if len(parts) < 4 or (parts[0], parts[-2], parts[-1]) != (_BEGIN, _END, ""):
        return False
    lines = parts[1:-2]
    body = "".join(lines)
    return (
        all(0 < len(line) <= _LINE for line in lines)
        and not any("=" in line for line in lines[:-1])
        and len(body) % 4 == 0
        and re.fullmatch(_BODY, body) is not None
    )


def _refuse(code: str, member: str, message: str, remedy: str) -> NoReturn:
    raise IllegalEvent(code=code, path=(member,), message=message, remedy=remedy)


# Values of fields.


def check_values(fields: Sequence[Field], values: JsonObject) -> None:
    """Refuses values that do not fit the fields of a question.

    values: the values by the names of their fields.

    Raises ContractError ``answer``, with the path of the value, for a value that does not fit its field, for a value
    without a field, and for a required value that is missing.
    """
    known = {field.name: field for field in fields}
    frozen = freeze_object(values)
    for name, value in frozen.items():
        if name not in known:
            _misfit(name, "the question has no such field", f"its fields are: {_listed([*known])}")
        _check_value(known[name], value)
    for field in fields:
        if field.required and field.name not in frozen:
            _misfit(field.name, "a required value is missing", f"give {field.label!r}")


def _listed(names: Sequence[str]) -> str:
    """Names for a message; the first 8 if there are more."""
    shown = ", ".join(map(repr, names[:8])) or "none"
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"


def _check_value(field: Field, value: JsonValue) -> None:
    match field.kind:
        case "text":
            fits, wanted = isinstance(value, str), "a string"
        case "integer":
            fits, wanted = type(value) is int, "an integer"
        case "boolean":
            fits, wanted = isinstance(value, bool), "true or false"
        case "choice":
            fits, wanted = canonical(value) in _choices(field), "one of the choices"
        case "ranking":
            chosen = [canonical(item) for item in value] if isinstance(value, tuple) else None
            fits = chosen is not None and len({*chosen}) == len(chosen) and {*chosen} <= _choices(field)
            wanted = "an array of different choices"
        case _:
            assert_never(field.kind)
    if not fits:
        _misfit(field.name, "the value does not fit the field", f"give {wanted}")


def _choices(field: Field) -> set[CanonicalBytes]:
    return {canonical(choice.value) for choice in field.choices}


def _misfit(name: str, message: str, remedy: str) -> NoReturn:
    raise ContractError(code="answer", path=(name,), message=message, remedy=remedy)
