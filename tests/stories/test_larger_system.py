"""A larger system builds on the package: the story of a release service.

It has a mission type, a pure operation and two host operations of its own. It performs the host operations itself,
keeps runs, events and results as documents in SQLite, and resumes a run after a restart, from plain and from async
functions. It uses public names only, and registers nothing anywhere.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Literal, TypeAlias, cast

import msgspec
import pytest

from tier2 import (
    MISSIONS,
    OPERATIONS,
    Completed,
    Decided,
    Difference,
    Event,
    ExecutionContext,
    Fail,
    Failed,
    Host,
    MissionSpec,
    MissionType,
    Operation,
    OrchestrationResult,
    Pure,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    decode,
    digest,
    finish,
    pending,
    replay,
    start,
    state,
    verify,
)
from tier2.values.frozen import JsonValue

JsonObject: TypeAlias = Mapping[str, JsonValue]

# The system's own mission type, pure operation and two host operations


class ReleaseParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version to release, and the stage to release it to."""

    version: str
    stage: Literal["test", "live"] = "test"


def release_steps(params: ReleaseParams) -> tuple[StepSpec, ...]:
    """Builds, writes notes and deploys; on the live stage a person approves first."""
    approve = StepSpec(
        id="approve", kind="human", payload={"description": f"Release {params.version} to everybody?"}
    )
    work = tuple(
        StepSpec(id=name, kind="runtime", payload={"operation": f"release.{name}", "version": params.version})
        for name in ("build", "notes", "deploy")
    )
    return (*work[:2], approve, work[2]) if params.stage == "live" else work


def notes(payload: JsonObject, state: JsonObject) -> dict[str, str] | Fail:
    """The pure operation: a line of release notes with the size that the build wrote into the state."""
    size = state.get("size")
    if not isinstance(size, int):
        return Fail("the state has no size")
    return {"notes": f"{payload['version']}: {size} bytes"}


OUR_MISSIONS = {**MISSIONS, "release": MissionType(ReleaseParams, release_steps)}
OUR_OPERATIONS: dict[str, Operation] = {
    **OPERATIONS,
    "release.build": Host(),
    "release.deploy": Host(),
    "release.notes": Pure(notes),
}

# The outside world, and the system's work in it


class World:
    """The world that host operations touch; here a list of the steps performed."""

    def __init__(self, *, broken: bool = False) -> None:
        self.performed: list[str] = []
        self.broken = broken

    def act(self, step: StepSpec) -> Event:
        if self.broken:
            return Failed(step_id=step.id, reason="the network is down")
        self.performed.append(step.id)
        output = {"size": 1234} if step.id == "build" else {"deployed": True}
        return Completed(step_id=step.id, output=output)

    async def act_later(self, step: StepSpec) -> Event:
        return await asyncio.to_thread(self.act, step)


def operation_of(step: StepSpec) -> Operation:
    return OUR_OPERATIONS[cast("str", step.payload["operation"])]


def needs_the_world(step: StepSpec) -> bool:
    return isinstance(operation_of(step), Host)


def compute(step: StepSpec, state: JsonObject) -> Event:
    """The event of a step with a pure operation."""
    operation = operation_of(step)
    assert isinstance(operation, Pure)
    output = operation.function(step.payload, state)
    if isinstance(output, Fail):
        return Failed(step_id=step.id, reason=output.reason)
    return Completed(step_id=step.id, output=output)


# The store


