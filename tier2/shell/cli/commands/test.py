"""`tier2 test`: plays the scenarios in files and folders, and reports each difference from what they expect."""

import argparse
import os
import sys
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, redirect_stdout
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeAlias

import msgspec

from tier2.contracts.v1 import DOCUMENTS, Scenario
from tier2.engine.scenarios import Played, play, updated
from tier2.errors import Problem
from tier2.escaping import escaped_line
from tier2.inspection.diagnostics import Diagnostic, diagnose, located
from tier2.inspection.json_edits import edited
from tier2.inspection.json_source import MAX_PROBLEMS
from tier2.kinds import Host, MissionType, Pure
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import BAD_INPUT, DONE, FAILED
from tier2.shell.cli.inputs import own_mapping
from tier2.shell.cli.options import add_jobs
from tier2.shell.cli.reports.github import GitHubReport
from tier2.shell.cli.scenario_formats import LINES, ScenarioReport, junit, problem_of
from tier2.shell.errors import InputError, in_own_code
from tier2.shell.io.files import read_bytes, write_stdout, write_whole
from tier2.shell.io.progress import Progress
from tier2.shell.io.sources import Source, Together, Unreadable, sources
from tier2.shell.runs.unified_diff import unified_diff
from tier2.values.canonical import digest


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``test``."""
    command.add_argument(
        "paths", metavar="PATH", nargs="+", help="a file, a folder, or - for stdin; a scenario, or NDJSON"
    )
    command.add_argument(
        "--format",
        choices=("text", "json", "junit", "github"),
        default="text",
        help="json: a line a scenario; junit: an XML document; github: annotations",
    )
    command.add_argument("--quiet", action="store_true", help="report only what is not as expected")
    command.add_argument(
        "--update", action="store_true", help="let the scenarios expect what came out; show what changed"
    )
    for option, what in (("--missions", "mission types"), ("--operations", "operations")):
        command.add_argument(
            option,
            metavar="PACKAGE.MODULE:NAME",
            help=f"the mapping with the {what}, in place of the known ones",
        )
    add_jobs(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Plays all scenarios, reports what differs, and counts on stderr."""
    if options.update and "-" in options.paths:
        raise InputError("--update cannot write to stdin; name the file")
    if options.missions is not None:
        own = own_mapping("--missions", options.missions, MissionType)
        environment = msgspec.structs.replace(environment, missions=own)
    if options.operations is not None:
        known = own_mapping("--operations", options.operations, Pure, Host)
        environment = msgspec.structs.replace(environment, operations=known)
    return _Test(options, environment).run()


class _Item(NamedTuple):
    """A source, and the PATH of the command line to which it belongs.

    searched: Whether the PATH is a folder: a file in it that is no scenario is passed over.
    """

    path: str
    searched: bool
    source: Source | Unreadable


class _Done(NamedTuple):
    """What came out of a source.

    report: None if it was passed over, or cannot be read.
    unreadable: Why it cannot be read.
    update: The source and its new text, if the scenario is to expect something else.
    """

    item: _Item
    report: ScenarioReport | None = None
    unreadable: str | None = None
    update: tuple[Source, bytes] | None = None


_Parcel: TypeAlias = Sequence[_Item]

_PARCEL = 4
"""How many sources go to another process at once."""


