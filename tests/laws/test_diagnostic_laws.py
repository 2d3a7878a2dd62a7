"""Is every problem of a document reported, at its place, and nothing else?

`tier2.decode` and the `jsonschema` package say whether a document is right; some tests know its problems because they
put them there. The diagnosis must agree with decoding: the problem that decoding raises is among the diagnostics.
"""

import copy
import json
from collections.abc import Callable

import pytest
from contract_schemas import fits
from decision_strategies import asking_documents
from hypothesis import event, given
from hypothesis import strategies as st
from mutations import Json, Path, at, mutants, mutated
from outcomes import Refused, outcome
from run_strategies import documents
from small_documents import CONTEXT, MISSION, QUESTION, RESULT, RUN, WORKFLOW

from tier2 import canonical, decode
from tier2.contracts.v1 import DOCUMENTS
from tier2.errors import json_path
from tier2.inspection.diagnostics import diagnose
from tier2.inspection.shape import shape_problems
from tier2.values.structs import Value

ASKING: Json = {
    **WORKFLOW,
    "steps": [
        {
            "id": "ask",
            "kind": "human",
            "payload": {
                "show": ["/k", ""],
                "fields": [
                    {"name": "a", "label": "A", "kind": "text"},
                    {"name": "b", "label": "B", "kind": "choice", "choices": [{"label": "1", "value": {}}]},
                ],
                "approvers": ["Ann"],
                "signed": True,
            },
        }
    ],
}
"""A workflow whose human step says what it asks."""


def reported(source: str) -> list[tuple[str, str]]:
    """The code and path of each problem."""
    return [(problem.code, problem.where) for problem, _, _ in diagnose(source).diagnostics]


def is_known(document: Json) -> bool:
    return isinstance(document, dict) and document.get("contract") in list(DOCUMENTS)


@given(documents() | asking_documents())
def test_documents_of_the_package_have_no_problem(document: Value) -> None:
    for source in (canonical(document), json.dumps(document.to_dict(), indent=1)):
        assert diagnose(source) == (document.to_dict()["contract"], document, ())


def agreed(document: Json) -> bool:
    """Whether a document is right, to decoding and to the diagnosis. They must agree."""
    source = json.dumps(document)
    problems = reported(source)
    if not is_known(document):
        assert problems == [("tag", "$.contract")]
        return False
    refused = outcome(decode, source, DOCUMENTS[document["contract"]])
    if isinstance(refused, Refused):
        assert diagnose(source).document is None
        assert (refused.code, refused.where) in problems
        assert len(set(problems)) == len(problems)
        return False
    assert diagnose(source).document is not None
    assert {code for code, _ in problems} <= {"contradiction"}
    return True


@given(documents() | asking_documents(), st.data())
def test_what_decoding_refuses_is_reported(document: Value, data: st.DataObject) -> None:
    changed = data.draw(mutated(document.to_dict()))
    event("right" if agreed(changed) else "refused")
    if is_known(changed):
        kind = DOCUMENTS[changed["contract"]]
        # The schema says by `if` and `contains` what is not of the shape.
        rules = [code for code, _ in reported(json.dumps(changed)) if code in ("limits", "envelope", "event")]
        assert rules or fits(kind.__name__, changed) == (not list(shape_problems(changed, kind)))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(one, id=f"{one['contract']}-{position}")
        for position, one in enumerate((MISSION, WORKFLOW, CONTEXT, RUN, RESULT, QUESTION, ASKING))
    ],
)
def test_the_diagnosis_agrees_on_every_single_mutation(document: Json) -> None:
    assert agreed(document)
    for mutant in mutants(document):
        agreed(mutant)


# Problems that do not touch each other, each with its code and its path.

Edit = Callable[[Json], None]


def drop(*path: str | int) -> Edit:
    return lambda whole: at(whole, path[:-1]).pop(path[-1])


def put(value: Json, *path: str | int) -> Edit:
    return lambda whole: at(whole, path[:-1]).__setitem__(path[-1], value)


STEPS: Path = ("workflow", "steps")
PLANTED: list[tuple[str, Path, Edit]] = [
    ("unknown-field", ("more",), put(1, "more")),
    ("type", ("workflow", "id"), put(7, "workflow", "id")),
    ("missing-field", ("workflow", "metadata"), drop("workflow", "metadata")),
    ("envelope", (*STEPS, 0, "payload", "operation"), put({}, *STEPS, 0, "payload")),
    ("unknown-field", (*STEPS, 0, "Id"), put("x", *STEPS, 0, "Id")),
    ("enum", (*STEPS, 1, "kind"), put("robot", *STEPS, 1, "kind")),
    ("tag", ("context", "contract"), drop("context", "contract")),
    ("type", ("context", "initial_state"), put([], "context", "initial_state")),
    ("tag", ("events", 0, "event"), put("done", "events", 0, "event")),
    ("enum", ("events", 1, "verdict"), put("maybe", "events", 1, "verdict")),
    ("missing-field", ("events", 1, "note"), drop("events", 1, "note")),
]


@given(st.sets(st.sampled_from(range(len(PLANTED))), min_size=1), st.sampled_from([None, 0, 1, 3]))
def test_exactly_the_planted_problems_are_reported(chosen: set[int], indent: int | None) -> None:
    document = copy.deepcopy(RUN)
    for number in sorted(chosen):
        PLANTED[number][2](document)
    source = json.dumps(document, indent=indent)
    expected = [(PLANTED[number][0], json_path(PLANTED[number][1])) for number in chosen]
    assert sorted(reported(source)) == sorted(expected)

    positions = [(line, column) for _, line, column in diagnose(source).diagnostics]
    assert positions == sorted(positions)
    for problem, line, column in diagnose(source).diagnostics:
        name = json.dumps(problem.path[-1])
        if problem.code not in ("missing-field", "envelope", "tag"):
            assert source.split("\n")[line - 1][column - 1 :].startswith(f"{name}:")


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_any_other_input_has_a_problem_with_a_place(source: bytes | str) -> None:
    diagnosis = diagnose(source)
    assert diagnosis.document is None
    assert diagnosis.diagnostics
    assert all(line >= 1 and column >= 1 for _, line, column in diagnosis.diagnostics)
