"""The rows about single values: canonical bytes with digest, freezing, strict decoding."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from bench_documents import KINDS, SIZES, day, document
from bench_floor import copied, encode_and_hash, twin
from bench_measure import Aim, Candidate, Effort, Row, measure
from bench_peers import encoders, loads_checked, missing, plain_decode, pydantic_models

from tier2 import (
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    build_workflow,
    canonical,
    decode,
    digest,
    freeze,
    run_workflow,
)

ROOT = Path(__file__).resolve().parent.parent

T = TypeVar("T")


def always(value: T) -> Callable[[], T]:
    """What prepares the same input each time, for a work that cannot remember it."""
    return lambda: value


def example_day() -> dict[str, Any]:
    state: dict[str, Any] = json.loads((ROOT / "contracts" / "examples" / "day.json").read_bytes())
    return state


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each size in each kind, and what could need UTF-16 order, which only one size is enough for."""
    for size, count in SIZES.items():
        for kind in KINDS:
            yield f"{size}, {kind}", document(count, kind)
    unusual = "emoji beside wide marks"
    yield f"100 KB, {unusual}", document(SIZES["100 KB"], unusual)


def canonical_rows(effort: Effort) -> Iterator[Row | str]:
    """Canonical bytes and digest of a frozen document."""
    yield (
        "The document is a context, frozen when it was made. The floor encodes a plain twin of it, whose unusual"
        " numbers are ready text. rfc8785, jcs and the floor have to give the same digest as tier2."
    )
    for name, plain in documents():
        yield canonical_row(name, plain, effort)


def canonical_row(name: str, plain: dict[str, Any], effort: Effort) -> Row:
    plain_twin = twin(canonical(ExecutionContext(initial_state=plain)))
    whole = {"contract": "tier2.context/v1", "initial_state": plain, "metadata": {}}
    candidates = [
        Candidate("tier2", digest, lambda: ExecutionContext(initial_state=plain), str),
        Candidate("the floor", lambda value: encode_and_hash([value])[0], lambda: copied(plain_twin), str),
        *(
            Candidate(peer, _hashed(encoder), always(whole), str if is_canonical else None)
            for peer, (encoder, is_canonical) in encoders().items()
        ),
    ]
    absent = missing("rfc8785", "jcs", "orjson")
    aims = [Aim("the floor", "times", 1.10), Aim("rfc8785", "faster", 30)]
    return measure(f"canonical bytes + digest, {name}", candidates, effort, aims, absent)


def _hashed(encoder: Callable[[Any], bytes]) -> Callable[[Any], str]:
    return lambda value: hashlib.sha256(encoder(value)).hexdigest()


def freeze_rows(effort: Effort) -> Iterator[Row | str]:
    """Freezing plain JSON, that is dicts, lists and scalars."""
    for name, plain in documents():
        yield freeze_row(name, plain, effort)


def freeze_row(name: str, plain: dict[str, Any], effort: Effort) -> Row:
    candidates = [
        Candidate("tier2", freeze, always(plain), canonical),
        Candidate("copy.deepcopy", copy.deepcopy, always(plain), canonical),
        Candidate("msgspec decode of the same", plain_decode, always(bytes(canonical(plain))), canonical),
    ]
    return measure(f"freeze, {name}", candidates, effort, [Aim("copy.deepcopy", "times", 0.5)])


def decode_rows(effort: Effort) -> Iterator[Row | str]:
    """Strict decoding, all refusals included, of canonical text and of text with other spacing and order."""
    yield (
        "msgspec's plain decode, json.loads and pydantic check less: of these, only json.loads with its check notices"
        " two members of one name, and none notices an integer that no double holds. pydantic's models have the same"
        " members, closed."
    )
    for name, plain in documents():
        context = ExecutionContext(initial_state=plain)
        yield from decode_pair(f"context, {name}", "context", context, effort)
    workflow = build_workflow(MissionSpec(type="daily_loop", params={"requested_human_steps": 0}))
    for name, state in (("3 tasks", day(3)), ("day.json", example_day())):
        result = run_workflow(workflow, ExecutionContext(initial_state=state))
        yield from decode_pair(f"result, {name}", "result", result, effort)


def decode_pair(
    name: str, kind: str, value: ExecutionContext | OrchestrationResult, effort: Effort
) -> Iterator[Row]:
    text = bytes(canonical(value))
    # Members in reverse order, and spaces after commas and colons: what other programs send.
    other = json.dumps(_backwards(value.to_dict()), ensure_ascii=False).encode()
    for form, data, aim in (
        ("canonical", text, Aim("msgspec's plain decode + freeze", "times", 2)),
        ("other text", other, Aim("json.loads with a check for duplicates", "times", 2)),
    ):
        candidates = [
            Candidate("tier2", _decoded(type(value)), always(data), canonical),
            Candidate("msgspec's plain decode", plain_decode, always(data), canonical),
            Candidate("msgspec's plain decode + freeze", _decoded_and_frozen, always(data), canonical),
            Candidate("json.loads with a check for duplicates", loads_checked, always(data), canonical),
            *(
                Candidate("pydantic model_validate_json", model, always(data), canonical)
                for model in _model(kind)
            ),
        ]
        yield measure(f"decode, {form}: {name}", candidates, effort, [aim], missing("pydantic"))


def _model(kind: str) -> Sequence[Callable[[bytes], object]]:
    models = pydantic_models()
    return [models[kind]] if kind in models else []


def _decoded(kind: type[ExecutionContext | OrchestrationResult]) -> Callable[[bytes], object]:
    return lambda data: decode(data, kind)


def _decoded_and_frozen(data: bytes) -> object:
    value: Any = plain_decode(data)
    return freeze(value)


def _backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _backwards(member) for key, member in reversed(value.items())}
    return [_backwards(item) for item in value] if isinstance(value, list) else value
