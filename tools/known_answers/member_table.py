"""Each member of each contract, its kind, and a text that is right: written down by hand from the contracts."""

from collections.abc import Mapping

from known_answers import member_kinds as kinds
from known_answers.member_kinds import Fit, Kind, Misfit

Members = Mapping[str, tuple[Kind, str]]
"""The kind of each member, and a text that is right; in the order of the contract."""

_DO = '{"id":"do@","kind":"runtime","payload":{"operation":"noop"}}'
_ASK = '{"id":"ask@","kind":"human","payload":{}}'
_CONTEXT = '{"contract":"tier2.context/v1","initial_state":{},"metadata":{}}'
_DID = '{"event":"completed","step_id":"do@","output":{}}'
_ENTRY = f'{{"event":{_DID},"state_sha256":"{"0" * 64}","previous_sha256":"{"a" * 64}"}}'


def workflow(*steps: str) -> str:
    return f'{{"contract":"tier2.workflow/v1","id":"wf","steps":[{",".join(steps)}],"metadata":{{}}}}'


def several(text: str, count: int) -> str:
    return ",".join(text.replace("@", str(at)) for at in range(count))


def _steps() -> Kind:
    fits, misfits = kinds.parts("steps", _DO, 1, 5)
    people = (
        Fit("2-people", f"[{several(_ASK, 2)},{_DO}]", "AtBound", "maxContains"),
        Fit("no-people", f"[{_DO}]", "WholeValue"),
    )
    crowd = Misfit("3-people", f"[{several(_ASK, 3)}]", "limits", "TooManyPeople BeyondBound", "maxContains")
    same = Misfit("same-ids", f"[{_DO},{_DO}]", "envelope", "RepeatedStepId", "ids")
    return Kind((*fits, *people), (*misfits, crowd, same))


_HAPPENED = {
    "completed": _DID.replace("@", "0"),
    "failed": '{"event":"failed","step_id":"do0","reason":""}',
    "rehearsed": '{"event":"rehearsed","step_id":"do0"}',
    "decided": '{"event":"decided","step_id":"ask0","verdict":"vetoed","by":"","note":null,"output":{}}',
}
_UNKNOWN_EVENT = '{"event":"skipped","step_id":"do0"}'
_UNKNOWN = Misfit("unknown-event", f"[{_UNKNOWN_EVENT}]", "tag", "WrongTag Nested", "[] oneOf")


def _events() -> Kind:
    """What events a run may hold; five of them need five steps."""
    five = {"workflow": workflow(several(_DO, 5))}
    fits = (
        Fit("no-events", "[]", "WholeValue"),
        Fit("5-events", f"[{several(_DID, 5)}]", "AtBound", "maxItems", five),
        *(
            Fit(
                name,
                f"[{text}]",
                "LegalEvent",
                "[] oneOf",
                {"workflow": workflow(_ASK.replace("@", "0"))} if name == "decided" else {},
            )
            for name, text in _HAPPENED.items()
        ),
    )
    _, misfits = kinds.parts("events", _DID, 0, 5)
    six = tuple(misfit._replace(others=five) if misfit.bound == "maxItems" else misfit for misfit in misfits)
    return Kind(fits, (*six, _UNKNOWN))


_EVENT = Kind(
    tuple(Fit(name, text, "WholeDocument", "oneOf") for name, text in _HAPPENED.items()),
    (*kinds.PART.misfits, Misfit("unknown-event", _UNKNOWN_EVENT, "tag", "WrongTag Nested", "oneOf")),
)
_STEP_KIND = kinds.enumeration("human", "runtime")
_STEP_KIND = Kind(
    tuple(fit._replace(others={"payload": '{"operation":"x"}'}) for fit in _STEP_KIND.fits),
    _STEP_KIND.misfits,
)
_VERDICT = kinds.enumeration("approved", "vetoed")
_VERDICT = Kind(tuple(fit._replace(others={"output": "{}"}) for fit in _VERDICT.fits), _VERDICT.misfits)


def _contract(name: str) -> tuple[Kind, str]:
    others = (
        f"tier2.{name}/v2",
        f"tier2.{name}",
        f"Tier2.{name}/v1",
        "tier2.run/v1" if name != "run" else "tier2.result/v1",
    )
    return kinds.tag(f"tier2.{name}/v1", *others, code="tag"), f'"tier2.{name}/v1"'


def _event(name: str) -> tuple[Kind, str]:
    other = "failed" if name != "failed" else "completed"
    return kinds.tag(name, other, name.capitalize(), "", code="type"), f'"{name}"'


_TEXT = (kinds.TEXT, '"do"')
_OPEN = (kinds.OPEN, '{"n":1}')
_DIGEST = (kinds.SHA256, f'"{"1" * 64}"')
_MAYBE = (kinds.TEXT_OR_NULL, '"some"')
_IDS = (kinds.STEP_IDS, '["do","ask"]')

