"""Which problems does `diagnose` report, and where?"""

import json
from typing import Any

import pytest
from mutations import replaced, without

from tier2 import ExecutionContext, MissionSpec, build_workflow, canonical, run_workflow
from tier2.contracts.v1 import DOCUMENTS
from tier2.errors import Problem, json_path
from tier2.inspection.diagnostics import Diagnostic, diagnose
from tier2.inspection.shape import shape_problems
from tier2.values.structs import Value

Json = Any

RUNTIME: Json = {"id": "do", "kind": "runtime", "payload": {"operation": "noop"}}
HUMAN: Json = {"id": "ask", "kind": "human", "payload": {}}
CONTEXT: Json = {"contract": "tier2.context/v1", "initial_state": {}, "metadata": {}}
DONE: Json = {"event": "completed", "step_id": "do", "output": {}}
VETO: Json = {
    "event": "decided",
    "step_id": "ask",
    "verdict": "vetoed",
    "by": "Ann",
    "note": None,
    "output": {"a": 1},
    "at": None,
    "head_sha256": None,
    "signature": None,
}


def workflow(*steps: Json) -> Json:
    return {"contract": "tier2.workflow/v1", "id": "w", "steps": list(steps), "metadata": {}}


def run(steps: list[Json], *events: Json) -> Json:
    return {
        "contract": "tier2.run/v1",
        "workflow": workflow(*steps),
        "context": CONTEXT,
        "operations": {},
        "events": list(events),
    }


def named(step: Json, name: str) -> Json:
    return {**step, "id": name}


def problems_of(document: Json | str) -> list[tuple[str, str, str]]:
    text = document if isinstance(document, str) else json.dumps(document)
    return [(one.code, one.where, one.message) for one, _, _ in diagnose(text).diagnostics]


def test_a_diagnostic_has_problem_line_and_column() -> None:
    text = '{\n  "contract": "tier2.mission/v1",\n  "params": {},\n  "type": null\n}'
    (found,) = diagnose(text).diagnostics
    problem = Problem(
        "type", ("type",), "expected `str`, got `null`", "give it the type that the contract says"
    )
    assert found == Diagnostic(problem, line=4, column=3)


def test_a_column_counts_characters_not_bytes() -> None:
    text = '{"contract": "tier2.mission/v1", "params": {"\u00e9\U0001f600": "\u20ac"}, "type": 1}'
    (found,) = diagnose(text).diagnostics
    assert found.column == text.index('"type"') + 1


def test_two_broken_limits_are_two_problems() -> None:
    people = [named(HUMAN, f"h{number}") for number in range(6)]
    assert problems_of(workflow(*people)) == [
        ("bound", "$.steps", "expected `array` of length <= 5, got 6"),
        ("limits", "$.steps", "6 human steps are more than 2"),
    ]


def test_an_empty_workflow_is_one_problem() -> None:
    assert problems_of(workflow()) == [("bound", "$.steps", "expected `array` of length >= 1, got 0")]


def test_each_repeated_id_and_operation_is_reported() -> None:
    nothing = {**RUNTIME, "payload": {"operation": None}}
    assert [problem[:2] for problem in problems_of(workflow(RUNTIME, named(HUMAN, "do"), nothing))] == [
        ("envelope", "$.steps[1].id"),
        ("envelope", "$.steps[2].id"),
        ("envelope", "$.steps[2].payload.operation"),
    ]


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (None, ("type", "$.steps[0]")),
        ({**RUNTIME, "kind": "robot", "payload": {}}, ("enum", "$.steps[0].kind")),
        ({**RUNTIME, "kind": 1, "payload": {}}, ("type", "$.steps[0].kind")),
        ({**RUNTIME, "payload": []}, ("type", "$.steps[0].payload")),
        ({**RUNTIME, "id": 5}, ("type", "$.steps[0].id")),
        ({"id": "x", "kind": "runtime"}, ("missing-field", "$.steps[0].payload")),
    ],
)
def test_an_unreadable_step_is_reported_once(step: Json, problem: tuple[str, str]) -> None:
    others = (named(RUNTIME, "r"), named(HUMAN, "r#0"), named(RUNTIME, "s"), named(RUNTIME, "t"))
    assert [one[:2] for one in problems_of(workflow(step, *others))] == [problem]


