"""Which objects does a typed view accept, and which errors does it raise?"""

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pytest

from tier2.contracts.views import convert, view
from tier2.errors import CanonicalError, ContractError, InvalidParamsError
from tier2.values.frozen import FrozenObject, freeze, freeze_object

Json = Any


class Colour(Enum):
    RED = "red"


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    size: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1


class Mine(msgspec.Struct):
    """A user's own view, with every kind of demand."""

    name: str
    odd: Annotated[str, msgspec.Meta(pattern="^a+\\Z")] = "a"
    some: Annotated[tuple[str, ...], msgspec.Meta(max_length=2)] = ()
    text: Annotated[str, msgspec.Meta(min_length=2)] = "xx"
    inner: Inner | None = None
    word: Literal["one", "two"] = "one"
    colour: Colour = Colour.RED
    number: float = 0.5
    many: dict[str, Inner] = {}


class Tagged(msgspec.Struct, tag_field="kind", tag="right"):
    x: int = 0


def refusal(value: Json, kind: type = Mine, *path: str) -> ContractError:
    with pytest.raises(ContractError) as refused:
        view(value, kind, *path)
    return refused.value


def test_a_view_reads_only_the_known_members() -> None:
    value = freeze_object({"name": "n", "unknown": {"x": [None]}, "inner": {"size": 2}})
    seen = view(value, Mine)
    assert (seen.name, seen.inner, seen.some) == ("n", Inner(size=2), ())
    assert value == freeze({"name": "n", "unknown": {"x": [None]}, "inner": {"size": 2}})


def test_a_view_of_a_plain_object_is_frozen_first() -> None:
    assert view({"name": "n", "inner": {"size": 2.0}}, Mine).inner == Inner(size=2)


@pytest.mark.parametrize("number", [1e16, 5e-6, 1e300, 0.5, -1e-6])
def test_every_float_is_read_as_a_float(number: float) -> None:
    assert view({"name": "n", "number": number}, Mine).number == number
    assert view({"name": "n", "unknown": number, "number": 0.25}, Mine).number == 0.25


class Counted(msgspec.Struct):
    """A view with an integer of any size, a number of any kind, and a member of any."""

    whole: int = 0
    number: int | float = 0
    other: Any = None
    half: float = 0.5


@pytest.mark.parametrize("number", [1e16, -1e17, 2.0**64, 1e300])
def test_a_float_stays_a_float_beside_an_integer(number: float) -> None:
    seen = view({"other": number, "number": number, "half": number}, Counted)
    assert (type(seen.number), type(seen.half)) == (float, float)
    assert freeze(seen.other) == freeze(number)


@pytest.mark.parametrize("number", [1e16, -1e17, 2.0**64, 1e300])
def test_a_large_float_is_no_integer(number: float) -> None:
    """An operation could not give it back: an integer of that size has no canonical form."""
    error = refusal({"whole": number}, Counted)
    assert (error.code, error.message) == ("type", "expected `int`, got `float`")


def test_a_large_float_is_beyond_an_integers_limit() -> None:
    error = refusal({"name": "n", "number": 1e21, "inner": {"size": 1e21}})
    assert (error.code, error.where, error.message) == ("bound", "$.inner.size", "expected `int` <= 3")


CASES: list[tuple[Json, str, str]] = [
    ({}, "missing-field", "$.name"),
    ({"name": 1}, "type", "$.name"),
    ({"name": None}, "type", "$.name"),
    ({"name": "n", "odd": "b"}, "pattern", "$.odd"),
    ({"name": "n", "odd": "a\n"}, "pattern", "$.odd"),
    ({"name": "n", "some": ["x", "y", "z"]}, "bound", "$.some"),
    ({"name": "n", "some": ["x", 1]}, "type", "$.some[1]"),
    ({"name": "n", "text": "x"}, "bound", "$.text"),
    ({"name": "n", "inner": {"size": 0}}, "bound", "$.inner.size"),
    ({"name": "n", "inner": {"size": 4}}, "bound", "$.inner.size"),
    ({"name": "n", "inner": {"size": 1e16}}, "bound", "$.inner.size"),
    ({"name": "n", "inner": {"size": 5e-6}}, "type", "$.inner.size"),
    ({"name": "n", "some": [1e16]}, "type", "$.some[0]"),
    ({"name": "n", "inner": {"size": True}}, "type", "$.inner.size"),
    ({"name": "n", "inner": {"size": 1.5}}, "type", "$.inner.size"),
    ({"name": "n", "inner": {"sise": 1}}, "unknown-field", "$.inner.sise"),
    ({"name": "n", "inner": {"a key": 1}}, "unknown-field", '$.inner["a key"]'),
    ({"name": "n", "inner": {"\u202e": 1}}, "unknown-field", '$.inner["\\u202e"]'),
    ({"name": "n", "word": "three"}, "enum", "$.word"),
    ({"name": "n", "colour": "blue"}, "enum", "$.colour"),
    ({"name": "n", "number": "0.5"}, "type", "$.number"),
]


