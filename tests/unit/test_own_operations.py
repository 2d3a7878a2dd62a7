"""What may a user's own operation receive, return and do?"""

from collections.abc import Mapping
from typing import Any

import pytest
from small_runs import human, nested, runtime, workflow

from tier2 import (
    OPERATIONS,
    CanonicalError,
    Completed,
    ContractError,
    Event,
    ExecutionContext,
    Fail,
    Failed,
    Host,
    Operation,
    OrchestrationResult,
    Pure,
    Rehearsed,
    StepSpec,
    Tier2Error,
    digest,
    run_workflow,
)
from tier2.engine.execution import perform
from tier2.values.frozen import FrozenObject, JsonValue


def own(function: Any) -> OrchestrationResult:
    """A run of one step with an operation of one's own."""
    return run_workflow(
        workflow(runtime("s", "own", n=2)), ExecutionContext(initial_state={"n": 3}), {"own": Pure(function)}
    )


def test_a_users_pure_operation_works_as_ours() -> None:
    def product(payload: Mapping[str, JsonValue], state: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        left, right = payload["n"], state["n"]
        assert isinstance(left, int)
        assert isinstance(right, int)
        return {"product": left * right, "n": None}

    result = own(product)
    assert (result.outcome, result.final_state) == ("completed", {"product": 6})
    assert result.receipt.entries[0].event == Completed(step_id="s", output={"product": 6, "n": None})


def test_an_operation_gets_frozen_objects() -> None:
    seen: list[object] = []

    def look(payload: object, state: object) -> dict[str, JsonValue]:
        seen.extend((payload, state))
        return {}

    own(look)
    assert [type(value) for value in seen] == [FrozenObject, FrozenObject]


def test_an_operation_cannot_change_its_inputs() -> None:
    def spoil(_: Any, state: Any) -> dict[str, JsonValue]:
        state["n"] = 0
        return {}

    with pytest.raises(TypeError, match="a frozen object cannot be changed"):
        own(spoil)


def test_an_output_changed_later_has_no_effect() -> None:
    output: dict[str, Any] = {"list": [1]}
    result = own(lambda *_: output)
    known = digest(result)
    output["list"].append(2)
    output["more"] = 1
    assert (digest(result), result.final_state) == (known, {"list": (1,), "n": 3})


def test_a_users_host_operation_is_rehearsed() -> None:
    operations: dict[str, Operation] = {**OPERATIONS, "deploy": Host()}
    result = run_workflow(workflow(runtime("a", "deploy"), runtime("b")), ExecutionContext(), operations)
    assert [entry.event for entry in result.receipt.entries] == [
        Rehearsed(step_id="a"),
        Completed(step_id="b"),
    ]
    assert result.outcome == "rehearsed"


def test_a_user_may_replace_an_operation() -> None:
    operations: dict[str, Operation] = {**OPERATIONS, "noop": Pure(lambda *_: {"own": True})}
    assert run_workflow(workflow(runtime("a")), ExecutionContext(), operations).final_state == {"own": True}


@pytest.mark.parametrize(
    "error",
    [
        KeyError("n"),
        ValueError("theirs"),
        TypeError("theirs"),
        KeyboardInterrupt(),
        CanonicalError(code="own", path=(), message="theirs", remedy="none"),
        ContractError(code="own", path=(), message="theirs", remedy="none"),
    ],
)
def test_an_operations_exception_passes_through(error: BaseException) -> None:
    def raising(*_: object) -> dict[str, JsonValue]:
        raise error

    with pytest.raises(type(error)) as caught:
        own(raising)
    assert caught.value is error


CYCLE: dict[str, Any] = {}
CYCLE["a"] = CYCLE


@pytest.mark.parametrize(
    ("output", "code", "where"),
    [
        ([], "type", "$.output"),
        (None, "type", "$.output"),
        ("text", "type", "$.output"),
        ({1, 2}, "type", "$.output"),
        ({"a": {1}}, "type", "$.output.a"),
        ({"a": [float("nan")]}, "not-finite", "$.output.a[0]"),
        ({"a": float("-inf")}, "not-finite", "$.output.a"),
        ({"a": 2**53}, "number-range", "$.output.a"),
        ({"a": "\ud800"}, "surrogate", "$.output.a"),
        ({1: "a"}, "key-type", "$.output"),
        (CYCLE, "cycle", "$.output.a"),
        (nested(65), "depth", "$.output" + ".n" * 64),
    ],
)
def test_a_wrong_output_is_refused_with_its_path(output: Any, code: str, where: str) -> None:
    with pytest.raises(CanonicalError) as caught:
        own(lambda *_: output)
    assert (caught.value.code, caught.value.where) == (code, where)
    assert caught.value.message.startswith("the operation 'own' of step 's' gave a wrong output: ")
    assert caught.value.remedy
    assert caught.value.__suppress_context__


def test_an_output_64_deep_is_accepted() -> None:
    assert own(lambda *_: nested(64)).final_state == {**nested(64), "n": nested(64)["n"]}


@pytest.mark.parametrize(
    ("reason", "kind", "code"), [("a\ud800", CanonicalError, "surrogate"), (None, ContractError, "type")]
)
def test_a_wrong_reason_is_refused(reason: Any, kind: type[Tier2Error], code: str) -> None:
    with pytest.raises(kind) as caught:
        own(lambda *_: Fail(reason))
    assert (caught.value.code, caught.value.where) == (code, "$.reason")
    assert caught.value.message.startswith("the operation 'own' of step 's' gave a wrong reason: ")


@pytest.mark.parametrize(
    ("step", "event"),
    [
        (human("a"), Rehearsed(step_id="a")),
        (runtime("a", "tests.execute"), Rehearsed(step_id="a")),
        (runtime("a", "fail", reason="no"), Failed(step_id="a", reason="no")),
        (runtime("a", "state.merge", patch={"x": None}), Completed(step_id="a", output={"x": None})),
    ],
)
def test_perform_returns_the_steps_event(step: StepSpec, event: Event) -> None:
    assert perform(step, {}) == event
