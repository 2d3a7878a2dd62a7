"""Can a larger system drive a run with host operations of its own?"""

import asyncio
import sqlite3
from pathlib import Path
from typing import cast

from tier2 import (
    OPERATIONS,
    Completed,
    Decided,
    Event,
    ExecutionContext,
    Fail,
    Host,
    StepSpec,
    WorkflowDefinition,
    advance,
    canonical,
    decode,
    digest,
    finish,
    freeze,
    pending,
    replay,
    start,
    state,
)
from tier2.engine.execution import perform
from tier2.kinds import JsonObject
from tier2.shell.runs.attempt import perform_host
from tier2.shell.runs.hosts import HostCall, HostOperation


async def greet(call: HostCall) -> JsonObject | Fail:
    """A host operation of a larger system."""
    await asyncio.sleep(0)
    name = call.payload.get("to")
    return {"greeted": [name]} if isinstance(name, str) else Fail("there is nobody to greet")


def greeting(payload: JsonObject) -> WorkflowDefinition:
    step = StepSpec(id="greet", kind="runtime", payload={"operation": "greet", **payload})
    person = StepSpec(id="confirm", kind="human", payload={"description": "Was it heard?"})
    after = StepSpec(
        id="note", kind="runtime", payload={"operation": "state.merge", "patch": {"noted": True}}
    )
    return WorkflowDefinition(id="wf-greeting", steps=(step, person, after))


GREETING_OPERATIONS = {**OPERATIONS, "greet": Host()}
GREETING_HOSTS = {"greet": HostOperation(greet, time_limit=60)}


async def driven(workflow: WorkflowDefinition) -> list[Event]:
    """A run as an async program drives it: `perform_host` in a thread, so that the loop goes on."""
    run = start(workflow, ExecutionContext(), GREETING_OPERATIONS)
    while (step := pending(run)) is not None:
        event: Event
        if step.kind == "human":
            event = Decided(step_id=step.id, verdict="approved", by="ada", note=None, output={})
        elif step.payload["operation"] in GREETING_HOSTS:
            event = await asyncio.to_thread(perform_host, step, state(run), GREETING_HOSTS, print)
        else:
            event = perform(step, state(run), GREETING_OPERATIONS)
        run = advance(run, event)
    return list(run.events)


def test_an_async_program_drives_a_run_of_its_own() -> None:
    workflow = greeting({"to": "Zürich"})
    events = asyncio.run(driven(workflow))
    result = finish(replay(workflow, ExecutionContext(), events))
    assert result.outcome == "completed"
    assert result.final_state == freeze({"greeted": ["Zürich"], "noted": True})


def test_a_failed_host_operation_ends_the_run() -> None:
    workflow = greeting({})
    result = finish(replay(workflow, ExecutionContext(), asyncio.run(driven(workflow))))
    assert (result.outcome, result.failed_step_id, result.error_message) == (
        "failed",
        "greet",
        "there is nobody to greet",
    )


def test_a_run_goes_on_from_a_foreign_store(tmp_path: Path) -> None:
    workflow = greeting({"to": "Zürich"})
    events = asyncio.run(driven(workflow))
    whole = finish(replay(workflow, ExecutionContext(), events))

    store = sqlite3.connect(tmp_path / "store.sqlite")
    store.execute("create table event (place integer primary key, document blob)")
    store.executemany(
        "insert into event values (?, ?)", [(i, canonical(e)) for i, e in enumerate(events[:2])]
    )
    rows = store.execute("select document from event order by place").fetchall()
    store.close()

    kinds: list[type[Completed | Decided]] = [Completed, Decided]
    kept = [decode(document, kind) for (document,), kind in zip(rows, kinds, strict=True)]
    run = replay(workflow, ExecutionContext(), kept)
    step = cast("StepSpec", pending(run))
    assert step.id == "note"
    assert digest(finish(advance(run, perform(step, state(run), GREETING_OPERATIONS)))) == digest(whole)
