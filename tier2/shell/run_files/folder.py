"""The folder of runs: where it is, and how its runs are named."""

import os
from contextlib import suppress
from pathlib import Path

from tier2.shell.errors import InputError
from tier2.shell.run_files.run_file import SUFFIX


def default_folder() -> Path:
    """The folder of runs if none is named: ``$XDG_STATE_HOME/tier2``."""
    state_home = os.environ.get("XDG_STATE_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    if state_home.startswith("/"):
        return Path(state_home) / "tier2"
    home = os.environ.get("HOME", "/")
    if not home.startswith("/"):
        # It would lead to another folder from each place where the command is given.
        raise InputError(f"the home folder {home!r} (HOME) is no absolute path; name the folder of the runs")
    try:
        return Path.home() / ".local" / "state" / "tier2"
    except RuntimeError:
        raise InputError("no home folder is known for the runs; name their folder") from None


def folder_of(given: str | None) -> Path:
    """The folder of runs that a person names, or else the default one."""
    return default_folder() if given is None else Path(given)


def path_of(folder: Path, name: str) -> Path:
    """The run file that a person names: a path, or the name of a run in the folder."""
    inside = folder / (name if name.endswith(SUFFIX) else name + SUFFIX)
    # os.path.exists, since Path.exists raises for a name that no file can have.
    here = os.path.exists(name) and not os.path.exists(inside)
    return Path(name) if "/" in name or here else inside


def name_of(path: Path) -> str:
    """How the next command finds a run file again: by its name in the default folder, else by its path."""
    with suppress(InputError):  # there may be no default folder
        if path.parent == default_folder() and not path.name.startswith("-"):
            return path.name.removesuffix(SUFFIX)
    # With a slash it is a path, and with a dot it is no option.
    return str(path) if path.is_absolute() else f"./{path}"
