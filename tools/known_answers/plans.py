"""Missions and the workflows that are planned for them; the plans were written down by hand, as letters in a grid."""

from collections.abc import Iterator

from known_answers.days import ARCHIVE, CONFIRM, GENERATE, LOG, NOTHING, SUMMARISE, daily
from known_answers.parts import deep
from known_answers.reference import Json, Object
from known_answers.runs import echoed, tested
from known_answers.vectors import Case, Vector, written

STEPS = {"C": CONFIRM, "S": SUMMARISE, "G": GENERATE, "L": LOG, "A": ARCHIVE, "N": NOTHING}

HUGE = 9007199254740991
REQUESTED_STEPS = (-HUGE, -1, 0, 1, 2, 3, 4, 5, 6, 99, HUGE, None)
"""The columns of the grid; None is an absent member."""

GRID: dict[int | None, str] = {
    -HUGE: "N N N S SG SGL SGLA SGLA SGLA SGLA SGLA SGLA",
    -1: "   N N N S SG SGL SGLA SGLA SGLA SGLA SGLA SGLA",
    0: "    N N N S SG SGL SGLA SGLA SGLA SGLA SGLA SGLA",
    1: "    C C C C CS CSG CSGL CSGLA CSGLA CSGLA CSGLA CSGL",
    2: "    C C C C CS CSG CSGL CSGLA CSGLA CSGLA CSGLA CSGL",
    3: "    C C C C CS CSG CSGL CSGLA CSGLA CSGLA CSGLA CSGL",
    HUGE: " C C C C CS CSG CSGL CSGLA CSGLA CSGLA CSGLA CSGL",
    None: " C C C C CS CSG CSGL CSGLA CSGLA CSGLA CSGLA CSGL",
}
"""By requested_human_steps: the plan for each column."""

_TARGETS: dict[str, tuple[Object, str]] = {
    "default": ({}, "all"),
    "all": ({"target": "all"}, "all"),
    "file": ({"target": "tests/unit/test_a.py", "more": [1.0]}, "tests/unit/test_a.py"),
    "empty": ({"target": ""}, ""),
    "odd": ({"target": '\U0001f600\ufb33 "a"\n'}, '\U0001f600\ufb33 "a"\n'),
    "option": ({"target": "-x; rm"}, "-x; rm"),
}
_ECHOES: dict[str, Object] = {
    "empty": {},
    "any": {"a": [None, 1e21, {"": -0.0}], "Z": True},
    "prototype": {"__proto__": {"a": 1}, "constructor": None, "toString": "x"},
    "of-others": {"requested_steps": "4", "target": 7},
    "deep": deep(63),
}

_NO_INTEGER: dict[str, Json] = {
    "text": "4",
    "true": True,
    "null": None,
    "fraction": 4.5,
    "array": [4],
    "object": {},
    "beyond": 9007199254740992,
    "huge": 1e300,
}
_BEYOND = ("beyond", "huge")
"""Those that are integers, but larger than a contract may ask for."""

_NO_TEXT: dict[str, Json] = {"number": 7, "null": None, "array": ["all"], "object": {}, "true": True}
_UNKNOWN = ("", "Daily_loop", "daily-loop", "echo ", "wf-echo", "__proto__", "constructor", "toString")


def plan_vectors() -> Iterator[Vector]:
    yield from _grid()
    for name, (params, target) in _TARGETS.items():
        item = f"run_tests target={name}"
        yield _planned(f"run_tests-{name}", "Plan", f"The target {name}.", tested(params, target), item)
    for name, params in _ECHOES.items():
        flags = (
            "Plan PrototypeKey"
            if name == "prototype"
            else "Plan DeepValue AtBound"
            if name == "deep"
            else "Plan"
        )
        yield _planned(f"echo-{name}", flags, "Params are kept whole.", echoed(params), f"echo {name}")
    yield from _refused_params()


def _grid() -> Iterator[Vector]:
    for people, row in GRID.items():
        for steps, plan in zip(REQUESTED_STEPS, row.split(), strict=True):
            params: Object = {}
            if steps is not None:
                params["requested_steps"] = steps
            if people is not None:
                params["requested_human_steps"] = people
            item = f"daily_loop requested_steps={steps} requested_human_steps={people}"
            beyond = any(
                number is not None and not 0 <= number <= most for number, most in ((steps, 5), (people, 2))
            )
            yield _planned(
                f"daily_loop-{_label(steps)}-{_label(people)}",
                "Plan Truncation" if beyond else "Plan",
                f"Steps {_label(steps)}, people {_label(people)}.",
                daily(params, [STEPS[letter] for letter in plan]),
                item,
            )
    floats: Object = {"requested_steps": 2.0, "requested_human_steps": -0.0, "because": None}
    told = daily(floats, [SUMMARISE, GENERATE])
    yield _planned("daily_loop-floats", "Plan IntegralFloat", "2.0 is 2.", told, "daily_loop floats")


def _label(number: int | None) -> str:
    return {None: "absent", HUGE: "huge", -HUGE: "minus-huge"}.get(number, str(number))


def _planned(name: str, flags: str, comment: str, told: tuple[Object, Object], item: str) -> Vector:
    mission, plan = told
    covers = [("mission over its params", item)]
    case = Case("plans", f"plan-{name}", flags, comment, {"mission": written(mission)}, covers)
    return case.answered(plan)


def _refused_params() -> Iterator[Vector]:
    for member in ("requested_steps", "requested_human_steps"):
        for name, value in _NO_INTEGER.items():
            code = "bound" if name in _BEYOND else "type"
            yield _wrong(f"daily_loop-{member}-{name}", "daily_loop", {member: value}, code)
    for name, value in _NO_TEXT.items():
        yield _wrong(f"run_tests-target-{name}", "run_tests", {"target": value})
    for mission in ("daily_loop", "run_tests", "echo"):
        comment = "As deep as params may be: in the workflow's metadata they would stand one deeper."
        yield _refusal(f"{mission}-too-deep", "DeepValue BeyondBound", comment, mission, deep(64)).refused(
            "depth"
        )
    for at, mission in enumerate(_UNKNOWN):
        comment = "There is no such mission type."
        yield _refusal(f"unknown-{at}", "UnknownMission", comment, mission, {}).refused("unknown-mission")


def _wrong(name: str, mission: str, params: Object, code: str = "type") -> Vector:
    return _refusal(name, "WrongParams", "Params that do not fit.", mission, params).refused(code)


def _refusal(name: str, flags: str, comment: str, mission: str, params: Object) -> Case:
    document: Object = {"contract": "tier2.mission/v1", "type": mission, "params": params}
    inputs: Object = {"mission": written(document)}
    return Case("plans", f"plan-refused-{name}", flags, comment, inputs, [("mission refused", name)])
