"""What becomes of a host operation: an output, or a failure in our own words?"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, NoReturn

import pytest
from host_calls import STEP, Messages, did, failed, outcome
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_values

from tier2 import (
    OPERATIONS,
    Completed,
    EnvelopeViolation,
    ExecutionContext,
    Fail,
    Host,
    OrchestrationResult,
    StepSpec,
    WorkflowDefinition,
    advance,
    canonical,
    finish,
    pending,
    start,
    state,
)
from tier2.kinds import JsonObject
from tier2.shell.runs import endings
from tier2.shell.runs.attempt import perform_host, perform_host_async
from tier2.shell.runs.hosts import HostCall, HostOperation
from tier2.values.frozen import FrozenObject

Json = Any


def in_both_ways(function: Callable[[HostCall], object]) -> Iterator[object]:
    """A function as it is, and as an async one."""

    async def async_function(call: HostCall) -> object:
        await asyncio.sleep(0)
        return function(call)

    yield function
    yield async_function


# Outputs and failures


def test_a_function_gets_name_payload_and_state() -> None:
    given_to: list[HostCall] = []
    for function in in_both_ways(given_to.append):
        outcome(function)
    expected = HostCall("world.touch", {"operation": "world.touch", "to": "Zürich"}, {"seen": [1]})
    assert [canonical([c.name, c.payload, c.state]) for c in given_to] == [
        canonical([expected.name, expected.payload, expected.state])
    ] * 2
    assert all(isinstance(part, FrozenObject) for c in given_to for part in (c.payload, c.state))


def test_an_output_completes_the_step_silently(messages: Messages) -> None:
    for function in in_both_ways(lambda _: {"sent": 4.0}):
        assert outcome(function, messages) == did({"sent": 4})
    assert messages == []


def test_the_output_cannot_be_changed_later() -> None:
    kept: dict[str, Json] = {"list": [1]}
    event = outcome(lambda _: kept)
    kept["list"].append(2)
    assert event == did({"list": [1]})


@given(st.dictionaries(st.text(), json_values(8), max_size=4))
def test_any_json_object_passes_as_it_is(output: dict[str, Json]) -> None:
    assert canonical(outcome(lambda _: output)) == canonical(did(output))


def test_a_fail_fails_the_step_with_its_reason(messages: Messages) -> None:
    for function in in_both_ways(lambda _: Fail("the printer is out of paper")):
        assert outcome(function, messages) == failed("the printer is out of paper")
    assert messages == []


def test_an_object_with_an_async_call_is_performed_too() -> None:
    class Greeter:
        async def __call__(self, call: HostCall) -> JsonObject:
            return {"hello": call.payload["to"]}

    assert outcome(Greeter()) == did({"hello": "Zürich"})


def test_a_sync_function_may_give_something_to_await() -> None:
    async def later() -> JsonObject:
        return {"late": True}

    assert outcome(lambda _: later()) == did({"late": True})


def test_a_function_sees_the_context_of_its_caller() -> None:
    language = ContextVar("language", default="none")
    token = language.set("de")
    found = [outcome(function) for function in in_both_ways(lambda _: {"language": language.get()})]
    language.reset(token)
    assert found == [did({"language": "de"})] * 2


def test_an_operation_that_nobody_performs_is_refused() -> None:
    with pytest.raises(
        EnvelopeViolation, match=r"nothing here performs the operation 'world\.touch' of step 's'"
    ) as caught:
        perform_host(STEP, {}, {}, print)
    assert (caught.value.code, caught.value.where) == ("envelope", "$.payload.operation")
    assert caught.value.remedy == "give a host operation of this name, or rehearse the step"


@pytest.mark.parametrize("payload", [{}, {"operation": ["world.touch"]}, {"operation": None}])
def test_a_step_that_names_no_operation_is_refused(payload: dict[str, Json]) -> None:
    step = StepSpec(id="s", kind="runtime", payload=payload)
    with pytest.raises(EnvelopeViolation):
        perform_host(step, {}, {"world.touch": HostOperation(lambda _: {})}, print)


# What is no output


class Endless(Mapping[str, Json]):
    """An object with a fault of its own in every member."""

    def __getitem__(self, key: str) -> Json:
        raise LookupError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(["a"])

    def __len__(self) -> int:
        return 1


def nested(depth: int) -> Json:
    value: Json = {}
    for _ in range(depth - 1):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    "output",
    [
        None,
        [],
        [{"a": 1}],
        "{}",
        b"{}",
        7,
        True,
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 2**53},
        {"a": "\ud800"},
        {1: "one"},
        {"a": {1, 2}},
        {"a": object()},
        nested(65),
        Fail,
        Completed(step_id="s", output={}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_json_object_fails_the_step(output: object, messages: Messages) -> None:
    for function in in_both_ways(lambda _: output):
        messages.clear()
        assert outcome(function, messages) == failed("gave no JSON object in bounds")
        assert messages[0].startswith("step 's' gave no JSON object in bounds: $.output")


def test_an_output_may_nest_64_deep() -> None:
    assert outcome(lambda _: nested(64)) == did(nested(64))


def test_an_output_is_limited_by_its_receipt_entry(
    monkeypatch: pytest.MonkeyPatch, messages: Messages
) -> None:
    output = {"text": "x" * 100}
    operations = {**OPERATIONS, "world.touch": Host()}
    run = start(WorkflowDefinition(id="w", steps=(STEP,)), ExecutionContext(), operations)
    (entry,) = finish(advance(run, did(output))).receipt.entries
    size = len(canonical(entry))
    monkeypatch.setattr(endings, "MAX_BYTES", size)
    assert outcome(lambda _: output) == did(output)
    monkeypatch.setattr(endings, "MAX_BYTES", size - 1)
    assert outcome(lambda _: output, messages) == failed("gave no JSON object in bounds")
    (line,) = messages
    assert line.endswith(f"in bounds: its receipt entry has {size} bytes, more than {size - 1}")


@pytest.mark.parametrize("reason", [None, 7, "\ud800", b"paper"])
def test_a_reason_that_is_no_text_is_not_recorded(reason: Any, messages: Messages) -> None:
    assert outcome(lambda _: Fail(reason), messages) == failed(
        "failed, with a reason that is no text in bounds"
    )
    assert len(messages) == 1


def test_a_reason_that_is_too_large_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "MAX_BYTES", 1000)
    assert outcome(lambda _: Fail("x" * 1000)) == failed("failed, with a reason that is no text in bounds")


# Exceptions


class HostileError(Exception):
    """Neither its text nor its notes can be made, and trying to ends the process."""

    def __str__(self) -> str:
        raise SystemExit(3)

    __repr__ = __str__

    def __getattribute__(self, name: str) -> object:
        if name == "__notes__":
            raise SystemExit(4)
        return super().__getattribute__(name)


def raising(error: BaseException) -> Callable[[HostCall], NoReturn]:
    def function(_: HostCall) -> NoReturn:
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("the door is \x1b[2Jlocked\n\u202eup"), "raised ValueError"),
        (HostileError(), "raised HostileError"),
        (SystemExit(0), "raised SystemExit"),
        (asyncio.CancelledError(), "raised CancelledError"),
        (TimeoutError("of its own"), "raised TimeoutError"),
        (GeneratorExit(), "raised GeneratorExit"),
        (ExceptionGroup("several", [OSError(5, "x")]), "raised ExceptionGroup"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_exception_fails_the_step_by_its_type(
    error: BaseException, reason: str, messages: Messages
) -> None:
    for function in in_both_ways(raising(error)):
        messages.clear()
        assert outcome(function, messages) == failed(reason)
        assert messages[0] == f"step 's': world.touch {reason}"
        assert len(messages) > 1
        assert all(line.isprintable() for line in messages)


def test_the_text_of_an_exception_goes_to_people_only(messages: Messages) -> None:
    event = outcome(raising(ValueError("the door is locked")), messages)
    assert "locked" not in canonical(event).decode()
    assert messages[-1] == "ValueError: the door is locked"
    assert "in function" in messages.text


def test_an_exception_whose_text_raises_is_named_by_type(messages: Messages) -> None:
    outcome(raising(HostileError()), messages)
    assert messages == [
        "step 's': world.touch raised HostileError",
        "an exception whose text cannot be made",
    ]


def test_an_output_whose_members_raise_fails_the_step() -> None:
    assert outcome(lambda _: Endless()) == failed("raised LookupError")


def test_a_future_of_no_loop_fails_the_step() -> None:
    async def made() -> Awaitable[JsonObject]:
        return asyncio.get_running_loop().create_future()

    future = asyncio.run(made())
    assert outcome(lambda _: future) == failed("raised RuntimeError")


def test_keyboard_interrupt_passes_through(messages: Messages) -> None:
    for function in in_both_ways(raising(KeyboardInterrupt())):
        with pytest.raises(KeyboardInterrupt):
            outcome(function, messages)
    assert messages == []


# An async program


async def driven(workflow: WorkflowDefinition, hosts: Mapping[str, HostOperation]) -> OrchestrationResult:
    run = start(workflow, ExecutionContext(), {**OPERATIONS, "world.touch": Host()})
    while (step := pending(run)) is not None:
        run = advance(run, await perform_host_async(step, state(run), hosts, print))
    return finish(run)


def test_an_async_program_drives_a_run_of_its_own() -> None:
    async def touch(call: HostCall) -> JsonObject:
        await asyncio.sleep(0)
        return {"touched": call.payload["to"]}

    workflow = WorkflowDefinition(id="w", steps=(STEP,))
    result = asyncio.run(driven(workflow, {"world.touch": HostOperation(touch)}))
    assert (result.outcome, result.final_state) == ("completed", {"touched": "Zürich"})
