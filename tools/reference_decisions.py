"""The second half of `reference`: what people are asked, what they may answer, and which operations may go on.

The same two rules hold: it imports nothing of the package and reads no file; each function follows its source clause
by clause: ``contracts/v1/human_payload.schema.json``, ``question.schema.json``, ``contracts/SPEC.md``, RFC 6901.
A document that breaks a rule raises `Refused`. Shapes that a JSON Schema refuses are not checked, but for payloads: no
schema of a document refuses those.
"""

import base64
import re
from typing import NamedTuple

from reference import BadInput, Json, Object, Run, encode, head, run_of


class Refused(Exception):
    """A rule forbids the document; the text is the code of the refusal."""


# The payload of a human step (human_payload.schema.json)

KINDS = ("text", "integer", "boolean", "choice", "ranking")


def check_payload(step: Object) -> None:
    """Refuse a malformed ``show``, ``fields``, ``approvers`` or ``signed`` of a human step."""
    payload = object_in(step, "payload")
    if step["kind"] != "human":
        return
    if not are_pointers(payload.get("show", [])):
        raise Refused("envelope")
    if "fields" in payload and not are_fields(payload["fields"]):
        raise Refused("envelope")
    if "approvers" in payload and not (is_texts(payload["approvers"]) and payload["approvers"]):
        raise Refused("envelope")
    if not isinstance(payload.get("signed", False), bool):
        raise Refused("envelope")


def are_pointers(value: Json) -> bool:
    """Return whether a value is an array of JSON Pointers."""
    return isinstance(value, list) and all(isinstance(item, str) and is_pointer(item) for item in value)


def is_texts(value: Json) -> bool:
    """Return whether a value is an array of strings."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def is_pointer(text: str) -> bool:
    """Return whether a text is a JSON Pointer (RFC 6901 section 3)."""
    return re.fullmatch(r"(/([^~/]|~0|~1)*)*", text, re.DOTALL) is not None


def are_fields(value: Json) -> bool:
    """Return whether a value is an array of fields with different names (``PayloadField``)."""
    if not isinstance(value, list) or not all(isinstance(field, dict) and is_field(field) for field in value):
        return False
    names = [field["name"] for field in objects_in(value)]
    return len({*map(str, names)}) == len(names)


def is_field(field: Object) -> bool:
    """Return whether an object is a field; unknown members may stand in it (``PayloadField``)."""
    match field:
        case {"name": str(name), "label": str(), "kind": str(kind)} if kind in KINDS:
            choices = field.get("choices", [])
            if name == "" or "=" in name or not isinstance(field.get("required", False), bool):
                return False
            return isinstance(choices, list) and all(map(is_choice, choices)) and fit_kind(choices, kind)
    return False


def is_choice(choice: Json) -> bool:
    """Return whether a value is a choice, which is closed (``Choice``)."""
    return isinstance(choice, dict) and {*choice} == {"label", "value"} and isinstance(choice["label"], str)


def fit_kind(choices: list[Json], kind: str) -> bool:
    """Return whether a field of this kind may have these choices, of which no two may have one value."""
    values = values_of(choices)
    if len({*values}) < len(values):
        return False
    return bool(choices) if kind == "choice" else kind == "ranking" or not choices


def values_of(choices: Json) -> list[str]:
    """Return the values of choices as canonical texts, so that 1 and 1.0 are the same value and true is another."""
    return [encode(choice["value"]) for choice in objects_in(choices)]


def object_in(parent: Object, name: str) -> Object:
    """Return a member that is an object."""
    return as_object(parent[name])


def as_object(value: Json) -> Object:
    """Return a value that has to be an object."""
    if not isinstance(value, dict):
        raise BadInput("an object is expected")
    return value


def objects_in(value: Json) -> list[Object]:
    """Return the objects in an array."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts_in(parent: Object, name: str) -> list[str]:
    """Return the strings of a member that is an array; none if it is absent."""
    value = parent.get(name, [])
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


# Events, and the decisions among them

LEGAL = {"runtime": ("completed", "failed", "rehearsed"), "human": ("decided", "rehearsed")}


def pending(run: Run) -> Object | None:
    """Return the first step without an event; None after the last, and after a failure or a veto."""
    steps = objects_in(run.workflow["steps"])
    ended = any(event["event"] == "failed" or event.get("verdict") == "vetoed" for event in run.events)
    return None if ended or len(run.events) == len(steps) else steps[len(run.events)]