class _Test:
    """One call of the command: what has been counted and kept so far."""

    def __init__(self, options: argparse.Namespace, environment: Environment) -> None:
        self._options, self._environment = options, environment
        self._github = GitHubReport(f"{environment.prog} test") if options.format == "github" else None
        self._counts: Counter[str] = Counter()
        self._found: Counter[str] = Counter()
        self._names: dict[tuple[str, str], str] = {}
        self._reports: list[ScenarioReport] = []
        self._updates: dict[str, list[tuple[Source, bytes]]] = {}

    def run(self) -> int:
        """Does what the command is for, and returns the exit code."""
        with Progress(None, "scenarios") as progress, closing(self._all_done()) as all_done:
            for done in all_done:
                progress.clear()
                self._take(done)
                progress.show(self._counts["played"], 0)
        for path in dict.fromkeys(self._options.paths):
            if os.path.isdir(path) and not self._found[path]:
                self._say(f"{path}: holds no scenario; name the files themselves, or another folder")
                self._counts["unreadable"] += 1
        if self._options.format == "junit":
            _print(junit(self._reports))
        for file, updates in self._updates.items():
            self._write(file, updates)
            self._counts["updated"] += 1
        if self._github is not None:
            _print(self._github.end(_summary(self._counts)))
        self._environment.say(_summary(self._counts))
        if self._counts["unreadable"]:
            return BAD_INPUT
        return FAILED if self._counts["different"] + self._counts["problems"] > 0 else DONE

    def _say(self, message: str) -> None:
        self._environment.say(message)

    def _all_done(self) -> Generator[_Done, None, None]:
        """What came out of all sources, in order, over all cores; a single one is played in this process."""
        work = partial(_work, options=self._options, environment=self._environment)
        parcels = _parcels(_items(self._options.paths))
        first = next(parcels, ())
        if len(first) <= 1:
            yield from work(first)
            return
        from tier2.shell.io.worker_pool import WorkerLost, cores, ordered  # noqa: PLC0415 - slow to import

        again: deque[_Parcel] = deque([first])
        under_way: deque[_Parcel] = deque()

        def taken() -> Iterator[_Parcel]:
            while parcel := again.popleft() if again else next(parcels, ()):
                under_way.append(parcel)
                yield parcel

        lost = True
        while lost:
            lost = False
            try:
                for done in ordered(taken(), work, self._options.jobs or cores()):
                    under_way.popleft()
                    yield from done
            except WorkerLost as error:
                # The scenario that ended the process is found by playing its parcel one by one; the others go on.
                lost = True
                culprit, *others = under_way
                under_way.clear()
                again.extendleft(reversed(others))
                if len(culprit) > 1:
                    again.extendleft(reversed([*zip(culprit)]))
                else:
                    yield _lost(culprit[0], str(error))

    def _take(self, done: _Done) -> None:
        """Reports what came out of one source."""
        if done.unreadable is not None:
            self._counts["unreadable"] += 1
            self._say(done.unreadable)
        report = done.report
        if report is None:
            self._counts["others"] += done.unreadable is None
            return
        self._found[done.item.path] += 1
        self._tell_same_name(report)
        if done.update is not None:
            self._updates.setdefault(report.file, []).append(done.update)
            left = tuple(one for one in report.differences if one[0].path[0] != "expect")
            report = report._replace(differences=left)
        self._counts.update(
            played=int(not report.problems),
            different=int(bool(report.differences)),
            differences=len(report.differences),
            problems=int(bool(report.problems)),
        )
        if self._options.quiet and report.passed:
            return
        if self._options.format == "junit":
            self._reports.append(report)
        elif self._github is not None:
            _print(self._github.lines(report.file, report.diagnostics))
        else:
            _print(LINES[self._options.format](report))

    def _tell_same_name(self, report: ScenarioReport) -> None:
        if report.name is None:
            return
        place = report.file if report.line is None else f"{report.file}:{report.line}"
        first = self._names.setdefault((os.path.dirname(report.file), report.name), place)
        if first != place:
            self._say(f"{place}: {first} has the name {report.name!r} too; give each scenario its own")

    def _write(self, file: str, updates: Sequence[tuple[Source, bytes]]) -> None:
        """Writes the new texts of one file's scenarios, and shows the difference."""
        old = read_bytes(file)
        data, lines = old, old.split(b"\n")
        for source, new in updates:
            if source.form == "file" and old.startswith(source.data):
                data = new + old[len(source.data) :]
            elif source.form == "line" and lines[source.line - 1 : source.line] == [source.data]:
                lines[source.line - 1] = new
                data = b"\n".join(lines)
            else:
                raise InputError(f"{file}: changed meanwhile; nothing was written to it; start again")
        write_whole(file, data)
        if self._options.format == "text":
            _print(map(escaped_line, unified_diff(file, old, data)))
        else:
            for line in unified_diff(file, old, data):
                self._say(line)


def _print(lines: Iterable[str]) -> None:
    write_stdout("".join(f"{line}\n" for line in lines).encode())


def _summary(counts: Mapping[str, int]) -> str:
    """How much was played, in one line, so that a test of nothing is noticed."""
    played, differences = counts["played"], counts["differences"]
    parts = [f"played {_many(played, 'scenario')}"]
    if differences:
        parts[0] += f": {_many(differences, 'difference')} in {counts['different']} of them"
    elif played:
        parts[0] += ": no difference"
    if counts["problems"]:
        parts.append(f"could not play {counts['problems']}")
    if counts["updated"]:
        parts.append(f"updated {_many(counts['updated'], 'file')}")
    if counts["others"]:
        parts.append(f"passed over {_many(counts['others'], 'other document')}")
    if counts["unreadable"]:
        parts.append(f"could not read {counts['unreadable']}")
    return "; ".join(parts)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


# The sources.


def _is_alone(_: bytes, __: bytes) -> bool:
    return False


_NOTHING_TOGETHER = Together(_is_alone, 0)


