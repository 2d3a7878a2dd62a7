"""What the hand-written cases of the known answers are put together from."""

from typing import NamedTuple

from known_answers.reference import Json, Object, Told


class RunCase(NamedTuple):
    """A finished run; ``rehearsal`` says whether a pure rehearsal gives exactly these events."""

    id: str
    flags: str
    comment: str
    mission: Object | None
    workflow: Object
    context: Object
    events: list[Object]
    rehearsal: bool

    @property
    def told(self) -> Told:
        return Told(self.workflow, self.context, self.events)


def arrays(depth: int) -> str:
    """The text of empty arrays, one in another."""
    return "[" * depth + "]" * depth


def objects(depth: int) -> str:
    """The text of empty objects, one in another under the key ``n``."""
    return '{ "n": ' * (depth - 1) + "{}" + "}" * (depth - 1)


def deep(depth: int) -> Object:
    """Empty objects, one in another under the key ``n``."""
    return {"n": deep(depth - 1)} if depth > 1 else {}


def human(step_id: str, description: str) -> Object:
    return {"id": step_id, "kind": "human", "payload": {"description": description}}


def runtime(step_id: str, description: str, operation: str, **more: Json) -> Object:
    return {
        "id": step_id,
        "kind": "runtime",
        "payload": {"description": description, "operation": operation, **more},
    }


def did(step_id: str, output: Object) -> Object:
    return {"event": "completed", "step_id": step_id, "output": output}


def failed(step_id: str, reason: str) -> Object:
    return {"event": "failed", "step_id": step_id, "reason": reason}


def approved(step_id: str, by: str, note: str | None, output: Object) -> Object:
    return {
        "event": "decided",
        "step_id": step_id,
        "verdict": "approved",
        "by": by,
        "note": note,
        "output": output,
    }


def vetoed(step_id: str, by: str, note: str | None) -> Object:
    return {"event": "decided", "step_id": step_id, "verdict": "vetoed", "by": by, "note": note, "output": {}}


def rehearsed(step_id: str) -> Object:
    return {"event": "rehearsed", "step_id": step_id}


def workflow(workflow_id: str, steps: list[Json], metadata: Object) -> Object:
    return {"contract": "tier2.workflow/v1", "id": workflow_id, "steps": steps, "metadata": metadata}


def context(state: Object, metadata: Object) -> Object:
    return {"contract": "tier2.context/v1", "initial_state": state, "metadata": metadata}
