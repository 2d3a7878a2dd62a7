"""Which code and path does a document have that breaks its contract?"""

from typing import Any

import pytest
from mutations import Json, Path, at, replaced, without
from small_documents import (
    APPROVED,
    COMPLETED,
    CONTEXT,
    ENTRY,
    FAILED,
    HEX,
    HUMANS,
    LINEAGE,
    MISSION,
    RECEIPT,
    RESULT,
    RUN,
    STEP,
    VETOED,
    WHOLE,
    WORKFLOW,
    minimal,
    pretty,
    refusal,
    shown,
)

from tier2 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    Lineage,
    MissionSpec,
    OrchestrationResult,
    Receipt,
    ReceiptEntry,
    Run,
    StepSpec,
    WorkflowDefinition,
)

SIX = [{**STEP, "id": f"s{i}"} for i in range(6)]

CHANGED: list[tuple[Any, Json, Path, Json, str, str]] = [
    # tag: another one
    (MissionSpec, MISSION, ("contract",), "tier2.mission/v2", "tag", "$.contract"),
    (WorkflowDefinition, WORKFLOW, ("contract",), "tier2.mission/v1", "tag", "$.contract"),
    (ExecutionContext, CONTEXT, ("contract",), "", "tag", "$.contract"),
    (Run, RUN, ("contract",), "tier2.result/v1", "tag", "$.contract"),
    (Run, RUN, ("workflow", "contract"), "tier2.context/v1", "tag", "$.workflow.contract"),
    (Run, RUN, ("context", "contract"), "tier2.Context/v1", "tag", "$.context.contract"),
    (Run, RUN, ("events", 1, "event"), "skipped", "tag", "$.events[1].event"),
    (OrchestrationResult, RESULT, ("contract",), "tier2.run/v1", "tag", "$.contract"),
    (Completed, COMPLETED, ("event",), "failed", "tag", "$.event"),
    (Event, COMPLETED, ("event",), "done", "tag", "$.event"),
    # type
    (MissionSpec, MISSION, (), [], "type", "$"),
    (MissionSpec, MISSION, (), None, "type", "$"),
    (MissionSpec, MISSION, ("type",), 1, "type", "$.type"),
    (MissionSpec, MISSION, ("type",), None, "type", "$.type"),
    (MissionSpec, MISSION, ("params",), [], "type", "$.params"),
    (MissionSpec, MISSION, ("params",), None, "type", "$.params"),
    (WorkflowDefinition, WORKFLOW, ("steps", 1), "ask", "type", "$.steps[1]"),
    (WorkflowDefinition, WORKFLOW, ("steps", 1, "payload"), "x", "type", "$.steps[1].payload"),
    (Run, RUN, ("workflow", "steps"), {}, "type", "$.workflow.steps"),
    (Run, RUN, ("events", 1, "note"), 0, "type", "$.events[1].note"),
    (Run, RUN, ("context", "initial_state"), True, "type", "$.context.initial_state"),
    (OrchestrationResult, RESULT, ("success",), 0, "type", "$.success"),
    (OrchestrationResult, RESULT, ("lineage",), None, "type", "$.lineage"),
    (Failed, FAILED, ("reason",), None, "type", "$.reason"),
    # bound
    (WorkflowDefinition, WORKFLOW, ("steps",), [], "bound", "$.steps"),
    (WorkflowDefinition, WORKFLOW, ("steps",), SIX, "bound", "$.steps"),
    (Run, RUN, ("workflow", "steps"), SIX, "bound", "$.workflow.steps"),
    (Run, RUN, ("events",), [COMPLETED] * 6, "bound", "$.events"),
    (OrchestrationResult, RESULT, ("executed_steps",), [], "bound", "$.executed_steps"),
    (OrchestrationResult, RESULT, ("receipt", "entries"), [], "bound", "$.receipt.entries"),
    (Receipt, RECEIPT, ("steps",), list("abcdef"), "bound", "$.steps"),
    (Lineage, LINEAGE, ("executed_step_ids",), [], "bound", "$.executed_step_ids"),
    # pattern
    (Lineage, LINEAGE, ("workflow_sha256",), HEX.upper(), "pattern", "$.workflow_sha256"),
    (Receipt, RECEIPT, ("head_sha256",), HEX[:-1], "pattern", "$.head_sha256"),
    (ReceiptEntry, ENTRY, ("state_sha256",), HEX + "\n", "pattern", "$.state_sha256"),
    (
        OrchestrationResult,
        RESULT,
        ("receipt", "entries", 1, "previous_sha256"),
        HEX + "0",
        "pattern",
        "$.receipt.entries[1].previous_sha256",
    ),
    # enum
    (StepSpec, STEP, ("kind",), "robot", "enum", "$.kind"),
    (Run, RUN, ("workflow", "steps", 0, "kind"), "Runtime", "enum", "$.workflow.steps[0].kind"),
    (Decided, APPROVED, ("verdict",), "maybe", "enum", "$.verdict"),
    (OrchestrationResult, RESULT, ("outcome",), "paused", "enum", "$.outcome"),
    # limits
    (WorkflowDefinition, WORKFLOW, ("steps",), HUMANS, "limits", "$.steps"),
    (Run, RUN, ("workflow", "steps"), HUMANS, "limits", "$.workflow.steps"),
    (OrchestrationResult, RESULT, ("executed_steps",), HUMANS, "limits", "$.executed_steps"),
    # envelope
    (StepSpec, STEP, ("payload",), {}, "envelope", "$.payload.operation"),
    (StepSpec, STEP, ("payload", "operation"), 1, "envelope", "$.payload.operation"),
    (WorkflowDefinition, WORKFLOW, ("steps", 2, "id"), "do", "envelope", "$.steps[2].id"),
    (WorkflowDefinition, WORKFLOW, ("steps", 2, "payload"), {}, "envelope", "$.steps[2].payload.operation"),
    (Run, RUN, ("workflow", "steps", 2, "id"), "ask", "envelope", "$.workflow.steps[2].id"),
    (
        Run,
        RUN,
        ("workflow", "steps", 0, "payload", "operation"),
        None,
        "envelope",
        "$.workflow.steps[0].payload.operation",
    ),
    (OrchestrationResult, RESULT, ("executed_steps", 1, "id"), "do", "envelope", "$.executed_steps[1].id"),
    (
        OrchestrationResult,
        RESULT,
        ("executed_steps", 0, "payload"),
        {"operation": []},
        "envelope",
        "$.executed_steps[0].payload.operation",
    ),
    # event
    (Run, RUN, ("events", 0, "step_id"), "last", "event", "$.events[0]"),
    (Run, RUN, ("events", 1), {**COMPLETED, "step_id": "ask"}, "event", "$.events[1]"),
    (Run, RUN, ("events",), [FAILED, APPROVED], "event", "$.events[1]"),
    (Run, RUN, ("events", 1), {**VETOED, "output": {"x": 1}}, "event", "$.events[1].output"),
    (Run, RUN, ("events",), [COMPLETED, VETOED, {**COMPLETED, "step_id": "last"}], "event", "$.events[2]"),
    (
        Run,
        RUN,
        ("events",),
        [COMPLETED, APPROVED, {**COMPLETED, "step_id": "last"}, COMPLETED],
        "event",
        "$.events[3]",
    ),
    (Decided, VETOED, ("output",), {"x": 1}, "event", "$.output"),
    (Event, VETOED, ("output",), {"x": None}, "event", "$.output"),
    (ReceiptEntry, {**ENTRY, "event": VETOED}, ("event", "output"), {"x": 1}, "event", "$.event.output"),
    (Receipt, RECEIPT, ("entries", 1, "event", "output"), {"x": 1}, "event", "$.entries[1].event.output"),
    (
        OrchestrationResult,
        RESULT,
        ("receipt", "entries", 1, "event", "output"),
        {"x": 1},
        "event",
        "$.receipt.entries[1].event.output",
    ),
    # what no JSON value may hold, inside documents
    (MissionSpec, MISSION, ("params", "n"), 2**53 + 1, "number-range", "$.params.n"),
    (MissionSpec, MISSION, ("params", "n"), -(2**64), "number-range", "$.params.n"),
    (Run, RUN, ("events", 0, "output", "n"), [2**53 + 1], "number-range", "$.events[0].output.n[0]"),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case[4]}-{case[5]}") for case in CHANGED])
