"""Each member of each contract: absent, of the wrong type, exactly at its bounds and just beyond them.

Every vector changes one member of a document that is right, or leaves it out: the least that makes it wrong.
"""

from collections.abc import Iterator, Mapping

from known_answers.member_kinds import Fit, Misfit
from known_answers.member_table import CLOSED, REQUIRED, VIEWS
from known_answers.vectors import Case, Vector, read

Texts = Mapping[str, str]
"""The members of a document, as JSON texts."""


def member_vectors() -> Iterator[Vector]:
    for kind, members in {**CLOSED, **VIEWS}.items():
        texts = {name: text for name, (_, text) in members.items()}
        yield from _spellings(kind, texts)
        yield from _extra(kind, texts)
        for name, (values, _) in members.items():
            yield _absent(kind, name, texts)
            for fit in values.fits:
                yield _fitting(kind, name, texts, fit)
            for misfit in values.misfits:
                yield _misfitting(kind, name, texts, misfit)


def _fitting(kind: str, name: str, texts: Texts, fit: Fit) -> Vector:
    text = _object({**texts, **fit.others, name: fit.text})
    case = _case(f"{kind}-{name}-{fit.name}", fit.flags, f"{kind}.{name} as it may be.", kind, text)
    covers = [("at a bound", _item(f"{kind}.{name}", fit.bound))] if fit.bound else []
    return case._replace(covers=covers).answered(read(text))


def _misfitting(kind: str, name: str, texts: Texts, misfit: Misfit) -> Vector:
    row = "of the wrong type" if misfit.bound.endswith("type") else "beyond a bound"
    text = _object({**texts, **misfit.others, name: misfit.text})
    case = _case(
        f"{kind}-{name}-not-{misfit.name}", misfit.flags, f"{kind}.{name} as it may not be.", kind, text
    )
    return case._replace(covers=[(row, _item(f"{kind}.{name}", misfit.bound))]).refused(misfit.code)


def _item(place: str, bound: str) -> str:
    """Such as ``Run.events maxItems``, ``DailyLoopState.confirmed[] minimum``; a wrong type has no word of its own."""
    return (place + bound if bound.startswith("[]") else f"{place} {bound}").removesuffix(" type")


def _absent(kind: str, name: str, texts: Texts) -> Vector:
    text = _object({other: member for other, member in texts.items() if other != name})
    optional = kind in VIEWS and name not in REQUIRED.get(kind, ())
    tag = name == "contract" or (name == "event" and kind != "ReceiptEntry")
    flags = "AbsentMember" if optional else "MissingTag" if tag else "MissingMember"
    case = _case(f"{kind}-{name}-absent", flags, f"{kind} without {name}.", kind, text)
    case = case._replace(covers=[("absent", f"{kind}.{name}")])
    return (
        case.answered(read(text))
        if optional
        else case.refused("tag" if name == "contract" else "missing-field")
    )


def _spellings(kind: str, texts: Texts) -> Iterator[Vector]:
    """The same document as others would write it."""
    spaced = " ,\n ".join(f'"{name}" : {texts[name]}' for name in [*texts][::-1])
    escaped = {"".join(f"\\u{ord(letter):04X}" for letter in name): text for name, text in texts.items()}
    for name, flags, text in (
        ("whole", "WholeDocument", _object(texts)),
        ("backwards", "AnyOrder WhiteSpace", f"\r\n{{\t{spaced}\n}}\n"),
        ("escaped-names", "EscapedName", _object(escaped)),
    ):
        yield _case(f"{kind}-{name}", flags, f"{kind}: {name}.", kind, text).answered(read(text))


def _extra(kind: str, texts: Texts) -> Iterator[Vector]:
    """One member more: kept by a view, refused by a closed object."""
    for name, extra in (("number", {"extra": "0"}), ("null", {"e\\u0078tra": "null"})):
        text = _object({**texts, **extra})
        flags = "OpenObject" if kind in VIEWS else "UnknownMember"
        case = _case(f"{kind}-extra-{name}", flags, f"{kind} with one member more.", kind, text)
        case = case._replace(covers=[("unknown member", kind)])
        yield case.answered(read(text)) if kind in VIEWS else case.refused("unknown-field")


def _case(name: str, flags: str, comment: str, kind: str, text: str) -> Case:
    flags = f"{flags} View" if kind in VIEWS else flags
    return Case("documents", f"document-{name}", flags, comment, {"type": kind, "text": text})


def _object(texts: Texts) -> str:
    return "{" + ",".join(f'"{name}":{text}' for name, text in texts.items()) + "}"
