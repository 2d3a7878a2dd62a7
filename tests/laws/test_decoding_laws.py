"""What holds for every document that is read?"""

import json
import struct
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import OTHER_VALUES, Path, places, replaced, without
from run_strategies import any_events, busy_contexts, busy_workflows, finished_runs, legal_runs, states, texts
from strategies import Json, json_objects, times

from tier2 import (
    Event,
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    Receipt,
    ReceiptEntry,
    Run,
    Tier2Error,
    WorkflowDefinition,
    canonical,
    decode,
    digest,
    finish,
    parse,
)
from tier2.contracts.v1 import Lineage, StepSpec
from tier2.values.structs import Value


def possible(event: Event) -> bool:
    """Whether an event alone is one that the contract allows."""
    plain = event.to_dict()
    return plain.get("verdict", "approved") == "approved" or (
        plain["verdict"] == "vetoed" and not plain["output"]
    )


def typed_values() -> st.SearchStrategy[tuple[Any, Value]]:
    """Values of every type that can be decoded, with the type to ask for."""
    results = finished_runs().map(finish)
    receipts = results.map(lambda result: result.receipt)
    events = any_events(("a", "\u20ac")).filter(possible)
    return st.one_of(
        st.builds(MissionSpec, type=texts, params=json_objects() | states).map(
            lambda value: (MissionSpec, value)
        ),
        busy_workflows().map(lambda value: (WorkflowDefinition, value)),
        busy_workflows().map(lambda value: (StepSpec, value.steps[0])),
        busy_contexts.map(lambda value: (ExecutionContext, value)),
        legal_runs().map(lambda value: (Run, value)),
        results.map(lambda value: (OrchestrationResult, value)),
        results.map(lambda value: (Lineage, value.lineage)),
        receipts.map(lambda value: (Receipt, value)),
        receipts.map(lambda value: (ReceiptEntry, value.entries[-1])),
        events.map(lambda value: (Event, value)),
        events.map(lambda value: (type(value), value)),
    )


@given(typed_values())
def test_what_was_encoded_is_decoded_to_the_same_value_with_the_same_digest(case: tuple[Any, Value]) -> None:
    kind, value = case
    again = decode(canonical(value), kind)
    assert type(again) is type(value)
    assert again == value
    assert canonical(again) == canonical(value)
    assert digest(again) == digest(value)


@st.composite
def spellings(draw: st.DrawFn, value: Json) -> str:
    """JSON texts of the same value: white space, order of members, escapes, and floats for integers, as they come."""
    space = draw(st.sampled_from(["", " ", "\n\t", "\r\n  "]))
    if isinstance(value, dict):
        names = draw(st.permutations(list(value)))
        members = [f"{text_of(draw, name)}{space}:{space}{draw(spellings(value[name]))}" for name in names]
        return "{" + space + f"{space},".join(members) + space + "}"
    if isinstance(value, list):
        return "[" + space + f",{space}".join(draw(spellings(item)) for item in value) + space + "]"
    if isinstance(value, str):
        return text_of(draw, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return draw(st.sampled_from([str(value), f"{value}.0", f"{value}e0", f"{value}.000E+00"]))
    return json.dumps(value)


@st.composite
def names(draw: st.DrawFn, name: str) -> str:
    """JSON texts of a member's name."""
    return text_of(draw, name)


def text_of(draw: st.DrawFn, value: str) -> str:
    """A JSON text of a text: plain, or with every character escaped."""
    style = draw(st.sampled_from(["plain", "ascii", "escaped"]))
    if style == "escaped":
        data = value.encode("utf-16-be")
        units = struct.unpack(f">{len(data) // 2}H", data)
        return '"' + "".join(f"\\u{unit:04x}" for unit in units) + '"'
    return json.dumps(value, ensure_ascii=style == "ascii")


@given(typed_values(), st.data())
def test_every_spelling_of_a_document_is_read_as_the_same_document(
    case: tuple[Any, Value], data: st.DataObject
) -> None:
    kind, value = case
    text = data.draw(spellings(value.to_dict()))
    again = decode(text, kind)
    assert again == value
    assert canonical(again) == canonical(value)
    assert digest(again) == digest(parse(text))


def attempt(text: str, kind: Any) -> Value | None:
    """The document in a text, or None if it is refused; any other exception is a failure."""
    try:
        value: Value = decode(text, kind)
    except Tier2Error:
        return None
    return value


@st.composite
def spoilt(draw: st.DrawFn, document: Json) -> Json:
    """A document with something changed, dropped or added in one place; sometimes it still is a document."""
    path: Path = draw(st.sampled_from([(), *places(document)]))
    way = draw(st.sampled_from(["change", "drop", "add"]))
    if way == "drop" and path:
        return without(document, path)
    inner = document
    for part in path:
        inner = inner[part]
    if way == "add" and isinstance(inner, dict):
        return replaced(document, (*path, draw(st.sampled_from(["extra", "contract", "id"]))), 1)
    return replaced(document, path, draw(st.sampled_from(OTHER_VALUES)))


@given(typed_values(), st.data())
@settings(max_examples=times(8))
def test_decoding_keeps_the_digest_of_the_text_or_refuses(
    case: tuple[Any, Value], data: st.DataObject
) -> None:
    kind, value = case
    text = json.dumps(data.draw(spoilt(value.to_dict())))
    read = attempt(text, kind)
    assert read is None or digest(read) == digest(parse(text))


@given(typed_values(), st.data())
def test_a_member_that_stands_twice_is_refused_wherever_and_however_it_is_written(
    case: tuple[Any, Value], data: st.DataObject
) -> None:
    kind, value = case
    document = value.to_dict()
    objects: list[Path] = [(), *places(document)]
    candidates = [
        path for path in objects if isinstance(inner(document, path), dict) and inner(document, path)
    ]
    path = data.draw(st.sampled_from(candidates))
    name = data.draw(st.sampled_from(list(inner(document, path))))
    marker = "@twice@"
    marked = json.dumps(replaced(document, (*path, marker), inner(document, path)[name]))
    again = marked.replace(json.dumps(marker), data.draw(names(name)))
    assert attempt(json.dumps(document), kind) is not None
    assert attempt(again, kind) is None


def inner(document: Json, path: Path) -> Json:
    for part in path:
        document = document[part]
    return document


@given(typed_values(), typed_values())
def test_equal_digests_mean_equal_bytes(one: tuple[Any, Value], other: tuple[Any, Value]) -> None:
    assert (digest(one[1]) == digest(other[1])) == (canonical(one[1]) == canonical(other[1]))


@given(st.one_of(st.binary(max_size=40), st.text(max_size=40)), st.sampled_from([MissionSpec, Run, Event]))
def test_any_text_is_a_document_or_a_refusal_of_ours(data: Any, kind: Any) -> None:
    assert attempt(data, kind) is None
