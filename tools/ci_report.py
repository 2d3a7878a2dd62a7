"""Proves from tox's own record and from pytest's reports what ran, and counts it.

    python tools/ci_report.py TOX_RESULT_JSON VERSION...

Prints a line for each tox environment, then "N passed, M failed". Exits with 1 if an environment that must run did
not, if one ran under another Python than its name says, or if a suite has a failure or no test at all.
"""

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
CHECKS = ("lint", "types", "walls", "contracts", "compat", "oldest", "coverage", "hashes", "interop")
"""The environments that need any one Python, and so may never be passed over."""


def counts(name: str) -> dict[str, int]:
    """How many tests of an environment's suite passed, failed and were skipped, as pytest wrote it down."""
    report = ROOT / ".tox" / name / "junit.xml"
    found = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    if report.exists():
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 - pytest wrote it just now
            found = {key: value + int(suite.get(key, "0")) for key, value in found.items()}
    failed = found["failures"] + found["errors"]
    return {
        "passed": found["tests"] - failed - found["skipped"],
        "failed": failed,
        "skipped": found["skipped"],
    }


def verdict(environment: dict[str, Any]) -> str:
    """What became of an environment's commands, by tox's record."""
    codes = [step["retcode"] for step in environment.get("test", [])]
    if not codes:
        return "did not run"
    return "ok" if set(codes) == {0} else "failed"


def main(arguments: list[str]) -> int:
    record = Path(arguments[0])
    environments = json.loads(record.read_text("utf-8"))["testenvs"] if record.exists() else {}
    suites = [f"py{version.replace('.', '')}" for version in arguments[1:]]
    total = {"passed": 0, "failed": 0, "skipped": 0}
    faults: list[str] = []
    for name in (*CHECKS, *suites):
        environment = environments.get(name, {})
        said, python = verdict(environment), environment.get("python", {}).get("version", "none").split()[0]
        line = f"{name:10} {said:12} Python {python:8}"
        if said != "ok":
            faults.append(f"{name} {said}")
        if name in suites:
            found = counts(name)
            total = {key: value + found[key] for key, value in total.items()}
            line += "".join(f"  {value} {key}" for key, value in found.items())
            version = arguments[1 + suites.index(name)]
            if not python.startswith(f"{version}."):
                faults.append(f"{name} ran under Python {python}")
            if not found["passed"] or found["failed"]:
                faults.append(
                    f"the suite of {name} has {found['passed']} passed and {found['failed']} failed tests"
                )
        print(line)
    for fault in faults:
        print(f"not proven: {fault}", file=sys.stderr)
    # A fault without a failed test, such as a suite that never started, may not close with "0 failed".
    failed = max(total["failed"], len(faults) and 1)
    print(f"{total['passed']} passed, {failed} failed", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
