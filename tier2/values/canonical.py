"""Canonical bytes and digests (RFC 8785).

1. Canonical bytes are exactly those of RFC 8785: keys sorted by UTF-16 code units, ECMAScript numbers, no white space,
   UTF-8. A digest is the lower-case hexadecimal SHA-256 of them.
2. A frozen value already has canonical content and order (see `tier2.values.frozen`), so msgspec writes it as it is, at
   full speed. It sorts only the members of a document that declares them in another order (`Value.in_order`).
3. msgspec sorts by UTF-8 bytes. That differs from UTF-16 order only where a key beyond the BMP meets a key from U+E000
   to U+FFFF. Bytes in which this may happen are recognised, and frozen again, which puts them in order. Once a large
   such object is met, documents are sorted here instead (see `tier2.values.frozen.Orders`).
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NewType, Protocol, cast

import msgspec

from tier2.values.frozen import MAX_DOCUMENT_DEPTH, FrozenObject, JsonValue, Orders, frozen_within, in_order
from tier2.values.numbers import written
from tier2.values.structs import Value, ValueMap, cache_of

Sha256 = NewType("Sha256", str)
"""A SHA-256 in lower-case hexadecimal. `digest` and `sha256` make it; a decoder checks its form."""

CanonicalBytes = NewType("CanonicalBytes", bytes)
"""UTF-8 JSON text, proven to be in RFC 8785 form."""

MAX_BYTES = 16 * 1024 * 1024
"""How large a JSON text may be, in bytes, unless the caller says otherwise."""


class _Hash(Protocol):
    def hexdigest(self) -> Sha256: ...


# The types below are claims that this module guarantees. A call of `CanonicalBytes` or `Sha256` would do nothing, and
# cost more time than hashing some values.
_encode: Callable[[object], CanonicalBytes] = cast("Any", msgspec.json.Encoder(enc_hook=written).encode)
_encode_sorted: Callable[[object], CanonicalBytes] = cast(
    "Any", msgspec.json.Encoder(enc_hook=written, order="sorted").encode
)


def canonical(value: Value | JsonValue) -> CanonicalBytes:
    """The canonical bytes (RFC 8785) of a document, a part of one, or any JSON value that nests at most 128 deep.

    Raises CanonicalError as `tier2.freeze` does.

    >>> canonical({"b": 4.0, "a": [1e21, "\\u20ac"]})
    b'{"a":[1e+21,"\\xe2\\x82\\xac"],"b":4}'
    """
    is_frozen = isinstance(value, Value) or (
        type(value) is FrozenObject and value.depth_bound <= MAX_DOCUMENT_DEPTH
    )
    return encode(value if is_frozen else frozen_within(value, MAX_DOCUMENT_DEPTH))


def digest(value: Value | JsonValue) -> Sha256:
    """The SHA-256 of the canonical bytes, in lower-case hexadecimal. Raises CanonicalError as `canonical` does.

    A document or a part of one keeps its digest: it is hashed once.

    >>> digest({})
    '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
    """
    if not isinstance(value, Value):
        return sha256(canonical(value))
    kept = cache_of(value)
    known: Sha256 | None = kept.get("sha256")
    if known is None:
        known = kept["sha256"] = sha256(encode(value))
    return known


def sha256(data: CanonicalBytes) -> Sha256:
    """The digest of bytes that are canonical already."""
    return _sha256()(data).hexdigest()


@cache
def _sha256() -> Callable[[bytes], _Hash]:
    import hashlib  # noqa: PLC0415 - it brings OpenSSL, a quarter of what importing took

    return cast("Callable[[bytes], _Hash]", hashlib.sha256)


def encode(value: Value | JsonValue) -> CanonicalBytes:
    """`canonical` for a value that is frozen already; this is the hot path."""
    if not isinstance(value, Value) or value.in_order:
        return _encode(value)
    if Orders.differ:
        return _encode(_with_members_in_order(value))
    data = _encode_sorted(value)
    if data.isascii() or not _utf8_order_may_differ(data):
        return data
    return _encode(frozen_within(msgspec.json.decode(data), MAX_DOCUMENT_DEPTH, from_text=True))


def _with_members_in_order(value: object) -> object:
    """A document or a part of one as objects and arrays, their members in order; frozen objects stay as they are."""
    if isinstance(value, Value):
        config, names = value.__struct_config__, value.__struct_encode_fields__
        members = {
            name: _with_members_in_order(getattr(value, field))
            for name, field in zip(names, value.__struct_fields__, strict=True)
        }
        tag = {} if config.tag_field is None else {config.tag_field: config.tag}
        return in_order(cast("Any", {**tag, **members}))
    if isinstance(value, ValueMap):
        parts = cast("Mapping[str, Value]", value)
        return {name: _with_members_in_order(part) for name, part in parts.items()}
    if type(value) is tuple:
        return [_with_members_in_order(item) for item in cast("tuple[object, ...]", value)]
    return value


def _utf8_order_may_differ(data: bytes) -> bool:
    """Whether JSON text has a lead byte of U+E000..U+FFFF (or near) and a key with a character beyond the BMP."""
    return (0xEE in data or 0xEF in data) and any(
        match[0].endswith(b":") for match in re.finditer(_FROM_ASTRAL, data, re.DOTALL)
    )


_FROM_ASTRAL = rb'[\xf0-\xf4](?:[^"\\]++|\\.)*+":?'
"""The rest of a JSON string from a character beyond the BMP on, with the colon if the string is a key."""
