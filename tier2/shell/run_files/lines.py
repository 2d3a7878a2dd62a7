"""The lines of a run file: one append-only NDJSON file for each run, in the receipt's own hash chain.

1. Every line is in canonical form. The first line is the run without events.
2. The second is ``{"run": {"began_at", "nonce", "world"}, "sha256": ...}``: when the run began, a random number, and
   what its world needs to find again. Its digest stands on the first link of the receipt. It is no part of the receipt.
3. Then comes one line ``{"entry": ..., "sha256": ...}`` for each entry of the receipt, with its digest.
4. A run that changes files at its end has their names in ``world``, as ``files``. If it succeeds, its planned
   write-back comes next, with its digest, which stands on the last entry's. A result without it is damage.
5. The last line is the result. Nothing follows it.
6. A line counts only with its newline. Any other damage is refused with the number of the line.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, final

import msgspec
from msgspec import Meta

from tier2.contracts.base import OpenObject
from tier2.contracts.v1 import Event, OrchestrationResult, ReceiptEntry, Run
from tier2.contracts.views import convert
from tier2.engine.decoding import decode
from tier2.engine.execution import advance, chain_of, pending
from tier2.engine.verification import verify
from tier2.errors import Tier2Error
from tier2.kinds import JsonObject
from tier2.shell.errors import RunError
from tier2.shell.run_files import clock
from tier2.values.canonical import MAX_BYTES, Sha256, canonical, digest
from tier2.values.frozen import EMPTY, FrozenObject, JsonValue, freeze_object
from tier2.values.reading import parse

MAX_LINE = MAX_BYTES + 1024
"""How many bytes a line may have: a document, and the text around an entry."""

BOM = b"\xef\xbb\xbf"
"""The byte order mark that some editors put before a text."""

FILES = "files"
"""The member of ``world`` that names the files which the end of the run changes."""


@final
class FileChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that is to be written, as the run file records it.

    name: Which of the write-back's files.
    old_sha256: The digest of its bytes before; None if there is no such file.
    new_sha256: The digest of its bytes after.
    """

    name: str
    old_sha256: str | None
    new_sha256: str


@final
class Beginning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run file records of a run beside the run itself, and no receipt holds.

    began_at: When the run began, in UTC (RFC 3339), in whole seconds.
    nonce: A random number of 32 hexadecimal digits: two runs of the same workflow and context differ in it.
    world: What the world of the run needs to find again, as JSON. The names of the files that the run changes at its
        end are its member ``files``.
    """

    began_at: Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]
    nonce: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    world: OpenObject = EMPTY

    @property
    def files(self) -> tuple[JsonValue, ...]:
        """The names of the files that the end of the run changes, in the order of writing."""
        names = self.world.get(FILES)
        return names if isinstance(names, tuple) else ()


def beginning(files: Iterable[str] = (), surroundings: JsonObject = EMPTY) -> Beginning:
    """The beginning of a run that begins now, with a nonce of its own.

    files: The names of the files that the end of the run changes.
    surroundings: What else its world needs to find again.
    """
    names = tuple(files)
    world = freeze_object({**surroundings, **({FILES: names} if names else {})})
    return Beginning(began_at=clock.now(), nonce=secrets.token_hex(16), world=world)


@final
class RecordedRun(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a run file, with every line checked.

    path: the run file.
    run: the run, which keeps its receipt chain (`tier2.engine.execution.chain_of`).
    began: when it began, its nonce, and what its world needs.
    write_back: the planned changes of files, once they are planned.
    result: the result, once the run is finished.
    size: how many bytes of the file are whole lines.
    torn: how many bytes follow them: those of a line that was cut off, unless the run is finished.
    """

    path: Path
    run: Run
    began: Beginning
    write_back: tuple[FileChange, ...] | None = None
    result: OrchestrationResult | None = None
    size: int = 0
    torn: int = 0

    @property
    def head(self) -> Sha256:
        """The digest of the last entry; before the first one, the digest on which it will stand."""
        return chain_of(self.run).head

    @property
    def entries(self) -> tuple[ReceiptEntry, ...]:
        """The entries of the receipt so far, one for each event."""
        return chain_of(self.run).entries

    @property
    def lines(self) -> int:
        """How many whole lines the file has."""
        return 2 + len(self.run.events) + (self.write_back is not None) + (self.result is not None)

    @property
    def dropped(self) -> str | None:
        """A sentence about the torn line that is dropped when the run goes on; None if there is none."""
        if not self.torn or self.result is not None:
            return None
        return f"a torn last line of {self.torn} bytes was dropped; its step is done again"

    @property
    def leftover(self) -> str | None:
        """A sentence about the bytes after the last whole line; None if there are none."""
        if not self.torn:
            return None
        if self.result is not None:
            return f"{self.torn} bytes follow the result, which is the last line"
        return f"the last line is cut off after {self.torn} bytes"


