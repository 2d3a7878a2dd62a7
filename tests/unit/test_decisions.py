"""Which payloads of human steps are well formed, and which decisions may be made on them?"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest
from small_runs import decided, human, runtime, workflow

from tier2 import (
    AntiFailurePlanningError,
    Completed,
    ContractError,
    Decided,
    EnvelopeViolation,
    ExecutionContext,
    IllegalEvent,
    JsonValue,
    MissionSpec,
    MissionType,
    OrchestrationResult,
    Question,
    Receipt,
    ReceiptEntry,
    Rehearsed,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    advance,
    answer,
    build_workflow,
    canonical,
    decode,
    digest,
    finish,
    head,
    pending,
    question,
    replay,
    start,
    state,
    verify,
)
from tier2.engine.decisions import is_armored
from tier2.engine.execution import chain_of, check_events
from tier2.values.canonical import Sha256

BEGIN, END = "-----BEGIN SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n"
SIGNATURE = f"{BEGIN}U1NIU0lHAAAA\n{END}"
FIELD: dict[str, JsonValue] = {"name": "n", "label": "N", "kind": "integer"}
CHOICE: dict[str, JsonValue] = {"name": "c", "label": "C", "kind": "choice"}


def one(value: JsonValue) -> dict[str, JsonValue]:
    return {"label": "one", "value": value}


def asking(**payload: JsonValue) -> Run:
    """A run that asks a person by a payload, after one step of a machine."""
    step = StepSpec(id="ask", kind="human", payload=payload)
    run = start(workflow(runtime("first"), step, runtime("last")), ExecutionContext(initial_state={"k": 1}))
    return advance(run, Completed(step_id="first"))


# The payload

MALFORMED: Mapping[str, tuple[dict[str, JsonValue], str]] = {
    "show is no array": ({"show": "/k"}, ".show"),
    "show is null": ({"show": None}, ".show"),
    "show has a number": ({"show": ["/k", 1]}, ".show[1]"),
    "show has a name without a slash": ({"show": ["/k", "k"]}, ".show[1]"),
    "show has a lonely tilde": ({"show": ["/a~"]}, ".show[0]"),
    "show has another escape": ({"show": ["/a~2b"]}, ".show[0]"),
    "fields is an object": ({"fields": {}}, ".fields"),
    "a field is no object": ({"fields": [FIELD, 1]}, ".fields[1]"),
    "a field has no label": ({"fields": [{"name": "n", "kind": "text"}]}, ".fields[0].label"),
    "a field has an unknown kind": ({"fields": [{**FIELD, "kind": "date"}]}, ".fields[0].kind"),
    "a field is required by a word": ({"fields": [{**FIELD, "required": "yes"}]}, ".fields[0].required"),
    "a field has no name": ({"fields": [{**FIELD, "name": ""}]}, ".fields[0].name"),
    "a field's name has an equals sign": ({"fields": [{**FIELD, "name": "a=b"}]}, ".fields[0].name"),
    "two fields have one name": ({"fields": [FIELD, {**FIELD, "label": "M"}]}, ".fields[1].name"),
    "an integer has choices": ({"fields": [{**FIELD, "choices": [one(1)]}]}, ".fields[0].choices"),
    "a choice has no choices": ({"fields": [CHOICE]}, ".fields[0].choices"),
    "a choice has a misspelt member": ({"fields": [{**CHOICE, "choices": [{**one(1), "v": 1}]}]}, "*"),
    "two choices have one value": (
        {"fields": [{**CHOICE, "choices": [one(1), one(1.0)]}]},
        ".fields[0].choices[1].value",
    ),
    "approvers is a name": ({"approvers": "Ann"}, ".approvers"),
    "approvers is empty": ({"approvers": []}, ".approvers"),
    "an approver is no name": ({"approvers": ["Ann", None]}, ".approvers[1]"),
    "signed is a number": ({"signed": 1}, ".signed"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_payload_is_outside_the_envelope(name: str) -> None:
    payload, where = MALFORMED[name]
    where = ".fields[0].choices[0].v" if where == "*" else where
    step = StepSpec(id="ask", kind="human", payload=payload)
    planned = workflow(runtime("a"), step)
    missions = {"own": MissionType(NoParams, lambda _: planned.steps)}
    run = Run(workflow=planned, context=ExecutionContext())
    uses: tuple[tuple[type[Tier2Error], str, Callable[[], object]], ...] = (
        (EnvelopeViolation, "$.steps[1]", lambda: start(planned, ExecutionContext())),
        (EnvelopeViolation, "$.steps[1]", lambda: pending(run)),
        (AntiFailurePlanningError, "$.steps[1]", lambda: build_workflow(MissionSpec(type="own"), missions)),
        (ContractError, "$", lambda: decode(canonical(step), StepSpec)),
        (ContractError, "$.steps[1]", lambda: decode(canonical(planned), WorkflowDefinition)),
        (ContractError, "$.workflow.steps[1]", lambda: decode(canonical(run), Run)),
    )
    for kind, under, use in uses:
        with pytest.raises(kind) as caught:
            use()
        assert (caught.value.code, caught.value.where) == ("envelope", f"{under}.payload{where}")
        assert "the human step 'ask' asks in a malformed way: " in caught.value.message
        assert caught.value.remedy


class NoParams(msgspec.Struct, frozen=True):
    pass


@pytest.mark.parametrize(
    "payload",
    [
        {"show": [], "fields": [], "signed": False},
        {"show": ["", "/", "/a~0b/~1", "/\n"], "approvers": ["", "Ann", "Ann"]},
        {"fields": [{**CHOICE, "kind": "ranking"}, {**FIELD, "choices": [], "hint": "kept"}]},
        {"fields": [{**CHOICE, "choices": [one(1), one(True), one("1"), one(None)]}]},
        {"description": 5, "other": None},
    ],
)
def test_a_well_formed_payload_is_started(payload: dict[str, JsonValue]) -> None:
    assert pending(asking(**payload)) == StepSpec(id="ask", kind="human", payload=payload)


def test_a_runtime_step_may_use_the_names_itself() -> None:
    step = runtime("a", show=1, fields=2, approvers=[], signed="no")
    assert pending(start(workflow(step), ExecutionContext())) == step


# Decisions


def approved(run: Run, **members: Any) -> Decided:
    given = {"step_id": "ask", "verdict": "approved", "by": "Ann", "head_sha256": head(run), **members}
    return Decided(**given)


FORM: dict[str, JsonValue] = {"fields": [{**FIELD, "required": True}, {**CHOICE, "choices": [one("x")]}]}
SIGNED = {"signed": True}
PEOPLE: dict[str, JsonValue] = {"approvers": ["Ann", "Bo"]}
VETO = {"verdict": "vetoed"}

ALLOWED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "with the head": ({}, {}),
    "without a head": ({}, {"head_sha256": None}),
    "any output where no fields are asked": ({}, {"output": {"x": [1]}}),
    "an approver": (PEOPLE, {"by": "Bo"}),
    "an approver's veto": (PEOPLE, {"by": "Bo", **VETO}),
    "signed": (SIGNED, {"signature": SIGNATURE}),
    "a signed veto": (SIGNED, {"signature": SIGNATURE, **VETO}),
    "signed though nobody asked": ({}, {"signature": SIGNATURE}),
    "all fields": (FORM, {"output": {"n": 1, "c": "x"}}),
    "the required field": (FORM, {"output": {"n": -1}}),
    "no output where no field is asked": ({"fields": []}, {}),
    "a veto without the required field": (FORM, VETO),
}

REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "another head": ({}, {"head_sha256": "0" * 64}, "stale", ".head_sha256"),
    "another head of a veto": ({}, {"head_sha256": "0" * 64, **VETO}, "stale", ".head_sha256"),
    "no head": (SIGNED, {"head_sha256": None, "signature": SIGNATURE}, "stale", ".head_sha256"),
    "a stranger": (PEOPLE, {"by": "Cy"}, "approver", ".by"),
    "a stranger's veto": (PEOPLE, {"by": "", **VETO}, "approver", ".by"),
    "a name in other letters": (PEOPLE, {"by": "ann"}, "approver", ".by"),
    "no signature": (SIGNED, {}, "signature", ".signature"),
    "a veto without signature": (SIGNED, VETO, "signature", ".signature"),
    "another signature": (SIGNED, {"signature": "signed, Ann"}, "signature", ".signature"),
    "another signature, unasked": ({}, {"signature": ""}, "signature", ".signature"),
    "a veto with an output": ({}, {**VETO, "output": {"x": 1}}, "event", ".output"),
    "an unknown member": (FORM, {"output": {"n": 1, "m": 1}}, "answer", ".output.m"),
    "no required member": (FORM, {"output": {"c": "x"}}, "answer", ".output.n"),
    "a wrong value": (FORM, {"output": {"n": True}}, "answer", ".output.n"),
    "a value that is no choice": (FORM, {"output": {"n": 1, "c": "y"}}, "answer", ".output.c"),
    "an output where no field is asked": ({"fields": []}, {"output": {"n": 1}}, "answer", ".output.n"),
    "a malformed time": ({}, {"at": "2026-03-01T09:30:00+01:00"}, "event", ".at"),
    # The first thing that is wrong is told.
    "stale before approver": (PEOPLE, {"head_sha256": "0" * 64, "by": "Cy"}, "stale", ".head_sha256"),
    "approver before signature": ({**PEOPLE, **SIGNED}, {"by": "Cy"}, "approver", ".by"),
    "signature before output": (SIGNED, {**VETO, "output": {"x": 1}}, "signature", ".signature"),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_an_allowed_decision_is_a_part_of_the_run(name: str) -> None:
    payload, members = ALLOWED[name]
    run = asking(**payload)
    decision = approved(run, **members)
    advanced = advance(run, decision)
    assert advanced.events[1:] == (decision,)
    assert state(advanced) == {"k": 1, **decision.output}
    assert decode(canonical(advanced), Run) == advanced
    assert replay(run.workflow, run.context, advanced.events, run.operations) == advanced
    over = advanced if pending(advanced) is None else advance(advanced, Completed(step_id="last"))
    result = finish(over)
    assert verify(over, result) is None
    assert decode(canonical(result), OrchestrationResult) == result
    assert result.receipt.entries[1].previous_sha256 == head(run)


@pytest.mark.parametrize("name", REFUSED)
def test_a_decision_that_is_not_allowed_changes_nothing(name: str) -> None:
    payload, members, code, where = REFUSED[name]
    run = asking(**payload)
    decision = approved(run, **members)
    before = digest(run), head(run), state(run), pending(run)
    impossible = msgspec.structs.replace(run, events=(*run.events, decision))
    uses: tuple[Callable[[], object], ...] = (
        lambda: advance(run, decision),
        lambda: pending(impossible),
        lambda: head(impossible),
        lambda: finish(impossible),
        lambda: question(impossible),
        lambda: replay(run.workflow, run.context, impossible.events, run.operations),
    )
    for use in uses:
        with pytest.raises(IllegalEvent) as caught:
            use()
        assert (caught.value.code, caught.value.where) == (code, f"$.events[1]{where}")
        assert caught.value.message
        assert caught.value.remedy
    if code != "event":  # which the type refuses before
        with pytest.raises(ContractError) as refused:
            decode(canonical(impossible), Run)
        assert (refused.value.code, refused.value.where) == (code, f"$.events[1]{where}")
    assert (digest(run), head(run), state(run), pending(run)) == before


def test_a_rehearsal_asks_nobody() -> None:
    run = asking(**PEOPLE, **SIGNED, **FORM)
    assert state(advance(run, Rehearsed(step_id="ask"))) == {"k": 1}


def test_a_decision_holds_for_its_step_and_run_only() -> None:
    run = asking()
    decision = approved(run)
    others = (
        start(run.workflow, msgspec.structs.replace(run.context, initial_state={"k": 2})),
        start(msgspec.structs.replace(run.workflow, id="w2"), run.context),
        msgspec.structs.replace(run, events=()),
        msgspec.structs.replace(run, operations={"noop": "0"}, events=()),
    )
    for position, other in enumerate(others):
        first = Completed(step_id="first", output={} if position != 2 else {"x": 1})
        again = advance(other, first)
        with pytest.raises(IllegalEvent) as caught:
            advance(again, decision)
        assert caught.value.code == "stale"


def test_the_head_of_an_unfinished_run_is_its_receipts() -> None:
    run = start(workflow(human("a"), human("b")), ExecutionContext())
    heads = [head(run)]
    for step_id in ("a", "b"):
        run = advance(run, decided(step_id, "approved", head_sha256=head(run)))
        heads.append(head(run))
    receipt = finish(run).receipt
    assert [entry.previous_sha256 for entry in receipt.entries] == heads[:2]
    assert receipt.head_sha256 == heads[2]
    # A run that was read anew finds the same heads, with each prefix of its events.
    for count, known in enumerate(heads):
        assert head(replay(run.workflow, run.context, run.events[:count], run.operations)) == known


def test_events_are_checked_by_their_heads_alone() -> None:
    run = advance(asking(), approved(asking()))
    heads = [Sha256(entry.previous_sha256) for entry in chain_of(run).entries]
    check_events(run.workflow, run.events, heads)
    check_events(run.workflow, run.events[:1], heads[:1])
    with pytest.raises(IllegalEvent) as caught:
        check_events(run.workflow, run.events, heads[::-1])
    assert (caught.value.code, caught.value.where) == ("stale", "$.events[1].head_sha256")
    with pytest.raises(IllegalEvent) as caught:
        check_events(run.workflow, run.events[::-1], heads)
    assert (caught.value.code, caught.value.where) == ("event", "$.events[0]")
    with pytest.raises(EnvelopeViolation):
        check_events(workflow(), run.events, heads)
    for fewer in (heads[:1], []):
        with pytest.raises(ValueError, match="shorter"):
            check_events(run.workflow, run.events, fewer)


# What stands alone


@pytest.mark.parametrize("name", REFUSED)
def test_a_result_alone_is_checked_by_its_steps(name: str) -> None:
    payload, members, code, where = REFUSED[name]
    run = asking(**payload)
    decision = approved(run, **members)
    plain = finish(advance(advance(asking(), approved(asking())), Completed(step_id="last"))).to_dict()
    plain["executed_steps"][1] = StepSpec(id="ask", kind="human", payload=payload).to_dict()
    entry = {"event": decision.to_dict(), "previous_sha256": head(run), "state_sha256": "0" * 64}
    plain["receipt"]["entries"][1] = entry
    whole: list[tuple[Any, Any, str]] = [(OrchestrationResult, plain, "$.receipt.entries[1].event")]
    # Without the steps, only the head of a decision, its signature and its veto can be judged.
    if (
        members.get("head_sha256", "")
        and members.get("signature", "") != ""
        and code in ("stale", "signature")
    ):
        whole += [(Receipt, plain["receipt"], "$.entries[1].event"), (ReceiptEntry, entry, "$.event")]
    for kind, document, under in whole:
        with pytest.raises(ContractError) as caught:
            decode(canonical(document), kind)
        expected = "pattern" if "malformed time" in name else code
        assert (caught.value.code, caught.value.where) == (expected, f"{under}{where}")


def test_a_question_document_is_checked_too() -> None:
    asks = question(asking(**FORM, show=["/k"]))
    assert asks is not None
    for change, where in (
        ({"fields": asks.fields * 2}, "$.fields[2].name"),
        ({"evidence": (msgspec.structs.replace(asks.evidence[0], pointer="k"),)}, "$.evidence[0].pointer"),
    ):
        with pytest.raises(ContractError) as caught:
            decode(canonical(msgspec.structs.replace(asks, **change)), Question)
        assert (caught.value.code, caught.value.where) == ("envelope", where)


def test_the_messages_of_decisions_name_both_sides() -> None:
    run = asking(**PEOPLE)
    with pytest.raises(IllegalEvent) as caught:
        advance(run, approved(run, head_sha256="f" * 64))
    assert caught.value.message == (
        f"the decision was made on the head {'f' * 64}, and the head is {head(run)}"
    )
    with pytest.raises(IllegalEvent) as caught:
        advance(run, approved(run, by="Cy"))
    assert (caught.value.message, caught.value.remedy) == (
        "'Cy' is not among those who may decide",
        "ask one of 'Ann', 'Bo'",
    )


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (SIGNATURE, True),
        (f"{BEGIN}U1NIU0lHAA==\n{END}", True),
        (f"{BEGIN}U1NIU0lH\nAAAA\n{END}", True),
        (f"{BEGIN}U1NIU0lH{'A' * 68}\nAAA=\n{END}", True),
        (f"{BEGIN}U1NIU0lH{'A' * 72}\n{END}", False),
        ("", False),
        (f"{BEGIN}{END}", False),
        (f"{BEGIN}\n{END}", False),
        (f"{BEGIN}AAAAU1NIU0lH\n{END}", False),
        (f"{BEGIN}U1NIU0lHAAA\n{END}", False),
        (f"{BEGIN}U1NIU0lHA===\n{END}", False),
        (f"{BEGIN}U1NIU0lHAA=\n=\n{END}", False),
        (f"{BEGIN}U1NIU0lHAA==AAAA\n{END}", False),
        (f"{BEGIN}U1NIU0lHAA-_\n{END}", False),
        (f"{BEGIN}U1NIU0lHAAA\u00e9\n{END}", False),
        (f"{BEGIN}U1NIU0lH\n\nAAAA\n{END}", False),
        (f"{BEGIN}U1NIU0lHAAAA\n{END}\n", False),
        (f"{BEGIN}U1NIU0lHAAAA\n{END.rstrip()}", False),
        (f"{BEGIN}U1NIU0lHAAAA\r\n{END}", False),
        (f" {SIGNATURE}", False),
    ],
)
def test_a_signature_is_base64_in_armor(text: str, fits: bool) -> None:
    assert is_armored(text) is fits


def test_an_answer_of_a_question_is_taken_by_its_run() -> None:
    run = asking(**FORM, **PEOPLE)
    asks = question(run)
    assert asks is not None
    decision = answer(asks, "approved", by="Bo", at="2026-03-01T09:30:00Z", values={"n": 4})
    assert state(advance(run, decision)) == {"k": 1, "n": 4}
    with pytest.raises(IllegalEvent) as caught:
        advance(advance(run, decision), decision)
    assert (caught.value.code, caught.value.where) == ("event", "$.events[2]")
