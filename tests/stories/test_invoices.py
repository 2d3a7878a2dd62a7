"""Can a larger system's own mission do at the command what the built-in ones can? Here it approves invoices.

The program is the example that users read, and runs as they run it: in a process of its own.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "contracts/examples/invoices.py"
HEAD = b"number,supplier,cents\n"
OPEN = HEAD + b"2026-1,Acme,12000\n2026-2,Borea,8050\n2026-3,Coda,100\n"
PAID = HEAD + b"2025-9,Acme,700\n"
APPROVE = ("--approve", "pick", "--by", "Ana", "--set", "pay=3,1", "--allow", "bank.pay")

KILLED = """
import os, runpy, signal, sys
left, script, *arguments = sys.argv[1:]
left, real = [int(left)], os.replace

def replace(*paths):
    left[0] -= not str(paths[1]).endswith(".tier2")
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(*paths)

os.replace, sys.argv = replace, [script, *arguments]
runpy.run_path(script, run_name="__main__")
"""
"""The program, which kills itself before it replaces a file, after it has replaced so many; the marker is none."""


class Office:
    """A folder with open and paid invoices, in which the program is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write(open=OPEN, paid=PAID)

    def write(self, **files: bytes) -> None:
        for name, data in files.items():
            (self.folder / f"{name}.csv").write_bytes(data)

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}

    def call(self, *arguments: str, kill_after: int | None = None) -> subprocess.CompletedProcess[str]:
        killed = () if kill_after is None else ("-c", KILLED, str(kill_after))
        return subprocess.run(
            [sys.executable, *killed, EXAMPLE, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_STATE_HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def run(self, *more: str) -> subprocess.CompletedProcess[str]:
        return self.call("run", "approve_invoices", "--invoices", "open.csv", *more)

    def resume(self, *more: str, kill_after: int | None = None) -> subprocess.CompletedProcess[str]:
        command = ("resume", "wf-approve-invoices-1", "--invoices", "open.csv")
        return self.call(*command, *more, kill_after=kill_after)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


WRITTEN = {
    "open.csv": HEAD + b"2026-2,Borea,8050\n",
    "open.csv.bak": OPEN,
    "paid.csv": PAID + b"2026-1,Acme,12000\n2026-3,Coda,100\n",
    "paid.csv.bak": PAID,
    "bank.log": b"2026-3\n2026-1\n",
}


def test_a_person_approves_invoices_and_two_files_change(office: Office) -> None:
    paused = office.run("--limit", "200.00")
    assert (paused.returncode, paused.stdout) == (3, "")
    offered = r"--by NAME --set pay=VALUE --head [0-9a-f]{64} --allow bank.pay --invoices open.csv; or --veto"
    assert paused.stderr.startswith("invoices.py: step 'pick' waits for a person")
    assert re.search(offered, paused.stderr)
    shown = office.call("show", "wf-approve-invoices-1").stdout
    assert (
        '/limit: "200.00"\nPay these first to last (pay, required):\n   1. 2026-1 Acme: 120.00\n   2. 2026-2 Borea'
        in shown
    )
    assert office.files() == {"open.csv": OPEN, "paid.csv": PAID}

    done = office.resume(*APPROVE)
    assert done.returncode == 0
    assert json.loads(done.stdout)["final_state"]["total"] == 12100
    assert office.files() == WRITTEN
    assert office.call("verify", "wf-approve-invoices-1", "--rerun").returncode == 0


def test_a_scenario_of_its_own_command_finds_a_difference(office: Office) -> None:
    invoices = [{"number": f"2026-{n}", "supplier": "Acme", "cents": n} for n in (1, 2)]
    answer = {
        "verdict": "approved",
        "by": "Ana",
        "note": None,
        "values": {"pay": ["2026-2"]},
        "head_sha256": None,
    }
    nothing = dict.fromkeys(("failed_step_id", "error_message", "result_sha256", "error"))
    state = {"invoices": invoices, "limit": "none"}
    scenario = {
        "contract": "tier2.scenario/v1",
        "name": "one of two invoices is paid",
        "mission": {"contract": "tier2.mission/v1", "type": "approve_invoices", "params": {}},
        "context": {"contract": "tier2.context/v1", "initial_state": state, "metadata": {}},
        "answers": {"pick": answer},
        "hosts": {"pay": {"output": {}, "reason": None}},
        "expect": {"outcome": "completed", "values": {"/total": 2}, **nothing},
    }
    for total, code in ((2, 0), (3, 1)):
        scenario["expect"] = {"outcome": "completed", "values": {"/total": total}, **nothing}
        (office.folder / "paid.json").write_text(json.dumps(scenario))
        assert office.call("test", "paid.json").returncode == code
    scenario["answers"] = {"pick": {**answer, "values": {"pay": ["2026-3"]}}}
    scenario["expect"] = {"outcome": None, "values": {}, **nothing, "error": "answer"}
    scenario["hosts"] = {}
    (office.folder / "paid.json").write_text(json.dumps(scenario))
    assert office.call("test", "paid.json").returncode == 0


@pytest.mark.parametrize("replaced", range(4))
def test_a_kill_between_its_files_is_completed_later(office: Office, replaced: int) -> None:
    office.run()
    killed = office.resume(*APPROVE, kill_after=replaced)
    assert killed.returncode == -signal.SIGKILL
    names = ["paid.csv.bak", "paid.csv", "open.csv.bak", "open.csv"]
    for place, name in enumerate(names):
        before = {"open.csv": OPEN, "paid.csv": PAID}.get(name)
        assert office.files().get(name) == (WRITTEN[name] if place < replaced else before)
    assert office.resume().returncode == 0
    left = {name: data for name, data in office.files().items() if not name.startswith(".tier2-")}
    assert left == WRITTEN


def test_a_dry_run_shows_the_files_that_would_change(office: Office) -> None:
    answer = office.run("--dry-run")
    assert (answer.returncode, answer.stdout) == (0, "")  # nobody has picked an invoice
    assert office.files() == {"open.csv": OPEN, "paid.csv": PAID}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("run", "approve_invoices"), "name them with --invoices FILE"),
        (
            ("run", "echo", "--invoices", "open.csv"),
            "--invoices is an option of approve_invoices; leave it out",
        ),
        (
            ("run", "approve_invoices", "--invoices", "open.csv", "--todo", "x"),
            "--todo is an option of daily_loop",
        ),
        (("run", "approve_invoices", "--invoices", "open.csv", "--state", "x"), "leave out --state"),
        (("run", "approve_invoices", "--invoices", "none.csv"), "none.csv: has no open invoice"),
        (("run", "approve_invoices", "--invoices", EXAMPLE), "Object missing required field `number`"),
        (("run", "approve_invoices", "--invoices", sys.executable), "; correct the file"),
        (("resume", "wf-approve-invoices-1", "--limit", "1"), "unrecognized arguments: --limit"),
    ],
)
def test_options_that_do_not_fit_are_refused(office: Office, arguments: tuple[str, ...], text: str) -> None:
    office.run()
    answer = office.call(*arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert text in answer.stderr
    assert office.files() == {"open.csv": OPEN, "paid.csv": PAID}


def test_an_answer_is_kept_where_an_option_is_missing(office: Office) -> None:
    office.run()
    answer = office.call("resume", "wf-approve-invoices-1", *APPROVE)
    assert (answer.returncode, answer.stdout) == (3, "")
    assert (
        "name them with --invoices FILE; to go on: invoices.py resume wf-approve-invoices-1" in answer.stderr
    )
    assert office.resume("--allow", "bank.pay").returncode == 0
    assert office.files() == WRITTEN


def test_a_file_that_changed_meanwhile_is_not_written(office: Office) -> None:
    office.run()
    office.write(open=OPEN + b"2026-4,Dora,1\n")
    before = office.files()
    answer = office.resume(*APPROVE)
    assert "open.csv: changed since the run began; nothing was written" in answer.stderr
    assert office.files() == before
