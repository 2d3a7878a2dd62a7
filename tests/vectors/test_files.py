"""The vector files are of their shape, and the tool that checks them finds every fault in them."""

import ast
import json
import re
import shutil
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import add_member
import known_answers
import pytest
import reference
from jsonschema import Draft202012Validator
from reference import Object, Run
from vector_reader import ANSWERS, FOLDER, READERS, ROOT, vectors, whole_file
from vector_schema import COMPUTED

NAMES = (*READERS, "coverage")
SCHEMA: dict[str, Any] = whole_file("vectors.schema")
MEGABYTE = 1 << 20
ANSWER = known_answers.answer

# The files


def fits(name: str, file: dict[str, Any]) -> bool:
    return Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{name}"}).is_valid(file)


@pytest.mark.parametrize("name", NAMES)
def test_each_file_fits_its_schema(name: str) -> None:
    file = whole_file(name)
    assert fits(name, file)
    assert not fits(name, {**file, "more": 1})


def test_the_schema_refuses_two_answers_and_none() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    file = whole_file("values")
    first = file["vectors"][0]
    assert not fits("values", {**file, "vectors": [{**first, "code": "type"}]})
    assert not fits("values", {**file, "vectors": [{k: v for k, v in first.items() if k not in ANSWERS}]})
    assert not fits("values", {**file, "vectors": [{**first, "flags": []}]})


def test_at_least_half_of_the_vectors_are_valid() -> None:
    counts = whole_file("coverage")["counts"]
    assert counts["valid"] >= counts["invalid"]


def test_no_two_vectors_ask_the_same_question() -> None:
    asked = Counter(
        json.dumps(
            [name, {key: vector[key] for key in vector.keys() - {"id", "comment", "flags"}}], sort_keys=True
        )
        for name in READERS
        for vector in vectors(name)
    )
    assert [question for question, times in asked.items() if times > 1] == []


def test_the_files_are_small_and_ascii() -> None:
    paths = list((ROOT / FOLDER).iterdir())
    assert all(path.read_bytes().isascii() for path in paths)
    assert sum(path.stat().st_size for path in paths) < 4 * MEGABYTE
    assert max(len(json.dumps(vector)) for name in READERS for vector in vectors(name)) < MEGABYTE / 10


# The tool


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the files."""
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / FOLDER).iterdir()}


def check(root: Path) -> int:
    return known_answers.main(["--check", "--root", str(root)])


def renew(root: Path) -> int:
    return known_answers.main(["--root", str(root)])


@cache
def known_answer(name: str, vector: str) -> Object:
    return ANSWER(name, json.loads(vector))


@pytest.fixture
def answers_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute each answer once for many tests; they are about the files."""
    monkeypatch.setattr(known_answers, "answer", lambda name, vector: known_answer(name, json.dumps(vector)))


def test_the_answers_are_those_of_the_reference(root: Path) -> None:
    assert check(ROOT) == 0
    assert renew(root) == 0
    assert contents(root) == contents(ROOT)


FAULTS = tomllib.loads((Path(__file__).parent / "faults.toml").read_text("utf-8"))
HEAD = vectors("runs")[0]["head_sha256"]
WRONG = {**FAULTS["wrong"], "a head": ("runs", f'"head_sha256": "{HEAD}', f'"head_sha256": "{HEAD[::-1]}')}


def spoil(root: Path, name: str, old: str, new: str) -> None:
    """Replace the first such text in a file."""
    path = root / FOLDER / f"{name}.json"
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())


