"""Which facts does an error have, and which classes are there?"""

import copy
import json
import pickle
import re

import pytest

from tier2 import errors
from tier2.errors import Problem, Tier2Error, json_path
from tier2.escaping import escaped_json, escaped_line

KINDS = [
    errors.AntiFailurePlanningError,
    errors.AntiFailureViolation,
    errors.CanonicalError,
    errors.ContractError,
    errors.EnvelopeViolation,
    errors.IllegalEvent,
    errors.InvalidParamsError,
    errors.UnknownMissionError,
]


def an_error(kind: type[Tier2Error] = Tier2Error) -> Tier2Error:
    return kind(code="bound", path=("steps", 2), message="it is too long", remedy="shorten it")


def test_an_errors_text_has_path_message_and_remedy() -> None:
    assert str(an_error()) == "$.steps[2]: it is too long; shorten it"


def test_an_errors_repr_has_all_its_facts() -> None:
    assert repr(an_error()) == "Tier2Error('bound', ('steps', 2), 'it is too long', 'shorten it')"


def test_an_error_has_its_facts_as_attributes() -> None:
    error = an_error()
    assert (error.code, error.where, error.message, error.remedy) == (
        "bound",
        "$.steps[2]",
        "it is too long",
        "shorten it",
    )


def test_an_error_is_a_problem_with_the_same_facts() -> None:
    problem = an_error().problem
    assert problem == Problem("bound", ("steps", 2), "it is too long", "shorten it")
    assert problem.where == "$.steps[2]"


def test_an_error_is_restated_under_another_path() -> None:
    error = an_error(errors.IllegalEvent)
    moved = error.restated(errors.ContractError, ("run", "workflow"))
    assert type(moved) is errors.ContractError
    assert str(moved) == "$.run.workflow.steps[2]: it is too long; shorten it"
    assert moved.code == error.code
    assert str(error) == str(an_error())
    assert error.restated(Tier2Error, ("executed",), skip=1).path == ("executed", 2)
    assert error.restated(Tier2Error).path == ("steps", 2)


def test_an_error_is_restated_in_other_words() -> None:
    error = an_error().restated(Tier2Error, message="too long", remedy="cut it")
    assert error.problem == Problem("bound", ("steps", 2), "too long", "cut it")
    assert an_error().restated(Tier2Error, message="too long").remedy == "shorten it"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_error_is_caught_as_the_base(kind: type[Tier2Error]) -> None:
    assert issubclass(kind, Tier2Error)


@pytest.mark.parametrize("kind", KINDS)
def test_only_bad_input_is_a_value_error(kind: type[Tier2Error]) -> None:
    bad_input = {"CanonicalError", "ContractError", "InvalidParamsError", "UnknownMissionError"}
    assert issubclass(kind, ValueError) == (kind.__name__ in bad_input)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickling(kind: type[Tier2Error], protocol: int) -> None:
    error = pickle.loads(pickle.dumps(an_error(kind), protocol))  # noqa: S301 - our own bytes
    assert type(error) is kind
    assert str(error) == str(an_error())
    assert error.code == "bound"


def test_an_error_survives_copying() -> None:
    assert str(copy.copy(an_error())) == str(an_error())
    assert str(copy.deepcopy(an_error())) == str(an_error())


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ([], "$"),
        (["a"], "$.a"),
        (["a", 0, "b_2"], "$.a[0].b_2"),
        ([12], "$[12]"),
        ([""], '$[""]'),
        (["due date"], '$["due date"]'),
        (["X axis"], '$["X axis"]'),
        (["a.b"], '$["a.b"]'),
        (["2a"], '$["2a"]'),
        (["na\u00efve"], '$["na\u00efve"]'),
        (['say "hi"'], r'$["say \"hi\""]'),
        (["back\\slash"], r'$["back\\slash"]'),
    ],
)
def test_a_path_is_written_as_a_json_path(parts: list[str | int], path: str) -> None:
    assert json_path(parts) == path


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("line\nbreak", r"line\u000abreak"),
        ("\x1b[31m", r"\u001b[31m"),
        ("\x7f", r"\u007f"),
        ("\x9b", r"\u009b"),
        ("abc\u202etxt", r"abc\u202etxt"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\udb40\udc41"),
    ],
)
def test_a_path_escapes_invisible_characters(name: str, shown: str) -> None:
    assert json_path([name]) == f'$["{shown}"]'


def test_a_path_shows_letters_of_any_script() -> None:
    assert json_path(["\u65e5\u672c", "\U0001f600"]) == '$["\u65e5\u672c"]["\U0001f600"]'


ORDER = re.compile(r"^ *::|##[A-Za-z]*\[")
"""What the runner of GitHub Actions, Azure Pipelines or TeamCity would obey."""

TEXTS = ["##[a ##vso[b ::c", "::", " ::", "###[", "##a[", "# #[", "#[", "a::b", ":", "##x", ""]


@pytest.mark.parametrize("text", TEXTS)
def test_orders_to_a_runner_are_escaped_as_in_json(text: str) -> None:
    source = json.dumps(text)
    assert json.loads(escaped_json(source.encode())) == json.loads(escaped_line(source)) == text
    assert not ORDER.search(escaped_json(source.encode()).decode())
    assert not ORDER.search(escaped_line(text))
    assert ORDER.search(text) or escaped_line(text) == text
