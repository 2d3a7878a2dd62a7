"""The floor of a run: the least that it can cost with msgspec and SHA-256.

The digests in a result and the digest of the result itself say which byte strings somebody has to make and hash. The
floor encodes exactly these with msgspec, sorted, and hashes each of them once. It checks nothing and keeps nothing.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from tier2 import ExecutionContext, OrchestrationResult, WorkflowDefinition, canonical, replay, state

_encode = msgspec.json.Encoder(order="sorted").encode


def encode_and_hash(values: Iterable[object]) -> list[str]:
    """The floor itself: the digests of plain values."""
    sha256 = hashlib.sha256
    return [sha256(_encode(value)).hexdigest() for value in values]


def byte_strings(
    workflow: WorkflowDefinition, context: ExecutionContext, result: OrchestrationResult
) -> list[bytes]:
    """All byte strings behind a result, each once: an event may leave the state as it was."""
    lineage, entries = result.lineage, result.receipt.entries
    events = [entry.event for entry in entries]
    values: list[Any] = [
        workflow,
        context,
        {
            "context_sha256": lineage.context_sha256,
            "operations": lineage.operations,
            "workflow_sha256": lineage.workflow_sha256,
        },
        *(state(replay(workflow, context, events[:count])) for count in range(1, len(events) + 1)),
        *entries,
        result,
    ]
    return list(dict.fromkeys(bytes(canonical(value)) for value in values))


def plain_values(texts: Iterable[bytes]) -> list[Any]:
    """Plain values that msgspec encodes to these canonical bytes; equal parts of them are one object.

    In a run they are one object too: a floor that reads more memory would be none.
    Raises AssertionError for bytes that msgspec does not write: it sorts names by UTF-8, RFC 8785 by UTF-16.
    """
    pool: dict[bytes, object] = {}
    values = [_shared(_decoder.decode(text), pool) for text in texts]
    assert [_encode(value) for value in values] == list(texts), "msgspec writes these values differently"
    return values


def _number(text: str) -> object:
    """The number; as ready text if msgspec prints it differently, so that the floor pays nothing for it."""
    number = float(text)
    return number if _encode(number) == text.encode() else msgspec.Raw(text.encode())


_decoder = msgspec.json.Decoder(float_hook=_number)


def _shared(value: Any, pool: dict[bytes, object]) -> Any:
    if isinstance(value, dict):
        made: object = {name: _shared(member, pool) for name, member in value.items()}
    elif isinstance(value, list):
        made = [_shared(item, pool) for item in value]
    else:
        return value
    return pool.setdefault(_encode(made), made)
