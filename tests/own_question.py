"""A mission with one human step, whose question has a field of every kind."""

import msgspec

from tier2.contracts.v1 import Choice, Field, StepSpec
from tier2.kinds import Asking, JsonObject, MissionType
from tier2.missions import MISSIONS

PLACES = (Choice(label="Here", value="h"), Choice(label="There", value=None))
ORDER = (Choice(label="a", value=1), Choice(label="b", value=[2]))
FIELDS = (
    Field(name="why", label="The reason", kind="text", required=True),
    Field(name="days", label="How long", kind="integer"),
    Field(name="urgent", label="Whether it is urgent", kind="boolean"),
    Field(name="where", label="The place", kind="choice", choices=PLACES),
    Field(name="order", label="The order", kind="ranking", choices=ORDER),
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
