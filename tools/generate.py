"""Generates the typed Python module, the one-file bundle and the TypeScript declarations from the contract files.

    python tools/generate.py            writes what is out of date
    python tools/generate.py --check    writes nothing; shows the drift and exits with 1

Rules:

1. The contract files are the only source. The output depends on their text alone: no clock, no machine, no hash seed.
2. What cannot be expressed is refused with its file and JSON pointer (`contract_files`, `contract_keywords`,
   `contract_types`); nothing is dropped silently.
3. Closed objects become frozen, keyword-only Structs in which every property is required on the wire; ``default`` is
   for the Python constructor only. Objects that say ``additionalProperties: true`` become views: Structs that read the
   known members of an open object.
4. ``if``/``then`` and ``contains`` say more than a type can. They are listed in ``CONDITIONS`` of the module, and the
   strict decoder must know every one of them (a test compares the two lists).
"""

import argparse
import difflib
import hashlib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from contract_files import BUNDLE_FILE, ContractFault, Contracts, bundle, read_contracts
from contract_types import IMPORTS, Types
from contract_typescript import declarations

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = "contracts/v1"
MODULE = "tier2/contracts/v1.py"
BUNDLE = f"{CONTRACTS}/{BUNDLE_FILE}"
DECLARATIONS = "tools/node/tier2.d.mts"
COMMAND = "python tools/generate.py"


def module(contracts: Contracts, sources: Mapping[str, str]) -> str:
    """The text of the Python module."""
    types = Types(contracts)
    for name in contracts.named:
        types.write(name)
    body = "\n\n".join(types.blocks.values())
    constants = "".join(f"{name} = {value}\n" for name, value in types.constants.items())
    return "\n".join([
        header(sources),
        *imports(body),
        *([constants] if constants else []),
        conditions(types.conditions),
        "\n" + body,
    ])  # fmt: skip


def header(sources: Mapping[str, str]) -> str:
    digests = "".join(
        f"    {hashlib.sha256(sources[file].encode()).hexdigest()}  {file}\n" for file in sorted(sources)
    )
    return (
        '"""The documents of tier2 as frozen Structs.\n\n'
        "Generated, do not edit. To change it, change the contracts and run\n\n"
        f'    {COMMAND}\n\nSources (sha256):\n\n{digests}"""\n'
    )


def imports(body: str) -> Iterator[str]:
    """The import lines that the body needs, one text a group."""
    code = re.sub(r'"""(?:.|\n)*?"""|"(?:[^"\\]|\\.)*"', "", body)
    for group in IMPORTS:
        used = [
            (origin, [name for name in names if re.search(rf"\b{name}\b", code)]) for origin, names in group
        ]
        lines = [f"from {origin} import {', '.join(names)}\n" for origin, names in used if names]
        if lines:
            yield "".join(lines)


def conditions(places: Sequence[str]) -> str:
    listed = "\n" + "".join(f'    "{place}",\n' for place in places) if places else ""
    return (
        f"CONDITIONS: tuple[str, ...] = ({listed})\n"
        '"""What the contracts say beyond types; the strict decoder checks each."""\n'
    )


def generate(sources: Mapping[str, str]) -> dict[str, str]:
    """The generated files, path to text, of the contract files, name (below ``contracts/v1``) to text."""
    contracts = read_contracts(sources)
    return {
        MODULE: module(contracts, sources),  # first: it finds what does not go together
        BUNDLE: bundle(contracts, COMMAND),
        DECLARATIONS: declarations(contracts, COMMAND),
    }


def read_sources(folder: Path) -> dict[str, str]:
    """The text of each contract file below the folder, by its name relative to it."""
    sources: dict[str, str] = {}
    for path in sorted(folder.rglob("*.schema.json")):
        file = path.relative_to(folder).as_posix()
        if file != BUNDLE_FILE:
            try:
                sources[file] = path.read_bytes().decode()
            except UnicodeDecodeError as error:
                raise ContractFault(f"{file}#: byte {error.start} is not UTF-8") from None
    return sources


def drift(wanted: Mapping[str, str], root: Path) -> Iterator[str]:
    """A unified diff for each file that is not as it should be."""
    for path, text in wanted.items():
        there = (root / path).read_bytes().decode(errors="replace") if (root / path).exists() else ""
        yield from difflib.unified_diff(
            there.splitlines(True), text.splitlines(True), path, f"{path} (generated)"
        )


def main(arguments: list[str] | None = None) -> int:
    """The command. Returns 0, or 1 if ``--check`` found a difference, or 2 for contracts that cannot be expressed."""
    parser = argparse.ArgumentParser(
        description="Generate the typed module, the bundle and the declarations from the contracts."
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a file is out of date"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds contracts/ and tier2/")
    options = parser.parse_args(arguments)
    try:
        wanted = generate(read_sources(options.root / CONTRACTS))
    except ContractFault as fault:
        print(f"generate: {CONTRACTS}/{fault}", file=sys.stderr)
        return 2
    difference = "".join(drift(wanted, options.root))
    if options.check and difference:
        print(difference + f"\ngenerate: out of date; run: {COMMAND}", file=sys.stderr)
        return 1
    if difference:
        for path, text in wanted.items():
            (options.root / path).parent.mkdir(parents=True, exist_ok=True)
            (options.root / path).write_bytes(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
