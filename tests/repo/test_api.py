"""Is the public API the agreed one? ``api.txt`` holds it as text, so that each change shows in review.

The text is made from the source, not from run-time objects: annotations print differently on each Python.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import TypeAlias, get_args

import tier2
import tier2.shell

SNAPSHOT = Path(__file__).parent / "api.txt"


def api_text() -> str:
    """The public names of each public module, with their signatures, fields and methods, in order."""
    return "\n".join(
        "".join(
            f"{line}\n"
            for line in (
                f"# {module.__name__}",
                *(line for name in sorted(module.__all__) for line in entry(name, getattr(module, name))),
            )
        )
        for module in (tier2, tier2.shell)
    )


def entry(name: str, thing: object) -> Iterator[str]:
    if isinstance(thing, FunctionType):
        yield from map(signature, definitions(thing))
    elif isinstance(thing, type):
        yield from class_lines(thing)
    elif isinstance(thing, int | str):
        yield f"{name} = {thing!r}"
    elif isinstance(thing, Mapping):
        yield f"{name}: mapping of {', '.join(sorted(map(str, thing)))}"
    else:
        members = ", ".join(sorted(getattr(member, "__name__", str(member)) for member in get_args(thing)))
        yield f"{name}: union of {members}"


Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions(thing: FunctionType | type) -> list[Definition]:
    """How the source defines a function or class: one syntax tree, or one for each overload."""
    body = ast.parse(inspect.getsource(importlib.import_module(thing.__module__))).body
    named = [node for node in body if isinstance(node, Definition)]
    return [node for node in named if node.name == thing.__name__]


def signature(node: Definition, indent: str = "") -> str:
    """A function as ``def name(parameters) -> result``, a class with its bases and keywords."""
    if isinstance(node, ast.ClassDef):
        keywords = [f"{keyword.arg}={ast.unparse(keyword.value)}" for keyword in node.keywords]
        return f"{indent}class {node.name}({', '.join([*map(ast.unparse, node.bases), *keywords])})"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    kind = "".join(f"@{ast.unparse(decorator)} " for decorator in node.decorator_list)
    kind += "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{indent}{kind}def {node.name}({ast.unparse(node.args)}){returns}"


def class_lines(kind: type) -> Iterator[str]:
    """A class's own fields and public methods, and how it is constructed."""
    (node,) = definitions(kind)
    yield signature(node)
    for member in node.body:
        if isinstance(member, ast.AnnAssign) and not ast.unparse(member.target).startswith("_"):
            yield f"    {ast.unparse(member)}"
        elif isinstance(member, ast.FunctionDef) and (
            member.name == "__init__" or not member.name.startswith("_")
        ):
            yield signature(member, "    ")


def test_the_public_api_is_the_agreed_one() -> None:
    current = api_text()
    agreed = SNAPSHOT.read_text("utf-8")
    assert current == agreed, f"if the change is meant, write this into {SNAPSHOT}:\n\n{current}"


def test_the_promised_names_are_public() -> None:
    promised = """
        MissionSpec StepSpec WorkflowDefinition ExecutionContext Run OrchestrationResult Lineage Receipt ReceiptEntry
        Completed Failed Decided Rehearsed MissionType MISSIONS build_workflow MAX_TOTAL_STEPS MAX_HUMAN_STEPS
        start pending state advance finish replay run_workflow Orchestrator OPERATIONS Pure Host Fail
        verify Difference play Scenario Played Event Operation freeze canonical digest decode parse
        Tier2Error ContractError CanonicalError UnknownMissionError InvalidParamsError
        AntiFailurePlanningError AntiFailureViolation EnvelopeViolation IllegalEvent
    """.split()
    assert set(promised) <= set(tier2.__all__)
