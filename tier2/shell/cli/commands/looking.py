"""The commands that show what is there: runs, show."""

import argparse
from collections.abc import Mapping

from tier2.contracts.v1 import OrchestrationResult, Run, WorkflowDefinition
from tier2.engine.decoding import decode
from tier2.engine.execution import pending
from tier2.escaping import escaped
from tier2.inspection.diagrams import mermaid, text
from tier2.shell.cli import prompt as people
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.output import write
from tier2.shell.io.files import InputError, about, read
from tier2.shell.runs import driver as runs
from tier2.shell.runs.run_file import SUFFIX, read_run
from tier2.values.canonical import parse


def runs_command(options: argparse.Namespace) -> int:
    """Lists the runs of the folder."""
    listed = runs.listed(runs.folder_of(options.runs))
    width = max((len(name) for name, _ in listed), default=0)
    for name, standing in listed:
        write(f"{escaped(name):{width}}  {escaped(standing)}\n".encode())
    return DONE


def show_command(options: argparse.Namespace) -> int:
    """Draws a workflow, a run or a result."""
    document = _shown(options)
    picture = mermaid(document) if options.mermaid else text(document)
    write((picture.rstrip("\n") + "\n").encode())
    if isinstance(document, Run) and not options.mermaid:
        step = pending(document)
        if step is not None and step.kind == "human":
            write((people.question(document, step) + "\n").encode())
    return DONE


def _shown(options: argparse.Namespace) -> WorkflowDefinition | Run | OrchestrationResult:
    path = runs.run_path(runs.folder_of(options.runs), options.document)
    if options.document != "-" and path.name.endswith(SUFFIX):
        recorded = read_run(path)
        return recorded.run
    data = read(options.document)
    kinds: Mapping[str, type[WorkflowDefinition | Run | OrchestrationResult]] = {
        "tier2.workflow/v1": WorkflowDefinition,
        "tier2.run/v1": Run,
        "tier2.result/v1": OrchestrationResult,
    }
    with about(options.document):
        plain = parse(data)
        contract = plain.get("contract") if isinstance(plain, Mapping) else None
        if contract not in kinds:
            raise InputError(
                f"{escaped(options.document)}: a workflow, a run or a result can be shown, nothing else"
            )
        return decode(data, kinds[str(contract)])
