"""What the command is given: a mission by name or from a file, a workflow, a state or a context."""

import argparse
from collections.abc import Mapping
from datetime import date

from tier2.contracts.v1 import ExecutionContext, MissionSpec, WorkflowDefinition
from tier2.engine.planning import build_workflow
from tier2.errors import Tier2Error
from tier2.kinds import MissionType
from tier2.shell.errors import InputError, errors_about
from tier2.shell.io.files import read_document, read_json
from tier2.shell.worlds.daily_loop.files import DayFiles, read_day
from tier2.values.frozen import JsonValue
from tier2.values.reading import parse

DAILY_LOOP = "daily_loop"


def mission_of(options: argparse.Namespace) -> MissionSpec:
    """The mission that the command line names, or that of ``--mission FILE``."""
    if options.mission is not None:
        if options.type is not None or options.param:
            raise InputError("--mission brings its own type and params; leave TYPE and --param away")
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
    if getattr(options, "todo", None) is not None:
        # A day over a real list has five steps unless told otherwise, so that done tasks are archived.
        params.setdefault("requested_steps", 5)
    return MissionSpec(type=options.type, params=params)


def _value(text: str) -> JsonValue:
    """A param's value from the command line: JSON, or else the text as it stands."""
    try:
        return parse(text)
    except Tier2Error as error:
        if error.code in ("syntax", "trailing"):
            return text
        raise


def planned(options: argparse.Namespace, missions: Mapping[str, MissionType]) -> WorkflowDefinition:
    """The workflow of the mission."""
    mission = mission_of(options)
    with errors_about(options.mission):
        return build_workflow(mission, missions)


def workflow_of(options: argparse.Namespace, missions: Mapping[str, MissionType]) -> WorkflowDefinition:
    """The workflow of the mission, or that of ``--workflow FILE``."""
    if options.workflow is None:
        return planned(options, missions)
    if options.type is not None or options.param or options.mission is not None:
        raise InputError("--workflow is a plan already; leave TYPE, --param and --mission away")
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


def context_of_day(options: argparse.Namespace, files: DayFiles) -> ExecutionContext:
    """The context of a daily loop over todo files."""
    if options.type != DAILY_LOOP or options.state is not None or options.context is not None:
        raise InputError(
            "--todo is for `daily_loop` by name, and brings the state; leave --state and --context away"
        )
    day = read_day(files, _today(options.today))
    with errors_about(str(files.todo)):
        return ExecutionContext(initial_state=day.initial_state, metadata=day.metadata)


def _today(given: str | None) -> str:
    if given is None:
        return date.today().isoformat()  # noqa: DTZ011 - the person's own day, where they are
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise InputError(f"--today {given}: give a date such as 2026-11-24") from None
