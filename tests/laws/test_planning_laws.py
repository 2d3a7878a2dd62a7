"""What holds for every plan, whatever the params?"""

import itertools
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import SAFE, Json, json_objects, json_values, texts

from tier2.contracts.v1 import MAX_HUMAN_STEPS, MAX_TOTAL_STEPS, MissionSpec, StepSpec, WorkflowDefinition
from tier2.contracts.views import view
from tier2.engine.limits import check_workflow
from tier2.engine.planning import build_workflow
from tier2.errors import AntiFailurePlanningError, InvalidParamsError, UnknownMissionError
from tier2.kinds import MissionType
from tier2.missions import MISSIONS
from tier2.values.canonical import canonical
from tier2.values.frozen import freeze

RUNTIME = ["daily-summarise-yesterday", "daily-generate-priorities", "daily-log-summary", "daily-archive"]

bounds = st.one_of(
    st.integers(-3, 9), st.integers(-SAFE, SAFE), st.sampled_from([SAFE, -SAFE, 4.0, -0.0, 5.0, float(SAFE)])
)
"""What `daily_loop` takes for a number of steps."""

types = st.sampled_from(sorted(MISSIONS))


@st.composite
def daily_params(draw: st.DrawFn) -> dict[str, Json]:
    """Params that fit `daily_loop`: either bound present or not, among members that it does not know."""
    params = draw(json_objects())
    params.pop("requested_steps", None)
    params.pop("requested_human_steps", None)
    return {**params, **draw(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, bounds)))}


NAMES = ("requested_steps", "requested_human_steps")


def daily(params: dict[str, Any]) -> WorkflowDefinition:
    return build_workflow(MissionSpec(type="daily_loop", params=params))


def ids(workflow: WorkflowDefinition) -> list[str]:
    return [step.id for step in workflow.steps]


def people(workflow: WorkflowDefinition) -> int:
    return sum(step.kind == "human" for step in workflow.steps)


@given(daily_params())
def test_every_plan_is_within_the_limits_and_the_envelope(params: dict[str, Json]) -> None:
    workflow = daily(params)
    check_workflow(workflow)
    assert 1 <= len(workflow.steps) <= MAX_TOTAL_STEPS == 5
    assert people(workflow) <= MAX_HUMAN_STEPS == 2


@given(daily_params())
def test_the_person_comes_first_and_only_where_asked_for(params: dict[str, Json]) -> None:
    kinds = [step.kind for step in daily(params).steps]
    wanted = params.get("requested_human_steps", 1) >= 1
    assert "human" not in kinds[1:]
    assert (kinds[0] == "human") == wanted


@given(daily_params())
def test_runtime_steps_come_in_their_order_and_none_is_left_out(params: dict[str, Json]) -> None:
    runtime = [step.id for step in daily(params).steps if step.kind == "runtime"]
    assert runtime in (
        [RUNTIME[:count] for count in range(5)] if runtime != ["daily-noop"] else [["daily-noop"]]
    )


@given(daily_params())
def test_the_bounds_are_upper_bounds_and_are_used_up_where_there_are_steps(params: dict[str, Json]) -> None:
    workflow = daily(params)
    asked = max(0, min(params.get("requested_steps", 4), 5))
    available = 4 + people(workflow)
    assert len(workflow.steps) == max(1, min(asked, available))
    assert (ids(workflow) == ["daily-noop"]) == (asked == 0 and people(workflow) == 0)


@given(daily_params(), bounds, bounds)
def test_asking_for_more_steps_never_gives_fewer(params: dict[str, Json], one: float, other: float) -> None:
    fewer, more = sorted((one, other))
    less = ids(daily({**params, "requested_steps": fewer}))
    assert ids(daily({**params, "requested_steps": more}))[: len(less)] == less or less == ["daily-noop"]
    assert len(ids(daily({**params, "requested_steps": more}))) >= len(less)


@given(daily_params(), bounds, bounds)
def test_asking_for_more_people_never_gives_fewer(params: dict[str, Json], one: float, other: float) -> None:
    fewer, more = sorted((one, other))
    less, greater = (daily({**params, "requested_human_steps": bound}) for bound in (fewer, more))
    assert people(less) <= people(greater)
    assert len(less.steps) <= len(greater.steps)


