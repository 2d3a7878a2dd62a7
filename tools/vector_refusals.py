"""The refusals among the known answers: what every reader must refuse, and with which code.

Each document is wrong in one way only, by one change of a right one.
"""

from collections.abc import Iterator
from typing import NamedTuple

from vector_cases import arrays, objects
from vector_refused_values import REFUSED_VALUES


class RefusalCase(NamedTuple):
    """A text, or bytes that are none; ``type`` is the name of a class, or ``value`` for any JSON value."""

    id: str
    type: str
    code: str
    comment: str
    text: str | bytes


_MISSION = '{"contract":"tier2.mission/v1","type":"echo","params":{}}'
_DO = '{"id":"do","kind":"runtime","payload":{"operation":"noop"}}'
_ASK = '{"id":"ask","kind":"human","payload":{}}'
_TWO_MORE = ",".join(_ASK.replace("ask", f"ask{number}") for number in (1, 2))
_WORKFLOW = f'{{"contract":"tier2.workflow/v1","id":"wf","steps":[{_DO},{_ASK}],"metadata":{{}}}}'
_CONTEXT = '{"contract":"tier2.context/v1","initial_state":{},"metadata":{}}'
_RUN = f'{{"contract":"tier2.run/v1","workflow":{_WORKFLOW},"context":{_CONTEXT},"events":[]}}'
_DID = '{"event":"completed","step_id":"do","output":{}}'
_BROKE = '{"event":"failed","step_id":"do","reason":"no"}'
_PASSED = '{"event":"rehearsed","step_id":"do"}'
_AGREED = '{"event":"decided","step_id":"ask","verdict":"approved","by":"Ada","note":null,"output":{}}'
_VETO = _AGREED.replace("approved", "vetoed")
_LOUD_VETO = _VETO.replace("{}", '{"a":null}')
_ENTRY = f'{{"event":{_DID},"state_sha256":"{"0" * 64}","previous_sha256":"{"a" * 64}"}}'
_RESULT = (
    '{"contract":"tier2.result/v1","id":"wf","outcome":"completed","success":true,'
    f'"executed_steps":[{_DO},{_ASK}],"final_state":{{}},"failed_step_id":null,"error_message":null,'
    '"lineage":{"workflow_id":"wf","mission_type":null,'
    f'"executed_step_ids":["do","ask"],"workflow_sha256":"{"1" * 64}","context_sha256":"{"2" * 64}"}},'
    f'"receipt":{{"id":"wf","steps":["do","ask"],"entries":[{_ENTRY},{_ENTRY}],"head_sha256":"{"b" * 64}"}}}}'
)
_WHOLE = {
    "MissionSpec": _MISSION,
    "StepSpec": _DO,
    "WorkflowDefinition": _WORKFLOW,
    "ExecutionContext": _CONTEXT,
    "Run": _RUN,
    "Completed": _DID,
    "Failed": _BROKE,
    "Decided": _AGREED,
    "Rehearsed": _PASSED,
    "ReceiptEntry": _ENTRY,
    "OrchestrationResult": _RESULT,
}


def _six(step: str) -> str:
    return ",".join(step.replace("do", f"do{number}", 1) for number in range(6))


