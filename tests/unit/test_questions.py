"""What does a human step ask, what does it show, and which decisions answer it?"""

from collections import UserDict
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from small_runs import human, runtime, workflow

from tier2 import (
    MISSIONS,
    Asking,
    CanonicalError,
    Completed,
    ContractError,
    EnvelopeViolation,
    ExecutionContext,
    IllegalEvent,
    JsonValue,
    MissionSpec,
    MissionType,
    Question,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    answer,
    build_workflow,
    canonical,
    decode,
    head,
    question,
    start,
    state,
)
from tier2.contracts.v1 import Choice, Evidence, Field
from tier2.values.frozen import freeze_object

TASKS: JsonValue = [
    {"text": "later", "done": False},
    {"text": "first", "done": False, "priority": "A", "due": "2026-03-01"},
    {"text": "second", "done": False, "due": "2026-02-01"},
    {"text": "done", "done": True, "priority": "A"},
]
CHOICES = tuple(Choice(label=str(value), value=value) for value in (1, 0.5, True))
FIELDS = {
    "note": Field(name="note", label="Note", kind="text"),
    "count": Field(name="count", label="Count", kind="integer"),
    "urgent": Field(name="urgent", label="Urgent", kind="boolean"),
    "pick": Field(name="pick", label="Pick", kind="choice", choices=CHOICES),
    "order": Field(name="order", label="Order", kind="ranking", choices=CHOICES),
}


MANY = tuple(Field(name=f"f{number}", label="F", kind="text") for number in range(10))
NAMED = "'f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7' and 2 more"
_OTHER: Any = "date"


class NoParams(msgspec.Struct, frozen=True):
    pass


def human_steps(_: NoParams) -> list[StepSpec]:
    return [
        StepSpec(id="ask", kind="human", payload={"description": "Pay?"}),
        StepSpec(id="again", kind="human"),
    ]


def asked_amount(step: StepSpec, state: Mapping[str, JsonValue]) -> Asking:
    return Asking(description=f"{step.payload['description']} {state['amount']}", show=("/amount",))


def asking(payload: dict[str, JsonValue], state: dict[str, JsonValue] | None = None) -> Run:
    """A run that asks a person by a payload."""
    step = StepSpec(id="ask", kind="human", payload=payload)
    return start(workflow(step, runtime("go")), ExecutionContext(initial_state=state or {}))


def asked(run: Run, missions: Mapping[str, MissionType] = MISSIONS) -> Question:
    found = question(run, missions)
    assert found is not None
    return found


def of_mission(
    mission: str, state: dict[str, JsonValue], missions: Mapping[str, MissionType] = MISSIONS
) -> Question:
    planned = build_workflow(MissionSpec(type=mission), missions)
    return asked(start(planned, ExecutionContext(initial_state=state)), missions)


def with_fields(*fields: Field, **members: Any) -> Question:
    return msgspec.structs.replace(asked(asking({})), fields=fields, **members)


def refusal(fields: tuple[Field, ...], values: dict[str, JsonValue]) -> ContractError:
    with pytest.raises(ContractError) as refused:
        answer(with_fields(*fields), "approved", by="Ann", values=values)
    assert refused.value.code == "answer"
    return refused.value


# The question


def test_the_daily_loop_asks_with_what_decides_the_order() -> None:
    found = of_mission("daily_loop", {"tasks": TASKS})
    (field,) = found.fields
    assert (field.name, field.kind, field.required) == ("confirmed", "ranking", False)
    labels = ("first (priority A, due 2026-03-01)", 1), ("second (due 2026-02-01)", 2), ("later", 0)
    assert field.choices == tuple(Choice(label=label, value=value) for label, value in labels)
    assert found.evidence == ()


