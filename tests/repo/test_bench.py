"""Does the benchmark compare equal work, and is its floor no lower than the result allows? Nothing is timed here."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from bench.documents import SIZES, document, example_day, write_batch
from bench.floor import byte_strings, encode_and_hash, plain_values
from bench.measuring import Command, Held, Row, Task, seconds
from bench.rows import daily_loop, held_result, in_dataclasses, rows
from bench.table import comparisons, ratio, spread, table

from tier2 import ExecutionContext, canonical, digest

ROWS = list(rows(Path("batch.ndjson")))
TIMED = [row for row in ROWS if not isinstance(row.ways[next(iter(row.ways))], Command | Held)]


@pytest.mark.parametrize("day", [{}, example_day()], ids=["empty", "example"])
def test_the_floor_hashes_what_the_result_names(day: dict[str, Any]) -> None:
    context = ExecutionContext(initial_state=day)
    workflow, result = daily_loop(context)
    entries = result.receipt.entries
    named = [
        *(result.lineage.workflow_sha256, result.lineage.context_sha256, result.receipt.head_sha256),
        *(entry.state_sha256 for entry in entries),
        *(entry.previous_sha256 for entry in entries),
        digest(result),
    ]
    texts = byte_strings(workflow, context, result)
    digests = encode_and_hash(plain_values(texts))
    assert digests == [sha256(text).hexdigest() for text in texts]
    assert sorted(digests) == sorted(set(named))


def test_the_floor_shares_what_a_run_shares() -> None:
    context = ExecutionContext(initial_state=example_day())
    workflow, result = daily_loop(context)
    values = plain_values(byte_strings(workflow, context, result))
    states = [value for value in values if "archived" in value]
    assert values[-1]["final_state"] is states[-1]


def test_the_floor_refuses_what_msgspec_sorts_otherwise() -> None:
    with pytest.raises(AssertionError, match="differently"):
        plain_values([canonical({"\U00010000": 1, "\ue000": 2})])


@pytest.mark.parametrize("row", TIMED, ids=[row.work for row in TIMED])
def test_all_ways_of_a_row_give_the_same_answer(row: Row) -> None:
    answers = set()
    for way in row.ways.values():
        assert callable(way)
        task = way()
        assert task.answer is not None
        answers.add(task.answer(task.work(task.prepare())))
    assert len(answers) == 1


def test_held_dataclasses_have_the_members_of_results() -> None:
    result = held_result(7)
    plain = json.loads(json.dumps(in_dataclasses(result), default=vars))
    expected = result.to_dict()
    del expected["contract"]
    for entry in expected["receipt"]["entries"]:
        del entry["event"]["event"]
    assert plain == expected


def test_documents_have_the_size_and_kind_asked_for() -> None:
    for kind, small in (("ASCII", False), ("not ASCII", False), ("floats", True)):
        text = bytes(canonical(document("1 MB", kind)))
        assert SIZES["1 MB"] <= len(text) < SIZES["1 MB"] + 700
        assert text.isascii() is (kind != "not ASCII")
        assert (b"0.00000" in text) is small  # numbers that msgspec prints in another form


def test_a_batch_has_the_same_lines_each_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_batch(tmp_path / name, 40)
    lines = (tmp_path / "one").read_bytes()
    assert lines == (tmp_path / "other").read_bytes()
    assert [json.loads(line)["context"]["initial_state"]["line"] for line in lines.splitlines()] == list(
        range(40)
    )


def test_each_repetition_gets_a_new_input() -> None:
    seen: list[object] = []
    assert seconds(Task(seen.append, object), 100) >= 0
    assert len({id(value) for value in seen}) == 100


def test_memory_is_that_of_one_result() -> None:
    # In a process of its own, as the benchmark has one: this one may have freed memory that it takes again.
    program = (
        "from bench.measuring import bytes_held; print(bytes_held(lambda _: bytearray(100_000), count=200))"
    )
    tools = Path(__file__).parents[2] / "tools"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tools, capture_output=True, check=True, timeout=60
    )
    assert 50_000 < float(done.stdout) < 150_000


def test_ratios_and_differences_are_taken_in_a_round() -> None:
    # The second round was twice as slow for both, which changes no ratio.
    samples = {"tier2": [1.0, 2.0, 1.5], "peer": [2.0, 4.0, 3.0]}
    ways = {"tier2": Command([]), "peer": Command([])}
    (by_ratio,) = comparisons(Row("work", ways), samples, str)
    (by_difference,) = comparisons(Row("work", ways, by_difference=True), samples, str)
    assert by_ratio == ("work", "peer", "1.5 (1.0 to 2.0)", "3.0 (2.0 to 4.0)", "0.50 (0.50 to 0.50) times")
    assert by_difference[-1] == "-1.5 (-2.0 to -1.0) more"


def test_a_table_shows_spreads_and_small_ratios() -> None:
    assert spread([0.02, 0.5, 0.0001], ratio) == "1/50 (1/10,000 to 0.50)"
    assert list(table([("a", "bc"), ("def", "g")])) == ["| a   | bc |", "| --- | -- |", "| def | g  |"]


def test_the_rows_are_those_of_the_readme() -> None:
    kinds = (
        "canonical",
        "freeze",
        "decode",
        "daily_loop",
        "one step",
        "diagnose",
        "batch",
        "start",
        "memory",
    )
    found = {next(kind for kind in kinds if row.work.startswith(kind)) for row in ROWS}
    assert found | {"memory"} == set(kinds)  # memory is read from Linux's /proc
