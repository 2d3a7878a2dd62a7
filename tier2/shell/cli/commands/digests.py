"""The commands on JSON of any kind, which know nothing of runs: hash, canonical."""

import argparse

from tier2.escaping import escaped
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.output import write
from tier2.shell.io.files import read_json
from tier2.values.canonical import canonical, digest


def hash_command(options: argparse.Namespace) -> int:
    """Prints the digest of each file."""
    for name in options.files:
        write(f"{digest(read_json(name))}  {escaped(name)}\n".encode())
    return DONE


def canonical_command(options: argparse.Namespace) -> int:
    """Prints the canonical bytes of a file, and no newline."""
    write(canonical(read_json(options.file)))
    return DONE
