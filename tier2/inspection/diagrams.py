"""Pictures of workflows, runs and results: text for the terminal, and Mermaid for Markdown.

Rules:

1. A picture is a pure function of its document. It shows the document as it is, even one that could not be started,
   and says so; whether a result is true is for `tier2.verify` to tell.
2. A line of text is at most 100 columns wide. What a document says stands last on its line, or in a room of its own,
   and is cut with ``…``: so it pushes nothing else out of sight. Every control, bidirectional and other invisible
   character of it is shown as an escape.
3. What a step changed is told by comparing the states of a run. A result has only the last state, so there the
   outputs tell it: what was set, whether it was there before or not.
4. In Mermaid, a document's text stands in quoted labels only; of all characters that mean something to Mermaid, to
   Markdown or to HTML it shows the numeric entities. Ids are ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias
from unicodedata import east_asian_width

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
from tier2.inspection.diff import Change, changes, patched
from tier2.values.canonical import digest, encode
from tier2.values.frozen import FrozenObject, JsonValue, freeze_object

Drawable: TypeAlias = WorkflowDefinition | Run | OrchestrationResult
"""The documents that have a picture."""

WIDTH = 100
"""How many columns a line of text has at most."""

_NAME_WIDTH = 60  # of an id, beside which its step's standing has to fit
_PATH_WIDTH = 48
_OLD_WIDTH = 20
_LABEL_WIDTH = 60
_MOST_CHANGES = 12

_Standing: TypeAlias = Literal[
    "planned", "completed", "approved", "failed", "vetoed", "rehearsed", "waits", "later", "unreached"
]

_WORDS: Mapping[tuple[str, _Standing], str] = {
    ("human", "waits"): "waits for a person",
    ("human", "rehearsed"): "rehearsed, nobody was asked",
    ("runtime", "rehearsed"): "rehearsed, nothing was done",
}
"""What a step's standing is called where its own name does not say it all."""

_UNDECIDED: Mapping[type[Event], _Standing] = {
    Completed: "completed",
    Failed: "failed",
    Rehearsed: "rehearsed",
}
"""The standing of a step by its event, where no person decided."""

_COMMON_WORDS: Mapping[_Standing, str] = {"planned": "", "later": "comes later", "unreached": "did not run"}

_CLASSES: Mapping[str, tuple[str, tuple[_Standing, ...]]] = {
    "completed": ("fill:#e6f4e6,stroke:#2e7d32,color:#000", ("completed", "approved")),
    "failed": ("fill:#fbe3e3,stroke:#b71c1c,color:#000", ("failed",)),
    "vetoed": ("fill:#fdeedc,stroke:#b35900,color:#000", ("vetoed",)),
    "rehearsed": ("fill:#e7eefb,stroke:#1a4b9c,color:#000,stroke-dasharray:4", ("rehearsed",)),
    "pending": ("fill:#f4f4f4,stroke:#777,color:#000", ("planned", "waits", "later", "unreached")),
}
"""The Mermaid classes: their style, and the standings that they show. A style has no semicolon: Mermaid drops it."""


class _Drawn(NamedTuple):
    """A step as it is drawn."""

    step: StepSpec
    standing: _Standing
    event: Event | None = None
    changes: Sequence[Change] = ()
    state_sha256: str = ""


class _Picture(NamedTuple):
    """What both kinds of picture show."""

    title: str
    facts: Sequence[tuple[str, str]]
    steps: Sequence[_Drawn]


def text(document: Drawable) -> str:
    """The picture of a workflow, run or result for a terminal: lines of at most 100 columns, each with its newline.

    What ran and who decided, what each step changed in the state, and what waits for whom. Digests are cut to 12
    characters. Marks: ``+`` added, ``-`` removed, ``~`` changed, ``=`` set, by an output of a result.
    """
    picture = _picture(document)
    lines = [picture.title, *map(_fact, picture.facts)]
    for number, drawn in enumerate(picture.steps, 1):
        lines += ["", *_step_lines(number, drawn)]
    return "".join(f"{_cut(line, WIDTH).rstrip()}\n" for line in lines)


