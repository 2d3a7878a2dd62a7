"""The driver of runs: it asks people, performs operations, and records every event before the next step.

1. A run file is begun before the first step, and gets a line for each event (see `tier2.shell.run_files.run_file`).
2. Pure operations run here; host operations only with consent, and by the hosts that the command was given; a person
   decides at the terminal, or the run pauses.
3. A run that changes files at its end plans that in the run file first, then changes the files, then records its
   result. So a run that was killed in between completes the write-back when it is resumed.
4. A host operation that was in flight when the process died is performed again: at least once. Everything else happens
   exactly once.
"""

import shlex
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, final

import msgspec

from tier2.contracts.v1 import Decided, Event, OrchestrationResult, Run, StepSpec
from tier2.engine.execution import chain_of, finish, pending, perform, start, state
from tier2.kinds import Host, Operation
from tier2.shell.errors import InputError
from tier2.shell.run_files.lines import Recorded, beginning, event_line, write_back_line
from tier2.shell.run_files.run_file import SUFFIX, RunFile, begin, reopen
from tier2.shell.runs.hosts import HostOperation
from tier2.shell.runs.write_back import WriteBack, apply, plan, plan_of_rest, read_unchanged
from tier2.values.canonical import MAX_BYTES, canonical
from tier2.values.frozen import freeze_object

Hosts: TypeAlias = Mapping[str, HostOperation]

NO_HOSTS: Hosts = MappingProxyType({})

Decide: TypeAlias = Callable[[Run, StepSpec], Decided | None]
"""Gives a person's decision on a human step, or None to leave it for later."""


@final
class Waiting(msgspec.Struct, frozen=True):
    """A run that waits for a person.

    path: its run file.
    """

    path: Path
    run: Run
    step: StepSpec


@final
class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """Drives runs, with all that they need from outside.

    hosts: gives the host operations of a run by name. The second argument is the path of the run file without its
        suffix. Before a run begins, it is called once more with the path that any new run could have.
    write_back: gives the files that the end of a run changes, or None.
    allowed: the host operations that the runs may perform; None for all of them.
    say: shows a person a message.
    progress: shows how far the run has come, to a person who watches.
    """

    operations: Mapping[str, Operation]
    hosts: Callable[[Run, Path], Hosts]
    write_back: Callable[[Run], WriteBack | None]
    allowed: Collection[str] | None
    decide: Decide
    say: Callable[[str], None]
    progress: Callable[[str], None]

    def begin(self, folder: Path, run: Run) -> OrchestrationResult | Waiting:
        """Begins a run file in ``folder``, and goes as far as can be gone now."""
        write_back = self.write_back(run)
        self._consented(run, folder / f"new{SUFFIX}")
        began = beginning(() if write_back is None else write_back.files)
        with begin(folder, run, began) as file:
            self.progress(f"the run is recorded in {file.path}")
            return self._drive(
                file, Recorded(run=run, began=began), self._consented(run, file.path), write_back
            )

    def resume(
        self, path: Path, answer: Decide | None = None, *, ends: bool = False
    ) -> OrchestrationResult | Waiting:
        """Goes on with an unfinished run. ``answer`` decides the pending human step, before anybody else is asked.

        ends: whether the answer ends the run, as a veto does: then nothing of what would follow is needed or asked for.

        Raises InputError for a finished run, and IllegalEvent for an answer to another step than the pending one.
        """
        with reopen(path) as (file, recorded):
            if recorded.result is not None:
                raise InputError(f"{path}: the run is finished; start a new one")
            if recorded.torn:
                self.say(
                    f"{path}: a torn last line of {recorded.torn} bytes was dropped; its step is done again"
                )
            hosts, write_back = (NO_HOSTS, None) if ends else self._ready(recorded, path)
            answered = recorded if answer is None else self._answered(file, recorded, answer)
            return self._drive(file, answered, hosts, write_back)

    def _ready(self, recorded: Recorded, path: Path) -> tuple[Hosts, WriteBack | None]:
        """The hosts and the write-back of the rest of a run. Refuses one that cannot go on, before anybody is asked."""
        run = recorded.run
        if pending(run) is not None:
            # The same check of operations as at the beginning: this command may know others than the one that began.
            start(run.workflow, run.context, self.operations)
        hosts, write_back = self._consented(run, path), self.write_back(run)
        if recorded.began.files != (() if write_back is None else tuple(write_back.files)):
            raise InputError(f"{path}: nothing here writes its files back; resume it where it began")
        if write_back is not None and recorded.write_back is None:
            read_unchanged(write_back)
        return hosts, write_back

    def _consented(self, run: Run, path: Path) -> Hosts:
        """The hosts of a run. Refuses an operation that is not allowed or not there, before anything happens."""
        left = run.workflow.steps[len(run.events) :] if pending(run) is not None else ()
        steps = [step for step in left if step.kind == "runtime" and self._is_host(step)]
        for step in steps:
            name = _operation(step)
            if self.allowed is not None and name not in self.allowed:
                raise InputError(
                    f"step {step.id!r} would perform {name}, which touches the world; "
                    f"if you trust this run, allow it with --allow {shlex.quote(name)}"
                )
        hosts = self.hosts(run, path.with_suffix("")) if steps else NO_HOSTS
        for step in steps:
            if _operation(step) not in hosts:
                raise InputError(
                    f"step {step.id!r}: nothing here performs {_operation(step)}; rehearse it instead"
                )
        return hosts

    def _answered(self, file: RunFile, recorded: Recorded, answer: Decide) -> Recorded:
        step = pending(recorded.run)
        if step is None:
            raise InputError(f"{file.path}: no step is pending to be answered; nothing was changed")
        event = answer(recorded.run, step)
        return recorded if event is None else _with_event(file, recorded, event)

    def _drive(
        self, file: RunFile, recorded: Recorded, hosts: Hosts, write_back: WriteBack | None
    ) -> OrchestrationResult | Waiting:
        while (step := pending(recorded.run)) is not None:
            event = self._event(recorded.run, step, hosts)
            if event is None:
                return Waiting(file.path, recorded.run, step)
            recorded = _with_event(file, recorded, event)
        result = finish(recorded.run)
        line = canonical(result)
        file.check(line, MAX_BYTES)
        if write_back is not None and result.success:
            _write_back(file, recorded, write_back)
        file.append(line)
        return result

    def _event(self, run: Run, step: StepSpec, hosts: Hosts) -> Event | None:
        if step.kind == "human":
            return self.decide(run, step)
        if not self._is_host(step):
            return perform(step, state(run), self.operations)
        from tier2.shell.runs.attempt import perform_host  # noqa: PLC0415 - it imports asyncio, and most runs have no host operation

        self.progress(f"step {step.id!r} performs {_operation(step)}")
        return perform_host(step, state(run), hosts, self.say)

    def _is_host(self, step: StepSpec) -> bool:
        return isinstance(self.operations.get(_operation(step)), Host)


def _operation(step: StepSpec) -> str:
    return str(step.payload.get("operation"))


def _with_event(file: RunFile, recorded: Recorded, event: Event) -> Recorded:
    run, line = event_line(recorded.run, event)
    file.append(line)
    return msgspec.structs.replace(recorded, run=run)


def _write_back(file: RunFile, recorded: Recorded, write_back: WriteBack) -> None:
    final_state = freeze_object(state(recorded.run))
    if recorded.write_back is not None:
        planned = plan_of_rest(write_back, recorded.write_back, final_state)
    else:
        planned = plan(write_back, final_state)
        file.append(write_back_line(chain_of(recorded.run).head, planned.changes))
    apply(write_back, planned)
