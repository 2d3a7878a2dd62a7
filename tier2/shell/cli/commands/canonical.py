"""`tier2 canonical`: prints the canonical bytes (RFC 8785) of a JSON file."""

import argparse

from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.io.files import read_json, write_stdout
from tier2.values.canonical import canonical


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``canonical``."""
    command.add_argument("file", metavar="FILE", nargs="?", default="-")


def run(options: argparse.Namespace, _: Environment) -> int:
    """Prints the canonical bytes, and no newline."""
    write_stdout(canonical(read_json(options.file)))
    return DONE
