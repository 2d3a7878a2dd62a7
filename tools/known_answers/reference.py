"""A slow second implementation of what the package promises: canonical text, merge patch, results, differences.

It shares nothing with the package, and follows the text of its sources: RFC 8785, ECMA-262 Number::toString, RFC 7396,
and the descriptions in ``contracts/v1/result.schema.json`` as a person read them. It checks nothing that a case should
not be: what is wrong in a case of ours is a `CaseFault`.
"""

import hashlib
from decimal import Decimal
from typing import NamedTuple, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]


class CaseFault(Exception):
    """A case written by hand contradicts itself or the rules."""


class Told(NamedTuple):
    """What a result follows from."""

    workflow: Object
    context: Object
    events: list[Object]


def told_by(run: Object) -> Told:
    """The parts of a run document."""
    workflow, context, events = run["workflow"], run["context"], run["events"]
    assert isinstance(workflow, dict)
    assert isinstance(context, dict)
    assert isinstance(events, list)
    return Told(workflow, context, [event for event in events if isinstance(event, dict)])


# RFC 8785


def number_text(number: int | float) -> str:
    """ECMA-262 Number::toString of a finite double (RFC 8785 3.2.2.3); n, k and s are its names."""
    if number == 0:
        return "0"
    if number < 0:
        return "-" + number_text(-number)
    # repr gives the shortest digits that read back as the same double: those that the standard asks for.
    _, digits, exponent = Decimal(repr(float(number))).normalize().as_tuple()
    s, k = "".join(map(str, digits)), len(digits)
    n = k + int(exponent)
    if k <= n <= 21:
        return s + "0" * (n - k)
    if 0 < n <= 21:
        return s[:n] + "." + s[n:]
    if -6 < n <= 0:
        return "0." + "0" * -n + s
    mantissa = s if k == 1 else s[0] + "." + s[1:]
    return mantissa + "e" + ("+" if n - 1 > 0 else "-") + str(abs(n - 1))


SHORT_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def string_text(string: str) -> str:
    """RFC 8785 3.2.2.2: short escapes where there are some, ``\\u00xx`` for other controls, else as it is."""
    escaped = ""
    for character in string:
        if character in SHORT_ESCAPES:
            escaped += SHORT_ESCAPES[character]
        elif character < " ":
            escaped += f"\\u{ord(character):04x}"
        else:
            escaped += character
    return f'"{escaped}"'


def utf16_units(string: str) -> list[int]:
    """The UTF-16 code units of a string, by which keys are sorted (RFC 8785 3.2.3; RFC 2781 2.1)."""
    units: list[int] = []
    for point in map(ord, string):
        if point < 0x10000:
            units.append(point)
        else:
            units += [0xD800 + (point - 0x10000) // 0x400, 0xDC00 + (point - 0x10000) % 0x400]
    return units


def encode(value: Json) -> str:
    """The canonical text of a JSON value."""
    if value is None or isinstance(value, bool):
        return {None: "null", False: "false", True: "true"}[value]
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, int | float):
        text = number_text(value)
        if isinstance(value, int) and text != str(value):
            raise CaseFault(f"the integer {value} is no text of a double")
        return text
    if isinstance(value, list):
        return "[" + ",".join([encode(item) for item in value]) + "]"
    assert isinstance(value, dict)
    keys = sorted(value, key=utf16_units)
    return "{" + ",".join([string_text(key) + ":" + encode(value[key]) for key in keys]) + "}"


def digest(value: Json) -> str:
    """The SHA-256 of the canonical text in UTF-8, in lower-case hexadecimal."""
    return hashlib.sha256(encode(value).encode("utf-8")).hexdigest()


# RFC 7396, and the fold of events onto the state


def merge(target: Json, patch: Json) -> Json:
    """RFC 7396 section 2, MergePatch."""
    if not isinstance(patch, dict):
        return patch
    merged: dict[str, Json] = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def states_after(initial: Json, events: list[Object]) -> list[Json]:
    """The state after each event: only what was completed or approved changes it."""
    states: list[Json] = []
    state = initial
    for event in events:
        if event["event"] == "completed" or event.get("verdict") == "approved":
            state = merge(state, event["output"])
        states.append(state)
    return states


