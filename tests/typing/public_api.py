"""What a type checker knows about the public API: each line is checked by mypy strict, none is ever run."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, assert_type

import msgspec

import tier2
from tier2 import (
    MISSIONS,
    OPERATIONS,
    Completed,
    Decided,
    Difference,
    Event,
    ExecutionContext,
    Fail,
    Failed,
    Host,
    Lineage,
    MissionSpec,
    MissionType,
    Operation,
    OrchestrationResult,
    Orchestrator,
    Played,
    Pure,
    Receipt,
    ReceiptEntry,
    Rehearsed,
    Run,
    Scenario,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
)
from tier2.contracts.v1 import Answer
from tier2.shell import (
    WORLDS,
    Attempted,
    HostCall,
    HostOperation,
    Option,
    World,
    attempt_host,
    attempt_host_async,
    main,
    perform_host,
    perform_host_async,
)
from tier2.values.canonical import CanonicalBytes, Sha256
from tier2.values.frozen import JsonValue


def documents(
    mission: MissionSpec, workflow: WorkflowDefinition, run: Run, result: OrchestrationResult
) -> None:
    assert_type(mission.type, str)
    assert_type(mission.params, Mapping[str, JsonValue])
    assert_type(workflow.steps, tuple[StepSpec, ...])
    assert_type(workflow.steps[0].kind, Literal["runtime", "human"])
    assert_type(run.context, ExecutionContext)
    assert_type(run.events, tuple[Completed | Failed | Decided | Rehearsed, ...])
    assert_type(result.outcome, Literal["completed", "failed", "vetoed", "rehearsed"])
    assert_type(result.success, bool)
    assert_type(result.failed_step_id, str | None)
    assert_type(result.lineage, Lineage)
    assert_type(result.receipt, Receipt)
    assert_type(result.receipt.entries, tuple[ReceiptEntry, ...])
    assert_type(result.receipt.head_sha256, Sha256)
    assert_type(result.to_dict(), dict[str, Any])


def values(mission: MissionSpec, data: bytes, text: str) -> None:
    assert_type(tier2.canonical(mission), CanonicalBytes)
    assert_type(tier2.canonical({"a": [1, 2.5, None, "b"]}), CanonicalBytes)
    assert_type(tier2.digest(mission), Sha256)
    assert_type(tier2.parse(data), JsonValue)
    assert_type(tier2.freeze({"a": ({},)}), JsonValue)
    assert_type(tier2.decode(data, MissionSpec), MissionSpec)
    assert_type(tier2.decode(text, OrchestrationResult), OrchestrationResult)
    assert_type(tier2.decode(data, ReceiptEntry, max_bytes=100), ReceiptEntry)
    assert_type(tier2.decode(data, Event), Event)


def a_run(mission: MissionSpec, context: ExecutionContext, event: Event) -> None:
    workflow = tier2.build_workflow(mission)
    assert_type(workflow, WorkflowDefinition)
    run = tier2.start(workflow, context)
    assert_type(run, Run)
    assert_type(tier2.pending(run), StepSpec | None)
    assert_type(tier2.state(run), Mapping[str, JsonValue])
    assert_type(tier2.advance(run, event), Run)
    assert_type(tier2.replay(workflow, context, [event]), Run)
    result = tier2.finish(run)
    assert_type(result, OrchestrationResult)
    assert_type(tier2.verify(run, result), Difference | None)
    assert_type(tier2.run_workflow(workflow, context), OrchestrationResult)
    assert_type(Orchestrator().run_workflow(workflow, context), OrchestrationResult)


class DeployParams(msgspec.Struct, frozen=True):
    """The params of a mission type of a larger system's own."""

    service: str = "web"


def deploy_steps(params: DeployParams) -> list[StepSpec]:
    payload = {"description": f"Deploy {params.service}.", "operation": "deploy"}
    return [StepSpec(id="deploy", kind="runtime", payload=payload)]


