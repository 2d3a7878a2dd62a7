"""The command `batch`: from lines of missions with their contexts to lines of results, each one a rehearsal."""

import argparse
from collections.abc import Mapping
from functools import partial

from tier2.contracts.v1 import ExecutionContext, MissionSpec, Run, WorkflowDefinition
from tier2.engine.execution import run_workflow
from tier2.engine.planning import build_workflow
from tier2.errors import InvalidParamsError, UnknownMissionError
from tier2.kinds import MissionType, Operation
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.options import add_jobs
from tier2.shell.io.ndjson import each_line, line, member, members, moved
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
        help='print {"result": ..., "run": ...}, for `tier2 verify --archive`',
    )
    add_jobs(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Rehearses the mission of each line, and prints its result."""
    rehearse = _archived if options.with_runs else _rehearsed
    work = partial(rehearse, missions=environment.missions, operations=environment.operations)
    return FAILED if each_line(options.file, work, options.jobs, environment.say).bad else DONE


def _rehearsed(text: bytes, missions: Missions, operations: Operations) -> bytes:
    workflow, context = _planned(text, missions)
    return line(canonical(run_workflow(workflow, context, operations)))


def _archived(text: bytes, missions: Missions, operations: Operations) -> bytes:
    """The result with its run, which `verify --archive` takes; canonical as a whole."""
    workflow, context = _planned(text, missions)
    result = run_workflow(workflow, context, operations)
    events = tuple(entry.event for entry in result.receipt.entries)
    run = Run(workflow=workflow, context=context, events=events)
    return line(b'{"result":%b,"run":%b}' % (canonical(result), canonical(run)))


def _planned(text: bytes, missions: Missions) -> tuple[WorkflowDefinition, ExecutionContext]:
    mission, context = members(text, "mission", "context")
    spec = member("mission", mission, MissionSpec)
    initial = member("context", context, ExecutionContext)
    try:
        return build_workflow(spec, missions), initial
    except (UnknownMissionError, InvalidParamsError) as error:
        raise moved(error, "mission") from None
