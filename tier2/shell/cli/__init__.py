"""The command ``tier2``: documents in and out as JSON on stdin and stdout, messages on stderr.

Exit codes: 0 done; 1 the run failed, or a check found something; 2 bad input or usage; 3 the run waits for a person.
"""

import gc
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tier2.errors import Tier2Error
from tier2.kinds import MissionType, Operation
from tier2.missions import MISSIONS, OPERATIONS
from tier2.shell.cli.exit_codes import BAD_INPUT, INTERRUPTED
from tier2.shell.cli.options import read_options
from tier2.shell.cli.output import check_pointer, say
from tier2.shell.io.files import InputError

if TYPE_CHECKING:
    from tier2.shell.runs.hosts import HostOperation

NO_HOSTS: Mapping[str, "HostOperation"] = MappingProxyType({})

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "plan": ("running", "missions"),
    "rehearse": ("running", "missions", "operations"),
    "run": ("running", "missions", "operations", "hosts"),
    "resume": ("running", "operations", "hosts"),
    "runs": ("looking",),
    "show": ("looking",),
    "batch": ("batch", "missions", "operations"),
    "verify": ("verify", "operations"),
    "hash": ("digests",),
    "canonical": ("digests",),
    "check": ("check", "missions", "operations"),
    "contracts": ("contracts",),
}
"""The module of each command, and what its function ``NAME_command`` is given beside the options.

A module is imported when its command is called: some bring much that no other command needs.
"""


def main(
    argv: Sequence[str] | None = None,
    missions: Mapping[str, MissionType] = MISSIONS,
    operations: Mapping[str, Operation] = OPERATIONS,
    hosts: "Mapping[str, HostOperation]" = NO_HOSTS,
) -> int:
    """Runs the command and returns its exit code.

    A larger system makes a command of its own out of it, with bigger mappings of missions and operations.

    hosts: what performs the host operations among ``operations``, beside `tests.discover` and `tests.execute`.
    """
    try:
        options = read_options(sys.argv[1:] if argv is None else argv, missions)
    except SystemExit as usage:  # argparse has said why
        return int(usage.code or 0)
    module, *wanted = COMMANDS[options.command]
    world = {"missions": missions, "operations": operations, "hosts": hosts}
    try:
        if getattr(options, "pointer", None) is not None:
            check_pointer(options.pointer)
        command: Callable[..., int] = _imported(module, f"{options.command}_command")
        return command(options, *(world[name] for name in wanted))
    except InputError as fault:
        say(str(fault))
        return BAD_INPUT
    except Tier2Error as error:
        say(f"{error} [{error.code}]")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _imported(module: str, function: str) -> Any:
    return getattr(import_module(f"tier2.shell.cli.commands.{module}"), function)


def entry() -> None:
    """The console script."""
    # What has been imported stays to the end. The collector need not look at it again, not even once more at exit,
    # which would take as long as many a command; and the processes that are forked go on sharing its memory.
    gc.freeze()
    for number in (signal.SIGTERM, signal.SIGHUP):
        # What may be ended by Ctrl-C is to end alike by other ways to ask for it, and take its processes along.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    sys.exit(main())
