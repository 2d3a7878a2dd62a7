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


def question(run: Run, asks: Question, changes: Sequence[Path] = ()) -> list[str]:
    """The lines that a person needs to decide a human step.

    changes: the files that may be written at the end of the run, where they are known.
    """
    lines = [f"Step {asks.step_id!r} asks: {asks.description}"]
    for shown in asks.evidence:
        lines += _value(shown.pointer, shown.value) if shown.found else [f"{shown.pointer}: nothing there"]
    for field in asks.fields:
        lines += _field(field)
    lines.append(f"approve: {_if_approved(run, asks.step_id, changes)}")
    lines.append("veto: the run ends here as vetoed, and nothing after this step is done.")
    return lines


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


def _if_approved(run: Run, step_id: str, changes: Sequence[Path]) -> str:
    position = [other.id for other in run.workflow.steps].index(step_id)
    rest = ", ".join(repr(cut(other.id)) for other in run.workflow.steps[position + 1 :])
    text = f"the run goes on with {rest}." if rest else "the run is complete."
    if not changes:
        return text
    *names, last = [path.name for path in changes]
    return f"{text} At its end {' and '.join([', '.join(names), last] if names else [last])} may be written."
