"""Finds every problem of a document and its line, for people and for checks in CI.

1. A document names its contract. What `tier2.decode` accepts and what does not contradict itself is right. This is the
   fast way, and the only one for right documents.
2. Any other text is read again for all its problems: those of the text (`json_source`), of the shape (`shape`), of the
   limits and the envelope (`tier2.engine.limits`), and of the order of the events (`tier2.engine.execution`). A rule
   does not look at a part that cannot be read, so each problem is reported once.
3. If the second reading finds nothing, the error of the first is the problem. So no refused document is called right.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, islice
from typing import Any, NamedTuple, cast, get_args

import msgspec

from tier2.contracts.v1 import (
    DOCUMENTS,
    Decided,
    Event,
    ExecutionContext,
    Expectation,
    HumanPayload,
    MissionSpec,
    OrchestrationResult,
    Question,
    ReceiptEntry,
    Rehearsed,
    Run,
    Scenario,
    StepKind,
    StepSpec,
    WorkflowDefinition,
)
from tier2.contracts.views import convert
from tier2.engine.decisions import malformed, question_violations
from tier2.engine.decoding import check_entry, decode
from tier2.engine.execution import advance, head, pending
from tier2.engine.limits import envelope_violations, too_many_people
from tier2.engine.scenarios import scenario_problems
from tier2.errors import CanonicalError, ContractError, IllegalEvent, Path, Problem, Tier2Error
from tier2.inspection.consistency import inconsistencies
from tier2.inspection.json_source import MAX_PROBLEMS, offsets_of, read_all
from tier2.inspection.shape import shape_problems
from tier2.values.canonical import MAX_BYTES, Sha256
from tier2.values.frozen import MAX_DOCUMENT_DEPTH, JsonValue, frozen_within, to_plain
from tier2.values.reading import as_bytes, first_too_deep, parse
from tier2.values.structs import Value


class Diagnostic(NamedTuple):
    """A problem of a document, and where in the text it is.

    problem: the code is that of a `Tier2Error`, or ``contradiction`` for a part of a result that another part
        contradicts.
    line: the line of the text, from 1.
    column: the character of that line, from 1.
    """

    problem: Problem
    line: int
    column: int


class Diagnosis(NamedTuple):
    """The diagnosis of a JSON text: a right document, or its problems.

    contract: the contract that it names, if it is a known one.
    document: the document, if it keeps its contract; a result may contradict itself all the same.
    diagnostics: its problems in the order of the text; none if the document is right.
    """

    contract: str | None
    document: Value | None
    diagnostics: tuple[Diagnostic, ...]


class _Tagged(msgspec.Struct):
    contract: Any = None


_tag_decoder = msgspec.json.Decoder(_Tagged)


def diagnose(
    data: bytes | str, *, documents: Mapping[str, type[Value]] = DOCUMENTS, max_bytes: int = MAX_BYTES
) -> Diagnosis:
    """Every problem of a document in the order of the text; the first 1,000 if there are more.

    data: a JSON text that should be a document of any contract.
    documents: the classes of the documents that are known, by the contract that they name.
    max_bytes: how large it may be, in bytes of UTF-8.

    Raises nothing for text of any kind.
    """
    try:
        text = as_bytes(data, max_bytes)
    except CanonicalError as error:
        return Diagnosis(None, None, (Diagnostic(error.problem, 1, 1),))
    contract = _named_contract(text, documents)
    try:
        # A text without a known contract is read strictly, too: it has to be JSON before it can name anything.
        document = (
            parse(text, max_bytes=max_bytes)
            if contract is None
            else decode(text, documents[contract], max_bytes=max_bytes)
        )
    except Tier2Error as error:
        # A text that is too deep as a whole is not read on; a part that is too deep has its path.
        if error.code in _UNREADABLE or (error.code == "depth" and not error.path):
            end = _end_of_reading(text, error.code)
            return Diagnosis(contract, None, located(text, (), [(error.problem, end)]))
        return _second_reading(text, error, documents)
    if not isinstance(document, Value):
        return Diagnosis(None, None, located(text, [_no_contract(documents)]))
    found = list(inconsistencies(document)) if isinstance(document, OrchestrationResult) else []
    return Diagnosis(contract, document, located(text, found) if found else ())


def _no_contract(documents: Mapping[str, type[Value]]) -> Problem:
    return Problem(
        "tag",
        ("contract",),
        "the document names no contract that is known here",
        f"name one of {', '.join(sorted(documents))}",
    )


def _named_contract(text: bytes, documents: Mapping[str, type[Value]]) -> str | None:
    """The contract that a text names on top, if it is known; this proves nothing about the rest of the text."""
    try:
        contract: object = _tag_decoder.decode(text).contract
    except (ValueError, RecursionError):
        return None
    return contract if isinstance(contract, str) and contract in documents else None


_UNREADABLE = frozenset({"syntax", "trailing", "utf8"})
"""The codes of texts in which nothing more can be read."""


def _end_of_reading(text: bytes, code: str) -> int:
    """The offset, in characters, from which a text cannot be read on.

    msgspec reports it. The standard library's reader would stop at different offsets in different Pythons.
    """
    if code == "depth":
        return len(text[: first_too_deep(text)].decode(errors="replace"))
    message = ""
    try:
        text.decode()
        msgspec.json.decode(text)
    except UnicodeDecodeError as error:
        message = f"(byte {error.start})"
    except ValueError as error:
        message = str(error)
    number = message.rpartition("(byte ")[2].removesuffix(")")
    end = int(number) if number.isdecimal() else len(text)
    # Of characters that follow the value, msgspec reports the second one.
    return len(text[: end - (code == "trailing")].decode(errors="ignore"))


def _second_reading(text: bytes, error: Tier2Error, documents: Mapping[str, type[Value]]) -> Diagnosis:
    """All problems of a text that is JSON and that ``error`` refuses."""
    if isinstance(error, CanonicalError) and error.code != "depth":
        plain, placed = read_all(text.decode())
    else:  # the text is I-JSON: it was read strictly, and what is refused is a part of its value
        plain, placed = cast("JsonValue", msgspec.json.decode(text)), ()
    contract = _part(plain, ("contract",))
    if not isinstance(contract, str) or contract not in documents:
        return Diagnosis(None, None, located(text, [_no_contract(documents)], placed))
    left = MAX_PROBLEMS + 1 - len(placed)
    shape = list(islice(shape_problems(plain, documents[contract]), left))
    wrong = _Wrong(problem.path for problem in shape)
    rules = islice(_broken_rules(plain, contract, wrong, read=not placed), left - len(shape))
    problems = [*shape, *rules] or ([] if placed else [error.problem])
    return Diagnosis(contract, None, located(text, problems, placed))


def _broken_rules(plain: JsonValue, contract: str, wrong: "_Wrong", *, read: bool) -> Iterator[Problem]:
    """The problems that a type cannot express, in the parts of a document that can be read.

    wrong: where the problems of its shape are.
    read: whether the plain value is the one in the text, since the text had no problem of its own.
    """
    match contract:
        case "tier2.workflow/v1":
            yield from _of_steps(plain, ("steps",), wrong)
        case "tier2.question/v1":
            yield from _of_question(cast("_Members", plain), wrong)
        case "tier2.scenario/v1":
            yield from _of_scenario(cast("_Members", plain), wrong)
        case "tier2.result/v1":
            yield from _of_steps(plain, ("executed_steps",), wrong)
            yield from _of_entries(plain, wrong)
        case "tier2.run/v1":
            broken = list(_of_steps(plain, ("workflow", "steps"), wrong))
            yield from broken
            if not broken and not any(map(wrong.touches, (("events",), ("workflow", "steps")))):
                yield from _of_events(cast("_Members", plain), heads_known=read and not wrong.paths)
        case _:
            pass


_Members = Mapping[str, Any]


class _Wrong:
    """The paths of the parts of a document that cannot be read."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = {*paths}
        self._around = {path[:length] for path in self.paths for length in range(len(path) + 1)}

    def touches(self, part: Path) -> bool:
        """Whether one of the problems is inside a part, or around it."""
        return part in self._around or any(part[:length] in self.paths for length in range(len(part)))


