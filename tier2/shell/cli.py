"""The command ``tier2``: documents in and out as JSON on stdin and stdout, messages on stderr.

Exit codes: 0 done; 1 the run failed, or a check found something; 2 bad input or usage; 3 a person or the world is
needed.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence

from tier2.canonical import canonical, digest, parse
from tier2.contracts.base import Value
from tier2.contracts.v1 import ExecutionContext, MissionSpec, OrchestrationResult, Run, WorkflowDefinition
from tier2.decoding import DOCUMENTS, decode
from tier2.errors import ContractError, Tier2Error
from tier2.execution import advance, finish, pending, perform, run_workflow, start, state, verify
from tier2.frozen import JsonValue
from tier2.missions import MISSIONS
from tier2.missions.kind import MissionType
from tier2.operations import OPERATIONS
from tier2.operations.kinds import Host, Operation
from tier2.planning import build_workflow
from tier2.receipts import Difference
from tier2.shell.display import harmless, pretty
from tier2.shell.files import InputFault, about, read, read_document, read_json, told, write_whole

DONE, FAILED, BAD_INPUT, PAUSED, INTERRUPTED = 0, 1, 2, 3, 130


def main(
    argv: Sequence[str] | None = None,
    missions: Mapping[str, MissionType] = MISSIONS,
    operations: Mapping[str, Operation] = OPERATIONS,
) -> int:
    """Runs the command and returns its exit code.

    A larger system makes a command of its own out of it, with bigger mappings of missions and operations.
    """
    try:
        options = _parser(missions).parse_args(argv)
    except SystemExit as usage:  # argparse has said why
        return int(usage.code or 0)
    command: Callable[[argparse.Namespace, Mapping[str, MissionType], Mapping[str, Operation]], int] = (
        options.command
    )
    try:
        return command(options, missions, operations)
    except InputFault as fault:
        _say(str(fault))
        return BAD_INPUT
    except Tier2Error as error:
        _say(f"{error} [{error.code}]")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def entry() -> None:
    """The console script."""
    sys.exit(main())


def _parser(missions: Mapping[str, MissionType]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tier2",
        description="Plans missions into bounded workflows, runs them, and proves what happened with hashes.",
        epilog="Exit codes: 0 done; 1 the run failed, or a check found something; 2 bad input or usage; "
        "3 a person or the world is needed. FILE may be - for stdin.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, command: Callable[..., int], text: str) -> argparse.ArgumentParser:
        # An abbreviated option would change its meaning, or lose it, when another one is added.
        added = commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False
        )
        added.set_defaults(command=command)
        return added

    plan = add("plan", _plan, "print the workflow of a mission")
    run = add("run", _run, "run a mission and print its result; stop where a person or the world is needed")
    rehearse = add("rehearse", _rehearse, "run a mission, passing over what needs a person or the world")
    for planned in (plan, run, rehearse):
        _add_mission(planned, missions)
    for started in (run, rehearse):
        _add_context(started)
    check_run = add("verify", _verify, "recompute a result from its run, and name the first difference")
    check_run.add_argument("run", metavar="RUN", help="file of a finished run document")
    check_run.add_argument("result", metavar="RESULT", help="file of its result document")
    check_run.add_argument("--head", metavar="SHA256", help="the head digest as it was kept elsewhere")
    hashed = add("hash", _hash, "print the digests of JSON files")
    hashed.add_argument("files", metavar="FILE", nargs="*", default=["-"])
    rewritten = add(
        "canonical", _canonical, "print the canonical bytes (RFC 8785) of a JSON file, and no newline"
    )
    rewritten.add_argument("file", metavar="FILE", nargs="?", default="-")
    checked = add("check", _check, "check documents against their contracts")
    checked.add_argument("files", metavar="FILE", nargs="+")
    return parser


def _add_mission(command: argparse.ArgumentParser, missions: Mapping[str, MissionType]) -> None:
    known = ", ".join(sorted(missions)).replace("%", "%%")  # argparse formats its help
    command.add_argument("type", metavar="TYPE", nargs="?", help=f"a mission type: {known}")
    command.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a param; VALUE is JSON if it can be read so",
    )
    command.add_argument("--mission", metavar="FILE", help="a mission document, instead of TYPE")
    command.add_argument("--pretty", action="store_true", help="indent the answer, as is done on a terminal")
    command.add_argument("--pointer", metavar="/A/B", help="print only this part of the answer (RFC 6901)")


def _add_context(command: argparse.ArgumentParser) -> None:
    command.add_argument("--workflow", metavar="FILE", help="a workflow document, instead of a mission")
    context = command.add_mutually_exclusive_group()
    context.add_argument("--state", metavar="FILE", help="a JSON object: the initial state")
    context.add_argument("--context", metavar="FILE", help="a context document")
    command.add_argument("--run-out", metavar="FILE", help="write the run document here, for `tier2 verify`")


def _plan(
    options: argparse.Namespace, missions: Mapping[str, MissionType], _: Mapping[str, Operation]
) -> int:
    _answer(_planned(options, missions), options)
    return DONE


def _run(
    options: argparse.Namespace, missions: Mapping[str, MissionType], operations: Mapping[str, Operation]
) -> int:
    workflow, context = _workflow(options, missions), _context(options)
    with about(options.workflow):
        run = start(workflow, context, operations)
    while (step := pending(run)) is not None:
        if step.kind == "human" or isinstance(operations[str(step.payload["operation"])], Host):
            return _paused(run, step.id, "a person" if step.kind == "human" else "the outside world", options)
        run = advance(run, perform(step, state(run), operations))
    return _finished(run, finish(run), options)


def _rehearse(
    options: argparse.Namespace, missions: Mapping[str, MissionType], operations: Mapping[str, Operation]
) -> int:
    workflow, context = _workflow(options, missions), _context(options)
    with about(options.workflow):
        result = run_workflow(workflow, context, operations)
    events = tuple(entry.event for entry in result.receipt.entries)
    return _finished(Run(workflow=workflow, context=context, events=events), result, options)


def _paused(run: Run, step_id: str, need: str, options: argparse.Namespace) -> int:
    _keep(run, options)
    _answer(run, options)
    _say(
        f"step {step_id!r} needs {need}: the run stops here, unfinished; `tier2 rehearse` passes over such steps"
    )
    return PAUSED


def _finished(run: Run, result: OrchestrationResult, options: argparse.Namespace) -> int:
    _keep(run, options)
    _answer(result, options)
    if result.success:
        return DONE
    _say(f"step {result.failed_step_id!r} failed: {result.error_message}")
    return FAILED


def _verify(options: argparse.Namespace, _: object, __: object) -> int:
    kept = options.head
    if kept is not None and not re.fullmatch("[0-9a-f]{64}", kept):
        raise InputFault(f"--head {harmless(kept)}: a digest is 64 hexadecimal digits in lower case")
    run = read_document(options.run, Run)
    result = read_document(options.result, OrchestrationResult)
    with about(options.run):
        difference = verify(run, result)
    head = result.receipt.head_sha256
    if difference is not None:
        _say(
            f"{options.result}: {difference.where}: the run comes to {difference.expected}, not {difference.found}"
        )
    elif kept not in (None, head):
        difference = Difference("$.receipt.head_sha256", f'"{kept}"', f'"{head}"')
        _say(f"{options.result}: the head is {head}, not the kept {kept}: this is another run")
    found: dict[str, JsonValue] = {
        "difference": None if difference is None else difference._asdict(),
        "head_sha256": head,
        "result_sha256": digest(result),
    }
    _write(canonical(found) + b"\n")
    return DONE if difference is None else FAILED


def _hash(options: argparse.Namespace, _: object, __: object) -> int:
    for name in options.files:
        _write(f"{digest(read_json(name))}  {harmless(name)}\n".encode())
    return DONE


def _canonical(options: argparse.Namespace, _: object, __: object) -> int:
    _write(canonical(read_json(options.file)))
    return DONE


def _check(options: argparse.Namespace, _: object, __: object) -> int:
    code = DONE
    for name in options.files:
        data = read(name)
        try:
            contract, document = _recognised(data)
        except Tier2Error as error:
            code = FAILED
            _write(f"{told(name, error)}\n".encode())
        else:
            _write(f"{harmless(name)}: {contract} {digest(document)}\n".encode())
    return code


def _recognised(data: bytes) -> tuple[str, Value]:
    """The contract that a document names, and the document decoded by it."""
    plain = parse(data)
    contract = plain.get("contract") if isinstance(plain, Mapping) else None
    if not isinstance(contract, str) or contract not in DOCUMENTS:
        raise ContractError(
            code="tag",
            where="$.contract",
            message="the document names no contract that is known here",
            remedy=f"name one of {', '.join(sorted(DOCUMENTS))}",
        )
    return contract, decode(data, DOCUMENTS[contract])


def _planned(options: argparse.Namespace, missions: Mapping[str, MissionType]) -> WorkflowDefinition:
    mission = _mission(options)
    with about(options.mission):
        return build_workflow(mission, missions)


def _mission(options: argparse.Namespace) -> MissionSpec:
    if options.mission is not None:
        if options.type is not None or options.param:
            raise InputFault("--mission brings its own type and params; leave TYPE and --param away")
        return read_document(options.mission, MissionSpec)
    if options.type is None:
        raise InputFault("no mission is named; give its TYPE or a file, see --help")
    params: dict[str, JsonValue] = {}
    for text in options.param:
        name, equals, value = str(text).partition("=")
        if not equals or name in params:
            raise InputFault(f"--param {harmless(text)}: give each param once, as NAME=VALUE")
        with about(f"--param {name}"):
            params[name] = _value(value)
    return MissionSpec(type=options.type, params=params)


def _value(text: str) -> JsonValue:
    """A param's value from the command line: JSON, or else the text as it stands."""
    try:
        return parse(text)
    except Tier2Error as error:
        if error.code in ("syntax", "trailing"):
            return text
        raise


