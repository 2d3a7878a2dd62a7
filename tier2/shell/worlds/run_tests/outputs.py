"""What the steps of a test run put into the state: counts, the tests that did not pass, and the verdict.

The shape is that of ``contracts/v1/missions/run_tests.state.schema.json``. The whole lists of tests are artifacts:
files of the run with one JSON value on each line. So a state stays small, however many tests there are.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from tier2.contracts.v1 import Artifact, TestCounts, TestOutcome
from tier2.kinds import JsonObject
from tier2.missions.run_tests.operations import BAD, COUNTS, totals
from tier2.shell.run_files.artifacts import artifact
from tier2.values.canonical import canonical

FOUND = "found.ndjson"
"""The artifact with the ids of the tests that were found, sorted: a JSON string on each line."""

OUTCOMES = "outcomes.ndjson"
"""The artifact with the outcome of each test, sorted by id: a JSON object with ``id`` and ``outcome`` on each line."""

LISTED: tuple[TestOutcome, ...] = ("failed", "error", "not_run", "xpassed", "xfailed", "skipped")
"""The outcomes of the tests that a state lists, the most important first."""

ROOM = 200_000
"""How many bytes of canonical text the list of tests that did not pass may have in a state."""


def found_output(folder: Path | None, names: Collection[str]) -> JsonObject:
    """What the discovery says: how many tests there are, and that no verdict on them is known yet.

    folder: The folder of the run, for the artifact `FOUND`.
    """
    return {
        **_named(FOUND, found_artifact(folder, names)),
        "tests": {"found": len(names)},
        "report": {"status": "incomplete", "total": len(names)},
    }


def found_artifact(folder: Path | None, names: Collection[str]) -> Artifact:
    """The artifact `FOUND`; it is only measured if there is no folder."""
    return artifact(folder, FOUND, (canonical(name) + b"\n" for name in sorted(names)))


def read_found(folder: Path | None, known: Artifact) -> frozenset[str] | None:
    """The tests in the artifact `FOUND`; None if it is not there or is another one."""
    if folder is None:
        return None
    try:
        data = (folder / FOUND).read_bytes()
    except OSError:
        return None
    if sha256(data).hexdigest() != known.sha256:
        return None
    return frozenset(msgspec.json.decode(line, type=str) for line in data.splitlines())


def outcomes_output(folder: Path | None, outcomes: Mapping[str, TestOutcome], ended: str = "") -> JsonObject:
    """What the execution says: how many tests ended how, and which of them did not pass.

    folder: The folder of the run, for the artifact `OUTCOMES`.
    outcomes: How each test ended; ``not_run`` for those that did not run.
    ended: Why the tests ended before all had run; empty if they did not.

    If a test failed or did not run, the whole report is part of it. Otherwise ``tests.report`` gives the report.
    """
    number = Counter[str](outcomes.values())
    counts = TestCounts(**{name: number[name] for name in COUNTS})
    listed = [*_listed(outcomes)]
    failed = any(number[name] for name in (*BAD, "not_run"))
    tests: JsonObject = {
        "outcomes": {name: number[name] for name in COUNTS},
        "not_passed": [{"id": name, "outcome": outcome} for name, outcome in listed],
        "omitted": len(outcomes) - counts.passed - len(listed),
        **({"ended": ended} if ended else {}),
    }
    lines = (canonical({"id": name, "outcome": outcomes[name]}) + b"\n" for name in sorted(outcomes))
    return {
        **_named(OUTCOMES, artifact(folder, OUTCOMES, lines)),
        "tests": tests,
        **({"report": totals("failed", counts)} if failed else {}),
    }


def _named(name: str, made: Artifact) -> JsonObject:
    return {"artifacts": {name: {"bytes": made.bytes, "sha256": made.sha256}}}


def _listed(outcomes: Mapping[str, TestOutcome]) -> Iterator[tuple[str, TestOutcome]]:
    """The tests that did not pass, the most important first, as far as there is room."""
    left = ROOM
    for outcome in LISTED:
        for name in sorted(name for name, found in outcomes.items() if found == outcome):
            left -= len(canonical(name)) + len('{"id":,"outcome":"not_run"},')
            if left < 0:
                return
            yield name, outcome
