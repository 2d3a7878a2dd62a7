"""The rows of the benchmark: each is a piece of work and the ways to do it, ours first."""

import copy
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import make_dataclass
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import plain
from bench.documents import EXAMPLE_DAY, HOSTILE, document, example_day
from bench.floor import byte_strings, encode_and_hash, plain_values
from bench.measuring import STATM, Command, Held, Row, Task, Way
from msgspec import Struct
from msgspec.json import decode as loads

from tier2 import (
    Completed,
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    StepSpec,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    decode,
    digest,
    freeze,
    run_workflow,
    start,
    state,
)
from tier2.inspection.diagnostics import diagnose

ENCODERS = {"rfc8785": "dumps", "jcs": "canonicalize"}
MISSING = [name for name in ENCODERS if find_spec(name) is None]
BATCH_LINES = 10_000


def rows(batch: Path) -> Iterator[Row]:
    """All rows; `batch` is a file with lines for `tier2 batch`."""
    for name in ("1 KB, ASCII", "1 MB, ASCII", "1 MB, not ASCII", "1 KB, floats", "1 MB, floats"):
        yield Row(f"canonical bytes and digest, {name}", canonical_ways(*name.split(", ")))
    for size in ("1 KB", "1 MB"):
        yield Row(f"freeze plain JSON, {size}", freeze_ways(partial(document, size, "ASCII")))
        yield decode_row("canonical text", size, "msgspec, then freeze", lambda text: freeze(loads(text)))
        yield decode_row("other text", size, "json.loads, duplicates refused", checked_loads)
    day = example_day()
    yield Row("daily_loop, example day, context there", daily_ways(day))
    yield Row("daily_loop, example day, from plain JSON", daily_ways_from_json(day))
    yield Row("daily_loop, empty day, from plain JSON", daily_ways_from_json({}))
    for size in ("1 KB", "1 MB"):
        yield Row(f"one step, state of {size}", step_ways(size))
    for kind in HOSTILE:
        yield hostile_row(kind)
    jobs = {f"--jobs {n}": command("batch", "--jobs", n, str(batch), by_clock=True) for n in "21"}
    yield Row(f"batch of {BATCH_LINES:,} lines", jobs, rounds=3, values=1, warmups=0, loops=1)
    yield start_row("import tier2", python("import tier2"), "import msgspec")
    yield start_row("tier2 --help", command("--help"), "pass")
    yield start_row("tier2 hash of a small file", command("hash", str(EXAMPLE_DAY)), "pass")
    if STATM.exists():
        same = Held(lambda number: in_dataclasses(held_result(number)))
        held = {"tier2": Held(held_result), "dataclasses, same members": same}
        yield Row("memory of a held result", held, rounds=3, values=1, warmups=0, loops=1)


def canonical_ways(size: str, kind: str) -> dict[str, Way]:
    """Canonical bytes and their digest: tier2 of a frozen context, the others of the same plain JSON."""

    def context() -> ExecutionContext:
        return ExecutionContext(initial_state=document(size, kind))

    def floor() -> Task:
        values = plain_values([canonical(context())])
        return Task(encode_and_hash, lambda: values, "".join)

    def peer(name: str) -> Task:
        encode = getattr(import_module(name), ENCODERS[name])
        value = context().to_dict()
        return Task(lambda given: hashlib.sha256(encode(given)).hexdigest(), lambda: value, str)

    peers = {name: partial(peer, name) for name in ENCODERS if name not in MISSING}
    return {"tier2": lambda: Task(digest, context, str), "the floor": floor, **peers}


def freeze_ways(value: Callable[[], object]) -> dict[str, Way]:
    ways: dict[str, Callable[[Any], object]] = {"tier2": freeze, "copy.deepcopy": copy.deepcopy}
    return {name: partial(Task, way, value, canonical) for name, way in ways.items()}


def decode_row(form: str, size: str, peer: str, peer_decoder: Callable[[bytes], object]) -> Row:
    """Strict decoding of a context beside a decoder that checks less."""

    def task(decoder: Callable[[bytes], object]) -> Task:
        value: Any = {
            "metadata": {},
            "initial_state": document(size, "ASCII"),
            "contract": "tier2.context/v1",
        }
        # Other programs write spaces, and members in another order.
        text = bytes(canonical(value)) if form == "canonical text" else json.dumps(value).encode()
        return Task(decoder, lambda: text, canonical)

    ways = {"tier2": lambda data: decode(data, ExecutionContext), peer: peer_decoder}
    return Row(f"decode {form}, {size}", {name: partial(task, decoder) for name, decoder in ways.items()})


