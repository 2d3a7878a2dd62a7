"""Which host operations are performed again, how often, and what does the function get to know?"""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from host_calls import STEP, AsyncProgram, Messages, attempted, did, failed, host_of

from tier2 import Completed, Fail, Failed
from tier2.kinds import JsonObject
from tier2.shell.runs import endings, threaded_call
from tier2.shell.runs.attempt import Attempted, perform_host, perform_host_async
from tier2.shell.runs.hosts import HostCall, HostOperation

Json = Any

SOON = 0.2
"""A time limit for what would never end by itself."""


@pytest.fixture(params=["sync", "async"])
def perform(request: pytest.FixtureRequest) -> Callable[..., Attempted]:
    """Performs the step in a program without an event loop, and in one with it."""
    return attempted if request.param == "sync" else AsyncProgram().attempted


def no_output(_: HostCall) -> JsonObject:
    return {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        *(
            ({"time_limit": limit}, f"the time limit is {limit!r}; give a positive number of seconds")
            for limit in (0, -1, float("nan"), float("inf"), 1e300)
        ),
        *(
            ({"attempts": n}, f"the number of attempts is {n!r}; give a whole number of 1 or more")
            for n in (0, -1, True, 2.0, float("nan"), "3", None)
        ),
        *(
            ({"wait": wait}, f"the wait is {wait!r}; give a number of seconds of 0 or more")
            for wait in (-0.1, float("nan"), float("inf"), 1e300)
        ),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(options: dict[str, Json], message: str) -> None:
    with pytest.raises(ValueError, match="give a") as caught:
        HostOperation(no_output, **options)
    assert str(caught.value) == message


def test_by_default_there_is_one_attempt_at_once() -> None:
    assert HostOperation(no_output) == HostOperation(no_output, time_limit=600.0, attempts=1, wait=0.0)
    assert HostOperation(no_output, threading.TIMEOUT_MAX, wait=threading.TIMEOUT_MAX).attempts == 1


# What the function gets to know


class Flaky:
    """A host function that raises a number of times, and then works."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls: list[HostCall] = []

    def __call__(self, call: HostCall) -> JsonObject:
        self.calls.append(call)
        if len(self.calls) <= self.failures:
            raise ConnectionError("the line is busy")
        return {"sent": True}

    async def later(self, call: HostCall) -> JsonObject:
        await asyncio.sleep(0)
        return self(call)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync function", "async function"])
def test_what_fails_twice_and_then_works_has_one_key(
    perform: Callable[..., Attempted], is_async: bool, messages: Messages, tmp_path: Path
) -> None:
    flaky = Flaky(2)
    host = host_of(flaky.later if is_async else flaky, attempts=3)
    assert perform(host, messages, key="k1", folder=tmp_path) == Attempted(did({"sent": True}), None, 3)
    assert [(call.key, call.attempt, call.folder) for call in flaky.calls] == [
        ("k1", number, tmp_path) for number in (1, 2, 3)
    ]
    assert len({(call.name, call.payload, call.state) for call in flaky.calls}) == 1
    assert [line for line in messages if "attempt" in line] == [
        "step 's': world.touch raised ConnectionError (attempt 1 of 3)",
        "step 's': world.touch raised ConnectionError (attempt 2 of 3)",
    ]


def test_without_a_key_the_first_call_is_plain(perform: Callable[..., Attempted]) -> None:
    flaky = Flaky(0)
    assert perform(host_of(flaky, attempts=3)) == Attempted(did({"sent": True}), None, 1)
    assert [(call.key, call.attempt, call.folder) for call in flaky.calls] == [("", 1, None)]


def test_the_last_attempt_decides(perform: Callable[..., Attempted], messages: Messages) -> None:
    host = host_of(Flaky(3), attempts=3)
    assert perform(host, messages) == Attempted(failed("raised ConnectionError"), "raised", 3)
    assert "step 's': world.touch raised ConnectionError (attempt 3 of 3)" in messages


def test_the_only_attempt_has_no_number(perform: Callable[..., Attempted], messages: Messages) -> None:
    assert perform(host_of(Flaky(1)), messages).attempts == 1
    assert messages[0] == "step 's': world.touch raised ConnectionError"
    assert messages[-1] == "ConnectionError: the line is busy"


def perform_in_a_loop(*arguments: Any, **options: Any) -> Completed | Failed:
    return asyncio.run(perform_host_async(*arguments, **options))


@pytest.mark.parametrize("perform", [perform_host, perform_in_a_loop])
def test_the_event_alone_can_be_asked_for(perform: Any, messages: Messages, tmp_path: Path) -> None:
    flaky = Flaky(1)
    hosts = {"world.touch": host_of(flaky, attempts=2)}
    assert perform(STEP, {}, hosts, messages.append, key="k1", folder=tmp_path) == did({"sent": True})
    assert [(call.key, call.folder) for call in flaky.calls] == [("k1", tmp_path)] * 2
    assert "raised ConnectionError (attempt 1 of 2)" in messages[0]
    assert perform(STEP, {}, hosts, messages.append) == did({"sent": True})
    assert (flaky.calls[2].key, flaky.calls[2].folder) == ("", None)


# Causes, and what is repeated


@pytest.mark.parametrize(
    ("answer", "event", "cause"),
    [
        ({"a": 1}, did({"a": 1}), None),
        (Fail("out of paper"), failed("out of paper"), "fail"),
        (Fail("x" * 1000), failed("failed, with a reason that is no text in bounds"), "fail"),
        (["no object"], failed("gave no JSON object in bounds"), "output"),
        ({"a": "x" * 1000}, failed("gave no JSON object in bounds"), "output"),
    ],
    ids=["output", "fail", "unfit fail", "no object", "large output"],
)
def test_an_answer_of_the_function_is_not_repeated(
    perform: Callable[..., Attempted],
    answer: Json,
    event: Completed | Failed,
    cause: endings.Cause | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(endings, "MAX_BYTES", 1000)
    calls: list[HostCall] = []

    def function(call: HostCall) -> Json:
        calls.append(call)
        return answer

    assert perform(host_of(function, attempts=3)) == Attempted(event, cause, 1)
    assert len(calls) == 1


def test_a_fail_after_an_exception_ends_the_step(
    perform: Callable[..., Attempted], messages: Messages
) -> None:
    def function(call: HostCall) -> Fail:
        if call.attempt == 1:
            raise OSError
        return Fail("no such account")

    assert perform(host_of(function, attempts=3), messages) == Attempted(failed("no such account"), "fail", 2)


def test_an_async_function_that_took_too_long_is_repeated(
    perform: Callable[..., Attempted], messages: Messages
) -> None:
    cleaned_up: list[int] = []

    async def function(call: HostCall) -> JsonObject:
        if call.attempt == 3:
            return {"attempt": 3}
        try:
            await asyncio.Event().wait()
        finally:
            cleaned_up.append(call.attempt)
        return {}

    host = host_of(function, time_limit=SOON, attempts=3)
    assert perform(host, messages) == Attempted(did({"attempt": 3}), None, 3)
    assert cleaned_up == [1, 2]
    assert messages == [
        f"step 's': world.touch took longer than 0.2 seconds (attempt {number} of 3)" for number in (1, 2)
    ]


class Hanging:
    """Host functions that go on after their time limit, until they are released."""

    def __init__(self) -> None:
        self.calls: list[HostCall] = []
        self.release, self.ended = threading.Event(), threading.Event()

    def sync(self, call: HostCall) -> JsonObject:
        self.calls.append(call)
        self.release.wait(60)
        self.ended.set()
        return {"too": "late"}

    def before_it_is_awaited(self, call: HostCall) -> Awaitable[JsonObject]:
        self.sync(call)
        return self.blocking(call)

    async def blocking(self, call: HostCall) -> JsonObject:
        return self.sync(call)

    async def stubborn(self, call: HostCall) -> JsonObject:
        self.calls.append(call)
        while not self.release.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue
        self.ended.set()
        return {}

    async def in_a_thread(self, call: HostCall) -> JsonObject:
        return await asyncio.to_thread(self.sync, call)


@pytest.mark.parametrize("name", ["sync", "before_it_is_awaited", "blocking", "stubborn", "in_a_thread"])
def test_a_function_that_still_runs_is_not_repeated(
    perform: Callable[..., Attempted], name: str, monkeypatch: pytest.MonkeyPatch, messages: Messages
) -> None:
    monkeypatch.setattr(threaded_call, "CLEAN_UP", SOON)
    hanging = Hanging()
    host = host_of(getattr(hanging, name), time_limit=SOON, attempts=3, wait=60)
    assert perform(host, messages) == Attempted(failed("took longer than its time limit"), "timeout", 1)
    assert messages == [
        "step 's': world.touch took longer than 0.2 seconds (attempt 1 of 3; it still runs, so it is not called again)"
    ]
    hanging.release.set()
    assert hanging.ended.wait(60)
    assert len(hanging.calls) == 1


def test_the_last_attempt_may_be_left_behind(perform: Callable[..., Attempted], messages: Messages) -> None:
    release = threading.Event()

    def function(call: HostCall) -> JsonObject:
        if call.attempt == 1:
            raise OSError
        release.wait(60)
        return {}

    host = host_of(function, time_limit=SOON, attempts=2)
    assert perform(host, messages) == Attempted(failed("took longer than its time limit"), "timeout", 2)
    assert messages[-1] == "step 's': world.touch took longer than 0.2 seconds (attempt 2 of 2)"
    release.set()


# The wait


@pytest.mark.parametrize("module", [time, asyncio], ids=["time.sleep", "asyncio.sleep"])
def test_there_is_a_wait_between_two_attempts(
    module: Any, monkeypatch: pytest.MonkeyPatch, messages: Messages
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    is_async = module is asyncio
    monkeypatch.setattr(module, "sleep", sleep if is_async else waits.append)
    perform = AsyncProgram().attempted if is_async else attempted
    assert perform(host_of(Flaky(9), attempts=3, wait=2.5), messages).attempts == 3
    assert waits == [2.5, 2.5]
    assert [line for line in messages if "attempt" in line] == [
        f"step 's': world.touch raised ConnectionError (attempt {which})"
        for which in (
            "1 of 3; the next one follows in 2.5 seconds",
            "2 of 3; the next one follows in 2.5 seconds",
            "3 of 3",
        )
    ]


def test_ctrl_c_during_the_wait_passes_through_at_once(perform: Callable[..., Attempted]) -> None:
    flaky = Flaky(9)

    class Interrupts(list[str]):
        def append(self, line: str) -> None:
            if line.startswith("ConnectionError"):  # the last line before the wait
                threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()

    with pytest.raises(KeyboardInterrupt):
        perform(host_of(flaky, attempts=2, wait=60), Interrupts())
    assert len(flaky.calls) == 1
