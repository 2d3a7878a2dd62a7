"""`test` plays the scenarios in files and folders, reports what differs, and updates them on demand."""

import json
import os
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from shell_command import Command

from tier2 import Host, JsonValue, MissionType, Pure, StepSpec
from tier2.missions import MISSIONS, OPERATIONS

Json = Any

SHIPPED = Path(__file__).parents[2] / "contracts/examples/scenarios"


NOTHING: Mapping[str, Json] = MappingProxyType({})


def scenario(name: str, expect: Mapping[str, Json] = NOTHING, **members: Json) -> Json:
    """A scenario of an echo, which expects only that it is completed."""
    nothing = dict.fromkeys(["failed_step_id", "error_message", "result_sha256", "error"])
    return {
        "contract": "tier2.scenario/v1",
        "name": name,
        "mission": {"contract": "tier2.mission/v1", "type": "echo", "params": {}},
        "context": {"contract": "tier2.context/v1", "initial_state": {"n": 1}, "metadata": {}},
        "answers": {},
        "hosts": {},
        "expect": {"outcome": "completed", "values": {}, **nothing, **expect},
        **members,
    }


GOOD = scenario("good")
BAD = scenario("bad", {"outcome": "failed", "values": {"/n": True}})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a folder of scenarios."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cases").mkdir()
    return tmp_path / "cases"


def write(folder: Path, **documents: Json) -> None:
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document, indent=2), "utf-8")


def test_the_scenarios_of_our_own_missions_pass(tier2: Command) -> None:
    answer = tier2("test", SHIPPED)
    names = sorted(path.name for path in SHIPPED.iterdir())
    assert (answer.code, answer.message) == (0, f"played {len(names)} scenarios: no difference")
    assert [Path(line.split(": ")[0]).name for line in answer.out.decode().splitlines()] == names
    assert tier2("check", SHIPPED, "--quiet").code == 0


def test_the_shipped_scenarios_end_in_every_way(tier2: Command) -> None:
    lines = tier2("test", SHIPPED, "--format", "json").out.decode().splitlines()
    outcomes = {json.loads(line)["outcome"] for line in lines}
    assert outcomes >= {"completed", "failed", "vetoed", "rehearsed", "stale", "answer", "unknown-mission"}


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_difference_is_told_and_stops_nothing(tier2: Command, folder: Path, jobs: str) -> None:
    write(folder, a=BAD, z=GOOD, **{f"m{number}": GOOD for number in range(9)})
    answer = tier2("test", "cases", "--quiet", "--jobs", jobs)
    assert answer.code == 1
    remedy = "correct the mission or its operations, or let the scenario expect it with --update [difference]"
    assert answer.out.decode().splitlines() == [
        f'cases/a.json:19:5: $.expect.outcome: bad: expected "failed", found "completed"; {remedy}',
        f'cases/a.json:21:7: $.expect.values["/n"]: bad: expected true, found 1; {remedy}',
    ]
    assert answer.err.splitlines()[-1] == "tier2: played 11 scenarios: 2 differences in 1 of them"


def test_an_unexpected_refusal_says_why(tier2: Command, folder: Path) -> None:
    write(folder, a=scenario("a", mission={**GOOD["mission"], "type": "ecko"}))
    answer = tier2("test", "cases")
    assert answer.code == 1
    assert 'found "unknown-mission" ($.type: ' in answer.out.decode()


def test_each_scenario_has_a_line_of_json(tier2: Command, folder: Path) -> None:
    (folder / "many.ndjson").write_text(f"{json.dumps(GOOD)}\n\n{json.dumps(BAD)}\n{{\n", "utf-8")
    answer = tier2("test", "cases/many.ndjson", "--format", "json")
    good, bad, broken = map(json.loads, answer.out.splitlines())
    assert answer.code == 1
    assert good.pop("result_sha256") is not None
    assert good == {
        "differences": [], "file": "cases/many.ndjson", "line": 1, "name": "good", "outcome": "completed",
        "passed": True, "problems": [],
    }  # fmt: skip
    assert [(one["where"], one["line"], one["expected"], one["found"]) for one in bad["differences"]] == [
        ("$.expect.outcome", 3, '"failed"', '"completed"'),
        ('$.expect.values["/n"]', 3, "true", "1"),
    ]
    assert (broken["name"], broken["line"], broken["passed"]) == (None, 4, False)
    assert [one["code"] for one in broken["problems"]] == ["syntax"]


