"""Does a run file hold what happened, and is any change of it found?"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_run_file import ALONE, BEGAN, CHANGES, LINES, STARTED, WORKFLOW, begun, joined, whole

from tier2.contracts.v1 import ExecutionContext
from tier2.engine.execution import advance, perform, start
from tier2.missions import OPERATIONS
from tier2.shell.errors import InputError, RunError
from tier2.shell.run_files.lines import (
    Beginning,
    DamagedRun,
    beginning,
    beginning_line,
    first_lines,
    recorded_in,
    write_back_line,
)
from tier2.values.canonical import canonical
from tier2.values.frozen import freeze_object

Json = Any

DATA = b"".join(line + b"\n" for line in LINES)


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as found:
        recorded_in(data, "f")
    text = str(found.value)
    assert text.startswith("f: ")
    return text.removeprefix("f: ")


def refused_line(data: bytes) -> int:
    """The number of the line for which a file is refused."""
    word, number, text = refused(data).split(" ", 2)
    assert word == "line"
    assert text.endswith("; the file is left as it is: restore it, or start a new run")
    return int(number.removesuffix(":"))


# The format


def sha256(value: Json) -> str:
    """Without the code under test; in this file's documents the order of keys and the escapes are Python's too."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_run_file_has_the_lines_that_it_promises() -> None:
    first, second, *entries, planned, result = map(json.loads, LINES)
    assert first == STARTED.to_dict()
    assert first["events"] == []
    assert [line["entry"] for line in entries] == result["receipt"]["entries"]
    previous = sha256(
        {
            "context_sha256": sha256(first["context"]),
            "operations": first["operations"],
            "workflow_sha256": sha256(first["workflow"]),
        }
    )
    assert second == {
        "run": {
            "began_at": "2026-11-24T09:30:00Z",
            "nonce": "0123456789abcdef0123456789abcdef",
            "world": {"files": ["done", "todo"]},
        },
        "sha256": sha256({"previous_sha256": previous, "run": second["run"]}),
    }
    for line, after in zip(
        entries, ({"a": [1], "b": "x"}, {"a": [1], "c": "ü"}), strict=True
    ):  # the states after each step, by hand
        assert line.keys() == {"entry", "sha256"}
        assert line["entry"]["previous_sha256"] == previous
        assert line["entry"]["state_sha256"] == sha256(after)
        previous = line["sha256"]
        assert previous == sha256(line["entry"])
    assert result["receipt"]["head_sha256"] == previous
    assert planned["write_back"] == [
        {"new_sha256": "1" * 64, "old_sha256": None, "name": "done"},
        {"new_sha256": "2" * 64, "old_sha256": "0" * 64, "name": "todo"},
    ]
    assert planned["sha256"] == sha256({"previous_sha256": previous, "write_back": planned["write_back"]})


def test_a_run_file_is_read_as_what_was_recorded() -> None:
    found = recorded_in(DATA, "f")
    assert found.path == Path("f")
    events = tuple(perform(step, {}, OPERATIONS) for step in WORKFLOW.steps)
    assert found.run.to_dict() == advance(advance(STARTED, events[0]), events[1]).to_dict()
    assert (found.began, found.write_back) == (BEGAN, CHANGES)
    assert found.result is not None
    assert canonical(found.result) == LINES[-1]
    assert (found.head, found.size, found.torn) == (found.result.receipt.head_sha256, len(DATA), 0)
    assert found.lines == len(LINES)


# Damage


def line_of(position: int) -> int:
    return DATA.count(b"\n", 0, position) + 1


@pytest.mark.parametrize("phase", range(4))
def test_any_changed_byte_is_refused_with_its_line(phase: int) -> None:
    # The last newline is left out: without it, the line is not whole, but torn.
    for position in range(phase, len(DATA) - 1, 4):
        changed = bytearray(DATA)
        changed[position] ^= 1 << position % 8
        number = refused_line(bytes(changed))
        # What the run says is proven by the entry that stands on it.
        allowed = {1, 2} if line_of(position) == 1 else {line_of(position)}
        assert number in allowed, position


def test_a_changed_run_is_found_by_the_second_line() -> None:
    changed = DATA.replace(b'"b":"x"', b'"b":"y"', 1)
    assert refused(changed).startswith(
        "line 2: $.sha256 is not the digest of the beginning, which stands on the first line"
    )