@pytest.mark.parametrize(("value", "code", "path"), CASES)
def test_each_error_has_its_code_and_path(value: Json, code: str, path: str) -> None:
    error = refusal(value)
    assert (error.code, error.where) == (code, path)
    assert error.message
    assert error.remedy


@pytest.mark.parametrize(("value", "code", "path"), CASES)
def test_the_path_begins_with_the_objects_path(value: Json, code: str, path: str) -> None:
    error = refusal(value, Mine, "params")
    assert (error.code, error.where) == (code, "$.params" + path[1:])


@pytest.mark.parametrize("value", [{"kind": "wrong"}, {"kind": "wrong", "x": 1}])
def test_a_wrong_tag_is_reported_as_a_tag(value: Json) -> None:
    error = refusal(value, Tagged)
    assert (error.code, error.where, error.remedy) == ("tag", "$.kind", "use one of the known names")


def test_each_code_has_its_own_remedy() -> None:
    errors = [refusal(value) for value, _, _ in CASES] + [refusal({"kind": "wrong"}, Tagged)]
    assert len({error.remedy for error in errors}) == len({error.code for error in errors}) == 7


def test_the_order_of_members_does_not_matter() -> None:
    wrong: dict[str, Json] = {"name": 1, "odd": "b", "word": "three", "text": 7}
    backwards = dict(reversed(wrong.items()))
    assert refusal(wrong).where == refusal(backwards).where == refusal(freeze_object(backwards)).where


def test_an_error_beside_a_float_has_its_path() -> None:
    error = refusal({"name": "n", "number": 1e16, "word": "three"})
    assert (error.code, error.where) == ("enum", "$.word")


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        ({"name": "n", "inner": {"a` - at `$.b": 1}}, "unknown-field", '$.inner["a` - at `$.b"]'),
        ({"name": "n", "inner": {" - at `$.b`": 1}}, "unknown-field", '$.inner[" - at `$.b`"]'),
        ({"name": "n", "colour": "x` - at `$.b`"}, "enum", "$.colour"),
        ({"name": "n", "word": "matching regex <= "}, "enum", "$.word"),
        ({"name": "n", "inner": {"of length >= ": 1}}, "unknown-field", '$.inner["of length >= "]'),
    ],
)
def test_a_document_cannot_fake_path_or_code(value: Json, code: str, path: str) -> None:
    error = refusal(value)
    assert (error.code, error.where) == (code, path)


class Picky(msgspec.Struct):
    """A Struct that refuses values of its own accord."""

    x: int = 0

    def __post_init__(self) -> None:
        if self.x == 1:
            raise ContractError(code="bound", path=("x",), message="one is taken", remedy="take another")
        if self.x == 2:
            raise InvalidParamsError(code="type", path=("x",), message="no twos", remedy="take a three")


class Holder(msgspec.Struct):
    picky: tuple[Picky, ...] = ()


def test_a_structs_own_error_gains_its_path() -> None:
    error = refusal({"picky": [{"x": 0}, {"x": 1}]}, Holder, "params")
    assert (error.code, error.where) == ("bound", "$.params.picky[1].x")
    assert (error.message, error.remedy) == ("one is taken", "take another")
    with pytest.raises(InvalidParamsError) as refused:
        view({"picky": [{"x": 2}]}, Holder)
    assert (refused.value.message, refused.value.remedy) == ("no twos", "take a three")


def test_a_view_refuses_what_freezing_refuses() -> None:
    with pytest.raises(CanonicalError) as refused:
        view({"name": "n", "unknown": float("nan")}, Mine)
    assert (refused.value.code, refused.value.where) == ("not-finite", "$.unknown")


@pytest.mark.parametrize("value", [None, 1, "x", True, (), ("name",)])
def test_only_objects_become_structs(value: Json) -> None:
    with pytest.raises(ContractError) as refused:
        convert(value, Mine, "here")
    assert (refused.value.code, refused.value.where) == ("type", "$.here")


@pytest.mark.parametrize("make", [dict, freeze_object], ids=["plain", "frozen"])
def test_a_view_changes_nothing(make: Callable[[Json], Json]) -> None:
    value = make({"name": "n", "inner": {"size": 2}, "unknown": [1e16]})
    before = freeze(dict(value))
    view(value, Mine)
    assert freeze(dict(value)) == before
    assert isinstance(value, FrozenObject) == (make is freeze_object)
