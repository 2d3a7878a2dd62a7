"""What does a caller of the planner see? One test for each behaviour that callers rely on."""

import os
import subprocess
import sys
from typing import Any

import pytest

from tier2 import (
    MISSIONS,
    OPERATIONS,
    ExecutionContext,
    MissionSpec,
    Orchestrator,
    UnknownMissionError,
    WorkflowDefinition,
    build_workflow,
    canonical,
    decode,
    digest,
    run_workflow,
    start,
)

EVERY_TYPE = pytest.mark.parametrize("type", sorted(MISSIONS))

DAY: dict[str, Any] = {
    "today": "2026-03-03",
    "tasks": [
        {"text": "Water the plants", "done": False, "created": "2026-03-01"},
        {"text": "Pay the rent", "done": False, "priority": "A", "due": "2026-03-03"},
        {"text": "Call the bank", "done": True, "completed": "2026-03-02"},
    ],
}


def plan(type: str, **params: Any) -> WorkflowDefinition:
    return build_workflow(MissionSpec(type=type, params=params))


def people(workflow: WorkflowDefinition) -> int:
    return sum(step.kind == "human" for step in workflow.steps)


def test_builder_gives_a_valid_workflow_for_daily_loop() -> None:
    workflow = plan("daily_loop")
    assert workflow.id == "wf-daily-loop"
    assert [(step.id, step.kind, step.payload.get("operation")) for step in workflow.steps] == [
        ("daily-confirm-priorities", "human", None),
        ("daily-summarise-yesterday", "runtime", "daily.summarise_yesterday"),
        ("daily-generate-priorities", "runtime", "daily.generate_priorities"),
        ("daily-log-summary", "runtime", "daily.log_summary"),
    ]
    assert decode(canonical(workflow), WorkflowDefinition) == workflow


def test_builder_gives_a_valid_workflow_for_run_tests() -> None:
    workflow = plan("run_tests", target="tests/unit")
    assert workflow.id == "wf-run-tests"
    assert [(step.id, step.kind, step.payload["operation"]) for step in workflow.steps] == [
        ("tests-discover", "runtime", "tests.discover"),
        ("tests-execute", "runtime", "tests.execute"),
        ("tests-report", "runtime", "tests.report"),
    ]
    assert all("tests/unit" in str(step.payload["description"]) for step in workflow.steps)
    assert decode(canonical(workflow), WorkflowDefinition) == workflow


def test_unknown_mission_type_is_a_value_error_that_lists_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match="'make_coffee' is not known; use one of daily_loop, echo, run_tests"
    ) as caught:
        plan("make_coffee")
    assert isinstance(caught.value, UnknownMissionError)


@EVERY_TYPE
def test_limits_are_respected_by_default(type: str) -> None:
    workflow = plan(type)
    assert 1 <= len(workflow.steps) <= 5
    assert people(workflow) <= 2


@pytest.mark.parametrize("asked", [5, 6, 100, 2**53 - 1])
def test_excessive_steps_are_truncated(asked: int) -> None:
    workflow = plan("daily_loop", requested_steps=asked)
    assert [step.id for step in workflow.steps] == [
        "daily-confirm-priorities",
        "daily-summarise-yesterday",
        "daily-generate-priorities",
        "daily-log-summary",
        "daily-archive",
    ]


@pytest.mark.parametrize("asked", [1, 2, 3, 100, 2**53 - 1])
def test_excessive_human_steps_are_truncated(asked: int) -> None:
    workflow = plan("daily_loop", requested_human_steps=asked, requested_steps=100)
    assert people(workflow) == 1
    assert len(workflow.steps) == 5
    assert workflow.steps == plan("daily_loop", requested_human_steps=2, requested_steps=5).steps


@EVERY_TYPE
def test_builder_is_deterministic(type: str) -> None:
    assert canonical(plan(type)) == canonical(plan(type))
    assert digest(plan("daily_loop", a=1, b=[2.0])) == digest(plan("daily_loop", b=[2], a=1.0))


def test_builder_is_deterministic_across_runs() -> None:
    program = """
from tier2 import *
for type in sorted(MISSIONS):
    workflow = build_workflow(MissionSpec(type=type, params={word: word for word in {"a", "b", "c", "d"}}))
    print(digest(workflow), digest(run_workflow(workflow, ExecutionContext())))
"""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1234")
    ]
    params = {word: word for word in "dcba"}
    workflows = [build_workflow(MissionSpec(type=name, params=params)) for name in sorted(MISSIONS)]
    here = [
        f"{digest(workflow)} {digest(run_workflow(workflow, ExecutionContext()))}" for workflow in workflows
    ]
    assert [output.decode().split("\n") for output in outputs] == [[*here, ""], [*here, ""]]


def test_builder_integrates_with_the_orchestrator() -> None:
    workflow = plan("daily_loop", requested_steps=5)
    result = Orchestrator().run_workflow(workflow, ExecutionContext(initial_state=DAY))
    assert result.lineage.mission_type == "daily_loop"
    assert result.lineage.workflow_sha256 == digest(workflow)
    assert result.receipt.steps == tuple(step.id for step in workflow.steps)
    assert result.final_state == {
        "today": "2026-03-03",
        "tasks": (
            {"text": "Water the plants", "done": False, "created": "2026-03-01"},
            {"text": "Pay the rent", "done": False, "priority": "A", "due": "2026-03-03"},
        ),
        "yesterday": {
            "date": "2026-03-02",
            "completed": ("Call the bank",),
            "carried_over": ("Water the plants", "Pay the rent"),
        },
        "priorities": ("Pay the rent", "Water the plants"),
        "journal": (
            {
                "date": "2026-03-03",
                "completed": ("Call the bank",),
                "carried_over": ("Water the plants", "Pay the rent"),
                "priorities": ("Pay the rent", "Water the plants"),
            },
        ),
        "archived": ({"text": "Call the bank", "done": True, "completed": "2026-03-02"},),
    }


@EVERY_TYPE
def test_orchestrator_result_is_deterministic_for_built_workflows(type: str) -> None:
    context = ExecutionContext(initial_state=DAY)
    first = Orchestrator().run_workflow(plan(type), context)
    second = Orchestrator().run_workflow(
        plan(type), ExecutionContext(initial_state=dict(reversed(DAY.items())))
    )
    assert canonical(first) == canonical(second)


@EVERY_TYPE
@pytest.mark.parametrize("params", [{}, {"requested_steps": 0}, {"requested_human_steps": 9, "target": "x"}])
def test_builder_causes_no_envelope_violation(type: str, params: dict[str, Any]) -> None:
    workflow = plan(type, **params)
    assert start(workflow, ExecutionContext()).events == ()
    operations = {step.payload["operation"] for step in workflow.steps if step.kind == "runtime"}
    assert operations <= OPERATIONS.keys()


@EVERY_TYPE
def test_empty_params_work(type: str) -> None:
    workflow = build_workflow(MissionSpec(type=type))
    assert workflow == build_workflow(MissionSpec(type=type, params={}))
    assert workflow.metadata == {"mission_type": type, "params": {}}
    assert Orchestrator().run_workflow(workflow, ExecutionContext()).success


@EVERY_TYPE
def test_params_are_preserved_in_metadata(type: str) -> None:
    params = {"requested_steps": 99, "target": "x", "theirs": {"a": [None, True, 1.5]}}
    workflow = plan(type, **params)
    assert workflow.to_dict()["metadata"] == {"mission_type": type, "params": params}
