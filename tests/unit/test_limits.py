"""Which workflows are within the Anti-Failure limits and the execution envelope?"""

from collections.abc import Callable
from typing import Any

import pytest

from tier2.contracts.v1 import MAX_HUMAN_STEPS, MAX_TOTAL_STEPS, StepSpec, WorkflowDefinition
from tier2.engine.limits import check_limits, check_workflow
from tier2.errors import AntiFailureViolation, EnvelopeViolation


def human(step_id: str) -> StepSpec:
    return StepSpec(id=step_id, kind="human", payload={})


def runtime(step_id: str, operation: str = "noop") -> StepSpec:
    return StepSpec(id=step_id, kind="runtime", payload={"operation": operation})


def workflow(*steps: StepSpec) -> WorkflowDefinition:
    return WorkflowDefinition(id="w", steps=steps)


def violation(action: Callable[[], object]) -> AntiFailureViolation:
    with pytest.raises(AntiFailureViolation) as caught:
        action()
    return caught.value


def outside(*steps: StepSpec) -> EnvelopeViolation:
    with pytest.raises(EnvelopeViolation) as caught:
        check_workflow(workflow(*steps))
    return caught.value


def test_the_limits_are_five_steps_and_two_people() -> None:
    assert (MAX_TOTAL_STEPS, MAX_HUMAN_STEPS) == (5, 2)


@pytest.mark.parametrize("people", [0, 1, 2])
@pytest.mark.parametrize("total", [1, 2, 5])
def test_five_steps_with_two_people_are_allowed(total: int, people: int) -> None:
    steps = [human(f"h{i}") for i in range(people)] + [runtime(f"r{i}") for i in range(total - people)]
    checked = workflow(*steps)
    before = checked.to_dict()
    check_workflow(checked)
    assert checked.to_dict() == before


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        (
            [runtime(f"r{i}") for i in range(6)],
            "6 steps are more than 5; merge or drop 1 of 'r0', 'r1', 'r2', 'r3', 'r4', 'r5'",
        ),
        (
            [human("h0"), runtime("r"), human("h1"), human("h2")],
            "3 human steps are more than 2; automate or merge 1 of 'h0', 'h1', 'h2'",
        ),
        ([runtime("i")] * 6, "6 steps are more than 5; merge or drop 1 of 'i', 'i', 'i', 'i', 'i', 'i'"),
    ],
)
def test_more_steps_or_people_are_refused(steps: list[StepSpec], text: str) -> None:
    error = violation(lambda: check_workflow(workflow(*steps)))
    assert (error.code, str(error)) == ("limits", f"$.steps: {text}")


REPEATED = "is already that of step"
AN_ID = "give each step an id of its own"


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([], "$.steps: the workflow has no step; give it at least one"),
        ([human("a"), runtime("b"), runtime("a")], f"$.steps[2].id: the id 'a' {REPEATED} 0; {AN_ID}"),
        (
            [runtime("a"), runtime("b"), runtime("b")],
            f"$.steps[2].id: the id 'b' {REPEATED} 1; {AN_ID}",
        ),
    ],
)
def test_steps_outside_the_envelope_are_refused(steps: list[StepSpec], text: str) -> None:
    error = outside(*steps)
    assert (error.code, str(error)) == ("envelope", text)


def test_the_remedy_for_many_steps_stays_short() -> None:
    error = violation(lambda: check_limits([runtime(f"r{i}") for i in range(1000)]))
    assert error.remedy.startswith("merge or drop 995 of 'r0', ")
    assert error.remedy.endswith("'r7' and 992 more")
    eight = violation(lambda: check_limits([runtime(f"r{i}") for i in range(8)]))
    assert eight.remedy.endswith("'r6', 'r7'")


@pytest.mark.parametrize("kind", ["robot", "Human", "RUNTIME", "", "human "])
def test_an_unknown_kind_is_outside_the_envelope(kind: Any) -> None:
    error = outside(runtime("a"), StepSpec(id="b", kind=kind, payload={"operation": "noop"}))
    text = f"$.steps[1].kind: the kind {kind!r} of step 'b' is not in the envelope; use runtime or human"
    assert (error.code, str(error)) == ("envelope", text)


@pytest.mark.parametrize(
    "payload", [{}, {"operation": None}, {"operation": 1}, {"operation": ["noop"]}, {"Operation": "x"}]
)
def test_a_runtime_step_needs_an_operation(payload: dict[str, Any]) -> None:
    error = outside(human("a"), StepSpec(id="b", kind="runtime", payload=payload))
    text = "$.steps[1].payload.operation: the runtime step 'b' names no operation; name one, such as noop"
    assert (error.code, str(error)) == ("envelope", text)


def test_a_human_step_needs_no_operation() -> None:
    check_workflow(workflow(StepSpec(id="a", kind="human", payload={"operation": 5})))
