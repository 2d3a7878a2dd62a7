"""How a refusal is read by a person: tables of actions that are refused, and the words of each refusal, whole."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest

from tier2 import Tier2Error

Case: TypeAlias = tuple[Callable[[], object], tuple[str, str, str, str]]
"""What is refused; then code, place, words and remedy."""


def each_case(*tables: tuple[type[Tier2Error], Mapping[str, Case]]) -> pytest.MarkDecorator:
    """Gives a test each case of tables that belong to a kind of error: the arguments ``kind`` and ``case``."""
    return pytest.mark.parametrize(
        ("kind", "case"),
        [
            pytest.param(kind, case, id=f"{kind.__name__}: {name}")
            for kind, cases in tables
            for name, case in cases.items()
        ],
    )


def assert_read(kind: type[Tier2Error], case: Case) -> None:
    """The refusal is of this very kind, and reads as the case says."""
    action, text = case
    with pytest.raises(Tier2Error) as caught:
        action()
    error = caught.value
    assert (error.code, error.where, error.message, error.remedy) == text
    assert type(error) is kind
