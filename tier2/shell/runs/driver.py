"""Driving runs for real: people are asked, host operations performed, and every event recorded before the next step.

1. A run file is begun before the first step, and gets a line for each event (see `tier2.shell.runs.run_file`).
2. Pure operations run here; host operations only with consent and by the hosts that the command was given; a person
   decides at the terminal, or the run pauses and says how to go on.
3. A run over todo files plans its write-back in the run file first, then changes the files, then records its result.
   So a run that was killed in between completes the write-back when it is resumed.
4. A host operation that was in flight when the process died is performed again: at least once. Everything else happens
   exactly once.
"""

import os
import pwd
import shlex
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

from tier2.contracts.v1 import Decided, Event, OrchestrationResult, Run, StepSpec
from tier2.engine.execution import finish, pending, perform, start, state
from tier2.escaping import escaped
from tier2.kinds import Host, Operation
from tier2.shell.errors import InputError
from tier2.shell.runs.hosts import HostOperation, perform_host
from tier2.shell.runs.locks import at_work
from tier2.shell.runs.run_file import (
    SUFFIX,
    Recorded,
    RunFile,
    begin,
    event_line,
    read_run,
    reopen,
    write_back_line,
)
from tier2.shell.worlds.daily_loop.files import DayFiles, apply_write_back, plan_write_back, unchanged
from tier2.values.canonical import MAX_BYTES, canonical
from tier2.values.frozen import freeze_object

