"""Are the vector files what they say: in shape, counted, explained, half of them right, and untouched?

They are edited by their tool only, which knows nothing of the package.
"""

import ast
import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import make_vectors
import pytest
from jsonschema import Draft202012Validator
from known_answers import files, reference
from vector_reader import ANSWERS, FOLDER, READERS, ROOT, Vector, vectors, whole_file

NAMES = (*READERS, "coverage")
ALL = [vector for name in READERS for vector in vectors(name)]
TOOLS = sorted([ROOT / "tools/make_vectors.py", *(ROOT / "tools/known_answers").glob("*.py")])

SCHEMA: dict[str, Any] = whole_file("vectors.schema")
MEGABYTE = 1 << 20


def fits(name: str, file: dict[str, Any]) -> bool:
    whole = {**SCHEMA, "$ref": f"#/$defs/{name}"}
    return Draft202012Validator(whole).is_valid(file)


def unexplained(file: dict[str, Any]) -> set[str]:
    """Flags without a note, and notes on flags that no vector has."""
    used = {flag for vector in file["vectors"] for flag in vector["flags"]}
    return used ^ set(file["flags"])


def count(found: list[Vector]) -> dict[str, int]:
    right = sum(vector["result"] == "valid" for vector in found)
    return {"valid": right, "invalid": len(found) - right, "total": len(found)}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_fits_its_schema_and_names_it(name: str) -> None:
    file = whole_file(name)
    assert fits(name, file)
    assert file["schema"] == f"vectors.schema.json#/$defs/{name}"
    assert not fits(name, {**file, "more": 1})


def test_the_schema_is_one_itself_and_refuses_a_vector_with_two_answers_or_none() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    file = whole_file("values")
    first = file["vectors"][0]
    assert not fits("values", {**file, "vectors": [{**first, "code": "type"}]})
    assert not fits("values", {**file, "vectors": [{k: v for k, v in first.items() if k not in ANSWERS}]})
    assert not fits("values", {**file, "vectors": [{**first, "flags": []}]})


@pytest.mark.parametrize("name", READERS)
def test_a_file_counts_its_vectors_and_explains_exactly_the_flags_that_it_uses(name: str) -> None:
    file = whole_file(name)
    assert file["counts"] == count(file["vectors"])
    assert unexplained(file) == set()


def test_a_flag_without_a_note_and_a_note_without_a_flag_are_noticed() -> None:
    file = whole_file("merges")
    assert unexplained({**file, "flags": {**file["flags"], "More": "."}}) == {"More"}
    del file["flags"]["MergePatch"]
    assert unexplained(file) == {"MergePatch"}


def test_a_flag_has_the_same_note_in_every_file() -> None:
    notes = [pair for name in READERS for pair in whole_file(name)["flags"].items()]
    assert len(set(notes)) == len(dict(notes))


def test_no_id_stands_twice_in_all_files_and_the_table_counts_all() -> None:
    ids = [vector["id"] for vector in ALL]
    assert len(set(ids)) == len(ids)
    assert whole_file("coverage")["counts"] == count(ALL)


def test_at_least_half_of_all_vectors_are_valid() -> None:
    counts = count(ALL)
    assert counts["valid"] >= counts["invalid"]


def test_no_two_vectors_ask_the_same_of_the_same_reader() -> None:
    asked = [
        (
            name,
            json.dumps(
                {key: value for key, value in vector.items() if key not in {"id", "comment", "flags"}}
            ),
        )
        for name in READERS
        for vector in vectors(name)
    ]
    assert [question for question, times in Counter(asked).items() if times > 1] == []


def test_the_files_are_ascii_and_of_a_size_that_anyone_can_carry() -> None:
    paths = list((ROOT / FOLDER).iterdir())
    assert all(path.read_bytes().isascii() for path in paths)
    assert sum(path.stat().st_size for path in paths) < 3 * MEGABYTE
    assert max(len(json.dumps(vector)) for vector in ALL) < MEGABYTE / 10


# The tool


def test_the_files_are_what_the_tool_makes_and_no_others() -> None:
    assert make_vectors.main(["--check"]) == 0
    assert {ROOT / path for path in files.files()} == set((ROOT / FOLDER).iterdir())


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return files.files()


