"""The texts of the files: every vector, gathered; the schema; the coverage table."""

import base64
import json
from collections.abc import Iterator, Sequence

from known_answers.coverage import coverage_text
from known_answers.days import DAYS
from known_answers.documents import DOCUMENTS
from known_answers.events import event_vectors
from known_answers.hand_runs import HAND_RUNS
from known_answers.members import member_vectors
from known_answers.merges import merge_vectors
from known_answers.notes import NOTES
from known_answers.parts import RunCase
from known_answers.plans import plan_vectors
from known_answers.reference import CaseFault, Json, Object, backwards, chain, result_of
from known_answers.refused_documents import CHANGES
from known_answers.refused_rules import RULES
from known_answers.refused_values import REFUSED_VALUES
from known_answers.runs import RUNS as OTHER_RUNS
from known_answers.schema import schema
from known_answers.tampered import tampered_vectors
from known_answers.values import VALUES
from known_answers.vectors import Case, Vector, read, written
from known_answers.whole_documents import WHOLE

FOLDER = "contracts/vectors/v1"
RUNS = (*DAYS, *OTHER_RUNS, *HAND_RUNS)

DESCRIPTIONS = {
    "values": "Any JSON value, as a text or as bytes in base64: its canonical text (RFC 8785), or a refusal.",
    "documents": "Documents, their parts and views, by type: the canonical text, or a refusal.",
    "plans": "Missions: the canonical text of the workflow that is planned, or a refusal.",
    "merges": "A state, an output, and the canonical text of the state after it (RFC 7396).",
    "runs": "Whole runs: the canonical text of the result, and the head of its receipt.",
    "events": "Every event in every state: the run with that event is a document, or refused.",
    "tampered": "A run, and a result that claims to be its own; where it is not, the place of the first difference.",
}
"""What each file asks; every canonical text has its SHA-256 beside it, and every refusal its code."""


def vectors() -> list[Vector]:
    """All of them, by file. Raises CaseFault where a case contradicts itself."""
    found = _distinct(
        *_values(),
        *_documents(),
        *member_vectors(),
        *(vector for run in RUNS for vector in _documents_of(run)),
        *plan_vectors(),
        *merge_vectors(),
        *map(_run, RUNS),
        *event_vectors(),
        *tampered_vectors(),
    )
    ids = [vector.id for vector in found]
    if len(set(ids)) != len(ids):
        raise CaseFault(f"an id stands twice: {sorted({name for name in ids if ids.count(name) > 1})}")
    unused = NOTES.keys() - {flag for vector in found for flag in vector.flags}
    if unused:
        raise CaseFault(f"notes on flags that no vector has: {sorted(unused)}")
    return found


def _distinct(*found: Vector) -> list[Vector]:
    """Each question once; where two vectors ask the same, the one that the coverage table needs, or the first."""
    chosen: dict[tuple[str, str], Vector] = {}
    for vector in found:
        asked = {
            name: member for name, member in vector.body.items() if name not in {"id", "comment", "flags"}
        }
        question = (vector.file, json.dumps(asked))
        if question not in chosen or (vector.covers and not chosen[question].covers):
            chosen[question] = vector
    return [*chosen.values()]


def files() -> dict[str, str]:
    """Path to text, ASCII only: no editor, checkout or transport can change the text of a vector."""
    found = vectors()
    by_file = {name: [vector for vector in found if vector.file == name] for name in DESCRIPTIONS}
    texts = {name: _file_text(name, some) for name, some in by_file.items()}
    texts["vectors.schema"] = _json_text(schema())
    texts["coverage"] = coverage_text(found, _counts(found))
    return {f"{FOLDER}/{name}.json": text for name, text in texts.items()}


def _file_text(name: str, found: Sequence[Vector]) -> str:
    flags = {flag for vector in found for flag in vector.flags}
    return _json_text(
        {
            "schema": f"vectors.schema.json#/$defs/{name}",
            "description": DESCRIPTIONS[name],
            "flags": {flag: note for flag, note in NOTES.items() if flag in flags},
            "counts": {**_counts(found)},
            "vectors": [vector.body for vector in found],
        }
    )


def _json_text(value: Json) -> str:
    return json.dumps(value, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def _counts(found: Sequence[Vector]) -> dict[str, int]:
    right = sum(vector.valid for vector in found)
    return {"valid": right, "invalid": len(found) - right, "total": len(found)}


def _values() -> Iterator[Vector]:
    for name, flags, comment, text, canonical in VALUES:
        case = Case("values", f"value-{name}", flags, comment, {"text": text})
        yield case.answered(read(text), by_hand=canonical)
    for name, flags, code, comment, data in REFUSED_VALUES:
        inputs: Object = (
            {"base64": base64.b64encode(data).decode()} if isinstance(data, bytes) else {"text": data}
        )
        yield Case("values", f"value-{name}", flags, comment, inputs).refused(code)


def _documents() -> Iterator[Vector]:
    for name, flags, comment, kind, text in DOCUMENTS:
        yield _document(name, flags, comment, kind, text).answered(read(text))
    for name, flags, kind, code, comment, old, new in (*CHANGES, *RULES):
        if old not in WHOLE[kind]:
            raise CaseFault(f"{name}: nothing to replace")
        yield _document(name, flags, comment, kind, WHOLE[kind].replace(old, new, 1)).refused(code)


def _document(name: str, flags: str, comment: str, kind: str, text: str) -> Case:
    return Case("documents", f"document-{name}", flags, comment, {"type": kind, "text": text})


def _documents_of(run: RunCase) -> Iterator[Vector]:
    """A run's own documents, indented and backwards: far from canonical text."""
    whole: Object = {
        "contract": "tier2.run/v1",
        "workflow": run.workflow,
        "context": run.context,
        "events": [*run.events],
    }
    parts: dict[str, Json] = {
        "Run": whole,
        "OrchestrationResult": result_of(run.told),
        "ReceiptEntry": chain(run.told)[0][-1],
    }
    for kind, part in parts.items():
        text = json.dumps(backwards(part), indent=1)
        yield _document(f"{kind}-of-{run.id}", "AnyOrder WhiteSpace", run.comment, kind, text).answered(part)


def _run(run: RunCase) -> Vector:
    inputs: Object = {
        "mission": None if run.mission is None else written(run.mission),
        "workflow": written(run.workflow),
        "context": written(run.context),
        "events": [written(event) for event in run.events],
        "rehearsal": run.rehearsal,
    }
    case = Case("runs", f"run-{run.id}", run.flags, run.comment, inputs)
    return case.answered(result_of(run.told), head_sha256=chain(run.told)[1])