class Store:
    """Documents in SQLite, as JSON: the run without events, each event as it happens, the result."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("create table if not exists runs (id text primary key, start text, result text)")
            database.execute(
                "create table if not exists events (run text, n integer, event text, unique (run, n))"
            )

    def begin(self, name: str, run: Run) -> None:
        with closing(sqlite3.connect(self.path)) as database, database:
            database.execute("insert into runs values (?, ?, null)", (name, canonical(run).decode()))

    def add(self, name: str, position: int, event: Event) -> None:
        with closing(sqlite3.connect(self.path)) as database, database:
            row = (name, position, canonical(event).decode())
            database.execute("insert into events values (?, ?, ?)", row)

    def end(self, name: str, result: OrchestrationResult) -> None:
        with closing(sqlite3.connect(self.path)) as database, database:
            row = (canonical(result).decode(), name)
            database.execute("update runs set result = ? where id = ?", row)

    def run(self, name: str) -> Run:
        """The run so far, replayed from the stored events without performing any operation."""
        with closing(sqlite3.connect(self.path)) as database:
            (text,) = database.execute("select start from runs where id = ?", (name,)).fetchone()
            rows = database.execute("select event from events where run = ? order by n", (name,)).fetchall()
        begun = decode(cast("str", text), Run)
        return replay(begun.workflow, begun.context, [decode(cast("str", row), Event) for (row,) in rows])

    def result(self, name: str) -> OrchestrationResult:
        with closing(sqlite3.connect(self.path)) as database:
            (text,) = database.execute("select result from runs where id = ?", (name,)).fetchone()
        return decode(cast("str", text), OrchestrationResult)


# Two drivers, one plain and one async. Both stop at a step that needs a person.


def drive(store: Store, name: str, world: World, *, steps: int = 5) -> Run:
    run = store.run(name)
    for _ in range(steps):
        step = pending(run)
        if step is None or step.kind == "human":
            break
        event = world.act(step) if needs_the_world(step) else compute(step, state(run))
        run = advance(run, event)
        store.add(name, len(run.events) - 1, event)
    return run


async def drive_async(run: Run, act: Callable[[StepSpec], Awaitable[Event]]) -> Run:
    while (step := pending(run)) is not None and step.kind != "human":
        event = await act(step) if needs_the_world(step) else compute(step, state(run))
        run = advance(run, event)
    return run


def planned(stage: str = "live") -> WorkflowDefinition:
    mission = MissionSpec(type="release", params={"version": "1.2.0", "stage": stage})
    return build_workflow(mission, OUR_MISSIONS)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs.sqlite")


CONTEXT = ExecutionContext(initial_state={"repository": "example"}, metadata={"asked_by": "ci"})


def test_a_run_pauses_for_a_person_and_is_resumed(store: Store) -> None:
    store.begin("r1", start(planned(), CONTEXT, OUR_OPERATIONS))
    world = World()
    paused = drive(store, "r1", world)
    step = pending(paused)
    assert step is not None
    assert (step.id, world.performed) == ("approve", ["build"])
    assert state(paused)["notes"] == "1.2.0: 1234 bytes"

    decision = Decided(step_id="approve", verdict="approved", by="Ann", note="ship it")
    advance(store.run("r1"), decision)  # refused here, it would not be stored
    store.add("r1", 2, decision)

    result = finish(drive(store, "r1", world))
    store.end("r1", result)
    assert world.performed == ["build", "deploy"]
    assert (result.outcome, result.success) == ("completed", True)
    assert result.final_state == {
        "repository": "example",
        "size": 1234,
        "notes": "1.2.0: 1234 bytes",
        "deployed": True,
    }
    assert store.result("r1") == result
    assert verify(store.run("r1"), store.result("r1")) is None


def test_a_veto_ends_the_run_before_the_deployment(store: Store) -> None:
    store.begin("r1", start(planned(), CONTEXT, OUR_OPERATIONS))
    world = World()
    drive(store, "r1", world)
    store.add("r1", 2, Decided(step_id="approve", verdict="vetoed", by="Bo"))
    result = finish(drive(store, "r1", world))
    assert (result.outcome, result.error_message, world.performed) == ("vetoed", "vetoed by Bo", ["build"])


@pytest.mark.parametrize("crash_after", [0, 1, 2, 3])
def test_a_restart_after_any_step_changes_no_result(tmp_path: Path, crash_after: int) -> None:
    whole, broken = Store(tmp_path / "whole.sqlite"), Store(tmp_path / "broken.sqlite")
    for each in (whole, broken):
        each.begin("r", start(planned("test"), CONTEXT, OUR_OPERATIONS))
    expected = finish(drive(whole, "r", World()))

    world = World()
    drive(broken, "r", world, steps=crash_after)
    again = Store(tmp_path / "broken.sqlite")
    assert canonical(finish(drive(again, "r", world))) == canonical(expected)
    assert world.performed == ["build", "deploy"]


def test_a_failed_host_operation_ends_the_run(store: Store) -> None:
    store.begin("r", start(planned("test"), CONTEXT, OUR_OPERATIONS))
    result = finish(drive(store, "r", World(broken=True)))
    assert (result.outcome, result.failed_step_id) == ("failed", "build")
    assert result.error_message == "the network is down"
    assert result.final_state == {"repository": "example"}


def test_async_runs_have_the_results_of_plain_ones(store: Store) -> None:
    store.begin("r", start(planned("test"), CONTEXT, OUR_OPERATIONS))
    expected = finish(drive(store, "r", World()))

    async def many() -> list[Run]:
        runs = [start(planned("test"), CONTEXT, OUR_OPERATIONS) for _ in range(20)]
        return await asyncio.gather(*(drive_async(run, World().act_later) for run in runs))

    results = [finish(run) for run in asyncio.run(many())]
    assert {digest(result) for result in results} == {digest(expected)}


def test_a_waiting_async_run_can_be_sent_elsewhere() -> None:
    async def story() -> OrchestrationResult:
        paused = await drive_async(start(planned(), CONTEXT, OUR_OPERATIONS), World().act_later)
        assert pending(paused) == planned().steps[2]
        sent = canonical(paused)
        decision = Decided(step_id="approve", verdict="approved", by="Ann")
        received = decode(sent, Run)
        return finish(await drive_async(advance(received, decision), World().act_later))

    assert asyncio.run(story()).outcome == "completed"


def test_a_manipulated_store_is_found_by_verify(store: Store) -> None:
    store.begin("r", start(planned("test"), CONTEXT, OUR_OPERATIONS))
    result = finish(drive(store, "r", World()))
    store.end("r", result)
    kept_elsewhere = result.receipt.head_sha256
    with closing(sqlite3.connect(store.path)) as database, database:
        database.execute("update events set event = replace(event, '1234', '1235')")
    difference = verify(store.run("r"), store.result("r"))
    assert difference is not None
    assert difference == Difference(("receipt", "entries", 0, "event", "output", "size"), "1235", "1234")
    assert finish(store.run("r")).receipt.head_sha256 != kept_elsewhere
