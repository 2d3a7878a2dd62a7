"""Do texts and documents keep what the vectors say, however they are handed over: as text or bytes, again and again?"""

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
def test_a_text_as_bytes_has_the_same_answer(vector: Vector) -> None:
    encoded = base64.b64encode(vector["text"].encode()).decode()
    assert answer("values", {"base64": encoded}) == known(vector)


@pytest.mark.parametrize("vector", named([vector for vector in VALUES if vector["result"] == "valid"]))
def test_canonical_text_reads_back_as_the_same_value(vector: Vector) -> None:
    value = parse(vector["text"])
    assert parse(vector["canonical"]) == value
    assert canonical(parse(vector["canonical"])) == vector["canonical"].encode()


@pytest.mark.parametrize("vector", named(DOCUMENTS))
def test_a_documents_canonical_bytes_decode_to_the_same_document(vector: Vector) -> None:
    document = read_document(vector)
    assert read_document({**vector, "text": vector["canonical"]}) == document
    assert not isinstance(document, Value) or type(document).__name__ == vector["type"]


@pytest.mark.parametrize("vector", named([vector for vector in VALUES if vector["result"] == "invalid"]))
def test_what_is_no_json_value_is_no_document_either(vector: Vector) -> None:
    data = vector["text"] if "text" in vector else base64.b64decode(vector["base64"])
    with pytest.raises(CanonicalError) as caught:
        decode(data, MissionSpec)
    assert caught.value.code == vector["code"]
