"""The report of `tier2 test`: text for people, JSON for programs, JUnit XML and annotations for CI.

Each format escapes in its own way what comes from scenarios and file names.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from tier2.engine.verification import Difference
from tier2.errors import Problem
from tier2.escaping import escaped, escaped_line
from tier2.inspection.diagnostics import Diagnostic
from tier2.shell.cli.reports.formats import ReportEntry, as_text, file_name, problem_members
from tier2.values.canonical import canonical
from tier2.values.frozen import JsonValue  # noqa: TC001 - as everywhere

_SHOWN = 300
"""How many characters of a value people see."""


class ScenarioReport(NamedTuple):
    """What came out of one scenario.

    file: The name of its file as it was given, or ``-``.
    line: The line in which it begins, where a file holds one a line.
    name: Its own name; None if it cannot be read.
    outcome: The outcome of the run, or the code of the error that ended it; None if it could not be played.
    result_sha256: The digest of the result, if there is one.
    differences: What differs from what is expected, each with its line and column.
    problems: Why it could not be played.
    """

    file: str
    line: int | None
    name: str | None
    outcome: str | None
    result_sha256: str | None
    differences: tuple[tuple[Difference, Diagnostic], ...]
    problems: tuple[Diagnostic, ...]

    @property
    def passed(self) -> bool:
        """Whether it was played, and nothing differs."""
        return not self.differences and not self.problems

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The differences and the problems, each with its line and column."""
        return (*(diagnostic for _, diagnostic in self.differences), *self.problems)


def problem_of(difference: Difference, name: str, why: str | None) -> Problem:
    """A difference in words.

    name: that of the scenario.
    why: why the mission, its plan or an answer was refused, if it was.
    """
    if difference.expected == "used":
        message, remedy = "no step uses this answer", "remove it, or correct the id of its step"
    else:
        message = f"expected {_cut(difference.expected)}, found {_cut(difference.found)}"
        if difference.path == ("expect", "error") and why is not None:
            message += f" ({why})"
        remedy = "correct the mission or its operations, or let the scenario expect it with --update"
    return Problem("difference", difference.path, f"{name}: {message}", remedy)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text):,} characters)"


def _entry(report: ReportEntry | ScenarioReport) -> ReportEntry:
    return ReportEntry(report.file, report.line, None, None, report.diagnostics)


def text_lines(report: ScenarioReport) -> Iterator[str]:
    """A line for a scenario that passed; else one for each difference or problem."""
    if report.passed:
        place = report.file if report.line is None else f"{report.file}:{report.line}"
        yield escaped_line(f"{place}: {report.name}: as expected ({report.outcome})")
    else:
        yield from as_text(_entry(report))


def json_lines(report: ScenarioReport) -> Iterator[str]:
    """One line of JSON, escaped because people look at it, too."""
    differences: list[JsonValue] = [
        {
            "column": place.column,
            "expected": difference.expected,
            "found": difference.found,
            "line": place.line,
            "where": difference.where,
        }
        for difference, place in report.differences
    ]
    problems = problem_members(report.problems)
    plain: dict[str, JsonValue] = {
        "differences": differences,
        **file_name("file", report.file),
        "line": report.line,
        "name": report.name,
        "outcome": report.outcome,
        "passed": report.passed,
        "problems": problems,
        "result_sha256": report.result_sha256,
    }
    yield escaped_line(canonical(plain).decode())


def junit(reports: Iterable[ScenarioReport]) -> Iterator[str]:
    """The lines of a JUnit XML document: a suite for each file, a test case for each scenario."""
    suites = [(file, [*group]) for file, group in groupby(reports, lambda report: report.file)]
    everything = [report for _, group in suites for report in group]
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites name={_attribute('tier2 test')} {_counts(everything)}>"
    for file, group in suites:
        yield f"  <testsuite name={_attribute(file)} {_counts(group)}>"
        for report in group:
            yield from _case(report)
        yield "  </testsuite>"
    yield "</testsuites>"


def _counts(reports: Sequence[ScenarioReport]) -> str:
    errors = sum(bool(report.problems) for report in reports)
    failures = sum(not report.passed for report in reports) - errors
    return f'tests="{len(reports)}" failures="{failures}" errors="{errors}"'


def _case(report: ScenarioReport) -> Iterator[str]:
    unnamed = "cannot be read" if report.line is None else f"line {report.line} cannot be read"
    name = unnamed if report.name is None else report.name
    begin = f"    <testcase classname={_attribute(report.file)} name={_attribute(name)}"
    if report.passed:
        yield f"{begin}/>"
        return
    kind = "error" if report.problems else "failure"
    first, *_ = report.diagnostics
    lines = "\n".join(as_text(_entry(report)))
    yield f"{begin}>"
    yield f"      <{kind} type={_attribute(first.problem.code)} message={_attribute(first.problem.message)}>"
    yield f"{escape(lines)}</{kind}>"
    yield "    </testcase>"


def _attribute(text: str) -> str:
    # `escaped` leaves no character that XML 1.0 does not have.
    return quoteattr(escaped(text))


LINES: Mapping[str, Callable[[ScenarioReport], Iterator[str]]] = {
    "text": text_lines,
    "json": json_lines,
}
"""The formats in which each report has lines of its own; `junit` is one document, and `github` counts annotations."""