def _part(value: JsonValue, path: Path) -> JsonValue:
    """The part of a plain value at a path of names; None where there is none."""
    for name in path:
        value = cast("_Members", value).get(str(name)) if isinstance(value, Mapping) else None
    return value


def _of_steps(plain: JsonValue, path: Path, wrong: _Wrong) -> Iterator[Problem]:
    """Limits and envelope. The shape of the array already limits how many steps there are.

    Of an array that is far too long, only the first steps are looked at.
    """
    steps = _part(plain, path)
    if not isinstance(steps, list) or not steps:
        return
    read = _readable(steps[: MAX_PROBLEMS + 2], path, wrong)
    people = too_many_people(read) if len(read) == len(steps) else ()  # else the count would be wrong
    found: set[Path] = set()
    for violation in chain(people, envelope_violations(read)):
        problem = violation.restated(Tier2Error, path, skip=1).problem
        found.add(problem.path)
        yield problem
    for position, step in enumerate(read):
        if step.kind == "human":
            of_payload = _of_payload(step, (*path, position, "payload"))
            yield from (problem for problem in of_payload if problem.path not in found)


def _of_payload(step: StepSpec, path: Path) -> Iterator[Problem]:
    """The malformed members of a human step's payload; `envelope_violations` stops at the first one."""
    for problem in shape_problems(to_plain(step.payload), HumanPayload):
        yield malformed(step.id, (*path, *problem.path), problem.message, problem.remedy).problem


