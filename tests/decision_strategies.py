"""Hypothesis strategies for runs that ask people: payloads with a meaning, answers that fit, and altered decisions.

Names and values come from small pools, so that decisions often fit and often just fail to.
"""

from typing import Any

import msgspec
from hypothesis import strategies as st
from run_strategies import TEXTS, busy_contexts, states, texts

from tier2.contracts.v1 import (
    Completed,
    Decided,
    Field,
    Question,
    Run,
    StepSpec,
    Verdict,
    WorkflowDefinition,
)
from tier2.engine.execution import advance, finish, head, pending, start
from tier2.engine.questions import answer, question
from tier2.values.structs import Value

SIGNATURE = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAA\n-----END SSH SIGNATURE-----\n"

PEOPLE = ("Ann", "", "\u00e9", "e\u0301")
"""Names of people; the last two look alike, and differ."""

_NAMES = ("a", "b", "\uffff", "\U00010000", "a b")
_VALUES: tuple[Any, ...] = (None, True, 0, 1, -1.5, 1e21, "", "1", [], [1], {}, {"a": {"b": None}})

_pointers = st.sampled_from(["", "/", "/a", "/b/a", "/today", "/~1~0", "/tasks/0", "/tasks/00", "/\uffff"])


def _choices(least: int) -> st.SearchStrategy[list[Any]]:
    values = st.lists(st.sampled_from(_VALUES), min_size=least, max_size=4, unique_by=repr)
    return values.map(lambda chosen: [{"label": repr(value), "value": value} for value in chosen])


@st.composite
def _fields(draw: st.DrawFn) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = []
    for name in draw(st.lists(st.sampled_from(_NAMES), max_size=3, unique=True)):
        kind = draw(st.sampled_from(["text", "integer", "boolean", "choice", "ranking"]))
        field: dict[str, Any] = {"name": name, "label": draw(texts), "kind": kind}
        if kind in ("choice", "ranking"):
            field["choices"] = draw(_choices(1 if kind == "choice" else 0))
        if draw(st.booleans()):
            field["required"] = draw(st.booleans())
        fields.append(field)
    return fields


payloads = st.fixed_dictionaries(
    {},
    optional={
        "description": texts | st.just(1),
        "show": st.lists(_pointers, max_size=3),
        "fields": _fields(),
        "approvers": st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2),
        "signed": st.booleans(),
        "other": st.sampled_from(_VALUES),
    },
)
"""Payloads of human steps."""


_KINDS = (
    *(["human"], ["runtime", "human"], ["human", "runtime"], ["human", "human"]),
    *(["human", "runtime", "human"], ["runtime", "human", "human", "runtime"]),
)


@st.composite
def asking_workflows(draw: st.DrawFn) -> WorkflowDefinition:
    """Workflows of up to four steps, with one or two people who are asked by the payload of their step."""
    steps = tuple(
        StepSpec(id=f"s{position}", kind="human", payload=draw(payloads))
        if kind == "human"
        else StepSpec(id=f"s{position}", kind="runtime", payload={"operation": "noop"})
        for position, kind in enumerate(draw(st.sampled_from(_KINDS)))
    )
    return WorkflowDefinition(id=draw(texts), steps=steps, metadata=draw(states))


def _value_of(field: Field) -> st.SearchStrategy[Any]:
    """Values that fit a field."""
    values = [choice.value for choice in field.choices]
    match field.kind:
        case "text":
            return texts
        case "integer":
            return st.sampled_from([0, -7, 4.0, 2**53 - 1])
        case "boolean":
            return st.booleans()
        case "choice":
            return st.sampled_from(values)
        case "ranking":
            return st.permutations(values).flatmap(
                lambda order: st.integers(0, len(order)).map(lambda count: order[:count])
            )


@st.composite
def answers(
    draw: st.DrawFn, asks: Question, verdicts: tuple[Verdict, ...] = ("approved", "vetoed")
) -> Decided:
    """Decisions that answer a question; those that need it are signed."""
    verdict = draw(st.sampled_from(verdicts))
    values = {
        field.name: draw(_value_of(field))
        for field in asks.fields
        if verdict == "approved" and (field.required or draw(st.booleans()))
    }
    decision = answer(
        asks,
        verdict,
        by=draw(st.sampled_from(asks.approvers or TEXTS)),
        at=draw(st.sampled_from([None, "2026-03-01T09:30:00Z"])),
        note=draw(st.none() | texts),
        values=values,
    )
    return msgspec.structs.replace(decision, signature=SIGNATURE) if asks.signed else decision


@st.composite
def asking_runs(draw: st.DrawFn) -> Run:
    """Runs whose pending step asks a person, and whose earlier decisions answer the questions of their time."""
    run = start(draw(asking_workflows()), draw(busy_contexts))
    people = [step.id for step in run.workflow.steps if step.kind == "human"]
    last = draw(st.sampled_from(people))
    while (step := pending(run)) is not None and step.id != last:
        asks = question(run)
        run = advance(
            run,
            Completed(step_id=step.id, output=draw(states))
            if asks is None
            else draw(answers(asks, ("approved",))),
        )
    return run


@st.composite
def asking_documents(draw: st.DrawFn) -> Value:
    """Runs that ask or have been decided, their questions, and results."""
    run = draw(asking_runs())
    asks = question(run)
    assert asks is not None
    decided = advance(run, draw(answers(asks)))
    return draw(st.sampled_from([run, asks, decided if pending(decided) else finish(decided)]))


@st.composite
def altered(draw: st.DrawFn, decision: Decided, run: Run) -> Decided:
    """The decision with a few other members, which may break a rule or not."""
    members: dict[str, st.SearchStrategy[Any]] = {
        "step_id": st.sampled_from(["s0", "s1", "s2", ""]),
        "verdict": st.sampled_from(["approved", "vetoed", "completed", "Approved", ""]),
        "by": st.sampled_from(PEOPLE),
        "note": st.none() | texts,
        "output": states | st.just({**decision.output, "a": 1}),
        "at": st.sampled_from([None, "", "2026-03-01T09:30:00Z", "2026-03-01T09:30:00Z\n"]),
        "head_sha256": st.sampled_from([None, "0" * 64, "x", head(run)]),
        "signature": st.sampled_from([None, "", SIGNATURE, SIGNATURE.strip()]),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(members)), max_size=3))
    return msgspec.structs.replace(decision, **{name: draw(members[name]) for name in sorted(chosen)})
