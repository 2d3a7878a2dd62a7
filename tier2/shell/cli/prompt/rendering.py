"""A question as lines of text: what a person needs to decide a human step.

1. Values are shown as JSON, one line each.
2. A long value, list or label is cut, and its size stands behind the cut.
3. The lines are raw; they are escaped where they are shown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tier2.contracts.v1 import Choice, Field, Question, Run
from tier2.kinds import JsonObject
from tier2.values.canonical import canonical
from tier2.values.frozen import JsonValue

SHOWN_CHOICES = 50
"""How many choices of a field are listed."""

SHOWN_ITEMS = 20
"""How many members or items of a value are shown, a line each."""

SHOWN_CHARACTERS = 200
"""How much of a value or label is shown on one line."""


def question(asks: Question) -> Iterator[str]:
    """The lines of a question, without what follows from each verdict."""
    yield f"Step {cut(asks.step_id)!r} asks: {asks.description}"
    for shown in asks.evidence:
        if shown.found:
            yield from _value(shown.pointer, shown.value)
        else:
            yield f"{cut(shown.pointer)}: nothing there"
    for field in asks.fields:
        yield from _field(field)
    if asks.approvers:
        yield f"may decide: {', '.join(repr(cut(name)) for name in asks.approvers)}"
    if asks.signed:
        yield "The decision must be signed."
    yield f"head: {asks.head_sha256}"


def verdicts(run: Run, changes: Sequence[Path] = ()) -> Iterator[str]:
    """The lines that say what follows from each verdict on the pending step of a run.

    changes: the files that may be written at the end of the run, where they are known.
    """
    yield f"approve: {_if_approved(run, changes)}"
    yield "veto: the run ends here as vetoed, and nothing after this step is done."


def _value(pointer: str, value: JsonValue) -> Iterator[str]:
    """A value of the state: a line for a scalar, else a line for each of its members or items."""
    name = cut(pointer) or "The state"
    if isinstance(value, Mapping):
        parts = [(f"  {cut(member)}: ", part) for member, part in value.items()]
    elif isinstance(value, tuple):
        parts = [(f"{place:4}. ", part) for place, part in enumerate(value, 1)]
    else:
        yield f"{name}: {_on_one_line(value)}"
        return
    yield f"{name}:" if parts else f"{name} is empty."
    for label, part in parts[:SHOWN_ITEMS]:
        yield f"{label}{_on_one_line(part)}"
    if len(parts) > SHOWN_ITEMS:
        yield f"      and {len(parts) - SHOWN_ITEMS} more ({_size(value)})"


def _on_one_line(value: JsonValue) -> str:
    text = canonical(value).decode()
    # Numbers are short.
    if len(text) <= SHOWN_CHARACTERS or not isinstance(value, str | tuple | Mapping):
        return text
    return f"{text[:SHOWN_CHARACTERS]}... ({_size(value)})"


def _size(value: str | Sequence[JsonValue] | JsonObject) -> str:
    if isinstance(value, str):
        return f"{len(value)} characters"
    parts = "members" if isinstance(value, Mapping) else "items"
    return f"{len(value)} {parts}, {len(canonical(value))} bytes"


def cut(text: str) -> str:
    """A text for people: if it is long, its beginning and its length."""
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]}... ({len(text)} characters)"


def _field(field: Field) -> Iterator[str]:
    required = ", required" if field.required else ""
    if not field.choices:
        yield f"{cut(field.label)} ({cut(field.name)}: {wanted(field)}{required})"
        return
    yield f"{cut(field.label)} ({cut(field.name)}{required}):"
    yield from numbered(enumerate(field.choices, 1))


def numbered(choices: Iterable[tuple[int, Choice]]) -> Iterator[str]:
    """The lines of choices with their numbers; of many choices, the first ones."""
    listed = [*choices]
    for number, choice in listed[:SHOWN_CHOICES]:
        yield f"{number:4}. {cut(choice.label)}"
    if len(listed) > SHOWN_CHOICES:
        yield f"      and {len(listed) - SHOWN_CHOICES} more of {len(listed)} choices"


def wanted(field: Field) -> str:
    """The words for the value that a person types for a field."""
    match field.kind:
        case "text":
            return "text"
        case "integer":
            return "a whole number"
        case "boolean":
            return "true or false"
        case "choice" | "ranking" if not field.choices:
            return "nothing: there are no choices"
        case "choice":
            return f"a number from 1 to {len(field.choices)}"
        case "ranking":
            return f"different numbers from 1 to {len(field.choices)}, in your order, with commas"


def _if_approved(run: Run, changes: Sequence[Path]) -> str:
    # One event a step: so many steps have run, and the pending one follows.
    rest = ", ".join(repr(cut(step.id)) for step in run.workflow.steps[len(run.events) + 1 :])
    text = f"the run goes on with {rest}." if rest else "the run is complete."
    if not changes:
        return text
    *names, last = [path.name for path in changes]
    return f"{text} At its end {' and '.join([', '.join(names), last] if names else [last])} may be written."
