"""Host operations: the interface that a larger system implements too.

1. A host function takes a `HostCall` and returns an output, or `Fail`. It may be sync or async. Nothing that goes wrong
   in it comes back as an exception: an exception, a time-out and a return value that is no output all fail the step.
2. It runs in a thread of its own, an async one in an event loop of its own. At the time limit, at Ctrl-C, and when the
   caller is cancelled, an async function is cancelled and may clean up. A sync function cannot be stopped: it is left
   behind, so it should end by itself. An async one that returns a `Fail` when it is cancelled at its time limit says
   by it how far it came.
3. The recorded reason is in words of this package, the same on every machine, for it is hashed. Details are for people.
4. A step that was under way when the process died is performed again: a host function does its work at least once. The
   call's ``key`` is the same each time, so that the work can be recognised as done.
5. A `HostOperation` may allow several attempts. A function that raised, or that was cancelled at its time limit, is
   called again, with the same key. A `Fail` and a wrong output are answers, and end the step. A function that still
   runs after its time limit is not called again.
"""

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias, final

import msgspec

from tier2.kinds import Fail, JsonObject


@final
class HostCall(msgspec.Struct, frozen=True):
    """The argument of a host function.

    name: the operation's name, as the step gives it.
    payload: the step's payload, frozen.
    state: the state before the step, frozen.
    key: names this step of this run: the same on each attempt and when the step is performed again, and different in
        another run. Platforms call it an idempotency key. Empty if the caller gave none.
    attempt: the number of this attempt; the first is 1, also when the step is performed again later.
    folder: a folder of the run's own, for files that the function keeps; it may have to be made. None if there is none.
    """

    name: str
    payload: JsonObject
    state: JsonObject
    key: str = ""
    attempt: int = 1
    folder: Path | None = None


HostFunction: TypeAlias = Callable[[HostCall], JsonObject | Fail | Awaitable[JsonObject | Fail]]
"""``call -> output``, a JSON Merge Patch (RFC 7396) onto the state, or the failure; sync or async."""


def in_seconds(seconds: float) -> str:
    """A number of seconds in words.

    >>> in_seconds(1), in_seconds(0.5), in_seconds(1234567)
    ('1 second', '0.5 seconds', '1234567 seconds')
    """
    return f"{seconds:.10g} {'second' if seconds == 1 else 'seconds'}"


@final
class HostOperation(msgspec.Struct, frozen=True):
    """How a host operation is performed here.

    function: Touches the world. It is performed at least once, so doing it twice should do no harm.
    time_limit: Seconds for each attempt, more than 0.
    attempts: How often the function is called at most, if it raises or takes too long; 1 or more.
    wait: Seconds between two attempts, 0 or more.
    more_time: What gives it more time, such as ``--time-limit SECONDS``. People read it when the time is nearly up, and
        when it is. Empty if nothing does.

    Raises ValueError for a time limit, a number of attempts or a wait that is none.
    """

    function: HostFunction
    time_limit: float = 600.0
    attempts: int = 1
    wait: float = 0.0
    more_time: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.time_limit <= threading.TIMEOUT_MAX:
            raise ValueError(f"the time limit is {self.time_limit!r}; give a positive number of seconds")
        if type(self.attempts) is not int or self.attempts < 1:
            raise ValueError(f"the number of attempts is {self.attempts!r}; give a whole number of 1 or more")
        if not 0 <= self.wait <= threading.TIMEOUT_MAX:
            raise ValueError(f"the wait is {self.wait!r}; give a number of seconds of 0 or more")
