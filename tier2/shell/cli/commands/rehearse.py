"""`tier2 rehearse`: prints the result of a run that skips what needs a person or the world."""

import argparse

from tier2.contracts.v1 import Run
from tier2.engine.execution import run_workflow
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.inputs import context_of, workflow_of
from tier2.shell.cli.options import add_context, add_mission, add_output
from tier2.shell.cli.output import print_result
from tier2.shell.errors import errors_about
from tier2.shell.io.files import write_whole
from tier2.values.canonical import canonical


def add_options(command: argparse.ArgumentParser, environment: Environment) -> None:
    """Adds the options of ``rehearse``."""
    add_mission(command, environment)
    add_context(command)
    add_output(command)
    command.add_argument("--run-out", metavar="FILE", help="write the run document here, for `verify`")


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Rehearses the workflow and prints the result."""
    workflow, context = workflow_of(options, environment.missions), context_of(options)
    with errors_about(options.workflow):
        result = run_workflow(workflow, context, environment.operations)
    if options.run_out is not None:
        events = tuple(entry.event for entry in result.receipt.entries)
        run = Run(workflow=workflow, context=context, operations=result.lineage.operations, events=events)
        write_whole(options.run_out, canonical(run) + b"\n")
    return print_result(result, options, environment)
