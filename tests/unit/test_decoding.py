"""What does `decode` accept, and where does it say that a text is wrong?"""

import json
from typing import Any

import pytest
from mutations import Json, Path, at, replaced, without

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
    Receipt,
    ReceiptEntry,
    Rehearsed,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    canonical,
    decode,
    digest,
    parse,
)
from tier2.decoding import DOCUMENTS

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
}
VETOED: Json = {**APPROVED, "verdict": "vetoed", "output": {}}
RUN: Json = {
    "contract": "tier2.run/v1",
    "workflow": WORKFLOW,
    "context": CONTEXT,
    "events": [COMPLETED, APPROVED],
}
LINEAGE: Json = {
    "workflow_id": "w",
    "mission_type": None,
    "executed_step_ids": ["do", "ask"],
    "workflow_sha256": HEX,
    "context_sha256": HEX,
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
    """The text that would be canonical if the document were right: both readings have to refuse it."""
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


@pytest.mark.parametrize(("kind", "document"), WHOLE)
@pytest.mark.parametrize("write", [pretty, minimal])
def test_every_type_of_a_contract_is_read_from_any_spelling_of_its_text(
    kind: Any, document: Json, write: Any
) -> None:
    value = decode(write(document), kind)
    assert value.to_dict() == document
    assert digest(value) == digest(document)
    assert decode(canonical(value), kind) == value
    assert decode(write(document).encode(), kind) == value


def test_an_event_becomes_the_kind_that_its_tag_names() -> None:
    events = [decode(pretty(event), Event) for event in (COMPLETED, FAILED, APPROVED, REHEARSED)]
    assert [type(event) for event in events] == [Completed, Failed, Decided, Rehearsed]


def test_the_documents_are_known_by_their_contracts() -> None:
    assert {name: kind.__name__ for name, kind in DOCUMENTS.items()} == {
        "tier2.mission/v1": "MissionSpec",
        "tier2.workflow/v1": "WorkflowDefinition",
        "tier2.context/v1": "ExecutionContext",
        "tier2.run/v1": "Run",
        "tier2.result/v1": "OrchestrationResult",
    }
    with pytest.raises(TypeError):
        DOCUMENTS["own"] = MissionSpec  # type: ignore[index]  # on purpose


# What breaks a contract, each with its exact place

HUMANS = [{**PERSON, "id": f"h{i}"} for i in range(3)]
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
    (Run, RUN, ("events", 1), {**VETOED, "output": {"x": 1}}, "event", "$.events[1]"),
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
def test_a_document_that_breaks_its_contract_is_refused_at_the_very_place(
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


def shown(path: Path) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


@pytest.mark.parametrize(("kind", "document", "path"), REQUIRED)
@pytest.mark.parametrize("write", [pretty, minimal])
def test_nothing_is_filled_in_for_a_missing_member(kind: Any, document: Json, path: Path, write: Any) -> None:
    """Defaults are conveniences of the constructors, and none of the wire; a contract's name is no different."""
    error = refusal(write(without(document, path)), kind)
    assert error.code == ("tag" if path[-1] == "contract" else "missing-field")
    assert error.where == shown(path)


def test_a_missing_contract_is_told_as_what_it_is() -> None:
    error = refusal(pretty(without(RUN, ("context", "contract"))), Run)
    assert error.message == "the name of the contract is missing"
    assert error.remedy == "add it: nothing is filled in"
    error = refusal(pretty(without(MISSION, ("params",))), MissionSpec)
    assert (error.message, error.remedy) == ("a required member is missing", "add it: nothing is filled in")


@pytest.mark.parametrize(("kind", "document", "path"), CLOSED)
@pytest.mark.parametrize(("name", "value"), [("extra", None), ("Id", "x"), ("description", "")])
def test_a_member_that_the_contract_does_not_know_is_refused(
    kind: Any, document: Json, path: Path, name: str, value: Json
) -> None:
    error = refusal(pretty(replaced(document, (*path, name), value)), kind)
    assert (error.code, error.where) == ("unknown-field", shown((*path, name)))


@pytest.mark.parametrize(("kind", "document"), [(StepSpec, STEP), (Lineage, LINEAGE), (ReceiptEntry, ENTRY)])
def test_a_part_that_names_no_contract_may_not_carry_one(kind: Any, document: Json) -> None:
    error = refusal(pretty({**document, "contract": "tier2.step/v1"}), kind)
    assert (error.code, error.where) == ("unknown-field", "$.contract")


# Text outside I-JSON, inside documents


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ('"id":"w"', '"id":"v","id":"w"', "duplicate-key", "$.workflow"),
        ('"id":"w"', '"id":"w","id":"w"', "duplicate-key", "$.workflow"),
        ('"id":"w"', '"id":"w","\\u0069d":"w"', "duplicate-key", "$.workflow"),
        ('"kind":"human"', '"kind":"human","kind":"human"', "duplicate-key", "$.workflow.steps[1]"),
        ('"contract":"tier2.run/v1"', '"contract":"x","contract":"tier2.run/v1"', "duplicate-key", "$"),
        (
            '"contract":"tier2.context/v1"',
            '"contract":"tier2.context/v1","\\u0063ontract":"tier2.context/v1"',
            "duplicate-key",
            "$.context",
        ),
        ('"event":"completed"', '"event":"failed","event":"completed"', "duplicate-key", "$.events[0]"),
        ('"n":0.5', '"n":0.5,"\\u006e":0.5', "duplicate-key", "$.events[0].output"),
        ('"k":[1]', '"k":[{"a":1,"a":1}]', "duplicate-key", "$.context.initial_state.k[0]"),
        ('"by":"Ann"', '"by":"\\ud800"', "surrogate", "$.events[1].by"),
        ('"k":[1]', '"k":["\\udc00\\ud800"]', "surrogate", "$.context.initial_state.k[0]"),
        ('"k":[1]', '"k":[1e999]', "number-range", "$.context.initial_state.k[0]"),
        ('"k":[1]', '"k":[NaN]', "syntax", "$"),
        ('"k":[1]', '"k":[1],', "syntax", "$"),
    ],
)
def test_text_that_is_not_i_json_is_refused_inside_a_document(
    old: str, new: str, code: str, where: str
) -> None:
    text = minimal(RUN)
    assert text.count(old) == 1
    error = refusal(text.replace(old, new), Run)
    assert isinstance(error, CanonicalError)
    assert (error.code, error.where) == (code, where)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xef\xbb\xbf" + minimal(MISSION).encode(), "bom"),
        ("\ufeff" + minimal(MISSION), "bom"),
        (minimal(MISSION) + "{}", "trailing"),
        (minimal(MISSION)[:-1], "syntax"),
        ("", "syntax"),
        (minimal(MISSION).encode().replace(b"echo", b"\xff"), "utf8"),
        (minimal(MISSION).replace("echo", "\ud800"), "surrogate"),
    ],
)
def test_text_that_is_no_json_text_is_refused(text: bytes | str, code: str) -> None:
    error = refusal(text, MissionSpec)
    assert (error.code, error.where) == (code, "$")


