"""`tier2 check`: reports every problem of every document in files, folders, NDJSON and stdin."""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import msgspec

from tier2.contracts.v1 import MissionSpec, Run, WorkflowDefinition
from tier2.engine.execution import operation_of
from tier2.engine.planning import build_workflow
from tier2.errors import EnvelopeViolation, Path, Problem, Tier2Error
from tier2.inspection.diagnostics import Diagnostic, diagnose, located
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import BAD_INPUT, DONE, FAILED
from tier2.shell.cli.options import add_jobs
from tier2.shell.cli.report_formats import FORMATS, ReportEntry, escaped_for_runners
from tier2.shell.errors import InputError
from tier2.shell.io.files import write_stdout
from tier2.shell.io.progress import Progress
from tier2.shell.io.screen import takes_colour
from tier2.shell.io.sources import Source, Together, Unreadable, sources
from tier2.shell.run_files.lines import DamagedRun, recorded_in
from tier2.shell.run_files.run_file import MAX_FILE
from tier2.values.canonical import MAX_BYTES, digest
from tier2.values.structs import Value


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``check``."""
    command.add_argument(
        "paths", metavar="PATH", nargs="+", help="a file, a folder, or - for stdin; a document, or NDJSON"
    )
    command.add_argument(
        "--format",
        choices=("text", "json", "github"),
        default="text",
        help="json: a line a document; github: annotations",
    )
    command.add_argument("--quiet", action="store_true", help="report problems only")
    command.add_argument(
        "--skip-others", action="store_true", help="skip files that name no contract of tier2"
    )
    command.add_argument(
        "--runnable",
        action="store_true",
        help="also report what could not be planned or started with the missions and operations known here",
    )
    add_jobs(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Reports for each document which contract it keeps, or its problems; counts them on stderr."""
    counts: Counter[str] = Counter()
    if options.format == "text" and takes_colour(sys.stdout):
        options.format = "coloured"  # the reports are made in other processes, which have no terminal
    with Progress(None, "documents") as progress, closing(_reports(options, environment)) as reports:
        for report in reports:
            progress.clear()
            if report.output:
                write_stdout(report.output)
            for reason in report.unreadable:
                environment.say(escaped_for_runners(reason))
            counts.update(report.counts)
            progress.show(counts["documents"], 0)
    environment.say(_summary(counts))
    return BAD_INPUT if counts["unreadable"] else FAILED if counts["problems"] else DONE


def _summary(counts: Mapping[str, int]) -> str:
    """How much was checked, in one line, so that a check of nothing is noticed."""
    documents, problems = counts["documents"], counts["problems"]
    outcome = f"{_many(problems, 'problem')} in {counts['wrong']} of them" if problems else "no problem"
    parts = [f"checked {_many(documents, 'document')}: {outcome}"]
    if counts["skipped"]:
        parts.append(f"skipped {_many(counts['skipped'], 'other file')}")
    if counts["unreadable"]:
        parts.append(f"could not read {counts['unreadable']}")
    return "; ".join(parts)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


class _Report(NamedTuple):
    """The report on some sources.

    unreadable: Why some of them could not be read.
    counts: How many there were of each kind.
    """

    output: bytes
    unreadable: list[str]
    counts: Mapping[str, int]


_Sources: TypeAlias = Sequence[Source | Unreadable]

_PARCEL, _PARCEL_BYTES = 64, 256 * 1024
"""How many sources go to another process at once, and how large these are before no further one joins them."""


def _reports(options: argparse.Namespace, environment: Environment) -> Generator[_Report, None, None]:
    """The reports on all sources, in order, over all cores; a single parcel is checked in this process."""
    work = partial(_report, options=options, environment=environment)
    parcels = _parcels(sources(options.paths, RUN_FILES))
    first, second = next(parcels, ()), next(parcels, ())
    if not second:
        yield work(first)
        return
    from tier2.shell.io.worker_pool import WorkerLost, cores, ordered  # noqa: PLC0415 - slow to import, for many documents

    try:
        yield from ordered(chain([first, second], parcels), work, options.jobs or cores())
    except WorkerLost as lost:
        raise InputError(f"{lost}; nothing after what is reported was checked; use fewer --jobs") from None


def _parcels(found: Iterable[Source | Unreadable]) -> Iterator[_Sources]:
    parcel: list[Source | Unreadable] = []
    size = 0
    for source in found:
        parcel.append(source)
        size += len(source.data) if isinstance(source, Source) else 0
        if len(parcel) == _PARCEL or size > _PARCEL_BYTES:
            yield parcel
            parcel, size = [], 0
    if parcel:
        yield parcel


def _report(parcel: _Sources, options: argparse.Namespace, environment: Environment) -> _Report:
    output: list[str] = []
    unreadable: list[str] = []
    counts: Counter[str] = Counter()
    for source in parcel:
        if isinstance(source, Unreadable):
            counts["unreadable"] += 1
            unreadable.append(source.reason)
        elif options.skip_others and not _claims_to_be_ours(source):
            counts["skipped"] += 1
        else:
            entry = _entry(source, environment if options.runnable else None)
            found = len(entry.diagnostics)
            counts.update(documents=1, wrong=int(found > 0), problems=found)
            if found or not options.quiet:
                output += FORMATS[options.format](entry)
    return _Report("".join(f"{line}\n" for line in output).encode(), unreadable, counts)


