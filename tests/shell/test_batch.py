"""`batch` gives each line its result, in order; a bad line does not stop the others."""

import contextlib
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell_command import Command
from strategies import times

from tier2 import ExecutionContext, MissionSpec, Tier2Error, build_workflow, canonical, decode, run_workflow
from tier2.contracts.v1 import StepSpec
from tier2.kinds import MissionType, Operation, Pure, runtime
from tier2.missions import MISSIONS, OPERATIONS
from tier2.shell.cli import main
from tier2.shell.io import ndjson
from tier2.values.canonical import MAX_BYTES

Json = Any


def mission(type: str = "echo", **params: Json) -> Json:
    return {"contract": "tier2.mission/v1", "type": type, "params": params}


def context(**state: Json) -> Json:
    return {"contract": "tier2.context/v1", "initial_state": state, "metadata": {}}


def line(mission: Json, context: Json, *, compact: bool = False) -> bytes:
    separators = (",", ":") if compact else None
    return json.dumps({"mission": mission, "context": context}, separators=separators).encode()


def result(mission: Json, context: Json) -> bytes:
    """The result of one line, by the public functions alone."""
    workflow = build_workflow(decode(json.dumps(mission), MissionSpec), ALL)
    return canonical(run_workflow(workflow, decode(json.dumps(context), ExecutionContext)))


class Nothing(msgspec.Struct, frozen=True):
    """No params."""


def raises(_: object, __: object) -> NoReturn:
    raise KeyError("a secret of the operation")


def leaves(_: object, __: object) -> NoReturn:
    sys.exit(3)


def misplans(_: Nothing) -> NoReturn:
    raise RuntimeError("a secret of the template")


def plans_too_much(_: Nothing) -> list[StepSpec]:
    return [runtime(f"step-{i}", "Too much.", "noop") for i in range(6)]


ALL: Mapping[str, MissionType] = {
    **MISSIONS,
    "raises": MissionType(Nothing, lambda _: [runtime("go", "Go.", "raises")]),
    "leaves": MissionType(Nothing, lambda _: [runtime("go", "Go.", "leaves")]),
    "unknown": MissionType(Nothing, lambda _: [runtime("go", "Go.", "nowhere")]),
    "misplans": MissionType(Nothing, misplans),
    "plans_too_much": MissionType(Nothing, plans_too_much),
}
OWN: Mapping[str, Operation] = {**OPERATIONS, "raises": Pure(raises), "leaves": Pure(leaves)}


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_line_gets_its_result_in_order(tier2: Command, jobs: int) -> None:
    days = [(mission("daily_loop", requested_steps=n), context(today="2026-11-24", n=n)) for n in range(7)]
    answer = tier2("batch", "--jobs", jobs, stdin=b"\n".join(line(*day) for day in days))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == b"".join(result(*day) + b"\n" for day in days)


