"""What do the functions of a run do: start, pending, state, advance, finish, replay, run_workflow, perform?"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import pytest

from tier2 import (
    OPERATIONS,
    AntiFailureViolation,
    CanonicalError,
    Completed,
    ContractError,
    Decided,
    EnvelopeViolation,
    Event,
    ExecutionContext,
    Fail,
    Failed,
    Host,
    IllegalEvent,
    Operation,
    OrchestrationResult,
    Pure,
    Rehearsed,
    Run,
    StepSpec,
    Tier2Error,
    WorkflowDefinition,
    advance,
    digest,
    finish,
    pending,
    replay,
    run_workflow,
    start,
    state,
    verify,
)
from tier2.execution import perform
from tier2.frozen import FrozenObject, JsonValue

MIB_16 = 16 * 1024 * 1024


def runtime(step_id: str, operation: str = "noop", **payload: Any) -> StepSpec:
    return StepSpec(id=step_id, kind="runtime", payload={"operation": operation, **payload})


def human(step_id: str) -> StepSpec:
    return StepSpec(id=step_id, kind="human", payload={"description": "Look."})


def workflow(*steps: StepSpec, **metadata: Any) -> WorkflowDefinition:
    return WorkflowDefinition(id="w", steps=steps, metadata=metadata)


def begun(*steps: StepSpec, **initial_state: Any) -> Run:
    return start(workflow(*steps), ExecutionContext(initial_state=initial_state))


def decided(step_id: str, verdict: Any, **fields: Any) -> Decided:
    return Decided(step_id=step_id, verdict=verdict, by="Ann", **fields)


def refused(action: Callable[[], object]) -> IllegalEvent:
    with pytest.raises(IllegalEvent) as caught:
        action()
    assert caught.value.code == "event"
    return caught.value


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth - 1):
        value = {"n": value}
    return value


# The transition table, by hand

EVENTS: Mapping[str, Callable[[str], Event]] = {
    "completed": lambda step_id: Completed(step_id=step_id, output={"done": step_id}),
    "failed": lambda step_id: Failed(step_id=step_id, reason="no"),
    "approved": lambda step_id: decided(step_id, "approved", output={"done": step_id}),
    "approved, without output": lambda step_id: decided(step_id, "approved"),
    "vetoed": lambda step_id: decided(step_id, "vetoed"),
    "vetoed, with output": lambda step_id: decided(step_id, "vetoed", output={"done": step_id}),
    "rehearsed": lambda step_id: Rehearsed(step_id=step_id),
    **{
        f"verdict {verdict!r}": lambda step_id, verdict=verdict: decided(step_id, verdict)  # type: ignore[misc]  # a default
        for verdict in ("", "maybe", "APPROVED", "completed", "failed", "rehearsed")
    },
}

GOES_ON, STAYS, ENDS = "goes on, state merged", "goes on, state kept", "ends, state kept"

LEGAL = {
    ("runtime", "completed"): GOES_ON,
    ("runtime", "failed"): ENDS,
    ("runtime", "rehearsed"): STAYS,
    ("human", "approved"): GOES_ON,
    ("human", "approved, without output"): STAYS,
    ("human", "vetoed"): ENDS,
    ("human", "rehearsed"): STAYS,
}

PENDING: Mapping[str, tuple[StepSpec, Event]] = {
    # The step that is pending, and an event with which the run still goes on after a refusal.
    "runtime": (runtime("x"), Completed(step_id="x", output={"after": 1})),
    "human": (human("x"), decided("x", "approved", output={"after": 1})),
}

HERE = [(kind, event, LEGAL.get((kind, event))) for kind in PENDING for event in EVENTS]


def before(kind: str) -> Run:
    """A run of three steps in which the second, of the kind, is pending."""
    run = begun(runtime("first"), PENDING[kind][0], runtime("last"), kept=True)
    return advance(run, Completed(step_id="first", output={"first": 1}))


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name, effect in HERE if effect])
def test_each_legal_event_has_the_effect_of_the_table(kind: str, name: str) -> None:
    run, event = before(kind), EVENTS[name]("x")
    advanced = advance(run, event)
    effect = LEGAL[kind, name]
    merged = {"done": "x"} if effect == GOES_ON else {}
    assert advanced == Run(workflow=run.workflow, context=run.context, events=(*run.events, event))
    assert state(advanced) == {"kept": True, "first": 1, **merged}
    assert pending(advanced) == (None if effect == ENDS else run.workflow.steps[2])
    assert (pending(run), state(run)) == (run.workflow.steps[1], {"kept": True, "first": 1})


def assert_refused_and_unchanged(run: Run, event: Event, where: str) -> IllegalEvent:
    """The event is refused at its place; the run is what it was."""
    told, where_it_is, reached = digest(run), pending(run), state(run)
    error = refused(lambda: advance(run, event))
    assert error.where == where
    assert error.remedy
    assert (digest(run), pending(run), state(run)) == (told, where_it_is, reached)
    impossible = Run(workflow=run.workflow, context=run.context, events=(*run.events, event))
    again = refused(lambda: replay(run.workflow, run.context, impossible.events))
    assert (again.where, again.message, again.remedy) == (error.where, error.message, error.remedy)
    for function in (pending, state, finish):
        assert refused(lambda use=function: use(impossible)).message == error.message  # type: ignore[misc]  # a default
    assert refused(lambda: advance(impossible, event)).message == error.message
    return error


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name, effect in HERE if effect is None])
def test_each_other_event_is_refused_and_the_run_goes_on_as_if_nothing_had_happened(
    kind: str, name: str
) -> None:
    run = before(kind)
    assert_refused_and_unchanged(run, EVENTS[name]("x"), "$.events[1]")
    good = PENDING[kind][1]
    assert state(advance(run, good)) == {"kept": True, "first": 1, "after": 1}


@pytest.mark.parametrize("step_id", ["first", "last", "unknown", "X", "", "x "])
@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("kind", PENDING)
def test_every_event_of_another_step_is_refused(kind: str, name: str, step_id: str) -> None:
    run = before(kind)
    error = assert_refused_and_unchanged(run, EVENTS[name](step_id), "$.events[1]")
    assert error.message == f"step 'x' is pending, not {step_id!r}"
    assert error.remedy == "send an event of the pending step"
    assert pending(advance(run, PENDING[kind][1])) == run.workflow.steps[2]


OVER: Mapping[str, Run] = {
    "failed": advance(begun(runtime("a"), runtime("b"), human("c")), Failed(step_id="a", reason="no")),
    "vetoed": advance(begun(human("a"), runtime("b"), human("c")), decided("a", "vetoed")),
    "completed": advance(begun(runtime("a")), Completed(step_id="a")),
    "rehearsed": advance(begun(human("a")), Rehearsed(step_id="a")),
}


@pytest.mark.parametrize("step_id", ["a", "b", "c"])
@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("ending", OVER)
def test_after_the_end_every_event_is_refused(ending: str, name: str, step_id: str) -> None:
    run = OVER[ending]
    error = assert_refused_and_unchanged(run, EVENTS[name](step_id), "$.events[1]")
    assert (error.message, error.remedy) == ("the run is over", "start a new run")
    assert finish(run).outcome == ending


def test_refusals_say_what_could_have_happened_instead() -> None:
    error = refused(lambda: advance(begun(runtime("a")), decided("a", "approved")))
    assert error.message == "the runtime step 'a' cannot be approved"
    assert error.remedy == "it can be one of completed, failed, rehearsed"
    error = refused(lambda: advance(begun(human("a")), Completed(step_id="a")))
    assert error.message == "the human step 'a' cannot be completed"
    assert error.remedy == "it can be one of approved, vetoed, rehearsed"
    error = refused(lambda: advance(begun(human("a")), decided("a", "vetoed", output={"x": 1})))
    assert (error.message, error.remedy) == (
        "a veto has no output",
        "veto with an empty output, or approve",
    )
    error = refused(lambda: advance(begun(human("a")), decided("a", "maybe")))
    assert (error.message, error.remedy) == ("the verdict 'maybe' is unknown", "use approved or vetoed")


@pytest.mark.parametrize("verdict", ["completed", "failed", "rehearsed"])
@pytest.mark.parametrize("step", [runtime("a"), human("a")])
def test_a_decision_cannot_pass_for_an_event_of_another_kind(step: StepSpec, verdict: str) -> None:
    run = begun(step)
    assert (
        refused(lambda: advance(run, decided("a", verdict))).message == f"the verdict {verdict!r} is unknown"
    )


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_run_cannot_be_finished_while_a_step_is_pending(done: int) -> None:
    run = begun(human("a"), runtime("b"), runtime("c"))
    events: list[Event] = [Rehearsed(step_id="a"), Completed(step_id="b")]
    run = replay(run.workflow, run.context, events[:done])
    step_id = "abc"[done]
    error = refused(lambda: finish(run))
    assert error.where == f"$.events[{done}]"
    assert error.message == f"the run is not over: step '{step_id}' is pending"
    assert error.remedy == "advance it with an event first"
    assert pending(run) == run.workflow.steps[done]


@pytest.mark.parametrize(
    ("steps", "events", "where"),
    [
        ((runtime("a"),), (Completed(step_id="b"),), "$.events[0]"),
        ((runtime("a"),), (decided("a", "approved"),), "$.events[0]"),
        ((runtime("a"), runtime("b")), (Completed(step_id="b"), Completed(step_id="a")), "$.events[0]"),
        ((runtime("a"), runtime("b")), (Completed(step_id="a"), Completed(step_id="a")), "$.events[1]"),
        ((runtime("a"),), (Completed(step_id="a"), Completed(step_id="a")), "$.events[1]"),
        (
            (runtime("a"), runtime("b")),
            (Failed(step_id="a", reason=""), Completed(step_id="b")),
            "$.events[1]",
        ),
        ((human("a"), runtime("b")), (decided("a", "vetoed"), Completed(step_id="b")), "$.events[1]"),
        ((human("a"),), (decided("a", "vetoed", output={"x": 1}),), "$.events[0]"),
    ],
)
def test_a_run_made_of_impossible_events_is_refused_by_every_function(
    steps: tuple[StepSpec, ...], events: tuple[Event, ...], where: str
) -> None:
    context = ExecutionContext()
    run = Run(workflow=workflow(*steps), context=context, events=events)
    truth = run_workflow(workflow(*steps), context)
    uses: tuple[Callable[[], object], ...] = (
        lambda: pending(run),
        lambda: state(run),
        lambda: advance(run, events[-1]),
        lambda: finish(run),
        lambda: verify(run, truth),
        lambda: replay(run.workflow, context, events),
    )
    assert [refused(use).where for use in uses] == [where] * len(uses)


OUTSIDE: Mapping[str, tuple[WorkflowDefinition, type[Tier2Error]]] = {
    "six steps": (workflow(*[runtime(f"s{i}") for i in range(6)]), AntiFailureViolation),
    "three people": (workflow(*[human(f"h{i}") for i in range(3)]), AntiFailureViolation),
    "no step": (workflow(), EnvelopeViolation),
    "one id twice": (workflow(runtime("a"), runtime("a")), EnvelopeViolation),
    "an unknown kind": (workflow(StepSpec(id="a", kind="robot")), EnvelopeViolation),  # type: ignore[arg-type]  # on purpose
    "no operation": (workflow(StepSpec(id="a", kind="runtime")), EnvelopeViolation),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_workflow_outside_the_bounds_can_be_constructed_but_not_used(name: str) -> None:
    planned, kind = OUTSIDE[name]
    context = ExecutionContext()
    run = Run(workflow=planned, context=context)
    truth = run_workflow(workflow(runtime("a")), context)
    uses: tuple[Callable[[], object], ...] = (
        lambda: start(planned, context),
        lambda: run_workflow(planned, context),
        lambda: pending(run),
        lambda: state(run),
        lambda: advance(run, Completed(step_id="a")),
        lambda: finish(run),
        lambda: verify(run, truth),
        lambda: replay(planned, context, ()),
    )
    for use in uses:
        with pytest.raises(kind) as caught:
            use()
        assert caught.value.where.startswith("$.steps")
        assert caught.value.remedy


# start


def test_a_new_run_has_no_events_and_the_contexts_state() -> None:
    planned, context = workflow(human("a")), ExecutionContext(initial_state={"k": [1]}, metadata={"m": 1})
    run = start(planned, context)
    assert run == Run(workflow=planned, context=context, events=())
    assert run.workflow is planned
    assert run.context is context
    assert (pending(run), state(run)) == (planned.steps[0], {"k": (1,)})


def test_start_names_the_steps_to_merge_or_automate() -> None:
    with pytest.raises(AntiFailureViolation) as caught:
        start(OUTSIDE["six steps"][0], ExecutionContext())
    assert caught.value.remedy == "merge or drop 1 of 's0', 's1', 's2', 's3', 's4', 's5'"
    with pytest.raises(AntiFailureViolation) as caught:
        start(OUTSIDE["three people"][0], ExecutionContext())
    assert caught.value.remedy == "automate or merge 1 of 'h0', 'h1', 'h2'"


def test_start_refuses_an_operation_that_is_not_in_the_mapping() -> None:
    planned = workflow(human("a"), runtime("b", "greet"))
    with pytest.raises(EnvelopeViolation) as caught:
        start(planned, ExecutionContext())
    assert (caught.value.code, caught.value.where) == ("envelope", "$.steps[1].payload.operation")
    assert caught.value.message == "the operation 'greet' is not known"
    run = start(planned, ExecutionContext(), {"greet": Host()})
    assert pending(run) == planned.steps[0]
    with pytest.raises(EnvelopeViolation):
        start(workflow(runtime("b")), ExecutionContext(), {"greet": Host()})


@pytest.mark.parametrize(
    ("value", "name"), [(lambda *_: {}, "function"), (None, "NoneType"), (Host, "StructMeta")]
)
def test_start_refuses_a_mapping_that_holds_something_else_than_operations(value: Any, name: str) -> None:
    planned = workflow(runtime("a"), runtime("b", "greet"))
    operations: dict[str, Any] = {**OPERATIONS, "greet": value}
    for use in (start, run_workflow):
        with pytest.raises(EnvelopeViolation) as caught:
            use(planned, ExecutionContext(), operations)
        assert (caught.value.code, caught.value.where) == ("envelope", "$.steps[1].payload.operation")
        assert caught.value.message == f"the operation is a {name}, neither Pure nor Host"
        assert caught.value.remedy == "map its name to Pure(function) or Host()"


def test_a_person_is_never_looked_up_among_the_operations() -> None:
    step = StepSpec(id="a", kind="human", payload={"operation": "odd"})
    odd: dict[str, Any] = {"odd": "no operation at all"}
    assert run_workflow(workflow(step), ExecutionContext(), odd).outcome == "rehearsed"
    assert perform(step, {}, odd) == Rehearsed(step_id="a")


# Operations of the user's own


def own(function: Any) -> OrchestrationResult:
    """A run of one step with an operation of one's own."""
    return run_workflow(
        workflow(runtime("s", "own", n=2)), ExecutionContext(initial_state={"n": 3}), {"own": Pure(function)}
    )