def test_text_is_bytes_or_str() -> None:
    error = refusal(bytearray(minimal(MISSION).encode()), MissionSpec)  # type: ignore[arg-type]  # on purpose
    assert (error.code, error.message) == ("type", "JSON text is bytes or str, not bytearray")


# Numbers and depth


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("9007199254740992", 9007199254740992.0),
        ("-9007199254740992", -9007199254740992.0),
        ("9007199254740991", 9007199254740991),
        ("9007199254740993.0", 9007199254740992.0),
        ("1e21", 1e21),
        ("4.0", 4),
        ("-0.0", 0),
        ("5e-6", 5e-6),
    ],
)
def test_numbers_in_open_objects_are_read_as_parse_reads_them(written: str, value: float) -> None:
    text = minimal(MISSION).replace('"n":1', f'"n":{written}')
    mission = decode(text, MissionSpec)
    assert mission.params == {"n": value}
    assert type(mission.to_dict()["params"]["n"]) is type(value)
    assert digest(mission) == digest(parse(text))
    assert decode(canonical(mission), MissionSpec) == mission


def deep(depth: int) -> Json:
    """An object that nests so deep."""
    value: Json = {}
    for _ in range(depth - 2):
        value = [value]
    return {"a": value}


@pytest.mark.parametrize(
    ("kind", "document", "path"),
    [
        (MissionSpec, MISSION, ("params",)),
        (WorkflowDefinition, WORKFLOW, ("metadata",)),
        (ExecutionContext, CONTEXT, ("initial_state",)),
        (Run, RUN, ("workflow", "steps", 1, "payload")),
        (Run, RUN, ("events", 1, "output")),
        (OrchestrationResult, RESULT, ("final_state",)),
        (OrchestrationResult, RESULT, ("receipt", "entries", 0, "event", "output")),
        (Event, COMPLETED, ("output",)),
    ],
)
@pytest.mark.parametrize("write", [pretty, minimal])
def test_an_open_object_in_a_document_nests_64_deep_and_no_deeper(
    kind: Any, document: Json, path: Path, write: Any
) -> None:
    whole = replaced(document, path, deep(64))
    assert decode(write(whole), kind).to_dict() == whole
    error = refusal(write(replaced(document, path, deep(65))), kind)
    assert isinstance(error, CanonicalError)
    assert error.code == "depth"
    assert error.where == shown(path) + ".a" + "[0]" * 63


