"""`tier2 runs`: lists the runs of a folder."""

import argparse

from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.options import add_runs_folder
from tier2.shell.cli.output import write_lines
from tier2.shell.run_files import folder


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``runs``."""
    add_runs_folder(command)


def run(options: argparse.Namespace, _: Environment) -> int:
    """Prints a line for each run: its name, and what became of it or what it waits for."""
    listed = folder.listed(folder.folder_of(options.runs))
    width = max((len(name) for name, _ in listed), default=0)
    write_lines(f"{name:{width}}  {standing}" for name, standing in listed)
    return DONE
