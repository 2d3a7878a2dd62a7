"""`tier2 show`: draws a workflow, a run or a result."""

import argparse
from collections.abc import Mapping

from tier2.contracts.v1 import OrchestrationResult, Run, WorkflowDefinition
from tier2.engine.decoding import decode
from tier2.engine.execution import pending
from tier2.escaping import escaped
from tier2.inspection.diagrams import mermaid, text
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.options import add_runs_folder
from tier2.shell.cli.output import write
from tier2.shell.io.files import InputError, about, read
from tier2.shell.runs import driver
from tier2.shell.runs.run_file import SUFFIX, read_run
from tier2.values.reading import parse


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``show``."""
    command.add_argument("document", metavar="RUN|FILE", help="the name of a run, or a file of a document")
    command.add_argument("--mermaid", action="store_true", help="as a Mermaid diagram, for Markdown")
    add_runs_folder(command)


def run(options: argparse.Namespace, _: Environment) -> int:
    """Draws the document, and what a person is asked if it waits for one."""
    document = _shown(options)
    picture = mermaid(document) if options.mermaid else text(document)
    write((picture.rstrip("\n") + "\n").encode())
    if isinstance(document, Run) and not options.mermaid:
        step = pending(document)
        if step is not None and step.kind == "human":
            write((prompt.question(document, step) + "\n").encode())
    return DONE


def _shown(options: argparse.Namespace) -> WorkflowDefinition | Run | OrchestrationResult:
    path = driver.run_path(driver.folder_of(options.runs), options.document)
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
