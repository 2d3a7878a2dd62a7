"""Is the question of a run printed as a document for other programs?"""

import json
import re
from pathlib import Path

import pytest
from own_question import OWN, NoParams
from real_runs import RealRuns, machine, person

from tier2 import canonical
from tier2.contracts.v1 import Question, StepSpec
from tier2.engine.decoding import decode
from tier2.engine.questions import question
from tier2.kinds import Asking, JsonObject, MissionType
from tier2.shell.run_files.run_file import read_run


def test_the_question_is_printed_as_canonical_bytes(real: RealRuns) -> None:
    real("run", "own", missions=OWN)
    answer = real("question", "wf-own-1", missions=OWN)
    asks = question(read_run(real.path("wf-own-1")).run, OWN)
    assert asks is not None
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == canonical(asks) + b"\n"
    assert decode(answer.out, Question) == asks


def test_the_question_is_printed_for_people_too(real: RealRuns) -> None:
    real("run", "--workflow", real.workflow(person("ask", approvers=["Ana"], show=[])))
    pretty = real("question", real.path("wf-1"), "--pretty").out
    assert json.loads(pretty) == real("question", "wf-1").json
    assert b'\n  "approvers": [\n    "Ana"\n  ],\n' in pretty
    assert real("question", "wf-1", "--pointer", "/description").json == "May it go on?"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (2, "step 'one' is next, and no person's; to go on: tier2 resume wf-1"),
        (3, "all steps are done; to go on: tier2 resume wf-1"),
        (4, "the run is finished: completed"),
    ],
)
def test_a_run_that_asks_nobody_is_refused(real: RealRuns, lines: int, text: str) -> None:
    real("run", "--workflow", real.workflow(machine("one", "noop")))
    path = real.path("wf-1")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:lines]))
    assert real("question", "wf-1").refusal == f"{path}: nobody is asked anything: {text}"


def test_a_question_of_no_run_is_refused(real: RealRuns, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "wf-1.ndjson"
    refusal = real("question", "wf-1", "--runs", path.parent).refusal
    assert refusal.startswith(f"{path}: ")
    assert "No such file" in refusal


def test_a_malformed_question_is_refused_with_the_run(real: RealRuns) -> None:
    def malformed(_: StepSpec, __: JsonObject) -> Asking:
        return Asking(show=("no pointer",))

    real("run", "own", missions=OWN)
    missions = {**OWN, "own": MissionType(NoParams, lambda _: (), questions={"go": malformed})}
    assert real("question", "wf-own-1", missions=missions).refusal.startswith(f"{real.path('wf-own-1')}: ")


def test_the_help_says_what_a_run_is(real: RealRuns) -> None:
    shown = real("question", "--help").out.decode()
    assert re.search(r"^ +RUN +its name in the folder of runs, or its file$", shown, re.MULTILINE)
