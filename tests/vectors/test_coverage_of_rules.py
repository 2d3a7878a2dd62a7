"""Is every rule covered: codes, missions, events in states, endings, tampering, numbers, order, escapes, names, merges?

What must be covered is derived here: from the package's closed lists, the contract files, and the standards' own
properties. The table has exactly that, and its vectors are what they are named for.
"""

import ast
import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from contract_schemas import SOURCES
from vector_reader import READERS, ROOT, Vector, vectors, whole_file

import tier2.contracts.views
from tier2 import MISSIONS
from tier2.engine.execution import TRANSITIONS, EventKind

TABLE: dict[str, dict[str, list[str]]] = whole_file("coverage")["rows"]
BY_ID: dict[str, Vector] = {vector["id"]: vector for name in READERS for vector in vectors(name)}
VALUES = [vector for vector in vectors("values") if vector["result"] == "valid"]


ROWS = {
    *("refusal code", "absent", "of the wrong type", "at a bound", "beyond a bound", "condition"),
    *("unknown member", "numbers", "key order", "escapes", "prototype keys", "merge patch"),
    *("mission over its params", "mission refused", "event in a state", "run", "result rejected"),
}
"""What was asked for; the tests here and in test_coverage_of_members say what each row has to hold."""


def test_every_row_is_there_and_has_vectors_and_every_vector_that_it_names_exists() -> None:
    assert set(TABLE) == ROWS
    named = {vector_id for items in TABLE.values() for ids in items.values() for vector_id in ids}
    assert all(TABLE.values())
    assert named <= BY_ID.keys()


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_dropped_row_is_noticed(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(TABLE, row)
    with pytest.raises(AssertionError):
        test_every_row_is_there_and_has_vectors_and_every_vector_that_it_names_exists()


# Codes

UNREACHABLE = {
    "not-finite": "JSON has no NaN: only a value made in Python can be one",
    "key-type": "a name in JSON is a text",
    "cycle": "a text cannot contain itself",
    "size": "a text of more than 16 MiB is too large for a vector",
    "answer": "the values that a person gives to a question are not the input of a vector",
}
"""Codes that no vector can reach, with the reason."""


def codes_of(source: str) -> Iterator[str]:
    """The texts that are given as ``code=``, or first to the functions that make a refusal."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            given = [word.value for word in node.keywords if word.arg == "code"]
            given += node.args[:1] if name in ("_Refusal", "_refused") else []
            for part in itertools.chain.from_iterable(map(ast.walk, given)):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def codes() -> set[str]:
    modules = [path for path in (ROOT / "tier2").rglob("*.py") if "shell" not in path.parts]
    written = {code for path in modules for code in codes_of(path.read_text("utf-8"))}
    return {code for code in written if re.fullmatch(r"[a-z0-9-]+", code)} | set(
        tier2.contracts.views.REMEDIES
    )


def test_every_code_that_a_text_can_reach_is_covered_three_times_and_the_others_have_a_reason() -> None:
    assert set(TABLE["refusal code"]) == codes() - UNREACHABLE.keys() | {"difference"}
    for code, ids in TABLE["refusal code"].items():
        assert len(ids) >= 3
        assert {BY_ID[vector_id].get("code") for vector_id in ids} == {code}
    assert sum(map(len, TABLE["refusal code"].values())) == sum("code" in v for v in BY_ID.values())


# Missions

PARAMS = {
    "requested_steps": {-1, 0, 1, 2, 3, 4, 5, 6, 99, None, 2**53 - 1, -(2**53 - 1)},
    "requested_human_steps": {-1, 0, 1, 2, 3, None},
}
"""The grid that was asked for; None is an absent member."""


def missions(row: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        json.loads(BY_ID[vector_id]["mission"]) for ids in TABLE[row].values() for vector_id in ids
    ]
    return found


def test_daily_loop_is_planned_over_the_whole_grid_of_its_params() -> None:
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


def test_every_mission_type_is_planned_and_each_of_its_params_refused_with_each_wrong_type() -> None:
    assert (
        {mission["type"] for mission in missions("mission over its params")} == set(MISSIONS) == set(views())
    )
    wrong = {
        (mission["type"], name, type(value))
        for mission in missions("mission refused")
        for name, value in mission["params"].items()
    }
    kinds = {"integer": int, "string": str}
    for mission_type, members in views().items():
        for name, schema in members.items():
            for kind in {str, bool, list, dict, type(None), *kinds.values()} - {kinds[schema["type"]]}:
                assert (mission_type, name, kind) in wrong


def test_unknown_mission_types_are_unknown_and_refused() -> None:
    found = [BY_ID[vector_id] for vector_id in TABLE["refusal code"]["unknown-mission"]]
    assert all(json.loads(vector["mission"])["type"] not in MISSIONS for vector in found)


# Events


def happening(event: dict[str, Any]) -> str:
    return str(event["verdict"] if event["event"] == "decided" else event["event"])


def situation(vector: Vector) -> tuple[str, str, str]:
    """The state before the last event, what happens, and to which step; read from the document alone."""
    run = json.loads(vector["text"])
    steps, (*past, last) = run["workflow"]["steps"], run["events"]
    ids = [step["id"] for step in steps]
    ended = {"failed", "vetoed"} & {happening(event) for event in past}
    if ended:
        state = f"over {ended.pop()}"
    elif len(past) == len(steps):
        state = (
            "over rehearsed" if any(happening(event) == "rehearsed" for event in past) else "over completed"
        )
    else:
        state = f"{steps[len(past)]['kind']} {'later' if past else 'first'}"
    at = ids.index(last["step_id"]) - len(past) if last["step_id"] in ids else None
    where = "unknown" if at is None else "earlier" if at < 0 else "later" if at else "next"
    return state, f"{happening(last)}{' loudly' if vetoed_with_output(last) else ''}", where


def vetoed_with_output(event: dict[str, Any]) -> bool:
    return happening(event) == "vetoed" and bool(event["output"])


def situations() -> dict[tuple[str, str, str], set[str]]:
    found: dict[tuple[str, str, str], set[str]] = {}
    for ids in TABLE["event in a state"].values():
        for vector_id in ids:
            found.setdefault(situation(BY_ID[vector_id]), set()).add(BY_ID[vector_id]["result"])
    return found


def wanted_situations() -> set[tuple[str, str, str]]:
    kinds = {kind for kind, _ in TRANSITIONS}
    happenings = get_args(EventKind)
    ends = {happened for (_, happened), effect in TRANSITIONS.items() if effect == "end"}
    pending = {
        (f"{kind} {where}", happened, target)
        for kind, where, happened in itertools.product(kinds, ("first", "later"), happenings)
        for target in ("next", "later", "unknown", *(["earlier"] if where == "later" else []))
    }
    over = {
        (f"over {end}", happened, target)
        for end, happened in itertools.product({*ends, "completed", "rehearsed"}, happenings)
        for target in ("earlier", "unknown", *(["next", "later"] if end in ends else []))
    }
    loud = {(f"human {where}", "vetoed loudly", "next") for where in ("first", "later")}
    return pending | over | loud


def test_every_event_stands_in_every_state_and_is_legal_exactly_where_the_transitions_say_so() -> None:
    found = situations()
    assert set(found) == wanted_situations()
    legal = {
        (f"{kind} {where}", happened, "next")
        for kind, happened in TRANSITIONS
        for where in ("first", "later")
    }
    assert {one for one, results in found.items() if results == {"valid"}} == legal
    assert {one for one, results in found.items() if results == {"invalid"}} == set(found) - legal


# Vetoes and failures


def test_runs_end_in_every_way_with_notes_and_without_after_approvals_and_after_rehearsals() -> None:
    contract = SOURCES["result.schema.json"]["$defs"]
    results = [json.loads(vector["canonical"]) for vector in vectors("runs")]
    assert {result["outcome"] for result in results} == set(contract["Outcome"]["enum"])
    decided = [
        (event["verdict"], event["note"] is None, len(result["receipt"]["entries"]) > 1)
        for result in results
        for event in [entry["event"] for entry in result["receipt"]["entries"]]
        if event["event"] == "decided"
    ]
    assert {(verdict, note) for verdict, note, _ in decided} == set(
        itertools.product(("approved", "vetoed"), (True, False))
    )
    before_the_end = {
        (happening(entry["event"]), result["outcome"])
        for result in results
        for entry in result["receipt"]["entries"][:-1]
    }
    assert before_the_end >= {("approved", "vetoed"), ("approved", "failed"), ("rehearsed", "vetoed")}
    assert before_the_end >= {("rehearsed", "failed"), ("completed", "failed"), ("rehearsed", "rehearsed")}


def test_the_row_of_runs_names_every_run_with_its_flags() -> None:
    flagged = {flag: {v["id"] for v in vectors("runs") if flag in v["flags"]} for flag in TABLE["run"]}
    assert {flag: set(ids) for flag, ids in TABLE["run"].items()} == flagged
    assert {"Approval", "VetoWithNote", "VetoWithoutNote", "Failure", "Rehearsal", "MalformedState"} <= set(
        flagged
    )


# Tampering

TAMPERED = [vector for vector in vectors("tampered") if vector["result"] == "invalid"]


def members(name: str) -> list[str]:
    return [*SOURCES["result.schema.json"]["$defs"][name]["properties"]]


def places() -> set[str]:
    """Every member of a result and of its parts in which something can be changed, as the beginnings of paths."""
    inside = {"lineage": "Lineage", "receipt": "Receipt"}
    top = {f"$.{name}" for name in members("OrchestrationResult") if name not in {"contract", *inside}}
    parts = {f"$.{part}.{name}" for part, kind in inside.items() for name in members(kind)}
    links = {f"$.receipt.entries[].{name}" for name in members("ReceiptEntry")}
    return top | parts | links


def test_every_member_of_a_result_is_tampered_with_and_so_is_each_part_of_a_run() -> None:
    assert {vector_id for ids in TABLE["result rejected"].values() for vector_id in ids} == {
        vector["id"] for vector in TAMPERED
    }
    found = [re.sub(r"\[\d+\]", "[]", vector["where"]) for vector in TAMPERED]
    missed = {
        place for place in places() if not any(re.match(re.escape(place) + r"(?!\w)", at) for at in found)
    }
    assert missed == set()
    sound = {
        key(json.loads(v["run"])): json.loads(v["run"]) for v in vectors("tampered") if v["result"] == "valid"
    }
    changed = [json.loads(vector["run"]) for vector in TAMPERED]
    for part in ("workflow", "context", "events"):
        others = [name for name in ("workflow", "context", "events") if name != part]
        assert any(
            key(run[part]) != key(right[part]) and all(key(run[name]) == key(right[name]) for name in others)
            for run in changed
            for right in sound.values()
        )


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
    in_table = {vector_id for ids in TABLE["numbers"].values() for vector_id in ids}
    assert found & in_table


def test_every_row_of_flags_names_the_vectors_with_these_flags() -> None:
    for row in ("numbers", "key order", "escapes"):
        for flag, ids in TABLE[row].items():
            assert set(ids) == {vector["id"] for vector in BY_ID.values() if flag in vector["flags"]}
            assert len(ids) >= 2


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(part)


def test_names_whose_utf_16_order_differs_from_that_of_code_points_are_covered() -> None:
    for vector_id in TABLE["key order"]["Utf16Order"]:
        if BY_ID[vector_id]["result"] == "valid":
            names = [[*found] for found in objects(json.loads(BY_ID[vector_id]["canonical"]))]
            assert any(found != sorted(found) for found in names)
            assert all(found == sorted(found, key=lambda name: name.encode("utf-16-be")) for found in names)


def test_every_control_character_is_escaped_in_a_name_and_in_a_text() -> None:
    strings = [
        item for vector in VALUES for found in objects(json.loads(vector["text"])) for item in found.items()
    ]
    for code in range(32):
        assert (chr(code), chr(code)) in strings


def test_names_that_objects_have_by_themselves_stand_in_every_kind_of_file() -> None:
    assert set(TABLE["prototype keys"]) == set(READERS) - {"tampered"}
    for ids in TABLE["prototype keys"].values():
        texts = [json.dumps(BY_ID[vector_id]) for vector_id in ids]
        assert any("__proto__" in text for text in texts)


def test_a_run_has_such_a_name_in_its_state_and_in_an_output_at_once() -> None:
    assert any(
        "__proto__" in json.loads(vector["context"])["initial_state"]
        and any("__proto__" in json.loads(event).get("output", {}) for event in vector["events"])
        for vector in vectors("runs")
    )


# Merge patch


def test_the_fifteen_cases_of_rfc_7396_and_every_other_merge_stand_in_the_table() -> None:
    wanted = {f"RFC 7396 Appendix A case {number}" for number in range(1, 16)}
    assert wanted <= set(TABLE["merge patch"])
    assert {vector_id for ids in TABLE["merge patch"].values() for vector_id in ids} == {
        vector["id"] for vector in vectors("merges")
    }


DROPPED = {
    "event in a state": "human-pending-first: vetoed of the pending step",
    "mission over its params": "daily_loop requested_steps=99 requested_human_steps=None",
    "result rejected": "no-message",
    "merge patch": "RFC 7396 Appendix A case 11",
}


@pytest.mark.parametrize("row", DROPPED)
def test_a_dropped_item_is_missed(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = {
        "event in a state": test_every_event_stands_in_every_state_and_is_legal_exactly_where_the_transitions_say_so,
        "mission over its params": test_daily_loop_is_planned_over_the_whole_grid_of_its_params,
        "result rejected": test_every_member_of_a_result_is_tampered_with_and_so_is_each_part_of_a_run,
        "merge patch": test_the_fifteen_cases_of_rfc_7396_and_every_other_merge_stand_in_the_table,
    }
    monkeypatch.delitem(TABLE[row], DROPPED[row])
    with pytest.raises(AssertionError):
        checks[row]()
