r"""The hand-written values and documents of the known answers.

Texts are raw: ``\u00e9`` stands for six characters of JSON text, not for one. Canonical texts are written by
hand where they fit a line; the tool computes them all the same, and writes nothing where the two disagree.
"""

from typing import NamedTuple, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]


class ValueCase(NamedTuple):
    """A JSON text and the canonical text of its value; None where it is too long to be written by hand."""

    id: str
    comment: str
    text: str
    canonical: str | None


class DocumentCase(NamedTuple):
    """A JSON text of a document or a part of one; ``type`` is the name of its class."""

    id: str
    comment: str
    type: str
    text: str


def arrays(depth: int) -> str:
    """Empty arrays, one in another."""
    return "[" * depth + "]" * depth


def objects(depth: int) -> str:
    """Empty objects, one in another under the key ``n``."""
    return '{ "n": ' * (depth - 1) + "{}" + "}" * (depth - 1)


_NUMBERS = (
    ("zero", "Zero.", "0", "0"),
    ("minus-zero", "An integer literal; there is no negative integer zero.", "-0", "0"),
    ("minus-zero-float", "Negative zero is zero.", "-0.0", "0"),
    ("minus-zero-exponent", "So is this one.", "-0e-7", "0"),
    ("integral-float", "A float that is an integer is that integer.", "4.0", "4"),
    ("integral-exponent", "An exponent makes no float.", "25e-1", "2.5"),
    ("hundred", "Upper-case exponent with a sign.", "1E+2", "100"),
    ("minus-half", "A plain fraction.", "-0.5", "-0.5"),
    ("trailing-zeros", "Trailing zeros go.", "4.50", "4.5"),
    ("safe-integer", "2^53 - 1, the largest safe integer.", "9007199254740991", "9007199254740991"),
    ("safe-integer-minus", "-(2^53 - 1).", "-9007199254740991", "-9007199254740991"),
    ("safe-integer-float", "The same, written as a float.", "9007199254740991.0", "9007199254740991"),
    ("two-to-53", "2^53 is the text of its double.", "9007199254740992", "9007199254740992"),
    ("two-to-53-minus", "-2^53 likewise.", "-9007199254740992", "-9007199254740992"),
    ("two-to-53-float", "2^53 as a float.", "9007199254740992.0", "9007199254740992"),
    ("two-to-53-and-1-exponent", "A float literal is rounded.", "9007199254740993e0", "9007199254740992"),
    (
        "integer-text-of-double",
        "A large integer that is its double's text.",
        "18446744073709552000",
        "18446744073709552000",
    ),
    ("1e16", "No exponent below 1e21.", "1e16", "10000000000000000"),
    ("1e20", "The last power of ten without exponent.", "1e20", "100000000000000000000"),
    ("1e20-integer", "The same as an integer literal.", "100000000000000000000", "100000000000000000000"),
    ("1e21", "From here on with exponent.", "1e21", "1e+21"),
    ("below-1e21", "The double before 1e21.", "999999999999999868928.0", "999999999999999900000"),
    ("minus-1e21", "The sign changes nothing.", "-1E21", "-1e+21"),
    ("1.5e300", "A fraction with exponent.", "1.5e300", "1.5e+300"),
    ("1e-6", "The last power of ten below one without exponent.", "1e-6", "0.000001"),
    ("1.5e-6", "Digits after it.", "0.0000015", "0.0000015"),
    ("minus-1.5e-6", "The sign changes nothing.", "-15e-7", "-0.0000015"),
    ("9.99e-6", "Still without exponent.", "9.99e-6", "0.00000999"),
    ("1e-7", "From here on with exponent.", "0.0000001", "1e-7"),
    ("minus-1.25e-7", "Several digits, negative.", "-125e-9", "-1.25e-7"),
    ("1e-5", "Five places.", "1e-5", "0.00001"),
    ("1e-27", "A long fraction.", "0.000000000000000000000000001", "1e-27"),
    ("smallest", "The smallest double.", "5e-324", "5e-324"),
    ("smallest-rounded", "More than half of it rounds up to it.", "3e-324", "5e-324"),
    ("underflow", "Less than half of it rounds to zero.", "1e-400", "0"),
    ("smallest-normal", "The smallest normal double.", "2.2250738585072014e-308", "2.2250738585072014e-308"),
    ("largest", "The largest double.", "1.7976931348623157e308", "1.7976931348623157e+308"),
    ("shortest", "The shortest digits that read back.", "333333333.33333329", "333333333.3333333"),
    ("tie", "Two decimal texts are as near: the even one.", "1424953923781206.25", "1424953923781206.2"),
    ("tenth-thrice", "Seventeen digits.", "0.30000000000000004", "0.30000000000000004"),
    ("numbers-in-array", "Order is kept, white space is not.", " [ 1.0 ,\n\t-1e0, 1e-1 ]\r\n", "[1,-1,0.1]"),
)

