"""The rows about runs: a whole daily loop, and one step at growing sizes of the state."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, cast

import bench_plain
from bench_documents import day, document
from bench_floor import copied, encode_and_hash, floor_of, listing, twins
from bench_measure import Aim, Candidate, Effort, Row, compare, measure
from bench_values import always, example_day

from tier2 import (
    Completed,
    ExecutionContext,
    JsonValue,
    MissionSpec,
    OrchestrationResult,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    digest,
    freeze,
    replay,
    run_workflow,
    start,
    state,
)

PARAMS = {"requested_steps": 4, "requested_human_steps": 0}
"""All four computations of the daily loop, and nobody is asked."""

STATES = {"1 KB": 1_000, "10 KB": 10_000, "100 KB": 100_000, "1 MB": 1_000_000}


def daily_rows(effort: Effort) -> Iterator[Row | str]:
    """A daily loop from mission to result with its full receipt, and the digests of workflow and result."""
    for name, initial in (("an empty state", {}), ("3 tasks", day(3)), ("day.json", example_day())):
        run, result = finished(initial)
        yield f"The floor for {name} is {listing(floor_of(run, result))}."
        yield from daily_pair(name, initial, effort)


def finished(initial: dict[str, Any]) -> tuple[Run, OrchestrationResult]:
    workflow = build_workflow(MissionSpec(type="daily_loop", params=PARAMS))
    context = ExecutionContext(initial_state=initial)
    result = run_workflow(workflow, context)
    return replay(workflow, context, [entry.event for entry in result.receipt.entries]), result


def daily_pair(name: str, initial: dict[str, Any], effort: Effort) -> Iterator[Row]:
    """Twice ours, in the same rounds: with a context that is there, and with one made of plain JSON."""
    run, result = finished(initial)
    values = twins(floor_of(run, result))
    final = canonical(result.final_state)
    expected = (digest(run.workflow), digest(result))
    candidates = [
        Candidate("tier2", daily_loop, lambda: ExecutionContext(initial_state=initial), list),
        Candidate(
            "tier2, context made in it",
            lambda plain: daily_loop(ExecutionContext(initial_state=plain)),
            always(initial),
            list,
        ),
        Candidate(
            "the floor",
            encode_and_hash,
            lambda: copied(values),
            lambda digests: [digests[0], digests[-1]],
        ),
        Candidate(
            "the plain way",
            lambda plain: bench_plain.daily_loop(plain, PARAMS),
            always(initial),
            # Its digests are its own; what it has computed is the same.
            lambda answer: list(expected) if canonical(answer[1].final_state) == final else answer,
        ),
    ]
    aims = [Aim("the floor", "times", 1.6), Aim("the plain way", "times", 0.7)]
    row = measure(f"daily_loop, {name}", candidates, effort)
    peers = ["the floor", "the plain way"]
    # Both are held to the aims: somebody has made the context at some time.
    yield row.only(f"daily_loop, {name}", "tier2", peers, aims)
    yield row.only("", "tier2, context made in it", peers, aims)


def daily_loop(context: ExecutionContext) -> tuple[str, str]:
    workflow = build_workflow(MissionSpec(type="daily_loop", params=PARAMS))
    result = run_workflow(workflow, context)
    return digest(workflow), digest(result)


def step_rows(effort: Effort) -> Iterator[Row | str]:
    """One step of a run at growing sizes of the state, with a small output; then such a run with all its digests."""
    yield (
        f"The state is a large array of records beside a small object; the output is {canonical(OUTPUT).decode()}. The"
        " plain way copies the state deeply and sets the member. All sizes are measured in the same rounds: how the"
        " cost grows is a ratio within them. In the run with all its digests the state stands in the context, in the"
        " state after the step and in the result: to hash one of them twice would cost a third more."
    )
    yield from step_group(STATES, effort)
    for name, size in STATES.items():
        yield recorded_row(name, size, effort)


OUTPUT = {"counters": {"done": 1}}


def step_group(sizes: dict[str, int], effort: Effort) -> Iterator[Row]:
    """How the cost grows with the state, and for each size beside the plain way."""
    candidates: list[Candidate] = []
    for name, size in sizes.items():
        ours, plain = stepped(name, size)
        # Compared size by size, since each has an answer of its own.
        compare(f"one step, state of {name}", (ours, plain))
        candidates += (ours._replace(shows=None), plain._replace(shows=None))
    all_sizes = measure("one step", candidates, effort)
    smallest, *others = sizes
    largest = others[-1]
    yield all_sizes.only(
        f"one step, state of {largest}",
        f"tier2, {largest}",
        [f"tier2, {name}" for name in sizes if name != largest],
        [Aim(f"tier2, {smallest}", "times", 1.5)],
    )
    for name in sizes:
        yield all_sizes.only(f"one step, state of {name}", f"tier2, {name}", [f"copy.deepcopy, {name}"])


def stepped(name: str, size: int) -> tuple[Candidate, Candidate]:
    plain = large_state(size)
    event = Completed(step_id="one", output=OUTPUT)
    frozen = cast("Mapping[str, JsonValue]", freeze(plain))
    return (
        Candidate(
            f"tier2, {name}",
            lambda run: advance(run, event),
            lambda: start(WORKFLOW, ExecutionContext(initial_state=frozen)),
            lambda run: canonical(state(run)),
        ),
        Candidate(f"copy.deepcopy, {name}", plain_step, always(plain), canonical),
    )


def large_state(size: int) -> dict[str, Any]:
    return {**document(size, "ASCII"), "counters": {"done": 0}}


def plain_step(state_before: dict[str, Any]) -> dict[str, Any]:
    after = copy.deepcopy(state_before)
    after["counters"]["done"] = 1
    return after


WORKFLOW = WorkflowDefinition(
    id="wf-one",
    steps=(StepSpec(id="one", kind="runtime", payload={"operation": "state.merge", "patch": OUTPUT}),),
    metadata={},
)


def recorded_row(name: str, size: int, effort: Effort) -> Row:
    """A run of one step from context to the digest of its result, beside its floor."""
    plain = large_state(size)
    context = ExecutionContext(initial_state=plain)
    result = run_workflow(WORKFLOW, context)
    run = replay(WORKFLOW, context, [entry.event for entry in result.receipt.entries])
    values = twins(floor_of(run, result))
    candidates = [
        Candidate(
            "tier2",
            lambda given: digest(run_workflow(WORKFLOW, given)),
            lambda: ExecutionContext(initial_state=plain),
            str,
        ),
        Candidate(
            "the floor",
            encode_and_hash,
            lambda: copied(values),
            lambda digests: digests[-1],
        ),
    ]
    aims = [Aim("the floor", "times", 1.6)]
    return measure(f"run of one step with all digests, state of {name}", candidates, effort, aims)
