"""The state, the receipt and the result of a finished run, computed slowly on plain dicts.

It imports nothing of the package. The canonical bytes come from the `rfc8785` package, the digests from hashlib; the
rest follows the words of the contracts, with no thought for speed. The run must be finished and legal.
"""

import copy
import hashlib
from typing import Any

import rfc8785

Json = Any


def sha256(value: Json) -> str:
    """The digest of a plain value."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def patched(target: Json, patch: Json) -> Json:
    """The target after a JSON Merge Patch (RFC 7396 section 2)."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = copy.deepcopy(target) if isinstance(target, dict) else {}
    for name in patch:
        if patch[name] is None:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), patch[name])
    return result


def changes_the_state(event: dict[str, Json]) -> bool:
    """Whether the event is a completion or an approval."""
    return event["event"] == "completed" or event.get("verdict") == "approved"


def states(run: Json) -> list[Json]:
    """The state after each event."""
    found = [run["context"]["initial_state"]]
    for event in run["events"]:
        found.append(patched(found[-1], event["output"]) if changes_the_state(event) else found[-1])
    return found[1:]


def error_message(event: Json) -> str | None:
    """The reason of a failure or veto, if the event is one."""
    if event["event"] == "failed":
        return str(event["reason"])
    if event["event"] == "decided" and event["verdict"] == "vetoed":
        name, note = event["by"], event["note"]
        return f"vetoed by {name}" if note is None else f"vetoed by {name}: {note}"
    return None


def outcome(events: list[Json]) -> str:
    """The outcome of a run with these events."""
    if events[-1]["event"] == "failed":
        return "failed"
    if error_message(events[-1]) is not None:
        return "vetoed"
    return "rehearsed" if {"rehearsed"} & {event["event"] for event in events} else "completed"


def receipt(run: Json) -> Json:
    """The receipt, with its hash chain."""
    workflow = run["workflow"]
    link = {
        "context_sha256": sha256(run["context"]),
        "operations": run["operations"],
        "workflow_sha256": sha256(workflow),
    }
    previous = sha256(link)
    entries = []
    for event, state in zip(run["events"], states(run), strict=True):
        entries.append({"event": event, "previous_sha256": previous, "state_sha256": sha256(state)})
        previous = sha256(entries[-1])
    ids = [event["step_id"] for event in run["events"]]
    return {"id": workflow["id"], "steps": ids, "entries": entries, "head_sha256": previous}


def result(run: Json) -> Json:
    """The result document of a run document."""
    workflow, events = run["workflow"], run["events"]
    mission_type = workflow["metadata"].get("mission_type")
    ids = [event["step_id"] for event in events]
    message = error_message(events[-1])
    return {
        "contract": "tier2.result/v1",
        "id": workflow["id"],
        "outcome": outcome(events),
        "success": message is None,
        "executed_steps": [step for step in workflow["steps"] if step["id"] in ids],
        "final_state": states(run)[-1],
        "failed_step_id": None if message is None else ids[-1],
        "error_message": message,
        "lineage": {
            "workflow_id": workflow["id"],
            "mission_type": mission_type if isinstance(mission_type, str) else None,
            "executed_step_ids": ids,
            "workflow_sha256": sha256(workflow),
            "context_sha256": sha256(run["context"]),
            "operations": run["operations"],
        },
        "receipt": receipt(run),
    }
