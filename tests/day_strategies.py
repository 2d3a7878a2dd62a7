"""Hypothesis strategies for the states of a daily loop."""

from datetime import date

from hypothesis import strategies as st
from strategies import Json, json_values

from tier2.contracts.v1 import DailyLoopState

dates = st.dates(date(1, 1, 2)).map(date.isoformat) | st.sampled_from(
    ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]
)
"""Any date, and dates that often meet."""

strings = st.sampled_from(["", "a", "b", "Zürich", "\U0001f600", "x\ny"])
some_strings = st.lists(strings, max_size=3)


def members(
    required: dict[str, st.SearchStrategy[Json]], **optional: st.SearchStrategy[Json]
) -> st.SearchStrategy[Json]:
    """Objects with these members and, often, one that no contract knows."""
    unknown = st.sampled_from([None, {"x": [None]}, [1e16, 4.0], "u"])
    return st.fixed_dictionaries(required, optional={**optional, "unknown": unknown})


tasks = members(
    {"text": strings, "done": st.booleans()},
    priority=st.sampled_from("ABZ"),
    created=dates,
    completed=dates,
    due=dates,
    projects=some_strings,
    contexts=some_strings,
)
entries = members({"date": dates}, completed=some_strings, carried_over=some_strings, priorities=some_strings)


@st.composite
def days(draw: st.DrawFn, *, with_today: bool = False, history: bool = True) -> Json:
    """Well-formed states, with a journal that has one entry for each of its days; or without anything from before."""
    required: dict[str, st.SearchStrategy[Json]] = {"today": dates} if with_today else {}
    optional: dict[str, st.SearchStrategy[Json]] = {} if with_today else {"today": dates}
    todo = draw(st.lists(tasks, max_size=6))
    if todo:
        required["tasks"] = st.just(todo)
        optional["confirmed"] = st.lists(st.integers(0, len(todo) - 1), max_size=4)
    if history:
        optional |= {
            "yesterday": members({}, date=dates, completed=some_strings, carried_over=some_strings),
            "priorities": some_strings,
            "journal": st.lists(entries, max_size=3, unique_by=lambda entry: str(entry["date"])),
            "archived": st.lists(tasks, max_size=3),
        }
    return draw(members(required, **optional))


def day_members(max_size: int) -> st.SearchStrategy[Json]:
    """States whose known members have any JSON value."""
    known = sorted(DailyLoopState.__struct_fields__)
    return st.dictionaries(st.sampled_from(known), json_values(8), max_size=max_size)
