"""What people see: no character of a document may steer their terminal or hide from them."""

import msgspec

from tier2.canonical import CanonicalBytes
from tier2.errors import harmless

__all__ = ["harmless", "pretty"]


def pretty(data: CanonicalBytes) -> str:
    """Canonical bytes as indented, harmless lines; still the same JSON value."""
    lines = msgspec.json.format(data, indent=2).decode().split("\n")
    return "\n".join(map(harmless, lines)) + "\n"
