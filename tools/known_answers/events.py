"""Every event in every state of a run: legal ones give a document, illegal ones are refused with the code ``event``.

The states and what may happen in them were written down by hand; no run is advanced here.
"""

from collections.abc import Iterator
from typing import NamedTuple

from known_answers.parts import approved, context, did, failed, human, rehearsed, runtime, vetoed, workflow
from known_answers.reference import Json, Object
from known_answers.vectors import Case, Vector, written

MAY_HAPPEN = {
    "runtime": ("completed", "failed", "rehearsed"),
    "human": ("approved", "vetoed", "rehearsed"),
}
"""What may happen to the pending step, by its kind."""

HAPPENINGS = ("completed", "failed", "approved", "vetoed", "rehearsed")

_STEPS = {
    "do": runtime("do", "Do it.", "noop"),
    "ask": human("ask", "Agree?"),
    "tidy": runtime("tidy", "Tidy up.", "noop"),
    "accept": human("accept", "Good?"),
}


def happened(happening: str, step_id: str, output: Object | None = None) -> Object:
    """An event with as little in it as may be; ``output`` where it has one."""
    match happening:
        case "completed":
            return did(step_id, output or {})
        case "failed":
            return failed(step_id, "no")
        case "approved":
            return approved(step_id, "Ada", None, output or {})
        case "vetoed":
            return vetoed(step_id, "Ada", None) | {"output": output or {}}
        case _:
            return rehearsed(step_id)


class State(NamedTuple):
    """Where a run stands: its steps, what has happened, and which step is pending, if any."""

    name: str
    steps: str
    past: str
    pending: str | None


STATES = (
    State("runtime-pending-first", "do ask tidy accept", "", "do"),
    State("human-pending-first", "ask do accept tidy", "", "ask"),
    State("runtime-pending-later", "ask do accept tidy", "approved", "do"),
    State("human-pending-later", "do ask tidy accept", "completed", "ask"),
    State("runtime-pending-after-rehearsal", "ask do accept tidy", "rehearsed", "do"),
    State("human-pending-last", "do tidy ask", "completed rehearsed", "ask"),
    State("over-completed", "do ask", "completed approved", None),
    State("over-failed", "do ask tidy accept", "failed", None),
    State("over-vetoed", "ask do accept tidy", "vetoed", None),
    State("over-rehearsed", "do ask", "rehearsed rehearsed", None),
)


def event_vectors() -> Iterator[Vector]:
    for state in STATES:
        yield _case(state, "before", "WholeDocument", "The run before the next event.").answered(_run(state))
        for where, step_id in _targets(state).items():
            for happening in HAPPENINGS:
                yield _vector(state, where, step_id, happening)
        if state.pending:
            yield from _with_outputs(state, state.pending)


def _targets(state: State) -> dict[str, str]:
    """Steps to which something may be said to happen: the pending one and others."""
    steps = state.steps.split()
    at = len(state.past.split())
    places = {
        "pending": state.pending,
        "earlier": steps[at - 1] if at else None,
        "next": steps[at] if state.pending is None and at < len(steps) else None,
        "later": steps[at + 1] if at + 1 < len(steps) else None,
        "unknown": "nobody",
    }
    return {where: step_id for where, step_id in places.items() if step_id is not None}


def _vector(state: State, where: str, step_id: str, happening: str) -> Vector:
    event = happened(happening, step_id)
    legal = state.pending == step_id and happening in MAY_HAPPEN[str(_STEPS[step_id]["kind"])]
    if legal:
        flag = "LegalEvent"
    elif state.pending is None:
        flag = "EventAfterTheEnd"
    else:
        flag = "KindCannotHappen" if state.pending == step_id else "EventOfAnotherStep"
    item = f"{state.name}: {happening} of the {where} step"
    comment = f"{happening.capitalize()}: the {where} step."
    case = _case(state, f"{happening}-{where}", flag, comment, event)._replace(
        covers=[("event in a state", item)]
    )
    return case.answered(_run(state, event)) if legal else case.refused("event")


def _with_outputs(state: State, step_id: str) -> Iterator[Vector]:
    """What was completed or approved may have an output, whatever it is; a veto may not."""
    if _STEPS[step_id]["kind"] == "human":
        covers = [("event in a state", f"{state.name}: vetoed with an output")]
        vetoes: dict[str, Object] = {"null": {"n": None}, "object": {"": {}}}
        for name, output in vetoes.items():
            event = happened("vetoed", step_id, output)
            case = _case(state, f"veto-with-{name}", "VetoWithOutput", "Even this.", event)
            yield case._replace(covers=covers).refused("event")
    happening = MAY_HAPPEN[str(_STEPS[step_id]["kind"])][0]
    event = happened(happening, step_id, {"n": None, "list": [1.0, {}], "__proto__": {"deep": {"er": None}}})
    case = _case(state, "output", "LegalEvent PrototypeKey", "With an output.", event)
    yield case.answered(_run(state, event))


def _case(state: State, name: str, flags: str, comment: str, *more: Object) -> Case:
    inputs: Object = {"type": "Run", "text": written(_run(state, *more))}
    return Case("events", f"event-{state.name}-{name}", flags, comment, inputs)


def _run(state: State, *more: Object) -> Object:
    steps = state.steps.split()
    past = zip(state.past.split(), steps, strict=False)
    events: list[Json] = [happened(happening, step_id) for happening, step_id in past]
    return {
        "contract": "tier2.run/v1",
        "workflow": workflow("wf", [_STEPS[step_id] for step_id in steps], {}),
        "context": context({}, {}),
        "events": [*events, *more],
    }
