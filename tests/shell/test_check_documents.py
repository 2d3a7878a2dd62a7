"""Does `check` know the documents of contracts of one's own?"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shell_command import Command
from small_contracts import TEXT, closed, contract, ref

from tier2.shell.cli import main

ORDER = {
    "contract": {"const": "shop.order/v1"},
    "lines": {"type": "array", "items": ref("Line")},
    "price": {"type": "number"},
}
GOOD: dict[str, Any] = {
    "contract": "shop.order/v1",
    "lines": [{"article": "ink", "from": "Bern"}],
    "price": 1.5,
}


@pytest.fixture
def shop(tier2: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with contracts of its own, in which the command is called."""
    folder = tmp_path / "contracts" / "v1"
    folder.mkdir(parents=True)
    types = {"Line": closed({"article": TEXT, "from": TEXT}), "Order": closed(ORDER)}
    (folder / "order.schema.json").write_text(contract(types, "order.schema.json", **ref("Order")), "utf-8")
    places = ("--module", "shop_documents.py", "--declarations", "shop.d.ts")
    assert tier2("contracts", "generate", "--root", tmp_path, *places).code == 0
    (tmp_path / "documents").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("shop_documents", None)


def put(shop: Path, name: str, document: object) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    (shop / "documents" / name).write_text(text, "utf-8")


OWN = ("--documents", "shop_documents:DOCUMENTS")


def test_own_documents_are_checked_beside_ours(tier2: Command, shop: Path) -> None:
    put(shop, "a.json", GOOD)
    put(shop, "b.json", {**GOOD, "lines": [{"article": 1, "form": "Bern"}], "price": "1.5"})
    put(shop, "c.json", json.loads(tier2("plan", "echo").out))
    answer = tier2("check", *OWN, "documents")
    assert answer.code == 1
    assert [line.split(": ")[:2] for line in answer.out.decode().splitlines()] == [
        ["documents/a.json", f"shop.order/v1 {tier2('hash', 'documents/a.json').out.decode().split()[0]}"],
        ["documents/b.json:1:41", "$.lines[0].from"],
        ["documents/b.json:1:42", "$.lines[0].article"],
        ["documents/b.json:1:56", "$.lines[0].form"],
        ["documents/b.json:1:74", "$.price"],
        [
            "documents/c.json",
            f"tier2.workflow/v1 {tier2('hash', 'documents/c.json').out.decode().split()[0]}",
        ],
    ]


def test_without_the_option_an_own_document_is_unknown(tier2: Command, shop: Path) -> None:
    put(shop, "a.json", GOOD)
    assert b"names no contract that is known here" in tier2("check", "documents").out


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (GOOD, 0),
        ({**GOOD, "contract": "shop.order/v2"}, 1),
        (json.dumps(GOOD)[:-1], 1),
        ({"contract": "other.order/v1"}, 0),
        ("no JSON at all", 0),
    ],
)
def test_files_that_name_no_known_contract_are_skipped(
    tier2: Command, shop: Path, document: object, code: int
) -> None:
    put(shop, "a.json", document)
    answer = tier2("check", *OWN, "--skip-others", "documents")
    assert answer.code == code
    assert ("skipped 1 other file" in answer.err) is (document != GOOD and code == 0)


def test_a_program_brings_its_documents(shop: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    put(shop, "a.json", GOOD)
    sys.path.insert(0, str(shop))
    from shop_documents import DOCUMENTS  # type: ignore[import-not-found]

    assert main(["check", "documents/a.json"], prog="shop", documents=DOCUMENTS) == 0
    assert capsysbinary.readouterr().out.startswith(b"documents/a.json: shop.order/v1 ")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("shop_documents", "name a mapping as PACKAGE.MODULE:NAME"),
        ("shop_documents:NOTHING", "the module shop_documents has no NOTHING"),
        ("shop_documents:CONDITIONS", "is no mapping but a tuple; map names to type"),
        ("tier2:MISSIONS", "'daily_loop' is mapped to a MissionType, not to type"),
        ("nowhere_at_all:DOCUMENTS", "nowhere_at_all cannot be imported"),
        ("wrong:A", "'shop.order/v2' is mapped to Order, which is no class of documents that name it"),
        ("wrong:B", "'shop.order/v1' is mapped to str, which is no class of documents that name it"),
    ],
)
def test_a_wrong_name_of_documents_is_refused(tier2: Command, shop: Path, name: str, fault: str) -> None:
    (shop / "wrong.py").write_text(
        "from shop_documents import Order\nA = {'shop.order/v2': Order}\nB = {'shop.order/v1': str}\n",
        "utf-8",
    )
    assert fault in tier2("check", "--documents", name, "documents").refusal
    sys.modules.pop("wrong", None)
