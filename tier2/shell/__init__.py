"""The imperative shell: the command ``tier2`` for missions of all kinds. It is the only part that does I/O.

A larger system makes a command of its own out of `main`, with its missions, operations, hosts and worlds; ``WORLDS``
has those of the built-in missions. `perform_host` performs one host operation for a program that drives runs itself.

The names are loaded when they are first asked for: a command should not wait for what it does not use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tier2.shell.cli import main
    from tier2.shell.errors import InputError
    from tier2.shell.runs.attempt import perform_host
    from tier2.shell.runs.hosts import HostCall, HostOperation
    from tier2.shell.runs.write_back import WriteBack, digest_of, read_files
    from tier2.shell.worlds import WORLDS
    from tier2.shell.worlds.world import Option, World

__all__ = [
    "WORLDS",
    "HostCall",
    "HostOperation",
    "InputError",
    "Option",
    "World",
    "WriteBack",
    "digest_of",
    "main",
    "perform_host",
    "read_files",
]

_MODULES = {
    "HostCall": "runs.hosts",
    "HostOperation": "runs.hosts",
    "InputError": "errors",
    "Option": "worlds.world",
    "WORLDS": "worlds",
    "World": "worlds.world",
    "WriteBack": "runs.write_back",
    "digest_of": "runs.write_back",
    "main": "cli",
    "perform_host": "runs.attempt",
    "read_files": "runs.write_back",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