_TEXTS = (
    ("empty-text", "The empty text.", '""', '""'),
    ("short-escapes", "Two-character escapes stay.", r'"\b\t\n\f\r\"\\"', r'"\b\t\n\f\r\"\\"'),
    (
        "long-to-short-escapes",
        "They are preferred.",
        r'"\u0008\u0009\u000A\u000c\u000D\u0022\u005C"',
        r'"\b\t\n\f\r\"\\"',
    ),
    ("controls", "Other controls: lower-case hexadecimal.", r'"\u0000\u001F\u000B"', r'"\u0000\u001f\u000b"'),
    ("delete", "U+007F is no control here, nor U+0080.", r'"\u007f\u0080"', '"\x7f\x80"'),
    ("solidus", "A solidus is not escaped.", r'"<\/b>"', '"</b>"'),
    ("separators", "U+2028 and U+2029 stay.", r'"\u2028\u2029"', '"\u2028\u2029"'),
    ("euro", "Letters need no escape.", r'"\u20AC \u0041"', '"\u20ac A"'),
    ("beyond-bmp", "A pair of escapes is one character.", r'"\ud83d\ude00"', '"\U0001f600"'),
    ("largest-character", "U+10FFFF.", r'"\uDBFF\uDFFF"', '"\U0010ffff"'),
    ("noncharacters", "U+FFFE and U+FFFF are texts.", r'"\ufffe\uffff"', '"\ufffe\uffff"'),
    ("bom-inside", "U+FEFF inside a text stays.", r'"\ufeffa"', '"\ufeffa"'),
    ("normal-forms", "Normal forms are not merged.", r'["\u00e9", "e\u0301"]', '["\u00e9","e\u0301"]'),
    ("escaped-backslash", "No surrogate: an escaped backslash.", r'"\\ud800"', r'"\\ud800"'),
)

