"""`tier2 batch`: rehearses the mission of each line, and prints a line with its result."""

import argparse
from collections.abc import Mapping
from functools import partial

from tier2.contracts.v1 import ExecutionContext, MissionSpec, Run, WorkflowDefinition
from tier2.engine.execution import run_workflow
from tier2.engine.planning import build_workflow
from tier2.errors import ContractError, InvalidParamsError, UnknownMissionError
from tier2.kinds import MissionType, Operation
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.options import add_jobs
from tier2.shell.io.per_line import each_line, member, members, output_line
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
    return FAILED if each_line(options.file, work, options.jobs, environment.say).bad else DONE


def _rehearsed(text: bytes, missions: Missions, operations: Operations) -> bytes:
    workflow, context = _planned(text, missions)
    return output_line(canonical(run_workflow(workflow, context, operations)))


def _archived(text: bytes, missions: Missions, operations: Operations) -> bytes:
    """A line of an archive, for `verify --archive`: the result with its run, in canonical form."""
    workflow, context = _planned(text, missions)
    result = run_workflow(workflow, context, operations)
    events = tuple(entry.event for entry in result.receipt.entries)
    run = Run(workflow=workflow, context=context, operations=result.lineage.operations, events=events)
    return output_line(b'{"result":%b,"run":%b}' % (canonical(result), canonical(run)))


def _planned(text: bytes, missions: Missions) -> tuple[WorkflowDefinition, ExecutionContext]:
    mission, context = members(text, "mission", "context")
    spec = member("mission", mission, MissionSpec)
    initial = member("context", context, ExecutionContext)
    try:
        return build_workflow(spec, missions), initial
    except (UnknownMissionError, InvalidParamsError) as error:
        raise error.restated(ContractError, ("mission",)) from None
