"""A process that runs the command in children of its own, and lets them be killed at chosen instants.

1. The server is started once and forks a child for each job, so a job costs milliseconds. It has one thread, so that
   forking is safe, even if the tests around it have threads.
2. In a child every call that changes the disk is surrounded by instants, each with a name such as "after fsync run"; so
   is the work of a host operation, and of a pure one. Instants are numbered from 1. A line is written in two halves.
   fsync itself does nothing there: what a killed process had written is not lost with it.
3. A job with ``die_at`` kills itself (SIGKILL) at that instant. A job in lock-step tells its parent the name of each
   instant, and does not go on until it gets a byte: its parent may kill it there.
"""

import gc
import importlib
import os
import pkgutil
import re
import secrets
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec

from tier2 import shell
from tier2.contracts.v1 import StepSpec
from tier2.kinds import Host, JsonObject, MissionType, Pure, runtime
from tier2.missions import MISSIONS, OPERATIONS
from tier2.shell.cli import main
from tier2.shell.run_files import clock
from tier2.shell.runs.hosts import HostCall, HostOperation

Json = Any


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A command to be run in a folder.

    die_at: the number of the instant at which it kills itself; 0 for never.
    lock_step: whether it stops at each instant until its parent lets it go on.
    """

    folder: str
    arguments: tuple[str, ...]
    die_at: int = 0
    lock_step: bool = False


class Ended(NamedTuple):
    """How a job ended.

    code: its exit code; minus 9 for a killed one.
    instants: the names of the instants that it came to, the last of which it may have been killed at.
    """

    code: int
    instants: list[str]


# The mission of the children: a person, a pure operation, the world, and a pure operation again.


class NoParams(msgspec.Struct, frozen=True):
    """The mission takes none."""


def errand(_: NoParams) -> tuple[StepSpec, ...]:
    return (
        StepSpec(id="confirm", kind="human", payload={"description": "Shall the bell be rung?"}),
        runtime("before", "Count.", "count"),
        runtime("ring", "Ring the bell.", "bell.ring"),
        runtime("after", "Count once more.", "count"),
    )


class Child:
    """The work of a forked child."""

    def __init__(self, job: Job, channel: socket.socket) -> None:
        self._job = job
        self._channel = channel
        self._count = 0
        self._names: dict[int, str] = {}
        self._write, self._open = os.write, os.open

    def run(self) -> int:
        os.chdir(self._job.folder)
        nothing = self._open(os.devnull, os.O_RDONLY)
        output = self._open("output", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for descriptor, other in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(descriptor, other)
        self._surround()
        return main(
            self._job.arguments,
            {**MISSIONS, "errand": MissionType(NoParams, errand)},
            {**OPERATIONS, "count": Pure(self._count_up), "bell.ring": Host()},
            {"bell.ring": HostOperation(self._ring)},
            prog="tier2",
        )

    def _ring(self, call: HostCall) -> JsonObject:
        self._instant("before the host operation works")
        descriptor = self._open("bell", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._write(descriptor, f"ding {call.key}\n".encode())
        os.close(descriptor)
        self._instant("inside the host operation")
        return {"rung": True}

    def _count_up(self, _: JsonObject, state: JsonObject) -> JsonObject:
        self._instant("inside a pure operation")
        count = state.get("count", 0)
        return {"count": count + 1 if isinstance(count, int) else 0}

    def _instant(self, name: str) -> None:
        self._count += 1
        if self._job.lock_step:
            self._channel.sendall(name.encode() + b"\n")
            if self._channel.recv(1) != b"+":
                os._exit(70)
        else:
            self._write(self._channel.fileno(), name.encode() + b"\n")
        if self._count == self._job.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _surround(self) -> None:
        for call, named in (
            ("fchmod", self._of_descriptor),
            ("ftruncate", self._of_descriptor),
            ("replace", self._of_target),
            ("unlink", self._of_path),
            ("mkdir", self._of_path),
        ):
            self._around(call, named)
        # Runs are compared byte for byte.
        setattr(clock, "now", lambda: "2026-11-24T09:30:00Z")  # noqa: B010
        setattr(secrets, "token_hex", lambda size: "5" * (2 * size))  # noqa: B010
        setattr(os, "fsync", self._synced)  # noqa: B010  # mypy has no word for another function in its place
        setattr(os, "open", self._opened)  # noqa: B010
        setattr(os, "write", self._written)  # noqa: B010

    def _around(self, call: str, named: Callable[..., str]) -> None:
        real = getattr(os, call)

        def surrounded(*arguments: object, **options: object) -> object:
            name = f"{call} {named(*arguments)}"
            self._instant(f"before {name}")
            given = real(*arguments, **options)
            self._instant(f"after {name}")
            return given

        setattr(os, call, surrounded)

    def _of_descriptor(self, descriptor: int, *_: object) -> str:
        return self._names.get(descriptor, "folder")

    def _of_path(self, path: object, *_: object) -> str:
        name = Path(str(path)).name
        return "run" if name.endswith(".ndjson") else "a temporary file" if ".tier2-" in name else name

    def _of_target(self, _: object, target: object) -> str:
        return self._of_path(target)

    def _synced(self, descriptor: int) -> None:
        name = self._of_descriptor(descriptor)
        self._instant(f"before fsync {name}")
        self._instant(f"after fsync {name}")

    def _opened(self, path: object, flags: int, *rest: object, **options: object) -> int:
        name = self._of_path(path)
        if flags & os.O_CREAT:
            self._instant(f"before open {name}")
        descriptor: int = self._open(path, flags, *rest, **options)  # type: ignore[arg-type]  # passed on as given
        self._names[descriptor] = "folder" if flags & os.O_DIRECTORY else name
        if flags & os.O_CREAT:
            self._instant(f"after open {name}")
        return descriptor

    def _written(self, descriptor: int, data: bytes) -> int:
        name = _of_line(bytes(data))
        self._instant(f"before write {name}")
        half = self._write(descriptor, data[: len(data) // 2])
        self._instant(f"half of write {name}")
        written = half + self._write(descriptor, data[half:])
        self._instant(f"after write {name}")
        return written


def _of_line(line: bytes) -> str:
    """The name of the thing that a line of a run file records."""
    step = re.search(rb'"step_id":"([^"]+)"', line)
    if line.startswith(b'{"entry"') and step:
        return f"event {step[1].decode()}"
    names = {b'{"context"': "the run", b'{"sha256"': "the planned write-back", b'{"contract"': "the result"}
    return next(name for start, name in names.items() if line.startswith(start))


def serve(channel: socket.socket) -> None:
    """Runs one job after the other, each in a fork, and reports how each ended."""
    # What the command imports only when it needs it is here already, and untouched memory stays shared: both would
    # otherwise be paid for in each child.
    for module in pkgutil.walk_packages(shell.__path__, f"{shell.__name__}."):
        importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    jobs = channel.makefile("rb", buffering=0)
    while line := jobs.readline():
        process = os.fork()
        if process == 0:
            _be_child(msgspec.json.decode(line, type=Job), channel)
        channel.sendall(b"pid %d\n" % process)
        _, status = os.waitpid(process, 0)
        channel.sendall(b"ended %d\n" % os.waitstatus_to_exitcode(status))


def _be_child(job: Job, channel: socket.socket) -> NoReturn:
    code = 70
    try:
        code = Child(job, channel).run()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001  # nothing may come back into the server's loop
        traceback.print_exc()
    finally:
        os._exit(code)


# The side of the tests


class Server:
    """The tests' end."""

    def __init__(self, channel: socket.socket) -> None:
        channel.settimeout(120)  # a child that hangs fails its test
        self._channel = channel
        self._lines = channel.makefile("r", encoding="utf-8")

    def run(self, job: Job, kill_at: int = 0) -> Ended:
        """Runs a job to its end; one in lock-step is killed at an instant, from here."""
        self._channel.sendall(msgspec.json.encode(job) + b"\n")
        process, instants = 0, list[str]()
        for line in self._lines:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "ended":
                return Ended(int(rest), instants)
            if word == "pid":
                process = int(rest)
            else:
                instants.append(f"{word} {rest}")
            # The child may be at its first instant before the server has told who it is.
            if job.lock_step and process and instants and word in ("pid", *_BEGINNINGS):
                if len(instants) == kill_at:
                    os.kill(process, signal.SIGKILL)
                else:
                    self._channel.sendall(b"+")
        raise EOFError("the server is gone")


_BEGINNINGS = ("before", "half", "after", "inside")


@contextmanager
def server(path: Sequence[str]) -> Iterator[Server]:
    """A server, with the import path of the tests."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            cwd=Path(__file__).parent,
        )
        theirs.close()
        with process:
            yield Server(ours)
            ours.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
