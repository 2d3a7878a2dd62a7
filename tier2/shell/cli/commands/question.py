"""`tier2 question`: prints what a run asks a person, as a document for other programs."""

import argparse

from tier2.engine.execution import pending
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.options import add_output, add_runs_folder
from tier2.shell.cli.output import print_document
from tier2.shell.cli.shell_words import shell_words
from tier2.shell.errors import InputError, errors_about
from tier2.shell.run_files.folder import folder_of, name_of, path_of
from tier2.shell.run_files.run_file import read_run


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``question``."""
    command.add_argument("run", metavar="RUN", help="its name in the folder of runs, or its file")
    add_output(command)
    add_runs_folder(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Prints the question of the step that waits for a person."""
    path = path_of(folder_of(options.runs), options.run)
    recorded = read_run(path)
    with errors_about(str(path)):
        asks = environment.asked(recorded.run, path)
    if asks is not None:
        print_document(asks, options)
        return DONE
    if recorded.result is not None:
        state = f"the run is finished: {recorded.result.outcome}"
    else:
        step = pending(recorded.run)
        reached = "all steps are done" if step is None else f"step {step.id!r} is next, and no person's"
        state = f"{reached}; to go on: {shell_words([environment.prog, 'resume', name_of(path)])}"
    raise InputError(f"{path}: nobody is asked anything: {state}")
