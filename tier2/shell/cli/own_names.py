"""Names of a larger system's own on the command line, such as ``pkg.missions:MISSIONS``."""

import importlib
import os
import sys
from collections.abc import Mapping
from typing import TypeVar, cast

from tier2.shell.errors import InputError, in_own_code

V = TypeVar("V")


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
