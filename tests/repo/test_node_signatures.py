"""Signatures checked by tier2.mjs, without `ssh-keygen`: any tampering is found, and the signers count as in Python."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace
from ssh_keys import decision, make_key, needs_ssh_keygen, public, waiting_run

from tier2 import Decided, advance, canonical, head
from tier2.shell.signatures import check, sign

needs_node = pytest.mark.skipif(
    shutil.which("node") is None and not os.environ.get("CI"), reason="Node.js is not on the PATH"
)
pytestmark = [needs_node, needs_ssh_keygen]

SCRIPT = Path(__file__).parents[2] / "tools" / "node" / "check_signatures.mjs"


def asked(cases: Iterable[dict[str, Any]]) -> list[str | None]:
    """The answers of tier2.mjs: a key, null, a head, or the code of a refusal."""
    lines = "".join(f"{json.dumps(case)}\n" for case in cases)
    node = shutil.which("node") or "node"
    done = subprocess.run([node, str(SCRIPT)], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Signed(NamedTuple):
    """Ada's decision, signed with her key."""

    event: Decided
    key: Path

    @property
    def public(self) -> str:
        return public(self.key)


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    key = make_key(tmp_path_factory.mktemp("keys") / "ada")
    return Signed(sign(decision(waiting_run()), str(key)), key)


@pytest.mark.parametrize("hash_name", ["sha512", "sha256"])
def test_a_signed_decision_gives_its_key(hash_name: str, ada: Signed) -> None:
    data = canonical({**ada.event.to_dict(), "signature": None})
    command = ["ssh-keygen", "-Y", "sign", "-n", "tier2-decision", "-O", f"hashalg={hash_name}"]
    made = subprocess.run([*command, "-f", str(ada.key)], input=data, capture_output=True, check=True).stdout
    event = replace(ada.event, signature=made.decode()).to_dict()
    assert asked([{"event": event}]) == [ada.public]


def test_a_decision_without_signature_gives_null(ada: Signed) -> None:
    assert asked([{"event": replace(ada.event, signature=None).to_dict()}]) == [None]


def test_what_cannot_be_signed_or_judged_is_refused(ada: Signed, tmp_path: Path) -> None:
    ecdsa = sign(decision(waiting_run()), str(make_key(tmp_path / "key", "ecdsa"))).to_dict()
    event = ada.event.to_dict()
    cases: dict[str, Any] = {
        "unsupported": ecdsa,
        "event": {"event": "rehearsed", "step_id": "approve"},
        "missing-field": {name: event[name] for name in event if name != "by"},
        "signature": {**event, "head_sha256": None},
    }
    assert asked({"event": case} for case in cases.values()) == [*cases]


def test_a_change_of_any_byte_of_the_decision_is_found(ada: Signed) -> None:
    data = canonical(ada.event).decode()
    armor = json.dumps(ada.event.signature)
    cases: list[dict[str, Any]] = []
    for position, character in enumerate(data.replace(armor, '"HERE"')):
        for other in (chr(ord(character) ^ 1), chr(ord(character) ^ 2)):
            text = data.replace(armor, '"HERE"')
            text = (text[:position] + other + text[position + 1 :]).replace('"HERE"', armor)
            try:
                cases.append({"event": json.loads(text)})
            except ValueError:
                continue
    answers = asked(cases)
    assert len(cases) > 200
    assert {*answers}.isdisjoint({ada.public})
    assert "signature" in answers


def test_a_change_of_any_byte_of_the_signature_is_found(ada: Signed) -> None:
    text = ada.event.signature or ""
    event = ada.event.to_dict()
    changed = [
        text[:position] + other + text[position + 1 :]
        for position, character in enumerate(text)
        for other in ("A", "B", "z", "/", "=", "\n", "-", " ", "\u00e9", "")
        if other != character
    ]
    answers = asked({"event": {**event, "signature": signature}} for signature in changed)
    assert len(answers) > 3000
    assert {*answers} == {"signature", "unsupported"}


def test_a_change_of_any_byte_before_the_decision_is_found(ada: Signed) -> None:
    run = advance(waiting_run(), ada.event)
    text, own = canonical(run).decode(), canonical(ada.event).decode()
    start = text.index(own)
    outside = (*range(start), *range(start + len(own), len(text)))
    changed = [text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :] for at in outside]
    answers = asked({"run": other} for other in (text, *changed))
    assert answers[0] == head(run)
    assert all(answer is not None and len(answer) < 64 for answer in answers[1:])  # codes, no heads


@pytest.mark.parametrize(
    "signers",
    [
        "Ada KEY",
        "  Ada\tKEY a comment\r\n",
        "# Ours\n\nBob,Ada,Eve KEY\n",
        "Eve KEY\nAda KEY",
        "Eve KEY",
        "ada KEY",
        "Ada ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHfEHhx5Cu3O7ctVXyi4kaq5WRs9QOqrRJSwKUNTnTHl",
        "#Ada KEY",
        "Ada",
        "",
        "Ad KEY",
    ],
)
def test_plain_signers_count_as_in_python(signers: str, ada: Signed) -> None:
    signers = signers.replace("KEY", ada.public)
    proven = check(ada.event, signers.encode()).status
    answer = asked([{"event": ada.event.to_dict(), "signers": signers}])
    assert answer == [{"signed": ada.public, "wrong": "signature"}[proven]]


@pytest.mark.parametrize(
    "signers",
    ["* KEY", "A?a KEY", "!Eve,Ada KEY", '"Ada" KEY', 'Ada namespaces="git" KEY', "Ada cert-authority KEY"],
)
def test_signers_that_say_more_are_not_judged(signers: str, ada: Signed) -> None:
    event = ada.event.to_dict()
    cleverer = signers.replace("KEY", ada.public)
    cases = (cleverer, f"{cleverer}\nAda {ada.public}", signers.replace("KEY", "ssh-ed25519 AAAA"))
    assert asked({"event": event, "signers": case} for case in cases) == [
        "unsupported",
        ada.public,
        "signature",
    ]


@pytest.mark.parametrize("name", ["Eve,Ada", "*", "", "Ada ", "#", '"Ada"', "!Eve", "constructor"])
def test_a_key_proves_no_other_name(name: str, ada: Signed) -> None:
    event = sign(decision(waiting_run(), name), str(ada.key)).to_dict()
    signers = f"Ada {ada.public}\nEve,,Bob {ada.public}"
    assert asked([{"event": event, "signers": signers}]) == ["signature"]
