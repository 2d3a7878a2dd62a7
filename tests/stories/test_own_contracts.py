"""A larger system generates, locks and guards contracts of its own by the installed command, without our repository."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from small_contracts import TEXT, Schema, closed, contract, ref

PLACES = ("--module", "shop/documents.py", "--declarations", "web/shop.d.ts")


class Done(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


class Shop:
    """A git repository with contracts of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet")

    def run(self, *command: str) -> Done:
        """Runs a command in the repository, as a CI job does."""
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PYTHON"))
        }
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
        assert self.run("git", *who, *arguments).code == 0

    def contracts(self, *arguments: str) -> Done:
        return self.run(sys.executable, "-m", "tier2", "contracts", *arguments)

    def write_order(self, **more: Schema) -> None:
        """Writes the contract of an order, with more members than it always has."""
        count: Schema = {"type": "integer", "minimum": 1, "maximum": 99}
        line = closed({"article": TEXT, "count": count})
        lines: Schema = {"type": "array", "items": ref("Line")}
        order = closed({"contract": {"const": "shop.order/v1"}, "lines": lines, **more})
        text = contract({"Line": line, "Order": order}, "parts/order.schema.json", **ref("Order"))
        path = self.folder / "contracts" / "v1" / "parts" / "order.schema.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def commit(self) -> None:
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", "a change")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The repository with a first release: generated, locked and committed."""
    shop = Shop(tmp_path)
    shop.write_order()
    assert shop.contracts("generate", *PLACES).code == 0
    assert shop.contracts("lock").code == 0
    shop.commit()
    return shop


def test_the_generated_types_read_and_make_documents(shop: Shop) -> None:
    program = (
        "from shop.documents import Line, Order\n"
        "from tier2 import canonical\n"
        "print(canonical(Order(lines=(Line(article='ink', count=2),))).decode())\n"
    )
    made = shop.run(sys.executable, "-c", program)
    assert made == (0, '{"contract":"shop.order/v1","lines":[{"article":"ink","count":2}]}\n', "")
    assert "export type Order = {" in (shop.folder / "web" / "shop.d.ts").read_text("utf-8")
    assert not (shop.folder / "tier2").exists()


def test_a_breaking_change_is_found_between_revisions(shop: Shop) -> None:
    shop.write_order(note=TEXT)
    shop.commit()
    found = shop.contracts("compat", "HEAD~1:contracts/v1", "HEAD:contracts/v1/")
    place = "parts/order.schema.json#/$defs/Order/properties/note"
    assert found.code == 1
    assert found.out == (
        "parts/order: backward no, forward no; needs backward and forward: BROKEN\n"
        f"    {place}: the required property was added to a closed object (backward no, forward no)\n"
    )
    assert "not compatible: parts/order;" in found.err
    accepted = {"documents": {}, "accepted": {place: "no shop reads it yet"}}
    (shop.folder / "contracts" / "policy.json").write_text(json.dumps(accepted), "utf-8")
    assert shop.contracts("compat", "HEAD~1:contracts/v1", "contracts/v1").code == 0
    assert shop.contracts("compat", "HEAD:nowhere", "contracts/v1").code == 2


def test_the_checks_of_a_ci_job_see_the_change(shop: Shop) -> None:
    checks = (("generate", *PLACES, "--check"), ("lock", "--check"))
    assert [shop.contracts(*check) for check in checks] == [(0, "", "")] * 2
    shop.write_order(note=TEXT)
    drift, unlocked = (shop.contracts(*check) for check in checks)
    assert (drift.code, unlocked.code) == (1, 1)
    assert "+    note: str\n" in drift.out
    assert "contracts/v1/parts/order.schema.json: a released file changed" in unlocked.err
    assert shop.contracts("lock").code == 1
