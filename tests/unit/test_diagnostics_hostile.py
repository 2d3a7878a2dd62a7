"""Is a hostile text diagnosed in proportionate time, and without a foreign exception?"""

import json
from typing import Any

import pytest

from tier2 import (
    Completed,
    Decided,
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    StepSpec,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    decode,
    digest,
    finish,
    head,
    replay,
    run_workflow,
)
from tier2.inspection.diagnostics import diagnose
from tier2.inspection.json_source import MAX_PROBLEMS

Json = Any

HALF = 400_000
"""Half a megabyte or so: of what took a time that grows with the square, no one would see the end."""


@pytest.mark.parametrize(
    "text",
    [
        " " * HALF,
        "{}x" + " " * HALF,
        "\n" * HALF + '"',
        '"' + '\\"' * HALF,
        "[" * HALF,
        "]" * HALF,
        "1" * HALF,
        '"\\\n"' + "[" * 129 + '"',
        '"' + "[" * 200,
        '"\\',
    ],
)
def test_an_unreadable_text_has_one_problem(text: str) -> None:
    for data in (text, text.encode(), text.encode() + b"\xff"):
        (found,) = (
            diagnose(data).diagnostics if not text.startswith("111") else diagnose(data).diagnostics[-1:]
        )
        assert found.line >= 1


@pytest.mark.parametrize(
    "members",
    [
        ",".join('"k":1' for _ in range(3 * MAX_PROBLEMS)),
        '"a":[' + ",".join(["1e999"] * 3 * MAX_PROBLEMS) + "]",
        '"a":[' * 1 + "[" * 62 + ",".join(["[]"] * 3 * MAX_PROBLEMS) + "]" * 62 + "]",
    ],
    ids=["duplicate keys", "numbers", "too deep"],
)
def test_only_the_first_1000_problems_are_reported(members: str) -> None:
    found = diagnose(f'{{"contract":"tier2.mission/v1","type":"t","params":{{{members}}}}}').diagnostics
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1].problem.code == "more"
    assert "more problems than the first 1,000" in found[-1].problem.message


@pytest.mark.parametrize(
    "members",
    [
        '"%s":[' % ("k" * HALF) + ",".join(["1e999"] * 3 * MAX_PROBLEMS) + "]",
        '"operation":"' + "x" * HALF + '"',
    ],
    ids=["numbers under a long name", "a long name of a contract"],
)
def test_a_report_is_in_proportion_to_its_text(members: str) -> None:
    found = diagnose(f'{{"contract":"tier2.mission/v1","type":7,"params":{{{members}}}}}').diagnostics
    assert 1 <= len(found) <= MAX_PROBLEMS
    assert sum(len(one.problem.where) + len(one.problem.message) for one in found) < 6 * HALF
    if len(found) > 1:
        assert found[-1].problem.message == (
            f"there are more problems than the first {len(found) - 1}, which are reported"
        )


def test_names_with_lone_surrogates_stay_different() -> None:
    steps = ",".join(f'{{"id":"\\ud8{number}0","kind":"human","payload":{{}}}}' for number in (0, 1))
    text = f'{{"contract":"tier2.workflow/v1","id":"w","steps":[{steps}],"metadata":{{}}}}'
    assert [one.problem.code for one in diagnose(text).diagnostics] == ["surrogate", "surrogate"]


def test_an_entry_over_the_size_limit_is_diagnosed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = canonical(run_workflow(build_workflow(MissionSpec(type="echo")), ExecutionContext()))
    monkeypatch.setattr("tier2.engine.receipts.MAX_BYTES", 10)
    assert diagnose(text).diagnostics == ()


def test_a_decision_after_such_an_entry_is_diagnosed(monkeypatch: pytest.MonkeyPatch) -> None:
    step = StepSpec(id="s", kind="runtime", payload={"operation": "noop"})
    people = tuple(StepSpec(id=one, kind="human") for one in ("a", "b"))
    run = replay(
        WorkflowDefinition(id="w", steps=(step, *people)), ExecutionContext(), [Completed(step_id="s")]
    )
    for person in people:
        decision = Decided(step_id=person.id, verdict="approved", by="Ann", head_sha256=head(run))
        run = advance(run, decision)
    monkeypatch.setattr("tier2.engine.receipts.MAX_BYTES", 10)
    assert [(one.code, one.where) for one, _, _ in diagnose(canonical(run)).diagnostics] == [
        ("size", "$.events[0]")
    ]


@pytest.mark.parametrize(
    ("output", "state"),
    [({"x": 1}, {}), ({"x": 2}, {"x": 1}), ({"x": None}, {"x": 2}), ({"a": {"b": 1}}, {"a": 1})],
)
def test_an_impossible_final_state_is_inconsistent(output: Json, state: Json) -> None:
    step = StepSpec(id="s", kind="runtime", payload={"operation": "noop"})
    run = replay(
        WorkflowDefinition(id="w", steps=(step,)), ExecutionContext(), [Completed(step_id="s", output=output)]
    )
    result = json.loads(canonical(finish(run)))
    entry = result["receipt"]["entries"][0]
    result["final_state"], entry["state_sha256"] = state, digest(state)
    result["receipt"]["head_sha256"] = digest(entry)
    text = canonical(result)
    assert decode(text, OrchestrationResult).final_state == state
    problems = [one.problem for one in diagnose(text).diagnostics]
    expected = ("contradiction", "$.final_state", "the outputs give another state")
    assert [(one.code, one.where, one.message) for one in problems] == [expected]
