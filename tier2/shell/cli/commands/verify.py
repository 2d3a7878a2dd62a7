"""`tier2 verify`: recomputes a result from its run, and names the first difference."""

import argparse
from pathlib import Path
from typing import NamedTuple

import msgspec

from tier2.contracts.v1 import Decided, OrchestrationResult, Run
from tier2.engine.execution import chain_of, head, state
from tier2.engine.verification import Difference, rerun, revisions_of, verify
from tier2.errors import ContractError
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.options import add_jobs, add_runs_folder, digest_option
from tier2.shell.cli.output import AGAIN, in_words, other_revisions, write_json
from tier2.shell.errors import InputError, errors_about
from tier2.shell.io.files import read_document
from tier2.shell.run_files.artifacts import Standing, checked
from tier2.shell.run_files.folder import folder_of, path_of
from tier2.shell.run_files.lines import DamagedRun
from tier2.shell.run_files.run_file import read_whole_run
from tier2.values.canonical import Sha256, canonical, digest
from tier2.values.frozen import JsonValue


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``verify``."""
    command.add_argument(
        "run", metavar="RUN", nargs="?", help="the name of a run; or, with RESULT, a file of a run document"
    )
    command.add_argument("result", metavar="RESULT", nargs="?", help="a file of its result document")
    command.add_argument(
        "--head",
        metavar="SHA256",
        type=digest_option,
        help="the head digest as it was kept elsewhere; of an unfinished run too",
    )
    command.add_argument(
        "--signers",
        metavar="FILE",
        help="check who signed the decisions; the file says which SSH keys are whose, as OpenSSH's allowed_signers",
    )
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
    try:
        recorded = _recorded(options)
    except DamagedRun as damage:  # which is a finding of this check, not bad input
        environment.say(str(damage))
        return FAILED
    with errors_about(options.run):
        difference = _difference(recorded, options, environment)
        signatures = None if options.signers is None else _signatures(recorded, options, environment)
        standings = _artifacts(recorded, environment)
    found: dict[str, JsonValue] = {
        "difference": None if difference is None else _plain(difference),
        "head_sha256": recorded.head,
        "result_sha256": None if recorded.result is None else digest(recorded.result),
    }
    if options.rerun:
        found["rerun"] = {**revisions_of(recorded.run, environment.operations)}
    if signatures is not None:
        found["signatures"] = signatures
    if standings:
        found["artifacts"] = {**standings}
    write_json(canonical(found))
    wrong = any(signature["status"] == "wrong" for signature in signatures or ())
    wrong = wrong or "different" in standings.values()
    return FAILED if wrong or difference is not None else DONE


def _plain(difference: Difference) -> dict[str, JsonValue]:
    return {"where": difference.where, "expected": difference.expected, "found": difference.found}


class _Recorded(NamedTuple):
    """What is verified: a run, and its result if it is finished; from two files, or from a run file."""

    name: str
    run: Run
    result: OrchestrationResult | None
    folder: Path | None = None

    @property
    def head(self) -> Sha256:
        """The head of the result, or of the run if it is unfinished."""
        return head(self.run) if self.result is None else Sha256(self.result.receipt.head_sha256)


def _recorded(options: argparse.Namespace) -> _Recorded:
    if options.result is not None:
        run, result = read_document(options.run, Run), read_document(options.result, OrchestrationResult)
        return _Recorded(options.result, run, result)
    path = path_of(folder_of(options.runs), options.run)
    recorded = read_whole_run(path)
    if recorded.result is None and options.head is None and options.signers is None:
        remedy = "go on with it, verify it so far with --head or --signers, or name a RESULT too"
        raise InputError(f"{path}: the run is not finished; {remedy}")
    return _Recorded(str(path), recorded.run, recorded.result, path.with_suffix(""))


def _difference(
    recorded: _Recorded, options: argparse.Namespace, environment: Environment
) -> Difference | None:
    """The first difference that is found, which is also shown."""
    name, run, result, _ = recorded
    kept, now = options.head, recorded.head
    difference = None if result is None else verify(run, result)
    if difference is not None:
        environment.say(f"{name}: {in_words(difference)}")
    elif kept not in (None, now):
        difference = Difference(("receipt", "head_sha256"), f'"{kept}"', f'"{now}"')
        environment.say(f"{name}: the head is {now}, not the kept {kept}: {_other_head(run, kept)}")
    elif options.rerun:
        with errors_about(name):
            difference = rerun(run, environment.operations)
        for words in other_revisions(run, environment.operations):
            environment.say(words)
        if difference is not None:
            environment.say(f"{name}: {in_words(difference, AGAIN)}")
    return difference


def _artifacts(recorded: _Recorded, environment: Environment) -> dict[str, Standing]:
    """How each file that the state of a run names stands to it, which is also shown.

    Nothing for a run that is no run file, and so has no folder, and for a state whose ``artifacts`` are something else.
    """
    if recorded.folder is None:
        return {}
    try:
        standings = dict(checked(state(recorded.run), recorded.folder))
    except ContractError as error:
        environment.say(f"{recorded.name}: the state names no artifacts, so no file is checked: {error}")
        return {}
    for name, standing in standings.items():
        environment.say(f"{recorded.name}: artifact {name!r}: {standing}")
    return standings


def _signatures(
    recorded: _Recorded, options: argparse.Namespace, environment: Environment
) -> list[dict[str, str | None]]:
    """What the signature of each decision proves, which is also shown."""
    from tier2.shell.signatures import check, read_signers  # noqa: PLC0415 - few verifications need it

    signers = read_signers(options.signers)
    found: list[dict[str, str | None]] = []
    for event in recorded.run.events:
        if isinstance(event, Decided):
            proof = check(event, signers)
            said = {
                "signed": f"signed by {event.by!r} with the key {proof.key}",
                "unsigned": f"unsigned; nothing proves that {event.by!r} decided",
                "wrong": f"wrong: {proof.reason}",
            }[proof.status]
            environment.say(f"{recorded.name}: step {event.step_id!r} {event.verdict}: {said}")
            found.append({"step_id": event.step_id, "by": event.by, **msgspec.structs.asdict(proof)})
    return found


def _other_head(run: Run, kept: str) -> str:
    """Why a run may have another head than the kept one."""
    heads: list[str] = [entry.previous_sha256 for entry in chain_of(run).entries]
    if kept in heads:
        return f"the kept one was its head before event {heads.index(kept) + 1}"
    return "this is another run"
