"""`tier2 statement`: prints what a finished run proves as an in-toto Statement v1, for tools that sign.

The subjects are the result, by the digest of its canonical bytes, and the artifacts of the run. What the run says of
them (the predicate) comes from the mission type's world. Source: the in-toto Attestation Framework, Statement v1.
"""

import argparse

from tier2.engine.verification import verify
from tier2.kinds import JsonObject  # noqa: TC001
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.options import add_runs_folder
from tier2.shell.cli.output import in_words, write_json
from tier2.shell.cli.recorded_runs.worlds import world_of_run
from tier2.shell.errors import InputError, errors_about
from tier2.shell.run_files.artifacts import artifacts_in, checked
from tier2.shell.run_files.folder import folder_of, path_of
from tier2.shell.run_files.lines import DamagedRun
from tier2.shell.run_files.run_file import read_whole_run
from tier2.values.canonical import canonical, digest

STATEMENT = "https://in-toto.io/Statement/v1"
"""The member ``_type`` of a statement."""


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``statement``."""
    command.add_argument("run", metavar="RUN", help="its name in the folder of runs, or its file")
    add_runs_folder(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Prints the statement of a run that verifies, and whose artifacts are not other files now."""
    path = path_of(folder_of(options.runs), options.run)
    try:
        recorded = read_whole_run(path)
    except DamagedRun as damage:
        environment.say(str(damage))
        return FAILED
    result, folder = recorded.result, path.with_suffix("")
    if result is None:
        raise InputError(f"{path}: the run is not finished; go on with it first")
    predicate = world_of_run(recorded.run, {}, environment).predicate
    if predicate is None:
        mission_type = recorded.run.workflow.metadata.get("mission_type")
        raise InputError(f"{path}: a run of {mission_type!r} says nothing that a statement could hold")
    with errors_about(str(path)):
        named = artifacts_in(result.final_state)
        faults = [
            f"artifact {name!r}: different; nothing is said of another file"
            for name, standing in checked(result.final_state, folder)
            if standing == "different"
        ]
        difference = verify(recorded.run, result)
        if difference is not None:
            faults = [in_words(difference), *faults]
        for fault in faults:
            environment.say(f"{path}: {fault}")
        if faults:
            return FAILED
        predicate_type, said = predicate(result, folder, environment.say)
    digests = {"result": digest(result), **{name: one.sha256 for name, one in named.items()}}
    statement: JsonObject = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": sha256}} for name, sha256 in digests.items()],
        "predicateType": predicate_type,
        "predicate": said,
    }
    write_json(canonical(statement))
    return DONE
