"""Which documents does `decode` accept, and which texts does it always refuse?"""

from typing import Any

import pytest
from mutations import Json, Path, replaced, without
from small_documents import (
    APPROVED,
    COMPLETED,
    CONTEXT,
    FAILED,
    HUMANS,
    MISSION,
    REHEARSED,
    RESULT,
    RUN,
    WHOLE,
    WORKFLOW,
    minimal,
    pretty,
    refusal,
    shown,
)

from tier2 import (
    CanonicalError,
    Completed,
    ContractError,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    MissionSpec,
    OrchestrationResult,
    Rehearsed,
    Run,
    WorkflowDefinition,
    canonical,
    decode,
    digest,
    parse,
)
from tier2.contracts.v1 import DOCUMENTS


@pytest.mark.parametrize(("kind", "document"), WHOLE)
@pytest.mark.parametrize("write", [pretty, minimal])
def test_every_type_is_read_from_any_spelling(kind: Any, document: Json, write: Any) -> None:
    value = decode(write(document), kind)
    assert value.to_dict() == document
    assert digest(value) == digest(document)
    assert decode(canonical(value), kind) == value
    assert decode(write(document).encode(), kind) == value


def test_an_events_tag_decides_its_class() -> None:
    events = [decode(pretty(event), Event) for event in (COMPLETED, FAILED, APPROVED, REHEARSED)]
    assert [type(event) for event in events] == [Completed, Failed, Decided, Rehearsed]


def test_documents_are_known_by_contract() -> None:
    assert {name: kind.__name__ for name, kind in DOCUMENTS.items()} == {
        "tier2.mission/v1": "MissionSpec",
        "tier2.workflow/v1": "WorkflowDefinition",
        "tier2.context/v1": "ExecutionContext",
        "tier2.run/v1": "Run",
        "tier2.result/v1": "OrchestrationResult",
        "tier2.question/v1": "Question",
        "tier2.scenario/v1": "Scenario",
    }
    with pytest.raises(TypeError):
        DOCUMENTS["own"] = MissionSpec  # type: ignore[index]  # on purpose


# Text outside I-JSON, inside documents


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ('"id":"w"', '"id":"v","id":"w"', "duplicate-key", "$.workflow"),
        ('"id":"w"', '"id":"w","id":"w"', "duplicate-key", "$.workflow"),
        ('"id":"w"', '"id":"w","\\u0069d":"w"', "duplicate-key", "$.workflow"),
        ('"kind":"human"', '"kind":"human","kind":"human"', "duplicate-key", "$.workflow.steps[1]"),
        ('"contract":"tier2.run/v1"', '"contract":"x","contract":"tier2.run/v1"', "duplicate-key", "$"),
        (
            '"contract":"tier2.context/v1"',
            '"contract":"tier2.context/v1","\\u0063ontract":"tier2.context/v1"',
            "duplicate-key",
            "$.context",
        ),
        ('"event":"completed"', '"event":"failed","event":"completed"', "duplicate-key", "$.events[0]"),
        ('"n":0.5', '"n":0.5,"\\u006e":0.5', "duplicate-key", "$.events[0].output"),
        ('"k":[1]', '"k":[{"a":1,"a":1}]', "duplicate-key", "$.context.initial_state.k[0]"),
        ('"by":"Ann"', '"by":"\\ud800"', "surrogate", "$.events[1].by"),
        ('"k":[1]', '"k":["\\udc00\\ud800"]', "surrogate", "$.context.initial_state.k[0]"),
        ('"k":[1]', '"k":[1e999]', "number-range", "$.context.initial_state.k[0]"),
        ('"k":[1]', '"k":[NaN]', "syntax", "$"),
        ('"k":[1]', '"k":[1],', "syntax", "$"),
    ],
)
def test_text_outside_i_json_is_refused(old: str, new: str, code: str, where: str) -> None:
    text = minimal(RUN)
    assert text.count(old) == 1
    error = refusal(text.replace(old, new), Run)
    assert isinstance(error, CanonicalError)
    assert (error.code, error.where) == (code, where)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xef\xbb\xbf" + minimal(MISSION).encode(), "bom"),
        ("\ufeff" + minimal(MISSION), "bom"),
        (minimal(MISSION) + "{}", "trailing"),
        (minimal(MISSION)[:-1], "syntax"),
        ("", "syntax"),
        (minimal(MISSION).encode().replace(b"echo", b"\xff"), "utf8"),
        (minimal(MISSION).replace("echo", "\ud800"), "surrogate"),
    ],
)
def test_other_text_than_json_is_refused(text: bytes | str, code: str) -> None:
    error = refusal(text, MissionSpec)
    assert (error.code, error.where) == (code, "$")


def test_only_bytes_and_str_are_decoded() -> None:
    error = refusal(bytearray(minimal(MISSION).encode()), MissionSpec)  # type: ignore[arg-type]  # on purpose
    assert (error.code, error.message) == ("type", "JSON text is bytes or str, not bytearray")