def mermaid(document: Drawable) -> str:
    """The picture as a Mermaid flowchart, to stand in a fenced block of Markdown; nothing in it can end the fence.

    A person's steps have round ends; a dotted arrow leads to a step that the run has not reached.
    """
    steps = _picture(document).steps
    lines = ["flowchart TD"]
    for position, drawn in enumerate(steps):
        opened, closed = ('(["', '"])') if drawn.step.kind == "human" else ('["', '"]')
        lines.append(f"  step{position}{opened}{'<br/>'.join(map(_label, _label_lines(drawn)))}{closed}")
    for position, drawn in enumerate(steps[1:], 1):
        arrow = "-.->" if drawn.standing in ("later", "unreached") else "-->"
        lines.append(f"  step{position - 1} {arrow} step{position}")
    for name, (style, standings) in _CLASSES.items():
        members = [f"step{i}" for i, drawn in enumerate(steps) if drawn.standing in standings]
        if members:
            lines += [f"  class {','.join(members)} {name}", f"  classDef {name} {style}"]
    return "".join(f"{line}\n" for line in lines)


# What is drawn


def _picture(document: Drawable) -> _Picture:
    if isinstance(document, WorkflowDefinition):
        return _of_workflow(document)
    return _of_run(document) if isinstance(document, Run) else _of_result(document)


def _of_workflow(workflow: WorkflowDefinition) -> _Picture:
    people = sum(step.kind == "human" for step in workflow.steps)
    try:
        check_workflow(workflow)
        faults: list[tuple[str, str]] = []
    except Tier2Error as error:
        faults = [("fault", str(error))]
    return _Picture(
        f"workflow {_name(workflow.id)}: {_counted(len(workflow.steps), 'step')}, {people} of them human",
        [*_plan(workflow), ("workflow", _short_digest(digest(workflow))), *faults],
        [_Drawn(step, "planned") for step in workflow.steps],
    )


def _of_run(run: Run) -> _Picture:
    states, fault = _states(run)
    events = run.events[: len(states) - 1]
    standings: list[_Standing] = [_standing(event) for event in events]
    standings += _standings_ahead(run, standings, fault)
    steps = [_Drawn(step, standing) for step, standing in zip(run.workflow.steps, standings, strict=True)]
    for position, event in enumerate(events):
        before, after = states[position], states[position + 1]
        steps[position] = steps[position]._replace(
            event=event, changes=list(changes(before, after)), state_sha256=digest(after)
        )
    facts = [
        *_plan(run.workflow),
        ("workflow", _short_digest(digest(run.workflow))),
        ("context", _short_digest(digest(run.context))),
        ("start", _short_digest(digest(states[0]))),
    ]
    if fault:
        facts.append(("fault", fault))
    return _Picture(f"run of {_name(run.workflow.id)}: {_progress(steps, fault)}", facts, steps)


def _of_result(result: OrchestrationResult) -> _Picture:
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
    steps = [_Drawn(step, "unreached") for step in result.executed_steps]
    for position, entry in enumerate(receipt.entries[: len(steps)]):
        steps[position] = _Drawn(
            steps[position].step,
            _standing(entry.event),
            entry.event,
            list(patched(_output(entry.event))),
            entry.state_sha256,
        )
    return _Picture(f"result of {_name(result.id)}: {_name(result.outcome)}", facts, steps)


def _plan(workflow: WorkflowDefinition) -> Iterator[tuple[str, str]]:
    """Where the workflow comes from, if its metadata say so."""
    mission_type, params = workflow.metadata.get("mission_type"), workflow.metadata.get("params")
    if isinstance(mission_type, str):
        yield "mission", _name(mission_type)
    if params:
        yield "params", _json(params)


def _states(run: Run) -> tuple[list[FrozenObject], str]:
    """The states before the first event and after each one that can have happened, and why the next one cannot."""
    states: list[FrozenObject] = []
    try:
        for count in range(len(run.events) + 1):
            part = Run(workflow=run.workflow, context=run.context, events=run.events[:count])
            states.append(freeze_object(state(part)))
    except Tier2Error as error:
        return states or [freeze_object(run.context.initial_state)], str(error)
    return states, ""


