"""What comes of freezing a value: the frozen one, or its refusal."""

from collections.abc import Callable
from typing import Any

import pytest

from tier2.errors import CanonicalError
from tier2.values.frozen import freeze


def frozen(value: Any) -> Any:
    """`freeze`, to look into the result as a test likes."""
    return freeze(value)


def refusal(action: Callable[[], object]) -> CanonicalError:
    with pytest.raises(CanonicalError) as caught:
        action()
    return caught.value
