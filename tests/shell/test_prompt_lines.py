"""Does a question show a person what they need, and is text read as the right value of a field?"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from own_question import FIELDS

from tier2.contracts.v1 import (
    Choice,
    Evidence,
    ExecutionContext,
    Field,
    FieldKind,
    Question,
    StepSpec,
    WorkflowDefinition,
)
from tier2.engine.execution import start
from tier2.shell.cli import prompt
from tier2.shell.cli.prompt import value_of
from tier2.shell.errors import InputError
from tier2.values.canonical import digest

Json = Any

LONG = "x" * 300
HEAD = digest("the run")


def lines_of(
    evidence: Mapping[str, Json] = MappingProxyType({}),
    fields: tuple[Field, ...] = (),
    approvers: tuple[str, ...] = (),
    *,
    signed: bool = False,
) -> list[str]:
    """The lines of a question, without the first and the last.

    evidence: by JSON Pointer; ``...`` where the state has no value.
    """
    shown = tuple(
        Evidence(pointer=pointer, found=value is not ..., value=None if value is ... else value)
        for pointer, value in evidence.items()
    )
    asks = Question(
        workflow_id="w",
        step_id="go",
        description="Go?",
        evidence=shown,
        fields=fields,
        approvers=approvers,
        signed=signed,
        head_sha256=HEAD,
    )
    first, *lines, last = prompt.question(asks)
    assert (first, last) == ("Step 'go' asks: Go?", f"head: {HEAD}")
    return lines


def field_lines(field: Field) -> list[str]:
    return lines_of(fields=(field,))


def test_a_question_shows_its_values_and_fields() -> None:
    evidence = {"/rows": [1, "two"], "/none": ..., "/a~1b": "\x1b[2J", "": {"a": {"b": 1}, "c": None}}
    assert lines_of(evidence, FIELDS) == [
        "/rows:",
        "   1. 1",
        '   2. "two"',
        "/none: nothing there",
        '/a~1b: "\\u001b[2J"',
        "The state:",
        '  a: {"b":1}',
        "  c: null",
        "The reason (why: text, required)",
        "How long (days: a whole number)",
        "Whether it is urgent (urgent: true or false)",
        "The place (where):",
        "   1. Here",
        "   2. There",
        "The order (order):",
        "   1. a",
        "   2. b",
    ]
    assert lines_of({"": {}, "/a": []}) == ["The state is empty.", "/a is empty."]


def test_a_question_says_who_may_decide_and_how() -> None:
    assert lines_of(approvers=("Ana", "Ben, Boss")) == ["may decide: 'Ana', 'Ben, Boss'"]
    assert lines_of(approvers=("Ana",), signed=True) == [
        "may decide: 'Ana'",
        "The decision must be signed.",
    ]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ((), ""),
        (("/x/a",), " At its end a may be written."),
        (("/x/a", "/x/b"), " At its end a and b may be written."),
        (("/x/a", "/y/b", "/x/c"), " At its end a, b and c may be written."),
    ],
)
@pytest.mark.parametrize(
    ("later", "goes_on"),
    [
        ((), "the run is complete."),
        (("one", LONG), f"the run goes on with 'one', '{'x' * 200}... (300 characters)'."),
    ],
)
def test_a_verdict_names_the_steps_and_files_that_follow(
    changes: tuple[str, ...], text: str, later: tuple[str, ...], goes_on: str
) -> None:
    then = [StepSpec(id=name, kind="runtime", payload={"operation": "noop"}) for name in later]
    run = start(
        WorkflowDefinition(id="w", steps=(StepSpec(id="go", kind="human"), *then)), ExecutionContext()
    )
    assert [*prompt.verdicts(run, [*map(Path, changes)])] == [
        f"approve: {goes_on}{text}",
        "veto: the run ends here as vetoed, and nothing after this step is done.",
    ]


def test_long_values_are_cut_and_their_size_said() -> None:
    rows = [{"n": n} for n in range(25)]
    assert lines_of({"/text": LONG, "/deep": [[0] * 150, {"k": LONG, "l": 1}]}) == [
        f'/text: "{"x" * 199}... (300 characters)',
        "/deep:",
        f"   1. [{'0,' * 99}0... (150 items, 301 bytes)",
        f'   2. {{"k":"{"x" * 194}... (2 members, 314 bytes)',
    ]
    assert lines_of({"/rows": rows}) == [
        "/rows:",
        *(f'{n + 1:4}. {{"n":{n}}}' for n in range(20)),
        "      and 5 more (25 items, 216 bytes)",
    ]
    members = {f"{n:02}": n for n in range(21)}
    assert lines_of({"": members})[-2:] == ["  19: 19", "      and 1 more (21 members, 159 bytes)"]
    assert lines_of({"/ä": "ä" * 300, "": {LONG: 1}, f"/{LONG}": 1, f"/{LONG}/": ...}) == [
        f'/ä: "{"ä" * 199}... (300 characters)',
        "The state:",
        f"  {'x' * 200}... (300 characters): 1",
        f"/{'x' * 199}... (301 characters): 1",
        f"/{'x' * 199}... (302 characters): nothing there",
    ]


def test_what_fits_on_its_line_is_not_cut() -> None:
    assert lines_of({"/a": "x" * 198}) == [f'/a: "{"x" * 198}"']
    assert lines_of({"/a": list(range(20))})[-1] == "  20. 19"
    assert field_lines(Field(name="x" * 200, label="y", kind="text")) == [f"y ({'x' * 200}: text)"]


def test_long_lists_of_choices_are_cut_and_their_size_said() -> None:
    def ranking(count: int) -> Field:
        choices = tuple(Choice(label=f"c{n}", value=n) for n in range(count))
        return Field(name="order", label="Order", kind="ranking", choices=choices)

    assert field_lines(ranking(50)) == ["Order (order):", *(f"{n + 1:4}. c{n}" for n in range(50))]
    assert field_lines(ranking(51))[50:] == ["  50. c49", "      and 1 more of 51 choices"]


def test_long_labels_are_cut_and_their_size_said() -> None:
    field = Field(name=LONG, label=LONG, kind="choice", choices=(Choice(label=LONG, value=1),), required=True)
    cut = f"{'x' * 200}... (300 characters)"
    assert field_lines(field) == [f"{cut} ({cut}, required):", f"   1. {cut}"]
    assert field_lines(Field(name=LONG, label=LONG, kind="integer")) == [f"{cut} ({cut}: a whole number)"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("why", " as it is ", " as it is "),
        ("days", "-3", -3),
        ("urgent", "false", False),
        ("where", "2", None),
        ("order", "2 , 1", ((2,), 1)),
    ],
)
def test_text_becomes_the_value_of_a_field(name: str, text: str, value: Json) -> None:
    (field,) = (field for field in FIELDS if field.name == name)
    assert value_of(field, text) == value


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        *(("days", text, "a whole number") for text in ("3.5", "true", "1" * 400, "", "{")),
        *(("urgent", text, "true or false") for text in ("yes", "1", "null")),
        *(
            ("where", text, "a number from 1 to 2")
            for text in ("0", "3", "1 2", "", "1e0", "-1", "٣", "1" * 10)
        ),
        *(
            ("order", text, "different numbers from 1 to 2, in your order, with commas")
            for text in ("1,1", "", ",", "1;2", "2,3")
        ),
    ],
)
def test_text_that_is_no_value_of_a_field_is_refused(name: str, text: str, wanted: str) -> None:
    (field,) = (field for field in FIELDS if field.name == name)
    given = f"{'1' * 200}... (400 characters)" if len(text) == 400 else text
    with pytest.raises(InputError, match=f"^{re.escape(f'{name}: {given!r} does not fit; give {wanted}')}$"):
        value_of(field, text)


@pytest.mark.parametrize("kind", ["choice", "ranking"])
def test_without_choices_no_value_fits_a_field(kind: FieldKind) -> None:
    field = Field(name="order", label="The order", kind=kind)
    assert field_lines(field) == ["The order (order: nothing: there are no choices)"]
    with pytest.raises(InputError, match=r"^order: '1' does not fit; give nothing: there are no choices$"):
        value_of(field, "1")
