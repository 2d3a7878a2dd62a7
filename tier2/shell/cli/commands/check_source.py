"""The report of `tier2 check` on one source: a document, or a run file; and whether it is one of tier2's at all."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from tier2.contracts.v1 import MissionSpec, Run, WorkflowDefinition
from tier2.engine.execution import operation_of
from tier2.engine.planning import build_workflow
from tier2.errors import EnvelopeViolation, Path, Problem, Tier2Error
from tier2.inspection.diagnostics import Diagnostic, diagnose, located
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.reports.formats import ReportEntry
from tier2.shell.errors import RunError
from tier2.shell.io.sources import Source, Together, is_json
from tier2.shell.run_files.lines import BOM, DamagedRun, recorded_in
from tier2.shell.run_files.run_file import MAX_FILE
from tier2.values.canonical import MAX_BYTES, digest
from tier2.values.structs import Value


class _Marks(msgspec.Struct):
    """The members that identify a document or a line of a run file."""

    contract: Any = None
    sha256: Any = None
    run: Any = None
    entry: Any = None
    write_back: Any = None


Documents: TypeAlias = Mapping[str, type[Value]]
"""The classes of the documents that are known, by the contract that they name."""


def claims_to_be_known(source: Source, documents: Documents) -> bool:
    """Whether a source names a known contract, or one of tier2, even a wrong one or in broken JSON.

    The lines of a run file do, too.

    Of a text that is too large for a document, only the beginning is looked at.
    """
    if source.form == "lines together":
        return True
    ours = _Named(documents)
    if len(source.data) > MAX_BYTES:
        return ours.stand_in(source.data[:_BEGINNING])
    try:
        marks = msgspec.json.decode(source.data, type=_Marks)
    except msgspec.ValidationError:  # JSON, but no object
        return False
    except (ValueError, RecursionError):
        return ours.stand_in(source.data)
    if marks.sha256 is not None and (marks.run, marks.entry, marks.write_back) != (None, None, None):
        return True
    return ours.have(marks.contract) or (ours.stand_in(source.data) and _hides(source.data, ours))


_BEGINNING = 1024 * 1024
"""How much of a text that is too large is searched. Every document of ours names a contract in its first members."""


class _Named:
    """The names of contracts that are known, in any version, and all that begin with ``tier2.``."""

    def __init__(self, documents: Documents) -> None:
        self._stems = {contract.rpartition("/v")[0] for contract in documents if "/v" in contract}
        names = [r"tier2\.[a-z]+", *map(re.escape, sorted(self._stems))]
        self._pattern = f"(?:{'|'.join(names)})/v[0-9]"

    def have(self, contract: object) -> bool:
        """Whether a value is such a name."""
        if not isinstance(contract, str):
            return False
        return contract.startswith("tier2.") or contract.rpartition("/v")[0] in self._stems

    def stand_in(self, data: bytes) -> bool:
        """Whether one of the names stands in a text, which need not be JSON."""
        return re.search(self._pattern, _readable(data)) is not None


def _hides(data: bytes, ours: _Named) -> bool:
    """Whether an object names a known contract in a member that a later one of the same name replaces."""
    try:
        members: list[tuple[str, object]] = json.loads(data, object_pairs_hook=list)
    except RecursionError:
        return True
    return any(name == "contract" and ours.have(value) for name, value in members)


def _readable(data: bytes) -> str:
    """The characters of broken JSON in any encoding, with its escapes resolved."""
    text = data.replace(b"\0", b"").decode(errors="replace").replace("\\/", "/")
    return re.sub(r"\\u([0-9A-Fa-f]{4})", lambda escape: chr(int(escape[1], 16)), text)


def entry_of(source: Source, documents: Documents, environment: Environment | None) -> ReportEntry:
    """The report on one source.

    documents: What it may be.
    environment: The missions and operations with which the document should be runnable, if that is asked.
    """
    if source.form == "lines together":
        return _run_file(source)
    contract, document, found = diagnose(source.data, documents=documents)
    if document is not None and not found and environment is not None:
        found = located(source.data, list(_unknown_here(document, environment)))
    sha256 = digest(document) if document is not None and not found else None
    in_file = tuple(diagnostic._replace(line=diagnostic.line + source.line - 1) for diagnostic in found)
    return ReportEntry(source.file, source.line if source.form == "line" else None, contract, sha256, in_file)


def _begins_run_file(first: bytes, second: bytes) -> bool:
    """Whether these are the first two lines of a run file (see `tier2.shell.run_files.lines`), even if damaged."""
    if first.startswith(_FIRST) and not first.endswith(b"\n"):  # unless it is a whole document, it is cut off
        return not is_json(first)
    try:
        contract: object = msgspec.json.decode(first.removeprefix(BOM), type=_Marks).contract
    except (ValueError, RecursionError):
        return False
    if contract != "tier2.run/v1":
        return False
    try:
        record: object = msgspec.json.decode(second)
    except (ValueError, RecursionError):
        # A line without its newline may be cut off.
        cut_off = second and not second.endswith(b"\n")
        return bool(cut_off) and _SECOND.startswith(second[: len(_SECOND)])
    # Another record than the first is damage, to be reported as that of a run file.
    records = ({"run", "sha256"}, {"entry", "sha256"}, {"sha256", "write_back"})
    return isinstance(record, dict) and record.keys() in records


_FIRST = b'{"context":{"contract":"tier2.context/v1",'
"""How the first line of a run file begins."""

_SECOND = b'{"run":{"began_at":"'
"""How the second line of a run file begins."""

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
    except RunError:  # it has no two whole lines
        line = source.data.count(b"\n") + 1
        message = f"the run file is cut off in line {line}, before its first step"
        diagnostics = (Diagnostic(Problem("torn", (), message, "start the run anew"), line, 1),)
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
