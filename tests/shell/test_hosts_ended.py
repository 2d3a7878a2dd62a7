"""What becomes of a host operation at the end of its time, or at Ctrl-C?"""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest
from host_calls import AsyncProgram, Messages, attempted, failed, host_of, outcome

from tier2.kinds import Fail, JsonObject
from tier2.shell.runs import threaded_call
from tier2.shell.runs.hosts import HostCall

SOON = 0.2
"""A time limit for what would never end by itself."""


# The time limit


def test_a_sync_function_is_left_behind_at_the_limit(
    messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threaded_call, "CLEAN_UP", 600.0)  # it has none
    release = threading.Event()
    threads: list[threading.Thread] = []

    def function(_: HostCall) -> JsonObject:
        threads.append(threading.current_thread())
        release.wait(30)
        return {"too": "late"}

    assert outcome(function, messages, SOON) == failed("took longer than its time limit")
    assert messages == ["step 's': world.touch took longer than 0.2 seconds"]
    (thread,) = threads
    assert (thread.is_alive(), thread.daemon, thread.name) == (True, True, "host operation world.touch")
    release.set()
    thread.join(60)
    assert not thread.is_alive()


def test_an_async_function_is_cancelled_and_cleans_up(messages: Messages) -> None:
    seen: list[str] = []

    async def function(_: HostCall) -> JsonObject:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            seen.append("cleaned up")
        return {}

    assert outcome(function, messages, SOON) == failed("took longer than its time limit")
    assert seen == ["cleaned up"]
    assert messages == ["step 's': world.touch took longer than 0.2 seconds"]


def test_a_cancelled_function_may_say_how_far_it_came(messages: Messages) -> None:
    async def function(_: HostCall) -> JsonObject | Fail:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return Fail("took longer than its time limit; 3 of 5 were done")
        return {}

    assert outcome(function, messages, SOON) == failed("took longer than its time limit; 3 of 5 were done")
    assert messages == ["step 's': world.touch took longer than 0.2 seconds"]


def test_people_are_warned_before_the_time_limit(messages: Messages) -> None:
    warnings: list[str] = []

    async def function(_: HostCall) -> JsonObject:
        await asyncio.Event().wait()
        return {}

    host = host_of(function, time_limit=SOON, more_time="--patience \x1b SECONDS")
    assert attempted(host, messages, warn=warnings.append).cause == "timeout"
    more = "; for more time: --patience \\u001b SECONDS"
    assert warnings == [f"step 's': world.touch has 0.02 seconds left of 0.2 seconds{more}"]
    assert messages == [f"step 's': world.touch took longer than 0.2 seconds{more}"]
    assert AsyncProgram().attempted(host, messages, warn=warnings.append).cause == "timeout"
    assert warnings[0] == warnings[1]


@pytest.mark.parametrize(
    ("limit", "left"), [(10.0, "1 second left of 10 seconds"), (6_000.0, "60 seconds left of 6000 seconds")]
)
def test_a_warning_comes_a_minute_before_at_most(
    monkeypatch: pytest.MonkeyPatch, limit: float, left: str
) -> None:
    """Instead of the time that passes, each wait is over at once."""
    waited: list[float] = []

    def wait_not(_: object, seconds: float) -> SimpleNamespace:
        waited.append(seconds)
        return SimpleNamespace(done=())

    monkeypatch.setattr(threaded_call, "wait", wait_not)
    warnings: list[str] = []
    attempted(host_of(lambda _: {}, time_limit=limit), warn=warnings.append)
    assert warnings == [f"step 's': world.touch has {left}"]
    assert sum(waited) == limit


def test_an_output_given_when_cancelled_is_too_late() -> None:
    async def function(_: HostCall) -> JsonObject:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return {"too": "late"}
        return {}

    assert outcome(function, time_limit=SOON) == failed("took longer than its time limit")


def test_an_async_function_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threaded_call, "CLEAN_UP", SOON)
    release, ended = threading.Event(), threading.Event()

    async def function(_: HostCall) -> JsonObject:
        release.wait(60)  # blocking the loop is the point
        ended.set()
        return {}

    assert outcome(function, time_limit=SOON) == failed("took longer than its time limit")
    release.set()
    assert ended.wait(60)


def test_nothing_is_awaited_after_the_time_limit() -> None:
    release, closed = threading.Event(), threading.Event()
    begun: list[str] = []

    class Late:
        async def body(self) -> JsonObject:
            begun.append("body")
            return {}

        def __del__(self) -> None:
            closed.set()

    def function(_: HostCall) -> Awaitable[JsonObject]:
        release.wait(60)
        return Late().body()

    assert outcome(function, time_limit=SOON) == failed("took longer than its time limit")
    release.set()
    assert closed.wait(60)
    assert begun == []


# Ctrl-C


@pytest.fixture
def interrupting() -> Callable[[], None]:
    """Presses Ctrl-C, as far as the main thread can tell."""
    return lambda: os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    "limit", [60.0, SOON], ids=["before its time limit", "while it cleans up after that"]
)
def test_ctrl_c_lets_an_async_function_clean_up(
    interrupting: Callable[[], None], messages: Messages, limit: float
) -> None:
    seen: list[str] = []

    async def function(_: HostCall) -> JsonObject:
        try:
            if limit > SOON:
                interrupting()
            await asyncio.Event().wait()
        finally:
            interrupting()  # the first one, or that of an impatient person
            await asyncio.sleep(0.01)
            seen.append("cleaned up")
        return {}

    with pytest.raises(KeyboardInterrupt):
        outcome(function, messages, limit)
    assert (seen, messages) == (["cleaned up"], [])


def test_ctrl_c_leaves_a_sync_function_behind(interrupting: Callable[[], None]) -> None:
    release, ended = threading.Event(), threading.Event()

    def function(_: HostCall) -> JsonObject:
        interrupting()
        release.wait(60)
        ended.set()
        return {}

    with pytest.raises(KeyboardInterrupt):
        outcome(function)
    assert not ended.is_set()
    release.set()
    assert ended.wait(60)
