"""Canonical bytes and digests (RFC 8785), and strict reading of JSON text.

Rules:

1. Canonical bytes are exactly those of RFC 8785: keys sorted by UTF-16 code units, ECMAScript numbers, no white space,
   UTF-8. A digest is the lower-case hexadecimal SHA-256 of them.
2. A frozen value is canonical in content and order already (see `tier2.values.frozen`), so msgspec writes it as
   it is, at its full speed. It has to sort where the members of a document are declared in another order
   (`Value.in_order`). Its
   order, by UTF-8 bytes, differs from UTF-16 order only where a key beyond the BMP meets a key from U+E000 to U+FFFF;
   output in which it might is recognised by its bytes, and frozen again, which puts it in order.
3. Reading refuses what two readers could understand differently: duplicate keys, numbers that no double holds, lone
   surrogates, a byte order mark, trailing data. Text that equals its own canonical bytes is proven free of duplicate
   keys by that, and so is text with as many quotation marks; any other is read a second time, to look for them.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NewType, Protocol, cast

import msgspec

from tier2.errors import CanonicalError, Path
from tier2.values.frozen import MAX_DOCUMENT_DEPTH, FrozenObject, JsonValue, frozen_within
from tier2.values.numbers import written
from tier2.values.structs import Value, cache_of

Sha256 = NewType("Sha256", str)
"""A SHA-256 in lower-case hexadecimal. `digest` and `sha256` make it; a decoder checks its form."""

CanonicalBytes = NewType("CanonicalBytes", bytes)
"""UTF-8 JSON text, proven to be in RFC 8785 form."""

MAX_BYTES = 16 * 1024 * 1024
"""How large a JSON text may be, in bytes, unless the caller says otherwise."""


class _Hash(Protocol):
    def hexdigest(self) -> Sha256: ...


# The types that follow are claims, of which this module takes care. A call of `CanonicalBytes` or `Sha256` would do
# nothing but cost time, and more of it than hashing some values does.
_encode: Callable[[object], CanonicalBytes] = cast("Any", msgspec.json.Encoder(enc_hook=written).encode)
_encode_sorted: Callable[[object], CanonicalBytes] = cast(
    "Any", msgspec.json.Encoder(enc_hook=written, order="sorted").encode
)
_plain_decoder = msgspec.json.Decoder()


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
    data = _encode_sorted(value)
    if data.isascii() or not _utf8_order_may_differ(data):
        return data
    return _encode(frozen_within(_plain_decoder.decode(data), MAX_DOCUMENT_DEPTH, from_text=True))


def _utf8_order_may_differ(data: bytes) -> bool:
    """Whether UTF-8 text has a lead byte of U+E000..U+FFFF (or near) and, in a key, one of beyond the BMP."""
    return (0xEE in data or 0xEF in data) and any(
        match[0].endswith(b":") for match in _FROM_ASTRAL.finditer(data)
    )


_FROM_ASTRAL = re.compile(rb'[\xf0-\xf4](?:[^"\\]++|\\.)*+":?', re.DOTALL)
"""The rest of a JSON text from a character beyond the BMP on, with the colon if the text is a key."""


def parse(data: bytes | str, *, max_bytes: int = MAX_BYTES) -> JsonValue:
    """The frozen value of a JSON text, read strictly; at most 128 deep and ``max_bytes`` bytes of UTF-8 long.

    Raises CanonicalError: beside the codes of `tier2.freeze`, ``size``, ``utf8``, ``bom``, ``syntax``, ``trailing`` and
    ``duplicate-key``. Source: RFC 8259, RFC 7493 2.
    """
    return read(as_bytes(data, max_bytes))[0]


def read(text: bytes) -> tuple[JsonValue, CanonicalBytes]:
    """`parse` for the bytes that `as_bytes` gives, and the canonical bytes of the value."""
    plain = _decoded(text)
    try:
        frozen = frozen_within(plain, MAX_DOCUMENT_DEPTH, from_text=True)
    except CanonicalError as error:
        # How deep msgspec itself follows depends on the Python, so the path is not told: it would be on some only.
        if error.code == "depth":
            raise _too_deep() from None
        raise
    written = encode(frozen)
    if written != text and not _has_as_many_members(text, written):
        refuse_duplicate_keys(text)
    return frozen, written


def _has_as_many_members(text: bytes, written: bytes) -> bool:
    """Whether a JSON text has provably no more members than its value, so that none of them has hidden another.

    Two quotation marks stand around each name and each text; one inside a text is written as such, behind a backslash,
    if not by its number. So a text with a hidden member has more of them than the canonical text of its value.
    """
    return b"\\u0022" not in text and text.count(b'"') == written.count(b'"')


def as_bytes(data: bytes | str, max_bytes: int) -> bytes:
    """The UTF-8 bytes of a JSON text, checked for size and for a byte order mark."""
    if isinstance(data, str):
        try:
            text = data.encode()
        except UnicodeEncodeError:
            remedy = "replace it by a Unicode character"
            raise _refused("surrogate", "the text has a lone surrogate", remedy) from None
    elif type(data) is bytes:
        text = data
    else:
        raise _refused("type", f"JSON text is bytes or str, not {type(data).__name__}", "pass bytes or str")
    if len(text) > max_bytes:
        remedy = "split it, or allow more with max_bytes"
        raise _refused("size", f"{len(text)} bytes are more than {max_bytes}", remedy)
    if text.startswith(b"\xef\xbb\xbf"):
        raise _refused("bom", "the text starts with a byte order mark", "remove it")
    return text


def _decoded(text: bytes) -> Any:
    """The plain value of a JSON text, msgspec's errors told in our words."""
    try:
        return _plain_decoder.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:  # msgspec's own, UnicodeDecodeError, and int's refusal of thousands of digits
        raise (_too_deep() if _nests_too_deep(text) else _fault(text, str(error))) from None