def beginning_line(run: Run, began: Beginning) -> bytes:
    """The second line of a run file, with its digest, which stands on the first link of the run without events."""
    plain: JsonValue = {"began_at": began.began_at, "nonce": began.nonce, "world": began.world}
    sha256 = digest({"previous_sha256": chain_of(run).head, "run": plain})
    return canonical({"run": plain, "sha256": sha256})


def first_lines(run: Run, began: Beginning) -> list[bytes]:
    """The lines of a new run file: the run without its events, its beginning, and the entries that it has already."""
    events, run = run.events, msgspec.structs.replace(run, events=())
    lines: list[bytes] = [canonical(run), beginning_line(run, began)]
    for event in events:
        run, line = event_line(run, event)
        lines.append(line)
    return lines


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


def recorded_in(data: bytes, name: str) -> RecordedRun:
    """The contents of the bytes of a run file. Raises RunError with the number of the first damaged line."""
    size = data.rfind(b"\n") + 1
    lines = data[:size].split(b"\n")[:-1]
    if data.startswith(BOM):
        raise DamagedRun(name, 1, "the file begins with a byte order mark, which a run file never has")
    if lines and lines[0].endswith(b"\r"):
        raise DamagedRun(name, 1, "its lines end with CR LF, those of a run file with LF alone")
    if len(lines) < 2:
        text = "holds no run: it was cut off before its first two lines were whole; start anew"
        raise RunError("unreadable", Path(name), text)
    number = 1
    try:
        run = _first(lines[0])
        number = 2
        found = _second(run, lines[1])
        for line in lines[2:]:
            number += 1
            found = _with_line(found, line)
    except (Tier2Error, _Damage) as error:
        raise DamagedRun(name, number, str(error)) from None
    return msgspec.structs.replace(found, path=Path(name), size=size, torn=len(data) - size)


class DamagedRun(RunError):
    """A run file in which a whole line is not as it was written.

    line: the number of the line, from 1.
    what: the problem there.
    """

    remedy = "the file is left as it is: restore it, or start a new run"

    def __init__(self, name: str, line: int, what: str) -> None:
        super().__init__("damaged", Path(name), f"line {line}: {what}; {self.remedy}", line=str(line))
        self.line = line
        self.what = what


class _Damage(Exception):
    """A line that cannot follow the lines before it."""


def _first(line: bytes) -> Run:
    plain = _plain(line)
    contract = plain.get("contract")
    if isinstance(contract, str) and contract.startswith("tier2.run/") and contract != "tier2.run/v1":
        raise _Damage(f"the contract {contract} is not known to this version of tier2; use a newer one")
    run = decode(line, Run)
    if run.events:
        raise _Damage("the first line is the run without its events")
    return run


def _second(run: Run, line: bytes) -> RecordedRun:
    plain = _plain(line)
    if plain.keys() != {"run", "sha256"}:
        raise _Damage("the second line says when the run began")
    began = convert(plain["run"], Beginning, "run")
    if not isinstance(began.world, FrozenObject):
        raise _Damage("$.run.world is no object")
    if beginning_line(run, began) != line:
        raise _Damage("$.sha256 is not the digest of the beginning, which stands on the first line")
    return RecordedRun(path=Path(), run=run, began=began)


def _with_line(found: RecordedRun, line: bytes) -> RecordedRun:
    plain = _plain(line)
    if found.result is not None:
        raise _Damage("nothing follows the result")
    if plain.keys() == {"entry", "sha256"}:
        return _with_entry(found, plain)
    if plain.keys() == {"sha256", "write_back"}:
        return _with_write_back(found, plain)
    result = decode(line, OrchestrationResult)
    if result.success and found.began.files and found.write_back is None:
        raise _Damage(
            "the planned write-back is missing: it stands before the result of a run that changes files"
        )
    difference = verify(found.run, result)
    if difference is not None:
        raise _Damage(f"the result is not that of the run at {difference.where}")
    return msgspec.structs.replace(found, result=result)


def _with_write_back(found: RecordedRun, plain: FrozenObject) -> RecordedRun:
    if found.write_back is not None or pending(found.run) is not None:
        raise _Damage("one write-back follows the last event")
    changes = convert(plain["write_back"], tuple[FileChange, ...], "write_back")
    if not all(change.name in found.began.files for change in changes):
        raise _Damage("the write-back changes a file that the second line does not name")
    if write_back_line(found.head, changes) != canonical(plain):
        raise _Damage("$.sha256 is not the digest of the write-back")
    return msgspec.structs.replace(found, write_back=changes)


def _with_entry(found: RecordedRun, plain: FrozenObject) -> RecordedRun:
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
