"""What do a lineage and a receipt contain?"""

import copy
import importlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
import slow_fold
from ended_runs import APPROVED, FAILED, RUNS, VETOED, WHOLE, made

from tier2 import (
    Completed,
    Decided,
    ExecutionContext,
    JsonValue,
    Rehearsed,
    Run,
    StepSpec,
    WorkflowDefinition,
    advance,
    digest,
    finish,
    head,
    replay,
    start,
    state,
)
from tier2.engine.execution import chain_of
from tier2.engine.receipts import begin_chain, extend_chain
from tier2.values.canonical import CanonicalBytes, Sha256, encode, sha256
from tier2.values.frozen import EMPTY


@pytest.mark.parametrize("run", RUNS)
def test_a_result_equals_that_of_the_slow_fold(run: Run) -> None:
    assert finish(run).to_dict() == slow_fold.result(run.to_dict())


def test_each_entry_holds_the_digest_before_it() -> None:
    receipt = finish(WHOLE).receipt
    link: JsonValue = {
        "workflow_sha256": digest(WHOLE.workflow),
        "operations": {},
        "context_sha256": digest(WHOLE.context),
    }
    assert receipt.entries[0].previous_sha256 == digest(link)
    assert receipt.entries[1].previous_sha256 == digest(receipt.entries[0])
    assert receipt.entries[2].previous_sha256 == digest(receipt.entries[1])
    assert receipt.head_sha256 == digest(receipt.entries[2])


def test_an_entry_holds_the_digest_of_the_state() -> None:
    entries = finish(WHOLE).receipt.entries
    first: dict[str, Any] = {"k": [1, 2], "old": "x", "ok": True}
    second: dict[str, Any] = {"k": [1, 2], "ok": True, "n": 1.5, "list": ["a", {"b": None}]}
    assert [entry.state_sha256 for entry in entries] == [digest(first), digest(second), digest(second)]


def test_digests_are_those_of_another_program() -> None:
    """Made with printf and sha256sum: of the empty state, and of the smallest chain."""
    workflow = WorkflowDefinition(id="w", steps=(StepSpec(id="a", kind="human", payload={}),), metadata={})
    result = finish(replay(workflow, ExecutionContext(), [Rehearsed(step_id="a")]))
    assert result.lineage.context_sha256 == "568a7dbfab122425fd4d400eea3519e958348851cef1d5234ccbc88a244049a0"
    assert (
        result.lineage.workflow_sha256 == "3478902a4983f14444fe60223af4742379746505c99746415383f0dbee9fa9bf"
    )
    assert (
        result.receipt.entries[0].previous_sha256
        == "7b162422bc8736e274fd1fa54b9fdd016b052e4763cac1ce31f12954d30173d6"
    )
    assert (
        result.receipt.entries[0].state_sha256
        == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )
    assert result.receipt.head_sha256 == "7035f486caef79eaff0a2940facb85c6875a1f3defdedb21eee44b6d6ec3592b"


@pytest.mark.parametrize(
    ("metadata", "mission_type"),
    [
        ({"mission_type": "story"}, "story"),
        ({"mission_type": ""}, ""),
        ({}, None),
        ({"mission_type": None}, None),
        ({"mission_type": 1}, None),
        ({"mission_type": ["story"]}, None),
        ({"mission_type": {"type": "story"}}, None),
    ],
)
def test_the_mission_type_is_a_string_or_null(metadata: dict[str, Any], mission_type: str | None) -> None:
    result = finish(made(Decided(step_id="ask", verdict="vetoed", by="Ann"), metadata=metadata))
    assert result.lineage.mission_type == mission_type


@pytest.mark.parametrize("states", [0, 2])
def test_each_event_of_a_chain_has_its_state(states: int) -> None:
    begun = begin_chain(WHOLE.workflow, WHOLE.context, WHOLE.operations)
    with pytest.raises(ValueError, match="zip"):
        extend_chain(begun, [APPROVED], [EMPTY] * states)


def test_the_chain_of_a_run_grows_with_its_events() -> None:
    run = start(WHOLE.workflow, WHOLE.context)
    assert run.operations
    assert chain_of(run) == begin_chain(WHOLE.workflow, WHOLE.context, run.operations)
    for position, event in enumerate(WHOLE.events):
        before = chain_of(run)
        run = advance(run, event)
        assert chain_of(run).entries[:position] == before.entries
        assert chain_of(run).entries[position].previous_sha256 == before.head
        assert chain_of(run) == chain_of(replay(run.workflow, run.context, run.events, run.operations))
    assert head(run) == finish(run).receipt.head_sha256


@dataclass
class Hashing:
    """The values that were encoded and the bytes that were hashed while a result was made."""

    encoded: list[Any]
    hashed: list[bytes]


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Hashing:
    seen = Hashing([], [])

    def noted_encode(value: Any) -> CanonicalBytes:
        seen.encoded.append(value)
        return encode(value)

    def noted_sha256(data: CanonicalBytes) -> Sha256:
        seen.hashed.append(data)
        return sha256(data)

    # By its name: the attribute `canonical` of the package is the function.
    for name in ("tier2.engine.receipts", "tier2.values.canonical"):
        module = importlib.import_module(name)
        monkeypatch.setattr(module, "encode", noted_encode)
        monkeypatch.setattr(module, "sha256", noted_sha256)
    return seen


@pytest.mark.parametrize(("run", "states"), [(WHOLE, 2), (FAILED, 1), (VETOED, 1)])
def test_finish_hashes_each_state_once(hashing: Hashing, run: Run, states: int) -> None:
    """Workflow, context, the link of both, an entry for each event, and each state that differs from the one before."""
    finish(copy.deepcopy(run))  # a copy does not know the digests that the original has kept
    assert len(hashing.hashed) == len(hashing.encoded) == 3 + len(run.events) + states
    assert set(Counter(bytes(data) for data in hashing.hashed).values()) == {1}


def test_an_unchanged_state_is_hashed_once(hashing: Hashing) -> None:
    idle = tuple(Rehearsed(step_id=name) for name in ("ask", "work", "more"))
    finish(copy.deepcopy(made(*idle)))
    assert len(hashing.hashed) == 3 + 3 + 1
    hashing.hashed.clear()
    finish(copy.deepcopy(made(idle[0], Completed(step_id="work"), Completed(step_id="more", output={}))))
    assert len(hashing.hashed) == 3 + 3 + 1


def test_workflow_and_context_are_hashed_once(hashing: Hashing) -> None:
    run = copy.deepcopy(WHOLE)
    assert finish(run) == finish(Run(workflow=run.workflow, context=run.context, events=run.events))
    assert (hashing.encoded.count(run.workflow), hashing.encoded.count(run.context)) == (1, 1)


def test_a_known_chain_is_extended_without_hashing_again(hashing: Hashing) -> None:
    run = start(WHOLE.workflow, WHOLE.context)
    chain_of(run)
    for event, changes in zip(WHOLE.events, (True, True, False), strict=True):
        run = advance(run, event)
        hashing.encoded.clear()
        chain = chain_of(run)
        assert hashing.encoded == [*([state(run)] if changes else []), chain.entries[-1]]
        assert chain_of(run) is chain
