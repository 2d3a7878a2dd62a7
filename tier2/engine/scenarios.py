"""Scenarios: plays a mission with the answers that a scenario gives, and compares the result with the expected one.

1. The play is pure: no clock, no person and no host takes part. A human step or a host operation without an answer is
   rehearsed, as in `run_workflow`.
2. An answer takes the way of every decision: by the question, `answer` and `advance`. It is not dated. Where the step
   asks for a signature, it carries `STAND_IN`, which has the form of one and is nobody's.
3. A mission that cannot be planned, a plan that cannot be started, and an answer that is refused end the play. There is
   an error then, and no result.
4. Only what the scenario expects is compared; null says that it does not matter. But an error is always a difference
   unless it is expected, and so is an answer that no step used.
5. Values are compared by their canonical bytes: 1.0 is 1, and ``true`` is not 1.
"""

from collections.abc import Iterator, Mapping
from typing import cast, final

import msgspec
from msgspec import UNSET, UnsetType

from tier2.contracts.v1 import (
    Completed,
    Decided,
    Event,
    Expectation,
    Failed,
    HostAnswer,
    OrchestrationResult,
    Question,
    Run,
    Scenario,
    StepSpec,
)
from tier2.engine.execution import advance, finish, operation_of, pending, perform, start, state
from tier2.engine.planning import build_workflow
from tier2.engine.questions import answer, question
from tier2.engine.verification import Difference
from tier2.errors import ContractError, Path, PathPart, Problem, Tier2Error
from tier2.kinds import Host, MissionType, Operation
from tier2.missions import MISSIONS, OPERATIONS
from tier2.values.canonical import digest, encode
from tier2.values.frozen import FrozenObject, JsonValue
from tier2.values.json_pointer import is_pointer, part_at

STAND_IN = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"
"""The signature of an answer to a step that asks for one: the form of a signature, without a key."""


@final
class Played(msgspec.Struct, frozen=True):
    """What came out of a scenario.

    result: The result; None if the mission, its plan or an answer was refused.
    refusal: Why it was refused; None if there is a result.
    differences: Each difference from what the scenario expects, with its path in the scenario. `expected` and `found`
        are canonical JSON texts, or ``absent``; of an answer that no step used, they are ``used`` and ``unused``.
    """

    result: OrchestrationResult | None
    refusal: Problem | None
    differences: tuple[Difference, ...]


def play(
    scenario: Scenario,
    missions: Mapping[str, MissionType] = MISSIONS,
    operations: Mapping[str, Operation] = OPERATIONS,
) -> Played:
    """Plays a scenario, and compares what comes out with what it expects.

    missions: The known mission types by name.
    operations: The known operations by name.

    Raises ContractError for a malformed scenario, which only a program can make. What a user's own pure operation,
    template or question raises passes through.
    """
    check_first(scenario_problems(scenario))
    result, refusal = None, None
    used: set[tuple[str, str]] = set()
    try:
        run = start(build_workflow(scenario.mission, missions), scenario.context, operations)
        while (step := pending(run)) is not None:
            run = advance(run, _event(scenario, run, step, missions, operations, used))
        result = finish(run)
    except Tier2Error as error:
        refusal = error.problem
    differences = (*_from_expected(scenario.expect, result, refusal), *_unused(scenario, used))
    return Played(result, refusal, differences)


def scenario_problems(scenario: Scenario) -> Iterator[Problem]:
    """Everything that is malformed in a scenario beyond its shape."""
    for step_id, given in scenario.hosts.items():
        for problem in host_answer_problems(given):
            yield msgspec.structs.replace(problem, path=("hosts", step_id, *problem.path))
    for problem in expectation_problems(scenario.expect):
        yield msgspec.structs.replace(problem, path=("expect", *problem.path))


def host_answer_problems(given: HostAnswer) -> Iterator[Problem]:
    """The problem of a host's answer that is not exactly one of an output and a reason."""
    if (given.output is None) == (given.reason is None):
        found = "neither an output nor a reason" if given.output is None else "an output and a reason"
        yield Problem(
            code="scenario",
            path=(),
            message=f"the answer of the host has {found}",
            remedy="make exactly one of them null",
        )


def expectation_problems(expect: Expectation) -> Iterator[Problem]:
    """The problems of the names of expected values that are no JSON Pointers."""
    for pointer in expect.values:
        if not is_pointer(pointer):
            yield Problem(
                code="scenario",
                path=("values", pointer),
                message=f"{pointer!r} is no JSON Pointer",
                remedy="write / before each name, and ~0 for ~ and ~1 for / inside of one",
            )


def check_first(problems: Iterator[Problem]) -> None:
    """Raises ContractError for the first of these problems."""
    for problem in problems:
        raise ContractError(
            code=problem.code, path=problem.path, message=problem.message, remedy=problem.remedy
        )


