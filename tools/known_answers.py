"""Checks the known answers in ``contracts/vectors/v1``, and fills in what follows from their inputs.

    python tools/known_answers.py --check    writes nothing; prints each difference and exits with 1 if there is one
    python tools/known_answers.py            writes the files

People edit the JSON files: ids, comments, flags and their notes, inputs, results, and the codes of refusals. This tool
computes the rest, with `reference` and without the package:

1. the answers: ``canonical``, ``sha256``, ``head_sha256``, and ``where`` a claimed result first differs;
2. ``counts``, the notes on flags that another file explains, and the rows of ``coverage.json`` that follow from codes
   and flags;
3. the inputs that are themselves computed from others: the workflow of a planned run, the head that a decision names,
   and a claimed result;
4. the order of members and the layout.

So a new vector needs no answer, and after a change of the rules one command renews all answers. What a person wrote
down by hand is compared: ``--check`` shows it where the reference disagrees. A malformed file exits with 2.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import reference
import reference_decisions as decisions
from reference import BadInput, Json, Object
from vector_schema import Malformed, Schema, check, variant_for

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "contracts/vectors/v1"
COMMAND = "python tools/known_answers.py"

Vector = dict[str, Any]
File = dict[str, Any]

# Answers


def read(vector: Vector, member: str) -> Json:
    """Return the value of an input, which is a JSON text or a list of them."""
    try:
        texts = vector[member]
        return [json.loads(text) for text in texts] if isinstance(texts, list) else json.loads(texts)
    except ValueError as fault:
        raise BadInput(f"{member}: not JSON: {fault}") from None


def run_of(vector: Vector) -> reference.Run:
    """Return the run of a vector, whose parts stand apart in ``runs.json``."""
    parts = ("workflow", "context", "operations", "events")
    whole = [read(vector, name) for name in ("run", "text") if name in vector]
    return reference.run_of(whole[0] if whole else {part: read(vector, part) for part in parts})


def legal_run(vector: Vector) -> reference.Run:
    """Return the run of a vector, all of whose events can have happened."""
    run = run_of(vector)
    decisions.check_run(run)
    return run


def result_of(vector: Vector) -> Object:
    """Return the result of the run of a vector."""
    return reference.result(legal_run(vector))


def document_of(vector: Vector) -> Json:
    """Return the document of a vector. A rule that forbids a valid one, other than its shape, is a fault."""
    document = read(vector, "text")
    if vector["result"] == "valid" and "View" not in vector["flags"]:
        decisions.check_document(vector["type"], document)
    return document


VALUES: Mapping[str, Callable[[Vector], Json]] = {
    "values": lambda vector: read(vector, "text"),
    "documents": document_of,
    "plans": lambda vector: reference.plan(read(vector, "mission")),
    "merges": lambda vector: reference.merge(read(vector, "state"), read(vector, "output")),
    "runs": result_of,
    "events": document_of,
    "tampered": result_of,
}
"""The files of vectors with one question, each with the value whose canonical text is the answer of a valid vector."""
NAMES = (*VALUES, "decisions")
"""The files of vectors."""


def text_and_digest(value: Json) -> Object:
    """Return an answer that is a value."""
    return {"canonical": reference.encode(value), "sha256": reference.digest(value)}


def asked_document(vector: Vector) -> Object:
    """Return the answer for a document or a part of one."""
    decisions.check_document(vector["type"], read(vector, "text"))
    return text_and_digest(read(vector, "text"))


def asked_operations(vector: Vector) -> Object:
    """Return the answer for a run that may go on: that is all."""
    decisions.check_operations(legal_run(vector), decisions.as_object(read(vector, "revisions")))
    return {}


def asked_answer(vector: Vector) -> Object:
    """Return the answer for a person's answer to a question: the event."""
    given = (decisions.as_object(read(vector, name)) for name in ("question", "answer"))
    return text_and_digest(decisions.decision(*given))


ASKED: Mapping[str, Callable[[Vector], Object]] = {
    "head": lambda vector: {"head_sha256": reference.head(legal_run(vector))},
    "document": asked_document,
    "operations": asked_operations,
    "question": lambda vector: text_and_digest(decisions.question(legal_run(vector))),
    "answer": asked_answer,
}
"""The questions in ``decisions.json``, by ``ask``, each with the computed members of a valid vector."""


