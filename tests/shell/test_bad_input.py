"""Bad input and wrong usage get one clear message and exit code 2."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from shell_command import Command

from tier2.kinds import MissionType, runtime
from tier2.shell.cli.commands import COMMANDS

Json = Any

MISSION: Json = {"contract": "tier2.mission/v1", "type": "echo", "params": {}}
CONTEXT: Json = {"contract": "tier2.context/v1", "initial_state": {}, "metadata": {}}
STEP: Json = {"id": "s", "kind": "runtime", "payload": {"operation": "noop"}}
WORKFLOW: Json = {"contract": "tier2.workflow/v1", "id": "wf", "steps": [STEP], "metadata": {}}
HIDDEN = "a\x1b[2J\r\u202e\u2066\u200b\x9b"
SHOWN = "a\\u001b[2J\\u000d\\u202e\\u2066\\u200b\\u009b"


def nested(depth: int) -> Json:
    value: Json = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "in.json"


# Missions and params


@pytest.mark.parametrize("command", ["plan", "run", "rehearse"])
def test_unknown_mission_types_are_refused_with_known_ones(tier2: Command, command: str) -> None:
    refusal = tier2(command, "nope").refusal
    assert refusal.startswith("$.type: the mission type 'nope' is not known; ")
    assert "daily_loop, echo, run_tests" in refusal
    assert refusal.endswith("[unknown-mission]")


@pytest.mark.parametrize("command", ["plan", "run", "rehearse"])
def test_a_command_without_a_mission_is_refused(tier2: Command, command: str) -> None:
    assert tier2(command).refusal.startswith("no mission is named; give its TYPE or a file")
    assert tier2(command, "--param", "x=1").refusal.startswith("no mission is named")


@pytest.mark.parametrize("value", ['"4"', "true", "null", "4.5", "four", "[]", "1e300", ""])
@pytest.mark.parametrize("name", ["requested_steps", "requested_human_steps"])
def test_params_of_the_wrong_type_are_refused_by_path(tier2: Command, name: str, value: str) -> None:
    assert tier2("plan", "daily_loop", "--param", f"{name}={value}").refusal.startswith(f"$.params.{name}: ")


@pytest.mark.parametrize(
    "params",
    [["a"], [""], ["a=1", "a=1"], ["a=1", "b=2", "a=null"], ["=1", "=2"]],
    ids=["no =", "empty", "twice", "twice apart", "no name twice"],
)
def test_a_param_is_one_name_with_one_value(tier2: Command, params: Sequence[str]) -> None:
    arguments = [part for param in params for part in ("--param", param)]
    refusal = tier2("plan", "echo", *arguments).refusal
    assert refusal == f"--param {params[-1]}: give each param once, as NAME=VALUE"


@pytest.mark.parametrize(
    ("value", "where", "code"),
    [
        ('{"a":1,"a":2}', "$", "duplicate-key"),
        ("[9007199254740993]", "$[0]", "number-range"),
        ("1e999", "$", "number-range"),
        ('"\\ud800"', "$", "surrogate"),
        ("\udcff", "$", "surrogate"),
        ("[" * 129 + "]" * 129, "$", "depth"),
        ("\ufeff1", "$", "bom"),
    ],
)
def test_param_values_outside_i_json_are_refused_by_name(
    tier2: Command, value: str, where: str, code: str
) -> None:
    refusal = tier2("plan", "echo", "--param", f"x={value}").refusal
    assert refusal.startswith(f"--param x: {where}")
    assert refusal.endswith(f"[{code}]")


def test_params_that_nest_too_deep_are_refused(tier2: Command) -> None:
    refusal = tier2("plan", "echo", "--extra-param", f"x={json.dumps(nested(64))}").refusal
    assert refusal.endswith("[depth]")


@pytest.mark.parametrize(
    ("mission_type", "name", "words"),
    [
        ("daily_loop", "requsted_steps", "did you mean requested_steps?"),
        ("daily_loop", "Requested_human_steps", "did you mean requested_human_steps?"),
        ("daily_loop", "x", "it knows requested_human_steps, requested_steps"),
        ("run_tests", "targets", "did you mean target?"),
        ("echo", "x", "it knows none"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "run", "rehearse"])
def test_unknown_params_are_refused_with_known_ones(
    tier2: Command, command: str, mission_type: str, name: str, words: str
) -> None:
    assert tier2(command, mission_type, "--param", f"{name}=3").refusal == (
        f"--param {name}: {mission_type} knows no such param; {words} (--extra-param keeps it all the same)"
    )


def test_extra_params_are_kept_and_given_once(tier2: Command) -> None:
    extra = ("--extra-param", "requsted_steps=3")
    answer = tier2("plan", "daily_loop", *extra, "--param", "requested_steps=2")
    assert answer.json["metadata"]["params"] == {"requested_steps": 2, "requsted_steps": 3}
    assert len(answer.json["steps"]) == 2
    assert tier2("plan", "daily_loop", *extra, *extra).refusal.startswith(
        "--extra-param requsted_steps=3: give"
    )


def test_unknown_params_of_a_document_are_kept(tier2: Command, file: Path) -> None:
    file.write_text(json.dumps({**MISSION, "params": {"x": 1}}), encoding="utf-8")
    assert tier2("plan", "--mission", file).json["metadata"]["params"] == {"x": 1}


def test_a_type_that_takes_any_params_gets_them(tier2: Command) -> None:
    missions = {"any": MissionType(dict, lambda _: [runtime("s", "Do nothing.", "noop")])}
    answer = tier2("plan", "any", "--param", "x=1", missions=missions)
    assert answer.json["metadata"]["params"] == {"x": 1}


@pytest.mark.parametrize("value", ["1.0", "3", "true", "null", "[a, b]", "it's"])
def test_texts_that_can_be_read_as_json_say_how(tier2: Command, value: str) -> None:
    known = tier2("plan", "run_tests", "--param", f"target={value}")
    if value in ("[a, b]", "it's"):
        assert known.json["metadata"]["params"] == {"target": value}
    else:
        start, _, words = known.refusal.partition("; a text that can be read as JSON needs quotation marks: ")
        assert start.startswith("$.params.target: expected `str`, got ")
        option, quoted = shlex.split(words.removesuffix(" [type]"))
        answer = tier2("plan", "run_tests", option, quoted)
        assert answer.json["metadata"]["params"] == {"target": value}


# Combinations


@pytest.mark.parametrize("command", ["plan", "run"])
@pytest.mark.parametrize("more", [["echo"], ["--param", "a=1"], ["echo", "--param", "a=1"]])
def test_a_mission_document_excludes_type_and_params(
    tier2: Command, file: Path, command: str, more: Sequence[str]
) -> None:
    file.write_text(json.dumps(MISSION), encoding="utf-8")
    assert tier2(command, "--mission", file, *more).refusal.startswith(
        "--mission brings its own type and params"
    )


@pytest.mark.parametrize("command", ["run", "rehearse"])
@pytest.mark.parametrize("more", [["echo"], ["--param", "a=1"], ["--mission", "m.json"]])
def test_a_workflow_document_excludes_a_mission(
    tier2: Command, file: Path, command: str, more: Sequence[str]
) -> None:
    file.write_text(json.dumps(WORKFLOW), encoding="utf-8")
    assert tier2(command, "--workflow", file, *more).refusal.startswith("--workflow is a plan already")


def test_state_and_context_exclude_each_other(tier2: Command) -> None:
    answer = tier2("run", "echo", "--state", "s.json", "--context", "c.json")
    assert (answer.code, answer.out) == (2, b"")
    assert "not allowed with argument" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nope"],
        ["plan", "echo", "more"],
        ["plan", "echo", "--workflow", "x"],
        ["plan", "echo", "--state", "x"],
        ["run", "echo", "--nope"],
        ["run", "echo", "--stat", "x"],
        ["run", "echo", "--param"],
        ["canonical", "a", "b"],
    ],
)
def test_wrong_usage_exits_with_2_and_shows_usage(tier2: Command, arguments: Sequence[str]) -> None:
    answer = tier2(*arguments)
    assert (answer.code, answer.out) == (2, b"")
    assert answer.err.startswith("usage: tier2")
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_goes_to_stdout_with_exit_code_0(tier2: Command, command: Sequence[str]) -> None:
    answer = tier2(*command, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(b"usage: tier2")


# Documents


PEOPLE: Json = [{**STEP, "kind": "human", "id": str(i)} for i in range(3)]
STEPS: Json = [{**STEP, "id": str(i)} for i in range(6)]
BAD_PARAMS: Json = {"requested_steps": "4"}
OPERATION = "$.steps[0].payload.operation"


@pytest.mark.parametrize(
    ("option", "wrong", "path"),
    [
        ("--mission", WORKFLOW, "$.contract"),
        ("--mission", {**MISSION, "contract": "tier2.mission/v2"}, "$.contract"),
        ("--mission", {"type": "echo", "params": {}}, "$.contract"),
        ("--mission", {"contract": "tier2.mission/v1", "type": "echo"}, "$.params"),
        ("--mission", {**MISSION, "extra": 1}, "$.extra"),
        ("--mission", {**MISSION, "type": "nope"}, "$.type"),
        ("--mission", {**MISSION, "type": "daily_loop", "params": BAD_PARAMS}, "$.params.requested_steps"),
        ("--mission", [], "$"),
        ("--workflow", MISSION, "$.contract"),
        ("--workflow", {**WORKFLOW, "steps": []}, "$.steps"),
        ("--workflow", {**WORKFLOW, "steps": STEPS}, "$.steps"),
        ("--workflow", {**WORKFLOW, "steps": PEOPLE}, "$.steps"),
        ("--workflow", {**WORKFLOW, "steps": [STEP, STEP]}, "$.steps[1].id"),
        ("--workflow", {**WORKFLOW, "steps": [{**STEP, "kind": "robot"}]}, "$.steps[0].kind"),
        ("--workflow", {**WORKFLOW, "steps": [{**STEP, "payload": {}}]}, OPERATION),
        ("--workflow", {**WORKFLOW, "steps": [{**STEP, "payload": {"operation": "rm"}}]}, OPERATION),
        ("--context", {}, "$.contract"),
        ("--context", MISSION, "$.contract"),
        ("--context", {**CONTEXT, "initial_state": []}, "$.initial_state"),
        ("--state", [], "$"),
        ("--state", "text", "$"),
        ("--state", None, "$"),
        ("--state", nested(65), "$"),
    ],
)
def test_wrong_documents_are_refused_by_file_and_path(
    tier2: Command, file: Path, option: str, wrong: Json, path: str
) -> None:
    file.write_text(json.dumps(wrong), encoding="utf-8")
    mission = [] if option in ("--mission", "--workflow") else ["echo"]
    refusal = tier2("run", *mission, option, file).refusal
    assert refusal.startswith(f"{file}: {path}")
    assert refusal.removeprefix(f"{file}: {path}")[0] in ":."
    assert tier2("rehearse", *mission, option, file).refusal == refusal


def test_a_state_at_the_depth_limit_is_accepted(tier2: Command, file: Path) -> None:
    file.write_text(json.dumps(nested(64)), encoding="utf-8")
    assert tier2("run", "echo", "--state", file).code == 0


# Nothing that is shown can steer the terminal


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["plan", "a\x1b[2J\u202e"], "$.type: the mission type 'a\\x1b[2J\\u202e' is not known"),
        (["plan", "echo", "--param", HIDDEN], f"--param {SHOWN}: "),
        (["plan", "echo", "--param", f"{HIDDEN}=1e999"], f"--param {SHOWN}: "),
        (["hash", HIDDEN], f"{SHOWN}: cannot be read"),
        (["hash", "no\udcff"], "no\\udcff: cannot be read: "),
    ],
)
def test_invisible_characters_of_arguments_are_escaped(
    tier2: Command, arguments: Sequence[str], shown: str
) -> None:
    assert tier2(*arguments).refusal.startswith(shown)


def test_invisible_characters_of_wrong_usage_are_escaped(tier2: Command) -> None:
    assert tier2("hash", "--x" + HIDDEN).err.endswith(f"error: unrecognized arguments: --x{SHOWN}\n")


def test_invisible_characters_of_documents_are_escaped(tier2: Command, file: Path) -> None:
    file.write_text(json.dumps({**MISSION, HIDDEN: 1}), encoding="utf-8")
    assert f'{file}: $["{SHOWN}"]: ' in tier2("plan", "--mission", file).refusal


def test_invisible_characters_of_a_reason_are_escaped(tier2: Command, file: Path) -> None:
    payload = {"operation": "fail", "reason": HIDDEN}
    file.write_text(json.dumps({**WORKFLOW, "steps": [{**STEP, "payload": payload}]}), encoding="utf-8")
    answer = tier2("run", "--workflow", file)
    assert answer.code == 1
    assert answer.message.startswith(f"step 's' failed: {SHOWN}; the run is recorded in ")


@pytest.mark.parametrize("text", ["[]", "[1]", '"text"', "null", "1"])
def test_states_that_are_no_objects_are_refused(tier2: Command, text: str) -> None:
    refusal = tier2("run", "echo", "--state", "-", stdin=text.encode()).refusal
    assert refusal == "-: $: a state is a JSON object; wrap it in one"
