"""Reads JSON text strictly: it refuses what two readers could understand differently.

1. It refuses duplicate keys, lone surrogates, a byte order mark, trailing data, numbers too large for a double, and
   integers beyond +-(2**53 - 1) that are not written as ECMAScript writes their double.
2. Text that equals its own canonical bytes has no duplicate keys, and neither has text with as many quotation marks as
   these. Any other text is read a second time to look for them.
3. The errors do not depend on the Python: where msgspec's depend on it, the text is looked at again.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec

from tier2.errors import CanonicalError, Path
from tier2.values.canonical import MAX_BYTES, CanonicalBytes, encode
from tier2.values.frozen import MAX_DOCUMENT_DEPTH, JsonValue, frozen_within
from tier2.values.numbers import TOO_LARGE

_plain_decoder = msgspec.json.Decoder()


def parse(data: bytes | str, *, max_bytes: int = MAX_BYTES) -> JsonValue:
    """The frozen value of a JSON text, read strictly; at most 128 deep and ``max_bytes`` bytes of UTF-8 long.

    Raises CanonicalError: beside the codes of `tier2.freeze`, ``size``, ``utf8``, ``bom``, ``syntax``, ``trailing`` and
    ``duplicate-key``. Source: RFC 8259, RFC 7493 2.
    """
    return read(as_bytes(data, max_bytes))[0]


def read(text: bytes) -> tuple[JsonValue, CanonicalBytes]:
    """`parse` for the bytes that `as_bytes` gives; the value and its canonical bytes."""
    plain = _decoded(text)
    try:
        frozen = frozen_within(plain, MAX_DOCUMENT_DEPTH, from_text=True)
    except CanonicalError as error:
        # How deep msgspec itself reads depends on the Python. So the error has no path: only some Pythons know it.
        if error.code == "depth":
            raise _too_deep() from None
        raise
    written = encode(frozen)
    if written != text and not _has_as_many_members(text, written):
        refuse_duplicate_keys(text)
    return frozen, written


def _has_as_many_members(text: bytes, written: bytes) -> bool:
    """Whether a JSON text provably has no more members than its value, so that no member has hidden another.

    Each name and each string has two quotation marks around it. One inside a string is escaped by a backslash or by its
    number. So a text with a hidden member has more of them than the canonical text of its value.
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
        remedy = "split it (in Python, max_bytes allows more)"
        raise _refused("size", f"the text has more than {max_bytes} bytes", remedy)
    if text.startswith(b"\xef\xbb\xbf"):
        raise _refused("bom", "the text starts with a byte order mark", "remove it")
    return text


def _decoded(text: bytes) -> Any:
    """The plain value of a JSON text."""
    try:
        return _plain_decoder.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:  # msgspec's own, UnicodeDecodeError, and int's refusal of thousands of digits
        too_deep = first_too_deep(text) is not None
        raise (_too_deep() if too_deep else _decoding_error(text, str(error))) from None


def first_too_deep(text: bytes) -> int | None:
    """The offset of the first bracket that nests more than 128 deep in a text, well-formed or not; None without one.

    It looks at the text, because Pythons differ in how deep they read.
    """
    depth = 0
    for token in re.finditer(_STRING_OR_BRACKET, text, re.DOTALL):
        sign = text[token.start()]
        if sign in b"[{":
            depth += 1
            if depth > MAX_DOCUMENT_DEPTH:
                return token.start()
        elif sign in b"]}":
            depth -= 1
    return None


_STRING_OR_BRACKET = rb'[\[\]{}]|"(?:[^"\\]++|\\.)*+"?'


def _decoding_error(text: bytes, reason: str) -> CanonicalError:
    """Our error for msgspec's ``reason``, with the path if the text is JSON at all."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return _refused("utf8", f"byte {error.start} is not UTF-8", "encode the text as UTF-8")
    if "trailing characters" in reason:
        return _refused(
            "trailing", "more text follows the JSON value", "send one JSON value, nothing after it"
        )
    outside = _outside_i_json(text)
    if outside is not None:
        return outside
    reason = reason.removeprefix("JSON is malformed: ").lower()
    return _refused("syntax", f"not JSON: {reason}", "send valid JSON (RFC 8259)")


def _outside_i_json(text: bytes) -> CanonicalError | None:
    """The error of a text, not too deep, that is JSON but holds a lone surrogate or a number too large for a double."""
    import json  # noqa: PLC0415 - needed for faulty and for non-canonical text only, and slow to import

    try:
        # A constant is NaN or an infinity: `int` refuses these words, as it should.
        value = json.loads(text.decode(), parse_int=float, parse_constant=int)
        refuse_duplicate_keys(text)
        frozen_within(value, MAX_DOCUMENT_DEPTH)
    except CanonicalError as error:
        too_large = error.code == "not-finite"
        return _refused("number-range", TOO_LARGE, "send it as a string", error.path) if too_large else error
    except ValueError:  # it is no JSON at all
        pass
    return None


def refuse_duplicate_keys(text: bytes) -> None:
    """Raises CanonicalError ``duplicate-key`` for a JSON text in which an object has two members of the same name."""
    import json  # noqa: PLC0415 - needed for faulty and for non-canonical text only, and slow to import

    found = False

    def members(pairs: Sequence[tuple[str, JsonValue]]) -> JsonValue | _Duplicate:
        nonlocal found
        by_name = dict(pairs)
        if len(by_name) == len(pairs):
            return by_name
        found = True
        return _Duplicate(_first_repeated(pairs))

    try:
        value = json.loads(text.decode(), parse_int=float, object_pairs_hook=members)
    except RecursionError:  # the hidden one of two members is too deep for Python
        raise _too_deep() from None
    if found and first_too_deep(text) is not None:
        raise _too_deep()
    if found:
        path, name = next(_duplicates(value, ()))
        message = f"the object has two members named {json.dumps(name)}"
        raise _refused("duplicate-key", message, "keep one of them", path)


def _first_repeated(pairs: Sequence[tuple[str, JsonValue]]) -> str:
    counts = Counter(name for name, _ in pairs)
    return next(name for name, count in counts.items() if count > 1)


class _Duplicate:
    """Stands for an object that has two members of the same name."""

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
