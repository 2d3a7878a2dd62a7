"""The terminal at which a person answers: lines are shown on stderr, and read from stdin.

1. Where Python has readline, the person can edit the line. Python's `input` edits only between stdin and stdout, and
   shows the prompt on stdout, which is for the answer of the command. So stdout is the terminal while a line is read.
2. A line with a control character is refused and asked again: a mistyped arrow key leaves one where nothing edits, and
   nobody would see it in a record. So is a line that is no text in the terminal's encoding.
"""

import os
import pwd
import re
import sys
from contextlib import redirect_stdout

from tier2.escaping import escaped
from tier2.shell.io.screen import columns, wrapped

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, those of bidirectional text, and the separators of lines and paragraphs."""


def is_terminal() -> bool:
    """Whether a person can be asked here and now."""
    # A stream that was closed before the command started is None.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def is_watched() -> bool:
    """Whether a person reads the messages as they come."""
    return sys.stderr is not None and sys.stderr.isatty()


def user_name() -> str:
    """The name of the user by the system. Nothing proves it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def show(text: str) -> None:
    """Shows a line, broken at spaces if the terminal is less wide."""
    for line in wrapped(escaped(text), columns(sys.stderr) if is_watched() else None):
        print(line, file=sys.stderr)


def read(prompt: str) -> str:
    """A line of text that the person types, without white space around it. Raises EOFError at the end of input."""
    while True:
        try:
            line = _line(escaped(prompt)).removesuffix("\n")
            line.encode()  # Python may have put lone surrogates in the place of bytes that it could not decode
        except UnicodeError:
            show("This is no text in the terminal's encoding; please type it again.")
            continue
        except EOFError:
            print(file=sys.stderr)
            raise
        control = _CONTROL.search(line)
        if control is None:
            return line.strip()
        show(f"This has the control character {control[0]}; please type it again without.")


def _line(prompt: str) -> str:
    # Editing needs the streams of the process itself.
    if sys.stdin is sys.__stdin__ and sys.__stdout__ is not None:
        try:
            import readline  # noqa: PLC0415 - only who is asked needs it, and not every Python has it
        except ImportError:
            return _typed(prompt)
        # An arrow key must not bring an earlier answer into a record.
        readline.set_auto_history(False)
        try:
            return _edited(prompt)
        finally:
            readline.set_auto_history(True)
    return _typed(prompt)


def _edited(prompt: str) -> str:
    """A line that the person may edit, with arrow keys and the like. Raises EOFError at the end of input."""
    out = 1
    kept = os.dup(out)
    try:
        os.dup2(sys.stderr.fileno(), out)
        encoding, errors = sys.stderr.encoding, sys.stderr.errors
        with (
            open(out, "w", encoding=encoding, errors=errors, closefd=False) as screen,
            redirect_stdout(screen),
        ):
            return input(prompt)
    finally:
        os.dup2(kept, out)
        os.close(kept)


def _typed(prompt: str) -> str:
    """A line as the terminal gives it. Raises EOFError at the end of input."""
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
