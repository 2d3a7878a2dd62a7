"""The floor of a piece of work: what nobody can do without who hashes and encodes with msgspec.

It is msgspec's sorted encoding plus SHA-256 over exactly the byte strings that the work's result requires, each once.
Which these are is derived from the result itself: from what its lineage, its receipt and its own digest name.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from tier2 import OrchestrationResult, Run, canonical, replay, state

_encoder = msgspec.json.Encoder(order="sorted")


class Piece(NamedTuple):
    """A byte string that has to be made and hashed."""

    name: str
    data: bytes


def floor_of(run: Run, result: OrchestrationResult) -> list[Piece]:
    """All byte strings behind a result: workflow, context, first link, each different state, each entry, the result."""
    return list(_different(_pieces(run, result)))


def _pieces(run: Run, result: OrchestrationResult) -> Iterator[Piece]:
    yield Piece("workflow", canonical(run.workflow))
    yield Piece("context", canonical(run.context))
    lineage = result.lineage
    link = {"context_sha256": lineage.context_sha256, "workflow_sha256": lineage.workflow_sha256}
    yield Piece("first link", canonical(link))
    for count in range(1, len(result.receipt.entries) + 1):
        events = [entry.event for entry in result.receipt.entries[:count]]
        yield Piece(f"state {count}", canonical(state(replay(run.workflow, run.context, events))))
    for position, entry in enumerate(result.receipt.entries):
        yield Piece(f"entry {position}", canonical(entry))
    yield Piece("result", canonical(result))


def _different(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Each byte string once: a state that an event left as it was need not be hashed again."""
    seen: set[bytes] = set()
    for piece in pieces:
        if piece.data not in seen:
            seen.add(piece.data)
            yield piece


def listing(pieces: Sequence[Piece]) -> str:
    """The pieces with their sizes, for people."""
    sizes = ", ".join(f"{piece.name} {len(piece.data)}" for piece in pieces)
    return f"{len(pieces)} byte strings, {sum(len(piece.data) for piece in pieces)} bytes: {sizes}"


def twin(data: bytes) -> object:
    """A plain value that msgspec's sorted encoder, without help, writes as these canonical bytes.

    Numbers that msgspec would write otherwise stand in it as ready text, so that the floor pays nothing for them.
    Raises AssertionError for bytes that msgspec does not write, since it sorts by UTF-8 (see `tier2.values.canonical`).
    """
    value: object = _decoder.decode(data)
    assert _encoder.encode(value) == data, "msgspec writes this value otherwise"
    return value


def _number(text: str) -> object:
    number = float(text)
    return number if _encoder.encode(number) == text.encode() else msgspec.Raw(text.encode())


_decoder = msgspec.json.Decoder(float_hook=_number)


def twins(pieces: Iterable[Piece]) -> list[object]:
    """The twins of all pieces, equal parts being one and the same value: a state stands in the context too.

    Otherwise the floor would read more memory than a run does, in which they are one, and be no floor.
    """
    pool: dict[bytes, object] = {}
    return [_shared(twin(piece.data), pool) for piece in pieces]


def _shared(value: object, pool: dict[bytes, object]) -> object:
    if isinstance(value, dict):
        made: object = {key: _shared(member, pool) for key, member in value.items()}
    elif isinstance(value, list):
        made = [_shared(item, pool) for item in value]
    else:
        return value
    return pool.setdefault(_encoder.encode(made), made)


def copied(value: object, known: dict[int, object] | None = None) -> object:
    """The same plain value in new containers, as a value that was frozen again has new ones around its old texts.

    What is one value in several places stays one. The containers have no room to grow: that much less is read.
    """
    known = {} if known is None else known
    if id(value) in known:
        return known[id(value)]
    if isinstance(value, dict):
        compact: dict[object, object] = {}
        compact.update({key: copied(member, known) for key, member in value.items()})
        known[id(value)] = compact
    elif isinstance(value, list):
        known[id(value)] = tuple([copied(item, known) for item in value])
    else:
        return value
    return known[id(value)]


def encode_and_hash(values: Iterable[object]) -> list[str]:
    """The floor itself: the digests of all values."""
    encode, sha256 = _encoder.encode, hashlib.sha256
    return [sha256(encode(value)).hexdigest() for value in values]
