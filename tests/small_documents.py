"""A small document of each contract, and the error that decoding raises for a wrong one."""

import json
from typing import Any

import pytest
from mutations import Json, Path

from tier2 import (
    CanonicalError,
    Completed,
    ContractError,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    Lineage,
    MissionSpec,
    OrchestrationResult,
    Question,
    Receipt,
    ReceiptEntry,
    Rehearsed,
    Run,
    Scenario,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    decode,
)
from tier2.contracts.v1 import Answer, Choice, Evidence, Expectation, Field, HostAnswer

HEX = "0123456789abcdef" * 4

MISSION: Json = {"contract": "tier2.mission/v1", "type": "echo", "params": {"n": 1}}
STEP: Json = {"id": "do", "kind": "runtime", "payload": {"operation": "noop"}}
PERSON: Json = {"id": "ask", "kind": "human", "payload": {}}
WORKFLOW: Json = {
    "contract": "tier2.workflow/v1",
    "id": "w",
    "steps": [STEP, PERSON, {**STEP, "id": "last"}],
    "metadata": {},
}
CONTEXT: Json = {"contract": "tier2.context/v1", "initial_state": {"k": [1]}, "metadata": {}}
COMPLETED: Json = {"event": "completed", "step_id": "do", "output": {"n": 0.5}}
FAILED: Json = {"event": "failed", "step_id": "do", "reason": "no"}
REHEARSED: Json = {"event": "rehearsed", "step_id": "do"}
APPROVED: Json = {
    "event": "decided",
    "step_id": "ask",
    "verdict": "approved",
    "by": "Ann",
    "note": None,
    "output": {"x": 1},
    "at": None,
    "head_sha256": None,
    "signature": None,
}
VETOED: Json = {**APPROVED, "verdict": "vetoed", "output": {}}
RUN: Json = {
    "contract": "tier2.run/v1",
    "workflow": WORKFLOW,
    "context": CONTEXT,
    "operations": {"noop": "1"},
    "events": [COMPLETED, APPROVED],
}
LINEAGE: Json = {
    "workflow_id": "w",
    "mission_type": None,
    "executed_step_ids": ["do", "ask"],
    "workflow_sha256": HEX,
    "context_sha256": HEX,
    "operations": {"noop": "1"},
}
QUESTION: Json = {
    "contract": "tier2.question/v1",
    "workflow_id": "w",
    "step_id": "ask",
    "description": "May it go on?",
    "evidence": [{"pointer": "/k", "found": True, "value": [1]}],
    "fields": [
        {"name": "a", "label": "A", "kind": "text", "choices": [], "required": False},
        {
            "name": "b",
            "label": "B",
            "kind": "choice",
            "choices": [{"label": "one", "value": 1}],
            "required": True,
        },
    ],
    "approvers": ["Ann"],
    "signed": False,
    "head_sha256": HEX,
}
ANSWER: Json = {"verdict": "approved", "by": "Ann", "note": None, "values": {"a": "x"}, "head_sha256": HEX}
EXPECTATION: Json = {
    "outcome": "completed",
    "failed_step_id": None,
    "error_message": None,
    "values": {"/k": [1]},
    "result_sha256": HEX,
    "error": None,
}
SCENARIO: Json = {
    "contract": "tier2.scenario/v1",
    "name": "all is well",
    "mission": MISSION,
    "context": CONTEXT,
    "answers": {"ask": ANSWER, "": ANSWER},
    "hosts": {"do": {"output": {"x": 1}, "reason": None}, "last": {"output": None, "reason": "no"}},
    "expect": EXPECTATION,
}
ENTRY: Json = {"event": COMPLETED, "state_sha256": HEX, "previous_sha256": HEX}
RECEIPT: Json = {
    "id": "w",
    "steps": ["do", "ask"],
    "entries": [ENTRY, {**ENTRY, "event": VETOED}],
    "head_sha256": HEX,
}
RESULT: Json = {
    "contract": "tier2.result/v1",
    "id": "w",
    "outcome": "vetoed",
    "success": False,
    "executed_steps": [STEP, PERSON],
    "final_state": {"k": [1]},
    "failed_step_id": "ask",
    "error_message": "vetoed by Ann",
    "lineage": LINEAGE,
    "receipt": RECEIPT,
}

WHOLE: list[tuple[Any, Json]] = [
    (MissionSpec, MISSION),
    (WorkflowDefinition, WORKFLOW),
    (ExecutionContext, CONTEXT),
    (Run, RUN),
    (OrchestrationResult, RESULT),
    (Question, QUESTION),
    (Scenario, SCENARIO),
    (Answer, ANSWER),
    (HostAnswer, SCENARIO["hosts"]["last"]),
    (Expectation, EXPECTATION),
    (Evidence, QUESTION["evidence"][0]),
    (Field, QUESTION["fields"][1]),
    (Choice, QUESTION["fields"][1]["choices"][0]),
    (StepSpec, STEP),
    (StepSpec, PERSON),
    (Lineage, LINEAGE),
    (Receipt, RECEIPT),
    (ReceiptEntry, ENTRY),
    (Completed, COMPLETED),
    (Failed, FAILED),
    (Decided, APPROVED),
    (Decided, VETOED),
    (Rehearsed, REHEARSED),
    *((Event, event) for event in (COMPLETED, FAILED, APPROVED, VETOED, REHEARSED)),
]


def refusal(text: bytes | str, kind: Any, **options: Any) -> Tier2Error:
    with pytest.raises((CanonicalError, ContractError)) as caught:
        decode(text, kind, **options)
    assert caught.value.remedy
    return caught.value


def pretty(document: Json) -> str:
    return json.dumps(document, indent=2)


def minimal(document: Json) -> str:
    """JSON that is canonical if the document is right, so that the quick reading has to refuse it too."""
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


HUMANS = [{**PERSON, "id": f"h{i}"} for i in range(3)]


def shown(path: Path) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
