"""The hand-written runs of `daily_loop` among the known answers.

The texts and lists below were ranked, counted and copied by eye, not by an operation.
"""

from known_answers.parts import (
    RunCase,
    approved,
    context,
    did,
    failed,
    human,
    rehearsed,
    runtime,
    vetoed,
    workflow,
)
from known_answers.reference import Json, Object

CONFIRM = human("daily-confirm-priorities", "Confirm or change today's priorities.")
SUMMARISE = runtime(
    "daily-summarise-yesterday",
    "Summarise what was completed yesterday and what is carried over.",
    "daily.summarise_yesterday",
)
GENERATE = runtime(
    "daily-generate-priorities", "Rank the open tasks and name the top three.", "daily.generate_priorities"
)
LOG = runtime("daily-log-summary", "Write the day's entry into the journal.", "daily.log_summary")
ARCHIVE = runtime("daily-archive", "Move the completed tasks to the archive.", "daily.archive")
NOTHING = runtime("daily-noop", "Nothing was asked for, so nothing is done.", "noop")

CONFIRM_PASSED = rehearsed("daily-confirm-priorities")
EMPTY_DAY = [
    did("daily-summarise-yesterday", {"yesterday": {"completed": [], "carried_over": []}}),
    did("daily-generate-priorities", {"priorities": []}),
    did("daily-log-summary", {}),
]

# A working day in March: twelve tasks, of which four are done, three of those yesterday.
T: list[Json] = [
    {
        "text": "Send the quarterly report to Ada",
        "done": False,
        "priority": "A",
        "created": "2026-03-02",
        "due": "2026-03-10",
        "projects": ["reporting"],
        "contexts": ["office"],
    },
    {
        "text": "Renew the passport",
        "done": False,
        "priority": "B",
        "created": "2026-02-11",
        "due": "2026-04-01",
    },
    {
        "text": "Water the plants",
        "done": True,
        "created": "2026-03-08",
        "completed": "2026-03-09",
        "contexts": ["home"],
    },
    {"text": "Call the dentist", "done": False, "created": "2026-03-09", "contexts": ["phone"]},
    {"text": "Review Grace's change", "done": True, "priority": "A", "completed": "2026-03-09"},
    {"text": "Buy coffee", "done": False, "created": "2026-03-10"},
    {"text": "Draft the talk on clocks", "done": False, "priority": "B", "due": "2026-03-20"},
    {"text": "Pay the rent", "done": True, "created": "2026-03-01", "completed": "2026-03-05"},
    {"text": "Pr\u00fcfe die Caf\u00e9-Rechnung", "done": False, "priority": "A", "created": "2026-03-03"},
    {"text": "Fix the bicycle", "done": False, "projects": []},
    {"text": "Learn the \U0001f3b9 \u00e9tude", "done": False, "priority": "C", "created": "2026-01-15"},
    {
        "text": "Return the library books",
        "done": True,
        "completed": "2026-03-09",
        "estimate": 0.5,
        "shelf": None,
    },
]
OPEN: list[Json] = [T[0], T[1], T[3], T[5], T[6], T[8], T[9], T[10]]
DONE: list[Json] = [T[2], T[4], T[7], T[11]]
DAY: Object = {"today": "2026-03-10", "tasks": T}

COMPLETED: list[Json] = ["Water the plants", "Review Grace's change", "Return the library books"]
CARRIED: list[Json] = [
    "Send the quarterly report to Ada",
    "Renew the passport",
    "Call the dentist",
    "Draft the talk on clocks",
    "Pr\u00fcfe die Caf\u00e9-Rechnung",
    "Fix the bicycle",
    "Learn the \U0001f3b9 \u00e9tude",
]
TOP: list[Json] = [
    "Send the quarterly report to Ada",
    "Pr\u00fcfe die Caf\u00e9-Rechnung",
    "Draft the talk on clocks",
]
CHOSEN: list[Json] = [
    "Learn the \U0001f3b9 \u00e9tude",
    "Call the dentist",
    "Send the quarterly report to Ada",
]
LOOKED_BACK = did(
    "daily-summarise-yesterday",
    {"yesterday": {"date": "2026-03-09", "completed": COMPLETED, "carried_over": CARRIED}},
)


def ranked(priorities: list[Json]) -> Object:
    return did("daily-generate-priorities", {"priorities": priorities})


