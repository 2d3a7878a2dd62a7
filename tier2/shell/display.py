"""What people see: no character of a document may steer their terminal or hide from them."""

import msgspec

from tier2.canonical import CanonicalBytes


def harmless(text: str) -> str:
    r"""The text with every control, bidirectional and other invisible character written as an escape.

    The escapes are those of JSON, so harmless JSON text still has the same value.

    >>> print(harmless("done\x1b[2K\u202e"))
    done\u001b[2K\u202e
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def pretty(data: CanonicalBytes) -> str:
    """Canonical bytes as indented, harmless lines; still the same JSON value."""
    lines = msgspec.json.format(data, indent=2).decode().split("\n")
    return "\n".join(map(harmless, lines)) + "\n"
