"""Folders of contract files, read from the disk or at a git revision."""

import os
import subprocess
from collections.abc import Iterator

from tier2.codegen.model import BUNDLE_FILE, SUFFIX, ContractFileError
from tier2.shell.errors import InputError
from tier2.shell.io.files import cannot_read, read_bytes


def versions(root: str, wanted: str | None = None) -> list[str]:
    """The names of the version folders below ``contracts/``, or the wanted one. Raises InputError without one."""
    folder = os.path.normpath(os.path.join(root, "contracts"))
    try:
        with os.scandir(folder) as entries:
            found = sorted(entry.name for entry in entries if _is_version(entry.name) and entry.is_dir())
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be read: {error.strerror}; name the folder that holds contracts/ with --root"
        ) from None
    if wanted is not None:
        found = [name for name in found if name == wanted]
    if not found:
        raise InputError(f"{os.path.join(folder, wanted or 'v1')}: there is no such folder of contract files")
    return found


def _is_version(name: str) -> bool:
    return name[:1] == "v" and name[1:2].isdecimal()


def read_folder(folder: str) -> dict[str, str]:
    """The text of each contract file below a folder, by its name relative to it; the generated bundle left out.

    Raises InputError, and ContractFileError for a file that is not UTF-8.
    """
    return {
        name: _decoded(name, read_bytes(os.path.join(folder, name)))
        for name in sorted(_names_in(folder))
        if _is_source(name)
    }


def _names_in(folder: str) -> Iterator[str]:
    def fail(error: OSError) -> None:
        raise cannot_read(error.filename, error)

    for parent, _, names in os.walk(folder, onerror=fail):
        for name in names:
            yield os.path.relpath(os.path.join(parent, name), folder)


def read_folder_or_revision(given: str) -> dict[str, str]:
    """The contract files in a folder, or in a folder at a git revision, as ``REV:PATH``; see `read_folder`."""
    if os.path.isdir(given):
        return read_folder(given)
    if ":" not in given or given.startswith("-"):
        raise InputError(f"{given}: is neither a folder nor REV:PATH, a folder at a git revision")
    listed = _git("ls-tree", "-r", "-z", "--name-only", given).split(b"\0")
    names = [name for name in map(os.fsdecode, listed) if _is_source(name)]
    return {name: _decoded(name, _git("cat-file", "blob", f"{given.rstrip('/')}/{name}")) for name in names}


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - the user's git
    except (OSError, ValueError) as error:
        raise InputError(f"git cannot be started: {error}") from None
    if done.returncode:
        raise InputError(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _is_source(name: str) -> bool:
    return name.endswith(SUFFIX) and name != BUNDLE_FILE


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ContractFileError(f"{name}#: byte {error.start} is not UTF-8") from None
