"""Does `verify` prove a run file, say what differs, and find an operation that has changed?"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from real_runs import Json, RealRuns, machine, person

from tier2.engine.execution import finish
from tier2.kinds import Fail, JsonObject, Pure
from tier2.missions import OPERATIONS
from tier2.shell.run_files.run_file import read_run
from tier2.values.canonical import canonical, digest


@pytest.fixture
def path(real: RealRuns) -> Path:
    """The file of a finished run with a decision, a host operation and two pure ones."""
    workflow = real.workflow(
        machine("merge", "state.merge", patch={"a": 1}),
        person("ask"),
        machine("ring", "bell.ring"),
        machine("more", "state.merge", patch={"b": 2}),
    )
    answer = real(
        *("run", "--workflow", workflow, "--allow", "bell.ring", "--by", "Ana"), typed="a\nwell done\n"
    )
    assert answer.code == 0
    return real.path("wf-1")


def test_a_finished_run_is_verified_with_its_head(real: RealRuns, path: Path) -> None:
    recorded = read_run(path)
    answer = real("verify", "wf-1")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json == {
        "difference": None,
        "head_sha256": recorded.head,
        "result_sha256": digest(finish(recorded.run)),
    }
    assert real("verify", path).out == answer.out


def test_the_kept_head_proves_which_run_it_is(real: RealRuns, path: Path) -> None:
    head = read_run(path).head
    assert real("verify", "wf-1", "--head", head).code == 0
    answer = real("verify", "wf-1", "--head", "0" * 64)
    assert answer.code == 1
    assert "not the kept" in answer.message
    assert answer.json["difference"]["where"] == "$.receipt.head_sha256"


KEPT = b"kept"
NAMED = {"a.txt": {"bytes": 4, "sha256": hashlib.sha256(KEPT).hexdigest()}}


@pytest.mark.parametrize(
    ("content", "standing", "code"), [(KEPT, "matching", 0), (b"cept", "different", 1), (None, "absent", 0)]
)
def test_each_artifact_is_matching_different_or_absent(
    real: RealRuns, content: bytes | None, standing: str, code: int
) -> None:
    real("run", "--workflow", real.workflow(machine("merge", "state.merge", patch={"artifacts": NAMED})))
    folder = real.path("wf-1").with_suffix("")
    if content is not None:
        folder.mkdir()
        (folder / "a.txt").write_bytes(content)
    answer = real("verify", "wf-1")
    assert (answer.code, answer.json["artifacts"]) == (code, {"a.txt": standing})
    assert answer.message.endswith(f"artifact 'a.txt': {standing}")


def test_an_artifacts_member_of_another_kind_is_said_and_verified(real: RealRuns) -> None:
    patch = {"artifacts": ["a picture"]}
    real("run", "--workflow", real.workflow(machine("merge", "state.merge", patch=patch)))
    answer = real("verify", "wf-1")
    assert (answer.code, "artifacts" in answer.json) == (0, False)
    assert "the state names no artifacts, so no file is checked: $.artifacts: expected" in answer.message


@pytest.mark.parametrize("head", ["", "0", "g" * 64, "A" * 64, "0" * 65, "0" * 64 + "\n"])
def test_a_head_that_is_no_digest_is_refused(real: RealRuns, path: Path, head: str) -> None:
    assert "a digest is 64 hexadecimal digits" in real("verify", path, "--head", head).refusal


def forged(path: Path, change: Callable[[Json], None]) -> None:
    """Changes the result alone, and keeps it a canonical document."""
    lines = path.read_bytes().splitlines()
    result = json.loads(lines[-1])
    change(result)
    path.write_bytes(b"".join(line + b"\n" for line in [*lines[:-1], canonical(result)]))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda result: result["final_state"].update(a=2), "$.final_state.a"),
        (lambda result: result["receipt"].update(head_sha256="0" * 64), "$.receipt.head_sha256"),
        (lambda result: result["lineage"].update(mission_type="x"), "$.lineage.mission_type"),
        (lambda result: result["executed_steps"].pop(), "$.executed_steps["),
    ],
)
def test_a_result_that_does_not_follow_is_found(
    real: RealRuns, path: Path, change: Callable[[Json], None], where: str
) -> None:
    forged(path, change)
    answer = real("verify", path)
    assert (answer.code, answer.out) == (1, b"")
    assert f"line 7: the result is not that of the run at {where}" in answer.message


def test_damage_is_reported_with_line_and_member(real: RealRuns, path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"well done", b"not at al", 1))
    answer = real("verify", path)
    assert (answer.code, answer.out) == (1, b"")
    assert "line 4: $.sha256 is not the digest of the entry" in answer.message


def test_bytes_beyond_the_last_line_are_reported(real: RealRuns, path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole + b"{}")
    answer = real("verify", path)
    assert (answer.code, answer.out) == (1, b"")
    assert "line 8: 2 bytes follow the result, which is the last line" in answer.message
    path.write_bytes(whole[:-1])
    assert "line 7: the last line is cut off after" in real("verify", path).message


def test_an_unfinished_run_cannot_be_verified(real: RealRuns, path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    assert "the run is not finished" in real("verify", path).refusal


def other(output: JsonObject | Fail) -> Pure:
    def operation(_: JsonObject, __: JsonObject) -> JsonObject | Fail:
        return output

    return Pure(operation)


def test_a_rerun_of_the_same_operations_is_the_same(real: RealRuns, path: Path) -> None:
    answer = real("verify", path, "--rerun")
    assert (answer.code, answer.err) == (0, "")
    # Neither the person nor the world is asked again.
    assert len(real.rung) == 1


@pytest.mark.parametrize("output", [{"a": 2}, {}, Fail("no")])
def test_a_rerun_finds_an_operation_that_changed(
    real: RealRuns, path: Path, output: JsonObject | Fail
) -> None:
    changed = {**OPERATIONS, "state.merge": other(output)}
    assert real("verify", path, operations=changed).code == 0
    answer = real("verify", path, "--rerun", operations=changed)
    assert answer.code == 1
    assert answer.json["difference"]["where"] == "$.receipt.entries[0].event"
    revision, difference = answer.err.splitlines()
    assert revision == "tier2: state.merge: recorded with revision 1, done again with no revision"
    assert difference.startswith(f"tier2: {path}: $.receipt.entries[0].event: done again, it gives ")
    assert answer.json["rerun"] == {"state.merge": None}


def test_a_rerun_finds_a_failure_that_is_gone(real: RealRuns) -> None:
    real("run", "--workflow", real.workflow(machine("breaks", "fail"), identity="failing"))
    assert real("verify", "failing-1", "--rerun").code == 0
    answer = real("verify", "failing-1", "--rerun", operations={**OPERATIONS, "fail": other({})})
    assert (answer.code, answer.json["difference"]["where"]) == (1, "$.receipt.entries[0].event")


def test_an_unknown_operation_cannot_be_rerun(real: RealRuns, path: Path) -> None:
    without = {name: operation for name, operation in OPERATIONS.items() if name != "state.merge"}
    answer = real("verify", path, "--rerun", operations=without)
    assert "the operation 'state.merge' of step 'merge' is not known here" in answer.refusal


def test_a_run_and_a_result_from_files_are_verified(real: RealRuns, tmp_path: Path) -> None:
    result, run = tmp_path / "result.json", tmp_path / "run.json"
    result.write_bytes(real("rehearse", "daily_loop", "--run-out", run).out)
    assert real("verify", run, result).code == 0
    result.write_bytes(result.read_bytes().replace(b'"outcome":"rehearsed"', b'"outcome":"completed"'))
    answer = real("verify", run, result)
    assert (answer.code, answer.json["difference"]["where"]) == (1, "$.outcome")
