"""Proves from the records of tox and the reports of pytest what ran, and counts the tests.

    python tools/ci_report.py VERSION... -- TOX_RESULT_JSON...

Prints a line for each tox environment, then "N passed, M failed" over all suites. Exits with 1 if an environment of
tox.ini did not run or failed, if the suite did not run under one of the versions (such as 3.11), or if a suite has a
failure or no test at all. Only a suite under a further Python may be missing.
"""

import configparser
import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent


def environments(root: Path) -> list[str]:
    """The environments that `tox` and `tox run-parallel -m ci` run, by tox.ini."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(root / "tox.ini", "utf-8")
    names = f"{settings['tox']['env_list']}, {settings['tox']['labels'].partition('ci =')[2]}"
    return [name for name in re.split(r"[\s,]+", names) if name]


def is_suite(name: str) -> bool:
    return re.fullmatch(r"py(3\d+)?", name) is not None


def counts(report: Path) -> dict[str, int]:
    """How many tests of a suite passed, failed and were skipped, by the report that pytest wrote."""
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
    """How the commands of an environment ended, by tox's record."""
    codes = [step["retcode"] for step in environment.get("test", [])]
    if not codes:
        return "did not run"
    return "ok" if set(codes) == {0} else "failed"


def main(arguments: list[str], root: Path = ROOT) -> int:
    at = arguments.index("--")
    required, records = arguments[:at], [Path(name) for name in arguments[at + 1 :]]
    ran: dict[str, Any] = {}
    for record in records:
        written = json.loads(record.read_text("utf-8"))["testenvs"] if record.exists() else {}
        # Each record names all environments of tox.ini; those that it did not run are empty.
        ran |= {name: environment for name, environment in written.items() if environment}
    total = {"passed": 0, "failed": 0, "skipped": 0}
    proven: set[str] = set()
    faults: list[str] = []
    for name in dict.fromkeys(environments(root)):
        ended = verdict(ran.get(name, {}))
        python = ran.get(name, {}).get("python", {}).get("version", "none").split()[0]
        if is_suite(name) and name != "py" and ended == "did not run":
            continue  # the loop over the required versions reports the ones that must not be missing
        line = f"{name:10} {ended:12} Python {python:8}"
        if ended != "ok":
            faults.append(f"{name} {ended}")
        if is_suite(name):
            found = counts(root / ".tox" / name / "junit.xml")
            total = {key: value + found[key] for key, value in total.items()}
            line += "".join(f"  {value} {key}" for key, value in found.items())
            if found["passed"] and not found["failed"]:
                proven.add(".".join(python.split(".")[:2]))
            else:
                faults.append(f"{name} has {found['passed']} passed and {found['failed']} failed tests")
        print(line)
    faults += [f"no suite passed under Python {version}" for version in required if version not in proven]
    for fault in faults:
        print(f"not proven: {fault}", file=sys.stderr)
    # A fault without a failed test, such as a suite that never started, may not close with "0 failed".
    failed = max(total["failed"], len(faults) and 1)
    print(f"{total['passed']} passed, {failed} failed", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
