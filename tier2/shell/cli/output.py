"""The answer of the command, on stdout."""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from tier2.contracts.v1 import OrchestrationResult, Run
from tier2.engine.verification import Difference, revisions_of
from tier2.escaping import escaped_json, escaped_line
from tier2.kinds import Operation
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.errors import InputError, OutputClosed
from tier2.shell.io.files import write_stdout
from tier2.shell.io.screen import COLOUR_OF, Paste, Span, painted
from tier2.values.canonical import CanonicalBytes, canonical
from tier2.values.frozen import JsonValue
from tier2.values.json_pointer import part_at
from tier2.values.reading import parse
from tier2.values.structs import Value


def print_document(document: Value, options: argparse.Namespace) -> None:
    """Prints a document, or the part of it that ``--pointer`` names: indented on a terminal, else canonical."""
    data = canonical(document if options.pointer is None else part_of(document, options.pointer))
    write_json(data, indented=options.pretty)


def print_result(
    result: OrchestrationResult,
    options: argparse.Namespace,
    environment: Environment,
    summary: Sequence[str] = (),
    about: Sequence[str | Paste] = (),
) -> int:
    """Prints the result of a run, says why it failed if it did, and returns the exit code.

    summary: Lines for people, printed instead of the result if there are any.
    about: What a person is told beside the reason of a failure, such as where to read on.
    """
    if not result.success:
        word = "was" if result.outcome == "vetoed" else "failed:"  # the message is: vetoed by Ana
        environment.say(f"step {result.failed_step_id!r} {word} {result.error_message}", *about)
    try:
        if summary:
            write_lines(map(_with_colours, summary))
        else:
            print_document(result, options)
    except InputError as error:
        if result.success:
            raise
        if isinstance(error, OutputClosed):
            return FAILED
        # Such as a --pointer to a part that a failed run does not have. That it failed is what counts.
        environment.say(str(error))
    return DONE if result.success else FAILED


def write_json(data: CanonicalBytes, *, indented: bool = False) -> None:
    """Prints JSON: indented and escaped on a terminal or where asked for, else as the canonical bytes.

    Of these only what a CI runner would obey is escaped. Escaped JSON is still the same JSON value.
    """
    if indented or (sys.stdout is not None and sys.stdout.isatty()):
        write_lines(msgspec.json.format(data, indent=2).decode().split("\n"))
    else:
        write_stdout(escaped_json(data) + b"\n")


def part_of(document: Value, pointer: str) -> JsonValue:
    """The part of a document that a JSON Pointer (RFC 6901) names."""
    data = canonical(document)
    try:
        return part_at(parse(data, max_bytes=len(data)), pointer)
    except KeyError as error:
        raise InputError(f"--pointer {pointer}: the answer has no {error.args[0]!r} there") from None


def write_lines(lines: Iterable[str | Sequence[Span]]) -> None:
    """Prints lines for people, with colours where a terminal takes them. Nothing in them can steer it."""
    write_stdout("".join(f"{_shown(line)}\n" for line in lines).encode())


def _shown(line: str | Sequence[Span]) -> str:
    if isinstance(line, str):
        return escaped_line(line)
    return "".join(painted(escaped_line(text), colour, sys.stdout) for text, colour in line)


def with_colours(line: str, ended: re.Pattern[str]) -> Sequence[Span]:
    """A line with the colour of what became of something, where the group of a pattern finds that."""
    spans: list[Span] = []
    end = 0
    for match in ended.finditer(line):
        start, stop = match.span(match.lastindex or 0)
        spans.append((line[end:start], None))
        spans.append((line[start:stop], COLOUR_OF.get(line[start:stop].rpartition(" ")[2])))
        end = stop
    return (*spans, (line[end:], None))


_IN_SUMMARIES = re.compile(
    r"^(failed|error)(?=: )"
    r"|(?<=[:,] )([0-9,]*[1-9][0-9]* (?:failed|error|passed))(?=,|$)"
    r"|(?<=: )(approved|completed|failed|vetoed)$"
)
"""Where a summary says how something ended: ``failed: NAME``, ``3 tests: 1 failed, 2 passed``, ``STEP: vetoed``."""


def _with_colours(line: str) -> Sequence[Span]:
    return with_colours(line, _IN_SUMMARIES)


AGAIN = "done again, it"
"""The subject of `in_words` where operations were performed again."""


def in_words(difference: Difference, subject: str = "the run") -> str:
    """A difference in words, with its path."""
    return f"{difference.where}: {subject} gives {difference.expected}, not {difference.found}"


def other_revisions(run: Run, operations: Mapping[str, Operation]) -> Iterator[str]:
    """A line for each operation that was performed again with another revision than the recorded one."""
    for name, here in revisions_of(run, operations).items():
        recorded = run.operations.get(name)
        if here != recorded:
            words = ["no revision" if one is None else f"revision {one}" for one in (recorded, here)]
            yield f"{name}: recorded with {words[0]}, done again with {words[1]}"
