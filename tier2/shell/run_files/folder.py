"""The folder of runs: where it is, how its runs are named, and what became of each."""

import os
from contextlib import suppress
from pathlib import Path

from tier2.engine.execution import pending
from tier2.shell.errors import InputError
from tier2.shell.run_files.locks import at_work
from tier2.shell.run_files.run_file import SUFFIX, read_run


def default_folder() -> Path:
    """The folder of runs if none is named: ``$XDG_STATE_HOME/tier2``."""
    state_home = os.environ.get("XDG_STATE_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    if state_home.startswith("/"):
        return Path(state_home) / "tier2"
    try:
        return Path.home() / ".local" / "state" / "tier2"
    except RuntimeError:
        raise InputError("no home folder is known for the runs; name a folder with --runs") from None


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
        if path.parent == default_folder():
            return path.name.removesuffix(SUFFIX)
    # With a slash it is a path, and with a dot it is no option.
    return str(path) if path.is_absolute() else f"./{path}"


def listed(folder: Path) -> list[tuple[str, str]]:
    """Each run of the folder, by name: what became of it, or what it waits for."""
    try:
        names = [name for name in os.listdir(folder) if name.endswith(SUFFIX)]
    except FileNotFoundError:  # nothing has run yet
        return []
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be read: {error.strerror}; name another folder with --runs"
        ) from None
    paths = [folder / name for name in sorted(names, key=lambda name: (len(name), name))]
    return [(path.name.removesuffix(SUFFIX), _standing(path)) for path in paths]


def _standing(path: Path) -> str:
    # Asked first: a process may be done by the time that the file is read, and then the file says so.
    busy = at_work(path)
    try:
        recorded = read_run(path)
    except InputError as error:
        return f"unreadable: {error}"
    result = recorded.result
    if result is not None:
        ending = f"finished: {result.outcome}"
        return ending if result.success else f"{result.outcome} at {result.failed_step_id!r}"
    step = pending(recorded.run)
    if step is not None and step.kind == "human":
        standing, remedy = f"waiting for a person at {step.id!r}", ""
    else:
        place = f"unfinished at {step.id!r}" if step else "unfinished: its end is not recorded yet"
        standing, remedy = place, "; resume it"
    events, steps = len(recorded.run.events), len(recorded.run.workflow.steps)
    rest = "; a process is at work on it" if busy else remedy
    return f"{standing}, since event {events} of {steps}{rest}"
