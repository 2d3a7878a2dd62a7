"""Do the published contracts and the code that reads JSON by them accept the same values?

The `jsonschema` package reads the contracts. What JSON Schema cannot say stands here a second time, plainly. So the law
is an equality: the code accepts a value if and only if it fits its contract and nothing of that list is against it.
The readers are the decoder for documents, the planner for params, and the operations for states. The list for people
is in contracts/README.md.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import zip_longest
from typing import Any

import pytest
import slow_fold
from contract_schemas import fits
from hypothesis import event, given
from hypothesis import strategies as st
from mutations import Json, mutants, mutated
from outcomes import Refused, outcome
from run_strategies import documents
from small_documents import APPROVED, FAILED, MISSION, REHEARSED, RESULT, RUN, STEP, VETOED, WHOLE, WORKFLOW
from strategies import json_objects, json_values

from tier2 import (
    MISSIONS,
    OPERATIONS,
    Fail,
    InvalidParamsError,
    MissionSpec,
    Pure,
    build_workflow,
    canonical,
    decode,
)
from tier2.contracts import v1
from tier2.contracts.views import view
from tier2.values.frozen import freeze_object
from tier2.values.structs import Value

# The samples: valid values of each type, with every member filled in somewhere


def name_of(kind: Any) -> str:
    return "Event" if kind == v1.Event else str(kind.__name__)


DOCUMENTS: dict[str, list[Json]] = {}
for _kind, _document in WHOLE:
    DOCUMENTS.setdefault(name_of(_kind), []).append(_document)
DOCUMENTS["MissionSpec"].append({**MISSION, "type": "daily_loop", "params": {"requested_steps": 2}})
DOCUMENTS["Run"] += [
    {**RUN, "events": events} for events in ([], [FAILED], [REHEARSED, VETOED], [REHEARSED, APPROVED])
]

PARAMS: dict[str, list[Json]] = {
    "DailyLoopParams": [{}, {"requested_steps": 4, "requested_human_steps": 1, "other": None}],
    "RunTestsParams": [{}, {"target": "tests/unit", "keyword": "a or b", "markers": None, "other": 1}],
    "EchoParams": [{}, {"any": ["thing"]}],
}
MISSION_TYPES = {"DailyLoopParams": "daily_loop", "RunTestsParams": "run_tests", "EchoParams": "echo"}

TASK: Json = {"text": "Write", "done": False, "priority": "A", "created": "2026-02-01", "due": "2026-03-03"}
DONE: Json = {"text": "Read", "done": True, "completed": "2026-03-01", "projects": ["p"], "contexts": ["c"]}
DAY: Json = {
    "today": "2026-03-02",
    "tasks": [{**TASK, "id": 1}, DONE],
    "confirmed": [0],
    "yesterday": {"date": "2026-03-01", "completed": ["Read"], "carried_over": ["Write"]},
    "priorities": ["Write"],
    "journal": [
        {"date": "2026-03-01", "completed": [], "carried_over": [], "priorities": ["Read"], "mood": 5}
    ],
    "archived": [{**TASK, **DONE}],
    "other": None,
}
COUNTS: Json = {"passed": 1, "skipped": 0, "xfailed": 1, "xpassed": 0, "failed": 0, "error": 0, "not_run": 0}
TESTED: Json = {
    "tests": {
        "found": 2,
        "outcomes": COUNTS,
        "not_passed": [{"id": "b", "outcome": "xfailed"}],
        "omitted": 0,
        "seed": 0,
    },
    "report": {"status": "passed", "total": 2, **COUNTS},
}
FILES: Json = {"artifacts": {"outcomes.ndjson": {"bytes": 0, "sha256": "0" * 64}}, "other": 1}
STATES: dict[str, list[Json]] = {
    "DailyLoopState": [DAY, {}],
    "RunTestsState": [TESTED, {}],
    "StateArtifacts": [FILES, {}],
}
OPERATIONS_OF = {
    "DailyLoopState": [name for name in OPERATIONS if name.startswith("daily.")],
    "RunTestsState": ["tests.report"],
}

SAMPLES: Mapping[str, list[Json]] = {**DOCUMENTS, **PARAMS, **STATES}

# What JSON Schema cannot say


def breaks_a_rule(name: str, value: Json) -> bool:
    """Whether a value that fits its contract is wrong for a reason that JSON Schema cannot give."""
    return name in RULES and RULES[name](value)


def has_repeated_ids(steps: list[Json]) -> bool:
    return len({step["id"] for step in steps}) < len(steps)


def has_wrong_steps(steps: list[Json]) -> bool:
    return has_repeated_ids(steps) or has_wrong_payload(steps)


def is_wrong_alone(event: Json) -> bool:
    return has_wrong_decision([{"event": event, "previous_sha256": event.get("head_sha256")}], [])


def has_wrong_host(host: Json) -> bool:
    """Whether the answer of a host has not exactly one of output and reason."""
    return (host["output"] is None) is (host["reason"] is None)


def has_wrong_pointer(expect: Json) -> bool:
    """Whether the name of an expected value is no JSON Pointer."""
    return not all(map(is_pointer, expect["values"]))


def has_wrong_payload(steps: list[Json]) -> bool:
    """Whether a human step's payload does not say in the right form what it asks."""
    payloads = [step["payload"] for step in steps if step["kind"] == "human"]
    return any(
        not fits("HumanPayload", payload)
        or not all(map(is_pointer, payload.get("show", [])))
        or has_wrong_fields(payload.get("fields", []))
        for payload in payloads
    )


