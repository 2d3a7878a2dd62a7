"""Signatures of decisions with the SSH keys that people have, made and checked by OpenSSH's `ssh-keygen`.

1. The canonical bytes of the decision in which `signature` is null are signed, in the namespace ``tier2-decision``. The
   decision names the head of its run. So a signature holds for this step of this run, and nowhere else. One of a
   decision without head could be moved to another run: it is not made, and counts as wrong.
2. ssh-keygen itself asks for the passphrase of a key, at the terminal, or has an agent sign. No secret passes through
   this process. A signature is checked before it is given back.
3. The signers are OpenSSH's allowed_signers (see ssh-keygen(1)): which key is whose. The principal is `by`, and it is
   never a pattern: the patterns are those of the file, which belongs to the person who verifies.
4. A signature proves who decided what. It does not prove itself: the same proof can be written in other bytes, such as
   in lines of another length. Its bytes are part of the event, so the head pins them.
5. `by` and the bytes of a document reach ssh-keygen as data: `by` as the one argument after ``-I``, the rest on stdin
   or in files of a private folder. There is no shell. A `by` that cannot be passed on is wrong.
"""

import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Literal, TypeAlias, final

import msgspec

from tier2.contracts.v1 import Decided
from tier2.engine.decisions import is_armored
from tier2.shell.errors import InputError
from tier2.shell.io.files import read_bytes
from tier2.values.canonical import MAX_BYTES, CanonicalBytes, canonical

NAMESPACE = "tier2-decision"

SIGN_SECONDS = 300.0
"""How long signing may take: a person types a passphrase, or touches a security key."""

CHECK_SECONDS = 60.0

MAX_NAME = 4096
"""The longest `by` that is looked up, in bytes: the system limits the length of an argument."""

SignatureStatus: TypeAlias = Literal["signed", "unsigned", "wrong"]


@final
class CheckedSignature(msgspec.Struct, frozen=True):
    """What the signature of a decision proves.

    status: ``signed`` if a key of `by` signed this decision.
    key: The type and the fingerprint of the key that signed; None if it is not known.
    reason: Why the signature is wrong; None for any other.
    """

    status: SignatureStatus
    key: str | None = None
    reason: str | None = None


def signed_bytes(event: Decided) -> CanonicalBytes:
    """The bytes that a signature of a decision is about: the canonical decision without signature."""
    return canonical(msgspec.structs.replace(event, signature=None))


def sign(event: Decided, key: str) -> Decided:
    """The decision with a signature.

    key: The file of a private key; or the ``.pub`` file of a key that an agent holds.

    Raises InputError if there is no ssh-keygen, or it does not sign with this key.
    """
    if event.head_sha256 is None:
        raise InputError("a decision is signed with the head of its run; give the head")
    _check_key(key)
    data = signed_bytes(event)
    with _folder({"decision": data}) as folder:
        file = os.path.join(folder, "decision")
        # The data is a file, and not on stdin, so that the passphrase can be typed there.
        code, _, said = _ssh_keygen(
            ["-Y", "sign", "-n", NAMESPACE, "-f", os.path.abspath(key), file], None, SIGN_SECONDS
        )
        if code != 0:
            raise InputError(f"{key}: ssh-keygen does not sign with it: {_last_line(said)}; {_KEYS}")
        with open(f"{file}.sig", "rb") as written:
            signature = written.read().decode(errors="replace")
    if _key_of(data, signature) is None:
        raise InputError(
            f"{key}: the new signature is not one of this decision; try again, or use another key"
        )
    return msgspec.structs.replace(event, signature=signature)


def is_signed_by_a_key(event: Decided) -> bool:
    """Whether the signature of a decision is one of this decision, by whichever key.

    Raises InputError if there is no ssh-keygen.
    """
    return event.signature is not None and _key_of(signed_bytes(event), event.signature) is not None


def read_signers(name: str) -> bytes:
    """The content of an allowed_signers file; ``-`` is stdin. Raises InputError."""
    data = read_bytes(name)
    if len(data) > MAX_BYTES:
        raise InputError(f"{name}: has more than {MAX_BYTES} bytes; give an allowed_signers file")
    return data


