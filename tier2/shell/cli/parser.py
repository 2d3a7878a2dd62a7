"""The parser of the command line, and the help.

1. Only the command that is called is loaded and gets its options: loading all of them takes longer than most commands.
2. Help is as wide as the terminal.
3. A misspelt command, action or option is answered with the one that was meant, if one is close. Python 3.14 has a part
   of that, in other words; here it is the same for all Pythons.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn, cast

from tier2 import __version__
from tier2.escaping import escaped_line
from tier2.shell.cli.commands import COMMANDS, Command
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import BAD_INPUT
from tier2.shell.io.screen import columns


def parse_arguments(arguments: Sequence[str], environment: Environment) -> tuple[Command, argparse.Namespace]:
    """The command that is called, and its options.

    Raises SystemExit after help and after wrong usage, as argparse does.
    """
    parser = _Parser(
        prog=environment.prog,
        description="Plans missions into bounded workflows, runs them, and proves what happened with hashes.",
        epilog="Exit codes: 0 done; 1 the run failed, or a check found something; 2 bad input or usage; "
        "3 the run waits for a person, or cannot go on now. FILE may be - for stdin.",
    )
    parser.add_argument("--version", action="version", version=f"tier2 {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    # No option before the command takes a value, so the first argument that is no option is the command.
    called = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, entry in COMMANDS.items():
        description = f"{entry.help[0].upper()}{entry.help[1:]}."
        command = commands.add_parser(name, help=entry.help, description=description)
        if name == called:
            entry.load().add_options(command, environment)
    if not arguments:
        # A person sees the help on either stream; a script that lost its arguments must not take it for an answer.
        parser.print_help(sys.stderr)
        parser.exit(BAD_INPUT)
    _check_spelling(arguments, parser)
    options = parser.parse_args(arguments)
    return COMMANDS[options.command].load(), options


def _check_spelling(arguments: Sequence[str], parser: "_Parser") -> None:
    """Ends the command at an option that nobody knows, if a known one is close.

    argparse would name it too, without the close one, and only if no other argument is missing.
    """
    known = parser.all_options()
    for argument in arguments:
        if argument == "--":
            return
        name = argument.partition("=")[0]
        # argparse takes an argument with a space, and a negative number, for a value.
        if re.match("--|-[A-Za-z]", name) and name not in known and " " not in argument:
            meant = _closest(name, known)
            if meant is not None:
                parser.error(f"unrecognized arguments: {argument}; did you mean {meant}?")


def _closest(word: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and few words are misspelt

    return next(iter(get_close_matches(word, known, n=1, cutoff=0.7)), None)


class _Parser(argparse.ArgumentParser):
    """A parser, of the whole command line or of one command."""

    def __init__(self, **settings: Any) -> None:
        # An abbreviated option would change its meaning, or lose it, when another one is added.
        super().__init__(**settings, allow_abbrev=False, formatter_class=_Help)

    def all_options(self) -> set[str]:
        """The options of this parser, and of all commands and actions below it that have theirs by now."""
        found = {*self._option_string_actions}
        for action in self._actions:
            choices: object = action.choices
            if isinstance(choices, Mapping):
                for parser in cast("Mapping[str, object]", choices).values():
                    found |= parser.all_options() if isinstance(parser, _Parser) else set()
        return found

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuses a value that is none of an action's choices. argparse calls it for commands, too."""
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        meant = _closest(str(value), choices)
        rest = f" (choose from {', '.join(choices)})" if meant is None else f"; did you mean {meant}?"
        raise argparse.ArgumentError(action, f"invalid choice: {value!r}{rest}")

    def error(self, message: str) -> NoReturn:
        super().error(escaped_line(message))


class _Help(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=(columns(sys.__stdout__) or 80) - 2)  # the margin that argparse leaves
