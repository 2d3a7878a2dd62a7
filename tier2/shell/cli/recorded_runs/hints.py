"""How to go on with a run: the command that does it, for the messages at its end, at a pause and after Ctrl-C.

A command can be pasted as it is printed. It has the options of the run's world: those that this command line gave, and
those that the run file says are needed.
"""

import argparse
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tier2.contracts.v1 import OrchestrationResult
from tier2.errors import Tier2Error
from tier2.kinds import Host
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import BAD_INPUT, INTERRUPTED
from tier2.shell.cli.recorded_runs.worlds import given_of, world_of_run
from tier2.shell.cli.shell_words import shell_words
from tier2.shell.errors import InputError, RunError
from tier2.shell.io.screen import Paste
from tier2.shell.run_files import folder
from tier2.shell.run_files.lines import RecordedRun
from tier2.shell.run_files.run_file import read_run


def finished(error: RunError, options: argparse.Namespace, environment: Environment) -> int:
    """Says that a run is finished, and how to try it again if it failed; returns the exit code."""
    parts = environment.in_words(error)
    if error.path is not None and error.facts.get("outcome") == "failed":
        again = command_for("retry", read_run(error.path), [], options, environment)
        parts = (Paste(f"{error}, or try the failed step again:", again),)
    environment.say(*parts)
    return BAD_INPUT


def interrupted(begun: Sequence[Path], options: argparse.Namespace, environment: Environment) -> int:
    """Says after Ctrl-C how to go on with the run that was begun, if one was; returns the exit code."""
    if not begun:
        environment.say_interrupted("no run was begun")
        return INTERRUPTED
    recorded = read_run(begun[-1])
    if recorded.result is not None:
        environment.say_interrupted(f"the run is finished, and recorded in {recorded.path}")
    else:
        go_on = command_for("resume", recorded, [], options, environment)
        environment.say_interrupted(Paste("to go on:", go_on))
    return INTERRUPTED


def about_failed(
    recorded: RecordedRun, result: OrchestrationResult, options: argparse.Namespace, environment: Environment
) -> Sequence[str | Paste]:
    """Where a failed or vetoed run is recorded, where to read on, and how to try it again."""
    about: list[str | Paste] = [f"the run is recorded in {recorded.path.absolute()}"]
    try:
        files = world_of_run(recorded.run, {}, environment).files(recorded.path.absolute().with_suffix(""))
        if there := [str(file) for file in files if file.exists()]:
            about.append(f"read on in {' and '.join(there)}")
    except (InputError, Tier2Error) as error:
        about.append(str(error))
    if result.outcome == "failed":
        failed = environment.operations.get(str(result.executed_steps[-1].payload.get("operation")))
        lead = "to try the step again:"
        if not isinstance(failed, Host):  # it does the same again with the same code
            lead = "to do only this step again, with what the steps before it gave:"
        about.append(Paste(lead, command_for("retry", recorded, [], options, environment)))
    return about


def how_to_answer(
    recorded: RecordedRun, options: argparse.Namespace, environment: Environment
) -> Sequence[str | Paste]:
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
    approve = command_for("resume", recorded, answer, options, environment)
    return (
        f"step {step_id!r} waits for a person (see {show})",
        Paste("to approve it as it is now:", approve),
        "or --veto instead of --approve",
    )


def command_for(
    name: Literal["resume", "retry"],
    recorded: RecordedRun,
    answer: Sequence[str],
    options: argparse.Namespace,
    environment: Environment,
) -> str:
    """The command that goes on with a run, or tries it again, with what this command line gave for it."""
    run = recorded.run
    command = [environment.prog, name, folder.name_of(recorded.path), *answer]
    allowed = allowed_in(recorded.path, argparse.Namespace(allow=[]), environment)
    done = len(run.events) - (name == "retry")  # the failed step comes again
    for later in run.workflow.steps[done:]:
        operation = str(later.payload.get("operation"))
        is_host = isinstance(environment.operations.get(operation), Host)
        if is_host and operation not in allowed and operation not in command:
            command += ["--allow", operation]
    world, given = world_of_run(run, {}, environment), given_of(options)
    try:
        given = world.go_on(given, recorded.began.world)
    except (InputError, Tier2Error) as error:
        environment.say(str(error))
    for option in world.options:
        if option.resumable and option.name in given:
            command += [f"--{option.name}", given[option.name]]
    return shell_words(command)


def allowed_in(path: Path, options: argparse.Namespace, environment: Environment) -> frozenset[str]:
    """The host operations that the run in a file may perform: those of ``--allow``.

    The runs in the program's own folder are its own. They may use the hosts that the program brings, too.
    """
    allowed = frozenset[str](options.allow)
    with suppress(InputError):  # there may be no default folder
        if os.path.dirname(os.path.realpath(path)) == os.path.realpath(folder.default_folder()):
            return allowed | environment.hosts.keys()
    return allowed
