"""Signatures of decisions by the real `ssh-keygen`: what they prove, and that any tampering is found."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace
from outcomes import Refused, outcome
from ssh_keys import decision, make_key, needs_ssh_keygen, public, waiting_run

from tier2 import Decided, IllegalEvent, Run, advance, canonical, decode
from tier2.shell import signatures
from tier2.shell.errors import InputError
from tier2.shell.signatures import CheckedSignature, check, read_signers, sign, signed_bytes

pytestmark = needs_ssh_keygen


class People(NamedTuple):
    """The keys of two people, and the signers: whose keys they are."""

    ada: Path
    eve: Path
    signers: bytes


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    folder = tmp_path_factory.mktemp("keys")
    ada, eve = make_key(folder / "ada"), make_key(folder / "eve", "ecdsa")
    return People(ada, eve, f"Ada {public(ada)}\nEve {public(eve)}\n".encode())


@pytest.fixture(scope="module")
def signed(people: People) -> Decided:
    """A decision that Ada has signed."""
    return sign(decision(waiting_run()), str(people.ada))


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH, empty so far."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def script(file: Path, text: str) -> Path:
    file.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    file.chmod(0o755)
    return file


def fingerprint(key: Path) -> str:
    command = ["ssh-keygen", "-l", "-f", f"{key}.pub"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1]


# Signing.


@pytest.mark.parametrize(("name", "kind"), [("Ada", "ED25519"), ("Eve", "ECDSA")])
def test_a_signed_decision_names_its_key(name: str, kind: str, people: People) -> None:
    key = people.ada if name == "Ada" else people.eve
    event = sign(decision(waiting_run(), name), str(key))
    assert check(event, people.signers) == CheckedSignature("signed", f"{kind} {fingerprint(key)}")
    assert replace(event, signature=None) == decision(waiting_run(), name)
    assert advance(waiting_run(), event).events[-1] == event


def test_the_canonical_decision_without_signature_is_signed(signed: Decided) -> None:
    plain = signed.to_dict()
    assert signed_bytes(signed) == canonical({**plain, "signature": None})


def test_a_decision_without_signature_is_unsigned(people: People) -> None:
    assert check(decision(waiting_run()), people.signers) == CheckedSignature("unsigned")


@pytest.fixture
def agent(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent without keys; commands find it by the environment."""
    socket = tmp_path_factory.getbasetemp().parent / f"{os.getpid()}.agent"  # a socket's path is short
    said = subprocess.run(["ssh-agent", "-c", "-a", str(socket)], check=True, capture_output=True, text=True)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    monkeypatch.setenv("SSH_AGENT_PID", said.stdout.split("SSH_AGENT_PID ")[1].split(";")[0])
    yield
    subprocess.run(["ssh-agent", "-k"], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.usefixtures("agent")
def test_a_key_of_the_agent_signs_by_its_public_file(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    subprocess.run(["ssh-add", "-q", str(key)], check=True)
    key.unlink()
    event = sign(decision(waiting_run()), f"{key}.pub")
    assert check(event, f"Ada {public(key)}".encode()).status == "signed"


def test_the_passphrase_of_a_key_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key(tmp_path / "key", passphrase="a secret")  # noqa: S106 - of this test
    monkeypatch.setenv("SSH_ASKPASS", str(script(tmp_path / "asks", "echo a secret")))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    assert check(sign(decision(waiting_run()), str(key)), f"Ada {public(key)}".encode()).status == "signed"
    script(tmp_path / "asks", "echo a guess")
    with pytest.raises(InputError, match=r"does not sign with it: Load key .* passphrase .*; give a private"):
        sign(decision(waiting_run()), str(key))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent", "cannot be read: No such file or directory"),
        (".", "is not a file"),
        ("junk", "ssh-keygen does not sign with it: "),
        ("open", "ssh-keygen does not sign with it: "),
        ("lone.pub", "ssh-keygen does not sign with it: "),
        ("", "cannot be read: No such file or directory"),
    ],
)
def test_a_key_that_cannot_sign_is_reported(
    name: str, said: str, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "junk").write_text("junk")
    (tmp_path / "open").write_bytes(people.ada.read_bytes())
    (tmp_path / "open").chmod(0o644)
    (tmp_path / "lone.pub").write_text(public(people.ada))
    with pytest.raises(InputError) as error:
        sign(decision(waiting_run()), name)
    assert str(error.value).startswith(f"{name}: {said}")
    assert str(error.value).endswith("or the .pub file of a key in your agent")


