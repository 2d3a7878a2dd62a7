"""The commands that show what is there: runs, show."""

import argparse
from collections.abc import Mapping

from tier2.canonical import parse
from tier2.contracts.v1 import OrchestrationResult, Run, WorkflowDefinition
from tier2.decoding import decode
from tier2.diagrams import mermaid, text
from tier2.execution import pending
from tier2.shell import people, runs
from tier2.shell.answers import write
from tier2.shell.codes import DONE
from tier2.shell.display import harmless
from tier2.shell.files import InputFault, about, read
from tier2.shell.journal import SUFFIX, read_run


def runs_command(options: argparse.Namespace) -> int:
    """Lists the runs of the folder."""
    listed = runs.listed(runs.folder_of(options.runs))
    width = max((len(name) for name, _ in listed), default=0)
    for name, standing in listed:
        write(f"{harmless(name):{width}}  {harmless(standing)}\n".encode())
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
            raise InputFault(
                f"{harmless(options.document)}: a workflow, a run or a result can be shown, nothing else"
            )
        return decode(data, kinds[str(contract)])