@pytest.mark.parametrize("tasks", [[], [{"text": "x", "done": True}], "none", [{"done": 3}]])
def test_a_day_without_open_tasks_shows_the_state(tasks: JsonValue) -> None:
    found = of_mission("daily_loop", {"tasks": tasks})
    assert (found.description, found.fields) == ("Confirm or change today's priorities.", ())
    assert found.evidence == (Evidence(pointer="", found=True, value=freeze_object({"tasks": tasks})),)


def test_a_mission_type_brings_questions_by_step_id() -> None:
    missions = {"pay": MissionType(NoParams, human_steps, {"ask": asked_amount})}
    found = of_mission("pay", {"amount": 7}, missions)
    assert found.description == "Pay? 7"
    assert found.evidence == (Evidence(pointer="/amount", found=True, value=7),)


def test_a_step_without_a_question_asks_by_its_payload() -> None:
    missions = {"pay": MissionType(NoParams, human_steps)}
    run = start(build_workflow(MissionSpec(type="pay"), missions), ExecutionContext())
    assert asked(run, {}) == asked(run, missions)
    assert asked(run).description == "Pay?"


@pytest.mark.parametrize("payload", [{}, {"description": 3}])
@pytest.mark.parametrize("metadata", [{}, {"mission_type": {}}, {"mission_type": "unknown"}])
def test_a_step_without_a_description_asks_too(
    payload: dict[str, JsonValue], metadata: dict[str, JsonValue]
) -> None:
    step = StepSpec(id="confirm", kind="human", payload=payload)
    run = start(WorkflowDefinition(id="w", steps=(step,), metadata=metadata), ExecutionContext())
    assert asked(run).description == "Approve or veto this step?"


def test_only_a_pending_human_step_asks() -> None:
    run = start(workflow(runtime("a"), human("b")), ExecutionContext())
    assert question(run) is None
    run = advance(run, Completed(step_id="a"))
    assert asked(run).step_id == "b"
    assert question(advance(run, answer(asked(run), "approved", by="Ann"))) is None


def test_a_payload_says_all_that_a_question_has() -> None:
    payload: dict[str, JsonValue] = {
        "description": "Pay it?",
        "show": ["/amount", "/missing"],
        "fields": [
            {"name": "why", "label": "Why", "kind": "text", "required": True, "unknown": 1},
            {"name": "how", "label": "How", "kind": "choice", "choices": [{"label": "cash", "value": 1}]},
        ],
        "approvers": ["Ann", "Bo"],
        "signed": True,
    }
    run = asking(payload, {"amount": 5})
    assert asked(run) == Question(
        workflow_id="w",
        step_id="ask",
        description="Pay it?",
        evidence=(
            Evidence(pointer="/amount", found=True, value=5),
            Evidence(pointer="/missing", found=False, value=None),
        ),
        fields=(
            Field(name="why", label="Why", kind="text", required=True),
            Field(name="how", label="How", kind="choice", choices=(Choice(label="cash", value=1),)),
        ),
        approvers=("Ann", "Bo"),
        signed=True,
        head_sha256=head(run),
    )
    assert decode(canonical(asked(run)), Question) == asked(run)


@pytest.mark.parametrize(("show", "evidence"), [(None, ("/amount",)), (["/other"], ("/amount",))])
def test_fields_of_the_payload_win_over_the_missions(show: JsonValue, evidence: tuple[str, ...]) -> None:
    def asks(*_: object) -> Asking:
        return Asking(description="mine", show=("/amount",), fields=(FIELDS["note"],))

    members: dict[str, JsonValue] = {} if show is None else {"show": show}

    def steps(_: NoParams) -> list[StepSpec]:
        payload: dict[str, JsonValue] = {
            "fields": [{"name": "n", "label": "N", "kind": "integer"}],
            **members,
        }
        return [StepSpec(id="ask", kind="human", payload=payload)]

    found = of_mission("pay", {"amount": 1}, {"pay": MissionType(NoParams, steps, {"ask": asks})})
    assert (found.description, found.fields) == ("mine", (Field(name="n", label="N", kind="integer"),))
    assert tuple(shown.pointer for shown in found.evidence) == evidence


