"""Runs on the disk as a library: begin, answer, continue and retry them, without a command line.

1. Each function takes or gives a `RecordedRun`: the contents of a run file, all of whose lines are checked. A question
   is `tier2.question(recorded.run)`, and its answer `tier2.answer(...)`.
2. One process at a time writes to a run file, under its lock. A second one is refused with a RunError ``at-work``.
3. An answer is recorded as soon as it fits the pending step and the head that it names. Whether the run can go on
   afterwards is another question: `continue_run` answers it.
4. A RunError has a code, the path of the run file, and facts. Nothing was changed, except that a run which was begun or
   continued keeps the events that are recorded so far; it can be continued.
"""

from pathlib import Path

import msgspec

from tier2.contracts.v1 import Decided, Run
from tier2.engine.execution import advance, replay
from tier2.errors import IllegalEvent
from tier2.shell.errors import RunError
from tier2.shell.run_files import clock
from tier2.shell.run_files.folder import default_folder
from tier2.shell.run_files.lines import Beginning, RecordedRun, beginning
from tier2.shell.run_files.run_file import SUFFIX, begin, read_run, reopen
from tier2.shell.runs.driver import Driver, check_signature, check_surroundings, drive, outside_of, with_event
from tier2.values.canonical import canonical


def begin_run(run: Run, driver: Driver, folder: Path | None = None) -> RecordedRun:
    """Begins a run file, and goes on with the run as far as can be gone now.

    run: A run without events, from `tier2.start`.
    folder: Where its file is made, under a new name; None for the default folder of runs.

    Raises RunError. Its ``path`` is None if the run cannot begin; then no file was made. Otherwise as `continue_run`.
    """
    place = default_folder() if folder is None else folder
    write_back = driver.write_back(run)
    files = () if write_back is None else write_back.files
    return _begun(place, run, beginning(files, driver.surroundings(run)), driver)


def _begun(folder: Path, run: Run, began: Beginning, driver: Driver) -> RecordedRun:
    """Goes on with a run from a new run file, if nothing is against it."""
    outside_of(driver, RecordedRun(path=folder / f"new{SUFFIX}", run=run, began=began), begun=False)
    with begin(folder, run, began) as file:
        driver.begun(file.path)
        recorded = RecordedRun(path=file.path, run=run, began=began, size=file.size)
        return drive(driver, file, recorded, outside_of(driver, recorded))


def answer_run(path: Path, decision: Decided) -> RecordedRun:
    """Records a person's decision on the pending step, and nothing else: no later step is looked at.

    decision: It names the head on which it was made, as that of `tier2.answer` does. Without a time it gets that of
        the clock, unless it is signed.

    The same decision again changes nothing and is no error. Raises RunError ``decided`` if another one was recorded
    for the step (its facts say by whom, when and why), ``finished``, ``at-work``, ``damaged``, ``unreadable`` or
    ``unwritable``; IllegalEvent ``stale`` for a decision on another head or on none, ``signature`` for a signature of
    another decision, otherwise as `tier2.advance`; InputError for a signed one where there is no ssh-keygen.
    """
    with reopen(path) as (file, recorded):
        before = _decision_on(recorded.run, decision.step_id)
        if before is not None:
            if decision.at is None:
                decision = msgspec.structs.replace(decision, at=before.at)
            if canonical(before) == canonical(decision):
                return recorded
            raise _decided(path, before)
        _check_unfinished(recorded)
        if decision.at is None and decision.signature is None:
            decision = msgspec.structs.replace(decision, at=clock.now())
        advance(recorded.run, decision)  # what does not fit at all is said first
        if decision.head_sha256 is None:
            raise IllegalEvent(
                code="stale",
                path=("events", len(recorded.run.events), "head_sha256"),
                message="the decision names no head",
                remedy="answer the question of the run as it is",
            )
        check_signature(recorded.run, decision)
        return with_event(file, recorded, decision)


def _decision_on(run: Run, step_id: str) -> Decided | None:
    return next((e for e in run.events if isinstance(e, Decided) and e.step_id == step_id), None)


def _decided(path: Path, before: Decided) -> RunError:
    """The error of an answer to a step that somebody has decided already."""
    at = "" if before.at is None else f" at {before.at}"
    note = "" if before.note is None else f", with the note {before.note!r}"
    text = f"step {before.step_id!r} was {before.verdict} by {before.by!r}{at}{note}; nothing was changed"
    return RunError(
        "decided",
        path,
        text,
        step_id=before.step_id,
        verdict=before.verdict,
        by=before.by,
        at=before.at,
        note=before.note,
    )


def continue_run(path: Path, driver: Driver, head_sha256: str | None = None) -> RecordedRun:
    """Goes on with an unfinished run as far as can be gone now: to its end, or to a person who is not here.

    head_sha256: The head that the run has to have; None for any.

    Raises RunError: ``consent``, ``host``, ``revision`` or ``files`` if it cannot go on here, before anything is done;
    ``rehearsed`` if a step was only rehearsed; ``raised`` if a pure operation raised; ``stale`` for another head;
    ``finished``, ``at-work``, ``damaged``, ``unreadable`` or ``unwritable``. IllegalEvent for a decision of the
    driver's that does not fit.
    """
    with reopen(path) as (file, recorded):
        _check_unfinished(recorded)
        if head_sha256 not in (None, recorded.head):
            text = (
                f"the head of the run is {recorded.head}, not {head_sha256}: it was changed since then; "
                "look at the run as it is now"
            )
            raise RunError("stale", path, text, head_sha256=recorded.head)
        if recorded.dropped is not None:
            driver.say(f"{path}: {recorded.dropped}")
        outside = outside_of(driver, recorded)
        check_surroundings(driver, recorded)
        return drive(driver, file, recorded, outside)


def _check_unfinished(recorded: RecordedRun) -> None:
    if recorded.result is not None:
        outcome = recorded.result.outcome
        raise RunError("finished", recorded.path, "the run is finished; start a new one", outcome=outcome)


def retry_run(path: Path, driver: Driver, folder: Path | None = None) -> RecordedRun:
    """Begins a new run file out of a failed run, with all events before the failed step, and goes on from there.

    Nobody is asked again what they have decided, and host calls have the keys that they had. The old file stays.

    folder: Where the new file is made; None for the folder of the old one.

    Raises RunError: ``not-failed`` for a run that did not fail, a vetoed one too, ``unfinished``, and ``damaged`` or
    ``unreadable``. Its ``path`` is None if the new run cannot begin. Otherwise as `continue_run`.
    """
    failed = read_run(path)
    if failed.result is None:
        raise RunError("unfinished", path, "the run is not finished; go on with it instead")
    if failed.result.outcome != "failed":
        text = f"the run is {failed.result.outcome}; only a run in which a step failed can be tried again"
        raise RunError("not-failed", path, text, outcome=failed.result.outcome)
    run = replay(failed.run.workflow, failed.run.context, failed.run.events[:-1], failed.run.operations)
    place = path.parent if folder is None else folder
    try:
        check_surroundings(driver, msgspec.structs.replace(failed, run=run), begun=False)
        return _begun(place, run, msgspec.structs.replace(failed.began, began_at=clock.now()), driver)
    except RunError as error:
        if error.path is not None:
            raise
        raise RunError(error.code, None, f"{path}: {error}", **error.facts) from None
