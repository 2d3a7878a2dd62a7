"""Are the bytes the known ones?

The vectors under ``contracts/vectors/v1`` were made without the package (``tools/make_vectors.py``): values,
documents and plans by hand, the rest by a slow encoder and a fold of their own. Every program in every
language must give these answers.
"""

import ast
import base64
import json
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import make_vectors
import pytest
from vector_cases import ValueCase

from tier2 import (
    OPERATIONS,
    Completed,
    ContractError,
    Decided,
    Event,
    ExecutionContext,
    Fail,
    Failed,
    MissionSpec,
    OrchestrationResult,
    Pure,
    ReceiptEntry,
    Rehearsed,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    decode,
    digest,
    finish,
    parse,
    pending,
    replay,
    run_workflow,
    start,
    state,
    verify,
)
from tier2.contracts.base import Value

ROOT = Path(__file__).parents[2]
FOLDER = Path("contracts/vectors/v1")
TOOLS = sorted([ROOT / "tools/make_vectors.py", *(ROOT / "tools").glob("vector_*.py")])

KINDS = (
    MissionSpec,
    WorkflowDefinition,
    ExecutionContext,
    Run,
    OrchestrationResult,
    Completed,
    Failed,
    Decided,
    Rehearsed,
    ReceiptEntry,
    StepSpec,
)
TYPES: dict[str, type[Value]] = {kind.__name__: kind for kind in KINDS}

CODES = {
    *("number-range", "surrogate", "duplicate-key", "depth", "bom", "trailing", "syntax", "utf8"),
    *(
        "unknown-field",
        "missing-field",
        "tag",
        "type",
        "bound",
        "pattern",
        "enum",
        "limits",
        "envelope",
        "event",
    ),
}
"""Every code that a text of less than 16 MiB can reach."""


class ValueVector(TypedDict):
    id: str
    text: str
    canonical: str
    sha256: str


class DocumentVector(ValueVector):
    type: str


class RunVector(TypedDict):
    id: str
    mission: object
    workflow: dict[str, Any]
    context: object
    events: list[object]
    rehearsal: bool
    result: object
    result_sha256: str
    head_sha256: str


class RefusalVector(TypedDict, total=False):
    id: str
    type: str
    text: str
    base64: str
    code: str


def whole(name: str) -> Any:
    return json.loads((ROOT / FOLDER / f"{name}.json").read_text("utf-8"))


VALUES: list[ValueVector] = whole("values")["vectors"]
DOCUMENTS: list[DocumentVector] = whole("documents")["vectors"]
RUNS: list[RunVector] = whole("runs")["vectors"]
REFUSALS: list[RefusalVector] = whole("refusals")["vectors"]

each_value = pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in VALUES])
each_document = pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in DOCUMENTS])
each_run = pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in RUNS])


# Values and documents


@each_value
def test_the_canonical_bytes_of_a_value_are_the_known_ones(vector: ValueVector) -> None:
    assert canonical(parse(vector["text"])) == vector["canonical"].encode()


@each_value
def test_the_digest_of_a_value_is_the_known_one(vector: ValueVector) -> None:
    assert digest(parse(vector["text"].encode())) == vector["sha256"]


@each_value
def test_canonical_text_reads_back_as_the_same_value(vector: ValueVector) -> None:
    value = parse(vector["text"])
    assert parse(vector["canonical"]) == value
    assert canonical(parse(vector["canonical"])) == vector["canonical"].encode()


@each_document
def test_a_document_decodes_to_the_known_bytes_and_digest(vector: DocumentVector) -> None:
    document = decode(vector["text"], TYPES[vector["type"]])
    assert type(document).__name__ == vector["type"]
    assert canonical(document) == vector["canonical"].encode()
    assert digest(document) == vector["sha256"]


@each_document
def test_a_documents_canonical_bytes_decode_to_the_same_document(vector: DocumentVector) -> None:
    kind = TYPES[vector["type"]]
    assert decode(vector["canonical"].encode(), kind) == decode(vector["text"], kind)


# Whole runs


class Story(NamedTuple):
    """A run vector in its types."""

    workflow: WorkflowDefinition
    context: ExecutionContext
    events: list[Event]


def story(vector: RunVector) -> Story:
    return Story(
        decode(json.dumps(vector["workflow"]), WorkflowDefinition),
        decode(json.dumps(vector["context"]), ExecutionContext),
        [decode(json.dumps(event), Event) for event in vector["events"]],
    )


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in RUNS if v["mission"] is not None])
def test_a_mission_is_planned_as_it_was_by_hand(vector: RunVector) -> None:
    planned = build_workflow(decode(json.dumps(vector["mission"]), MissionSpec))
    assert canonical(planned) == canonical(story(vector).workflow)


@each_run
def test_what_happened_step_by_step_comes_to_the_known_result(vector: RunVector) -> None:
    told = story(vector)
    run = start(told.workflow, told.context)
    for event in told.events:
        run = advance(run, event)
    result = finish(run)
    assert pending(run) is None
    assert canonical(result) == canonical(parse(json.dumps(vector["result"])))
    assert digest(result) == vector["result_sha256"]
    assert result.receipt.head_sha256 == vector["head_sha256"]


@each_run
def test_the_known_result_verifies_against_its_replayed_run(vector: RunVector) -> None:
    result = decode(json.dumps(vector["result"]), OrchestrationResult)
    assert digest(result) == vector["result_sha256"]
    assert verify(replay(*story(vector)), result) is None


@each_run
def test_a_rehearsal_gives_the_known_result_exactly_where_the_vector_says_so(vector: RunVector) -> None:
    told = story(vector)
    rehearsed = digest(run_workflow(told.workflow, told.context))
    assert (rehearsed == vector["result_sha256"]) is vector["rehearsal"]


