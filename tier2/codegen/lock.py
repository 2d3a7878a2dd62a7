"""The lock of a version: the digest of each released contract file, in ``LOCK.json`` beside the files.

1. A digest leaves out titles, descriptions and the layout of the text. Only these may change after a release, since
   documents were written, hashed and kept by the rest.
2. The generated bundle is not locked: it follows from the files.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping

from tier2.codegen.dialect import NOTES, is_array, is_object
from tier2.codegen.model import ContractFileError, read_contracts

LOCK_FILE = "LOCK.json"
COMMAND = "tier2 contracts lock"

_MAPS = frozenset({"properties", "$defs"})
"""The keywords whose value maps names to schemas: a member named ``title`` there is no title."""

_VALUES = frozenset({"const", "enum", "default", "required"})
"""The keywords whose value is no schema, and is kept as it is."""


def digests(sources: Mapping[str, str]) -> dict[str, str]:
    """The digest of each contract file, by name. Raises ContractFileError."""
    read_contracts(sources)
    return {file: _sha256(json.dumps(_without_notes(json.loads(sources[file])))) for file in sorted(sources)}


def _without_notes(node: object) -> object:
    """A schema without titles and descriptions."""
    if is_array(node):
        return [_without_notes(item) for item in node]
    if not is_object(node):
        return node
    found: dict[str, object] = {}
    for key, value in node.items():
        if key in _MAPS and is_object(value):
            found[key] = {name: _without_notes(schema) for name, schema in value.items()}
        elif key not in NOTES:
            found[key] = value if key in _VALUES else _without_notes(value)
    return found


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def broken(locked: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """A line for each locked file that is changed or gone."""
    for file, digest in locked.items():
        if file not in found:
            yield f"{file}: a released file is gone; bring it back"
        elif found[file] != digest:
            yield (
                f"{file}: a released file changed in more than title and description; undo it, and make "
                "the change in a new version (contracts/README.md)"
            )


def unlocked(locked: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """A line for each file that is not locked."""
    for file in found:
        if file not in locked:
            yield f"{file}: not locked; run: {COMMAND}"


def lock_text(found: Mapping[str, str]) -> str:
    """The text of the lock file."""
    return json.dumps({"sha256": dict(sorted(found.items()))}, indent=2) + "\n"


def read_lock(text: str) -> dict[str, str]:
    """The digests in the text of a lock file. Raises ContractFileError for any text that `lock_text` does not write."""
    found: dict[str, str] = {}
    try:
        found = json.loads(text)["sha256"]
        as_written = lock_text(found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        as_written = None
    if as_written != text:
        raise ContractFileError(f"{LOCK_FILE}#: not as `{COMMAND}` writes it")
    return found