@pytest.mark.parametrize(
    ("own", "where"),
    [
        (Asking(description="?", show=("amount",)), "$.evidence[0].pointer"),
        (Asking(description="?", fields=(FIELDS["note"], FIELDS["note"])), "$.fields[1].name"),
        (Asking(description="?", fields=(Field(name="a", label="A", kind=_OTHER),)), "$.fields[0].kind"),
    ],
)
def test_a_malformed_part_of_an_own_question_is_refused(own: Asking, where: str) -> None:
    missions = {"pay": MissionType(NoParams, human_steps, {"ask": lambda *_: own})}
    with pytest.raises(EnvelopeViolation) as caught:
        of_mission("pay", {}, missions)
    assert (caught.value.code, caught.value.where) == ("envelope", where)
    assert "'ask'" in caught.value.message


@pytest.mark.parametrize(
    ("own", "where"),
    [
        (None, "$"),
        ({"description": "?"}, "$"),
        (Asking(show=(1,)), "$"),  # type: ignore[arg-type]  # on purpose
        (Asking(description=5), "$.description"),  # type: ignore[arg-type]  # on purpose
        (Asking(fields=("a",)), "$.fields[0]"),  # type: ignore[arg-type]  # on purpose
    ],
)
def test_anything_else_than_a_question_is_refused(own: Any, where: str) -> None:
    missions = {"pay": MissionType(NoParams, human_steps, {"ask": lambda *_: own})}
    with pytest.raises(ContractError) as caught:
        of_mission("pay", {}, missions)
    assert (caught.value.code, caught.value.where) == ("type", where)


def test_a_long_array_is_looked_up_at_once() -> None:
    many = 50_000
    show = [f"/a/{index}" for index in range(many)]
    found = asked(asking({"show": [*show, f"/a/{many}", "/a/1" + "0" * 5000]}, {"a": list(range(many))}))
    assert [shown.value for shown in found.evidence[:-2]] == list(range(many))
    assert [shown.found for shown in found.evidence[-2:]] == [False, False]


def test_evidence_follows_json_pointers() -> None:
    members: dict[str, JsonValue] = {"a/b": {"~": [None, 3]}, "": 2}
    values = {"/a~1b/~0/0": None, "/a~1b/~0/1": 3, "/": 2, "": freeze_object(members)}
    missing = ("/a~1b/~0/2", "/a~1b/~0/01", "/a~1b/~0/1/0", "/a")
    assert asked(asking({"show": [*values, *missing]}, members)).evidence == (
        *(Evidence(pointer=pointer, found=True, value=value) for pointer, value in values.items()),
        *(Evidence(pointer=pointer, found=False, value=None) for pointer in missing),
    )


def test_evidence_has_at_most_sixteen_mebibytes() -> None:
    show = ["/a"] * 15
    members: dict[str, JsonValue] = {"a": "x" * (2**20 - 2), "b": "x" * (2**20 - 2), "c": "x" * (2**20 - 1)}
    assert len(asked(asking({"show": [*show, "/b"]}, members)).evidence) == len(show) + 1
    with pytest.raises(CanonicalError) as caught:
        question(asking({"show": [*show, "/c"]}, members))
    assert (caught.value.code, caught.value.where) == ("size", "$.evidence[15]")
    assert str(caught.value) == (
        "$.evidence[15]: the evidence of the question has more than 16777216 bytes; "
        "let the step show less of the state"
    )


# The answer


class Changing(UserDict[str, JsonValue]):
    """A mapping that has another value each time."""

    def __getitem__(self, key: str) -> JsonValue:
        self.data[key] = "forged" if self.data[key] == 1 else 1
        return self.data[key]


def test_values_are_read_once() -> None:
    values = Changing(count="?")
    assert answer(with_fields(FIELDS["count"]), "approved", by="Ann", values=values).output == {"count": 1}


