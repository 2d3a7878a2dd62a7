"""The run file: one append-only NDJSON file for each run, in the receipt's own hash chain.

1. A run file is NDJSON, every line in canonical form: the run without events; one line
   ``{"entry": ..., "sha256": ...}`` for each entry of the receipt, with its digest; for a run that changes files at its
   end, the planned write-back with its digest, which stands on the last entry's; last, the result.
2. A line counts only with its newline, and is on the disk (fsync) before the next step starts. So a process may be
   killed at any instant: the whole lines have happened, and nothing else has.
3. A process that writes holds a lock on the file (see `tier2.shell.runs.locks`). A torn last line is truncated under
   the lock, and reported. Any other damage is refused with the number of the line, and the file is left as it is.
"""

import os
import re
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from tier2.contracts.v1 import MAX_TOTAL_STEPS, Event, OrchestrationResult, ReceiptEntry, Run
from tier2.contracts.views import convert
from tier2.engine.decoding import decode
from tier2.engine.execution import advance, chain_of, pending
from tier2.engine.verification import verify
from tier2.errors import Tier2Error
from tier2.shell.errors import InputError
from tier2.shell.io.atomic_write import sync_folder
from tier2.shell.runs.locks import lock
from tier2.shell.runs.write_back import FileChange
from tier2.values.canonical import MAX_BYTES, Sha256, canonical, digest
from tier2.values.frozen import FrozenObject, JsonValue
from tier2.values.reading import parse

SUFFIX = ".ndjson"

MAX_LINE = MAX_BYTES + 1024
"""How many bytes a line may have: a document, and the text around an entry."""

MAX_FILE = (MAX_TOTAL_STEPS + 4) * (MAX_LINE + 1)
"""How many bytes a run file may have: the run, its entries, the write-back, the result, and a torn line."""


class Recorded(msgspec.Struct, frozen=True):
    """The contents of a run file.

    run: the run, which keeps its receipt chain (`tier2.engine.execution.chain_of`).
    write_back: the planned changes of files, once they are planned.
    result: the result, once the run is finished.
    size: how many bytes of the file are whole lines.
    torn: how many bytes follow them, of a line that was cut off.
    """

    run: Run
    write_back: tuple[FileChange, ...] | None = None
    result: OrchestrationResult | None = None
    size: int = 0
    torn: int = 0

    @property
    def head(self) -> Sha256:
        """The digest of the last entry; before the first one, the digest on which it will stand."""
        return chain_of(self.run).head


class RunFile:
    """A run file that is open for appending, and locked."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._size = size

    def append(self, data: bytes) -> None:
        """Adds a line, and returns when it is on the disk. On failure the file stays as it was."""
        self.check(data)
        line = memoryview(data + b"\n")
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            rest = "then resume the run" if self._size else "then start anew"
            raise InputError(f"{self.path}: cannot be written: {error.strerror}; make room, {rest}") from None
        self._size += len(data) + 1

    def check(self, data: bytes, most: int = MAX_LINE) -> None:
        """Refuses a line that is too large. Call it before the work that the line is to record.

        most: `MAX_BYTES` for a document, which has to be readable alone too.
        """
        if len(data) > most:
            raise InputError(
                f"{self.path}: a line of {len(data)} bytes is too large for a run file, which takes "
                f"{most}; give the run less to carry"
            )


def event_line(run: Run, event: Event) -> tuple[Run, bytes]:
    """The run in which ``event`` has happened, and the line that records it."""
    chain_of(run)  # so that it is extended, and not made anew for each event
    advanced = advance(run, event)
    chain = chain_of(advanced)
    return advanced, b'{"entry":%b,"sha256":"%b"}' % (canonical(chain.entries[-1]), chain.head.encode())


def write_back_line(head: Sha256, changes: tuple[FileChange, ...]) -> bytes:
    """The line that records a planned write-back, with its digest, which stands on the last entry's."""
    planned: JsonValue = msgspec.to_builtins(changes)
    sha256 = digest({"previous_sha256": head, "write_back": planned})
    return canonical({"sha256": sha256, "write_back": planned})


@contextmanager
def begin(folder: Path, run: Run) -> Generator[RunFile]:
    """A new run file, with its first line written, under a name that no other has: the workflow's id and a number."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, descriptor = _new_file(folder, re.sub(r"[^A-Za-z0-9_-]", "_", run.workflow.id)[:80] or "run")
    except OSError as error:
        raise InputError(f"{folder}: cannot hold runs: {error.strerror}; name another with --runs") from None
    try:
        yield _begun(path, descriptor, run)
    finally:
        os.close(descriptor)


def _begun(path: Path, descriptor: int, run: Run) -> RunFile:
    """The new file with its first line. If that cannot be written, no empty file is left behind."""
    file = RunFile(path, descriptor, 0)
    try:
        lock(path, descriptor)
        line = canonical(run)
        file.check(line, MAX_BYTES)
        file.append(line)
        sync_folder(path.parent)
    except (InputError, OSError) as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise InputError(f"{path}: cannot be written: {error.strerror}; start anew") from None
        raise
    return file


@contextmanager
def reopen(path: Path) -> Generator[tuple[RunFile, Recorded]]:
    """A run file to be resumed: checked, locked, and without a torn last line."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        lock(path, descriptor)
        recorded = recorded_in(_bytes_of(path, descriptor), str(path))
        if recorded.torn:
            _truncate(path, descriptor, recorded.size)
        yield RunFile(path, descriptor, recorded.size), recorded
    finally:
        os.close(descriptor)


