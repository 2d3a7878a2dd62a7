"""Makes the known answers under ``contracts/vectors/v1``, independently of the package.

    python tools/make_vectors.py            writes the files
    python tools/make_vectors.py --check    writes nothing; shows the drift and exits with 1

Rules:

1. Nothing of the package is imported and no contract is read, so that an error there cannot repeat itself.
2. Slow and obvious goes before short or fast: each function follows the text of its source clause by clause.
3. The inputs are written by hand (in the ``vector_*`` modules), and so are the plans and the outputs of the
   operations. Only canonical texts, digests, states, lineages, receipts and results are computed, here.
4. The canonical text of a short value is written by hand too; where the two disagree, nothing is written.
"""

import argparse
import base64
import difflib
import hashlib
import json
import sys
from decimal import Decimal
from pathlib import Path

from vector_cases import DOCUMENTS, VALUES, Json, Object
from vector_days import DAYS
from vector_parts import RunCase
from vector_refusals import REFUSALS
from vector_runs import RUNS as OTHER_RUNS

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "contracts/vectors/v1"
COMMAND = "python tools/make_vectors.py"
RUNS = (*DAYS, *OTHER_RUNS)

RUNS_AS_DOCUMENTS = (
    "daily-whole-day",
    "tests-two-of-three-failed",
    "daily-vetoed-with-note",
    "hand-odd-numbers-and-keys",
)
"""The runs whose Run, OrchestrationResult and last ReceiptEntry are document vectors as well."""


class CaseFault(Exception):
    """A case written by hand contradicts itself or the rules."""


# RFC 8785


def number_text(number: int | float) -> str:
    """ECMA-262 Number::toString of a finite double (RFC 8785 3.2.2.3); n, k and s are its names."""
    if number == 0:
        return "0"
    if number < 0:
        return "-" + number_text(-number)
    # repr gives the shortest digits that read back as the same double: those that the standard asks for.
    _, digits, exponent = Decimal(repr(float(number))).normalize().as_tuple()
    s, k = "".join(map(str, digits)), len(digits)
    n = k + int(exponent)
    if k <= n <= 21:
        return s + "0" * (n - k)
    if 0 < n <= 21:
        return s[:n] + "." + s[n:]
    if -6 < n <= 0:
        return "0." + "0" * -n + s
    mantissa = s if k == 1 else s[0] + "." + s[1:]
    return mantissa + "e" + ("+" if n - 1 > 0 else "-") + str(abs(n - 1))


SHORT_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def string_text(string: str) -> str:
    """RFC 8785 3.2.2.2: short escapes where there are some, ``\\u00xx`` for other controls, else as it is."""
    escaped = ""
    for character in string:
        if character in SHORT_ESCAPES:
            escaped += SHORT_ESCAPES[character]
        elif character < " ":
            escaped += f"\\u{ord(character):04x}"
        else:
            escaped += character
    return f'"{escaped}"'


def utf16_units(string: str) -> list[int]:
    """The UTF-16 code units of a string, by which keys are sorted (RFC 8785 3.2.3; RFC 2781 2.1)."""
    units: list[int] = []
    for point in map(ord, string):
        if point < 0x10000:
            units.append(point)
        else:
            units += [0xD800 + (point - 0x10000) // 0x400, 0xDC00 + (point - 0x10000) % 0x400]
    return units


def encode(value: Json) -> str:
    """The canonical text of a JSON value."""
    if value is None or isinstance(value, bool):
        return {None: "null", False: "false", True: "true"}[value]
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, int | float):
        text = number_text(value)
        if isinstance(value, int) and text != str(value):
            raise CaseFault(f"the integer {value} is no text of a double")
        return text
    if isinstance(value, list):
        return "[" + ",".join([encode(item) for item in value]) + "]"
    assert isinstance(value, dict)
    keys = sorted(value, key=utf16_units)
    return "{" + ",".join([string_text(key) + ":" + encode(value[key]) for key in keys]) + "}"


def digest(value: Json) -> str:
    """The SHA-256 of the canonical text in UTF-8, in lower-case hexadecimal."""
    return hashlib.sha256(encode(value).encode("utf-8")).hexdigest()


