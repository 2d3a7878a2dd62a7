"""Hypothesis strategies for JSON values of I-JSON (RFC 7493), and for documents that hold them.

Each strategy draws plain Python values or generated Structs, never frozen values, because the tests freeze them.
Each draws edge cases often, since chance alone rarely meets them: keys whose order differs between UTF-8 and UTF-16,
doubles whose notation changes, integers next to the limit of exact doubles.

A strategy is built once and cached, since building it takes longer than drawing from it.
"""

import struct
from functools import cache
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from tier2.contracts.v1 import (
    ExecutionContext,
    MissionSpec,
    StepSpec,
    WorkflowDefinition,
)

Json = Any
"""A JSON value. Hypothesis cannot resolve the recursive alias of the package in a signature."""


def times(factor: float) -> int:
    """The number of examples for a law that needs more or fewer: so many times those of the profile."""
    return max(1, round(factor * settings().max_examples))


SAFE = 2**53 - 1

EDGE_FLOATS = (
    *(0.0, -0.0, 0.1, -1.5, 4.0, 1e15, 1e16, 123456789012345680000.0, 1e20, 1e21, 999999999999999900000.0),
    *(1e-5, 9.999999999999999e-6, 5e-6, 1e-6, 9.999999999999997e-7, 1e-7, 1.5e-7, -1e-6, -1e-7),
    *(5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308),
    *(float(SAFE), float(SAFE + 1), float(-SAFE), float(-SAFE - 1), 9007199254740994.0, 2.0**63, 2.0**64),
    *(333333333.33333329, 333333333.3333333, 1.1, 1e300, 4.35, 4.349999999999999),
)
"""Doubles next to which the notation or the type of a number changes."""

EDGE_INTEGERS = (0, 1, -1, 9, 10, SAFE, -SAFE, SAFE - 1, 2**31, 2**32, -(2**31))


LOW = 'ab0"\\/\x00\x08\t\n\x1f\x7f\x80\u00e9\u2028\ud7ff'
HIGH = "\ue000\uf8ff\uff01\ufffd\uffff\U00010000\U0001f600\U0010ffff"
"""Characters above the surrogates. UTF-8 and UTF-16 sort them differently."""


@cache
def texts(max_size: int = 8) -> st.SearchStrategy[str]:
    """Strings without lone surrogates that mix ASCII, control, high BMP and astral characters."""
    return st.one_of(
        st.text(LOW + HIGH, max_size=max_size),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=max_size),
    )


@cache
def clashing_keys() -> st.SearchStrategy[str]:
    """Keys that UTF-8 and UTF-16 sort differently."""
    return st.one_of(
        st.text(HIGH + "a", min_size=1, max_size=4),
        st.text(st.characters(min_codepoint=0xE000), min_size=1, max_size=4),
    )


def _from_bits(bits: int) -> float:
    number: float = struct.unpack(">d", bits.to_bytes(8, "big"))[0]
    return number


@cache
def floats() -> st.SearchStrategy[float]:
    """Finite doubles: edge cases, those of Hypothesis, any pattern of bits, short decimals of each magnitude."""
    return st.one_of(
        st.sampled_from(EDGE_FLOATS),
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(0, 2**64 - 1).map(_from_bits).filter(lambda number: number - number == 0),
        st.builds(
            lambda digits, power: float(f"{digits}e{power}"), st.integers(-999, 999), st.integers(-30, 30)
        ),
    )


@cache
def integers() -> st.SearchStrategy[int]:
    """Integers that are exact doubles."""
    return st.one_of(st.sampled_from(EDGE_INTEGERS), st.integers(-SAFE, SAFE))


@cache
def json_scalars() -> st.SearchStrategy[Json]:
    """Null, booleans, numbers and strings."""
    return st.one_of(st.none(), st.booleans(), integers(), floats(), texts())


@cache
def json_values(max_leaves: int = 10) -> st.SearchStrategy[Json]:
    """JSON values of plain dicts, lists and scalars."""
    return st.recursive(json_scalars(), _nested, max_leaves=max_leaves)


def _nested(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(texts(4), inner, max_size=4),
        st.dictionaries(clashing_keys(), inner, max_size=4),
    )


@cache
def json_objects(max_leaves: int = 3) -> st.SearchStrategy[dict[str, Json]]:
    """JSON objects, such as documents hold in their open members."""
    return st.dictionaries(texts(4), json_values(max_leaves), max_size=3)


@cache
def patches() -> st.SearchStrategy[Json]:
    """JSON values with few different keys and many nulls, so that a patch often meets what it patches."""
    scalars = st.one_of(st.none(), st.integers(0, 2), st.sampled_from(["", "a"]))
    keys = st.sampled_from(["a", "b", "\uffff", "\U00010000"])
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.dictionaries(keys, inner, max_size=4), st.lists(inner, max_size=2)),
        max_leaves=12,
    )


@cache
def missions() -> st.SearchStrategy[MissionSpec]:
    """Missions of any type and params. Most of them cannot be planned."""
    return st.builds(MissionSpec, type=texts(), params=json_objects())


@cache
def contexts() -> st.SearchStrategy[ExecutionContext]:
    """Contexts with any initial state."""
    return st.builds(ExecutionContext, initial_state=json_objects(), metadata=json_objects())


@st.composite
def workflows(draw: st.DrawFn, operations: tuple[str, ...] = ("noop",)) -> WorkflowDefinition:
    """Workflows within the limits and the envelope. Each runtime step has one of the operations."""
    ids = draw(st.lists(texts(), min_size=1, max_size=5, unique=True))
    people = draw(st.sets(st.integers(0, len(ids) - 1), max_size=2))
    steps = tuple(
        StepSpec(id=step_id, kind="human", payload=draw(json_objects()))
        if i in people
        else StepSpec(
            id=step_id,
            kind="runtime",
            payload={**draw(json_objects()), "operation": draw(st.sampled_from(operations))},
        )
        for i, step_id in enumerate(ids)
    )
    return WorkflowDefinition(id=draw(texts()), steps=steps, metadata=draw(json_objects()))
