"""Every fault of a document: for people and for checks in CI, which want all of them at once, each with its line.

1. A document is recognised by the contract that it names. What `tier2.decode` accepts, and what does not contradict
   itself, is right; this is the fast way, and the only one for right documents.
2. Whatever is refused is looked at again for all its faults: of the text (`json_source`), of the shape
   (`shape`), of limits and envelope (`tier2.engine.limits`), and of the order of events (`tier2.engine.execution`).
   A part that cannot be read is passed over by the rules that would need it: nothing is told twice.
3. Where the second look finds nothing, the refusal itself is the fault: no refused document is ever called right.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice
from typing import Any, NamedTuple, cast, get_args

import msgspec

from tier2.contracts.v1 import (
    Event,
    ExecutionContext,
    OrchestrationResult,
    Rehearsed,
    Run,
    StepKind,
    StepSpec,
    WorkflowDefinition,
)
from tier2.contracts.views import convert
from tier2.engine.decoding import DOCUMENTS, decode
from tier2.engine.execution import advance, pending
from tier2.engine.limits import envelope_violations, too_many_people
from tier2.errors import CanonicalError, IllegalEvent, Tier2Error, json_path
from tier2.inspection.consistency import contradictions
from tier2.inspection.json_source import MOST, Misfit, Path, first_beyond, path_parts, places, read_all
from tier2.inspection.shape import misfits
from tier2.values.canonical import MAX_BYTES, as_bytes, parse
from tier2.values.frozen import MAX_DOCUMENT_DEPTH, JsonValue, frozen_within
from tier2.values.structs import Value


class Fault(NamedTuple):
    """One thing that is wrong with a document.

    code: the code of `Tier2Error`, or ``contradiction`` for a part of a result that another part speaks against.
    where: the JSON path.
    message: what is wrong there, and what was expected.
    remedy: what to do.
    line: in which line of the text it stands, from 1.
    column: at which character of that line, from 1.
    """

    code: str
    where: str
    message: str
    remedy: str
    line: int
    column: int


class Judgement(NamedTuple):
    """What a text is: a right document, or the faults that keep it from being one.

    contract: the contract that it names, if it is one that is known here.
    document: the document, if its contract is kept; a result may contradict itself all the same.
    """

    contract: str | None
    document: Value | None
    faults: tuple[Fault, ...]


class _Tagged(msgspec.Struct):
    contract: Any = None


_tag_decoder = msgspec.json.Decoder(_Tagged)


def judge(data: bytes | str, *, max_bytes: int = MAX_BYTES) -> Judgement:
    """Every fault of a document, in the order of the text; of more than 1,000 the first ones.

    data: a JSON text that should be a document, of whichever contract it names.
    max_bytes: how large it may be, in bytes of UTF-8.

    Raises nothing for text of any kind.
    """
    try:
        text = as_bytes(data, max_bytes)
    except CanonicalError as error:
        return Judgement(None, None, (_fault(misfit_of(error), 1, 1),))
    contract = _named_contract(text)
    try:
        # Also what names no known contract is read strictly first: a text has to be JSON before it can name anything.
        document = (
            parse(text, max_bytes=max_bytes) if contract is None else _decoded(text, contract, max_bytes)
        )
    except Tier2Error as refusal:
        if refusal.code in _UNREADABLE or (refusal.code == "depth" and not _is_readable(text)):
            found = [misfit_of(refusal, _end_of_reading(text, refusal.code))]
        else:
            contract, found = _all_misfits(text, refusal)
        return Judgement(contract, None, located(text, found))
    if not isinstance(document, Value):
        return Judgement(None, None, located(text, [_NO_CONTRACT]))
    found = list(_contradictions(document)) if isinstance(document, OrchestrationResult) else []
    return Judgement(contract, document, located(text, found) if found else ())


_NO_CONTRACT = Misfit(
    "tag",
    ("contract",),
    "the document names no contract that is known here",
    f"name one of {', '.join(sorted(DOCUMENTS))}",
)


def _named_contract(text: bytes) -> str | None:
    """The contract that a text names on top, if it is known; nothing else of the text is proven by that."""
    try:
        contract: object = _tag_decoder.decode(text).contract
    except (ValueError, RecursionError):
        return None
    return contract if isinstance(contract, str) and contract in DOCUMENTS else None


def _decoded(text: bytes, contract: str, max_bytes: int) -> Value:
    return decode(text, DOCUMENTS[contract], max_bytes=max_bytes)


_UNREADABLE = frozenset({"syntax", "trailing", "utf8"})
"""The codes of texts in which nothing more can be read."""


def _is_readable(text: bytes) -> bool:
    """Whether a text that nests too deep is JSON, and its depth one that it can be read with."""
    try:
        msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return False
    return not first_beyond(text.decode(), MAX_DOCUMENT_DEPTH)


def _end_of_reading(text: bytes, code: str) -> int:
    """Where a text cannot be read on, or the character behind, as a number of characters.

    As msgspec tells it: where the standard library's reader stops differs from Python to Python.
    """
    if code == "depth":
        return first_beyond(text.decode(errors="replace"), MAX_DOCUMENT_DEPTH)
    told = ""
    try:
        text.decode()
        msgspec.json.decode(text)
    except UnicodeDecodeError as error:
        told = f"(byte {error.start})"
    except ValueError as error:
        told = str(error)
    number = told.rpartition("(byte ")[2].removesuffix(")")
    end = int(number) if number.isdecimal() else len(text)
    # What follows the value is told one further than it is.
    return len(text[: end - (code == "trailing")].decode(errors="ignore"))


def _all_misfits(text: bytes, refusal: Tier2Error) -> tuple[str | None, list[Misfit]]:
    """The contract that a refused text names, if it is known, and all that is wrong with the text."""
    plain, found = read_all(text.decode())
    contract = _part(plain, ("contract",))
    if not isinstance(contract, str) or contract not in DOCUMENTS:
        return None, [*found, _NO_CONTRACT]
    shape = list(islice(misfits(plain, DOCUMENTS[contract]), MOST + 1))
    rules = islice(_broken_rules(plain, contract, {misfit.path for misfit in shape}), MOST + 1)
    return contract, [*found, *shape, *rules] or [misfit_of(refusal)]


def _broken_rules(plain: JsonValue, contract: str, wrong: set[Path]) -> Iterator[Misfit]:
    """What a type cannot say, of the parts of a document that can be read."""
    match contract:
        case "tier2.workflow/v1":
            yield from _of_steps(plain, ("steps",))
        case "tier2.result/v1":
            yield from _of_steps(plain, ("executed_steps",))
            yield from _of_vetoes(plain)
        case "tier2.run/v1":
            broken = list(_of_steps(plain, ("workflow", "steps")))
            yield from broken
            if not broken and not any(map(_hides_events, wrong)):
                yield from _of_events(cast("_Members", plain))
        case _:
            pass


_Members = Mapping[str, Any]


def _hides_events(path: Path) -> bool:
    """Whether what is wrong at a path keeps a run's events from being judged one after the other."""
    return any(path[: len(part)] == part[: len(path)] for part in (("events",), ("workflow", "steps")))


