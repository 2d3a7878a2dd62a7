"""Runs a program in a session of its own, and leaves none of its processes behind, even if this process is killed.

1. When the program has ended, and when the wait for it is cancelled (a time limit, Ctrl-C), its whole process group is
   ended: first by SIGTERM, then by SIGKILL.
2. A process that is killed (SIGKILL) can end no other. So a small watcher reads a pipe whose other end only this
   process holds. If the pipe closes before the word that all is done, the watcher ends the process group.
3. The program sees nothing of the watcher: it is neither its child nor in its group, and has no descriptor of it. A
   process that has left the group (setsid) is out of reach.
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
"""How many seconds a program has between SIGTERM and SIGKILL."""

WATCH = 'read -r group && { read -r done || kill -s KILL -- "-$group"; }'
"""The watcher, as a script for the shell that POSIX promises. The first line that it reads is the process group."""


async def exit_code(
    command: Sequence[str], *, directory: Path, environment: Mapping[str, str], output: BinaryIO
) -> int | None:
    """Runs a program to its end, and gives its exit code; None if it cannot be started.

    output: a file that takes what it prints. Its standard input is empty.
    """
    async with _watcher() as watcher:
        starting = asyncio.ensure_future(_started(command, directory, environment, output, watcher))
        try:
            # A cancellation while the process starts would end it alone, without its group.
            process = await asyncio.shield(starting)
            return None if process is None else await process.wait()
        finally:
            process = await starting
            if process is not None:
                await _end(process)
                watcher.write(b"done\n")


async def _started(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    output: BinaryIO,
    watcher: asyncio.StreamWriter,
) -> asyncio.subprocess.Process | None:
    """The process in a session of its own, which the watcher knows of; None if it cannot be started."""
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
    watcher.write(b"%d\n" % process.pid)
    return process


@asynccontextmanager
async def _watcher() -> AsyncGenerator[asyncio.StreamWriter]:
    """The pipe to a watcher, which ends with the block. It starts before the program, so no instant is unwatched."""
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
    left = _signal(process.pid, signal.SIGKILL)  # processes that ignored SIGTERM or were left behind
    await process.wait()
    # Orphans whose exit codes nobody reads stay in the group for ever.
    end = monotonic() + GRACE
    while left and monotonic() < end:
        await asyncio.sleep(0.01)
        left = _signal(process.pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> bool:
    """Sends a signal to a process group, and says whether a process was in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
