"""The worlds of this command: their options, and their functions.

A world may be the code of a larger system. What one of its functions raises becomes a RunError ``raised``, that is one
message, unless it is an error that the function is meant to raise: an InputError, or one of the core.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

from msgspec.structs import replace

from tier2.contracts.v1 import OrchestrationResult, Run
from tier2.errors import Tier2Error
from tier2.kinds import JsonObject
from tier2.shell.cli.environment import Environment
from tier2.shell.errors import InputError, RunError, in_own_code
from tier2.shell.runs.hosts import HostOperation
from tier2.shell.runs.write_back import WriteBack
from tier2.shell.worlds.world import Given, World
from tier2.values.frozen import JsonValue

P = ParamSpec("P")
T = TypeVar("T")

_WORLD = "world "
"""How the names begin under which argparse keeps the options of worlds; no other option's name has a space."""


def add_options_of_worlds(
    command: argparse.ArgumentParser, environment: Environment, *, resumes: bool
) -> None:
    """Adds the options of all worlds.

    Raises ValueError for a world with an option that the command has itself.
    """
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
    world = worlds.get(mission_type) if isinstance(mission_type, str) else None
    for name in given:
        if world is None or name not in _names(world):
            owners = " and ".join(owner for owner, other in worlds.items() if name in _names(other))
            raise InputError(f"--{name} is an option of {owners}; leave it out")
    return World() if world is None else _guarded(world, f"the world of {mission_type}")


def world_of_run(run: Run, given: Given, environment: Environment) -> World:
    """The world of a run's mission type, as `world_of` gives it."""
    return world_of(run.workflow.metadata.get("mission_type"), given, environment)


def _names(world: World) -> set[str]:
    return {option.name for option in world.options}


def _worlds(environment: Environment) -> Mapping[str, World]:
    if environment.worlds is not None:
        return environment.worlds
    from tier2.shell.worlds import WORLDS  # noqa: PLC0415 - a larger system may bring its own alone

    return WORLDS


def _guarded(world: World, whose: str) -> World:
    """The world with functions that raise nothing unexpected; what they give is made whole here, where that is seen."""

    def calls(name: str, function: Callable[P, T]) -> Callable[P, T]:
        return _named(f"the function {name!r} of {whose}", function)

    def params(given: Given) -> JsonObject:
        return dict(world.params(given))

    def surroundings(given: Given, run: Run) -> JsonObject:
        return dict(world.surroundings(given, run))

    def hosts(given: Given, run: Run, beside: Path) -> Mapping[str, HostOperation]:
        return dict(world.hosts(given, run, beside))

    def write_back(given: Given, run: Run) -> WriteBack | None:
        planned = world.write_back(given, run)
        return None if planned is None else replace(planned, new=calls("new", planned.new))

    def go_on(given: Given, kept: JsonObject) -> Given:
        return {name: str(value) for name, value in world.go_on(given, kept).items()}

    def summary(result: OrchestrationResult) -> Sequence[str]:
        return tuple(map(str, world.summary(result)))

    def files(beside: Path) -> Sequence[Path]:
        return tuple(map(Path, world.files(beside)))

    return replace(
        world,
        params=calls("params", params),
        context=calls("context", world.context),
        hosts=calls("hosts", hosts),
        write_back=calls("write_back", write_back),
        surroundings=calls("surroundings", surroundings),
        check=calls("check", world.check),
        go_on=calls("go_on", go_on),
        summary=calls("summary", summary),
        files=calls("files", files),
        predicate=None if world.predicate is None else calls("predicate", world.predicate),
    )


def _named(name: str, function: Callable[P, T]) -> Callable[P, T]:
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except (InputError, Tier2Error, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # it is the user's own code, and may call sys.exit
            raise RunError("raised", None, f"{name} raised {in_own_code(error)}") from None

    return call
