"""What `run` and `resume` share: options, what a run needs from outside, and what is said at its end."""

import argparse
import os
import shlex
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tier2.contracts.v1 import Decided, OrchestrationResult, Run, StepSpec
from tier2.kinds import Host
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import PAUSED
from tier2.shell.cli.options import add_output, add_runs_folder
from tier2.shell.cli.output import print_result
from tier2.shell.errors import InputError, errors_about
from tier2.shell.runs import driver as runs
from tier2.shell.runs.hosts import HostOperation
from tier2.shell.runs.run_file import SUFFIX
from tier2.shell.worlds.daily_loop.files import DayFiles, day_files

TEST_OPERATIONS = ("tests.discover", "tests.execute")
"""The host operations that this command itself performs."""


def add_run(command: argparse.ArgumentParser) -> None:
    """Adds the options that ``run`` and ``resume`` share."""
    add_output(command)
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
    command.add_argument(
        "--todo", metavar="PATH", help="the todo.txt of the daily loop, beside done.txt and journal.md"
    )
    command.add_argument(
        "--python", metavar="PATH", default=sys.executable, help="the Python that runs pytest"
    )
    command.add_argument("--directory", metavar="DIR", default=".", help="the folder where pytest is started")
    command.add_argument(
        "--time-limit", metavar="SECONDS", type=_seconds, default=600.0, help="for each step of a test run"
    )


def _seconds(text: str) -> float:
    with suppress(ValueError):
        seconds = float(text)
        if 0 < seconds < 1e7:
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds, such as 90")


def world_of(
    options: argparse.Namespace,
    environment: Environment,
    files: DayFiles | None,
    allowed: frozenset[str] | None,
) -> runs.World:
    """What the run needs from outside, by the options.

    allowed: The host operations that the run may perform; None for all of them.
    """
    hosts = environment.hosts

    def beside(path: Path, run: Run) -> Mapping[str, HostOperation]:
        if not any(step.payload.get("operation") in TEST_OPERATIONS for step in run.workflow.steps):
            return hosts
        from tier2.shell.worlds.run_tests.pytest_hosts import TestOptions, target_of, test_hosts  # noqa: PLC0415 - as slow as asyncio

        if not Path(options.directory).is_dir():
            raise InputError(f"--directory {options.directory}: is no folder; name the one to test in")
        # A path, unlike a name that is looked up, is told from where the command was given.
        python = os.path.abspath(options.python) if "/" in options.python else options.python
        with errors_about(str(path)):
            tests = TestOptions(
                target=target_of(run.workflow),
                python=python,
                time_limit=options.time_limit,
                directory=Path(options.directory),
                files=path.with_suffix(""),
            )
        return {**test_hosts(tests), **hosts}

    def decide(run: Run, step: StepSpec) -> Decided | None:
        if options.no_input or not prompt.is_terminal():
            return None
        return prompt.ask(run, step, options.by or runs.user_name())

    return runs.World(
        operations=environment.operations,
        hosts=beside,
        allowed=allowed,
        todo=files,
        decide=decide,
        say=environment.say,
        progress=environment.say if prompt.is_looking_on() else lambda _: None,
    )


def ended_or_waiting(
    reached: OrchestrationResult | runs.Waiting, options: argparse.Namespace, environment: Environment
) -> int:
    """Prints the result, or says how to go on; returns the exit code."""
    if isinstance(reached, OrchestrationResult):
        return print_result(reached, options, environment)
    # An id that begins with a dash would be taken for an option.
    approve = (
        [f"--approve={reached.step.id}"]
        if reached.step.id.startswith("-")
        else ["--approve", reached.step.id]
    )
    command = [environment.prog, "resume", _run_name(reached.path), *approve, "--by", "NAME"]
    for step in reached.run.workflow.steps[len(reached.run.events) :]:
        name = str(step.payload.get("operation"))
        if (
            step.kind == "runtime"
            and isinstance(environment.operations.get(name), Host)
            and name not in command
        ):
            command += ["--allow", name]
    if options.todo is not None:
        command += ["--todo", options.todo]
    environment.say(
        f"step {reached.step.id!r} waits for a person (see {shlex.join([environment.prog, 'show', command[2]])}); "
        f"to approve it: {shlex.join(command)}; or --veto instead of --approve"
    )
    return PAUSED


def todo_files_of(options: argparse.Namespace) -> DayFiles | None:
    """The todo files that ``--todo`` names, if it is given."""
    if options.todo is None:
        return None
    todo = Path(options.todo)
    if not todo.name:  # the files beside it would have no place
        raise InputError(f"--todo {options.todo}: names no file; give the path of a todo.txt")
    return day_files(todo)


def _run_name(path: Path) -> str:
    """How the next command finds the run again: by its name in the default folder, else by its path."""
    with suppress(InputError):  # there may be no default folder
        if path.parent == runs.default_folder():
            return path.name.removesuffix(SUFFIX)
    # With a slash it is a path, and with a dot no option, whatever it is called.
    return str(path) if path.is_absolute() else f"./{path}"
