"""A pytest plugin that stands alone: it records which tests were found and how each one ended, as one JSON file.

1. It is loaded into a pytest that tier2 starts (``-p tier2_record``, this folder on ``PYTHONPATH``), under any
   interpreter. So it imports nothing of tier2, needs pytest 7 or later, and keeps to the syntax of Python 3.7.
2. The file that ``TIER2_RECORD`` names appears at the end of the session, whole. If it is missing, pytest did not get
   that far, even if its exit code is good.
3. The tests see neither the variable nor the folder in their environment: a pytest that they start records nothing.
4. Times and places of the machine are not recorded.
"""
# ruff: noqa: INP001  # no package on purpose: the folder is put on the path, and must bring nothing else along

from __future__ import annotations

import json
import os

import pytest

VARIABLE = "TIER2_RECORD"

OTHER_OUTCOMES: tuple[str, ...] = ("rerun",)
"""Outcomes that plugins report and that do not say how a test ended."""


def pytest_configure(config: pytest.Config) -> None:
    """Begins the record; in a worker of pytest-xdist there is none, since its controller hears of everything."""
    path = os.environ.pop(VARIABLE, "")
    here = os.path.dirname(os.path.abspath(__file__))
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if folders == [here]:
        del os.environ["PYTHONPATH"]
    elif here in folders:
        folders.remove(here)
        os.environ["PYTHONPATH"] = os.pathsep.join(folders)
    if path:
        config.pluginmanager.register(Record(path), "tier2_record_of_the_session")


class Record:
    """The record of one session so far."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._process = os.getpid()
        self._collected: list[str] = []
        self._errors: list[str] = []
        self._outcomes: list[dict[str, str]] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notes a module, or another collector of tests, that could not be collected."""
        if report.failed:
            self._errors.append(_text(report.nodeid))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Notes the tests that are left when all plugins have chosen."""
        self._collected = [_text(item.nodeid) for item in session.items]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Notes the tests that the workers of pytest-xdist have found, each the same."""
        self._collected = [_text(name) for name in ids]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes how a part of a test ended, if that says something about the test."""
        outcome = _outcome(report)
        if outcome is not None:
            self._outcomes.append({"id": _text(report.nodeid), "outcome": outcome})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Puts the file in place; not from a child that a test has forked and that came this far."""
        if os.getpid() != self._process:
            return
        found = {"collected": self._collected, "errors": self._errors, "outcomes": self._outcomes}
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
