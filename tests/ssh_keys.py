"""SSH keys made by the real `ssh-keygen`, and a decision to sign."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from small_runs import runtime, workflow

from tier2 import Completed, Decided, ExecutionContext, Run, StepSpec, advance, head, start

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None and not os.environ.get("CI"),
    reason="ssh-keygen (Debian: openssh-client) is not on the PATH",
)


def make_key(file: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A new private key in this file; its public key lies beside it."""
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", str(file)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return file


def public(key: Path) -> str:
    """The public key of a private one, as it stands in a file of signers."""
    return Path(f"{key}.pub").read_text("ascii").strip()


def waiting_run(amount: int = 120) -> Run:
    """A run that waits for a person's signed decision about an amount."""
    approve = StepSpec(id="approve", kind="human", payload={"signed": True, "show": ["/amount"]})
    run = start(workflow(runtime("collect"), approve, runtime("pay")), ExecutionContext())
    return advance(run, Completed(step_id="collect", output={"amount": amount}))


def decision(run: Run, by: str = "Ada", step_id: str = "approve") -> Decided:
    """An approval of what a run shows, not signed yet."""
    return Decided(
        step_id=step_id,
        verdict="approved",
        by=by,
        note="Fine.",
        output={"paid": True},
        at="2026-03-01T09:30:00Z",
        head_sha256=head(run),
    )