def _standing(event: Event) -> _Standing:
    if isinstance(event, Decided):
        return "approved" if event.verdict == "approved" else "vetoed"
    return _UNDECIDED[type(event)]


def _standings_ahead(run: Run, behind: Sequence[_Standing], fault: str) -> list[_Standing]:
    """The standings of the steps that have no event."""
    ahead = len(run.workflow.steps) - len(behind)
    if fault:
        return ["planned"] * ahead
    if "failed" in behind or "vetoed" in behind:
        return ["unreached"] * ahead
    return ["waits" if position == 0 else "later" for position in range(ahead)]


def _progress(steps: Sequence[_Drawn], fault: str) -> str:
    standings = [drawn.standing for drawn in steps]
    if fault:
        return "it cannot have happened"
    for position, drawn in enumerate(steps):
        if drawn.standing == "waits":
            return f"{position} of {_counted(len(steps), 'step')} done, {_words(drawn)}"
    ends: tuple[_Standing, ...] = ("failed", "vetoed", "rehearsed")
    return next((end for end in ends if end in standings), "completed")


def _output(event: Event) -> FrozenObject:
    return freeze_object(event.output if isinstance(event, Completed | Decided) else {})


# Lines and labels


def _fact(fact: tuple[str, str]) -> str:
    return f"   {fact[0]:9}  {fact[1]}"


def _step_lines(number: int, drawn: _Drawn) -> Iterator[str]:
    step, words = drawn.step, _words(drawn)
    yield f"{number}. {_name(step.kind, 20)} {_name(step.id)}{f': {words}' if words else ''}"
    description, operation = step.payload.get("description"), step.payload.get("operation")
    if isinstance(description, str):
        yield _fact(("asks" if step.kind == "human" else "does", description))
    if isinstance(operation, str):
        yield _fact(("operation", operation))
    yield from map(_fact, _said(drawn.event))
    yield from _change_lines(drawn.changes)
    if drawn.event is not None:
        yield _fact(("state", _short_digest(drawn.state_sha256)))


def _said(event: Event | None) -> Iterator[tuple[str, str]]:
    """Who decided and what they noted, or why a step failed."""
    if isinstance(event, Failed):
        yield "reason", event.reason
    if isinstance(event, Decided):
        yield "by", event.by
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


def _words(drawn: _Drawn) -> str:
    common = _COMMON_WORDS.get(drawn.standing, drawn.standing)
    return _WORDS.get((drawn.step.kind, drawn.standing), common)


def _label_lines(drawn: _Drawn) -> Iterator[str]:
    yield _name(drawn.step.id)
    description = drawn.step.payload.get("description")
    if isinstance(description, str) and description:
        yield description
    if _words(drawn):
        yield _words(drawn)
    for label, words in _said(drawn.event):
        yield f"{label} {words}"


def _label(line: str) -> str:
    shown = _cut(line, _LABEL_WIDTH)
    return "".join(c if _is_plain(shown, i) else f"#{ord(c)};" for i, c in enumerate(shown))


def _is_plain(shown: str, position: int) -> bool:
    """Whether a character of a label means itself to Mermaid, to Markdown and to HTML, where it stands."""
    character = shown[position]
    before, after = shown[position - 1 : position], shown[position + 1 : position + 2]
    if character == " ":  # more of them, or the first, would indent
        return bool(before.strip() and after.strip())
    if character in "-_.":  # inside a word they begin no list and no emphasis; www. would make a link
        return before.isalnum() and after.isalnum() and not (character == "." and before in "wW")
    return character.isalnum() or character in ",'"


def _name(words: str, width: int = _NAME_WIDTH) -> str:
    """A name as it is if it is plain, else as a JSON text, so that nobody takes a part of it for our words."""
    plain = words.isascii() and words.replace("-", "_").replace(".", "_").replace("_", "a").isalnum()
    return _cut(words if plain else encode(words).decode(), width)


def _json(value: JsonValue) -> str:
    """A frozen value as JSON; an array too long for a line says its length first."""
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


def _columns(shown: str) -> int:
    """How many columns a terminal gives to a text, at most."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in shown)
