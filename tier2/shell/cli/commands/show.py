"""`tier2 show`: draws a workflow, a run or a result."""

import argparse
import re
from collections.abc import Mapping

from tier2.contracts.v1 import OrchestrationResult, Run, WorkflowDefinition
from tier2.engine.decoding import decode
from tier2.engine.execution import head
from tier2.inspection.diagrams import mermaid, text
from tier2.shell.cli import prompt
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.options import add_runs_folder
from tier2.shell.cli.output import with_colours, write_lines
from tier2.shell.errors import InputError, errors_about
from tier2.shell.io.files import read_bytes
from tier2.shell.run_files.folder import folder_of, path_of
from tier2.shell.run_files.run_file import SUFFIX, read_run
from tier2.values.reading import parse


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``show``."""
    command.add_argument("document", metavar="RUN|FILE", help="the name of a run, or a file of a document")
    command.add_argument("--mermaid", action="store_true", help="as a Mermaid diagram, for Markdown")
    add_runs_folder(command)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Draws the document, and shows what a person is asked if it waits for one."""
    document = _document(options)
    picture = mermaid(document) if options.mermaid else text(document)
    lines = picture.rstrip("\n").split("\n")
    write_lines(lines if options.mermaid else (with_colours(line, _STATUS) for line in lines))
    if isinstance(document, Run) and not options.mermaid:
        asks = environment.asked(document)
        if asks is None:
            write_lines([f"head: {head(document)}"])
        else:
            write_lines((*prompt.question(asks), *prompt.verdicts(document)))
    return DONE


_STATUS = re.compile(r"^\S.*: (\w+)$")
"""How a line ends that says what became of the run or of a step: ``run of wf: failed``, ``1. human ask: approved``."""


_KINDS: Mapping[object, type[WorkflowDefinition | Run | OrchestrationResult]] = {
    "tier2.workflow/v1": WorkflowDefinition,
    "tier2.run/v1": Run,
    "tier2.result/v1": OrchestrationResult,
}


def _document(options: argparse.Namespace) -> WorkflowDefinition | Run | OrchestrationResult:
    path = path_of(folder_of(options.runs), options.document)
    if options.document != "-" and path.name.endswith(SUFFIX):
        return read_run(path).run
    data = read_bytes(options.document)
    with errors_about(options.document):
        plain = parse(data)
        kind = _KINDS.get(plain.get("contract")) if isinstance(plain, Mapping) else None
        if kind is None:
            raise InputError(f"{options.document}: only a workflow, a run or a result can be shown")
        return decode(data, kind)