def test_the_name_of_a_key_may_begin_with_a_dash(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_key(tmp_path / "key").rename("-n")
    (tmp_path / "key.pub").rename("-n.pub")
    assert (
        check(sign(decision(waiting_run()), "-n"), b"Ada " + Path("-n.pub").read_bytes()).status == "signed"
    )
    assert people.signers


def test_a_decision_without_a_head_is_not_signed(people: People, signed: Decided) -> None:
    lone = replace(decision(waiting_run()), head_sha256=None)
    with pytest.raises(InputError, match=r"^a decision is signed with the head of its run; give the head$"):
        sign(lone, str(people.ada))
    data = signed_bytes(lone)
    made = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "tier2-decision", "-f", str(people.ada)],
        input=data,
        capture_output=True,
        check=True,
    ).stdout.decode()
    found = check(replace(lone, signature=made), people.signers)
    assert (found.status, found.key) == ("wrong", check(signed, people.signers).key)
    assert found.reason == "the decision names no head, and could be of another run"


# Tampering.


def test_a_change_of_any_byte_of_the_decision_is_found(signed: Decided, people: People) -> None:
    data = signed_bytes(signed)
    accepted: list[bytes] = []
    for position, byte in enumerate(data):
        changed = data[:position] + bytes([byte ^ 1]) + data[position + 1 :]
        found: Any = outcome(decode, changed, Decided)
        if not isinstance(found, Refused):
            found = check(replace(found, signature=signed.signature), people.signers)
            accepted += [changed] if found.status != "wrong" else []
    assert accepted == []


@pytest.mark.parametrize("new", ["\n", "B", ""])
def test_a_change_of_any_byte_of_the_signature_is_found(new: str, signed: Decided, people: People) -> None:
    text = signed.signature or ""
    accepted: list[int] = []
    for position, character in enumerate(text):
        other = "C" if character == new else new
        changed = text[:position] + other + text[position + 1 :]
        found = check(replace(signed, signature=changed), people.signers)
        accepted += [position] if found.status != "wrong" else []
    assert accepted == []


def test_a_change_of_any_byte_before_the_decision_is_found(signed: Decided) -> None:
    run = advance(waiting_run(), signed)
    data, own = canonical(run), canonical(signed)
    start = data.index(own)
    accepted: list[bytes] = []
    for position in (*range(start), *range(start + len(own), len(data))):
        changed = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        accepted += [changed] if not isinstance(outcome(decode, changed, Run), Refused) else []
    assert accepted == []


def test_a_run_that_is_rewritten_consistently_is_found(signed: Decided, people: People) -> None:
    altered = waiting_run(amount=9999)
    with pytest.raises(IllegalEvent) as error:
        advance(altered, signed)
    assert error.value.code == "stale"
    forged = replace(signed, head_sha256=decision(altered).head_sha256)
    assert advance(altered, forged).events[-1] == forged  # all that is left is the signature
    assert check(forged, people.signers).reason == "the signature is damaged, or of another decision"


def test_a_signature_holds_for_its_own_step_only(signed: Decided, people: People) -> None:
    moved = replace(signed, step_id="pay")
    assert check(moved, people.signers) == CheckedSignature(
        "wrong", reason="the signature is damaged, or of another decision"
    )


def test_a_signature_of_another_namespace_is_wrong(people: People, signed: Decided) -> None:
    command = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(people.ada)]
    done = subprocess.run(command, input=signed_bytes(signed), capture_output=True, check=True)
    assert check(replace(signed, signature=done.stdout.decode()), people.signers).status == "wrong"


# Whose key it is.


@pytest.mark.parametrize(
    "name",
    [
        *("Ada", "*", "?ve", "Eve,Ada", "!Ada", '"Eve"', "-Eve", "-f", "Eve\n", " Eve", "Eve ", "eve"),
        *("E\u0435ve", "Eve\0", "", "E" * 4097, "E" * 2**20, "Eve ssh-ed25519", "#Eve", "\x1b[2J"),
    ],
)
def test_a_key_proves_no_other_name(name: str, people: People) -> None:
    event = sign(decision(waiting_run(), name), str(people.eve))
    found = check(event, people.signers)
    assert (found.status, found.key) == ("wrong", f"ECDSA {fingerprint(people.eve)}")
    nameless = name == "" or "\0" in name or len(name) > 4096
    assert found.reason == (
        "no signers can have such a name" if nameless else f"the signers do not give this key to {name!r}"
    )


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Ada Lovelace", '"Ada Lovelace"'),
        ("-Ada", "-Ada"),
        ("Zo\u00eb", "Zo\u00eb"),
        ("Ada", "Bob,Ada"),
        ("Ada", "A*"),
        ("E" * 1000, "E" * 1000),
        ("E" * 4096, "E*"),
        ("Ada", 'Ada namespaces="tier2-decision"'),
    ],
)
def test_signers_can_list_any_name(name: str, listed: str, people: People) -> None:
    event = sign(decision(waiting_run(), name), str(people.ada))
    assert check(event, f"# Ours\n\n{listed} {public(people.ada)}".encode()).status == "signed"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('Ada namespaces="git" KEY', " (line 2: "),
        ('Ada valid-before="20200101" KEY', " (line 2: "),
        ("Ada cert-authority KEY", ""),
        ("!Ada,* KEY", ""),
        ("Ada ssh-ed25519 AAAA", " (line 2: "),
        ("Ada", " (line 2: "),
        ("\xff\0\x1b", ""),
        ("", ""),
    ],
)
def test_signers_that_do_not_allow_a_key_are_reported(
    line: str, why: str, signed: Decided, people: People
) -> None:
    signers = f"#\n{line.replace('KEY', public(people.ada))}".encode("latin-1")
    found = check(signed, signers)
    assert (found.status, found.key) == ("wrong", f"ED25519 {fingerprint(people.ada)}")
    assert (found.reason or "").startswith(f"the signers do not give this key to 'Ada'{why}")


