"""`tier2 check`: every fault of every document in files, folders, NDJSON and stdin."""

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import msgspec

from tier2.contracts.v1 import MissionSpec, Run, WorkflowDefinition
from tier2.engine.limits import envelope_violations
from tier2.engine.planning import build_workflow
from tier2.errors import Path, Problem, Tier2Error
from tier2.inspection.diagnostics import Diagnostic, diagnose, located
from tier2.kinds import MissionType, Operation
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import BAD_INPUT, DONE, FAILED
from tier2.shell.cli.options import add_jobs
from tier2.shell.cli.output import write
from tier2.shell.cli.report_formats import FORMATS, Finding, inert
from tier2.shell.io.files import InputError
from tier2.shell.io.progress import Progress
from tier2.shell.io.sources import Piece, Unreadable, pieces
from tier2.shell.runs.run_file import DamagedRun, recorded_in
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
    command.add_argument("--quiet", action="store_true", help="tell faults only")
    command.add_argument(
        "--skip-others", action="store_true", help="pass over files that name no contract of tier2"
    )
    command.add_argument(
        "--runnable",
        action="store_true",
        help="also tell what could not be planned or started with the missions and operations known here",
    )
    add_jobs(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Tells for each document which contract it keeps, or its faults; counts them on stderr."""
    told = FORMATS[options.format]

    def rules(document: Value) -> Iterable[Problem]:
        return (
            _unknown_here(document, environment.missions, environment.operations) if options.runnable else ()
        )

    def work(batch: Sequence[Piece | Unreadable]) -> _Answer:
        output: list[str] = []
        reasons: list[str] = []
        counts: Counter[str] = Counter()
        for piece in batch:
            if isinstance(piece, Unreadable):
                counts["unreadable"] += 1
                reasons.append(inert(piece.reason))
            elif options.skip_others and _is_another(piece):
                counts["passed over"] += 1
            else:
                finding = _examined(piece, rules)
                counts.update(documents=1, faulty=int(bool(finding.faults)), faults=len(finding.faults))
                if finding.faults or not options.quiet:
                    output += told(finding)
        return _Answer("".join(f"{line}\n" for line in output).encode(), reasons, counts)

    counts: Counter[str] = Counter()
    with Progress(None, "documents") as progress, closing(_answers(options, work)) as answers:
        for answer in answers:
            progress.clear()
            if answer.output:
                write(answer.output)
            for reason in answer.reasons:
                environment.say(reason)
            counts.update(answer.counts)
            progress.show(counts["documents"], 0)
    environment.say(_summary(counts))
    return BAD_INPUT if counts["unreadable"] else FAILED if counts["faults"] else DONE


class _Answer(NamedTuple):
    """What was found in some pieces: what is printed, what could not be read, and how many of what there were."""

    output: bytes
    reasons: list[str]
    counts: Mapping[str, int]


_TOGETHER, _TOGETHER_BYTES = 64, 256 * 1024
"""How many pieces go to another process together at most, and how large they are before no further one joins them."""


def _answers(
    options: argparse.Namespace, work: Callable[[Sequence[Piece | Unreadable]], _Answer]
) -> Generator[_Answer, None, None]:
    """The answers for all pieces, in order, over all cores; what fits into one parcel is done in this process."""
    parcels = _parcels(pieces(options.paths))
    first, second = next(parcels, ()), next(parcels, ())
    if not second:
        yield work(first)
        return
    from tier2.shell.io.worker_pool import WorkerLost, cores, ordered  # noqa: PLC0415 - slow to import, for many documents

    try:
        yield from ordered(chain([first, second], parcels), work, options.jobs or cores())
    except WorkerLost as lost:
        raise InputError(
            f"{lost}; what was found before is told, and nothing after it; use fewer --jobs"
        ) from None


def _parcels(found: Iterable[Piece | Unreadable]) -> Iterator[Sequence[Piece | Unreadable]]:
    parcel: list[Piece | Unreadable] = []
    size = 0
    for piece in found:
        parcel.append(piece)
        size += len(piece.data) if isinstance(piece, Piece) else 0
        if len(parcel) == _TOGETHER or size > _TOGETHER_BYTES:
            yield parcel
            parcel, size = [], 0
    if parcel:
        yield parcel


def _summary(counts: Mapping[str, int]) -> str:
    """What was checked, in one line: so that a check of nothing is seen."""
    documents, faults = counts["documents"], counts["faults"]
    right = f"{_many(faults, 'fault')} in {counts['faulty']} of them" if faults else "no fault"
    parts = [f"checked {_many(documents, 'document')}: {right}"]
    if counts["passed over"]:
        parts.append(f"passed over {_many(counts['passed over'], 'other file')}")
    if counts["unreadable"]:
        parts.append(f"could not read {counts['unreadable']}")
    return "; ".join(parts)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


class _Tagged(msgspec.Struct):
    """What shows that a text means to be ours: the name of a contract, or the members of a line of a run file."""

    contract: Any = None
    sha256: Any = None
    entry: Any = None
    write_back: Any = None


def _is_another(piece: Piece) -> bool:
    """Whether a text does not even mean to be ours: it names no contract of tier2, and is no part of a run file."""
    if piece.form == "run file" or len(piece.data) > MAX_BYTES:
        return False
    try:
        tagged = msgspec.json.decode(piece.data, type=_Tagged)
    except msgspec.ValidationError:  # JSON, but no object
        return True
    except (ValueError, RecursionError):
        return not _LOOKS_LIKE_OURS.search(_plainly(piece.data))
    if tagged.sha256 is not None and (tagged.entry, tagged.write_back) != (None, None):
        return False
    return not (_is_ours(tagged.contract) or _hides_ours(piece.data))


def _is_ours(contract: object) -> bool:
    return isinstance(contract, str) and contract.startswith("tier2.")


def _hides_ours(data: bytes) -> bool:
    """Whether a JSON object names one of our contracts by a member that a later one of the same name has hidden."""
    try:
        pairs: list[tuple[str, object]] = json.loads(data, object_pairs_hook=list)
    except RecursionError:
        return True
    return any(name == "contract" and _is_ours(value) for name, value in pairs)


_LOOKS_LIKE_OURS = re.compile(r"tier2\.[a-z]+/v[0-9]")


def _plainly(data: bytes) -> str:
    """A text that cannot be read, in any encoding, its escapes resolved."""
    text = data.replace(b"\0", b"").decode(errors="replace").replace("\\/", "/")
    return re.sub(r"\\u([0-9A-Fa-f]{4})", lambda escape: chr(int(escape[1], 16)), text)


Rules: TypeAlias = Callable[[Value], Iterable[Problem]]
"""What is asked of a right document beside being right."""


def _examined(piece: Piece, rules: Rules) -> Finding:
    if piece.form == "run file":
        return _run_file(piece)
    contract, document, faults = diagnose(piece.data)
    if document is not None and not faults:
        faults = located(piece.data, list(rules(document)))
    kept = digest(document) if document is not None and not faults else None
    below = tuple(fault._replace(line=fault.line + piece.line - 1) for fault in faults)
    return Finding(piece.file, piece.line if piece.form == "line" else None, contract, kept, below)


def _run_file(piece: Piece) -> Finding:
    """A run file, its hash chain followed; damage in one line makes all that follows worth nothing."""
    try:
        recorded = recorded_in(piece.data, piece.file)
    except DamagedRun as damage:
        problem = Problem("damage", (), damage.what, "restore the file, or start a new run")
        fault = Diagnostic(problem, damage.line, 1)
        return Finding(piece.file, None, "run file", None, (fault,))
    faults: tuple[Diagnostic, ...] = ()
    if recorded.torn:
        line = piece.data.count(b"\n") + 1
        message = f"the last line is cut off after {recorded.torn} bytes"
        problem = Problem("torn", (), message, "go on with the run: `tier2 resume` drops it")
        faults = (Diagnostic(problem, line, 1),)
    return Finding(piece.file, None, "run file", None if faults else recorded.head, faults)


def _unknown_here(
    document: Value, missions: Mapping[str, MissionType], operations: Mapping[str, Operation]
) -> Iterator[Problem]:
    """Why a right document could not be planned or started with these missions and operations."""
    if isinstance(document, MissionSpec):
        try:
            workflow = build_workflow(document, missions)
        except Tier2Error as error:
            yield error.problem
            return
        for problem in _unknown_operations(workflow, operations, ()):
            yield problem._replace(path=("type",))
    elif isinstance(document, WorkflowDefinition):
        yield from _unknown_operations(document, operations, ())
    elif isinstance(document, Run):
        yield from _unknown_operations(document.workflow, operations, ("workflow",))


def _unknown_operations(
    workflow: WorkflowDefinition, operations: Mapping[str, Operation], within: Path
) -> Iterator[Problem]:
    for violation in envelope_violations(workflow.steps, operations):
        yield violation.restated(Tier2Error, within).problem