def _part(value: JsonValue, path: Path) -> JsonValue:
    """The part of a plain value at a path of names; None where there is none."""
    for name in path:
        value = cast("_Members", value).get(str(name)) if isinstance(value, Mapping) else None
    return value


def _of_steps(plain: JsonValue, path: Path) -> Iterator[Misfit]:
    """Limits and envelope; how many steps there may be is told by the bounds of the array."""
    steps = _part(plain, path)
    if not isinstance(steps, list) or not steps:
        return
    read = _readable(steps)
    for violation in (*too_many_people(read), *envelope_violations(read)):
        yield misfit_of(violation)._replace(path=(*path, *path_parts(violation.where)[1:]))


def _readable(steps: Sequence[JsonValue]) -> list[StepSpec]:
    """The steps, in which what cannot be read is replaced by what breaks no rule."""
    ids = [_part(step, ("id",)) for step in steps]
    taken = {one for one in ids if isinstance(one, str)}
    free = (name for name in map("#{}".format, count()) if name not in taken)
    read: list[StepSpec] = []
    for step, step_id in zip(steps, ids, strict=True):
        kind, payload = _part(step, ("kind",)), _part(step, ("payload",))
        operation = _part(payload, ("operation",))
        known = kind in get_args(StepKind) and isinstance(payload, Mapping)
        read.append(
            StepSpec(
                id=step_id if isinstance(step_id, str) else next(free),
                kind=cast("StepKind", kind) if kind in get_args(StepKind) else "runtime",
                payload={"operation": operation if isinstance(operation, str) else None if known else "noop"},
            )
        )
    return read


