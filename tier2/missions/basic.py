"""The smallest mission, `echo`, and the operations that belong to no mission: do nothing, fail, merge a patch."""

from collections.abc import Mapping

from tier2.contracts.v1 import EchoParams, StepSpec
from tier2.kinds import Fail, JsonObject, MissionType, runtime
from tier2.values.frozen import EMPTY


def echo(_: EchoParams) -> tuple[StepSpec, ...]:
    """One step for any params (``echo.params.schema.json``)."""
    return (runtime("echo", "Do nothing, and prove it.", "noop"),)


ECHO = MissionType(EchoParams, echo)


def noop(payload: JsonObject, state: JsonObject) -> JsonObject:
    """Changes nothing."""
    return EMPTY


def fail(payload: JsonObject, state: JsonObject) -> Fail:
    """Fails, with the payload's ``reason`` if that is a string."""
    reason = payload.get("reason")
    return Fail(reason if isinstance(reason, str) else "failed as asked")


def merge(payload: JsonObject, state: JsonObject) -> JsonObject | Fail:
    """Returns the payload's ``patch`` as the output: a JSON Merge Patch onto the state."""
    patch = payload.get("patch")
    return patch if isinstance(patch, Mapping) else Fail("the payload has no patch object")
