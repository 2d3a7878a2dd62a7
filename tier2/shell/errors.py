"""The error of the shell: input that a person has to mend.

Its text is as it is, with control characters and all; the place that writes to a terminal escapes them.
"""

from collections.abc import Generator
from contextlib import contextmanager

from tier2.errors import Tier2Error


class InputError(Exception):
    """Input or usage that the command cannot work with. Its text says what is wrong and what to do, on one line."""

    @classmethod
    def about(cls, name: str, error: Tier2Error) -> "InputError":
        """An error of the core, as one of the named file or option."""
        return cls(f"{name}: {error} [{error.code}]")


@contextmanager
def errors_about(name: str | None) -> Generator[None, None, None]:
    """Turns errors of the core into InputErrors about the named file or option; None leaves them as they are."""
    try:
        yield
    except Tier2Error as error:
        if name is None:
            raise
        raise InputError.about(name, error) from None
