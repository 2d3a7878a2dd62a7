"""Which workflows are within the Anti-Failure limits and the execution envelope?"""

from collections.abc import Callable
from typing import Any

import pytest

from tier2.contracts.v1 import MAX_HUMAN_STEPS, MAX_TOTAL_STEPS, StepSpec, WorkflowDefinition
from tier2.engine.limits import check_envelope, check_limits, check_workflow
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


def outside(*steps: StepSpec, operations: Any = None) -> EnvelopeViolation:
    with pytest.raises(EnvelopeViolation) as caught:
        check_workflow(workflow(*steps), operations)
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
    check_workflow(checked, {"noop"})
    assert checked.to_dict() == before


def test_six_steps_are_refused_by_name() -> None:
    error = violation(lambda: check_workflow(workflow(*[runtime(f"r{i}") for i in range(6)])))
    assert (error.code, error.where) == ("limits", "$.steps")
    assert error.message == "6 steps are more than 5"
    assert error.remedy == "merge or drop 1 of 'r0', 'r1', 'r2', 'r3', 'r4', 'r5'"


def test_three_human_steps_are_refused_by_name() -> None:
    steps = [human("h0"), runtime("r"), human("h1"), human("h2")]
    error = violation(lambda: check_workflow(workflow(*steps)))
    assert (error.code, error.where) == ("limits", "$.steps")
    assert error.message == "3 human steps are more than 2"
    assert error.remedy == "automate or merge 1 of 'h0', 'h1', 'h2'"


def test_the_remedy_for_many_steps_stays_short() -> None:
    error = violation(lambda: check_limits([runtime(f"r{i}") for i in range(1000)]))
    assert error.remedy.startswith("merge or drop 995 of 'r0', ")
    assert error.remedy.endswith("'r7' and 992 more")
    eight = violation(lambda: check_limits([runtime(f"r{i}") for i in range(8)]))
    assert eight.remedy.endswith("'r6', 'r7'")


def test_the_limits_are_checked_before_the_envelope() -> None:
    assert violation(lambda: check_workflow(workflow(*[runtime("same")] * 6))).code == "limits"


def test_no_steps_are_outside_the_envelope() -> None:
    error = outside()
    assert (error.code, error.where) == ("envelope", "$.steps")
    assert (error.message, error.remedy) == ("the workflow has no step", "give it at least one")


@pytest.mark.parametrize("kind", ["robot", "Human", "RUNTIME", "", "human "])
def test_an_unknown_kind_is_outside_the_envelope(kind: Any) -> None:
    error = outside(runtime("a"), StepSpec(id="b", kind=kind, payload={"operation": "noop"}))
    assert (error.code, error.where) == ("envelope", "$.steps[1].kind")
    assert repr(kind) in error.message
    assert error.remedy == "use runtime or human"


def test_a_repeated_step_id_is_outside_the_envelope() -> None:
    error = outside(human("a"), runtime("b"), runtime("a"))
    assert (error.code, error.where) == ("envelope", "$.steps[2].id")
    assert error.message == "the id 'a' is already that of step 0"
    assert error.remedy == "give each step an id of its own"
    assert outside(runtime("a"), runtime("b"), runtime("b")).message.endswith("that of step 1")


@pytest.mark.parametrize(
    "payload", [{}, {"operation": None}, {"operation": 1}, {"operation": ["noop"]}, {"Operation": "x"}]
)
def test_a_runtime_step_needs_an_operation(payload: dict[str, Any]) -> None:
    error = outside(human("a"), StepSpec(id="b", kind="runtime", payload=payload))
    assert (error.code, error.where) == ("envelope", "$.steps[1].payload.operation")
    assert error.message == "the runtime step 'b' names no operation"
    assert error.remedy == "name one, such as noop"


def test_an_unknown_operation_is_outside_the_envelope() -> None:
    error = outside(runtime("a", "rm"), operations={"noop": 1, "fail": 2})
    assert (error.code, error.where) == ("envelope", "$.steps[0].payload.operation")
    assert error.message == "the operation 'rm' is not known"
    assert error.remedy == "use one of fail, noop, or pass a bigger mapping"
    assert outside(runtime("a"), operations=()).message == "the operation 'noop' is not known"


def test_operations_are_checked_only_if_given() -> None:
    check_envelope([runtime("a", "anything at all")])
    with pytest.raises(EnvelopeViolation):
        check_envelope([runtime("a", "anything at all")], ["noop"])


def test_a_human_step_needs_no_operation() -> None:
    check_workflow(workflow(StepSpec(id="a", kind="human", payload={"operation": "unknown"})), {"noop"})