_STRUCTURES = (
    ("null", "Null.", "null", "null"),
    ("true", "True.", "true", "true"),
    ("false", "False, with white space around.", "\t\r\n false ", "false"),
    ("empty-array", "An empty array.", "[ ]", "[]"),
    ("empty-object", "An empty object.", "{ }", "{}"),
    (
        "mixed",
        "Objects in arrays in objects.",
        '{"b":[{"d":[],"c":{}}],"a":null}',
        '{"a":null,"b":[{"c":{},"d":[]}]}',
    ),
    (
        "order-plain",
        "Upper case before lower case.",
        '{"b":1,"a":2,"B":3,"A":4}',
        '{"A":4,"B":3,"a":2,"b":1}',
    ),
    ("order-numbers", "Digits are text, too.", '{"9":1,"10":2,"1":3,"":4}', '{"":4,"1":3,"10":2,"9":1}'),
    ("order-prefix", "A shorter key comes first.", '{"ab":1,"a":2,"a!":3}', '{"a":2,"a!":3,"ab":1}'),
    (
        "order-controls",
        "Sorted by character, not by escape.",
        r'{"\"":1,"\\":2,"\n":3,"!":4}',
        r'{"\n":3,"!":4,"\"":1,"\\":2}',
    ),
    (
        "order-accents",
        "Not by language.",
        r'{"z":1,"\u00e9":2,"e\u0301":3}',
        '{"e\u0301":3,"z":1,"\u00e9":2}',
    ),
    (
        "order-beyond-bmp",
        "UTF-16 order: U+1F600 stands before U+E000, U+FB33 and U+FFFF.",
        r'{"\uffff":1,"\ufb33":2,"\ue000":3,"\ud83d\ude00":4,"\ud7ff":5}',
        '{"\ud7ff":5,"\U0001f600":4,"\ue000":3,"\ufb33":2,"\uffff":1}',
    ),
    (
        "order-beyond-bmp-later",
        "The same after a common beginning, and nested.",
        r'[{"a":{"x\uf8ff":1,"x\udbff\udfff":2,"x\ud800\udc00":3}}]',
        '[{"a":{"x\U00010000":3,"x\U0010ffff":2,"x\uf8ff":1}}]',
    ),
    ("order-plane-1", "U+E000 alone.", r'{"\ue000":1,"\ud83d\ude00":2}', '{"\U0001f600":2,"\ue000":1}'),
    ("order-plane-4", "Another plane.", r'{"\uffff":1,"\ud8c0\udc00":2}', '{"\U00040000":2,"\uffff":1}'),
    ("order-plane-8", "Another plane.", r'{"\uff01":1,"\ud9c0\udc00":2}', '{"\U00080000":2,"\uff01":1}'),
    ("order-plane-12", "Another plane.", r'{"\ufffd":1,"\udac0\udc00":2}', '{"\U000c0000":2,"\ufffd":1}'),
    ("order-plane-16", "The last plane.", r'{"\uf000":1,"\udbff\udfff":2}', '{"\U0010ffff":2,"\uf000":1}'),
    (
        "prototype",
        "A key like any other.",
        '{"__proto__":{"b":1,"a":2},"Z":0}',
        '{"Z":0,"__proto__":{"a":2,"b":1}}',
    ),
    ("constructor", "So are these.", '{"toString":1,"constructor":2}', '{"constructor":2,"toString":1}'),
    (
        "contract-like",
        "Outside documents, a tag is plain.",
        '{"event":"?","contract":1}',
        '{"contract":1,"event":"?"}',
    ),
    (
        "same-keys-apart",
        "The same key in different objects.",
        '[{"a":1},{"a":{"a":1}}]',
        '[{"a":1},{"a":{"a":1}}]',
    ),
    ("arrays-64", "64 arrays deep.", arrays(64), None),
    ("arrays-128", "128 arrays deep, the limit of a document.", arrays(128), None),
    ("objects-64", "64 objects deep, the limit of an open value.", objects(64), None),
    ("objects-128", "128 objects deep.", objects(128), None),
)

VALUES = tuple(ValueCase(*case) for case in (*_NUMBERS, *_TEXTS, *_STRUCTURES))

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