# RFC 7396, and the fold of events onto the state


def merge(target: Json, patch: Json) -> Json:
    """RFC 7396 section 2, MergePatch."""
    if not isinstance(patch, dict):
        return patch
    merged: dict[str, Json] = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def states_after(initial: Json, events: list[Object]) -> list[Json]:
    """The state after each event: only what was completed or approved changes it."""
    states: list[Json] = []
    state = initial
    for event in events:
        if event["event"] == "completed" or event.get("verdict") == "approved":
            state = merge(state, event["output"])
        states.append(state)
    return states


def ending(events: list[Object]) -> tuple[str, Json]:
    """The outcome of a finished run, and its error message."""
    last = events[-1]
    if last["event"] == "failed":
        return "failed", last["reason"]
    if last.get("verdict") == "vetoed":
        note = "" if last["note"] is None else f": {last['note']}"
        return "vetoed", f"vetoed by {last['by']}{note}"
    return "rehearsed" if any(event["event"] == "rehearsed" for event in events) else "completed", None


def chain(run: RunCase) -> tuple[list[Json], str]:
    """The receipt's entries and head: each entry names the one before by its digest, the first the inputs."""
    previous = digest({"context_sha256": digest(run.context), "workflow_sha256": digest(run.workflow)})
    entries: list[Json] = []
    for event, state in zip(run.events, states_after(run.context["initial_state"], run.events), strict=True):
        entry: Object = {"event": event, "state_sha256": digest(state), "previous_sha256": previous}
        previous = digest(entry)
        entries.append(entry)
    return entries, previous


def executed(run: RunCase) -> tuple[list[Json], list[Json]]:
    """The steps that have an event, and their ids."""
    steps = run.workflow["steps"]
    assert isinstance(steps, list)
    ids = [step["id"] for step in steps[: len(run.events)] if isinstance(step, dict)]
    if ids != [event["step_id"] for event in run.events]:
        raise CaseFault(f"{run.id}: the events are not those of the steps")
    if len(ids) < len(steps) and ending(run.events)[1] is None:
        raise CaseFault(f"{run.id}: the run is not finished")
    return steps[: len(ids)], ids


def mission_type_of(workflow: Object) -> Json:
    """The mission type in the metadata, if it is a text."""
    metadata = workflow["metadata"]
    assert isinstance(metadata, dict)
    mission_type = metadata.get("mission_type")
    return mission_type if isinstance(mission_type, str) else None


def result_of(run: RunCase) -> Object:
    """The whole result document of a finished run."""
    workflow_id = run.workflow["id"]
    steps, ids = executed(run)
    outcome, message = ending(run.events)
    entries, head = chain(run)
    return {
        "contract": "tier2.result/v1",
        "id": workflow_id,
        "outcome": outcome,
        "success": message is None,
        "executed_steps": steps,
        "final_state": states_after(run.context["initial_state"], run.events)[-1],
        "failed_step_id": None if message is None else ids[-1],
        "error_message": message,
        "lineage": {
            "workflow_id": workflow_id,
            "mission_type": mission_type_of(run.workflow),
            "executed_step_ids": ids,
            "workflow_sha256": digest(run.workflow),
            "context_sha256": digest(run.context),
        },
        "receipt": {"id": workflow_id, "steps": ids, "entries": entries, "head_sha256": head},
    }


# The vectors


def value_vectors() -> list[Object]:
    found: list[Object] = []
    for case in VALUES:
        value = json.loads(case.text)
        if case.canonical not in (None, encode(value)):
            raise CaseFault(f"{case.id}: written by hand {case.canonical}, computed {encode(value)}")
        found.append({**case._asdict(), "canonical": encode(value), "sha256": digest(value)})
    return found


def document_vector(name: str, comment: str, kind: str, text: str) -> Object:
    value = json.loads(text)
    return {
        "id": name,
        "comment": comment,
        "type": kind,
        "text": text,
        "canonical": encode(value),
        "sha256": digest(value),
    }


