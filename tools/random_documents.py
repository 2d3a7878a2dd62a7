"""Random documents and finished runs for `round_trip`, made with the package's public functions.

A ``Random`` decides everything, so a seed makes the same documents again. Most strings and keys come from small pools,
so that outputs change members of the state; some come from all of Unicode. Most documents are small: many small ones
find more faults than a few large ones.
"""

import json
import math
import struct
from random import Random
from typing import Any, TypeAlias

from tier2 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    MissionSpec,
    OrchestrationResult,
    Rehearsed,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    canonical,
    decode,
    head,
    replay,
)

Document: TypeAlias = MissionSpec | ExecutionContext | WorkflowDefinition

TEXTS = ("", "a", "b", "10", "9", "__proto__", "constructor", "toJSON", "mission_type", 'q"\\/\n\x00\x7f')
ODD_TEXTS: tuple[str, ...] = (*"\u20ac\u2028\ud7ff\ue000\uffff\U00010000\U0010ffff\u202e", "e\u0301")
NUMBERS: tuple[int | float, ...] = tuple(
    json.loads(text)
    for text in "0 1 -1 4.0 -0.0 0.1 1e-6 5e-6 1e-7 1e16 1e20 1e21 9007199254740991 -9007199254740991 "
    "9007199254740992.0 5e-324".split()
)

SIGNATURE = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"
"""The form of a signature, which is all that a run needs."""


def any_number(random: Random) -> int | float:
    if random.random() < 0.5:
        return random.choice(NUMBERS)
    (double,) = struct.unpack("<d", random.randbytes(8))
    return double if math.isfinite(double) else random.randrange(-(2**53) + 1, 2**53)


def any_text(random: Random) -> str:
    chance = random.random()
    if chance < 0.8:
        return random.choice(TEXTS)
    if chance < 0.85:
        return random.choice(ODD_TEXTS)
    bound = 0x110000 if chance < 0.87 else 0x300
    points = [random.randrange(bound) for _ in range(random.randrange(7))]
    return "".join("x" if 0xD800 <= point < 0xE000 else chr(point) for point in points)


def any_value(random: Random, room: int) -> Any:
    kind = random.randrange(10)
    if room <= 0 or kind < 6:
        return (None, True, False, any_number(random), any_text(random), any_text(random))[kind % 6]
    if kind < 9:
        return any_object(random, room - 1)
    return [any_value(random, room - 1) for _ in range(random.randrange(4))]


def any_object(random: Random, room: int = 3) -> dict[str, Any]:
    return {any_text(random): any_value(random, room - 1) for _ in range(random.randrange(4))}


def open_object(random: Random) -> dict[str, Any]:
    """Any object; one in four hundred is as deep as the limit allows."""
    if random.randrange(400):
        return any_object(random)
    deep: Any = {}
    for _ in range(62):
        deep = [deep] if random.random() < 0.5 else {"a": deep}
    return {any_text(random): deep}


def mission(random: Random) -> MissionSpec:
    return MissionSpec(type=any_text(random), params=open_object(random))


def context(random: Random) -> ExecutionContext:
    return ExecutionContext(initial_state=open_object(random), metadata=open_object(random))


def workflow(random: Random) -> WorkflowDefinition:
    count = random.randint(1, 5)
    people = set(random.sample(range(count), random.randint(0, min(2, count))))
    steps = tuple(
        StepSpec(
            id=f"{any_text(random)}{position}",
            kind="human" if position in people else "runtime",
            payload=open_object(random) | ({} if position in people else {"operation": any_text(random)}),
        )
        for position in range(count)
    )
    return WorkflowDefinition(id=any_text(random), steps=steps, metadata=open_object(random))


def document(random: Random) -> Document:
    """Any document that needs no other one."""
    make: Any = random.choice([mission, context, workflow])
    made: Document = make(random)
    return made


def finished_run(random: Random) -> Run:
    """A run that has ended: with its last step, a failure or a veto."""
    revisions = {any_text(random): any_text(random) for _ in range(random.randrange(3))}
    run = replay(workflow(random), context(random), [], revisions)
    for step in run.workflow.steps:
        ending = random.random() < 0.15
        run = advance(run, _event(random, step, run, ending=ending))
        if ending:
            break
    return run


def _event(random: Random, step: StepSpec, run: Run, *, ending: bool) -> Event:
    if not ending and random.random() < 0.25:
        return Rehearsed(step_id=step.id)
    if step.kind == "runtime":
        if ending:
            return Failed(step_id=step.id, reason=any_text(random))
        return Completed(step_id=step.id, output=open_object(random))
    return Decided(
        step_id=step.id,
        verdict="vetoed" if ending else "approved",
        by=any_text(random),
        note=any_text(random) if random.random() < 0.5 else None,
        output={} if ending else open_object(random),
        at=random.choice([None, "2026-03-01T09:30:00Z"]),
        head_sha256=head(run) if random.random() < 0.5 else None,
        signature=random.choice([None, SIGNATURE]),
    )


def changed(random: Random, result: OrchestrationResult) -> OrchestrationResult:
    """The result with one to three changes that the contract allows, or unchanged if it would not allow them."""
    plain = result.to_dict()
    for _ in range(random.choice([1, 1, 2, 3])):
        _change(random, plain)
    try:
        return decode(canonical(plain), OrchestrationResult)
    except ValueError:  # a step without its operation, say
        return result


def _change(random: Random, plain: dict[str, Any]) -> None:
    entry = random.choice(plain["receipt"]["entries"])
    hexadecimal = f"{random.getrandbits(256):064x}"
    match random.randrange(11):
        case 0 | 1:
            plain["final_state"][any_text(random)] = any_value(random, 3)
        case 2:
            plain["final_state"] = any_object(random)
        case 3:
            plain["receipt"]["head_sha256"] = hexadecimal
        case 4:
            entry[random.choice(["state_sha256", "previous_sha256"])] = hexadecimal
        case 5:
            plain["lineage"]["mission_type"] = random.choice([None, any_text(random)])
        case 6:
            plain["error_message"] = random.choice([None, any_text(random)])
        case 7:
            plain["outcome"] = random.choice(["completed", "failed", "vetoed", "rehearsed"])
        case 8:
            random.choice(plain["executed_steps"])["payload"] |= any_object(random)
        case 9:
            entry["event"] = {"event": "rehearsed", "step_id": any_text(random)}
        case _:
            del plain["receipt"]["entries"][1:]


def spelled(random: Random, value: Any) -> str:
    """The value as JSON text that is hardly ever canonical."""
    space = random.choice(["", " ", "\n\t"])
    if isinstance(value, dict):
        names = list(value)
        random.shuffle(names)
        members = [f"{spelled(random, name)}{space}:{spelled(random, value[name])}" for name in names]
        return "{" + space + f",{space}".join(members) + "}"
    if isinstance(value, list):
        return "[" + f"{space},".join(spelled(random, item) for item in value) + space + "]"
    if type(value) is int and random.random() < 0.5:
        return random.choice([f"{value}.0", f"{value}e0", f"{value * 10}E-1"])
    if type(value) is float:
        return repr(value).replace("e", random.choice("eE"))
    return json.dumps(value, ensure_ascii=random.random() < 0.5)