@pytest.mark.parametrize("write", [pretty, minimal])
def test_each_broken_rule_has_its_code_and_path(
    case: tuple[Any, Json, Path, Json, str, str], write: Any
) -> None:
    kind, document, path, value, code, where = case
    error = refusal(write(replaced(document, path, value)), kind)
    assert (error.code, error.where) == (code, where)


def closed_places(kind: Any, document: Json) -> list[tuple[Any, Json, Path]]:
    """Every closed object in a document: those whose members are all required."""
    inside: list[Path] = [()]
    if kind is Run:
        inside += [("workflow",), ("workflow", "steps", 2), ("context",), ("events", 0), ("events", 1)]
    if kind is WorkflowDefinition:
        inside += [("steps", 0)]
    if kind is OrchestrationResult:
        inside += [("executed_steps", 1), ("lineage",), ("receipt",), ("receipt", "entries", 1)]
        inside += [("receipt", "entries", 1, "event")]
    return [(kind, document, path) for path in inside]


CLOSED = [case for kind, document in WHOLE for case in closed_places(kind, document)]
REQUIRED = [(kind, document, (*path, name)) for kind, document, path in CLOSED for name in at(document, path)]


@pytest.mark.parametrize(("kind", "document", "path"), REQUIRED)
@pytest.mark.parametrize("write", [pretty, minimal])
def test_a_missing_member_is_not_filled_in(kind: Any, document: Json, path: Path, write: Any) -> None:
    """Defaults are conveniences of the constructors, and none of the wire; a contract's name is no different."""
    error = refusal(write(without(document, path)), kind)
    assert error.code == ("tag" if path[-1] == "contract" else "missing-field")
    assert error.where == shown(path)


