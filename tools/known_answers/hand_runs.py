"""The hand-written runs of workflows that nobody planned: merging, failing, vetoing, odd names and numbers.

Nothing here is computed by an operation: outputs were written down from what the operations are said to do.
"""

from known_answers.parts import (
    RunCase,
    approved,
    context,
    deep,
    did,
    failed,
    human,
    rehearsed,
    runtime,
    vetoed,
    workflow,
)
from known_answers.reference import Json, Object


def merging(step_id: str, patch: Json) -> Object:
    return runtime(step_id, "Merge.", "state.merge", patch=patch)


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

HAND_RUNS = (
    RunCase(
        "hand-fails",
        "Failure",
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
        "Failure",
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
        "MergePatch",
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
        "Failure",
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
        "Utf16Order EcmaScriptNumber",
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
        "DeepValue AtBound",
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
        "AtBound Rehearsal",
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
        "Approval VetoWithNote",
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
        "Rehearsal",
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
        "Failure MalformedState",
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
        "Dates",
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
        "Ranking",
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
    RunCase(
        "hand-prototype-names",
        "PrototypeKey MergePatch",
        "Names that objects of JavaScript have by themselves, in state, payload, outputs and metadata.",
        None,
        workflow(
            "__proto__",
            [
                merging("__proto__", {"__proto__": {"b": 2}, "constructor": {"name": None, "of": {}}}),
                human("constructor", "Agree?"),
                merging("toString", {"__proto__": {"a": None}, "hasOwnProperty": False}),
            ],
            {"__proto__": {"mission_type": "echo"}, "toString": "all"},
        ),
        context({"__proto__": {"a": 1}, "constructor": {"name": "Object"}}, {"__proto__": None}),
        [
            did("__proto__", {"__proto__": {"b": 2}, "constructor": {"name": None, "of": {}}}),
            approved("constructor", "__proto__", "toString", {"valueOf": {"__proto__": []}}),
            did("toString", {"__proto__": {"a": None}, "hasOwnProperty": False}),
        ],
        rehearsal=False,
    ),
    RunCase(
        "hand-prototype-deleted",
        "PrototypeKey DeletedByNull",
        "Such a name is deleted by null like any other, and a mission type is only looked up among own members.",
        None,
        workflow(
            "wf-prototype-deleted",
            [merging("merge", {"__proto__": None})],
            {"__proto__": {"mission_type": "x"}},
        ),
        context({"__proto__": {"deep": {"er": 1}}, "kept": {"__proto__": 0}}, {}),
        [did("merge", {"__proto__": None})],
        rehearsal=True,
    ),
    RunCase(
        "hand-approved-after-a-rehearsal",
        "Approval Rehearsal",
        "One step that was passed over makes the whole run a rehearsal.",
        None,
        workflow(
            "wf-half-rehearsed", [human("ask", "Agree?"), human("accept", "Good?")], {"mission_type": ""}
        ),
        context({}, {"by": "hand"}),
        [rehearsed("ask"), approved("accept", "Ada", None, {"accepted": True})],
        rehearsal=False,
    ),
    RunCase(
        "hand-failed-after-an-approval",
        "Approval Failure",
        "What was approved stays in the state of a run that fails.",
        None,
        workflow("wf-approved-then-failed", [human("ask", "Agree?"), runtime("do", "Do it.", "fail")], {}),
        context({}, {}),
        [
            approved("ask", "Ada", None, {"asked": {"when": None, "who": "Ada"}}),
            failed("do", "failed as asked"),
        ],
        rehearsal=False,
    ),
    RunCase(
        "hand-vetoed-after-a-rehearsal",
        "Rehearsal VetoWithoutNote",
        "A veto counts for more than a rehearsal.",
        None,
        workflow("wf-vetoed", [human("ask", "Agree?"), human("accept", "Good?")], {}),
        context({"n": None}, {}),
        [rehearsed("ask"), vetoed("accept", "", None)],
        rehearsal=False,
    ),
)