def answer(name: str, vector: Vector) -> Object:
    """Return the computed members of a vector. A refusal has none, but for the place of a tampered result."""
    if name == "decisions":
        return answer_on_decisions(vector)
    if vector["result"] == "valid":
        value = VALUES[name](vector)
        head = {"head_sha256": reference.head(run_of(vector))} if name == "runs" else {}
        return text_and_digest(value) | head
    if name != "tampered":
        return {}
    where = reference.first_difference(result_of(vector), read(vector, "claimed"))
    if where is None:
        raise BadInput('claimed: this is the result of the run, so "result" should be "valid"')
    return {"where": where}


def answer_on_decisions(vector: Vector) -> Object:
    """Return the computed members of a vector in ``decisions.json``, whose code has to be that of the reference."""
    try:
        found, code = ASKED[vector["ask"]](vector), None
    except decisions.Refused as refusal:
        found, code = {}, str(refusal)
    if code != vector.get("code"):
        raise BadInput(
            f'the code should be "{code}"' if code else 'it is not refused, so "result" should be "valid"'
        )
    return found


# Inputs that are computed from others


def renew_workflow(vector: Vector) -> None:
    """Plan the workflow of a run again, if the run has a mission and the plan has changed."""
    if vector["mission"] is not None:
        workflow = reference.plan(read(vector, "mission"))
        if reference.encode(workflow) != reference.encode(read(vector, "workflow")):
            vector["workflow"] = json.dumps(workflow)


def renew_heads(vector: Vector) -> None:
    """Bind each decision that names a head to the run before it. Only the last one of a stale run may name another."""
    run = run_of(vector)
    named = [at for at, event in enumerate(run.events) if event.get("head_sha256") is not None]
    if vector.get("code") == "stale":
        named = named[:-1]
    events = [*run.events]
    for at in named:
        events[at] = events[at] | {"head_sha256": reference.head(run._replace(events=events[:at]))}
    if events == run.events:
        return
    if "events" in vector:
        vector["events"] = [json.dumps(event) for event in events]
    else:
        member = "run" if "run" in vector else "text"
        vector[member] = json.dumps({**decisions.as_object(read(vector, member)), "events": events})


class Sound(NamedTuple):
    """A run with the result that a valid vector claims, and the result that it has by the rules of today."""

    run: Json
    claimed: Json
    result: Json


def renew_claim(vector: Vector, sound: list[Sound]) -> None:
    """Compute a claimed result again, if the rules by which results are made have changed.

    A valid vector claims the result of its run. An invalid one claims the result of a valid one, mostly with changes.
    The changes stay, and everything else becomes what the new result has.
    """
    run, claimed = read(vector, "run"), read(vector, "claimed")
    bases = [one for one in sound if one.claimed == claimed] + [one for one in sound if one.run == run]
    if bases:
        renewed = with_changes(bases[0].claimed, bases[0].result, claimed)
        if reference.encode(renewed) != reference.encode(claimed):
            vector["claimed"] = json.dumps(renewed)


def with_changes(old: Json, new: Json, changed: Json) -> Json:
    """Return ``new`` with the changes that lead from ``old`` to ``changed`` (a three-way merge)."""
    if changed == old:
        return new
    match old, new, changed:
        case dict(), dict(), dict():
            names = [name for name in changed if name in new or name not in old]
            names += [name for name in new if name not in old and name not in changed]
            return {name: with_changes(*(side.get(name) for side in (old, new, changed))) for name in names}
        case list(), list(), list() if len(old) == len(new):
            return [item_with_changes(old, new, item, at) for at, item in enumerate(changed)]
    return changed


def item_with_changes(old: list[Json], new: list[Json], item: Json, at: int) -> Json:
    """Return an item of a changed array: the new one of an old item, wherever it stands now, or with its changes."""
    if item in old:
        return new[old.index(item)]
    return with_changes(old[at], new[at], item) if at < len(old) else item


# The files


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a member twice: the first one would be lost silently."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise Malformed(f'the member "{name}" stands twice in one object')
    return dict(pairs)


def read_file(path: Path) -> File:
    """Return the JSON object in a file."""
    try:
        content = json.loads(path.read_bytes(), object_pairs_hook=without_repeats)
    except (OSError, ValueError, Malformed) as fault:
        raise Malformed(f"{path.name}: {fault}") from None
    if not isinstance(content, dict):
        raise Malformed(f"{path.name}: not a JSON object")
    return content