def checked_loads(data: bytes) -> object:
    return json.loads(data, object_pairs_hook=_unique_members)


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("two members of one name")
    return members


def daily_loop(context: ExecutionContext) -> tuple[WorkflowDefinition, OrchestrationResult]:
    """A daily loop from mission to result, with the digests of workflow and result."""
    workflow = build_workflow(MissionSpec(type="daily_loop", params=plain.PARAMS))
    result = run_workflow(workflow, context)
    digest(workflow)
    digest(result)
    return workflow, result


def daily_ways(day: dict[str, Any]) -> dict[str, Way]:
    """Beside the floor, with a context that is there."""
    context = partial(ExecutionContext, initial_state=day)

    def floor() -> Task:
        workflow, result = daily_loop(context())
        values = plain_values(byte_strings(workflow, context(), result))
        return Task(encode_and_hash, lambda: values, lambda digests: digests[-1])

    return {"tier2": lambda: Task(daily_loop, context, lambda run: digest(run[1])), "the floor": floor}


def daily_ways_from_json(day: dict[str, Any]) -> dict[str, Way]:
    """Beside the plain way, from the plain JSON of the day to the final state."""

    def ours(day: dict[str, Any]) -> object:
        return daily_loop(ExecutionContext(initial_state=day))[1].final_state

    ways = {"tier2": ours, "plain dataclasses": plain.daily_loop}
    return {name: partial(Task, way, lambda: day, canonical) for name, way in ways.items()}


def hostile_row(kind: str) -> Row:
    """The diagnosis of a text that is made to take long, beside reading it."""

    def task(work: Callable[[str], object]) -> Task:
        text = HOSTILE[kind]()
        return Task(work, lambda: text, lambda _: len(text))

    ways: dict[str, Callable[[str], object]] = {
        "tier2": diagnose,
        "json.loads": partial(json.loads, object_pairs_hook=list),
    }
    return Row(f"diagnose 1 MB of {kind}", {name: partial(task, way) for name, way in ways.items()}, rounds=3)


def step_ways(size: str) -> dict[str, Way]:
    """One step of a run whose state is large and whose output is small."""

    def initial() -> dict[str, Any]:
        return {**document(size, "ASCII"), "counters": {"done": 0}}

    def ours() -> Task:
        step = StepSpec(id="one", kind="runtime", payload={"operation": "noop"})
        workflow = WorkflowDefinition(id="wf-one", steps=(step,), metadata={})
        context = ExecutionContext(initial_state=initial())
        event = Completed(step_id="one", output={"counters": {"done": 1}})
        ready = partial(start, workflow, context)
        return Task(lambda run: advance(run, event), ready, lambda run: canonical(state(run)))

    def deep_copy(before: dict[str, Any]) -> dict[str, Any]:
        after = copy.deepcopy(before)
        after["counters"]["done"] = 1
        return after

    return {"tier2": ours, "copy.deepcopy": partial(Task, deep_copy, initial, canonical)}


def python(program: str) -> Command:
    return Command([sys.executable, "-c", program])


def command(*arguments: str, by_clock: bool = False) -> Command:
    return Command([str(Path(sys.executable).with_name("tier2")), *arguments], by_clock)


def start_row(name: str, ours: Command, peer: str) -> Row:
    ways = {name: ours, f"python -c {peer!r}": python(peer)}
    return Row(f"start of {name}", ways, by_difference=True, loops=1)


def held_result(number: int) -> OrchestrationResult:
    """The result of a day that shares nothing with another, as if each was read from a file of its own."""
    return daily_loop(ExecutionContext(initial_state={**example_day(), "number": number}))[1]


def in_dataclasses(value: Any) -> Any:
    """The same value in plain dataclasses, dicts and lists."""
    if isinstance(value, Struct):
        names = value.__struct_fields__
        return _dataclass(type(value).__name__, names)(
            *(in_dataclasses(getattr(value, name)) for name in names)
        )
    if isinstance(value, Mapping):
        return {name: in_dataclasses(member) for name, member in value.items()}
    return [in_dataclasses(item) for item in value] if isinstance(value, tuple) else value


_dataclass = cache(make_dataclass)
