"""Real runs for the tests of the command: people, a host operation, and a terminal to answer at."""

import io
import json
import os
import pty
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from shell_command import Answer

from tier2.kinds import Host, MissionType, Operation
from tier2.missions import MISSIONS, OPERATIONS
from tier2.shell.cli import main
from tier2.shell.runs.hosts import HostCall, HostOperation
from tier2.shell.worlds.world import World

Json = Any


class RealRuns:
    """The command with a host operation of our own, `bell.ring`, and the folder in which it leaves its runs."""

    def __init__(
        self, folder: Path, capture: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.folder = folder
        self.rung: list[HostCall] = []
        self._capture = capture
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        self.runs = folder / "state" / "tier2"
        self.errors = "strict"
        """How Python reads bytes at the terminal that are not UTF-8, as in `open`."""

    def __call__(  # noqa: PLR0913 - each has a default
        self,
        *arguments: object,
        typed: str | None = None,
        screen: bool = False,
        hosts: Mapping[str, HostOperation] = MappingProxyType({}),
        operations: Mapping[str, Operation] = OPERATIONS,
        missions: Mapping[str, MissionType] = MISSIONS,
        worlds: Mapping[str, World] | None = None,
    ) -> Answer:
        """Calls the command.

        typed: what a person types at its terminal; None for no terminal.
        screen: whether the answer goes to that terminal too, and not to a pipe.
        """
        words = [str(argument) for argument in arguments]
        own = {"bell.ring": Host(), **operations}
        bell = {"bell.ring": HostOperation(self._ring), **hosts}
        call = partial(main, words, missions, own, bell, worlds, prog="tier2")
        if typed is None:
            self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"approve\n")))
            code = call()
            out, err = self._capture.readouterr()
            return Answer(code, out, err.decode())
        return self._at_terminal(call, typed, screen=screen)

    def _at_terminal(self, call: Callable[[], int], typed: str, *, screen: bool) -> Answer:
        ours, theirs = pty.openpty()
        # It is typed ahead: a terminal keeps what nobody has read yet. Ctrl-D ends the input, so that nothing hangs.
        os.write(ours, f"{typed}\x04".encode(errors="surrogateescape"))
        with (
            open(theirs, encoding="utf-8", errors=self.errors, closefd=False) as keys,
            open(theirs, "w", encoding="utf-8", closefd=False) as shows,
            self._monkeypatch.context() as patched,
        ):
            patched.setattr(sys, "stdin", keys)
            patched.setattr(sys, "stderr", shows)
            if screen:
                patched.setattr(sys, "stdout", shows)
            code = call()
        os.close(theirs)
        shown = read_all(ours)
        os.close(ours)
        out, err = self._capture.readouterr()
        assert err == b""
        return Answer(code, out, shown)

    def _ring(self, call: HostCall) -> Mapping[str, Json]:
        self.rung.append(call)
        return {"rung": len(self.rung)}

    def workflow(self, *steps: Json, identity: str = "wf") -> Path:
        """A workflow document."""
        path = self.folder / "workflow.json"
        document = {"contract": "tier2.workflow/v1", "id": identity, "metadata": {}, "steps": steps}
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def path(self, name: str) -> Path:
        """The run file of that name."""
        return self.runs / f"{name}.ndjson"

    def events(self, name: str) -> list[Json]:
        """The events that a run file holds."""
        return self.events_in(self.path(name))

    @staticmethod
    def events_in(path: Path) -> list[Json]:
        """The events that the run file at a path holds."""
        lines = map(json.loads, path.read_bytes().splitlines())
        return [line["entry"]["event"] for line in lines if "entry" in line]


def read_all(terminal: int) -> str:
    """The whole output at a terminal that no process has open any more, without its carriage returns."""
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other end is closed
            part = b""
        if not part:
            return shown.decode(errors="replace").replace("\r\n", "\n")
        shown += part


def person(step_id: str, description: str = "May it go on?", **payload: Json) -> Json:
    return {"id": step_id, "kind": "human", "payload": {"description": description, **payload}}


def machine(step_id: str, operation: str, **payload: Json) -> Json:
    return {"id": step_id, "kind": "runtime", "payload": {"operation": operation, **payload}}
