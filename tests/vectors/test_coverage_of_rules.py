"""Every rule is covered: codes, missions, events in each state, endings, tampering, numbers, order, escapes, merges.

What must be covered comes from the closed lists of the package, from the contract files, and from the standards. The
vectors that the table names are what they are named for.
"""

import ast
import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from contract_schemas import SOURCES
from vector_reader import READERS, ROOT, TABLE, Vector, vectors

import tier2.contracts.views
from tier2 import MISSIONS
from tier2.engine.execution import TRANSITIONS, EventKind

BY_ID: dict[str, Vector] = {vector["id"]: vector for name in READERS for vector in vectors(name)}
VALUES = [vector for vector in vectors("values") if vector["result"] == "valid"]


def in_row(row: str) -> set[str]:
    """Return the ids of the vectors in a row of the table."""
    return {vector_id for ids in TABLE[row].values() for vector_id in ids}


# Codes

UNREACHABLE = {
    "not-finite": "JSON has no NaN: only a value made in Python can be one",
    "key-type": "a name in JSON is a text",
    "cycle": "a text cannot contain itself",
    "size": "a text of more than 16 MiB is too large for a vector",
}
"""Codes that no vector can reach, with the reason."""


def codes_of(source: str) -> Iterator[str]:
    """Return the strings that are given as ``code=``, or first to the functions that make an error."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            given = [word.value for word in node.keywords if word.arg == "code"]
            given += node.args[:1] if name in ("_Refusal", "_refused", "_refuse") else []
            for part in itertools.chain.from_iterable(map(ast.walk, given)):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def codes() -> set[str]:
    modules = [path for path in (ROOT / "tier2").rglob("*.py") if "shell" not in path.parts]
    written = {code for path in modules for code in codes_of(path.read_text("utf-8"))}
    return {code for code in written if re.fullmatch(r"[a-z0-9-]+", code)} | set(
        tier2.contracts.views.REMEDIES
    )


def test_every_code_is_covered_three_times_or_has_a_reason() -> None:
    assert set(TABLE["refusal code"]) == codes() - UNREACHABLE.keys() | {"difference"}
    assert min(map(len, TABLE["refusal code"].values())) >= 3


# Missions

PARAMS = {
    "requested_steps": {-1, 0, 1, 2, 3, 4, 5, 6, 99, None, 2**53 - 1, -(2**53 - 1)},
    "requested_human_steps": {-1, 0, 1, 2, 3, None},
}
"""The values whose combinations are planned; None is an absent member."""


def missions(row: str) -> list[dict[str, Any]]:
    return [json.loads(BY_ID[vector_id]["mission"]) for vector_id in in_row(row)]


def test_daily_loop_is_planned_for_all_its_params() -> None:
    planned = {
        tuple(mission["params"].get(name) for name in PARAMS)
        for mission in missions("mission over its params")
        if mission["type"] == "daily_loop"
    }
    assert planned >= set(itertools.product(*PARAMS.values()))


def views() -> dict[str, dict[str, Any]]:
    """Each mission type with the members of its params."""
    return {
        file.removeprefix("missions/").removesuffix(".params.schema.json"): properties["properties"]
        for file, contract in SOURCES.items()
        if file.endswith(".params.schema.json")
        for properties in contract["$defs"].values()
    }


def test_every_wrong_type_of_a_param_is_refused() -> None:
    planned = {mission["type"] for mission in missions("mission over its params")}
    assert planned == set(MISSIONS) == set(views())
    wrong = {
        (mission["type"], name, type(value))
        for mission in missions("mission refused")
        for name, value in mission["params"].items()
    }
    kinds = {"integer": int, "string": str, "null": type(None)}
    for mission_type, members in views().items():
        for name, schema in members.items():
            types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            for kind in {bool, list, dict, *kinds.values()} - {kinds[one] for one in types}:
                assert (mission_type, name, kind) in wrong


def test_the_unknown_mission_types_are_unknown() -> None:
    found = [BY_ID[vector_id] for vector_id in TABLE["refusal code"]["unknown-mission"]]
    assert all(json.loads(vector["mission"])["type"] not in MISSIONS for vector in found)


# Events


def kind_of_event(event: dict[str, Any]) -> str:
    return str(event["verdict"] if event["event"] == "decided" else event["event"])


def situation(vector: Vector) -> tuple[str, str, str]:
    """Return the state before the last event, the event, and its step, as the run document alone says."""
    run = json.loads(vector["text"])
    steps, (*past, last) = run["workflow"]["steps"], run["events"]
    ids = [step["id"] for step in steps]
    ended = {"failed", "vetoed"} & {kind_of_event(event) for event in past}
    if ended:
        state = f"over {ended.pop()}"
    elif len(past) == len(steps):
        state = (
            "over rehearsed"
            if any(kind_of_event(event) == "rehearsed" for event in past)
            else "over completed"
        )
    else:
        state = f"{steps[len(past)]['kind']} {'later' if past else 'first'}"
    at = ids.index(last["step_id"]) - len(past) if last["step_id"] in ids else None
    where = "unknown" if at is None else "earlier" if at < 0 else "later" if at else "next"
    return state, f"{kind_of_event(last)}{' loudly' if vetoed_with_output(last) else ''}", where


def vetoed_with_output(event: dict[str, Any]) -> bool:
    return kind_of_event(event) == "vetoed" and bool(event["output"])


def situations() -> dict[tuple[str, str, str], set[str]]:
    found: dict[tuple[str, str, str], set[str]] = {}
    for vector_id in in_row("event in a state"):
        found.setdefault(situation(BY_ID[vector_id]), set()).add(BY_ID[vector_id]["result"])
    return found


def wanted_situations() -> set[tuple[str, str, str]]:
    kinds = {kind for kind, _ in TRANSITIONS}
    event_kinds = get_args(EventKind)
    ends = {event_kind for (_, event_kind), effect in TRANSITIONS.items() if effect == "end"}
    pending = {
        (f"{kind} {where}", event_kind, target)
        for kind, where, event_kind in itertools.product(kinds, ("first", "later"), event_kinds)
        for target in ("next", "later", "unknown", *(["earlier"] if where == "later" else []))
    }
    over = {
        (f"over {end}", event_kind, target)
        for end, event_kind in itertools.product({*ends, "completed", "rehearsed"}, event_kinds)
        for target in ("earlier", "unknown", *(["next", "later"] if end in ends else []))
    }
    loud = {(f"human {where}", "vetoed loudly", "next") for where in ("first", "later")}
    return pending | over | loud


def test_every_event_is_covered_in_every_state() -> None:
    found = situations()
    assert set(found) == wanted_situations()
    legal = {
        (f"{kind} {where}", event_kind, "next")
        for kind, event_kind in TRANSITIONS
        for where in ("first", "later")
    }
    assert {one for one, results in found.items() if results == {"valid"}} == legal
    assert {one for one, results in found.items() if results == {"invalid"}} == set(found) - legal


# Endings


def test_runs_end_in_every_way() -> None:
    contract = SOURCES["result.schema.json"]["$defs"]
    results = [json.loads(vector["canonical"]) for vector in vectors("runs")]
    assert {result["outcome"] for result in results} == set(contract["Outcome"]["enum"])
    events = [entry["event"] for result in results for entry in result["receipt"]["entries"]]
    decided = {(one["verdict"], one["note"] is None) for one in events if one["event"] == "decided"}
    assert decided == set(itertools.product(("approved", "vetoed"), (True, False)))
    before_the_end = {
        (kind_of_event(entry["event"]), result["outcome"])
        for result in results
        for entry in result["receipt"]["entries"][:-1]
    }
    assert before_the_end >= {("approved", "vetoed"), ("approved", "failed"), ("rehearsed", "vetoed")}
    assert before_the_end >= {("rehearsed", "failed"), ("completed", "failed"), ("rehearsed", "rehearsed")}


def test_the_table_names_runs_of_every_kind() -> None:
    kinds = {"Approval", "VetoWithNote", "VetoWithoutNote", "Failure", "Rehearsal", "MalformedState"}
    assert kinds <= TABLE["run"].keys()


# Decisions

DECISIONS = vectors("decisions")
DOCUMENTS = [(vector, json.loads(vector["text"])) for vector in DECISIONS if vector["ask"] == "document"]


def test_each_question_about_decisions_is_asked_and_refused() -> None:
    asked = {(vector["ask"], vector["result"]) for vector in DECISIONS}
    can_be_refused = itertools.product(("document", "operations", "answer"), ("valid", "invalid"))
    assert asked == {("head", "valid"), ("question", "valid"), *can_be_refused}
    assert min(map(len, TABLE["decision"].values())) >= 2


def test_approvals_and_vetoes_are_refused_alike() -> None:
    refused = {
        (vector["code"], run["events"][-1]["verdict"])
        for vector, run in DOCUMENTS
        if vector["type"] == "Run" and "code" in vector and run["events"]
        if run["events"][-1]["event"] == "decided"
    }
    assert refused >= set(itertools.product(("stale", "approver", "signature"), ("approved", "vetoed")))


def test_decisions_are_refused_wherever_they_stand() -> None:
    refused = {(vector["type"], vector["code"]) for vector, _ in DOCUMENTS if "code" in vector}
    whole = set(
        itertools.product(("Run", "OrchestrationResult"), ("stale", "approver", "signature", "answer"))
    )
    assert refused >= whole | {("ReceiptEntry", "stale"), ("Receipt", "stale"), ("ReceiptEntry", "signature")}
    payloads = {("StepSpec", "envelope"), ("WorkflowDefinition", "envelope"), ("Question", "envelope")}
    assert refused >= payloads | {("Run", "envelope"), ("OrchestrationResult", "envelope")}


def test_each_kind_of_field_is_answered_rightly_and_wrongly() -> None:
    answered = {
        (field["kind"], vector["result"])
        for vector in DECISIONS
        if vector["ask"] == "answer"
        for field in json.loads(vector["question"])["fields"]
        if field["name"] in json.loads(vector["answer"])["values"]
    }
    kinds = SOURCES["question.schema.json"]["$defs"]["FieldKind"]["enum"]
    assert answered == set(itertools.product(kinds, ("valid", "invalid")))


def test_the_daily_loop_asks_for_a_ranking_and_for_none() -> None:
    asked = [json.loads(vector["canonical"]) for vector in DECISIONS if vector["ask"] == "question"]
    daily = [question for question in asked if question and question["workflow_id"] == "wf-daily-loop"]
    assert {tuple(field["kind"] for field in question["fields"]) for question in daily} == {
        ("ranking",),
        ("text",),
        (),
    }


# The specification

SPECIFICATION = (ROOT / "contracts" / "SPEC.md").read_text("utf-8")
RULES = re.findall(r"^(\d+)\. (.+?)\sVectors:\s(.+?)\.$", SPECIFICATION, re.MULTILINE | re.DOTALL)
"""The rules of the specification: number, text, and the vectors that prove it."""


def in_code_style(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_the_rules_of_the_specification_are_numbered() -> None:
    numbers = re.findall(r"^(\d+)\.", SPECIFICATION, re.MULTILINE)
    assert numbers == [number for number, _, _ in RULES] == [str(at + 1) for at in range(len(RULES))]


@pytest.mark.parametrize(
    ("text", "proof"), [pytest.param(text, proof, id=number) for number, text, proof in RULES]
)
def test_vectors_prove_each_rule_and_its_codes(text: str, proof: str) -> None:
    ids = in_code_style(proof)
    assert ", ".join(f"`{vector_id}`" for vector_id in ids) == " ".join(proof.split())
    assert 1 <= len(ids) <= 4
    assert [vector_id for vector_id in ids if vector_id not in BY_ID] == []
    refused = {BY_ID[vector_id]["code"] for vector_id in ids if "code" in BY_ID[vector_id]}
    assert refused <= {*in_code_style(text)}


def test_the_specification_proves_each_code_of_decisions() -> None:
    proven = {BY_ID[vector_id].get("code") for _, _, proof in RULES for vector_id in in_code_style(proof)}
    assert {vector["code"] for vector in DECISIONS if "code" in vector} <= proven


# Tampering

TAMPERED = [vector for vector in vectors("tampered") if vector["result"] == "invalid"]


def members(name: str) -> list[str]:
    return [*SOURCES["result.schema.json"]["$defs"][name]["properties"]]


def places() -> set[str]:
    """Return every member of a result and of its parts that can be changed, as the beginnings of paths."""
    inside = {"lineage": "Lineage", "receipt": "Receipt"}
    top = {f"$.{name}" for name in members("OrchestrationResult") if name not in {"contract", *inside}}
    parts = {f"$.{part}.{name}" for part, kind in inside.items() for name in members(kind)}
    links = {f"$.receipt.entries[].{name}" for name in members("ReceiptEntry")}
    return top | parts | links


def test_every_member_of_a_result_is_tampered_with() -> None:
    assert in_row("result rejected") == {vector["id"] for vector in TAMPERED}
    found = [re.sub(r"\[\d+\]", "[]", vector["where"]) for vector in TAMPERED]
    assert [
        one for one in places() if not any(re.match(re.escape(one) + r"(?!\w)", at) for at in found)
    ] == []


RUN_PARTS = ("workflow", "context", "operations", "events")


@pytest.mark.parametrize("part", RUN_PARTS)
def test_each_part_of_a_run_alone_is_tampered_with(part: str) -> None:
    sound = [json.loads(vector["run"]) for vector in vectors("tampered") if vector["result"] == "valid"]
    changed = [
        [name for name in RUN_PARTS if key(json.loads(vector["run"])[name]) != key(run[name])]
        for vector in TAMPERED
        for run in sound
    ]
    assert [part] in changed


def key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


# Values

EDGES: dict[str, Callable[[str, str], bool]] = {
    "negative zero": lambda text, canonical: text.startswith("-0.0") and canonical == "0",
    "a float that is an integer": lambda text, canonical: text == "4.0" and canonical == "4",
    "the largest safe integer": lambda _, canonical: canonical == str(2**53 - 1),
    "the least safe integer": lambda _, canonical: canonical == str(1 - 2**53),
    "just beyond it": lambda _, canonical: canonical == str(2**53),
    "the last without exponent": lambda _, canonical: canonical == "1" + "0" * 20,
    "the first with exponent": lambda _, canonical: canonical == "1e+21",
    "the last small one without": lambda _, canonical: canonical == "0.000001",
    "the first small one with": lambda _, canonical: canonical == "1e-7",
    "the smallest": lambda _, canonical: canonical == "5e-324",
    "the largest": lambda _, canonical: canonical == "1.7976931348623157e+308",
    "underflow": lambda text, canonical: text == "1e-400" and canonical == "0",
    "seventeen digits": lambda _, canonical: re.fullmatch(r"0\.\d{17}", canonical) is not None,
    "an integer of a double": lambda text, canonical: (
        text == canonical and text.isdecimal() and len(text) > 16
    ),
}


@pytest.mark.parametrize("edge", EDGES)
def test_an_edge_of_numbers_is_covered(edge: str) -> None:
    found = {vector["id"] for vector in VALUES if EDGES[edge](vector["text"], vector["canonical"])}
    assert found & in_row("numbers")


@pytest.mark.parametrize("row", ["numbers", "key order", "escapes"])
def test_every_flag_of_texts_has_two_vectors(row: str) -> None:
    assert min(map(len, TABLE[row].values())) >= 2


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(part)


def test_utf_16_order_is_not_that_of_code_points() -> None:
    for vector_id in TABLE["key order"]["Utf16Order"]:
        if "canonical" in BY_ID[vector_id]:
            names = [[*found] for found in objects(json.loads(BY_ID[vector_id]["canonical"]))]
            assert any(found != sorted(found) for found in names)
            assert all(found == sorted(found, key=lambda name: name.encode("utf-16-be")) for found in names)


def test_every_control_character_is_escaped() -> None:
    strings = [
        member
        for vector in VALUES
        for found in objects(json.loads(vector["text"]))
        for member in found.items()
    ]
    for code in range(32):
        assert (chr(code), chr(code)) in strings


def test_every_file_has_the_name_of_a_prototype() -> None:
    assert set(TABLE["prototype keys"]) == set(READERS) - {"tampered"}
    for ids in TABLE["prototype keys"].values():
        texts = [json.dumps(BY_ID[vector_id]) for vector_id in ids]
        assert any("__proto__" in text for text in texts)


def test_a_run_merges_the_name_of_a_prototype() -> None:
    assert any(
        "__proto__" in json.loads(vector["context"])["initial_state"]
        and any("__proto__" in json.loads(event).get("output", {}) for event in vector["events"])
        for vector in vectors("runs")
    )


# Merge patch


def test_every_case_of_rfc_7396_is_covered() -> None:
    assert {f"RFC 7396 Appendix A case {number}" for number in range(1, 16)} <= set(TABLE["merge patch"])
    assert in_row("merge patch") == {vector["id"] for vector in vectors("merges")}