def backwards(value: Json) -> Json:
    """The same value with the members of each object in reverse canonical order: far from canonical text."""
    if isinstance(value, list):
        return [backwards(item) for item in value]
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in sorted(value, key=utf16_units, reverse=True)}
    return value


def documents_of(run: RunCase) -> list[Object]:
    """A run's own documents, indented and backwards."""
    whole: Object = {
        "contract": "tier2.run/v1",
        "workflow": run.workflow,
        "context": run.context,
        "events": list(run.events),
    }
    parts = (("Run", whole), ("OrchestrationResult", result_of(run)), ("ReceiptEntry", chain(run)[0][-1]))
    return [
        document_vector(
            f"{kind}-of-{run.id}",
            f"{run.comment} Indented, and backwards.",
            kind,
            json.dumps(backwards(part), indent=1),
        )
        for kind, part in parts
    ]


def run_vector(run: RunCase) -> Object:
    result = result_of(run)
    return {
        **run._asdict(),
        # The inputs stay as they are written, 4.0 included; the answer is given in its canonical numbers.
        "result": json.loads(encode(result)),
        "result_sha256": digest(result),
        "head_sha256": chain(run)[1],
    }


def refusal_vectors() -> list[Object]:
    found: list[Object] = []
    for case in REFUSALS:
        vector: Object = {"id": case.id, "comment": case.comment, "type": case.type, "code": case.code}
        if isinstance(case.text, bytes):
            vector["base64"] = base64.b64encode(case.text).decode("ascii")
        else:
            vector["text"] = case.text
        found.append(vector)
    return found


def file_text(description: str, found: list[Object]) -> str:
    """ASCII only: no editor, checkout or transport can change the text of a vector."""
    ids = [vector["id"] for vector in found]
    if len(set(ids)) != len(ids):
        raise CaseFault(f"an id stands twice: {sorted(str(name) for name in ids if ids.count(name) > 1)}")
    whole = {"description": description, "count": len(found), "vectors": found}
    return json.dumps(whole, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def vectors() -> dict[str, str]:
    """The files, path to text."""
    documents = [document_vector(*case) for case in DOCUMENTS]
    for name in RUNS_AS_DOCUMENTS:
        documents += documents_of(next(run for run in RUNS if run.id == name))
    return {
        f"{FOLDER}/values.json": file_text(
            "JSON texts, the canonical text (RFC 8785) of the value of each, and its SHA-256.",
            value_vectors(),
        ),
        f"{FOLDER}/documents.json": file_text(
            "Documents and their parts, by type, with the canonical text and the SHA-256 of each.", documents
        ),
        f"{FOLDER}/runs.json": file_text(
            "Whole runs: mission (or null), workflow, context, events, and the result. Where rehearsal is "
            "true, a pure rehearsal of the workflow gives exactly these events; else they are what happened.",
            [run_vector(run) for run in RUNS],
        ),
        f"{FOLDER}/refusals.json": file_text(
            "What every reader must refuse, by type (`value`: any JSON value), with the code of the refusal. "
            "Bytes that are no text stand in base64.",
            refusal_vectors(),
        ),
    }


def drift(wanted: dict[str, str], root: Path) -> str:
    """The unified diff from the files as they are to the files as they should be."""
    differences: list[str] = []
    for path, text in wanted.items():
        there = (root / path).read_text("utf-8") if (root / path).exists() else ""
        lines = there.splitlines(keepends=True), text.splitlines(keepends=True)
        differences += difflib.unified_diff(*lines, path, f"{path} (made)")
    return "".join(differences)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the known answers, independently of the package.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a file is out of date"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds contracts/")
    options = parser.parse_args(arguments)
    try:
        wanted = vectors()
    except CaseFault as fault:
        print(f"make_vectors: {fault}", file=sys.stderr)
        return 2
    if options.check:
        difference = drift(wanted, options.root)
        if difference:
            print(f"{difference}\nmake_vectors: out of date; run: {COMMAND}", file=sys.stderr)
        return 1 if difference else 0
    for path, text in wanted.items():
        (options.root / path).parent.mkdir(parents=True, exist_ok=True)
        (options.root / path).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