def ending(events: list[Object]) -> tuple[str, Json]:
    """The outcome of a finished run, and its error message."""
    last = events[-1]
    if last["event"] == "failed":
        return "failed", last["reason"]
    if last.get("verdict") == "vetoed":
        note = "" if last["note"] is None else f": {last['note']}"
        return "vetoed", f"vetoed by {last['by']}{note}"
    return "rehearsed" if any(event["event"] == "rehearsed" for event in events) else "completed", None


def chain(run: Told) -> tuple[list[Json], str]:
    """The receipt's entries and head: each entry names the one before by its digest, the first the inputs."""
    previous = digest({"context_sha256": digest(run.context), "workflow_sha256": digest(run.workflow)})
    entries: list[Json] = []
    for event, state in zip(run.events, states_after(run.context["initial_state"], run.events), strict=True):
        entry: Object = {"event": event, "state_sha256": digest(state), "previous_sha256": previous}
        previous = digest(entry)
        entries.append(entry)
    return entries, previous


def executed(run: Told) -> tuple[list[Json], list[Json]]:
    """The steps that have an event, and their ids."""
    steps = run.workflow["steps"]
    assert isinstance(steps, list)
    ids = [step["id"] for step in steps[: len(run.events)] if isinstance(step, dict)]
    if ids != [event["step_id"] for event in run.events]:
        raise CaseFault(f"the events are not those of the steps {ids}")
    if len(ids) < len(steps) and ending(run.events)[1] is None:
        raise CaseFault(f"the run is not finished after {ids}")
    return steps[: len(ids)], ids


def mission_type_of(workflow: Object) -> Json:
    """The mission type in the metadata, if it is a text."""
    metadata = workflow["metadata"]
    assert isinstance(metadata, dict)
    mission_type = metadata.get("mission_type")
    return mission_type if isinstance(mission_type, str) else None


def result_of(run: Told) -> Object:
    """The whole result document of a finished run."""
    workflow_id = run.workflow["id"]
    steps, ids = executed(run)
    outcome, message = ending(run.events)
    entries, head = chain(run)
    return {
        "contract": "tier2.result/v1",
        "id": workflow_id,
        "outcome": outcome,
        "success": message is None,
        "executed_steps": steps,
        "final_state": states_after(run.context["initial_state"], run.events)[-1],
        "failed_step_id": None if message is None else ids[-1],
        "error_message": message,
        "lineage": {
            "workflow_id": workflow_id,
            "mission_type": mission_type_of(run.workflow),
            "executed_step_ids": ids,
            "workflow_sha256": digest(run.workflow),
            "context_sha256": digest(run.context),
        },
        "receipt": {"id": workflow_id, "steps": ids, "entries": entries, "head_sha256": head},
    }


def backwards(value: Json) -> Json:
    """The same value with the members of each object in reverse canonical order: far from canonical text."""
    if isinstance(value, list):
        return [backwards(item) for item in value]
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in sorted(value, key=utf16_units, reverse=True)}
    return value


# The first difference of a result from what its run comes to

CAUSES = ("lineage", "receipt")


def first_difference(expected: Json, found: Json, path: str = "$") -> str | None:
    """The JSON path of the first difference: the lineage, then the receipt link by link, then the rest in order.

    Names of members that stand in a path are plain here: a case with another one is a fault of the case.
    """
    if encode(expected) == encode(found):
        return None
    if isinstance(expected, dict) and isinstance(found, dict):
        names = [*expected, *(name for name in found if name not in expected)]
        if path == "$":
            names.sort(key=lambda name: name not in CAUSES)
        return next(difference for name in names if (difference := _member(expected, found, name, path)))
    if isinstance(expected, list) and isinstance(found, list):
        both = list(zip(expected, found, strict=False))
        inside = (first_difference(*pair, f"{path}[{at}]") for at, pair in enumerate(both))
        return next((difference for difference in inside if difference), f"{path}[{len(both)}]")
    return path


def _member(expected: Object, found: Object, name: str, path: str) -> str | None:
    if not (name.isascii() and name.isidentifier()):
        raise CaseFault(f"a path with the member {name!r}")
    where = f"{path}.{name}"
    if name in expected and name in found:
        return first_difference(expected[name], found[name], where)
    return where
