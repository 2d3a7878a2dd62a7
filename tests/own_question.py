"""A mission with one human step, whose question has a field of every kind."""

import msgspec

from tier2.contracts.v1 import StepSpec
from tier2.kinds import Asking, Choice, Field, JsonObject, MissionType
from tier2.missions import MISSIONS

FIELDS = (
    Field(name="why", label="The reason", kind="text", required=True),
    Field(name="days", label="How long", kind="integer"),
    Field(name="urgent", label="Whether it is urgent", kind="boolean"),
    Field(
        name="where", label="The place", kind="choice", choices=(Choice("Here", "h"), Choice("There", None))
    ),
    Field(name="order", label="The order", kind="ranking", choices=(Choice("a", 1), Choice("b", [2]))),
)


def asked(_: StepSpec, __: JsonObject) -> Asking:
    return Asking(description="Go?", show=("/rows", "/none", "/a~1b"), fields=FIELDS)


class NoParams(msgspec.Struct):
    pass


OWN = {
    **MISSIONS,
    "own": MissionType(
        NoParams, lambda _: [StepSpec(id="go", kind="human", payload={})], questions={"go": asked}
    ),
}