def test_limits_apply_to_the_readable_steps() -> None:
    people = [named(HUMAN, "a"), named(HUMAN, "b"), {**named(HUMAN, "c"), "payload": 1}]
    assert [problem[:2] for problem in problems_of(workflow(*people))] == [
        ("limits", "$.steps"),
        ("type", "$.steps[2].payload"),
    ]


def test_each_illegal_event_is_reported() -> None:
    third = named(RUNTIME, "third")
    events = [{**DONE, "step_id": "don't"}, VETO, {"event": "rehearsed", "step_id": "third"}, DONE]
    assert problems_of(run([RUNTIME, HUMAN, third], *events)) == [
        ("event", "$.events[0]", "step 'do' is pending, not \"don't\""),
        ("event", "$.events[1].output", "a veto has no output"),
        ("event", "$.events[3]", "the run is over"),
    ]


def test_only_one_event_after_the_end_is_reported() -> None:
    assert [problem[1] for problem in problems_of(run([RUNTIME], DONE, DONE, DONE))] == ["$.events[1]"]


def test_runs_and_results_have_the_same_limits() -> None:
    people = [named(HUMAN, name) for name in "abc"]
    steps = [*people, named(RUNTIME, "a")]
    for document, where in (
        (run(steps), "$.workflow.steps"),
        ({**RESULT, "executed_steps": steps}, "$.executed_steps"),
    ):
        assert [problem[:2] for problem in problems_of(document)] == [
            ("limits", where),
            ("envelope", f"{where}[3].id"),
        ]


def test_events_are_checked_beside_other_problems() -> None:
    document = run([RUNTIME], {**DONE, "step_id": "x"})
    document["context"] = {**CONTEXT, "initial_state": 1}
    document["workflow"]["metadata"] = []
    assert [problem[:2] for problem in problems_of(document)] == [
        ("type", "$.workflow.metadata"),
        ("type", "$.context.initial_state"),
        ("event", "$.events[0]"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["workflow"]["steps"].append(5),
        lambda document: document["events"].append(5),
        lambda document: document["workflow"].pop("steps"),
        lambda document: document.pop("events"),
        lambda document: document.update(workflow=None),
        lambda document: document["workflow"]["steps"].append(RUNTIME),
    ],
)
def test_unreadable_events_are_not_checked(change: Any) -> None:
    document = run([RUNTIME], {**DONE, "step_id": "x"})
    change(document)
    problems = problems_of(document)
    assert len(problems) == 1
    assert problems[0][0] != "event"


def test_a_head_is_checked_only_where_it_is_known() -> None:
    decision = {**VETO, "output": {}, "head_sha256": "0" * 64}
    assert [one[:2] for one in problems_of(run([HUMAN], decision))] == [("stale", "$.events[0].head_sha256")]
    unreadable = replaced(run([HUMAN], decision), ("context", "metadata"), 5)
    assert [one[:2] for one in problems_of(unreadable)] == [("type", "$.context.metadata")]
    after = run([RUNTIME, HUMAN], {**DONE, "step_id": "other"}, decision)
    assert [one[:2] for one in problems_of(after)] == [("event", "$.events[0]")]


@pytest.mark.parametrize(("number", "also"), [("9007199254740992", []), ("1e999", ["$.events[0].output.n"])])
def test_events_are_checked_with_any_number_inside(number: str, also: list[str]) -> None:
    text = json.dumps(run([RUNTIME], {**DONE, "output": {"n": 0}}, DONE)).replace('"n": 0', f'"n": {number}')
    assert [one.problem.where for one in diagnose(text).diagnostics] == [*also, "$.events[1]"]


def test_each_veto_with_an_output_is_reported() -> None:
    made = run_workflow(build_workflow(MissionSpec(type="daily_loop")), ExecutionContext())
    result = json.loads(canonical(made))
    result["receipt"]["entries"][0]["event"] = VETO
    result["receipt"]["entries"][2]["event"] = VETO
    assert [problem[:2] for problem in problems_of(result)] == [
        ("event", "$.receipt.entries[0].event.output"),
        ("event", "$.receipt.entries[2].event.output"),
    ]


def test_text_and_shape_are_reported_together() -> None:
    text = (
        '{"contract": "tier2.mission/v1", "type": "\\ud800", "params": {"a": 1, "a": 1e999}, "x": 0, "x": 1}'
    )
    assert [problem[:2] for problem in problems_of(text)] == [
        ("surrogate", "$.type"),
        ("duplicate-key", "$.params"),
        ("number-range", "$.params.a"),
        ("duplicate-key", "$"),
        ("unknown-field", "$.x"),
    ]


