"""Removing runs: their files, and what their host operations left beside them."""

import os
import shutil
from pathlib import Path

from tier2.shell.errors import RunError
from tier2.shell.run_files.listing import summary_of
from tier2.shell.run_files.run_file import SUFFIX, locked


def remove_run(path: Path, *, unfinished: bool = False) -> None:
    """Removes a run file, and what lies beside it under its name: the folder NAME, and files such as NAME.output.txt.

    unfinished: Whether a run may be removed that is unfinished, or whose file is damaged.

    Raises RunError, and then nothing is removed: ``at-work`` while a process is at work on the run, ``unfinished`` for
    such a run, ``unreadable`` or ``unwritable`` for a file that cannot be opened or removed.
    """
    with locked(path):
        if summary_of(path).standing in ("waiting", "unfinished", "unreadable") and not unfinished:
            raise RunError("unfinished", path, "the run is not finished; nothing was removed")
        try:
            path.unlink()
            _remove_beside(path)
        except OSError as error:
            raise RunError("unwritable", path, f"cannot be removed: {error.strerror}") from None


def _remove_beside(path: Path) -> None:
    name = path.name.removesuffix(SUFFIX)
    beside = [other for other in os.listdir(path.parent) if other.startswith(f"{name}.")]
    # Another run may have a name that goes on where this one ends.
    if not any(other.endswith(SUFFIX) for other in beside):
        for other in beside:
            path.with_name(other).unlink()
    folder = path.with_suffix("")
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
