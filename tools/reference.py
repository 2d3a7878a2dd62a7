"""A slow second implementation of what the package promises: canonical text, plans, merges, results, differences.

`known_answers.py` computes the known answers with it and with its second half, `reference_decisions`. Two rules make
the answers trustworthy:

1. It imports nothing of the package and reads no file, so it cannot repeat an error of the package.
2. It is slow and obvious. Each function follows its source clause by clause: RFC 8785, ECMA-262, RFC 7396, or the
   descriptions in ``contracts/v1`` as a person read them.

It does not validate documents. An input that contradicts itself raises `BadInput`.
"""

import hashlib
from decimal import Decimal
from typing import NamedTuple, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]


class BadInput(Exception):
    """An input contradicts itself or the rules."""


# Canonical text (RFC 8785)


def number_text(number: int | float) -> str:
    """Return ECMA-262 Number::toString of a finite double (RFC 8785 3.2.2.3); n, k and s are its names."""
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
    """Return the text of a string (RFC 8785 3.2.2.2): short escapes, ``\\u00xx`` for other controls, else as it is."""
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
    """Return the UTF-16 code units of a string, by which keys are sorted (RFC 8785 3.2.3; RFC 2781 2.1)."""
    units: list[int] = []
    for point in map(ord, string):
        if point < 0x10000:
            units.append(point)
        else:
            units += [0xD800 + (point - 0x10000) // 0x400, 0xDC00 + (point - 0x10000) % 0x400]
    return units


def encode(value: Json) -> str:
    """Return the canonical text of a JSON value (RFC 8785 3.2)."""
    if value is None or isinstance(value, bool):
        return {None: "null", False: "false", True: "true"}[value]
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, int | float):
        text = number_text(value)
        if isinstance(value, int) and text != str(value):
            raise BadInput(f"the integer {value} is not the text of a double")
        return text
    if isinstance(value, list):
        return "[" + ",".join([encode(item) for item in value]) + "]"
    keys = sorted(value, key=utf16_units)
    return "{" + ",".join([string_text(key) + ":" + encode(value[key]) for key in keys]) + "}"


def digest(value: Json) -> str:
    """Return the lower-case hexadecimal SHA-256 (FIPS 180-4) of the canonical text in UTF-8."""
    return hashlib.sha256(encode(value).encode("utf-8")).hexdigest()


# Plans, as contracts/v1/missions/*.params.schema.json describe them


def step(step_id: str, description: str, operation: str | None = None) -> Object:
    """Return a step of a built-in mission; without an operation it is a human step (``StepSpec``)."""
    if operation is None:
        return {"id": step_id, "kind": "human", "payload": {"description": description}}
    payload: Object = {"description": description, "operation": operation}
    return {"id": step_id, "kind": "runtime", "payload": payload}


DAILY_HUMAN = step("daily-confirm-priorities", "Confirm or change today's priorities.")
DAILY_RUNTIME = [
    step(
        "daily-summarise-yesterday",
        "Summarise what was completed yesterday and what is carried over.",
        "daily.summarise_yesterday",
    ),
    step(
        "daily-generate-priorities",
        "Rank the open tasks and name the top three.",
        "daily.generate_priorities",
    ),
    step("daily-log-summary", "Write the day's entry into the journal.", "daily.log_summary"),
    step("daily-archive", "Move the completed tasks to the archive.", "daily.archive"),
]
DAILY_NOTHING = step("daily-noop", "Nothing was asked for, so nothing is done.", "noop")
MAX_STEPS, MAX_HUMAN_STEPS = 5, 2


def clamped(number: Json, most: int) -> int:
    """Return a number of steps within 0 and the limit (daily_loop.params.schema.json)."""
    if not isinstance(number, int | float):
        raise BadInput(f"{number!r} is not a number of steps")
    return max(0, min(int(number), most))