def check(event: Decided, signers: bytes) -> CheckedSignature:
    """What the signature of a decision proves. Raises InputError if there is no ssh-keygen.

    signers: The content of an allowed_signers file. Only a key that it gives to `by` is accepted.
    """
    if event.signature is None:
        return CheckedSignature("unsigned")
    data = signed_bytes(event)
    key = _key_of(data, event.signature) if is_armored(event.signature) else None
    if key is None:
        return CheckedSignature("wrong", reason="the signature is damaged, or of another decision")
    if event.head_sha256 is None:
        return CheckedSignature("wrong", key, "the decision names no head, and could be of another run")
    principal = event.by.encode()
    if not 0 < len(principal) <= MAX_NAME or b"\0" in principal:
        return CheckedSignature("wrong", key, "no signers can have such a name")
    with _folder({"signers": signers, "signature": event.signature.encode()}) as folder:
        allowed, signature = os.path.join(folder, "signers"), os.path.join(folder, "signature")
        command: list[str | bytes] = [
            "-Y",
            "verify",
            "-n",
            NAMESPACE,
            "-f",
            allowed,
            "-I",
            principal,
            "-s",
            signature,
        ]
        code, _, said = _ssh_keygen(command, data, CHECK_SECONDS)
    if code == 0:
        return CheckedSignature("signed", key)
    why = re.search(r"/signers:(\d+: [^\r\n]*)", said)  # such as: 3: key has expired
    line = f" (line {why[1]})" if why else ""
    return CheckedSignature("wrong", key, f"the signers do not give this key to {event.by!r}{line}")


_KEYS = "give a private key's file that only you can read, with its passphrase, or the .pub file of a key in your agent"


def _check_key(key: str) -> None:
    try:
        if not stat.S_ISREG(os.stat(key).st_mode):
            raise InputError(f"{key}: is not a file; {_KEYS}")
        os.close(os.open(key, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        raise InputError(f"{key}: cannot be read: {error.strerror}; {_KEYS}") from None


def _key_of(data: bytes, signature: str) -> str | None:
    """The type and the fingerprint of the key whose signature of the data this is; None if it is of no key."""
    with _folder({"signature": signature.encode()}) as folder:
        file = os.path.join(folder, "signature")
        code, said, _ = _ssh_keygen(
            ["-Y", "check-novalidate", "-n", NAMESPACE, "-s", file], data, CHECK_SECONDS
        )
    found = re.fullmatch(rf'Good "{NAMESPACE}" signature with (\S+) key (\S+)\n', said)
    return f"{found[1]} {found[2]}" if code == 0 and found else None


@contextmanager
def _folder(files: Mapping[str, bytes]) -> Generator[str, None, None]:
    """A folder that only this user can read, with these files; it is removed at the end."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tier2-"))
            for name, data in files.items():
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(data)
        except OSError as error:
            message = f"no temporary files can be written: {error.strerror}"
            raise InputError(f"{message}; set TMPDIR to a folder with room") from None
        yield folder


def _ssh_keygen(arguments: Sequence[str | bytes], data: bytes | None, seconds: float) -> tuple[int, str, str]:
    """Runs ssh-keygen; its exit code and what it wrote to stdout and stderr.

    data: Its stdin; None for the terminal, if there is one.
    """
    program = shutil.which("ssh-keygen")
    if program is None:
        raise InputError(
            "ssh-keygen is not on the PATH; install OpenSSH 8.2 or later (Debian: openssh-client)"
        )
    stdin = subprocess.PIPE if data is not None else None if os.isatty(0) else subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 - no shell; see rule 5
        [program, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            out, err = process.communicate(data, seconds)
        except BaseException as error:
            process.terminate()  # which, unlike a kill, lets it switch the terminal's echo on again
            if isinstance(error, subprocess.TimeoutExpired):
                raise InputError(f"ssh-keygen did not end within {seconds:.0f} s; try again") from None
            raise
    return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")


def _last_line(said: str) -> str:
    return (said.strip().splitlines() or ["it gives no reason"])[-1]
