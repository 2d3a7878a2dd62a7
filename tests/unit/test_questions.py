"""What does a human step ask, what does it show, and which answers does it take?"""

from collections.abc import Mapping

import msgspec
import pytest

from tier2 import (
    MISSIONS,
    ContractError,
    ExecutionContext,
    MissionSpec,
    MissionType,
    StepSpec,
    WorkflowDefinition,
    build_workflow,
    start,
)
from tier2.engine.questions import Evidence, asking, evidence, output_of
from tier2.kinds import Asking, Choice, Field
from tier2.values.frozen import JsonValue, freeze_object

TASKS: JsonValue = [
    {"text": "later", "done": False},
    {"text": "first", "done": False, "priority": "A", "due": "2026-03-01"},
    {"text": "second", "done": False, "due": "2026-02-01"},
    {"text": "done", "done": True, "priority": "A"},
]
CHOICES = (Choice("one", 1), Choice("half", 0.5), Choice("yes", True))
FIELDS = {
    "note": Field(name="note", label="Note", kind="text"),
    "count": Field(name="count", label="Count", kind="integer"),
    "urgent": Field(name="urgent", label="Urgent", kind="boolean"),
    "pick": Field(name="pick", label="Pick", kind="choice", choices=CHOICES),
    "order": Field(name="order", label="Order", kind="ranking", choices=CHOICES),
}


class NoParams(msgspec.Struct, frozen=True):
    pass


def human_steps(_: NoParams) -> list[StepSpec]:
    return [
        StepSpec(id="ask", kind="human", payload={"description": "Pay?"}),
        StepSpec(id="again", kind="human"),
    ]


def asked_amount(step: StepSpec, state: Mapping[str, JsonValue]) -> Asking:
    return Asking(description=f"{step.payload['description']} {state['amount']}", show=("/amount",))


def asked(
    mission: MissionSpec, state: dict[str, JsonValue], missions: Mapping[str, MissionType] = MISSIONS
) -> Asking:
    run = start(build_workflow(mission, missions), ExecutionContext(initial_state=state))
    found = asking(run, missions)
    assert found is not None
    return found


def refusal(fields: tuple[Field, ...], values: dict[str, JsonValue]) -> ContractError:
    with pytest.raises(ContractError) as refused:
        output_of(Asking(description="?", fields=fields), values)
    assert refused.value.code == "answer"
    return refused.value


def test_the_daily_loop_asks_with_what_decides_the_order() -> None:
    found = asked(MissionSpec(type="daily_loop"), {"tasks": TASKS})
    (field,) = found.fields
    assert (field.name, field.kind, field.required) == ("confirmed", "ranking", False)
    labels = ("first (priority A, due 2026-03-01)", 1), ("second (due 2026-02-01)", 2), ("later", 0)
    assert field.choices == tuple(Choice(label, value) for label, value in labels)
    assert found.show == ()


@pytest.mark.parametrize("tasks", [[], [{"text": "x", "done": True}], "none", [{"done": 3}]])
def test_a_day_without_open_tasks_shows_the_state(tasks: JsonValue) -> None:
    found = asked(MissionSpec(type="daily_loop"), {"tasks": tasks})
    assert (found.description, found.show, found.fields) == (
        "Confirm or change today's priorities.",
        None,
        (),
    )


def test_a_mission_type_brings_questions_by_step_id() -> None:
    missions = {"pay": MissionType(NoParams, human_steps, {"ask": asked_amount})}
    assert asked(MissionSpec(type="pay"), {"amount": 7}, missions) == Asking(
        description="Pay? 7", show=("/amount",)
    )


def test_a_step_without_a_question_asks_by_its_payload() -> None:
    missions = {"pay": MissionType(NoParams, human_steps)}
    run = start(build_workflow(MissionSpec(type="pay"), missions), ExecutionContext())
    assert asking(run, {}) == asking(run, missions) == Asking(description="Pay?")


@pytest.mark.parametrize("payload", [{}, {"description": 3}])
@pytest.mark.parametrize("metadata", [{}, {"mission_type": {}}, {"mission_type": "unknown"}])
def test_a_step_without_a_description_asks_too(
    payload: dict[str, JsonValue], metadata: dict[str, JsonValue]
) -> None:
    step = StepSpec(id="confirm", kind="human", payload=payload)
    run = start(WorkflowDefinition(id="w", steps=(step,), metadata=metadata), ExecutionContext())
    assert asking(run) == Asking(description="Approve or veto this step?")


def test_only_a_pending_human_step_asks() -> None:
    assert asking(start(build_workflow(MissionSpec(type="echo")), ExecutionContext())) is None


def test_evidence_follows_json_pointers() -> None:
    state = freeze_object({"a/b": {"~": [None, 3]}, "": 2})
    values = {"/a~1b/~0/0": None, "/a~1b/~0/1": 3, "/": 2, "": state}
    missing = ("/a~1b/~0/2", "/a~1b/~0/01", "/a~1b/~0/1/0", "/a")
    assert evidence(Asking(description="?", show=(*values, *missing)), state) == (
        *(Evidence(pointer, True, value) for pointer, value in values.items()),
        *(Evidence(pointer, False, None) for pointer in missing),
    )
    assert evidence(Asking(description="?"), state) == (Evidence("", True, state),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("note", ""), ("count", -3), ("urgent", False), ("pick", True), ("pick", 0.5), ("order", []),
        ("order", [0.5, 1]), ("order", [True, 0.5, 1]),
    ],
)  # fmt: skip
def test_a_value_that_fits_its_field_is_the_output(name: str, value: JsonValue) -> None:
    fields = {**FIELDS, name: msgspec.structs.replace(FIELDS[name], required=True)}
    found = output_of(Asking(description="?", fields=tuple(fields.values())), {name: value})
    assert found == freeze_object({name: value})


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("note", 1, "give a string"),
        ("count", True, "give an integer"),
        ("count", 0.5, "give an integer"),
        ("count", "1", "give an integer"),
        ("urgent", 1, "give true or false"),
        ("pick", "one", "give one of the choices"),
        ("pick", 2, "give one of the choices"),
        ("order", 1, "give an array of different choices"),
        ("order", [1, 1], "give an array of different choices"),
        ("order", [1, 2], "give an array of different choices"),
        ("order", None, "give an array of different choices"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: JsonValue, remedy: str) -> None:
    error = refusal(tuple(FIELDS.values()), {name: value})
    assert str(error) == f"$.{name}: the value does not fit the field; {remedy}"


@pytest.mark.parametrize(
    ("fields", "known"), [((), "none"), ((FIELDS["note"], FIELDS["pick"]), "note, pick")]
)
def test_a_value_without_a_field_is_refused(fields: tuple[Field, ...], known: str) -> None:
    error = refusal(fields, {"other": 1})
    assert str(error) == f"$.other: the question has no such field; its fields are: {known}"


def test_a_required_field_must_be_given() -> None:
    field = Field(name="why", label="Why", kind="text", required=True)
    error = refusal((FIELDS["note"], field), {"note": "x"})
    assert str(error) == "$.why: a required value is missing; give 'Why'"
