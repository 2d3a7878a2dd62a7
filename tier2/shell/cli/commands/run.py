"""`tier2 run`: runs a mission for real, records it, and pauses where a person has to decide."""

import argparse

from tier2.contracts.v1 import ExecutionContext, Run
from tier2.engine.execution import run_workflow, start
from tier2.kinds import JsonObject
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.inputs import context_of, workflow_of
from tier2.shell.cli.options import add_context, add_mission
from tier2.shell.cli.output import write_lines
from tier2.shell.cli.recorded_runs import add_run, carried_out, given_of, world_of
from tier2.shell.errors import InputError, errors_about
from tier2.shell.run_files.folder import folder_of
from tier2.shell.runs.recorded import begin_run
from tier2.shell.runs.unfinished import check_unfinished
from tier2.shell.runs.write_back import WriteBack, differences, plan
from tier2.shell.worlds.world import World
from tier2.values.frozen import freeze_object


def add_options(command: argparse.ArgumentParser, environment: Environment) -> None:
    """Adds the options of ``run``."""
    add_mission(command, environment)
    add_context(command)
    add_run(command, environment)
    command.add_argument(
        "--dry-run", action="store_true", help="show what the run would change in files, and run nothing"
    )


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Runs the mission as far as it goes now."""
    given = given_of(options)

    def params(mission_type: str) -> JsonObject:
        return world_of(mission_type, given, environment).params(given)

    workflow = workflow_of(options, environment.missions, params)
    world = world_of(workflow.metadata.get("mission_type"), given, environment)
    context = _context(options, world)
    with errors_about(options.workflow):
        run = start(workflow, context, environment.operations)
    if options.dry_run:
        return _dry_run(run, world.write_back(given, run), environment)
    # A person who names a mission consents to its operations. A document was written by somebody else.
    allowed = None if options.type is not None else options.allow
    folder = folder_of(options.runs)
    return carried_out(lambda driver: begin_run(run, driver, folder), options, environment, allowed)


def _context(options: argparse.Namespace, world: World) -> ExecutionContext:
    """The context that the world reads by its options, or else that of the command line."""
    context = world.context(given_of(options))
    if context is None:
        return context_of(options)
    for other in ("state", "context", "mission", "workflow"):
        if getattr(options, other) is not None:
            names = " and ".join(f"--{name}" for name in given_of(options))
            raise InputError(f"the state comes from {names}, for a mission by name; leave out --{other}")
    return context


def _dry_run(run: Run, write_back: WriteBack | None, environment: Environment) -> int:
    """Shows what a rehearsal would change in the files; nothing is written."""
    if write_back is None:
        raise InputError("--dry-run shows changes of files, and this run changes none; leave it out")
    result = run_workflow(run.workflow, run.context, environment.operations)
    if not result.success:
        environment.say(f"step {result.failed_step_id!r} would fail: {result.error_message}")
        return FAILED
    check_unfinished(write_back)
    planned = plan(write_back, freeze_object(result.final_state))
    write_lines(differences(write_back, planned))
    return DONE
