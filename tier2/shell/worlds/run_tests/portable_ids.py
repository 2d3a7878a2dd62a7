"""Test ids that are the same on every machine: the folders of the machine are replaced in them by fixed words.

1. The folder of the tests, its real path, the home folder and its real path become `FOLDER` and `HOME` wherever they
   stand in a parameter, also as pytest and URLs escape them. The longest path counts first.
2. A path with one part, such as ``/app``, is replaced only where a path begins, for it may be a part of others.
3. The file of a test is named relative to the folder.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

FOLDER = "<folder>"
"""Stands in a test id for the folder in which the tests run."""

HOME = "<home>"
"""Stands in a test id for the home folder of the user."""


def portable_ids(directory: Path) -> Callable[[str], str]:
    """The function that makes a test id free of the folders of this machine."""
    words = dict.fromkeys(_spellings(os.path.expanduser("~")), HOME)
    folders = _spellings(str(directory.absolute()))
    words |= dict.fromkeys(folders, FOLDER)
    if not words:
        return str
    pattern = re.compile("|".join(_pattern(path) for path in sorted(words, key=len, reverse=True)))

    def portable(name: str) -> str:
        file, colons, rest = name.partition("::")
        for folder in folders:
            file = file.removeprefix(f"{folder}/")
        return file + colons + pattern.sub(lambda found: words[found[0]], rest)

    return portable


def _spellings(folder: str) -> set[str]:
    """A folder and its real path, also as pytest and URLs escape them; none for the root."""
    paths = {os.path.abspath(folder), os.path.realpath(folder)} - {"/"}
    texts = {path.encode("utf-8", "backslashreplace").decode("utf-8") for path in paths}
    return (
        texts | {text.encode("unicode_escape").decode("ascii") for text in texts} | {quote(p) for p in texts}
    )


def _pattern(path: str) -> str:
    begins = r"(?:(?<![\w./])|(?<=://))" if path.count("/") == 1 else ""
    return rf"{begins}{re.escape(path)}(?!\w|\.\w)"
