"""`check` reports the problems of documents."""

import json
from pathlib import Path
from typing import Any

import pytest
from shell_command import Command

Json = Any

MISSION: Json = {"contract": "tier2.mission/v1", "type": "echo", "params": {}}


@pytest.fixture
def documents(tier2: Command, tmp_path: Path) -> dict[str, Path]:
    """A good document of each kind, by its contract's name."""
    run = tmp_path / "run"
    texts = {
        "mission": json.dumps(MISSION).encode(),
        "workflow": tier2("plan", "echo").out,
        "context": b'{"contract": "tier2.context/v1", "initial_state": {"x": null}, "metadata": {}}',
        "result": tier2("rehearse", "echo", "--run-out", run).out,
        "run": run.read_bytes(),
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    return {name: tmp_path / name for name in texts}


def test_documents_are_recognised_by_their_contract(tier2: Command, documents: dict[str, Path]) -> None:
    answer = tier2("check", *documents.values())
    digests = [line.split()[0] for line in tier2("hash", *documents.values()).out.decode().splitlines()]
    expected = [
        f"{path}: tier2.{name}/v1 {digest}"
        for (name, path), digest in zip(documents.items(), digests, strict=True)
    ]
    assert (answer.code, answer.message) == (0, "checked 5 documents: no problem")
    assert answer.out.decode().splitlines() == expected


def test_a_document_on_stdin_is_checked(tier2: Command) -> None:
    answer = tier2("check", "-", stdin=json.dumps(MISSION).encode())
    assert (answer.code, answer.out.split()[:2]) == (0, [b"-:", b"tier2.mission/v1"])


BAD: list[tuple[Json, str, str]] = [
    ({}, "$.contract", "tag"),
    ([], "$.contract", "tag"),
    ("tier2.mission/v1", "$.contract", "tag"),
    ({"contract": None}, "$.contract", "tag"),
    ({"contract": ["tier2.mission/v1"]}, "$.contract", "tag"),
    ({**MISSION, "contract": "tier2.events/v1"}, "$.contract", "tag"),
    ({**MISSION, "contract": "tier2.mission/v2"}, "$.contract", "tag"),
    ({"contract": "tier2.mission/v1", "type": "echo"}, "$.params", "missing-field"),
    ({**MISSION, "more": 1}, "$.more", "unknown-field"),
    ({**MISSION, "type": 1}, "$.type", "type"),
    ({"contract": "tier2.workflow/v1", "id": "w", "steps": [], "metadata": {}}, "$.steps", "bound"),
]


@pytest.mark.parametrize(("document", "path", "code"), BAD)
def test_broken_contracts_are_reported_with_path_and_code(
    tier2: Command, tmp_path: Path, document: Json, path: str, code: str
) -> None:
    file = tmp_path / "doc.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    answer = tier2("check", file)
    assert answer.code == 1
    line = answer.out.decode()
    assert line.startswith(f"{file}:1:")
    assert f": {path}: " in line
    assert line.endswith(f" [{code}]\n")
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"", "1:1"),
        (b"{", "1:2"),
        (b"\xef\xbb\xbf{}", "1:1"),
        (b'{"contract":1,\n"contract":1}', "2:1"),
        (b'{"a":\n\n "\xff"}', "3:3"),
    ],
)
def test_invalid_json_is_reported_with_line_and_column(tier2: Command, text: bytes, place: str) -> None:
    answer = tier2("check", "-", stdin=text)
    assert answer.code == 1
    assert answer.out.startswith(f"-:{place}: $: ".encode())


def test_the_remedy_for_unknown_contracts_names_known_ones(tier2: Command) -> None:
    assert b"tier2.question/v1, tier2.result/v1" in tier2("check", "-", stdin=b"{}").out


def test_all_problems_are_reported_in_the_order_of_lines(tier2: Command, tmp_path: Path) -> None:
    file = tmp_path / "workflow.json"
    file.write_text(
        """{
  "contract": "tier2.workflow/v1",
  "id": 7,
  "steps": [
    {"id": "a", "kind": "runtime", "payload": {}},
    {"id": "a", "kind": "robot", "payload": {"n": 1e999}}
  ],
  "metdata": {}
}
""",
        "utf-8",
    )
    answer = tier2("check", file)
    assert answer.message == "checked 1 document: 7 problems in 1 of them"
    assert answer.out.decode() == (
        f"{file}:1:1: $.metadata: a required member is missing; add it: nothing is filled in [missing-field]\n"
        f"{file}:3:3: $.id: expected `str`, got `int`; give it the type that the contract says [type]\n"
        f"{file}:5:36: $.steps[0].payload.operation: the runtime step 'a' names no operation; "
        "name one, such as noop [envelope]\n"
        f"{file}:6:6: $.steps[1].id: the id 'a' is already that of step 0; give each step an id of its own [envelope]\n"
        f"{file}:6:17: $.steps[1].kind: invalid enum value 'robot'; use human or runtime [enum]\n"
        f"{file}:6:51: $.steps[1].payload.n: the number is too large for a double; send it as a string [number-range]\n"
        f"{file}:8:3: $.metdata: object contains unknown field `metdata`; did you mean metadata? [unknown-field]\n"
    )