@pytest.mark.usefixtures("answers_kept")
@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_answer_is_shown(fault: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, old, new = WRONG[fault]
    spoil(root, name, old, new)
    before = contents(root)
    assert check(root) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n--- ") + output.err.startswith("--- ") == 1
    assert f"--- {FOLDER.as_posix()}/{name}.json\n" in output.err
    assert output.err.endswith("run: python tools/known_answers.py\n")
    assert contents(root) == before


def test_wrong_answers_are_renewed(root: Path) -> None:
    for name, old, new in WRONG.values():
        spoil(root, name, old, new)
    assert renew(root) == 0
    assert contents(root) == contents(ROOT)


def refuse(root: Path, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The tool names the fault and writes nothing."""
    before = contents(root)
    assert renew(root) == 2
    output = capsys.readouterr()
    assert output.err.startswith("known_answers: ")
    assert words in output.err
    assert contents(root) == before


@pytest.mark.usefixtures("answers_kept")
@pytest.mark.parametrize("fault", FAULTS["malformed"])
def test_a_fault_in_a_file_is_named(fault: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, old, new, words = FAULTS["malformed"][fault]
    spoil(root, name, old, new)
    refuse(root, words, capsys)


@pytest.mark.parametrize("fault", FAULTS["replaced"])
def test_a_file_of_another_kind_is_named(fault: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, content, words = FAULTS["replaced"][fault]
    (root / FOLDER / f"{name}.json").write_text(content, "utf-8")
    refuse(root, words, capsys)


def test_a_missing_file_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / FOLDER / "coverage.json").unlink()
    refuse(root, "coverage.json: ", capsys)


def change(root: Path, name: str, changed: Callable[[dict[str, Any]], object]) -> None:
    """Change a file, and write it in another layout."""
    path = root / FOLDER / f"{name}.json"
    file = json.loads(path.read_bytes())
    changed(file)
    path.write_text(json.dumps(file), "utf-8")


def test_all_answers_follow_from_the_inputs(root: Path) -> None:
    def strip(file: dict[str, Any]) -> None:
        del file["counts"]
        kept = [{key: one[key] for key in reversed(one) if key not in COMPUTED} for one in file["vectors"]]
        file["vectors"] = kept

    def strip_rows(file: dict[str, Any]) -> None:
        del file["counts"]
        file["rows"] |= {
            row: {} for row in ("refusal code", "numbers", "escapes", "prototype keys", "run", "decision")
        }

    for name in READERS:
        change(root, name, strip)
    change(root, "coverage", strip_rows)
    assert renew(root) == 0
    assert contents(root) == contents(ROOT)


def test_a_claim_that_is_true_is_not_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def claim_the_truth(file: dict[str, Any]) -> None:
        sound, tampered = file["vectors"][0], next(one for one in file["vectors"] if "code" in one)
        tampered |= {"run": sound["run"], "claimed": sound["claimed"]}

    change(root, "tampered", claim_the_truth)
    refuse(root, 'claimed: this is the result of the run, so "result" should be "valid"', capsys)


# A change of the rules


def read_vectors(root: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((root / FOLDER / f"{name}.json").read_bytes())["vectors"]
    return found


def test_a_change_of_the_rules_renews_every_result(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old_lineage, old_link = reference.lineage, reference.first_link

    def lineage(run: Run) -> Object:
        return {**old_lineage(run), "more": {"n": 1}}

    monkeypatch.setattr(reference, "lineage", lineage)
    monkeypatch.setattr(reference, "first_link", lambda run: reference.digest([old_link(run), {"n": 1}]))
    add_member.main(["Decided", "more", "null", "--root", str(root)])
    assert renew(root) == 0
    assert check(root) == 0
    for before, after in zip(vectors("tampered"), read_vectors(root, "tampered"), strict=True):
        assert after["claimed"] != before["claimed"]
        assert after.get("where") == before.get("where")
        assert json.loads(after["claimed"])["lineage"]["more"] == {"n": 1}
    for before, after in zip(vectors("runs"), read_vectors(root, "runs"), strict=True):
        assert after["head_sha256"] != before["head_sha256"]
    for before, after in zip(vectors("decisions"), read_vectors(root, "decisions"), strict=True):
        assert after["ask"] != "head" or after["head_sha256"] != before["head_sha256"]


def texts(root: Path) -> dict[str, str]:
    """Return the inputs that are documents, by their vectors."""
    members = ("text", "run", "claimed", "workflow", "context", "events", "question")
    return {
        vector["id"]: "\n".join(["".join(vector[member]) for member in members if member in vector])
        for name in READERS
        for vector in read_vectors(root, name)
    }


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Return every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(part)


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        (
            "Decided",
            {"event", "step_id", "verdict", "by", "note", "output", "at", "head_sha256", "signature"},
        ),
        ("Field", {"name", "label", "kind", "choices", "required"}),
        ("StepSpec", {"id", "kind", "payload"}),
        (
            "Lineage",
            {
                "workflow_id",
                "mission_type",
                "executed_step_ids",
                "workflow_sha256",
                "context_sha256",
                "operations",
            },
        ),
    ],
)
def test_a_member_is_added_to_every_object_of_a_type(kind: str, members: set[str], root: Path) -> None:
    before = texts(root)
    assert add_member.main([kind, "added", "null", "--root", str(root)]) == 0
    after = texts(root)
    for name, text in after.items():
        assert re.sub(',?"added":null', "", text) == before[name]
    documents = [
        one for one in vectors("documents") if one["result"] == "valid" and "View" not in one["flags"]
    ]
    for vector in documents:
        wanted = [one for one in objects(json.loads(vector["text"])) if one.keys() == members]
        assert after[vector["id"]].count('"added":null') == len(wanted)


def test_a_value_that_is_not_json_is_not_added(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add_member.main(["Decided", "at", "nul", "--root", str(root)]) == 2
    assert "add_member: " in capsys.readouterr().err
    assert contents(root) == contents(ROOT)


def imported_by(module: str) -> set[str]:
    """Return the modules that a tool imports."""
    nodes = [*ast.walk(ast.parse((ROOT / "tools" / f"{module}.py").read_text("utf-8")))]
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return found | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


def test_the_reference_reads_no_file_and_no_package() -> None:
    assert imported_by("reference") == {"hashlib", "decimal", "typing"}
    assert imported_by("reference_decisions") == {"base64", "re", "reference", "typing"}
    own = {"reference", "reference_decisions", "vector_schema"}
    others = {name.partition(".")[0] for name in imported_by("known_answers") | imported_by("vector_schema")}
    assert own <= others
    assert others - own <= sys.stdlib_module_names - {"importlib", "runpy", "subprocess"}
