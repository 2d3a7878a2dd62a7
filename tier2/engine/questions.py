"""The question of a run's pending human step, and the output of an answer to it.

1. The mission type brings the questions of its steps (`MissionType.questions`). If the mission type is unknown or has
   no question for the step, the question is the description in the step's payload, and the whole state is its evidence.
2. The output of an approval is an object. It holds the given values by the names of their fields, and nothing else.
3. A value must have exactly the type of its field: a boolean is not an integer. A choice is the value of one of the
   choices. A ranking is an array of the values of different choices.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias, assert_never

from tier2.contracts.v1 import Run
from tier2.engine.execution import pending, state
from tier2.errors import ContractError
from tier2.kinds import Asking, Field, JsonObject, MissionType
from tier2.missions import MISSIONS
from tier2.values.canonical import CanonicalBytes, canonical
from tier2.values.frozen import FrozenObject, JsonValue, freeze_object
from tier2.values.json_pointer import part_at

Missions: TypeAlias = Mapping[str, MissionType]


class Evidence(NamedTuple):
    """A value of the state that a question shows.

    pointer: The path of the value in the state, as a JSON Pointer (RFC 6901); empty for the whole state.
    found: Whether the state has such a value. If not, the value is None.
    """

    pointer: str
    found: bool
    value: JsonValue


def asking(run: Run, missions: Missions = MISSIONS) -> Asking | None:
    """The question of the pending step of a run; None if no human step is pending.

    missions: the known mission types by name.

    Raises what `tier2.pending` raises. An exception of a user's own question passes through.
    """
    step = pending(run)
    if step is None or step.kind != "human":
        return None
    mission_type = run.workflow.metadata.get("mission_type")
    mission = missions.get(mission_type) if isinstance(mission_type, str) else None
    question = mission.questions.get(step.id) if mission is not None else None
    if question is not None:
        return question(step, state(run))
    description = step.payload.get("description")
    return Asking(description=description if isinstance(description, str) else "Approve or veto this step?")


def evidence(asked: Asking, state: JsonObject) -> tuple[Evidence, ...]:
    """The values of the state that a question shows, in the order of the question."""
    if asked.show is None:
        return (Evidence("", True, freeze_object(state)),)
    return tuple(_resolved(pointer, freeze_object(state)) for pointer in asked.show)


def _resolved(pointer: str, state: FrozenObject) -> Evidence:
    try:
        return Evidence(pointer, True, part_at(state, pointer))
    except KeyError:
        return Evidence(pointer, False, None)


def output_of(asked: Asking, values: JsonObject) -> JsonObject:
    """The output of an approval.

    values: the values that were given, by the names of their fields.

    Raises ContractError ``answer``, with the path of the value, for a value that does not fit its field, for a value
    without a field, and for a required value that is missing.
    """
    given = freeze_object(values)
    fields = {field.name: field for field in asked.fields}
    for name, value in given.items():
        if name not in fields:
            known = ", ".join(fields) or "none"
            raise _wrong(name, "the question has no such field", f"its fields are: {known}")
        _check(fields[name], value)
    for field in asked.fields:
        if field.required and field.name not in given:
            raise _wrong(field.name, "a required value is missing", f"give {field.label!r}")
    return given


def _check(field: Field, value: JsonValue) -> None:
    match field.kind:
        case "text":
            fits, wanted = isinstance(value, str), "a string"
        case "integer":
            fits, wanted = type(value) is int, "an integer"
        case "boolean":
            fits, wanted = isinstance(value, bool), "true or false"
        case "choice":
            fits, wanted = canonical(value) in _values(field), "one of the choices"
        case "ranking":
            chosen = [canonical(item) for item in value] if isinstance(value, tuple) else None
            fits = chosen is not None and len({*chosen}) == len(chosen) and {*chosen} <= _values(field)
            wanted = "an array of different choices"
        case _:
            assert_never(field.kind)
    if not fits:
        raise _wrong(field.name, "the value does not fit the field", f"give {wanted}")


def _values(field: Field) -> set[CanonicalBytes]:
    return {canonical(choice.value) for choice in field.choices}


def _wrong(name: str, message: str, remedy: str) -> ContractError:
    return ContractError(code="answer", path=(name,), message=message, remedy=remedy)
