"""`tier2 runs`: lists the runs of a folder, and removes runs."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.options import add_runs_folder
from tier2.shell.cli.output import write_json, write_lines
from tier2.shell.cli.reports.formats import file_name
from tier2.shell.errors import InputError, RunError
from tier2.shell.io.screen import COLOUR_OF, Span
from tier2.shell.run_files.folder import folder_of, path_of
from tier2.shell.run_files.listing import STANDINGS, RunSummary, list_runs
from tier2.shell.run_files.removal import remove_run
from tier2.values.canonical import canonical
from tier2.values.frozen import JsonValue

SHOWN_DIGITS = 12
"""How many digits of a head are shown to people."""


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``runs``."""
    add_runs_folder(command)
    command.add_argument("--json", action="store_true", help="print an array of objects, for programs")
    command.add_argument(
        "--standing",
        choices=STANDINGS,
        action="append",
        help="list only these runs, such as those waiting for a person",
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", dest="action")
    remove = actions.add_parser("remove", help="remove finished runs, and what they left beside their files")
    remove.add_argument("names", metavar="NAME", nargs="+", help="the name of a run, or its file")
    remove.add_argument("--unfinished", action="store_true", help="remove unfinished and damaged runs too")
    add_runs_folder(remove, argparse.SUPPRESS)


def run(options: argparse.Namespace, _: Environment) -> int:
    """Prints a line for each run, or removes runs."""
    folder = folder_of(options.runs)
    if options.action == "remove":
        for name in options.names:
            _remove(options, name)
        return DONE
    found = list_runs(folder, options.standing or STANDINGS)
    if options.json:
        write_json(canonical([_plain(one) for one in found]))
        return DONE
    width = max((len(one.name) for one in found), default=0)
    write_lines(((f"{one.name:{width}}  ", None), *_coloured(one)) for one in found)
    return DONE


def _remove(options: argparse.Namespace, name: str) -> None:
    try:
        remove_run(path_of(folder_of(options.runs), name), unfinished=options.unfinished)
    except RunError as error:
        if error.code != "unfinished":
            raise
        raise InputError(f"{error}; --unfinished removes it all the same") from None


def _plain(one: RunSummary) -> dict[str, JsonValue]:
    """A run as JSON."""
    plain: dict[str, JsonValue] = {}
    for name, value in msgspec.structs.asdict(one).items():
        plain |= file_name(name, str(value)) if isinstance(value, str | Path) else {name: value}
    return plain


def _coloured(one: RunSummary) -> Sequence[Span]:
    """The words about a run, with the colour of its standing."""
    before, standing, after = _in_words(one).partition(one.standing)
    return ((before, None), (standing, COLOUR_OF.get(standing)), (after, None))


def _in_words(one: RunSummary) -> str:
    """What became of a run, or what it waits for, and its head."""
    if one.problem is not None:
        return f"unreadable: {one.problem}"
    head = f"head {(one.head_sha256 or '')[:SHOWN_DIGITS]}"
    if one.standing not in ("waiting", "unfinished"):
        failed = one.step_id is not None
        return f"{one.standing} at {one.step_id!r}; {head}" if failed else f"finished: {one.standing}; {head}"
    if one.standing == "waiting":
        place, remedy = f"waiting for a person at {one.step_id!r}", ""
    else:
        place = f"unfinished at {one.step_id!r}" if one.step_id else "unfinished: its end is not recorded yet"
        remedy = "; resume it"
    rest = "; a process is at work on it" if one.at_work else remedy
    return f"{place}, since event {one.events} of {one.steps}{rest}; {head}"
