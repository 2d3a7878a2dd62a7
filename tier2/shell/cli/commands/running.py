"""The commands that plan and run: plan, rehearse, run, resume."""

import argparse
import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tier2.contracts.v1 import Decided, OrchestrationResult, Run, StepSpec
from tier2.engine.execution import run_workflow, start
from tier2.errors import IllegalEvent
from tier2.escaping import escaped
from tier2.kinds import Host, MissionType, Operation
from tier2.shell.cli import prompt as people
from tier2.shell.cli.exit_codes import DONE, FAILED, PAUSED
from tier2.shell.cli.inputs import context_of, context_of_day, planned, workflow_of
from tier2.shell.cli.output import answer, say, write
from tier2.shell.io.files import InputError, about, write_whole
from tier2.shell.runs import driver as runs
from tier2.shell.runs.hosts import HostOperation
from tier2.shell.runs.run_file import SUFFIX
from tier2.shell.worlds.daily_loop.files import DayFiles, day_files, differences, plan_write_back
from tier2.values.canonical import canonical
from tier2.values.frozen import EMPTY, freeze_object

Missions = Mapping[str, MissionType]
Operations = Mapping[str, Operation]
Hosts = Mapping[str, HostOperation]

TEST_OPERATIONS = ("tests.discover", "tests.execute")
"""The host operations that this command itself performs."""


def plan_command(options: argparse.Namespace, missions: Missions) -> int:
    """Prints the workflow of a mission."""
    answer(planned(options, missions), options)
    return DONE


def rehearse_command(options: argparse.Namespace, missions: Missions, operations: Operations) -> int:
    """Prints the result of a rehearsal."""
    workflow, context = workflow_of(options, missions), context_of(options)
    with about(options.workflow):
        result = run_workflow(workflow, context, operations)
    events = tuple(entry.event for entry in result.receipt.entries)
    _keep(Run(workflow=workflow, context=context, events=events), options)
    return _ended(result, options)


def run_command(options: argparse.Namespace, missions: Missions, operations: Operations, hosts: Hosts) -> int:
    """Runs a mission for real, as far as it goes now."""
    workflow = workflow_of(options, missions)
    files = _files_of(options)
    if files is None and (options.dry_run or options.today is not None):
        raise InputError("--today and --dry-run are for --todo PATH")
    context = context_of(options) if files is None else context_of_day(options, files)
    with about(options.workflow):
        run = start(workflow, context, operations)
    if files is not None and options.dry_run:
        return _dry_run(run, files, operations)
    # Who names a mission on the command line means what it does; a document was written by somebody else.
    named = options.type is not None
    world = _world(options, operations, hosts, files, None if named else frozenset(options.allow))
    return _ended_or_waiting(runs.run_for_real(runs.folder_of(options.runs), run, world), world, options)


def resume_command(options: argparse.Namespace, operations: Operations, hosts: Hosts) -> int:
    """Goes on with an unfinished run."""
    files = _files_of(options)
    world = _world(options, operations, hosts, files, frozenset(options.allow))
    path = runs.run_path(runs.folder_of(options.runs), options.run)
    decide = _answer_of(options)
    with about(str(path)):
        reached = runs.resume(path, world, decide, ends=options.veto is not None)
    return _ended_or_waiting(reached, world, options)


def _world(
    options: argparse.Namespace,
    operations: Operations,
    hosts: Hosts,
    files: DayFiles | None,
    allowed: frozenset[str] | None,
) -> runs.World:
    def beside(path: Path, run: Run) -> Hosts:
        if not any(step.payload.get("operation") in TEST_OPERATIONS for step in run.workflow.steps):
            return hosts
        from tier2.shell.worlds.run_tests.pytest_hosts import TestOptions, target_of, test_hosts  # noqa: PLC0415 - as slow as asyncio

        if not Path(options.directory).is_dir():
            raise InputError(
                f"--directory {escaped(options.directory)}: is no folder; name the one to test in"
            )
        # A path, unlike a name that is looked up, is told from where the command was given.
        python = os.path.abspath(options.python) if "/" in options.python else options.python
        with about(str(path)):
            tests = TestOptions(
                target=target_of(run.workflow),
                python=python,
                time_limit=options.time_limit,
                directory=Path(options.directory),
                files=path.with_suffix(""),
            )
        return {**test_hosts(tests), **hosts}

    def decide(run: Run, step: StepSpec) -> Decided | None:
        if options.no_input or not people.is_terminal():
            return None
        return people.ask(run, step, options.by or runs.user_name())

    return runs.World(
        operations=operations,
        hosts=beside,
        allowed=allowed,
        todo=files,
        decide=decide,
        say=say,
        progress=say if people.is_looking_on() else lambda _: None,
    )


