"""Host operations: the interface that a larger system implements too.

1. A host function takes a `HostCall` and returns an output, or `Fail`. It may be sync or async. Nothing that goes wrong
   in it comes back as an exception: an exception, a time-out and a return value that is no output all fail the step.
2. It runs in a thread of its own, an async one in an event loop of its own. At the time limit, and at Ctrl-C, an async
   function is cancelled and may clean up. A sync function cannot be stopped: it is left behind, so it should end by
   itself.
3. The recorded reason is in words of this package, the same on every machine, for it is hashed. Details are for people.
4. A step that was under way when the process died is performed again: a host function does its work at least once.
"""

import threading
from collections.abc import Awaitable, Callable
from typing import TypeAlias, final

import msgspec

from tier2.kinds import Fail, JsonObject


@final
class HostCall(msgspec.Struct, frozen=True):
    """The argument of a host function.

    name: the operation's name, as the step gives it.
    payload: the step's payload, frozen.
    state: the state before the step, frozen.
    """

    name: str
    payload: JsonObject
    state: JsonObject


HostFunction: TypeAlias = Callable[[HostCall], JsonObject | Fail | Awaitable[JsonObject | Fail]]
"""``call -> output``, a JSON Merge Patch (RFC 7396) onto the state, or the failure; sync or async."""


@final
class HostOperation(msgspec.Struct, frozen=True):
    """How a host operation is performed here.

    function: Touches the world. It is performed at least once, so doing it twice should do no harm.
    time_limit: Seconds, more than 0.

    Raises ValueError for a time limit that is none.
    """

    function: HostFunction
    time_limit: float = 600.0

    def __post_init__(self) -> None:
        if not 0 < self.time_limit <= threading.TIMEOUT_MAX:
            raise ValueError(f"the time limit is {self.time_limit!r}; give a positive number of seconds")
