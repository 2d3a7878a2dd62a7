"""Host operations: the interface that a larger system implements too.

1. A host function takes a `HostCall` and gives an output, or `Fail`. It may be sync or async, and nothing that goes
   wrong in it comes back as an exception: what it raised, that it took too long, and what is no output become a failed
   step.
2. It runs in a thread of its own, an async one in an event loop of its own. At the time limit, and at Ctrl-C, an async
   one is cancelled and may clean up; a sync one cannot be stopped and is left behind, so it should end by itself.
3. What is recorded and hashed is in our words, the same on every machine; the details go to ``say``, for people.
4. A step that was under way when the process died is performed again: what a host function does, it does at least once.
"""

import threading
from collections.abc import Awaitable, Callable
from typing import TypeAlias, final

import msgspec

from tier2.kinds import Fail, JsonObject


@final
class HostCall(msgspec.Struct, frozen=True):
    """What a host function is given.

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
