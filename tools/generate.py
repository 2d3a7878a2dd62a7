"""Generates the typed Python module, the one-file bundle and the TypeScript declarations from the contract files.

    python tools/generate.py            writes what is out of date, of each version under contracts/
    python tools/generate.py --check    writes nothing; shows the drift and exits with 1

A larger system generates types of contracts of its own with ``--root``, and puts them where it wants with
``--version``, ``--module`` and ``--declarations``.

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
from typing import NamedTuple

from contract_files import BUNDLE_FILE, ContractFault, Contracts, bundle, read_contracts
from contract_types import IMPORTS, Types
from contract_typescript import declarations

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python tools/generate.py"


class Target(NamedTuple):
    """A folder of contract files, and the files that are generated from it, as paths below the root."""

    contracts: str
    module: str
    declarations: str
    command: str = COMMAND

    @property
    def bundle(self) -> str:
        return f"{self.contracts}/{BUNDLE_FILE}"


def target_of(version: str) -> Target:
    """Where a version's files lie, unless somebody wants them elsewhere."""
    # The JavaScript module beside which the declarations stand is that of version 1.
    name = "tier2.d.mts" if version == "v1" else f"tier2.{version}.d.mts"
    return Target(
        f"contracts/{version}", f"tier2/contracts/{version}.py", f"tier2/contracts/javascript/{name}"
    )


V1 = target_of("v1")


def module(contracts: Contracts, sources: Mapping[str, str], command: str) -> str:
    """The text of the Python module."""
    types = Types(contracts)
    for name in contracts.named:
        types.write(name)
    body = "\n\n".join(filter(None, types.blocks.values()))
    constants = "".join(f"{name} = {value}\n" for name, value in types.constants.items())
    return "\n".join([
        header(sources, command),
        *imports(body),
        *([constants] if constants else []),
        conditions(types.conditions),
        "\n" + body,
    ])  # fmt: skip


def header(sources: Mapping[str, str], command: str) -> str:
    digests = "".join(
        f"    {hashlib.sha256(sources[file].encode()).hexdigest()}  {file}\n" for file in sorted(sources)
    )
    return (
        '"""The documents of tier2 as frozen Structs.\n\n'
        "Generated, do not edit. To change it, change the contracts and run\n\n"
        f'    {command}\n\nSources (sha256):\n\n{digests}"""\n'
    )


def imports(body: str) -> Iterator[str]:
    """The import lines that the body needs, one text a group."""
    code = re.sub(r'"""(?:.|\n)*?"""|"(?:[^"\\]|\\.)*"', "", body)
    for group in IMPORTS:
        used = [
            (
                origin,
                [name for name in names if re.search(rf"\b{name}\b", code) and f"\n{name} = " not in code],
            )
            for origin, names in group
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


def generate(sources: Mapping[str, str], target: Target = V1) -> dict[str, str]:
    """The generated files, path to text, of the contract files, name (below their folder) to text."""
    contracts = read_contracts(sources)
    return {
        # First: it finds what does not go together.
        target.module: module(contracts, sources, target.command),
        target.bundle: bundle(contracts, target.command),
        target.declarations: declarations(contracts, target.command),
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


def targets(options: argparse.Namespace) -> list[Target]:
    """What is to be generated: one version, or all that there are. Raises ContractFault."""
    found = sorted(path.name for path in options.root.glob("contracts/v[0-9]*") if path.is_dir())
    versions = found if options.version is None else [options.version]
    places = {name: value for name in ("module", "declarations") if (value := getattr(options, name))}
    if not places:
        return [target_of(version) for version in versions or ["v1"]]
    if len(versions) != 1:
        raise ContractFault("#: --module and --declarations are for one version; name it with --version")
    words = [COMMAND, f"--version {versions[0]}", *(f"--{name} {value}" for name, value in places.items())]
    return [target_of(versions[0])._replace(**places, command=" ".join(words))]


def main(arguments: list[str] | None = None) -> int:
    """The command. Returns 0, or 1 if ``--check`` found a difference, or 2 for contracts that cannot be expressed."""
    parser = argparse.ArgumentParser(
        description="Generate the typed module, the bundle and the declarations from the contracts."
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a file is out of date"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds contracts/")
    parser.add_argument("--version", help="this version only, such as v1")
    parser.add_argument("--module", help="where the Python module goes, below the root")
    parser.add_argument("--declarations", help="where the TypeScript declarations go, below the root")
    options = parser.parse_args(arguments)
    here = ""
    wanted: dict[str, str] = {}
    try:
        for target in targets(options):
            here = f"{target.contracts}/"
            wanted |= generate(read_sources(options.root / target.contracts), target)
    except ContractFault as fault:
        print(f"generate: {here}{fault}", file=sys.stderr)
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