@given(st.integers(0, len(DATA)))
def test_a_line_counts_only_with_its_newline(length: int) -> None:
    data = DATA[:length]
    lines = data.count(b"\n")
    if lines < 2:
        assert refused(data).startswith("holds no run: it was cut off before its first two lines were whole")
        return
    found = recorded_in(data, "f")
    assert found.size == sum(len(line) + 1 for line in LINES[:lines])
    assert found.size + found.torn == length
    assert len(found.run.events) == min(lines - 2, 2)
    assert (found.write_back, found.result is None) == (CHANGES if lines >= 5 else None, lines < 6)


def test_bytes_beyond_the_last_line_may_be_anything() -> None:
    for lines, leftover in (
        (LINES[:-1], "the last line is cut off after 4 bytes"),
        (LINES, "4 bytes follow the result, which is the last line"),
    ):
        assert recorded_in(joined(lines), "f").leftover is None
        assert recorded_in(joined(lines) + b"\0\xff\x1b{", "f").leftover == leftover


def with_sha256(line: bytes) -> bytes:
    """The line with another digest in it, which is well formed."""
    return line.replace(json.loads(line)["sha256"].encode(), b"0" * 64, 1)


NOT_FAILED = LINES[5].replace(b'"outcome":"completed"', b'"outcome":"rehearsed"')
FAULTS: dict[str, list[bytes]] = {
    "1: the first line is the run without its events": [
        canonical(advance(STARTED, perform(WORKFLOW.steps[0], {}, OPERATIONS))),
        LINES[1],
    ],
    "2: the second line says when the run began": [LINES[0], LINES[2]],
    "2: $.run.world is no object": [LINES[0], LINES[1].replace(b'{"files":["done","todo"]}', b"[]")],
    "2: $.run.more: object contains unknown field `more`; remove it, or check its spelling": [
        LINES[0],
        LINES[1].replace(b'"nonce"', b'"more":1,"nonce"'),
    ],
    "2: $.sha256 is not the digest of the beginning, which stands on the first line": [
        LINES[0],
        with_sha256(LINES[1]),
    ],
    "2: the line is not canonical JSON of an object": [LINES[0], b"[]"],
    "3: $.entry.previous_sha256 does not follow from the lines before": [
        *LINES[:2],
        LINES[2].replace(json.loads(LINES[2])["entry"]["previous_sha256"].encode(), b"0" * 64),
    ],
    "3: $.entry.state_sha256 does not follow from the lines before": [
        *LINES[:2],
        LINES[2].replace(json.loads(LINES[2])["entry"]["state_sha256"].encode(), b"0" * 64),
    ],
    "3: $.sha256 is not the digest of the entry": [*LINES[:2], with_sha256(LINES[2])],
    "4: one write-back follows the last event": [*LINES[:3], LINES[4]],
    "6: one write-back follows the last event": [*LINES[:5], LINES[4]],
    "5: $.sha256 is not the digest of the write-back": [*LINES[:4], with_sha256(LINES[4])],
    "5: $.write_back[0].more: object contains unknown field `more`; remove it, or check its spelling": [
        *LINES[:4],
        LINES[4].replace(b'{"name"', b'{"more":1,"name"', 1),
    ],
    "6: no event follows the write-back": [*LINES[:5], LINES[3]],
    "6: the result is not that of the run at $.outcome": [*LINES[:5], NOT_FAILED],
    "7: nothing follows the result": [*LINES, LINES[5]],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_kind_of_damage_is_named(fault: str) -> None:
    remedy = "the file is left as it is: restore it, or start a new run"
    assert refused(joined(FAULTS[fault])) == f"line {fault}; {remedy}"


def test_a_damaged_run_is_data_for_programs() -> None:
    with pytest.raises(DamagedRun) as error:
        recorded_in(joined([LINES[0], b"[]"]), "f")
    found = error.value
    assert (found.code, found.path, found.facts) == ("damaged", Path("f"), {"line": "2"})
    assert (found.line, found.what) == (2, "the line is not canonical JSON of an object")


def test_a_file_without_a_run_is_unreadable() -> None:
    with pytest.raises(RunError) as error:
        recorded_in(LINES[0], "f")
    assert (error.value.code, error.value.path) == ("unreadable", Path("f"))


def test_a_new_file_may_have_events_already() -> None:
    recorded = recorded_in(DATA, "f")
    assert first_lines(recorded.run, recorded.began) == LINES[:4]
    assert first_lines(STARTED, BEGAN) == LINES[:2]


@pytest.mark.parametrize("place", range(len(LINES)))
def test_a_doubled_line_is_refused(place: int) -> None:
    assert refused_line(joined([*LINES[: place + 1], *LINES[place:]])) == place + 2


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_missing_line_is_refused(place: int) -> None:
    assert refused_line(joined([*LINES[:place], *LINES[place + 1 :]])) == place + 1


@pytest.mark.parametrize("place", range(len(LINES) - 1))
def test_exchanged_lines_are_refused(place: int) -> None:
    lines = [*LINES[:place], LINES[place + 1], LINES[place], *LINES[place + 2 :]]
    assert refused_line(joined(lines)) == place + 1


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"run":{},"sha256":""}',
        b'{"entry":{},"sha256":""}',
        b'{"entry":[],"sha256":""}',
        b'{"write_back":[]}',
        b'{"sha256":"","write_back":{}}',
        b'{"sha256":"","write_back":[{"name":"gone"}]}',
        b"\xff",
        b"[" * 200,
    ],
)
@pytest.mark.parametrize("place", range(1, len(LINES) + 1))
def test_a_malformed_line_is_refused_anywhere(place: int, line: bytes) -> None:
    assert refused_line(joined([*LINES[:place], line, *LINES[place:]])) == place + 1


