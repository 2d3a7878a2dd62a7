"""The plain way: a daily loop as one would write it in an afternoon without this library.

Mutable dataclasses, plain dicts, `copy.deepcopy` between the steps, `json.dumps` and SHA-256 of workflow and result.
The four operations compute the same. There is no receipt, no limit, and no check of what comes in.
"""

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


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
    if "today" not in state:
        carried_over = [task["text"] for task in tasks if not task["done"]]
        state["yesterday"] = {"completed": [], "carried_over": carried_over}
        return
    today = state["today"]
    before = (date.fromisoformat(today) - timedelta(days=1)).isoformat()
    older = [task for task in tasks if not task["done"] and task.get("created", "") < today]
    completed = [task["text"] for task in tasks if task["done"] and task.get("completed") == before]
    carried_over = [task["text"] for task in older]
    state["yesterday"] = {"date": before, "completed": completed, "carried_over": carried_over}


def generate_priorities(state: dict[str, Any]) -> None:
    def urgency(task: dict[str, Any]) -> tuple[str, str, str]:
        return task.get("priority", "~"), task.get("due", "~"), task.get("created", "~")

    still_open = [task for task in state.get("tasks", []) if not task["done"]]
    state["priorities"] = [task["text"] for task in sorted(still_open, key=urgency)[:3]]


def log_summary(state: dict[str, Any]) -> None:
    if "today" in state:
        summary = {"date": state["today"], "priorities": state["priorities"]}
        summary |= {name: state["yesterday"][name] for name in ("completed", "carried_over")}
        state.setdefault("journal", []).append(summary)


def archive(state: dict[str, Any]) -> None:
    tasks = state.get("tasks", [])
    done = [task for task in tasks if task["done"]]
    if done:
        state["tasks"] = [task for task in tasks if not task["done"]]
        state["archived"] = state.get("archived", []) + done


PARAMS = {"requested_steps": 4, "requested_human_steps": 0}
"""All four operations, and nobody is asked."""

OPERATIONS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "daily.summarise_yesterday": (summarise_yesterday, "Summarise what was completed yesterday."),
    "daily.generate_priorities": (generate_priorities, "Rank the open tasks and name the top three."),
    "daily.log_summary": (log_summary, "Write the day's entry into the journal."),
    "daily.archive": (archive, "Move the completed tasks to the archive."),
}


def daily_loop(initial_state: dict[str, Any]) -> dict[str, Any]:
    """The final state; the workflow and the result are made and hashed. No state is changed once it is there."""
    steps = [
        Step(operation, "runtime", {"description": description, "operation": operation})
        for operation, (_, description) in OPERATIONS.items()
    ]
    workflow = Workflow("wf-daily-loop", steps, {"type": "daily_loop", "params": copy.deepcopy(PARAMS)})
    state = initial_state
    for step in steps:
        state = copy.deepcopy(state)
        operation, _ = OPERATIONS[step.payload["operation"]]
        operation(state)
    result = Result(workflow.id, "completed", True, steps, state)
    digest(workflow)
    digest(result)
    return state


def digest(value: Workflow | Result) -> str:
    """The SHA-256 of the sorted JSON text, which another language may write differently."""
    # `vars` copies nothing; `dataclasses.asdict` would take far longer.
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=vars).encode()).hexdigest()
