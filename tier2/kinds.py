"""The extension points: what a mission type is, and what an operation is.

A larger system makes values of these classes and passes them in bigger mappings; nothing is registered or discovered.

1. A `MissionType` is a typed view of a mission's params and a pure template of its steps.
2. An operation is `Pure`, a function of payload and state, or `Host`, known by name only and performed outside.
3. A pure operation gives an output, which is a JSON Merge Patch (RFC 7396) onto the state, or `Fail`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeAlias, TypeVar, final

import msgspec

from tier2.contracts.v1 import StepSpec
from tier2.contracts.views import view
from tier2.errors import CanonicalError, ContractError, InvalidParamsError
from tier2.values.frozen import JsonValue

JsonObject: TypeAlias = Mapping[str, JsonValue]


@final
class Fail(msgspec.Struct, frozen=True):
    """What a pure operation returns instead of an output when the step fails.

    reason: Why, in words that are the same on every machine and Python: they are hashed. Never a foreign exception's
        text.
    """

    reason: str


PureFunction: TypeAlias = Callable[[JsonObject, JsonObject], JsonObject | Fail]
"""``(payload, state) -> output``, a JSON Merge Patch (RFC 7396) onto the state, or the failure. Both inputs are
frozen."""


@final
class Pure(msgspec.Struct, frozen=True):
    """An operation that is a function of the step's payload and the state, and of nothing else.

    function: Gets frozen objects; returns a JSON object as an output, or `Fail`. What it raises passes through.
    """

    function: PureFunction


@final
class Host(msgspec.Struct, frozen=True):
    """An operation that touches the world. The core knows only that it does; a shell or a larger system performs it."""


Operation: TypeAlias = Pure | Host


P = TypeVar("P")


@final
class MissionType:
    """A typed view of the params together with a pure function from it to steps.

    params: a msgspec Struct, generated or the user's own. It reads the members that it knows; whether it forbids
        unknown ones is its own choice. The params themselves are kept whole in the workflow's metadata.
    template: a pure function from such a Struct to the steps; it has to keep within the limits and the envelope.
    """

    __slots__ = ("plan",)

    plan: Callable[[Mapping[str, JsonValue]], tuple[StepSpec, ...]]
    """From a mission's params to its steps. Raises InvalidParamsError, with a path from ``$.params``."""

    def __init__(self, params: type[P], template: Callable[[P], Iterable[StepSpec]]) -> None:
        def plan(given: Mapping[str, JsonValue]) -> tuple[StepSpec, ...]:
            try:
                known = view(given, params, where="$.params")
            except (ContractError, CanonicalError) as error:
                raise InvalidParamsError(
                    code=error.code, where=error.where, message=error.message, remedy=error.remedy
                ) from None
            return tuple(template(known))

        object.__setattr__(self, "plan", plan)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuses: a mission type is shared by everybody who plans."""
        raise AttributeError("a mission type cannot be changed; make a new one")

    def __delattr__(self, name: str) -> NoReturn:
        """Refuses too."""
        raise AttributeError("a mission type cannot be changed; make a new one")
