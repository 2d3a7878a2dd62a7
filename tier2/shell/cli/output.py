"""The answer of the command, on stdout."""

import argparse
import os
import re
import sys
from collections.abc import Mapping

import msgspec

from tier2.contracts.v1 import OrchestrationResult
from tier2.escaping import escaped
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.io.files import InputError
from tier2.values.canonical import CanonicalBytes, canonical
from tier2.values.frozen import JsonValue
from tier2.values.reading import parse
from tier2.values.structs import Value


def print_document(document: Value, options: argparse.Namespace) -> None:
    """Prints a document, or the part of it that ``--pointer`` names: indented on a terminal, else canonical."""
    data = canonical(document if options.pointer is None else part_of(document, options.pointer))
    write_json(data, indented=options.pretty)


def print_result(result: OrchestrationResult, options: argparse.Namespace, environment: Environment) -> int:
    """Prints the result of a run, says why it failed if it did, and returns the exit code."""
    if result.success:
        print_document(result, options)
        return DONE
    environment.say(f"step {result.failed_step_id!r} failed: {result.error_message}")
    try:
        print_document(result, options)
    except InputError as error:  # such as a part that a failed run has not got; that it failed is what counts
        environment.say(str(error))
    return FAILED


def write_json(data: CanonicalBytes, *, indented: bool = False) -> None:
    """Prints JSON: in escaped, indented lines on a terminal or if asked to, else as the canonical bytes."""
    if indented or (sys.stdout is not None and sys.stdout.isatty()):
        write(pretty(data).encode())
    else:
        write(data + b"\n")


def check_pointer(pointer: str) -> None:
    """Refuses what is no JSON Pointer (RFC 6901), before anything is done for the answer."""
    if pointer and not pointer.startswith("/"):
        raise InputError(f"--pointer {escaped(pointer)}: a JSON Pointer starts with /")
    if re.search("~(?![01])", pointer):
        raise InputError(f"--pointer {escaped(pointer)}: ~ is written ~0, and / in a name ~1")


def part_of(document: Value, pointer: str) -> JsonValue:
    """The part of a document that a JSON Pointer (RFC 6901) names."""
    data = canonical(document)
    part = parse(data, max_bytes=len(data))
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(part, Mapping) and name in part:
            part = part[name]
        elif isinstance(part, tuple) and name in map(str, range(len(part))):
            part = part[int(name)]
        else:
            raise InputError(f"--pointer {escaped(pointer)}: the answer has no {escaped(name)!r} there")
    return part


def write(data: bytes) -> None:
    """Puts bytes on stdout, all of them, or raises InputError."""
    if sys.stdout is None:  # closed by whoever started the command
        raise InputError("the answer cannot be written: stdout is closed")
    try:
        rest = memoryview(data)
        while rest:  # unbuffered (PYTHONUNBUFFERED), a write may take a part only
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()
    except OSError as error:  # closed by its reader, or on a full disk
        # Python would flush stdout once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise InputError(f"the answer cannot be written: {error.strerror}") from None


def pretty(data: CanonicalBytes) -> str:
    """Canonical bytes as indented, escaped lines; still the same JSON value."""
    lines = msgspec.json.format(data, indent=2).decode().split("\n")
    return "\n".join(map(escaped, lines)) + "\n"
