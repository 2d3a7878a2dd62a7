"""The commands on JSON of any kind, which know nothing of runs: hash, canonical."""

import argparse

from tier2.canonical import canonical, digest
from tier2.shell.answers import write
from tier2.shell.codes import DONE
from tier2.shell.display import harmless
from tier2.shell.files import read_json


def hash_command(options: argparse.Namespace) -> int:
    """Prints the digest of each file."""
    for name in options.files:
        write(f"{digest(read_json(name))}  {harmless(name)}\n".encode())
    return DONE


def canonical_command(options: argparse.Namespace) -> int:
    """Prints the canonical bytes of a file, and no newline."""
    write(canonical(read_json(options.file)))
    return DONE
