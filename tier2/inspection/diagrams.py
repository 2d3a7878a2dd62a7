"""Diagrams of workflows, runs and results: text for the terminal, and Mermaid for Markdown.

1. A diagram is a pure function of its document. It shows the document as it is, even one that could not be started,
   and says so. It does not verify a result: `tier2.verify` does.
2. A line of text is at most 100 columns wide. Words of the document come last on their line, or have a limited width,
   and are cut with ``…``, so they push nothing else out of sight. Control, bidirectional and other invisible characters
   in them are shown as escapes.
3. The changes of a step are the differences between the states of a run. A result has only the last state, so its
   diagram shows what each output sets instead.
4. In Mermaid, words of the document are in quoted labels only. Each character that has a meaning in Mermaid, Markdown
   or HTML is written as a numeric entity. The ids are ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias
from unicodedata import east_asian_width

import msgspec

from tier2.contracts.v1 import (
    Completed,
    Decided,
    Event,
    Failed,
    OrchestrationResult,
    Rehearsed,
    Run,
    StepSpec,
    WorkflowDefinition,
)
from tier2.engine.execution import state
from tier2.engine.limits import check_workflow
from tier2.errors import Tier2Error, json_path
from tier2.escaping import escaped
from tier2.inspection.diff import Change, diff, patched
from tier2.values.canonical import digest, encode
from tier2.values.frozen import FrozenObject, JsonValue, freeze_object

Drawable: TypeAlias = WorkflowDefinition | Run | OrchestrationResult
"""The documents that have a diagram."""

WIDTH = 100
"""How many columns a line of text has at most."""

_NAME_WIDTH = 60  # of an id: the status of its step has to fit beside it
_PATH_WIDTH = 48
_OLD_WIDTH = 20
_LABEL_WIDTH = 60
_MOST_CHANGES = 12

_Status: TypeAlias = Literal[
    "planned", "completed", "approved", "failed", "vetoed", "rehearsed", "waits", "later", "unreached"
]

_WORDS: Mapping[tuple[str, _Status], str] = {
    ("human", "waits"): "waits for a person",
    ("human", "rehearsed"): "rehearsed, nobody was asked",
    ("runtime", "rehearsed"): "rehearsed, nothing was done",
}
"""The words for a status whose name alone would not be clear."""

_UNDECIDED: Mapping[type[Event], _Status] = {
    Completed: "completed",
    Failed: "failed",
    Rehearsed: "rehearsed",
}
"""The status of a step by its event, except for decisions."""

_COMMON_WORDS: Mapping[_Status, str] = {"planned": "", "later": "comes later", "unreached": "did not run"}

_CLASSES: Mapping[str, tuple[str, tuple[_Status, ...]]] = {
    "completed": ("fill:#e6f4e6,stroke:#2e7d32,color:#000", ("completed", "approved")),
    "failed": ("fill:#fbe3e3,stroke:#b71c1c,color:#000", ("failed",)),
    "vetoed": ("fill:#fdeedc,stroke:#b35900,color:#000", ("vetoed",)),
    "rehearsed": ("fill:#e7eefb,stroke:#1a4b9c,color:#000,stroke-dasharray:4", ("rehearsed",)),
    "pending": ("fill:#f4f4f4,stroke:#777,color:#000", ("planned", "waits", "later", "unreached")),
}
"""The Mermaid classes: their style, and the statuses that they show. A style has no semicolon: Mermaid drops it."""


class _Shown(NamedTuple):
    """A step as the diagram shows it."""

    step: StepSpec
    status: _Status
    event: Event | None = None
    changes: Sequence[Change] = ()
    state_sha256: str = ""


class _Diagram(NamedTuple):
    """The content of a diagram, for text and for Mermaid."""

    title: str
    facts: Sequence[tuple[str, str]]
    steps: Sequence[_Shown]


def text(document: Drawable) -> str:
    """The diagram of a workflow, run or result for a terminal: lines of at most 100 columns, each with its newline.

    It shows the steps that ran, who decided, what each step changed in the state, and who is awaited. Digests are cut
    to 12 characters. Marks: ``+`` added, ``-`` removed, ``~`` changed, ``=`` set, by an output of a result.
    """
    diagram = _diagram(document)
    lines = [diagram.title, *map(_fact, diagram.facts)]
    for number, shown in enumerate(diagram.steps, 1):
        lines += ["", *_step_lines(number, shown)]
    return "".join(f"{_cut(line, WIDTH).rstrip()}\n" for line in lines)


def mermaid(document: Drawable) -> str:
    """The diagram as a Mermaid flowchart for a fenced block of Markdown; nothing in it can end the fence.

    A person's steps have round ends; a dotted arrow leads to a step that the run has not reached.
    """
    steps = _diagram(document).steps
    lines = ["flowchart TD"]
    for position, shown in enumerate(steps):
        opened, closed = ('(["', '"])') if shown.step.kind == "human" else ('["', '"]')
        lines.append(f"  step{position}{opened}{'<br/>'.join(map(_label, _label_lines(shown)))}{closed}")
    for position, shown in enumerate(steps[1:], 1):
        arrow = "-.->" if shown.status in ("later", "unreached") else "-->"
        lines.append(f"  step{position - 1} {arrow} step{position}")
    for name, (style, statuses) in _CLASSES.items():
        members = [f"step{i}" for i, shown in enumerate(steps) if shown.status in statuses]
        if members:
            lines += [f"  class {','.join(members)} {name}", f"  classDef {name} {style}"]
    return "".join(f"{line}\n" for line in lines)


# The content of a diagram


def _diagram(document: Drawable) -> _Diagram:
    if isinstance(document, WorkflowDefinition):
        return _of_workflow(document)
    return _of_run(document) if isinstance(document, Run) else _of_result(document)


def _of_workflow(workflow: WorkflowDefinition) -> _Diagram:
    people = sum(step.kind == "human" for step in workflow.steps)
    try:
        check_workflow(workflow)
        faults: list[tuple[str, str]] = []
    except Tier2Error as error:
        faults = [("fault", str(error))]
    return _Diagram(
        f"workflow {_name(workflow.id)}: {_counted(len(workflow.steps), 'step')}, {people} of them human",
        [*_plan(workflow), ("workflow", _short_digest(digest(workflow))), *faults],
        [_Shown(step, "planned") for step in workflow.steps],
    )


def _of_run(run: Run) -> _Diagram:
    states, fault = _states(run)
    events = run.events[: len(states) - 1]
    statuses: list[_Status] = [_status(event) for event in events]
    statuses += _statuses_ahead(run, statuses, fault)
    steps = [_Shown(step, status) for step, status in zip(run.workflow.steps, statuses, strict=True)]
    for position, event in enumerate(events):
        before, after = states[position], states[position + 1]
        steps[position] = steps[position]._replace(
            event=event, changes=list(diff(before, after)), state_sha256=digest(after)
        )
    facts = [
        *_plan(run.workflow),
        ("workflow", _short_digest(digest(run.workflow))),
        ("context", _short_digest(digest(run.context))),
        ("start", _short_digest(digest(states[0]))),
    ]
    if fault:
        facts.append(("fault", fault))
    return _Diagram(f"run of {_name(run.workflow.id)}: {_progress(steps, fault)}", facts, steps)


def _of_result(result: OrchestrationResult) -> _Diagram:
    lineage, receipt = result.lineage, result.receipt
    facts = [] if lineage.mission_type is None else [("mission", _name(lineage.mission_type))]
    if result.error_message is not None:
        facts.append(("error", result.error_message))
    facts += [
        ("workflow", _short_digest(lineage.workflow_sha256)),
        ("context", _short_digest(lineage.context_sha256)),
        ("state", _short_digest(digest(result.final_state))),
        ("head", _short_digest(receipt.head_sha256)),
    ]
    if [step.id for step in result.executed_steps] != [entry.event.step_id for entry in receipt.entries]:
        facts.append(("fault", "the receipt's events are not those of the executed steps"))
    steps = [_Shown(step, "unreached") for step in result.executed_steps]
    for position, entry in enumerate(receipt.entries[: len(steps)]):
        steps[position] = _Shown(
            steps[position].step,
            _status(entry.event),
            entry.event,
            list(patched(_output(entry.event))),
            entry.state_sha256,
        )
    return _Diagram(f"result of {_name(result.id)}: {_name(result.outcome)}", facts, steps)


def _plan(workflow: WorkflowDefinition) -> Iterator[tuple[str, str]]:
    """The mission type and the params, if the metadata has them."""
    mission_type, params = workflow.metadata.get("mission_type"), workflow.metadata.get("params")
    if isinstance(mission_type, str):
        yield "mission", _name(mission_type)
    if params:
        yield "params", _json(params)


def _states(run: Run) -> tuple[list[FrozenObject], str]:
    """The states before the first event and after each legal one, and the error of the first illegal one."""
    states: list[FrozenObject] = []
    try:
        for count in range(len(run.events) + 1):
            part = msgspec.structs.replace(run, events=run.events[:count])
            states.append(freeze_object(state(part)))
    except Tier2Error as error:
        return states or [freeze_object(run.context.initial_state)], str(error)
    return states, ""


def _status(event: Event) -> _Status:
    if isinstance(event, Decided):
        return "approved" if event.verdict == "approved" else "vetoed"
    return _UNDECIDED[type(event)]


def _statuses_ahead(run: Run, behind: Sequence[_Status], fault: str) -> list[_Status]:
    """The statuses of the steps that have no event."""
    ahead = len(run.workflow.steps) - len(behind)
    if fault:
        return ["planned"] * ahead
    if "failed" in behind or "vetoed" in behind:
        return ["unreached"] * ahead
    return ["waits" if position == 0 else "later" for position in range(ahead)]


def _progress(steps: Sequence[_Shown], fault: str) -> str:
    statuses = [shown.status for shown in steps]
    if fault:
        return "it cannot have happened"
    for position, shown in enumerate(steps):
        if shown.status == "waits":
            return f"{position} of {_counted(len(steps), 'step')} done, {_words(shown)}"
    ends: tuple[_Status, ...] = ("failed", "vetoed", "rehearsed")
    return next((end for end in ends if end in statuses), "completed")


def _output(event: Event) -> FrozenObject:
    return freeze_object(event.output if isinstance(event, Completed | Decided) else {})


# Lines and labels


def _fact(fact: tuple[str, str]) -> str:
    return f"   {fact[0]:9}  {fact[1]}"


def _step_lines(number: int, shown: _Shown) -> Iterator[str]:
    step, words = shown.step, _words(shown)
    yield f"{number}. {_name(step.kind, 20)} {_name(step.id)}{f': {words}' if words else ''}"
    description, operation = step.payload.get("description"), step.payload.get("operation")
    if isinstance(description, str):
        yield _fact(("asks" if step.kind == "human" else "does", description))
    if isinstance(operation, str):
        yield _fact(("operation", operation))
    yield from map(_fact, _said(shown.event))
    yield from _change_lines(shown.changes)
    if shown.event is not None:
        yield _fact(("state", _short_digest(shown.state_sha256)))


def _said(event: Event | None) -> Iterator[tuple[str, str]]:
    """The person, the time and the note of a decision, or the reason of a failure."""
    if isinstance(event, Failed):
        yield "reason", event.reason
    if isinstance(event, Decided):
        yield "by", event.by
        if event.at is not None:
            yield "at", event.at
        if event.note is not None:
            yield "note", event.note


def _change_lines(found: Sequence[Change]) -> Iterator[str]:
    for change in found[:_MOST_CHANGES]:
        words = _change_words(change)
        yield f"   {change.mark} {_cut(json_path(change.path), _PATH_WIDTH)}{f': {words}' if words else ''}"
    if len(found) > _MOST_CHANGES:
        yield f"   … and {_counted(len(found) - _MOST_CHANGES, 'more change')}"


def _change_words(change: Change) -> str:
    before, after = change.before, change.after
    if change.mark == "-":
        return "" if before is None else _json(before)
    if change.mark != "~":
        return _json(after)
    if isinstance(before, tuple) and isinstance(after, tuple):
        items = _counted(len(after), "item")
        return f"{items}, in another order" if len(before) == len(after) else f"{len(before)} -> {items}"
    return f"{_cut(_json(before), _OLD_WIDTH)} -> {_json(after)}"


def _words(shown: _Shown) -> str:
    common = _COMMON_WORDS.get(shown.status, shown.status)
    return _WORDS.get((shown.step.kind, shown.status), common)


def _label_lines(shown: _Shown) -> Iterator[str]:
    yield _name(shown.step.id)
    description = shown.step.payload.get("description")
    if isinstance(description, str) and description:
        yield description
    if _words(shown):
        yield _words(shown)
    for label, words in _said(shown.event):
        yield f"{label} {words}"


def _label(line: str) -> str:
    label = _cut(line, _LABEL_WIDTH)
    return "".join(c if _is_plain(label, i) else f"#{ord(c)};" for i, c in enumerate(label))


def _is_plain(label: str, position: int) -> bool:
    """Whether the character at a position of a label has no meaning of its own in Mermaid, Markdown and HTML."""
    character = label[position]
    before, after = label[position - 1 : position], label[position + 1 : position + 2]
    if character == " ":  # more of them, or the first, would indent
        return bool(before.strip() and after.strip())
    if character in "-_.":  # inside a word they begin no list and no emphasis; www. would make a link
        return before.isalnum() and after.isalnum() and not (character == "." and before in "wW")
    return character.isalnum() or character in ",'"


def _name(words: str, width: int = _NAME_WIDTH) -> str:
    """A plain name as it is, any other as a JSON string, so that nobody takes a part of it for our words."""
    plain = words.isascii() and words.replace("-", "_").replace(".", "_").replace("_", "a").isalnum()
    return _cut(words if plain else encode(words).decode(), width)


def _json(value: JsonValue) -> str:
    """A frozen value as JSON; the number of its items comes first if an array is too long for a line."""
    words = encode(value).decode()
    if isinstance(value, tuple) and len(words) > _NAME_WIDTH:
        words = f"{_counted(len(value), 'item')} {words}"
    return words[: 2 * WIDTH]


def _short_digest(sha256: str) -> str:
    return sha256[:12]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _cut(line: str, width: int) -> str:
    """The escaped text of a line, with ``…`` in place of what does not fit."""
    pieces = [escaped(character) for character in line[: width + 1]]
    used = sum(map(_columns, pieces))
    if used <= width:
        return "".join(pieces)
    while used >= width:
        used -= _columns(pieces.pop())
    return "".join(pieces) + "…"


def _columns(label: str) -> int:
    """How many columns a string takes in a terminal, at most."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in label)
