"""The dialogue in which a person decides a human step.

1. The person first says the verdict, then a value for each field of an approval, then a note.
2. ``b`` goes back to the question before. Nothing is recorded before the last answer.
3. To say no is to end the run. So ``no`` is asked once more, in plain words; ``veto`` is not.
4. Leaving it for later, or the end of input at any place, gives no decision.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from tier2.contracts.v1 import Decided, Field, Question, Verdict
from tier2.engine.questions import answer
from tier2.shell.cli.prompt.rendering import cut, numbered, question, wanted
from tier2.shell.cli.prompt.terminal import read, show
from tier2.shell.cli.prompt.values import value_of
from tier2.shell.errors import InputError
from tier2.values.frozen import JsonValue

_YES = ("y", "yes")
_NO = ("n", "no")
_BACK = ("b", "back")

_BACK_HELP = "b goes back."
_HELP = f"{_BACK_HELP} /WORD lists the choices with that word."


class _GoBackError(Exception):
    """The person goes back to the question before."""


def ask(asks: Question, verdicts: Iterable[str], by: str, now: Callable[[], str]) -> Decided | None:
    """The person's decision, asked at the terminal; None if they leave it for later, or end the input anywhere.

    verdicts: the lines that say what follows from each verdict.
    by: the person. Who may not decide is shown the question, and not asked.
    now: gives the time, when the last answer is there.
    """
    try:
        for line in (*question(asks), *verdicts):
            show(line)
        if asks.approvers and by not in asks.approvers:
            show(f"{cut(by)!r} may not decide this; if you are one who may, say so by --by NAME.")
            return None
        return _decision(asks, by, now)
    except (EOFError, OSError):
        return None


def _decision(asks: Question, by: str, now: Callable[[], str]) -> Decided | None:
    while True:
        verdict = _verdict()
        if verdict is None:
            return None
        fields = asks.fields if verdict == "approved" else ()
        show(_HELP if any(field.choices for field in fields) else _BACK_HELP)
        try:
            values, note = _filled_in(fields)
        except _GoBackError:
            continue
        return answer(asks, verdict, by=by, at=now(), note=note, values=values)


def _verdict() -> Verdict | None:
    while True:
        word = read("approve, veto, or later? ").lower()
        if word in ("l", "later"):
            return None
        if word in ("v", "veto") or (word in _NO and _is_meant()):
            return "vetoed"
        if word in ("a", "approve", *_YES):
            return "approved"
        if word not in _NO:
            show("Please answer approve, veto or later.")


def _is_meant() -> bool:
    return read("Veto the step, so that the run ends here? (yes or no) ").lower() in (*_YES, "v", "veto")


def _filled_in(fields: Sequence[Field]) -> tuple[Mapping[str, JsonValue], str | None]:
    """The values by the names of their fields, and the note. Raises _GoBackError at the first of these questions."""
    given: list[Mapping[str, JsonValue]] = []
    while True:
        try:
            if len(given) == len(fields):
                note = _text("A note for the record, or Enter for none: ") or None
                return {name: value for part in given for name, value in part.items()}, note
            given.append(_value(fields[len(given)]))
        except _GoBackError:
            if not given:
                raise
            given.pop()


def _value(field: Field) -> Mapping[str, JsonValue]:
    """The value that the person gives to a field, by its name; nothing if they leave it out."""
    rest = "" if field.required else ", or Enter for none"
    prompt = f"{cut(field.name)} ({wanted(field)}{rest}): "
    while True:
        text = _text(prompt) if field.kind == "text" else _word(prompt)
        if not text and not field.required:
            return {}
        if not text:
            show("This value is required.")
        elif field.choices and text.startswith("/"):
            _search(field, text[1:])
        else:
            try:
                return {field.name: value_of(field, _as_json(field, text))}
            except InputError as error:
                show(str(error))


def _as_json(field: Field, text: str) -> str:
    """The text, with yes and no for a boolean as JSON."""
    if field.kind == "boolean" and text.lower() in (*_YES, *_NO):
        return "true" if text.lower() in _YES else "false"
    return text


def _search(field: Field, text: str) -> None:
    """Shows the choices whose labels have all words of a text, in any case."""
    words = text.casefold().split()
    found = [
        (number, choice)
        for number, choice in enumerate(field.choices, 1)
        if all(word in choice.label.casefold() for word in words)
    ]
    for line in numbered(found):
        show(line)
    if not found:
        show("There is no such choice.")


def _word(prompt: str) -> str:
    word = read(prompt)
    if word.lower() in _BACK:
        raise _GoBackError
    return word


def _text(prompt: str) -> str:
    r"""An answer that may be any text: ``\b`` is the text ``b``."""
    try:
        text = _word(prompt)
    except _GoBackError:
        show(r"Going back; for the text itself, type \b.")
        raise
    return text[1:] if re.fullmatch(r"\\+(b|back)", text, re.IGNORECASE) else text
