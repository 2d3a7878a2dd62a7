"""`tier2 plan`: prints the workflow of a mission."""

import argparse

from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.inputs import planned
from tier2.shell.cli.options import add_mission, add_output
from tier2.shell.cli.output import print_document


def add_options(command: argparse.ArgumentParser, environment: Environment) -> None:
    """Adds the options of ``plan``."""
    add_mission(command, environment)
    add_output(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Plans the mission and prints its workflow."""
    print_document(planned(options, environment.missions), options)
    return DONE
