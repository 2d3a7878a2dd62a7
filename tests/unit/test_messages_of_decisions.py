"""How do errors of questions and decisions read? Each kind once: its code, path, message and remedy.

`test_decisions.py` and `test_questions.py` prove when something is refused.
"""

from typing import Any

import msgspec
from refusal_cases import Case, assert_read, each_case

from tier2 import (
    Asking,
    ContractError,
    Decided,
    EnvelopeViolation,
    ExecutionContext,
    IllegalEvent,
    MissionSpec,
    MissionType,
    Question,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    advance,
    answer,
    build_workflow,
    head,
    question,
    start,
)
from tier2.contracts.v1 import EchoParams, Field
from tier2.engine.decisions import check_alone

HEAD = "0" * 64
DATE: Any = "date"


def asking(**payload: Any) -> Run:
    step = StepSpec(id="ask", kind="human", payload=payload)
    return start(WorkflowDefinition(id="w", steps=(step,)), ExecutionContext())


def form(*fields: dict[str, Any]) -> Run:
    return asking(fields=[{"name": "n", "label": "N", "kind": "text", **field} for field in fields])


def choice(value: Any) -> dict[str, Any]:
    return {"label": "one", "value": value}


def decide(run: Run, **members: Any) -> object:
    given = {"step_id": "ask", "verdict": "approved", "by": "Ann", **members}
    return advance(run, Decided(**given))


def asked(**members: Any) -> Question:
    found = question(asking())
    assert found is not None
    return msgspec.structs.replace(found, **members)


def ask_by(own: Any) -> object:
    mine = {"mine": MissionType(EchoParams, lambda _: asking().workflow.steps, {"ask": lambda *_: own})}
    return question(start(build_workflow(MissionSpec(type="mine"), mine), ExecutionContext()), mine)


MALFORMED = "the human step 'ask' asks in a malformed way: "
FIELDS = "$.steps[0].payload.fields"

PAYLOADS: dict[str, Case] = {
    "a member of another type": (
        lambda: asking(signed=1),
        (
            "envelope",
            "$.steps[0].payload.signed",
            f"{MALFORMED}expected `bool`, got `int`",
            "give it the type that the contract says",
        ),
    ),
    "a text that is no pointer": (
        lambda: asking(show=["a"]),
        (
            "envelope",
            "$.steps[0].payload.show[0]",
            f"{MALFORMED}'a' is no JSON Pointer",
            "write / before each name, and ~0 for ~ and ~1 for / inside of one",
        ),
    ),
    "a name with an equals sign": (
        lambda: form({"name": "a=b"}),
        (
            "envelope",
            f"{FIELDS}[0].name",
            f"{MALFORMED}a field cannot have the name 'a=b'",
            "name it without =",
        ),
    ),
    "a name twice": (
        lambda: form({}, {}),
        (
            "envelope",
            f"{FIELDS}[1].name",
            f"{MALFORMED}another field has the name 'n' too",
            "give each field a name of its own",
        ),
    ),
    "choices of a text": (
        lambda: form({"choices": [choice(1)]}),
        (
            "envelope",
            f"{FIELDS}[0].choices",
            f"{MALFORMED}a field of kind text has no choices",
            "leave them out",
        ),
    ),
    "no choices": (
        lambda: form({"kind": "choice"}),
        (
            "envelope",
            f"{FIELDS}[0].choices",
            f"{MALFORMED}there is nothing to choose from",
            "give at least one choice",
        ),
    ),
    "a choice twice": (
        lambda: form({"kind": "ranking", "choices": [choice(1), choice(1.0)]}),
        (
            "envelope",
            f"{FIELDS}[0].choices[1].value",
            f"{MALFORMED}an earlier choice has this value",
            "give each choice its own value",
        ),
    ),
    "a kind of field that a program made up": (
        lambda: ask_by(Asking(fields=(Field(name="a", label="A", kind=DATE),))),
        (
            "envelope",
            "$.fields[0].kind",
            f"{MALFORMED}there is no kind 'date' of field",
            "use one of 'text', 'integer', 'boolean', 'choice', 'ranking'",
        ),
    ),
}


DECISIONS: dict[str, Case] = {
    "no head": (
        lambda: decide(asking(signed=True)),
        (
            "stale",
            "$.events[0].head_sha256",
            "a signed decision names the head of the run",
            "give the head",
        ),
    ),
    "another head": (
        lambda: decide(asking(), head_sha256=HEAD),
        (
            "stale",
            "$.events[0].head_sha256",
            f"the decision was made on the head {HEAD}, and the head is {head(asking())}",
            "look at the run as it is now, and decide again",
        ),
    ),
    "a stranger among many": (
        lambda: decide(asking(approvers=[*"abcdefghi"])),
        (
            "approver",
            "$.events[0].by",
            "'Ann' is not among those who may decide",
            "ask one of 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 1 more",
        ),
    ),
    "a stranger among eight": (
        lambda: decide(asking(approvers=[*"abcdefgh"])),
        (
            "approver",
            "$.events[0].by",
            "'Ann' is not among those who may decide",
            "ask one of 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'",
        ),
    ),
    "no signature": (
        lambda: decide(signed := asking(signed=True), head_sha256=head(signed)),
        (
            "signature",
            "$.events[0].signature",
            "the decision needs a signature",
            "sign it with an SSH key",
        ),
    ),
    "another signature": (
        lambda: decide(asking(), signature="Ann"),
        (
            "signature",
            "$.events[0].signature",
            "the signature is no SSH signature in armor",
            "give what `ssh-keygen -Y sign` writes",
        ),
    ),
    "a veto with an output": (
        lambda: decide(asking(), verdict="vetoed", output={"x": 1}),
        ("event", "$.events[0].output", "a veto has no output", "veto with an empty output, or approve"),
    ),
    "a decision that is checked alone": (
        lambda: check_alone(Decided(step_id="ask", verdict="approved", by="Ann", signature="")),
        (
            "signature",
            "$.signature",
            "the signature is no SSH signature in armor",
            "give what `ssh-keygen -Y sign` writes",
        ),
    ),
}

QUESTIONS: dict[str, Case] = {
    "an own question that is none": (
        lambda: ask_by(None),
        (
            "type",
            "$",
            "the function that asks about step 'ask' returned None",
            "return Asking(...), whose show is None or a tuple of strings",
        ),
    ),
    "an unknown field": (
        lambda: answer(asked(), "approved", by="Ann", values={"n": 1}),
        ("answer", "$.n", "the question has no such field", "its fields are: none"),
    ),
    "a required value": (
        lambda: answer(
            asked(fields=(Field(name="n", label="N", kind="text", required=True),)), "approved", by="Ann"
        ),
        ("answer", "$.n", "a required value is missing", "give 'N'"),
    ),
}


@each_case((EnvelopeViolation, PAYLOADS), (IllegalEvent, DECISIONS), (ContractError, QUESTIONS))
def test_the_error_reads_like_this(kind: type[Tier2Error], case: Case) -> None:
    assert_read(kind, case)
