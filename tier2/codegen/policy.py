"""The policy of a project: which of its documents need which direction of compatibility, and the report by it.

A policy file is a JSON object. ``documents`` maps a document, or a pattern such as ``missions/*``, to
``["backward"]``, ``["forward"]``, both or none. The first pattern that fits counts; a document that none fits needs
both. ``accepted`` maps the location of a change to the reason why it is accepted all the same.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from tier2.codegen.changes import Change
from tier2.codegen.compatibility import Verdict
from tier2.codegen.dialect import is_array, is_object

DIRECTIONS = ("backward", "forward")


class Policy(NamedTuple):
    """The directions that each document needs, and the locations whose changes are accepted, with the reason."""

    documents: Mapping[str, Sequence[str]] = {}
    accepted: Mapping[str, str] = {}

    def needed(self, document: str) -> Sequence[str]:
        """The directions that a document needs."""
        for pattern, directions in self.documents.items():
            if fnmatchcase(document, pattern):
                return directions
        return DIRECTIONS

    def broken(self, verdict: Verdict) -> list[str]:
        """The needed directions that a document lost by changes that are not accepted."""
        counted = verdict._replace(
            changes=tuple(one for one in verdict.changes if one.where not in self.accepted)
        )
        lost = [name for name in DIRECTIONS if not getattr(counted, name)]
        return [name for name in self.needed(verdict.document) if name in lost]


def read_policy(text: str) -> Policy:
    """The policy in a JSON text. Raises ValueError."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not is_object(found) or found.keys() != {"documents", "accepted"}:
        raise ValueError("a policy is an object of `documents` and `accepted`")
    documents, accepted = found["documents"], found["accepted"]
    if not is_object(documents) or not all(map(_are_directions, documents.values())):
        raise ValueError(f"`documents` maps each document to a list of {' and '.join(DIRECTIONS)}")
    if not is_object(accepted) or not all(isinstance(why, str) and why for why in accepted.values()):
        raise ValueError("`accepted` maps the location of a change to a reason")
    return Policy(documents, accepted)


def _are_directions(value: object) -> bool:
    return is_array(value) and all(one in DIRECTIONS for one in value)


def report(verdicts: Sequence[Verdict], policy: Policy) -> Iterator[str]:
    """The lines of the report: the answers for each document, and below them its changes."""
    for verdict in verdicts:
        needed = " and ".join(policy.needed(verdict.document)) or "neither"
        state = "BROKEN" if policy.broken(verdict) else "unchanged" if not verdict.changes else "ok"
        yield f"{verdict.document}: {_answers(verdict)}; needs {needed}: {state}"
        for change in verdict.changes:
            yield f"    {change.where}: {change.what} ({_effect(change, policy)})"


def _effect(change: Change, policy: Policy) -> str:
    if change.apart:
        return "reported apart"
    why = policy.accepted.get(change.where)
    return f"{_answers(change)}; accepted: {why}" if why else _answers(change)


def _answers(found: Verdict | Change) -> str:
    return ", ".join(f"{name} {'yes' if getattr(found, name) else 'no'}" for name in DIRECTIONS)