def greet(payload: Mapping[str, JsonValue], state: Mapping[str, JsonValue]) -> Mapping[str, JsonValue] | Fail:
    name = state.get("name", payload.get("name"))
    return {"greeting": f"Hello, {name}."} if isinstance(name, str) else Fail("nobody is there")


def a_larger_system(mission: MissionSpec, context: ExecutionContext) -> None:
    missions = {**MISSIONS, "deploy": MissionType(DeployParams, deploy_steps)}
    assert_type(missions, dict[str, MissionType])
    operations: dict[str, Operation] = {**OPERATIONS, "greet": Pure(greet), "deploy": Host()}
    workflow = tier2.build_workflow(mission, missions)
    tier2.start(workflow, context, operations)
    Orchestrator(operations).run_workflow(workflow, context)


def each_event(event: Event) -> str:
    # Complete without a last `case _`: the union is closed, and mypy knows it.
    match event:
        case Completed(output=output):
            assert_type(output, Mapping[str, JsonValue])
            return event.step_id
        case Failed(reason=reason):
            return assert_type(reason, str)
        case Decided(verdict=verdict, by=by, note=note):
            assert_type(verdict, Literal["approved", "vetoed"])
            assert_type(note, str | None)
            return assert_type(by, str)
        case Rehearsed(step_id=step_id):
            return assert_type(step_id, str)


async def pays(call: HostCall) -> Mapping[str, JsonValue] | Fail:
    await asyncio.sleep(0)
    return {"paid": call.state["open"]} if "open" in call.state else Fail("nothing is open")


def context_of(given: Mapping[str, str]) -> ExecutionContext | None:
    return ExecutionContext(initial_state={"open": given["invoices"]}) if "invoices" in given else None


def summary(result: OrchestrationResult) -> list[str]:
    return [f"paid: {result.final_state.get('paid')}"]


def a_command_of_ones_own(step: StepSpec, missions: Mapping[str, MissionType]) -> None:
    hosts = {"bank.pay": HostOperation(pays, time_limit=60, attempts=3, wait=0.5)}
    assert_type(perform_host(step, {}, hosts, print), Completed | Failed)
    attempted = assert_type(attempt_host(step, {}, hosts, print, key="k", folder=Path("runs")), Attempted)
    assert_type(attempted.cause, Literal["fail", "raised", "timeout", "output"] | None)
    world = World(
        options=(Option(name="invoices", help="the open invoices"),),
        context=context_of,
        hosts=lambda _given, _run, _beside: hosts,
        summary=summary,
    )
    assert_type(WORLDS, Mapping[str, World])
    worlds = {**WORLDS, "pay": world}
    assert_type(main(["runs"], missions, OPERATIONS, hosts, worlds, prog="pay"), int)


async def driven_from_async_code(run: Run, hosts: Mapping[str, HostOperation]) -> OrchestrationResult:
    while (step := tier2.pending(run)) is not None:
        event = await perform_host_async(step, tier2.state(run), hosts, print, key="k")
        assert_type(event, Completed | Failed)
        run = tier2.advance(run, event)
    return tier2.finish(run)


async def why_it_failed(step: StepSpec, hosts: Mapping[str, HostOperation]) -> Attempted:
    return assert_type(await attempt_host_async(step, {}, hosts, print), Attempted)


def scenarios(scenario: Scenario) -> None:
    played = tier2.play(scenario, MISSIONS, OPERATIONS)
    assert_type(played, Played)
    assert_type(played.result, OrchestrationResult | None)
    assert_type(played.differences, tuple[Difference, ...])
    assert_type(scenario.answers["ask"], Answer)
    assert_type(scenario.hosts["send"].output, Mapping[str, tier2.JsonValue] | None)
    assert_type(scenario.expect.error, str | None)


def errors(error: Tier2Error, difference: Difference) -> None:
    assert_type((error.code, error.where, error.message, error.remedy), tuple[str, str, str, str])
    assert_type((difference.where, difference.expected, difference.found), tuple[str, str, str])
    assert_type(tier2.MAX_TOTAL_STEPS, int)
    assert_type(tier2.MAX_HUMAN_STEPS, int)
