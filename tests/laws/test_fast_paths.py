"""Does each short cut come to what the long way comes to?"""

import copy
import json
import pickle
from collections import OrderedDict
from collections.abc import Collection
from enum import StrEnum
from importlib import import_module
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from run_strategies import any_events, busy_contexts, busy_workflows, legal_runs
from slow_freeze import Fault, slow_freeze
from strategies import clashing_keys, floats, integers, json_objects, texts, times

from tier2 import (
    OPERATIONS,
    CanonicalError,
    Event,
    ExecutionContext,
    MissionSpec,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    digest,
    freeze,
    parse,
    pending,
    replay,
    start,
    state,
)
from tier2.engine.limits import check_workflow
from tier2.errors import json_path
from tier2.values.canonical import encode
from tier2.values.frozen import FrozenObject, depth_bound
from tier2.values.numbers import EcmaFloat, ecma_text
from tier2.values.structs import Value, cache_of


class Colour(StrEnum):
    """A text that is not plain."""

    RED = "red"


class Half(float):
    """A float that is not plain."""


class Count(int):
    """An integer that is not plain."""


# Freezing

ODD: tuple[Any, ...] = (
    *(Colour.RED, Half(0.5), Half(3.0), Count(3), Count(2**60), b"", {1}, object, 1j),
    *(float("nan"), float("-inf"), 2**53, -(2**53), 10**30, "\udead", "a\ud800", "\U00010000", "\uffff"),
)
"""What a short cut could take for plain JSON, or for a fault."""

scalars = st.one_of(
    st.none(), st.booleans(), integers(), floats(), texts(), st.sampled_from(ODD)
)  # plain ones first: Hypothesis prefers them

keys = st.one_of(texts(4), clashing_keys(), st.sampled_from([1, None, Colour.RED, "\udead", "b", "a", ""]))


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(keys, inner, max_size=4)
    arrays = st.lists(inner, max_size=4)
    return st.one_of(
        *(objects, st.dictionaries(texts(4), inner, max_size=4), arrays, arrays.map(tuple)),
        *(objects.map(OrderedDict), objects.map(MappingProxyType)),
    )


anything = st.recursive(scalars, _nested, max_leaves=12)


def exact(value: Any) -> str:
    """A frozen value as `slow_freeze` tells it."""
    if type(value) is FrozenObject:
        return f"FrozenObject{{{','.join(f'{key!r}:{exact(member)}' for key, member in value.items())}}}"
    if type(value) is tuple:
        return f"tuple[{','.join(map(exact, value))}]"
    return f"{type(value).__name__}:{value!r}"


def frozen(value: Any) -> str | CanonicalError:
    """What freezing comes to."""
    try:
        return exact(freeze(value))
    except CanonicalError as refusal:
        return refusal


@given(anything)
@settings(max_examples=times(10))
@example({"b": 1, "a\udead": 2, "a": float("nan")})
@example({"b": {1: 1}, "a": {1}})
@example([[0, 2**53], "\udead"])
def test_freezing_comes_to_what_the_rules_say_one_by_one(value: Any) -> None:
    expected, found = slow_freeze(value), frozen(value)
    if isinstance(expected, Fault):
        assert isinstance(found, CanonicalError)
        assert (found.code, found.where) == (expected.code, json_path(expected.path))
    else:
        assert found == expected


# Members that stand twice

NAMES = ("", "a", "b", '"', '":', "\\", '\\"', "a\\", '\\":', ":", ":a", "\u20ac", "\U0001f600")
"""Names and texts in which a quotation mark and a colon could be taken for the end of a name."""


@st.composite
def spelt(draw: st.DrawFn) -> str:
    """A JSON text of a name, or of a text: as json writes it, or with every character escaped."""
    name = draw(st.sampled_from(NAMES))
    if draw(st.booleans()):
        return json.dumps(name, ensure_ascii=draw(st.booleans()))
    units = name.encode("utf-16-be").hex()
    return '"' + "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)) + '"'


