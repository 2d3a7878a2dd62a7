"""The record of one pytest, read as data while the recorder (``record/tier2_record.py``) still writes it.

The ids of the tests are the same on every machine (see `portable_ids`). So are the stories that are told of a record:
they become reasons, which are hashed.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from tier2.missions.run_tests.operations import BAD, SHOWN
from tier2.shell.worlds.run_tests.portable_ids import portable_ids

MAX_RECORD = 2**30
"""How many bytes a record may have."""

MAX_LINE = 2**24
"""How many bytes a line of a record may have."""

RecordedOutcome: TypeAlias = Literal["passed", "skipped", "xfailed", "xpassed", "failed", "error"]
"""How a part of a test can end."""

SEVERITY: tuple[RecordedOutcome, ...] = ("passed", "skipped", "xfailed", "xpassed", "failed", "error")
"""Of several outcomes of one test, the last in this order counts."""

OUTCOMES: Mapping[str, RecordedOutcome] = {outcome: outcome for outcome in SEVERITY}


class MalformedRecord(ValueError):
    """The record is too large, or the recorder has not written it."""


class Record:
    """What is known of one pytest so far. `read_on` learns more.

    any_found: Whether a test was found.
    found: The tests that were found, and the modules that skip all of theirs.
    outside: The tests whose files lie outside the folder.
    uncollected: The modules that could not be collected.
    worst: The outcome of each test, and of each module that could not be collected or was skipped.
    running: The tests that have started and have no outcome, in their order.
    any_started: Whether a test has started.
    collected: Whether all tests are found.
    differing: Whether the workers of pytest-xdist found different tests.
    interrupted: Whether a test, a plugin or a person ended the session.
    max_fail: After how many failures pytest stopped; empty if it did not.
    ended: Whether the session came to its end.
    """

    def __init__(self, path: Path, directory: Path) -> None:
        self._path, self._read = path, 0
        self._portable = cache(portable_ids(directory))
        self._decoder = msgspec.json.Decoder(tuple[str, str])
        self.found = set[str]()
        self.outside = set[str]()
        self.uncollected = set[str]()
        self.worst = dict[str, RecordedOutcome]()
        self.running = dict[str, None]()
        self.any_found = self.any_started = False
        self.collected = self.differing = self.interrupted = self.ended = False
        self.max_fail = ""

    def read_on(self) -> list[str]:
        """Reads what the recorder has written since, and gives the tests of which a part failed.

        Raises MalformedRecord.
        """
        failed: list[str] = []
        for line in self._lines():
            try:
                kind, text = self._decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise MalformedRecord from None
            outcome = OUTCOMES.get(kind)
            if outcome is not None:
                name = self._portable(text)
                self._end(name, outcome)
                if outcome in BAD:
                    failed.append(name)
            else:
                self._note(kind, text)
        return failed

    def _lines(self) -> Iterator[bytes]:
        """The whole lines that are new."""
        while True:
            try:
                with open(self._path, "rb") as file:
                    file.seek(self._read)
                    data = file.read(MAX_LINE)
            except FileNotFoundError:
                return
            size = data.rfind(b"\n") + 1
            if (not size and len(data) == MAX_LINE) or self._read > MAX_RECORD:
                raise MalformedRecord
            if not size:
                return
            self._read += size
            yield from data[:size].splitlines()

    def _end(self, name: str, outcome: RecordedOutcome) -> None:
        if outcome == "skipped":
            self.found.add(name)
        self.running.pop(name, None)
        known = self.worst.get(name, outcome)
        self.worst[name] = outcome if SEVERITY.index(outcome) > SEVERITY.index(known) else known

    def _note(self, kind: str, text: str) -> None:
        match kind:
            case "found":
                self.any_found = True
                self.found.add(self._portable(text))
            case "outside":
                self.outside.add(self._portable(text))
            case "uncollected":
                name = self._portable(text)
                self.uncollected.add(name)
                self._end(name, "error")
            case "started":
                self.any_started = True
                self.running[self._portable(text)] = None
            case "collected":
                self.collected = True
            case "differing":
                self.differing = True
            case "interrupted":
                self.interrupted = True
            case "max_fail":
                self.max_fail = text
            case "ended":
                self.ended = True
            case _:
                raise MalformedRecord


def story_of(record: Record) -> str:
    """How many tests of how many ran, and which of them failed."""
    worst = record.worst
    text = f"{len(worst)} of {len(record.found | worst.keys())} tests ran"
    bad = sorted(name for name in worst if worst[name] in BAD)
    return f"{text}, {len(bad)} failed: {named(bad)}" if bad else text


def story_of_crash(record: Record) -> str:
    """The same for a session that came to no end, and which tests were running; empty if no test was found."""
    if not record.found:
        return ""
    text = story_of(record)
    return f"{text}, running was {named(sorted(record.running))}" if record.running else text


def named(names: Collection[str]) -> str:
    """The first names of a sorted list, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join([*names][:SHOWN])}{more}"
