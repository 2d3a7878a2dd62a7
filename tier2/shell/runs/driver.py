"""The driver of runs: it asks people, performs operations, and records every event before the next step.

1. A run file is begun before the first step, and gets a line for each event (see `tier2.shell.run_files.lines`).
2. Pure operations run here; host operations only if they are allowed, and by the hosts that the driver has; a person
   decides if the driver can ask one, or the run waits.
3. A run that changes files at its end plans that in the run file first, then changes the files, then records its
   result. So a run that was killed in between completes the write-back when it is continued. Until then, a marker
   beside the files keeps other runs from them (see `tier2.shell.runs.unfinished`).
4. A host operation that was in flight when the process died is performed again, with the same key: at least once.
   Everything else happens exactly once. No step is ever rehearsed here: a run with such an event does not go on, or it
   could get past a person.
5. What a pure operation raises is recorded nowhere: the run stays where it was, and can be continued.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn, TypeAlias, TypeVar, final

import msgspec

from tier2.contracts.v1 import Decided, Event, Rehearsed, Run, StepSpec
from tier2.engine.execution import advance, check_operations, finish, head, pending, perform, state
from tier2.errors import IllegalEvent, Tier2Error
from tier2.kinds import Host, JsonObject, Operation
from tier2.missions import OPERATIONS
from tier2.shell.errors import InputError, RunError, RunErrorCode, in_own_code
from tier2.shell.run_files.lines import RecordedRun, event_line, write_back_line
from tier2.shell.run_files.run_file import RunFile
from tier2.shell.runs.hosts import HostOperation, in_seconds
from tier2.shell.runs.unfinished import check_unfinished, is_marked, marked
from tier2.shell.runs.write_back import WriteBack, apply, plan, plan_of_rest, read_unchanged
from tier2.values.canonical import MAX_BYTES, canonical, digest
from tier2.values.frozen import EMPTY, freeze_object

Hosts: TypeAlias = Mapping[str, HostOperation]

T = TypeVar("T")

NO_HOSTS: Hosts = MappingProxyType({})


def _no_hosts(_: Run, __: Path) -> Hosts:
    return NO_HOSTS


def _no_write_back(_: Run) -> WriteBack | None:
    return None


def _no_surroundings(_: Run) -> JsonObject:
    return EMPTY


def _no_check(_: RecordedRun) -> None: ...


def _nobody(_: Run) -> Decided | None:
    return None


def _silent(_: object) -> None: ...


@final
class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run needs from outside to go on here.

    operations: The known operations by name.
    hosts: Gives the host operations of a run by name. The second argument is the path of the run file without its
        suffix. Before a run begins, it is called once more with the path that any new run could have.
    write_back: Gives the files that the end of a run changes, or None.
    surroundings: Gives what a new run is to find again when it goes on, as its run file keeps it.
    check: Refuses a run whose surroundings are others now, by an InputError.
    allowed: The host operations that the runs may perform; None for all of them.
    decide: Gives the decision on the pending human step of a run, or None to leave it for later.
    say: Shows a person a message.
    progress: Shows how far the run has come, to a person who watches.
    begun: Gets the path of the run file as soon as a new run is begun.
    """

    operations: Mapping[str, Operation] = OPERATIONS
    hosts: Callable[[Run, Path], Hosts] = _no_hosts
    write_back: Callable[[Run], WriteBack | None] = _no_write_back
    surroundings: Callable[[Run], JsonObject] = _no_surroundings
    check: Callable[[RecordedRun], None] = _no_check
    allowed: Collection[str] | None = None
    decide: Callable[[Run], Decided | None] = _nobody
    say: Callable[[str], None] = _silent
    progress: Callable[[str], None] = _silent
    begun: Callable[[Path], object] = _silent


@final
class Outside(msgspec.Struct, frozen=True):
    """The hosts and the write-back of the rest of one run."""

    hosts: Hosts = NO_HOSTS
    write_back: WriteBack | None = None