def test_annotations_point_at_the_expectation(tier2: Command, folder: Path) -> None:
    write(folder, a=BAD, b=GOOD)
    lines = tier2("test", "cases", "--format", "github").out.decode().splitlines()
    assert [line.partition("::$")[0] for line in lines] == [
        "::error file=cases/a.json,line=19,col=5,title=tier2 difference",
        "::error file=cases/a.json,line=21,col=7,title=tier2 difference",
    ]


def test_junit_counts_failures_and_errors(tier2: Command, folder: Path) -> None:
    write(folder, a=BAD, b=scenario("<&\"'\x1b[2J\ufffe\U0001f600"), c={"contract": "tier2.scenario/v2"})
    (folder / "many.ndjson").write_text(f"{json.dumps(GOOD)}\n{json.dumps(BAD)}\n", "utf-8")
    answer = tier2("test", "cases", "--format", "junit")
    root = ET.fromstring(answer.out.decode())  # noqa: S314 - our own output
    assert answer.code == 1
    assert root.attrib == {"name": "tier2 test", "tests": "5", "failures": "2", "errors": "1"}
    cases = [
        (case.get("classname"), case.get("name"), [part.tag for part in case])
        for case in root.iter("testcase")
    ]
    assert cases == [
        ("cases/a.json", "bad", ["failure"]),
        ("cases/b.json", "<&\"'\\u001b[2J\\ufffe\U0001f600", []),
        ("cases/c.json", "cannot be read", ["error"]),
        ("cases/many.ndjson", "good", []),
        ("cases/many.ndjson", "bad", ["failure"]),
    ]
    assert root[0].attrib == {
        "name": "cases/a.json", "tests": "1", "failures": "1", "errors": "0",
    }  # fmt: skip
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == 'bad: expected "failed", found "completed"'
    assert str(failure.text).count("\n") == 2


# What is no scenario.


def test_other_documents_in_a_folder_are_passed_over(tier2: Command, folder: Path) -> None:
    write(
        folder,
        a=GOOD,
        mission=GOOD["mission"],
        package={"name": "x"},
        list=[1],
        other={"contract": "mine/v1"},
    )
    (folder / "broken.json").write_text("{ // a comment\n}", "utf-8")
    answer = tier2("test", "cases")
    assert (answer.code, answer.message) == (
        0,
        "played 1 scenario: no difference; passed over 5 other documents",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("text", "where"),
    [
        (json.dumps({"contract": "tier2.scenaro/v1"}), "$.contract"),
        (json.dumps({**GOOD, "hosts": {"a": {"output": None, "reason": None}}}), "$.hosts.a"),
        (json.dumps({**GOOD, "extra": 1}), "$.extra"),
        (json.dumps(GOOD)[:-1], "$"),
    ],
)
def test_a_malformed_scenario_is_told_wherever_it_is(
    tier2: Command, folder: Path, text: str, where: str, encoding: str
) -> None:
    write(folder, z=GOOD)
    (folder / "a.json").write_text(
        text.replace("scenaro", "scenario") if encoding != "utf-8" else text, encoding
    )
    where = where if encoding == "utf-8" else "$"
    answer = tier2("test", "cases")
    first, last = answer.out.decode().splitlines()
    assert (answer.code, first.split(": ")[1], last) == (
        1,
        where,
        "cases/z.json: good: as expected (completed)",
    )
    assert answer.message == "played 1 scenario: no difference; could not play 1"


def test_a_named_file_has_to_be_a_scenario(tier2: Command, folder: Path) -> None:
    write(folder, mission=GOOD["mission"])
    answer = tier2("test", "cases/mission.json")
    assert (answer.code, answer.message) == (1, "played 0 scenarios; could not play 1")
    assert answer.out.decode() == (
        "cases/mission.json:2:3: $.contract: the document is no scenario; "
        "name the contract tier2.scenario/v1 [tag]\n"
    )


def test_a_folder_without_scenarios_is_no_pass(tier2: Command, folder: Path) -> None:
    write(folder, mission=GOOD["mission"])
    (folder.parent / "empty").mkdir()
    answer = tier2("test", "cases", "empty", "none.json")
    assert (answer.code, answer.out) == (2, b"")
    assert [line.partition(": ")[2].partition(";")[0] for line in answer.err.splitlines()] == [
        "empty: holds no file that ends in .json, .ndjson, .jsonl",
        "none.json: cannot be read: No such file or directory",
        "cases: holds no scenario",
        "empty: holds no scenario",
        "played 0 scenarios",
    ]


