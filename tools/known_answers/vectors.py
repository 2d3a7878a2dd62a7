"""One vector: its file, what stands in the file, and the rows of the coverage table that it is there for."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from known_answers.notes import NOTES
from known_answers.reference import CaseFault, Json, Object, digest, encode


class Vector(NamedTuple):
    """``body`` is what stands in the file; ``covers`` are rows of the coverage table with their items."""

    file: str
    body: Object
    covers: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def flags(self) -> list[str]:
        flags = self.body["flags"]
        assert isinstance(flags, list)
        return [str(flag) for flag in flags]

    @property
    def valid(self) -> bool:
        return self.body["result"] == "valid"


class Case(NamedTuple):
    """A vector without its answer."""

    file: str
    id: str
    flags: str
    comment: str
    inputs: Object
    covers: Iterable[tuple[str, str]] = ()

    def answered(self, answer: Json, *, by_hand: str | None = None, **more: Json) -> Vector:
        """Valid: the answer is a JSON value; ``by_hand`` is its canonical text as a person wrote it down."""
        canonical = encode(answer)
        if by_hand not in (None, canonical):
            raise CaseFault(f"{self.id}: written by hand {by_hand}, computed {canonical}")
        return self._vector({"result": "valid", "canonical": canonical, "sha256": digest(answer), **more})

    def refused(self, code: str, **more: Json) -> Vector:
        """Invalid, with the code of the refusal."""
        return self._vector({"result": "invalid", "code": code, **more})

    def _vector(self, answers: Object) -> Vector:
        named: list[Json] = [*self.flags.split()]
        unknown = [flag for flag in named if flag not in NOTES]
        if unknown or not named:
            raise CaseFault(f"{self.id}: flags without a note: {unknown}")
        opening: Object = {"id": self.id, "comment": self.comment, "flags": named}
        return Vector(self.file, opening | self.inputs | answers, tuple(self.covers))


def read(text: str) -> Json:
    """The value of a JSON text of ours."""
    value: Json = json.loads(text)
    return value


def read_object(text: str) -> Object:
    value = read(text)
    if not isinstance(value, dict):
        raise CaseFault(f"no object: {text[:60]}")
    return value


def written(value: Json) -> str:
    """Some JSON text of a value, not the canonical one: members as they come, ASCII only."""
    return json.dumps(value, allow_nan=False)
