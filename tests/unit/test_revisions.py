"""Does a run hold the revisions of its operations, and go on with these only?"""

from collections.abc import Mapping

import pytest
from small_runs import human, runtime, workflow

from tier2 import (
    OPERATIONS,
    Completed,
    ContractError,
    EnvelopeViolation,
    ExecutionContext,
    Failed,
    Host,
    JsonValue,
    Operation,
    Pure,
    Rehearsed,
    Run,
    advance,
    canonical,
    check_operations,
    digest,
    finish,
    head,
    replay,
    run_workflow,
    start,
    verify,
)

PLANNED = workflow(runtime("pay", "pay"), human("look"), runtime("log", "log"), runtime("end", "plain"))


def operations(
    pay: str | None = "1", log: str | None = "7", plain: str | None = None
) -> Mapping[str, Operation]:
    return {
        "pay": Host(pay),
        "log": Pure(lambda *_: {}, log),
        "plain": Pure(lambda *_: {}, plain),
        "unused": Host("9"),
    }


def begun() -> Run:
    return start(PLANNED, ExecutionContext(), operations())


def test_a_run_holds_the_revisions_of_its_operations() -> None:
    assert begun().operations == {"pay": "1", "log": "7"}
    result = run_workflow(PLANNED, ExecutionContext(), operations())
    assert result.lineage.operations == {"pay": "1", "log": "7"}


def test_our_own_operations_have_the_revision_one() -> None:
    assert {operation.revision for operation in OPERATIONS.values()} == {"1"}


def test_the_first_link_holds_the_revisions() -> None:
    run = begun()
    link: JsonValue = {
        "context_sha256": digest(run.context),
        "operations": {"pay": "1", "log": "7"},
        "workflow_sha256": digest(run.workflow),
    }
    assert head(run) == digest(link)
    assert head(start(PLANNED, ExecutionContext(), operations(pay="2"))) != head(run)


def test_a_result_names_the_revisions_of_its_run() -> None:
    run = begun()
    for event in (Completed(step_id="pay"), Rehearsed(step_id="look"), Failed(step_id="log", reason="no")):
        run = advance(run, event)
    result = finish(run)
    assert verify(run, result) is None
    other = replay(run.workflow, run.context, run.events, {"pay": "1", "log": "8"})
    difference = verify(other, result)
    assert difference is not None
    assert (difference.where, difference.expected, difference.found) == (
        "$.lineage.operations.log",
        '"8"',
        '"7"',
    )


def test_the_same_revisions_go_on() -> None:
    check_operations(begun(), operations())


@pytest.mark.parametrize(
    ("known", "position", "message"),
    [
        (
            operations(pay="2"),
            0,
            "the run was started with the revision '1' of 'pay' in step 'pay', and here it has the revision '2'",
        ),
        (
            operations(log=None),
            2,
            "the run was started with the revision '7' of 'log' in step 'log', and here it has no revision",
        ),
        (
            operations(plain="1"),
            3,
            "the run was started with no revision of 'plain' in step 'end', and here it has the revision '1'",
        ),
    ],
)
def test_another_revision_is_refused(known: Mapping[str, Operation], position: int, message: str) -> None:
    with pytest.raises(EnvelopeViolation) as caught:
        check_operations(begun(), known)
    assert caught.value.code == "revision"
    assert caught.value.where == f"$.workflow.steps[{position}].payload.operation"
    assert caught.value.message == message
    assert caught.value.remedy.endswith(", or start a new run")


def test_only_steps_still_to_run_matter() -> None:
    run = advance(begun(), Completed(step_id="pay"))
    check_operations(run, operations(pay="2"))
    with pytest.raises(EnvelopeViolation):
        check_operations(run, operations(log="2"))
    ended = advance(advance(run, Rehearsed(step_id="look")), Failed(step_id="log", reason="no"))
    check_operations(ended, {})


def test_an_unknown_operation_is_refused_as_by_start() -> None:
    with pytest.raises(EnvelopeViolation) as caught:
        check_operations(begun(), {"pay": Host("1")})
    assert (caught.value.code, caught.value.where) == ("envelope", "$.workflow.steps[2].payload.operation")
    assert caught.value.message == "the operation 'log' of step 'log' is not known"


def test_a_revision_is_a_string() -> None:
    with pytest.raises(ContractError) as caught:
        start(workflow(runtime("a", "x")), ExecutionContext(), {"x": Host(1)})  # type: ignore[arg-type]  # on purpose
    assert (caught.value.code, caught.value.where) == ("type", "$.operations.x")


def test_recorded_revisions_are_frozen() -> None:
    given = {"pay": "1"}
    run = replay(PLANNED, ExecutionContext(), (), given)
    before = canonical(run)
    given["pay"] = "2"
    assert canonical(run) == before
