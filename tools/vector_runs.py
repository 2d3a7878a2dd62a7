"""The hand-written runs of `run_tests`, of `echo` and of workflows that nobody planned.

Nothing here is computed by a planner or an operation. Steps and outputs were written down from what the
missions and operations are said to do; ``make_vectors`` makes the results from them.
"""

from vector_cases import Json, Object
from vector_parts import RunCase, approved, context, did, failed, human, rehearsed, runtime, vetoed, workflow


def tested(params: Object, target: str) -> tuple[Object, Object]:
    """A mission, and the plan that was written down for it."""
    mission: Object = {"contract": "tier2.mission/v1", "type": "run_tests", "params": params}
    steps: list[Json] = [
        runtime("tests-discover", f"Discover the tests of {target}.", "tests.discover"),
        runtime("tests-execute", f"Run the tests of {target}.", "tests.execute"),
        runtime("tests-report", f"Report the outcome of the tests of {target}.", "tests.report"),
    ]
    return mission, workflow("wf-run-tests", steps, {"mission_type": "run_tests", "params": params})


def ran(*outcomes: tuple[str, str]) -> list[Object]:
    """What the two host steps recorded."""
    return [
        did("tests-discover", {"tests": {"discovered": [name for name, _ in outcomes]}}),
        did(
            "tests-execute",
            {"tests": {"outcomes": [{"id": name, "outcome": outcome} for name, outcome in outcomes]}},
        ),
    ]


_TESTS = (
    RunCase(
        "tests-rehearsed",
        "Host operations are passed over, and the report does not claim a test run.",
        *tested({}, "all"),
        context({}, {}),
        [
            rehearsed("tests-discover"),
            rehearsed("tests-execute"),
            did("tests-report", {"report": {"status": "not run"}}),
        ],
        rehearsal=True,
    ),
    RunCase(
        "tests-passed",
        "Skipped and expected failures are no failures.",
        *tested({"target": "tests/unit", "fast": True}, "tests/unit"),
        context({}, {}),
        [
            *ran(
                ("t.py::a", "passed"), ("t.py::b", "skipped"), ("t.py::c", "xfailed"), ("t.py::d", "passed")
            ),
            did(
                "tests-report",
                {
                    "report": {
                        "status": "passed",
                        "total": 4,
                        "passed": 2,
                        "skipped": 1,
                        "xfailed": 1,
                        "xpassed": 0,
                    }
                },
            ),
        ],
        rehearsal=False,
    ),
    RunCase(
        "tests-two-of-three-failed",
        "A failure and an error are named in the order of the run.",
        *tested({"target": "tests"}, "tests"),
        context({}, {}),
        [
            *ran(("t.py::z", "error"), ("t.py::b", "passed"), ("t.py::a[\u00e9]", "failed")),
            failed("tests-report", "2 of 3 tests failed: t.py::z, t.py::a[\u00e9]"),
        ],
        rehearsal=False,
    ),
    RunCase(
        "tests-twelve-failed",
        "At most ten are named.",
        *tested({}, "all"),
        context({}, {}),
        [
            *ran(*((f"t.py::{letter}", "failed") for letter in "abcdefghijkl"), ("t.py::m", "xpassed")),
            failed(
                "tests-report",
                "12 of 13 tests failed: t.py::a, t.py::b, t.py::c, t.py::d, t.py::e, t.py::f, t.py::g, "
                "t.py::h, t.py::i, t.py::j and 2 more",
            ),
        ],
        rehearsal=False,
    ),
    RunCase(
        "tests-nothing-collected",
        "A run of no tests proves nothing.",
        *tested({"target": ""}, ""),
        context({}, {}),
        [*ran(), failed("tests-report", "no tests were collected")],
        rehearsal=False,
    ),
    RunCase(
        "tests-host-raised",
        "Of a host operation's exception only the type's name is recorded; the report did not run.",
        *tested({}, "all"),
        context({}, {}),
        [did("tests-discover", {}), failed("tests-execute", "raised OSError")],
        rehearsal=False,
    ),
    RunCase(
        "tests-rehearsed-after-a-failure",
        "Tests that were recorded before fail the report of a rehearsal: the outcome is failed.",
        *tested({}, "all"),
        context({"tests": {"outcomes": [{"id": "t.py::a", "outcome": "failed", "seconds": 0.25}]}}, {}),
        [
            rehearsed("tests-discover"),
            rehearsed("tests-execute"),
            failed("tests-report", "1 of 1 tests failed: t.py::a"),
        ],
        rehearsal=True,
    ),
)


