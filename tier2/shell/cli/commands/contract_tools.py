"""`tier2 contracts generate | compat | lock`: types from contract files, their changes, and the lock of released ones.

They work on the ``contracts`` folder of any project. `tier2.codegen` does the work on texts; this module reads and
writes the files.
"""

import argparse
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

from tier2.codegen.compatibility import compare, document_roots
from tier2.codegen.generation import Target, drift, target_of
from tier2.codegen.generation import generate as generated
from tier2.codegen.lock import LOCK_FILE, broken, digests, lock_text, read_lock, unlocked
from tier2.codegen.model import ContractFileError
from tier2.codegen.policy import Policy, read_policy, report
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE, FAILED
from tier2.shell.cli.output import write_lines
from tier2.shell.errors import InputError
from tier2.shell.io.contract_folders import read_folder, read_folder_or_revision, versions
from tier2.shell.io.files import cannot_read, read_bytes, write_whole

_POLICY = "policy.json"

Action = Callable[[argparse.Namespace, Environment], int]


def add_actions(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the three actions, with their options."""
    action = add_parser("generate", help="write the typed module, the bundle and the TypeScript types")
    _add_folder_options(action)
    action.add_argument(
        "--check",
        action="store_true",
        help="write nothing; print the differences, and exit with 1 if there are any",
    )
    action.add_argument("--module", metavar="FILE", help="the Python module to write, below the root")
    action.add_argument(
        "--declarations", metavar="FILE", help="the TypeScript types to write, below the root"
    )

    action = add_parser("compat", help="say which readers a change of contract files breaks")
    action.add_argument("old", metavar="OLD", help="a folder, or REV:PATH for a folder at a git revision")
    action.add_argument("new", metavar="NEW", help="the same, for the changed contract files")
    action.add_argument(
        "--policy",
        metavar="FILE",
        help=f"which document needs which direction; default: {_POLICY} beside the folders, else both",
    )

    action = add_parser("lock", help="lock released contract files by their digests")
    _add_folder_options(action)
    mode = action.add_mutually_exclusive_group()
    mode.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a file is not as locked"
    )
    mode.add_argument("--unreleased", action="store_true", help="lock anew a version that nobody has yet")


def _add_folder_options(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--root", metavar="DIR", default=".", help="the folder that holds contracts/; default: ."
    )
    action.add_argument("--version", metavar="VERSION", help="only this version, such as v1")


def generate(options: argparse.Namespace, environment: Environment) -> int:
    """Writes the generated files that are out of date, or prints how they differ."""
    usual = f"{environment.prog} contracts generate"
    targets = _targets(options, usual)
    wanted: dict[str, str] = {}
    for target in targets:
        with _errors_in(target.contracts, environment):
            wanted |= generated(read_folder(_below(options.root, target.contracts)), target)
    existing = {
        path: text for path in wanted if (text := _existing_text(_below(options.root, path))) is not None
    }
    stale = [path for path, text in wanted.items() if existing.get(path) != text]
    if stale and options.check:
        write_lines(drift(wanted, existing))
        command = targets[0].command if len(targets) == 1 else usual
        place = "" if options.root == "." else f" --root {options.root}"
        environment.say(f"out of date: {', '.join(stale)}; run: {command}{place}")
        return FAILED
    for path in stale:
        _write(_below(options.root, path), wanted[path])
        environment.say(f"wrote {_below(options.root, path)}")
    return DONE


def _targets(options: argparse.Namespace, command: str) -> list[Target]:
    """One target a version. Raises InputError."""
    found = versions(options.root, options.version)
    if len(found) > 1 and (options.module is not None or options.declarations is not None):
        raise InputError("--module and --declarations are for one version; name it with --version")
    return [target_of(version, options.module, options.declarations, command) for version in found]


def compat(options: argparse.Namespace, environment: Environment) -> int:
    """Prints the changes of each document, and whether the policy allows them."""
    old, new = (_read_side(given, environment) for given in (options.old, options.new))
    policy_file = options.policy or _policy_beside(options.new, options.old)
    policy = Policy() if policy_file is None else _read_policy(policy_file)
    verdicts = compare(old, new)
    write_lines(report(verdicts, policy))
    incompatible = [verdict.document for verdict in verdicts if policy.broken(verdict)]
    if not incompatible:
        return DONE
    environment.say(
        f"not compatible: {', '.join(incompatible)}; make it a new version, or accept the change with its reason "
        f"in {policy_file or 'a policy (--policy)'}"
    )
    return FAILED


def _policy_beside(*given: str) -> str | None:
    """The policy file of the contracts that are compared: it stands beside the folder of a version."""
    for side in given:
        path = side if os.path.isdir(side) else side.partition(":")[2]
        file = os.path.join(os.path.dirname(os.path.normpath(path)), _POLICY) if path else ""
        if os.path.exists(file):
            return file
    return None


def _read_policy(file: str) -> Policy:
    try:
        return read_policy(read_bytes(file).decode())
    except ValueError as error:
        raise InputError(f"{file}: {error}") from None


def _read_side(given: str, environment: Environment) -> dict[str, str]:
    """The contract files of one side of the comparison. What cannot be generated is not compared either."""
    with _errors_in(given, environment):
        sources = read_folder_or_revision(given)
        generated(sources)
        try:
            document_roots(sources)
        except ValueError as error:
            raise ContractFileError(str(error)) from None
    return sources


def lock(options: argparse.Namespace, environment: Environment) -> int:
    """Locks the contract files that are new, or checks that all are as locked."""
    found = versions(options.root, options.version)
    if options.unreleased and len(found) > 1:
        raise InputError(
            "--unreleased is for one version, since the others are released; name it with --version"
        )
    messages: list[str] = []
    for version in found:
        folder = f"contracts/{version}"
        with _errors_in(folder, environment):
            lines = _lock_folder(_below(options.root, folder), options)
        messages += [f"{folder}/{line}" for line in lines]
    for message in messages:
        environment.say(message)
    return FAILED if messages else DONE


def _lock_folder(folder: str, options: argparse.Namespace) -> list[str]:
    """Checks one version, and writes its lock if that is wanted and nothing is broken. Returns what is wrong."""
    lock_file = os.path.join(folder, LOCK_FILE)
    found, text = digests(read_folder(folder)), _existing_text(lock_file)
    locked: Mapping[str, str] = {} if text is None or options.unreleased else read_lock(text)
    wrong = [*broken(locked, found), *(unlocked(locked, found) if options.check else ())]
    wanted = lock_text(found)
    if not options.check and not wrong and text != wanted:
        _write(lock_file, wanted)
    return wrong


ACTIONS: Mapping[str, Action] = {"generate": generate, "compat": compat, "lock": lock}


@contextmanager
def _errors_in(folder: str, environment: Environment) -> Generator[None, None, None]:
    """Says all that is wrong with contract files, each with the folder; the last one becomes the InputError."""
    try:
        yield
    except ContractFileError as error:
        *others, last = error.problems
        for problem in others:
            environment.say(f"{folder}/{problem}")
        raise InputError(f"{folder}/{last}") from None


def _below(root: str, path: str) -> str:
    return os.path.normpath(os.path.join(root, path))


def _existing_text(path: str) -> str | None:
    """The text of a file, exactly; None if there is none."""
    try:
        with open(path, "rb") as file:
            return file.read().decode(errors="surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot_read(path, error) from None


def _write(path: str, text: str) -> None:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}; choose another place") from None
    write_whole(path, text.encode())
