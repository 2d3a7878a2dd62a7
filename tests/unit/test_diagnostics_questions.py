"""Is every malformed part of a question reported, in a question document and in the payload of a human step?"""

import copy
from typing import Any

import pytest
from mutations import Json
from small_documents import QUESTION, WORKFLOW, pretty

from tier2.inspection.diagnostics import diagnose

CHOICES: Json = [{"label": "One", "value": {"a": 1}}, {"label": "Again", "value": {"a": 1.0}}]
FIELDS: list[Json] = [
    {"name": "a", "label": "A", "kind": "text", "choices": CHOICES[:1], "required": False},
    {"name": "a", "label": "A", "kind": "choice", "choices": [], "required": False},
    {"name": "", "label": "", "kind": "ranking", "choices": CHOICES, "required": False},
    {"name": "", "label": "", "kind": "ranking", "choices": [], "required": False},
    {"name": "x=y", "label": "", "kind": "boolean", "choices": [], "required": True},
]
FAULTS = (
    "fields[0].choices",
    "fields[1].name",
    "fields[1].choices",
    "fields[2].name",
    "fields[2].choices[1].value",
    "fields[3].name",
    "fields[4].name",
)
"""The paths of what is malformed in the fields, as seen from their owner."""


def asking(payload: Json) -> Json:
    """A workflow in which one human step has this payload."""
    return {**WORKFLOW, "steps": [{"id": "ask", "kind": "human", "payload": payload}]}


def reported(document: Json) -> list[tuple[str, str]]:
    """The code and path of each problem."""
    return [(problem.code, problem.where) for problem, _, _ in diagnose(pretty(document)).diagnostics]


def test_every_malformed_part_of_a_question_is_reported() -> None:
    shown = [{"pointer": pointer, "found": False, "value": None} for pointer in ("", "a", "/a", "/~2")]
    document = {**QUESTION, "evidence": shown, "fields": FIELDS}
    paths = ("evidence[1].pointer", "evidence[3].pointer", *FAULTS)
    assert reported(document) == [("envelope", f"$.{path}") for path in paths]


def test_every_malformed_part_of_a_payload_is_reported() -> None:
    document = asking({"show": ["", "a", "/a", "/~2"], "fields": FIELDS})
    paths = ("show[1]", "show[3]", *FAULTS)
    assert reported(document) == [("envelope", f"$.steps[0].payload.{path}") for path in paths]


@pytest.mark.parametrize(
    ("member", "value", "code", "path"),
    [
        ("evidence", 1, "type", "evidence"),
        ("workflow_id", None, "type", "workflow_id"),
        ("step_id", 1, "type", "step_id"),
        ("head_sha256", "0", "pattern", "head_sha256"),
        ("more", 1, "unknown-field", "more"),
    ],
)
def test_fields_are_checked_beside_other_problems(member: str, value: Json, code: str, path: str) -> None:
    document = {**QUESTION, "fields": FIELDS, member: value}
    expected = [(code, f"$.{path}"), *(("envelope", f"$.{fault}") for fault in FAULTS)]
    assert sorted(reported(document)) == sorted(expected)


def test_fields_are_checked_where_another_member_is_absent() -> None:
    document = {name: value for name, value in QUESTION.items() if name != "evidence"}
    assert reported({**document, "fields": FIELDS[3:4]}) == [
        ("missing-field", "$.evidence"),
        ("envelope", "$.fields[0].name"),
    ]


def test_each_member_of_a_payload_with_a_wrong_type_is_reported() -> None:
    payload: dict[str, Any] = {
        "show": ["", 1, None],
        "fields": [{"name": "a", "kind": "robot", "more": 1}, 7, {"name": "b", "label": "B", "kind": "text"}],
        "approvers": [],
        "signed": "yes",
        "other": 1,
    }
    paths = (
        *("show[1]", "show[2]", "fields[0].label", "fields[0].kind", "fields[1]"),
        *("approvers", "signed"),
    )
    document = asking(payload)
    assert sorted(reported(document)) == sorted(("envelope", f"$.steps[0].payload.{path}") for path in paths)
    (first, *_) = diagnose(pretty(document)).diagnostics
    assert first.problem.message == (
        "the human step 'ask' asks in a malformed way: expected `str`, got `int`"
    )


def test_a_choice_in_a_payload_has_no_other_members() -> None:
    choices = copy.deepcopy(CHOICES[:1])
    choices[0]["more"] = 1
    document = asking({"fields": [{"name": "a", "label": "A", "kind": "choice", "choices": choices}]})
    assert reported(document) == [("envelope", "$.steps[0].payload.fields[0].choices[0].more")]


def test_the_payload_of_another_step_may_have_these_members() -> None:
    step = {"id": "do", "kind": "runtime", "payload": {"operation": "noop", "show": 1, "signed": "yes"}}
    assert reported({**WORKFLOW, "steps": [step]}) == []
