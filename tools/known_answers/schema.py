"""The JSON Schema of the vector files and of the coverage table (``vectors.schema.json``)."""

from known_answers.member_table import CLOSED, VIEWS
from known_answers.notes import NOTES
from known_answers.reference import Json, Object

DRAFT = "https://json-schema.org/draft/2020-12/schema"
ID = "https://tier2.invalid/contracts/vectors/v1/vectors.schema.json"

CODES = (
    # of texts
    *("number-range", "surrogate", "duplicate-key", "depth", "bom", "trailing", "syntax", "utf8"),
    # of documents
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
    # of missions, and of results that do not follow from their runs
    *("unknown-mission", "difference"),
)
"""Every code that a text of less than 16 MiB can reach; ``difference`` is what verification finds."""

_TEXT: Object = {"type": "string"}
_SHA256: Object = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_TYPED: Object = {"type": {"description": "The name of the type.", "enum": [*CLOSED, *VIEWS]}, "text": _TEXT}
_RUN: Object = {
    "mission": {"description": "Null where nobody planned the workflow.", "type": ["string", "null"]},
    "workflow": _TEXT,
    "context": _TEXT,
    "events": {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 5},
    "rehearsal": {"description": "Whether a pure rehearsal gives exactly these events.", "type": "boolean"},
}
_BASE64: Object = {
    "base64": {"description": "Bytes that are no text.", "type": "string", "contentEncoding": "base64"}
}
_HEAD: Object = {"head_sha256": _SHA256}
_WHERE: Object = {"where": {"description": "The JSON path of the first difference.", "type": "string"}}


def schema() -> Object:
    """All definitions; a file names its own in ``schema``."""
    files: Object = {
        "values": _file("values", _valid({"text": _TEXT}), _invalid({"text": _TEXT}), _invalid(_BASE64)),
        "documents": _file("documents", _valid(_TYPED), _invalid(_TYPED)),
        "plans": _file("plans", _valid({"mission": _TEXT}), _invalid({"mission": _TEXT})),
        "merges": _file("merges", _valid({"state": _TEXT, "output": _TEXT})),
        "runs": _file("runs", _valid(_RUN, _HEAD)),
        "events": _file("events", _valid(_TYPED), _invalid(_TYPED)),
        "tampered": _file(
            "tampered",
            _valid({"run": _TEXT, "claimed": _TEXT}),
            _invalid({"run": _TEXT, "claimed": _TEXT}, _WHERE),
        ),
        "coverage": _coverage(),
    }
    return {
        "$schema": DRAFT,
        "$id": ID,
        "title": "Known answers",
        "description": "Each file names its own definition in `schema`.",
        "$defs": {
            **files,
            "Counts": _closed(
                {name: {"type": "integer", "minimum": 0} for name in ("valid", "invalid", "total")}
            ),
            "Flag": {"enum": [*NOTES]},
            "Flags": {"type": "array", "items": {"$ref": "#/$defs/Flag"}, "minItems": 1, "uniqueItems": True},
            "Id": {"type": "string", "pattern": "^[a-z]+-[A-Za-z0-9_.-]+$"},
            "Comment": {"type": "string", "minLength": 1},
            "Code": {"enum": [*CODES]},
        },
    }


def _closed(properties: Object) -> Object:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _vector(inputs: Object, answers: Object) -> Object:
    opening: Object = {
        name: {"$ref": f"#/$defs/{kind}"}
        for name, kind in (("id", "Id"), ("comment", "Comment"), ("flags", "Flags"))
    }
    return _closed(opening | inputs | answers)


def _valid(inputs: Object, more: Object | None = None) -> Object:
    return _vector(
        inputs, {"result": {"const": "valid"}, "canonical": _TEXT, "sha256": _SHA256, **(more or {})}
    )


def _invalid(inputs: Object, more: Object | None = None) -> Object:
    return _vector(inputs, {"result": {"const": "invalid"}, "code": {"$ref": "#/$defs/Code"}, **(more or {})})


def _file(name: str, *vectors: Json) -> Object:
    return _closed(
        {
            "schema": {"const": f"vectors.schema.json#/$defs/{name}"},
            "description": {"$ref": "#/$defs/Comment"},
            "flags": {
                "description": "The note on each flag that is used.",
                "type": "object",
                "propertyNames": {"$ref": "#/$defs/Flag"},
                "additionalProperties": {"type": "string", "minLength": 1},
            },
            "counts": {"$ref": "#/$defs/Counts"},
            "vectors": {"type": "array", "items": {"oneOf": [*vectors]}, "minItems": 1},
        }
    )


def _coverage() -> Object:
    ids: Object = {"type": "array", "items": {"$ref": "#/$defs/Id"}, "minItems": 1, "uniqueItems": True}
    return _closed(
        {
            "schema": {"const": "vectors.schema.json#/$defs/coverage"},
            "description": {"$ref": "#/$defs/Comment"},
            "counts": {"$ref": "#/$defs/Counts"},
            "rows": {
                "description": "What is covered: rows, their items, and the ids of the vectors for each item.",
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": ids, "minProperties": 1},
            },
        }
    )
