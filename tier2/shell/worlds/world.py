"""`World`: all that a mission type brings to the command. The built-in missions use it as any larger system does.

1. A world is data and functions. It leaves out what it does not need.
2. Its own options are given as text, by name, and it checks them itself. A mistake of the person is a
   `tier2.shell.errors.InputError`, which names the option and says what to do.
3. A write-back is data. The driver records the plan, with the digest of each file before and after, before it writes
   anything. It writes each file at once or not at all. After an interruption, it completes the plan when the run is
   resumed.
4. A run records what it reads in its context. So the context's metadata is where a world keeps the digests of the files
   that it will write back.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, final

import msgspec

from tier2.contracts.v1 import ExecutionContext, OrchestrationResult, Run
from tier2.kinds import JsonObject
from tier2.shell.runs.hosts import HostOperation
from tier2.shell.runs.write_back import WriteBack
from tier2.values.frozen import EMPTY


@final
class Option(msgspec.Struct, frozen=True, kw_only=True):
    """An option of the command that belongs to one mission type. It takes one value.

    name: Without the dashes, such as ``invoices``.
    help: One line for ``--help``.
    metavar: What stands for the value in the help.
    resumable: Whether ``resume`` takes it too, and not only ``run``.
    """

    name: str
    help: str
    metavar: str = "TEXT"
    resumable: bool = True


Given: TypeAlias = Mapping[str, str]
"""The values of a world's own options, by name; only those that the command line gives."""


Say: TypeAlias = Callable[[str], None]
"""Shows a person a message."""


def _no_params(_: Given) -> JsonObject:
    return EMPTY


def _no_context(_: Given) -> ExecutionContext | None:
    return None


def _no_hosts(_: Given, __: Run, ___: Path) -> Mapping[str, HostOperation]:
    return MappingProxyType({})


def _no_write_back(_: Given, __: Run) -> WriteBack | None:
    return None


def _no_surroundings(_: Given, __: Run) -> JsonObject:
    return EMPTY


def _no_check(_: Given, __: Run, ___: JsonObject) -> None: ...


def _as_given(given: Given, _: JsonObject) -> Given:
    return given


def _no_summary(_: OrchestrationResult) -> Iterable[str]:
    return ()


def _no_files(_: Path) -> Iterable[Path]:
    return ()


@final
class World(msgspec.Struct, frozen=True, kw_only=True):
    """What a mission type brings to the shell.

    options: The options that it adds to ``run`` and ``resume``.
    params: Params of the mission that the options bring, where the command line gives none of that name.
    context: The context of a new run, read from what the options name; None where they name nothing to be read.
    hosts: Its host operations for one run, by name. The last argument is the path of the run file without its suffix:
        files beside the run begin with it. It is also asked before a run begins, so it makes no file yet.
    write_back: What the end of the run changes; None for nothing. It is asked before a run begins or goes on, so that
        it can refuse a run that needs an option which was not given.
    surroundings: What a run is to find again when it goes on or is tried again, such as a folder. The run file keeps it
        beside the run, outside the receipt. Its names are the world's own; ``files`` is taken.
    check: Refuses a run whose surroundings are others now, by an InputError that names both and the option to give. The
        last argument is what the run file keeps.
    go_on: The options with which ``resume`` goes on, for the hint; from those given and from what the run file keeps.
    summary: What a person reads at the end, line by line, instead of the whole result; nothing for the result itself.
    files: Files beside a run in which a person reads on when it has failed, from the path of the run file without its
        suffix; those that are not there are not named.
    predicate: What ``tier2 statement`` says of a finished run: the type of an in-toto predicate, and the predicate. The
        second argument is the folder of the run, the third shows a person what is left out. None for no statement.
    """

    options: tuple[Option, ...] = ()
    params: Callable[[Given], JsonObject] = _no_params
    context: Callable[[Given], ExecutionContext | None] = _no_context
    hosts: Callable[[Given, Run, Path], Mapping[str, HostOperation]] = _no_hosts
    write_back: Callable[[Given, Run], WriteBack | None] = _no_write_back
    surroundings: Callable[[Given, Run], JsonObject] = _no_surroundings
    check: Callable[[Given, Run, JsonObject], None] = _no_check
    go_on: Callable[[Given, JsonObject], Given] = _as_given
    summary: Callable[[OrchestrationResult], Iterable[str]] = _no_summary
    files: Callable[[Path], Iterable[Path]] = _no_files
    predicate: Callable[[OrchestrationResult, Path, Say], tuple[str, JsonObject]] | None = None
