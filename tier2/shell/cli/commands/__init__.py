"""The commands of ``tier2``: one module each, and the table of all of them.

1. A command's module has its options and its function together: it is a `Command`.
2. The table says what there is without loading it. A command's module is imported when the command is called: some
   import much that no other command needs.
"""

import argparse
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from tier2.shell.cli.environment import Environment


class Command(Protocol):
    """What the module of a command provides."""

    def add_options(self, command: argparse.ArgumentParser, environment: Environment, /) -> None:
        """Adds the options and arguments of the command to its parser."""

    def run(self, options: argparse.Namespace, environment: Environment, /) -> int:
        """Does what the command is for, and returns the exit code. Raises InputError and Tier2Error for bad input."""
        ...


class Entry(NamedTuple):
    """A command in the table.

    help: What it does, in a line of the help.
    load: Imports its module.
    """

    help: str
    load: Callable[[], Command]


def _plan() -> Command:
    from tier2.shell.cli.commands import plan

    return plan


def _run() -> Command:
    from tier2.shell.cli.commands import run

    return run


def _rehearse() -> Command:
    from tier2.shell.cli.commands import rehearse

    return rehearse


def _resume() -> Command:
    from tier2.shell.cli.commands import resume

    return resume


def _retry() -> Command:
    from tier2.shell.cli.commands import retry

    return retry


def _batch() -> Command:
    from tier2.shell.cli.commands import batch

    return batch


def _runs() -> Command:
    from tier2.shell.cli.commands import runs

    return runs


def _question() -> Command:
    from tier2.shell.cli.commands import question

    return question


def _show() -> Command:
    from tier2.shell.cli.commands import show

    return show


def _verify() -> Command:
    from tier2.shell.cli.commands import verify

    return verify


def _statement() -> Command:
    from tier2.shell.cli.commands import statement

    return statement


def _hash() -> Command:
    from tier2.shell.cli.commands import hash as hash_

    return hash_


def _canonical() -> Command:
    from tier2.shell.cli.commands import canonical

    return canonical


def _contracts() -> Command:
    from tier2.shell.cli.commands import contracts

    return contracts


def _check() -> Command:
    from tier2.shell.cli.commands import check

    return check


def _test() -> Command:
    from tier2.shell.cli.commands import test

    return test


COMMANDS: Mapping[str, Entry] = {
    "plan": Entry("print the workflow of a mission", _plan),
    "run": Entry("run a mission, record it, and print its result; pause where a person has to decide", _run),
    "rehearse": Entry("print the result of a run that skips what needs a person or the world", _rehearse),
    "resume": Entry("go on with a run that was paused or cut off", _resume),
    "retry": Entry("begin a failed run anew from the step that failed, and ask nobody again", _retry),
    "batch": Entry("rehearse many missions, and print their results in the same order", _batch),
    "runs": Entry("list the runs, and what the unfinished ones wait for", _runs),
    "question": Entry("print what a run asks a person, as JSON", _question),
    "show": Entry("draw a workflow, a run or a result", _show),
    "verify": Entry("recompute a result from its run, and name the first difference", _verify),
    "statement": Entry("print what a finished run proves as an in-toto statement, to be signed", _statement),
    "hash": Entry("print the digests of JSON files", _hash),
    "canonical": Entry("print the canonical bytes (RFC 8785) of a JSON file, and no newline", _canonical),
    "contracts": Entry(
        "list, print or export the contract files; tools for contracts of your own", _contracts
    ),
    "check": Entry(
        "report every problem of documents: limits, envelope and digests as well as shapes", _check
    ),
    "test": Entry("play scenarios, and report each difference from what they expect", _test),
}
"""All commands, in the order of the help."""