def echoed(params: Object) -> tuple[Object, Object]:
    """A mission, and the plan that was written down for it."""
    mission: Object = {"contract": "tier2.mission/v1", "type": "echo", "params": params}
    steps: list[Json] = [runtime("echo", "Do nothing, and prove it.", "noop")]
    return mission, workflow("wf-echo", steps, {"mission_type": "echo", "params": params})


_ECHO = (
    RunCase(
        "echo-smallest",
        "The smallest whole run.",
        *echoed({}),
        context({}, {}),
        [did("echo", {})],
        rehearsal=True,
    ),
    RunCase(
        "echo-params-kept",
        "Params are kept whole, in canonical numbers.",
        *echoed(
            {
                "ratio": 1.50,
                "four": 4.0,
                "tiny": 1e-7,
                "\U0001f600": [],
                "\ufb33": None,
                "deep": [[[{"": ""}]]],
            }
        ),
        context({"null": None, "minus_zero": -0.0}, {}),
        [did("echo", {})],
        rehearsal=True,
    ),
)


def merging(step_id: str, patch: Json) -> Object:
    return runtime(step_id, "Merge.", "state.merge", patch=patch)


def deep(depth: int) -> Object:
    return {"n": deep(depth - 1)} if depth > 1 else {}


_LAYERS: Object = {"kept": {"a": 1, "b": None}, "gone": {"x": 1}, "list": [1, 2, {"c": 3}], "scalar": "text"}
_DELETING: Object = {
    "gone": None,
    "never": None,
    "kept": {"a": None, "c": {"d": None, "e": {}}},
    "list": [None, {"f": None}],
    "scalar": {"now": {"an": "object", "not": None}},
}
_ODD: Object = {
    "\ufb33": 1e21,
    "\U0001f600": 4.0,
    "\U0001f600\ufb33": {"\uffff": 0.000001, "\U0010ffff": 1e-7},
    "big": 9007199254740992.0,
    "": [0.1, -0.0, 5e-324, 1.7976931348623157e308],
}

