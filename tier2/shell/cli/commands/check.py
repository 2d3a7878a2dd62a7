"""`tier2 check`: reports every problem of every document in files, folders, NDJSON and stdin."""

import argparse
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeAlias

import msgspec

from tier2.contracts.v1 import DOCUMENTS
from tier2.shell.cli.commands.check_source import RUN_FILES, claims_to_be_known, entry_of
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import BAD_INPUT, DONE, FAILED
from tier2.shell.cli.inputs import own_documents
from tier2.shell.cli.options import add_jobs
from tier2.shell.cli.reports.formats import FORMATS, ReportEntry
from tier2.shell.cli.reports.github import GitHubReport
from tier2.shell.errors import InputError
from tier2.shell.io.files import write_stdout
from tier2.shell.io.progress import Progress
from tier2.shell.io.screen import takes_colour
from tier2.shell.io.sources import Source, Unreadable, sources


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
        "--skip-others", action="store_true", help="skip files that name no contract that is known"
    )
    command.add_argument(
        "--runnable",
        action="store_true",
        help="also report what could not be planned or started with the missions and operations known here",
    )
    command.add_argument(
        "--documents",
        metavar="PACKAGE.MODULE:NAME",
        help="also know the documents of your own contracts: DOCUMENTS of the module that `contracts generate` made",
    )
    add_jobs(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Reports for each document which contract it keeps, or its problems; counts them on stderr."""
    counts: Counter[str] = Counter()
    if options.documents is not None:
        own = own_documents("--documents", options.documents)
        environment = msgspec.structs.replace(environment, documents={**environment.documents, **own})
    if options.format == "text" and takes_colour(sys.stdout):
        options.format = "coloured"  # the reports are made in other processes, which have no terminal
    github = GitHubReport(f"{environment.prog} check") if options.format == "github" else None
    with Progress(None, "documents") as progress, closing(_reports(options, environment)) as reports:
        for report in reports:
            progress.clear()
            _write(report.lines)
            if github is not None:
                _write(line for one in report.entries for line in github.lines(one.file, one.diagnostics))
            for reason in report.unreadable:
                environment.say(reason)
            counts.update(report.counts)
            progress.show(counts["documents"], 0)
    if github is not None:
        _write(github.end(_summary(counts)))
    environment.say(_summary(counts))
    return BAD_INPUT if counts["unreadable"] else FAILED if counts["problems"] else DONE


def _write(lines: Iterable[str]) -> None:
    output = "".join(f"{line}\n" for line in lines)
    if output:
        write_stdout(output.encode())


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

    lines: Those of the report, in the formats that give each document lines of its own.
    entries: What is reported, for GitHub, where not everything has an annotation.
    unreadable: Why some of them could not be read.
    counts: How many there were of each kind.
    """

    lines: Sequence[str]
    entries: Sequence[ReportEntry]
    unreadable: Sequence[str]
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
    lines: list[str] = []
    entries: list[ReportEntry] = []
    unreadable: list[str] = []
    counts: Counter[str] = Counter()
    known = {**environment.documents, **DOCUMENTS}
    for source in parcel:
        if isinstance(source, Unreadable):
            counts["unreadable"] += 1
            unreadable.append(source.reason)
        elif options.skip_others and not claims_to_be_known(source, known):
            counts["skipped"] += 1
        else:
            entry = entry_of(source, known, environment if options.runnable else None)
            found = len(entry.diagnostics)
            counts.update(documents=1, wrong=int(found > 0), problems=found)
            if options.format == "github":
                entries += [entry] if found else []
            elif found or not options.quiet:
                lines += FORMATS[options.format](entry)
    return _Report(lines, entries, unreadable, counts)
