"""The extension points: mission types with their questions, and operations.

A larger system makes values of these classes and passes them in bigger mappings; nothing is registered or discovered.

1. A `MissionType` has a typed view of a mission's params, a pure template of its steps, and the questions of its human
   steps.
2. An operation is `Pure`, a function of payload and state, or `Host`, known by name only and performed outside.
3. A pure operation gives an output, which is a JSON Merge Patch (RFC 7396) onto the state, or `Fail`.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NoReturn, TypeAlias, TypeVar, final

import msgspec

from tier2.contracts.v1 import Field, StepSpec
from tier2.contracts.views import view
from tier2.errors import CanonicalError, ContractError, InvalidParamsError
from tier2.values.frozen import JsonValue

JsonObject: TypeAlias = Mapping[str, JsonValue]


@final
class Fail(msgspec.Struct, frozen=True):
    """The answer of a pure operation whose step fails.

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
    revision: A text by which its author says that its behaviour changed. A run keeps the revisions that it was started
        with, and does not go on with others (`tier2.check_operations`). None says nothing.
    """

    function: PureFunction
    revision: str | None = None


@final
class Host(msgspec.Struct, frozen=True):
    """An operation that touches the world. The core knows only that it does; a shell or a larger system performs it.

    revision: See `Pure`.
    """

    revision: str | None = None


Operation: TypeAlias = Pure | Host


@final
class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """The question of a human step.

    description: The question, for people. None takes the description in the step's payload.
    show: JSON Pointers (RFC 6901) into the state: the evidence for the decision. None shows the whole state.
    fields: The values that a person may fill in. Those of the step's payload, if it has any, take their place.
    """

    description: str | None = None
    show: tuple[str, ...] | None = None
    fields: tuple[Field, ...] = ()


QuestionFunction: TypeAlias = Callable[[StepSpec, JsonObject], Asking]
"""``(step, state) -> Asking``, a pure function; both inputs are frozen."""


P = TypeVar("P")


@final
class MissionType:
    """A kind of mission: a typed view of its params, the template of its steps, and the questions of its human steps.

    params: A msgspec Struct, generated or the user's own. It reads the members that it knows, and may forbid unknown
        ones (``forbid_unknown_fields=True``). The params themselves are kept whole in the workflow's metadata.
    template: A pure function from such a Struct to the steps, within the limits and the envelope.
    questions: By the id of a human step, a pure function from the step and the state to its question. The question of
        any other human step is its payload's description, and the whole state is its evidence.
    """

    __slots__ = ("known_params", "plan", "questions")

    known_params: frozenset[str] | None
    """The names of the params that it knows; None for a class that takes any, such as ``dict``. The command refuses a
    ``--param`` of another name."""

    plan: Callable[[Mapping[str, JsonValue]], tuple[StepSpec, ...]]
    """From a mission's params to its steps. Raises InvalidParamsError, with a path from ``$.params``."""

    questions: Mapping[str, QuestionFunction]
    """The questions of its human steps, by the id of the step."""

    def __init__(
        self,
        params: type[P],
        template: Callable[[P], Iterable[StepSpec]],
        questions: Mapping[str, QuestionFunction] = MappingProxyType({}),
    ) -> None:
        def plan(given: Mapping[str, JsonValue]) -> tuple[StepSpec, ...]:
            try:
                known = view(given, params, "params")
            except (ContractError, CanonicalError) as error:
                raise error.restated(InvalidParamsError) from None
            return tuple(template(known))

        known = params.__struct_encode_fields__ if issubclass(params, msgspec.Struct) else None
        object.__setattr__(self, "known_params", None if known is None else frozenset(known))
        object.__setattr__(self, "plan", plan)
        object.__setattr__(self, "questions", MappingProxyType({**questions}))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuses: a mission type is shared by everybody who plans."""
        raise AttributeError("a mission type cannot be changed; make a new one")

    def __delattr__(self, name: str) -> NoReturn:
        """Refuses too."""
        raise AttributeError("a mission type cannot be changed; make a new one")


def runtime(step_id: str, description: str, operation: str) -> StepSpec:
    """A runtime step with a description for people and the name of its operation."""
    return StepSpec(id=step_id, kind="runtime", payload={"description": description, "operation": operation})
