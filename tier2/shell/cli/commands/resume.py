"""`tier2 resume`: goes on with a run that was paused or cut off."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tier2.contracts.v1 import Decided, Question, Verdict
from tier2.engine.questions import answer
from tier2.kinds import JsonObject
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.options import digest_option
from tier2.shell.cli.recorded_runs import (
    add_run,
    allowed_in,
    carried_out,
    finished,
    given_of,
    interrupted,
    signed,
    world_of_run,
)
from tier2.shell.errors import InputError, RunError, errors_about
from tier2.shell.run_files import clock, folder
from tier2.shell.run_files.lines import RecordedRun
from tier2.shell.run_files.run_file import read_run
from tier2.shell.runs.recorded import answer_run, continue_run


def add_options(command: argparse.ArgumentParser, environment: Environment) -> None:
    """Adds the options of ``resume``."""
    command.add_argument("run", metavar="RUN", help="its name in the folder of runs, or its file")
    verdict = command.add_mutually_exclusive_group()
    verdict.add_argument("--approve", metavar="STEP", help="approve this human step")
    verdict.add_argument("--veto", metavar="STEP", help="veto this human step: the run ends")
    command.add_argument("--note", metavar="TEXT", help="a remark, recorded with the decision")
    command.add_argument(
        "--set",
        metavar="NAME=VALUE",
        dest="values",
        action="append",
        default=[],
        help="fill in a field of the question; choices by their numbers in `show`, such as 3,1",
    )
    command.add_argument(
        "--head",
        metavar="SHA256",
        type=digest_option,
        help="the head that the run must have; refuse any other",
    )
    add_run(command, environment, resumes=True)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Records the answer that the command line gives, if it does, and goes on with the unfinished run."""
    path = folder.path_of(folder.folder_of(options.runs), options.run)
    _check_usage(options)
    try:
        return _resumed(path, options, environment)
    except RunError as error:
        if error.code != "finished":
            raise
        return finished(error, options, environment)
    except KeyboardInterrupt:
        return interrupted([path], options, environment)


def _resumed(path: Path, options: argparse.Namespace, environment: Environment) -> int:
    recorded = read_run(path)
    # Options of other missions are wrong usage, whatever becomes of the run.
    world_of_run(recorded.run, given_of(options), environment)
    head: str | None = options.head
    """The head on which the run has to go on; an answer has a head of its own."""
    with errors_about(str(path)):
        if options.approve is not None or options.veto is not None:
            head = None
            answer_run(path, signed(recorded.run, _decision(recorded, options, environment), options))
            if recorded.dropped is not None:
                environment.say(f"{path}: {recorded.dropped}")
    return carried_out(
        lambda driver: continue_run(path, driver, head),
        options,
        environment,
        allowed_in(path, options, environment),
        path,
    )


def _check_usage(options: argparse.Namespace) -> None:
    """Refuses options that do not belong together."""
    if options.approve is None and options.veto is None:
        if options.note is not None or options.values:
            raise InputError("--note and --set belong to --approve STEP or --veto STEP")
    elif not (options.by or "").strip():
        raise InputError("--by NAME is needed: the receipt says who decided")
    elif options.values and options.veto is not None:
        raise InputError("--set belongs to --approve STEP")


def _decision(recorded: RecordedRun, options: argparse.Namespace, environment: Environment) -> Decided:
    """The decision that the command line gives, on the head that it names, or else on that of the run as it is."""
    verdict: Verdict = "approved" if options.approve is not None else "vetoed"
    step_id: str = options.approve if options.approve is not None else options.veto
    at = clock.now()
    asks = environment.asked(recorded.run, recorded.path)
    if asks is None or asks.step_id != step_id:  # it is refused where it would be recorded
        head = options.head or recorded.head
        return Decided(
            step_id=step_id, verdict=verdict, by=options.by, note=options.note, at=at, head_sha256=head
        )
    if options.head is not None:
        asks = msgspec.structs.replace(asks, head_sha256=options.head)
    values = _values_of(asks, _values(options.values))
    return answer(asks, verdict, by=options.by, at=at, note=options.note, values=values)


def _values(given: list[str]) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name in values:
            raise InputError(f"--set {text}: give each field once, as NAME=VALUE")
        values[name] = value
    return values


def _values_of(asks: Question, texts: Mapping[str, str]) -> JsonObject:
    """The values of the fields that ``--set`` gives."""
    fields = {field.name: field for field in asks.fields}
    return {
        name: prompt.value_of(fields[name], text) if name in fields else text for name, text in texts.items()
    }