def entry(priorities: list[Json], **more: Json) -> Object:
    return {
        "date": "2026-03-10",
        "completed": COMPLETED,
        "carried_over": CARRIED,
        "priorities": priorities,
        **more,
    }


def logged(*entries: Json) -> Object:
    return did("daily-log-summary", {"journal": list(entries)})


ARCHIVED = did("daily-archive", {"tasks": OPEN, "archived": DONE})


def daily(params: Object, steps: list[Json]) -> tuple[Object, Object]:
    """A mission, and the plan that was written down for it."""
    mission: Object = {"contract": "tier2.mission/v1", "type": "daily_loop", "params": params}
    return mission, workflow("wf-daily-loop", steps, {"mission_type": "daily_loop", "params": params})


DAYS = (
    RunCase(
        "daily-defaults-on-an-empty-day",
        "Plan Rehearsal",
        "A person and three steps; the person is passed over.",
        *daily(
            {},
            [CONFIRM, SUMMARISE, GENERATE, LOG],
        ),
        context({}, {}),
        [CONFIRM_PASSED, *EMPTY_DAY],
        rehearsal=True,
    ),
    RunCase(
        "daily-truncated",
        "Plan Truncation Rehearsal",
        "Nobody is asked for more than there is, nor for more than five steps; params are kept whole.",
        *daily(
            {"requested_steps": 99, "requested_human_steps": 9007199254740991, "why": ["\u2026", None, {}]},
            [CONFIRM, SUMMARISE, GENERATE, LOG, ARCHIVE],
        ),
        context({}, {}),
        [CONFIRM_PASSED, *EMPTY_DAY, did("daily-archive", {})],
        rehearsal=True,
    ),
    RunCase(
        "daily-whole-day",
        "Plan",
        "Four steps without a person, the archive among them, on a real day.",
        *daily(
            {"requested_human_steps": 0},
            [SUMMARISE, GENERATE, LOG, ARCHIVE],
        ),
        context(DAY, {"host": "example", "attempt": 1}),
        [LOOKED_BACK, ranked(TOP), logged(entry(TOP)), ARCHIVED],
        rehearsal=True,
    ),
    RunCase(
        "daily-whole-day-rehearsed",
        "Plan Rehearsal",
        "The same day with the person passed over.",
        *daily(
            {"requested_steps": 5, "requested_human_steps": 1.0},
            [CONFIRM, SUMMARISE, GENERATE, LOG, ARCHIVE],
        ),
        context(DAY, {}),
        [CONFIRM_PASSED, LOOKED_BACK, ranked(TOP), logged(entry(TOP)), ARCHIVED],
        rehearsal=True,
    ),
    RunCase(
        "daily-noop",
        "Plan",
        "Neither steps nor a person: one step that does nothing.",
        *daily(
            {"requested_steps": 0, "requested_human_steps": 0},
            [NOTHING],
        ),
        context(DAY, {}),
        [did("daily-noop", {})],
        rehearsal=True,
    ),
    RunCase(
        "daily-negative",
        "Plan Truncation",
        "Negative bounds count as 0.",
        *daily(
            {"requested_steps": -3, "requested_human_steps": -9007199254740991},
            [NOTHING],
        ),
        context({"kept": None}, {}),
        [did("daily-noop", {})],
        rehearsal=True,
    ),
    RunCase(
        "daily-only-a-person",
        "Plan Rehearsal",
        "With a person wanted there is always the person's step.",
        *daily(
            {"requested_steps": 0},
            [CONFIRM],
        ),
        context(DAY, {}),
        [CONFIRM_PASSED],
        rehearsal=True,
    ),
    RunCase(
        "daily-only-a-person-approved",
        "Plan Approval",
        "An approval without a note, with nothing changed.",
        *daily(
            {"requested_steps": 1},
            [CONFIRM],
        ),
        context(DAY, {}),
        [approved("daily-confirm-priorities", "Ada", None, {})],
        rehearsal=False,
    ),
    RunCase(
        "daily-two-steps",
        "Plan",
        "An upper bound of two.",
        *daily(
            {"requested_steps": 2, "requested_human_steps": 0},
            [SUMMARISE, GENERATE],
        ),
        context({"tasks": [T[3], T[2], T[10]]}, {}),
        [
            # Without today, nothing is yesterday's and everything open is carried over.
            did(
                "daily-summarise-yesterday",
                {
                    "yesterday": {
                        "completed": [],
                        "carried_over": ["Call the dentist", "Learn the \U0001f3b9 \u00e9tude"],
                    }
                },
            ),
            ranked(["Learn the \U0001f3b9 \u00e9tude", "Call the dentist"]),
        ],
        rehearsal=True,
    ),
    RunCase(
        "daily-approved-with-choice",
        "Plan Approval",
        "The person's output puts two tasks first; the archive re-numbers them.",
        *daily(
            {"requested_steps": 5},
            [CONFIRM, SUMMARISE, GENERATE, LOG, ARCHIVE],
        ),
        context(DAY, {}),
        [
            approved("daily-confirm-priorities", "Ada", "Music first.", {"confirmed": [10, 3]}),
            LOOKED_BACK,
            ranked(CHOSEN),
            logged(entry(CHOSEN)),
            did("daily-archive", {"tasks": OPEN, "archived": DONE, "confirmed": [7, 2]}),
        ],
        rehearsal=False,
    ),
    RunCase(
        "daily-archive-adds",
        "Plan",
        "Confirmed tasks that are done are dropped; the archive grows at its end; its unknown members stay.",
        *daily(
            {"requested_human_steps": 0.0},
            [SUMMARISE, GENERATE, LOG, ARCHIVE],
        ),
        context(
            {**DAY, "confirmed": [4, 10, 3], "archived": [{"text": "Old", "done": True, "x": {"y": []}}]}, {}
        ),
        [
            LOOKED_BACK,
            ranked(CHOSEN),
            logged(entry(CHOSEN)),
            did(
                "daily-archive",
                {
                    "tasks": OPEN,
                    "archived": [{"text": "Old", "done": True, "x": {"y": []}}, *DONE],
                    "confirmed": [7, 2],
                },
            ),
        ],
        rehearsal=True,
    ),
    RunCase(
        "daily-journal-once-a-day",
        "Plan",
        "An entry of the same day is updated in its place and keeps what is unknown; others stay.",
        *daily(
            {"requested_steps": 3, "requested_human_steps": 0},
            [SUMMARISE, GENERATE, LOG],
        ),
        context(
            {
                **DAY,
                "journal": [
                    {"date": "2026-03-09", "priorities": ["Rest"]},
                    {"date": "2026-03-10", "priorities": ["Old"], "mood": "calm"},
                    {"date": "2026-03-11"},
                ],
            },
            {},
        ),
        [
            LOOKED_BACK,
            ranked(TOP),
            logged(
                {"date": "2026-03-09", "priorities": ["Rest"]},
                entry(TOP, mood="calm"),
                {"date": "2026-03-11"},
            ),
        ],
        rehearsal=True,
    ),
    RunCase(
        "daily-vetoed-with-note",
        "Plan VetoWithNote",
        "A veto ends the run; later steps did not run.",
        *daily(
            {},
            [CONFIRM, SUMMARISE, GENERATE, LOG],
        ),
        context(DAY, {}),
        [vetoed("daily-confirm-priorities", "Grace", "Ask me tomorrow \u2014 please.")],
        rehearsal=False,
    ),
    RunCase(
        "daily-vetoed-without-note",
        "Plan VetoWithoutNote",
        "Without a note the message has no colon.",
        *daily(
            {},
            [CONFIRM, SUMMARISE, GENERATE, LOG],
        ),
        context({}, {}),
        [vetoed("daily-confirm-priorities", "Grace", None)],
        rehearsal=False,
    ),
    RunCase(
        "daily-malformed",
        "Plan Failure MalformedState",
        "A member of the wrong type fails the step, with its path.",
        *daily(
            {"requested_human_steps": 0},
            [SUMMARISE, GENERATE, LOG, ARCHIVE],
        ),
        context(
            {"today": "2026-03-10", "tasks": [T[0], T[1], {"text": "Odd", "done": False, "due": "soon"}]}, {}
        ),
        [failed("daily-summarise-yesterday", "the state is malformed at $.tasks[2].due")],
        rehearsal=True,
    ),
    RunCase(
        "daily-impossible-date",
        "Plan Failure MalformedState Rehearsal",
        "February has no thirtieth; before it a person was passed over, and the run failed all the same.",
        *daily(
            {},
            [CONFIRM, SUMMARISE, GENERATE, LOG],
        ),
        context({"today": "2026-02-30"}, {}),
        [CONFIRM_PASSED, failed("daily-summarise-yesterday", "the state is malformed at $.today")],
        rehearsal=True,
    ),
)
