"""`tier2 run`: runs a mission for real, records it, and pauses where a person has to decide."""

import argparse

from tier2.contracts.v1 import Run
from tier2.engine.execution import run_workflow, start
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.inputs import context_of, context_of_day, workflow_of
from tier2.shell.cli.options import add_context, add_mission
from tier2.shell.cli.output import write_lines
from tier2.shell.cli.recorded_runs import add_run, ended_or_waiting, todo_files_of, world_of
from tier2.shell.errors import InputError, errors_about
from tier2.shell.runs import driver
from tier2.shell.worlds.daily_loop.files import DayFiles, differences, plan_write_back
from tier2.values.frozen import freeze_object


def add_options(command: argparse.ArgumentParser, environment: Environment) -> None:
    """Adds the options of ``run``."""
    add_mission(command, environment)
    add_context(command)
    add_run(command)
    command.add_argument("--today", metavar="DATE", help="the day, if not the one on the clock")
    command.add_argument("--dry-run", action="store_true", help="show what would change in the todo files")


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Runs the mission as far as it goes now."""
    workflow = workflow_of(options, environment.missions)
    files = todo_files_of(options)
    if files is None and (options.dry_run or options.today is not None):
        raise InputError("--today and --dry-run are for --todo PATH")
    context = context_of(options) if files is None else context_of_day(options, files)
    with errors_about(options.workflow):
        run = start(workflow, context, environment.operations)
    if files is not None and options.dry_run:
        return _dry_run(run, files, environment)
    # Who names a mission on the command line means what it does; a document was written by somebody else.
    named = options.type is not None
    world = world_of(options, environment, files, None if named else frozenset(options.allow))
    reached = driver.run_for_real(driver.folder_of(options.runs), run, world)
    return ended_or_waiting(reached, options, environment)


def _dry_run(run: Run, files: DayFiles, environment: Environment) -> int:
    """Shows what the day would do to the todo files; the person's step is rehearsed, and nothing is written."""
    result = run_workflow(run.workflow, run.context, environment.operations)
    if not result.success:
        environment.say(f"step {result.failed_step_id!r} would fail: {result.error_message}")
        return FAILED
    final_state = freeze_object(result.final_state)
    changes = plan_write_back(files, freeze_object(run.context.metadata), final_state)
    write_lines(differences(files, changes, final_state).splitlines())
    return DONE
