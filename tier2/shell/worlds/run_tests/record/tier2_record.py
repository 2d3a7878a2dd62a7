"""A program that stands alone: it runs pytest and records which tests were found and how each one ended.

    python tier2_record.py RECORD ARGUMENTS

1. tier2 starts it by its path, under any interpreter. So it imports nothing of tier2, needs pytest 7 or later, and
   keeps to the syntax of Python 3.7. pytest gets the recorder as an object: no module, option or setting of a project
   can take its place.
2. For pytest and the tests all is as with ``python -m pytest ARGUMENTS``. A pytest that they start records nothing.
3. The file RECORD, one JSON object, appears at the end of the session, whole. If it is missing, pytest did not get that
   far, even if its exit code is good.
4. RECORD.log grows meanwhile, so that the story of a pytest that crashed can be told. Its first line is the list of the
   tests that were found. Each other line is a test with its outcome, or with null when it starts.
5. Times and places of the machine are not recorded.
"""
# ruff: noqa: INP001  # no package on purpose: it is a program

from __future__ import annotations

import json
import os
import sys

_HERE = os.path.dirname(os.path.realpath(__file__))

if __name__ == "__main__" and sys.path and os.path.realpath(sys.path[0]) == _HERE:
    sys.path[0] = os.getcwd()  # where ``python -m pytest`` begins to search

NO_PYTEST = 120
"""The exit code if the interpreter has no pytest."""

try:
    import pytest
except ModuleNotFoundError as error:
    if error.name != "pytest":
        raise
    sys.exit(NO_PYTEST)

OTHER_OUTCOMES: tuple[str, ...] = ("rerun",)
"""Outcomes that plugins report and that do not say how a test ended."""


def main() -> int:
    """Runs pytest as ``python -m pytest`` does, with the recorder."""
    path, arguments = sys.argv[1], sys.argv[2:]
    sys.argv = [os.path.join(os.path.dirname(os.path.abspath(pytest.__file__)), "__main__.py"), *arguments]
    return int(pytest.main(arguments, plugins=[Record(path)]))


class Record:
    """The record of one session so far."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._process = os.getpid()
        self._folder = os.path.realpath(os.getcwd())
        self._log = open(path + ".log", "w", encoding="utf-8")  # noqa: SIM115 - it is open as long as the session
        self._collected: list[str] = []
        self._outside: list[str] = []
        self._errors: list[str] = []
        self._outcomes: list[dict[str, str]] = []
        self._by_worker: dict[str, list[str]] = {}
        self._interrupted = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notes a module, or another collector of tests, that could not be collected or that skips all its tests."""
        if report.failed and report.nodeid not in self._by_worker:
            self._errors.append(_text(report.nodeid))
        elif report.skipped:
            self._outcomes.append({"id": _text(report.nodeid), "outcome": "skipped"})

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Notes the tests that are left when all plugins have chosen, and those whose files lie elsewhere."""
        self._collected = [_text(item.nodeid) for item in session.items]
        self._outside = [_text(item.nodeid) for item in session.items if not self._is_inside(item)]
        self._write(self._collected)

    def _is_inside(self, item: pytest.Item) -> bool:
        path = os.path.abspath(str(item.path))
        return any(
            os.path.commonpath([self._folder, place]) == self._folder
            for place in (path, os.path.realpath(path))
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        """Notes the tests that a worker of pytest-xdist has found."""
        self._by_worker[str(node.gateway.id)] = names = [_text(name) for name in ids]  # type: ignore[attr-defined]  # pytest-xdist may be missing
        self._collected = sorted({*self._collected, *names})
        self._write(self._collected)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Notes that a test starts."""
        self._write([_text(nodeid), None])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes how a part of a test ended, if that says something about the test."""
        outcome = _outcome(report)
        if outcome is not None:
            self._outcomes.append({"id": _text(report.nodeid), "outcome": outcome})
            self._write([_text(report.nodeid), outcome])

    def pytest_keyboard_interrupt(self) -> None:
        """Notes that a test or a plugin ended the session, or a person did."""
        self._interrupted = True

    def _write(self, line: object) -> None:
        if os.getpid() == self._process:
            self._log.write(json.dumps(line) + "\n")
            self._log.flush()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Puts the file in place; not from a child that a test has forked and that came this far."""
        if os.getpid() != self._process:
            return
        workers = list(self._by_worker.values())
        found = {
            "collected": self._collected,
            "outside": self._outside,
            "errors": self._errors,
            "outcomes": self._outcomes,
            "differing": any(names != workers[0] for names in workers),
            "interrupted": self._interrupted,
            "max_fail": int(session.config.getoption("maxfail", 0) or 0),
        }
        temporary = self._path + ".part"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(found, file)
        os.replace(temporary, self._path)


def _outcome(report: pytest.TestReport) -> str | None:
    """The outcome in the words of pytest's own summary; None for a set-up or tear-down in which all went well."""
    if report.outcome == "failed":
        return "error" if report.when in ("setup", "teardown") else "failed"
    expected = hasattr(report, "wasxfail")
    if report.outcome == "skipped":
        return "xfailed" if expected else "skipped"
    if report.when != "call" or report.outcome in OTHER_OUTCOMES:
        return None
    return "xpassed" if expected else "passed"


def _text(name: str) -> str:
    """A name without lone surrogates, which stand for bytes of a file name that are no UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


if __name__ == "__main__":
    sys.exit(main())
