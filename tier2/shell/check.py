"""`tier2 check`: every fault of every document in files, folders, NDJSON and stdin."""

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from tier2.canonical import digest
from tier2.contracts.base import Value
from tier2.contracts.v1 import MissionSpec, Run, WorkflowDefinition
from tier2.errors import Tier2Error
from tier2.json_text import Misfit, Path
from tier2.judging import Fault, judge, located, misfit_of
from tier2.limits import envelope_violations
from tier2.missions.kind import MissionType
from tier2.operations.kinds import Operation
from tier2.planning import build_workflow
from tier2.shell.answers import say, write
from tier2.shell.codes import BAD_INPUT, DONE, FAILED
from tier2.shell.documents import Piece, Unreadable, pieces
from tier2.shell.findings import FORMATS, Finding
from tier2.shell.journal import DamagedRun, recorded_in


def check_command(
    options: argparse.Namespace, missions: Mapping[str, MissionType], operations: Mapping[str, Operation]
) -> int:
    """Tells for each document which contract it keeps, or its faults; counts them on stderr."""
    told = FORMATS[options.format]

    def rules(document: Value) -> Iterable[Misfit]:
        return _unknown_here(document, missions, operations) if options.runnable else ()

    counts: Counter[str] = Counter()
    for piece in pieces(options.paths):
        if isinstance(piece, Unreadable):
            counts["unreadable"] += 1
            say(piece.reason)
        elif options.skip_others and _is_another(piece):
            counts["passed over"] += 1
        else:
            finding = _examined(piece, rules)
            counts.update(documents=1, faulty=int(bool(finding.faults)), faults=len(finding.faults))
            if finding.faults or not options.quiet:
                write("".join(f"{line}\n" for line in told(finding)).encode())
    say(_summary(counts))
    return BAD_INPUT if counts["unreadable"] else FAILED if counts["faults"] else DONE


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
    contract: Any = None


def _is_another(piece: Piece) -> bool:
    """Whether a text does not even mean to be a document of tier2: it names none of its contracts on top."""
    if piece.form == "run file":
        return False
    try:
        contract: object = msgspec.json.decode(piece.data, type=_Tagged).contract
    except msgspec.ValidationError:  # JSON, but no object
        return True
    except (ValueError, RecursionError):
        return not re.search(rb'"contract"\s*:\s*"tier2\.', piece.data)
    return not (isinstance(contract, str) and contract.startswith("tier2."))


Rules: TypeAlias = Callable[[Value], Iterable[Misfit]]
"""What is asked of a right document beside being right."""


def _examined(piece: Piece, rules: Rules) -> Finding:
    if piece.form == "run file":
        return _run_file(piece)
    contract, document, faults = judge(piece.data)
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
        fault = Fault("damage", "$", damage.what, "restore the file, or start a new run", damage.line, 1)
        return Finding(piece.file, None, "run file", None, (fault,))
    faults: tuple[Fault, ...] = ()
    if recorded.torn:
        line = piece.data.count(b"\n") + 1
        message = f"the last line is cut off after {recorded.torn} bytes"
        faults = (Fault("torn", "$", message, "go on with the run: `tier2 resume` drops it", line, 1),)
    return Finding(piece.file, None, "run file", None if faults else recorded.head, faults)


def _unknown_here(
    document: Value, missions: Mapping[str, MissionType], operations: Mapping[str, Operation]
) -> Iterator[Misfit]:
    """Why a right document could not be planned or started with these missions and operations."""
    if isinstance(document, MissionSpec):
        try:
            workflow = build_workflow(document, missions)
        except Tier2Error as error:
            yield misfit_of(error)
            return
        for misfit in _unknown_operations(workflow, operations, ()):
            yield misfit._replace(path=("type",))
    elif isinstance(document, WorkflowDefinition):
        yield from _unknown_operations(document, operations, ())
    elif isinstance(document, Run):
        yield from _unknown_operations(document.workflow, operations, ("workflow",))


def _unknown_operations(
    workflow: WorkflowDefinition, operations: Mapping[str, Operation], within: Path
) -> Iterator[Misfit]:
    for violation in envelope_violations(workflow.steps, operations):
        misfit = misfit_of(violation)
        yield misfit._replace(path=(*within, *misfit.path))
