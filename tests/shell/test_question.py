"""Is the question of a run printed as a document for other programs?"""

import json

import pytest
from own_question import OWN
from real_runs import RealRuns, machine, person

from tier2 import canonical
from tier2.contracts.v1 import Question
from tier2.engine.decoding import decode
from tier2.engine.questions import question
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


def test_a_question_of_no_run_is_refused(real: RealRuns) -> None:
    assert "No such file" in real("question", "wf-1").refusal
