"""What the command is given: a mission by name or from a file, a workflow, a state, a context, or own names."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar, cast

from tier2.contracts.v1 import ExecutionContext, MissionSpec, WorkflowDefinition
from tier2.engine.planning import build_workflow
from tier2.errors import Tier2Error
from tier2.kinds import JsonObject, MissionType
from tier2.shell.errors import InputError, errors_about, in_own_code
from tier2.shell.io.files import read_document, read_json
from tier2.values.frozen import EMPTY, JsonValue
from tier2.values.reading import parse

V = TypeVar("V")

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


# Names of a larger system's own, such as ``pkg.missions:MISSIONS``.


def own_mapping(option: str, name: str, *kinds: type[V]) -> Mapping[str, V]:
    """The mapping that ``PACKAGE.MODULE:NAME`` names, whose values are of these classes.

    A module in the working directory is found too. Raises InputError, with the option.
    """
    module_name, colon, attribute = name.partition(":")
    if not (colon and module_name and attribute):
        raise InputError(f"{option} {name}: name a mapping as PACKAGE.MODULE:NAME")
    found = _imported(option, name, module_name)
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise InputError(f"{option} {name}: the module {module_name} has no {attribute}") from None
    wanted = " or ".join(kind.__name__ for kind in kinds)
    if not isinstance(found, Mapping):
        text = f"is no mapping but a {type(found).__name__}; map names to {wanted}"
        raise InputError(f"{option} {name}: {text}")
    for key, value in cast("Mapping[object, object]", found).items():
        if not isinstance(key, str) or not isinstance(value, kinds):
            raise InputError(
                f"{option} {name}: {key!r} is mapped to a {type(value).__name__}, not to {wanted}"
            )
    return cast("Mapping[str, V]", found)


def _imported(option: str, name: str, module_name: str) -> object:
    import importlib  # noqa: PLC0415 - for few calls

    folder = os.getcwd()
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # it is the user's own code, and may call sys.exit
        text = f"{option} {name}: {module_name} cannot be imported: {in_own_code(error)}"
        raise InputError(text) from None
