"""Words as a shell reads them, for the commands that messages tell people to paste."""

import os
import shlex
from collections.abc import Iterable

from tier2.escaping import escaped_line


def shell_words(words: Iterable[str]) -> str:
    r"""The words on one line that a shell takes apart again. Nothing in it steers a terminal.

    >>> print(shell_words(["resume", "two words", "a\x1bb"]))
    resume 'two words' $'a\033b'
    """
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if escaped_line(word) == word:
        return shlex.quote(word)
    # Such a word would be shown with escapes in it, which a shell does not read as such unless it is told to.
    return "$'" + "".join(map(_octal, os.fsencode(word))) + "'"


def _octal(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 and byte not in b"\\'#" else f"\\{byte:03o}"
