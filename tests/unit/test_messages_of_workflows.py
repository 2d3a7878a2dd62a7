"""How do errors of plans and runs read? Each kind once: its code, path, message and remedy.

Other tests prove when something is refused.
"""

from typing import Any

import msgspec
from refusal_cases import Case, assert_read, each_case

from tier2 import (
    OPERATIONS,
    AntiFailurePlanningError,
    AntiFailureViolation,
    CanonicalError,
    Completed,
    ContractError,
    Decided,
    EnvelopeViolation,
    Event,
    ExecutionContext,
    Fail,
    Failed,
    IllegalEvent,
    InvalidParamsError,
    MissionSpec,
    MissionType,
    Pure,
    Rehearsed,
    StepSpec,
    Tier2Error,
    UnknownMissionError,
    WorkflowDefinition,
    advance,
    build_workflow,
    finish,
    perform,
    run_workflow,
    start,
)
from tier2.contracts.v1 import EchoParams


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def runtime(step_id: str, operation: str = "noop") -> StepSpec:
    return StepSpec(id=step_id, kind="runtime", payload={"operation": operation})


def human(step_id: str) -> StepSpec:
    return StepSpec(id=step_id, kind="human", payload={})


def workflow(*steps: StepSpec) -> WorkflowDefinition:
    return WorkflowDefinition(id="w", steps=steps, metadata={})


def decided(verdict: Any, **output: Any) -> Decided:
    return Decided(step_id="a", verdict=verdict, by="ann", note=None, output=output)


def begin(steps: list[StepSpec], operations: Any = OPERATIONS) -> object:
    return start(workflow(*steps), ExecutionContext(), operations)


def after(step: StepSpec, *events: Event) -> object:
    run = start(workflow(step), ExecutionContext())
    for event in events:
        run = advance(run, event)
    return run


def performed(answer: Any) -> object:
    operations = {"mine": Pure(lambda _payload, _state: answer)}
    return run_workflow(workflow(runtime("a", "mine")), ExecutionContext(), operations)


def plan(mission_type: str, **params: Any) -> object:
    return build_workflow(MissionSpec(type=mission_type, params=params))


class Greeting(msgspec.Struct):
    who: str


def planned_for(params: Any) -> object:
    greet = MissionType(Greeting, lambda _: [runtime("a")])
    return build_workflow(MissionSpec(type="greet", params=params), {"greet": greet})


def planned(*steps: StepSpec) -> object:
    mine = MissionType(EchoParams, lambda _: steps)
    return build_workflow(MissionSpec(type="mine"), {"mine": mine})


TOO_DEEP = "the value nests too deep"
FLATTEN = "flatten it: open values may nest 64 deep, documents 128"


PLANNING: dict[str, Case] = {
    "bad params": (
        lambda: plan("daily_loop", requested_steps="4"),
        (
            "type",
            "$.params.requested_steps",
            "expected `int`, got `str`",
            "give it the type that the contract says",
        ),
    ),
    "bad params of a type of one's own": (
        lambda: planned_for({"who": 1}),
        ("type", "$.params.who", "expected `str`, got `int`", "give it the type that the contract says"),
    ),
    "params too deep to be kept": (
        lambda: plan("echo", a=nested(63)),
        ("depth", "$.params", TOO_DEEP, FLATTEN),
    ),
}

TEMPLATES: dict[str, Case] = {
    "six steps": (
        lambda: planned(*(runtime(f"s{i}") for i in range(6))),
        (
            "limits",
            "$.steps",
            "the template of 'mine' planned a wrong workflow: 6 steps are more than 5",
            "correct the template: merge or drop 1 of 's0', 's1', 's2', 's3', 's4', 's5'",
        ),
    ),
    "no step": (
        planned,
        (
            "envelope",
            "$.steps",
            "the template of 'mine' planned a wrong workflow: the workflow has no step",
            "correct the template: give it at least one",
        ),
    ),
}

LIMITS: dict[str, Case] = {
    "six steps": (
        lambda: begin([runtime(f"s{i}") for i in range(6)]),
        (
            "limits",
            "$.steps",
            "6 steps are more than 5",
            "merge or drop 1 of 's0', 's1', 's2', 's3', 's4', 's5'",
        ),
    ),
    "nine steps": (
        lambda: begin([runtime(f"s{i}") for i in range(9)]),
        (
            "limits",
            "$.steps",
            "9 steps are more than 5",
            "merge or drop 4 of 's0', 's1', 's2', 's3', 's4', 's5', 's6', 's7' and 1 more",
        ),
    ),
    "three people": (
        lambda: begin([human("a"), human("b"), runtime("c"), human("d")]),
        (
            "limits",
            "$.steps",
            "3 human steps are more than 2",
            "automate or merge 1 of 'a', 'b', 'd'",
        ),
    ),
}