def check_event(run: Run, event: Object) -> None:
    """Refuse an event that cannot happen to the pending step of a run."""
    step = pending(run)
    if step is None or event["step_id"] != step["id"] or event["event"] not in LEGAL[str(step["kind"])]:
        raise Refused("event")
    check_decision(event, head(run), object_in(step, "payload"))


def check_decision(event: Object, before: Json, payload: Object) -> None:
    """Refuse a decision that is bound to another head, not allowed, not signed, or not what the fields ask for.

    before: the head of the run before the decision.
    payload: that of the step, or an empty one where it is not known.
    """
    if event["event"] != "decided":
        return
    signed = payload.get("signed", False)
    if event["head_sha256"] != before and (signed or event["head_sha256"] is not None):
        raise Refused("stale")
    if "approvers" in payload and event["by"] not in texts_in(payload, "approvers"):
        raise Refused("approver")
    if event["signature"] is None and signed:
        raise Refused("signature")
    if event["signature"] is not None and not is_armored(str(event["signature"])):
        raise Refused("signature")
    output = object_in(event, "output")
    if event["verdict"] == "vetoed" and output:
        raise Refused("event")
    if event["verdict"] == "approved" and "fields" in payload:
        check_values(objects_in(payload["fields"]), output)


BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
BASE64 = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
"""Base64 (RFC 4648 section 4)."""


def is_armored(text: str) -> bool:
    """Return whether a text has the form of an SSH signature (PROTOCOL.sshsig): armor, Base64, and the first bytes."""
    first, *lines = text.split("\n")
    if first != BEGIN or len(lines) < 3 or lines[-2:] != [END, ""]:
        return False
    body = lines[:-2]
    if not all(1 <= len(line) <= 76 for line in body) or "=" in "".join(body[:-1]):
        return False
    text = "".join(body)
    return re.fullmatch(BASE64, text) is not None and base64.b64decode(text).startswith(b"SSHSIG")


def check_values(fields: list[Object], values: Object) -> None:
    """Refuse values without a field, of the wrong type for their field, and a required one that is missing."""
    known = {str(field["name"]): field for field in fields}
    if any(name not in known or not fits(known[name], value) for name, value in values.items()):
        raise Refused("answer")
    if any(field.get("required", False) and name not in values for name, field in known.items()):
        raise Refused("answer")


def fits(field: Object, value: Json) -> bool:
    """Return whether a value has the type of its field (``FieldKind``)."""
    allowed = values_of(field.get("choices", []))
    match field["kind"]:
        case "text":
            return isinstance(value, str)
        case "integer":
            return is_integer(value)
        case "boolean":
            return isinstance(value, bool)
        case "choice":
            return encode(value) in allowed
        case _:
            chosen = [encode(item) for item in value] if isinstance(value, list) else None
            return chosen is not None and len({*chosen}) == len(chosen) and {*chosen} <= {*allowed}