def read_run(path: Path) -> Recorded:
    """The contents of a run file, checked line by line. The file is not changed."""
    try:
        # Opening a pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        return recorded_in(_bytes_of(path, descriptor), str(path))
    finally:
        os.close(descriptor)


def _bytes_of(path: Path, descriptor: int) -> bytes:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path}: is no regular file, and so no run")
    if found.st_size > MAX_FILE:
        raise InputError(f"{path}: has {found.st_size} bytes; a run file has at most {MAX_FILE}")
    try:
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_FILE)
    except OSError as error:
        raise _unreadable(path, error) from None


def _truncate(path: Path, descriptor: int, size: int) -> None:
    try:
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
    except OSError as error:
        raise InputError(
            f"{path}: its torn last line cannot be dropped: {error.strerror}; make the file writable"
        ) from None


def recorded_in(data: bytes, name: str) -> Recorded:
    """The contents of the bytes of a run file. Raises InputError with the number of the first damaged line."""
    size = data.rfind(b"\n") + 1
    first, *others = data[:size].split(b"\n")[:-1] or [b""]
    if not first:
        raise InputError(f"{name}: holds no run: it was cut off before its first line was whole; start anew")
    try:
        found = _first(first)
    except (Tier2Error, _Damage) as error:
        raise DamagedRun(name, 1, str(error)) from None
    for number, line in enumerate(others, 2):
        try:
            found = _with_line(found, line)
        except (Tier2Error, _Damage) as error:
            raise DamagedRun(name, number, str(error)) from None
    return msgspec.structs.replace(found, size=size, torn=len(data) - size)


class DamagedRun(InputError):
    """A run file in which a whole line is not as it was written.

    line: the number of the line, from 1.
    what: the problem there.
    """

    remedy = "the file is left as it is: restore it, or start a new run"

    def __init__(self, name: str, line: int, what: str) -> None:
        super().__init__(f"{name}: line {line}: {what}; {self.remedy}")
        self.line = line
        self.what = what


class _Damage(Exception):
    """A line that cannot follow the lines before it."""


def _first(line: bytes) -> Recorded:
    plain = _plain(line)
    contract = plain.get("contract")
    if isinstance(contract, str) and contract.startswith("tier2.run/") and contract != "tier2.run/v1":
        raise _Damage(f"the contract {contract} is not known to this version of tier2; use a newer one")
    run = decode(line, Run)
    if run.events:
        raise _Damage("the first line is the run without its events")
    return Recorded(run=run)


def _with_line(found: Recorded, line: bytes) -> Recorded:
    plain = _plain(line)
    if found.result is not None:
        raise _Damage("nothing follows the result")
    if plain.keys() == {"entry", "sha256"}:
        return _with_entry(found, plain)
    if plain.keys() == {"sha256", "write_back"}:
        return _with_write_back(found, plain)
    result = decode(line, OrchestrationResult)
    difference = verify(found.run, result)
    if difference is not None:
        raise _Damage(f"the result is not that of the run at {difference.where}")
    return msgspec.structs.replace(found, result=result)


def _with_write_back(found: Recorded, plain: FrozenObject) -> Recorded:
    if found.write_back is not None or pending(found.run) is not None:
        raise _Damage("one write-back follows the last event")
    changes = convert(plain["write_back"], tuple[FileChange, ...], "write_back")
    if write_back_line(found.head, changes) != canonical(plain):
        raise _Damage("$.sha256 is not the digest of the write-back")
    return msgspec.structs.replace(found, write_back=changes)


def _with_entry(found: Recorded, plain: FrozenObject) -> Recorded:
    if found.write_back is not None:
        raise _Damage("no event follows the write-back")
    entry = decode(canonical(plain["entry"]), ReceiptEntry)
    run, line = event_line(found.run, entry.event)
    if line != canonical(plain):
        expected = chain_of(run).entries[-1]
        for name in ("previous_sha256", "state_sha256"):
            if getattr(expected, name) != getattr(entry, name):
                raise _Damage(f"$.entry.{name} does not follow from the lines before")
        raise _Damage("$.sha256 is not the digest of the entry")
    return msgspec.structs.replace(found, run=run)


def _plain(line: bytes) -> FrozenObject:
    plain = parse(line, max_bytes=MAX_LINE)
    if canonical(plain) != line or not isinstance(plain, FrozenObject):
        raise _Damage("the line is not canonical JSON of an object")
    return plain


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path}: cannot be read: {error.strerror}; the command `runs` lists the runs there are"
    )


def _new_file(folder: Path, stem: str) -> tuple[Path, int]:
    number = 1
    while True:
        path = folder / f"{stem}-{number}{SUFFIX}"
        try:
            return path, os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            number += 1
