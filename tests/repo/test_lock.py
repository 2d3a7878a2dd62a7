"""Does the lock hold a released contract still, in everything but its words and its layout?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import generate
import lock
import pytest
from contract_files import BUNDLE_FILE
from small_contracts import TEXT, Schema, closed, contract, ref, view_of

ROOT = Path(__file__).parents[2]
FILE = "a.schema.json"
Edit = Callable[[Any], object]


def text() -> str:
    properties: Schema = {
        "title": TEXT | {"description": "The name of a book."},
        "size": {"type": "integer", "minimum": 0, "maximum": 9, "default": 1},
        "more": ref("V") | {"default": {"title": "A"}},
        "tags": {"type": "array", "items": TEXT | {"title": "Tag"}},
    }
    defs = {"A": closed(properties, description="A book."), "V": view_of({"description": TEXT})}
    more: Schema = {"title": "Books", "description": "What a book is."} | ref("A")
    return contract(defs, FILE, **more)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A root with one locked version."""
    folder = tmp_path / "contracts" / "v1"
    folder.mkdir(parents=True)
    (folder / FILE).write_text(text(), "utf-8")
    assert lock.main(["--root", str(tmp_path)]) == 0
    return tmp_path


def edit(house: Path, change: Edit, version: str = "v1") -> None:
    path = house / "contracts" / version / FILE
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")


def check(house: Path) -> int:
    return lock.main(["--root", str(house), "--check"])


def test_the_released_files_of_the_project_are_as_locked() -> None:
    assert lock.main(["--check"]) == 0


def test_every_contract_file_is_locked_and_the_generated_bundle_is_not() -> None:
    for folder in lock.versions(ROOT):
        locked = lock.read_lock((folder / lock.LOCK).read_text("utf-8"))
        assert locked.keys() == generate.read_sources(folder).keys()
        assert BUNDLE_FILE not in locked


WORDS: dict[str, Edit] = {
    "title of the file": lambda file: file.update(title="Other"),
    "description of the file": lambda file: file.pop("description"),
    "description of a type": lambda file: file["$defs"]["A"].update(description="Other."),
    "title of a type": lambda file: file["$defs"]["V"].update(title="Other"),
    "description of a property": lambda file: file["$defs"]["A"]["properties"]["title"].pop("description"),
    "title of the items": lambda file: file["$defs"]["A"]["properties"]["tags"]["items"].pop("title"),
    "layout": lambda _: None,
}
MEANING: dict[str, Edit] = {
    "default": lambda file: file["$defs"]["A"]["properties"]["size"].update(default=2),
    "default of another type": lambda file: file["$defs"]["A"]["properties"]["size"].update(default=True),
    "a member named title of a default": lambda file: file["$defs"]["A"]["properties"]["more"].update(
        default={}
    ),
    "bound": lambda file: file["$defs"]["A"]["properties"]["size"].update(maximum=8),
    "type of a property named title": lambda file: file["$defs"]["A"]["properties"].update(
        title={"type": "boolean"}
    ),
    "a property named description is gone": lambda file: file["$defs"]["V"]["properties"].pop("description"),
    "document": lambda file: file.update(ref("V")),
    "a new type": lambda file: file["$defs"].update(B=view_of({})),
    "a type renamed": lambda file: file["$defs"].update(W=file["$defs"].pop("V")),
    "order of the types": lambda file: file["$defs"].update(A=file["$defs"].pop("A")),
    "id": lambda file: file.update({"$id": "https://example.invalid/v9/a.schema.json"}),
}


@pytest.mark.parametrize("change", WORDS.values(), ids=WORDS)
def test_titles_descriptions_and_layout_may_change(house: Path, change: Edit) -> None:
    edit(house, change)
    assert check(house) == 0
    assert lock.main(["--root", str(house)]) == 0


@pytest.mark.parametrize("change", MEANING.values(), ids=MEANING)
def test_anything_else_is_refused_with_what_to_do_and_cannot_be_locked_over(
    house: Path, change: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(house, change)
    before = (house / "contracts" / "v1" / lock.LOCK).read_bytes()
    for command in ([], ["--check"]):
        assert lock.main(["--root", str(house), *command]) == 1
        said = capsys.readouterr().err
        assert said.startswith("lock: contracts/v1/a.schema.json: a released file changed")
        assert "new version (contracts/README.md)" in said
    assert (house / "contracts" / "v1" / lock.LOCK).read_bytes() == before


def test_an_unreleased_version_can_be_locked_anew(house: Path) -> None:
    edit(house, MEANING["bound"])
    assert lock.main(["--root", str(house), "--unreleased"]) == 0
    assert check(house) == 0


def test_with_two_versions_the_unreleased_one_must_be_named(house: Path) -> None:
    (house / "contracts" / "v2").mkdir()
    (house / "contracts" / "v2" / FILE).write_text(text(), "utf-8")
    with pytest.raises(SystemExit, match="2"):
        lock.main(["--root", str(house), "--unreleased"])
    edit(house, MEANING["bound"])
    assert lock.main(["--root", str(house), "--unreleased", "--version", "v2"]) == 0
    assert check(house) == 1


def test_a_file_that_is_gone_is_missed(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = house / "contracts" / "v1"
    (folder / FILE).rename(folder / "b.schema.json")
    document = contract({"A": view_of({})}, "b.schema.json")
    (folder / "b.schema.json").write_text(document, "utf-8")
    assert check(house) == 1
    said = capsys.readouterr().err
    assert "v1/a.schema.json: a released file is gone; bring it back" in said
    assert "v1/b.schema.json: not locked; run: python tools/lock.py" in said


def test_a_new_file_is_locked_by_the_next_run_and_missed_until_then(house: Path) -> None:
    (house / "contracts" / "v1" / "b.schema.json").write_text(
        contract({"B": view_of({})}, "b.schema.json"), "utf-8"
    )
    assert check(house) == 1
    assert lock.main(["--root", str(house)]) == 0
    assert check(house) == 0


def test_a_lock_that_is_gone_is_missed(house: Path) -> None:
    (house / "contracts" / "v1" / lock.LOCK).unlink()
    assert check(house) == 1


@pytest.mark.parametrize(
    "spoilt", ["", "[" * 100_000, "[]", "{}", '{"sha256": []}', '{"sha256": {}}', '{"sha256": 1, "more": 2}']
)
def test_a_lock_edited_by_hand_is_refused(house: Path, spoilt: str) -> None:
    (house / "contracts" / "v1" / lock.LOCK).write_text(spoilt, "utf-8")
    assert check(house) == 2


def test_contracts_that_cannot_be_read_are_refused(house: Path) -> None:
    (house / "contracts" / "v1" / FILE).write_text("{", "utf-8")
    assert check(house) == 2


def test_a_root_without_versions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        check(tmp_path)
