"""The write-back of a run: the files that its end changes, as data."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias, final

import msgspec

from tier2.kinds import JsonObject

Held: TypeAlias = Mapping[str, bytes | None]
"""The bytes of files by name; None for a file that is not there."""


@final
class WriteBack(msgspec.Struct, frozen=True, kw_only=True):
    """The files that the end of a successful run changes.

    files: The path of each file by a name, in the order of writing. The last one should be that from which the others
        could be made again.
    began: The SHA-256 of each file when the run began, by the same names; None for a file that was not there. A file
        that has changed since then is not written, and the person is told.
    new: A pure function from the files as they were and the final state to what they become; a file that it leaves out
        stays as it is.
    """

    files: Mapping[str, Path]
    began: Mapping[str, str | None]
    new: Callable[[Held, JsonObject], Mapping[str, bytes]]
