"""`tier2 resume`: goes on with a run that was paused or cut off."""

import argparse
from collections.abc import Mapping
from typing import Literal

from tier2.contracts.v1 import Decided, Question, Run, StepSpec
from tier2.engine.questions import answer, question
from tier2.errors import IllegalEvent
from tier2.kinds import JsonObject
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.recorded_runs import add_run, driver_of, ended_or_waiting
from tier2.shell.errors import InputError, errors_about
from tier2.shell.run_files import clock, folder
from tier2.shell.runs.driver import Decide


def add_options(command: argparse.ArgumentParser, environment: Environment) -> None:
    """Adds the options of ``resume``."""
    command.add_argument("run", metavar="RUN", help="its name in the folder of runs, or its file")
    verdict = command.add_mutually_exclusive_group()
    verdict.add_argument("--approve", metavar="STEP", help="approve this human step")
    verdict.add_argument("--veto", metavar="STEP", help="veto this human step: the run ends")
    command.add_argument("--note", metavar="TEXT", help="a remark, recorded with the decision")
    command.add_argument(
        "--set",
        metavar="NAME=VALUE",
        dest="values",
        action="append",
        default=[],
        help="fill in a field of the question; choices by their numbers in `show`, such as 3,1",
    )
    add_run(command, environment, resumes=True)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Goes on with the unfinished run."""
    driver = driver_of(options, environment, frozenset(options.allow))
    path = folder.path_of(folder.folder_of(options.runs), options.run)
    decide = _answer_of(options, environment)
    with errors_about(str(path)):
        reached = driver.resume(path, decide, ends=options.veto is not None)
    return ended_or_waiting(reached, options, environment)


def _answer_of(options: argparse.Namespace, environment: Environment) -> Decide | None:
    """The decision that the command line brings, if it does."""
    step_id: str | None = options.approve if options.approve is not None else options.veto
    if step_id is None:
        if options.note is not None or options.values:
            raise InputError("--note and --set belong to --approve STEP or --veto STEP")
        return None
    verdict: Literal["approved", "vetoed"] = "approved" if options.approve is not None else "vetoed"
    if options.values and verdict == "vetoed":
        raise InputError("--set belongs to --approve STEP")
    if not (options.by or "").strip():
        raise InputError("--by NAME is needed: the receipt says who decided")
    values = _values(options.values)

    def decide(run: Run, step: StepSpec) -> Decided:
        if step.id != step_id:
            raise IllegalEvent(
                code="event",
                path=("events", len(run.events)),
                message=f"step {step.id!r} is pending, not {step_id!r}; nothing was changed",
                remedy="answer the pending step",
            )
        asks = question(run, environment.missions)
        if asks is None:  # a runtime step: that it cannot be decided is said when the event is refused
            return Decided(step_id=step_id, verdict=verdict, by=options.by, note=options.note)
        return answer(
            asks,
            verdict,
            by=options.by,
            at=clock.now(),
            note=options.note,
            values=_values_of(asks, values),
        )

    return decide


def _values(given: list[str]) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name in values:
            raise InputError(f"--set {text}: give each field once, as NAME=VALUE")
        values[name] = value
    return values


def _values_of(asks: Question, texts: Mapping[str, str]) -> JsonObject:
    """The values of the fields that ``--set`` gives."""
    fields = {field.name: field for field in asks.fields}
    return {
        name: prompt.value_of(fields[name], text) if name in fields else text for name, text in texts.items()
    }