# Numbers and depth


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("9007199254740992", 9007199254740992.0),
        ("-9007199254740992", -9007199254740992.0),
        ("9007199254740991", 9007199254740991),
        ("9007199254740993.0", 9007199254740992.0),
        ("1e21", 1e21),
        ("4.0", 4),
        ("-0.0", 0),
        ("5e-6", 5e-6),
    ],
)
def test_open_objects_have_numbers_as_parse_reads(written: str, value: float) -> None:
    text = minimal(MISSION).replace('"n":1', f'"n":{written}')
    mission = decode(text, MissionSpec)
    assert mission.params == {"n": value}
    assert type(mission.to_dict()["params"]["n"]) is type(value)
    assert digest(mission) == digest(parse(text))
    assert decode(canonical(mission), MissionSpec) == mission


def deep(depth: int) -> Json:
    """An object that nests so deep."""
    value: Json = {}
    for _ in range(depth - 2):
        value = [value]
    return {"a": value}


@pytest.mark.parametrize(
    ("kind", "document", "path"),
    [
        (MissionSpec, MISSION, ("params",)),
        (WorkflowDefinition, WORKFLOW, ("metadata",)),
        (ExecutionContext, CONTEXT, ("initial_state",)),
        (Run, RUN, ("workflow", "steps", 1, "payload")),
        (Run, RUN, ("events", 1, "output")),
        (OrchestrationResult, RESULT, ("final_state",)),
        (OrchestrationResult, RESULT, ("receipt", "entries", 0, "event", "output")),
        (Event, COMPLETED, ("output",)),
    ],
)
@pytest.mark.parametrize("write", [pretty, minimal])
def test_open_objects_nest_at_most_64_deep(kind: Any, document: Json, path: Path, write: Any) -> None:
    whole = replaced(document, path, deep(64))
    assert decode(write(whole), kind).to_dict() == whole
    error = refusal(write(replaced(document, path, deep(65))), kind)
    assert isinstance(error, CanonicalError)
    assert error.code == "depth"
    assert error.where == shown(path) + ".a" + "[0]" * 63


@pytest.mark.parametrize("depth", [128, 129, 3000])
def test_text_deeper_than_128_is_refused_first(depth: int) -> None:
    """At 128 it is read, and only then the params are too deep; beyond, the text itself is."""
    text = minimal(MISSION).replace('"n":1', '"n":' + "[" * (depth - 2) + "]" * (depth - 2))
    error = refusal(text, MissionSpec)
    assert error.code == "depth"
    assert error.where == ("$.params.n" + "[0]" * 63 if depth == 128 else "$")


# Size


@pytest.mark.parametrize("write", [pretty, minimal])
def test_max_bytes_is_the_largest_size(write: Any) -> None:
    text = write(replaced(MISSION, ("type",), "\u20ac"))
    size = len(text.encode())
    assert decode(text, MissionSpec, max_bytes=size).type == "\u20ac"
    assert decode(text.encode(), MissionSpec, max_bytes=size).type == "\u20ac"
    for data in (text, text.encode()):
        error = refusal(data, MissionSpec, max_bytes=size - 1)
        assert (error.code, error.where) == ("size", "$")
        assert error.message == f"the text has more than {size - 1} bytes"


def test_the_default_size_limit_is_16_mib() -> None:
    limit = 16 * 1024 * 1024
    text = minimal(MISSION).encode()
    padded = text.replace(b'"n":1', b'"n":"' + b"x" * (limit - len(text) - 1) + b'"')
    assert len(padded) == limit
    assert decode(padded, MissionSpec).type == "echo"
    longer = padded.replace(b"echo", b"echoo")
    assert refusal(longer, MissionSpec).code == "size"
    assert decode(longer, MissionSpec, max_bytes=limit + 1).type == "echoo"
    spaced = text.replace(b'"n":1', b'"n": "' + b"x" * (limit - len(text) - 1) + b'"')
    assert decode(spaced, MissionSpec, max_bytes=limit + 1).type == "echo"


# Types


def test_a_float_is_not_blamed_for_another_member() -> None:
    run = replaced(RUN, ("context", "initial_state"), {"x": 1e300})
    error = refusal(minimal(replaced(run, ("workflow", "steps"), [])), Run)
    assert (error.code, error.where) == ("bound", "$.workflow.steps")


@pytest.mark.parametrize("number", [5e-6, 1e16, 1e300])
def test_a_float_for_an_open_object_is_a_wrong_type(number: float) -> None:
    error = refusal(minimal(replaced(MISSION, ("params",), number)), MissionSpec)
    assert isinstance(error, ContractError)
    assert (error.code, error.where) == ("type", "$.params")
    assert error.message == "expected `object`, got `float`"
    assert error.remedy == "give it the type that the contract says"


@pytest.mark.parametrize("kind", [dict, str, int, list[int], Completed | Failed, None, "MissionSpec", object])
def test_a_type_without_contract_is_a_type_error(kind: Any) -> None:
    with pytest.raises(
        TypeError, match="decode knows the classes of documents and of their parts, and Event, not "
    ):
        decode(minimal(MISSION), kind)


def test_no_foreign_exception_is_the_cause() -> None:
    for document in (replaced(MISSION, ("type",), 1), without(MISSION, ("params",))):
        error = refusal(pretty(document), MissionSpec)
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
    error = refusal(pretty(replaced(WORKFLOW, ("steps",), HUMANS)), WorkflowDefinition)
    assert isinstance(error, ContractError)
    assert error.message == "3 human steps are more than 2"
    assert error.remedy == "automate or merge 1 of 'h0', 'h1', 'h2'"
