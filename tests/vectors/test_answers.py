"""Are the bytes the known ones? Every vector of every file, asked of the package.

The vectors were made without the package (`tools/reference.py`). Every program in every language must give these
answers; this reader leaves none to others.
"""

from collections import Counter

import pytest
from vector_reader import READERS, Vector, answer, known, vectors

import tier2.engine.decoding
import tier2.engine.execution

EACH = [pytest.param(file, vector, id=vector["id"]) for file in READERS for vector in vectors(file)]


@pytest.mark.parametrize(("file", "vector"), EACH)
def test_the_package_gives_the_known_answer(file: str, vector: Vector) -> None:
    assert answer(file, vector) == known(vector)


def test_no_vector_is_left_to_others_and_the_counts_can_be_read() -> None:
    asked = Counter(parameters.values[0] for parameters in EACH)
    counts = {file: len(vectors(file)) for file in READERS}
    for file, count in asked.items():
        print(f"{count:6}  {file}: answered by the package, none left to others")  # noqa: T201 - seen with `pytest -s`
    assert asked == counts


def disagreements(file: str) -> set[str]:
    return {vector["id"] for vector in vectors(file) if answer(file, vector) != known(vector)}


def test_a_package_that_lets_steps_repeat_their_ids_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier2.engine.decoding, "check_workflow", lambda *_: None)
    assert "document-same-ids" in disagreements("documents")


def test_a_package_that_finds_no_difference_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier2.engine.execution, "first_difference", lambda *_: None)
    assert disagreements("tampered") == {v["id"] for v in vectors("tampered") if v["result"] == "invalid"}


def test_a_package_in_which_people_fail_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {**tier2.engine.execution.TRANSITIONS, ("human", "failed"): "end"}
    monkeypatch.setattr(tier2.engine.execution, "TRANSITIONS", more)
    assert disagreements("events") == {
        vector["id"]
        for vector in vectors("events")
        if "failed-pending" in vector["id"] and "human" in vector["id"]
    }
