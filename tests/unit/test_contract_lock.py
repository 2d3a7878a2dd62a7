"""Does the lock notice every change of a released contract but those of its titles, descriptions and layout?"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from small_contracts import FOLDER, TEXT, Schema, closed, contract, real_sources, ref, view_of

from tier2.codegen.lock import LOCK_FILE, broken, digests, lock_text, read_lock, unlocked
from tier2.codegen.model import ContractFileError

FILE = "a.schema.json"
Edit = Callable[[Any], object]


def text() -> str:
    properties: Schema = {
        "title": TEXT | {"description": "The name of a book."},
        "size": {"type": "integer", "minimum": 0, "maximum": 9, "default": 1},
        "more": ref("V") | {"default": {"title": "A"}},
        "names": {"type": "object", "additionalProperties": TEXT | {"title": "Name"}, "default": {}},
        "any": {"description": "Any value."},
        "tags": {"type": "array", "items": TEXT | {"title": "Tag"}},
    }
    defs = {"A": closed(properties, description="A book."), "V": view_of({"description": TEXT})}
    defs["U"] = {"oneOf": [ref("A") | {"title": "One"}]}
    more: Schema = {"title": "Books", "description": "Books and their titles."} | ref("A")
    return contract(defs, FILE, **more)


LOCKED = digests({FILE: text()})


def edited(edit: Edit) -> dict[str, str]:
    """The digests after an edit of the file, which also changes its layout."""
    document = json.loads(text())
    edit(document)
    return digests({FILE: json.dumps(document, indent=4)})


WORDS: dict[str, Edit] = {
    "title of the file": lambda file: file.update(title="Other"),
    "description of the file": lambda file: file.pop("description"),
    "description of a type": lambda file: file["$defs"]["A"].update(description="Other."),
    "title of a type": lambda file: file["$defs"]["V"].update(title="Other"),
    "description of a property": lambda file: file["$defs"]["A"]["properties"]["title"].pop("description"),
    "title of the items": lambda file: file["$defs"]["A"]["properties"]["tags"]["items"].pop("title"),
    "title of the values of a map": lambda file: file["$defs"]["A"]["properties"]["names"][
        "additionalProperties"
    ].pop("title"),
    "description of any value": lambda file: file["$defs"]["A"]["properties"].update(
        any={"description": "Other.", "title": "Any"}
    ),
    "title of a member of a union": lambda file: file["$defs"]["U"]["oneOf"][0].pop("title"),
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
    "values of a map": lambda file: file["$defs"]["A"]["properties"]["names"].update(
        additionalProperties={"description": "Any value."}
    ),
    "type of any value": lambda file: file["$defs"]["A"]["properties"]["any"].update(type="string"),
    "null beside a reference": lambda file: file["$defs"]["A"]["properties"].update(
        more={"oneOf": [ref("U"), {"type": "null"}]}
    ),
    "document": lambda file: file.update(ref("V")),
    "a new type": lambda file: file["$defs"].update(B=view_of({})),
    "a type renamed": lambda file: file["$defs"].update(W=file["$defs"].pop("V")),
    "order of the types": lambda file: file["$defs"].update(A=file["$defs"].pop("A")),
    "id": lambda file: file.update({"$id": "https://example.invalid/v9/a.schema.json"}),
}


@pytest.mark.parametrize("edit", WORDS.values(), ids=WORDS)
def test_titles_descriptions_and_layout_may_change(edit: Edit) -> None:
    assert edited(edit) == LOCKED


@pytest.mark.parametrize("edit", MEANING.values(), ids=MEANING)
def test_every_other_change_is_reported_with_a_remedy(edit: Edit) -> None:
    (line,) = broken(LOCKED, edited(edit))
    assert line == (
        f"{FILE}: a released file changed in more than title and description; undo it, and make the change in a new "
        "version (contracts/README.md)"
    )


def test_a_file_that_is_gone_and_a_new_one_are_reported() -> None:
    moved = {"b.schema.json": LOCKED[FILE]}
    assert list(broken(LOCKED, moved)) == [f"{FILE}: a released file is gone; bring it back"]
    assert list(unlocked(LOCKED, moved)) == ["b.schema.json: not locked; run: tier2 contracts lock"]
    assert list(unlocked(LOCKED, LOCKED)) == []


def test_a_lock_is_read_as_it_was_written() -> None:
    assert read_lock(lock_text(LOCKED)) == LOCKED


@pytest.mark.parametrize(
    "spoilt", ["", "[" * 100_000, "[]", "{}", '{"sha256": []}', '{"sha256": {}}', '{"sha256": 1, "more": 2}']
)
def test_a_lock_edited_by_hand_is_refused(spoilt: str) -> None:
    with pytest.raises(ContractFileError, match=f"^{LOCK_FILE}#: not as"):
        read_lock(spoilt)


def test_contracts_that_cannot_be_read_have_no_digests() -> None:
    with pytest.raises(ContractFileError, match=f"^{FILE}#: not JSON"):
        digests({FILE: "{"})


def test_the_contracts_of_the_project_are_as_locked() -> None:
    locked, found = read_lock((FOLDER / LOCK_FILE).read_text("utf-8")), digests(real_sources())
    assert [*broken(locked, found), *unlocked(locked, found)] == []
    assert locked.keys() == real_sources().keys()