class _Marks(msgspec.Struct):
    """The members that identify a document or a line of a run file."""

    contract: Any = None
    sha256: Any = None
    run: Any = None
    entry: Any = None
    write_back: Any = None


def _claims_to_be_ours(source: Source) -> bool:
    """Whether a source names a contract of tier2, even a wrong one or in broken JSON, or belongs to a run file."""
    if source.form == "lines together" or len(source.data) > MAX_BYTES:
        return True
    try:
        marks = msgspec.json.decode(source.data, type=_Marks)
    except msgspec.ValidationError:  # JSON, but no object
        return False
    except (ValueError, RecursionError):
        return bool(_OUR_CONTRACT.search(_readable(source.data)))
    if marks.sha256 is not None and (marks.run, marks.entry, marks.write_back) != (None, None, None):
        return True
    return _is_ours(marks.contract) or _hides_ours(source.data)


def _is_ours(contract: object) -> bool:
    return isinstance(contract, str) and contract.startswith("tier2.")


def _hides_ours(data: bytes) -> bool:
    """Whether an object names our contract in a member that a later one of the same name replaces."""
    try:
        members: list[tuple[str, object]] = json.loads(data, object_pairs_hook=list)
    except RecursionError:
        return True
    return any(name == "contract" and _is_ours(value) for name, value in members)


_OUR_CONTRACT = re.compile(r"tier2\.[a-z]+/v[0-9]")


def _readable(data: bytes) -> str:
    """The characters of broken JSON in any encoding, with its escapes resolved."""
    text = data.replace(b"\0", b"").decode(errors="replace").replace("\\/", "/")
    return re.sub(r"\\u([0-9A-Fa-f]{4})", lambda escape: chr(int(escape[1], 16)), text)


def _entry(source: Source, environment: Environment | None) -> ReportEntry:
    """The report on one source.

    environment: The missions and operations with which the document should be runnable, if that is asked.
    """
    if source.form == "lines together":
        return _run_file(source)
    contract, document, found = diagnose(source.data)
    if document is not None and not found and environment is not None:
        found = located(source.data, list(_unknown_here(document, environment)))
    sha256 = digest(document) if document is not None and not found else None
    in_file = tuple(diagnostic._replace(line=diagnostic.line + source.line - 1) for diagnostic in found)
    return ReportEntry(source.file, source.line if source.form == "line" else None, contract, sha256, in_file)


def _begins_run_file(first: bytes, second: bytes) -> bool:
    """Whether these are the first two lines of a run file (see `tier2.shell.run_files.run_file`)."""
    try:
        contract: object = msgspec.json.decode(first, type=_Marks).contract
        record: object = msgspec.json.decode(second)
    except (ValueError, RecursionError):
        return False
    # Another record than the first is damage, to be reported as that of a run file.
    records = ({"run", "sha256"}, {"entry", "sha256"}, {"sha256", "write_back"})
    return contract == "tier2.run/v1" and isinstance(record, dict) and record.keys() in records


RUN_FILES = Together(_begins_run_file, MAX_FILE)


def _run_file(source: Source) -> ReportEntry:
    """The report on a run file. After the first damaged line nothing can be said, so that is the only problem."""
    diagnostics: tuple[Diagnostic, ...] = ()
    head: str | None = None
    try:
        recorded = recorded_in(source.data, source.file)
    except DamagedRun as damage:
        problem = Problem("damage", (), damage.what, "restore the file, or start a new run")
        diagnostics = (Diagnostic(problem, damage.line, 1),)
    else:
        if recorded.leftover is not None:
            finished = recorded.result is not None
            remedy = "cut them off, or restore the file" if finished else "go on with the run, which drops it"
            problem = Problem("trailing" if finished else "torn", (), recorded.leftover, remedy)
            diagnostics = (Diagnostic(problem, source.data.count(b"\n") + 1, 1),)
        else:
            head = recorded.head
    return ReportEntry(source.file, None, "run file", head, diagnostics)


def _unknown_here(document: Value, environment: Environment) -> Iterator[Problem]:
    """Why a right document could not be planned or started with these missions and operations."""
    if isinstance(document, MissionSpec):
        try:
            workflow = build_workflow(document, environment.missions)
        except Tier2Error as error:
            yield error.problem
            return
        for problem in _unknown_operations(workflow, environment, ()):
            yield msgspec.structs.replace(problem, path=("type",))
    elif isinstance(document, WorkflowDefinition):
        yield from _unknown_operations(document, environment, ())
    elif isinstance(document, Run):
        yield from _unknown_operations(document.workflow, environment, ("workflow",))


def _unknown_operations(
    workflow: WorkflowDefinition, environment: Environment, under: Path
) -> Iterator[Problem]:
    for position, step in enumerate(workflow.steps):
        if step.kind == "runtime":
            try:
                operation_of(step, environment.operations, (*under, "steps", position))
            except EnvelopeViolation as violation:
                yield violation.problem
