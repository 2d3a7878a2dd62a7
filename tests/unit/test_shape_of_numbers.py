"""Are numbers and lengths diagnosed as they are when a document is read?"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_contracts import Schema, closed, module_of

from tier2 import ContractError, decode
from tier2.inspection.diagnostics import diagnose

MEMBERS: Schema = {
    "contract": {"const": "shop.thing/v1"},
    "count": {"type": "integer", "minimum": -1, "maximum": 7},
    "any": {"type": "integer"},
    "price": {"type": "number", "minimum": 0.5, "maximum": 2},
    "rest": {"type": "number"},
    "code": {"type": "string", "minLength": 2, "maxLength": 3},
    "yes": {"type": "boolean"},
}
MADE = module_of({"Thing": closed(MEMBERS)})
GOOD: dict[str, Any] = {
    "contract": "shop.thing/v1",
    "count": 1,
    "any": 1,
    "price": 1,
    "rest": 0.1,
    "code": "ab",
    "yes": True,
}
VALUES: list[Any] = [
    *(-2, -1, 0, 7, 8, 0.25, 0.5, 1.5, 2, 2.5, True, None),
    *("", "a", "ab", "abc", "abcd", "\U0001f600", "1", [], {}),
]


def first_problem(text: str) -> tuple[str, str, str] | None:
    found = diagnose(text, documents=MADE.DOCUMENTS).diagnostics
    return (found[0].problem.code, found[0].problem.where, found[0].problem.message) if found else None


def refusal(text: str) -> tuple[str, str, str] | None:
    try:
        decode(text, MADE.Thing)
    except ContractError as error:
        return (error.code, error.where, error.message)
    return None


@pytest.mark.parametrize("member", [name for name in MEMBERS if name != "contract"])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_one_wrong_member_is_told_in_the_words_of_decode(member: str, value: Any) -> None:
    text = json.dumps({**GOOD, member: value})
    assert first_problem(text) == refusal(text)


@pytest.mark.parametrize("value", [7.0, 8.0, 2**53, -(2**53), 1e300, -1e300, 1e20])
def test_an_integral_number_is_an_integer_however_it_is_written(value: float) -> None:
    for member in ("count", "any", "price", "rest"):
        text = json.dumps({**GOOD, member: value})
        assert first_problem(text) == refusal(text)


@given(st.fixed_dictionaries({name: st.sampled_from(VALUES) for name in MEMBERS if name != "contract"}))
def test_every_wrong_member_is_reported(members: dict[str, Any]) -> None:
    wrong = {
        f"$.{name}"
        for name, value in members.items()
        if refusal(json.dumps({**GOOD, name: value})) is not None
    }
    text = json.dumps({**GOOD, **members})
    found = diagnose(text, documents=MADE.DOCUMENTS)
    assert {one.problem.where for one in found.diagnostics} == wrong
    assert (found.document is None) is bool(wrong)
