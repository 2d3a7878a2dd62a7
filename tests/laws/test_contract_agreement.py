"""Do the published contracts and the decoder accept the same documents?

The contracts are read by the `jsonschema` package. What JSON Schema cannot say is written down here a second time,
plainly, as `beyond_schema`. So the law is an equality: the decoder accepts a JSON value if and only if the contract
does and nothing of that list stands against it. The list for readers is in contracts/README.md.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from contract_schemas import fits
from hypothesis import event, given
from hypothesis import strategies as st
from mutations import Json, Path, at, mutants, places, replaced, variants, without
from strategies import contexts, json_objects, json_values, missions, runs, workflows

from tier2 import (
    Completed,
    Decided,
    ExecutionContext,
    Failed,
    MissionSpec,
    Rehearsed,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    advance,
    decode,
    finish,
    run_workflow,
    start,
)
from tier2.contracts import v1
from tier2.values.structs import Value

KINDS: Mapping[str, Any] = {
    **{
        name: getattr(v1, name)
        for name in ("MissionSpec", "WorkflowDefinition", "ExecutionContext", "Run", "OrchestrationResult")
    },
    **{name: getattr(v1, name) for name in ("StepSpec", "Lineage", "Receipt", "ReceiptEntry")},
    **{name: getattr(v1, name) for name in ("Completed", "Failed", "Decided", "Rehearsed", "Event")},
}
"""What can be decoded, by the names that the contracts give."""


def beyond_schema(name: str, document: Json) -> bool:
    """Whether a document that fits its contract is wrong for a reason that JSON Schema cannot give."""
    match name:
        case "WorkflowDefinition":
            return repeated_ids(document["steps"])
        case "OrchestrationResult":
            return repeated_ids(document["executed_steps"])
        case "Run":
            return repeated_ids(document["workflow"]["steps"]) or impossible(document)
        case _:
            return False


def repeated_ids(steps: list[Json]) -> bool:
    return len({step["id"] for step in steps}) < len(steps)


HAPPENINGS = {"human": ("decided", "rehearsed"), "runtime": ("completed", "failed", "rehearsed")}


def impossible(run: Json) -> bool:
    """Whether an event is for another step than the pending one, of a kind it cannot have, or after the end."""
    steps = run["workflow"]["steps"]
    for position, happened in enumerate(run["events"]):
        if position == len(steps) or happened["step_id"] != steps[position]["id"]:
            return True
        if happened["event"] not in HAPPENINGS[steps[position]["kind"]]:
            return True
        if (happened["event"] == "failed" or happened.get("verdict") == "vetoed") and position + 1 < len(
            run["events"]
        ):
            return True
    return False


def decodes(name: str, text: str) -> bool:
    try:
        decode(text, KINDS[name])
    except Tier2Error:
        return False
    return True


def agreed(name: str, document: Json) -> bool:
    """The verdict of the contract and of the decoder, which must be the same."""
    expected = fits(name, document) and not beyond_schema(name, document)
    assert decodes(name, json.dumps(document)) == expected, (
        f"{name}: the contract says {expected}: {document!r}"
    )
    return expected


STEPS = (
    StepSpec(id="a", kind="human", payload={"description": "Approve."}),
    StepSpec(id="b", kind="runtime", payload={"operation": "fail", "reason": "no"}),
)
CONTEXT = ExecutionContext(initial_state={"tasks": [{"text": "a", "n": 0.5}]}, metadata={"from": "a test"})
APPROVED = Decided(step_id="a", verdict="approved", by="Ann", note="well", output={"ok": True})
VETOED = Decided(step_id="a", verdict="vetoed", by="Ann")
FAILED = Failed(step_id="b", reason="no")
PLANNED = WorkflowDefinition(id="wf-a", steps=STEPS, metadata={"mission_type": "own"})


def by_hand() -> Iterator[tuple[str, Value]]:
    """At least one document of each type, every member filled somewhere."""
    run = advance(advance(start(PLANNED, CONTEXT), APPROVED), FAILED)
    result = finish(run)
    named = (MissionSpec(type="daily_loop", params={"requested_steps": 2}), PLANNED, CONTEXT, run, result)
    events = (APPROVED, VETOED, FAILED, Completed(step_id="b", output={"x": None}), Rehearsed(step_id="c"))
    parts = (*STEPS, result.lineage, result.receipt, *result.receipt.entries)
    yield from ((type(document).__name__, document) for document in (*named, *parts, *events))
    yield from (("Event", happening) for happening in events)
    yield "Run", advance(start(PLANNED, CONTEXT), VETOED)


HAND_MADE: Mapping[str, list[Json]] = {
    name: [document.to_dict() for other, document in by_hand() if other == name] for name in KINDS
}


@pytest.mark.parametrize("name", KINDS)
def test_contract_and_decoder_agree_on_every_single_mutation(name: str) -> None:
    assert all(agreed(name, document) for document in HAND_MADE[name])
    verdicts = Counter(agreed(name, mutant) for document in HAND_MADE[name] for mutant in mutants(document))
    assert min(verdicts[True], verdicts[False]) >= len(HAND_MADE[name])


def documents() -> st.SearchStrategy[tuple[str, Json]]:
    """Documents that are right, as plain JSON, with the name of their type."""
    results = st.builds(run_workflow, workflows(("noop", "fail", "state.merge", "tests.execute")), contexts())
    kinds: list[st.SearchStrategy[Value]] = [missions(), contexts(), workflows(), runs(), results]
    parts: list[st.SearchStrategy[Value]] = [
        workflows().map(lambda workflow: workflow.steps[0]),
        results.map(lambda result: result.receipt.entries[0]),
        runs().filter(lambda run: run.events != ()).map(lambda run: run.events[-1]),
    ]
    return st.one_of(*kinds, *parts).map(lambda document: (type(document).__name__, document.to_dict()))


@given(documents(), st.data())
def test_both_accept_what_the_package_makes_and_judge_alike_what_became_of_it(
    named: tuple[str, Json], data: st.DataObject
) -> None:
    name, document = named
    assert agreed(name, document)
    for _ in range(data.draw(st.integers(1, 3))):
        drop = data.draw(st.booleans())
        path: Path = data.draw(st.sampled_from([(), *places(document)]))
        if path and drop:
            document = without(document, path)
        else:
            value = data.draw(st.sampled_from(list(variants(at(document, path)))) | json_values())
            document = replaced(document, path, value)
    event("accepted" if agreed(name, document) else "refused")


@given(json_objects(), st.sampled_from(sorted(KINDS)))
def test_both_refuse_objects_that_only_look_like_documents(members: Json, name: str) -> None:
    tagged = {"contract": f"tier2.{name}/v1", "event": name.lower(), **members}
    event("accepted" if agreed(name, tagged) else "refused")


@pytest.mark.parametrize("people", range(5))
@pytest.mark.parametrize("machines", range(7))
def test_the_limits_are_the_same_in_the_contract_and_in_the_decoder(people: int, machines: int) -> None:
    steps: list[Json] = [{"id": f"h{n}", "kind": "human", "payload": {}} for n in range(people)]
    steps += [{"id": f"r{n}", "kind": "runtime", "payload": {"operation": "noop"}} for n in range(machines)]
    within = 1 <= people + machines <= 5 and people <= 2
    for order in (steps, steps[::-1]):
        workflow = {**PLANNED.to_dict(), "steps": order}
        run = {**start(PLANNED, CONTEXT).to_dict(), "workflow": workflow}
        result = {**HAND_MADE["OrchestrationResult"][0], "executed_steps": order}
        assert agreed("WorkflowDefinition", workflow) == within
        assert agreed("Run", run) == within
        assert agreed("OrchestrationResult", result) == within


def mission_with(param: str) -> tuple[str, str]:
    return "MissionSpec", f'{{"contract":"tier2.mission/v1","type":"t","params":{{{param}}}}}'


UNSAYABLE: Mapping[str, tuple[str, str]] = {
    "one step id twice": (
        "WorkflowDefinition",
        json.dumps({**PLANNED.to_dict(), "steps": [STEPS[0].to_dict()] * 2}),
    ),
    "a value that nests too deep": mission_with('"a":' + "[" * 64 + "]" * 64),
    "one key twice": mission_with('"a":1,"a":1'),
    "a number that no double holds": mission_with('"a":9007199254740993'),
    "a lone surrogate": mission_with('"a":"\\ud800"'),
    "an event of another step": (
        "Run",
        json.dumps({**start(PLANNED, CONTEXT).to_dict(), "events": [{"event": "rehearsed", "step_id": "b"}]}),
    ),
}
"""One document for each thing that JSON Schema cannot say."""


@pytest.mark.parametrize("case", UNSAYABLE)
def test_the_decoder_refuses_what_json_schema_cannot_say(case: str) -> None:
    name, text = UNSAYABLE[case]
    assert fits(name, json.loads(text))
    assert not decodes(name, text)