def _written(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    space = st.sampled_from(["", " ", "\n"])
    members = st.lists(st.builds("{1}{0}:{0}{2}".format, space, spelt(), inner), max_size=3)
    return st.one_of(
        st.builds(lambda gap, parts: "{" + f"{gap},".join(parts) + gap + "}", space, members),
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
    )


json_texts = st.recursive(st.one_of(st.sampled_from(["1", "1.0", "null"]), spelt()), _written, max_leaves=8)


def has_duplicates(text: str) -> bool:
    """Whether an object of a JSON text has two members of one name, told member by member."""
    found: list[bool] = []
    json.loads(
        text, object_pairs_hook=lambda pairs: found.append(len({name for name, _ in pairs}) < len(pairs))
    )
    return any(found)


@given(json_texts)
@settings(max_examples=times(10))
@example('{"a": 1, "a": "\\":"}')
@example('{"a": 1, "a": "\\u0022:"}')
@example('{"a": 1, "a": "\\u0022\\u0022"}')  # as many quotation marks as in its canonical text
@example('{"a\\\\": 1, "a\\\\": 2}')
@example('{"a": 1, "a": "\\u003a"}')
@example('{"a": 1, "a": "\\u003A"}')
@example('{"\\"": 1, "\\u0022": 2}')
def test_members_that_stand_twice_are_found_however_they_are_written(text: str) -> None:
    found: Any = None
    try:
        found = parse(text)
    except CanonicalError as refusal:
        found = refusal
    if has_duplicates(text):
        assert isinstance(found, CanonicalError)
        assert found.code == "duplicate-key"
    else:
        assert canonical(found) == canonical(json.loads(text))


def deepest(text: str) -> bool:
    """Whether msgspec itself follows a text to its bottom."""
    try:
        msgspec.json.decode(text)
    except RecursionError:
        return False
    return True


def test_a_hidden_member_just_as_deep_as_msgspec_follows_is_refused() -> None:
    """The checks behind the decoder give up a level or two before it does."""

    def text(depth: int) -> str:
        return '{"a":' + "[" * depth + "]" * depth + ',"a":1}'

    low, high = 100, 200_000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if deepest(text(middle)) else (low, middle)
    for depth in range(low - 40, low + 40):
        with pytest.raises(CanonicalError) as caught:
            parse(text(depth))
        assert caught.value.code == "depth"


# Order

in_utf16_order = st.dictionaries(
    st.one_of(
        clashing_keys(), st.sampled_from(['\U0001f600"', '\U0001f600\\":', "\uff01", "\ufffd\U00010000"])
    ),
    st.sampled_from([1, "\U0001f600", "\uff01:", '\U0001f600"', {"\uff01": 1, '\U0001f600\\"': 2}]),
    max_size=4,
)
"""Objects in which characters beyond the BMP meet high ones of it, in keys or only in members."""


def slowly(value: Any) -> str:
    """RFC 8785 3.2.3 for texts, integers and objects of them."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{slowly(name)}:{slowly(value[name])}" for name in names) + "}"
    return json.dumps(value, ensure_ascii=False)


@given(in_utf16_order)
@settings(max_examples=times(6))
def test_keys_stand_in_utf16_order_whatever_meets_them(value: dict[str, Any]) -> None:
    assert encode(freeze(value)) == slowly(value).encode()
    assert digest(freeze(value)) == digest(value)


@given(floats())
def test_a_marked_float_brings_the_text_that_is_its_own(number: float) -> None:
    marked = EcmaFloat(number)
    assert bytes(marked.text) == ecma_text(number).encode()
    with pytest.raises(TypeError, match="cannot be changed"):
        marked.text = msgspec.Raw(b"0")
    with pytest.raises(TypeError, match="cannot be changed"):
        del marked.text
    for other in (copy.deepcopy(marked), pickle.loads(pickle.dumps(marked))):  # noqa: S301 - our own bytes
        assert (type(other), float(other), bytes(other.text)) == (EcmaFloat, number, bytes(marked.text))


@given(floats())
def test_a_marked_float_in_a_frozen_value_is_frozen_to_the_same(number: float) -> None:
    once = freeze([number])
    assert exact(freeze(once)) == exact(once)
    assert exact(freeze({"a": EcmaFloat(number)})) == exact(freeze({"a": number}))


# What a value keeps


def afresh(run: Run) -> Run:
    """The same run, of which nothing has been worked out."""
    again = copy.deepcopy(run)
    assert cache_of(again) == {}
    return again


def advanced(run: Run, event: Event) -> Run | tuple[str, str, str]:
    """The run after an event, or why it is refused."""
    try:
        return advance(run, event)
    except Tier2Error as refusal:
        return refusal.code, refusal.where, refusal.message


@given(busy_workflows(), busy_contexts, st.data())
@settings(max_examples=times(4))
def test_how_far_a_run_has_come_is_kept_as_it_is_worked_out_from_its_events(
    workflow: WorkflowDefinition, context: ExecutionContext, data: st.DataObject
) -> None:
    run = start(workflow, context)
    for event in data.draw(st.lists(any_events(tuple(step.id for step in workflow.steps)), max_size=8)):
        after = advanced(run, event)
        assert after == advanced(afresh(run), event)
        run = after if isinstance(after, Run) else run
        assert pending(run) == pending(afresh(run))
        assert encode(state(run)) == encode(state(afresh(run))) == encode(state(replay(*_parts(run))))


def _parts(run: Run) -> tuple[WorkflowDefinition, ExecutionContext, tuple[Event, ...]]:
    return run.workflow, run.context, run.events


def checked(workflow: WorkflowDefinition, operations: Collection[str]) -> tuple[str, str, str] | None:
    """Why a workflow is refused, if it is."""
    try:
        check_workflow(workflow, operations)
    except Tier2Error as refusal:
        return refusal.code, refusal.where, refusal.message
    return None


@given(busy_workflows(), st.sets(st.sampled_from(sorted(OPERATIONS))))
def test_a_workflow_that_is_known_to_be_bounded_is_judged_like_one_that_is_not(
    workflow: WorkflowDefinition, operations: set[str]
) -> None:
    check_workflow(workflow)
    assert checked(workflow, operations) == checked(copy.deepcopy(workflow), operations)


@given(legal_runs())
def test_what_a_value_keeps_is_no_part_of_it(run: Run) -> None:
    plain, shown = canonical(afresh(run)), repr(afresh(run))
    pending(run)
    assert digest(run) == digest(run) == digest(run.to_dict())
    assert set(cache_of(run)) == {"position", "sha256"}
    assert (canonical(run), repr(run)) == (plain, shown)
    assert run == afresh(run)
    others: list[Value] = [
        *(copy.copy(run), copy.deepcopy(run), msgspec.structs.replace(run, events=run.events)),
        pickle.loads(pickle.dumps(run)),  # noqa: S301 - our own bytes
    ]
    assert [cache_of(other) for other in others] == [{}] * 4


@pytest.mark.parametrize("high", ["\ue000", "\uefff", "\uf000", "\uffff"])
def test_a_document_whose_members_have_to_be_sorted_has_keys_in_utf16_order(high: str) -> None:
    params = {high: 1, "\U00010000": 2}
    assert canonical(MissionSpec(type="t", params=params)) == canonical(
        {"contract": "tier2.mission/v1", "type": "t", "params": params}
    )
    step = StepSpec(id="s", kind="human", payload=params)
    assert canonical(step) == canonical(step.to_dict())
    workflow = WorkflowDefinition(id="w", steps=(step,), metadata=params)
    assert canonical(workflow) == canonical(workflow.to_dict())


def test_a_document_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mission = MissionSpec(type="t")
    once = digest(mission)
    monkeypatch.setattr(import_module("tier2.values.canonical"), "sha256", None)
    assert digest(mission) == once


@given(json_objects())
def test_the_metadata_of_a_plan_is_frozen_as_the_plain_object_would_be(params: dict[str, Any]) -> None:
    metadata = build_workflow(MissionSpec(type="echo", params=params)).metadata
    expected = freeze({"params": params, "mission_type": "echo"})
    assert exact(metadata) == exact(expected)
    assert depth_bound(metadata) == depth_bound(expected)
