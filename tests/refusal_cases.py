"""Tables of actions that are refused, with the whole error message of each."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest

from tier2 import Tier2Error

Case: TypeAlias = tuple[Callable[[], object], tuple[str, str, str, str]]
"""The action; then the code, path, message and remedy of its error."""


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
    """The action raises an error of exactly this class, with the fields of the case."""
    action, text = case
    with pytest.raises(Tier2Error) as caught:
        action()
    error = caught.value
    assert (error.code, error.where, error.message, error.remedy) == text
    assert type(error) is kind