def test_text_of_an_unknown_contract_is_checked() -> None:
    assert [problem[:2] for problem in problems_of('{"contract": "x", "a": 1e999}')] == [
        ("tag", "$.contract"),
        ("number-range", "$.a"),
    ]


def test_each_too_deep_value_is_reported() -> None:
    objects = '{"n":' * 64 + "{}" + ',"b":[]}' + "}" * 63
    arrays = "[" * 64 + "]" * 64
    text = f'{{"contract":"tier2.mission/v1","type":"t","params":{{"a":{objects},"c":{arrays}}}}}'
    problems = diagnose(text).diagnostics
    assert [(problem.code, problem.where) for problem, _, _ in problems] == [
        ("depth", "$.params.a" + ".n" * 63),
        ("depth", "$.params.c" + "[0]" * 63),
    ]
    assert text[problems[0].column - 1 :].startswith('"n":')
    assert text[problems[1].column - 1 :].startswith("[]")


def test_unreadable_depth_is_reported_at_its_bracket() -> None:
    (found,) = diagnose("[" * 200).diagnostics
    assert (found.problem.code, found.line, found.column) == ("depth", 1, 129)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "syntax", 1, 1),
        ("[1,\n 2", "syntax", 2, 3),
        ('{"a":\n tru}', "syntax", 2, 6),
        ("{}\n{}", "trailing", 2, 1),
        ("[\n\n\u20ac]", "syntax", 3, 1),
        (b"[\n\n\xff]", "utf8", 3, 1),
        ("\ufeff[]", "bom", 1, 1),
        ('{"a": 1e999,}', "syntax", 1, 14),
        ('["NaN", "\\"NaN",\n Infinity]', "syntax", 2, 2),
        ("[1" + "1" * 5000 + ",]", "syntax", 1, 5005),
    ],
)
def test_broken_json_is_reported_where_reading_ends(
    text: str | bytes, code: str, line: int, column: int
) -> None:
    (found,) = diagnose(text).diagnostics
    assert (found.problem.code, found.line, found.column) == (code, line, column)


def test_text_over_the_size_limit_is_not_read() -> None:
    assert [one.problem.code for one in diagnose(" " * 11, max_bytes=10).diagnostics] == ["size"]
    assert diagnose('{"contract":"tier2.mission/v1","params":{},"type":""}', max_bytes=53).diagnostics == ()


def test_a_type_without_a_rule_is_a_type_error() -> None:
    class Weighed(Value, frozen=True):
        weight: bytes

    with pytest.raises(TypeError, match="there is no rule for values of BytesType"):
        list(shape_problems({"weight": "1.5"}, Weighed))


MISSION: Json = {"contract": "tier2.mission/v1", "type": "t", "params": {}}
RESULT: Json = json.loads(
    canonical(run_workflow(build_workflow(MissionSpec(type="echo")), ExecutionContext()))
)
ADD, TYPE, RESTORE = (
    "add it: nothing is filled in",
    "give it the type that the contract says",
    "restore it, or compute the result anew from its run",
)
DEEP = "flatten it: open values may nest 64 deep, documents 128"
LINK = ("receipt", "entries", 0, "previous_sha256")

