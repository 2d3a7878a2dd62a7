"""Does a decision hold for what the person saw, and for nothing else?"""

from pathlib import Path
from typing import Any

import pytest
from real_runs import RealRuns, machine, person
from small_run_file import joined

from tier2 import ExecutionContext, Run, digest, head
from tier2.shell.run_files.lines import beginning_line
from tier2.shell.run_files.run_file import read_run
from tier2.values.canonical import canonical

Json = Any

ANSWER = ("--approve", "ask", "--by", "Ana")


@pytest.fixture
def paused(real: RealRuns) -> Path:
    """A run that waits at `ask` for leave to pay 12."""
    (real.folder / "state.json").write_text('{"amount": 12}', encoding="utf-8")
    workflow = real.workflow(person("ask"), machine("pay", "bell.ring"), person("more"))
    real("run", "--workflow", workflow, "--state", real.folder / "state.json", "--allow", "bell.ring")
    return real.path("wf-1")


def rewritten(path: Path, amount: int, *, decisions_too: bool = True) -> None:
    """Changes the amount in a run file, and makes everything that stands on it anew, as an attacker can.

    decisions_too: Whether the decisions get the new heads; otherwise they stay as people made them.
    """
    before = read_run(path)
    context = ExecutionContext(initial_state={"amount": amount})
    run = Run(workflow=before.run.workflow, context=context, operations=before.run.operations)
    lines = [canonical(run), beginning_line(run, before.began)]
    sha256 = head(run)
    state: Json = {"amount": amount}
    for event in before.run.events:
        plain = event.to_dict()
        if "head_sha256" in plain and decisions_too:
            plain["head_sha256"] = sha256
        state.update(plain["output"])
        entry: Json = {"event": plain, "previous_sha256": sha256, "state_sha256": digest(state)}
        sha256 = digest(entry)
        lines.append(canonical({"entry": entry, "sha256": sha256}))
    path.write_bytes(joined(lines))


def test_a_pause_prints_the_head_and_no_other_digest(real: RealRuns) -> None:
    answer = real("run", "--workflow", real.workflow(person("ask")))
    assert answer.code == 3
    assert f" --head {read_run(real.path('wf-1')).head}; or --veto " in answer.message


def test_show_and_the_list_have_the_head_whole(real: RealRuns, paused: Path) -> None:
    now = read_run(paused).head
    assert f"\nhead: {now}\n" in real("show", "wf-1").out.decode()
    assert [one["head_sha256"] for one in real("runs", "--json").json] == [now]


def test_a_decision_is_recorded_with_its_head_and_time(real: RealRuns, paused: Path) -> None:
    seen = read_run(paused).head
    real("resume", "wf-1", *ANSWER)
    decided = real.events("wf-1")[0]
    assert (decided["head_sha256"], decided["signature"]) == (seen, None)
    assert decided["at"] >= read_run(paused).began.began_at


@pytest.mark.parametrize("answer", [(), ANSWER, ("--veto", "ask", "--by", "Ana")])
def test_another_head_is_refused_and_changes_nothing(
    real: RealRuns, paused: Path, answer: tuple[str, ...]
) -> None:
    before = paused.read_bytes()
    refusal = real("resume", "wf-1", *answer, "--head", "0" * 64).refusal
    assert read_run(paused).head in refusal
    assert (paused.read_bytes(), real.rung) == (before, [])
    assert "a digest is 64 hexadecimal digits" in real("resume", "wf-1", "--head", "0").refusal
    assert real("resume", "wf-1", *answer, "--head", read_run(paused).head).code in (1, 3)


def test_the_head_is_that_before_the_answer(real: RealRuns, paused: Path) -> None:
    now = read_run(paused).head
    assert real("resume", "wf-1", *ANSWER, "--head", now).code == 3
    assert len(real.rung) == 1


def test_a_rewritten_waiting_run_is_found_by_its_head(real: RealRuns, paused: Path) -> None:
    kept = read_run(paused).head
    assert real("verify", "wf-1", "--head", kept).code == 0
    rewritten(paused, 12_000)
    # Without a kept head, it is a run like any other.
    assert real("resume", "wf-1").code == 3
    before = paused.read_bytes()
    assert real("resume", "wf-1", *ANSWER, "--head", kept).code == 2
    assert (paused.read_bytes(), real.rung) == (before, [])
    answer = real("verify", "wf-1", "--head", kept)
    assert (answer.code, answer.json["difference"]["expected"]) == (1, f'"{kept}"')
    assert answer.message.endswith(f"not the kept {kept}: this is another run")


def test_a_run_rewritten_after_its_approval_is_found(real: RealRuns, paused: Path) -> None:
    before_the_answer = read_run(paused).head
    real("resume", "wf-1", *ANSWER)
    kept = read_run(paused).head
    whole = paused.read_bytes()
    # The decision names the head that the person saw.
    rewritten(paused, 12_000, decisions_too=False)
    for command in (
        ("verify", "wf-1", "--head", kept),
        ("verify", "wf-1"),
        ("resume", "wf-1"),
        ("show", "wf-1"),
    ):
        answer = real(*command)
        assert (answer.code, answer.out) == (1 if command[0] == "verify" else 2, b"")
        assert "line 3: " in answer.message
        assert "head" in answer.message
    # With a decision in another name that fits, only a kept head finds it.
    paused.write_bytes(whole)
    rewritten(paused, 12_000)
    for known in (kept, before_the_answer):
        answer = real("verify", "wf-1", "--head", known)
        assert (answer.code, answer.message.endswith(": this is another run")) == (1, True)
        assert real("resume", "wf-1", "--head", known).code == 2
    assert real("resume", "wf-1").code == 3


def test_an_earlier_head_is_known_as_one(real: RealRuns, paused: Path) -> None:
    kept = read_run(paused).head
    real("resume", "wf-1", *ANSWER)
    answer = real("verify", "wf-1", "--head", kept)
    assert answer.code == 1
    assert answer.message.endswith(f"not the kept {kept}: the kept one was its head before event 1")


def test_an_unfinished_run_is_verified_so_far(real: RealRuns, paused: Path) -> None:
    now = read_run(paused).head
    answer = real("verify", "wf-1", "--head", now, "--rerun")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json == {"difference": None, "head_sha256": now, "rerun": {}, "result_sha256": None}


@pytest.mark.usefixtures("paused")
def test_a_second_answer_is_told_of_the_first(real: RealRuns) -> None:
    real("resume", "wf-1", *ANSWER, "--note", "it is\x1b[2J right")
    before = real.path("wf-1").read_bytes()
    for verdict in ("--approve", "--veto"):
        refusal = real("resume", "wf-1", verdict, "ask", "--by", "Ben").refusal
        assert "step 'ask' was approved by 'Ana' at 20" in refusal
        assert refusal.endswith("with the note 'it is\\x1b[2J right'; nothing was changed")
    assert real.path("wf-1").read_bytes() == before