def test_a_missing_contract_name_is_reported() -> None:
    error = refusal(pretty(without(RUN, ("context", "contract"))), Run)
    assert error.message == "the name of the contract is missing"
    assert error.remedy == "add it: nothing is filled in"
    error = refusal(pretty(without(MISSION, ("params",))), MissionSpec)
    assert (error.message, error.remedy) == ("a required member is missing", "add it: nothing is filled in")


@pytest.mark.parametrize(("kind", "document", "path"), CLOSED)
@pytest.mark.parametrize(("name", "value"), [("extra", None), ("Id", "x"), ("Description", "")])
def test_an_unknown_member_is_refused(kind: Any, document: Json, path: Path, name: str, value: Json) -> None:
    error = refusal(pretty(replaced(document, (*path, name), value)), kind)
    assert (error.code, error.where) == ("unknown-field", shown((*path, name)))


@pytest.mark.parametrize(
    ("value", "name"), [([], "array"), (None, "null"), (1e21, "float"), ("x", "str"), (True, "bool")]
)
def test_a_wrong_open_object_is_named_by_its_json_type(value: Json, name: str) -> None:
    for path in (("context", "metadata"), ("workflow",)):
        error = refusal(pretty(replaced(RUN, path, value)), Run)
        assert (error.where, error.message) == (shown(path), f"expected `object`, got `{name}`")
        assert error.remedy == "give it the type that the contract says"
    error = refusal(pretty(replaced(RUN, ("context", "metadata"), nested(70))), Run)
    assert (error.code, error.where) == ("type", "$.context.metadata")


def nested(depth: int) -> Json:
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize("number", [1e21, 9007199254740992.0, 1e-6])
def test_no_number_is_blamed_for_another_member(number: float) -> None:
    """The error makes `decode` convert the value again, inside a part that is complete by then."""
    run = replaced(RUN, ("context", "initial_state"), {"n": number})
    error = refusal(pretty(replaced(run, ("events",), 5)), Run)
    assert (error.code, error.where) == ("type", "$.events")


@pytest.mark.parametrize(("kind", "document"), [(StepSpec, STEP), (Lineage, LINEAGE), (ReceiptEntry, ENTRY)])
def test_a_part_may_not_name_a_contract(kind: Any, document: Json) -> None:
    error = refusal(pretty({**document, "contract": "tier2.step/v1"}), kind)
    assert (error.code, error.where) == ("unknown-field", "$.contract")