def is_integer(value: Json) -> bool:
    """Return whether a value is an integer that is exact as a double: 4.0 is one, true and 2^53 are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return float(value).is_integer() and abs(value) < 2**53


# Documents


def check_document(kind: str, document: Json) -> None:
    """Refuse a document of a type, or a part, for one of the rules above."""
    value = document if isinstance(document, dict) else {}
    match kind:
        case "StepSpec":
            check_payload(value)
        case "WorkflowDefinition":
            check_payloads(value["steps"])
        case "Run":
            check_run(run_of(value))
        case "Question":
            shown = [shown["pointer"] for shown in objects_in(value["evidence"])]
            if not are_pointers(shown) or not are_fields(value["fields"]):
                raise Refused("envelope")
        case "Scenario" | "HostAnswer" | "Expectation":
            check_scenario(kind, value)
        case "Decided":
            check_decision(value, value["head_sha256"], {})
        case "ReceiptEntry":
            check_entry(value, {})
        case "Receipt":
            for entry in objects_in(value["entries"]):
                check_entry(entry, {})
        case "OrchestrationResult":
            check_result(value)


def check_scenario(kind: str, value: Object) -> None:
    """Refuse a scenario, or a part, for an answer of a host that is none or two, or for a value without a pointer."""
    whole = kind == "Scenario"
    hosts = object_in(value, "hosts").values() if whole else [value] if kind == "HostAnswer" else []
    for host in map(as_object, hosts):
        if (host["output"] is None) == (host["reason"] is None):
            raise Refused("scenario")
    expect = value["expect"] if whole else value
    if kind != "HostAnswer" and not are_pointers([*object_in(as_object(expect), "values")]):
        raise Refused("scenario")


def check_payloads(steps: Json) -> None:
    """Refuse steps one of which has a malformed payload."""
    for step in objects_in(steps):
        check_payload(step)


def check_run(run: Run) -> None:
    """Refuse a run one of whose payloads is malformed, or one of whose events cannot have happened."""
    check_payloads(run.workflow["steps"])
    for done, event in enumerate(run.events):
        check_event(run._replace(events=run.events[:done]), event)


def check_entry(entry: Object, payload: Object) -> None:
    """Refuse an entry whose decision names another head than the one on which the entry stands."""
    check_decision(object_in(entry, "event"), entry["previous_sha256"], payload)


def check_result(value: Object) -> None:
    """Refuse a result, which has no context, for its steps, or for an entry that does not fit the step at its place."""
    steps = objects_in(value["executed_steps"])
    check_payloads(value["executed_steps"])
    for at, entry in enumerate(objects_in(object_in(value, "receipt")["entries"])):
        its_step = (object_in(entry, "event")["step_id"], "human")
        known = at < len(steps) and (steps[at]["id"], steps[at]["kind"]) == its_step
        check_entry(entry, object_in(steps[at], "payload") if known else {})


# Revisions


def check_operations(run: Run, known: Object) -> None:
    """Refuse a run that operations of other revisions would finish.

    known: the operations that there are, each with its revision, or null if it has none.
    """
    if pending(run) is None:
        return
    for step in objects_in(run.workflow["steps"])[len(run.events) :]:
        if step["kind"] != "runtime":
            continue
        name = str(object_in(step, "payload")["operation"])
        if name not in known:
            raise Refused("envelope")
        if known[name] != run.operations.get(name):
            raise Refused("revision")


# Questions, as question.schema.json describes them


class Asked(NamedTuple):
    """What a mission type asks: the question in words, pointers to the evidence (None: the whole state), and fields."""

    description: str
    show: list[str] | None
    fields: list[Object]


def question(run: Run) -> Object | None:
    """Return the question of a run's pending human step; None if there is no such step (``Question``)."""
    step = pending(run)
    if step is None or step["kind"] != "human":
        return None
    payload, state = object_in(step, "payload"), state_of(run)
    asked = asked_by_mission(run, step, state) or asked_by_payload(payload)
    fields = objects_in(payload["fields"]) if "fields" in payload else asked.fields
    pointers = [""] if asked.show is None else asked.show
    return {
        "contract": "tier2.question/v1",
        "workflow_id": run.workflow["id"],
        "step_id": step["id"],
        "description": asked.description,
        "evidence": [evidence(state, pointer) for pointer in pointers],
        "fields": [whole_field(field) for field in fields],
        "approvers": [*texts_in(payload, "approvers")],
        "signed": payload.get("signed", False),
        "head_sha256": head(run),
    }


def state_of(run: Run) -> Json:
    """Return the state after the events so far."""
    return run.states[-1] if run.events else run.context["initial_state"]


def asked_by_payload(payload: Object) -> Asked:
    """Return what a payload asks; a description that is no text counts as none (``HumanPayload``)."""
    description = payload.get("description")
    show = texts_in(payload, "show") if "show" in payload else None
    return Asked(description if isinstance(description, str) else "Approve or veto this step?", show, [])


def evidence(state: Json, pointer: str) -> Object:
    """Return the value that a pointer names, or that there is none (RFC 6901 section 4, ``Evidence``)."""
    value = state
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and re.fullmatch("0|[1-9][0-9]*", name) and int(name) < len(value):
            value = value[int(name)]
        else:
            return {"pointer": pointer, "found": False, "value": None}
    return {"pointer": pointer, "found": True, "value": value}


def whole_field(field: Object) -> Object:
    """Return a field with all its members and no others (``Field``)."""
    optional: Object = {"choices": field.get("choices", []), "required": field.get("required", False)}
    return {"name": field["name"], "label": field["label"], "kind": field["kind"], **optional}


# The question of the daily loop: which open tasks come first (missions/daily_loop.state.schema.json)

CONFIRM = "Which tasks come first? If none is named, the first 3 stay as they are"


def asked_by_mission(run: Run, step: Object, state: Json) -> Asked | None:
    """Return what the mission type asks; None if it is unknown or asks nothing, as all but ``daily_loop``."""
    metadata = object_in(run.workflow, "metadata")
    if metadata.get("mission_type") != "daily_loop" or step["id"] != "daily-confirm-priorities":
        return None
    description = asked_by_payload(object_in(step, "payload")).description
    ranked = ranking(state) if isinstance(state, dict) and is_day(state) else []
    if not ranked:
        return Asked(description, None, [])
    choices: list[Json] = [{"label": task_label(task), "value": at} for at, task in ranked]
    return Asked(
        description, [], [{"name": "confirmed", "label": CONFIRM, "kind": "ranking", "choices": choices}]
    )


