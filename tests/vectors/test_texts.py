"""The answers stay the same for strings and bytes, and for canonical text that is read again."""

import base64

import pytest
from vector_reader import Vector, answer, known, read_document, vectors

from tier2 import CanonicalError, MissionSpec, canonical, decode, parse
from tier2.values.structs import Value

VALUES = vectors("values")
TEXTS = [vector for vector in VALUES if "text" in vector]
DOCUMENTS = [vector for vector in vectors("documents") + vectors("events") if vector["result"] == "valid"]


def named(found: list[Vector]) -> list[object]:
    return [pytest.param(vector, id=vector["id"]) for vector in found]


@pytest.mark.parametrize("vector", named(TEXTS))
def test_bytes_have_the_answer_of_their_string(vector: Vector) -> None:
    encoded = base64.b64encode(vector["text"].encode()).decode()
    assert answer("values", {"base64": encoded}) == known(vector)


@pytest.mark.parametrize("vector", named([vector for vector in VALUES if vector["result"] == "valid"]))
def test_canonical_text_is_read_as_the_same_value(vector: Vector) -> None:
    value = parse(vector["text"])
    assert parse(vector["canonical"]) == value
    assert canonical(parse(vector["canonical"])) == vector["canonical"].encode()


@pytest.mark.parametrize("vector", named(DOCUMENTS))
def test_canonical_text_decodes_to_the_same_document(vector: Vector) -> None:
    document = read_document(vector)
    assert read_document({**vector, "text": vector["canonical"]}) == document
    assert not isinstance(document, Value) or type(document).__name__ == vector["type"]


@pytest.mark.parametrize("vector", named([vector for vector in VALUES if vector["result"] == "invalid"]))
def test_a_refused_value_is_a_refused_document(vector: Vector) -> None:
    data = vector["text"] if "text" in vector else base64.b64decode(vector["base64"])
    with pytest.raises(CanonicalError) as caught:
        decode(data, MissionSpec)
    assert caught.value.code == vector["code"]