def outside_of(driver: Driver, recorded: RecordedRun, *, begun: bool = True) -> Outside:
    """What the rest of a run needs, if the driver has all of it. Nobody is asked, and nothing is changed.

    begun: Whether it has a run file already.

    Raises RunError if the run cannot go on here: ``rehearsed``, ``revision``, ``consent``, ``host`` or ``files``.
    """
    run, place = recorded.run, recorded.path if begun else None
    if pending(run) is None and not finish(run).success:
        return Outside()
    for event in run.events:
        if isinstance(event, Rehearsed):
            text = (
                f"step {event.step_id!r} was only rehearsed, and such a run does not go on; start a new one"
            )
            raise RunError("rehearsed", place, text, step_id=event.step_id)
    try:
        check_operations(run, driver.operations)
    except Tier2Error as error:
        raise RunError("revision", place, f"{error} [{error.code}]") from None
    steps = [step for step in run.workflow.steps[len(run.events) :] if _is_host(driver, step)]
    for step in steps:
        name = _operation(step)
        if driver.allowed is not None and name not in driver.allowed:
            text = f"step {step.id!r} would perform {name}, which touches the world and is not allowed"
            raise RunError("consent", place, text, step_id=step.id, operation=name)
    hosts = _from_world(
        "host", place, lambda: driver.hosts(run, recorded.path.with_suffix("")) if steps else NO_HOSTS
    )
    for step in steps:
        if _operation(step) not in hosts:
            text = f"step {step.id!r}: nothing here performs {_operation(step)}; rehearse it instead"
            raise RunError("host", place, text, step_id=step.id, operation=_operation(step))
    return Outside(hosts, _from_world("files", place, lambda: _write_back_of(driver, recorded)))


def check_surroundings(driver: Driver, recorded: RecordedRun, *, begun: bool = True) -> None:
    """Refuses a run that has host operations before it, if its surroundings are others now.

    begun: Whether the run itself is to go on, and not a new one made out of it.

    Raises RunError ``host``.
    """
    if any(_is_host(driver, step) for step in recorded.run.workflow.steps[len(recorded.run.events) :]):
        _from_world("host", recorded.path if begun else None, lambda: driver.check(recorded))


def _from_world(code: RunErrorCode, path: Path | None, ask: Callable[[], T]) -> T:
    """What a function of the run's world gives; its InputError becomes a RunError about the run file."""
    try:
        return ask()
    except RunError as error:
        if error.path is not None or path is None:
            raise
        raise RunError(error.code, path, str(error), **error.facts) from None
    except InputError as error:
        raise RunError(code, path, str(error)) from None


def _write_back_of(driver: Driver, recorded: RecordedRun) -> WriteBack | None:
    write_back = driver.write_back(recorded.run)
    if recorded.began.files != (() if write_back is None else tuple(write_back.files)):
        raise InputError("nothing here writes its files back; go on with it where it began")
    if write_back is not None and recorded.write_back is None:
        check_unfinished(write_back)
        read_unchanged(write_back)
    return write_back


def drive(driver: Driver, file: RunFile, recorded: RecordedRun, outside: Outside) -> RecordedRun:
    """Goes on with a run as far as can be gone now: to its end, or to a person who is not here.

    Raises RunError if it cannot go on: ``raised``, ``files`` or ``unwritable``.
    """
    recorded = msgspec.structs.replace(recorded, torn=0)  # it is dropped by now
    while (step := pending(recorded.run)) is not None:
        event = _event(driver, recorded, step, outside.hosts)
        if event is None:
            return recorded
        if isinstance(event, Decided) and event.signature is not None:
            advance(recorded.run, event)  # what does not fit at all is said first
            check_signature(recorded.run, event)
        try:
            recorded = with_event(file, recorded, event)
        except Tier2Error as error:  # such as an output that is too large to record
            if isinstance(event, Decided):
                raise
            _refuse_output(recorded, step, f"{error} [{error.code}]")
    result = finish(recorded.run)
    line = canonical(result)
    file.check(line, MAX_BYTES)
    write_back = outside.write_back
    if write_back is not None and result.success:
        recorded = _from_world("files", file.path, partial(_written_back, file, recorded, write_back))
    file.append(line)
    return msgspec.structs.replace(recorded, result=result, size=file.size)