# id, type, code, comment; what is replaced (once) in the whole document above, and by what.
_CHANGES = (
    (
        "twice-in-document",
        "MissionSpec",
        "duplicate-key",
        "A member twice.",
        '"params"',
        '"params":{},"params"',
    ),
    ("twice-tag", "MissionSpec", "duplicate-key", "The tag twice.", "{", '{"contract":"tier2.mission/v1",'),
    (
        "twice-tag-wrong",
        "MissionSpec",
        "duplicate-key",
        "A wrong tag first.",
        "{",
        '{"contract":"tier2.run/v1",',
    ),
    (
        "twice-tag-escaped",
        "MissionSpec",
        "duplicate-key",
        "By an escape.",
        "{",
        r'{"c\u006fntract":"tier2.mission/v1",',
    ),
    ("twice-in-params", "MissionSpec", "duplicate-key", "In an open object.", "{}", '{"a":[{"b":1,"b":1}]}'),
    (
        "twice-event-tag",
        "Run",
        "duplicate-key",
        "In an event.",
        "[]",
        f"[{_DID}]".replace("{", '{"event":"failed",', 1),
    ),
    ("twice-in-step", "Run", "duplicate-key", "In a nested step.", '"id":"do"', '"id":"x","id":"do"'),
    ("no-tag", "MissionSpec", "tag", "No tag.", '"contract":"tier2.mission/v1",', ""),
    ("next-version", "MissionSpec", "tag", "Another version.", "mission/v1", "mission/v2"),
    (
        "other-document",
        "WorkflowDefinition",
        "tag",
        "Another document's tag.",
        "tier2.workflow",
        "tier2.mission",
    ),
    ("tag-in-capitals", "ExecutionContext", "tag", "Tags are exact.", "tier2.context", "Tier2.Context"),
    (
        "no-tag-on-workflow",
        "Run",
        "tag",
        "A nested document keeps its tag.",
        '"contract":"tier2.workflow/v1",',
        "",
    ),
    ("no-tag-on-context", "Run", "tag", "So does this one.", '"contract":"tier2.context/v1",', ""),
    (
        "wrong-tag-on-context",
        "Run",
        "tag",
        "And it must be the right one.",
        "tier2.context/v1",
        "tier2.run/v1",
    ),
    ("no-tag-on-result", "OrchestrationResult", "tag", "No tag.", '"contract":"tier2.result/v1",', ""),
    ("unknown-event", "Run", "tag", "There is no such event.", "[]", '[{"event":"skipped","step_id":"do"}]'),
    ("other-event", "Completed", "tag", "Another event's tag.", "completed", "rehearsed"),
    ("no-event-tag", "Rehearsed", "missing-field", "No tag.", '"event":"rehearsed",', ""),
    ("no-event-tag-in-run", "Run", "missing-field", "No tag, inside a run.", "[]", '[{"step_id":"do"}]'),
    (
        "no-event-tag-in-entry",
        "ReceiptEntry",
        "missing-field",
        "No tag, inside an entry.",
        '"event":"completed",',
        "",
    ),
    ("extra-in-mission", "MissionSpec", "unknown-field", "An unknown member.", '"type"', '"typ":1,"type"'),
    ("extra-null", "MissionSpec", "unknown-field", "Null is a member.", "{", '{"note":null,'),
    (
        "extra-tag-on-step",
        "StepSpec",
        "unknown-field",
        "A step has no tag.",
        "{",
        '{"contract":"tier2.step/v1",',
    ),
    ("extra-in-step", "Run", "unknown-field", "Inside a run.", '"kind":"human"', '"kind":"human","retry":3'),
    (
        "extra-in-event",
        "Rehearsed",
        "unknown-field",
        "A rehearsal has no output.",
        '"step_id"',
        '"output":{},"step_id"',
    ),
    (
        "extra-in-lineage",
        "OrchestrationResult",
        "unknown-field",
        "In a part.",
        '"mission_type"',
        '"x":0,"mission_type"',
    ),
    ("no-params", "MissionSpec", "missing-field", "Nothing is filled in.", ',"params":{}', ""),
    ("no-payload", "StepSpec", "missing-field", "A step's payload.", ',"payload":{"operation":"noop"}', ""),
    ("no-metadata", "ExecutionContext", "missing-field", "A context's metadata.", ',"metadata":{}', ""),
    ("no-events", "Run", "missing-field", "A run's events.", ',"events":[]', ""),
    ("no-note", "Decided", "missing-field", "No note is null.", '"note":null,', ""),
    ("no-output", "Completed", "missing-field", "No output is {}.", ',"output":{}', ""),
    ("no-reason", "Failed", "missing-field", "A reason is needed.", ',"reason":"no"', ""),
    (
        "no-head",
        "OrchestrationResult",
        "missing-field",
        "A part's member.",
        f',"head_sha256":"{"b" * 64}"',
        "",
    ),
    ("array", "MissionSpec", "type", "No object at all.", _MISSION, f"[{_MISSION}]"),
    ("null", "Run", "type", "Null is no document.", _RUN, "null"),
    ("type-number", "MissionSpec", "type", "A number for a text.", '"echo"', "7"),
    ("params-array", "MissionSpec", "type", "An array for an object.", "{}", "[]"),
    ("params-null", "MissionSpec", "type", "Empty is {}, not null.", "{}", "null"),
    ("steps-object", "WorkflowDefinition", "type", "An object for an array.", f"[{_DO},{_ASK}]", "{}"),
    ("note-number", "Decided", "type", "A note is a text or null.", "null", "0"),
    ("success-number", "OrchestrationResult", "type", "1 is not true.", '"success":true', '"success":1'),
    ("reason-null", "Failed", "type", "Null is no reason.", '"no"', "null"),
    ("no-steps", "WorkflowDefinition", "bound", "At least one step.", f"[{_DO},{_ASK}]", "[]"),
    ("six-steps", "WorkflowDefinition", "bound", "At most five steps.", f"{_DO},{_ASK}", _six(_DO)),
    ("six-steps-in-run", "Run", "bound", "Inside a run as well.", f"{_DO},{_ASK}", _six(_DO)),
    ("six-events", "Run", "bound", "No run has six.", "[]", f"[{','.join([_PASSED] * 6)}]"),
    ("no-entries", "OrchestrationResult", "bound", "A finished run has some.", f"{_ENTRY},{_ENTRY}", ""),
    (
        "no-step-ids",
        "OrchestrationResult",
        "bound",
        "And step ids.",
        '"executed_step_ids":["do","ask"]',
        '"executed_step_ids":[]',
    ),
    ("hash-in-capitals", "ReceiptEntry", "pattern", "Hexadecimal is lower-case.", "a" * 64, "A" * 64),
    ("hash-too-short", "ReceiptEntry", "pattern", "63 digits.", "0" * 64, "0" * 63),
    ("hash-too-long", "OrchestrationResult", "pattern", "65 digits.", "2" * 64, "2" * 65),
    (
        "hash-and-newline",
        "OrchestrationResult",
        "pattern",
        "A newline at the end.",
        "b" * 64,
        "b" * 64 + r"\n",
    ),
    ("kind-robot", "StepSpec", "enum", "There is no third kind.", "runtime", "robot"),
    ("kind-in-run", "Run", "enum", "Nor inside a run.", '"kind":"human"', '"kind":""'),
    ("verdict-maybe", "Decided", "enum", "There is no third verdict.", "approved", "maybe"),
    (
        "outcome-paused",
        "OrchestrationResult",
        "enum",
        "There is no fifth outcome.",
        '"completed"',
        '"paused"',
    ),
    (
        "three-people",
        "WorkflowDefinition",
        "limits",
        "At most two people.",
        _DO,
        _TWO_MORE,
    ),
    ("three-people-in-run", "Run", "limits", "Inside a run as well.", _DO, _TWO_MORE),
    (
        "three-people-done",
        "OrchestrationResult",
        "limits",
        "Nor in a result.",
        _DO,
        _TWO_MORE,
    ),
    (
        "same-ids-done",
        "OrchestrationResult",
        "envelope",
        "Unique in a result, too.",
        '"id":"ask"',
        '"id":"do"',
    ),
    ("no-operation", "StepSpec", "envelope", "A runtime step names one.", '{"operation":"noop"}', "{}"),
    ("operation-number", "StepSpec", "envelope", "Its name is a text.", '"noop"', "1"),
    ("operation-null", "WorkflowDefinition", "envelope", "Null is no name.", '"noop"', "null"),
    (
        "no-operation-in-run",
        "Run",
        "envelope",
        "Inside a run as well.",
        '"operation":"noop"',
        '"Operation":"noop"',
    ),
    ("same-ids", "WorkflowDefinition", "envelope", "Ids are unique.", '"ask"', '"do"'),
    ("same-ids-in-run", "Run", "envelope", "Inside a run as well.", '"ask"', '"do"'),
    ("same-ids-escaped", "WorkflowDefinition", "envelope", "Whatever the spelling.", '"ask"', r'"\u0064o"'),
    ("wrong-step", "Run", "event", "Another step is pending.", "[]", f"[{_AGREED}]"),
    ("unknown-step", "Run", "event", "No such step.", "[]", f"[{_PASSED}]".replace("do", "don't")),
    ("same-step-again", "Run", "event", "It is over already.", "[]", f"[{_DID},{_DID}]"),
    (
        "decided-by-machine",
        "Run",
        "event",
        "Nobody decides a runtime step.",
        "[]",
        f"[{_AGREED}]".replace("ask", "do"),
    ),
    ("completed-person", "Run", "event", "A person decides.", "[]", f"[{_DID},{_DID.replace('do', 'ask')}]"),
    (
        "failed-person",
        "Run",
        "event",
        "A person does not fail.",
        "[]",
        f"[{_DID},{_BROKE.replace('do', 'ask')}]",
    ),
    ("after-failure", "Run", "event", "A failure ends the run.", "[]", f"[{_BROKE},{_AGREED}]"),
    ("after-veto", "Run", "event", "So does a veto.", f"{_ASK}],", f"{_ASK},{_DO.replace('do', 'last')}],"),
    ("after-the-end", "Run", "event", "There is no third step.", "[]", f"[{_DID},{_AGREED},{_PASSED}]"),
    (
        "veto-with-output",
        "Decided",
        "event",
        "A veto changes nothing.",
        _AGREED,
        _VETO.replace("{}", '{"a":null}'),
    ),
    (
        "veto-with-output-in-run",
        "Run",
        "event",
        "Nor in a run.",
        "[]",
        f"[{_DID},{_LOUD_VETO}]",
    ),
    ("veto-with-output-in-entry", "ReceiptEntry", "event", "Nor in an entry.", _DID, _LOUD_VETO),
    ("veto-with-output-in-result", "OrchestrationResult", "event", "Nor in a result.", _DID, _LOUD_VETO),
    ("deep-params", "MissionSpec", "depth", "Open values nest 64 deep.", "{}", objects(65)),
    ("deep-array-in-state", "ExecutionContext", "depth", "Arrays count.", "{}", f'{{"n":{arrays(64)}}}'),
    ("deep-output-in-run", "Run", "depth", "In an event.", "[]", f"[{_DID.replace('{}', objects(65))}]"),
    ("surrogate-in-id", "StepSpec", "surrogate", "In a typed text.", '"do"', r'"\ud800"'),
    ("surrogate-in-state-key", "ExecutionContext", "surrogate", "In an open key.", "{}", r'{"\udfff":0}'),
    ("range-in-params", "MissionSpec", "number-range", "In an open object.", "{}", '{"n":9007199254740993}'),
    ("document-behind", "MissionSpec", "trailing", "Two documents.", _MISSION, _MISSION + _MISSION),
    ("document-cut-off", "Run", "syntax", "Half a document.", _RUN, _RUN[: len(_RUN) // 2]),
)


def _changed() -> Iterator[RefusalCase]:
    for name, kind, code, comment, old, new in _CHANGES:
        text = _WHOLE[kind].replace(old, new, 1)
        if name == "after-veto":
            text = text.replace('"events":[]', f'"events":[{_DID},{_VETO},{_PASSED.replace("do", "last")}]')
        yield RefusalCase(name, kind, code, comment, text)


REFUSALS = (*(RefusalCase(f"value-{name}", "value", *case) for name, *case in REFUSED_VALUES), *_changed())