@given(bounds, bounds)
def test_what_is_beyond_the_limits_is_cut_to_them(steps: float, human: float) -> None:
    cut = {"requested_steps": max(0, min(steps, 5)), "requested_human_steps": max(0, min(human, 2))}
    assert daily({"requested_steps": steps, "requested_human_steps": human}).steps == daily(cut).steps


@given(types, daily_params(), texts())
def test_the_params_are_kept_whole_in_the_metadata_of_every_type(
    mission_type: str, params: dict[str, Json], target: str
) -> None:
    mission = MissionSpec(type=mission_type, params={**params, "target": target})
    before = canonical(mission)
    workflow = build_workflow(mission)
    assert workflow.metadata == {"mission_type": mission_type, "params": mission.params}
    assert canonical(workflow.metadata["params"]) == canonical({**params, "target": target})
    assert (
        workflow.id
        == {"daily_loop": "wf-daily-loop", "run_tests": "wf-run-tests", "echo": "wf-echo"}[mission_type]
    )
    assert canonical(mission) == before


@given(types, daily_params(), texts())
def test_planning_is_deterministic_and_blind_to_the_order_of_params(
    mission_type: str, params: dict[str, Json], target: str
) -> None:
    whole = {**params, "target": target}
    turned = {key: whole[key] for key in reversed(whole)}
    plans = [build_workflow(MissionSpec(type=mission_type, params=given)) for given in (whole, whole, turned)]
    assert len({canonical(plan) for plan in plans}) == 1


@given(texts())
def test_the_target_stands_in_every_description(target: str) -> None:
    steps = build_workflow(MissionSpec(type="run_tests", params={"target": target})).steps
    assert [step.id for step in steps] == ["tests-discover", "tests-execute", "tests-report"]
    assert all(str(step.payload["description"]).endswith(f"he tests of {target}.") for step in steps)


@given(st.sampled_from(NAMES), json_values(max_leaves=3))
@example("requested_steps", 1e16)
def test_a_bound_is_taken_or_refused_by_its_type_alone(name: str, value: Json) -> None:
    kept = freeze(value)
    mission = MissionSpec(type="daily_loop", params={name: value})
    if type(kept) is int:
        assert build_workflow(mission).metadata["params"] == {name: kept}
        return
    with pytest.raises(InvalidParamsError) as caught:
        build_workflow(mission)
    # An integer beyond the exact doubles is frozen as a float, and one all the same.
    code = "bound" if isinstance(kept, float) and kept.is_integer() else "type"
    assert (caught.value.code, caught.value.where) == (code, f"$.params.{name}")


@given(texts().filter(lambda name: name not in MISSIONS), json_objects())
def test_a_type_that_is_not_known_is_refused_whatever_the_params(
    mission_type: str, params: dict[str, Json]
) -> None:
    mission = MissionSpec(type=mission_type, params=params)
    with pytest.raises(UnknownMissionError, match="daily_loop, echo, run_tests"):
        build_workflow(mission)


@given(st.lists(st.sampled_from(["human", "runtime"]), max_size=8), st.booleans())
def test_a_template_gets_its_plan_exactly_where_it_is_within_the_limits(
    kinds: list[Any], repeated: bool
) -> None:
    steps = [
        StepSpec(id="same" if repeated else f"s{i}", kind=kind, payload={"operation": "noop"})
        for i, kind in enumerate(kinds)
    ]
    missions = {"mine": MissionType(dict, lambda _: steps)}
    allowed = 1 <= len(kinds) <= 5 and kinds.count("human") <= 2 and not (repeated and len(kinds) > 1)
    if allowed:
        assert build_workflow(MissionSpec(type="mine"), missions).steps == tuple(steps)
        return
    with pytest.raises(AntiFailurePlanningError):
        build_workflow(MissionSpec(type="mine"), missions)


@given(json_objects())
def test_a_view_leaves_the_object_as_it_was(value: dict[str, Json]) -> None:
    before = repr(value)
    view(value, dict)
    assert repr(value) == before


def test_every_pair_of_small_bounds_gives_a_plan_within_them() -> None:
    pairs = list(itertools.product(range(-2, 9), repeat=2))
    plans = [daily({"requested_steps": steps, "requested_human_steps": human}) for steps, human in pairs]
    assert [len(plan.steps) for plan in plans] == [
        max(1, min(max(0, min(steps, 5)), 4 + (human > 0))) for steps, human in pairs
    ]
    assert [people(plan) for plan in plans] == [int(human > 0) for _, human in pairs]
