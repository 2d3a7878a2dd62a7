"""Is a text that was made to harm judged in proportion, and never with a foreign exception?"""

import json
from typing import Any

import pytest

from tier2 import (
    Completed,
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    StepSpec,
    WorkflowDefinition,
    build_workflow,
    canonical,
    decode,
    digest,
    finish,
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
def test_a_text_that_cannot_be_read_has_one_fault(text: str) -> None:
    for data in (text, text.encode(), text.encode() + b"\xff"):
        (fault,) = (
            diagnose(data).diagnostics if not text.startswith("111") else diagnose(data).diagnostics[-1:]
        )
        assert fault.line >= 1


@pytest.mark.parametrize(
    "members",
    [
        ",".join('"k":1' for _ in range(3 * MAX_PROBLEMS)),
        '"a":[' + ",".join(["1e999"] * 3 * MAX_PROBLEMS) + "]",
        '"' + "k" * 50_000 + '":[' + ",".join(["1e999"] * 3 * MAX_PROBLEMS) + "]",
        '"a":[' * 1 + "[" * 62 + ",".join(["[]"] * 3 * MAX_PROBLEMS) + "]" * 62 + "]",
    ],
    ids=["duplicate keys", "numbers", "numbers under a long name", "too deep"],
)
def test_of_very_many_faults_the_first_are_told_and_that_there_are_more(members: str) -> None:
    faults = diagnose(f'{{"contract":"tier2.mission/v1","type":"t","params":{{{members}}}}}').diagnostics
    assert len(faults) == MAX_PROBLEMS + 1
    assert faults[-1].problem.code == "more"
    assert "more problems than the first 1,000" in faults[-1].problem.message


def test_texts_that_differ_only_in_their_lone_surrogates_stay_different() -> None:
    steps = ",".join(f'{{"id":"\\ud8{number}0","kind":"human","payload":{{}}}}' for number in (0, 1))
    text = f'{{"contract":"tier2.workflow/v1","id":"w","steps":[{steps}],"metadata":{{}}}}'
    assert [fault.problem.code for fault in diagnose(text).diagnostics] == ["surrogate", "surrogate"]


def test_an_entry_that_is_too_large_to_be_made_again_does_not_stop_the_diagnose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = canonical(run_workflow(build_workflow(MissionSpec(type="echo")), ExecutionContext()))
    monkeypatch.setattr("tier2.engine.receipts.MAX_BYTES", 10)
    assert diagnose(text).diagnostics == ()


@pytest.mark.parametrize(
    ("output", "state"),
    [({"x": 1}, {}), ({"x": 2}, {"x": 1}), ({"x": None}, {"x": 2}), ({"a": {"b": 1}}, {"a": 1})],
)
def test_a_final_state_that_the_outputs_cannot_have_left_contradicts_them(output: Json, state: Json) -> None:
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
    told = ("contradiction", ("final_state",), "the outputs come to another state")
    assert [fault.problem[:3] for fault in diagnose(text).diagnostics] == [told]
