"""No output of any command gives an order to the runner of a CI job, whatever is in documents, names and arguments."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from shell_command import Answer, Command

Json = Any

MARKS = "##[error]a ##vso[task.complete]b ::error::c"
ORDER = re.compile(r"^\s*::|##[A-Za-z]*\[", re.MULTILINE)
"""What GitHub Actions, Azure Pipelines or TeamCity would obey."""


def workflow(operation: str = "fail", **payload: Json) -> Json:
    step = {
        "id": MARKS,
        "kind": "runtime",
        "payload": {"operation": operation, "description": MARKS, **payload},
    }
    return {
        "contract": "tier2.workflow/v1",
        "id": MARKS,
        "steps": [step],
        "metadata": {"mission_type": MARKS},
    }


def no_orders(answer: Answer) -> Answer:
    assert not ORDER.search(answer.out.decode())
    assert not ORDER.search(answer.err)
    return answer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with documents that are full of orders, under names that are orders."""
    monkeypatch.chdir(tmp_path)
    documents: dict[str, Json] = {
        "workflow.json": workflow(reason=MARKS),
        "  ::error::x.json": {"contract": "tier2.mission/v1", "type": MARKS, MARKS: 1},
        "##[x.json": {"contract": "tier2.mission/v1", "type": 1, "params": {}},
    }
    for name, document in documents.items():
        (tmp_path / name).write_text(json.dumps(document), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "."),
        ("check", "  ::error::x.json"),
        ("check", "--format", "json", "."),
        ("check", "::none", " ##[none"),
        ("hash", "  ::error::x.json", "##[x.json"),
        ("hash", MARKS),
        ("show", "workflow.json"),
        ("show", "workflow.json", "--mermaid"),
        ("run", "--workflow", "workflow.json"),
        ("rehearse", "--workflow", "workflow.json", "--pretty"),
        ("rehearse", "--workflow", "workflow.json"),
        ("plan", MARKS),
        ("plan", "echo", "--param", MARKS),
        ("plan", "echo", "--extra-param", f"x={MARKS}"),
        ("plan", "--mission", "  ::error::x.json"),
        ("verify", "::error::x"),
        ("batch", MARKS),
        ("test", "."),
        (MARKS,),
        ("check", "--format", f"\n{MARKS}", "."),
        ("check", "x", f"--{MARKS}", f"\n{MARKS}"),
    ],
)
def test_no_output_gives_an_order_to_a_runner(
    tier2: Command, folder: Path, arguments: tuple[str, ...]
) -> None:
    answer = no_orders(tier2(*arguments))
    assert answer.out + answer.err.encode()
    assert folder.exists()


def test_runs_and_their_failures_give_no_orders(tier2: Command, folder: Path) -> None:
    no_orders(tier2("run", "--workflow", "workflow.json", "--runs", "runs"))
    (run,) = (folder / "runs").iterdir()
    run = run.rename(run.with_name(f"{MARKS}.ndjson".replace("/", "")))
    for arguments in (
        ("runs",),
        ("runs", "--json"),
        ("show", str(run)),
        ("verify", str(run)),
        ("check", str(run)),
    ):
        no_orders(tier2(*arguments, *(["--runs", "runs"] if arguments[0] == "runs" else [])))


def test_batches_and_archives_give_no_orders(tier2: Command) -> None:
    mission = {"contract": "tier2.mission/v1", "type": "echo", "params": {"x": MARKS}}
    context = {"contract": "tier2.context/v1", "initial_state": {"x": MARKS}, "metadata": {}}
    lines = [{"mission": mission, "context": context}, {"mission": {**mission, MARKS: 1}, "context": context}]
    given = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    answer = no_orders(tier2("batch", stdin=given))
    assert json.loads(answer.out)["final_state"] == {"x": MARKS}
    archive = no_orders(tier2("batch", "--with-runs", stdin=given)).out
    assert tier2("verify", "--archive", "-", stdin=archive).json == {"bad": 0, "different": 0, "verified": 1}
    forged = archive.replace(b"task.complete", b"task", 1)
    assert no_orders(tier2("verify", "--archive", "-", stdin=forged)).code == 1


def test_exact_bytes_are_those_of_canonical_alone(tier2: Command) -> None:
    value = json.dumps(MARKS).encode()
    assert tier2("canonical", "-", stdin=value).out == value
