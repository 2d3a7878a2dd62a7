"""Escapes for every character that could steer a terminal or hide from a reader, and for orders to a CI runner.

A runner reads the log of a job for orders. GitHub Actions obeys a line that begins with ``::``, after white space too,
and ``##[`` anywhere in a line; Azure Pipelines ``##vso[``, TeamCity ``##teamcity[``.
"""

import re

_INVISIBLE = frozenset(
    map(
        chr,
        [
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),  # joiners, fillers, blanks
            *range(0x180B, 0x1810),  # Mongolian variation selectors
            *range(0xFE00, 0xFE10),  # variation selectors
            *range(0xE0100, 0xE01F0),  # more of them
        ],
    )
)
"""Characters that Python calls printable, but which are invisible (Unicode, Default_Ignorable_Code_Point)."""


def escaped(text: str) -> str:
    r"""The string with every control, bidirectional and other invisible character written as an escape.

    Everything that people see of a document passes here: it must not steer their terminal or hide from them. The
    escapes are those of JSON, so escaped JSON text still has the same value.

    >>> print(escaped("done\x1b[2K\u202e"))
    done\u001b[2K\u202e
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escape, text))


def escaped_line(text: str) -> str:
    r"""`escaped` for a whole line of output, which gives no order to the runner of a CI job.

    >>> print(escaped_line("  ::error::x ##[group]"))
      \u003a:error::x #\u0023[group]
    """
    line = escaped(text)
    if "::" not in line and "##" not in line:
        return line
    # Of the white space that runners trim, `escaped` leaves the blank only.
    return re.sub("^( *):(?=:)", r"\1\\u003a", re.sub(_ORDER, r"#\\u0023", line))


def escaped_json(data: bytes) -> bytes:
    """JSON text of the same value that gives no order to the runner of a CI job. No line of JSON begins with ``::``."""
    return re.sub(_ORDER.encode(), rb"#\\u0023", data) if b"##" in data else data


_ORDER = r"##(?=[A-Za-z]*\[)"


def _escape(character: str) -> str:
    if character.isprintable() and character not in _INVISIBLE:
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join("\\u" + units[start : start + 4] for start in range(0, len(units), 4))
