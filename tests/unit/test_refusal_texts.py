"""What does a refusal say to the person who reads it? Code, place, words and remedy of each one, whole.

Other tests ask when something is refused; here each kind of refusal stands once, as it is read.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec
import pytest

from tier2 import (
    MISSIONS,
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
    canonical,
    decode,
    finish,
    freeze,
    parse,
    perform,
    run_workflow,
    start,
)
from tier2.contracts.v1 import EchoParams
from tier2.frozen import freeze_object


class Twice(Mapping[str, int]):
    """A mapping that gives its one key twice."""

    def __getitem__(self, key: str) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return iter(["a", "a"])

    def __len__(self) -> int:
        return 2


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def circle() -> Any:
    around: list[Any] = []
    around.append({"b": around})
    return around


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


Case: TypeAlias = tuple[Callable[[], object], tuple[str, str, str, str]]
"""What is refused; then code, place, words and remedy."""

CHARACTER = "replace it by a Unicode character"
SURROGATE = "the text has a lone surrogate"
TOO_DEEP = "the value nests too deep"
EXACT = "the integer is outside +-(2**53 - 1), where doubles are exact"
FLATTEN = "flatten it: open values may nest 64 deep, documents 128"
FLATTEN_IT = "flatten it: documents may nest 128 deep"
MISSION = '"contract":"tier2.mission/v1"'

FREEZING: dict[str, Case] = {
    "NaN": (
        lambda: freeze({"a": [0.5, float("nan")]}),
        ("not-finite", "$.a[1]", "JSON has no number for nan", "use null or a text instead"),
    ),
    "an infinity": (
        lambda: freeze(-float("inf")),
        ("not-finite", "$", "JSON has no number for -inf", "use null or a text instead"),
    ),
    "a large integer": (
        lambda: freeze([2**53]),
        ("number-range", "$[0]", EXACT, "send it as text, or as a float"),
    ),
    "a surrogate in a text": (
        lambda: freeze({"a": "\ud800"}),
        ("surrogate", "$.a", SURROGATE, CHARACTER),
    ),
    "a surrogate in a key": (
        lambda: freeze({"a": {"\ud800": 1}}),
        ("surrogate", r'$.a["\ud800"]', SURROGATE, CHARACTER),
    ),
    "a key that is no text": (
        lambda: freeze({"a": {1: 2}}),  # type: ignore[dict-item]  # the mistake is the point
        ("key-type", "$.a", "a key is of type int, not text", "use text keys"),
    ),
    "a key that comes twice": (
        lambda: freeze({"a": Twice()}),
        ("duplicate-key", "$.a", "the object has two members of one name", "keep one of them"),
    ),
    "a circle": (
        lambda: freeze({"x": circle()}),
        ("cycle", "$.x[0].b", "the value contains itself", "break the cycle"),
    ),
    "depth": (
        lambda: freeze(nested(65)),
        ("depth", "$" + "[0]" * 64, TOO_DEEP, FLATTEN),
    ),
    "depth of a frozen object": (
        lambda: freeze([parse('{"a":' * 65 + "1" + "}" * 65)]),
        ("depth", "$[0]", TOO_DEEP, FLATTEN),
    ),
    "no JSON": (
        lambda: freeze({"a": {1, 2}}),  # type: ignore[dict-item]  # the mistake is the point
        ("type", "$.a", "a value of type set is no JSON value", "convert it to plain JSON first"),
    ),
    "no object": (
        lambda: freeze_object([1], "steps", 2),  # type: ignore[arg-type]  # the mistake is the point
        (
            "type",
            "$.steps[2]",
            "a JSON object is expected here, not list",
            "pass a mapping with text keys",
        ),
    ),
}

READING: dict[str, Case] = {
    "neither bytes nor str": (
        lambda: parse(bytearray(b"1")),  # type: ignore[arg-type]  # the mistake is the point
        ("type", "$", "JSON text is bytes or str, not bytearray", "pass bytes or str"),
    ),
    "a surrogate in the text itself": (
        lambda: parse('"\ud800"'),
        ("surrogate", "$", SURROGATE, CHARACTER),
    ),
    "an escaped surrogate": (
        lambda: parse(r'{"a":"\ud800"}'),
        ("surrogate", "$.a", SURROGATE, CHARACTER),
    ),
    "size": (
        lambda: parse("[1,2]", max_bytes=4),
        ("size", "$", "5 bytes are more than 4", "split it, or allow more with max_bytes"),
    ),
    "a byte order mark": (
        lambda: parse(b"\xef\xbb\xbf1"),
        ("bom", "$", "the text starts with a byte order mark", "remove it"),
    ),
    "no UTF-8": (
        lambda: parse(b'["\xff"]'),
        ("utf8", "$", "byte 2 is not UTF-8", "encode the text as UTF-8"),
    ),
    "trailing text": (
        lambda: parse("{} {}"),
        ("trailing", "$", "more text follows the JSON value", "send one JSON value, nothing after it"),
    ),
    "no JSON text": (
        lambda: parse('{"a":}'),
        ("syntax", "$", "not JSON: invalid character (byte 5)", "send valid JSON (RFC 8259)"),
    ),
    "half a JSON text": (
        lambda: parse('{"a":'),
        ("syntax", "$", "not JSON: input data was truncated", "send valid JSON (RFC 8259)"),
    ),
    "a number beyond the doubles": (
        lambda: parse('{"a":[1e400]}'),
        ("number-range", "$.a[0]", "the number is too large for a double", "send it as text"),
    ),
    "an integer that no double holds": (
        lambda: parse('{"a":9007199254740993}'),
        ("number-range", "$.a", EXACT, "send it as text, or as a float"),
    ),
    "an endless integer": (
        lambda: parse('{"a":' + "9" * 5000 + "}"),
        ("number-range", "$.a", "the number is too large for a double", "send it as text"),
    ),
    "deep text": (
        lambda: parse("[" * 130 + "]" * 130),
        ("depth", "$", TOO_DEEP, FLATTEN_IT),
    ),
    "text too deep to look at": (
        lambda: parse("[" * 100_000 + "]" * 100_000),
        ("depth", "$", TOO_DEEP, FLATTEN_IT),
    ),
    "a hidden member too deep to look at": (
        lambda: parse('{"a":' + "[" * 100_000 + "]" * 100_000 + ',"a":1}'),
        ("depth", "$", TOO_DEEP, FLATTEN_IT),
    ),
    "two members of one name": (
        lambda: parse(r'{"a":[{"z":0,"b":1,"\u0062":2}]}'),
        ("duplicate-key", "$.a[0]", 'the object has two members named "b"', "keep one of them"),
    ),
}

DECODING: dict[str, Case] = {
    "an unknown field": (
        lambda: decode(f'{{{MISSION},"params":{{}},"type":"t","x":1}}', MissionSpec),
        ("unknown-field", "$.x", "object contains unknown field `x`", "remove it, or check its spelling"),
    ),
    "a missing field": (
        lambda: decode(f'{{{MISSION},"params":{{}}}}', MissionSpec),
        ("missing-field", "$.type", "object missing required field `type`", "add it"),
    ),
    "a field that Python would fill in": (
        lambda: decode(f'{{{MISSION},"type":"t"}}', MissionSpec),
        (
            "missing-field",
            "$.params",
            "a required member is missing",
            "add it: nothing is filled in",
        ),
    ),
    "a wrong type": (
        lambda: decode(f'{{{MISSION},"params":{{}},"type":1}}', MissionSpec),
        ("type", "$.type", "expected `str`, got `int`", "give it the type that the contract says"),
    ),
    "another contract": (
        lambda: decode('{"contract":"tier2.run/v1"}', MissionSpec),
        (
            "tag",
            "$.contract",
            'a document of tier2.mission/v1 is expected here, and this one names "tier2.run/v1"',
            "pass the document that is asked for, with the name of its contract",
        ),
    ),
    "no contract": (
        lambda: decode('{"params":{},"type":"t"}', MissionSpec),
        (
            "tag",
            "$.contract",
            "a document of tier2.mission/v1 is expected here, and this one names no contract",
            "pass the document that is asked for, with the name of its contract",
        ),
    ),
    "a veto with an output": (
        lambda: decode(canonical(decided("vetoed", x=1)), Event),
        ("event", "$.output", "a veto has no output", "make the output empty"),
    ),
}

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
            "the template of 'mine' planned badly: 6 steps are more than 5",
            "correct the template: merge or drop 1 of 's0', 's1', 's2', 's3', 's4', 's5'",
        ),
    ),
    "no step": (
        planned,
        (
            "envelope",
            "$.steps",
            "the template of 'mine' planned badly: the workflow has no step",
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
            "pass a mapping that has it, as Pure(function) or Host()",
        ),
    ),
    "an unknown operation": (
        lambda: begin([runtime("a", "rm")], {"noop": OPERATIONS["noop"], "fail": OPERATIONS["fail"]}),
        (
            "envelope",
            "$.steps[0].payload.operation",
            "the operation 'rm' is not known",
            "use one of fail, noop, or pass a bigger mapping",
        ),
    ),
    "something else than an operation": (
        lambda: begin([human("h"), runtime("a", "mine")], {"mine": 5}),
        (
            "envelope",
            "$.steps[1].payload.operation",
            "the operation is a int, neither Pure nor Host",
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
        ("event", "$.events[0]", "the verdict 'maybe' is unknown", "use approved or vetoed"),
    ),
    "a veto with an output": (
        lambda: after(human("a"), decided("vetoed", x=1)),
        ("event", "$.events[0]", "a veto has no output", "veto with an empty output, or approve"),
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
            "use null or a text instead",
        ),
    )
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

TABLES: list[tuple[type[Tier2Error], dict[str, Case]]] = [
    (CanonicalError, FREEZING),
    (CanonicalError, READING),
    (CanonicalError, OUTPUTS),
    (ContractError, REASONS),
    (ContractError, DECODING),
    (UnknownMissionError, UNKNOWN),
    (InvalidParamsError, PLANNING),
    (AntiFailurePlanningError, TEMPLATES),
    (AntiFailureViolation, LIMITS),
    (EnvelopeViolation, ENVELOPE),
    (IllegalEvent, EVENTS),
]


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        pytest.param(kind, case, id=f"{kind.__name__}: {name}")
        for kind, cases in TABLES
        for name, case in cases.items()
    ],
)
def test_a_refusal_is_read_like_this(kind: type[Tier2Error], case: Case) -> None:
    action, text = case
    with pytest.raises(Tier2Error) as caught:
        action()
    error = caught.value
    assert (error.code, error.where, error.message, error.remedy) == text
    assert type(error) is kind


def test_what_cannot_be_changed_says_what_to_do_instead() -> None:
    frozen: Any = freeze({"a": 1})
    read_only = r"^a frozen object cannot be changed; make a new one: freeze\(\{\*\*frozen, \.\.\.\}\)$"
    with pytest.raises(TypeError, match=read_only):
        frozen["a"] = 2
    with pytest.raises(TypeError, match=read_only):
        frozen |= {"a": 2}
    mission: Any = MISSIONS["echo"]
    settled = "^a mission type cannot be changed; make a new one$"
    with pytest.raises(AttributeError, match=settled):
        mission.plan = None
    with pytest.raises(AttributeError, match=settled):
        del mission.plan
