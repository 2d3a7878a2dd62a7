"""The diagrams that a person sees of a workflow, a run and a result.

Each file in ``diagrams`` is a story: commands, ``----``, the exact diagram, ``====``, and on with the same document.
The arguments of a command are JSON values. Commands:

    plan TYPE PARAMS          a workflow for a mission
    workflow ID STEPS META    a workflow as it is, each step as [id, kind, payload], even one that cannot be started
    start STATE               a run of the workflow
    perform                   the event of the pending step's pure operation, or else a rehearsal
    complete OUTPUT           the pending step is completed, and so on
    fail REASON
    approve BY NOTE OUTPUT
    veto BY NOTE
    rehearse
    happen EVENT              an event as it is, even an illegal one
    result                    the result of the run
    executed STEPS            other executed steps in the result, even wrong ones
    text, mermaid             the diagram

``python tests/stories/test_diagrams.py`` writes the diagrams anew; look at the difference before you keep it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tier2 import (
    Completed,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    MissionSpec,
    OrchestrationResult,
    Rehearsed,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    build_workflow,
    decode,
    finish,
    pending,
    start,
    state,
)
from tier2.engine.execution import perform
from tier2.inspection.diagrams import mermaid, text

Json = Any

STORIES = sorted((Path(__file__).parent / "diagrams").glob("*.txt"))


class Teller:
    """Follows the commands of a story. The next diagram shows its `document`."""

    def __init__(self) -> None:
        self.document: Any = None

    def answer(self, command: str) -> str:
        """The diagram that the command asks for, if any."""
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
    """The JSON values of a line, one after the other."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(line):
        value, position = decoder.raw_decode(line, position)
        yield value
        position += 1


def written_anew(story: str) -> str:
    """The story with the diagrams that its commands give now."""
    teller, lines, in_diagram = Teller(), list[str](), False
    for line in story.splitlines():
        in_diagram = in_diagram or line == "----"
        if not in_diagram:
            lines.append(line)
            answer = teller.answer(line) if line and not line.startswith("#") else ""
            if answer:
                lines += ["----", *answer.split("\n")[:-1], "===="]
        elif line == "====":
            in_diagram = False
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_each_diagram_is_that_of_its_story(path: Path) -> None:
    story = path.read_text("utf-8")
    assert written_anew(story) == story


def test_the_stories_of_all_diagrams_are_there() -> None:
    names = "daily_loop decided_at echo run_tests veto rehearsal changes hostile impossible"
    assert [path.stem for path in STORIES] == sorted(names.split())


def test_a_change_of_many_items_is_counted_not_listed() -> None:
    workflow = WorkflowDefinition(
        id="wf-many", steps=step_specs([["step", "runtime", {"operation": "noop"}]])
    )
    run = start(workflow, ExecutionContext(initial_state={"items": []}))
    shown = text(advance(run, Completed(step_id="step", output={"items": list(range(20_000))})))
    assert "   ~ $.items: 0 -> 20000 items\n   + $.items[0]: 0\n" in shown
    assert "   + $.items[10]: 10\n   … and 19989 more changes\n" in shown


if __name__ == "__main__":
    for story in STORIES:
        story.write_text(written_anew(story.read_text("utf-8")), "utf-8")
