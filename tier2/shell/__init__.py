"""The imperative shell: the command ``tier2`` for missions of all kinds. It is the only part that does I/O.

A larger system makes a command of its own out of `main`, with its missions, operations, hosts and worlds; ``WORLDS``
has those of the built-in missions. `begin_run`, `answer_run`, `continue_run` and their like do with run files what the
command does, without a command line. A program that drives runs itself performs one host operation by `perform_host`,
or by `perform_host_async` in an event loop; `attempt_host` says too why it failed.

The names are loaded when they are first asked for: a command should not wait for what it does not use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tier2.shell.cli import main
    from tier2.shell.errors import InputError, RunError
    from tier2.shell.run_files.lines import RecordedRun
    from tier2.shell.run_files.listing import RunSummary, list_runs
    from tier2.shell.run_files.removal import remove_run
    from tier2.shell.run_files.run_file import read_run
    from tier2.shell.runs.attempt import (
        Attempted,
        attempt_host,
        attempt_host_async,
        perform_host,
        perform_host_async,
    )
    from tier2.shell.runs.driver import Driver
    from tier2.shell.runs.hosts import HostCall, HostOperation
    from tier2.shell.runs.recorded import answer_run, begin_run, continue_run, retry_run
    from tier2.shell.runs.write_back import WriteBack, digest_of, read_files
    from tier2.shell.worlds import WORLDS
    from tier2.shell.worlds.world import Option, World

__all__ = [
    "WORLDS",
    "Attempted",
    "Driver",
    "HostCall",
    "HostOperation",
    "InputError",
    "Option",
    "RecordedRun",
    "RunError",
    "RunSummary",
    "World",
    "WriteBack",
    "answer_run",
    "attempt_host",
    "attempt_host_async",
    "begin_run",
    "continue_run",
    "digest_of",
    "list_runs",
    "main",
    "perform_host",
    "perform_host_async",
    "read_files",
    "read_run",
    "remove_run",
    "retry_run",
]

_MODULES = {
    "Attempted": "runs.attempt",
    "Driver": "runs.driver",
    "HostCall": "runs.hosts",
    "HostOperation": "runs.hosts",
    "InputError": "errors",
    "Option": "worlds.world",
    "RecordedRun": "run_files.lines",
    "RunError": "errors",
    "RunSummary": "run_files.listing",
    "WORLDS": "worlds",
    "World": "worlds.world",
    "WriteBack": "runs.write_back",
    "attempt_host": "runs.attempt",
    "attempt_host_async": "runs.attempt",
    "answer_run": "runs.recorded",
    "begin_run": "runs.recorded",
    "continue_run": "runs.recorded",
    "digest_of": "runs.write_back",
    "list_runs": "run_files.listing",
    "main": "cli",
    "perform_host": "runs.attempt",
    "perform_host_async": "runs.attempt",
    "read_files": "runs.write_back",
    "read_run": "run_files.run_file",
    "remove_run": "run_files.removal",
    "retry_run": "runs.recorded",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
