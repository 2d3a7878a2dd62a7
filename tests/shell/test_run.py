"""What do `plan`, `run` and `rehearse` answer?"""

import json
from pathlib import Path
from typing import Any

import pytest
from real_runs import RealRuns
from shell_command import Command

Json = Any

EXAMPLE = Path(__file__).parents[2] / "contracts/examples/day.json"
ALONE = ("--param", "requested_human_steps=0")
FAILING: Json = {
    "contract": "tier2.workflow/v1",
    "id": "wf",
    "metadata": {},
    "steps": [
        {"id": "first", "kind": "runtime", "payload": {"operation": "state.merge", "patch": {"seen": [1]}}},
        {"id": "breaks", "kind": "runtime", "payload": {"operation": "fail", "reason": "out of\x1b[2Jpaper"}},
        {"id": "never", "kind": "runtime", "payload": {"operation": "noop"}},
    ],
}


def written(folder: Path, value: Json, name: str = "in.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


# plan


def test_plan_prints_the_workflow_of_a_mission(tier2: Command) -> None:
    answer = tier2("plan", "echo")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json == {
        "contract": "tier2.workflow/v1",
        "id": "wf-echo",
        "metadata": {"mission_type": "echo", "params": {}},
        "steps": [
            {
                "id": "echo",
                "kind": "runtime",
                "payload": {"description": "Do nothing, and prove it.", "operation": "noop"},
            }
        ],
    }


AS_TEXT = ["2026-11-24", "007", "NaN", "tests/unit", "a=b", "", "[1", "1 2", "Zürich", "-"]
AS_JSON = [
    ("3", 3),
    ("3.0", 3),
    ("true", True),
    ("null", None),
    ('"3"', "3"),
    ('{"b": [1, "x"]}', {"b": [1, "x"]}),
]


@pytest.mark.parametrize(("text", "value"), [*AS_JSON, *((text, text) for text in AS_TEXT)])
def test_a_param_is_json_or_else_text(tier2: Command, text: str, value: Json) -> None:
    answer = tier2("plan", "echo", "--extra-param", f"x={text}", "--pointer", "/metadata/params")
    assert (answer.code, answer.json, answer.err) == (0, {"x": value}, "")


def test_several_params_are_taken_together(tier2: Command) -> None:
    answer = tier2(
        *("plan", "run_tests", "--param", "target=b", "--extra-param", "a=x", "--extra-param", "=0"),
        *("--pointer", "/metadata/params"),
    )
    assert answer.json == {"target": "b", "a": "x", "": 0}


def test_a_mission_document_plans_like_its_words(tier2: Command, tmp_path: Path) -> None:
    mission = {
        "contract": "tier2.mission/v1",
        "type": "daily_loop",
        "params": {"requested_steps": 3, "x": None},
    }
    by_file = tier2("plan", "--mission", written(tmp_path, mission))
    by_stdin = tier2("plan", "--mission", "-", stdin=json.dumps(mission).encode())
    in_words = tier2("plan", "daily_loop", "--param", "requested_steps=3", "--extra-param", "x=null")
    assert by_file == by_stdin == in_words
    assert (by_file.code, [step["kind"] for step in by_file.json["steps"]]) == (
        0,
        ["human", "runtime", "runtime"],
    )


# run


def test_the_example_day_comes_to_its_known_end(tier2: Command) -> None:
    answer = tier2("run", "daily_loop", *ALONE, "--state", EXAMPLE)
    day = json.loads(EXAMPLE.read_bytes())
    done, left = day["tasks"][:3], day["tasks"][3:]
    completed = [task["text"] for task in done if task["completed"] == "2026-11-23"]
    carried_over = [task["text"] for task in left if task["created"] < "2026-11-24"]
    priorities = [
        "Answer the auditor's second letter",
        "Renew the certificate of the staging server",
        "Call the dentist about Thursday",
    ]
    summary = {"completed": completed, "carried_over": carried_over}
    assert (len(completed), len(carried_over)) == (2, 8)
    assert (answer.code, answer.err, answer.json["outcome"]) == (0, "", "completed")
    steps = ["summarise-yesterday", "generate-priorities", "log-summary", "archive"]
    assert answer.json["receipt"]["steps"] == [f"daily-{step}" for step in steps]
    assert answer.json["final_state"] == {
        "today": "2026-11-24",
        "yesterday": {"date": "2026-11-23", **summary},
        "priorities": priorities,
        "journal": [*day["journal"], {"date": "2026-11-24", **summary, "priorities": priorities}],
        "tasks": left,
        "archived": done,
    }


def test_without_a_state_a_run_starts_empty(tier2: Command) -> None:
    answer = tier2("run", "daily_loop", *ALONE)
    assert answer.code == 0
    assert answer.json["final_state"] == {
        "yesterday": {"completed": [], "carried_over": []},
        "priorities": [],
    }


def test_the_state_may_come_from_stdin_or_a_context(tier2: Command, tmp_path: Path) -> None:
    state = EXAMPLE.read_bytes()
    context = {"contract": "tier2.context/v1", "initial_state": json.loads(state), "metadata": {}}
    by_file = tier2("run", "daily_loop", *ALONE, "--state", EXAMPLE)
    by_stdin = tier2("run", "daily_loop", *ALONE, "--state", "-", stdin=state)
    by_context = tier2("run", "daily_loop", *ALONE, "--context", written(tmp_path, context))
    assert by_file == by_stdin == by_context


def test_a_contexts_metadata_is_part_of_what_is_proved(tier2: Command, tmp_path: Path) -> None:
    context: Json = {"contract": "tier2.context/v1", "initial_state": {}, "metadata": {}}
    plain = tier2("run", "echo", "--context", written(tmp_path, context))
    marked = tier2("run", "echo", "--context", written(tmp_path, {**context, "metadata": {"run": 2}}))
    assert plain.json["final_state"] == marked.json["final_state"]
    assert plain.json["receipt"]["head_sha256"] != marked.json["receipt"]["head_sha256"]


def test_a_workflow_document_runs_as_it_stands(tier2: Command, tmp_path: Path) -> None:
    plan = tier2("plan", "daily_loop", *ALONE).json
    by_workflow = tier2("run", "--workflow", written(tmp_path, plan), "--state", EXAMPLE)
    assert by_workflow == tier2("run", "daily_loop", *ALONE, "--state", EXAMPLE)


def test_a_failed_run_names_its_step_and_the_reason(tier2: Command, tmp_path: Path) -> None:
    answer = tier2("run", "--workflow", written(tmp_path, FAILING))
    result = answer.json
    assert answer.code == 1
    assert answer.message.startswith("step 'breaks' failed: out of\\u001b[2Jpaper; the run is recorded in ")
    assert (result["outcome"], result["failed_step_id"]) == ("failed", "breaks")
    assert (result["final_state"], result["receipt"]["steps"]) == ({"seen": [1]}, ["first", "breaks"])


def test_a_malformed_state_fails_the_run_with_its_path(tier2: Command, tmp_path: Path) -> None:
    answer = tier2("run", "daily_loop", *ALONE, "--state", written(tmp_path, {"today": "2026-02-30"}))
    assert answer.code == 1
    reason = "the state is malformed at $.today"
    assert answer.message.startswith(f"step 'daily-summarise-yesterday' failed: {reason}; ")


# rehearse


def test_a_rehearsal_passes_over_the_person(tier2: Command) -> None:
    rehearsed = tier2("rehearse", "daily_loop", "--param", "requested_steps=5", "--state", EXAMPLE)
    alone = tier2("run", "daily_loop", *ALONE, "--state", EXAMPLE)
    result = rehearsed.json
    assert (rehearsed.code, rehearsed.err) == (0, "")
    assert (result["outcome"], result["success"]) == ("rehearsed", True)
    assert result["receipt"]["entries"][0]["event"] == {
        "event": "rehearsed",
        "step_id": "daily-confirm-priorities",
    }
    assert result["receipt"]["steps"] == ["daily-confirm-priorities", *alone.json["receipt"]["steps"]]
    assert result["final_state"] == alone.json["final_state"]


def test_a_rehearsal_of_a_test_run_claims_no_test(tier2: Command) -> None:
    result = tier2("rehearse", "run_tests").json
    assert [entry["event"]["event"] for entry in result["receipt"]["entries"]] == [
        "rehearsed",
        "rehearsed",
        "completed",
    ]
    assert (result["outcome"], result["final_state"]) == ("rehearsed", {"report": {"status": "not run"}})


def test_a_rehearsal_without_a_gap_is_a_run(tier2: Command) -> None:
    assert tier2("rehearse", "echo") == tier2("run", "echo")


def test_a_rehearsal_can_fail(tier2: Command, tmp_path: Path) -> None:
    answer = tier2("rehearse", "--workflow", written(tmp_path, FAILING))
    assert (answer.code, answer.json["outcome"]) == (1, "failed")


# The form of the answer


def test_the_answer_is_canonical_bytes_and_a_newline(tier2: Command) -> None:
    answer = tier2("run", "echo")
    assert tier2("canonical", stdin=answer.out).out + b"\n" == answer.out


def test_a_pretty_answer_is_the_same_value(tier2: Command) -> None:
    hidden = "\u202e\x07\u200b\U000e0001Zürich"
    arguments = ("plan", "echo", "--extra-param", f"x={hidden}")
    plain, pretty = tier2(*arguments), tier2(*arguments, "--pretty")
    lines = pretty.out.decode().split("\n")
    assert json.loads(pretty.out) == plain.json
    assert lines[-1] == ""
    assert all(line.isprintable() for line in lines)
    assert '"x": "\\u202e\\u0007\\u200b\\udb40\\udc01Zürich"' in [line.strip() for line in lines]


PARAMS: Json = {"a/b": 1, "m~n": 2, "~1": 3, " ": 4, "": 5, "list": list("abcdefghijk"), "01": 6, "a%20b": 7}
POINTERS = {
    "/steps/0/id": "echo",
    **{
        f"/metadata/params/{name}": n
        for n, name in enumerate(["a~1b", "m~0n", "~01", " ", "", "01", "a%20b"], 1)
    },
    "/metadata/params/list/10": "k",
    "/metadata/params/list/0": "a",
}


@pytest.mark.parametrize("pointer", POINTERS)
def test_a_pointer_names_a_part_of_the_answer(tier2: Command, tmp_path: Path, pointer: str) -> None:
    mission = written(tmp_path, {"contract": "tier2.mission/v1", "type": "echo", "params": PARAMS})
    answer = tier2("plan", "--mission", mission, "--pointer", pointer)
    assert (answer.code, answer.json) == (0, POINTERS[pointer])


def test_the_empty_pointer_names_the_whole_answer(tier2: Command) -> None:
    assert tier2("run", "echo", "--pointer", "") == tier2("run", "echo")


@pytest.mark.parametrize(
    ("pointers", "reason"),
    [
        (["steps", "#/steps"], "a JSON Pointer starts with /"),
        (["/~2", "/~", "/id~"], "~ is written ~0"),
        (["/Steps", "/id/length", "/", "/\x1b", "/steps/", "/steps/0/id/0"], "the answer has no "),
        (
            [f"/steps/{index}" for index in ("1", "00", "01", "-1", "+0", "-", " 0", "\u0660")],
            "the answer has no ",
        ),
    ],
)
def test_a_pointer_that_names_nothing_is_refused(tier2: Command, pointers: list[str], reason: str) -> None:
    for pointer in pointers:
        refusal = tier2("plan", "echo", "--pointer", pointer).refusal
        assert refusal.startswith("--pointer ")
        assert reason in refusal


def test_a_run_too_large_for_its_readers_is_not_begun(
    tier2: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tier2.shell.run_files.run_file.MAX_BYTES", 300)
    answer = tier2("run", "echo", "--runs", tmp_path / "runs")
    assert "is too large for a run file, which takes 300; give the run less to carry" in answer.refusal
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_pointer_that_names_nothing_does_not_undo_a_run(real: RealRuns) -> None:
    answer = real("run", "echo", "--pointer", "/none")
    assert (answer.code, answer.out) == (1, b"")
    assert answer.message.startswith("--pointer /none: ")
    assert answer.message.endswith(f"; the run is finished, and recorded in {real.path('wf-echo-1')}")