def updated(scenario: Scenario, played: Played) -> Scenario:
    """The scenario that expects what came out. What it expects already stays, and what does not matter."""
    old, result, refusal = scenario.expect, played.result, played.refusal
    if result is None:
        expect = Expectation(error=None if refusal is None else refusal.code)
    else:
        found = {pointer: _found_at(result.final_state, pointer) for pointer in old.values}
        expect = Expectation(
            # A scenario that expected an error says nothing else.
            outcome=None if old.outcome is None and old.error is None else result.outcome,
            failed_step_id=None if old.failed_step_id is None else result.failed_step_id,
            error_message=None if old.error_message is None else result.error_message,
            values={pointer: value for pointer, value in found.items() if not isinstance(value, UnsetType)},
            result_sha256=None if old.result_sha256 is None else digest(result),
        )
    return msgspec.structs.replace(scenario, expect=expect)


# The play.


def _event(  # noqa: PLR0913, PLR0917 - all that the play is about
    scenario: Scenario,
    run: Run,
    step: StepSpec,
    missions: Mapping[str, MissionType],
    operations: Mapping[str, Operation],
    used: set[tuple[str, str]],
) -> Event:
    """The event of the pending step. ``used`` gets the answer that it takes."""
    if step.kind == "human" and step.id in scenario.answers:
        used.add(("answers", step.id))
        return _decision(scenario, run, step, missions)
    if step.kind == "runtime" and step.id in scenario.hosts:
        _, operation = operation_of(step, operations)
        if isinstance(operation, Host):
            used.add(("hosts", step.id))
            return _performed(step, scenario.hosts[step.id])
    return perform(step, state(run), operations)


def _performed(step: StepSpec, given: HostAnswer) -> Completed | Failed:
    if given.output is not None:
        return Completed(step_id=step.id, output=given.output)
    return Failed(step_id=step.id, reason=cast("str", given.reason))  # one of them is there


def _decision(scenario: Scenario, run: Run, step: StepSpec, missions: Mapping[str, MissionType]) -> Decided:
    given = scenario.answers[step.id]
    asked = cast("Question", question(run, missions))  # the pending step is human
    decision = answer(asked, given.verdict, by=given.by, note=given.note, values=given.values)
    return msgspec.structs.replace(
        decision,
        head_sha256=given.head_sha256 or decision.head_sha256,
        signature=STAND_IN if asked.signed else None,
    )


# The comparison.


def _from_expected(
    expect: Expectation, result: OrchestrationResult | None, refusal: Problem | None
) -> Iterator[Difference]:
    """The differences from what is expected, in the order of the expectation's members, the error first."""
    code = None if refusal is None else refusal.code
    if code != expect.error:
        yield _difference(("error",), expect.error, code)
    for name, wanted in (
        ("outcome", expect.outcome),
        ("failed_step_id", expect.failed_step_id),
        ("error_message", expect.error_message),
    ):
        if wanted is not None:
            ended = UNSET if result is None else cast("str | None", getattr(result, name))
            yield from _differences((name,), wanted, ended)
    for pointer, value in expect.values.items():
        found = UNSET if result is None else _found_at(result.final_state, pointer)
        yield from _differences(("values", pointer), value, found)
    if expect.result_sha256 is not None:
        yield from _differences(
            ("result_sha256",), expect.result_sha256, UNSET if result is None else digest(result)
        )


def _unused(scenario: Scenario, used: set[tuple[str, str]]) -> Iterator[Difference]:
    given = [
        *(("answers", step_id) for step_id in scenario.answers),
        *(("hosts", one) for one in scenario.hosts),
    ]
    for path in given:
        if path not in used:
            yield Difference(path, "used", "unused")


def _found_at(state: Mapping[str, JsonValue], pointer: str) -> JsonValue | UnsetType:
    try:
        return part_at(state, pointer)
    except KeyError:
        return UNSET


def _differences(
    path: Path, expected: JsonValue | UnsetType, found: JsonValue | UnsetType
) -> Iterator[Difference]:
    """The differences of two frozen values, each where it is: inside of objects, and of arrays of the same length."""
    pairs: list[tuple[PathPart, JsonValue | UnsetType, JsonValue | UnsetType]]
    if isinstance(expected, FrozenObject) and isinstance(found, FrozenObject):
        names = [*expected, *(name for name in found if name not in expected)]
        pairs = [(name, expected.get(name, UNSET), found.get(name, UNSET)) for name in names]
    elif isinstance(expected, tuple) and isinstance(found, tuple) and len(expected) == len(found):
        pairs = [(at, one, other) for at, (one, other) in enumerate(zip(expected, found, strict=True))]
    else:
        if _text(expected) != _text(found):
            yield _difference(path, expected, found)
        return
    for part, one, other in pairs:
        yield from _differences((*path, part), one, other)


def _difference(path: Path, expected: JsonValue | UnsetType, found: JsonValue | UnsetType) -> Difference:
    return Difference(("expect", *path), _text(expected), _text(found))


def _text(value: JsonValue | UnsetType) -> str:
    return "absent" if isinstance(value, UnsetType) else encode(value).decode()
