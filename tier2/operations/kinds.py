"""What an operation is: pure, a function of payload and state; or host, known by name and performed outside."""

from collections.abc import Callable, Mapping
from typing import TypeAlias, final

import msgspec

from tier2.frozen import JsonValue

JsonObject: TypeAlias = Mapping[str, JsonValue]


@final
class Fail(msgspec.Struct, frozen=True):
    """What a pure operation returns instead of an output when the step fails.

    reason: Why, in words that are the same on every machine and Python: they are hashed. Never a foreign exception's
        text.
    """

    reason: str


PureFunction: TypeAlias = Callable[[JsonObject, JsonObject], JsonObject | Fail]
"""``(payload, state) -> output``, a JSON Merge Patch (RFC 7396) onto the state, or the failure. Both inputs are
frozen."""


@final
class Pure(msgspec.Struct, frozen=True):
    """An operation that is a function of the step's payload and the state, and of nothing else.

    function: Gets frozen objects; returns a JSON object as an output, or `Fail`. What it raises passes through.
    """

    function: PureFunction


@final
class Host(msgspec.Struct, frozen=True):
    """An operation that touches the world. The core knows only that it does; a shell or a larger system performs it."""


Operation: TypeAlias = Pure | Host
