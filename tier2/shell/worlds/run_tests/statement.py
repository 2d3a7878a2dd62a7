"""What a finished test run says in an in-toto statement: the predicate test-result.

Source: the in-toto Attestation Framework, predicate Test Result v0.1.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from msgspec import UNSET, UnsetType

from tier2.contracts.v1 import Artifact, OrchestrationResult, RunTestsState, TestRecord
from tier2.contracts.views import view
from tier2.kinds import JsonObject
from tier2.shell.run_files.artifacts import artifacts_in, standing_of
from tier2.shell.worlds.run_tests.outputs import OUTCOMES
from tier2.values.frozen import JsonValue  # noqa: TC001

TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
"""The type of the predicate."""

LISTS: Mapping[str, str] = {
    "passed": "passedTests",
    "xfailed": "passedTests",
    "xpassed": "warnedTests",
    "failed": "failedTests",
    "error": "failedTests",
}
"""The list in which a test of each outcome stands. There is none for tests that were skipped or did not run."""


def predicate(
    result: OrchestrationResult, folder: Path, say: Callable[[str], None]
) -> tuple[str, JsonObject]:
    """The type of the predicate, and the predicate.

    folder: The folder of the run. Without its list of outcomes, the predicate has no lists of tests.
    say: Shows a person what is left out.

    Raises ContractError for a malformed state, and InputError for a file that may not be read.
    """
    lineage = result.lineage
    used = {"workflow": lineage.workflow_sha256, "context": lineage.context_sha256}
    configuration: list[JsonValue] = [
        {"name": name, "digest": {"sha256": sha256}} for name, sha256 in used.items()
    ]
    return TEST_RESULT, {
        "result": _verdict(result),
        "configuration": configuration,
        **_lists(artifacts_in(result.final_state).get(OUTCOMES), folder, say),
    }


def _verdict(result: OrchestrationResult) -> str:
    report = view(result.final_state, RunTestsState).report
    if not result.success or isinstance(report, UnsetType) or report.status != "passed":
        return "FAILED"
    return "PASSED" if report.xpassed in (0, UNSET) else "WARNED"


def _lists(named: Artifact | None, folder: Path, say: Callable[[str], None]) -> JsonObject:
    """The names of the tests that passed, passed against expectation, and failed."""
    if named is None or standing_of(folder, OUTCOMES, named) != "matching":
        why = "the run has no list of outcomes" if named is None else f"{folder / OUTCOMES}: is absent"
        say(f"{why}, so the statement names no tests")
        return {}
    lists: dict[str, list[str]] = {name: [] for name in dict.fromkeys(LISTS.values())}
    decoder = msgspec.json.Decoder(TestRecord)
    with open(folder / OUTCOMES, "rb") as file:
        for line in file:
            record = decoder.decode(line)
            if (name := LISTS.get(record.outcome)) is not None:
                lists[name].append(record.id)
    return lists
