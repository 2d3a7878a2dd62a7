"""The outcome of a call as a value: its result, or the error of ours that it raised."""

from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, TypeVar

import pytest

from tier2 import CanonicalError, Tier2Error
from tier2.values.frozen import freeze

P = ParamSpec("P")
T = TypeVar("T")


class Refused(NamedTuple):
    """An error of ours, in a form that can be compared."""

    kind: type[Tier2Error]
    code: str
    where: str
    message: str
    remedy: str


def outcome(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Refused:
    """The result, or the error of ours. Any other exception fails the test."""
    try:
        return function(*args, **kwargs)
    except Tier2Error as error:
        return Refused(type(error), error.code, error.where, error.message, error.remedy)


def refused(function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> Refused:
    """The error of ours, which the call must raise."""
    found = outcome(function, *args, **kwargs)
    assert isinstance(found, Refused)
    return found


def frozen(value: Any) -> Any:
    """The frozen value, of a type that lets a test look inside."""
    return freeze(value)


def refusal(action: Callable[[], object]) -> CanonicalError:
    """The error that the action raises, as it is."""
    with pytest.raises(CanonicalError) as caught:
        action()
    return caught.value
