"""The write-back of a run: the files that the end of a successful run changes.

1. A mission's world gives a `WriteBack`: paths, digests, and a pure function from the files and the final state to the
   new files. It writes nothing itself.
2. Several files are no single atomic write. So the plan names the digest of each file before and after, and the driver
   records it before anything is written. Then each file is written, in order, at once or not at all; what was there is
   kept beside it as NAME.bak.
3. An interrupted write-back is completed later: a file that is written already is known by its digest, and the new
   bytes of the rest are made again from the files as they were.
4. A file at neither digest was changed by somebody else. Then nothing more is written. The error says how to undo the
   files that are written already, but only where the write-back was interrupted: what is complete is not to be undone.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeAlias, final

import msgspec

from tier2.kinds import JsonObject
from tier2.shell.errors import InputError
from tier2.shell.io.atomic_write import backup_of, replace
from tier2.shell.run_files.lines import FileChange
from tier2.shell.runs.unified_diff import unified_diff

Held: TypeAlias = Mapping[str, bytes | None]
"""The bytes of files by name; None for a file that is not there."""


@final
class WriteBack(msgspec.Struct, frozen=True, kw_only=True):
    """The files that the end of a successful run changes.

    files: The path of each file by a name, in the order of writing. The last one should be that from which the others
        could be made again. A new file gets its permissions.
    began: The SHA-256 of each file when the run began, by the same names; None for a file that was not there. A file
        that has changed since then is not written, and an InputError names it.
    new: A pure function from the files as they were and the final state to what they become; a file that it leaves out
        stays as it is.

    Raises ValueError where `files` and `began` do not name the same files, at least one.
    """

    files: Mapping[str, Path]
    began: Mapping[str, str | None]
    new: Callable[[Held, JsonObject], Mapping[str, bytes]]

    def __post_init__(self) -> None:
        if not self.files or self.files.keys() != self.began.keys():
            raise ValueError("a write-back names at least one file, and the same ones in `files` and `began`")


class Plan(NamedTuple):
    """A planned write-back, with the bytes to write.

    changes: All files that change, in the order of writing.
    left: How many of them, at the end, are still to be written.
    old: The bytes of the files before.
    new: The bytes of those that are still to be written.
    """

    changes: tuple[FileChange, ...]
    left: int
    old: Held
    new: Mapping[str, bytes]


def digest_of(data: bytes | None) -> str | None:
    """The SHA-256 of a file's bytes; None for a file that is not there."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def read_files(files: Mapping[str, Path]) -> Held:
    """The bytes of files that may be written back later.

    Raises InputError for one that cannot be read, is no regular file, or is read-only, and where two files, or a file
    and the copy of another, are the same.
    """
    held = {name: read_file(path) for name, path in files.items()}
    for path in files.values():
        _check_writable(path)
    there = [path for name, path in files.items() if held[name] is not None]
    for place, path in enumerate(there):
        for other in there[:place]:
            # Writing the one would destroy the other.
            if os.path.samefile(path, other):
                raise InputError(f"{path} and {other} are one file; give each its own")
    _check_apart(files)
    return held


def _check_apart(files: Mapping[str, Path]) -> None:
    """Refuses a file in the place of another one, of a copy, or of the marker, even if none of them is there yet."""
    taken = {marker_beside(files): "the marker of a write-back"}
    for path in files.values():
        target = Path(os.path.realpath(path))
        for place, use in (target, str(path)), (backup_of(path), f"the copy of {path}"):
            if place in taken:
                raise InputError(f"{use} and {taken[place]} are one file; give each its own")
            taken[place] = use


def marker_beside(files: Mapping[str, Path]) -> Path:
    """The path of the marker of a write-back that is under way (see `tier2.shell.runs.unfinished`)."""
    target = Path(os.path.realpath([*files.values()][-1]))
    return target.with_name(f".{target.name}.tier2")


def read_unchanged(write_back: WriteBack) -> Held:
    """The bytes of the files, if they are what they were when the run began. Raises InputError if one is not."""
    held = read_files(write_back.files)
    for name, path in write_back.files.items():
        if digest_of(held[name]) != write_back.began[name]:
            raise InputError(
                f"{path}: changed since the run began; nothing was written; "
                "put it back as it was, or start a new run instead"
            )
    return held


def plan(write_back: WriteBack, final_state: JsonObject) -> Plan:
    """Plans the write-back at the end of a run. Nothing is written yet.

    Raises InputError if a file is not what it was when the run began.
    """
    held = read_unchanged(write_back)
    new = _changed(write_back, held, final_state)
    changes = tuple(
        FileChange(name=name, old_sha256=digest_of(held[name]), new_sha256=hashlib.sha256(data).hexdigest())
        for name, data in new.items()
    )
    return Plan(changes, len(changes), held, new)


