"""The report of a check for GitHub Actions: annotations at the lines of a pull request, and a summary of the step.

1. An annotation names its file relative to the root of the repository (``GITHUB_WORKSPACE``), wherever the step works.
2. GitHub shows ten annotations of a kind for each step, and drops the rest. So the first ten problems are annotations
   of the kind ``error``. The others are lines of the log, and one ``warning`` says how many they are.
3. All problems are in the step's summary (``GITHUB_STEP_SUMMARY``), as far as GitHub accepts them: it is Markdown of
   at most 1 MiB. What comes from documents and file names is no markup in it.
"""

import os
import re
from collections.abc import Iterable, Iterator

from tier2.escaping import escaped, escaped_line
from tier2.inspection.diagnostics import Diagnostic
from tier2.shell.cli.reports.formats import problem_line

SHOWN = 10
"""How many annotations of a kind GitHub shows for each step."""

MAX_SUMMARY = 1024 * 1024
"""How many bytes the summary of a step may have."""

_MAX_CELL = 1000
"""How many characters of a problem the summary has."""


class GitHubReport:
    """The report of one command: call `lines` for each document, then `end`."""

    def __init__(self, title: str) -> None:
        """title: The command, such as ``tier2 check``."""
        self._title = title
        self._workspace = os.environ.get("GITHUB_WORKSPACE") or None
        self._file = os.environ.get("GITHUB_STEP_SUMMARY") or None
        self._room = MAX_SUMMARY - _ROOM_AROUND - (_size(self._file) if self._file else 0)
        if self._room < 0:
            self._file = None
        self._rows: list[str] = []
        self._reported = self._omitted = 0

    def lines(self, file: str, diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
        """An annotation for each problem of a document, or a line of the log where GitHub would drop it."""
        for diagnostic in diagnostics:
            self._reported += 1
            self._add_row(file, diagnostic)
            if self._reported <= SHOWN:
                yield self._annotation(file, diagnostic)
            else:
                yield problem_line(file, diagnostic)

    def end(self, summary: str) -> Iterator[str]:
        """A warning about the problems without annotation; also writes the step's summary.

        summary: How much was checked, in one line.
        """
        if self._reported > SHOWN:
            more = f"{self._reported - SHOWN:,} more problems are in the log of this step"
            yield f"::warning title={_property(self._title)}::{_data(more)}"
        if self._file is not None:
            try:
                with open(self._file, "a", encoding="utf-8") as file:
                    file.write(self._markdown(summary))
            except OSError as error:
                text = f"the summary of the step cannot be written: {error.strerror}"
                yield f"::warning title={_property(self._title)}::{_data(text)}"

    def _annotation(self, file: str, diagnostic: Diagnostic) -> str:
        problem, line, column = diagnostic
        title = f"title={_property(f'tier2 {problem.code}')}"
        message = f"{problem.where}: {problem.message}; {problem.remedy}"
        if file == "-":
            return f"::error {title}::{_data(f'stdin:{line}:{column}: {message}')}"
        return (
            f"::error file={_property(self._place(file))},line={line},col={column},{title}::{_data(message)}"
        )

    def _place(self, file: str) -> str:
        """The path of a file from the root of the repository; of a file elsewhere, the name as it was given."""
        if self._workspace is None:
            return file
        folder, name = os.path.split(os.path.abspath(file))
        path = os.path.relpath(
            os.path.join(os.path.realpath(folder), name), os.path.realpath(self._workspace)
        )
        return file if path.startswith(os.pardir + os.sep) else path

    def _add_row(self, file: str, diagnostic: Diagnostic) -> None:
        if self._file is None or self._omitted:
            self._omitted += 1
            return
        problem, line, column = diagnostic
        text = f"{problem.where}: {problem.message}; {problem.remedy} [{problem.code}]"
        row = f"| {_cell(f'{self._place(file)}:{line}:{column}')} | {_cell(text)} |\n"
        size = len(row.encode())
        if size > self._room:
            self._omitted += 1
        else:
            self._room -= size
            self._rows.append(row)

    def _markdown(self, summary: str) -> str:
        text = f"**{_cell(self._title)}**: {_cell(summary)}\n\n"
        if self._rows:
            text += "| place | problem |\n| --- | --- |\n" + "".join(self._rows) + "\n"
        if self._omitted:
            text += f"{self._omitted:,} more problems are in the log of this step.\n\n"
        return text


_ROOM_AROUND = 1024
"""How many bytes the summary may have beside its rows."""


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:
        return 0


def _cell(text: str) -> str:
    r"""A text in a table of GitHub's Markdown, which shows it as it is.

    >>> print(_cell("a|b <i> *c*"))
    a&#124;b \<i\> \*c\*
    """
    shown = escaped(text if len(text) <= _MAX_CELL else f"{text[:_MAX_CELL]}...")
    # A pipe ends the cell before Markdown reads backslashes.
    return re.sub(r"([!-/:-@\[-`{}~])", r"\\\1", shown).replace("|", "&#124;")


def _data(text: str) -> str:
    # No line break is left after `escaped_line`; else it would have to be written as %0A here.
    return escaped_line(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