def ranking(state: Object) -> list[tuple[int, Object]]:
    """Return the open tasks that count today with their places: confirmed ones, then by priority, due date, age."""
    tasks = objects_in(state.get("tasks", []))
    given = state.get("confirmed", [])
    confirmed = [*given] if isinstance(given, list) else []

    def urgency(ranked: tuple[int, Object]) -> tuple[int, str, str, str, int]:
        at, task = ranked
        last = "~"  # after every letter and digit
        place = confirmed.index(at) if at in confirmed else len(confirmed)
        priority, due, created = (str(task.get(name, last)) for name in ("priority", "due", "created"))
        return place, priority, due, created, at

    today = str(state.get("today", "~"))
    counts = [
        not task["done"] and task.get("hidden") is not True and str(task.get("threshold", "")) <= today
        for task in tasks
    ]
    return sorted([(at, task) for at, task in enumerate(tasks) if counts[at]], key=urgency)


def task_label(task: Object) -> str:
    """Return the text of a task, with what decides its rank."""
    known = [f"{name} {task[name]}" for name in ("priority", "due") if name in task]
    return f"{task['text']} ({', '.join(known)})" if known else str(task["text"])


DATE, LETTER, INDEX, TEXT, TEXTS, FLAG = "date", "letter", "index", "text", "texts", "flag"
TASK = {
    "text": TEXT,
    "done": FLAG,
    "priority": LETTER,
    "projects": TEXTS,
    "contexts": TEXTS,
    "hidden": FLAG,
} | dict.fromkeys(("created", "completed", "due", "threshold"), DATE)
SUMMARY = {"date": DATE, "completed": TEXTS, "carried_over": TEXTS}


def is_day(state: Object) -> bool:
    """Return whether a state is one of the daily loop (``DailyLoopState``); each member may be absent."""
    parts = {"tasks": (TASK, ["text", "done"]), "archived": (TASK, ["text", "done"])}
    parts["journal"] = (SUMMARY | {"priorities": TEXTS}, ["date"])
    for name, (members, required) in parts.items():
        items = state.get(name, [])
        if not isinstance(items, list) or not all(has_members(item, members, required) for item in items):
            return False
    indices = state.get("confirmed", [])
    if not isinstance(indices, list) or not all(is_of(index, INDEX) for index in indices):
        return False
    return has_members(state.get("yesterday", {}), SUMMARY, []) and has_members(
        state, {"today": DATE, "since": DATE, "priorities": TEXTS}, []
    )


def has_members(value: Json, members: dict[str, str], required: list[str]) -> bool:
    """Return whether a value is an object with the required members, and with known ones of their types."""
    if not isinstance(value, dict) or not {*required} <= {*value}:
        return False
    return all(is_of(value[name], kind) for name, kind in members.items() if name in value)


def is_of(value: Json, kind: str) -> bool:
    """Return whether a value is of a type of the daily loop's state."""
    if kind == TEXTS:
        return is_texts(value)
    if kind == FLAG:
        return isinstance(value, bool)
    if kind == INDEX:
        return is_integer(value) and not encode(value).startswith("-")
    patterns = {TEXT: ".*", LETTER: "[A-Z]", DATE: "[0-9]{4}-[0-9]{2}-[0-9]{2}"}
    return isinstance(value, str) and re.fullmatch(patterns[kind], value, re.DOTALL) is not None


# Answers


def decision(asked: Object, given: Object) -> Object:
    """Return the event of an answer to a question (``Decided``), which is bound to the head of the question.

    given: ``verdict``, ``by``, ``at``, ``note`` and ``values``.
    """
    approvers, values = texts_in(asked, "approvers"), object_in(given, "values")
    if approvers and given["by"] not in approvers:
        raise Refused("approver")
    if given["verdict"] == "vetoed" and values:
        raise Refused("answer")
    if given["verdict"] == "approved":
        check_values(objects_in(asked["fields"]), values)
    return {
        "event": "decided",
        "step_id": asked["step_id"],
        "verdict": given["verdict"],
        "by": given["by"],
        "note": given["note"],
        "output": values,
        "at": given["at"],
        "head_sha256": asked["head_sha256"],
        "signature": None,
    }
