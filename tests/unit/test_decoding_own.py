"""Is a document of contracts of one's own read as strictly as those of tier2?"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_contracts import KIND, OPEN, TEXT, Schema, closed, module_of, ref
from strategies import json_objects

from tier2 import CanonicalError, ContractError, canonical, decode, digest, parse

LINE: Schema = closed({"article": TEXT, "count": {"type": "integer"}, "price": {"type": "number"}})
MADE = module_of(
    {
        "JsonObject": OPEN,
        "Kind": KIND,
        "Line": LINE,
        "Order": closed(
            {
                "contract": {"const": "shop.order/v1"},
                "kind": ref("Kind"),
                "lines": {"type": "array", "items": ref("Line")},
                "more": {**ref("JsonObject"), "default": {}},
                "note": {"type": ["string", "null"]},
            }
        ),
    }
)
ORDER: dict[str, Any] = {
    "contract": "shop.order/v1",
    "kind": "human",
    "lines": [{"article": "ink", "count": 2, "price": 1.5}],
    "more": {"a": [1.0, None]},
    "note": None,
}

numbers = st.floats(allow_nan=False, allow_infinity=False)
lines = st.builds(
    MADE.Line,
    article=st.text(st.characters(exclude_categories=["Cs"])),
    count=st.integers(0, 9),
    price=numbers,
)
orders = st.builds(
    MADE.Order,
    kind=st.sampled_from(["human", "runtime"]),
    lines=st.lists(lines, max_size=3).map(tuple),
    more=json_objects(6),
    note=st.none() | st.just("a"),
)


@given(orders)
def test_an_own_document_comes_back_with_its_digest(order: Any) -> None:
    again = decode(canonical(order), MADE.Order)
    assert again == order
    assert digest(again) == digest(order) == digest(parse(canonical(order)))


def test_a_part_of_an_own_document_is_read_by_itself() -> None:
    assert decode('{"count": 2.0, "article": "ink", "price": 3.0}', MADE.Line) == MADE.Line(
        article="ink", count=2, price=3
    )


@pytest.mark.parametrize(
    ("changed", "code", "where"),
    [
        ({"contract": "shop.order/v2"}, "tag", "$.contract"),
        ({"kind": "robot"}, "enum", "$.kind"),
        ({"lines": [{"article": "ink", "count": 2}]}, "missing-field", "$.lines[0].price"),
        ({"lines": [{"article": "ink", "count": 2.5, "price": 1}]}, "type", "$.lines[0].count"),
        ({"lines": [{"article": "ink", "count": 2**53, "price": 1}]}, "bound", "$.lines[0].count"),
        ({"lines": [{"article": "ink", "count": 2, "price": "1"}]}, "type", "$.lines[0].price"),
        ({"extra": 1}, "unknown-field", "$.extra"),
        ({"note": 1}, "type", "$.note"),
    ],
)
def test_a_wrong_own_document_is_refused_with_its_place(changed: Any, code: str, where: str) -> None:
    with pytest.raises(ContractError) as error:
        decode(json.dumps({**ORDER, **changed}), MADE.Order)
    assert (error.value.code, error.value.where) == (code, where)


@pytest.mark.parametrize("member", ORDER)
def test_nothing_is_filled_in(member: str) -> None:
    with pytest.raises(ContractError) as error:
        decode(json.dumps({name: value for name, value in ORDER.items() if name != member}), MADE.Order)
    assert error.value.code == ("tag" if member == "contract" else "missing-field")


def test_a_key_that_stands_twice_is_refused() -> None:
    text = json.dumps(ORDER)[:-1] + ', "note": null}'
    with pytest.raises(CanonicalError) as error:
        decode(text, MADE.Order)
    assert error.value.code == "duplicate-key"
