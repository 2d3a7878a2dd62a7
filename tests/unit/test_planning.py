"""Which workflow does `build_workflow` plan, and what does it refuse?"""

from collections.abc import Mapping
from typing import Any

import pytest
from short_plans import ids, plan

from tier2.contracts.v1 import MissionSpec
from tier2.engine.planning import build_workflow
from tier2.errors import (
    CanonicalError,
    InvalidParamsError,
    UnknownMissionError,
)
from tier2.missions import MISSIONS

CONFIRM, SUMMARISE, PRIORITIES, LOG, ARCHIVE = (
    "daily-confirm-priorities",
    "daily-summarise-yesterday",
    "daily-generate-priorities",
    "daily-log-summary",
    "daily-archive",
)


def planned(params: Mapping[str, Any]) -> list[str]:
    return ids(plan("daily_loop", params))


def test_the_daily_loop_is_planned_whole() -> None:
    params = {"requested_steps": 5, "requested_human_steps": 1, "mine": [1.0]}
    assert plan("daily_loop", params).to_dict() == {
        "contract": "tier2.workflow/v1",
        "id": "wf-daily-loop",
        "steps": [
            {
                "id": "daily-confirm-priorities",
                "kind": "human",
                "payload": {"description": "Confirm or change today's priorities."},
            },
            {
                "id": "daily-summarise-yesterday",
                "kind": "runtime",
                "payload": {
                    "description": "Summarise what was completed yesterday and what is carried over.",
                    "operation": "daily.summarise_yesterday",
                },
            },
            {
                "id": "daily-generate-priorities",
                "kind": "runtime",
                "payload": {
                    "description": "Rank the open tasks and name the top three.",
                    "operation": "daily.generate_priorities",
                },
            },
            {
                "id": "daily-log-summary",
                "kind": "runtime",
                "payload": {
                    "description": "Write the day's entry into the journal.",
                    "operation": "daily.log_summary",
                },
            },
            {
                "id": "daily-archive",
                "kind": "runtime",
                "payload": {
                    "description": "Move the completed tasks to the archive.",
                    "operation": "daily.archive",
                },
            },
        ],
        "metadata": {"mission_type": "daily_loop", "params": params},
    }


def test_run_tests_is_planned_with_its_target() -> None:
    operations = [("discover", "Discover the tests of"), ("execute", "Run the tests of")]
    operations.append(("report", "Report the outcome of the tests of"))
    assert plan("run_tests", {"target": "tests/unit"}).to_dict() == {
        "contract": "tier2.workflow/v1",
        "id": "wf-run-tests",
        "steps": [
            {
                "id": f"tests-{name}",
                "kind": "runtime",
                "payload": {"description": f"{words} tests/unit.", "operation": f"tests.{name}"},
            }
            for name, words in operations
        ],
        "metadata": {"mission_type": "run_tests", "params": {"target": "tests/unit"}},
    }


def test_run_tests_has_all_tests_as_default_target() -> None:
    assert [step.payload["description"] for step in plan("run_tests").steps] == [
        "Discover the tests of all.",
        "Run the tests of all.",
        "Report the outcome of the tests of all.",
    ]
    assert plan("run_tests").metadata["params"] == {}


def test_echo_is_planned_whole() -> None:
    assert plan("echo", {"anything": None}).to_dict() == {
        "contract": "tier2.workflow/v1",
        "id": "wf-echo",
        "steps": [
            {
                "id": "echo",
                "kind": "runtime",
                "payload": {"description": "Do nothing, and prove it.", "operation": "noop"},
            }
        ],
        "metadata": {"mission_type": "echo", "params": {"anything": None}},
    }


@pytest.mark.parametrize(
    ("params", "steps"),
    [
        ({}, [CONFIRM, SUMMARISE, PRIORITIES, LOG]),
        ({"requested_steps": 4}, [CONFIRM, SUMMARISE, PRIORITIES, LOG]),
        ({"requested_human_steps": 1}, [CONFIRM, SUMMARISE, PRIORITIES, LOG]),
        ({"requested_human_steps": 0}, [SUMMARISE, PRIORITIES, LOG, ARCHIVE]),
        ({"requested_human_steps": -3}, [SUMMARISE, PRIORITIES, LOG, ARCHIVE]),
        ({"requested_human_steps": 2}, [CONFIRM, SUMMARISE, PRIORITIES, LOG]),
        ({"requested_human_steps": 99}, [CONFIRM, SUMMARISE, PRIORITIES, LOG]),
        ({"requested_steps": 5}, [CONFIRM, SUMMARISE, PRIORITIES, LOG, ARCHIVE]),
        ({"requested_steps": 6}, [CONFIRM, SUMMARISE, PRIORITIES, LOG, ARCHIVE]),
        ({"requested_steps": 2**53 - 1}, [CONFIRM, SUMMARISE, PRIORITIES, LOG, ARCHIVE]),
        ({"requested_steps": 5, "requested_human_steps": 0}, [SUMMARISE, PRIORITIES, LOG, ARCHIVE]),
        ({"requested_steps": 3}, [CONFIRM, SUMMARISE, PRIORITIES]),
        ({"requested_steps": 2}, [CONFIRM, SUMMARISE]),
        ({"requested_steps": 1}, [CONFIRM]),
        ({"requested_steps": 1, "requested_human_steps": 0}, [SUMMARISE]),
        ({"requested_steps": 1, "requested_human_steps": 2}, [CONFIRM]),
        ({"requested_steps": 0}, [CONFIRM]),
        ({"requested_steps": -7}, [CONFIRM]),
        ({"requested_steps": 0, "requested_human_steps": 0}, ["daily-noop"]),
        ({"requested_steps": -1, "requested_human_steps": -1}, ["daily-noop"]),
        ({"requested_steps": -(2**53) + 1, "requested_human_steps": -(2**53) + 1}, ["daily-noop"]),
        ({"requested_steps": 4.0, "requested_human_steps": -0.0}, [SUMMARISE, PRIORITIES, LOG, ARCHIVE]),
    ],
)
def test_params_choose_the_steps_of_the_daily_loop(params: dict[str, Any], steps: list[str]) -> None:
    assert planned(params) == steps


