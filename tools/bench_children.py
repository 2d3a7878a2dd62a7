"""What `bench` runs in processes of their own.

bench_children.py held KIND COUNT    holds that many results; prints by how many bytes the process has grown
bench_children.py loop FILE          the plain loop over the lines of a batch; prints the results
"""

import gc
import resource
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bench_plain
import msgspec
from bench_documents import day

from tier2 import (
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    build_workflow,
    canonical,
    decode,
    run_workflow,
)

PARAMS = {"requested_steps": 4, "requested_human_steps": 0}


@dataclass
class Event:
    event: str
    step_id: str
    output: dict[str, Any]


@dataclass
class Entry:
    event: Event
    state_sha256: str
    previous_sha256: str


@dataclass
class Receipt:
    id: str
    steps: list[str]
    entries: list[Entry]
    head_sha256: str


@dataclass
class Lineage:
    workflow_id: str
    mission_type: str | None
    executed_step_ids: list[str]
    workflow_sha256: str
    context_sha256: str


@dataclass
class Result:
    """The members of tier2's result, the way one writes them without this library."""

    id: str
    outcome: str
    success: bool
    executed_steps: list[bench_plain.Step]
    final_state: dict[str, Any]
    failed_step_id: str | None
    error_message: str | None
    lineage: Lineage
    receipt: Receipt


def tier2_result(state: dict[str, Any]) -> OrchestrationResult:
    workflow = build_workflow(MissionSpec(type="daily_loop", params=PARAMS))
    return run_workflow(workflow, ExecutionContext(initial_state=state))


def same_members(state: dict[str, Any]) -> Result:
    plain = tier2_result(state).to_dict()
    del plain["contract"]
    receipt = plain["receipt"]
    entries = [Entry(**{**entry, "event": Event(**entry["event"])}) for entry in receipt["entries"]]
    steps = [bench_plain.Step(**step) for step in plain["executed_steps"]]
    lineage = Lineage(**plain["lineage"])
    whole = Receipt(**{**receipt, "entries": entries})
    return Result(**{**plain, "executed_steps": steps, "lineage": lineage, "receipt": whole})


def plain_result(state: dict[str, Any]) -> bench_plain.Result:
    return bench_plain.run(bench_plain.plan(bench_plain.Mission("daily_loop", dict(PARAMS))), state)


KINDS: dict[str, Callable[[dict[str, Any]], object]] = {
    "tier2": tier2_result,
    "same": same_members,
    "plain": plain_result,
}


def state_of(number: int) -> dict[str, Any]:
    """A day that shares nothing with another: as read from a text of its own."""
    state: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({**_DAY, "number": number}))
    return state


_DAY = day(3)


def held(kind: str, count: int) -> int:
    """By how many bytes the process has grown when it holds so many results; what led to them is let go of."""
    make = KINDS[kind]
    make(state_of(0))
    gc.collect()
    before = resident()
    results = [make(state_of(number)) for number in range(count)]
    gc.collect()
    grown = resident() - before
    assert len(results) == count
    return grown


def resident() -> int:
    """The resident memory of this process in bytes, from Linux's /proc."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


class Line(msgspec.Struct):
    """A line of a batch, its documents not yet read."""

    mission: msgspec.Raw
    context: msgspec.Raw


def loop(file: Path) -> Iterator[bytes]:
    """The results of the lines of a file, as one writes it with the package: no parallel work, no reports of faults."""
    read = msgspec.json.Decoder(Line).decode
    with file.open("rb") as lines:
        for text in lines:
            line = read(text)
            workflow = build_workflow(decode(bytes(line.mission), MissionSpec))
            yield canonical(run_workflow(workflow, decode(bytes(line.context), ExecutionContext))) + b"\n"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["held", kind, count]:
            print(held(kind, int(count)))
        case ["loop", file]:
            sys.stdout.buffer.writelines(loop(Path(file)))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
