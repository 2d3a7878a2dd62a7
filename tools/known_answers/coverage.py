"""The coverage table: what the known answers are there for, and which vectors answer for it (``coverage.json``).

It is made from what each vector says of itself. Whether that is all there is to cover, and whether the vectors are what
they say, is for the tests to find out, from the contracts and the package.
"""

import json
from collections.abc import Iterator, Sequence

from known_answers.vectors import Vector

ROWS = (
    "refusal code",
    "absent",
    "of the wrong type",
    "at a bound",
    "beyond a bound",
    "condition",
    "unknown member",
    "numbers",
    "key order",
    "escapes",
    "prototype keys",
    "merge patch",
    "mission over its params",
    "mission refused",
    "event in a state",
    "run",
    "result rejected",
)

BY_FLAG = {
    "numbers": "IntegralFloat EcmaScriptNumber SafeInteger IntegerOfDouble RoundedNumber NoDouble InfiniteNumber",
    "key order": "KeyOrder Utf16Order AnyOrder",
    "escapes": "Escapes EscapedName PlainText EmptyText LoneSurrogate",
}
"""Rows whose items are flags, wherever they stand."""

RUN_FLAGS = "Plan Approval VetoWithNote VetoWithoutNote Failure Rehearsal MalformedState TestRun MergePatch"
"""Items of the row `run`, of vectors of whole runs."""

BY_HAND = {
    "document-step-runtime": "StepSpec met",
    "document-no-operation": "StepSpec broken",
    "document-operation-number": "StepSpec broken",
    "document-decided-vetoed": "Decided met",
    "document-veto-with-output": "Decided broken",
}
"""The conditions (`if` and `then`) of the contracts, each met and broken by a document written by hand."""


def table(vectors: Sequence[Vector]) -> dict[str, dict[str, list[str]]]:
    """Rows, items, ids; in the order of the vectors."""
    rows: dict[str, dict[str, list[str]]] = {row: {} for row in ROWS}
    for vector in vectors:
        for row, item in _covered(vector):
            rows[row].setdefault(item, []).append(vector.id)
    return rows


def _covered(vector: Vector) -> Iterator[tuple[str, str]]:
    yield from vector.covers
    if not vector.valid:
        yield "refusal code", str(vector.body["code"])
    for row, flags in BY_FLAG.items():
        yield from ((row, flag) for flag in flags.split() if flag in vector.flags)
    if "PrototypeKey" in vector.flags:
        yield "prototype keys", vector.file
    if vector.file == "runs":
        yield from (("run", flag) for flag in RUN_FLAGS.split() if flag in vector.flags)
    if vector.id in BY_HAND:
        yield "condition", BY_HAND[vector.id]


def coverage_text(vectors: Sequence[Vector], counts: dict[str, int]) -> str:
    """The file, one item a line."""
    rows = []
    for row, items in table(vectors).items():
        lines = [f"   {json.dumps(item)}: {json.dumps(ids)}" for item, ids in items.items()]
        rows.append(f"  {json.dumps(row)}: {{\n" + ",\n".join(lines) + "\n  }")
    opening = {
        "schema": "vectors.schema.json#/$defs/coverage",
        "description": "What the known answers cover: rows, their items, and the ids of the vectors for each item.",
        "counts": counts,
    }
    head = "".join(f" {json.dumps(name)}: {json.dumps(value)},\n" for name, value in opening.items())
    return "{\n" + head + ' "rows": {\n' + ",\n".join(rows) + "\n }\n}\n"
