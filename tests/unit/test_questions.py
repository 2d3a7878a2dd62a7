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
    build_workflow,
    start,
)
from tier2.engine.questions import Evidence, asking, evidence, output_of
from tier2.kinds import Asking, Choice, Field
from tier2.values.frozen import JsonValue, freeze_object

TASKS: JsonValue = [
    {"text": "later", "done": False},
    {"text": "first", "done": False, "priority": "A"},
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


def test_the_daily_loop_asks_for_a_ranking() -> None:
    found = asked(MissionSpec(type="daily_loop"), {"tasks": TASKS})
    (field,) = found.fields
    assert (field.name, field.kind, field.required) == ("confirmed", "ranking", False)
    assert field.choices == (Choice("first", 1), Choice("later", 0))
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


def test_only_a_pending_human_step_asks() -> None:
    assert asking(start(build_workflow(MissionSpec(type="echo")), ExecutionContext())) is None


def test_evidence_follows_json_pointers() -> None:
    state = freeze_object({"a/b": {"~": [1, None]}, "": 2})
    found = Asking(description="?", show=("/a~1b/~0/1", "/a~1b/~0/2", "/", "", "/a~1b/~0/01"))
    assert evidence(found, state) == (
        Evidence("/a~1b/~0/1", True, None),
        Evidence("/a~1b/~0/2", False, None),
        Evidence("/", True, 2),
        Evidence("", True, state),
        Evidence("/a~1b/~0/01", False, None),
    )
    assert evidence(Asking(description="?"), state) == (Evidence("", True, state),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("note", ""), ("count", -3), ("urgent", False), ("pick", True), ("pick", 0.5), ("order", []),
        ("order", [0.5, 1]),
    ],
)  # fmt: skip
def test_a_value_that_fits_its_field_is_the_output(name: str, value: JsonValue) -> None:
    assert output_of(Asking(description="?", fields=(FIELDS[name],)), {name: value}) == freeze_object(
        {name: value}
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("note", 1), ("count", True), ("count", 0.5), ("count", "1"), ("urgent", 1), ("pick", "one"), ("pick", 2),
        ("order", 1), ("order", [1, 1]), ("order", [1, 2]), ("order", None), ("other", 1),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused(name: str, value: JsonValue) -> None:
    with pytest.raises(ContractError) as refused:
        output_of(Asking(description="?", fields=tuple(FIELDS.values())), {name: value})
    assert (refused.value.code, refused.value.where) == ("answer", f"$.{name}")


def test_a_required_field_must_be_given() -> None:
    field = Field(name="why", label="Why", kind="text", required=True)
    with pytest.raises(ContractError, match="required") as refused:
        output_of(Asking(description="?", fields=(field,)), {})
    assert refused.value.where == "$.why"
