"""Says whether old and new readers can live with a change of the contracts.

    python tools/check_compat.py OLD NEW [--policy FILE]

OLD and NEW are folders of contract files, or such folders at a git revision: ``REV:contracts/v1``. For each document
the answers are *backward* (a new reader accepts every old document) and *forward* (an old reader accepts every new
one), with the list of the changes (`contract_comparison`).

The policy, `contracts/policy.json`, says which answers are needed. ``documents`` maps a document, or a pattern such as
``missions/*``, to ``["backward"]``, ``["forward"]``, both or none; the first that fits counts, and what fits none needs
both. ``accepted`` maps the place of a change to the reason why it is accepted all the same.

Exits with 0 if the change is compatible by the policy, with 1 if it is not, and with 2 for input that cannot be read.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from contract_changes import Change
from contract_comparison import SUFFIX, Verdict, compare
from contract_files import BUNDLE_FILE, ContractFault
from generate import read_sources

ROOT = Path(__file__).resolve().parent.parent
POLICY = ROOT / "contracts" / "policy.json"
DIRECTIONS = ("backward", "forward")


class BadInput(Exception):
    """What was given cannot be read; nothing is said about the contracts."""


class Policy(NamedTuple):
    """Which direction each document needs, and the places whose changes are accepted, with the reason."""

    documents: Mapping[str, Sequence[str]]
    accepted: Mapping[str, str]

    def needed(self, document: str) -> Sequence[str]:
        for pattern, directions in self.documents.items():
            if fnmatchcase(document, pattern):
                return directions
        return DIRECTIONS

    def broken(self, verdict: Verdict) -> list[str]:
        """The needed directions that a document lost by changes that nobody accepted."""
        counted = Verdict(
            verdict.document, tuple(one for one in verdict.changes if one.place not in self.accepted)
        )
        lost = [name for name in DIRECTIONS if not getattr(counted, name)]
        return [name for name in self.needed(verdict.document) if name in lost]


def read_policy(text: str) -> Policy:
    """The policy in a JSON text. Raises BadInput."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"the policy is not JSON: {error}") from None
    if not isinstance(found, dict) or found.keys() != {"documents", "accepted"}:
        raise BadInput("the policy is an object of `documents` and `accepted`")
    documents, accepted = found["documents"], found["accepted"]
    if not isinstance(documents, dict) or not all(map(_is_directions, documents.values())):
        raise BadInput(f"`documents` maps each document to a list of {' and '.join(DIRECTIONS)}")
    if not isinstance(accepted, dict) or not all(isinstance(why, str) and why for why in accepted.values()):
        raise BadInput("`accepted` maps the place of a change to a reason")
    return Policy(documents, accepted)


def _is_directions(value: object) -> bool:
    return isinstance(value, list) and all(one in DIRECTIONS for one in value)


def report(verdicts: Sequence[Verdict], policy: Policy) -> Iterator[str]:
    """The lines of the report: the answers for each document, and below them its changes."""
    for verdict in verdicts:
        needed = " and ".join(policy.needed(verdict.document)) or "neither"
        state = "BROKEN" if policy.broken(verdict) else "unchanged" if not verdict.changes else "ok"
        yield (
            f"{verdict.document}: backward {_yes(verdict.backward)}, forward {_yes(verdict.forward)}; "
            f"needs {needed}: {state}"
        )
        for change in verdict.changes:
            yield f"    {change.place}: {change.what} ({_judged(change, policy)})"


def _judged(change: Change, policy: Policy) -> str:
    if change.apart:
        return "reported apart"
    judged = f"backward {_yes(change.backward)}, forward {_yes(change.forward)}"
    why = policy.accepted.get(change.place)
    return f"{judged}; accepted: {why}" if why else judged


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def read_folder(given: str) -> dict[str, str]:
    """The contract files in a folder, or in a folder at a git revision. Raises BadInput."""
    try:
        return read_sources(Path(given)) if Path(given).is_dir() else _read_revision(given)
    except (ContractFault, OSError) as error:
        raise BadInput(str(error)) from None


def _read_revision(given: str) -> dict[str, str]:
    if ":" not in given or given.startswith("-"):
        raise BadInput(f"{given} is neither a folder nor REV:path")
    names = _git("ls-tree", "-r", "-z", "--name-only", given).decode().split("\0")
    sources: dict[str, str] = {}
    for name in names:
        if name.endswith(SUFFIX) and name != BUNDLE_FILE:
            try:
                sources[name] = _git("cat-file", "blob", f"{given.rstrip('/')}/{name}").decode()
            except UnicodeDecodeError as error:
                raise BadInput(f"{name}#: byte {error.start} is not UTF-8") from None
    return sources


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S607 - the user's git
    if done.returncode:
        raise BadInput(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Compare two folders of contract files.")
    parser.add_argument("old", help="a folder, or REV:path for a folder at a git revision")
    parser.add_argument("new", help="the same for what it became")
    parser.add_argument("--policy", type=Path, default=POLICY, help="which document needs which direction")
    options = parser.parse_args(arguments)
    try:
        policy = read_policy(options.policy.read_bytes().decode())
        verdicts = compare(read_folder(options.old), read_folder(options.new))
    except (BadInput, ValueError, OSError) as error:
        print(f"check_compat: {error}", file=sys.stderr)
        return 2
    print("\n".join(report(verdicts, policy)))
    broken = [verdict.document for verdict in verdicts if policy.broken(verdict)]
    if broken:
        print(
            f"check_compat: not compatible: {', '.join(broken)}; make it a new version, or accept the change "
            f"with its reason in {options.policy}",
            file=sys.stderr,
        )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
