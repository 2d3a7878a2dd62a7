"""What may the target of `run_tests` be, and what is it never taken for?"""

from collections.abc import Mapping
from typing import Any

import pytest
from pytest_projects import PASSING, Project

from tier2 import (
    ContractError,
    WorkflowDefinition,
)
from tier2.contracts.v1 import RunTestsParams
from tier2.shell.worlds.run_tests.command_line import params_of

Json = Any


def every_target(project: Project) -> Project:
    return project.write(
        test_a__py=PASSING + "def test_b():\n    pass\n",
        sub___test_c__py=PASSING,
        **{
            "spaces and ünïcode___test_d__py": PASSING,
            "-k___test_e__py": PASSING,
            "@args___test_f__py": PASSING,
        },
    )


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("test_a.py", ["test_a.py::test_a", "test_a.py::test_b"]),
        ("test_a.py::test_b", ["test_a.py::test_b"]),
        ("sub", ["sub/test_c.py::test_a"]),
        ("sub/../test_a.py::test_a", ["test_a.py::test_a"]),
        ("spaces and ünïcode", ["spaces and ünïcode/test_d.py::test_a"]),
        ("spaces and ünïcode/test_d.py::test_a", ["spaces and ünïcode/test_d.py::test_a"]),
        ("-k", ["-k/test_e.py::test_a"]),
        ("@args", ["@args/test_f.py::test_a"]),
    ],
)
def test_a_target_is_a_path_or_a_node_id(project: Project, target: str, found: list[str]) -> None:
    every_target(project)
    assert project.discover(target) == found


def test_a_node_id_is_what_runs(project: Project) -> None:
    every_target(project)
    assert project.execute("test_a.py::test_b") == {"test_a.py::test_b": "passed"}


def test_an_absolute_target_gives_the_same_ids(project: Project) -> None:
    every_target(project)
    assert project.discover(str(project.folder / "sub")) == ["sub/test_c.py::test_a"]


NO_PATHS = "-k -h --version --junit-xml=x -p=os @args missing.py missing.py::test_a ::test_a [ /no/such/folder".split()
ODD_PATHS = [
    "",
    "test_a.py\0",
    "test_a.py::test_a\0",
    "test_a.py\n--version",
    "test_a.py --version",
    "x" * 5000,
]


@pytest.mark.parametrize("target", NO_PATHS + ODD_PATHS)
def test_a_target_that_is_no_path_starts_nothing(project: Project, target: str) -> None:
    project.write(test_a__py=PASSING, args="--version")
    nowhere = str(project.folder / "no python")
    assert project.discover(target, python=nowhere) == "the target does not exist"
    assert project.execute(target, python=nowhere) == "the target does not exist"


def test_a_missing_test_of_a_file_fails_the_step(project: Project) -> None:
    project.write(test_a__py=PASSING)
    reason = "pytest ended with exit code 4: it refused its arguments or settings"
    assert project.discover("test_a.py::test_z") == reason


CHOSEN = {"target": "tests/unit", "keyword": "not slow", "markers": None, "other": 1}


@pytest.mark.parametrize(
    ("metadata", "params"),
    [
        (
            {"mission_type": "run_tests", "params": CHOSEN},
            RunTestsParams(target="tests/unit", keyword="not slow"),
        ),
        ({"mission_type": "run_tests", "params": {}}, RunTestsParams(target="all")),
        ({"params": []}, RunTestsParams()),
        ({}, RunTestsParams()),
    ],
)
def test_the_params_are_those_of_the_mission(metadata: Mapping[str, Json], params: RunTestsParams) -> None:
    assert params_of(WorkflowDefinition(id="w", steps=(), metadata=metadata)) == params


@pytest.mark.parametrize("name", ["target", "keyword", "markers"])
def test_a_param_that_is_no_text_is_refused(name: str) -> None:
    workflow = WorkflowDefinition(id="w", steps=(), metadata={"params": {name: 1}})
    with pytest.raises(ContractError) as caught:
        params_of(workflow)
    assert caught.value.where == f"$.metadata.params.{name}"


MARKED = """
import pytest

@pytest.mark.slow
def test_slow(): pass
def test_x(): pass
def test_quick(): pass
"""
MARKERS = "[pytest]\nmarkers = slow\n"


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"keyword": "slow or x"}, ["test_a.py::test_slow", "test_a.py::test_x"]),
        ({"markers": "not slow"}, ["test_a.py::test_quick", "test_a.py::test_x"]),
        ({"keyword": "not x", "markers": "not slow"}, ["test_a.py::test_quick"]),
        ({"keyword": ""}, ["test_a.py::test_quick", "test_a.py::test_slow", "test_a.py::test_x"]),
        ({"keyword": "none of them"}, "pytest ended with exit code 4: it refused its arguments or settings"),
        ({"keyword": "nothing"}, "no tests were collected"),
        ({"keyword": "--version"}, "no tests were collected"),
        ({"keyword": "a\0b"}, "the param keyword has a character that no argument may have"),
        ({"markers": "a\0b"}, "the param markers has a character that no argument may have"),
    ],
)
def test_expressions_choose_tests_and_are_no_options(
    project: Project, chosen: dict[str, str], found: Json
) -> None:
    project.write(test_a__py=MARKED, pytest__ini=MARKERS)
    assert project.discover(**chosen) == found


def test_tests_outside_the_folder_are_refused(project: Project) -> None:
    project.write(pytest__ini="[pytest]\ntestpaths = ../beyond\n")
    Project(project.folder.parent / "beyond").write(test_far__py=PASSING)
    assert project.discover() == "tests outside the folder have ids with paths of this machine"
