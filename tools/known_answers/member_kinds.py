r"""What fits a member of each kind, and what does not, written down by hand for `members`.

Texts are raw JSON: ``\u00e9`` stands for six characters. A ``bound`` is the keyword of the contract that the text
meets exactly or just breaks, with ``[]`` before it where it is about the items of an array; ``type`` is a wrong JSON
type. ``others`` are other members that have to change with this one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from known_answers.parts import arrays, objects

_NONE: Mapping[str, str] = MappingProxyType({})


class Fit(NamedTuple):
    name: str
    text: str
    flags: str
    bound: str = ""
    others: Mapping[str, str] = _NONE


class Misfit(NamedTuple):
    name: str
    text: str
    code: str
    flags: str
    bound: str = "type"
    others: Mapping[str, str] = _NONE


class Kind(NamedTuple):
    fits: tuple[Fit, ...]
    misfits: tuple[Misfit, ...]


def wrong(*texts: str, code: str = "type", bound: str = "type") -> tuple[Misfit, ...]:
    """Values of a wrong JSON type, null among them or not."""
    names = {"n": "null", "t": "true", "f": "false", "[": "array", "{": "object", '"': "text"}
    return tuple(
        Misfit(
            names.get(text[0], "fraction" if "." in text else "number") if bound == "type" else f"item-{at}",
            text,
            code,
            "NullNotAllowed" if text == "null" else "WrongType",
            bound,
        )
        for at, text in enumerate(texts)
    )


def enumeration(*values: str, types: tuple[str, ...] = ("7", "null")) -> Kind:
    """Exactly these texts; their first letters are of one case."""
    fits = (
        Fit(f"is-{value.replace(' ', '-')}", f'"{value}"', "Enumeration AtBound", "enum") for value in values
    )
    beyond = (
        ("capital", f'"{values[0].capitalize()}"'),
        ("empty", '""'),
        ("longer", f'"{values[-1]} "'),
    )
    others = (Misfit(name, text, "enum", "Enumeration BeyondBound", "enum") for name, text in beyond)
    return Kind(tuple(fits), (*wrong(*types), *others))


def tag(right: str, *others: str, code: str) -> Kind:
    """Exactly this text; a wrong type has the code that a wrong name of its kind has, or its own."""
    escaped = f'"\\u{ord(right[0]):04X}{right[1:]}"'
    misfits = (
        Misfit(f"other-{at}", f'"{other}"', "tag", "WrongTag", "const") for at, other in enumerate(others)
    )
    return Kind(
        (Fit("escaped", escaped, "EscapedName AtBound", "const"),), (*wrong("7", "null", code=code), *misfits)
    )


def pattern(fits: Mapping[str, str], misfits: Mapping[str, str]) -> Kind:
    """Texts of a given form."""
    return Kind(
        tuple(Fit(name, f'"{text}"', "Pattern AtBound", "pattern") for name, text in fits.items()),
        (
            *wrong("7", "null"),
            *(
                Misfit(name, f'"{text}"', "pattern", "Pattern BeyondBound", "pattern")
                for name, text in misfits.items()
            ),
        ),
    )


def integer(least: int, most: int, *types: str) -> Kind:
    """Integers within bounds; a float without a fraction is one, but beyond 2^53 - 1 there are only floats."""
    return Kind(
        (
            Fit("least", str(least), "AtBound", "minimum"),
            Fit("most", str(most), "AtBound SafeInteger", "maximum"),
            Fit("float", "3.0", "IntegralFloat"),
            Fit("exponent", "2e1", "IntegralFloat"),
        ),
        (
            *wrong(*types),
            Misfit("less", str(least - 1), "bound", "BeyondBound", "minimum"),
            Misfit("more", str(most + 1), "bound", "BeyondBound SafeInteger", "maximum"),
        ),
    )


def plain_lists(
    name: str, item: str, least: int, most: int | None, *wrong_items: str
) -> tuple[tuple[Fit, ...], tuple[Misfit, ...]]:
    """Arrays of one item repeated, at their bounds and beyond them; ``@`` in the item becomes its position."""

    def array(count: int) -> str:
        return "[" + ",".join(item.replace("@", str(at)) for at in range(count)) + "]"

    flags = "AtBound" if most is not None else "WholeValue"
    bounds = ((least, "minItems"), (most, "maxItems")) if most is not None else ((0, ""), (3, ""))
    fits = tuple(Fit(f"{count}-{name}", array(count), flags, bound) for count, bound in bounds)
    misfits = wrong("{}", "null") + wrong(*(f"[{text}]" for text in wrong_items), bound="[] type")
    if least:
        misfits += (Misfit(f"{least - 1}-{name}", array(least - 1), "bound", "BeyondBound", "minItems"),)
    if most is not None:
        misfits += (Misfit(f"{most + 1}-{name}", array(most + 1), "bound", "BeyondBound", "maxItems"),)
    return fits, misfits


SAFE = 9007199254740991

TEXT = Kind(
    (
        Fit("empty", '""', "EmptyText"),
        Fit("escapes", r'"\u0022\u005c\/\u0000\n\u001F"', "Escapes"),
        Fit("characters", r'"\ud83d\ude00\ufb33 \u007f\u2028"', "PlainText"),
    ),
    wrong("7", "null", '["text"]'),
)
TEXT_OR_NULL = Kind(
    (
        Fit("null", "null", "NullAllowed"),
        Fit("empty", '""', "EmptyText"),
        Fit("characters", r'"\u00e9\n\ud834\udd1e"', "PlainText Escapes"),
    ),
    wrong("0", "false", "[]"),
)
TRUTH = Kind(
    (Fit("true", "true", "WholeValue"), Fit("false", "false", "WholeValue")), wrong("1", '"true"', "null")
)
OPEN = Kind(
    (
        Fit("empty", "{ }", "OpenObject"),
        Fit(
            "any-members",
            r'{"z":null,"\ufb33":[1.0,1e21],"\ud83d\ude00":"\u000a","contract":{"event":0},"":false}',
            "OpenObject Utf16Order NullKept",
        ),
        Fit("prototype", '{"toString":1,"__proto__":{"constructor":null}}', "OpenObject PrototypeKey"),
        Fit("64-objects", objects(64), "DeepValue AtBound", "depth"),
        Fit("63-arrays", f'{{"n":{arrays(63)}}}', "DeepValue AtBound", "depth"),
    ),
    (
        *wrong("[]", "null", '"{}"'),
        Misfit("65-objects", objects(65), "depth", "DeepValue BeyondBound", "depth"),
        Misfit("64-arrays", f'{{"n":{arrays(64)}}}', "depth", "DeepValue BeyondBound", "depth"),
    ),
)
SHA256 = pattern(
    {"zeros": "0" * 64, "letters": "f" * 64, "all-digits": "0123456789abcdef" * 4},
    {
        "63-digits": "0" * 63,
        "65-digits": "0" * 65,
        "capital": "a" * 63 + "A",
        "newline": "b" * 64 + r"\n",
    },
)
DATE = pattern(
    {"date": "2026-03-10", "year-zero": "0000-00-00", "no-date": "9999-99-99"},
    {
        "short": "2026-3-10",
        "time": "2026-03-10T00:00",
        "newline": r"2026-03-10\n",
        "digits": r"2026-03-1\u0660",
    },
)
LETTER = pattern({"a": "A", "z": "Z"}, {"small": "a", "two": "AA", "after": "["})

INTEGER = integer(-SAFE, SAFE, '"4"', "true", "null", "4.5", "[]")
COUNT = integer(0, SAFE, '"4"', "null", "4.5")
TEXTS = Kind(*plain_lists("texts", '"text @"', 0, None, "7", "null"))
STEP_IDS = Kind(*plain_lists("ids", '"step @"', 1, 5, "7", "null"))
INDICES = Kind(
    (
        Fit("none", "[]", "WholeValue"),
        Fit("least", "[0]", "AtBound", "[] minimum"),
        Fit("most", f"[{SAFE}]", "AtBound SafeInteger", "[] maximum"),
        Fit("floats", "[1.0,20e-1]", "IntegralFloat"),
    ),
    (
        *wrong("{}", "null", "0"),
        *wrong('["0"]', "[true]", "[null]", "[0.5]", bound="[] type"),
        Misfit("less", "[0,-1]", "bound", "BeyondBound", "[] minimum"),
        Misfit("more", f"[{SAFE + 1}]", "bound", "BeyondBound SafeInteger", "[] maximum"),
    ),
)
PART = Kind((), wrong("[]", "null", '"text"'))
"""A closed object or a view of its own; the vectors of its type say what fits it."""


def parts(name: str, item: str, least: int = 0, most: int | None = None) -> Kind:
    """Arrays of such objects."""
    return Kind(*plain_lists(name, item, least, most, "7", "null"))
