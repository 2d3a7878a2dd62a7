"""The question of the daily loop: which of the ranked open tasks come first today."""

from tier2.contracts.v1 import DailyLoopState, StepSpec
from tier2.contracts.views import view
from tier2.errors import CanonicalError, ContractError
from tier2.kinds import Asking, Choice, Field, JsonObject
from tier2.missions.daily_loop.operations import TOP, ranking


def confirm_priorities(step: StepSpec, state: JsonObject) -> Asking:
    """Asks for a ranking of the open tasks, the most urgent first, as the member ``confirmed`` of the output.

    The order is the one in which `generate_priorities` would rank them. A state without open tasks, or with malformed
    ones, has nothing to rank: then the question shows the whole state.
    """
    description = str(step.payload.get("description"))
    try:
        day = view(state, DailyLoopState)
    except (CanonicalError, ContractError):
        return Asking(description=description)
    choices = tuple(Choice(day.tasks[index].text, index) for index in ranking(day)) if day.tasks else ()
    if not choices:
        return Asking(description=description)
    label = f"Which tasks come first? If none is named, the first {TOP} stay as they are"
    return Asking(
        description=description,
        show=(),
        fields=(Field(name="confirmed", label=label, kind="ranking", choices=choices),),
    )
