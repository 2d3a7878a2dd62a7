"""Is everything that a value remembers the same as what is worked out anew, and no part of the value?"""

import copy
import pickle
from importlib import import_module

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_parts import exact
from outcomes import Refused, outcome
from run_strategies import any_events, busy_contexts, busy_workflows, legal_runs
from strategies import Json, json_objects, times

from tier2 import (
    ExecutionContext,
    MissionSpec,
    Run,
    WorkflowDefinition,
    advance,
    build_workflow,
    canonical,
    digest,
    freeze,
    pending,
    replay,
    start,
    state,
)
from tier2.values.canonical import encode
from tier2.values.frozen import depth_bound
from tier2.values.structs import Value, cache_of


def afresh(run: Run) -> Run:
    """The same run with nothing remembered."""
    again = copy.deepcopy(run)
    assert cache_of(again) == {}
    return again


@given(busy_workflows(), busy_contexts, st.data())
@settings(max_examples=times(4))
def test_a_remembered_position_is_that_of_the_events(
    workflow: WorkflowDefinition, context: ExecutionContext, data: st.DataObject
) -> None:
    run = start(workflow, context)
    for event in data.draw(st.lists(any_events(tuple(step.id for step in workflow.steps)), max_size=8)):
        after = outcome(advance, run, event)
        assert after == outcome(advance, afresh(run), event)
        run = run if isinstance(after, Refused) else after
        assert pending(run) == pending(afresh(run))
        replayed = replay(run.workflow, run.context, run.events, run.operations)
        assert encode(state(run)) == encode(state(afresh(run))) == encode(state(replayed))


@given(legal_runs())
def test_the_cache_is_no_part_of_the_value(run: Run) -> None:
    plain, shown = canonical(afresh(run)), repr(afresh(run))
    pending(run)
    assert digest(run) == digest(run) == digest(run.to_dict())
    assert set(cache_of(run)) >= {"position", "sha256"}
    assert (canonical(run), repr(run)) == (plain, shown)
    assert run == afresh(run)
    others: list[Value] = [
        *(copy.copy(run), copy.deepcopy(run), msgspec.structs.replace(run, events=run.events)),
        pickle.loads(pickle.dumps(run)),  # noqa: S301 - our own bytes
    ]
    assert [cache_of(other) for other in others] == [{}] * 4


def test_a_document_is_hashed_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mission = MissionSpec(type="t")
    once = digest(mission)
    monkeypatch.setattr(import_module("tier2.values.canonical"), "sha256", None)
    assert digest(mission) == once


@given(json_objects())
def test_a_plans_metadata_are_frozen_like_any_object(params: dict[str, Json]) -> None:
    metadata = build_workflow(MissionSpec(type="echo", params=params)).metadata
    expected = freeze({"params": params, "mission_type": "echo"})
    assert exact(metadata) == exact(expected)
    assert depth_bound(metadata) == depth_bound(expected)