CLOSED: Mapping[str, Members] = {
    "MissionSpec": {"contract": _contract("mission"), "type": _TEXT, "params": _OPEN},
    "StepSpec": {"id": _TEXT, "kind": (_STEP_KIND, '"human"'), "payload": _OPEN},
    "WorkflowDefinition": {
        "contract": _contract("workflow"),
        "id": _TEXT,
        "steps": (_steps(), f"[{several(_DO, 2)}]"),
        "metadata": _OPEN,
    },
    "ExecutionContext": {"contract": _contract("context"), "initial_state": _OPEN, "metadata": _OPEN},
    "Completed": {"event": _event("completed"), "step_id": _TEXT, "output": _OPEN},
    "Failed": {"event": _event("failed"), "step_id": _TEXT, "reason": _TEXT},
    "Decided": {
        "event": _event("decided"),
        "step_id": _TEXT,
        "verdict": (_VERDICT, '"approved"'),
        "by": _TEXT,
        "note": _MAYBE,
        "output": _OPEN,
    },
    "Rehearsed": {"event": _event("rehearsed"), "step_id": _TEXT},
    "Run": {
        "contract": _contract("run"),
        "workflow": (kinds.PART, workflow(several(_DO, 1))),
        "context": (kinds.PART, _CONTEXT),
        "events": (_events(), f"[{several(_DID, 1)}]"),
    },
    "Lineage": {
        "workflow_id": _TEXT,
        "mission_type": _MAYBE,
        "executed_step_ids": _IDS,
        "workflow_sha256": _DIGEST,
        "context_sha256": _DIGEST,
    },
    "ReceiptEntry": {
        "event": (_EVENT, several(_DID, 1)),
        "state_sha256": _DIGEST,
        "previous_sha256": _DIGEST,
    },
    "Receipt": {
        "id": _TEXT,
        "steps": _IDS,
        "entries": (kinds.parts("entries", _ENTRY, 1, 5), f"[{several(_ENTRY, 2)}]"),
        "head_sha256": _DIGEST,
    },
    "OrchestrationResult": {
        "contract": _contract("result"),
        "id": _TEXT,
        "outcome": (kinds.enumeration("completed", "failed", "vetoed", "rehearsed"), '"completed"'),
        "success": (kinds.TRUTH, "true"),
        "executed_steps": (_steps(), f"[{several(_DO, 2)}]"),
        "final_state": _OPEN,
        "failed_step_id": _MAYBE,
        "error_message": _MAYBE,
        "lineage": (
            kinds.PART,
            (
                f'{{"workflow_id":"wf","mission_type":null,"executed_step_ids":["do0"],'
                f'"workflow_sha256":"{"2" * 64}","context_sha256":"{"3" * 64}"}}'
            ),
        ),
        "receipt": (
            kinds.PART,
            f'{{"id":"wf","steps":["do0"],"entries":[{several(_ENTRY, 1)}],"head_sha256":"{"4" * 64}"}}',
        ),
    },
}
"""All of their members are required."""

_TASK = '{"text":"Task @","done":false}'
_DAY = (kinds.DATE, '"2026-03-09"')
_TEXTS = (kinds.TEXTS, '["a","b"]')
_TASKS = (kinds.parts("tasks", _TASK), f"[{several(_TASK, 1)}]")
_COUNT = (kinds.COUNT, "3")
_RECORD = '{"id":"t.py::@","outcome":"passed"}'

VIEWS: Mapping[str, Members] = {
    "DailyLoopParams": {
        "requested_steps": (kinds.INTEGER, "4"),
        "requested_human_steps": (kinds.INTEGER, "1"),
    },
    "EchoParams": {},
    "RunTestsParams": {"target": _TEXT},
    "DailyLoopState": {
        "today": _DAY,
        "tasks": _TASKS,
        "confirmed": (kinds.INDICES, "[0]"),
        "yesterday": (kinds.PART, '{"date":"2026-03-08"}'),
        "priorities": _TEXTS,
        "journal": (kinds.parts("entries", '{"date":"2026-03-0@"}'), '[{"date":"2026-03-08"}]'),
        "archived": _TASKS,
    },
    "Task": {
        "text": _TEXT,
        "done": (kinds.TRUTH, "true"),
        "priority": (kinds.LETTER, '"B"'),
        "created": _DAY,
        "completed": _DAY,
        "due": _DAY,
        "projects": _TEXTS,
        "contexts": _TEXTS,
    },
    "JournalEntry": {"date": _DAY, "completed": _TEXTS, "carried_over": _TEXTS, "priorities": _TEXTS},
    "Yesterday": {"date": _DAY, "completed": _TEXTS, "carried_over": _TEXTS},
    "RunTestsState": {
        "tests": (kinds.PART, '{"collected":["t.py::0"]}'),
        "report": (kinds.PART, '{"status":"not run"}'),
    },
    "RecordedTests": {
        "collected": _TEXTS,
        "outcomes": (kinds.parts("tests", _RECORD), f"[{several(_RECORD, 1)}]"),
    },
    "TestRecord": {
        "id": _TEXT,
        "outcome": (
            kinds.enumeration("passed", "failed", "error", "skipped", "xfailed", "xpassed"),
            '"passed"',
        ),
    },
    "TestReport": {
        "status": (kinds.enumeration("not run", "passed"), '"passed"'),
        "total": _COUNT,
        "passed": _COUNT,
        "skipped": _COUNT,
        "xfailed": _COUNT,
        "xpassed": _COUNT,
    },
}
REQUIRED = {
    "Task": ("text", "done"),
    "JournalEntry": ("date",),
    "TestRecord": ("id", "outcome"),
    "TestReport": ("status",),
}
"""The members of views that are required; the others may be absent."""
