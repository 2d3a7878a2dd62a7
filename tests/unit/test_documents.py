"""Which values may the fields of a document have when it is made in Python?"""

from collections import UserList, deque
from enum import StrEnum
from typing import Any

import msgspec
import pytest

from tier2.contracts.v1 import (
    Completed,
    Decided,
    ExecutionContext,
    Lineage,
    MissionSpec,
    ReceiptEntry,
    Rehearsed,
    Run,
    StepSpec,
    WorkflowDefinition,
)
from tier2.errors import CanonicalError, ContractError
from tier2.values.canonical import Sha256, canonical

ZEROS = Sha256("0" * 64)


class Name(StrEnum):
    ECHO = "echo"


class Text(str):
    """A subclass of str, which a JSON encoder would not know."""

    __slots__ = ()


def lineage(**fields: Any) -> Lineage:
    given: dict[str, Any] = {
        "workflow_id": "w",
        "mission_type": None,
        "executed_step_ids": ("a",),
        "workflow_sha256": ZEROS,
        "context_sha256": ZEROS,
    }
    return Lineage(**{**given, **fields})


def run(**fields: Any) -> Run:
    given: dict[str, Any] = {
        "workflow": WorkflowDefinition(id="w", steps=(StepSpec(id="a", kind="human"),)),
        "context": ExecutionContext(),
    }
    return Run(**{**given, **fields})


@pytest.mark.parametrize(
    ("make", "where", "expected", "found"),
    [
        (lambda: MissionSpec(type=1.0), "$.type", "str", "float"),  # type: ignore[arg-type]  # on purpose
        (lambda: MissionSpec(type=b"echo"), "$.type", "str", "bytes"),  # type: ignore[arg-type]  # on purpose
        (lambda: MissionSpec(type=None), "$.type", "str", "NoneType"),  # type: ignore[arg-type]  # on purpose
        (lambda: StepSpec(id="a", kind=7), "$.kind", "str", "int"),  # type: ignore[arg-type]  # on purpose
        (lambda: lineage(mission_type=1), "$.mission_type", "str", "int"),
        (lambda: lineage(executed_step_ids="a"), "$.executed_step_ids", "tuple", "str"),
        (lambda: lineage(executed_step_ids={"a"}), "$.executed_step_ids", "tuple", "set"),
        (lambda: lineage(executed_step_ids=("a", 1)), "$.executed_step_ids[1]", "str", "int"),
        (lambda: WorkflowDefinition(id="w", steps=("a",)), "$.steps[0]", "StepSpec", "str"),  # type: ignore[arg-type]  # on purpose
        (lambda: run(workflow={}), "$.workflow", "WorkflowDefinition", "dict"),
        (lambda: run(context=None), "$.context", "ExecutionContext", "NoneType"),
        (
            lambda: run(events=[StepSpec(id="a", kind="human")]),
            "$.events[0]",
            "Completed or Failed or Decided or Rehearsed",
            "StepSpec",
        ),
        (
            lambda: ReceiptEntry(event={}, state_sha256=ZEROS, previous_sha256=ZEROS),  # type: ignore[arg-type]  # on purpose
            "$.event",
            "Completed or Failed or Decided or Rehearsed",
            "dict",
        ),
    ],
)
def test_a_field_of_another_type_is_refused(make: Any, where: str, expected: str, found: str) -> None:
    with pytest.raises(ContractError) as caught:
        make()
    assert (caught.value.code, caught.value.where) == ("type", where)
    assert caught.value.message.endswith(f" holds {expected} here, not {found}")
    assert caught.value.remedy == f"pass {expected}"


def test_str_subclasses_become_plain_in_every_field() -> None:
    mission = MissionSpec(type=Name.ECHO)
    assert type(mission.type) is str
    assert canonical(mission) == canonical(MissionSpec(type="echo"))
    entry = lineage(workflow_id=Text("w"), mission_type=Name.ECHO, executed_step_ids=[Text("a"), Name.ECHO])
    assert [type(text) for text in (entry.workflow_id, entry.mission_type)] == [str, str]
    assert [type(step_id) for step_id in entry.executed_step_ids] == [str, str]
    assert canonical(entry) == canonical(lineage(mission_type="echo", executed_step_ids=("a", "echo")))


def test_strings_keep_every_character() -> None:
    assert MissionSpec(type="\u00e9\U0001f600").type == "\u00e9\U0001f600"


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: MissionSpec(type="a\ud800"), "$.type"),
        (lambda: MissionSpec(type=Text("\udfff")), "$.type"),
        (lambda: lineage(executed_step_ids=("a", "\ud800")), "$.executed_step_ids[1]"),
        (lambda: Decided(step_id="a", verdict="approved", by="b", note="\ud800"), "$.note"),
    ],
)
def test_lone_surrogates_are_refused_in_every_field(make: Any, where: str) -> None:
    with pytest.raises(CanonicalError) as caught:
        make()
    assert (caught.value.code, caught.value.where) == ("surrogate", where)


@pytest.mark.parametrize("kind", [list, tuple, deque, UserList])
def test_every_sequence_becomes_a_tuple(kind: Any) -> None:
    steps = kind([StepSpec(id="a", kind="human"), StepSpec(id="b", kind="human")])
    workflow = WorkflowDefinition(id="w", steps=steps)
    assert type(workflow.steps) is tuple
    assert [step.id for step in workflow.steps] == ["a", "b"]
    assert type(lineage(executed_step_ids=kind(["a"])).executed_step_ids) is tuple
    assert run(events=kind([Rehearsed(step_id="a")])).events == (Rehearsed(step_id="a"),)


def test_a_changed_list_changes_no_document() -> None:
    steps = [StepSpec(id="a", kind="human")]
    workflow = WorkflowDefinition(id="w", steps=steps)  # type: ignore[arg-type]  # what an untyped caller would do
    steps.append(StepSpec(id="b", kind="human"))
    assert len(workflow.steps) == 1


def test_a_document_cannot_be_changed() -> None:
    mission = MissionSpec(type="echo")
    with pytest.raises(AttributeError):
        mission.type = "other"  # type: ignore[misc]  # on purpose
    with pytest.raises(AttributeError):
        mission.other = 1  # type: ignore[attr-defined]  # on purpose
    assert mission == MissionSpec(type="echo")


def test_a_document_can_be_a_key_of_a_dict() -> None:
    events = {Completed(step_id="a", output={"b": [1]}), Completed(step_id="a", output={"b": (1.0,)})}
    assert len(events) == 1


def test_an_error_in_decoding_keeps_its_message() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"holds|surrogate|not-finite|outside"):
        msgspec.convert({"contract": "tier2.mission/v1", "type": "t", "params": {"n": 2**60}}, MissionSpec)
