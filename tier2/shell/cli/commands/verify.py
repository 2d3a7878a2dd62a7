"""The command that recomputes a result from its run: verify."""

import argparse
import re
from collections.abc import Mapping

from tier2.contracts.v1 import Completed, Failed, OrchestrationResult, Rehearsed, Run
from tier2.engine.execution import perform, replay, state, verify
from tier2.engine.receipts import Difference
from tier2.errors import json_path
from tier2.escaping import escaped
from tier2.kinds import Operation, Pure
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.output import say, write_json
from tier2.shell.io.files import InputError, about, read_document
from tier2.shell.runs.driver import folder_of, run_path
from tier2.shell.runs.run_file import DamagedRun, read_run
from tier2.values.canonical import canonical, digest
from tier2.values.frozen import JsonValue  # noqa: TC001


def verify_command(options: argparse.Namespace, operations: Mapping[str, Operation]) -> int:
    """Recomputes a result from its run, and names the first difference; or those of all lines of an archive."""
    if options.archive is not None:
        from tier2.shell.cli.commands.verify_archive import verify_archive_command  # noqa: PLC0415 - it brings much, and imports this

        return verify_archive_command(options, operations)
    if options.run is None:
        raise InputError(
            "nothing is named to be verified; give a RUN, a RUN and its RESULT, or --archive FILE"
        )
    if options.jobs is not None:
        raise InputError("--jobs is for the lines of an --archive; leave it away for a single run")
    kept = options.head
    if kept is not None and not re.fullmatch("[0-9a-f]{64}", kept):
        raise InputError(f"--head {escaped(kept)}: a digest is 64 hexadecimal digits in lower case")
    try:
        name, run, result = _run_and_result(options)
    except DamagedRun as damage:  # found by this very check
        say(str(damage))
        return FAILED
    with about(options.run):
        difference = verify(run, result)
    head = result.receipt.head_sha256
    if difference is not None:
        say(f"{name}: {different(difference)}")
    elif kept not in (None, head):
        difference = Difference("$.receipt.head_sha256", f'"{kept}"', f'"{head}"')
        say(f"{name}: the head is {head}, not the kept {kept}: this is another run")
    elif options.rerun:
        difference = rerun(run, operations)
        if difference is not None:
            say(f"{name}: {different(difference, 'done again, it')}")
    found: dict[str, JsonValue] = {
        "difference": None if difference is None else difference._asdict(),
        "head_sha256": head,
        "result_sha256": digest(result),
    }
    write_json(canonical(found))
    return DONE if difference is None else FAILED


def _run_and_result(options: argparse.Namespace) -> tuple[str, Run, OrchestrationResult]:
    """What is to be verified, and its name: a run and a result from two files, or a run file that has both."""
    if options.result is not None:
        return (
            options.result,
            read_document(options.run, Run),
            read_document(options.result, OrchestrationResult),
        )
    path = run_path(folder_of(options.runs), options.run)
    recorded = read_run(path)
    if recorded.result is None:
        raise InputError(
            f"{escaped(str(path))}: the run is not finished; `tier2 resume` it, or name a RESULT too"
        )
    return str(path), recorded.run, recorded.result


def different(difference: Difference, what: str = "the run") -> str:
    """A difference in words, with its place."""
    return f"{difference.where}: {what} comes to {difference.expected}, not {difference.found}"


def rerun(run: Run, operations: Mapping[str, Operation]) -> Difference | None:
    """Performs the pure operations again, each on its recorded state; the first event that comes out otherwise."""
    for position, event in enumerate(run.events):
        step = run.workflow.steps[position]
        name = str(step.payload.get("operation"))
        operation = operations.get(name)
        if not isinstance(event, Completed | Failed):
            continue
        if operation is None:
            raise InputError(
                f"step {escaped(step.id)!r}: {escaped(name)} is not known here, and cannot be done again; "
                "verify without --rerun, or where it is known"
            )
        if not isinstance(operation, Pure):
            continue
        before = replay(run.workflow, run.context, run.events[:position])
        again: Completed | Failed | Rehearsed = perform(step, state(before), operations)
        if canonical(again) != canonical(event):
            where = json_path(["receipt", "entries", position, "event"])
            return Difference(where, canonical(again).decode(), canonical(event).decode())
    return None
