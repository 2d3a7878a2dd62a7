"""The command `batch`: from lines of missions with their contexts to lines of results, each one a rehearsal."""

import argparse
from collections.abc import Mapping
from functools import partial

from tier2.contracts.v1 import ExecutionContext, MissionSpec, Run, WorkflowDefinition
from tier2.engine.execution import run_workflow
from tier2.engine.planning import build_workflow
from tier2.errors import InvalidParamsError, UnknownMissionError
from tier2.kinds import MissionType, Operation
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.io.ndjson import each_line, line, member, members, moved
from tier2.values.canonical import canonical

Missions = Mapping[str, MissionType]
Operations = Mapping[str, Operation]


def batch_command(options: argparse.Namespace, missions: Missions, operations: Operations) -> int:
    """Rehearses the mission of each line, and prints its result."""
    work = partial(_archived if options.with_runs else _rehearsed, missions=missions, operations=operations)
    return FAILED if each_line(options.file, work, options.jobs).bad else DONE


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
