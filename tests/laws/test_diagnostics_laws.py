"""Is every fault told, and nothing but faults?

`tier2.decode` and the `jsonschema` package say whether a document is right; what is wrong with it is known here because
it was put there. The other half is that the two ways agree: what decoding refuses is among what judging tells.
"""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from contract_schemas import fits
from hypothesis import event, given
from hypothesis import strategies as st
from mutations import Json, Path, at, mutants, places, replaced, variants, without
from run_strategies import finished_runs
from strategies import contexts, json_values, missions, runs, workflows

from tier2 import Run, Tier2Error, canonical, decode, finish
from tier2.engine.decoding import DOCUMENTS
from tier2.errors import json_path
from tier2.inspection.diagnostics import Diagnosis, diagnose
from tier2.inspection.shape import shape_problems
from tier2.values.structs import Value

TITLES = {contract: kind.__name__ for contract, kind in DOCUMENTS.items()}


def documents() -> st.SearchStrategy[Value]:
    kinds: list[st.SearchStrategy[Value]] = [missions(), contexts(), workflows(), runs()]
    return st.one_of(*kinds, finished_runs().map(finish))


def is_known(document: Json) -> bool:
    return isinstance(document, dict) and document.get("contract") in list(DOCUMENTS)


def refusal(text: str, contract: str) -> Tier2Error | None:
    try:
        decode(text, DOCUMENTS[contract])
    except Tier2Error as error:
        return error
    return None


def told(text: str) -> list[tuple[str, str]]:
    return listed(diagnose(text))


