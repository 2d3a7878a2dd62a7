"""`tier2 verify --archive`: verifies each line ``{"result": ..., "run": ...}`` like a file of its own."""

import argparse
from collections.abc import Mapping
from functools import partial

from tier2.contracts.v1 import OrchestrationResult, Run
from tier2.engine.verification import rerun, verify
from tier2.errors import ContractError, EnvelopeViolation, Tier2Error
from tier2.kinds import Operation
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.output import AGAIN, in_words, other_revisions, write_json
from tier2.shell.errors import InputError
from tier2.shell.io.per_line import Mismatch, each_line, member, members
from tier2.values.canonical import canonical


def verify_archive(options: argparse.Namespace, environment: Environment) -> int:
    """Verifies each line, reports the differences, and prints how many lines there were of each kind."""
    for given in ("run", "result", "head", "signers"):
        if getattr(options, given) is not None:
            raise InputError(
                "--archive takes the results and runs from its lines; leave out RUN, RESULT, --head and --signers"
            )
    work = partial(_verified, operations=environment.operations if options.rerun else None)
    tally = each_line(options.archive, work, options.jobs, environment.say)
    write_json(canonical({"bad": tally.bad, "different": tally.mismatched, "verified": tally.done}))
    return FAILED if tally.bad or tally.mismatched else DONE


def _verified(text: bytes, operations: Mapping[str, Operation] | None) -> tuple[bytes, bool]:
    recorded, recorded_run = members(text, "result", "run")
    result, run = member("result", recorded, OrchestrationResult), member("run", recorded_run, Run)
    try:
        difference = verify(run, result)
    except Tier2Error as error:
        raise error.restated(ContractError, ("run",)) from None
    if difference is not None:
        raise Mismatch(in_words(difference))
    if operations is not None:
        try:
            difference = rerun(run, operations)
        except EnvelopeViolation as error:
            raise error.restated(ContractError, ("run",)) from None
        if difference is not None:
            raise Mismatch("; ".join([in_words(difference, AGAIN), *other_revisions(run, operations)]))
    return b"", True
