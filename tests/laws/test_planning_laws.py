"""What holds for the plan of every mission?"""

import itertools
from collections.abc import Mapping
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from json_parts import backwards
from outcomes import Refused, outcome, refused
from short_plans import ids, plan
from strategies import SAFE, Json, json_objects, json_values, texts

from tier2.contracts.v1 import MAX_HUMAN_STEPS, MAX_TOTAL_STEPS, MissionSpec, StepSpec
from tier2.engine.limits import check_workflow
from tier2.engine.planning import build_workflow
from tier2.errors import AntiFailurePlanningError, InvalidParamsError, UnknownMissionError
from tier2.kinds import MissionType
from tier2.missions import MISSIONS
from tier2.values.canonical import canonical
from tier2.values.frozen import freeze

PERSON = "daily-confirm-priorities"
RUNTIME = ["daily-summarise-yesterday", "daily-generate-priorities", "daily-log-summary", "daily-archive"]
LIMITS = ("requested_steps", "requested_human_steps")

limits = st.one_of(
    st.integers(-3, 9), st.integers(-SAFE, SAFE), st.sampled_from([SAFE, -SAFE, 4.0, -0.0, 5.0, float(SAFE)])
)
"""Numbers of steps that `daily_loop` accepts."""

types = st.sampled_from(sorted(MISSIONS))


def daily_params() -> st.SearchStrategy[dict[str, Json]]:
    """Params that fit `daily_loop`: each limit present or not, among members that it does not know."""
    known = st.fixed_dictionaries({}, optional=dict.fromkeys(LIMITS, limits))
    unknown = json_objects().filter(lambda params: not params.keys() & {*LIMITS})
    return st.builds(lambda one, other: {**one, **other}, unknown, known)


def slow_daily_loop(params: Mapping[str, Json]) -> list[str]:
    """The ids of the steps of a daily loop, one by one."""
    found = [PERSON] if params.get("requested_human_steps", 1) >= 1 else []
    for step_id in RUNTIME:
        if len(found) < min(params.get("requested_steps", 4), 5):
            found.append(step_id)
    return found or ["daily-noop"]


@given(daily_params())
def test_a_daily_loop_has_the_steps_that_are_asked_for(params: dict[str, Json]) -> None:
    workflow = plan("daily_loop", params)
    check_workflow(workflow)
    assert ids(workflow) == slow_daily_loop(params)
    people = [step.id for step in workflow.steps if step.kind == "human"]
    assert people == [PERSON] * (PERSON in ids(workflow))
    assert 1 <= len(workflow.steps) <= MAX_TOTAL_STEPS == 5
    assert len(people) <= MAX_HUMAN_STEPS == 2


def test_every_pair_of_small_limits_gives_its_plan() -> None:
    for pair in itertools.product(range(-2, 9), repeat=2):
        params = dict(zip(LIMITS, pair, strict=True))
        assert ids(plan("daily_loop", params)) == slow_daily_loop(params)


@given(types, daily_params(), texts())
def test_plans_are_deterministic_and_keep_the_params(
    mission_type: str, params: dict[str, Json], target: str
) -> None:
    mission = MissionSpec(type=mission_type, params={**params, "target": target})
    before = canonical(mission)
    workflow = build_workflow(mission)
    assert workflow.id == f"wf-{mission_type.replace('_', '-')}"
    assert workflow.metadata == {"mission_type": mission_type, "params": mission.params}
    assert canonical(workflow.metadata["params"]) == canonical({**params, "target": target})
    for same in (mission, MissionSpec(type=mission_type, params=backwards({**params, "target": target}))):
        assert canonical(build_workflow(same)) == canonical(workflow)
    assert canonical(mission) == before


@given(texts())
def test_every_description_of_run_tests_has_the_target(target: str) -> None:
    workflow = plan("run_tests", {"target": target})
    assert ids(workflow) == ["tests-discover", "tests-execute", "tests-report"]
    for step in workflow.steps:
        assert str(step.payload["description"]).endswith(f"he tests of {target}.")


@given(st.sampled_from(LIMITS), json_values(max_leaves=3))
@example("requested_steps", 1e16)
def test_a_limit_is_accepted_or_refused_by_its_type(name: str, value: Json) -> None:
    kept = freeze(value)
    found = outcome(plan, "daily_loop", {name: value})
    if type(kept) is int:
        assert not isinstance(found, Refused)
        assert found.metadata["params"] == {name: kept}
        return
    # An integer beyond the exact doubles is frozen as a float; it is an integer all the same.
    code = "bound" if isinstance(kept, float) and kept.is_integer() else "type"
    assert isinstance(found, Refused)
    assert (found.kind, found.code, found.where) == (InvalidParamsError, code, f"$.params.{name}")


@given(texts().filter(lambda name: name not in MISSIONS), json_objects())
def test_an_unknown_mission_type_is_always_refused(mission_type: str, params: dict[str, Json]) -> None:
    found = refused(plan, mission_type, params)
    assert found.kind is UnknownMissionError
    assert "daily_loop, echo, run_tests" in f"{found.message}; {found.remedy}"


@given(st.lists(st.sampled_from(["human", "runtime"]), max_size=8), st.booleans())
def test_a_template_is_held_to_the_limits(kinds: list[Any], repeated: bool) -> None:
    steps = [
        StepSpec(id="same" if repeated else f"s{i}", kind=kind, payload={"operation": "noop"})
        for i, kind in enumerate(kinds)
    ]
    found = outcome(build_workflow, MissionSpec(type="mine"), {"mine": MissionType(dict, lambda _: steps)})
    if 1 <= len(kinds) <= 5 and kinds.count("human") <= 2 and not (repeated and len(kinds) > 1):
        assert not isinstance(found, Refused)
        assert found.steps == tuple(steps)
    else:
        assert isinstance(found, Refused)
        assert found.kind is AntiFailurePlanningError
