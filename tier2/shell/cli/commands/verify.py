"""`tier2 verify`: recomputes a result from its run, and names the first difference."""

import argparse
import re

import msgspec

from tier2.contracts.v1 import OrchestrationResult, Run
from tier2.engine.verification import Difference, rerun, verify
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.options import add_jobs, add_runs_folder
from tier2.shell.cli.output import AGAIN, in_words, write_json
from tier2.shell.errors import InputError, errors_about
from tier2.shell.io.files import read_document
from tier2.shell.run_files.folder import folder_of, path_of
from tier2.shell.run_files.lines import DamagedRun
from tier2.shell.run_files.run_file import read_run
from tier2.values.canonical import canonical, digest
from tier2.values.frozen import JsonValue  # noqa: TC001


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``verify``."""
    command.add_argument(
        "run", metavar="RUN", nargs="?", help="the name of a run; or, with RESULT, a file of a run document"
    )
    command.add_argument("result", metavar="RESULT", nargs="?", help="a file of its result document")
    command.add_argument("--head", metavar="SHA256", help="the head digest as it was kept elsewhere")
    command.add_argument(
        "--archive", metavar="FILE", help='verify all lines of {"result": ..., "run": ...} instead of a RUN'
    )
    command.add_argument(
        "--rerun", action="store_true", help="perform the pure operations again, and compare"
    )
    add_jobs(command)
    add_runs_folder(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Recomputes a result from its run and names the first difference; with an archive, that of each line."""
    if options.archive is not None:
        from tier2.shell.cli.commands.verify_archive import verify_archive  # noqa: PLC0415 - slow to import

        return verify_archive(options, environment)
    if options.run is None:
        raise InputError("nothing to verify is named; give a RUN, a RUN and its RESULT, or --archive FILE")
    if options.jobs is not None:
        raise InputError("--jobs is for the lines of an --archive; leave it out for a single run")
    kept = options.head
    if kept is not None and not re.fullmatch("[0-9a-f]{64}", kept):
        raise InputError(f"--head {kept}: a digest is 64 hexadecimal digits in lower case")
    try:
        name, run, result = _run_and_result(options)
    except DamagedRun as damage:  # which is a finding of this check, not bad input
        environment.say(str(damage))
        return FAILED
    with errors_about(options.run):
        difference = verify(run, result)
    head = result.receipt.head_sha256
    if difference is not None:
        environment.say(f"{name}: {in_words(difference)}")
    elif kept not in (None, head):
        difference = Difference("$.receipt.head_sha256", f'"{kept}"', f'"{head}"')
        environment.say(f"{name}: the head is {head}, not the kept {kept}: this is another run")
    elif options.rerun:
        with errors_about(name):
            difference = rerun(run, environment.operations)
        if difference is not None:
            environment.say(f"{name}: {in_words(difference, AGAIN)}")
    found: dict[str, JsonValue] = {
        "difference": None if difference is None else msgspec.structs.asdict(difference),
        "head_sha256": head,
        "result_sha256": digest(result),
    }
    write_json(canonical(found))
    return DONE if difference is None else FAILED


def _run_and_result(options: argparse.Namespace) -> tuple[str, Run, OrchestrationResult]:
    """The name of what to verify, the run and the result: from two files, or from a run file that has both."""
    if options.result is not None:
        return (
            options.result,
            read_document(options.run, Run),
            read_document(options.result, OrchestrationResult),
        )
    path = path_of(folder_of(options.runs), options.run)
    recorded = read_run(path)
    if recorded.leftover is not None:
        raise DamagedRun(str(path), recorded.lines + 1, recorded.leftover)
    if recorded.result is None:
        raise InputError(f"{path!s}: the run is not finished; `resume` it, or name a RESULT too")
    return str(path), recorded.run, recorded.result
