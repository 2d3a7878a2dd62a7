"""How one call of a host function ended: its event, the cause of a failure, and the details for people.

Only the event is recorded and hashed, so its reason is in words of this module. The text of an exception may differ
between Pythons, and may contain paths of this machine: it is a detail.
"""

import traceback
from typing import Literal, TypeAlias, cast

import msgspec

from tier2.contracts.v1 import Completed, Failed, ReceiptEntry
from tier2.errors import Tier2Error
from tier2.kinds import Fail, JsonObject
from tier2.shell.runs.hosts import HostOperation, in_seconds
from tier2.values.canonical import MAX_BYTES, Sha256, canonical

TOOK_TOO_LONG = "took longer than its time limit"
NO_OUTPUT = "gave no JSON object in bounds"
NO_REASON = "failed, with a reason that is no text in bounds"

Cause: TypeAlias = Literal["fail", "raised", "timeout", "output"]
"""Why a host operation failed: it returned `Fail`; it raised; it took too long; it returned something else."""


class Ending(msgspec.Struct, frozen=True):
    """The end of one call.

    cause: Why it failed; None if it completed.
    repeatable: Whether the function may be called again: it gave no answer, and no longer runs.
    details: Lines that explain the event to people.
    """

    event: Completed | Failed
    cause: Cause | None = None
    repeatable: bool = False
    details: tuple[str, ...] = ()


def returned(step_id: str, output: object) -> Ending:
    """The ending for the return value of a host function, which may break its annotations."""
    event: Completed | Failed
    try:
        if isinstance(output, Fail):
            event = Failed(step_id=step_id, reason=output.reason)
        else:
            event = Completed(step_id=step_id, output=cast("JsonObject", output))
        size = len(canonical(ReceiptEntry(event=event, state_sha256=_ANY, previous_sha256=_ANY)))
    except Tier2Error as error:
        return _unfit(step_id, output, str(error))
    # The receipt's entry is what gets recorded, so its size counts.
    if size > MAX_BYTES:
        return _unfit(step_id, output, f"its receipt entry has {size} bytes, more than {MAX_BYTES}")
    return Ending(event, "fail" if isinstance(output, Fail) else None)


def _unfit(step_id: str, output: object, fault: str) -> Ending:
    """The ending for a return value that cannot be recorded."""
    reason = NO_REASON if isinstance(output, Fail) else NO_OUTPUT
    event, details = Failed(step_id=step_id, reason=reason), (f"step {step_id!r} {reason}: {fault}",)
    return Ending(event, "fail" if isinstance(output, Fail) else "output", details=details)


def raised(step_id: str, name: str, error: BaseException) -> Ending:
    """The ending for an exception. Its own text may even raise."""
    try:
        lines = "".join(traceback.format_exception(error)).splitlines()
    except BaseException:  # noqa: BLE001  # the exception's own text is a stranger's code
        lines = ["an exception whose text cannot be made"]
    reason = f"raised {type(error).__name__}"
    event = Failed(step_id=step_id, reason=reason)
    return Ending(event, "raised", repeatable=True, details=(f"step {step_id!r}: {name} {reason}", *lines))


def timed_out(step_id: str, name: str, host: HostOperation, *, still_runs: bool) -> Ending:
    """The ending for a call that was not over at its time limit."""
    more = f"; for more time: {host.more_time}" if host.more_time else ""
    details = (f"step {step_id!r}: {name} took longer than {in_seconds(host.time_limit)}{more}",)
    event = Failed(step_id=step_id, reason=TOOK_TOO_LONG)
    return Ending(event, "timeout", repeatable=not still_runs, details=details)


_ANY = Sha256("0" * 64)
"""A string as long as a digest."""
