"""What the recorder (``record/tier2_record.py``) wrote, parsed as data, and the story of a pytest that ended early."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from tier2.contracts.views import convert
from tier2.shell.worlds.run_tests.portable_ids import portable_ids
from tier2.values.canonical import MAX_BYTES
from tier2.values.frozen import JsonValue
from tier2.values.reading import parse

SHOWN = 10
"""How many tests or modules a reason names."""

BAD = frozenset({"failed", "error"})
"""The outcomes of a test that did not do as it should."""

RecordedOutcome: TypeAlias = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
"""How a test can end."""

SEVERITY: tuple[RecordedOutcome, ...] = ("passed", "skipped", "xfailed", "xpassed", "failed", "error")
"""Of several outcomes of one test, the last in this order counts."""

CAUSES = {
    2: "it was interrupted",
    3: "it met an internal error",
    4: "it refused its arguments or settings",
    5: "it found no tests",
}
"""What pytest means by its exit codes."""


class RecordedTest(msgspec.Struct, frozen=True):
    """How a part of a test ended."""

    id: str
    outcome: RecordedOutcome


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The whole record of a session that came to its end.

    outside: The tests whose files lie outside the folder.
    errors: The modules that could not be collected.
    differing: Whether the workers of pytest-xdist found different tests.
    interrupted: Whether a test, a plugin or a person ended the session.
    max_fail: After how many failures the session ends; 0 for never.
    """

    collected: tuple[str, ...]
    errors: tuple[str, ...]
    outcomes: tuple[RecordedTest, ...]
    outside: tuple[str, ...] = ()
    differing: bool = False
    interrupted: bool = False
    max_fail: int = 0

    @property
    def worst(self) -> dict[str, RecordedOutcome]:
        """The outcome of each test, and of each module that could not be collected or was skipped."""
        worst: dict[str, RecordedOutcome] = {}
        for entry in (*self.outcomes, *(RecordedTest(name, "error") for name in self.errors)):
            known = worst.get(entry.id, entry.outcome)
            worst[entry.id] = (
                entry.outcome if SEVERITY.index(entry.outcome) > SEVERITY.index(known) else known
            )
        return worst

    @property
    def found(self) -> frozenset[str]:
        """The tests that were found, and the modules that skip all of theirs."""
        return frozenset(self.collected) | {test.id for test in self.outcomes if test.outcome == "skipped"}


def read_record(path: Path, directory: Path) -> Record:
    """The record of a session, with ids that are the same on every machine.

    Raises Tier2Error for a malformed one, and FileNotFoundError.
    """
    with open(path, "rb") as file:
        record = convert(parse(file.read(MAX_BYTES + 1)), Record)
    portable = portable_ids(directory)
    return msgspec.structs.replace(
        record,
        collected=tuple(map(portable, record.collected)),
        outside=tuple(map(portable, record.outside)),
        errors=tuple(map(portable, record.errors)),
        outcomes=tuple(RecordedTest(portable(entry.id), entry.outcome) for entry in record.outcomes),
    )


def story_of(record: Record) -> str:
    """How many tests of how many ran, and which of them failed."""
    worst, found = record.worst, record.found
    text = f"{len(worst)} of {len(found | worst.keys())} tests ran"
    bad = sorted(name for name in worst if worst[name] in BAD)
    return f"{text}, {len(bad)} failed: {named(bad)}" if bad else text


def story_of_crash(log: Path, directory: Path) -> str:
    """The same for a session that came to no end, and which tests were running; nothing if none was found."""
    portable = portable_ids(directory)
    collected: tuple[str, ...] = ()
    outcomes: list[RecordedTest] = []
    running: dict[str, None] = {}
    for line in _lines(log):
        match line:
            case [str(name), None]:
                running[portable(name)] = None
            case [str(name), str(outcome)] if outcome in SEVERITY and portable(name) in running:
                running.pop(portable(name))
                outcomes.append(RecordedTest(portable(name), outcome))
            case [*names]:
                collected = tuple(portable(str(name)) for name in names)
            case _:
                pass
    if not collected:
        return ""
    text = story_of(Record(collected=collected, errors=(), outcomes=tuple(outcomes)))
    return f"{text}, running was {named(sorted(running))}" if running else text


def _lines(log: Path) -> Iterable[JsonValue]:
    """The whole lines of a log, which is no more than a help for people."""
    try:
        with open(log, "rb") as file:
            text = file.read(MAX_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return
    for line in text.split("\n")[:-1]:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            return


def named(names: Collection[str]) -> str:
    """The first names of a sorted list, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join([*names][:SHOWN])}{more}"
