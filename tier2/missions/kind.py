"""What a mission type is: a typed view of the params, and a pure template of the steps."""

from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeVar, final

from tier2.contracts.v1 import StepSpec
from tier2.errors import CanonicalError, ContractError, InvalidParamsError
from tier2.frozen import JsonValue
from tier2.views import view

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


def runtime(step_id: str, description: str, operation: str) -> StepSpec:
    """A runtime step in the form that the built-in missions share."""
    return StepSpec(id=step_id, kind="runtime", payload={"description": description, "operation": operation})