@pytest.mark.parametrize("depth", [128, 129, 3000])
def test_a_text_nests_128_deep_before_anything_else_is_asked(depth: int) -> None:
    """At 128 it is read, and only then the params are too deep; beyond, the text itself is."""
    text = minimal(MISSION).replace('"n":1', '"n":' + "[" * (depth - 2) + "]" * (depth - 2))
    error = refusal(text, MissionSpec)
    assert error.code == "depth"
    assert error.where == ("$.params.n" + "[0]" * 63 if depth == 128 else "$")


# Size


@pytest.mark.parametrize("write", [pretty, minimal])
def test_a_text_may_have_max_bytes_and_not_one_more(write: Any) -> None:
    text = write(replaced(MISSION, ("type",), "\u20ac"))
    size = len(text.encode())
    assert decode(text, MissionSpec, max_bytes=size).type == "\u20ac"
    assert decode(text.encode(), MissionSpec, max_bytes=size).type == "\u20ac"
    for data in (text, text.encode()):
        error = refusal(data, MissionSpec, max_bytes=size - 1)
        assert (error.code, error.where) == ("size", "$")
        assert error.message == f"{size} bytes are more than {size - 1}"


def test_a_text_may_have_16_mib_unless_the_caller_allows_more() -> None:
    limit = 16 * 1024 * 1024
    text = minimal(MISSION).encode()
    padded = text.replace(b'"n":1', b'"n":"' + b"x" * (limit - len(text) - 1) + b'"')
    assert len(padded) == limit
    assert decode(padded, MissionSpec).type == "echo"
    longer = padded.replace(b"echo", b"echoo")
    assert refusal(longer, MissionSpec).code == "size"
    assert decode(longer, MissionSpec, max_bytes=limit + 1).type == "echoo"
    spaced = text.replace(b'"n":1', b'"n": "' + b"x" * (limit - len(text) - 1) + b'"')
    assert decode(spaced, MissionSpec, max_bytes=limit + 1).type == "echo"


# Types


@pytest.mark.parametrize("kind", [dict, str, int, list[int], Completed | Failed, None, "MissionSpec", object])
def test_a_type_that_is_no_contracts_is_a_type_error(kind: Any) -> None:
    with pytest.raises(TypeError, match="decode knows the types of the contracts and Event, not "):
        decode(minimal(MISSION), kind)


def test_a_refusal_shows_no_cause_of_a_foreign_library() -> None:
    for document in (replaced(MISSION, ("type",), 1), without(MISSION, ("params",))):
        error = refusal(pretty(document), MissionSpec)
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
    error = refusal(pretty(replaced(WORKFLOW, ("steps",), HUMANS)), WorkflowDefinition)
    assert isinstance(error, ContractError)
    assert error.message == "3 human steps are more than 2"
    assert error.remedy == "automate or merge 1 of 'h0', 'h1', 'h2'"
