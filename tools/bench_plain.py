"""The plain way: what one would write in an afternoon without this library, to compare with and for nothing else.

Mutable dataclasses, plain dicts, ``copy.deepcopy`` between the steps, ``json.dumps`` and SHA-256 of the workflow and of
the result. The four daily computations do the same real work. No receipt, no limits, no checks of what comes in.
"""

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any


@dataclass
class Mission:
    type: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class Step:
    id: str
    kind: str
    payload: dict[str, Any]


@dataclass
class Workflow:
    id: str
    steps: list[Step]
    metadata: dict[str, Any]


@dataclass
class Result:
    id: str
    outcome: str
    success: bool
    executed_steps: list[Step]
    final_state: dict[str, Any]


def summarise_yesterday(state: dict[str, Any]) -> None:
    tasks = state.get("tasks", [])
    today = state.get("today")
    if today is None:
        carried_over = [task["text"] for task in tasks if not task["done"]]
        state["yesterday"] = {"completed": [], "carried_over": carried_over}
        return
    before = (date.fromisoformat(today) - timedelta(days=1)).isoformat()
    state["yesterday"] = {
        "date": before,
        "completed": [task["text"] for task in tasks if task["done"] and task.get("completed") == before],
        "carried_over": [
            task["text"] for task in tasks if not task["done"] and task.get("created", "") < today
        ],
    }


def generate_priorities(state: dict[str, Any]) -> None:
    tasks = state.get("tasks", [])
    confirmed = state.get("confirmed", [])

    def urgency(index: int) -> tuple[int, str, str, str, int]:
        task = tasks[index]
        place = confirmed.index(index) if index in confirmed else len(confirmed)
        return place, task.get("priority", "~"), task.get("due", "~"), task.get("created", "~"), index

    still_open = sorted((index for index, task in enumerate(tasks) if not task["done"]), key=urgency)
    state["priorities"] = [tasks[index]["text"] for index in still_open[:3]]


def log_summary(state: dict[str, Any]) -> None:
    today = state.get("today")
    if today is None:
        return
    yesterday = state.get("yesterday", {})
    summary = {
        "date": today,
        "completed": yesterday.get("completed", []),
        "carried_over": yesterday.get("carried_over", []),
        "priorities": state.get("priorities", []),
    }
    journal = state.setdefault("journal", [])
    for entry in journal:
        if entry["date"] == today:
            entry.update(summary)
            return
    journal.append(summary)


def archive(state: dict[str, Any]) -> None:
    tasks = state.get("tasks", [])
    done = [task for task in tasks if task["done"]]
    if not done:
        return
    still_open = [index for index, task in enumerate(tasks) if not task["done"]]
    if "confirmed" in state:
        state["confirmed"] = [still_open.index(index) for index in state["confirmed"] if index in still_open]
    state["tasks"] = [task for task in tasks if not task["done"]]
    state["archived"] = state.get("archived", []) + done


OPERATIONS: dict[str, Callable[[dict[str, Any]], None]] = {
    "daily.summarise_yesterday": summarise_yesterday,
    "daily.generate_priorities": generate_priorities,
    "daily.log_summary": log_summary,
    "daily.archive": archive,
}

STEPS = (
    (
        "daily-summarise-yesterday",
        "Summarise what was completed yesterday and what is carried over.",
        "daily.summarise_yesterday",
    ),
    (
        "daily-generate-priorities",
        "Rank the open tasks and name the top three.",
        "daily.generate_priorities",
    ),
    ("daily-log-summary", "Write the day's entry into the journal.", "daily.log_summary"),
    ("daily-archive", "Move the completed tasks to the archive.", "daily.archive"),
)


def plan(mission: Mission) -> Workflow:
    """The workflow of a daily loop in which nobody is asked."""
    steps = [
        Step(id=name, kind="runtime", payload={"description": description, "operation": operation})
        for name, description, operation in STEPS[: mission.params.get("requested_steps", 4)]
    ]
    metadata = {"mission_type": mission.type, "params": copy.deepcopy(mission.params)}
    return Workflow(id="wf-daily-loop", steps=steps, metadata=metadata)


def run(workflow: Workflow, initial_state: dict[str, Any]) -> Result:
    """The result of all steps; the caller's state, and the state before each step, stay as they were."""
    state = initial_state
    executed: list[Step] = []
    for step in workflow.steps:
        after = copy.deepcopy(state)
        OPERATIONS[step.payload["operation"]](after)
        state = after
        executed.append(step)
    return Result(workflow.id, "completed", True, executed, state)


def digest(value: Workflow | Result) -> str:
    """The SHA-256 of the sorted JSON text, which another language need not write in the same way."""
    # By `vars`, which copies nothing: `dataclasses.asdict` would take far longer.
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=vars).encode()).hexdigest()


def daily_loop(initial_state: dict[str, Any], params: dict[str, Any]) -> tuple[str, Result, str]:
    """From mission to result, with the digests of workflow and result."""
    workflow = plan(Mission("daily_loop", params))
    result = run(workflow, initial_state)
    return digest(workflow), result, digest(result)
