"""What becomes of a host operation that an async program awaits, and cancels?

The host function itself cancels the program, so each test knows in which state it is cancelled.
"""

import asyncio
import gc
import logging
import threading
from collections.abc import Awaitable
from typing import NoReturn

import pytest
from host_calls import STEP, AsyncProgram, Messages, did, failed, host_of

from tier2.kinds import JsonObject
from tier2.shell.runs import threaded_call
from tier2.shell.runs.attempt import Attempted, attempt_host_async
from tier2.shell.runs.hosts import HostCall

SOON = 0.2
"""A time limit for what would never end by itself."""


@pytest.fixture
def program() -> AsyncProgram:
    return AsyncProgram()


def test_the_event_loop_goes_on_while_a_function_blocks(program: AsyncProgram) -> None:
    def function(_: HostCall) -> JsonObject:
        turned = threading.Event()
        program.loop.call_soon_threadsafe(turned.set)
        return {"turned": turned.wait(60)}

    assert program.attempted(host_of(function)) == Attempted(did({"turned": True}), None, 1)


def test_an_async_function_is_cancelled_and_cleans_up(program: AsyncProgram, messages: Messages) -> None:
    seen: list[str] = []
    threads: list[threading.Thread] = []

    async def function(_: HostCall) -> JsonObject:
        threads.append(threading.current_thread())
        try:
            program.cancel()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            seen.append("cleaned up")
        return {}

    with pytest.raises(asyncio.CancelledError):
        program.attempted(host_of(function, attempts=3), messages)
    assert (seen, messages) == (["cleaned up"], [])
    (thread,) = threads
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize("limit", [60.0, SOON], ids=["when it was cancelled", "at its time limit"])
def test_a_cancellation_does_not_cut_a_clean_up_short(
    program: AsyncProgram, messages: Messages, limit: float
) -> None:
    seen: list[str] = []

    async def function(_: HostCall) -> JsonObject:
        try:
            if limit > SOON:
                program.cancel()
            await asyncio.Event().wait()
        finally:
            for _again in range(2):
                arrived = threading.Event()
                program.cancel()
                program.loop.call_soon_threadsafe(arrived.set)
                await asyncio.to_thread(arrived.wait, 60)
            seen.append("cleaned up")
        return {}

    with pytest.raises(asyncio.CancelledError):
        program.attempted(host_of(function, time_limit=limit, attempts=3), messages)
    assert (seen, messages) == (["cleaned up"], [])


def test_a_timeout_around_it_is_a_cancellation() -> None:
    seen: list[str] = []

    async def function(_: HostCall) -> JsonObject:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cleaned up")
        return {}

    async def main() -> None:
        hosts = {"world.touch": host_of(function, attempts=3)}
        async with asyncio.timeout(SOON):
            await attempt_host_async(STEP, {}, hosts, print)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert seen == ["cleaned up"]


def test_a_cancelled_sync_function_is_left_behind(
    program: AsyncProgram,
    messages: Messages,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threaded_call, "CLEAN_UP", 600.0)  # it has none
    release = threading.Event()
    threads: list[threading.Thread] = []

    def function(_: HostCall) -> JsonObject:
        threads.append(threading.current_thread())
        program.cancel()
        release.wait(30)
        return {"too": "late"}

    with caplog.at_level(logging.DEBUG, "concurrent.futures"), pytest.raises(asyncio.CancelledError):
        program.attempted(host_of(function), messages)
    (thread,) = threads
    assert thread.is_alive()
    release.set()
    thread.join(60)
    assert (messages, caplog.messages) == ([], [])


def test_nothing_is_awaited_after_a_cancellation(program: AsyncProgram) -> None:
    release = threading.Event()
    threads: list[threading.Thread] = []
    begun: list[str] = []

    async def body() -> JsonObject:
        begun.append("body")
        return {}

    def function(_: HostCall) -> Awaitable[JsonObject]:
        threads.append(threading.current_thread())
        program.cancel()
        release.wait(60)
        return body()

    with pytest.raises(asyncio.CancelledError):
        program.attempted(host_of(function))
    release.set()
    threads[0].join(60)
    gc.collect()  # a coroutine that was neither awaited nor closed would warn now
    assert begun == []


def test_an_async_function_that_hangs_is_left_behind(
    program: AsyncProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threaded_call, "CLEAN_UP", SOON)
    release, ended = threading.Event(), threading.Event()

    async def function(_: HostCall) -> JsonObject:
        program.cancel()
        release.wait(60)  # blocking the loop is the point
        ended.set()
        return {}

    with pytest.raises(asyncio.CancelledError):
        program.attempted(host_of(function))
    assert not ended.is_set()
    release.set()
    assert ended.wait(60)


def test_a_cancellation_during_the_wait_goes_on_at_once(program: AsyncProgram) -> None:
    calls: list[int] = []

    def function(call: HostCall) -> NoReturn:
        calls.append(call.attempt)
        raise OSError

    class Cancels(list[str]):
        def append(self, line: str) -> None:
            if line == "OSError":  # the last line before the wait
                program.cancel()

    with pytest.raises(asyncio.CancelledError):
        program.attempted(host_of(function, attempts=2, wait=60), Cancels())
    assert calls == [1]


def test_what_is_cancelled_before_it_begins_is_not_called() -> None:
    calls: list[HostCall] = []

    async def main() -> None:
        hosts = {"world.touch": host_of(calls.append)}
        task = asyncio.ensure_future(attempt_host_async(STEP, {}, hosts, print))
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert calls == []


def test_a_keyboard_interrupt_of_the_function_passes_through(program: AsyncProgram) -> None:
    def function(_: HostCall) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        program.attempted(host_of(function, attempts=3))


def test_several_operations_are_awaited_at_once() -> None:
    together = threading.Barrier(3)

    def function(call: HostCall) -> JsonObject:
        together.wait(60)
        return {"key": call.key}

    async def main() -> list[Attempted]:
        hosts = {"world.touch": host_of(function)}
        keys = ("a", "b", "c")
        return await asyncio.gather(*(attempt_host_async(STEP, {}, hosts, print, key=key) for key in keys))

    assert asyncio.run(main()) == [Attempted(did({"key": key}), None, 1) for key in ("a", "b", "c")]


def test_a_time_out_is_an_event_and_no_exception(program: AsyncProgram, messages: Messages) -> None:
    async def function(_: HostCall) -> JsonObject:
        await asyncio.Event().wait()
        return {}

    assert program.attempted(host_of(function, time_limit=SOON), messages) == Attempted(
        failed("took longer than its time limit"), "timeout", 1
    )
    assert messages == ["step 's': world.touch took longer than 0.2 seconds"]