def listed(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [(fault.code, fault.where) for fault, _, _ in diagnosis.diagnostics]


@given(documents())
def test_what_the_package_makes_has_no_fault(document: Value) -> None:
    for text in (canonical(document), json.dumps(document.to_dict(), indent=1)):
        assert diagnose(text) == (document.to_dict()["contract"], document, ())


def agree(document: Json) -> bool:
    """Whether a document with a known contract is right, to decoding and to judging; they have to say the same."""
    text = json.dumps(document)
    refused = refusal(text, document["contract"])
    diagnosis = diagnose(text)
    if refused is None:
        assert diagnosis.document is not None
        assert {fault.problem.code for fault in diagnosis.diagnostics} <= {"contradiction"}
        return True
    assert diagnosis.document is None
    faults = listed(diagnosis)
    assert (refused.code, refused.where) in faults
    assert len(set(faults)) == len(faults)
    return False


@given(documents(), st.data())
def test_what_decoding_refuses_is_among_the_faults(document: Value, data: st.DataObject) -> None:
    changed = document.to_dict()
    for _ in range(data.draw(st.integers(1, 4))):
        path: Path = data.draw(st.sampled_from([*places(changed)]))
        if data.draw(st.booleans()):
            changed = without(changed, path)
        else:
            value = data.draw(st.sampled_from(list(variants(at(changed, path)))) | json_values())
            changed = replaced(changed, path, value)
        if not is_known(changed):
            assert ("tag", "$.contract") in told(json.dumps(changed))
            return
    event("right" if agree(changed) else "refused")
    # What JSON Schema says by `if` and `contains` is not for the shapes to tell.
    rules = [code for code, _ in told(json.dumps(changed)) if code in ("limits", "envelope", "event")]
    shapeless = list(shape_problems(changed, DOCUMENTS[changed["contract"]]))
    assert rules or fits(TITLES[changed["contract"]], changed) == (not shapeless)


EXAMPLES: dict[str, Json] = {
    "mission": {"contract": "tier2.mission/v1", "type": "t", "params": {"a": [1, {"b": None}]}},
    "workflow": {
        "contract": "tier2.workflow/v1",
        "id": "w",
        "steps": [
            {"id": "ask", "kind": "human", "payload": {}},
            {"id": "do", "kind": "runtime", "payload": {"operation": "noop"}},
        ],
        "metadata": {},
    },
    "context": {"contract": "tier2.context/v1", "initial_state": {"x": 0.5}, "metadata": {}},
}
EXAMPLES["run"] = {
    "contract": "tier2.run/v1",
    "workflow": EXAMPLES["workflow"],
    "context": EXAMPLES["context"],
    "events": [
        {
            "event": "decided",
            "step_id": "ask",
            "verdict": "approved",
            "by": "Ann",
            "note": None,
            "output": {},
        },
        {"event": "completed", "step_id": "do", "output": {"n": 1}},
    ],
}
EXAMPLES["result"] = json.loads(canonical(finish(decode(json.dumps(EXAMPLES["run"]), Run))))


@pytest.mark.parametrize("name", EXAMPLES)
def test_decoding_and_judging_agree_on_every_single_mutation(name: str) -> None:
    for mutant in mutants(EXAMPLES[name]):
        if is_known(mutant):
            agree(mutant)
        else:
            assert told(json.dumps(mutant)) == [("tag", "$.contract")]


# Faults that do not touch each other, each with the code that it must be told by.

Spoiler = Callable[[Json], None]


def _drop(*path: Any) -> Spoiler:
    return lambda whole: at(whole, path[:-1]).pop(path[-1])


def _put(value: Json, *path: Any) -> Spoiler:
    return lambda whole: at(whole, path[:-1]).__setitem__(path[-1], value)


PLANTED: list[tuple[str, Path, Spoiler]] = [
    ("unknown-field", ("more",), _put(1, "more")),
    ("type", ("workflow", "id"), _put(7, "workflow", "id")),
    ("missing-field", ("workflow", "metadata"), _drop("workflow", "metadata")),
    ("enum", ("workflow", "steps", 0, "kind"), _put("robot", "workflow", "steps", 0, "kind")),
    (
        "envelope",
        ("workflow", "steps", 1, "payload", "operation"),
        _put({}, "workflow", "steps", 1, "payload"),
    ),
    ("unknown-field", ("workflow", "steps", 1, "Id"), _put("x", "workflow", "steps", 1, "Id")),
    ("tag", ("context", "contract"), _drop("context", "contract")),
    ("type", ("context", "initial_state"), _put([], "context", "initial_state")),
    ("enum", ("events", 0, "verdict"), _put("maybe", "events", 0, "verdict")),
    ("missing-field", ("events", 0, "note"), _drop("events", 0, "note")),
    ("tag", ("events", 1, "event"), _put("done", "events", 1, "event")),
]


@given(st.sets(st.sampled_from(range(len(PLANTED))), min_size=1))
def test_all_faults_that_were_planted_are_told_and_no_other(chosen: set[int]) -> None:
    document = copy.deepcopy(EXAMPLES["run"])
    for number in sorted(chosen):
        PLANTED[number][2](document)
    expected = {(code, json_path(path)) for code, path, _ in (PLANTED[number] for number in chosen)}
    assert sorted(told(json.dumps(document))) == sorted(expected)


def positions_in(text: str) -> Iterator[tuple[int, int]]:
    for fault in diagnose(text).diagnostics:
        yield fault.line, fault.column


@given(st.sets(st.sampled_from(range(len(PLANTED))), min_size=1), st.integers(0, 3))
def test_faults_are_told_in_the_order_of_the_text_each_where_its_member_begins(
    chosen: set[int], indent: int
) -> None:
    document = copy.deepcopy(EXAMPLES["run"])
    for number in sorted(chosen):
        PLANTED[number][2](document)
    text = json.dumps(document, indent=indent)
    lines = text.split("\n")
    assert list(positions_in(text)) == sorted(positions_in(text))
    for fault, line, column in diagnose(text).diagnostics:
        last = fault.where.rpartition(".")[2]
        here = lines[line - 1][column - 1 :]
        if fault.code != "missing-field" and f'"{last}"' in text and fault.code not in ("envelope", "tag"):
            assert here.startswith(f'"{last}":')


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_text_of_any_kind_is_judged_and_never_right(text: bytes | str) -> None:
    diagnosis = diagnose(text)
    assert diagnosis.document is None
    assert diagnosis.diagnostics
    assert all(fault.line >= 1 and fault.column >= 1 for fault in diagnosis.diagnostics)
