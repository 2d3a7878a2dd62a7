"""Work on each line of an NDJSON input, over all cores: outputs to stdout in order, a message for each bad line.

1. A bad line is reported with its number and has no output; the work goes on with the next.
2. Blank lines are skipped, and count in the numbers.
3. The output of a line does not wait for lines that have not come yet, and is the same with any number of workers.
"""

from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec

from tier2.engine.decoding import decode
from tier2.errors import CanonicalError, ContractError, Tier2Error
from tier2.shell.errors import InputError
from tier2.shell.io.files import write_stdout
from tier2.shell.io.ndjson import BLANK, Block, opened
from tier2.shell.io.progress import Progress
from tier2.shell.io.worker_pool import WorkerLost, cores, ordered
from tier2.values.canonical import MAX_BYTES, encode
from tier2.values.frozen import FrozenObject
from tier2.values.reading import parse
from tier2.values.structs import Value

V = TypeVar("V", bound=Value)

Work = Callable[[bytes], tuple[bytes, bool]]
"""From a line to its output, which may be empty, and whether that is a success.
Raises Tier2Error or InputError for a bad line, or Mismatch."""


class Mismatch(Exception):
    """A line is well-formed, but a check finds a difference in it. The text says which."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C has ended the work.

    last: The outputs of all lines up to the one with this number are written.
    perhaps: Those of further lines up to this number may be written, if it is larger: that was under way.
    """

    def __init__(self, last: int, perhaps: int) -> None:
        super().__init__()
        self.last, self.perhaps = last, perhaps


class Tally(NamedTuple):
    """How many lines there were of each kind.

    failed: Those of the lines done whose output is no success.
    mismatched: Lines in which a check found a difference.
    bad: Lines that could not be worked on.
    """

    done: int = 0
    failed: int = 0
    mismatched: int = 0
    bad: int = 0


class _BlockDone(NamedTuple):
    """The outcome of a block of lines.

    messages: The number of a line, and the message about it.
    last, end: The number of the block's last line, and where it ends in the input, in bytes.
    """

    output: bytes
    messages: list[tuple[int, str]]
    tally: Tally
    last: int
    end: int


def each_line(name: str, work: Work, jobs: int | None, say: Callable[[str], None]) -> Tally:
    """Works on the lines of a file, or of stdin for ``-``.

    jobs: How many processes at most, besides this one; None for as many as there are cores. With one, this process
        does the work itself.
    say: Shows a person a message.

    Raises InputError if the input cannot be read any further, the output cannot be written, or a worker process is
    lost, and Interrupted after Ctrl-C. The outputs of the lines before are written by then.
    """
    total, last, perhaps = Tally(), 0, 0
    with (
        opened(name) as lines,
        Progress(lines.size) as progress,
        closing(ordered(lines.blocks(), partial(_work_on, work), jobs or cores(), lines.ready)) as blocks,
    ):
        try:
            for block in blocks:
                progress.clear()
                perhaps = block.last
                if block.output:
                    write_stdout(block.output)
                last = block.last
                for number, message in block.messages:
                    say(f"{name}:{number}: {message}")
                total = Tally(*map(sum, zip(total, block.tally, strict=True)))
                progress.show(last, block.end)
        except WorkerLost as lost:
            raise InputError(
                f"{name}: {lost}; the outputs of the lines up to {last} are written, and none after them; "
                "go on with the lines that are left, with fewer --jobs if memory is short"
            ) from None
        except KeyboardInterrupt:
            raise Interrupted(last, perhaps) from None
    return total


def _work_on(work: Work, block: Block) -> _BlockDone:
    output: list[bytes] = []
    messages: list[tuple[int, str]] = []
    done = failed = mismatched = bad = 0
    for number, line in block.lines():
        try:
            # What was dropped of a line that is too long is unknown, so it stays too long.
            text, success = work(line if len(line) > MAX_BYTES else line.strip(BLANK))
            output.append(text)
            done += 1
            failed += not success
        except Mismatch as mismatch:
            messages.append((number, str(mismatch)))
            mismatched += 1
        except Tier2Error as error:
            messages.append((number, f"{error} [{error.code}]"))
            bad += 1
        except InputError as error:
            messages.append((number, str(error)))
            bad += 1
        except (Exception, SystemExit) as error:  # noqa: BLE001 - by an operation or a template of a user's own
            raised = f"raised {type(error).__name__}; correct the operation or the template that raised it"
            messages.append((number, raised))
            bad += 1
    return _BlockDone(b"".join(output), messages, Tally(done, failed, mismatched, bad), block.last, block.end)


_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def members(text: bytes, *names: str) -> list[bytes]:
    """The JSON texts of an object's members, which must be exactly those named.

    The object is read strictly, the members are not read yet. Raises ContractError and CanonicalError.
    """
    if len(text) <= MAX_BYTES:
        with suppress(ValueError, KeyError, RecursionError):
            found = _members.decode(text)
            texts = [bytes(found[name]) for name in names]
            # In the length of `{"name":text,"name":text}` no further member has room, not even one of the same name.
            if len(text) == 1 + sum(len(name) + 4 for name in names) + sum(map(len, texts)):
                return texts
    plain = parse(text)
    if not isinstance(plain, FrozenObject):
        remedy = f"make it an object with the members {' and '.join(names)}"
        raise ContractError(code="type", path=(), message="the line is no object", remedy=remedy)
    for name in sorted({*names} ^ {*plain}):
        missing = name in names
        raise ContractError(
            code="missing-field" if missing else "unknown-field",
            path=(name,),
            message="a required member is missing" if missing else f"a line has {' and '.join(names)} only",
            remedy="add it" if missing else "remove it, or check its spelling",
        )
    return [encode(plain[name]) for name in names]


def member(name: str, text: bytes, kind: type[V]) -> V:
    """The document in a member of a line, decoded strictly. Raises ContractError with the path in the line."""
    try:
        return decode(text, kind)
    except Tier2Error as error:
        raise error.restated(ContractError, (name,)) from None


def output_line(text: bytes) -> bytes:
    """A JSON text as a line. Raises CanonicalError if nobody could read it, because it is too long."""
    if len(text) > MAX_BYTES:
        raise CanonicalError(
            code="size",
            path=(),
            message=f"the output has {len(text)} bytes, more than {MAX_BYTES}",
            remedy="keep large data elsewhere, and put its digest into the context",
        )
    return text + b"\n"
