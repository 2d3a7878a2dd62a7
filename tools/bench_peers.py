"""The peers beside which tier2 is measured, if they are installed (dependency group ``bench``); none is needed.

They are imported by name, so that type checkers and tests do without them.
"""

import importlib
import importlib.util
import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, Literal

import msgspec

from tier2 import MAX_TOTAL_STEPS

PEERS = ("msgspec", "rfc8785", "jcs", "orjson", "pydantic")


def versions() -> dict[str, str | None]:
    """The version of each peer, None for one that is not installed."""
    return {name: version(name) if importlib.util.find_spec(name) else None for name in PEERS}


def module(name: str) -> Any:
    """The peer's module, or None."""
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def missing(*names: str) -> list[str]:
    """Those of the peers that are not installed."""
    return [name for name in names if not importlib.util.find_spec(name)]


def encoders() -> dict[str, tuple[Callable[[Any], bytes], bool]]:
    """How each peer that is installed writes a plain JSON value, and whether it claims to write RFC 8785."""
    found: dict[str, tuple[Callable[[Any], bytes], bool]] = {}
    rfc8785, jcs, orjson = module("rfc8785"), module("jcs"), module("orjson")
    if rfc8785:
        found["rfc8785"] = (rfc8785.dumps, True)
    if jcs:
        found["jcs"] = (jcs.canonicalize, True)
    found["json.dumps sorted (not canonical)"] = (_dumps, False)
    if orjson:
        found["orjson sorted (not canonical)"] = (
            lambda value: bytes(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)),
            False,
        )
    return found


def _dumps(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def loads_checked(data: bytes) -> object:
    """The value of a JSON text by the standard library, refusing two members of one name."""
    return json.loads(data, object_pairs_hook=_members)


def _members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("two members of one name")
    return members


plain_decode: Callable[[bytes], object] = msgspec.json.Decoder().decode


def pydantic_models() -> dict[str, Callable[[bytes], object]]:
    """Readers of a context and of a result by pydantic models of the same members; empty without pydantic."""
    pydantic = module("pydantic")
    if pydantic is None:
        return {}

    def model(name: str, **members: Any) -> Any:
        closed = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)
        fields = {key: kind if isinstance(kind, tuple) else (kind, ...) for key, kind in members.items()}
        return pydantic.create_model(name, __config__=closed, **fields)

    opened = dict[str, Any]
    # The classes exist at run time only, so they are put together here and not in annotations.
    step: Any = model("Step", id=str, kind=Literal["human", "runtime"], payload=opened)
    completed = model("Completed", event=Literal["completed"], step_id=str, output=opened)
    failed = model("Failed", event=Literal["failed"], step_id=str, reason=str)
    rehearsed = model("Rehearsed", event=Literal["rehearsed"], step_id=str)
    event = (completed | failed | rehearsed, pydantic.Field(discriminator="event"))
    entry: Any = model("Entry", event=event, state_sha256=str, previous_sha256=str)
    lineage = model(
        "Lineage",
        workflow_id=str,
        mission_type=str | None,
        executed_step_ids=list[str],
        workflow_sha256=str,
        context_sha256=str,
    )
    receipt = model("Receipt", id=str, steps=list[str], entries=list[entry], head_sha256=str)
    result = model(
        "Result",
        contract=Literal["tier2.result/v1"],
        id=str,
        outcome=Literal["completed", "failed", "vetoed", "rehearsed"],
        success=bool,
        executed_steps=(list[step], pydantic.Field(min_length=1, max_length=MAX_TOTAL_STEPS)),
        final_state=opened,
        failed_step_id=str | None,
        error_message=str | None,
        lineage=lineage,
        receipt=receipt,
    )
    context = model("Context", contract=Literal["tier2.context/v1"], initial_state=opened, metadata=opened)
    return {
        "context": lambda data: context.model_validate_json(data).model_dump(),
        "result": lambda data: result.model_validate_json(data).model_dump(),
    }
