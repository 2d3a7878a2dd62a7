"""`tier2 retry`: begins a new run out of a failed one, from the step that failed."""

import argparse

from tier2.shell.cli.environment import Environment
from tier2.shell.cli.recorded_runs import add_run, allowed_in, carried_out
from tier2.shell.errors import errors_about
from tier2.shell.run_files import folder
from tier2.shell.run_files.lines import RecordedRun
from tier2.shell.runs.driver import Driver
from tier2.shell.runs.recorded import retry_run


def add_options(command: argparse.ArgumentParser, environment: Environment) -> None:
    """Adds the options of ``retry``."""
    command.add_argument(
        "run", metavar="RUN", help="the failed run: its name in the folder of runs, or its file"
    )
    add_run(command, environment, resumes=True)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Tries the failed step again in a new run, which keeps all events before it; nobody is asked again."""
    path = folder.path_of(folder.folder_of(options.runs), options.run)

    def retry(driver: Driver) -> RecordedRun:
        with errors_about(str(path)):
            return retry_run(path, driver)

    return carried_out(retry, options, environment, allowed_in(path, options, environment))