def pure_steps() -> list[object]:
    """The vectors' steps that a pure operation has really done, each with its vector and position."""
    found: list[object] = []
    for vector in RUNS:
        for position, event in enumerate(story(vector).events):
            name = vector["workflow"]["steps"][position]["payload"].get("operation")
            if isinstance(event, Completed | Failed) and isinstance(OPERATIONS[name], Pure):
                found.append(pytest.param(vector, position, id=f"{vector['id']}-{event.step_id}"))
    return found


@pytest.mark.parametrize(("vector", "position"), pure_steps())
def test_a_pure_operation_gives_what_was_written_down_by_hand(vector: RunVector, position: int) -> None:
    told = story(vector)
    payload = told.workflow.steps[position].payload
    operation = OPERATIONS[str(payload["operation"])]
    assert isinstance(operation, Pure)
    output = operation.function(payload, state(replay(told.workflow, told.context, told.events[:position])))
    step_id = told.events[position].step_id
    event = (
        Failed(step_id=step_id, reason=output.reason)
        if isinstance(output, Fail)
        else Completed(step_id=step_id, output=output)
    )
    assert canonical(event) == canonical(told.events[position])


# Refusals


def read(data: bytes | str, kind: str) -> object:
    return parse(data) if kind == "value" else decode(data, TYPES[kind])


def refused_data() -> list[object]:
    """Each refusal as it is, and each text as bytes too."""
    found: list[object] = []
    for vector in REFUSALS:
        if "text" in vector:
            found.append(pytest.param(vector, vector["text"], id=vector["id"]))
            found.append(pytest.param(vector, vector["text"].encode(), id=f"{vector['id']}-bytes"))
        else:
            found.append(pytest.param(vector, base64.b64decode(vector["base64"]), id=vector["id"]))
    return found


@pytest.mark.parametrize(("vector", "data"), refused_data())
def test_what_must_be_refused_is_refused_with_the_known_code(
    vector: RefusalVector, data: bytes | str
) -> None:
    with pytest.raises(Tier2Error) as caught:
        read(data, vector["type"])
    assert caught.value.code == vector["code"]
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in REFUSALS if v["type"] == "value"])
def test_what_is_no_json_value_is_no_document_either(vector: RefusalVector) -> None:
    data = vector["text"] if "text" in vector else base64.b64decode(vector["base64"])
    with pytest.raises(Tier2Error) as caught:
        decode(data, MissionSpec)
    assert caught.value.code == vector["code"]
    assert not isinstance(caught.value, ContractError)


# The files and the tool


@pytest.mark.parametrize(
    ("name", "least"), [("values", 40), ("documents", 20), ("runs", 20), ("refusals", 40)]
)
def test_a_file_holds_as_many_vectors_as_it_says_each_with_an_id_of_its_own(name: str, least: int) -> None:
    file = whole(name)
    ids = [vector["id"] for vector in file["vectors"]]
    assert list(file) == ["description", "count", "vectors"]
    assert file["count"] == len(ids) >= least
    assert len(set(ids)) == len(ids)
    assert all(vector["comment"] for vector in file["vectors"])


def test_every_type_has_a_document_and_a_refusal_and_every_code_has_a_refusal() -> None:
    assert {vector["type"] for vector in DOCUMENTS} == set(TYPES)
    assert {vector["type"] for vector in REFUSALS} == {"value", *TYPES}
    assert {vector["code"] for vector in REFUSALS} == CODES


def test_the_files_are_what_the_tool_makes() -> None:
    assert make_vectors.main(["--check"]) == 0
    assert {ROOT / path for path in make_vectors.vectors()} == set((ROOT / FOLDER).glob("*.json"))


def test_the_files_are_ascii_so_that_nothing_can_change_their_texts_on_the_way() -> None:
    assert all(path.read_bytes().isascii() for path in (ROOT / FOLDER).glob("*.json"))


def test_the_check_shows_a_changed_vector_and_the_command_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    changed = tmp_path / FOLDER / "values.json"
    changed.write_text(
        changed.read_text("utf-8").replace('"canonical": "4"', '"canonical": "4.0"', 1), "utf-8"
    )
    before = changed.read_bytes()
    assert make_vectors.main(["--check", "--root", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert '\n-   "canonical": "4.0",\n+   "canonical": "4",\n' in said.err
    assert "python tools/make_vectors.py" in said.err
    assert changed.read_bytes() == before


def test_without_check_the_tool_writes_the_files_and_then_the_check_is_content(tmp_path: Path) -> None:
    assert make_vectors.main(["--check", "--root", str(tmp_path)]) == 1
    assert list(tmp_path.iterdir()) == []
    assert make_vectors.main(["--root", str(tmp_path)]) == 0
    assert make_vectors.main(["--check", "--root", str(tmp_path)]) == 0


def test_where_the_tool_disagrees_with_what_was_written_by_hand_it_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_vectors, "VALUES", [ValueCase("four", "Wrong by hand.", "4.0", "4.0")])
    assert make_vectors.main(["--root", str(tmp_path)]) == 2
    assert "four: written by hand 4.0, computed 4" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(str(node.module).partition(".")[0])
    return found


def test_the_tool_and_its_cases_import_nothing_but_each_other_and_the_standard_library() -> None:
    own = {path.stem for path in TOOLS}
    imported = set().union(*map(imported_by, TOOLS))
    assert own - imported == {"make_vectors"}
    assert imported - own <= sys.stdlib_module_names - {"importlib", "runpy", "subprocess"}


def test_the_vectors_are_made_without_reading_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    known = make_vectors.vectors()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("io.open", refuse)
    assert make_vectors.vectors() == known