AS_READ: list[tuple[Json | str, tuple[str, ...]]] = [
    (without(MISSION, ("type",)), ("missing-field", "$.type", "a required member is missing", ADD)),
    ({**MISSION, "type": True}, ("type", "$.type", "expected `str`, got `bool`", TYPE)),
    ({**MISSION, "params": []}, ("type", "$.params", "expected `object`, got `array`", TYPE)),
    (
        {**MISSION, "params": {"a": json.loads("[" * 64 + "]" * 64)}},
        ("depth", "$.params.a" + "[0]" * 63, "the value nests too deep", DEEP),
    ),
    (
        {**MISSION, "far": 1},
        ("unknown-field", "$.far", "object contains unknown field `far`", "remove it, or check its spelling"),
    ),
    (
        workflow({**HUMAN, "kind": "robot"}),
        ("enum", "$.steps[0].kind", "invalid enum value 'robot'", "use human or runtime"),
    ),
    (
        workflow(),
        ("bound", "$.steps", "expected `array` of length >= 1, got 0", "bring it within the limit"),
    ),
    (workflow({**HUMAN, "kind": 1}), ("type", "$.steps[0].kind", "expected `str`, got `int`", TYPE)),
    ({**workflow(), "steps": {}}, ("type", "$.steps", "expected `array`, got `object`", TYPE)),
    (run([RUNTIME], 7), ("type", "$.events[0]", "expected `object`, got `int`", TYPE)),
    (run([RUNTIME], {}), ("missing-field", "$.events[0].event", "a required member is missing", ADD)),
    (run([RUNTIME], {"event": 1}), ("type", "$.events[0].event", "expected `str`, got `int`", TYPE)),
    (
        run([RUNTIME], {"event": "done"}),
        (
            "tag",
            "$.events[0].event",
            "invalid value 'done'",
            "use completed or decided or failed or rehearsed",
        ),
    ),
    (
        run([HUMAN], {**VETO, "note": 5, "output": {}}),
        ("type", "$.events[0].note", "expected `str | null`, got `int`", TYPE),
    ),
    (
        without(run([HUMAN]), ("context", "contract")),
        ("tag", "$.context.contract", "the name of the contract is missing", ADD),
    ),
    (replaced(RESULT, ("lineage",), None), ("type", "$.lineage", "expected `object`, got `null`", TYPE)),
    (replaced(RESULT, ("success",), 1), ("type", "$.success", "expected `bool`, got `int`", TYPE)),
    (
        replaced(RESULT, ("receipt", "head_sha256"), "0"),
        (
            "pattern",
            "$.receipt.head_sha256",
            "expected `str` matching regex '^[0-9a-f]{64}\\\\Z'",
            "write it in the form that the contract gives",
        ),
    ),
    (
        replaced(RESULT, ("receipt", "entries", 0, "event"), VETO),
        (
            "event",
            "$.receipt.entries[0].event.output",
            "a veto has no output",
            "veto with an empty output, or approve",
        ),
    ),
    (
        {"contract": "x"},
        (
            "tag",
            "$.contract",
            "the document names no contract that is known here",
            f"name one of {', '.join(sorted(DOCUMENTS))}",
        ),
    ),
    (
        '{"contract": "tier2.mission/v1", "type": "", "params": {"n": 1e999}}',
        ("number-range", "$.params.n", "the number is too large for a double", "send it as a string"),
    ),
    (
        '{"contract": "tier2.mission/v1", "type": "", "params": {"n": 9007199254740993}}',
        (
            "number-range",
            "$.params.n",
            "the integer is beyond +-(2**53 - 1), and not written as ECMAScript writes its double",
            "send it as a string, or write the double 9007199254740992",
        ),
    ),
    (
        '{"contract": "tier2.mission/v1", "type": "", "params": {"\\ud800": 1}}',
        (
            "surrogate",
            r'$.params["\ud800"]',
            "the string has a lone surrogate",
            "replace it by a Unicode character",
        ),
    ),
    (
        '{"contract": "tier2.mission/v1", "type": "", "params": {"\u20ac": 1, "\u20ac": 2}}',
        ("duplicate-key", "$.params", 'the object has two members named "\\u20ac"', "keep one of them"),
    ),
    (
        replaced(RESULT, ("success",), False),
        ("contradiction", "$.success", "the steps and events give true, not false", RESTORE),
    ),
    (
        replaced(RESULT, ("receipt", "head_sha256"), "0" * 64),
        ("contradiction", "$.receipt.head_sha256", "it is not the digest of the last entry", RESTORE),
    ),
    (
        replaced(RESULT, ("lineage", "workflow_sha256"), "0" * 64),
        (
            "contradiction",
            json_path(LINK),
            "it is not the digest of the workflow, the context and the revisions",
            RESTORE,
        ),
    ),
]
"""Each kind of problem once, with its code, path, message and remedy."""


@pytest.mark.parametrize(("document", "problem"), AS_READ)
def test_each_problem_has_this_message(document: Json | str, problem: tuple[str, ...]) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    assert [(one.code, one.where, one.message, one.remedy) for one, _, _ in diagnose(text).diagnostics] == [
        problem
    ]


def test_a_misspelt_name_gets_a_suggestion() -> None:
    document = {**without(MISSION, ("params",)), "parms": {}}
    found = diagnose(json.dumps(document)).diagnostics
    assert [one.problem.remedy for one in found] == [
        ADD,
        "did you mean params?",
    ]