def test_a_pure_operation_of_ones_own_gets_payload_and_state_and_works_as_ours() -> None:
    def product(payload: Mapping[str, JsonValue], state: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        left, right = payload["n"], state["n"]
        assert isinstance(left, int)
        assert isinstance(right, int)
        return {"product": left * right, "n": None}

    result = own(product)
    assert (result.outcome, result.final_state) == ("completed", {"product": 6})
    assert result.receipt.entries[0].event == Completed(step_id="s", output={"product": 6, "n": None})


def test_an_operation_gets_frozen_objects() -> None:
    seen: list[object] = []

    def look(payload: object, state: object) -> dict[str, JsonValue]:
        seen.extend((payload, state))
        return {}

    own(look)
    assert [type(value) for value in seen] == [FrozenObject, FrozenObject]


def test_an_operation_that_changes_its_inputs_is_stopped() -> None:
    def spoil(_: Any, state: Any) -> dict[str, JsonValue]:
        state["n"] = 0
        return {}

    with pytest.raises(TypeError, match="a frozen object cannot be changed"):
        own(spoil)


def test_an_output_that_is_changed_later_changes_no_result() -> None:
    output: dict[str, Any] = {"list": [1]}
    result = own(lambda *_: output)
    known = digest(result)
    output["list"].append(2)
    output["more"] = 1
    assert (digest(result), result.final_state) == (known, {"list": (1,), "n": 3})


def test_a_host_operation_of_ones_own_is_rehearsed() -> None:
    operations: dict[str, Operation] = {**OPERATIONS, "deploy": Host()}
    result = run_workflow(workflow(runtime("a", "deploy"), runtime("b")), ExecutionContext(), operations)
    assert [entry.event for entry in result.receipt.entries] == [
        Rehearsed(step_id="a"),
        Completed(step_id="b"),
    ]
    assert result.outcome == "rehearsed"


def test_an_operation_of_ones_own_may_replace_one_of_ours() -> None:
    operations: dict[str, Operation] = {**OPERATIONS, "noop": Pure(lambda *_: {"own": True})}
    assert run_workflow(workflow(runtime("a")), ExecutionContext(), operations).final_state == {"own": True}


@pytest.mark.parametrize(
    "error",
    [
        KeyError("n"),
        ValueError("theirs"),
        TypeError("theirs"),
        KeyboardInterrupt(),
        CanonicalError(code="own", where="$", message="theirs", remedy="none"),
        ContractError(code="own", where="$", message="theirs", remedy="none"),
    ],
)
def test_what_a_users_operation_raises_passes_through_unchanged(error: BaseException) -> None:
    def raising(*_: object) -> dict[str, JsonValue]:
        raise error

    with pytest.raises(type(error)) as caught:
        own(raising)
    assert caught.value is error


CYCLE: dict[str, Any] = {}
CYCLE["a"] = CYCLE


@pytest.mark.parametrize(
    ("output", "code", "where"),
    [
        ([], "type", "$.output"),
        (None, "type", "$.output"),
        ("text", "type", "$.output"),
        ({1, 2}, "type", "$.output"),
        ({"a": {1}}, "type", "$.output.a"),
        ({"a": [float("nan")]}, "not-finite", "$.output.a[0]"),
        ({"a": float("-inf")}, "not-finite", "$.output.a"),
        ({"a": 2**53}, "number-range", "$.output.a"),
        ({"a": "\ud800"}, "surrogate", "$.output.a"),
        ({1: "a"}, "key-type", "$.output"),
        (CYCLE, "cycle", "$.output.a"),
        (nested(65), "depth", "$.output" + ".n" * 64),
    ],
)
def test_a_wrong_output_is_refused_with_its_path_and_the_operation(
    output: Any, code: str, where: str
) -> None:
    with pytest.raises(CanonicalError) as caught:
        own(lambda *_: output)
    assert (caught.value.code, caught.value.where) == (code, where)
    assert caught.value.message.startswith("the operation 'own' of step 's' gave a wrong output: ")
    assert caught.value.remedy
    assert caught.value.__suppress_context__


def test_an_output_as_deep_as_a_value_may_be_is_kept() -> None:
    assert own(lambda *_: nested(64)).final_state == {**nested(64), "n": nested(64)["n"]}


@pytest.mark.parametrize(
    ("reason", "kind", "code"), [("a\ud800", CanonicalError, "surrogate"), (None, ContractError, "type")]
)
def test_a_wrong_reason_of_a_failure_is_refused_with_the_operation(
    reason: Any, kind: type[Tier2Error], code: str
) -> None:
    with pytest.raises(kind) as caught:
        own(lambda *_: Fail(reason))
    assert (caught.value.code, caught.value.where) == (code, "$.reason")
    assert caught.value.message.startswith("the operation 'own' of step 's' gave a wrong reason: ")


@pytest.mark.parametrize(
    ("step", "event"),
    [
        (human("a"), Rehearsed(step_id="a")),
        (runtime("a", "tests.execute"), Rehearsed(step_id="a")),
        (runtime("a", "fail", reason="no"), Failed(step_id="a", reason="no")),
        (runtime("a", "state.merge", patch={"x": None}), Completed(step_id="a", output={"x": None})),
    ],
)
def test_perform_gives_what_comes_of_a_step_without_the_world(step: StepSpec, event: Event) -> None:
    assert perform(step, {}) == event


# The state


def test_the_state_is_the_outputs_merged_in_order_and_nothing_else_changes_it() -> None:
    run = begun(runtime("a"), human("b"), runtime("c"), human("d"), runtime("e"), k=1, deep={"x": 1, "y": 2})
    steps: list[tuple[Event, dict[str, Any]]] = [
        (Completed(step_id="a", output={"deep": {"x": None}, "k": 2}), {"k": 2, "deep": {"y": 2}}),
        (decided("b", "approved", output={"new": [1, None]}), {"k": 2, "deep": {"y": 2}, "new": (1, None)}),
        (Rehearsed(step_id="c"), {"k": 2, "deep": {"y": 2}, "new": (1, None)}),
        (decided("d", "approved", output={"k": None}), {"deep": {"y": 2}, "new": (1, None)}),
        (Failed(step_id="e", reason="no"), {"deep": {"y": 2}, "new": (1, None)}),
    ]
    for event, expected in steps:
        run = advance(run, event)
        assert state(run) == expected
    assert finish(run).final_state == steps[-1][1]


def test_a_state_never_nests_deeper_than_an_open_value_may() -> None:
    run = begun(runtime("a"), runtime("b"), **nested(64))
    run = advance(run, Completed(step_id="a", output={"n": {"m": nested(62)}}))
    reached = state(advance(run, Completed(step_id="b", output={"n": {"k": 1}})))
    assert isinstance(reached["n"], Mapping)
    assert reached["n"].keys() == {"n", "m", "k"}
    with pytest.raises(CanonicalError) as caught:
        Completed(step_id="b", output={"n": nested(64)})
    assert caught.value.code == "depth"


# finish: each field, known by hand

STEPS = (human("ask"), runtime("work"), runtime("more"))
APPROVED = decided("ask", "approved", note="go", output={"ok": 1})
WORKED = Completed(step_id="work", output={"n": 1})


@pytest.mark.parametrize(
    ("events", "outcome", "executed", "message", "final_state"),
    [
        ((APPROVED, WORKED, Completed(step_id="more")), "completed", 3, None, {"k": 0, "ok": 1, "n": 1}),
        ((APPROVED, WORKED, Rehearsed(step_id="more")), "rehearsed", 3, None, {"k": 0, "ok": 1, "n": 1}),
        (
            (Rehearsed(step_id="ask"), WORKED, Completed(step_id="more")),
            "rehearsed",
            3,
            None,
            {"k": 0, "n": 1},
        ),
        ((APPROVED, Failed(step_id="work", reason="disk full")), "failed", 2, "disk full", {"k": 0, "ok": 1}),
        ((Rehearsed(step_id="ask"), Failed(step_id="work", reason="")), "failed", 2, "", {"k": 0}),
        ((decided("ask", "vetoed"),), "vetoed", 1, "vetoed by Ann", {"k": 0}),
        ((decided("ask", "vetoed", note="not now"),), "vetoed", 1, "vetoed by Ann: not now", {"k": 0}),
        ((decided("ask", "vetoed", note=""),), "vetoed", 1, "vetoed by Ann: ", {"k": 0}),
    ],
)
def test_a_result_says_how_the_run_ended(
    events: tuple[Event, ...], outcome: str, executed: int, message: str | None, final_state: dict[str, Any]
) -> None:
    run = replay(workflow(*STEPS, mission_type="story"), ExecutionContext(initial_state={"k": 0}), events)
    result = finish(run)
    ids = ("ask", "work", "more")[:executed]
    assert (result.id, result.outcome, result.success) == ("w", outcome, message is None)
    assert result.executed_steps == STEPS[:executed]
    assert result.final_state == final_state
    assert (result.failed_step_id, result.error_message) == (None if message is None else ids[-1], message)
    assert (result.lineage.workflow_id, result.lineage.mission_type) == ("w", "story")
    assert (result.lineage.executed_step_ids, result.receipt.steps) == (ids, ids)
    assert (result.lineage.workflow_sha256, result.lineage.context_sha256) == (
        digest(run.workflow),
        digest(run.context),
    )
    assert result.receipt.id == "w"
    assert [entry.event for entry in result.receipt.entries] == list(events)


@pytest.mark.parametrize("length", [0, 1])
def test_an_event_whose_receipt_entry_is_beyond_16_mib_is_refused_at_the_finish(length: int) -> None:
    """The largest entry that fits, and one byte more."""
    frame = (
        '{"event":{"event":"completed","output":{"t":""},"step_id":"b"},'
        f'"previous_sha256":"{"0" * 64}","state_sha256":"{"0" * 64}"}}'
    )
    run = begun(runtime("a"), runtime("b"))
    run = advance(run, Completed(step_id="a"))
    run = advance(run, Completed(step_id="b", output={"t": "x" * (MIB_16 - len(frame) + length)}))
    if length == 0:
        assert finish(run).receipt.steps == ("a", "b")
        return
    with pytest.raises(CanonicalError) as caught:
        finish(run)
    assert (caught.value.code, caught.value.where) == ("size", "$.events[1]")
    assert caught.value.message == "the event's receipt entry has 16777217 bytes, more than 16777216"
    assert caught.value.remedy == "keep large data elsewhere, and put its digest into the output"
    assert pending(run) is None


def test_advancing_hashes_and_encodes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("something was hashed")

    for module in ("tier2.canonical", "tier2.receipts"):
        for name in ("encode", "sha256"):
            monkeypatch.setattr(import_module(module), name, never)
    monkeypatch.setattr("hashlib.sha256", never)
    run = begun(*STEPS, k=1)
    run = advance(advance(run, APPROVED), WORKED)
    assert replay(run.workflow, run.context, run.events) == run
    assert (pending(run), state(run)) == (STEPS[2], {"k": 1, "n": 1, "ok": 1})
    over = advance(run, Completed(step_id="more"))
    with pytest.raises(AssertionError, match="something was hashed"):
        finish(over)


def test_a_run_is_a_value_and_two_ways_may_lead_on_from_it() -> None:
    run = begun(human("a"), runtime("b"))
    yes, no = advance(run, decided("a", "approved")), advance(run, decided("a", "vetoed"))
    assert (run.events, len(yes.events), len(no.events)) == ((), 1, 1)
    assert (pending(yes), pending(no)) == (run.workflow.steps[1], None)


def test_replay_takes_any_sequence_of_events_and_keeps_none_of_the_callers() -> None:
    events: list[Event] = [Rehearsed(step_id="a")]
    run = replay(workflow(human("a"), runtime("b")), ExecutionContext(), events)
    events.append(Rehearsed(step_id="b"))
    assert run.events == (Rehearsed(step_id="a"),)


def test_an_event_that_is_none_is_refused() -> None:
    with pytest.raises(ContractError) as caught:
        advance(begun(human("a")), {"event": "rehearsed", "step_id": "a"})  # type: ignore[arg-type]  # on purpose
    assert (caught.value.code, caught.value.where) == ("type", "$.events[0]")


def test_an_operation_gets_a_frozen_state_even_from_a_caller_that_has_a_plain_one() -> None:
    given: dict[str, JsonValue] = {"a": [1]}
    seen: list[Mapping[str, JsonValue]] = []

    def look(_: Mapping[str, JsonValue], state: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        seen.append(state)
        return {}

    step = StepSpec(id="look", kind="runtime", payload={"operation": "look"})
    perform(step, given, {"look": Pure(look)})
    assert seen == [{"a": (1,)}]
    assert type(seen[0]) is not dict