def _of_vetoes(result: JsonValue) -> Iterator[Misfit]:
    entries = _part(result, ("receipt", "entries"))
    for position, entry in enumerate(entries if isinstance(entries, list) else []):
        event = _part(entry, ("event",))
        output = _part(event, ("output",))
        if _part(event, ("verdict",)) == "vetoed" and isinstance(output, Mapping) and output:
            path = ("receipt", "entries", position, "event", "output")
            yield Misfit("event", path, "a veto has no output", "make the output empty")


def _of_events(run: _Members) -> Iterator[Misfit]:
    """Events that cannot have happened; after each, the run goes on as if its step had been passed over."""
    workflow = WorkflowDefinition(id="", steps=tuple(_readable(run["workflow"]["steps"])))
    so_far = Run(workflow=workflow, context=ExecutionContext())
    for plain in run["events"]:
        event = convert(frozen_within(plain, MAX_DOCUMENT_DEPTH, from_text=True), cast("type[Event]", Event))
        try:
            so_far = advance(so_far, event)
        except IllegalEvent as error:
            yield misfit_of(error)
            step = pending(so_far)
            if step is None:
                return
            so_far = advance(so_far, Rehearsed(step_id=step.id))


def _contradictions(result: OrchestrationResult) -> Iterator[Misfit]:
    for path, message in contradictions(result):
        yield Misfit("contradiction", path, message, "restore it, or compute the result anew from its run")


def misfit_of(error: Tier2Error, offset: int | None = None) -> Misfit:
    """What an error tells, as data; ``offset`` says where in the text it stands, if not where its path leads."""
    return Misfit(error.code, path_parts(error.where), error.message, error.remedy, offset)


def located(text: bytes, found: Sequence[Misfit]) -> tuple[Fault, ...]:
    """Misfits of a JSON text as faults with line and column, in the order of the text.

    Of more than `MOST` only so many are told, and that there are more: what is told stays in proportion to the text.
    """
    if len(found) > MOST:
        message = f"there are more faults than the first {MOST:,}, which are told"
        found = [*found[:MOST], Misfit("more", (), message, "correct these, and check again", len(text))]
    whole = text.decode(errors="replace")
    paths = {misfit.path for misfit in found if misfit.offset is None}
    begin: Mapping[Path, int] = places(whole, paths) if paths else {}
    offsets = [begin[one.path] if one.offset is None else one.offset for one in found]
    ends = [end.start() for end in re.finditer("\n", whole)]
    in_order = sorted(zip(offsets, range(len(found)), strict=True))
    return tuple(_fault(found[at], *_line_and_column(ends, offset)) for offset, at in in_order)


def _line_and_column(ends: Sequence[int], offset: int) -> tuple[int, int]:
    """Line and column of a place in a text whose lines end at ``ends``."""
    line = bisect_left(ends, offset)
    return line + 1, offset - (ends[line - 1] if line else -1)


def _fault(misfit: Misfit, line: int, column: int) -> Fault:
    return Fault(misfit.code, json_path(misfit.path), misfit.message, misfit.remedy, line, column)
