"""What does a person see of a workflow, a run, a result?

Each file in ``diagrams`` is a story: commands, ``----``, the exact picture, ``====``, and on with the same document.
The arguments of a command are JSON values. Commands:

    plan TYPE PARAMS          a workflow for a mission
    workflow ID STEPS META    a workflow as it is, each step as [id, kind, payload], whether it could be started or not
    start STATE               a run of the workflow
    perform                   the pending step's operation, as far as it is pure; else a rehearsal
    complete OUTPUT           the pending step is completed, and so on
    fail REASON
    approve BY NOTE OUTPUT
    veto BY NOTE
    rehearse
    happen EVENT              an event as it is, whether it can happen or not
    result                    the result of the run
    executed STEPS            other executed steps in the result, whether they fit it or not
    text, mermaid             the picture

``python tests/stories/test_diagrams.py`` writes the pictures anew; look at the difference before you keep it.
"""

import json
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import Json, contexts, json_objects, json_values, runs, texts, workflows

from tier2 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    Lineage,
    MissionSpec,
    OrchestrationResult,
    Receipt,
    ReceiptEntry,
    Rehearsed,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    decode,
    finish,
    pending,
    run_workflow,
    start,
    state,
)
from tier2.engine.execution import perform
from tier2.inspection.diagrams import Drawable, mermaid, text

STORIES = sorted((Path(__file__).parent / "diagrams").glob("*.txt"))


# Stories


class Teller:
    """Follows the commands of a story; `document` is what the next picture shows."""

    def __init__(self) -> None:
        self.document: Any = None

    def tell(self, command: str) -> str:
        """What a command answers: a picture, or nothing."""
        name, _, arguments = command.partition(" ")
        if name in ("text", "mermaid"):
            return {"text": text, "mermaid": mermaid}[name](self.document)
        self.document = getattr(self, name)(*values(arguments))
        return ""

    def plan(self, mission_type: str, params: Json) -> WorkflowDefinition:
        return build_workflow(MissionSpec(type=mission_type, params=params))

    def workflow(self, workflow_id: str, steps: Json, metadata: Json) -> WorkflowDefinition:
        return WorkflowDefinition(id=workflow_id, steps=step_specs(steps), metadata=metadata)

    def start(self, initial_state: Json) -> Run:
        return Run(workflow=self.document, context=ExecutionContext(initial_state=initial_state))

    def perform(self) -> Run:
        return advance(self.document, perform(self.step(), state(self.document)))

    def complete(self, output: Json) -> Run:
        return advance(self.document, Completed(step_id=self.step().id, output=output))

    def fail(self, reason: str) -> Run:
        return advance(self.document, Failed(step_id=self.step().id, reason=reason))

    def approve(self, by: str, note: str | None, output: Json) -> Run:
        step_id = self.step().id
        return advance(
            self.document, Decided(step_id=step_id, verdict="approved", by=by, note=note, output=output)
        )

    def veto(self, by: str, note: str | None) -> Run:
        return advance(self.document, Decided(step_id=self.step().id, verdict="vetoed", by=by, note=note))

    def rehearse(self) -> Run:
        return advance(self.document, Rehearsed(step_id=self.step().id))

    def happen(self, event: Json) -> Run:
        happened: Event = decode(json.dumps(event), Event)
        run: Run = self.document
        return msgspec.structs.replace(run, events=(*run.events, happened))

    def result(self) -> OrchestrationResult:
        return finish(self.document)

    def executed(self, steps: Json) -> OrchestrationResult:
        result: OrchestrationResult = self.document
        return msgspec.structs.replace(result, executed_steps=step_specs(steps))

    def step(self) -> StepSpec:
        step = pending(self.document)
        assert step is not None
        return step


def step_specs(steps: Json) -> tuple[StepSpec, ...]:
    return tuple(StepSpec(id=name, kind=kind, payload=payload) for name, kind, payload in steps)


