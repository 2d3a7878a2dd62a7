"""Lines that a type checker has to refuse, each with mypy's code for it. None is ever run.

Each marked line is one mistake that a caller could make; one that mypy let pass would be a hole in the types.
"""

import tier2
from tier2 import (
    Completed,
    Decided,
    ExecutionContext,
    Failed,
    Host,
    MissionSpec,
    MissionType,
    Pure,
    Run,
    StepSpec,
    WorkflowDefinition,
)
from tier2.shell import HostOperation, World, main

mission = MissionSpec(type="echo")
workflow = tier2.build_workflow(mission)
context = ExecutionContext()
run = tier2.start(workflow, context)

# Documents are frozen, closed, keyword-only and typed.
mission.type = "other"  # E: misc
mission.params["a"] = 1  # E: index
workflow.steps[0] = workflow.steps[0]  # E: index
workflow.steps.append(workflow.steps[0])  # E: attr-defined
MissionSpec("echo")  # E: call-arg misc
MissionSpec(type=1)  # E: arg-type
MissionSpec(type="echo", parameters={})  # E: call-arg
MissionSpec(type="echo", params={"a": object()})  # E: dict-item
MissionSpec(type="echo", params={1: "a"})  # E: dict-item
StepSpec(id="a", kind="robot")  # E: arg-type
Decided(step_id="a", verdict="perhaps", by="me")  # E: arg-type
Completed(output={})  # E: call-arg
WorkflowDefinition(id="w", steps=["a"])  # E: list-item arg-type

# Every function wants its own kind of value.
tier2.build_workflow("echo")  # E: arg-type
tier2.start(mission, context)  # E: arg-type
tier2.start(workflow, {"initial_state": {}})  # E: arg-type
tier2.pending(run).id  # E: union-attr
tier2.advance(run, {"event": "completed"})  # E: arg-type
tier2.finish(run).state  # E: attr-defined
tier2.canonical({"a": {1, 2}})  # E: dict-item
tier2.decode(b"", dict)  # E: type-var call-overload
tier2.decode(b"{}")  # E: call-overload
tier2.freeze(b"bytes are no JSON").hex()  # E: union-attr
tier2.digest(mission).sha256  # E: attr-defined
tier2.Orchestrator().run_workflow(workflow)  # E: call-arg
tier2.MAX_TOTAL_STEPS = "many"  # E: assignment

# Operations and mission types have the signatures that the executor and the planner call.
Pure(len)  # E: arg-type
Pure(lambda payload: {})  # E: arg-type misc
MissionType(MissionSpec, lambda params: params.nothing)  # E: attr-defined
tier2.OPERATIONS["mine"] = Host()  # E: index
tier2.MISSIONS["mine"] = tier2.MISSIONS["echo"]  # E: index

HostOperation(len)  # E: arg-type
HostOperation(lambda call: {}, attempts="3")  # E: arg-type
HostOperation(lambda call: call.nothing)  # E: attr-defined
World(options=["invoices"])  # E: list-item arg-type
World(summary=lambda result: result.nothing)  # E: attr-defined
main(["runs"], worlds={"pay": 1})  # E: dict-item


def not_every_event(event: tier2.Event) -> str:  # E: return
    match event:
        case Completed() | Failed():
            return event.step_id


def takes_only_runs(value: Run) -> None: ...


takes_only_runs(workflow)  # E: arg-type
