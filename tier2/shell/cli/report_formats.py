"""What `tier2 check` found, as text for people, as JSON for programs, or as annotations for GitHub Actions."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tier2.escaping import escaped
from tier2.inspection.diagnostics import Diagnostic
from tier2.values.canonical import canonical
from tier2.values.frozen import JsonValue  # noqa: TC001 - as everywhere


class Finding(NamedTuple):
    """What was found out about one document.

    file: the name of its file as it was given, or ``-``.
    line: the line in which it begins, where a file holds one a line.
    what: its contract, or what else it is.
    sha256: its digest, if it keeps its contract; of a run file the head.
    """

    file: str
    line: int | None
    what: str | None
    sha256: str | None
    faults: tuple[Diagnostic, ...]


def as_text(finding: Finding) -> Iterator[str]:
    """A line for a right document, or one for each fault: file, line, column, path, what is wrong, what to do."""
    if not finding.faults:
        place = finding.file if finding.line is None else f"{finding.file}:{finding.line}"
        yield inert(f"{place}: {finding.what} {finding.sha256}")
    for problem, line, column in finding.faults:
        place = f"{finding.file}:{line}:{column}"
        yield inert(f"{place}: {problem.where}: {problem.message}; {problem.remedy} [{problem.code}]")


def inert(text: str) -> str:
    """A escaped line in which no document and no file name gives an order to the runner of GitHub Actions.

    It obeys lines that begin with ``::``, and ``##[`` anywhere in a line.
    """
    told = escaped(text).replace("##[", "#\\u0023[")
    return "\\u003a" + told[1:] if told.startswith("::") else told


def as_json(finding: Finding) -> Iterator[str]:
    """One line of canonical JSON for a document, its faults included."""
    faults: list[JsonValue] = [
        {
            "code": problem.code,
            "where": problem.where,
            "message": problem.message,
            "remedy": problem.remedy,
            "line": line,
            "column": column,
        }
        for problem, line, column in finding.faults
    ]
    plain: dict[str, JsonValue] = finding._asdict()
    # A file's name need not be text; and what is written here is looked at by people, too.
    yield escaped(canonical({**plain, "file": escaped(finding.file), "faults": faults}).decode())


def as_github(finding: Finding) -> Iterator[str]:
    """One annotation a fault, in the workflow commands of GitHub Actions; nothing for a right document."""
    for problem, line, column in finding.faults:
        place = f"file={_property(finding.file)},line={line},col={column}"
        told = escaped(f"{problem.where}: {problem.message}; {problem.remedy}")
        yield f"::error {place},title={_property(f'tier2 {problem.code}')}::{_data(told)}"


def _data(text: str) -> str:
    return escaped(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: Mapping[str, Callable[[Finding], Iterator[str]]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
}
