r"""The hand-written documents of the known answers.

Texts are raw: ``\u00e9`` stands for six characters of JSON text, not for one.
"""

from known_answers.parts import arrays, objects

_STEP = '{"id":"tidy","kind":"runtime","payload":{"operation":"noop"}}'
_ASK = '{"payload":{"description":"Agree?"},"kind":"human","id":"ask"}'
_WORKFLOW = f'{{"contract":"tier2.workflow/v1","id":"wf-ask","steps":[{_ASK},{_STEP}],"metadata":{{}}}}'
_CONTEXT = '{"contract":"tier2.context/v1","initial_state":{},"metadata":{}}'
_APPROVED = (
    '{"event":"decided","step_id":"ask","verdict":"approved","by":"Ada","note":null,"output":{"agreed":true}}'
)
_VETOED = (
    '{"event":"decided","step_id":"ask","verdict":"vetoed","by":"Grace","note":"Not today.","output":{}}'
)
_TIDIED = '{"output":{},"event":"completed","step_id":"tidy"}'


def _run(events: str) -> str:
    return f'{{"contract":"tier2.run/v1","workflow":{_WORKFLOW},"context":{_CONTEXT},"events":[{events}]}}'


# id, flags, comment, type, text
DOCUMENTS = (
    (
        "mission-plain",
        "CanonicalText",
        "Canonical already.",
        "MissionSpec",
        '{"contract":"tier2.mission/v1","params":{},"type":"echo"}',
    ),
    (
        "mission-any-order",
        "AnyOrder IntegralFloat",
        "Members in any order, white space, integral floats.",
        "MissionSpec",
        '{"type": "t", "params": {"steps": 4.0, "z": -0.0},\n\t"contract": "tier2.mission/v1"}\n',
    ),
    (
        "mission-unknown-params",
        "OpenObject",
        "Params are open, and null is a value.",
        "MissionSpec",
        r'{"contract":"tier2.mission/v1","type":"\u00e9","params":{"z":null,"event":0,"a":[{}],"":1e21}}',
    ),
    (
        "mission-escaped-tag",
        "EscapedName",
        "Escapes in a tag and in a key are the same text.",
        "MissionSpec",
        r'{"con\u0074ract":"tier2.mission\/v1","type":"","params":{}}',
    ),
    (
        "mission-deep-params",
        "DeepValue AtBound",
        "Params at the limit of 64.",
        "MissionSpec",
        f'{{"contract":"tier2.mission/v1","params":{objects(64)},"type":"echo"}}',
    ),
    ("workflow-two-steps", "WholeDocument", "A person and the machine.", "WorkflowDefinition", _WORKFLOW),
    (
        "workflow-five-steps",
        "AtBound",
        "The most steps there may be, two of them human.",
        "WorkflowDefinition",
        '{"metadata":{"mission_type":null,"params":3},"contract":"tier2.workflow/v1","id":"","steps":['
        + ",".join(
            f'{{"id":"{name}","kind":"{kind}","payload":{{"operation":"x.{name}"}}}}'
            for name, kind in (
                ("", "human"),
                (" ", "runtime"),
                ("c", "human"),
                ("C", "runtime"),
                ("0", "runtime"),
            )
        )
        + "]}",
    ),
    (
        "workflow-unknown-operation",
        "OpenObject",
        "Reading a workflow needs no list of operations.",
        "WorkflowDefinition",
        _WORKFLOW.replace("noop", "rocket.launch"),
    ),
    ("step-runtime", "WholeDocument", "A runtime step names its operation.", "StepSpec", _STEP),
    ("step-human", "WholeDocument", "A human step needs none.", "StepSpec", _ASK),
    (
        "step-human-any-payload",
        "OpenObject",
        "Its payload is open: there an operation may be anything.",
        "StepSpec",
        '{"id":"ask","kind":"human","payload":{"operation":[1.50],"kind":"runtime","id":null}}',
    ),
    ("context-empty", "WholeDocument", "Nothing to start from.", "ExecutionContext", _CONTEXT),
    (
        "context-odd-keys",
        "Utf16Order PrototypeKey EcmaScriptNumber",
        "Keys beyond the BMP in UTF-16 order; floats in ECMAScript's text.",
        "ExecutionContext",
        (
            r'{"contract":"tier2.context/v1","initial_state":{"\uf900":1e-6,"\ud83c\udfb9":1e-7,'
            r'"a":[4.0,-0.0]},"metadata":{"__proto__":{},"tab\t":null}}'
        ),
    ),
    (
        "context-deep-state",
        "DeepValue AtBound",
        "A state at the limit of 64, arrays this time.",
        "ExecutionContext",
        f'{{"initial_state":{{"n":{arrays(63)}}},"contract":"tier2.context/v1","metadata":{{}}}}',
    ),
    (
        "context-tagged-state",
        "OpenObject",
        "A state may look like a document.",
        "ExecutionContext",
        '{"contract":"tier2.context/v1","initial_state":{"contract":"x"},"metadata":{"event":1}}',
    ),
    ("completed-empty", "WholeDocument", "Nothing changed.", "Completed", _TIDIED),
    (
        "completed-nulls",
        "NullKept",
        "Nulls in an output delete; in a document they are kept.",
        "Completed",
        '{"event":"completed","step_id":"tidy","output":{"b":{"c":null},"a":null,"d":[null]}}',
    ),
    (
        "failed",
        "Escapes",
        "A reason is any text.",
        "Failed",
        r'{"reason":"no \"disc\" \u2192 none\n","event":"failed","step_id":"tidy"}',
    ),
    ("decided-approved", "WholeDocument", "An approval with an output and no note.", "Decided", _APPROVED),
    ("decided-vetoed", "WholeDocument", "A veto with a note.", "Decided", _VETOED),
    (
        "decided-empty-note",
        "EmptyText",
        "An empty note is not the same as none.",
        "Decided",
        '{"event":"decided","step_id":"ask","verdict":"vetoed","by":"","note":"","output":{}}',
    ),
    ("rehearsed", "WholeDocument", "Passed over.", "Rehearsed", '{"step_id":"ask","event":"rehearsed"}'),
    ("run-started", "WholeDocument", "No event yet.", "Run", _run("")),
    ("run-halfway", "WholeDocument", "One event of two.", "Run", _run(_APPROVED)),
    ("run-finished", "WholeDocument", "Both events.", "Run", _run(f"{_APPROVED},{_TIDIED}")),
    ("run-vetoed", "WholeDocument", "Ended by a veto.", "Run", _run(_VETOED)),
    (
        "run-mixed-rehearsal",
        "WholeDocument",
        "Any step may be rehearsed, a pure one as well.",
        "Run",
        _run(f'{_APPROVED},{{"event":"rehearsed","step_id":"tidy"}}'),
    ),
    (
        "entry",
        "WholeDocument",
        "One link of a chain; no reader can know where its digests come from.",
        "ReceiptEntry",
        f'{{"state_sha256":"{"0123456789abcdef" * 4}","previous_sha256":"{"0" * 64}","event":{_VETOED}}}',
    ),
)
