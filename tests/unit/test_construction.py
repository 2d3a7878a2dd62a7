"""Does each field of each document accept only values of its type?"""

from collections.abc import Callable
from enum import StrEnum

import msgspec
import pytest

from tier2 import (
    CanonicalError,
    Completed,
    ContractError,
    Decided,
    ExecutionContext,
    Failed,
    MissionSpec,
    Question,
    Rehearsed,
    Run,
    Scenario,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    canonical,
    finish,
    freeze,
)
from tier2.contracts import v1
from tier2.contracts.v1 import Answer, Choice, Evidence, Expectation, Field, HostAnswer
from tier2.values.structs import Value

STEPS = (StepSpec(id="ask", kind="human"), StepSpec(id="work", kind="runtime", payload={"operation": "noop"}))

RUN = Run(
    workflow=WorkflowDefinition(id="w", steps=STEPS),
    context=ExecutionContext(),
    events=(
        Decided(step_id="ask", verdict="approved", by="Ann", note="go", at="2026-03-01T09:30:00Z"),
        Failed(step_id="work", reason="no"),
    ),
)

RESULT = finish(RUN)

QUESTION = Question(
    workflow_id="w",
    step_id="ask",
    description="Which?",
    evidence=(Evidence(pointer="", found=True, value=freeze({"k": [1]})),),
    fields=(Field(name="pick", label="Pick", kind="choice", choices=(Choice(label="one", value=1),)),),
    approvers=("Ann",),
    signed=False,
    head_sha256=RESULT.receipt.head_sha256,
)

SCENARIO = Scenario(
    name="go",
    mission=MissionSpec(type="echo"),
    context=ExecutionContext(),
    answers={"ask": Answer(verdict="approved", by="Ann", note="go", head_sha256=RESULT.receipt.head_sha256)},
    hosts={"work": HostAnswer(output={"k": 1})},
    expect=Expectation(
        outcome="failed",
        failed_step_id="work",
        error_message="no",
        values={"/k": 1},
        result_sha256=RESULT.receipt.head_sha256,
        error="stale",
    ),
)

SAMPLES: tuple[Value, ...] = (
    *(RUN, RUN.workflow, RUN.context, STEPS[1], *RUN.events, MissionSpec(type="echo")),
    *(Completed(step_id="work"), Rehearsed(step_id="ask")),
    *(RESULT, RESULT.lineage, RESULT.receipt, RESULT.receipt.entries[0]),
    *(QUESTION, QUESTION.evidence[0], QUESTION.fields[0], QUESTION.fields[0].choices[0]),
    *(SCENARIO, SCENARIO.answers["ask"], SCENARIO.hosts["work"], SCENARIO.expect),
)
"""One value of each class."""


FIELDS = [
    pytest.param(sample, field, id=f"{type(sample).__name__}.{field}")
    for sample in SAMPLES
    for field in sample.__struct_fields__
]

TEXTS = [case for case in FIELDS if isinstance(getattr(*case.values), str)]  # type: ignore[call-overload]  # two values


EVENTS = "Completed or Failed or Decided or Rehearsed"


def with_field(sample: Value, field: str, value: object) -> Value:
    """The sample made anew by its constructor, one field changed."""
    given = {name: getattr(sample, name) for name in sample.__struct_fields__}
    return type(sample)(**{**given, field: value})


def test_each_class_has_a_sample() -> None:
    classes = {kind for kind in vars(v1).values() if isinstance(kind, type) and issubclass(kind, Value)}
    assert {type(sample) for sample in SAMPLES} == classes - {Value}


@pytest.mark.parametrize(("sample", "field"), FIELDS)
@pytest.mark.parametrize(
    "wrong", [object(), 1.5, b"a", msgspec.UNSET], ids=lambda wrong: type(wrong).__name__
)
def test_a_field_refuses_values_of_another_type(sample: Value, field: str, wrong: object) -> None:
    if wrong == 1.5 and field == "value":  # which may be any JSON value
        return
    with pytest.raises(Tier2Error) as caught:
        with_field(sample, field, wrong)
    assert (caught.value.code, caught.value.where) == ("type", f"$.{field}")


