"""What holds for the canonical bytes and digest of every value and document?

The reference is the `rfc8785` package, which shares no code with ours.
"""

import hashlib
import json
from random import Random
from typing import Any
from unittest.mock import patch

import msgspec
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st
from json_parts import exact
from random_documents import any_number, any_object
from run_strategies import documents
from strategies import Json, clashing_keys, floats, json_values, times

from tier2.contracts.v1 import (
    Answer,
    ExecutionContext,
    Expectation,
    MissionSpec,
    Scenario,
    StepSpec,
    WorkflowDefinition,
)
from tier2.values.canonical import canonical, digest, encode
from tier2.values.frozen import Orders, freeze
from tier2.values.numbers import ecma_text
from tier2.values.reading import parse
from tier2.values.structs import Value


def test_ten_thousand_values_are_as_rfc8785_says() -> None:
    chance = Random(20261124)  # noqa: S311 - not for secrets: each run checks the same values
    numbers = [any_number(chance) for _ in range(20_000)]
    assert len({*numbers}) > 9_000
    for value in (*numbers, *(any_object(chance, room=5) for _ in range(10_000))):
        assert canonical(value) == rfc8785.dumps(value)


clashing = st.one_of(
    clashing_keys(), st.sampled_from(['\U0001f600"', '\U0001f600\\":', "\uff01", "\ufffd\U00010000"])
)
clashing_objects = st.dictionaries(
    clashing,
    st.sampled_from([1, "\U0001f600", "\uff01:", '\U0001f600"', {"\uff01": 1, '\U0001f600\\"': 2}])
    | json_values(max_leaves=4),
    max_size=6,
)
"""Objects in whose names and members characters beyond the BMP meet high ones of the BMP."""


@settings(max_examples=times(6))
@given(st.one_of(json_values(), clashing_objects, clashing_objects.map(lambda value: [value])))
def test_the_bytes_of_any_value_are_as_rfc8785_says(value: Json) -> None:
    expected = rfc8785.dumps(value)
    assert canonical(value) == encode(freeze(value)) == expected
    assert digest(value) == digest(freeze(value)) == hashlib.sha256(expected).hexdigest()


@given(floats())
def test_the_string_of_a_double_is_as_rfc8785_says(number: float) -> None:
    assert ecma_text(number).encode() == canonical(number) == rfc8785.dumps(number)


SCENARIO = Scenario(
    name="s",
    mission=MissionSpec(type="echo"),
    context=ExecutionContext(initial_state={"\U0001f600": 1, "\uff01": 2}),
    answers={name: Answer(verdict="approved", by="Ann") for name in ("\uff01", "b", "\U0001f600", "a")},
    expect=Expectation(),
)


@given(documents(), clashing_objects)
@example(SCENARIO, {})
def test_a_document_is_encoded_alike_in_both_ways(document: Value, clashing: Json) -> None:
    quick = encode(document), encode(MissionSpec(type="t", params=clashing))
    with patch.object(Orders, "differ", new=True):
        assert (encode(document), encode(MissionSpec(type="t", params=clashing))) == quick


def test_a_large_object_in_another_order_is_noticed() -> None:
    with patch.object(Orders, "differ", new=False):
        many = {f"\U0001f600{number}": 1 for number in range(100)}
        freeze({**many, "\ud7ff": 1})
        before = bool(Orders.differ)
        mission = MissionSpec(type="t", params={**many, "\ue000": 1})
        assert (before, Orders.differ) == (False, True)
        assert canonical(mission) == rfc8785.dumps(mission.to_dict())


def clashing_workflow(high: str) -> WorkflowDefinition:
    names = {high: 1, "\U00010000": 2}
    step = StepSpec(id="s", kind="human", payload=names)
    return WorkflowDefinition(id="w", steps=(step,), metadata=names)


@given(documents())
@example(clashing_workflow("\ue000"))
@example(clashing_workflow("\uefff"))
@example(clashing_workflow("\uf000"))
@example(clashing_workflow("\uffff").steps[0])
@example(MissionSpec(type="t", params={"\uffff": 1, "\U00010000": 2}))
def test_the_bytes_of_a_document_are_its_plain_jsons(document: Value) -> None:
    plain = document.to_dict()
    assert canonical(document) == canonical(plain) == rfc8785.dumps(plain)
    assert canonical(msgspec.convert(plain, type(document))) == canonical(document)


@given(documents())
def test_to_dict_gives_new_plain_json_each_time(document: Value) -> None:
    def check(one: Any, other: Any) -> None:
        assert type(one) in {dict, list, str, int, float, bool, type(None)}
        if isinstance(one, dict | list) and one:
            assert one is not other
        for key in one if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ():
            check(one[key], other[key])

    check(document.to_dict(), document.to_dict())
    assert json.loads(json.dumps(document.to_dict())) == document.to_dict()


@given(json_values())
def test_canonical_bytes_read_back_as_the_same_value(value: Json) -> None:
    assert exact(parse(canonical(value))) == exact(freeze(value))
    assert canonical(parse(canonical(value))) == canonical(value)


@given(json_values() | documents(), json_values() | documents())
def test_equal_digests_mean_equal_bytes(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == (canonical(one) == canonical(other))