def daily_steps(params: Object) -> list[Object]:
    """Return the human step, if wanted, and the runtime steps that fit (daily_loop.params.schema.json); never none."""
    people = clamped(params.get("requested_human_steps", 1), MAX_HUMAN_STEPS)
    first = [DAILY_HUMAN] if people else []
    room = clamped(params.get("requested_steps", 4), MAX_STEPS) - len(first)
    return first + DAILY_RUNTIME[: max(0, room)] or [DAILY_NOTHING]


def run_tests_steps(params: Object) -> list[Object]:
    """Return the three steps, whose descriptions name the target (run_tests.params.schema.json)."""
    target = params.get("target", "all")
    return [
        step("tests-discover", f"Discover the tests of {target}.", "tests.discover"),
        step("tests-execute", f"Run the tests of {target}.", "tests.execute"),
        step("tests-report", f"Report the outcome of the tests of {target}.", "tests.report"),
    ]


def echo_steps(_: Object) -> list[Object]:
    """Return the one step, for any params (echo.params.schema.json)."""
    return [step("echo", "Do nothing, and prove it.", "noop")]


MISSION_STEPS = {"daily_loop": daily_steps, "run_tests": run_tests_steps, "echo": echo_steps}


def plan(mission: Json) -> Object:
    """Return the workflow of a mission; its metadata keeps the params whole (workflow.schema.json)."""
    match mission:
        case {"type": str(mission_type), "params": dict(params)} if mission_type in MISSION_STEPS:
            return {
                "contract": "tier2.workflow/v1",
                "id": "wf-" + mission_type.replace("_", "-"),
                "steps": [*MISSION_STEPS[mission_type](params)],
                "metadata": {"mission_type": mission_type, "params": params},
            }
    raise BadInput("this is not a mission of a known type")


# States (RFC 7396)


def merge(target: Json, patch: Json) -> Json:
    """Return the target after a JSON Merge Patch (RFC 7396 section 2, MergePatch)."""
    if not isinstance(patch, dict):
        return patch
    merged: Object = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def states_after(initial: Json, events: list[Object]) -> list[Json]:
    """Return the state after each event: only ``completed`` and an approval merge their output (events.schema.json)."""
    states: list[Json] = []
    state = initial
    for event in events:
        if event["event"] == "completed" or event.get("verdict") == "approved":
            state = merge(state, event["output"])
        states.append(state)
    return states


# Results, as contracts/v1/result.schema.json describes them


class Run(NamedTuple):
    """The parts of a run, from which its result follows."""

    workflow: Object
    context: Object
    operations: Object
    events: list[Object]

    @property
    def states(self) -> list[Json]:
        """The state after each event."""
        return states_after(self.context["initial_state"], self.events)


def run_of(document: Json) -> Run:
    """Return the parts of a run document (run.schema.json)."""
    match document:
        case {
            "workflow": dict(workflow),
            "context": dict(context),
            "operations": dict(operations),
            "events": list(events),
        }:
            return Run(workflow, context, operations, [event for event in events if isinstance(event, dict)])
    raise BadInput("this is not a run document")


def ending(events: list[Object]) -> tuple[str, Json]:
    """Return the outcome of a finished run and its error message (``Outcome`` and ``error_message``)."""
    last = events[-1]
    if last["event"] == "failed":
        return "failed", last["reason"]
    if last.get("verdict") == "vetoed":
        note = "" if last["note"] is None else f": {last['note']}"
        return "vetoed", f"vetoed by {last['by']}{note}"
    return "rehearsed" if any(event["event"] == "rehearsed" for event in events) else "completed", None


def executed_steps(run: Run) -> list[Json]:
    """Return the steps that have an event (``executed_steps``); the run must be finished."""
    steps = run.workflow["steps"]
    if not isinstance(steps, list) or not run.events:
        raise BadInput("the run has no steps or no events")
    executed = steps[: len(run.events)]
    if ids_of(executed) != [event["step_id"] for event in run.events]:
        raise BadInput(f"the events are not those of the steps {ids_of(executed)}")
    if len(executed) < len(steps) and ending(run.events)[1] is None:
        raise BadInput(f"the run is not finished after the steps {ids_of(executed)}")
    return executed