def test_a_line_that_is_not_canonical_is_refused() -> None:
    for place in (1, 2):
        text = json.dumps(json.loads(LINES[place])).encode()
        assert refused_line(joined([*LINES[:place], text])) == place + 1


def test_an_entry_of_another_run_is_refused() -> None:
    other = whole(start(WORKFLOW, ExecutionContext(initial_state={"b": "y"})))
    for place in (1, 2):
        assert refused_line(joined([*LINES[:place], other[place]])) == place + 1


@pytest.mark.parametrize(
    "change",
    [
        {"began_at": "2026-11-24 09:30:00Z"},
        {"began_at": "2026-11-24T09:30:00Z\n"},
        {"began_at": None},
        {"nonce": "0" * 31},
        {"nonce": "A" * 32},
        {"world": []},
        {"world": None},
        {"more": 1},
    ],
)
def test_a_malformed_beginning_is_refused(change: Json) -> None:
    second = json.loads(LINES[1])
    run = {**second["run"], **change}
    previous = json.loads(LINES[2])["entry"]["previous_sha256"]
    line = canonical({"run": run, "sha256": sha256({"previous_sha256": previous, "run": run})})
    assert refused_line(joined([LINES[0], line, *LINES[2:]])) == 2


def test_a_beginning_has_a_time_and_a_nonce_of_its_own() -> None:
    one, other = beginning(), beginning(["a", "b"])
    assert one.nonce != other.nonce
    assert (one.world, other.world) == ({}, {"files": ("a", "b")})
    for began in (one, other):
        lines = [canonical(STARTED), beginning_line(STARTED, began)]
        assert recorded_in(joined(lines), "f").began == began


def rewritten(began: Beginning, *, planned: bool) -> bytes:
    """The file of the same run with another second line, and with or without its planned write-back."""
    return joined([*begun(STARTED, began), *LINES[2:4], *(LINES[4:5] if planned else ()), LINES[5]])


def test_a_run_over_files_needs_its_planned_write_back() -> None:
    assert refused(rewritten(BEGAN, planned=False)).startswith("line 5: the planned write-back is missing")
    assert recorded_in(rewritten(ALONE, planned=False), "f").write_back is None


def test_a_write_back_of_files_not_named_is_refused() -> None:
    assert refused(rewritten(ALONE, planned=True)).startswith(
        "line 5: the write-back changes a file that the second line does not name"
    )
    some = Beginning(began_at=BEGAN.began_at, nonce=BEGAN.nonce, world=freeze_object({"files": ["todo"]}))
    assert "a file that the second line does not name" in refused(rewritten(some, planned=True))
    nothing = [*LINES[:4], write_back_line(recorded_in(DATA, "f").head, ()), LINES[5]]
    assert recorded_in(joined(nothing), "f").write_back == ()


def test_a_run_of_a_newer_contract_is_refused_as_such() -> None:
    newer = DATA.replace(b"tier2.run/v1", b"tier2.run/v2", 1)
    assert refused(newer).startswith(
        "line 1: the contract tier2.run/v2 is not known to this version of tier2; use a newer one"
    )


def test_a_forged_chain_is_found_by_the_kept_head() -> None:
    forged = whole(start(WORKFLOW, ExecutionContext(initial_state={"b": "z"})))
    assert recorded_in(joined(forged), "f").head != recorded_in(DATA, "f").head
