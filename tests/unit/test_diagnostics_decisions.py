"""Are decisions checked by their steps and by the head, and only where the head is known?"""

import copy
from typing import Any

import pytest
from mutations import Json, Path, replaced
from small_documents import pretty

from tier2 import (
    Completed,
    Decided,
    ExecutionContext,
    StepSpec,
    WorkflowDefinition,
    advance,
    canonical,
    finish,
    head,
    start,
)
from tier2.inspection.diagnostics import diagnose

STEPS = (
    StepSpec(id="do", kind="runtime", payload={"operation": "noop"}),
    StepSpec(
        id="ask",
        kind="human",
        payload={
            "approvers": ["Ann"],
            "fields": [{"name": "a", "label": "A", "kind": "text", "required": True}],
        },
    ),
    StepSpec(id="last", kind="human"),
)


def decided_run() -> Json:
    """A whole run, in which both decisions carry the head that they were made on."""
    so_far = advance(
        start(WorkflowDefinition(id="w", steps=STEPS), ExecutionContext()), Completed(step_id="do")
    )
    first = Decided(step_id="ask", verdict="approved", by="Ann", output={"a": "x"}, head_sha256=head(so_far))
    so_far = advance(so_far, first)
    return advance(
        so_far, Decided(step_id="last", verdict="vetoed", by="Bob", head_sha256=head(so_far))
    ).to_dict()


RUN: Json = decided_run()
OTHER = "0" * 64
HEAD_1, HEAD_2 = ("events", 1, "head_sha256"), ("events", 2, "head_sha256")


def changed(document: Json, *edits: tuple[Path, Any]) -> Json:
    """A copy of a document with other values at these paths."""
    for path, value in edits:
        document = replaced(document, path, value)
    return document


def reported(source: str) -> list[tuple[str, str]]:
    """The code and path of each problem."""
    return [(problem.code, problem.where) for problem, _, _ in diagnose(source).diagnostics]


@pytest.mark.parametrize(
    ("edits", "problems"),
    [
        ([], []),
        ([(HEAD_1, OTHER)], [("stale", "$.events[1].head_sha256")]),
        ([(HEAD_2, OTHER)], [("stale", "$.events[2].head_sha256")]),
        # Another decision before it changes the head: the second one is out of date.
        ([(("events", 1, "note"), "so")], [("stale", "$.events[2].head_sha256")]),
        # What is wrong earlier hides the head of what follows.
        ([(HEAD_1, OTHER), (HEAD_2, OTHER)], [("stale", "$.events[1].head_sha256")]),
        ([(("events", 0, "step_id"), "other")], [("event", "$.events[0]")]),
        ([(("context", "metadata"), 1)], [("type", "$.context.metadata")]),
        ([(("context", "metadata"), 1), (HEAD_1, OTHER)], [("type", "$.context.metadata")]),
        # All else is checked without the head.
        (
            [
                (("workflow", "id"), 1),
                (("events", 1, "by"), "Eve"),
                (("events", 2, "output"), {"b": 1}),
            ],
            [("type", "$.workflow.id"), ("approver", "$.events[1].by"), ("event", "$.events[2].output")],
        ),
        ([(("events", 1, "output"), {"a": 1})], [("answer", "$.events[1].output.a")]),
    ],
)
def test_a_head_is_compared_while_the_run_is_right(
    edits: list[tuple[Path, Any]], problems: list[tuple[str, str]]
) -> None:
    assert reported(pretty(changed(RUN, *edits))) == problems


def test_a_signed_decision_needs_no_known_head_to_be_checked() -> None:
    run = changed(RUN, (("workflow", "steps", 2, "payload"), {"signed": True}))
    assert reported(pretty(changed(run, (HEAD_1, None), (("context", "metadata"), 1)))) == [
        ("type", "$.context.metadata"),
        ("signature", "$.events[2].signature"),
    ]


def test_no_head_is_compared_where_the_text_is_wrong() -> None:
    source = canonical(changed(RUN, (HEAD_1, OTHER))).decode()
    twice = source.replace('"initial_state":{}', '"initial_state":{"a":1,"a":2}')
    assert [code for code, _ in reported(twice)] == ["duplicate-key"]


def decided_result() -> Json:
    """The result of the run."""
    run = start(WorkflowDefinition(id="w", steps=STEPS[1:]), ExecutionContext())
    run = advance(run, Decided(step_id="ask", verdict="approved", by="Ann", output={"a": "x"}))
    return finish(advance(run, Decided(step_id="last", verdict="vetoed", by="Bob"))).to_dict()


ENTRY: Path = ("receipt", "entries", 0, "event")


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ((*ENTRY, "by"), "Eve", ("approver", "$.receipt.entries[0].event.by")),
        ((*ENTRY, "output"), {}, ("answer", "$.receipt.entries[0].event.output.a")),
        ((*ENTRY, "head_sha256"), OTHER, ("stale", "$.receipt.entries[0].event.head_sha256")),
        (
            ("receipt", "entries", 1, "event", "output"),
            {"a": 1},
            ("event", "$.receipt.entries[1].event.output"),
        ),
    ],
)
def test_a_decision_in_a_result_is_checked_by_its_step(
    path: Path, value: Json, problem: tuple[str, str]
) -> None:
    result = decided_result()
    assert reported(pretty(result)) == []
    assert reported(pretty(changed(result, (path, value)))) == [problem]
    # Beside another problem, too: what decoding finds first is not all.
    broken = changed({**result, "more": 1}, (path, value))
    assert sorted(reported(pretty(broken))) == sorted([problem, ("unknown-field", "$.more")])


def test_a_decision_of_an_unreadable_step_is_checked_alone() -> None:
    broken = changed(
        decided_result(),
        (("executed_steps", 0, "id"), 1),
        ((*ENTRY, "by"), "Eve"),
        ((*ENTRY, "signature"), "none"),
    )
    problems = [("type", "$.executed_steps[0].id"), ("signature", "$.receipt.entries[0].event.signature")]
    assert reported(pretty(broken)) == problems


def test_a_payload_that_is_too_deep_is_reported_once() -> None:
    deep: Json = []
    for _ in range(70):
        deep = [deep]
    workflow = copy.deepcopy(RUN["workflow"])
    workflow["steps"][1]["payload"] = {"show": deep}
    assert [code for code, _ in reported(pretty(workflow))] == ["depth"]
