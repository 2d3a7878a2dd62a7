"""The prompt: it shows a person the question of a human step, and reads the answer.

Every mission's question is an `Asking`: a description, values of the state, and fields to fill in. It is shown
and asked on stderr: stdout is for the answer of the command alone.
"""

import os
import pwd
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tier2.contracts.v1 import Decided, Run, StepSpec
from tier2.engine.execution import state
from tier2.engine.questions import evidence, output_of
from tier2.errors import Tier2Error
from tier2.escaping import escaped
from tier2.kinds import Asking, Field
from tier2.shell.errors import InputError
from tier2.values.canonical import canonical
from tier2.values.frozen import JsonValue
from tier2.values.reading import parse

SHOWN_CHOICES = 50
"""How many choices of a field are listed."""

SHOWN_ITEMS = 20
"""How many members or items of a value are shown, a line each."""

SHOWN_CHARACTERS = 200
"""How much of a value is shown on one line."""


def question(run: Run, step: StepSpec, asked: Asking, changes: Sequence[Path] = ()) -> list[str]:
    """The lines that a person needs to decide a human step.

    changes: the files that may be written at the end of the run, where they are known.
    """
    lines = [f"Step {step.id!r} asks: {asked.description}"]
    for shown in evidence(asked, state(run)):
        lines += _value(shown.pointer, shown.value) if shown.found else [f"{shown.pointer}: nothing there"]
    for field in asked.fields:
        lines += _field(field)
    lines.append(f"approve: {_if_approved(run, step, changes)}")
    lines.append("veto: the run ends here as vetoed, and nothing after this step is done.")
    return lines


def _value(pointer: str, value: JsonValue) -> Iterator[str]:
    """A value of the state: a line for a scalar, else a line for each of its members or items."""
    name = pointer or "The state"
    if isinstance(value, Mapping):
        members = [(f"{_cut(member)}: ", part) for member, part in value.items()]
    elif isinstance(value, tuple):
        members = [(f"{place:4}. ", part) for place, part in enumerate(value, 1)]
    else:
        yield f"{name}: {_cut(canonical(value).decode())}"
        return
    yield f"{name}:" if members else f"{name} is empty."
    for label, part in members[:SHOWN_ITEMS]:
        yield f"{'' if isinstance(value, tuple) else '  '}{label}{_cut(canonical(part).decode())}"
    if len(members) > SHOWN_ITEMS:
        yield f"      and {len(members) - SHOWN_ITEMS} more"


def _cut(text: str) -> str:
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]}... ({len(text)} characters)"


def _field(field: Field) -> Iterator[str]:
    yield f"{field.label}{':' if field.choices else f' ({_wanted(field)})'}"
    for place, choice in enumerate(field.choices[:SHOWN_CHOICES], 1):
        yield f"{place:4}. {_cut(choice.label)}"
    if len(field.choices) > SHOWN_CHOICES:
        yield f"      and {len(field.choices) - SHOWN_CHOICES} more"


def _wanted(field: Field) -> str:
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


def _if_approved(run: Run, step: StepSpec, changes: Sequence[Path]) -> str:
    position = [other.id for other in run.workflow.steps].index(step.id)
    rest = ", ".join(repr(other.id) for other in run.workflow.steps[position + 1 :])
    text = f"the run goes on with {rest}." if rest else "the run is complete."
    if not changes:
        return text
    *names, last = [path.name for path in changes]
    return f"{text} At its end {' and '.join([', '.join(names), last] if names else [last])} may be written."


def value_of(field: Field, text: str) -> JsonValue:
    """The value of a field from the text that a person typed. Choices are named by their places from 1 on.

    Raises InputError if it is no such value.
    """
    if field.kind == "text":
        return text
    if field.kind in ("integer", "boolean"):
        try:
            value = parse(text)
        except Tier2Error:
            value = None
        if type(value) is (int if field.kind == "integer" else bool):
            return value
        raise _misfit(field, text)
    words = text.replace(",", " ").split()
    # Not by int alone, which reads other digits than these and raises for very long numbers.
    places = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 9]
    known = {*places} <= {*range(1, len(field.choices) + 1)}
    fits = 1 <= len(places) == len(words) == len({*places}) and known
    if not fits or (field.kind == "choice" and len(places) > 1):
        raise _misfit(field, text)
    values = tuple(field.choices[place - 1].value for place in places)
    return values[0] if field.kind == "choice" else values


def _misfit(field: Field, text: str) -> InputError:
    return InputError(f"{field.name}: {_cut(text)!r} does not fit; give {_wanted(field)}")


def is_terminal() -> bool:
    """Whether a person can be asked here and now."""
    # A stream that was closed before the command started is None.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def is_watched() -> bool:
    """Whether a person reads the messages as they come."""
    return sys.stderr is not None and sys.stderr.isatty()


def user_name() -> str:
    """The name of the user by the system. Nothing proves it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def ask(run: Run, step: StepSpec, asked: Asking, by: str, changes: Sequence[Path] = ()) -> Decided | None:
    """The person's decision, asked at the terminal; None if they leave it for later, or end the input anywhere."""
    try:
        for line in question(run, step, asked, changes):
            _show(line)
        return _decision(step, asked, by)
    except (EOFError, OSError):
        return None


def _decision(step: StepSpec, asked: Asking, by: str) -> Decided | None:
    while True:
        answer = _read("approve, veto, or later? ").lower()
        if answer in ("l", "later"):
            return None
        if answer in ("v", "veto"):
            return Decided(step_id=step.id, verdict="vetoed", by=by, note=_note())
        if answer in ("a", "approve"):
            values = {field.name: value for field in asked.fields for value in _filled_in(field)}
            output = output_of(asked, values)
            return Decided(step_id=step.id, verdict="approved", by=by, note=_note(), output=output)
        _show("Please answer approve, veto or later.")


def _filled_in(field: Field) -> Sequence[JsonValue]:
    """The value that the person gives to a field, as the only item; nothing if they leave it out."""
    rest = "" if field.required else ", or Enter for none"
    while True:
        answer = _read(f"{field.name} ({_wanted(field)}{rest}): ")
        if not answer and not field.required:
            return ()
        try:
            if answer:
                return (value_of(field, answer),)
            _show("This value is required.")
        except InputError as error:
            _show(str(error))


def _note() -> str | None:
    return _read("A note for the record, or Enter for none: ") or None


def _read(prompt: str) -> str:
    """A line from the terminal without white space around it. Raises EOFError at the end of input."""
    print(escaped(prompt), end="", file=sys.stderr, flush=True)
    try:
        line = sys.stdin.readline()
        line.encode()  # Python may have put lone surrogates in the place of bytes that it could not decode
    except UnicodeError:
        raise InputError("the answer is no text in the terminal's encoding; nothing was recorded") from None
    if not line:
        print(file=sys.stderr)
        raise EOFError
    return line.strip()


def _show(text: str) -> None:
    print(escaped(text), file=sys.stderr)