def is_pointer(text: str) -> bool:
    return text == "" or (text[0] == "/" and "~" not in text.replace("~0", "").replace("~1", ""))


def has_wrong_fields(fields: list[Json]) -> bool:
    names = [field["name"] for field in fields]
    texts = [[canonical(choice["value"]) for choice in field.get("choices", [])] for field in fields]
    return (
        len({*names}) < len(names)
        or any(name == "" or "=" in name for name in names)
        or any(len({*values}) < len(values) for values in texts)
        or any(
            field["kind"]
            not in (("choice", "ranking") if values else ("text", "integer", "boolean", "ranking"))
            for field, values in zip(fields, texts, strict=True)
        )
    )


def has_wrong_decision(entries: list[Json], steps: list[Json]) -> bool:
    """Whether a decision names another head than its entry, has no real signature, or is not what its step allows."""
    for entry, step in zip_longest(entries, steps):
        decision = entry["event"] if entry else {}
        if decision.get("event") != "decided":
            continue
        human = step and step["kind"] == "human" and step["id"] == decision["step_id"]
        asks = step["payload"] if human else {}
        head, signature = decision["head_sha256"], decision["signature"]
        if head not in (None, entry["previous_sha256"]) or (
            signature is not None and not is_armor(signature)
        ):
            return True
        if asks.get("signed") and None in (head, signature):
            return True
        if decision["by"] not in asks.get("approvers", [decision["by"]]):
            return True
        fields = asks.get("fields")
        if (
            decision["verdict"] == "approved"
            and fields is not None
            and does_not_answer(decision["output"], fields)
        ):
            return True
    return False


def is_armor(text: str) -> bool:
    lines = text.split("\n")
    if lines[0] != "-----BEGIN SSH SIGNATURE-----" or lines[-2:] != ["-----END SSH SIGNATURE-----", ""]:
        return False
    try:
        return base64.b64decode("".join(lines[1:-2]), validate=True).startswith(b"SSHSIG")
    except ValueError:
        return False


def does_not_answer(output: Json, fields: list[Json]) -> bool:
    kinds = {"text": str, "integer": int, "boolean": bool}
    known = {field["name"]: field for field in fields}
    if not {*output} <= {*known} or any(
        field.get("required") and name not in output for name, field in known.items()
    ):
        return True
    return any(type(output[name]) is not kinds.get(known[name]["kind"]) for name in output)


LEGAL = {"human": ("decided", "rehearsed"), "runtime": ("completed", "failed", "rehearsed")}


