"""Does the benchmark compare equal work, count the right floor, and say what it found? Nothing is timed here."""

import json
import math
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import bench
import bench_children
import bench_plain
import bench_processes
import pytest
from bench_documents import KINDS, SIZES, day, document
from bench_floor import copied, encode_and_hash, floor_of, listing, twin, twins
from bench_measure import (
    QUICK,
    Aim,
    Candidate,
    Effort,
    Row,
    compare,
    measure,
    orders,
    ratios,
    rounds_within,
    spread,
)
from bench_runs import PARAMS, daily_pair, finished, recorded_row, step_group
from bench_table import table
from bench_values import canonical_row, decode_pair, example_day, freeze_row

from tier2 import ExecutionContext, canonical, digest

ONCE = Effort(sample=0, budget=0, least=1, most=1, starts=1, lines=10, results=10, batches=1)
"""As little as can be measured: what matters here is what is compared before."""

pytestmark = pytest.mark.any_python

DAYS = {"empty": {}, "3 tasks": day(3), "day.json": example_day()}


@pytest.mark.parametrize("initial", DAYS.values(), ids=DAYS)
def test_the_floor_is_exactly_the_byte_strings_whose_digests_the_result_names(
    initial: dict[str, Any],
) -> None:
    run, result = finished(initial)
    entries = result.receipt.entries
    named = {
        result.lineage.workflow_sha256,
        result.lineage.context_sha256,
        *(entry.state_sha256 for entry in entries),
        # The first is that of the link, each other one that of the entry before.
        *(entry.previous_sha256 for entry in entries),
        result.receipt.head_sha256,
        digest(result),
    }
    hashed = [sha256(piece.data).hexdigest() for piece in floor_of(run, result)]
    assert set(hashed) == named
    assert len(hashed) == len(named)


def test_the_floor_of_a_day_lists_a_state_that_no_event_changed_once() -> None:
    names = [piece.name for piece in floor_of(*finished({}))]
    # Without a date and tasks, there is nothing to log and nothing to archive.
    assert names == [
        *("workflow", "context", "first link", "state 1", "state 2"),
        *("entry 0", "entry 1", "entry 2", "entry 3", "result"),
    ]


def test_the_list_of_the_floor_shows_each_name_with_its_size() -> None:
    pieces = floor_of(*finished({}))
    text = listing(pieces)
    assert text.startswith(f"10 byte strings, {sum(len(piece.data) for piece in pieces)} bytes: workflow ")
    assert text.endswith(f"result {len(pieces[-1].data)}")


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_floor_encodes_gives_the_canonical_bytes(kind: str) -> None:
    data = canonical(document(2_000, kind))
    assert encode_and_hash([copied(twin(data))]) == [sha256(data).hexdigest()]


def test_the_floor_reads_what_stands_in_several_pieces_from_one_value_and_keeps_it_one_when_copied() -> None:
    pieces = floor_of(*finished(example_day()))
    values: Any = copied(twins(pieces))
    assert encode_and_hash(values) == [sha256(piece.data).hexdigest() for piece in pieces]
    by_name = dict(zip((piece.name for piece in pieces), values, strict=True))
    assert by_name["result"]["final_state"] is by_name["state 4"]
    assert by_name["context"]["initial_state"]["journal"] is by_name["state 1"]["journal"]
    assert by_name["result"]["receipt"]["entries"][2] is by_name["entry 2"]


