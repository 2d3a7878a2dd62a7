"""Errors as data: a stable code, the path, what is wrong there, and what to do about it.

1. Every error that this package raises for bad input is a `Tier2Error`. No exception of msgspec or of the standard
   library leaves the public functions; what a user's own pure operation raises passes through untouched.
2. An error holds its path as a tuple; `json_path` writes it as text, for people and for documents.
3. Code that knows more about where the fault lies restates the error (`Tier2Error.restated`): under a longer path, as
   another class, or in other words. What it does not name stays the same.
4. A `Problem` is the same four facts as a plain value, for code that reports problems instead of raising errors.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias, TypeVar, final

import msgspec

PathPart = str | int
Path: TypeAlias = tuple[PathPart, ...]
"""The way to a value inside a document: the names of members and the positions of items."""

E = TypeVar("E", bound="Tier2Error")


@final
class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a document.

    code: a short stable name of the kind of problem, such as ``duplicate-key``; programs may compare it.
    path: the way to the value that is wrong.
    message: what is wrong there.
    remedy: what to do.
    """

    code: str
    path: Path
    message: str
    remedy: str

    @property
    def where(self) -> str:
        """The path as text, such as ``$.steps[2].payload``."""
        return json_path(self.path)


class Tier2Error(Exception):
    """The base of all errors of this package.

    code: a short stable name of the kind of error, such as ``duplicate-key``; programs may compare it.
    path: the way to the value that is wrong, such as ``("steps", 2, "payload")``.
    message: what is wrong there.
    remedy: what to do.
    """

    def __init__(self, *, code: str, path: Path, message: str, remedy: str) -> None:
        super().__init__(code, path, message, remedy)
        self.code = code
        self.path = path
        self.message = message
        self.remedy = remedy

    @property
    def where(self) -> str:
        """The path as text, such as ``$.steps[2].payload``."""
        return json_path(self.path)

    @property
    def problem(self) -> Problem:
        """The error as a plain value."""
        return Problem(self.code, self.path, self.message, self.remedy)

    def restated(
        self,
        kind: type[E],
        under: Path = (),
        *,
        skip: int = 0,
        message: str | None = None,
        remedy: str | None = None,
    ) -> E:
        """The same error as one of class ``kind``.

        under: the path that leads to where this error's own path begins.
        skip: how many parts at the beginning of its own path ``under`` replaces.
        message, remedy: what to say instead.
        """
        return kind(
            code=self.code,
            path=(*under, *self.path[skip:]),
            message=self.message if message is None else message,
            remedy=self.remedy if remedy is None else remedy,
        )

    def __str__(self) -> str:
        return f"{self.where}: {self.message}; {self.remedy}"

    def __reduce__(self) -> tuple[Callable[[], "Tier2Error"], tuple[()]]:
        # Pickle would call the class with positional arguments, and it takes keywords only.
        kind = type(self)
        return partial(kind, code=self.code, path=self.path, message=self.message, remedy=self.remedy), ()


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
    """A path as text: ``$.name`` for plain names, ``$["a name"]`` for others, ``$[0]`` for positions.

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
    from tier2.escaping import escaped  # noqa: PLC0415 - only for names with unusual characters

    return "\\" + character if character in '"\\' else escaped(character)