ENVELOPE: dict[str, Case] = {
    "an operation that cannot be performed": (
        lambda: perform(runtime("a", "rm"), {}),
        (
            "envelope",
            "$.payload.operation",
            "the operation 'rm' of step 'a' is not known",
            f"use one of {', '.join(sorted(OPERATIONS))}, or pass a bigger mapping",
        ),
    ),
    "an operation where none is known": (
        lambda: begin([runtime("a")], {}),
        (
            "envelope",
            "$.steps[0].payload.operation",
            "the operation 'noop' of step 'a' is not known",
            "pass a mapping that has it",
        ),
    ),
    "an unknown operation": (
        lambda: begin([runtime("a", "rm")], {"noop": OPERATIONS["noop"], "fail": OPERATIONS["fail"]}),
        (
            "envelope",
            "$.steps[0].payload.operation",
            "the operation 'rm' of step 'a' is not known",
            "use one of fail, noop, or pass a bigger mapping",
        ),
    ),
    "something else than an operation": (
        lambda: begin([human("h"), runtime("a", "mine")], {"mine": 5}),
        (
            "envelope",
            "$.steps[1].payload.operation",
            "the operation 'mine' of step 'a' is a int, neither Pure nor Host",
            "map its name to Pure(function) or Host()",
        ),
    ),
}

EVENTS: dict[str, Case] = {
    "another step": (
        lambda: after(runtime("a"), Completed(step_id="b")),
        ("event", "$.events[0]", "step 'a' is pending, not 'b'", "send an event of the pending step"),
    ),
    "after the end": (
        lambda: after(runtime("a"), Completed(step_id="a"), Rehearsed(step_id="a")),
        ("event", "$.events[1]", "the run is over", "start a new run"),
    ),
    "a runtime step decided": (
        lambda: after(runtime("a"), decided("approved")),
        (
            "event",
            "$.events[0]",
            "the runtime step 'a' cannot be approved",
            "it can be one of completed, failed, rehearsed",
        ),
    ),
    "a human step failed": (
        lambda: after(human("a"), Failed(step_id="a", reason="r")),
        (
            "event",
            "$.events[0]",
            "the human step 'a' cannot be failed",
            "it can be one of approved, vetoed, rehearsed",
        ),
    ),
    "an unknown verdict": (
        lambda: after(human("a"), decided("maybe")),
        (
            "event",
            "$.events[0].verdict",
            "invalid enum value 'maybe'",
            "use one of the values that the contract lists",
        ),
    ),
    "a veto with an output": (
        lambda: after(human("a"), decided("vetoed", x=1)),
        ("event", "$.events[0].output", "a veto has no output", "veto with an empty output, or approve"),
    ),
    "a finish too early": (
        lambda: finish(start(workflow(runtime("a")), ExecutionContext())),
        (
            "event",
            "$.events[0]",
            "the run is not over: step 'a' is pending",
            "advance it with an event first",
        ),
    ),
}

UNKNOWN: dict[str, Case] = {
    "an unknown mission": (
        lambda: plan("nap"),
        (
            "unknown-mission",
            "$.type",
            "the mission type 'nap' is not known",
            "use one of daily_loop, echo, run_tests, or pass a bigger mapping of missions",
        ),
    )
}

OUTPUTS: dict[str, Case] = {
    "an output that is no JSON": (
        lambda: performed({"n": float("nan")}),
        (
            "not-finite",
            "$.output.n",
            "the operation 'mine' of step 'a' gave a wrong output: JSON has no number for nan",
            "use null or a string instead",
        ),
    ),
    "a state that is no JSON": (
        lambda: perform(runtime("a"), {"n": float("nan")}),
        ("not-finite", "$.state.n", "JSON has no number for nan", "use null or a string instead"),
    ),
}

REASONS: dict[str, Case] = {
    "a reason that is no text": (
        lambda: performed(Fail(5)),  # type: ignore[arg-type]  # the mistake is the point
        (
            "type",
            "$.reason",
            "the operation 'mine' of step 'a' gave a wrong reason: Failed holds str here, not int",
            "pass str",
        ),
    )
}


@each_case(
    (CanonicalError, OUTPUTS),
    (ContractError, REASONS),
    (UnknownMissionError, UNKNOWN),
    (InvalidParamsError, PLANNING),
    (AntiFailurePlanningError, TEMPLATES),
    (AntiFailureViolation, LIMITS),
    (EnvelopeViolation, ENVELOPE),
    (IllegalEvent, EVENTS),
)
def test_the_error_reads_like_this(kind: type[Tier2Error], case: Case) -> None:
    assert_read(kind, case)
