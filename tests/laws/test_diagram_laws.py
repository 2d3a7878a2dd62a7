"""What holds for the diagram of every document, even of one that breaks every rule?"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from run_strategies import any_runs
from strategies import contexts, json_objects, json_values, texts, workflows

from tier2 import (
    Completed,
    Decided,
    Event,
    Failed,
    Lineage,
    OrchestrationResult,
    Receipt,
    ReceiptEntry,
    Rehearsed,
    Run,
    StepSpec,
    WorkflowDefinition,
    canonical,
    decode,
    run_workflow,
)
from tier2.inspection.diagrams import Drawable, mermaid, text

SHORT = texts()
LONG = st.builds(lambda part, times: part * times, texts(), st.integers(0, 25))
OBJECTS = json_objects()
KINDS: Any = st.sampled_from(["human", "runtime"]) | SHORT
OUTCOMES: Any = st.sampled_from(["completed", "rehearsed"]) | LONG
DIGESTS: Any = LONG

PAYLOADS = st.builds(
    lambda unknown, known: {**unknown, **known},
    OBJECTS,
    st.fixed_dictionaries({}, optional={"description": LONG | json_values(2), "operation": LONG}),
)
STEPS = st.lists(st.builds(StepSpec, id=LONG, kind=KINDS, payload=PAYLOADS), max_size=7).map(tuple)
ANY_WORKFLOWS = st.builds(WorkflowDefinition, id=LONG, steps=STEPS, metadata=OBJECTS)
VERDICTS: Any = st.sampled_from(["approved", "vetoed"])
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Completed, step_id=SHORT, output=OBJECTS),
    st.builds(Failed, step_id=SHORT, reason=LONG),
    st.builds(Rehearsed, step_id=SHORT),
    st.builds(Decided, step_id=SHORT, verdict=VERDICTS, by=LONG, note=st.none() | LONG, output=OBJECTS),
)
ANY_RUNS = st.builds(
    Run,
    workflow=ANY_WORKFLOWS | workflows(),
    context=contexts(),
    events=st.lists(EVENTS, max_size=6).map(tuple),
)
ENTRIES = st.builds(ReceiptEntry, event=EVENTS, state_sha256=DIGESTS, previous_sha256=DIGESTS)
ANY_RESULTS = st.builds(
    OrchestrationResult,
    id=LONG,
    outcome=OUTCOMES,
    success=st.booleans(),
    executed_steps=STEPS,
    final_state=OBJECTS,
    failed_step_id=st.none() | SHORT,
    error_message=st.none() | LONG,
    lineage=st.builds(
        Lineage,
        workflow_id=SHORT,
        mission_type=st.none() | LONG,
        executed_step_ids=st.just(("a",)),
        workflow_sha256=DIGESTS,
        context_sha256=DIGESTS,
    ),
    receipt=st.builds(
        Receipt,
        id=SHORT,
        steps=st.just(("a",)),
        entries=st.lists(ENTRIES, max_size=6).map(tuple),
        head_sha256=DIGESTS,
    ),
)
"""Results that Python can construct, whose parts need not fit each other."""

VALID_RUNS = any_runs()
VALID: st.SearchStrategy[Drawable] = (
    VALID_RUNS | workflows() | st.builds(run_workflow, workflows(), contexts())
)
ANY: st.SearchStrategy[Drawable] = VALID | ANY_WORKFLOWS | ANY_RUNS | ANY_RESULTS


def columns(line: str) -> int:
    return len(line) + sum(unicodedata.east_asian_width(character) in "WF" for character in line)


@given(ANY)
def test_text_has_printable_lines_of_100_columns(document: Drawable) -> None:
    shown = text(document)
    assert shown.endswith("\n")
    for line in shown.split("\n"):
        assert line == "" or (line.isprintable() and not line.endswith(" "))
        assert columns(line) <= 100


LABEL = r"(?:[^\W_]|[-_., ']|#\d+;|<br/>)+"
FORMS = [
    "flowchart TD",
    rf'  step\d+(?:\["{LABEL}"\]|\(\["{LABEL}"\]\))',
    r"  step\d+ (?:-->|-\.->) step\d+",
    r"  class step\d+(?:,step\d+)* [a-z]+",
    r"  classDef [a-z]+ [a-z0-9#:,-]+",
    "",
]
"""The forms of a line of Mermaid that we write."""


@given(ANY)
def test_mermaid_has_only_lines_of_our_own_forms(document: Drawable) -> None:
    for line in mermaid(document).split("\n"):
        assert any(re.fullmatch(form, line) for form in FORMS), line
        assert line.isprintable()


@given(ANY)
def test_each_step_is_one_node_and_one_numbered_line(document: Drawable) -> None:
    steps = {
        WorkflowDefinition: lambda it: it.steps,
        Run: lambda it: it.workflow.steps,
        OrchestrationResult: lambda it: it.executed_steps,
    }[type(document)](document)
    numbers = [line.partition(". ")[0] for line in text(document).split("\n")[1:] if line[:1].isdigit()]
    assert numbers == [str(number) for number in range(1, len(steps) + 1)]
    nodes = [line for line in mermaid(document).split("\n") if line.endswith(("]", ")"))]
    assert [line.partition("[")[0].strip(" (") for line in nodes] == [f"step{i}" for i in range(len(steps))]


@given(VALID, st.sampled_from([text, mermaid]))
def test_a_decoded_document_has_the_same_diagram(document: Drawable, draw: Callable[[Drawable], str]) -> None:
    assert draw(decode(canonical(document), type(document))) == draw(document)


@given(VALID_RUNS)
def test_the_diagram_of_a_legal_run_shows_no_fault(run: Run) -> None:
    assert not any(line.startswith("   fault ") for line in text(run).split("\n"))
