"""The report of `tier2 check`: text for people, JSON for programs.

Each format escapes in its own way what comes from documents and file names. In JSON a file name is exact: one that is
no UTF-8 has U+FFFD for each wrong byte, and its bytes are the member ``file_base64``.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from tier2.escaping import escaped_line
from tier2.inspection.diagnostics import Diagnostic
from tier2.shell.io.screen import in_colour
from tier2.values.canonical import canonical
from tier2.values.frozen import JsonValue


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
        yield escaped_line(f"{place}: {entry.kind} {entry.sha256}")
    for diagnostic in entry.diagnostics:
        yield problem_line(entry.file, diagnostic, coloured=coloured)


def problem_line(file: str, diagnostic: Diagnostic, *, coloured: bool = False) -> str:
    """The line of a problem in the report for people; see `as_text`."""
    problem, line, column = diagnostic
    place = escaped_line(f"{file}:{line}:{column}")
    text = f": {problem.where}: {problem.message}; {problem.remedy} [{problem.code}]"
    return (in_colour(place, "red") if coloured else place) + escaped_line(text)


def problem_members(diagnostics: Iterable[Diagnostic]) -> list[JsonValue]:
    """The problems of a document as JSON objects, in their order."""
    return [
        {
            "code": problem.code,
            "column": column,
            "line": line,
            "message": problem.message,
            "remedy": problem.remedy,
            "where": problem.where,
        }
        for problem, line, column in diagnostics
    ]


def as_json(entry: ReportEntry) -> Iterator[str]:
    """One line of JSON, escaped because people look at it, too."""
    problems = problem_members(entry.diagnostics)
    plain: dict[str, JsonValue] = {
        **file_name("file", entry.file),
        "kind": entry.kind,
        "line": entry.line,
        "problems": problems,
        "sha256": entry.sha256,
    }
    yield escaped_line(canonical(plain).decode())


def file_name(member: str, name: str) -> dict[str, JsonValue]:
    """The members of a JSON object that hold a file name exactly: one, or two for a name that is no UTF-8."""
    data = os.fsencode(name)
    exact: dict[str, JsonValue] = {member: data.decode(errors="replace")}
    if exact[member] != name:
        from base64 import b64encode  # noqa: PLC0415 - such names are rare

        exact[f"{member}_base64"] = b64encode(data).decode()
    return exact


FORMATS: Mapping[str, Callable[[ReportEntry], Iterator[str]]] = {
    "text": as_text,
    "coloured": partial(as_text, coloured=True),
    "json": as_json,
}
"""The formats in which each document has lines of its own; see `tier2.shell.cli.reports.github` for the third."""