def test_files_are_read_and_an_empty_file_has_no_results(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "missions.ndjson"
    path.write_bytes(line(mission(), context()))
    assert tier2("batch", path).out == result(mission(), context()) + b"\n"
    path.write_bytes(b"")
    assert tier2("batch", path) == (0, b"", "")


GOOD = line(mission(), context())
COMPACT = line(mission(), context(), compact=True)

BAD = {
    b"[}": "$: not JSON: invalid character (byte 1); send valid JSON (RFC 8259) [syntax]",
    b"[]": "$: the line is no object; make it an object with the members mission and context [type]",
    b'{"mission":{}}': "$.context: a required member is missing; add it [missing-field]",
    GOOD[:-1]
    + b',"mission":null}': '$: the object has two members named "mission"; keep one of them [duplicate-key]',
    b'{"context":' + canonical(context()) + b',"context":' + canonical(context()) + b"}": (
        '$: the object has two members named "context"; keep one of them [duplicate-key]'
    ),
    COMPACT[:-1] + b',"mission":0}': '$: the object has two members named "mission"; keep one of them',
    GOOD[:-1] + b',"workflow":null}': (
        "$.workflow: a line has mission and context only; remove it, or check its spelling [unknown-field]"
    ),
    COMPACT[:-1] + b',"":0}': '$[""]: a line has mission and context only; remove it, or check its spelling',
    GOOD + GOOD: "$: more text follows the JSON value; send one JSON value, nothing after it [trailing]",
    line(context(), context()): (
        '$.mission.contract: a document of tier2.mission/v1 is expected here, but this one names "tier2.context/v1"; '
        "pass a document that names this contract [tag]"
    ),
    line(mission(), {**context(), "metadata": 1}): (
        "$.context.metadata: expected `object`, got `int`; give it the type that the contract says [type]"
    ),
    line(mission("daily_loop", requested_steps="4"), context()): (
        "$.mission.params.requested_steps: expected `int`, got `str`; give it the type that the contract says [type]"
    ),
    line(mission("nap"), context()): "$.mission.type: the mission type 'nap' is not known; use one of ",
    b'{"context":'
    + canonical(context())
    + b',"mission":{"contract":"tier2.mission/v1","params":{"a":1,"a":2},'
    b'"type":"echo"}}': '$.mission.params: the object has two members named "a"; keep one of them [duplicate-key]',
    line(
        mission("unknown"), context()
    ): "$.steps[0].payload.operation: the operation 'nowhere' of step 'go' is not known; use one",
    line(
        mission("plans_too_much"), context()
    ): "$.steps: the template of 'plans_too_much' planned a wrong workflow: 6 steps",
    line(mission("raises"), context()): (
        "raised KeyError; correct the operation or the template that raised it"
    ),
    line(mission("leaves"), context()): "raised SystemExit; correct the operation or the template",
    line(mission("misplans"), context()): "raised RuntimeError; correct the operation or the template",
    b"\xff": "$: byte 0 is not UTF-8; encode the text as UTF-8 [utf8]",
    b"\xef\xbb\xbf" + GOOD: "$: the text starts with a byte order mark; remove it [bom]",
    b'{"mission":'
    + b"[" * 200
    + b"]" * 200
    + b',"context":{}}': "$.mission: the value nests too deep; flatten",
    b'{"a\x1b[31m":1}': "$: not JSON: ",
}


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_bad_lines_are_reported_and_the_others_go_on(tier2: Command, bad: bytes) -> None:
    stdin = b"\n".join([GOOD, b"", bad, GOOD])
    answer = tier2("batch", "--jobs", 1, stdin=stdin, missions=ALL, operations=OWN)
    assert (answer.code, answer.out) == (1, (result(mission(), context()) + b"\n") * 2)
    assert answer.message.startswith(f"-:3: {BAD[bad]}")
    assert "secret" not in answer.err


def test_the_layout_of_a_line_does_not_matter(tier2: Command) -> None:
    spaced = (
        b' {\t"context" : ' + canonical(context()) + b' , "\\u006dission":' + canonical(mission()) + b" }\r"
    )
    answer = tier2("batch", "-", stdin=spaced + b"\n \t\r\n" + GOOD)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (result(mission(), context()) + b"\n") * 2


SPACE = b" " * MAX_BYTES


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    "long",
    [b"x" + SPACE, SPACE + b" ", GOOD + SPACE, SPACE + b" " * 70_000 + GOOD],
    ids=["no JSON", "blank", "good, then blank", "blank, then good"],
)
def test_only_lines_beyond_the_size_limit_are_refused(
    tier2: Command, tmp_path: Path, long: bytes, jobs: int
) -> None:
    path = tmp_path / "missions.ndjson"
    path.write_bytes(b"\n".join([GOOD[:-1] + SPACE[len(GOOD) :] + GOOD[-1:], long, GOOD]))
    answer = tier2("batch", path, "--jobs", jobs)
    assert (answer.code, answer.out) == (1, (result(mission(), context()) + b"\n") * 2)
    assert answer.message.startswith(f"{path}:2: $: ")
    assert answer.message.endswith(
        "the text has more than 16777216 bytes; split it (in Python, max_bytes allows more) [size]"
    )