def has_illegal_event(run: Json) -> bool:
    """Whether an event is for another step than the pending one, of a kind it cannot have, or after the end."""
    steps = run["workflow"]["steps"]
    for position, happened in enumerate(run["events"]):
        if position == len(steps) or happened["step_id"] != steps[position]["id"]:
            return True
        if happened["event"] not in LEGAL[steps[position]["kind"]]:
            return True
        ends = happened["event"] == "failed" or happened.get("verdict") == "vetoed"
        if ends and position + 1 < len(run["events"]):
            return True
    return has_wrong_decision(slow_fold.receipt(run)["entries"], steps)


DATES = {
    "tasks": ("created", "completed", "due"),
    "archived": ("created", "completed", "due"),
    "journal": ("date",),
}


def dates_in(state: Json) -> Iterator[str]:
    records = [(record, keys) for member, keys in DATES.items() for record in state.get(member, [])]
    for record, keys in (*records, (state.get("yesterday", {}), ("date",)), (state, ("today",))):
        yield from (record[key] for key in keys if key in record)


def exists(day: str) -> bool:
    year, month, number = map(int, day.split("-"))
    try:
        date(year, month, number)
    except ValueError:
        return False
    return True


def is_impossible_day(state: Json) -> bool:
    # The first day of the calendar has no yesterday, so it cannot be today.
    return (
        any(index >= len(state.get("tasks", [])) for index in state.get("confirmed", []))
        or not all(map(exists, dates_in(state)))
        or state.get("today") == "0001-01-01"
    )


RULES: Mapping[str, Callable[[Json], bool]] = {
    "StepSpec": lambda step: has_wrong_payload([step]),
    "WorkflowDefinition": lambda workflow: has_wrong_steps(workflow["steps"]),
    "Run": lambda run: has_wrong_steps(run["workflow"]["steps"]) or has_illegal_event(run),
    "OrchestrationResult": lambda result: (
        has_wrong_steps(result["executed_steps"])
        or has_wrong_decision(result["receipt"]["entries"], result["executed_steps"])
    ),
    "Receipt": lambda receipt: has_wrong_decision(receipt["entries"], []),
    "ReceiptEntry": lambda entry: has_wrong_decision([entry], []),
    "Decided": is_wrong_alone,
    "DailyLoopState": is_impossible_day,
    "Event": is_wrong_alone,
    "Question": lambda question: (
        not all(is_pointer(shown["pointer"]) for shown in question["evidence"])
        or has_wrong_fields(question["fields"])
    ),
    "HostAnswer": has_wrong_host,
    "Expectation": has_wrong_pointer,
    "Scenario": lambda scenario: (
        any(map(has_wrong_host, scenario["hosts"].values())) or has_wrong_pointer(scenario["expect"])
    ),
}


# What the code says


def verdicts(name: str, value: Json) -> set[bool]:
    """Whether each reader of the type accepts the value."""
    if name in DOCUMENTS:
        return {not isinstance(outcome(decode, json.dumps(value), getattr(v1, name)), Refused)}
    if name in PARAMS:
        plan = outcome(build_workflow, MissionSpec(type=MISSION_TYPES[name], params=value))
        assert not isinstance(plan, Refused) or plan.kind is InvalidParamsError
        return {not isinstance(plan, Refused)}
    if name not in OPERATIONS_OF:
        return {not isinstance(outcome(view, freeze_object(value), getattr(v1, name)), Refused)}
    return {not is_malformed(operation, value) for operation in OPERATIONS_OF[name]}


def is_malformed(operation: str, state: Json) -> bool:
    """Whether an operation fails because of the state's form, not because of its content."""
    pure = OPERATIONS[operation]
    assert isinstance(pure, Pure)
    output = pure.function(freeze_object({}), freeze_object(state))
    return isinstance(output, Fail) and output.reason.startswith("the state is malformed at $")