DOCUMENTS = tuple(
    DocumentCase(*case)
    for case in (
        (
            "mission-plain",
            "Canonical already.",
            "MissionSpec",
            '{"contract":"tier2.mission/v1","params":{},"type":"echo"}',
        ),
        (
            "mission-any-order",
            "Members in any order, white space, integral floats.",
            "MissionSpec",
            '{"type": "t", "params": {"steps": 4.0, "z": -0.0},\n\t"contract": "tier2.mission/v1"}\n',
        ),
        (
            "mission-unknown-params",
            "Params are open, and null is a value.",
            "MissionSpec",
            r'{"contract":"tier2.mission/v1","type":"\u00e9","params":{"z":null,"event":0,"a":[{}],"":1e21}}',
        ),
        (
            "mission-escaped-tag",
            "Escapes in a tag and in a key are the same text.",
            "MissionSpec",
            r'{"con\u0074ract":"tier2.mission\/v1","type":"","params":{}}',
        ),
        (
            "mission-deep-params",
            "Params at the limit of 64.",
            "MissionSpec",
            f'{{"contract":"tier2.mission/v1","params":{objects(64)},"type":"echo"}}',
        ),
        ("workflow-two-steps", "A person and the machine.", "WorkflowDefinition", _WORKFLOW),
        (
            "workflow-five-steps",
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
            "Reading a workflow needs no list of operations.",
            "WorkflowDefinition",
            _WORKFLOW.replace("noop", "rocket.launch"),
        ),
        ("step-runtime", "A runtime step names its operation.", "StepSpec", _STEP),
        ("step-human", "A human step needs none.", "StepSpec", _ASK),
        (
            "step-human-any-payload",
            "Its payload is open: there an operation may be anything.",
            "StepSpec",
            '{"id":"ask","kind":"human","payload":{"operation":[1.50],"kind":"runtime","id":null}}',
        ),
        ("context-empty", "Nothing to start from.", "ExecutionContext", _CONTEXT),
        (
            "context-odd-keys",
            "Keys beyond the BMP in UTF-16 order; floats in ECMAScript's text.",
            "ExecutionContext",
            (
                r'{"contract":"tier2.context/v1","initial_state":{"\uf900":1e-6,"\ud83c\udfb9":1e-7,'
                r'"a":[4.0,-0.0]},"metadata":{"__proto__":{},"tab\t":null}}'
            ),
        ),
        (
            "context-deep-state",
            "A state at the limit of 64, arrays this time.",
            "ExecutionContext",
            f'{{"initial_state":{{"n":{arrays(63)}}},"contract":"tier2.context/v1","metadata":{{}}}}',
        ),
        (
            "context-tagged-state",
            "A state may look like a document.",
            "ExecutionContext",
            '{"contract":"tier2.context/v1","initial_state":{"contract":"x"},"metadata":{"event":1}}',
        ),
        ("completed-empty", "Nothing changed.", "Completed", _TIDIED),
        (
            "completed-nulls",
            "Nulls in an output delete; in a document they are kept.",
            "Completed",
            '{"event":"completed","step_id":"tidy","output":{"b":{"c":null},"a":null,"d":[null]}}',
        ),
        (
            "failed",
            "A reason is any text.",
            "Failed",
            r'{"reason":"no \"disc\" \u2192 none\n","event":"failed","step_id":"tidy"}',
        ),
        ("decided-approved", "An approval with an output and no note.", "Decided", _APPROVED),
        ("decided-vetoed", "A veto with a note.", "Decided", _VETOED),
        (
            "decided-empty-note",
            "An empty note is not the same as none.",
            "Decided",
            '{"event":"decided","step_id":"ask","verdict":"vetoed","by":"","note":"","output":{}}',
        ),
        ("rehearsed", "Passed over.", "Rehearsed", '{"step_id":"ask","event":"rehearsed"}'),
        ("run-started", "No event yet.", "Run", _run("")),
        ("run-halfway", "One event of two.", "Run", _run(_APPROVED)),
        ("run-finished", "Both events.", "Run", _run(f"{_APPROVED},{_TIDIED}")),
        ("run-vetoed", "Ended by a veto.", "Run", _run(_VETOED)),
        (
            "run-mixed-rehearsal",
            "Any step may be rehearsed, a pure one as well.",
            "Run",
            _run(f'{_APPROVED},{{"event":"rehearsed","step_id":"tidy"}}'),
        ),
        (
            "entry",
            "One link of a chain; no reader can know where its digests come from.",
            "ReceiptEntry",
            f'{{"state_sha256":"{"0123456789abcdef" * 4}","previous_sha256":"{"0" * 64}","event":{_VETOED}}}',
        ),
    )
)