def test_results_too_large_for_readers_are_refused(tier2: Command) -> None:
    large = line(mission(), context(x="x" * 9_000_000))
    assert tier2("batch", stdin=large).code == 0  # the result has the state once
    answer = tier2("batch", "--with-runs", stdin=large)  # with the run, it is there twice
    assert (answer.code, answer.out) == (1, b"")
    assert answer.message.startswith("-:1: $: the output has 18")
    assert answer.message.endswith("; keep large data elsewhere, and put its digest into the context [size]")


@pytest.mark.parametrize("jobs", ["0", "-1", "x", "1.5", "٣", "10000", ""])
def test_jobs_must_be_a_number_of_processes(tier2: Command, jobs: str) -> None:
    answer = tier2("batch", "--jobs", jobs)
    assert (answer.code, answer.out) == (2, b"")
    assert "is no number of processes, such as 4" in answer.err


def test_an_unreadable_input_file_is_reported(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "none"
    text = f"{path}: cannot be read: No such file or directory; give a readable file, or - for stdin"
    assert tier2("batch", path).refusal == text
    assert tier2("batch", tmp_path).refusal.startswith(f"{tmp_path}: cannot be read: Is a directory")


def run(path: Path, *options: str) -> tuple[int, bytes, str]:
    written = io.BytesIO()
    out, err = io.TextIOWrapper(written), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["batch", str(path), *options], ALL, OWN)
    return code, written.getvalue(), err.getvalue()


states = st.dictionaries(
    st.text(max_size=3), st.one_of(st.none(), st.integers(-9, 9), st.text(max_size=5)), max_size=3
)
good_lines = st.builds(
    lambda steps, people, state, compact: (
        mission("daily_loop", requested_steps=steps, **people),
        context(**state),
        compact,
    ),
    st.integers(-2, 7),
    st.sampled_from([{}, {"requested_human_steps": 0}]),
    states,
    st.booleans(),
)


@settings(max_examples=times(0.6), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(good_lines, st.sampled_from(sorted(BAD)), st.just(b" "))), st.integers(1, 2000))
def test_the_output_does_not_depend_on_the_number_of_jobs(
    tmp_path: Path, given_lines: list[Any], size: int
) -> None:
    path = tmp_path / "missions.ndjson"
    path.write_bytes(
        b"\n".join(
            item if isinstance(item, bytes) else line(*item[:2], compact=item[2]) for item in given_lines
        )
    )
    results = [result(*item[:2]) + b"\n" for item in given_lines if not isinstance(item, bytes)]
    bad = [number for number, item in enumerate(given_lines, 1) if isinstance(item, bytes) and item != b" "]
    with patch.object(ndjson, "READ_SIZE", size):
        code, out, err = run(path, "--jobs", "1")
        assert [run(path, "--jobs", jobs) for jobs in ("2", "3")] == [(code, out, err)] * 2
    assert (code, out) == (int(bool(bad)), b"".join(results))
    assert [text.split(":")[2] for text in err.splitlines()] == [str(number) for number in bad]


def test_with_runs_each_line_can_be_verified(tier2: Command, tmp_path: Path) -> None:
    answer = tier2("batch", "--with-runs", stdin=GOOD)
    found = answer.json
    assert answer.out == canonical(found) + b"\n"
    assert canonical(found["result"]) == result(mission(), context())
    for name in ("run", "result"):
        (tmp_path / name).write_text(json.dumps(found[name]), encoding="utf-8")
    assert tier2("verify", tmp_path / "run", tmp_path / "result").code == 0


def test_the_oracle_of_these_tests_refuses_bad_lines() -> None:
    with pytest.raises(Tier2Error):
        result(mission("nap"), context())


def test_a_failed_result_makes_the_exit_code_1(tier2: Command) -> None:
    broken = line(mission("daily_loop", requested_human_steps=0), context(today=1))
    answer = tier2("batch", stdin=GOOD + b"\n" + broken)
    assert [json.loads(one)["outcome"] for one in answer.out.splitlines()] == ["completed", "failed"]
    assert (answer.code, answer.message) == (1, "1 of 2 results failed")
    assert tier2("batch", "--with-runs", stdin=broken).code == 1
