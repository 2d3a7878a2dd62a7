"""The parts that `run` and `resume` share: options, the driver, and the end of a run.

Everything that belongs to a mission type comes from its world. Nothing here knows a mission by name.
"""

import argparse
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from tier2.contracts.v1 import Decided, OrchestrationResult, Run, StepSpec
from tier2.engine.questions import question
from tier2.kinds import Host
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import PAUSED
from tier2.shell.cli.options import add_output, add_runs_folder
from tier2.shell.cli.output import print_result
from tier2.shell.errors import InputError
from tier2.shell.run_files import clock, folder
from tier2.shell.runs.driver import Driver, Hosts, Waiting
from tier2.shell.runs.write_back import WriteBack
from tier2.shell.worlds.world import Given, World
from tier2.values.frozen import JsonValue

_WORLD = "world "
"""How the names begin under which argparse keeps the options of worlds; no other option's name has a space."""


def add_run(command: argparse.ArgumentParser, environment: Environment, *, resumes: bool = False) -> None:
    """Adds the options that ``run`` and ``resume`` share, those of all worlds among them.

    Raises ValueError for a world with an option that the command has itself.
    """
    add_output(command)
    command.add_argument(
        "--json", action="store_true", help="print the result even where a summary would be printed"
    )
    add_runs_folder(command)
    command.add_argument("--no-input", action="store_true", help="ask nobody, even on a terminal: pause")
    command.add_argument(
        "--by", metavar="NAME", help="who decides, as the receipt will say; nothing proves it"
    )
    command.add_argument(
        "--allow",
        metavar="NAME",
        action="append",
        default=[],
        help="a host operation that a run from a file may perform",
    )
    added: set[str] = set()
    for mission_type, world in _worlds(environment).items():
        group = command.add_argument_group(f"options of {mission_type}")
        for option in world.options:
            # Two mission types may share an option.
            if option.name not in added and (option.resumable or not resumes):
                added.add(option.name)
                try:
                    group.add_argument(
                        f"--{option.name}",
                        dest=_WORLD + option.name,
                        metavar=option.metavar,
                        help=option.help.replace("%", "%%"),
                    )
                except argparse.ArgumentError:
                    message = f"the option --{option.name} of {mission_type} is one of the command itself"
                    raise ValueError(f"{message}; give it another name") from None


def given_of(options: argparse.Namespace) -> Given:
    """The options of worlds that the command line gives, by name."""
    members: Mapping[str, str | None] = vars(options)
    return {
        name.removeprefix(_WORLD): value
        for name, value in members.items()
        if name.startswith(_WORLD) and value is not None
    }


def world_of(mission_type: JsonValue, given: Given, environment: Environment) -> World:
    """The world of a mission type; an empty one for a type that brings none.

    Raises InputError for an option that belongs to other mission types.
    """
    worlds = _worlds(environment)
    world = (worlds.get(mission_type) if isinstance(mission_type, str) else None) or World()
    for name in given:
        if name not in _names(world):
            owners = " and ".join(owner for owner, other in worlds.items() if name in _names(other))
            raise InputError(f"--{name} is an option of {owners}; leave it out")
    return world


def _names(world: World) -> set[str]:
    return {option.name for option in world.options}


def _worlds(environment: Environment) -> Mapping[str, World]:
    if environment.worlds is not None:
        return environment.worlds
    from tier2.shell.worlds import WORLDS  # noqa: PLC0415 - a larger system may bring its own alone

    return WORLDS


def driver_of(
    options: argparse.Namespace, environment: Environment, allowed: frozenset[str] | None
) -> Driver:
    """The driver of the run of this command line.

    allowed: The host operations that the run may perform; None for all of them.
    """
    given = given_of(options)

    def world(run: Run) -> World:
        return world_of(run.workflow.metadata.get("mission_type"), given, environment)

    def hosts(run: Run, beside: Path) -> Hosts:
        return {**world(run).hosts(given, run, beside), **environment.hosts}

    def write_back(run: Run) -> WriteBack | None:
        return world(run).write_back(given, run)

    def decide(run: Run, _: StepSpec) -> Decided | None:
        asks = question(run, environment.missions)
        if asks is None or options.no_input or not prompt.is_terminal():
            return None
        changes = write_back(run)
        files = () if changes is None else tuple(changes.files.values())
        return prompt.ask(asks, prompt.verdicts(run, files), options.by or prompt.user_name(), clock.now)

    return Driver(
        operations=environment.operations,
        hosts=hosts,
        write_back=write_back,
        allowed=allowed,
        decide=decide,
        say=environment.say,
        progress=environment.say if prompt.is_watched() else lambda _: None,
    )


def ended_or_waiting(
    reached: OrchestrationResult | Waiting, options: argparse.Namespace, environment: Environment
) -> int:
    """Prints the result or its summary, or says how to go on; returns the exit code."""
    if isinstance(reached, Waiting):
        environment.say(_how_to_go_on(reached, options, environment))
        return PAUSED
    whole = options.json or options.pretty or options.pointer is not None
    if whole or sys.stdout is None or not sys.stdout.isatty():
        return print_result(reached, options, environment)
    world = world_of(reached.lineage.mission_type, {}, environment)
    return print_result(reached, options, environment, [*world.summary(reached)])


def _how_to_go_on(waiting: Waiting, options: argparse.Namespace, environment: Environment) -> str:
    step, run, name = waiting.step, waiting.run, folder.name_of(waiting.path)
    # An id that begins with a dash would be taken for an option.
    approve = [f"--approve={step.id}"] if step.id.startswith("-") else ["--approve", step.id]
    command = ["resume", name, *approve, "--by", "NAME"]
    asks = question(run, environment.missions)
    for field in () if asks is None else asks.fields:
        if field.required:
            command += ["--set", f"{field.name}=VALUE"]
    for later in run.workflow.steps[len(run.events) :]:
        operation = str(later.payload.get("operation"))
        if isinstance(environment.operations.get(operation), Host) and operation not in command:
            command += ["--allow", operation]
    world = world_of(run.workflow.metadata.get("mission_type"), {}, environment)
    given = given_of(options)
    for option in world.options:
        if option.resumable and option.name in given:
            command += [f"--{option.name}", given[option.name]]
    return (
        f"step {step.id!r} waits for a person (see {environment.prog} {shlex.join(['show', name])}); "
        f"to approve it: {environment.prog} {shlex.join(command)}; or --veto instead of --approve"
    )