def _answer_of(options: argparse.Namespace) -> runs.Decide | None:
    """The decision that the command line brings, if it does."""
    step_id: str | None = options.approve if options.approve is not None else options.veto
    if step_id is None:
        if options.note is not None or options.choose is not None:
            raise InputError("--note and --choose belong to --approve STEP or --veto STEP")
        return None
    verdict: Literal["approved", "vetoed"] = "approved" if options.approve is not None else "vetoed"
    if options.choose is not None and verdict == "vetoed":
        raise InputError("--choose belongs to --approve STEP")
    if not (options.by or "").strip():
        raise InputError("--by NAME is needed: the receipt says who decided")
    places = people.numbers(options.choose or "")

    def decide(run: Run, step: StepSpec) -> Decided:
        if step.id != step_id:
            raise IllegalEvent(
                code="event",
                where=f"$.events[{len(run.events)}]",
                message=f"step {step.id!r} is pending, not {step_id!r}; nothing was changed",
                remedy="answer the pending step",
            )
        output = people.chosen(run, step, places) if verdict == "approved" else EMPTY
        return Decided(step_id=step_id, verdict=verdict, by=options.by, note=options.note, output=output)

    return decide


def _dry_run(run: Run, files: DayFiles, operations: Operations) -> int:
    """Shows what the day would do to the todo files; the person's step is rehearsed, and nothing is written."""
    result = run_workflow(run.workflow, run.context, operations)
    if not result.success:
        say(f"step {result.failed_step_id!r} would fail: {result.error_message}")
        return FAILED
    final_state = freeze_object(result.final_state)
    changes = plan_write_back(files, freeze_object(run.context.metadata), final_state)
    write(differences(files, changes, final_state).encode())
    return DONE


def _ended_or_waiting(
    reached: OrchestrationResult | runs.Waiting, world: runs.World, options: argparse.Namespace
) -> int:
    if isinstance(reached, OrchestrationResult):
        return _ended(reached, options)
    # An id that begins with a dash would be taken for an option.
    approve = (
        [f"--approve={reached.step.id}"]
        if reached.step.id.startswith("-")
        else ["--approve", reached.step.id]
    )
    command = ["tier2", "resume", _run_name(reached.path), *approve, "--by", "NAME"]
    for step in reached.run.workflow.steps[len(reached.run.events) :]:
        name = str(step.payload.get("operation"))
        if step.kind == "runtime" and isinstance(world.operations.get(name), Host) and name not in command:
            command += ["--allow", name]
    if options.todo is not None:
        command += ["--todo", options.todo]
    say(
        f"step {reached.step.id!r} waits for a person (see {shlex.join(['tier2', 'show', command[2]])}); "
        f"to approve it: {shlex.join(command)}; or --veto instead of --approve"
    )
    return PAUSED


def _files_of(options: argparse.Namespace) -> DayFiles | None:
    if options.todo is None:
        return None
    todo = Path(options.todo)
    if not todo.name:  # the files beside it would have no place
        raise InputError(f"--todo {escaped(options.todo)}: names no file; give the path of a todo.txt")
    return day_files(todo)


def _run_name(path: Path) -> str:
    """How the next command finds the run again: by its name in the default folder, else by its path."""
    with suppress(InputError):  # there may be no default folder
        if path.parent == runs.default_folder():
            return path.name.removesuffix(SUFFIX)
    # With a slash it is a path, and with a dot no option, whatever it is called.
    return str(path) if path.is_absolute() else f"./{path}"


def _keep(run: Run, options: argparse.Namespace) -> None:
    if options.run_out is not None:
        write_whole(options.run_out, canonical(run) + b"\n")


def _ended(result: OrchestrationResult, options: argparse.Namespace) -> int:
    if result.success:
        answer(result, options)
        return DONE
    say(f"step {result.failed_step_id!r} failed: {result.error_message}")
    try:
        answer(result, options)
    except InputError as fault:  # such as a part that a failed run has not got; that it failed is what counts
        say(str(fault))
    return FAILED
