"""The hand-written runs of `run_tests` and of `echo` among the known answers.

Nothing here is computed by a planner or an operation. Steps and outputs were written down from what the
missions and operations are said to do; `reference` makes the results from them.
"""

from known_answers.parts import RunCase, context, did, failed, rehearsed, runtime, workflow
from known_answers.reference import Json, Object


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
        "Plan Rehearsal",
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
        "Plan TestRun",
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
        "Plan TestRun Failure",
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
        "Plan TestRun Failure",
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
        "Plan TestRun Failure",
        "A run of no tests proves nothing.",
        *tested({"target": ""}, ""),
        context({}, {}),
        [*ran(), failed("tests-report", "no tests were collected")],
        rehearsal=False,
    ),
    RunCase(
        "tests-host-raised",
        "Plan TestRun Failure",
        "Of a host operation's exception only the type's name is recorded; the report did not run.",
        *tested({}, "all"),
        context({}, {}),
        [did("tests-discover", {}), failed("tests-execute", "raised OSError")],
        rehearsal=False,
    ),
    RunCase(
        "tests-rehearsed-after-a-failure",
        "Plan TestRun Failure Rehearsal",
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
        "Plan",
        "The smallest whole run.",
        *echoed({}),
        context({}, {}),
        [did("echo", {})],
        rehearsal=True,
    ),
    RunCase(
        "echo-params-kept",
        "Plan EcmaScriptNumber IntegralFloat",
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

RUNS = (*_ECHO, *_TESTS)
