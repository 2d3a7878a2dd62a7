"""Mutations of JSON values: a part dropped or added, a type changed, an array or string made shorter or longer."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from strategies import json_values

Json = Any
Path = tuple[str | int, ...]

OTHER_VALUES: tuple[Json, ...] = (
    *(None, True, False, 0, 1, 4.0, 0.5, -1, 1e300, "", "x"),
    *([], ["x"], [None], {}, {"x": 1}),
)
"""At least one value of each JSON type. To JSON Schema and RFC 8785, 4.0 is an integer."""

KNOWN_WORDS = (
    *("human", "runtime", "approved", "vetoed", "completed", "failed", "rehearsed", "passed", "not run"),
    *("tier2.mission/v1", "tier2.workflow/v1", "tier2.context/v1", "tier2.run/v1", "tier2.result/v1"),
    "2026-02-30",
)
"""Strings that are valid in some place of a document."""


def places(value: Json, path: Path = ()) -> Iterator[Path]:
    """The paths of all values inside a value."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


def at(value: Json, path: Path) -> Json:
    """The value at the path."""
    for part in path:
        value = value[part]
    return value


def replaced(document: Json, path: Path, value: Json) -> Json:
    """A copy of the document with another value at the path."""
    if not path:
        return copy.deepcopy(value)
    changed = copy.deepcopy(document)
    at(changed, path[:-1])[path[-1]] = copy.deepcopy(value)
    return changed


def without(document: Json, path: Path) -> Json:
    """A copy of the document without the member or item at the path."""
    changed = copy.deepcopy(document)
    del at(changed, path[:-1])[path[-1]]
    return changed


def variants(value: Json) -> Iterator[Json]:
    """Values to put in place of a value."""
    yield from OTHER_VALUES
    if isinstance(value, str):
        yield from (value.upper(), value + "\n", value + "0", value[:-1], *KNOWN_WORDS)
    elif isinstance(value, list):
        yield from (value[:-1], value * 2, value * 3, value * 6)
    elif isinstance(value, dict):
        yield from ({**value, "unexpected": None}, {**value, "Id": "x", "contract": "tier2.mission/v1"})


def mutants(document: Json) -> Iterator[Json]:
    """The document with each single mutation, at every path."""
    yield from (replaced(document, (), value) for value in variants(document))
    for path in places(document):
        yield without(document, path)
        yield from (replaced(document, path, value) for value in variants(at(document, path)))


_ANY_VALUES = json_values()


@st.composite
def mutated(draw: st.DrawFn, document: Json, others: st.SearchStrategy[Json] = _ANY_VALUES) -> Json:
    """The document with one to four mutations inside it; the document itself is replaced only when it is empty."""
    for _ in range(draw(st.integers(1, 4))):
        paths: list[Path] = list(places(document)) or [()]
        path = draw(st.sampled_from(paths))
        drop: bool = draw(st.booleans())
        if drop and path:
            document = without(document, path)
        else:
            value = draw(st.sampled_from(list(variants(at(document, path)))) | others)
            document = replaced(document, path, value)
    return document