def _of_question(question: _Members, wrong: _Wrong) -> Iterator[Problem]:
    """Malformed evidence and fields of a question, in which each member that cannot be read is replaced."""
    known = {name: value for name, value in question.items() if not wrong.touches((name,))}
    read = convert(_from_text({**_BLANK, **known}), Question)
    yield from (violation.problem for violation in question_violations(read))


_BLANK = Question(
    workflow_id="",
    step_id="",
    description="",
    evidence=(),
    fields=(),
    approvers=(),
    signed=False,
    head_sha256=Sha256("0" * 64),
).to_dict()
"""A question that breaks no rule."""


def _of_scenario(scenario: _Members, wrong: _Wrong) -> Iterator[Problem]:
    """Answers of hosts and pointers of a scenario that are malformed, in the parts that can be read."""
    known = {name: scenario[name] for name in ("hosts", "expect") if not wrong.touches((name,))}
    read = convert(_from_text({**_BLANK_SCENARIO, **known}), Scenario)
    yield from scenario_problems(read)


_BLANK_SCENARIO = Scenario(
    name="", mission=MissionSpec(type="", params={}), context=ExecutionContext(), expect=Expectation()
).to_dict()
"""A scenario that breaks no rule."""


def _readable(steps: Sequence[JsonValue], path: Path, wrong: _Wrong) -> list[StepSpec]:
    """The steps, in which each part that cannot be read is replaced by one that breaks no rule.

    path: the path of the steps.
    """
    ids = [_part(step, ("id",)) for step in steps]
    taken = {one for one in ids if isinstance(one, str)}
    free = (name for name in map("#{}".format, count()) if name not in taken)
    read: list[StepSpec] = []
    for position, (step, step_id) in enumerate(zip(steps, ids, strict=True)):
        kind, payload = _part(step, ("kind",)), _part(step, ("payload",))
        known = isinstance(payload, Mapping) and not wrong.touches((*path, position, "payload"))
        read.append(
            StepSpec(
                id=step_id if isinstance(step_id, str) else next(free),
                kind=cast("StepKind", kind) if kind in get_args(StepKind) else "runtime",
                payload=_from_text(payload) if known and kind in get_args(StepKind) else _NOOP,
            )
        )
    return read


_NOOP: Mapping[str, JsonValue] = {"operation": "noop"}


def _from_text(plain: JsonValue) -> Any:
    """The frozen form of a value that was read from a text."""
    return frozen_within(plain, MAX_DOCUMENT_DEPTH, from_text=True)