@pytest.mark.parametrize(
    ("sample", "given", "message"),
    [
        (RESULT, {"success": 1}, "$.success: OrchestrationResult holds bool here, not int; pass bool"),
        (RESULT, {"id": 1}, "$.id: OrchestrationResult holds str here, not int; pass str"),
        (RESULT.receipt, {"steps": "ask"}, "$.steps: Receipt holds tuple here, not str; pass tuple"),
        (RESULT.receipt, {"steps": ["ask", 1]}, "$.steps[1]: Receipt holds str here, not int; pass str"),
        (
            RUN,
            {"events": [b""]},
            f"$.events[0]: Run holds {EVENTS} here, not bytes; pass {EVENTS}",
        ),
    ],
)
def test_the_message_names_both_types(sample: Value, given: dict[str, object], message: str) -> None:
    ((field, wrong),) = given.items()
    with pytest.raises(ContractError) as caught:
        with_field(sample, field, wrong)
    assert f"{caught.value.where}: {caught.value.message}; {caught.value.remedy}" == message


@pytest.mark.parametrize(("sample", "field"), FIELDS)
def test_a_field_keeps_a_valid_object_itself(sample: Value, field: str) -> None:
    assert getattr(with_field(sample, field, getattr(sample, field)), field) is getattr(sample, field)


@pytest.mark.parametrize(("sample", "field"), TEXTS)
def test_a_string_field_takes_all_of_unicode(sample: Value, field: str) -> None:
    assert getattr(with_field(sample, field, "\u20ac\U0001f600"), field) == "\u20ac\U0001f600"
    with pytest.raises(Tier2Error) as caught:
        with_field(sample, field, "a\ud800")
    assert (caught.value.code, caught.value.where) == ("surrogate", f"$.{field}")


class Name(StrEnum):
    """A subclass of str."""

    WORK = "work"


@pytest.mark.parametrize("kind", [list, tuple])
def test_an_array_field_becomes_a_plain_tuple(kind: Callable[[object], object]) -> None:
    named = msgspec.structs.asdict(with_field(RESULT.receipt, "steps", kind(["ask", Name.WORK])))
    assert repr(named["steps"]) == repr(("ask", "work"))
    assert with_field(RUN.workflow, "steps", kind(STEPS)) == RUN.workflow


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_lone_surrogate_in_an_array_is_refused(kind: Callable[[object], object]) -> None:
    with pytest.raises(Tier2Error) as caught:
        with_field(RESULT.receipt, "steps", kind(["ask", "a\ud800"]))
    assert (caught.value.code, caught.value.where) == ("surrogate", "$.steps[1]")


def test_a_subclass_of_a_part_is_refused() -> None:
    class Wider(StepSpec, frozen=True, kw_only=True):
        extra: int = 1

    with pytest.raises(ContractError) as caught:
        WorkflowDefinition(id="w", steps=(Wider(id="a", kind="human"),))
    assert caught.value.where == "$.steps[0]"


def test_a_derived_class_has_canonical_bytes() -> None:
    """Its own members come last, and not where they belong."""

    class Wider(StepSpec, frozen=True, kw_only=True):
        extra: int = 1

    step = Wider(id="a", kind="human")
    assert canonical(step) == canonical(step.to_dict())


def test_a_wrong_type_is_reported_first() -> None:
    deep: list[object] = []
    for _ in range(70):
        deep = [deep]
    for wrong in (deep, [float("nan")], {1}, "\ud800"):
        with pytest.raises(CanonicalError) as caught:
            ExecutionContext(metadata=wrong)  # type: ignore[arg-type]  # on purpose
        assert (caught.value.code, caught.value.where) == ("type", "$.metadata")
