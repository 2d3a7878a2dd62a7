"""`verify --archive` finds differences and bad lines among many results."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shell_command import Command

from tier2.kinds import Pure
from tier2.missions import OPERATIONS

Json = Any

EXAMPLE = Path(__file__).parents[2] / "contracts/examples/day.json"


@pytest.fixture
def archive(tier2: Command) -> list[bytes]:
    """Three lines of an archive."""
    state = json.loads(EXAMPLE.read_bytes())
    context = {"contract": "tier2.context/v1", "initial_state": state, "metadata": {}}
    missions = [
        {"contract": "tier2.mission/v1", "type": "daily_loop", "params": {"requested_steps": n}}
        for n in (0, 4, 5)
    ]
    lines = [json.dumps({"mission": mission, "context": context}).encode() for mission in missions]
    answer = tier2("batch", "--with-runs", stdin=b"\n".join(lines))
    assert (answer.code, answer.err) == (0, "")
    return answer.out.splitlines()


def changed(line: bytes, change: Callable[[Json], object]) -> bytes:
    document = json.loads(line)
    change(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("rerun", [[], ["--rerun"]])
def test_an_archive_made_by_batch_is_confirmed(
    tier2: Command, archive: list[bytes], jobs: int, rerun: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "archive.ndjson"
    path.write_bytes(b"\n".join(archive))
    for name, stdin in ((str(path), b""), ("-", path.read_bytes())):
        answer = tier2("verify", "--archive", name, "--jobs", jobs, *rerun, stdin=stdin)
        assert (answer.code, answer.err) == (0, "")
        assert answer.out == b'{"bad":0,"different":0,"verified":3}\n'


@pytest.mark.parametrize("jobs", [1, 2])
def test_differences_and_bad_lines_are_reported_by_number(
    tier2: Command, archive: list[bytes], jobs: int
) -> None:
    other = changed(archive[1], lambda line: line["result"]["final_state"].update(today="2026-11-25"))
    cut = changed(archive[1], lambda line: line["run"]["events"].pop())
    alien = changed(archive[1], lambda line: line["run"]["events"].reverse())
    none = changed(archive[1], lambda line: line.pop("run"))
    lines = [archive[0], other, cut, b"", archive[1], alien, none, b"{", archive[2]]
    answer = tier2("verify", "--archive", "-", "--jobs", jobs, stdin=b"\n".join(lines))
    assert (answer.code, answer.out) == (1, b'{"bad":4,"different":1,"verified":3}\n')
    assert answer.err == (
        'tier2: -:2: $.final_state.today: the run gives "2026-11-24", not "2026-11-25"\n'
        "tier2: -:3: $.run.events[3]: the run is not over: step 'daily-log-summary' is pending; advance it with an "
        "event first [event]\n"
        "tier2: -:6: $.run.events[0]: step 'daily-confirm-priorities' is pending, not 'daily-log-summary'; "
        "send an event of the pending step [event]\n"
        "tier2: -:7: $.run: a required member is missing; add it [missing-field]\n"
        "tier2: -:8: $: not JSON: input data was truncated; send valid JSON (RFC 8259) [syntax]\n"
    )


def test_one_difference_makes_the_exit_code_1(tier2: Command, archive: list[bytes]) -> None:
    other = changed(archive[0], lambda line: line["result"].update(id="wf-other"))
    assert tier2("verify", "--archive", "-", stdin=other).code == 1
    assert tier2("verify", "--archive", "-", stdin=b"{").code == 1


def test_an_empty_archive_has_no_differences(tier2: Command) -> None:
    assert tier2("verify", "--archive", "-") == (0, b'{"bad":0,"different":0,"verified":0}\n', "")


def test_rerun_compares_with_the_operations_of_today(tier2: Command, archive: list[bytes]) -> None:
    other = {**OPERATIONS, "daily.log_summary": Pure(lambda _, __: {"journal": []})}
    stdin = b"\n".join(archive)
    assert tier2("verify", "--archive", "-", stdin=stdin, operations=other).code == 0
    answer = tier2("verify", "--archive", "-", "--rerun", stdin=stdin, operations=other)
    assert (answer.code, answer.out) == (1, b'{"bad":0,"different":2,"verified":1}\n')
    for number, text in zip((2, 3), answer.err.splitlines(), strict=True):
        assert text.startswith(f"tier2: -:{number}: $.receipt.entries[3].event: done again, it gives ")
        assert text.endswith("; daily.log_summary: recorded with revision 1, done again with no revision")


def test_rerun_of_unknown_operations_is_reported(tier2: Command, archive: list[bytes]) -> None:
    fewer = {name: operation for name, operation in OPERATIONS.items() if name != "daily.log_summary"}
    answer = tier2("verify", "--archive", "-", "--rerun", stdin=archive[1], operations=fewer)
    assert (answer.code, answer.out) == (1, b'{"bad":1,"different":0,"verified":0}\n')
    where, _, what = answer.message.removeprefix("-:1: ").partition(": ")
    assert where == "$.run.workflow.steps[3].payload.operation"
    assert what.startswith("the operation 'daily.log_summary' of step 'daily-log-summary' is not known here")


ARCHIVE_ALONE = (
    "--archive takes the results and runs from its lines; leave out RUN, RESULT, --head and --signers"
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--archive", "-", "run"], ARCHIVE_ALONE),
        (["--archive", "-", "run", "result"], ARCHIVE_ALONE),
        (["--archive", "-", "--head", "0" * 64], ARCHIVE_ALONE),
        (["--archive", "-", "--signers", "signers"], ARCHIVE_ALONE),
        (["run", "--jobs", "2"], "--jobs is for the lines of an --archive; leave it out for a single run"),
        ([], "nothing to verify is named; give a RUN, a RUN and its RESULT, or --archive FILE"),
    ],
)
def test_arguments_that_exclude_each_other_are_refused(
    tier2: Command, arguments: list[str], message: str
) -> None:
    assert tier2("verify", *arguments).refusal == message


def test_an_unreadable_archive_is_reported(tier2: Command, tmp_path: Path) -> None:
    refusal = tier2("verify", "--archive", tmp_path / "none").refusal
    assert refusal.startswith(f"{tmp_path / 'none'}: cannot be read: No such file or directory")