def with_event(file: RunFile, recorded: RecordedRun, event: Event) -> RecordedRun:
    """Records an event of the pending step, and gives the contents of the file with it."""
    run, line = event_line(recorded.run, event)
    file.append(line)
    return msgspec.structs.replace(recorded, run=run, size=file.size)


def check_signature(run: Run, decision: Decided) -> None:
    """Refuses a signature that is none of this decision, before it is recorded for ever.

    Raises IllegalEvent ``signature``; InputError where there is no ssh-keygen.
    """
    if decision.signature is None:
        return
    from tier2.shell.signatures import is_signed_by_a_key  # noqa: PLC0415 - few decisions are signed

    if not is_signed_by_a_key(decision):
        raise IllegalEvent(
            code="signature",
            path=("events", len(run.events), "signature"),
            message="the signature is damaged, or of another decision",
            remedy="sign this decision anew",
        )


def _event(driver: Driver, recorded: RecordedRun, step: StepSpec, hosts: Hosts) -> Event | None:
    run = recorded.run
    if step.kind == "human":
        return driver.decide(run)
    if not _is_host(driver, step):
        return _performed(driver, recorded, step)
    from tier2.shell.runs.attempt import perform_host  # noqa: PLC0415 - it imports asyncio, and most runs have no host operation

    host, name = hosts[_operation(step)], _operation(step)
    each = f" in each of at most {host.attempts} attempts" if host.attempts > 1 else ""
    driver.progress(f"step {step.id!r} performs {name}, for at most {in_seconds(host.time_limit)}{each}")
    key, folder = host_key(recorded, step), recorded.path.with_suffix("")
    return perform_host(step, state(run), hosts, driver.say, key=key, folder=folder, warn=driver.progress)


def host_key(recorded: RecordedRun, step: StepSpec) -> str:
    """The key of the pending step's host call: the same on each repetition, and in a retry of the run."""
    members = {"head_sha256": head(recorded.run), "nonce": recorded.began.nonce, "step_id": step.id}
    return digest(members)


def _performed(driver: Driver, recorded: RecordedRun, step: StepSpec) -> Event:
    """The event of a step with a pure operation. What that raises becomes a RunError; nothing is recorded."""
    try:
        return perform(step, state(recorded.run), driver.operations)
    except Tier2Error as error:
        _refuse_output(recorded, step, f"{error} [{error.code}]")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # it is the user's own code, and may call sys.exit
        text = f"the operation {_operation(step)!r} of step {step.id!r} raised {in_own_code(error)}"
        _refuse_output(recorded, step, text)


def _refuse_output(recorded: RecordedRun, step: StepSpec, text: str) -> NoReturn:
    raise RunError("raised", recorded.path, text, step_id=step.id, operation=_operation(step)) from None


def _is_host(driver: Driver, step: StepSpec) -> bool:
    return step.kind == "runtime" and isinstance(driver.operations.get(_operation(step)), Host)


def _operation(step: StepSpec) -> str:
    return str(step.payload.get("operation"))


def _written_back(file: RunFile, recorded: RecordedRun, write_back: WriteBack) -> RecordedRun:
    """Writes the files of a run, once that is planned in its run file."""
    final_state = freeze_object(state(recorded.run))
    if recorded.write_back is not None:
        half_written = is_marked(write_back, file.path)
        planned = plan_of_rest(write_back, recorded.write_back, final_state, half_written=half_written)
    else:
        planned = plan(write_back, final_state)
        file.append(write_back_line(head(recorded.run), planned.changes))
    with marked(write_back, planned, file.path):
        apply(write_back, planned)
    return msgspec.structs.replace(recorded, write_back=planned.changes)
