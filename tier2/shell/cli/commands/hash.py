"""`tier2 hash`: prints the digests of JSON files."""

import argparse

from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.output import write_lines
from tier2.shell.io.files import read_json
from tier2.values.canonical import digest


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``hash``."""
    command.add_argument("files", metavar="FILE", nargs="*", default=["-"])


def run(options: argparse.Namespace, _: Environment) -> int:
    """Prints the digest of each file."""
    for name in options.files:
        write_lines([f"{digest(read_json(name))}  {name}"])
    return DONE
