"""A project whose tests nobody here has written, and what becomes of them when `run_tests` tests it."""

import asyncio
import hashlib
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tier2 import (
    Completed,
    Event,
    ExecutionContext,
    Failed,
    MissionSpec,
    OrchestrationResult,
    Run,
    StepSpec,
    advance,
    build_workflow,
    finish,
    pending,
    start,
    state,
)
from tier2.engine.execution import perform
from tier2.kinds import JsonObject
from tier2.shell.runs.attempt import perform_host, perform_host_async
from tier2.shell.runs.hosts import HostOperation
from tier2.shell.worlds.run_tests import pytest_hosts as testing
from tier2.shell.worlds.run_tests.command_line import TestOptions

Json = Any

PASSING = "def test_a():\n    pass\n"

OUTCOMES = """
import pytest

def test_passed(): pass
def test_failed(): assert 1 == 2, "one is not two"

@pytest.fixture
def broken(): raise OSError("no such thing")
def test_setup(broken): pass

@pytest.fixture
def spoiled():
    yield
    raise OSError("no such thing")
def test_teardown(spoiled): pass

@pytest.mark.skip
def test_skipped(): pass
def test_skips(): pytest.skip("not today")

@pytest.mark.xfail
def test_xfailed(): assert False
@pytest.mark.xfail
def test_xpassed(): pass
@pytest.mark.xfail(strict=True)
def test_xpassed_strictly(): pass
@pytest.mark.parametrize("value", ["x y", "é", "a::b", "[", ""])
def test_each(value): pass

class TestClass:
    def test_method(self): pass
"""


class Project:
    """A project in a folder of its own, whose tests nobody here has written for us."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **files: str) -> "Project":
        """Puts files in place; ``__`` in a name stands for a dot, and ``___`` for a slash."""
        for name, text in files.items():
            path = self.folder / name.replace("___", "/").replace("__", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def script(self, *lines: str) -> str:
        """A program that takes the place of the interpreter."""
        path = self.folder.parent / "python"
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
        path.chmod(0o700)
        return str(path)

    def recording(self, *lines: tuple[str, str], code: int = 0) -> str:
        """A program that leaves a record as if it were pytest that came to its end, and ends."""
        record = "".join(f"{json.dumps(line)}\n" for line in [*lines, ("ended", "")])
        return self.leaving(record, code)

    def leaving(self, record: str, code: int = 0) -> str:
        """A program that leaves this text as its record, and ends."""
        return self.script(f'printf %s {shlex.quote(record)} > "$2"', f"exit {code}")

    def options(self, target: str = "all", **changed: Json) -> TestOptions:
        return TestOptions(**{"target": target, "directory": self.folder, "time_limit": 120.0, **changed})

    def step(self, number: int, target: str = "all", **changed: Json) -> Completed | Failed:
        """The event of the mission's discovery (0) or its execution (1).

        known: the state before it.
        """
        return perform_host(*self._step(number, target, **changed), print, folder=self.kept)

    def execute_async(self, **changed: Json) -> Completed | Failed:
        """The event of the mission's execution in a program with an event loop."""
        return asyncio.run(perform_host_async(*self._step(1, **changed), print))

    def _step(
        self, number: int, target: str = "all", **changed: Json
    ) -> tuple[StepSpec, JsonObject, Mapping[str, HostOperation]]:
        known: JsonObject = changed.pop("known", {})
        workflow = build_workflow(MissionSpec(type="run_tests", params={"target": target}))
        hosts = testing.test_hosts(self.options(target, **changed))
        return workflow.steps[number], known, hosts

    def discover(self, target: str = "all", **changed: Json) -> Json:
        """The tests that were found, or why the step failed."""
        return self._artifact_of(self.step(0, target, **changed), "found.ndjson")

    def execute(self, target: str = "all", **changed: Json) -> dict[str, str] | str:
        """Each test's outcome, or why the step failed."""
        found = self._artifact_of(self.step(1, target, **changed), "outcomes.ndjson")
        return found if isinstance(found, str) else {entry["id"]: entry["outcome"] for entry in found}

    @property
    def kept(self) -> Path:
        """The folder of the run."""
        return self.folder.with_name(f"{self.folder.name}-run")

    def _artifact_of(self, event: Completed | Failed, name: str) -> Json:
        """The lines of the artifact that an event names, or why the step failed."""
        if isinstance(event, Failed):
            return event.reason
        data = (self.kept / name).read_bytes()
        named = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}}
        assert event.to_dict()["output"]["artifacts"] == named
        return [json.loads(line) for line in data.splitlines()]

    def run(self, target: str = "all", **changed: Json) -> OrchestrationResult:
        """The whole mission."""
        workflow = build_workflow(MissionSpec(type="run_tests", params={"target": target}))
        hosts = testing.test_hosts(self.options(target, **{"executed_next": True, **changed}))
        run: Run = start(workflow, ExecutionContext())
        while (step := pending(run)) is not None:
            is_host = step.payload["operation"] in hosts
            if is_host:
                event: Event = perform_host(step, state(run), hosts, print, folder=self.kept)
            else:
                event = perform(step, state(run))
            run = advance(run, event)
        return finish(run)
