"""The host operations of the mission `run_tests`: pytest in a process of its own, with a recorder.

1. Only the record of the recorder is believed, as data. pytest's exit code has to fit it: a pytest that ended early,
   crashed, or changed its exit code is a failed step, and the reason tells how far it came. So is one that did not run
   all tests which the discovery had found.
2. Where the execution follows the discovery at once, one pytest does both: it finds the tests, waits while the
   discovery is recorded, and runs them. Otherwise the execution starts one of its own. That has to find the same tests,
   or runs none.
3. Outputs hold counts, and ids of tests that did not pass. There is no duration and no folder of this machine in them.
   The output of pytest and its JUnit XML go to files beside the run, outside the hash.
4. pytest and its whole process group end with the step: when it is done, at the time limit, at Ctrl-C, and when this
   process is killed (see `tier2.shell.worlds.run_tests.processes`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from msgspec import UnsetType

from tier2.contracts.v1 import StateArtifacts, TestOutcome
from tier2.contracts.views import view
from tier2.errors import Tier2Error
from tier2.kinds import Fail, JsonObject
from tier2.missions.run_tests.operations import BAD
from tier2.shell.runs.endings import TOOK_TOO_LONG
from tier2.shell.runs.hosts import HostCall, HostOperation
from tier2.shell.worlds.run_tests.command_line import TestOptions, arguments_of
from tier2.shell.worlds.run_tests.outputs import (
    FOUND,
    found_artifact,
    found_output,
    outcomes_output,
    read_found,
)
from tier2.shell.worlds.run_tests.processes import NotStartedError
from tier2.shell.worlds.run_tests.record_file import MalformedRecord, Record, named, story_of, story_of_crash
from tier2.shell.worlds.run_tests.session import Session

NO_PYTEST = 120
"""The exit code of the recorder if the interpreter has no pytest."""

CAUSES = {
    2: "it was interrupted",
    3: "it met an internal error",
    4: "it refused its arguments or settings",
    5: "it found no tests",
}
"""What pytest means by its exit codes."""

ENDED_BY_SOMEBODY = "a test, a plugin or a person ended it"

NOT_RUN: TestOutcome = "not_run"

Output: TypeAlias = JsonObject | Fail


def test_hosts(options: TestOptions) -> Mapping[str, HostOperation]:
    """The host operations ``tests.discover`` and ``tests.execute`` for one run."""
    steps = _Steps(options)
    limit, more = options.time_limit, "--time-limit SECONDS"
    return {
        "tests.discover": HostOperation(steps.discover, limit, more_time=more),
        "tests.execute": HostOperation(steps.execute, limit, more_time=more),
    }


class _Steps:
    """The two steps of one run, and the pytest that waits between them."""

    def __init__(self, options: TestOptions) -> None:
        self._options = options
        self._waiting: Session | None = None

    async def discover(self, call: HostCall) -> Output:
        """Finds the tests."""
        self._drop()
        return await self._attended(self._started(), lambda session: self._discover(session, call))

    async def execute(self, call: HostCall) -> Output:
        """Runs the tests, each of which the discovery has found if there was one."""
        session, self._waiting = self._waiting, None
        if session is not None:
            return await self._attended(session, lambda session: self._execute(session, call))
        return await self._attended(self._started(), lambda session: self._execute_anew(session, call))

    def _drop(self) -> None:
        session, self._waiting = self._waiting, None
        if session is not None:
            session.end()

    def _started(self) -> Session | Fail:
        arguments = arguments_of(self._options)
        if isinstance(arguments, Fail):
            return arguments
        try:
            return Session(self._options, arguments)
        except NotStartedError:
            return Fail("the interpreter cannot be started")

    async def _attended(
        self, session: Session | Fail, work: Callable[[Session], Awaitable[Output]]
    ) -> Output:
        """The output of some work with a session, which is ended afterwards unless it waits for the next step."""
        if isinstance(session, Fail):
            return session
        try:
            return await work(session)
        except asyncio.CancelledError:  # the time limit has come
            return self._failed(TOOK_TOO_LONG, story_of_crash(session.record))
        except MalformedRecord:
            return Fail("the record of the tests is malformed or too large")
        finally:
            if session is not self._waiting:
                session.end()

    async def _discover(self, session: Session, call: HostCall) -> Output:
        code, record = await session.found(), session.record
        fault = _outside(record) if code is None else self._fault(code, record)
        if fault is None and record.uncollected:
            fault = _uncollected(record)
        if fault is None and code == 2:
            fault = self._early(code, record)
        if fault is None and not record.any_found:
            fault = Fail("no tests were collected")
        if fault is not None:
            await session.leave()
            return fault
        output = found_output(call.folder, record.found)
        if code is None and self._options.executed_next:
            self._waiting = session
        return output

    async def _execute_anew(self, session: Session, call: HostCall) -> Output:
        if await session.found() is None:
            fault = _outside(session.record) or _changed(session.record, call)
            if fault is not None:
                await session.leave()
                return fault
        return await self._execute(session, call)

    async def _execute(self, session: Session, call: HostCall) -> Output:
        session.run()
        code, record = await session.ended(), session.record
        return self._fault(code, record) or self._verdict(code, record, call)

    def _verdict(self, code: int, record: Record, call: HostCall) -> Output:
        """What became of the tests in a session that came to its end."""
        if record.differing:
            return self._failed("the workers of pytest-xdist found different tests, so none ran")
        if code == 2 and record.uncollected and not record.any_started:
            return _uncollected(record)
        worst = record.worst
        missing = sorted(record.found - worst.keys())
        bad = not BAD.isdisjoint(worst.values())
        if record.max_fail:  # workers may have run all tests by then
            outcomes: dict[str, TestOutcome] = {**dict.fromkeys(missing, NOT_RUN), **worst}
            why = self._failed(_why(code, record)).reason if missing else ""
            return outcomes_output(call.folder, outcomes, why)
        if code == 2:
            return self._early(code, record)
        if missing:
            text = f"{len(missing)} of {len(record.found | worst.keys())} tests did not run: {named(missing)}"
            return self._failed(
                text, ENDED_BY_SOMEBODY if record.interrupted else "", story_of(record) if bad else ""
            )
        if code == 1 and not bad:
            return Fail("pytest ended with exit code 1, though no test failed")
        return outcomes_output(call.folder, worst)

    def _fault(self, code: int, record: Record) -> Fail | None:
        """What is wrong with a pytest that has ended, if it says nothing about all tests."""
        if code == NO_PYTEST:
            return Fail("the interpreter has no pytest")
        cause = f": {CAUSES[code]}" if code in CAUSES else ""
        if record.interrupted:
            cause = f": {ENDED_BY_SOMEBODY}"
        if code < 0:
            return self._failed(f"pytest was ended by signal {-code}", story_of_crash(record))
        if not record.ended:
            text = f"pytest ended with exit code {code} before it was done{cause}"
            return self._failed(text, story_of_crash(record))
        if (outside := _outside(record)) is not None:
            return outside
        if code in (0, 1, 2, 5):
            return None
        story = story_of(record) if record.worst else ""
        return self._failed(f"pytest ended with exit code {code}{cause}", story)

    def _early(self, code: int, record: Record) -> Fail:
        """The story of a session that ended before all tests had run."""
        return self._failed(f"pytest ended with exit code {code}: {_why(code, record)}", story_of(record))

    def _failed(self, *parts: str) -> Fail:
        """A failure after which a person reads on: in words that are the same for every run."""
        read_on = "" if self._options.files is None else "read on in the file .output.txt beside the run"
        return Fail("; ".join(part for part in (*parts, read_on) if part))


def _why(code: int, record: Record) -> str:
    """Why a session ended before all tests had run."""
    if record.max_fail:
        failures = "1 failure" if record.max_fail == "1" else f"{record.max_fail} failures"
        return f"it stops after {failures}, as -x or --maxfail says"
    return ENDED_BY_SOMEBODY if record.interrupted else CAUSES.get(code, "")


def _outside(record: Record) -> Fail | None:
    if record.outside or any(name.startswith("/") for name in (*record.found, *record.uncollected)):
        return Fail("tests outside the folder have ids with paths of this machine")
    return None


def _uncollected(record: Record) -> Fail:
    names = sorted(record.uncollected)
    modules = "1 module" if len(names) == 1 else f"{len(names)} modules"
    return Fail(f"{modules} could not be collected: {named(names)}")


def _changed(record: Record, call: HostCall) -> Fail | None:
    """What is wrong if other tests are found now than by the discovery."""
    try:
        artifacts = view(call.state, StateArtifacts).artifacts
    except Tier2Error:
        return None
    known = None if isinstance(artifacts, UnsetType) else artifacts.get(FOUND)
    if known is None or known == found_artifact(None, record.found):
        return None
    text = "other tests were found than by the discovery"
    before = read_found(call.folder, known)
    if before is None:
        return Fail(text)
    gone, new = sorted(before - record.found), sorted(record.found - before)
    parts = [f"{len(gone)} missing: {named(gone)}"] if gone else []
    parts += [f"{len(new)} new: {named(new)}"] if new else []
    return Fail("; ".join([text, *parts]))
