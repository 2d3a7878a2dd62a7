"""What does `check` find?"""

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


def test_every_kind_of_document_is_recognised_by_the_contract_that_it_names(
    tier2: Command, documents: dict[str, Path]
) -> None:
    answer = tier2("check", *documents.values())
    digests = [line.split()[0] for line in tier2("hash", *documents.values()).out.decode().splitlines()]
    expected = [
        f"{path}: tier2.{name}/v1 {digest}"
        for (name, path), digest in zip(documents.items(), digests, strict=True)
    ]
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.decode().splitlines() == expected


def test_a_good_document_on_stdin_passes(tier2: Command) -> None:
    answer = tier2("check", "-", stdin=json.dumps(MISSION).encode())
    assert (answer.code, answer.out.split()[:2]) == (0, [b"-:", b"tier2.mission/v1"])


BAD: list[tuple[Json, str, str]] = [
    ({}, "$.contract", "tag"),
    ([], "$.contract", "tag"),
    ("tier2.mission/v1", "$.contract", "tag"),
    ({"contract": None}, "$.contract", "tag"),
    ({"contract": ["tier2.mission/v1"]}, "$.contract", "tag"),
    ({**MISSION, "contract": "tier2.mission/v2"}, "$.contract", "tag"),
    ({**MISSION, "contract": "tier2.events/v1"}, "$.contract", "tag"),
    ({"contract": "tier2.mission/v1", "type": "echo"}, "$.params", "missing-field"),
    ({**MISSION, "more": 1}, "$.more", "unknown-field"),
    ({**MISSION, "type": 1}, "$.type", "type"),
    ({"contract": "tier2.workflow/v1", "id": "w", "steps": [], "metadata": {}}, "$.steps", ""),
    (
        {
            "contract": "tier2.workflow/v1",
            "id": "w",
            "steps": [{"id": f"s{i}", "kind": "human", "payload": {}} for i in range(3)],
            "metadata": {},
        },
        "$.steps",
        "limits",
    ),
]


@pytest.mark.parametrize(("document", "path", "code"), BAD)
def test_a_document_that_breaks_its_contract_is_told_with_file_path_and_code(
    tier2: Command, tmp_path: Path, document: Json, path: str, code: str
) -> None:
    file = tmp_path / "doc.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    answer = tier2("check", file)
    assert (answer.code, answer.err) == (1, "")
    line = answer.out.decode()
    assert line.startswith(f"{file}: {path}: ")
    assert line.endswith(f"{code}]\n")
    assert line.count("\n") == 1


@pytest.mark.parametrize("text", [b"", b"{", b"\xef\xbb\xbf{}", b'{"contract":1,"contract":1}', b"\xff"])
def test_text_that_is_no_json_is_a_finding_too(tier2: Command, text: bytes) -> None:
    answer = tier2("check", "-", stdin=text)
    assert (answer.code, answer.err) == (1, "")
    assert answer.out.startswith(b"-: $: ")


def test_a_known_contract_is_named_in_the_remedy_for_an_unknown_one(tier2: Command) -> None:
    assert b"tier2.mission/v1, tier2.result/v1" in tier2("check", "-", stdin=b"{}").out


def test_one_bad_document_does_not_hide_the_others(
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


def test_what_a_document_says_is_shown_with_its_invisible_characters_escaped(tier2: Command) -> None:
    answer = tier2("check", "-", stdin=json.dumps({**MISSION, "a\x1b[2J\u202e\n": 1}).encode())
    line = answer.out.decode()
    assert line[:-1].isprintable()
    assert "\\u001b[2J\\u202e\\u000a" in line


def test_check_wants_at_least_one_file(tier2: Command) -> None:
    answer = tier2("check")
    assert (answer.code, answer.out) == (2, b"")
    assert "FILE" in answer.err