def read_files(folder: Path) -> tuple[dict[str, File], Schema]:
    """Return the files of vectors and ``coverage`` by name, each of the shape of the schema, and the schema."""
    schema = read_file(folder / "vectors.schema.json")
    wanted = {f"{name}.json" for name in (*NAMES, "coverage")}
    unknown = {path.name for path in folder.iterdir()} - wanted - {"vectors.schema.json"}
    if unknown:
        raise Malformed(f"{min(unknown)}: not a file of the known answers")
    files = {name: read_file(folder / f"{name}.json") for name in (*NAMES, "coverage")}
    for name, file in files.items():
        check(schema, schema["$defs"][name], file, f"{name}.json")
    check_ids(files)
    check_notes(files, schema)
    return files, schema


def each_vector(files: dict[str, File]) -> Iterator[tuple[str, Vector]]:
    """Return the vectors of all files, each with the name of its file."""
    return ((name, vector) for name in NAMES for vector in files[name]["vectors"])


def check_ids(files: dict[str, File]) -> None:
    """Refuse an id that two vectors have, and one in the coverage table that none has."""
    seen: dict[str, str] = {}
    for name, vector in each_vector(files):
        if vector["id"] in seen:
            raise Malformed(
                f"{name}.json: {vector['id']}: {seen[vector['id']]}.json has a vector of this id too"
            )
        seen[vector["id"]] = name
    for row, items in files["coverage"]["rows"].items():
        for item, ids in items.items():
            for vector_id in ids:
                if vector_id not in seen:
                    raise Malformed(f'coverage.json: "{row}", "{item}": no vector has the id {vector_id}')


def check_notes(files: dict[str, File], schema: Schema) -> None:
    """Refuse a flag without a note, two notes on one flag, and a flag of the schema that no vector has."""
    notes: dict[str, str] = {}
    for name in NAMES:
        for flag, note in files[name]["flags"].items():
            if notes.setdefault(flag, note) != note:
                raise Malformed(f"{name}.json: flags: another file has another note on {flag}")
    used = set()
    for name, vector in each_vector(files):
        used |= set(vector["flags"])
        for flag in vector["flags"]:
            if flag not in notes:
                raise Malformed(
                    f'{name}.json: {vector["id"]}: flags: {flag} has no note under "flags" at the top'
                )
    for flag in schema["$defs"]["Flag"]["enum"]:
        if flag not in used:
            raise Malformed(f"vectors.schema.json: Flag: no vector has the flag {flag}")


# What the files should be


def renewed(files: dict[str, File], schema: Schema) -> dict[str, str]:
    """Return the text that each file should have, by name."""
    notes = {flag: note for name in NAMES for flag, note in files[name]["flags"].items()}
    sound = []
    for vector in files["tampered"]["vectors"]:
        if vector["result"] == "valid":
            with naming("tampered", vector):
                bound = dict(vector)
                renew_heads(bound)
                sound.append(Sound(read(vector, "run"), read(vector, "claimed"), result_of(bound)))
    texts = {}
    for name in NAMES:
        variants = schema["$defs"][name]["properties"]["vectors"]["items"]["oneOf"]
        vectors = [renewed_vector(name, vector, variants, sound) for vector in files[name]["vectors"]]
        used = {flag for vector in vectors for flag in vector["flags"]}
        flags = {flag: notes[flag] for flag in schema["$defs"]["Flag"]["enum"] if flag in used}
        texts[name] = file_text(files[name] | {"flags": flags, "counts": counts(vectors), "vectors": vectors})
    texts["coverage"] = coverage_text(files)
    return texts


def renewed_vector(name: str, vector: Vector, variants: list[Schema], sound: list[Sound]) -> Vector:
    """Return a vector with its answer, its members in the order of the schema."""
    whole = dict(vector)
    with naming(name, vector):
        if name == "runs":
            renew_workflow(whole)
        if name == "tampered":
            renew_claim(whole, sound)
        if name == "runs" or "run" in vector or (name == "decisions" and vector.get("type") == "Run"):
            renew_heads(whole)
        whole |= answer(name, whole)
    return {member: whole[member] for member in variant_for(vector, variants)["properties"]}


@contextmanager
def naming(name: str, vector: Vector) -> Iterator[None]:
    """Put the file and the vector before the message of a fault in its inputs."""
    try:
        yield
    except KeyError as fault:
        raise Malformed(f"{name}.json: {vector['id']}: an input lacks the member {fault}") from None
    except (BadInput, RecursionError) as fault:
        raise Malformed(f"{name}.json: {vector['id']}: {fault}") from None
    except decisions.Refused as fault:
        raise Malformed(f'{name}.json: {vector["id"]}: a rule with the code "{fault}" forbids it') from None


