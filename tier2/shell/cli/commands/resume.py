"""`tier2 resume`: goes on with a run that was paused or cut off."""

import argparse
from typing import Literal

from tier2.contracts.v1 import Decided, Run, StepSpec
from tier2.errors import IllegalEvent
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.recorded_runs import add_run, ended_or_waiting, todo_files_of, world_of
from tier2.shell.errors import InputError, errors_about
from tier2.shell.runs import driver
from tier2.values.frozen import EMPTY


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``resume``."""
    command.add_argument("run", metavar="RUN", help="its name in the folder of runs, or its file")
    verdict = command.add_mutually_exclusive_group()
    verdict.add_argument("--approve", metavar="STEP", help="approve this human step")
    verdict.add_argument("--veto", metavar="STEP", help="veto this human step: the run ends")
    command.add_argument("--note", metavar="TEXT", help="a remark, recorded with the decision")
    command.add_argument("--choose", metavar="N,N", help="which tasks come first, by their numbers in `show`")
    add_run(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Goes on with the unfinished run."""
    world = world_of(options, environment, todo_files_of(options), frozenset(options.allow))
    path = driver.run_path(driver.folder_of(options.runs), options.run)
    decide = _answer_of(options)
    with errors_about(str(path)):
        reached = driver.resume(path, world, decide, ends=options.veto is not None)
    return ended_or_waiting(reached, options, environment)


def _answer_of(options: argparse.Namespace) -> driver.Decide | None:
    """The decision that the command line brings, if it does."""
    step_id: str | None = options.approve if options.approve is not None else options.veto
    if step_id is None:
        if options.note is not None or options.choose is not None:
            raise InputError("--note and --choose belong to --approve STEP or --veto STEP")
        return None
    verdict: Literal["approved", "vetoed"] = "approved" if options.approve is not None else "vetoed"
    if options.choose is not None and verdict == "vetoed":
        raise InputError("--choose belongs to --approve STEP")
    if not (options.by or "").strip():
        raise InputError("--by NAME is needed: the receipt says who decided")
    places = prompt.numbers(options.choose or "")

    def decide(run: Run, step: StepSpec) -> Decided:
        if step.id != step_id:
            raise IllegalEvent(
                code="event",
                path=("events", len(run.events)),
                message=f"step {step.id!r} is pending, not {step_id!r}; nothing was changed",
                remedy="answer the pending step",
            )
        output = prompt.chosen(run, step, places) if verdict == "approved" else EMPTY
        return Decided(step_id=step_id, verdict=verdict, by=options.by, note=options.note, output=output)

    return decide
