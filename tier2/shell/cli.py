"""The command ``tier2``: documents in and out as JSON on stdin and stdout, messages on stderr.

Exit codes: 0 done; 1 the run failed, or a check found something; 2 bad input or usage; 3 the run waits for a person.
"""

import argparse
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tier2.errors import Tier2Error
from tier2.missions import MISSIONS
from tier2.missions.kind import MissionType
from tier2.operations import OPERATIONS
from tier2.operations.kinds import Operation
from tier2.shell.answers import check_pointer, say
from tier2.shell.codes import BAD_INPUT, INTERRUPTED
from tier2.shell.files import InputFault

if TYPE_CHECKING:
    from tier2.shell.hosts import HostOperation

NO_HOSTS: Mapping[str, "HostOperation"] = MappingProxyType({})

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "plan": ("running", "missions"),
    "rehearse": ("running", "missions", "operations"),
    "run": ("running", "missions", "operations", "hosts"),
    "resume": ("running", "operations", "hosts"),
    "runs": ("running",),
    "show": ("running",),
    "batch": ("batch", "missions", "operations"),
    "verify": ("checking", "operations"),
    "hash": ("checking",),
    "canonical": ("checking",),
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
    parser = _parser(missions)
    try:
        options = parser.parse_args(argv)
    except SystemExit as usage:  # argparse has said why
        return int(usage.code or 0)
    module, *wanted = COMMANDS[options.command]
    world = {"missions": missions, "operations": operations, "hosts": hosts}
    try:
        if getattr(options, "pointer", None) is not None:
            check_pointer(options.pointer)
        command: Callable[..., int] = _imported(module, f"{options.command}_command")
        return command(options, *(world[name] for name in wanted))
    except InputFault as fault:
        say(str(fault))
        return BAD_INPUT
    except Tier2Error as error:
        say(f"{error} [{error.code}]")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _imported(module: str, function: str) -> Any:
    return getattr(import_module(f"tier2.shell.{module}"), function)


def entry() -> None:
    """The console script."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # What may be ended by Ctrl-C is to end alike by other ways to ask for it, and take its processes along.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    sys.exit(main())


def _parser(missions: Mapping[str, MissionType]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tier2",
        description="Plans missions into bounded workflows, runs them, and proves what happened with hashes.",
        epilog="Exit codes: 0 done; 1 the run failed, or a check found something; 2 bad input or usage; "
        "3 the run waits for a person. FILE may be - for stdin.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        # An abbreviated option would change its meaning, or lose it, when another one is added.
        return commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False
        )

    plan = add("plan", "print the workflow of a mission")
    run = add("run", "run a mission, record it, and print its result; pause where a person has to decide")
    rehearse = add("rehearse", "print the result of passing over what needs a person or the world")
    resume = add("resume", "go on with a run that was paused or cut off")
    for planned in (plan, run, rehearse):
        _add_mission(planned, missions)
    for started in (run, rehearse):
        _add_context(started)
    for answering in (plan, run, rehearse, resume):
        answering.add_argument(
            "--pretty", action="store_true", help="indent the answer, as is done on a terminal"
        )
        answering.add_argument(
            "--pointer", metavar="/A/B", help="print only this part of the answer (RFC 6901)"
        )
    rehearse.add_argument("--run-out", metavar="FILE", help="write the run document here, for `tier2 verify`")
    resume.add_argument("run", metavar="RUN", help="its name in the folder of runs, or its file")
    _add_decision(resume)
    _add_day(run)
    for real in (run, resume):
        _add_world(real)
    _add_batch(add)
    _add_looking(add)
    return parser


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


def _add_day(command: argparse.ArgumentParser) -> None:
    command.add_argument("--today", metavar="DATE", help="the day, if not the one on the clock")
    command.add_argument("--dry-run", action="store_true", help="show what would change in the todo files")


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


def _add_batch(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    batch = add("batch", "rehearse many missions, and print their results in the same order")
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


def _add_looking(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    listing = add("runs", "list the runs: finished, failed, or waiting for whom")
    _add_folder(listing)
    show = add("show", "draw a workflow, a run or a result")
    show.add_argument("document", metavar="RUN|FILE", help="the name of a run, or a file of a document")
    show.add_argument("--mermaid", action="store_true", help="as a Mermaid diagram, for Markdown")
    _add_folder(show)
    verify = add("verify", "recompute a result from its run, and name the first difference")
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
    hashed = add("hash", "print the digests of JSON files")
    hashed.add_argument("files", metavar="FILE", nargs="*", default=["-"])
    rewritten = add("canonical", "print the canonical bytes (RFC 8785) of a JSON file, and no newline")
    rewritten.add_argument("file", metavar="FILE", nargs="?", default="-")
    _add_contracts(add("contracts", "list, print or write out the contract files, and what goes with them"))
    _add_check(add("check", "tell every fault of documents: limits, envelope and digests as well as shapes"))


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
    actions.add_parser("list", help="name the files", allow_abbrev=False)
    show = actions.add_parser("show", help="print one of them", allow_abbrev=False)
    show.add_argument(
        "name", metavar="NAME", help="a file, such as mission, bundle or tier2.mjs; or tier2.run/v1"
    )
    export = actions.add_parser("export", help="write all of them into a folder", allow_abbrev=False)
    export.add_argument("folder", metavar="DIR")
    export.add_argument("--force", action="store_true", help="replace files of other content")
