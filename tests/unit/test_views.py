"""What does a typed view of an open object give, and how does it refuse?"""

from typing import Annotated, Any, Literal

import msgspec
import pytest

from tier2.contracts.v1 import MissionSpec
from tier2.errors import CanonicalError, ContractError, Tier2Error
from tier2.frozen import freeze_object
from tier2.views import view


class Inner(msgspec.Struct, frozen=True):
    """A part of a view."""

    n: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0
    text: Annotated[str, msgspec.Meta(pattern="^[a-z]+\\Z", max_length=3)] = "a"
    choice: Literal["x", "y"] = "x"


class Tagged(msgspec.Struct, frozen=True, tag_field="is", tag="one"):
    """A part that names what it is."""


class Outer(msgspec.Struct, frozen=True):
    """A view with parts."""

    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    ratio: float = 0.5
    tagged: Tagged | None = None
    mission: MissionSpec | None = None
    strict: "Closed | None" = None


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part that allows no unknown members."""

    needed: int


def fault(value: dict[str, Any]) -> Tier2Error:
    with pytest.raises(Tier2Error) as caught:
        view(value, Outer, where="$.here")
    return caught.value


def test_a_view_reads_what_it_knows_and_passes_over_the_rest() -> None:
    value = freeze_object({"inner": {"n": 4.0, "unknown": [1]}, "many": [{}, {"n": 1}], "other": {"x": 1}})
    assert view(value, Outer) == Outer(inner=Inner(n=4), many=(Inner(), Inner(n=1)))
    assert value["other"] == {"x": 1}


@pytest.mark.parametrize("ratio", [0.5, 1e-6, 1e21, 2.0**53, 4.0])
def test_every_float_is_read_as_a_float(ratio: float) -> None:
    read = view({"ratio": ratio}, Outer)
    assert read.ratio == ratio
    assert type(read.ratio) is float


@pytest.mark.parametrize(
    ("value", "code", "where"),
    [
        ({"inner": 1}, "type", "$.here.inner"),
        ({"inner": {"n": "1"}}, "type", "$.here.inner.n"),
        ({"inner": {"n": True}}, "type", "$.here.inner.n"),
        ({"inner": {"n": 0.5}}, "type", "$.here.inner.n"),
        ({"inner": {"n": 1e300}}, "type", "$.here.inner.n"),
        ({"inner": {"n": -1}}, "bound", "$.here.inner.n"),
        ({"inner": {"n": 10}}, "bound", "$.here.inner.n"),
        ({"many": [{}, {"text": "A"}]}, "pattern", "$.here.many[1].text"),
        ({"many": [{}, {"text": "a\n"}]}, "pattern", "$.here.many[1].text"),
        ({"many": [{}, {"text": "aaaa"}]}, "bound", "$.here.many[1].text"),
        ({"many": [{"choice": "z"}]}, "enum", "$.here.many[0].choice"),
        ({"tagged": {"is": "two"}}, "tag", "$.here.tagged.is"),
        ({"strict": {}}, "missing-field", "$.here.strict.needed"),
        ({"strict": {"needed": 1, "a b": 1}}, "unknown-field", '$.here.strict["a b"]'),
        ({"strict": {"needed": 1, " >= 0": 1}}, "unknown-field", '$.here.strict[" >= 0"]'),
        ({"strict": {"needed": 1, " - at `$.x": 1}}, "unknown-field", '$.here.strict[" - at `$.x"]'),
        ({"inner": {"choice": "matching regex"}}, "enum", "$.here.inner.choice"),
    ],
)
def test_a_fault_is_told_with_its_code_its_place_and_a_remedy(value: Any, code: str, where: str) -> None:
    error = fault(value)
    assert isinstance(error, ContractError)
    assert (error.code, error.where) == (code, where)
    assert error.message[0].islower()
    assert error.remedy


def test_a_fault_that_a_document_within_finds_itself_keeps_its_kind_and_gets_the_whole_place() -> None:
    deep: Any = 1
    for _ in range(62):
        deep = [deep]
    error = fault(
        {"mission": {"contract": "tier2.mission/v1", "type": "t", "params": {"a": deep, "b": 10**15}, "x": 1}}
    )
    assert (error.code, error.where) == ("unknown-field", "$.here.mission.x")


def test_what_cannot_be_frozen_cannot_be_viewed() -> None:
    with pytest.raises(CanonicalError) as caught:
        view({"inner": float("nan")}, Outer)
    assert caught.value.code == "not-finite"


def test_which_of_several_faults_is_told_does_not_depend_on_the_order_of_members() -> None:
    faults: dict[str, Any] = {"many": 1, "inner": 1, "ratio": "x"}
    turned = {key: faults[key] for key in reversed(faults)}
    assert str(fault(faults)) == str(fault(turned))