def values(line: str) -> Iterator[Json]:
    """The JSON values that stand in a line, one after the other."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(line):
        value, position = decoder.raw_decode(line, position)
        yield value
        position += 1


def told(story: str) -> str:
    """The story with the pictures that its commands give now."""
    teller, lines, in_picture = Teller(), list[str](), False
    for line in story.splitlines():
        in_picture = in_picture or line == "----"
        if not in_picture:
            lines.append(line)
            answer = teller.tell(line) if line and not line.startswith("#") else ""
            if answer:
                lines += ["----", *answer.split("\n")[:-1], "===="]
        elif line == "====":
            in_picture = False
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_pictures_are_those_of_the_story(path: Path) -> None:
    story = path.read_text("utf-8")
    assert told(story) == story


def test_every_story_is_told() -> None:
    names = "daily_loop echo run_tests veto rehearsal changes hostile impossible"
    assert [path.stem for path in STORIES] == sorted(names.split())


# Laws. The strategies are built once, since most of the time goes into building them.

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
"""Workflows that Python can construct, most of them beyond every limit."""

EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Completed, step_id=SHORT, output=OBJECTS),
    st.builds(Failed, step_id=SHORT, reason=LONG),
    st.builds(Rehearsed, step_id=SHORT),
    st.builds(
        Decided,
        step_id=SHORT,
        verdict=st.sampled_from(["approved", "vetoed"]),
        by=LONG,
        note=st.none() | LONG,
        output=OBJECTS,
    ),
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
"""Results that Python can construct, of which no part needs to fit another."""

POSSIBLE_RUNS = runs()
POSSIBLE: st.SearchStrategy[Drawable] = (
    workflows() | POSSIBLE_RUNS | st.builds(run_workflow, workflows(), contexts())
)
DOCUMENTS: st.SearchStrategy[Drawable] = POSSIBLE | ANY_WORKFLOWS | ANY_RUNS | ANY_RESULTS


def columns(line: str) -> int:
    return len(line) + sum(unicodedata.east_asian_width(character) in "WF" for character in line)


@given(DOCUMENTS)
def test_text_of_any_document_is_printable_lines_of_at_most_100_columns(document: Drawable) -> None:
    shown = text(document)
    assert shown.endswith("\n")
    for line in shown.split("\n"):
        assert line == "" or (line.isprintable() and not line.endswith(" "))
        assert columns(line) <= 100


@given(DOCUMENTS)
def test_mermaid_of_any_document_has_only_lines_of_our_own_form(document: Drawable) -> None:
    import re

    label = r"(?:[^\W_]|[-_., ']|#\d+;|<br/>)+"
    forms = [
        "flowchart TD",
        rf'  step\d+(?:\["{label}"\]|\(\["{label}"\]\))',
        r"  step\d+ (?:-->|-\.->) step\d+",
        r"  class step\d+(?:,step\d+)* [a-z]+",
        r"  classDef [a-z]+ [a-z0-9#:,-]+",
        "",
    ]
    for line in mermaid(document).split("\n"):
        assert any(re.fullmatch(form, line) for form in forms), line
        assert line.isprintable()


@given(DOCUMENTS)
def test_each_step_is_one_node_of_mermaid_and_one_numbered_line_of_text(document: Drawable) -> None:
    steps = {
        WorkflowDefinition: lambda it: it.steps,
        Run: lambda it: it.workflow.steps,
        OrchestrationResult: lambda it: it.executed_steps,
    }[type(document)](document)
    numbers = [line.partition(". ")[0] for line in text(document).split("\n")[1:] if line[:1].isdigit()]
    assert numbers == [str(number) for number in range(1, len(steps) + 1)]
    nodes = [line for line in mermaid(document).split("\n") if line.endswith(("]", ")"))]
    assert [line.partition("[")[0].strip(" (") for line in nodes] == [f"step{i}" for i in range(len(steps))]


@given(POSSIBLE, st.sampled_from([text, mermaid]))
def test_a_document_read_back_from_its_bytes_has_the_same_picture(
    document: Drawable, draw: Callable[[Drawable], str]
) -> None:
    assert draw(decode(canonical(document), type(document))) == draw(document)


@given(POSSIBLE_RUNS)
def test_the_picture_of_a_possible_run_finds_no_fault(run: Run) -> None:
    assert not any(line.startswith("   fault ") for line in text(run).split("\n"))


def test_a_change_of_many_items_is_counted_and_not_listed() -> None:
    steps = step_specs([["step", "runtime", {"operation": "noop"}]])
    workflow = WorkflowDefinition(id="wf-many", steps=steps)
    context = ExecutionContext(initial_state={"items": []})
    run = advance(start(workflow, context), Completed(step_id="step", output={"items": list(range(20_000))}))
    shown = text(run)
    assert "   ~ $.items: 0 -> 20000 items\n   + $.items[0]: 0\n" in shown
    assert "   + $.items[10]: 10\n   … and 19989 more changes\n" in shown


if __name__ == "__main__":
    for story in STORIES:
        story.write_text(told(story.read_text("utf-8")), "utf-8")
