"""What does the refusal of a decision, or of a question, say?"""

from typing import Any

import pytest

from tier2 import (
    Asking,
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
    build_workflow,
    head,
    question,
    start,
)
from tier2.contracts.v1 import EchoParams, Field
from tier2.engine.decisions import check_head, is_armored
from tier2.values.canonical import Sha256

ASKS = "the human step 'ask' asks in a malformed way: "


def begun(payload: dict[str, Any]) -> Run:
    """A run that waits for a decision about a step with this payload."""
    workflow = WorkflowDefinition(id="w", steps=(StepSpec(id="ask", kind="human", payload=payload),))
    return start(workflow, ExecutionContext())


def field(**members: Any) -> dict[str, Any]:
    return {"fields": [{"name": "a", "label": "A", "kind": "text", **members}]}


ONE = {"label": "One", "value": 1}
MALFORMED: list[tuple[dict[str, Any], str]] = [
    (
        {"signed": "yes"},
        f"payload.signed: {ASKS}expected `bool`, got `str`; give it the type that the contract says",
    ),
    (
        {"show": ["a"]},
        (
            f"payload.show[0]: {ASKS}'a' is no JSON Pointer; "
            "write / before each name, and ~0 for ~ and ~1 for / inside of one"
        ),
    ),
    (
        field(name="a=b"),
        f"payload.fields[0].name: {ASKS}a field cannot have the name 'a=b'; name it without =",
    ),
    (
        {"fields": field()["fields"] * 2},
        f"payload.fields[1].name: {ASKS}another field has the name 'a' too; give each field a name of its own",
    ),
    (
        field(choices=[ONE]),
        f"payload.fields[0].choices: {ASKS}a field of kind text has no choices; leave them out",
    ),
    (
        field(kind="choice"),
        f"payload.fields[0].choices: {ASKS}there is nothing to choose from; give at least one choice",
    ),
    (
        field(kind="ranking", choices=[ONE, ONE]),
        (
            f"payload.fields[0].choices[1].value: {ASKS}an earlier choice has this value; "
            "give each choice its own value"
        ),
    ),
]


@pytest.mark.parametrize(("payload", "message"), MALFORMED)
def test_a_malformed_question_is_explained_in_these_words(payload: dict[str, Any], message: str) -> None:
    with pytest.raises(EnvelopeViolation) as caught:
        begun(payload)
    assert str(caught.value) == f"$.steps[0].{message}"


def asked_by(own: Any) -> Question | None:
    """The question of a mission type whose own question is this one."""
    steps = begun({}).workflow.steps
    missions = {"own": MissionType(EchoParams, lambda _: steps, {"ask": lambda *_: own})}
    return question(start(build_workflow(MissionSpec(type="own"), missions), ExecutionContext()), missions)


DATE: Any = "date"
OWN: list[tuple[Any, str]] = [
    (
        None,
        (
            "$: the function that asks about step 'ask' returned None; "
            "return Asking(...), whose show is None or a tuple of strings"
        ),
    ),
    (
        Asking(fields=(Field(name="a", label="A", kind=DATE),)),
        (
            f"$.fields[0].kind: {ASKS}there is no kind 'date' of field; "
            "use one of 'text', 'integer', 'boolean', 'choice', 'ranking'"
        ),
    ),
]


@pytest.mark.parametrize(("own", "message"), OWN)
def test_a_malformed_own_question_is_explained_in_these_words(own: Any, message: str) -> None:
    with pytest.raises(Tier2Error) as caught:
        asked_by(own)
    assert str(caught.value) == message


def decision(**members: Any) -> Decided:
    return Decided(**{"step_id": "ask", "verdict": "approved", "by": "Bob", **members})


SIGNED = {"signed": True}
HEAD = "0" * 64
REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (SIGNED, {}, "head_sha256: a signed decision names the head of the run; give the head"),
    (
        {},
        {"signature": "none"},
        "signature: the signature is no SSH signature in armor; give what `ssh-keygen -Y sign` writes",
    ),
    (
        {"approvers": ["Ann", "Cid"]},
        {},
        "by: 'Bob' is not among those who may decide; ask one of 'Ann', 'Cid'",
    ),
    (
        {"approvers": [*"abcdefgh"]},
        {},
        "by: 'Bob' is not among those who may decide; ask one of 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'",
    ),
    (
        {"approvers": [*"abcdefghi"]},
        {},
        "by: 'Bob' is not among those who may decide; ask one of 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 1 more",
    ),
    (
        {},
        {"verdict": "vetoed", "output": {"a": 1}},
        "output: a veto has no output; veto with an empty output, or approve",
    ),
]


@pytest.mark.parametrize(("payload", "members", "message"), REFUSED)
def test_a_refused_decision_is_explained_in_these_words(
    payload: dict[str, Any], members: dict[str, Any], message: str
) -> None:
    run = begun(payload)
    with pytest.raises(IllegalEvent) as caught:
        advance(run, decision(**members))
    assert str(caught.value) == f"$.events[0].{message}"


def test_a_decision_on_another_head_names_both_heads() -> None:
    with pytest.raises(IllegalEvent) as caught:
        check_head(decision(head_sha256=HEAD), lambda: Sha256("1" * 64))
    assert str(caught.value) == (
        f"$.head_sha256: the decision was made on the head {HEAD}, and the head is {'1' * 64}; "
        "look at the run as it is now, and decide again"
    )


def test_a_decision_without_head_is_legal_unless_signed() -> None:
    check_head(decision(), lambda: Sha256(HEAD))


def test_a_signature_that_is_needed_is_asked_for() -> None:
    run = begun(SIGNED)
    with pytest.raises(IllegalEvent) as caught:
        advance(run, decision(head_sha256=head(run)))
    assert str(caught.value) == (
        "$.events[0].signature: the decision needs a signature; sign it with an SSH key"
    )


def armor(*lines: str) -> str:
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def test_an_armored_signature_may_have_lines_of_one_character() -> None:
    assert is_armored(armor("U1NIU0lH"))
    assert is_armored(armor("U1NIU0l", "H"))
    assert is_armored(armor(*"U1NIU0lH"))
    assert not is_armored(armor("U1NIU0lH", ""))