Decide: TypeAlias = Callable[[Run, StepSpec], Decided | None]
"""Gives a person's decision on a human step, or None to leave it for later."""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What a run needs from outside.

    hosts: what performs the host operations of a run that is recorded in a file, by name.
    allowed: the host operations that this run may perform; None for all of them.
    todo: the todo files that the final state is written back to, if any.
    say: tells a person something.
    progress: tells a person who looks on how far the run has come.
    """

    operations: Mapping[str, Operation]
    hosts: Callable[[Path, Run], Mapping[str, HostOperation]]
    allowed: Collection[str] | None
    todo: DayFiles | None
    decide: Decide
    say: Callable[[str], None]
    progress: Callable[[str], None]


class Waiting(msgspec.Struct, frozen=True):
    """A run that waits for a person.

    path: its run file.
    """

    path: Path
    run: Run
    step: StepSpec


def run_for_real(folder: Path, run: Run, world: World) -> OrchestrationResult | Waiting:
    """Begins a run file in ``folder``, and goes as far as can be gone now."""
    _consent(run, world, folder / f"new{SUFFIX}")
    with begin(folder, run) as file:
        world.progress(f"the run is recorded in {file.path}")
        # The head of an empty run is what its file says.
        return _drive(file, read_run(file.path), world)


def resume(
    path: Path, world: World, answer: Decide | None = None, *, ends: bool = False
) -> OrchestrationResult | Waiting:
    """Goes on with an unfinished run. ``answer`` decides the pending human step, before anybody else is asked.

    ends: whether the answer ends the run, as a veto does: then nothing of what would follow is needed or asked for.

    Raises InputError for a finished run, and IllegalEvent for an answer to another step than the pending one.
    """
    with reopen(path) as (file, recorded):
        if recorded.torn:
            world.say(
                f"{path}: a torn last line of {recorded.torn} bytes was dropped; its step is done again"
            )
        if recorded.result is not None:
            raise InputError(f"{escaped(str(path))}: the run is finished; a new one starts with `tier2 run`")
        if not ends:
            _ready(recorded, world, path)
        answered = recorded if answer is None else _answered(file, recorded, answer)
        return _drive(file, answered, world)


def _ready(recorded: Recorded, world: World, path: Path) -> None:
    """Refuses to go on where it would be in vain, before anybody is asked and anything is recorded."""
    if pending(recorded.run) is not None:
        # The same check of operations as at the beginning: this command may know others than the one that began.
        start(recorded.run.workflow, recorded.run.context, world.operations)
    _consent(recorded.run, world, path)
    _needs_todo(recorded.run, world, path)
    if world.todo is not None and recorded.write_back is None:
        unchanged(world.todo, recorded.run.context.metadata)


def _answered(file: RunFile, recorded: Recorded, answer: Decide) -> Recorded:
    step = pending(recorded.run)
    if step is None:
        raise InputError(f"{escaped(str(file.path))}: no step is pending to be answered; nothing was changed")
    event = answer(recorded.run, step)
    return recorded if event is None else _recorded(file, recorded, event)


def _recorded(file: RunFile, recorded: Recorded, event: Event) -> Recorded:
    run, head, line = event_line(recorded.run, recorded.head, event)
    file.append(line)
    return msgspec.structs.replace(recorded, run=run, head=head)


def _drive(file: RunFile, recorded: Recorded, world: World) -> OrchestrationResult | Waiting:
    while (step := pending(recorded.run)) is not None:
        event = _event(file.path, recorded.run, step, world)
        if event is None:
            return Waiting(file.path, recorded.run, step)
        recorded = _recorded(file, recorded, event)
    result = finish(recorded.run)
    line = canonical(result)
    file.check(line, MAX_BYTES)
    if world.todo is not None and result.success:
        _write_back(file, recorded, result, world.todo)
    file.append(line)
    return result


def _event(path: Path, run: Run, step: StepSpec, world: World) -> Event | None:
    if step.kind == "human":
        return world.decide(run, step)
    if isinstance(world.operations.get(_operation(step)), Host):
        world.progress(f"step {step.id!r} performs {_operation(step)}")
        return perform_host(step, state(run), world.hosts(path, run), world.say)
    return perform(step, state(run), world.operations)


def _operation(step: StepSpec) -> str:
    return str(step.payload.get("operation"))


def _write_back(file: RunFile, recorded: Recorded, result: OrchestrationResult, files: DayFiles) -> None:
    changes = recorded.write_back
    if changes is None:
        metadata, final_state = (
            freeze_object(recorded.run.context.metadata),
            freeze_object(result.final_state),
        )
        changes = plan_write_back(files, metadata, final_state)
        file.append(write_back_line(recorded.head, changes))
    apply_write_back(files, changes, freeze_object(result.final_state))


def _consent(run: Run, world: World, path: Path) -> None:
    """Refuses a run that would touch the world without leave, or with nobody to do it, before anything happens."""
    left = run.workflow.steps[len(run.events) :] if pending(run) is not None else ()
    for step in left:
        name = _operation(step)
        if step.kind == "human" or not isinstance(world.operations.get(name), Host):
            continue
        if world.allowed is not None and name not in world.allowed:
            raise InputError(
                f"step {escaped(step.id)!r} would perform {escaped(name)}, which touches the world; "
                f"if you trust this run, allow it with --allow {shlex.quote(escaped(name))}"
            )
        if name not in world.hosts(path, run):
            raise InputError(
                f"step {escaped(step.id)!r}: nothing here performs {escaped(name)}; rehearse it instead"
            )


def _needs_todo(run: Run, world: World, path: Path) -> None:
    needed = "todo_txt" in run.context.metadata
    if needed and world.todo is None:
        raise InputError(
            f"{escaped(str(path))}: this run writes back to a todo file; name it with --todo PATH"
        )
    if not needed and world.todo is not None:
        raise InputError(f"{escaped(str(path))}: this run has no todo file; leave --todo away")


def default_folder() -> Path:
    """Where runs live unless told otherwise: ``$XDG_STATE_HOME/tier2``."""
    state_home = os.environ.get("XDG_STATE_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    if state_home.startswith("/"):
        return Path(state_home) / "tier2"
    try:
        return Path.home() / ".local" / "state" / "tier2"
    except RuntimeError:
        raise InputError("no home folder is known for the runs; name a folder with --runs") from None


def folder_of(given: str | None) -> Path:
    """The folder of runs that a person names, or else the default one."""
    return default_folder() if given is None else Path(given)


def run_path(folder: Path, name: str) -> Path:
    """The run file that a person names: a path, or the name of a run in the folder."""
    inside = folder / (name if name.endswith(SUFFIX) else name + SUFFIX)
    # Not by Path.exists, which raises for a name that no file can have.
    here = os.path.exists(name) and not os.path.exists(inside)
    return Path(name) if "/" in name or here else inside


def user_name() -> str:
    """Who sits here, as the system says; nothing proves it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def listed(folder: Path) -> list[tuple[str, str]]:
    """Each run of the folder, by name: what became of it, or what it waits for."""
    try:
        names = [name for name in os.listdir(folder) if name.endswith(SUFFIX)]
    except FileNotFoundError:  # nothing has run yet
        return []
    except OSError as error:
        raise InputError(
            f"{escaped(str(folder))}: cannot be read: {error.strerror}; name another folder with --runs"
        ) from None
    paths = [folder / name for name in sorted(names, key=lambda name: (len(name), name))]
    return [(path.name.removesuffix(SUFFIX), _standing(path)) for path in paths]


def _standing(path: Path) -> str:
    # Asked first: who is at work may be done by the time that the file is read, and then the file says so.
    busy = at_work(path)
    try:
        recorded = read_run(path)
    except InputError as fault:
        return f"unreadable: {fault}"
    events = len(recorded.run.events)
    since = f"since event {events} of {len(recorded.run.workflow.steps)}"
    step = pending(recorded.run)
    if recorded.result is not None:
        outcome = recorded.result.outcome
        return (
            f"finished: {outcome}"
            if recorded.result.success
            else f"{outcome} at {recorded.result.failed_step_id!r}"
        )
    what, remedy = (
        f"unfinished at {step.id!r}" if step else "unfinished: its end is not recorded yet",
        "; resume it",
    )
    if step and step.kind == "human":
        what, remedy = f"waiting for a person at {step.id!r}", ""
    return f"{what}, {since}" + ("; a process is at work on it" if busy else remedy)
