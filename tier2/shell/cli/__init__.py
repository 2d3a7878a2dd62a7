"""The command ``tier2``: documents in and out as JSON on stdin and stdout, messages on stderr.

Exit codes: 0 done; 1 the run failed, or a check found something; 2 bad input or usage; 3 the run waits for a person, or
cannot go on now.
"""

import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from tier2.errors import Tier2Error
from tier2.kinds import MissionType, Operation
from tier2.missions import MISSIONS, OPERATIONS
from tier2.shell.cli.environment import Environment, program_name
from tier2.shell.cli.exit_codes import BAD_INPUT, DONE, INTERRUPTED, OUTPUT_CLOSED
from tier2.shell.cli.parser import parse_arguments
from tier2.shell.errors import InputError, OutputClosed

if TYPE_CHECKING:
    from tier2.shell.runs.hosts import HostOperation
    from tier2.shell.worlds.world import World
    from tier2.values.structs import Value

NO_DOCUMENTS: Mapping[str, "type[Value]"] = MappingProxyType({})
NO_HOSTS: Mapping[str, "HostOperation"] = MappingProxyType({})


def main(  # noqa: PLR0913, PLR0917 - each has a default, and callers name what they give
    argv: Sequence[str] | None = None,
    missions: Mapping[str, MissionType] = MISSIONS,
    operations: Mapping[str, Operation] = OPERATIONS,
    hosts: "Mapping[str, HostOperation]" = NO_HOSTS,
    worlds: "Mapping[str, World] | None" = None,
    prog: str | None = None,
    documents: "Mapping[str, type[Value]]" = NO_DOCUMENTS,
) -> int:
    """Runs the command and returns its exit code.

    A larger system makes a command of its own out of it, with larger mappings.

    hosts: The functions that perform the host operations among ``operations``, besides those of the worlds.
    worlds: The world of each mission type; None for the built-in ones.
    prog: The name of the command in help and messages; None for the name under which the program was started.
    documents: The classes of documents of its own, by the contract that they name: ``DOCUMENTS`` of the module that
        ``tier2 contracts generate`` makes. ``check`` knows them beside those of tier2.
    """
    environment = Environment(
        prog=program_name() if prog is None else prog,
        missions=missions,
        operations=operations,
        hosts=hosts,
        worlds=worlds,
        documents=documents,
    )
    try:
        try:
            command, options = parse_arguments(sys.argv[1:] if argv is None else argv, environment)
        except SystemExit as shown:  # argparse has shown the help, or what is wrong
            return int(shown.code or 0) or _help_is_written()
        return command.run(options, environment)
    except OutputClosed:
        return OUTPUT_CLOSED
    except InputError as error:
        environment.say(*environment.in_words(error))
        return BAD_INPUT
    except Tier2Error as error:
        environment.say(f"{error} [{error.code}]")
        return BAD_INPUT
    except KeyboardInterrupt:
        environment.say_interrupted()
        return INTERRUPTED


def _help_is_written() -> int:
    """Writes what argparse has left in the buffer. Python would do it at exit, and complain if the reader is gone."""
    stdout = sys.stdout
    if stdout is None:  # the command was started without it
        return DONE
    try:
        stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
        return OUTPUT_CLOSED
    return DONE


def entry() -> None:
    """Runs the command as the console script does."""
    # What is imported by now stays to the end, so the collector need not look at it again. At exit that would take as
    # long as many a command does. And forked processes go on sharing its memory.
    gc.freeze()
    for number in (signal.SIGTERM, signal.SIGHUP):
        # These signals end the command like Ctrl-C, and so its processes, too.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    sys.exit(main())