def test_two_scenarios_of_one_name_are_told(tier2: Command, folder: Path) -> None:
    write(folder, a=GOOD, b=GOOD)
    (folder / "c").mkdir()
    write(folder / "c", a=GOOD)
    answer = tier2("test", "cases")
    assert (answer.code, len(answer.out.splitlines())) == (0, 3)
    assert answer.err.splitlines()[0] == (
        "tier2: cases/b.json: cases/a.json has the name 'good' too; give each scenario its own"
    )
    assert "c/a.json" not in answer.err


# Operations and missions of one's own.


class NoParams(msgspec.Struct):
    pass


def act(payload: Mapping[str, JsonValue], _: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    sys.stdout.write("printed by an operation")
    match payload.get("how"):
        case "raise":
            raise ValueError("the reason\x1b[2J")
        case "exit":
            sys.exit(0)
        case "end":
            os._exit(7)
        case _:
            return {"acted": True}


def acting(how: str) -> MissionType:
    steps = [
        StepSpec(id="act", kind="runtime", payload={"operation": "act", "how": how}),
        StepSpec(id="send", kind="runtime", payload={"operation": "send"}),
    ]
    return MissionType(NoParams, lambda _: steps)


OWN = {**MISSIONS, **{how: acting(how) for how in ("raise", "exit", "end", "well")}}
OUR_OPERATIONS = {**OPERATIONS, "act": Pure(act), "send": Host()}


def own(name: str, how: str, **expect: Json) -> Json:
    hosts = {"send": {"output": {"sent": 1}, "reason": None}} if how == "well" else {}
    return scenario(name, expect, mission={**GOOD["mission"], "type": how}, hosts=hosts)


def test_an_operation_that_raises_or_ends_stops_nothing(tier2: Command, folder: Path) -> None:
    cases = {
        f"{number}-{how}": own(f"{number} {how}", how)
        for number in range(4)
        for how in ("end", "exit", "raise", "well")
    }
    write(folder, **cases)
    answer = tier2("test", "cases", "--jobs", "2", missions=OWN, operations=OUR_OPERATIONS)
    assert answer.code == 1
    lines = answer.out.decode().splitlines()
    assert [line.split(".json")[0] for line in lines] == [f"cases/{name}" for name in sorted(cases)]
    assert lines[0] == (
        "cases/0-end.json:1:1: $: 0 end: a worker process exited with code 7; "
        "correct the mission or the operation that ends the process [raised]"
    )
    assert "0 exit: raised SystemExit: 0 (" in lines[1]
    assert "0 raise: raised ValueError: the reason\\u001b[2J (" in lines[2]
    assert lines[3] == "cases/0-well.json: 0 well: as expected (completed)"
    assert "played 4 scenarios: no difference; could not play 12" in answer.err


def test_what_an_operation_prints_is_no_part_of_the_report(tier2: Command, folder: Path) -> None:
    write(folder, a=own("a", "well", values={"/sent": 1, "/acted": True}))
    answer = tier2("test", "cases", "--format", "json", missions=OWN, operations=OUR_OPERATIONS)
    assert (answer.code, answer.json["passed"]) == (0, True)


MODULE = """
from collections.abc import Mapping
import msgspec
from tier2 import MISSIONS, OPERATIONS, MissionType, Pure, StepSpec

class Params(msgspec.Struct):
    pass

STEPS = [StepSpec(id="do", kind="runtime", payload={"operation": "own"})]

class Ours:
    missions = {**MISSIONS, "own": MissionType(Params, lambda _: STEPS)}

operations = {**OPERATIONS, "own": Pure(lambda payload, state: {"done": True})}
not_one = {"own": 1}
"""


@pytest.fixture
def module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module in the working directory, which other tests do not have."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    (folder.parent / "ours_of_this_test.py").write_text(MODULE, "utf-8")
    yield "ours_of_this_test"
    sys.modules.pop("ours_of_this_test", None)


def test_missions_and_operations_are_named_on_the_command_line(
    tier2: Command, folder: Path, module: str
) -> None:
    write(folder, a=scenario("a", {"values": {"/done": True}}, mission={**GOOD["mission"], "type": "own"}))
    options = ("--missions", f"{module}:Ours.missions", "--operations", f"{module}:operations")
    assert tier2("test", "cases", *options).code == 0
    assert tier2("test", "cases").code == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ours_of_this_test", "name a mapping as PACKAGE.MODULE:NAME"),
        ("ours_of_this_test:", "name a mapping as PACKAGE.MODULE:NAME"),
        ("ours_of_that_test:x", "ours_of_that_test cannot be imported: ModuleNotFoundError: "),
        ("ours_of_this_test:x", "the module ours_of_this_test has no x"),
        ("ours_of_this_test:Ours", "is no mapping but a type; map names to MissionType"),
        ("ours_of_this_test:not_one", "'own' is mapped to a int, not to MissionType"),
    ],
)
@pytest.mark.usefixtures("module")
def test_a_name_without_a_mapping_is_refused(tier2: Command, folder: Path, name: str, message: str) -> None:
    write(folder, a=GOOD)
    assert tier2("test", "cases", "--missions", name).refusal.startswith(f"--missions {name}: {message}")