def test_the_floor_refuses_a_value_that_msgspec_writes_in_another_order() -> None:
    with pytest.raises(AssertionError, match="otherwise"):
        twin(canonical({"\U00010000": 1, "\ue000": 2}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_has_about_the_size_that_is_asked_for_and_is_of_its_kind(kind: str) -> None:
    for size in (SIZES["1 KB"], SIZES["100 KB"]):
        data = bytes(canonical(document(size, kind)))
        assert size <= len(data) < size + 700
        assert data.isascii() is (kind != "not ASCII")
        assert (b"0.00000" in data) <= (kind == "with floats")
    assert document(1_000, kind) == document(1_000, kind)


def test_the_documents_with_floats_hold_numbers_that_msgspec_would_write_otherwise() -> None:
    records = document(SIZES["100 KB"], "with floats")["records"]
    numbers = [number for record in records for number in record["measured"]]
    assert any(number.is_integer() for number in numbers)
    assert any(1e-6 <= number < 1e-5 for number in numbers)


@pytest.mark.parametrize("kind", [*KINDS, "emoji beside wide marks"])
def test_all_who_claim_the_same_answer_about_a_value_give_it(kind: str) -> None:
    plain = document(1_000, kind)
    rows = [
        canonical_row(kind, plain, ONCE),
        freeze_row(kind, plain, ONCE),
        *decode_pair(kind, "context", ExecutionContext(initial_state=plain), ONCE),
        *decode_pair(kind, "result", finished(day(2))[1], ONCE),
    ]
    for row in rows:
        assert {aim.peer for aim in row.aims} <= {*row.samples, *row.missing}


@pytest.mark.parametrize("initial", DAYS.values(), ids=DAYS)
def test_the_plain_way_computes_the_same_day_and_changes_nothing_of_the_callers(
    initial: dict[str, Any],
) -> None:
    before = canonical(initial)
    _, result, _ = bench_plain.daily_loop(initial, PARAMS)
    assert canonical(result.final_state) == canonical(finished(initial)[1].final_state)
    assert canonical(initial) == before
    assert list(daily_pair("", initial, ONCE))


def test_the_plain_way_computes_the_same_with_confirmed_tasks_and_an_entry_of_today() -> None:
    initial = {**example_day(), "confirmed": [9, 1, 4, 9]}
    once = finished(initial)[1].to_dict()["final_state"]
    for state in (initial, once):
        _, result, _ = bench_plain.daily_loop(state, PARAMS)
        assert canonical(result.final_state) == canonical(finished(state)[1].final_state)


def test_a_step_gives_the_state_that_the_plain_way_gives_at_every_size() -> None:
    rows = list(step_group({"1 KB": 1_000, "3 KB": 3_000}, ONCE))
    assert rows[0].aims == [Aim("tier2, 1 KB", "times", 1.5)]
    assert [row.ours for row in rows] == ["tier2, 3 KB", "tier2, 1 KB", "tier2, 3 KB"]
    assert set(recorded_row("1 KB", 1_000, ONCE).samples) == {"tier2", "the floor"}


def test_results_held_in_memory_have_the_same_members_in_plain_dataclasses() -> None:
    state = bench_children.state_of(7)
    ours = bench_children.tier2_result(state).to_dict()
    made = bench_children.same_members(state)
    assert {type(entry.event) for entry in made.receipt.entries} == {bench_children.Event}
    same = json.loads(json.dumps(made, default=vars))
    assert same == {name: member for name, member in ours.items() if name != "contract"}
    plain = json.loads(json.dumps(bench_children.plain_result(state), default=vars))
    assert plain.items() <= same.items()


def test_the_plain_loop_answers_each_line_of_a_batch_in_its_order(tmp_path: Path) -> None:
    lines, out = tmp_path / "lines", tmp_path / "out"
    bench_processes.write_lines(lines, 40)
    first = lines.read_bytes()
    bench_processes.write_lines(lines, 40)
    assert lines.read_bytes() == first
    out.write_bytes(b"".join(bench_children.loop(lines)))
    bench_processes.check_order(out, 40)
    results = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert {result["id"] for result in results} == {"wf-daily-loop", "wf-echo"}
    swapped = out.read_bytes().splitlines(keepends=True)
    swapped[3], swapped[4] = swapped[4], swapped[3]
    out.write_bytes(b"".join(swapped))
    with pytest.raises(AssertionError, match="order"):
        bench_processes.check_order(out, 40)


@pytest.mark.skipif(not bench_processes.PROC.exists(), reason="memory is read from Linux's /proc")
def test_what_a_process_writes_and_holds_is_told(tmp_path: Path) -> None:
    program = [*bench_processes.CHILD, "held", "plain", "2000"]
    found = bench_processes.ran(program, tmp_path / "out")
    assert found.sha256 == sha256((tmp_path / "out").read_bytes()).hexdigest()
    assert int((tmp_path / "out").read_text("ascii")) > 0
    assert found.peak > 1_000_000


def test_a_candidate_that_answers_otherwise_stops_everything_and_is_named() -> None:
    one = Candidate("one", lambda _: 1, shows=str)
    with pytest.raises(AssertionError, match="sums: two answers otherwise than one"):
        compare("sums", [one, Candidate("two", lambda _: 2, shows=str)])
    with pytest.raises(AssertionError, match="two answers otherwise"):
        measure("sums", [one, Candidate("two", lambda _: 2, shows=str)], ONCE)
    compare("sums", [one, Candidate("not canonical", lambda _: 2)])


def test_each_repetition_is_given_an_input_of_its_own() -> None:
    made: list[object] = []
    seen: list[object] = []

    def prepare() -> object:
        made.append(object())
        return made[-1]

    measure("anything", [Candidate("one", seen.append, prepare)], ONCE)
    assert [id(value) for value in seen] == [id(value) for value in made]
    assert len({id(value) for value in seen}) == len(seen)


def test_the_spread_is_the_median_with_the_tenth_and_ninetieth_percentile() -> None:
    assert spread([float(number) for number in range(101)]) == (10, 50, 90)
    assert spread([3.0, 1.0, 2.0]) == (1.2, 2, 2.8)
    assert spread([7.0]) == (7, 7, 7)


def test_ratios_are_taken_within_a_round() -> None:
    # The second round was twice as slow for both: it changes neither ratio.
    assert ratios([1.0, 2.0, 1.5], [2.0, 4.0, 3.0]) == [0.5, 0.5, 0.5]


SAMPLES = {"ours": [1.0, 1.1, 1.2, 1.3, 1.4], "peer": [1.0] * 5, "slow": [12.0] * 5}
MISSED = {
    "met": Aim("peer", "times", 1.4),
    "met, though not in all rounds": Aim("peer", "times", 1.25),
    "missed by 9 %, though not in all rounds": Aim("peer", "times", 1.1),
    "missed by 20 %": Aim("peer", "times", 1.0),
    "missed 2.4-fold": Aim("peer", "times", 0.5),
    "missed by 50 %": Aim("slow", "faster", 15),
    "missed by 5 %, though not in all rounds": Aim("slow", "faster", 10.5),
    "missed by 33 %, though not in all rounds": Aim("peer", "more", 0.15),
}


@pytest.mark.parametrize(("words", "aim"), MISSED.items(), ids=MISSED)
def test_a_verdict_goes_by_the_median_and_says_where_the_spread_says_otherwise(words: str, aim: Aim) -> None:
    assert aim.verdict(SAMPLES, "ours") == words


@pytest.mark.parametrize(
    "aim", [Aim("slow", "faster", 8), Aim("peer", "more", 0.5), Aim("slow", "times", 0.7)]
)
def test_an_aim_of_each_kind_can_be_met(aim: Aim) -> None:
    assert aim.verdict(SAMPLES, "ours") == "met"


def test_a_row_is_shown_with_each_peers_ratio_its_aim_and_the_missing_peer() -> None:
    aims = [Aim("peer", "times", 1.1), Aim("slow", "faster", 10), Aim("gone", "times", 2)]
    row = Row("a sum", "ours", SAMPLES, aims, ["gone"])
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table([row]).splitlines()]
    assert lines[0] == ["work", "who", "takes", "tier2 takes of it", "aim", "verdict"]
    assert lines[2] == ["a sum", "ours", "1.20 s (1.04 s to 1.36 s)", "", "", ""]
    assert lines[3][1:] == [
        "peer",
        "1.00 s (1.00 s to 1.00 s)",
        "1.20 (1.04 to 1.36) x",
        "at most 1.1 x",
        "missed by 9 %, though not in all rounds",
    ]
    assert lines[4][3:] == [
        "1/10.0 (1/11.5 to 0.11) x",
        "10 x faster",
        "met, though not in all rounds: 10.0 (8.84 to 11.6) x",
    ]
    assert lines[5] == ["", "gone", "not installed", "", "at most 2 x", "not measured"]


def test_rounds_keep_to_the_budget_within_bounds_and_are_odd() -> None:
    effort = Effort(budget=1, least=5, most=21)
    assert [rounds_within(effort, seconds) for seconds in (10, 0.1, 1e-9)] == [5, 11, 21]
    assert all(rounds_within(effort, 1 / count) % 2 for count in range(1, 50))


def test_each_round_has_every_candidate_once_and_the_orders_differ() -> None:
    candidates = [Candidate(str(number), math.sqrt) for number in range(5)]
    found = [tuple(one.name for one in order) for order in orders(candidates, 20)]
    assert len(found) == 20
    assert {tuple(sorted(order)) for order in found} == {tuple("01234")}
    assert len(set(found)) > 10


def test_a_peer_that_is_not_installed_is_named_and_its_aim_is_not_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench_peers.importlib.util.find_spec", lambda name: None if name == "rfc8785" else 1)
    monkeypatch.setattr("bench_peers.importlib.import_module", lambda _: None)
    row = canonical_row("any", document(100, "ASCII"), ONCE)
    assert row.missing == ["rfc8785"]
    assert "rfc8785" not in row.samples
    assert "not measured" in table([row])


def test_the_quick_way_prints_heading_notes_and_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Effort] = []

    def cheap(effort: Effort) -> Iterator[Row | str]:
        """One cheap row."""
        asked.append(effort)
        yield "A note."
        yield freeze_row("tiny", document(100, "ASCII"), effort)

    monkeypatch.setattr(bench, "SECTIONS", {"freeze": cheap})
    assert bench.main(["--quick", "freeze", "--lines", "20"]) == 0
    assert asked == [QUICK._replace(lines=20)]
    heading, _, section = capsys.readouterr().out.partition("\n## freeze\n")
    for word in ("Machine: ", "Python: ", "Peers: msgspec ", "rfc8785 ", "percentile"):
        assert word in heading
    sentence, note, lines = section.strip().split("\n\n")
    assert (sentence, note) == ("One cheap row.", "A note.")
    header, rule, ours, *peers = lines.splitlines()
    assert header.startswith("| work ")
    assert set(rule) == {"|", "-", " "}
    assert ours.startswith("| freeze, tiny | tier2 ")
    assert len(peers) == 2
    assert len({len(line) for line in lines.splitlines()}) == 1


@pytest.mark.parametrize("arguments", [["speed"], ["--lines", "0"], ["--results", "many"]])
def test_what_cannot_be_measured_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        bench.main(arguments)
    assert stopped.value.code == 2