def test_signers_that_cannot_be_read_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        InputError, match="absent: cannot be read: No such file or directory; give a readable"
    ):
        read_signers(str(tmp_path / "absent"))
    (tmp_path / "signers").write_bytes(b"12345678")
    monkeypatch.setattr(signatures, "MAX_BYTES", 8)
    assert read_signers(str(tmp_path / "signers")) == b"12345678"
    monkeypatch.setattr(signatures, "MAX_BYTES", 7)
    with pytest.raises(InputError, match="signers: has more than 7 bytes; give an allowed_signers file"):
        read_signers(str(tmp_path / "signers"))


# The program.


@pytest.mark.usefixtures("tools")
def test_a_missing_ssh_keygen_is_reported(signed: Decided, people: People) -> None:
    message = r"^ssh-keygen is not on the PATH; install OpenSSH 8.2 or later \(Debian: openssh-client\)$"
    with pytest.raises(InputError, match=message):
        sign(decision(waiting_run()), str(people.ada))
    with pytest.raises(InputError, match=message):
        check(signed, people.signers)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo oh; echo no >&2; exit 1", "ssh-keygen does not sign with it: no; give"),
        ("printf 'no\\377' >&2; exit 1", "ssh-keygen does not sign with it: no\ufffd; give"),
        ("exit 1", "ssh-keygen does not sign with it: it gives no reason; give"),
        ('for file; do :; done; echo x > "$file.sig"', "the new signature is not one of this decision; try"),
    ],
)
def test_an_ssh_keygen_that_fails_is_reported(text: str, said: str, tools: Path, people: People) -> None:
    script(tools / "ssh-keygen", text)
    with pytest.raises(InputError) as error:
        sign(decision(waiting_run()), str(people.ada))
    assert str(error.value).startswith(f"{people.ada}: {said}")


def test_an_ssh_keygen_that_hangs_is_ended(
    tools: Path, people: People, signed: Decided, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tools / "fifo")
    real = shutil.which("ssh-keygen", path=os.defpath)
    hangs = f"echo $$ > {tools}/pid; read x < {tools}/fifo"
    script(tools / "ssh-keygen", f'case "$2" in check-*) exec {real} "$@"; esac; {hangs}')
    monkeypatch.setattr(signatures, "SIGN_SECONDS", 0.3)
    monkeypatch.setattr(signatures, "CHECK_SECONDS", 0.3)
    with pytest.raises(InputError, match="ssh-keygen did not end within 0 s; try again"):
        sign(decision(waiting_run()), str(people.ada))
    with pytest.raises(InputError, match="ssh-keygen did not end within 0 s; try again"):
        check(signed, people.signers)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tools / "pid").read_text()), 0)
    script(tools / "ssh-keygen", hangs)
    with pytest.raises(InputError, match="ssh-keygen did not end within 0 s; try again"):
        check(signed, people.signers)


@pytest.mark.parametrize(("terminal", "said"), [(True, "typed"), (False, "it gives no reason")])
def test_only_a_terminal_is_asked_for_a_passphrase(
    terminal: bool, said: str, tools: Path, people: People
) -> None:
    script(tools / "ssh-keygen", 'read answer; echo "$answer" >&2; exit 1')
    theirs, ours = os.openpty()[::-1] if terminal else os.pipe()
    os.write(ours, b"typed\n")
    before = os.dup(0)
    os.dup2(theirs, 0)
    try:
        with pytest.raises(InputError, match=f"ssh-keygen does not sign with it: {said}; give"):
            sign(decision(waiting_run()), str(people.ada))
    finally:
        os.dup2(before, 0)
        for descriptor in (before, ours, theirs):
            os.close(descriptor)


def test_nothing_is_left_in_the_temporary_folder(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert check(sign(decision(waiting_run()), str(people.ada)), people.signers).status == "signed"
    assert [*tmp_path.iterdir()] == []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(
        InputError, match="no temporary files can be written: No such file or directory; set TMP"
    ):
        sign(decision(waiting_run()), str(people.ada))
