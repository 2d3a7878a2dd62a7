"""The error of the shell: input that a person has to mend.

Its text is as it is, with control characters and all; the place that writes to a terminal escapes them.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from tier2.errors import Tier2Error

if TYPE_CHECKING:  # every command loads this module
    from pathlib import Path


class InputError(Exception):
    """Input or usage that the command cannot work with. Its text says what is wrong and what to do, on one line."""

    @classmethod
    def about(cls, name: str, error: Tier2Error) -> "InputError":
        """An error of the core, as one of the named file or option."""
        return cls(f"{name}: {error} [{error.code}]")


class OutputClosed(InputError):
    """The reader of stdout has gone, as `head` does when it has read enough. The command ends, and says nothing."""

    def __init__(self) -> None:
        super().__init__("the answer cannot be written: its reader is gone")


RunErrorCode: TypeAlias = Literal[
    "at-work", "consent", "damaged", "decided", "files", "finished", "host", "not-failed", "raised", "rehearsed",
    "revision", "stale", "unfinished", "unreadable", "unwritable",
]  # fmt: skip


class RunError(InputError):
    """A run that cannot be begun, read, answered, continued or removed as it is.

    code: A short stable name of the reason; programs may compare it.
    path: The run file; None if no run was begun.
    facts: What the reason is about, by name, such as ``step_id``, ``operation`` or ``head_sha256``.
    """

    def __init__(self, code: RunErrorCode, path: "Path | None", text: str, **facts: str | None) -> None:
        super().__init__(text if path is None else f"{path}: {text}")
        self.code: RunErrorCode = code
        self.path = path
        self.facts = facts


def in_own_code(error: BaseException) -> str:
    """What a function of the user's raised, and where, in one line."""
    import traceback  # noqa: PLC0415 - slow to import

    at = traceback.extract_tb(error.__traceback__)[-1]
    try:
        words = str(error)
    except Exception:  # noqa: BLE001  # it is the user's own code, too
        words = "its text cannot be shown"
    text = f": {words}" if words else ""
    return f"{type(error).__name__}{text} ({at.filename}:{at.lineno})"


@contextmanager
def errors_about(name: str | None) -> Generator[None, None, None]:
    """Turns errors of the core into InputErrors about the named file or option; None leaves them as they are."""
    try:
        yield
    except Tier2Error as error:
        if name is None:
            raise
        raise InputError.about(name, error) from None
