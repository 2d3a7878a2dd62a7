"""Answers the known answers with the package: a function for each file, from a vector to an answer.

An answer has the members of a vector from `result` on, so the package agrees with a vector if the two are equal.
"""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tier2 import (
    Completed,
    Event,
    ExecutionContext,
    Host,
    MissionSpec,
    OrchestrationResult,
    Question,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    check_operations,
    decode,
    digest,
    finish,
    head,
    parse,
    question,
    replay,
    start,
    state,
    verify,
)
from tier2 import answer as answer_to
from tier2.contracts import v1
from tier2.contracts.views import view
from tier2.values.frozen import JsonValue, freeze_object
from tier2.values.structs import Value

ROOT = Path(__file__).parents[1]
FOLDER = Path("contracts/vectors/v1")

Vector = dict[str, Any]
Answer = dict[str, Any]

ANSWERS = frozenset({"result", "canonical", "sha256", "head_sha256", "code", "where"})
"""The members of a vector that are its answer; the others are its question."""


def whole_file(name: str, root: Path = ROOT) -> dict[str, Any]:
    file: dict[str, Any] = json.loads((root / FOLDER / f"{name}.json").read_bytes())
    return file


def vectors(name: str) -> list[Vector]:
    found: list[Vector] = whole_file(name)["vectors"]
    return found


TABLE: dict[str, dict[str, list[str]]] = whole_file("coverage")["rows"]
"""The coverage table: rows, their items, and the ids of the vectors for each item."""


def known(vector: Vector) -> Answer:
    """Return the answer that a vector says."""
    return {name: member for name, member in vector.items() if name in ANSWERS}


def answer(file: str, vector: Vector) -> Answer:
    """Return the answer that the package gives."""
    try:
        return READERS[file](vector)
    except Tier2Error as error:
        return {"result": "invalid", "code": error.code}


def read_document(vector: Vector) -> Value | JsonValue:
    """Return the document of a vector with `type` and `text`; a view leaves its object as it is."""
    kind = vars(v1)[vector["type"]]
    if "View" not in vector["flags"]:
        document: Value = decode(vector["text"], kind)
        return document
    value = parse(vector["text"])
    assert isinstance(value, Mapping)
    view(freeze_object(value), kind)
    return value


def _valid(value: Value | JsonValue, **more: str) -> Answer:
    return {"result": "valid", "canonical": canonical(value).decode(), "sha256": digest(value), **more}


def _value(vector: Vector) -> Answer:
    return _valid(parse(base64.b64decode(vector["base64"]) if "base64" in vector else vector["text"]))


def _document(vector: Vector) -> Answer:
    return _valid(read_document(vector))


def _plan(vector: Vector) -> Answer:
    return _valid(build_workflow(decode(vector["mission"], MissionSpec)))


def _merge(vector: Vector) -> Answer:
    """Merge by a run of one step, as every state is merged."""
    step = StepSpec(id="merge", kind="runtime", payload={"operation": "noop"})
    before, output = parse(vector["state"]), parse(vector["output"])
    assert isinstance(before, Mapping)
    assert isinstance(output, Mapping)
    run = start(WorkflowDefinition(id="wf", steps=(step,)), ExecutionContext(initial_state=before))
    return _valid(state(advance(run, Completed(step_id="merge", output=output))))


def run_of(vector: Vector) -> Run:
    """Return the run of a vector in ``runs.json``, whose parts stand apart."""
    return replay(
        decode(vector["workflow"], WorkflowDefinition),
        decode(vector["context"], ExecutionContext),
        [decode(event, Event) for event in vector["events"]],
        json.loads(vector["operations"]),
    )


def _run(vector: Vector) -> Answer:
    result = finish(run_of(vector))
    return _valid(result, head_sha256=result.receipt.head_sha256)


def _tampered(vector: Vector) -> Answer:
    claimed = decode(vector["claimed"], OrchestrationResult)
    difference = verify(decode(vector["run"], Run), claimed)
    if difference is None:
        return _valid(claimed)
    return {"result": "invalid", "code": "difference", "where": difference.where}


def _decision(vector: Vector) -> Answer:
    match vector["ask"]:
        case "head":
            return {"result": "valid", "head_sha256": head(decode(vector["run"], Run))}
        case "document":
            return _document(vector)
        case "operations":
            revisions: dict[str, str | None] = json.loads(vector["revisions"])
            operations = {name: Host(revision=revision) for name, revision in revisions.items()}
            check_operations(decode(vector["run"], Run), operations)
            return {"result": "valid"}
        case "question":
            return _valid(question(decode(vector["run"], Run)))
        case _:
            given: Any = parse(vector["answer"])
            return _valid(answer_to(decode(vector["question"], Question), **given))


READERS: Mapping[str, Callable[[Vector], Answer]] = {
    "values": _value,
    "documents": _document,
    "plans": _plan,
    "merges": _merge,
    "runs": _run,
    "events": _document,
    "tampered": _tampered,
    "decisions": _decision,
}
"""Every file of vectors, with the function that answers its vectors."""