# Updates.


def test_an_update_changes_only_what_differs(tier2: Command, folder: Path) -> None:
    text = json.dumps(
        scenario("\u20ac", {"outcome": "failed", "values": {"/n": 2}}), indent=4, ensure_ascii=False
    )
    path = folder / "a.json"
    path.write_text(text, "utf-8")
    path.chmod(0o640)
    write(folder, b=GOOD)
    answer = tier2("test", "cases", "--update", "--quiet")
    after = path.read_text("utf-8")
    assert (answer.code, path.stat().st_mode & 0o777) == (0, 0o640)
    assert after == text.replace('"failed"', '"completed"').replace('"/n": 2', '"/n": 1')
    assert answer.message == "played 2 scenarios: no difference; updated 1 file"
    shown = answer.out.decode().splitlines()
    assert shown[:2] == ["--- cases/a.json", "+++ cases/a.json"]
    changes = {
        '-        "outcome": "failed",',
        '+        "outcome": "completed",',
        '-            "/n": 2',
        '+            "/n": 1',
    }
    assert changes <= {*shown}
    assert tier2("test", "cases").code == 0
    assert sorted(one.name for one in folder.iterdir()) == ["a.json", "b.json"]


def test_an_update_leaves_other_lines_of_ndjson_alone(tier2: Command, folder: Path) -> None:
    path = folder / "a.ndjson"
    first, last = json.dumps(GOOD, indent=None, separators=(" , ", " : ")), json.dumps(GOOD)
    path.write_text(f"{first}\n\n{json.dumps(BAD)}\r\n{last}", "utf-8")
    assert tier2("test", "cases", "--update").code == 0
    changed = {**BAD, "expect": {**BAD["expect"], "outcome": "completed", "values": {"/n": 1}}}
    assert path.read_bytes().decode() == f"{first}\n\n{json.dumps(changed)}\r\n{last}"


def test_an_update_does_not_mend_an_unused_answer(tier2: Command, folder: Path) -> None:
    answer: Json = {"verdict": "vetoed", "by": "Ada", "note": None, "values": {}, "head_sha256": None}
    write(folder, a={**BAD, "answers": {"nobody": answer}})
    first = tier2("test", "cases", "--update")
    assert first.code == 1
    assert "played 1 scenario: 1 difference in 1 of them; updated 1 file" in first.err
    again = tier2("test", "cases", "--update")
    assert again.code == 1
    assert again.out.decode() == (
        "cases/a.json:17:5: $.answers.nobody: bad: no step uses this answer; "
        "remove it, or correct the id of its step [difference]\n"
    )


def test_an_update_of_stdin_is_refused(tier2: Command) -> None:
    assert tier2("test", "-", "--update").refusal == "--update cannot write to stdin; name the file"
    assert tier2("test", "-", stdin=json.dumps(GOOD).encode()).out == b"-: good: as expected (completed)\n"


def test_a_link_is_updated_where_it_leads(tier2: Command, folder: Path) -> None:
    write(folder.parent, real=BAD)
    (folder / "a.json").symlink_to("../real.json")
    assert tier2("test", "cases", "--update").code == 0
    assert (folder / "a.json").is_symlink()
    assert json.loads((folder.parent / "real.json").read_bytes())["expect"]["outcome"] == "completed"