def _nests_too_deep(text: bytes) -> bool:
    """Whether the brackets of a JSON text, well-formed or not, nest too deep: Pythons differ in whether they notice."""
    depth = 0
    for bracket in re.findall(rb"[\[\]{}]", re.sub(rb'"(?:[^"\\]++|\\.)*+"?', b"", text, flags=re.DOTALL)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DOCUMENT_DEPTH:
            return True
    return False


def _fault(text: bytes, reason: str) -> CanonicalError:
    """Why msgspec refused a JSON text, with the path if the text is JSON at all."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return _refused("utf8", f"byte {error.start} is not UTF-8", "encode the text as UTF-8")
    if "trailing characters" in reason:
        return _refused(
            "trailing", "more text follows the JSON value", "send one JSON value, nothing after it"
        )
    refusal = _outside_i_json(text)
    if refusal is not None:
        return refusal
    reason = reason.removeprefix("JSON is malformed: ").lower()
    return _refused("syntax", f"not JSON: {reason}", "send valid JSON (RFC 8259)")


def _outside_i_json(text: bytes) -> CanonicalError | None:
    """The refusal of a text, not too deep, that is JSON but holds a lone surrogate or a number that no double holds."""
    import json  # noqa: PLC0415 - needed for faulty and for non-canonical text only, and slow to import

    try:
        # A constant is NaN or an infinity: `int` refuses these words, as it should.
        value = json.loads(text.decode(), parse_int=float, parse_constant=int)
        refuse_duplicate_keys(text)
        frozen_within(value, MAX_DOCUMENT_DEPTH)
    except CanonicalError as error:
        too_large = error.code == "not-finite"
        message = "the number is too large for a double"
        return _refused("number-range", message, "send it as text", error.path) if too_large else error
    except ValueError:  # it is no JSON at all
        pass
    return None


def refuse_duplicate_keys(text: bytes) -> None:
    """Raises CanonicalError ``duplicate-key`` for a JSON text in which an object has two members of one name."""
    import json  # noqa: PLC0415 - needed for faulty and for non-canonical text only, and slow to import

    twice: list[str] = []

    def members(pairs: Sequence[tuple[str, JsonValue]]) -> JsonValue | _Duplicate:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        twice.append(_first_repeated(pairs))
        return _Duplicate(twice[-1])

    try:
        value = json.loads(text.decode(), parse_int=float, object_pairs_hook=members)
    except RecursionError:  # the hidden one of two members is too deep even to look at
        raise _too_deep() from None
    if twice and _nests_too_deep(text):
        raise _too_deep()
    if twice:
        path, name = next(_duplicates(value, ()))
        raise CanonicalError(
            code="duplicate-key",
            path=path,
            message=f"the object has two members named {json.dumps(name)}",
            remedy="keep one of them",
        )


def _first_repeated(pairs: Sequence[tuple[str, JsonValue]]) -> str:
    counts = Counter(key for key, _ in pairs)
    return next(key for key, _ in pairs if counts[key] > 1)


class _Duplicate:
    """Stands for an object in which a member name stands twice."""

    def __init__(self, name: str) -> None:
        self.name = name


def _duplicates(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """The paths to the objects with duplicate keys, outermost first, and the names."""
    if isinstance(value, _Duplicate):
        yield path, value.name
    elif isinstance(value, dict):
        for key, member in cast("dict[str, object]", value).items():
            yield from _duplicates(member, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(cast("list[object]", value)):
            yield from _duplicates(item, (*path, position))


def _too_deep() -> CanonicalError:
    return _refused("depth", "the value nests too deep", "flatten it: documents may nest 128 deep")


def _refused(code: str, message: str, remedy: str, path: Path = ()) -> CanonicalError:
    return CanonicalError(code=code, path=path, message=message, remedy=remedy)
