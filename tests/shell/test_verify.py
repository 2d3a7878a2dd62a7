"""`verify` finds every change of a run or a result."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from shell_command import Command

Json = Any

EXAMPLE = Path(__file__).parents[2] / "contracts/examples/day.json"


class Kept(NamedTuple):
    """The documents of a finished run, as somebody keeps them."""

    run: Path
    result: Path
    head: str

    def change(self, name: str, change: Callable[[Json], object]) -> None:
        """Tampers with one of the two files."""
        path = self.run if name == "run" else self.result
        document = json.loads(path.read_bytes())
        change(document)
        path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def kept(tier2: Command, tmp_path: Path) -> Kept:
    run, result = tmp_path / "run.json", tmp_path / "result.json"
    answer = tier2("rehearse", "daily_loop", "--state", EXAMPLE, "--run-out", run)
    assert answer.code == 0
    result.write_bytes(answer.out)
    return Kept(run, result, answer.json["receipt"]["head_sha256"])


def test_a_right_result_is_confirmed_with_its_digests(tier2: Command, kept: Kept) -> None:
    answer = tier2("verify", kept.run, kept.result)
    result_sha256 = tier2("hash", kept.result).out.decode().split()[0]
    assert (answer.code, answer.err) == (0, "")
    assert answer.json == {"difference": None, "head_sha256": kept.head, "result_sha256": result_sha256}
    assert tier2("verify", kept.run, kept.result, "--head", kept.head) == answer


def test_the_layout_of_the_documents_does_not_matter(tier2: Command, kept: Kept) -> None:
    kept.run.write_text(json.dumps(json.loads(kept.run.read_bytes()), indent=4), encoding="utf-8")
    assert tier2("verify", kept.run, kept.result).code == 0
    assert tier2("verify", "-", kept.result, stdin=kept.run.read_bytes()).code == 0


def first_output(run: Json) -> Json:
    return next(event["output"] for event in run["events"] if "output" in event)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda run: run["context"]["initial_state"].update(today="2026-11-25"), "$.lineage.context_sha256"),
        (lambda run: run["context"]["metadata"].update(x=1), "$.lineage.context_sha256"),
        (lambda run: run["workflow"].update(id="wf-other"), "$.lineage.workflow_id"),
        (lambda run: run["workflow"]["metadata"].update(mission_type="echo"), "$.lineage.mission_type"),
        (
            lambda run: run["workflow"]["steps"][1]["payload"].update(description="x"),
            "$.lineage.workflow_sha256",
        ),
        (lambda run: first_output(run).update(more=1), "$.receipt.entries[1].event.output.more"),
    ],
    ids=["state", "metadata", "workflow id", "mission type", "payload", "output"],
)
def test_changes_of_a_run_are_found(
    tier2: Command, kept: Kept, change: Callable[[Json], object], where: str
) -> None:
    kept.change("run", change)
    answer = tier2("verify", kept.run, kept.result)
    assert (answer.code, answer.json["difference"]["where"]) == (1, where)
    assert answer.message.startswith(f"{kept.result}: {where}: the run gives ")


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (lambda result: result.update(success=False), ("$.success", "true", "false")),
        (lambda result: result.update(outcome="completed"), ("$.outcome", '"rehearsed"', '"completed"')),
        (lambda result: result.update(error_message="x\u202e"), ("$.error_message", "null", '"x\u202e"')),
        (lambda result: result["final_state"].update(more=[1]), ("$.final_state.more", "absent", "[1]")),
        (
            lambda result: result["final_state"].pop("today"),
            ("$.final_state.today", '"2026-11-24"', "absent"),
        ),
        (lambda result: result["receipt"].update(id="x"), ("$.receipt.id", '"wf-daily-loop"', '"x"')),
        (
            lambda result: result["lineage"].update(mission_type=None),
            ("$.lineage.mission_type", '"daily_loop"', "null"),
        ),
    ],
    ids=["success", "outcome", "message", "added", "removed", "receipt", "lineage"],
)
def test_changes_of_a_result_are_found(
    tier2: Command, kept: Kept, change: Callable[[Json], object], difference: tuple[str, str, str]
) -> None:
    where, expected, found = difference
    kept.change("result", change)
    answer = tier2("verify", kept.run, kept.result)
    assert answer.code == 1
    assert answer.json["difference"] == {"where": where, "expected": expected, "found": found}
    assert answer.message.startswith(f"{kept.result}: {where}: the run gives {expected}, not ")


@pytest.mark.parametrize("digit", ["0", "f"])
def test_a_changed_head_of_the_receipt_is_found(tier2: Command, kept: Kept, digit: str) -> None:
    kept.change("result", lambda result: result["receipt"].update(head_sha256=digit * 64))
    answer = tier2("verify", kept.run, kept.result)
    assert (answer.code, answer.json["difference"]["where"]) == (1, "$.receipt.head_sha256")
    assert answer.json["difference"]["expected"] == f'"{kept.head}"'


def test_only_a_kept_head_reveals_a_consistent_forgery(tier2: Command, kept: Kept, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_bytes(EXAMPLE.read_bytes().replace("Zürich".encode(), b"Basel"))
    forged = tier2("rehearse", "daily_loop", "--state", state, "--run-out", kept.run)
    kept.result.write_bytes(forged.out)
    new_head = forged.json["receipt"]["head_sha256"]
    assert tier2("verify", kept.run, kept.result).code == 0
    answer = tier2("verify", kept.run, kept.result, "--head", kept.head)
    assert answer.code == 1
    assert answer.json["difference"] == {
        "where": "$.receipt.head_sha256",
        "expected": f'"{kept.head}"',
        "found": f'"{new_head}"',
    }
    assert (
        answer.message
        == f"{kept.result}: the head is {new_head}, not the kept {kept.head}: this is another run"
    )


@pytest.mark.parametrize("head", ["", "12", "A" * 64, "g" * 64, "0" * 65, "0" * 64 + "\n"])
def test_a_kept_head_must_be_a_digest(tier2: Command, kept: Kept, head: str) -> None:
    refusal = tier2("verify", kept.run, kept.result, f"--head={head}").refusal
    assert refusal.endswith("a digest is 64 hexadecimal digits in lower case")


def test_an_unfinished_run_cannot_be_verified(tier2: Command, kept: Kept) -> None:
    kept.change("run", lambda run: run["events"].pop())
    refusal = tier2("verify", kept.run, kept.result).refusal
    assert refusal.startswith(f"{kept.run}: $.events[3]: the run is not over")
    assert refusal.endswith("[event]")


def test_impossible_events_of_a_run_are_bad_input(tier2: Command, kept: Kept) -> None:
    kept.change("run", lambda run: run["events"].reverse())
    assert tier2("verify", kept.run, kept.result).refusal.startswith(f"{kept.run}: $.events[0]: ")


def test_a_result_that_breaks_its_contract_is_refused(tier2: Command, kept: Kept) -> None:
    kept.change("result", lambda result: result["receipt"].update(head_sha256="x"))
    assert tier2("verify", kept.run, kept.result).refusal.startswith(
        f"{kept.result}: $.receipt.head_sha256: "
    )


def test_swapped_documents_are_refused_by_contract(tier2: Command, kept: Kept) -> None:
    assert tier2("verify", kept.result, kept.result).refusal.startswith(f"{kept.result}: $.contract: ")
    assert tier2("verify", kept.run, kept.run).refusal.startswith(f"{kept.run}: $.contract: ")