def test_a_bad_document_does_not_hide_the_others(
    tier2: Command, tmp_path: Path, documents: dict[str, Path]
) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"{}")
    answer = tier2("check", bad, documents["mission"], bad, documents["run"])
    assert answer.code == 1
    assert [line.split()[1] for line in answer.out.decode().splitlines()] == [
        "$.contract:",
        "tier2.mission/v1",
        "$.contract:",
        "tier2.run/v1",
    ]


def test_invisible_characters_of_documents_are_escaped(tier2: Command) -> None:
    answer = tier2("check", "-", stdin=json.dumps({**MISSION, "a\x1b[2J\u202e\n": 1}).encode())
    line = answer.out.decode()
    assert line[:-1].isprintable()
    assert "\\u001b[2J\\u202e\\u000a" in line


def test_check_needs_at_least_one_path(tier2: Command) -> None:
    answer = tier2("check")
    assert (answer.code, answer.out) == (2, b"")
    assert "PATH" in answer.err


def test_contradictions_in_a_result_are_reported(
    tier2: Command, tmp_path: Path, documents: dict[str, Path]
) -> None:
    result = json.loads(documents["result"].read_bytes())
    result["final_state"]["paid"] = True
    file = tmp_path / "result.json"
    file.write_text(json.dumps(result, indent=1), "utf-8")
    answer = tier2("check", file)
    assert answer.code == 1
    assert (
        ": $.final_state: its digest is not that of the state after the last entry; " in answer.out.decode()
    )
    assert answer.out.endswith(b" [contradiction]\n")


def test_quiet_reports_nothing_but_problems(tier2: Command, documents: dict[str, Path]) -> None:
    answer = tier2("check", "--quiet", *documents.values())
    assert (answer.code, answer.out, answer.message) == (0, b"", "checked 5 documents: no problem")


# What is known here, beside what the contracts say


RUNNABLE: list[tuple[Json, str, str]] = [
    ({**MISSION, "type": "deploy"}, "$.type", "unknown-mission"),
    (
        {**MISSION, "type": "daily_loop", "params": {"requested_steps": "4"}},
        "$.params.requested_steps",
        "type",
    ),
    (
        {
            "contract": "tier2.workflow/v1",
            "id": "w",
            "steps": [{"id": "s", "kind": "runtime", "payload": {"operation": "rocket.launch"}}],
            "metadata": {},
        },
        "$.steps[0].payload.operation",
        "envelope",
    ),
]


@pytest.mark.parametrize(("document", "path", "code"), RUNNABLE)
def test_runnable_reports_unknown_missions_and_operations(
    tier2: Command, document: Json, path: str, code: str
) -> None:
    text = json.dumps(document).encode()
    assert tier2("check", "-", stdin=text).code == 0
    answer = tier2("check", "--runnable", "-", stdin=text)
    assert answer.code == 1
    assert f": {path}: " in answer.out.decode()
    assert answer.out.decode().endswith(f" [{code}]\n")


def test_unknown_operations_in_a_run_have_their_path(tier2: Command) -> None:
    workflow = RUNNABLE[2][0]
    context = {"contract": "tier2.context/v1", "initial_state": {}, "metadata": {}}
    run = {
        "contract": "tier2.run/v1",
        "workflow": workflow,
        "context": context,
        "operations": {},
        "events": [],
    }
    answer = tier2("check", "--runnable", "-", stdin=json.dumps(run).encode())
    assert ": $.workflow.steps[0].payload.operation: " in answer.out.decode()


def test_missions_of_a_larger_system_are_runnable(tier2: Command) -> None:
    from tier2 import MISSIONS, OPERATIONS, Host

    missions = {**MISSIONS, "deploy": MISSIONS["echo"]}
    operations = {**OPERATIONS, "rocket.launch": Host()}
    for document, _, _ in (RUNNABLE[0], RUNNABLE[2]):
        text = json.dumps(document).encode()
        answer = tier2("check", "--runnable", "-", stdin=text, missions=missions, operations=operations)
        assert answer.code == 0


def test_missions_with_unknown_operations_are_reported(tier2: Command) -> None:
    answer = tier2("check", "--runnable", "-", stdin=json.dumps(MISSION).encode(), operations={})
    assert answer.code == 1
    assert b": $.type: the operation 'noop' of step 'echo' is not known; " in answer.out