def plan_of_rest(
    write_back: WriteBack,
    changes: Sequence[FileChange],
    final_state: JsonObject,
    *,
    half_written: bool = True,
) -> Plan:
    """The rest of a recorded plan, after any interruption. Nothing is written yet.

    half_written: Whether the files may be written in part. If not, a file that fits no more stops the write-back all
        the same, but there is nothing to undo: another run may have moved the same lines since.

    Raises InputError if a file is neither as it was nor as planned, and for a plan that cannot be this write-back's.
    """
    names = [change.name for change in changes]
    if names != [name for name in write_back.files if name in names]:
        _refuse_plan()
    held = read_files(write_back.files)
    standing = [digest_of(held[name]) for name in names]
    # Files are written in order. So all before the last written one were written, even if a person changed them since.
    written = [place for place, change in enumerate(changes) if standing[place] == change.new_sha256]
    first = written[-1] + 1 if written else 0
    for place, change in enumerate(changes):
        if (standing[place] == change.old_sha256) == (place < first):
            if not half_written:
                raise InputError(
                    f"{write_back.files[change.name]}: changed since the write-back was planned; "
                    "no file is half written, so undo nothing; start a new run"
                )
            _refuse_change(write_back, changes, change.name)
    if first == len(changes):
        return Plan(tuple(changes), 0, held, {})
    old = {**held, **{change.name: _original(write_back, change, held) for change in changes[:first]}}
    new = _changed(write_back, old, final_state)
    if not new.keys() <= {*names}:
        _refuse_plan()
    for change in changes[first:]:
        if change.name not in new or digest_of(new[change.name]) != change.new_sha256:
            raise InputError(
                f"{write_back.files[change.name]}: would not become what was planned; "
                "nothing more is written; start a new run"
            )
    return Plan(tuple(changes), len(changes) - first, old, new)


def apply(write_back: WriteBack, planned: Plan) -> None:
    """Writes the rest of a plan, in order.

    Raises InputError if a file is not what it was when the plan was made, or cannot be written.
    """
    last = [*write_back.files.values()][-1]
    for change in planned.changes[len(planned.changes) - planned.left :]:
        path = write_back.files[change.name]
        # Once more, as late as can be: a person may be saving the file in an editor just now.
        if digest_of(read_file(path)) != change.old_sha256:
            _refuse_change(write_back, planned.changes, change.name)
        try:
            like = last if last.exists() else None
            replace(path, planned.old[change.name], planned.new[change.name], like=like)
        except OSError as error:
            raise InputError(
                f"{error.filename or path}: cannot be written: {error.strerror}; "
                "put that right, then resume the run: it goes on where it was"
            ) from None


def differences(write_back: WriteBack, planned: Plan) -> Iterator[str]:
    """The lines of the changes that a plan would make, in the form of ``diff -u``."""
    for change in planned.changes:
        name = str(write_back.files[change.name])
        yield from unified_diff(name, planned.old[change.name], planned.new[change.name])


def _changed(write_back: WriteBack, held: Held, final_state: JsonObject) -> dict[str, bytes]:
    """The new bytes of the files that do not stay as they are, in the order of writing."""
    new = write_back.new(held, final_state)
    unknown = new.keys() - write_back.files.keys()
    if unknown:
        raise ValueError(f"the write-back has no file {min(unknown)!r}; name its path in `files`")
    return {name: new[name] for name in write_back.files if name in new and new[name] != held[name]}


def _original(write_back: WriteBack, change: FileChange, held: Held) -> bytes | None:
    """The bytes that a written file had before, from its copy; without a copy, its bytes now."""
    if change.old_sha256 is None:
        return None
    path = write_back.files[change.name]
    try:
        copy = read_file(backup_of(path))
    except InputError:  # no copy that this program made
        copy = None
    return copy if digest_of(copy) == change.old_sha256 else held[change.name]


def _refuse_plan() -> NoReturn:
    raise InputError("the planned write-back is malformed; nothing was written; start a new run")


def _refuse_change(write_back: WriteBack, changes: Sequence[FileChange], changed: str) -> NoReturn:
    """Refuses a file that somebody else changed, and says how to undo the files that are written already."""
    files = write_back.files
    written = [change for change in changes if digest_of(read_file(files[change.name])) == change.new_sha256]
    undo = [
        f"remove {files[change.name]}"
        if change.old_sha256 is None
        else f"put {backup_of(files[change.name])} back in the place of {files[change.name]}"
        for change in written
    ]
    text = f"{files[changed]}: changed since the write-back was planned"
    if not undo:
        raise InputError(f"{text}; nothing was written; start a new run")
    # It may be that all was written, and changed only then.
    unless = f"or, if the files are as they should be, remove {marker_beside(files)}"
    raise InputError(
        f"{text}; written already, so undo it: {'; '.join(undo)}; {unless}; then start a new run"
    )


def _check_writable(path: Path) -> None:
    """Refuses a read-only file: it could be replaced all the same, but somebody does not want that."""
    with suppress(FileNotFoundError):
        # To root, each file is writable; the permissions are not.
        if not os.stat(path).st_mode & 0o222 or not os.access(path, os.W_OK):
            raise InputError(f"{path}: is read-only, and could not be written back; make it writable")


def read_file(path: Path) -> bytes | None:
    """The bytes of a file; None if it is not there. Raises InputError if it cannot be read or is no regular file."""
    try:
        # Asked before it is opened: opening a pipe would wait for a writer.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError(f"{path}: is no regular file, and could not be written back")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; make it readable") from None
