"""Work on the lines of an NDJSON file, over all cores: outputs in order, faults told with the number of their line.

1. A line that is at fault is told on stderr and has no output; the others go on.
2. Blank lines are passed over, but counted in the numbers.
3. The output of a line does not wait for lines that have not come yet, and is the same with any number of workers.
"""

from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec

from tier2.engine.decoding import decode
from tier2.errors import CanonicalError, ContractError, Tier2Error
from tier2.escaping import escaped
from tier2.shell.cli.output import write
from tier2.shell.io.files import InputError
from tier2.shell.io.lines import Block, opened
from tier2.shell.io.progress import Progress
from tier2.shell.io.worker_pool import WorkerLost, cores, ordered
from tier2.values.canonical import MAX_BYTES, encode
from tier2.values.frozen import FrozenObject
from tier2.values.reading import parse
from tier2.values.structs import Value

V = TypeVar("V", bound=Value)

Work = Callable[[bytes], bytes]
"""From a line to its output, which may be empty; raises Tier2Error or InputError for a bad line, or Mismatch."""


class Mismatch(Exception):
    """What a check has found in a line that is in order by itself; its text is for people."""


class Tally(NamedTuple):
    """How many lines came to what: done, something else than a check expects, bad in themselves."""

    done: int = 0
    mismatched: int = 0
    bad: int = 0


class _Answer(NamedTuple):
    """What a block of lines came to.

    told: the number of a line, and what is to be told about it.
    last, end: the number of the block's last line, and where it ends in the input, in bytes.
    """

    output: bytes
    told: list[tuple[int, str]]
    tally: Tally
    last: int
    end: int


def each_line(name: str, work: Work, jobs: int | None, say: Callable[[str], None]) -> Tally:
    """Works on the lines of a file, or of stdin for ``-``: outputs to stdout, faults to stderr.

    jobs: how many processes at most, this one aside; None for as many as there are cores. With one, it is this one.

    Raises InputError if the input cannot be read on, the output cannot be written, or a worker process is lost; what
    comes of the lines before is written by then.
    """
    total, last = Tally(), 0
    with (
        opened(name) as lines,
        Progress(lines.size) as progress,
        closing(ordered(lines.blocks(), partial(_worked, work), jobs or cores(), lines.ready)) as answers,
    ):
        try:
            for answer in answers:
                progress.clear()
                if answer.output:
                    write(answer.output)
                for number, text in answer.told:
                    say(f"{name}:{number}: {text}")
                total = Tally(*map(sum, zip(total, answer.tally, strict=True)))
                last = answer.last
                progress.show(last, answer.end)
        except WorkerLost as lost:
            raise InputError(
                f"{escaped(name)}: {lost}; what comes of the lines up to {last} is written, and of none after it; "
                "go on with these, in fewer --jobs if memory is short"
            ) from None
    return total


def _worked(work: Work, block: Block) -> _Answer:
    output: list[bytes] = []
    told: list[tuple[int, str]] = []
    done = mismatched = bad = 0
    for number, text in block.lines():
        try:
            output.append(work(text))
            done += 1
        except Mismatch as mismatch:
            told.append((number, str(mismatch)))
            mismatched += 1
        except Tier2Error as error:
            told.append((number, f"{error} [{error.code}]"))
            bad += 1
        except InputError as fault:
            told.append((number, str(fault)))
            bad += 1
        except (Exception, SystemExit) as error:  # noqa: BLE001 - by an operation or a template of a user's own
            raised = f"raised {type(error).__name__}; correct the operation or the template that raised it"
            told.append((number, raised))
            bad += 1
    return _Answer(b"".join(output), told, Tally(done, mismatched, bad), block.last, block.end)


_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def members(text: bytes, *names: str) -> list[bytes]:
    """The texts of an object's members, which must be exactly those named; read strictly, but for what is inside."""
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
    """The document in a member of a line, decoded strictly; its faults are told with their path in the line."""
    try:
        return decode(text, kind)
    except Tier2Error as error:
        raise moved(error, name) from None


def moved(error: Tier2Error, name: str) -> Tier2Error:
    """A fault of the document in a member, as one of the line."""
    return error.restated(ContractError, (name,))


def line(text: bytes) -> bytes:
    """A text as a line, if it is not too long for whoever reads it. Raises CanonicalError ``size``."""
    if len(text) > MAX_BYTES:
        raise CanonicalError(
            code="size",
            path=(),
            message=f"what comes of it has {len(text)} bytes, more than {MAX_BYTES}",
            remedy="keep large data elsewhere, and put its digest into the context",
        )
    return text + b"\n"