def _items(paths: Iterable[str]) -> Iterator[_Item]:
    for path in dict.fromkeys(paths):
        searched = path != "-" and os.path.isdir(path)
        for source in sources([path], _NOTHING_TOGETHER):
            yield _Item(path, searched, source)


def _parcels(items: Iterator[_Item]) -> Iterator[_Parcel]:
    while parcel := [*islice(items, _PARCEL)]:
        yield parcel


def _is_other(data: bytes) -> bool:
    """Whether a text is surely no scenario: JSON that names none, or no JSON and not a word of one."""
    try:
        contract: object = msgspec.json.decode(data, type=_Tagged).contract
    except msgspec.ValidationError:  # JSON, but no object
        return True
    except (ValueError, RecursionError):
        return b"tier2.scenario" not in data.replace(b"\0", b"")  # a NUL is half a character of UTF-16
    if not isinstance(contract, str):
        return True
    # A wrong name, such as tier2.scenaro/v1, is no other document.
    return contract in DOCUMENTS.keys() - {"tier2.scenario/v1"} or not contract.startswith("tier2.")


class _Tagged(msgspec.Struct):
    contract: object = None


# The work on a parcel, in a process of its own.


def _work(parcel: _Parcel, options: argparse.Namespace, environment: Environment) -> list[_Done]:
    return [_done(item, options, environment) for item in parcel]


def _done(item: _Item, options: argparse.Namespace, environment: Environment) -> _Done:
    source = item.source
    if isinstance(source, Unreadable):
        return _Done(item, unreadable=source.reason)
    if item.searched and _is_other(source.data):
        return _Done(item)
    diagnosis = diagnose(source.data)
    scenario = diagnosis.document
    if not isinstance(scenario, Scenario) or diagnosis.diagnostics:
        other = located(source.data, [] if diagnosis.diagnostics else [_NO_SCENARIO])
        return _Done(item, _could_not(source, None, (*diagnosis.diagnostics, *other)))
    try:
        with redirect_stdout(sys.stderr):  # what an operation prints is no part of the report
            played = play(scenario, environment.missions, environment.operations)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # it is the user's own code, and may call sys.exit
        message = f"{scenario.name}: raised {in_own_code(error)}"
        problem = Problem("raised", (), message, "correct the mission or the operation that raised it")
        return _Done(item, _could_not(source, scenario.name, located(source.data, [problem])))
    report = _report(source, scenario, played)
    if not options.update or all(one.path[0] != "expect" for one in played.differences):
        return _Done(item, report)
    text = edited(source.data.decode(), scenario.to_dict(), updated(scenario, played).to_dict())
    return _Done(item, report, update=(source, text.encode()))


def _report(source: Source, scenario: Scenario, played: Played) -> ScenarioReport:
    result, refusal = played.result, played.refusal
    why = None if refusal is None else f"{refusal.where}: {refusal.message}"
    problems = [problem_of(difference, scenario.name, why) for difference in played.differences]
    places: dict[Problem, Diagnostic] = {}
    for first in range(0, len(problems), MAX_PROBLEMS):
        found = _placed(source, located(source.data, problems[first : first + MAX_PROBLEMS]))
        places.update((place.problem, place) for place in found)
    return ScenarioReport(
        file=source.file,
        line=_line_of(source),
        name=scenario.name,
        outcome=result.outcome if result is not None else refusal.code if refusal is not None else None,
        result_sha256=None if result is None else digest(result),
        differences=tuple(
            (one, places[problem]) for one, problem in zip(played.differences, problems, strict=True)
        ),
        problems=(),
    )


_NO_SCENARIO = Problem(
    "tag", ("contract",), "the document is no scenario", "name the contract tier2.scenario/v1"
)


def _line_of(source: Source) -> int | None:
    return source.line if source.form == "line" else None


def _placed(source: Source, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The diagnostics with their lines in the file."""
    return tuple(one._replace(line=one.line + source.line - 1) for one in found)


def _could_not(source: Source, name: str | None, problems: tuple[Diagnostic, ...]) -> ScenarioReport:
    return ScenarioReport(source.file, _line_of(source), name, None, None, (), _placed(source, problems))


def _lost(item: _Item, why: str) -> _Done:
    """What came out of a scenario that ended the process in which it was played."""
    if isinstance(item.source, Unreadable):
        return _Done(item, unreadable=item.source.reason)
    scenario = diagnose(item.source.data).document
    name = scenario.name if isinstance(scenario, Scenario) else None
    problem = Problem(
        "raised", (), f"{name}: {why}", "correct the mission or the operation that ends the process"
    )
    return _Done(item, _could_not(item.source, name, located(item.source.data, [problem])))