def agreed(name: str, value: Json) -> bool:
    """The verdict of the contract and of the code, which must be the same."""
    expected = fits(name, value) and not breaks_a_rule(name, value)
    assert verdicts(name, value) == {expected}, f"{name}: the contract says {expected}: {value!r}"
    return expected


# The laws


@pytest.mark.parametrize("name", SAMPLES)
def test_code_and_contract_agree_on_every_mutation(name: str) -> None:
    assert all(agreed(name, sample) for sample in SAMPLES[name])
    values = (mutant for sample in SAMPLES[name] for mutant in mutants(sample))
    found = Counter(agreed(name, value) for value in values if name in DOCUMENTS or isinstance(value, dict))
    assert found[True] >= 10
    assert found[False] >= 10 or name == "EchoParams"


SPECIAL = st.sampled_from(
    [
        *(2**53 - 1, 1 - 2**53, 2.0**53, -(2.0**60), 4.5),
        *("2026-02-29", "0000-01-01", "0001-01-01", "2026-1-1"),
    ]
)


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_code_and_contract_agree_on_any_mutations(name: str, data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(SAMPLES[name]))
    others = json_values() | SPECIAL | st.dates().map(date.isoformat)
    value = data.draw(mutated({**sample, **data.draw(json_objects())} if name in PARAMS else sample, others))
    if name in DOCUMENTS or isinstance(value, dict):
        event("accepted" if agreed(name, value) else "refused")


@given(documents(), st.data())
def test_code_and_contract_agree_on_any_document(document: Value, data: st.DataObject) -> None:
    name, plain = type(document).__name__, document.to_dict()
    assert agreed(name, plain)
    event("accepted" if agreed(name, data.draw(mutated(plain))) else "refused")


@given(json_objects(), st.sampled_from(sorted(DOCUMENTS)))
def test_both_refuse_what_only_looks_like_a_document(members: Json, name: str) -> None:
    tagged = {"contract": f"tier2.{name}/v1", "event": name.lower(), **members}
    event("accepted" if agreed(name, tagged) else "refused")


@pytest.mark.parametrize("people", range(5))
@pytest.mark.parametrize("machines", range(7))
def test_the_limits_of_code_and_contract_are_equal(people: int, machines: int) -> None:
    steps: list[Json] = [{"id": f"h{n}", "kind": "human", "payload": {}} for n in range(people)]
    steps += [{**STEP, "id": f"r{n}"} for n in range(machines)]
    within = 1 <= people + machines <= 5 and people <= 2
    for order in (steps, steps[::-1]):
        workflow = {**WORKFLOW, "steps": order}
        assert agreed("WorkflowDefinition", workflow) == within
        assert agreed("Run", {**RUN, "workflow": workflow, "events": []}) == within
        assert agreed("OrchestrationResult", {**RESULT, "executed_steps": order}) == within


def mission_with(param: str) -> tuple[str, str]:
    return "MissionSpec", f'{{"contract":"tier2.mission/v1","type":"t","params":{{{param}}}}}'


BEYOND_SCHEMA: Mapping[str, tuple[str, str]] = {
    "a repeated step id": ("WorkflowDefinition", json.dumps({**WORKFLOW, "steps": [STEP, STEP]})),
    "a value that nests too deep": mission_with('"a":' + "[" * 64 + "]" * 64),
    "a duplicate key": mission_with('"a":1,"a":1'),
    "a number that no double holds": mission_with('"a":9007199254740993'),
    "a lone surrogate": mission_with('"a":"\\ud800"'),
    "an event of another step": ("Run", json.dumps({**RUN, "events": [APPROVED]})),
}
"""One document for each rule that JSON Schema cannot say."""


@pytest.mark.parametrize("case", BEYOND_SCHEMA)
def test_the_decoder_refuses_what_no_schema_can_say(case: str) -> None:
    name, source = BEYOND_SCHEMA[case]
    assert fits(name, json.loads(source))
    assert isinstance(outcome(decode, source, getattr(v1, name)), Refused)


def test_every_mission_type_has_a_contract_for_params() -> None:
    assert sorted(MISSION_TYPES.values()) == sorted(MISSIONS)
