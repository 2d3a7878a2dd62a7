"""Freezes the released contract files: LOCK.json, beside them, holds a digest of each.

    python tools/lock.py                 locks files that are new; refuses if a locked one changed
    python tools/lock.py --check         writes nothing; exits with 1 if anything is not as locked
    python tools/lock.py --unreleased    locks anew what is there: for a version that nobody has yet

The digest is taken without titles and descriptions, and without the layout of the text: only these may change, since a
released version is what documents were written, hashed and kept by. The generated bundle is not locked; its own check
is ``tools/generate.py --check``. Exits with 2 for contracts that cannot be read.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contract_files import ContractFault, read_contracts
from contract_keywords import NOTES
from generate import read_sources

ROOT = Path(__file__).resolve().parent.parent
LOCK = "LOCK.json"
_MAPS = frozenset({"properties", "$defs"})
"""The keywords whose value maps names to schemas: a member named ``title`` there is no title."""
_VALUES = frozenset({"const", "enum", "default", "required"})
"""The keywords whose value is no schema, and is kept as it is."""


def bare(node: Any) -> Any:
    """A schema without titles and descriptions."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    found: dict[str, Any] = {}
    for key, value in node.items():
        if key in _MAPS and isinstance(value, dict):
            found[key] = {name: bare(schema) for name, schema in value.items()}
        elif key not in NOTES:
            found[key] = value if key in _VALUES else bare(value)
    return found


def digests(sources: Mapping[str, str]) -> dict[str, str]:
    """The digest of each contract file, by name. Raises ContractFault."""
    read_contracts(sources)
    return {file: _sha256(json.dumps(bare(json.loads(sources[file])))) for file in sorted(sources)}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def faults(locked: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with released files: what was locked and is changed or gone."""
    for file, digest in locked.items():
        if file not in found:
            yield f"{file}: a released file is gone; bring it back"
        elif found[file] != digest:
            yield (
                f"{file}: a released file changed in more than title and description; undo it, and make "
                "the change in a new version (contracts/README.md)"
            )


def unlocked(locked: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for file in found:
        if file not in locked:
            yield f"{file}: not locked; run: python tools/lock.py"


def text_of(found: Mapping[str, str]) -> str:
    """The text of LOCK.json."""
    return json.dumps({"sha256": dict(sorted(found.items()))}, indent=2) + "\n"


def read_lock(text: str) -> dict[str, str]:
    """The digests in the text of a LOCK.json. Raises ContractFault for a text that this tool did not write."""
    found: dict[str, str] = {}
    try:
        found = json.loads(text)["sha256"]
        as_written = text_of(found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        as_written = None
    if as_written != text:
        raise ContractFault(f"{LOCK}#: not as tools/lock.py writes it")
    return found


def versions(root: Path) -> list[Path]:
    """The folders of all versions."""
    return sorted(path for path in (root / "contracts").glob("v[0-9]*") if path.is_dir())


def settle(folder: Path, *, check: bool, unreleased: bool) -> list[str]:
    """Checks one version, and writes its lock if that is asked for and allowed. Returns what is wrong."""
    found, lock = digests(read_sources(folder)), folder / LOCK
    if unreleased and not check:
        locked = {}
    else:
        locked = read_lock(lock.read_bytes().decode(errors="replace")) if lock.exists() else {}
    wrong = [*faults(locked, found), *(unlocked(locked, found) if check else ())]
    if not check and not wrong:
        lock.write_bytes(text_of(found).encode())
    return [f"{folder.name}/{line}" for line in wrong]


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Freeze the released contract files by digest.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file changed")
    parser.add_argument("--unreleased", action="store_true", help="lock anew what nobody has yet")
    parser.add_argument("--version", help="only this version's folder, such as v2")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds contracts/")
    options = parser.parse_args(arguments)
    folders = [path for path in versions(options.root) if options.version in (None, path.name)]
    if options.unreleased and options.version is None and len(folders) > 1:
        parser.error("--unreleased needs --version: the other versions are released")
    if not folders:
        parser.error("there is no such version")
    try:
        wrong = [
            line
            for path in folders
            for line in settle(path, check=options.check, unreleased=options.unreleased)
        ]
    except ContractFault as fault:
        print(f"lock: {options.root / 'contracts'}: {fault}", file=sys.stderr)
        return 2
    for line in wrong:
        print(f"lock: contracts/{line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
