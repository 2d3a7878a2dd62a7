"""The report of `tier2 check`: text for people, JSON for programs, annotations for GitHub Actions.

Each format escapes in its own way what comes from documents and file names.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from tier2.escaping import escaped
from tier2.inspection.diagnostics import Diagnostic
from tier2.shell.io.screen import in_colour
from tier2.values.canonical import canonical
from tier2.values.frozen import JsonValue  # noqa: TC001 - as everywhere


class ReportEntry(NamedTuple):
    """The part of the report about one document.

    file: The name of its file as it was given, or ``-``.
    line: The line in which it begins, where a file holds one a line.
    kind: Its contract, if it names one that is known; or ``run file``.
    sha256: Its digest, if it keeps its contract; of a run file the head.
    """

    file: str
    line: int | None
    kind: str | None
    sha256: str | None
    diagnostics: tuple[Diagnostic, ...]


def as_text(entry: ReportEntry, *, coloured: bool = False) -> Iterator[str]:
    """A line for a right document; else one for each problem: file, line, column, path, message, remedy, code.

    coloured: Whether the places of problems are red.
    """
    if not entry.diagnostics:
        place = entry.file if entry.line is None else f"{entry.file}:{entry.line}"
        yield escaped_for_runners(f"{place}: {entry.kind} {entry.sha256}")
    for problem, line, column in entry.diagnostics:
        place = escaped_for_runners(f"{entry.file}:{line}:{column}")
        text = f": {problem.where}: {problem.message}; {problem.remedy} [{problem.code}]"
        yield (in_colour(place, "red") if coloured else place) + escaped_for_runners(text)


def escaped_for_runners(text: str) -> str:
    """An escaped line that gives no order to the runner of GitHub Actions.

    The runner obeys lines that begin with ``::``, and ``##[`` anywhere in a line.
    """
    line = escaped(text).replace("##[", "#\\u0023[")
    return "\\u003a" + line[1:] if line.startswith("::") else line


def as_json(entry: ReportEntry) -> Iterator[str]:
    """One line of canonical JSON, escaped because people look at it, too."""
    problems: list[JsonValue] = [
        {
            "code": problem.code,
            "column": column,
            "line": line,
            "message": problem.message,
            "remedy": problem.remedy,
            "where": problem.where,
        }
        for problem, line, column in entry.diagnostics
    ]
    plain: dict[str, JsonValue] = {
        "file": escaped(entry.file),  # a file name need not be Unicode, and JSON is
        "kind": entry.kind,
        "line": entry.line,
        "problems": problems,
        "sha256": entry.sha256,
    }
    yield escaped(canonical(plain).decode())


def as_github(entry: ReportEntry) -> Iterator[str]:
    """One annotation for each problem, as a workflow command of GitHub Actions; nothing for a right document."""
    for problem, line, column in entry.diagnostics:
        place = f"file={_property(entry.file)},line={line},col={column}"
        message = _data(f"{problem.where}: {problem.message}; {problem.remedy}")
        yield f"::error {place},title={_property(f'tier2 {problem.code}')}::{message}"


def _data(text: str) -> str:
    # No line break is left after `escaped`; else it would have to be written as %0A here.
    return escaped(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: Mapping[str, Callable[[ReportEntry], Iterator[str]]] = {
    "text": as_text,
    "coloured": partial(as_text, coloured=True),
    "json": as_json,
    "github": as_github,
}
