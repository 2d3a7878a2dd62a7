"""Does a question show a person what they need, and is text read as the right value of a field?"""

import re
from pathlib import Path
from typing import Any

import pytest
from own_question import FIELDS, asked, own_mission

from tier2.contracts.v1 import Choice, ExecutionContext, Field, MissionSpec, StepSpec
from tier2.engine.execution import start
from tier2.engine.planning import build_workflow
from tier2.engine.questions import question
from tier2.kinds import Asking
from tier2.shell.cli import prompt
from tier2.shell.cli.prompt import value_of
from tier2.shell.errors import InputError

Json = Any

LONG = "x" * 300


def lines_of(
    asking: Asking, state: Json, *, then: tuple[StepSpec, ...] = (), changes: tuple[Path, ...] = ()
) -> list[str]:
    """The lines of a question of the step `go`, which these steps follow."""
    missions = own_mission(lambda *_: asking, *then)
    run = start(build_workflow(MissionSpec(type="own"), missions), ExecutionContext(initial_state=state))
    asks = question(run, missions)
    assert asks is not None
    return prompt.question(run, asks, changes)


def shown(state: Json, *show: str) -> list[str]:
    """The lines of a question that shows these parts of a state, without those of every question."""
    first, *evidence, _, _ = lines_of(Asking(description="Go?", show=show), state)
    assert first == "Step 'go' asks: Go?"
    return evidence


def field_lines(field: Field) -> list[str]:
    return lines_of(Asking(description="Go?", show=(), fields=(field,)), {})[1:-2]


def test_a_question_shows_values_fields_and_what_follows() -> None:
    state = {"rows": [1, "two"], "a/b": "\x1b[2J", "c": 1}
    assert lines_of(asked(StepSpec(id="go", kind="human"), {}), state) == [
        "Step 'go' asks: Go?",
        "/rows:",
        "   1. 1",
        '   2. "two"',
        "/none: nothing there",
        '/a~1b: "\\u001b[2J"',
        "The reason (why: text, required)",
        "How long (days: a whole number)",
        "Whether it is urgent (urgent: true or false)",
        "The place (where):",
        "   1. Here",
        "   2. There",
        "The order (order):",
        "   1. a",
        "   2. b",
        "approve: the run is complete.",
        "veto: the run ends here as vetoed, and nothing after this step is done.",
    ]


def test_a_question_without_evidence_shows_the_whole_state() -> None:
    asking = Asking(description="Go?")
    found = lines_of(asking, {"a": {"b": 1}, "c": None})
    assert found[1:4] == ["The state:", '  a: {"b":1}', "  c: null"]
    assert lines_of(asking, {})[1] == "The state is empty."


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ((), ""),
        (("/x/a",), " At its end a may be written."),
        (("/x/a", "/x/b"), " At its end a and b may be written."),
        (("/x/a", "/y/b", "/x/c"), " At its end a, b and c may be written."),
    ],
)
def test_an_approval_names_the_steps_and_files_that_follow(changes: tuple[str, ...], text: str) -> None:
    then = [StepSpec(id=name, kind="runtime", payload={"operation": "noop"}) for name in ("one", "two")]
    found = lines_of(Asking(description="Go?"), {}, then=(*then,), changes=tuple(map(Path, changes)))
    assert found[-2] == f"approve: the run goes on with 'one', 'two'.{text}"


def test_long_values_are_cut_and_their_size_said() -> None:
    rows = [{"n": n} for n in range(25)]
    state = {"text": LONG, "rows": rows, "deep": [[0] * 150, {"k": LONG, "l": 1}], LONG: 1}
    assert shown(state, "/text", "/deep") == [
        f'/text: "{"x" * 199}... (300 characters)',
        "/deep:",
        f"   1. [{'0,' * 99}0... (150 items, 301 bytes)",
        f'   2. {{"k":"{"x" * 194}... (2 members, 314 bytes)',
    ]
    assert shown(state, "/rows") == [
        "/rows:",
        *(f'{n + 1:4}. {{"n":{n}}}' for n in range(20)),
        "      and 5 more (25 items, 216 bytes)",
    ]
    members = {f"{n:02}": n for n in range(21)}
    assert shown(members, "")[-2:] == ["  19: 19", "      and 1 more (21 members, 159 bytes)"]
    assert shown({LONG: 1}, "", f"/{LONG}") == [
        "The state:",
        f"  {'x' * 200}... (300 characters): 1",
        f"/{'x' * 199}... (301 characters): 1",
    ]


def test_what_fits_on_its_line_is_not_cut() -> None:
    assert shown({"a": "x" * 198}, "/a") == [f'/a: "{"x" * 198}"']
    assert shown({"a": list(range(20))}, "/a")[-1] == "  20. 19"


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


def test_without_choices_no_value_fits_a_ranking() -> None:
    field = Field(name="order", label="The order", kind="ranking")
    assert field_lines(field) == ["The order (order: nothing: there are no choices)"]
    with pytest.raises(InputError, match=r"^order: '1' does not fit; give nothing: there are no choices$"):
        value_of(field, "1")
