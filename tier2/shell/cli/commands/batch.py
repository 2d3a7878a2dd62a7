"""`tier2 batch`: rehearses the mission of each line, and prints a line with its result."""

import argparse
from collections.abc import Mapping, Sequence
from functools import partial

from tier2.contracts.v1 import ExecutionContext, MissionSpec, Run, WorkflowDefinition
from tier2.engine.execution import run_workflow
from tier2.engine.planning import build_workflow
from tier2.errors import ContractError, InvalidParamsError, UnknownMissionError
from tier2.escaping import escaped_json
from tier2.kinds import MissionType, Operation
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED, INTERRUPTED
from tier2.shell.cli.options import add_jobs
from tier2.shell.cli.shell_words import shell_words
from tier2.shell.io.per_line import Interrupted, each_line, member, members, output_line
from tier2.shell.io.screen import Paste
from tier2.values.canonical import canonical

Missions = Mapping[str, MissionType]
Operations = Mapping[str, Operation]


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``batch``."""
    command.add_argument(
        "file", metavar="FILE", nargs="?", default="-", help='lines of {"mission": ..., "context": ...}'
    )
    command.add_argument(
        "--with-runs",
        action="store_true",
        help='print {"result": ..., "run": ...}, for `verify --archive`',
    )
    add_jobs(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Rehearses the mission of each line, and prints its result."""
    rehearse = _archived if options.with_runs else _rehearsed
    work = partial(rehearse, missions=environment.missions, operations=environment.operations)
    try:
        tally = each_line(options.file, work, options.jobs, environment.say)
    except Interrupted as stopped:
        watched = prompt.is_watched()  # a program that ends the command knows what it does
        environment.say_interrupted(*_how_to_go_on(stopped, options, environment) if watched else ())
        return INTERRUPTED
    if tally.failed:
        environment.say(f"{tally.failed:,} of {tally.done:,} results failed")
    return FAILED if tally.bad or tally.failed else DONE


def _how_to_go_on(
    stopped: Interrupted, options: argparse.Namespace, environment: Environment
) -> Sequence[str | Paste]:
    """How to rehearse the lines after the last one whose result is surely written."""
    last = stopped.last
    done = f"the results of the lines up to {last} are written"
    if stopped.perhaps > last:
        done += f", and perhaps some of those up to {stopped.perhaps}"
    rest = shell_words(["tail", "-n", f"+{last + 1}", options.file])
    more = ["--with-runs"] if options.with_runs else []
    more += [] if options.jobs is None else ["--jobs", str(options.jobs)]
    command = f"{rest} | {shell_words([environment.prog, 'batch', *more])}"
    if options.file == "-":
        return (done, f"go on with line {last + 1} of the input")
    return (done, Paste("for the rest:", command))


def _rehearsed(text: bytes, missions: Missions, operations: Operations) -> tuple[bytes, bool]:
    workflow, context = _planned(text, missions)
    result = run_workflow(workflow, context, operations)
    return output_line(escaped_json(canonical(result))), result.success


def _archived(text: bytes, missions: Missions, operations: Operations) -> tuple[bytes, bool]:
    """A line of an archive, for `verify --archive`: the result with its run."""
    workflow, context = _planned(text, missions)
    result = run_workflow(workflow, context, operations)
    events = tuple(entry.event for entry in result.receipt.entries)
    run = Run(workflow=workflow, context=context, operations=result.lineage.operations, events=events)
    line = b'{"result":%b,"run":%b}' % (canonical(result), canonical(run))
    return output_line(escaped_json(line)), result.success


def _planned(text: bytes, missions: Missions) -> tuple[WorkflowDefinition, ExecutionContext]:
    mission, context = members(text, "mission", "context")
    spec = member("mission", mission, MissionSpec)
    initial = member("context", context, ExecutionContext)
    try:
        return build_workflow(spec, missions), initial
    except (UnknownMissionError, InvalidParamsError) as error:
        raise error.restated(ContractError, ("mission",)) from None