def test_a_malformed_question_is_not_answered() -> None:
    unknown = Field(name="a", label="A", kind=_OTHER)
    with pytest.raises(EnvelopeViolation) as caught:
        answer(with_fields(unknown), "approved", by="Ann", values={"a": 1})
    assert (caught.value.code, caught.value.where) == ("envelope", "$.fields[0].kind")


def test_an_answer_holds_all_that_was_given() -> None:
    run = asking({"fields": [{"name": "n", "label": "N", "kind": "integer"}]})
    decision = answer(
        asked(run), "approved", by="Ann", at="2026-03-01T09:30:00Z", note="go", values={"n": 2.0}
    )
    assert decision.to_dict() == {
        "event": "decided",
        "step_id": "ask",
        "verdict": "approved",
        "by": "Ann",
        "note": "go",
        "output": {"n": 2},
        "at": "2026-03-01T09:30:00Z",
        "head_sha256": head(run),
        "signature": None,
    }
    assert state(advance(run, decision)) == {"n": 2}


def test_a_veto_takes_no_values_and_needs_none() -> None:
    required = msgspec.structs.replace(FIELDS["note"], required=True)
    decision = answer(with_fields(required), "vetoed", by="Ann")
    assert (decision.verdict, decision.output, decision.note, decision.at) == ("vetoed", {}, None, None)
    with pytest.raises(ContractError) as caught:
        answer(with_fields(required), "vetoed", by="Ann", values={"note": "x"})
    assert str(caught.value) == "$: a veto has no values; leave them out, or approve"
    assert caught.value.code == "answer"


@pytest.mark.parametrize("verdict", ["approved", "vetoed"])
def test_only_an_approver_answers(verdict: Any) -> None:
    asks = with_fields(approvers=("Ann", "Bo"))
    assert answer(asks, verdict, by="Bo").by == "Bo"
    with pytest.raises(IllegalEvent) as caught:
        answer(asks, verdict, by="ann")
    assert (caught.value.code, caught.value.where) == ("approver", "$.by")
    assert caught.value.remedy == "ask one of 'Ann', 'Bo'"


@pytest.mark.parametrize(
    ("members", "where"),
    [({"verdict": "maybe"}, "$.verdict"), ({"at": "yesterday"}, "$.at"), ({"at": "2026-03-01"}, "$.at")],
)
def test_a_malformed_answer_is_refused(members: dict[str, Any], where: str) -> None:
    given = {"verdict": "approved", "by": "Ann", **members}
    with pytest.raises(IllegalEvent) as caught:
        answer(asked(asking({})), **given)
    assert (caught.value.code, caught.value.where) == ("event", where)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("note", ""), ("count", -3), ("urgent", False), ("pick", True), ("pick", 0.5), ("order", []),
        ("order", [0.5, 1]), ("order", [True, 0.5, 1]),
    ],
)  # fmt: skip
def test_a_value_that_fits_its_field_is_the_output(name: str, value: JsonValue) -> None:
    fields = {**FIELDS, name: msgspec.structs.replace(FIELDS[name], required=True)}
    found = answer(with_fields(*fields.values()), "approved", by="Ann", values={name: value})
    assert found.output == freeze_object({name: value})


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
    ("fields", "known"), [((), "none"), ((FIELDS["note"], FIELDS["pick"]), "'note', 'pick'"), (MANY, NAMED)]
)
def test_a_value_without_a_field_is_refused(fields: tuple[Field, ...], known: str) -> None:
    error = refusal(fields, {"other": 1})
    assert str(error) == f"$.other: the question has no such field; its fields are: {known}"


def test_a_required_field_must_be_given() -> None:
    field = Field(name="why", label="Why", kind="text", required=True)
    error = refusal((FIELDS["note"], field), {"note": "x"})
    assert str(error) == "$.why: a required value is missing; give 'Why'"
