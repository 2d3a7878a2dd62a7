"""Ways to spoil a JSON document in one place: members dropped or added, types changed, arrays and texts cut, grown."""

import copy
from collections.abc import Iterator
from typing import Any

Json = Any
Path = tuple[str | int, ...]

OTHER_VALUES: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    1,
    4.0,
    0.5,
    -1,
    1e300,
    "",
    "x",
    [],
    ["x"],
    [None],
    {},
    {"x": 1},
)
"""At least one value of each JSON type; 4.0 is an integer to JSON Schema and to RFC 8785."""

KNOWN_WORDS = (
    *("human", "runtime", "approved", "vetoed", "completed", "failed", "rehearsed", "passed", "not run"),
    *(
        "tier2.mission/v1",
        "tier2.workflow/v1",
        "tier2.context/v1",
        "tier2.run/v1",
        "tier2.result/v1",
        "2026-02-30",
    ),
)
"""Texts that are right somewhere."""


def places(value: Json, path: Path = ()) -> Iterator[Path]:
    """The paths of a value's inner values, the value itself left out."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


def at(value: Json, path: Path) -> Json:
    for part in path:
        value = value[part]
    return value


def replaced(document: Json, path: Path, value: Json) -> Json:
    """A copy of the document with something else at the path."""
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
    """What may stand in place of a value."""
    yield from OTHER_VALUES
    if isinstance(value, str):
        yield from (value.upper(), value + "\n", value + "0", value[:-1], *KNOWN_WORDS)
    elif isinstance(value, list):
        yield from (value[:-1], value * 2, value * 3, value * 6)
    elif isinstance(value, dict):
        yield from ({**value, "unexpected": None}, {**value, "Id": "x", "contract": "tier2.mission/v1"})


def mutants(document: Json) -> Iterator[Json]:
    """The document with each single mutation, in every place."""
    yield from (replaced(document, (), value) for value in variants(document))
    for path in places(document):
        yield without(document, path)
        yield from (replaced(document, path, value) for value in variants(at(document, path)))
