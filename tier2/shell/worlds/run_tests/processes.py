"""A program in a session of its own, of which nothing is left: neither when it is done, nor when we are stopped.

1. When the program has ended, and when whoever waits for it is cancelled (a time limit, Ctrl-C), its whole process
   group is ended: asked first (SIGTERM), then made to (SIGKILL).
2. A process that is killed (SIGKILL) can end nobody. So a small watcher reads a pipe of which only we hold the other
   end: where that closes before the watcher is told that all is done, we are gone, and it ends the process group.
3. The program sees nothing of the watcher: it is neither its child nor in its group, and no descriptor of it is open
   there. A process that has left the group (setsid) is out of reach.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import BinaryIO

GRACE = 2.0
"""How many seconds a program has between being asked to end and being ended."""

WATCH = 'read -r group && { read -r done || kill -s KILL -- "-$group"; }'
"""What the watcher does, as a script of the shell that POSIX promises: the process group is told to it first."""


async def exit_code(
    command: Sequence[str], *, directory: Path, environment: Mapping[str, str], output: BinaryIO
) -> int | None:
    """Runs a program to its end, and gives its exit code; None if it cannot be started.

    output: a file that takes what it prints. Its standard input is empty.
    """
    async with _watcher() as watcher:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=directory,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except (FileNotFoundError, PermissionError, NotADirectoryError):
            return None
        try:
            watcher.write(b"%d\n" % process.pid)
            return await process.wait()
        finally:
            await _end(process)
            watcher.write(b"done\n")


@asynccontextmanager
async def _watcher() -> AsyncGenerator[asyncio.StreamWriter]:
    """The pipe to a watcher, which is gone afterwards. It is there before the program is, so that no time is lost."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        WATCH,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # what ends us may end all that is in our group
    )
    assert process.stdin is not None  # noqa: S101  # it was asked for
    try:
        yield process.stdin
    finally:
        process.stdin.close()
        await process.wait()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        _signal(process.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE)
    left = _signal(process.pid, signal.SIGKILL)  # whoever did not listen, and whoever was left behind
    await process.wait()
    # Where nobody asks for the exit codes of orphans, they stay in the group for ever.
    end = monotonic() + GRACE
    while left and monotonic() < end:
        await asyncio.sleep(0.01)
        left = _signal(process.pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> bool:
    """Whether there was anybody in the process group to send the signal to."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
