"""What the command is given: a mission by name or from a file, a workflow, a state or a context."""

import argparse
from collections.abc import Callable, Mapping
from typing import TypeAlias

from tier2.contracts.v1 import ExecutionContext, MissionSpec, WorkflowDefinition
from tier2.engine.planning import build_workflow
from tier2.errors import Tier2Error
from tier2.kinds import JsonObject, MissionType
from tier2.shell.errors import InputError, errors_about
from tier2.shell.io.files import read_document, read_json
from tier2.values.frozen import EMPTY, JsonValue
from tier2.values.reading import parse

Defaults: TypeAlias = Callable[[str], JsonObject]
"""From a mission's type to the params that it has where the command line gives none of that name."""


def no_defaults(_: str) -> JsonObject:
    """The defaults of a command that knows none."""
    return EMPTY


def mission_of(options: argparse.Namespace) -> MissionSpec:
    """The mission that the command line names, or that of ``--mission FILE``."""
    if options.mission is not None:
        if options.type is not None or options.param:
            raise InputError("--mission brings its own type and params; leave out TYPE and --param")
        return read_document(options.mission, MissionSpec)
    if options.type is None:
        raise InputError("no mission is named; give its TYPE or a file, see --help")
    params: dict[str, JsonValue] = {}
    for text in options.param:
        name, equals, value = str(text).partition("=")
        if not equals or name in params:
            raise InputError(f"--param {text}: give each param once, as NAME=VALUE")
        with errors_about(f"--param {name}"):
            params[name] = _value(value)
    return MissionSpec(type=options.type, params=params)


def _value(text: str) -> JsonValue:
    """A param's value from the command line: JSON, or else the text as it stands."""
    try:
        return parse(text)
    except Tier2Error as error:
        if error.code in ("syntax", "trailing"):
            return text
        raise


def planned(
    options: argparse.Namespace, missions: Mapping[str, MissionType], defaults: Defaults = no_defaults
) -> WorkflowDefinition:
    """The workflow of the mission."""
    mission = mission_of(options)
    mission = MissionSpec(type=mission.type, params={**defaults(mission.type), **mission.params})
    with errors_about(options.mission):
        return build_workflow(mission, missions)


def workflow_of(
    options: argparse.Namespace, missions: Mapping[str, MissionType], defaults: Defaults = no_defaults
) -> WorkflowDefinition:
    """The workflow of the mission, or that of ``--workflow FILE``."""
    if options.workflow is None:
        return planned(options, missions, defaults)
    if options.type is not None or options.param or options.mission is not None:
        raise InputError("--workflow is a plan already; leave out TYPE, --param and --mission")
    return read_document(options.workflow, WorkflowDefinition)


def context_of(options: argparse.Namespace) -> ExecutionContext:
    """The context of ``--context FILE``, or one with the state of ``--state FILE``, or an empty one."""
    if options.context is not None:
        return read_document(options.context, ExecutionContext)
    if options.state is None:
        return ExecutionContext()
    initial_state = read_json(options.state)
    if not isinstance(initial_state, Mapping):
        raise InputError(f"{options.state}: $: a state is a JSON object; wrap it in one")
    with errors_about(options.state):
        return ExecutionContext(initial_state=initial_state)