@pytest.fixture
def made_before(made: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool finds the answers made already: what it says of the files is the question, not how it makes them."""
    monkeypatch.setattr(make_vectors, "files", lambda: made)


@pytest.mark.usefixtures("made_before")
@pytest.mark.parametrize("name", [*NAMES, "vectors.schema"])
def test_the_check_shows_a_single_changed_character_and_the_command_and_writes_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    changed = tmp_path / FOLDER / f"{name}.json"
    text = changed.read_bytes()
    middle = len(text) // 2
    changed.write_bytes(text[:middle] + bytes([text[middle] ^ 1]) + text[middle + 1 :])
    before = changed.read_bytes()
    assert make_vectors.main(["--check", "--root", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"--- {FOLDER.as_posix()}/{name}.json\n" in said.err
    assert "python tools/make_vectors.py" in said.err
    assert changed.read_bytes() == before


@pytest.mark.usefixtures("made_before")
@pytest.mark.parametrize(
    "change", [lambda text: text + b"\n", lambda text: text.replace(b"\n", b"\r\n"), lambda _: b""]
)
def test_the_check_sees_changed_white_space_and_an_emptied_file(change: Any, tmp_path: Path) -> None:
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    path = tmp_path / FOLDER / "merges.json"
    path.write_bytes(change(path.read_bytes()))
    assert make_vectors.main(["--check", "--root", str(tmp_path)]) == 1


@pytest.mark.usefixtures("made_before")
def test_the_check_sees_a_file_too_many_and_one_too_few(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    (tmp_path / FOLDER / "more.json").write_text("{}", "utf-8")
    assert make_vectors.main(["--check", "--root", str(tmp_path)]) == 1
    assert "more.json" in capsys.readouterr().err
    (tmp_path / FOLDER / "more.json").unlink()
    (tmp_path / FOLDER / "coverage.json").unlink()
    assert make_vectors.main(["--check", "--root", str(tmp_path)]) == 1
    assert "coverage.json" in capsys.readouterr().err


@pytest.mark.usefixtures("made_before")
def test_without_check_the_tool_writes_the_files_and_then_the_check_is_content(tmp_path: Path) -> None:
    assert make_vectors.main(["--check", "--root", str(tmp_path)]) == 1
    assert list(tmp_path.iterdir()) == []
    assert make_vectors.main(["--root", str(tmp_path)]) == 0
    assert make_vectors.main(["--check", "--root", str(tmp_path)]) == 0


FOUR = ("four", "IntegralFloat", "Wrong by hand.", "4.0", "4.0")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((FOUR,), "value-four: written by hand 4.0, computed 4"),
        (((*FOUR[:4], "4"), (*FOUR[:3], "4.00", "4")), "an id stands twice: ['value-four']"),
        ((("four", "NoNote", *FOUR[2:4], "4"),), "value-four: flags without a note: ['NoNote']"),
        (((*FOUR[:4], "4"),), "notes on flags that no vector has: ["),
    ],
)
def test_where_a_case_contradicts_itself_the_tool_writes_nothing(
    values: Any,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "VALUES", values)
    assert make_vectors.main(["--root", str(tmp_path)]) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_place_of_a_difference_that_was_written_wrongly_by_hand_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reference, "CAUSES", ("final_state",))
    with pytest.raises(reference.CaseFault, match="written by hand"):
        files.vectors()


def imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= set(names) if node.module == "known_answers" else {str(node.module)}
    return found


def test_the_tool_and_its_cases_import_nothing_but_each_other_and_the_standard_library() -> None:
    own = {f"known_answers.{path.stem}" for path in TOOLS if path.stem not in {"__init__", "make_vectors"}}
    imported = set().union(*map(imported_by, TOOLS))
    assert own <= imported
    others = {name.partition(".")[0] for name in imported - own}
    assert others <= sys.stdlib_module_names - {"importlib", "runpy", "subprocess"}


def test_the_vectors_are_made_without_reading_a_file(
    monkeypatch: pytest.MonkeyPatch, made: dict[str, str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("io.open", refuse)
    assert files.files() == made
