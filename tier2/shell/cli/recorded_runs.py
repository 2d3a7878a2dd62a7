"""The parts that `run`, `resume` and `retry` share: options, the driver, and how far a run came.

1. The library carries out a run (`tier2.shell.runs.recorded`). Here its errors get the words of the command line: the
   option that helps, and the command that goes on.
2. A run that is recorded but cannot go on now is like one that waits for a person: exit code 3.
3. Everything that belongs to a mission type comes from its world. Nothing here knows a mission by name.
"""

import argparse
import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tier2.contracts.v1 import Decided, Run
from tier2.engine.execution import advance
from tier2.errors import IllegalEvent
from tier2.kinds import Host, JsonObject
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import FAILED, PAUSED
from tier2.shell.cli.options import add_output, add_runs_folder
from tier2.shell.cli.output import print_result
from tier2.shell.cli.shell_words import shell_words
from tier2.shell.errors import InputError, RunError, errors_about
from tier2.shell.run_files import clock, folder
from tier2.shell.run_files.lines import RecordedRun
from tier2.shell.run_files.run_file import read_run
from tier2.shell.runs.driver import Driver, Hosts
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
        "--by", metavar="NAME", help="who decides, as the receipt will say; without --sign nothing proves it"
    )
    command.add_argument(
        "--sign",
        metavar="KEY",
        help="sign the decision with this SSH key: a private key's file, or the .pub file of a key in your agent",
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


CANNOT_GO_ON = frozenset({"consent", "files", "host", "raised", "revision", "unwritable"})
"""The codes of the errors of a recorded run that can go on as soon as something else has changed."""


def carried_out(
    work: Callable[[Driver], RecordedRun],
    options: argparse.Namespace,
    environment: Environment,
    allowed: Collection[str] | None,
    path: Path | None = None,
) -> int:
    """Carries out a run, prints its result or says how to go on, and returns the exit code.

    allowed: The host operations that the run may perform; None for all of them.
    path: Its run file; None if it has none yet.
    """
    begun = [] if path is None else [path]
    driver = _driver_of(options, environment, allowed, begun)
    try:
        with errors_about(None if path is None else str(path)):
            recorded = work(driver)
        return _ended_or_waiting(recorded, options, environment)
    except RunError as error:
        if error.path is None or error.code not in CANNOT_GO_ON:
            raise
        go_on = _resume_command(read_run(error.path), [], options, environment)
        environment.say(f"{environment.in_words(error)}; to go on: {go_on}")
        return PAUSED
    except KeyboardInterrupt:
        for file in begun:
            go_on = _resume_command(read_run(file), [], options, environment)
            environment.say(f"interrupted; to go on: {go_on}")
        raise


def allowed_in(path: Path, options: argparse.Namespace, environment: Environment) -> frozenset[str]:
    """The host operations that the run in a file may perform: those of ``--allow``.

    The runs in the program's own folder are its own. They may use the hosts that the program brings, too.
    """
    allowed = frozenset[str](options.allow)
    with suppress(InputError):  # there may be no default folder
        if os.path.dirname(os.path.realpath(path)) == os.path.realpath(folder.default_folder()):
            return allowed | environment.hosts.keys()
    return allowed


def _driver_of(
    options: argparse.Namespace,
    environment: Environment,
    allowed: Collection[str] | None,
    begun: list[Path],
) -> Driver:
    """The driver of the run of this command line, which adds the path of a new run file to ``begun``."""
    given = given_of(options)

    def hosts(run: Run, beside: Path) -> Hosts:
        return {**_world(run, given, environment).hosts(given, run, beside), **environment.hosts}

    def write_back(run: Run) -> WriteBack | None:
        return _world(run, given, environment).write_back(given, run)

    def surroundings(run: Run) -> JsonObject:
        return _world(run, given, environment).surroundings(given, run)

    def check(recorded: RecordedRun) -> None:
        _world(recorded.run, given, environment).check(given, recorded.run, recorded.began.world)

    def decide(run: Run) -> Decided | None:
        if options.no_input or not prompt.is_terminal():
            return None
        asks = environment.asked(run, begun[-1])
        if asks is None:
            return None
        if asks.signed and options.sign is None:
            environment.say(
                f"step {asks.step_id!r} needs a signed decision, and no key is given by --sign KEY"
            )
            return None
        changes = write_back(run)
        files = () if changes is None else tuple(changes.files.values())
        name = options.by or prompt.user_name()
        decision = prompt.ask(asks, prompt.verdicts(run, files), name, clock.now)
        return None if decision is None else signed(run, decision, options)

    def say_begun(path: Path) -> None:
        begun.append(path)
        progress(f"the run is recorded in {path}")

    def progress(message: str) -> None:
        if prompt.is_watched():
            environment.say(message)

    return Driver(
        operations=environment.operations,
        hosts=hosts,
        write_back=write_back,
        surroundings=surroundings,
        check=check,
        allowed=allowed,
        decide=decide,
        say=environment.say,
        progress=progress,
        begun=say_begun,
    )


def signed(run: Run, decision: Decided, options: argparse.Namespace) -> Decided:
    """The decision, with the signature that ``--sign`` asks for; without one if it will be refused anyway."""
    if options.sign is None:
        return decision
    try:
        advance(run, decision)
    except IllegalEvent as error:
        if error.code != "signature":
            return decision
    from tier2.shell.signatures import sign  # noqa: PLC0415 - few decisions are signed

    return sign(decision, options.sign)


def _world(run: Run, given: Given, environment: Environment) -> World:
    return world_of(run.workflow.metadata.get("mission_type"), given, environment)


def _ended_or_waiting(recorded: RecordedRun, options: argparse.Namespace, environment: Environment) -> int:
    """Prints the result or its summary, or says how to go on; returns the exit code."""
    result = recorded.result
    if result is None:
        environment.say(_how_to_answer(recorded, options, environment))
        return PAUSED
    whole = options.json or options.pretty or options.pointer is not None
    whole = whole or sys.stdout is None or not sys.stdout.isatty()
    summary = () if whole else (*_world(recorded.run, {}, environment).summary(result),)
    try:
        return print_result(result, options, environment, summary)
    except InputError as error:  # the run was no bad input, and nobody should begin it once more
        environment.say(f"{error}; the run is finished, and recorded in {recorded.path}")
        return FAILED


def _how_to_answer(recorded: RecordedRun, options: argparse.Namespace, environment: Environment) -> str:
    asks = environment.asked(recorded.run, recorded.path)
    if asks is None:
        raise ValueError("only a run that waits for a person pauses")
    # An id that begins with a dash would be taken for an option.
    step_id = asks.step_id
    answer = [f"--approve={step_id}"] if step_id.startswith("-") else ["--approve", step_id]
    answer += ["--by", "NAME"]
    for field in asks.fields:
        if field.required:
            answer += ["--set", f"{field.name}=VALUE"]
    if asks.signed:
        answer += ["--sign", "KEY"]
    # Whoever pastes this approves what stands here now, and nothing that was put in its place meanwhile.
    answer += ["--head", asks.head_sha256]
    show = shell_words([environment.prog, "show", folder.name_of(recorded.path)])
    approve = _resume_command(recorded, answer, options, environment)
    return (
        f"step {step_id!r} waits for a person (see {show}); to approve it as it is now: {approve}; "
        "or --veto instead of --approve"
    )


def _resume_command(
    recorded: RecordedRun, answer: Sequence[str], options: argparse.Namespace, environment: Environment
) -> str:
    """The command that goes on with a run, with what this command line gave for it."""
    run = recorded.run
    command = [environment.prog, "resume", folder.name_of(recorded.path), *answer]
    allowed = allowed_in(recorded.path, argparse.Namespace(allow=[]), environment)
    for later in run.workflow.steps[len(run.events) :]:
        operation = str(later.payload.get("operation"))
        is_host = isinstance(environment.operations.get(operation), Host)
        if is_host and operation not in allowed and operation not in command:
            command += ["--allow", operation]
    world = _world(run, {}, environment)
    given = world.go_on(given_of(options), recorded.began.world)
    for option in world.options:
        if option.resumable and option.name in given:
            command += [f"--{option.name}", given[option.name]]
    return shell_words(command)