def ids_of(steps: list[Json]) -> list[Json]:
    """Return the ids of steps (``StepSpec.id``)."""
    return [step["id"] for step in steps if isinstance(step, dict)]


def first_link(run: Run) -> str:
    """Return what the first entry stands on: the digest of the run's inputs (``ReceiptEntry.previous_sha256``)."""
    return digest(
        {
            "context_sha256": digest(run.context),
            "operations": run.operations,
            "workflow_sha256": digest(run.workflow),
        }
    )


def head(run: Run) -> str:
    """Return what the next entry will stand on: the digest of the last entry, or the first link (``head_sha256``)."""
    entries = chain(run)
    return digest(entries[-1]) if entries else first_link(run)


def chain(run: Run) -> list[Json]:
    """Return the entries so far, each of which names the one before it by digest (``ReceiptEntry``)."""
    previous = first_link(run)
    entries: list[Json] = []
    for event, state in zip(run.events, run.states, strict=True):
        entry: Object = {"event": event, "state_sha256": digest(state), "previous_sha256": previous}
        previous = digest(entry)
        entries.append(entry)
    return entries


def receipt(run: Run) -> Object:
    """Return the receipt of a finished run; its head is that of the run (``Receipt``)."""
    return {
        "id": run.workflow["id"],
        "steps": ids_of(executed_steps(run)),
        "entries": chain(run),
        "head_sha256": head(run),
    }


def lineage(run: Run) -> Object:
    """Return where the result comes from; a mission type that is not a string counts as none (``Lineage``)."""
    metadata = run.workflow["metadata"]
    mission_type = metadata.get("mission_type") if isinstance(metadata, dict) else None
    return {
        "workflow_id": run.workflow["id"],
        "mission_type": mission_type if isinstance(mission_type, str) else None,
        "executed_step_ids": ids_of(executed_steps(run)),
        "workflow_sha256": digest(run.workflow),
        "context_sha256": digest(run.context),
        "operations": run.operations,
    }


def result(run: Run) -> Object:
    """Return the whole result document of a finished run (``OrchestrationResult``)."""
    steps = executed_steps(run)
    outcome, message = ending(run.events)
    return {
        "contract": "tier2.result/v1",
        "id": run.workflow["id"],
        "outcome": outcome,
        "success": message is None,
        "executed_steps": steps,
        "final_state": run.states[-1],
        "failed_step_id": None if message is None else ids_of(steps)[-1],
        "error_message": message,
        "lineage": lineage(run),
        "receipt": receipt(run),
    }


# Differences, as contracts/README.md describes them

CAUSES = ("lineage", "receipt")


def first_difference(expected: Json, found: Json, path: str = "$") -> str | None:
    """Return the JSON path of the first difference, or None: first the lineage, then the receipt, then the rest."""
    if encode(expected) == encode(found):
        return None
    if isinstance(expected, dict) and isinstance(found, dict):
        names = [*expected, *(name for name in found if name not in expected)]
        if path == "$":
            names.sort(key=lambda name: name not in CAUSES)
        return next(where for name in names if (where := member_difference(expected, found, name, path)))
    if isinstance(expected, list) and isinstance(found, list):
        both = list(zip(expected, found, strict=False))
        inside = (first_difference(*pair, f"{path}[{at}]") for at, pair in enumerate(both))
        return next((where for where in inside if where), f"{path}[{len(both)}]")
    return path


def member_difference(expected: Object, found: Object, name: str, path: str) -> str | None:
    """Return the path of the first difference in one member, which one of the two objects may lack."""
    if not (name.isascii() and name.isidentifier()):
        raise BadInput(
            f"the name {name!r} would have to be quoted in a path, which this reference does not do"
        )
    where = f"{path}.{name}"
    if name in expected and name in found:
        return first_difference(expected[name], found[name], where)
    return where
