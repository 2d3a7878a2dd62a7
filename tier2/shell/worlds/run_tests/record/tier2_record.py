"""A program that stands alone: it runs pytest and records which tests were found and how each one ended.

    python tier2_record.py RECORD ARGUMENTS

1. tier2 starts it by its path, under any interpreter. So it imports nothing of tier2, needs pytest 7 or later, and
   keeps to the syntax of Python 3.7. pytest gets the recorder as an object: no module, option or setting of a project
   can take its place.
2. For pytest and the tests all is as with ``python -m pytest ARGUMENTS``. A pytest that they start records nothing.
3. Each line of the file RECORD is a JSON array of two strings. It is written at once, so the story of a pytest that
   crashed can be told.

       found ID           a test that plugins and options have left to be run
       outside ID         the same, if its file lies outside the folder
       uncollected ID     a module, or another collector, that could not be collected
       collected          all tests are found; pytest waits if it is told to (rule 4)
       started ID         a test starts
       OUTCOME ID         a part of a test ended so, or a module skips all its tests
       differing          the workers of pytest-xdist found different tests
       interrupted        a test, a plugin or a person ended the session
       max_fail NUMBER    pytest stopped after this number of failures
       ended              the end of the session; without it, pytest did not get that far

4. Where there is a named pipe RECORD.go, pytest waits after ``collected`` until it can read a byte from it. If nobody
   holds the other end any more, the session ends without running a test.
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
    """The record of one session."""

    def __init__(self, path: str) -> None:
        self._process = os.getpid()
        self._folder = os.path.realpath(os.getcwd())
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._go = _opened(path + ".go")
        self._inside: dict[str, bool] = {}
        self._failures = 0
        self._workers: set[str] = set()
        self._first_worker: list[str] | None = None

    # Finding the tests

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Records a module, or another collector of tests, that could not be collected or that skips all its tests."""
        if report.failed:
            self._failures += 1
            if report.nodeid not in self._workers:
                self._write("uncollected", report.nodeid)
        elif report.skipped:
            self._write("skipped", report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Records the tests that are left when all plugins have chosen, and waits for the word to run them."""
        if _leads_workers(session.config):
            return
        self._write("found", *(item.nodeid for item in session.items))
        self._write("outside", *(item.nodeid for item in session.items if not self._is_inside(item)))
        if session.items and (not session.testsfailed or session.config.option.continue_on_collection_errors):
            self._wait()  # otherwise the session ends by itself

    def _is_inside(self, item: pytest.Item) -> bool:
        path = os.path.abspath(str(item.path))
        if path not in self._inside:
            self._inside[path] = any(
                os.path.commonpath([self._folder, place]) == self._folder
                for place in (path, os.path.realpath(path))
            )
        return self._inside[path]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        """Records the tests that the first worker of pytest-xdist has found, and waits; others are to find the same."""
        self._workers.add(str(node.gateway.id))  # type: ignore[attr-defined]  # pytest-xdist may be missing
        if self._first_worker is None:
            self._first_worker = list(ids)
            self._write("found", *ids)
            self._wait()
        elif self._first_worker != ids:
            self._write("differing", "")

    def _wait(self) -> None:
        if os.getpid() != self._process:
            return
        self._write("collected", "")
        if self._go is None:
            return
        word = os.read(self._go, 1)
        os.close(self._go)
        self._go = None
        if not word:
            raise pytest.Session.Interrupted("the tests were found, and are not to be run")

    # Running them

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Records that a test starts."""
        self._write("started", nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Records how a part of a test ended, if that says something about the test."""
        if report.failed:
            self._failures += 1
        outcome = _outcome(report)
        if outcome is not None:
            self._write(outcome, report.nodeid)

    def pytest_keyboard_interrupt(self) -> None:
        """Records that a test or a plugin ended the session, or a person did."""
        self._write("interrupted", "")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Records the end of the session."""
        limit = int(session.config.getoption("maxfail", 0) or 0)
        if 0 < limit <= self._failures:
            self._write("max_fail", str(limit))
        self._write("ended", "")

    def _write(self, kind: str, *names: str) -> None:
        """Writes a line for each name; not from a child that a test has forked."""
        if os.getpid() == self._process:
            lines = "".join(json.dumps([kind, _text(name)]) + "\n" for name in names).encode("ascii")
            while lines:
                lines = lines[os.write(self._file, lines) :]


def _opened(pipe: str) -> int | None:
    """The named pipe from which the word to go on comes; None if there is none."""
    try:
        found = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # also where nobody holds the other end any more
    except FileNotFoundError:
        return None
    os.set_blocking(found, True)
    return found


def _leads_workers(config: pytest.Config) -> bool:
    """Whether the workers of pytest-xdist find and run the tests, and not this process."""
    return config.pluginmanager.hasplugin("dsession")


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
