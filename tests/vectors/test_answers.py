"""The package gives the known answer to every vector of every file.

The answers were computed without the package (`tools/reference.py`). Every program in every language must give them.
"""

import pytest
import vector_reader
from vector_reader import FOLDER, READERS, ROOT, Vector, answer, known, vectors

import tier2.engine.decoding
import tier2.engine.execution

EACH = [pytest.param(file, vector, id=vector["id"]) for file in READERS for vector in vectors(file)]


def test_the_package_reads_every_file_of_vectors() -> None:
    names = {path.stem for path in (ROOT / FOLDER).glob("*.json")}
    assert names == {*READERS, "coverage", "vectors.schema"}


@pytest.mark.parametrize(("file", "vector"), EACH)
def test_the_package_gives_the_known_answer(file: str, vector: Vector) -> None:
    assert answer(file, vector) == known(vector)


# The answers tell a wrong package from a right one


def disagreements(file: str) -> set[str]:
    return {vector["id"] for vector in vectors(file) if answer(file, vector) != known(vector)}


def test_repeated_step_ids_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier2.engine.decoding, "check_workflow", lambda *_: None)
    assert "document-same-ids" in disagreements("documents")


def test_a_verify_that_finds_nothing_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_reader, "verify", lambda *_: None)
    assert disagreements("tampered") == {v["id"] for v in vectors("tampered") if v["result"] == "invalid"}


def test_a_failed_human_step_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {**tier2.engine.execution.TRANSITIONS, ("human", "failed"): "end"}
    monkeypatch.setattr(tier2.engine.execution, "TRANSITIONS", more)
    assert disagreements("events") == {
        vector["id"]
        for vector in vectors("events")
        if "failed-pending" in vector["id"] and "human" in vector["id"]
    }


@pytest.mark.parametrize("code", ["stale", "approver", "signature", "answer"])
def test_a_decision_that_is_not_checked_would_be_noticed(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier2.engine.execution, "check_decision", lambda *_: None)
    assert disagreements("decisions") >= {
        vector["id"]
        for vector in vectors("decisions")
        if vector.get("code") == code and vector.get("type") == "Run"
    }
