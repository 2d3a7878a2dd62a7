"""Strict decoding: from JSON text to a typed document, or an error with the path of the problem.

1. ``decode(text, type)`` succeeds only if the canonical bytes of the typed value are those of the plain JSON in the
   text. So nothing is filled in or dropped, and decoding never changes a digest.
2. The text is read as plain JSON first, strictly. The plain value is frozen once, and then converted to the type.
3. Rules that a type cannot express are checked too: the limits, the envelope, decisions, and events that cannot have
   happened, also in nested documents (``CONDITIONS`` of `tier2.contracts.v1`, and contracts/README.md).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from types import UnionType
from typing import TypeVar, cast, overload

from tier2.contracts.v1 import (
    Decided,
    Event,
    Expectation,
    HostAnswer,
    OrchestrationResult,
    Question,
    Receipt,
    ReceiptEntry,
    Run,
    Scenario,
    StepSpec,
    WorkflowDefinition,
)
from tier2.contracts.views import convert
from tier2.engine.decisions import check_alone, check_decision, check_head, check_question
from tier2.engine.execution import replay
from tier2.engine.limits import check_envelope, check_limits, check_workflow
from tier2.engine.scenarios import check_first, expectation_problems, host_answer_problems, scenario_problems
from tier2.errors import ContractError, Path, Tier2Error
from tier2.values.canonical import MAX_BYTES, CanonicalBytes, Sha256, canonical, encode
from tier2.values.frozen import JsonValue, to_plain
from tier2.values.reading import as_bytes, read
from tier2.values.structs import Value

V = TypeVar("V", bound=Value)


@overload
def decode(data: bytes | str, type: type[V], *, max_bytes: int = MAX_BYTES) -> V: ...
@overload
def decode(data: bytes | str, type: UnionType, *, max_bytes: int = MAX_BYTES) -> Event: ...
def decode(data: bytes | str, type: type[V] | UnionType, *, max_bytes: int = MAX_BYTES) -> V | Event:
    """The typed value in a JSON text: a document, a part of one such as a receipt entry, or an `Event` of any kind.

    type: a class of tier2's contracts, or one that ``tier2 contracts generate`` made of your own. The conditions of
        your own contracts that no type can express (``CONDITIONS`` of the generated module) are not checked.
    max_bytes: how large the text may be, in bytes of UTF-8.

    Raises CanonicalError for text outside I-JSON (see `tier2.parse`), and ContractError for a document that breaks its
    contract; TypeError for a type that is no such class.
    """
    if not _is_known(type):
        raise TypeError(f"decode knows the classes of documents and of their parts, and Event, not {type!r}")
    value = _typed(*read(as_bytes(data, max_bytes)), type)
    _check(value)
    return cast("V | Event", value)


_CLASS = type
"""The class of classes, whose name the argument of `decode` hides."""


def _is_known(kind: object) -> bool:
    return kind is Event or (isinstance(kind, _CLASS) and issubclass(kind, Value) and kind is not Value)


def _contract_of(kind: type[Value] | UnionType) -> str | None:
    """The contract that the documents of a class name; None for a part of documents."""
    if isinstance(kind, UnionType) or kind.__struct_config__.tag_field != "contract":
        return None
    return str(kind.__struct_config__.tag)


def _typed(plain: JsonValue, written: CanonicalBytes, kind: type[Value] | UnionType) -> Value:
    """The typed value of a plain one, whose canonical bytes are given."""
    # A document of another contract is reported as such, and not by its unknown members.
    contract = _contract_of(kind)
    if contract is not None and isinstance(plain, Mapping) and plain.get("contract") != contract:
        found = canonical(plain["contract"]).decode() if "contract" in plain else "no contract"
        raise ContractError(
            code="tag",
            path=("contract",),
            message=f"a document of {contract} is expected here, but this one names {found}",
            remedy="pass a document that names this contract",
        )
    value = convert(plain, cast("type[Value]", kind))
    if encode(value) != written:
        path = next(_absent(value.to_dict(), to_plain(plain), ()))
        tag = path[-1] == "contract"
        raise ContractError(
            code="tag" if tag else "missing-field",
            path=path,
            message="the name of the contract is missing" if tag else "a required member is missing",
            remedy="add it: nothing is filled in",
        )
    return value


def _absent(whole: object, given: object, path: Path) -> Iterator[Path]:
    """The paths of the members that msgspec has filled in: those of the whole value that were not given."""
    if isinstance(whole, dict):
        members = cast("dict[str, object]", given)
        for name, member in cast("dict[str, object]", whole).items():
            if name in members:
                yield from _absent(member, members[name], (*path, name))
            else:
                yield (*path, name)
    elif isinstance(whole, list):
        for position, (item, other) in enumerate(
            zip(cast("list[object]", whole), cast("list[object]", given), strict=True)
        ):
            yield from _absent(item, other, (*path, position))


def _check(value: Value) -> None:
    """Checks the rules that a type cannot express."""
    match value:
        case StepSpec():
            _as_contract(
                lambda: check_envelope([value]), skip=2
            )  # the path of the error is one of a workflow
        case WorkflowDefinition():
            _as_contract(lambda: check_workflow(value))
        case Run():
            _as_contract(lambda: check_workflow(value.workflow), ("workflow",))
            _as_contract(lambda: replay(value.workflow, value.context, value.events, value.operations))
        case OrchestrationResult():
            _as_contract(lambda: check_limits(value.executed_steps), ("executed_steps",), skip=1)
            _as_contract(lambda: check_envelope(value.executed_steps), ("executed_steps",), skip=1)
            _check_entries(value.receipt, ("receipt",), value.executed_steps)
        case Receipt():
            _check_entries(value, ())
        case ReceiptEntry():
            check_entry(value, ())
        case Question():
            _as_contract(lambda: check_question(value))
        case Decided():
            _as_contract(lambda: check_alone(value))
        case Scenario():
            check_first(scenario_problems(value))
        case HostAnswer():
            check_first(host_answer_problems(value))
        case Expectation():
            check_first(expectation_problems(value))
        case _:
            pass


def _as_contract(check: Callable[[], object], under: Path = (), *, skip: int = 0) -> None:
    """Runs a check whose error becomes a ContractError; see `Tier2Error.restated`."""
    try:
        check()
    except Tier2Error as error:
        raise error.restated(ContractError, under, skip=skip) from None


def _check_entries(receipt: Receipt, path: Path, steps: Sequence[StepSpec] = ()) -> None:
    for position, (entry, step) in enumerate(zip_longest(receipt.entries, steps)):
        if entry is not None:
            check_entry(entry, (*path, "entries", position), step)


def check_entry(entry: ReceiptEntry, path: Path, step: StepSpec | None = None) -> None:
    """Checks a decision by the digest that its entry stands on, which is the head; and by its step, if it is known."""
    event = entry.event
    if not isinstance(event, Decided):
        return
    head = partial(Sha256, entry.previous_sha256)
    if step is not None and (step.kind, step.id) == ("human", event.step_id):
        _as_contract(lambda: check_decision(step, event, head), (*path, "event"))
    else:
        _as_contract(lambda: check_head(event, head), (*path, "event"))
        _as_contract(lambda: check_alone(event), (*path, "event"))