def test_an_empty_daily_loop_has_one_noop_step() -> None:
    (step,) = plan("daily_loop", {"requested_steps": 0, "requested_human_steps": 0}).steps
    assert step.kind == "runtime"
    assert step.payload == {"description": "Nothing was asked for, so nothing is done.", "operation": "noop"}


@pytest.mark.parametrize("name", ["requested_steps", "requested_human_steps"])
@pytest.mark.parametrize("value", ["4", True, False, None, 4.5, [], {}, 5e-6])
def test_a_limit_must_be_an_integer(name: str, value: Any) -> None:
    mission = MissionSpec(type="daily_loop", params={name: value})
    with pytest.raises(InvalidParamsError) as caught:
        build_workflow(mission)
    assert (caught.value.code, caught.value.where) == ("type", f"$.params.{name}")
    assert caught.value.message.startswith("expected `int`, got ")
    assert caught.value.remedy == "give it the type that the contract says"


@pytest.mark.parametrize("name", ["requested_steps", "requested_human_steps"])
@pytest.mark.parametrize("value", [1e21, 9007199254740992.0, -9007199254740992.0])
def test_a_limit_beyond_2_to_the_53_is_out_of_range(name: str, value: float) -> None:
    with pytest.raises(InvalidParamsError) as caught:
        build_workflow(MissionSpec(type="daily_loop", params={name: value}))
    assert (caught.value.code, caught.value.where) == ("bound", f"$.params.{name}")
    assert caught.value.message.startswith(f"expected `int` {'<=' if value > 0 else '>='} ")


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**30])
def test_a_mission_refuses_a_limit_that_is_too_large(value: int) -> None:
    with pytest.raises(CanonicalError) as caught:
        MissionSpec(type="daily_loop", params={"requested_steps": value})
    assert (caught.value.code, caught.value.where) == ("number-range", "$.params.requested_steps")


@pytest.mark.parametrize("value", [None, 1, True, ["tests"], {"a": 1}])
def test_a_target_must_be_a_string(value: Any) -> None:
    with pytest.raises(InvalidParamsError) as caught:
        plan("run_tests", {"target": value})
    assert (caught.value.code, caught.value.where) == ("type", "$.params.target")


def test_unknown_params_are_kept() -> None:
    params = {"unknown": {"deep": [1, None, {"x": 1e21}]}, "requested_steps": 1}
    for mission_type in MISSIONS:
        assert plan(mission_type, params).to_dict()["metadata"] == {
            "mission_type": mission_type,
            "params": params,
        }


def test_the_metadata_shares_the_missions_params() -> None:
    mission = MissionSpec(type="echo", params={"a": {"b": 1}})
    assert build_workflow(mission).metadata["params"] is mission.params


def test_params_too_deep_for_the_metadata_are_refused() -> None:
    deep: Any = 1
    for _ in range(63):
        deep = [deep]
    with pytest.raises(InvalidParamsError) as caught:
        plan("echo", {"a": deep})
    assert (caught.value.code, caught.value.where) == ("depth", "$.params")
    assert plan("echo", {"a": deep[0]}).metadata["params"]


def test_an_unknown_type_lists_the_known_ones() -> None:
    with pytest.raises(UnknownMissionError) as caught:
        plan("daily-loop")
    assert isinstance(caught.value, ValueError)
    assert (caught.value.code, caught.value.where) == ("unknown-mission", "$.type")
    assert caught.value.message == "the mission type 'daily-loop' is not known"
    assert "daily_loop, echo, run_tests" in caught.value.remedy


def test_only_the_given_mission_types_are_known() -> None:
    with pytest.raises(UnknownMissionError, match="use one of mine, or"):
        build_workflow(MissionSpec(type="echo"), {"mine": MISSIONS["echo"]})


def test_built_in_missions_cannot_be_changed() -> None:
    assert sorted(MISSIONS) == ["daily_loop", "echo", "run_tests"]
    with pytest.raises(TypeError):
        MISSIONS["mine"] = MISSIONS["echo"]  # type: ignore[index]  # on purpose
    with pytest.raises(TypeError):
        del MISSIONS["echo"]  # type: ignore[attr-defined]  # on purpose
    assert sorted(MISSIONS) == ["daily_loop", "echo", "run_tests"]


def test_planning_does_not_change_the_mission() -> None:
    mission = MissionSpec(type="daily_loop", params={"requested_steps": 9})
    before = mission.to_dict()
    build_workflow(mission)
    assert mission.to_dict() == before