def _of_entries(result: JsonValue, wrong: _Wrong) -> Iterator[Problem]:
    """Decisions that do not fit their entry or their step."""
    entries, steps = _part(result, ("receipt", "entries")), _part(result, ("executed_steps",))
    known = isinstance(steps, list) and not wrong.touches(("executed_steps",))
    read = [convert(_from_text(step), StepSpec) for step in cast("list[JsonValue]", steps)] if known else []
    for position, entry in enumerate(entries if isinstance(entries, list) else []):
        path = ("receipt", "entries", position)
        if not wrong.touches(path):
            step = read[position] if position < len(read) else None
            try:
                check_entry(convert(_from_text(entry), ReceiptEntry), path, step)
            except ContractError as error:
                yield error.problem


def _of_events(run: _Members, *, heads_known: bool) -> Iterator[Problem]:
    """Events that cannot have happened. After each one, the next event is checked as if the step had been rehearsed.

    heads_known: whether the rest of the run is right. If not, and after such an event, no decision is out of date,
        since nobody knows the head.
    """
    so_far = convert(_from_text({**run, "events": []}), Run) if heads_known else _run_of(run)
    for plain in run["events"]:
        event = convert(_from_text(plain), cast("type[Event]", Event))
        if not heads_known and isinstance(event, Decided) and event.head_sha256 is not None:
            event = msgspec.structs.replace(event, head_sha256=head(so_far))
        try:
            so_far = advance(so_far, event)
        except (
            CanonicalError
        ) as error:  # an earlier event is too large for an entry, so there is no head from here on
            yield error.problem
            return
        except IllegalEvent as error:
            yield error.problem
            heads_known = False
            step = pending(so_far)
            if step is None:
                return
            so_far = advance(so_far, Rehearsed(step_id=step.id))


def _run_of(run: _Members) -> Run:
    """A run with the steps of a document of which nothing else can be relied on."""
    steps = tuple(convert(_from_text(step), StepSpec) for step in run["workflow"]["steps"])
    return Run(workflow=WorkflowDefinition(id="", steps=steps), context=ExecutionContext())


def located(
    text: bytes, problems: Sequence[Problem], placed: Iterable[tuple[Problem, int]] = ()
) -> tuple[Diagnostic, ...]:
    """The problems of a JSON text with line and column, in the order of the text.

    problems: those that are where their path leads.
    placed: those that are somewhere else, each with its offset in characters.

    If there are more than `MAX_PROBLEMS`, or their paths are much longer than the text, the rest is reported as one, so
    that the report is in proportion to the text.
    """
    whole = text.decode(errors="replace")
    known = [*placed]
    both = [*(problem for problem, _ in known), *problems]
    most = _most_reported(both, 100_000 + 4 * len(whole))
    reported = problems[: max(most - len(known), 0)]
    begin: Mapping[Path, int] = offsets_of(whole, {problem.path for problem in reported}) if reported else {}
    found = [*known[:most], *((problem, begin[problem.path]) for problem in reported)]
    if len(both) > most:
        message = f"there are more problems than the first {most:,}, which are reported"
        found.append((Problem("more", (), message, "correct these, and check again"), len(whole)))
    ends = [end.start() for end in re.finditer("\n", whole)]
    found.sort(key=lambda one: one[1])
    return tuple(Diagnostic(problem, *_line_and_column(ends, offset)) for problem, offset in found)


def _most_reported(problems: Sequence[Problem], room: int) -> int:
    """How many of the problems are reported: no more than `MAX_PROBLEMS`, nor than there is room, in characters."""
    for position, problem in enumerate(problems[:MAX_PROBLEMS]):
        room -= sum(len(part) for part in problem.path if isinstance(part, str)) + len(problem.message)
        if room < 0:
            return max(position, 1)
    return MAX_PROBLEMS


def _line_and_column(ends: Sequence[int], offset: int) -> tuple[int, int]:
    """Line and column of an offset in a text whose lines end at ``ends``."""
    line = bisect_left(ends, offset)
    return line + 1, offset - (ends[line - 1] if line else -1)
