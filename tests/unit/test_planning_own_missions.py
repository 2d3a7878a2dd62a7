"""What may a user's own mission type plan, and what is refused?"""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from short_plans import ids, plan

from tier2.contracts.v1 import MissionSpec, StepSpec
from tier2.engine.planning import build_workflow
from tier2.errors import (
    AntiFailurePlanningError,
    CanonicalError,
    ContractError,
    InvalidParamsError,
)
from tier2.kinds import MissionType, runtime
from tier2.missions import MISSIONS
from tier2.values.frozen import FrozenObject

# Mission types of a user's own


class Deploy(msgspec.Struct, frozen=True):
    """Params of a user's own."""

    service: str
    replicas: int = 1
    ratio: float = 1.0
    approvers: tuple[str, ...] = ()


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Params that allow no others."""

    level: int = 0

    def __post_init__(self) -> None:
        if self.level < 0:
            raise ValueError("" if self.level < -1 else "Levels start at zero")


def deploy_steps(params: Deploy) -> Iterable[StepSpec]:
    for name in params.approvers:
        yield StepSpec(id=f"approve-{name}", kind="human", payload={"description": f"{name} approves."})
    yield runtime(
        "deploy", f"Deploy {params.replicas} of {params.service} at {params.ratio}.", "deploy.start"
    )


MINE = {**MISSIONS, "deploy_it": MissionType(Deploy, deploy_steps)}


def test_a_users_mission_type_is_planned() -> None:
    params: dict[str, Any] = {"service": "web", "replicas": 2.0, "approvers": ["ann", "bo"], "note": "kept"}
    workflow = build_workflow(MissionSpec(type="deploy_it", params=params), MINE)
    assert workflow.id == "wf-deploy-it"
    assert ids(workflow) == ["approve-ann", "approve-bo", "deploy"]
    assert workflow.steps[2].payload["description"] == "Deploy 2 of web at 1.0."
    assert workflow.to_dict()["metadata"] == {
        "mission_type": "deploy_it",
        "params": {**params, "replicas": 2},
    }
    assert "deploy_it" not in MISSIONS
    assert build_workflow(MissionSpec(type="echo"), MINE) == plan("echo")


@pytest.mark.parametrize("ratio", [0.5, 3e-6, 1e21, 2.0**53])
def test_a_users_struct_gets_floats_as_floats(ratio: float) -> None:
    workflow = build_workflow(MissionSpec(type="deploy_it", params={"service": "s", "ratio": ratio}), MINE)
    assert workflow.steps[0].payload["description"] == f"Deploy 1 of s at {ratio!r}."


@pytest.mark.parametrize(
    ("params", "code", "where"),
    [
        ({}, "missing-field", "$.params.service"),
        ({"service": 1}, "type", "$.params.service"),
        ({"service": "s", "approvers": ["a", 1]}, "type", "$.params.approvers[1]"),
        ({"service": "s", "approvers": "ann"}, "type", "$.params.approvers"),
    ],
)
def test_params_must_fit_the_users_struct(params: Any, code: str, where: str) -> None:
    mission = MissionSpec(type="deploy_it", params=params)
    with pytest.raises(InvalidParamsError) as caught:
        build_workflow(mission, MINE)
    assert (caught.value.code, caught.value.where) == (code, where)
    assert isinstance(caught.value, ValueError)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("params", "code", "where", "message"),
    [
        ({"a b": 1}, "unknown-field", '$.params["a b"]', "object contains unknown field `a b`"),
        ({"level": -1}, "type", "$.params", "levels start at zero"),
        ({"level": -2}, "type", "$.params", ""),
    ],
)
def test_a_users_struct_may_forbid_unknown_params(params: Any, code: str, where: str, message: str) -> None:
    missions = {"strict": MissionType(Strict, lambda _: [runtime("a", "A.", "noop")])}
    mission = MissionSpec(type="strict", params=params)
    with pytest.raises(InvalidParamsError) as caught:
        build_workflow(mission, missions)
    assert (caught.value.code, caught.value.where, caught.value.message) == (code, where, message)
    assert build_workflow(MissionSpec(type="strict", params={"level": 1}), missions).id == "wf-strict"


# Templates that plan badly


def with_steps(steps: Any) -> dict[str, MissionType]:
    return {"bad_one": MissionType(Deploy, lambda _: steps)}


def step(step_id: str, kind: Any = "runtime", **payload: Any) -> StepSpec:
    return StepSpec(id=step_id, kind=kind, payload=payload or {"operation": "noop"})


@pytest.mark.parametrize(
    ("steps", "code", "where", "message"),
    [
        ([], "envelope", "$.steps", "the workflow has no step"),
        ([step("a"), step("a")], "envelope", "$.steps[1].id", "the id 'a' is already that of step 0"),
        ([step(f"s{i}") for i in range(6)], "limits", "$.steps", "6 steps are more than 5"),
        ([step(f"s{i}", "human") for i in range(3)], "limits", "$.steps", "3 human steps are more than 2"),
        (
            [step("a", "robot")],
            "envelope",
            "$.steps[0].kind",
            "the kind 'robot' of step 'a' is not in the envelope",
        ),
        (
            [step("a", x=1)],
            "envelope",
            "$.steps[0].payload.operation",
            "the runtime step 'a' names no operation",
        ),
        ([{"id": "a"}], "type", "$.steps[0]", "WorkflowDefinition holds StepSpec here, not dict"),
    ],
)
def test_a_template_beyond_the_limits_is_an_error(steps: Any, code: str, where: str, message: str) -> None:
    mission = MissionSpec(type="bad_one", params={"service": "s"})
    with pytest.raises(AntiFailurePlanningError) as caught:
        build_workflow(mission, with_steps(steps))
    assert (caught.value.code, caught.value.where) == (code, where)
    assert caught.value.message == f"the template of 'bad_one' planned a wrong workflow: {message}"
    assert caught.value.remedy.startswith("correct the template: ")
    assert not isinstance(caught.value, ValueError)


def test_unknown_operations_can_be_planned() -> None:
    missions = with_steps([step("a", operation="of.my.own")])
    assert ids(build_workflow(MissionSpec(type="bad_one", params={"service": "s"}), missions)) == ["a"]


@pytest.mark.parametrize(
    "raised",
    [
        KeyError("mine"),
        ValueError("mine"),
        ContractError(code="type", path=("x",), message="mine", remedy="r"),
        CanonicalError(code="depth", path=("x",), message="mine", remedy="r"),
    ],
    ids=lambda raised: type(raised).__name__,
)
def test_a_templates_exception_passes_through(raised: Exception) -> None:
    def template(_: Deploy) -> Iterable[StepSpec]:
        raise raised

    mission = MissionSpec(type="mine", params={"service": "s"})
    with pytest.raises(type(raised)) as caught:
        build_workflow(mission, {"mine": MissionType(Deploy, template)})
    assert caught.value is raised


def test_a_templates_wrong_step_is_not_the_params_fault() -> None:
    def template(_: Deploy) -> Iterable[StepSpec]:
        return [StepSpec(id="a", kind="human", payload={"n": float("nan")})]

    mission = MissionSpec(type="mine", params={"service": "s"})
    with pytest.raises(CanonicalError, match=r"\$\.payload\.n"):
        build_workflow(mission, {"mine": MissionType(Deploy, template)})


def test_a_mission_type_cannot_be_changed() -> None:
    echo = MISSIONS["echo"]
    with pytest.raises(AttributeError, match="cannot be changed"):
        echo.plan = MISSIONS["run_tests"].plan
    with pytest.raises(AttributeError):
        echo.other = 1
    with pytest.raises(AttributeError):
        del echo.plan
    assert ids(plan("echo")) == ["echo"]


def test_a_template_sees_no_later_changes() -> None:
    seen: list[Deploy] = []

    def template(params: Deploy) -> Iterable[StepSpec]:
        seen.append(params)
        return deploy_steps(params)

    given: dict[str, Any] = {"service": "s", "approvers": ["ann"]}
    workflow = build_workflow(MissionSpec(type="mine", params=given), {"mine": MissionType(Deploy, template)})
    given["approvers"].append("bo")
    assert seen == [Deploy(service="s", approvers=("ann",))]
    assert isinstance(workflow.metadata, FrozenObject)
    assert workflow.metadata["params"] == {"service": "s", "approvers": ("ann",)}
