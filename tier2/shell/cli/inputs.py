"""What the command is given: a mission by name or from a file, a workflow, a state, a context, or own names."""

import argparse
import os
import sys
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias, TypeVar, cast

from tier2.contracts.v1 import ExecutionContext, MissionSpec, WorkflowDefinition
from tier2.engine.planning import build_workflow
from tier2.errors import InvalidParamsError, Tier2Error
from tier2.kinds import JsonObject, MissionType
from tier2.shell.cli.shell_words import shell_words
from tier2.shell.errors import InputError, errors_about, in_own_code
from tier2.shell.io.files import read_document, read_json
from tier2.values.canonical import canonical
from tier2.values.frozen import EMPTY, JsonValue
from tier2.values.reading import parse
from tier2.values.structs import Value

V = TypeVar("V")

Defaults: TypeAlias = Callable[[str], JsonObject]
"""From a mission's type to the params that it has where the command line gives none of that name."""


def no_defaults(_: str) -> JsonObject:
    """The defaults of a command that knows none."""
    return EMPTY


def mission_of(options: argparse.Namespace, missions: Mapping[str, MissionType]) -> MissionSpec:
    """The mission that the command line names, or that of ``--mission FILE``."""
    if options.mission is not None:
        if options.type is not None or _given(options):
            raise InputError("--mission brings its own type and params; leave out TYPE and --param")
        return read_document(options.mission, MissionSpec)
    if options.type is None:
        raise InputError("no mission is named; give its TYPE or a file, see --help")
    params: dict[str, JsonValue] = {}
    for option, text in _given(options):
        name, equals, value = text.partition("=")
        if not equals or name in params:
            raise InputError(f"{option} {text}: give each param once, as NAME=VALUE")
        with errors_about(f"{option} {name}"):
            params[name] = _value(value)
    if options.type in missions:
        for text in options.param:
            _check_known(text.partition("=")[0], options.type, missions[options.type].known_params)
    return MissionSpec(type=options.type, params=params)


def _given(options: argparse.Namespace) -> list[tuple[str, str]]:
    """The params on the command line, each with its option."""
    given = {"--param": options.param, "--extra-param": options.extra_param}
    return [(option, str(text)) for option, texts in given.items() for text in texts]


def _check_known(name: str, mission_type: str, known: Collection[str] | None) -> None:
    """Refuses a param that the mission type does not know: most are misspelt, and nothing would come of them."""
    if known is None or name in known:
        return
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, for mistakes only

    close = get_close_matches(name, known, n=1)
    if close:
        remedy = f"did you mean {close[0]}?"
    else:
        remedy = f"it knows {', '.join(sorted(known))}" if known else "it knows none"
    raise InputError(
        f"--param {name}: {mission_type} knows no such param; {remedy} (--extra-param keeps it all the same)"
    )


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
    mission = mission_of(options, missions)
    mission = MissionSpec(type=mission.type, params={**defaults(mission.type), **mission.params})
    with errors_about(options.mission):
        try:
            return build_workflow(mission, missions)
        except InvalidParamsError as error:
            raise _with_quotes(error, options) from None


def _with_quotes(error: InvalidParamsError, options: argparse.Namespace) -> InvalidParamsError:
    """The error for a param that should be a text and was read as JSON, with the way to write that text."""
    if error.code == "type" and error.message.startswith("expected `str"):
        for option, text in _given(options):
            name, _, value = text.partition("=")
            if error.path == ("params", name):
                quoted = shell_words([f"{name}={canonical(value).decode()}"])
                remedy = f"a text that can be read as JSON needs quotation marks: {option} {quoted}"
                return error.restated(InvalidParamsError, remedy=remedy)
    return error


def workflow_of(
    options: argparse.Namespace, missions: Mapping[str, MissionType], defaults: Defaults = no_defaults
) -> WorkflowDefinition:
    """The workflow of the mission, or that of ``--workflow FILE``."""
    if options.workflow is None:
        return planned(options, missions, defaults)
    if options.type is not None or _given(options) or options.mission is not None:
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


def own_documents(option: str, name: str) -> Mapping[str, type[Value]]:
    """The mapping of documents that ``PACKAGE.MODULE:NAME`` names, such as ``DOCUMENTS`` of a generated module.

    Raises InputError, with the option.
    """
    found = own_mapping(option, name, type)
    for contract, kind in found.items():
        if not issubclass(kind, Value) or str(kind.__struct_config__.tag) != contract:
            text = f"{contract!r} is mapped to {kind.__name__}, which is no class of documents that name it"
            raise InputError(f"{option} {name}: {text}")
    return found


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
