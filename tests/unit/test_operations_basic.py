"""What do the operations without a mission type do, and which operations are there?"""

from typing import Any, cast

import pytest

from tier2.contracts.v1 import ExecutionContext, StepSpec, WorkflowDefinition
from tier2.engine.execution import run_workflow
from tier2.kinds import Fail, Host, Pure
from tier2.missions import OPERATIONS, basic
from tier2.values.frozen import JsonValue


def test_the_built_in_operations_are_these() -> None:
    kinds = {name: type(operation) for name, operation in OPERATIONS.items()}
    assert kinds == {
        "daily.archive": Pure,
        "daily.generate_priorities": Pure,
        "daily.log_summary": Pure,
        "daily.summarise_yesterday": Pure,
        "fail": Pure,
        "noop": Pure,
        "state.merge": Pure,
        "tests.discover": Host,
        "tests.execute": Host,
        "tests.report": Pure,
    }


def test_built_in_operations_cannot_be_added() -> None:
    with pytest.raises(TypeError):
        cast("Any", OPERATIONS)["mine"] = Host()
    assert "mine" not in OPERATIONS


@pytest.mark.parametrize(
    ("thing", "field"), [(Fail("why"), "reason"), (Pure(basic.noop), "function")], ids=["fail", "pure"]
)
def test_operations_and_failures_cannot_be_changed(thing: Fail | Pure, field: str) -> None:
    with pytest.raises(AttributeError):
        setattr(thing, field, None)


def test_noop_returns_an_empty_output() -> None:
    assert basic.noop({"patch": {"a": 1}, "reason": "x"}, {"b": 2}) == {}


def test_fail_returns_the_payloads_reason() -> None:
    assert basic.fail({"reason": "the disk is full"}, {}) == Fail("the disk is full")
    assert basic.fail({"reason": ""}, {"reason": "of the state"}) == Fail("")


@pytest.mark.parametrize("payload", [{}, {"reason": None}, {"reason": 7}, {"reason": ["x"]}])
def test_fail_without_a_reason_has_a_default(payload: dict[str, JsonValue]) -> None:
    assert basic.fail(payload, {"reason": "of the state"}) == Fail("failed as asked")


def test_merge_returns_the_payloads_patch() -> None:
    patch: dict[str, JsonValue] = {"a": None, "b": {"c": [1, None]}}
    assert basic.merge({"patch": patch}, {"a": 1}) == patch
    assert basic.merge({"patch": {}}, {"a": 1}) == {}


@pytest.mark.parametrize("payload", [{}, {"patch": None}, {"patch": [1]}, {"patch": "{}"}, {"patch": 1}])
def test_merge_without_a_patch_object_fails(payload: dict[str, JsonValue]) -> None:
    assert basic.merge(payload, {"patch": {}}) == Fail("the payload has no patch object")


def test_a_null_in_a_patch_deletes_a_member() -> None:
    payload: dict[str, JsonValue] = {
        "operation": "state.merge",
        "patch": {"gone": None, "kept": {"inner": 2}},
    }
    workflow = WorkflowDefinition(id="wf", steps=(StepSpec(id="merge", kind="runtime", payload=payload),))
    context = ExecutionContext(initial_state={"gone": 1, "kept": {"inner": 1, "other": 1}})
    assert run_workflow(workflow, context).final_state == {"kept": {"inner": 2, "other": 1}}