def counts(vectors: list[Vector]) -> dict[str, int]:
    """Return how many vectors there are, by result and together."""
    valid = sum(vector["result"] == "valid" for vector in vectors)
    return {"valid": valid, "invalid": len(vectors) - valid, "total": len(vectors)}


def file_text(file: File) -> str:
    """Return the text of a file, in ASCII, so that no editor or transport can change the text of a vector."""
    members = ("schema", "description", "flags", "counts", "vectors")
    return json.dumps({name: file[name] for name in members}, indent=1) + "\n"


# The coverage table

FLAG_ROWS = {
    "numbers": "IntegralFloat EcmaScriptNumber SafeInteger IntegerOfDouble RoundedNumber NoDouble InfiniteNumber",
    "key order": "KeyOrder Utf16Order AnyOrder",
    "escapes": "Escapes EscapedName PlainText EmptyText LoneSurrogate",
}
"""Rows whose items are flags, in any file."""
RUN_FLAGS = "Plan Approval VetoWithNote VetoWithoutNote Failure Rehearsal MalformedState TestRun MergePatch"
"""Items of the row ``run``: flags of whole runs."""
DECISION_FLAGS = (
    "Head StaleHead Approvers StrangerDecides Signature MissingSignature MalformedArmor Revision \
OtherRevision UnknownOperation Question Pointer Answer WrongAnswer MalformedPayload MalformedQuestion Scenario \
MalformedScenario"
)
"""Items of the row ``decision``."""
MORE_ROWS = {"runs": {"run": RUN_FLAGS}, "decisions": {"decision": DECISION_FLAGS}}
"""Rows whose items are flags, in one file."""


def rows_of(name: str, vector: Vector) -> Iterator[tuple[str, str]]:
    """Return the rows and items of the coverage table that follow from the members of a vector."""
    if "code" in vector:
        yield "refusal code", vector["code"]
    for row, flags in (FLAG_ROWS | MORE_ROWS.get(name, {})).items():
        yield from ((row, flag) for flag in flags.split() if flag in vector["flags"])
    if "PrototypeKey" in vector["flags"]:
        yield "prototype keys", name


def coverage_text(files: dict[str, File]) -> str:
    """Return the text of the coverage table, one item a line, with the rows that are computed."""
    known: dict[str, dict[str, list[str]]] = {}
    for name, vector in each_vector(files):
        for row, item in rows_of(name, vector):
            known.setdefault(row, {}).setdefault(item, []).append(vector["id"])
    coverage = files["coverage"]
    rows = []
    for row, items in (coverage["rows"] | known).items():
        lines = [f"   {json.dumps(item)}: {json.dumps(ids)}" for item, ids in items.items()]
        rows.append(f"  {json.dumps(row)}: {{\n" + ",\n".join(lines) + "\n  }")
    total = counts([vector for _, vector in each_vector(files)])
    opening = {"schema": coverage["schema"], "description": coverage["description"], "counts": total}
    head = "".join(f" {json.dumps(name)}: {json.dumps(value)},\n" for name, value in opening.items())
    return "{\n" + head + ' "rows": {\n' + ",\n".join(rows) + "\n }\n}\n"


def difference(name: str, found: str, wanted: str) -> str:
    """Return the unified diff from a file as it is to the file as it should be."""
    path = f"{FOLDER}/{name}.json"
    lines = found.split("\n"), wanted.split("\n")
    return "\n".join(difflib.unified_diff(*lines, path, f"{path} (computed)", n=2, lineterm=""))


def main(arguments: list[str] | None = None) -> int:
    """Run the tool and return its exit code: 0, 1 for differences, 2 for a malformed file."""
    parser = argparse.ArgumentParser(
        description="Check the known answers, or renew them, without the package."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file differs")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds contracts/")
    options = parser.parse_args(arguments)
    folder = options.root / FOLDER
    try:
        texts = renewed(*read_files(folder))
    except Malformed as fault:
        print(f"known_answers: {fault}", file=sys.stderr)
        return 2
    found = {name: (folder / f"{name}.json").read_bytes().decode() for name in texts}
    changed = [name for name, text in texts.items() if text != found[name]]
    for name in changed:
        if options.check:
            print(difference(name, found[name], texts[name]), file=sys.stderr)
        else:
            (folder / f"{name}.json").write_bytes(texts[name].encode("ascii"))
            print(f"known_answers: wrote {FOLDER}/{name}.json", file=sys.stderr)
    if changed and options.check:
        print(f"known_answers: not as computed; see the differences, then run: {COMMAND}", file=sys.stderr)
    return 1 if changed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
