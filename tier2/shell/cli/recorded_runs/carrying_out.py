"""The parts that `run`, `resume` and `retry` share: options, the driver, and how far a run came.

1. The library carries out a run (`tier2.shell.runs.recorded`). Here its errors get the words of the command line: the
   option that helps, and the command that goes on.
2. A run that is recorded but cannot go on now is like one that waits for a person: exit code 3.
3. Everything that belongs to a mission type comes from its world. Nothing here knows a mission by name.
"""

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from tier2.contracts.v1 import Decided, Event, OrchestrationResult, Run
from tier2.engine.execution import advance
from tier2.errors import IllegalEvent, Tier2Error
from tier2.kinds import JsonObject
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import FAILED, PAUSED
from tier2.shell.cli.options import add_output, add_runs_folder
from tier2.shell.cli.output import print_result
from tier2.shell.cli.recorded_runs.hints import about_failed, command_for, how_to_answer, interrupted
from tier2.shell.cli.recorded_runs.worlds import add_options_of_worlds, given_of, world_of_run
from tier2.shell.errors import InputError, OutputClosed, RunError, errors_about
from tier2.shell.io.screen import Paste
from tier2.shell.run_files import clock
from tier2.shell.run_files.lines import RecordedRun
from tier2.shell.run_files.run_file import read_run
from tier2.shell.runs.driver import Driver, Hosts
from tier2.shell.runs.write_back import WriteBack


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
    add_options_of_worlds(command, environment, resumes=resumes)


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
        go_on = Paste("to go on:", command_for("resume", read_run(error.path), [], options, environment))
        environment.say(*environment.in_words(error), go_on)
        return PAUSED
    except KeyboardInterrupt:
        return interrupted(begun, options, environment)


def _driver_of(
    options: argparse.Namespace,
    environment: Environment,
    allowed: Collection[str] | None,
    begun: list[Path],
) -> Driver:
    """The driver of the run of this command line, which adds the path of a new run file to ``begun``."""
    given = given_of(options)

    def hosts(run: Run, beside: Path) -> Hosts:
        return {**world_of_run(run, given, environment).hosts(given, run, beside), **environment.hosts}

    def write_back(run: Run) -> WriteBack | None:
        return world_of_run(run, given, environment).write_back(given, run)

    def surroundings(run: Run) -> JsonObject:
        return world_of_run(run, given, environment).surroundings(given, run)

    def check(recorded: RecordedRun) -> None:
        world_of_run(recorded.run, given, environment).check(given, recorded.run, recorded.began.world)

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


def _ended_or_waiting(recorded: RecordedRun, options: argparse.Namespace, environment: Environment) -> int:
    """Prints the result or its summary, or says how to go on; returns the exit code."""
    result = recorded.result
    if result is None:
        environment.say(*how_to_answer(recorded, options, environment))
        return PAUSED
    about = () if result.success else about_failed(recorded, result, options, environment)
    try:
        return print_result(
            result, options, environment, _summary(recorded, result, options, environment), about
        )
    except OutputClosed:
        raise
    except InputError as error:  # the run was no bad input, and nobody should begin it once more
        environment.say(f"{error}; the run is finished, and recorded in {recorded.path}")
        return FAILED


def _summary(
    recorded: RecordedRun, result: OrchestrationResult, options: argparse.Namespace, environment: Environment
) -> Sequence[str]:
    """The lines that a person reads instead of the result; none for a program, or if it was asked for.

    A run that did not succeed has a line for each step at least, so that the reason does not scroll away.
    """
    if options.json or options.pretty or options.pointer is not None:
        return ()
    if sys.stdout is None or not sys.stdout.isatty():
        return ()
    try:
        lines = (*world_of_run(recorded.run, {}, environment).summary(result),)
    except (InputError, Tier2Error) as error:  # the run is done all the same, so its result is printed
        environment.say(f"{recorded.path}: {error}")
        return ()
    return lines if lines or result.success else (*map(_in_words, recorded.run.events),)


def _in_words(event: Event) -> str:
    """What became of a step."""
    word = event.verdict if isinstance(event, Decided) else event.__struct_config__.tag
    return f"{event.step_id}: {word}"
