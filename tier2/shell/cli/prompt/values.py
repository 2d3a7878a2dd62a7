"""The value of a field from text: what a person types, and what ``--set`` gives.

A text is the value itself. An integer or a boolean is written as JSON. Choices are named by their numbers from 1 on.
"""

from tier2.contracts.v1 import Field
from tier2.errors import Tier2Error
from tier2.shell.cli.prompt.rendering import cut, wanted
from tier2.shell.errors import InputError
from tier2.values.frozen import JsonValue
from tier2.values.reading import parse


def value_of(field: Field, text: str) -> JsonValue:
    """The value of a field from text. Raises InputError if it is no such value."""
    match field.kind:
        case "text":
            return text
        case "integer":
            return _literal(field, text, int)
        case "boolean":
            return _literal(field, text, bool)
        case "choice" | "ranking":
            return _chosen(field, text)


def _literal(field: Field, text: str, kind: type[int]) -> JsonValue:
    try:
        value = parse(text)
    except Tier2Error:
        raise _misfit(field, text) from None
    if type(value) is not kind:  # a boolean is an int to Python
        raise _misfit(field, text)
    return value


def _chosen(field: Field, text: str) -> JsonValue:
    words = text.replace(",", " ").split()
    # Not by int alone, which reads other digits than these and raises for very long numbers.
    numbers = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 9]
    known = {*numbers} <= {*range(1, len(field.choices) + 1)}
    fits = 1 <= len(numbers) == len(words) == len({*numbers}) and known
    if not fits or (field.kind == "choice" and len(numbers) > 1):
        raise _misfit(field, text)
    values = tuple(field.choices[number - 1].value for number in numbers)
    return values[0] if field.kind == "choice" else values


def _misfit(field: Field, text: str) -> InputError:
    return InputError(f"{cut(field.name)}: {cut(text)!r} does not fit; give {wanted(field)}")
