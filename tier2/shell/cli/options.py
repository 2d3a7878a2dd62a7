"""The command line: the commands of ``tier2``, their options, and the help that tells of them.

1. Only the command that is called gets its options: making those of all commands takes longer than most commands do.
2. Help is as wide as the terminal, which is asked without `shutil`: that brings all compression modules along.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from tier2.kinds import MissionType


def read_options(arguments: Sequence[str], missions: Mapping[str, MissionType]) -> argparse.Namespace:
    """What a command line asks for: the name of its ``command``, and the options of that.

    missions: the mission types that the help names.

    Raises SystemExit after help and after wrong usage, as argparse does.
    """
    parser = _Parser(
        prog="tier2",
        description="Plans missions into bounded workflows, runs them, and proves what happened with hashes.",
        epilog="Exit codes: 0 done; 1 the run failed, or a check found something; 2 bad input or usage; "
        "3 the run waits for a person. FILE may be - for stdin.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    # Before the command stands no option with a value, so the first argument that is no option is the command.
    called = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, (text, add_options) in _commands(missions).items():
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name == called:
            add_options(command)
    return parser.parse_args(arguments)


class _Parser(argparse.ArgumentParser):
    """A parser, of the whole command line or of one command, by the rules above."""

    def __init__(self, **settings: Any) -> None:
        # An abbreviated option would change its meaning, or lose it, when another one is added.
        super().__init__(**settings, allow_abbrev=False, formatter_class=_Help)


class _Help(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)  # the margin that argparse leaves


def _columns() -> int:
    """How wide the terminal is, by ``COLUMNS`` or by what it says itself; 80 if neither tells."""
    with suppress(ValueError):
        columns = int(os.environ.get("COLUMNS", ""))
        if columns > 0:
            return columns
    with suppress(ValueError, OSError):  # stdout is closed, or no terminal
        if sys.__stdout__ is not None:
            return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80
    return 80


def _commands(
    missions: Mapping[str, MissionType],
) -> Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]:
    """What each command does, in words, and what gives it its options; in the order of the help."""
    return {
        "plan": ("print the workflow of a mission", lambda plan: _add_plan(plan, missions)),
        "run": (
            "run a mission, record it, and print its result; pause where a person has to decide",
            lambda run: _add_run(run, missions),
        ),
        "rehearse": (
            "print the result of passing over what needs a person or the world",
            lambda rehearse: _add_rehearse(rehearse, missions),
        ),
        "resume": ("go on with a run that was paused or cut off", _add_resume),
        "batch": ("rehearse many missions, and print their results in the same order", _add_batch),
        "runs": ("list the runs: finished, failed, or waiting for whom", _add_folder),
        "show": ("draw a workflow, a run or a result", _add_show),
        "verify": ("recompute a result from its run, and name the first difference", _add_verify),
        "hash": ("print the digests of JSON files", _add_hash),
        "canonical": ("print the canonical bytes (RFC 8785) of a JSON file, and no newline", _add_canonical),
        "contracts": ("list, print or write out the contract files, and what goes with them", _add_contracts),
        "check": (
            "tell every fault of documents: limits, envelope and digests as well as shapes",
            _add_check,
        ),
    }


def _add_plan(plan: argparse.ArgumentParser, missions: Mapping[str, MissionType]) -> None:
    _add_mission(plan, missions)
    _add_answer(plan)


def _add_run(run: argparse.ArgumentParser, missions: Mapping[str, MissionType]) -> None:
    _add_mission(run, missions)
    _add_context(run)
    _add_answer(run)
    run.add_argument("--today", metavar="DATE", help="the day, if not the one on the clock")
    run.add_argument("--dry-run", action="store_true", help="show what would change in the todo files")
    _add_world(run)


def _add_rehearse(rehearse: argparse.ArgumentParser, missions: Mapping[str, MissionType]) -> None:
    _add_mission(rehearse, missions)
    _add_context(rehearse)
    _add_answer(rehearse)
    rehearse.add_argument("--run-out", metavar="FILE", help="write the run document here, for `tier2 verify`")


def _add_resume(resume: argparse.ArgumentParser) -> None:
    _add_answer(resume)
    resume.add_argument("run", metavar="RUN", help="its name in the folder of runs, or its file")
    _add_decision(resume)
    _add_world(resume)


def _add_answer(command: argparse.ArgumentParser) -> None:
    command.add_argument("--pretty", action="store_true", help="indent the answer, as is done on a terminal")
    command.add_argument("--pointer", metavar="/A/B", help="print only this part of the answer (RFC 6901)")


def _add_mission(command: argparse.ArgumentParser, missions: Mapping[str, MissionType]) -> None:
    known = ", ".join(sorted(missions)).replace("%", "%%")  # argparse formats its help
    command.add_argument("type", metavar="TYPE", nargs="?", help=f"a mission type: {known}")
    command.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a param; VALUE is JSON if it can be read so",
    )
    command.add_argument("--mission", metavar="FILE", help="a mission document, instead of TYPE")


def _add_context(command: argparse.ArgumentParser) -> None:
    command.add_argument("--workflow", metavar="FILE", help="a workflow document, instead of a mission")
    context = command.add_mutually_exclusive_group()
    context.add_argument("--state", metavar="FILE", help="a JSON object: the initial state")
    context.add_argument("--context", metavar="FILE", help="a context document")


def _add_decision(command: argparse.ArgumentParser) -> None:
    verdict = command.add_mutually_exclusive_group()
    verdict.add_argument("--approve", metavar="STEP", help="approve this human step")
    verdict.add_argument("--veto", metavar="STEP", help="veto this human step: the run ends")
    command.add_argument("--note", metavar="TEXT", help="a remark, recorded with the decision")
    command.add_argument(
        "--choose", metavar="N,N", help="which tasks come first, by their numbers in `tier2 show`"
    )


def _add_world(command: argparse.ArgumentParser) -> None:
    _add_folder(command)
    command.add_argument("--no-input", action="store_true", help="ask nobody, even on a terminal: pause")
    command.add_argument(
        "--by", metavar="NAME", help="who decides, as the receipt will say; nothing proves it"
    )
    command.add_argument(
        "--allow",
        metavar="NAME",
        action="append",
        default=[],
        help="a host operation that a run from a file may perform",
    )
    command.add_argument(
        "--todo", metavar="PATH", help="the todo.txt of the daily loop, beside done.txt and journal.md"
    )
    command.add_argument(
        "--python", metavar="PATH", default=sys.executable, help="the Python that runs pytest"
    )
    command.add_argument("--directory", metavar="DIR", default=".", help="the folder where pytest is started")
    command.add_argument(
        "--time-limit", metavar="SECONDS", type=_seconds, default=600.0, help="for each step of a test run"
    )


def _seconds(text: str) -> float:
    with suppress(ValueError):
        seconds = float(text)
        if 0 < seconds < 1e7:
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds, such as 90")


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--runs",
        metavar="DIR",
        help="the folder of runs; if not given, tier2 under $XDG_STATE_HOME or ~/.local/state",
    )


def _add_batch(batch: argparse.ArgumentParser) -> None:
    batch.add_argument(
        "file", metavar="FILE", nargs="?", default="-", help='lines of {"mission": ..., "context": ...}'
    )
    batch.add_argument(
        "--with-runs",
        action="store_true",
        help='print {"result": ..., "run": ...}, for `tier2 verify --archive`',
    )
    _add_jobs(batch)


def _add_jobs(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--jobs", metavar="N", type=_count, help="how many processes share the work; if not given, one a core"
    )


def _count(text: str) -> int:
    if re.fullmatch("[1-9][0-9]{0,3}", text):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of processes, such as 4")


def _add_show(show: argparse.ArgumentParser) -> None:
    show.add_argument("document", metavar="RUN|FILE", help="the name of a run, or a file of a document")
    show.add_argument("--mermaid", action="store_true", help="as a Mermaid diagram, for Markdown")
    _add_folder(show)


def _add_verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument(
        "run", metavar="RUN", nargs="?", help="the name of a run; or, with RESULT, a file of a run document"
    )
    verify.add_argument("result", metavar="RESULT", nargs="?", help="a file of its result document")
    verify.add_argument("--head", metavar="SHA256", help="the head digest as it was kept elsewhere")
    verify.add_argument(
        "--archive", metavar="FILE", help='verify all lines of {"result": ..., "run": ...} instead of a RUN'
    )
    verify.add_argument("--rerun", action="store_true", help="perform the pure operations again, and compare")
    _add_jobs(verify)
    _add_folder(verify)


def _add_hash(hashed: argparse.ArgumentParser) -> None:
    hashed.add_argument("files", metavar="FILE", nargs="*", default=["-"])


def _add_canonical(rewritten: argparse.ArgumentParser) -> None:
    rewritten.add_argument("file", metavar="FILE", nargs="?", default="-")


def _add_check(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths", metavar="PATH", nargs="+", help="a file, a folder, or - for stdin; a document, or NDJSON"
    )
    command.add_argument(
        "--format",
        choices=("text", "json", "github"),
        default="text",
        help="json: a line a document; github: annotations",
    )
    command.add_argument("--quiet", action="store_true", help="tell faults only")
    command.add_argument(
        "--skip-others", action="store_true", help="pass over files that name no contract of tier2"
    )
    command.add_argument(
        "--runnable",
        action="store_true",
        help="also tell what could not be planned or started with the missions and operations known here",
    )
    _add_jobs(command)


def _add_contracts(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    actions.add_parser("list", help="name the files")
    show = actions.add_parser("show", help="print one of them")
    show.add_argument(
        "name", metavar="NAME", help="a file, such as mission, bundle or tier2.mjs; or tier2.run/v1"
    )
    export = actions.add_parser("export", help="write all of them into a folder")
    export.add_argument("folder", metavar="DIR")
    export.add_argument("--force", action="store_true", help="replace files of other content")
