"""Errors as data: a stable code, the place, what is wrong there, and what to do about it.

Every error that this package raises for bad input is a `Tier2Error`. No exception of msgspec or of the standard
library leaves the public functions; what a user's own pure operation raises passes through untouched.
"""

from collections.abc import Callable, Iterable

from tier2.escaping import escaped

PathPart = str | int


class Tier2Error(Exception):
    """The base of all errors of this package.

    code: a short stable name of the kind of refusal, such as ``duplicate-key``; programs may compare it.
    where: the place, as a JSON path such as ``$.steps[2].payload``.
    message: what is wrong there.
    remedy: what to do.
    """

    def __init__(self, *, code: str, where: str, message: str, remedy: str) -> None:
        super().__init__(code, where, message, remedy)
        self.code = code
        self.where = where
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.message}; {self.remedy}"

    def __reduce__(self) -> tuple[Callable[..., "Tier2Error"], tuple[type["Tier2Error"], str, str, str, str]]:
        return _rebuild, (type(self), self.code, self.where, self.message, self.remedy)


def _rebuild(kind: type[Tier2Error], code: str, where: str, message: str, remedy: str) -> Tier2Error:
    """Unpickles an error: its constructor takes keywords only."""
    return kind(code=code, where=where, message=message, remedy=remedy)


class CanonicalError(Tier2Error, ValueError):
    """A value or a JSON text has no canonical form: it is outside I-JSON, too deep or too large."""


class ContractError(Tier2Error, ValueError):
    """A document breaks its contract."""


class UnknownMissionError(Tier2Error, ValueError):
    """No mission type of this name is known."""


class InvalidParamsError(Tier2Error, ValueError):
    """The params of a mission do not fit its type."""


class AntiFailurePlanningError(Tier2Error):
    """A mission type's template planned a workflow beyond the limits or outside the envelope."""


class AntiFailureViolation(Tier2Error):
    """A workflow has too many steps, or asks people for too many."""


class EnvelopeViolation(Tier2Error):
    """A workflow is outside the execution envelope: step kinds `runtime` and `human`, and known operations."""


class IllegalEvent(Tier2Error):
    """An event cannot happen in this run now, or a run holds one that cannot have happened."""


def json_path(parts: Iterable[PathPart]) -> str:
    """The JSON path of a place: ``$.name`` for plain names, ``$["a name"]`` for others, ``$[0]`` for positions.

    >>> json_path(["tasks", 3, "due date"])
    '$.tasks[3]["due date"]'
    """
    return "$" + "".join(map(_path_part, parts))


def _path_part(part: PathPart) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if part.isascii() and part.isidentifier():
        return f".{part}"
    return '["' + "".join(map(_path_character, part)) + '"]'


def _path_character(character: str) -> str:
    return "\\" + character if character in '"\\' else escaped(character)
