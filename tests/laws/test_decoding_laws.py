"""What holds for every document that is decoded?"""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from json_spellings import spellings, string_spellings
from mutations import Path, at, mutated, places, replaced
from outcomes import Refused, outcome
from run_strategies import any_events, busy_contexts, busy_workflows, finished_runs, legal_runs, states, texts
from strategies import json_objects, times

from tier2 import Event, MissionSpec, Run, canonical, decode, digest, finish, parse
from tier2.values.structs import Value


def possible(event: Event) -> bool:
    """Whether the contract allows an event by itself."""
    plain = event.to_dict()
    return plain.get("verdict", "approved") == "approved" or (
        plain["verdict"] == "vetoed" and not plain["output"]
    )


events = any_events(("a", "\u20ac")).filter(possible)
results = finished_runs().map(finish)
values: st.SearchStrategy[Value] = st.one_of(
    st.builds(MissionSpec, type=texts, params=json_objects() | states),
    busy_workflows(),
    busy_workflows().map(lambda workflow: workflow.steps[0]),
    busy_contexts,
    legal_runs(),
    results,
    results.map(lambda result: result.lineage),
    results.map(lambda result: result.receipt),
    results.map(lambda result: result.receipt.entries[-1]),
    events,
)
"""Values of every type that can be decoded."""

cases: st.SearchStrategy[tuple[Any, Value]] = st.one_of(
    values.map(lambda value: (type(value), value)), events.map(lambda value: (Event, value))
)
"""Such values, with the type to ask for."""


@given(cases, st.data())
def test_every_spelling_is_decoded_to_the_same_value(case: tuple[Any, Value], data: st.DataObject) -> None:
    kind, value = case
    for source in (canonical(value), data.draw(spellings(value.to_dict()))):
        again = decode(source, kind)
        assert type(again) is type(value)
        assert again == value
        assert canonical(again) == canonical(value)
        assert digest(again) == digest(value) == digest(parse(source))


@given(cases, st.data())
@settings(max_examples=times(8))
def test_decoding_keeps_the_digest_of_what_it_accepts(case: tuple[Any, Value], data: st.DataObject) -> None:
    kind, value = case
    source = json.dumps(data.draw(mutated(value.to_dict())))
    found: Any = outcome(decode, source, kind)
    assert isinstance(found, Refused) or digest(found) == digest(parse(source))


@given(cases, st.data())
def test_duplicate_keys_are_refused_anywhere(case: tuple[Any, Value], data: st.DataObject) -> None:
    kind, value = case
    document, marker = value.to_dict(), "@twice@"
    paths: list[Path] = [path for path in ((), *places(document)) if isinstance(at(document, path), dict)]
    path = data.draw(st.sampled_from([path for path in paths if at(document, path)]))
    name = data.draw(st.sampled_from(sorted(at(document, path))))
    marked = json.dumps(replaced(document, (*path, marker), at(document, path)[name]))
    found = outcome(decode, marked.replace(json.dumps(marker), data.draw(string_spellings(name))), kind)
    assert isinstance(found, Refused)
    assert found.code == "duplicate-key"


@given(st.one_of(st.binary(max_size=40), st.text(max_size=40)), st.sampled_from([MissionSpec, Run, Event]))
def test_a_random_string_is_no_document(data: Any, kind: Any) -> None:
    assert isinstance(outcome(decode, data, kind), Refused)
