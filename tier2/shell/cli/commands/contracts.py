"""`tier2 contracts`: the contract files of tier2 and what goes with them, and the tools for contracts of one's own.

The files are data of the package: contracts, bundle, JavaScript module with declarations, known answers, and two pages
of text. The tools are in `tier2.shell.cli.commands.contract_tools`.
"""

import argparse
import os
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from tier2.shell.cli.commands import contract_tools
from tier2.shell.cli.environment import Environment
from tier2.shell.cli.exit_codes import DONE
from tier2.shell.cli.output import write_lines
from tier2.shell.errors import InputError
from tier2.shell.io.files import write_stdout, write_whole

_PLACES: Mapping[str, str] = {"schemas/": "", "vectors/": "vectors/", "javascript/": "javascript/"}
"""The folders of data beside the generated module, and what they are called outside."""

_PAGES = ("README.md", "SPEC.md")

_CONTRACT = ".schema.json"


def add_options(command: argparse.ArgumentParser, _: Environment) -> None:
    """Adds the options of ``contracts``."""
    actions = command.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    actions.add_parser("list", help="name the contract files of tier2, and what goes with them")
    show = actions.add_parser("show", help="print one of them")
    show.add_argument(
        "name", metavar="NAME", help="a file, such as mission, bundle or tier2.mjs; or tier2.run/v1"
    )
    export = actions.add_parser("export", help="write all of them into a folder")
    export.add_argument("folder", metavar="DIR")
    export.add_argument("--force", action="store_true", help="replace files of other content")
    contract_tools.add_actions(actions.add_parser)


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Does the action that was asked for."""
    if options.action in contract_tools.ACTIONS:
        return contract_tools.ACTIONS[options.action](options, environment)
    found = packaged()
    if options.action == "list":
        width = max(map(len, found))
        write_lines(f"{name:{width}}  {_title(name, file)}".rstrip() for name, file in found.items())
    elif options.action == "show":
        write_stdout(found[_named(options.name, found)].read_bytes())
    else:
        _export(found, options.folder, force=options.force)
        environment.say(f"wrote {len(found)} files into {options.folder}")
    return DONE


def packaged() -> Mapping[str, Traversable]:
    """The files that the installed package brings, by name, in order. Raises InputError if there are none."""
    root = files("tier2") / "contracts"
    found = {
        outside + name: file
        for inside, outside in _PLACES.items()
        for name, file in _files_in(root / inside.rstrip("/"), "")
    }
    if not (root / "schemas").is_dir():
        raise InputError(
            "this installation of tier2 brings no contract files, as it is an editable one; "
            "take them from contracts/ of its repository"
        )
    return {**dict(sorted(found.items())), **{name: root / name for name in _PAGES}}


def _files_in(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    if not folder.is_dir():
        return []
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _files_in(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + entry.name, entry))
    return found


def _title(name: str, file: Traversable) -> str:
    """What a contract file is called; nothing for other files."""
    if not name.endswith(_CONTRACT):
        return ""
    title: object = msgspec.json.decode(file.read_bytes()).get("title")
    return title if isinstance(title, str) else ""


def _named(wanted: str, found: Mapping[str, Traversable]) -> str:
    """The file that a person means: by its name, the end of it, or a contract's name such as tier2.mission/v1."""
    document, _, version = wanted.removeprefix("tier2.").partition("/")
    by_contract = f"{version}/{document}{_CONTRACT}"
    for name in found:
        if name in (wanted, by_contract) or name.endswith((f"/{wanted}", f"/{wanted}{_CONTRACT}")):
            return name
    raise InputError(f"no file here is called {wanted}; `contracts list` names them")


def _export(found: Mapping[str, Traversable], folder: str, *, force: bool) -> None:
    """Writes all files, or none where one would replace something else."""
    targets = {os.path.join(folder, *name.split("/")): file.read_bytes() for name, file in found.items()}
    others = [target for target, data in targets.items() if _holds_another(target, data)]
    if others and not force:
        raise InputError(
            f"{others[0]}: is there with other content, one of {len(others)}; nothing was written: "
            "choose another folder, or replace them with --force"
        )
    for target, data in targets.items():
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        except OSError as error:
            raise InputError(f"{target}: cannot be written: {error.strerror}; choose another place") from None
        write_whole(target, data)


def _holds_another(target: str, data: bytes) -> bool:
    """Whether something else is where a file is to be written."""
    if not os.path.lexists(target):
        return False
    try:
        with open(target, "rb") as file:
            return file.read() != data
    except OSError:
        return True