_BY_HAND = (
    RunCase(
        "hand-fails",
        "The first failing step ends the run; its reason is the payload's.",
        None,
        workflow(
            "wf-fails",
            [
                merging("one", {"n": 1}),
                runtime("two", "Break.", "fail", reason="the disc is full"),
                merging("three", {"n": 3}),
            ],
            {},
        ),
        context({"n": 0}, {}),
        [did("one", {"n": 1}), failed("two", "the disc is full")],
        rehearsal=True,
    ),
    RunCase(
        "hand-fails-without-reason",
        "A reason that is no text counts as none.",
        None,
        workflow(
            "wf-fails-without-reason",
            [runtime("only", "Break.", "fail", reason=5)],
            {},
        ),
        context({}, {}),
        [failed("only", "failed as asked")],
        rehearsal=True,
    ),
    RunCase(
        "hand-merges",
        "Null deletes, objects nest, arrays and scalars are replaced; nulls in arrays and in the state stay.",
        None,
        workflow(
            "wf-merges",
            [
                merging("merge", _DELETING),
                merging("again", {}),
                merging("more", {"kept": {"c": {"e": {"g": 0}}}}),
            ],
            {},
        ),
        context(_LAYERS, {}),
        [did("merge", _DELETING), did("again", {}), did("more", {"kept": {"c": {"e": {"g": 0}}}})],
        rehearsal=True,
    ),
    RunCase(
        "hand-merges-nothing",
        "A patch that is no object fails the step.",
        None,
        workflow(
            "wf-merges-nothing",
            [merging("merge", [{"n": 1}])],
            {},
        ),
        context({"n": 0}, {}),
        [failed("merge", "the payload has no patch object")],
        rehearsal=True,
    ),
    RunCase(
        "hand-odd-numbers-and-keys",
        "Floats in ECMAScript's text and keys beyond the BMP, in payload, state, output and result.",
        None,
        workflow(
            "wf-odd-numbers-and-keys",
            [
                merging("merge", _ODD),
                merging("\u00e9", {"\ue000": [1e16, 1.0], "\ufb33": {"\U0001d11e": 1.5e-6}}),
            ],
            {"mission_type": "odd \U0001f600", "params": {"\ue000": 0, "\U0001f600": 0}},
        ),
        context({"\uf900": 1, "\U00010000": 2, "big": 1e20}, {}),
        [did("merge", _ODD), did("\u00e9", {"\ue000": [1e16, 1.0], "\ufb33": {"\U0001d11e": 1.5e-6}})],
        rehearsal=True,
    ),
    RunCase(
        "hand-deep-state",
        "A state 64 deep, the limit of an open value, one of whose leaves is deleted.",
        None,
        workflow(
            "wf-deep-state",
            [runtime("rest", "Rest.", "noop"), merging("prune", {"n": {"n": None}})],
            {},
        ),
        context(deep(64), {}),
        [did("rest", {}), did("prune", {"n": {"n": None}})],
        rehearsal=True,
    ),
    RunCase(
        "hand-five-steps",
        "As many steps as there may be, two of them human; a mission type that is no text is none.",
        None,
        workflow(
            "wf-five-steps",
            [
                human("a", "First?"),
                runtime("b", "Rest.", "noop"),
                human("c", "Second?"),
                merging("d", {"d": True}),
                runtime("e", "Rest.", "noop", extra=[None]),
            ],
            {"mission_type": 7},
        ),
        context({}, {}),
        [rehearsed("a"), did("b", {}), rehearsed("c"), did("d", {"d": True}), did("e", {})],
        rehearsal=True,
    ),
    RunCase(
        "hand-approved-then-vetoed",
        "An approval's output is kept although a later person vetoes; an empty note is a note.",
        None,
        workflow(
            "wf-approved-then-vetoed",
            [
                human("ask", "Agree?"),
                merging("do", {"done": True}),
                human("accept", "Good?"),
                runtime("e", "Rest.", "noop"),
            ],
            {},
        ),
        context({"asked": False}, {}),
        [
            approved("ask", "Ada", "", {"asked": True, "by": {"name": "Ada", "none": None}}),
            did("do", {"done": True}),
            vetoed("accept", "Grace\n", ""),
        ],
        rehearsal=False,
    ),
    RunCase(
        "hand-pure-step-rehearsed",
        "A pure step may be recorded as rehearsed: what it would have done is not claimed.",
        None,
        workflow(
            "wf-pure-step-rehearsed",
            [merging("skip", {"n": 1}), merging("do", {"m": 1})],
            {},
        ),
        context({}, {}),
        [rehearsed("skip"), did("do", {"m": 1})],
        rehearsal=False,
    ),
    RunCase(
        "hand-confirmed-out-of-range",
        "A confirmed index beyond the tasks is malformed.",
        None,
        workflow(
            "wf-confirmed-out-of-range",
            [runtime("rank", "Rank.", "daily.generate_priorities")],
            {},
        ),
        context({"tasks": [{"text": "One", "done": False}], "confirmed": [1]}, {}),
        [failed("rank", "the state is malformed at $.confirmed[0]")],
        rehearsal=True,
    ),
    RunCase(
        "hand-leap-day",
        "The day before the first of March, in a leap year.",
        None,
        workflow(
            "wf-leap-day",
            [runtime("look-back", "Look back.", "daily.summarise_yesterday")],
            {},
        ),
        context(
            {"today": "2024-03-01", "tasks": [{"text": "Leap", "done": True, "completed": "2024-02-29"}]}, {}
        ),
        [did("look-back", {"yesterday": {"date": "2024-02-29", "completed": ["Leap"], "carried_over": []}})],
        rehearsal=True,
    ),
    RunCase(
        "hand-ranking",
        "Of one priority, what is due comes first, then what is older; then the list decides.",
        None,
        workflow("wf-ranking", [runtime("rank", "Rank.", "daily.generate_priorities")], {}),
        context(
            {
                "tasks": [
                    {"text": "newer", "done": False, "priority": "B", "created": "2026-02-02"},
                    {"text": "older", "done": False, "priority": "B", "created": "2026-01-01"},
                    {"text": "as old", "done": False, "priority": "B", "created": "2026-01-01"},
                    {"text": "no priority", "done": False, "due": "2026-01-01", "created": "2020-01-01"},
                    {
                        "text": "due",
                        "done": False,
                        "priority": "B",
                        "due": "2026-05-01",
                        "created": "2026-03-03",
                    },
                ]
            },
            {},
        ),
        [did("rank", {"priorities": ["due", "older", "as old"]})],
        rehearsal=True,
    ),
)

RUNS = (*_ECHO, *_TESTS, *_BY_HAND)