def _workflow(options: argparse.Namespace, missions: Mapping[str, MissionType]) -> WorkflowDefinition:
    if options.workflow is None:
        return _planned(options, missions)
    if options.type is not None or options.param or options.mission is not None:
        raise InputFault("--workflow is a plan already; leave TYPE, --param and --mission away")
    return read_document(options.workflow, WorkflowDefinition)


def _context(options: argparse.Namespace) -> ExecutionContext:
    if options.context is not None:
        return read_document(options.context, ExecutionContext)
    if options.state is None:
        return ExecutionContext()
    initial_state = read_json(options.state)
    if not isinstance(initial_state, Mapping):
        raise InputFault(f"{harmless(options.state)}: $: a state is a JSON object; wrap it in one")
    with about(options.state):
        return ExecutionContext(initial_state=initial_state)


def _keep(run: Run, options: argparse.Namespace) -> None:
    if options.run_out is not None:
        write_whole(options.run_out, canonical(run) + b"\n")


def _answer(document: Value, options: argparse.Namespace) -> None:
    data = canonical(document if options.pointer is None else _part(document, options.pointer))
    if options.pretty or (sys.stdout is not None and sys.stdout.isatty()):
        _write(pretty(data).encode())
    else:
        _write(data + b"\n")


def _part(document: Value, pointer: str) -> JsonValue:
    """The part of a document that a JSON Pointer (RFC 6901) names."""
    data = canonical(document)
    part = parse(data, max_bytes=len(data))
    if pointer and not pointer.startswith("/"):
        raise InputFault(f"--pointer {harmless(pointer)}: a JSON Pointer starts with /")
    if re.search("~(?![01])", pointer):
        raise InputFault(f"--pointer {harmless(pointer)}: ~ is written ~0, and / in a name ~1")
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(part, Mapping) and name in part:
            part = part[name]
        elif isinstance(part, tuple) and name in map(str, range(len(part))):
            part = part[int(name)]
        else:
            raise InputFault(f"--pointer {harmless(pointer)}: the answer has no {harmless(name)!r} there")
    return part


def _write(data: bytes) -> None:
    if sys.stdout is None:  # closed by whoever started the command
        raise InputFault("the answer cannot be written: stdout is closed")
    try:
        rest = memoryview(data)
        while rest:  # unbuffered (PYTHONUNBUFFERED), a write may take a part only
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()
    except OSError as error:  # closed by its reader, or on a full disk
        # Python would flush stdout once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise InputFault(f"the answer cannot be written: {error.strerror}") from None


def _say(message: str) -> None:
    if sys.stderr is not None:  # for None, print would take stdout
        try:
            print(f"tier2: {harmless(message)}", file=sys.stderr, flush=True)
        except OSError:
            # Nobody can be told. The exit code still tells, unless Python tries once more at exit, and fails.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
