"""The options that several commands share."""

import argparse
import re

from tier2.shell.cli.environment import Environment
from tier2.shell.errors import InputError


def add_output(command: argparse.ArgumentParser) -> None:
    """Adds the options of a command that prints a document."""
    command.add_argument("--pretty", action="store_true", help="indent the answer, as is done on a terminal")
    command.add_argument(
        "--pointer", metavar="/A/B", type=_json_pointer, help="print only this part of the answer (RFC 6901)"
    )


def _json_pointer(text: str) -> str:
    """A well-formed JSON Pointer (RFC 6901). It is checked before anything is done for the answer."""
    if text and not text.startswith("/"):
        raise InputError(f"--pointer {text}: a JSON Pointer starts with /")
    if re.search("~(?![01])", text):
        raise InputError(f"--pointer {text}: ~ is written ~0, and / in a name ~1")
    return text


def add_mission(command: argparse.ArgumentParser, environment: Environment) -> None:
    """Adds the options that name a mission."""
    known = ", ".join(sorted(environment.missions)).replace("%", "%%")  # argparse formats its help
    command.add_argument("type", metavar="TYPE", nargs="?", help=f"a mission type: {known}")
    command.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a param; VALUE is JSON if it can be read so, or else a text",
    )
    command.add_argument(
        "--extra-param",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a param that the mission type does not know; it is kept all the same",
    )
    command.add_argument("--mission", metavar="FILE", help="a mission document, instead of TYPE")


def add_context(command: argparse.ArgumentParser) -> None:
    """Adds the options that name a workflow, and the state in which it starts."""
    command.add_argument("--workflow", metavar="FILE", help="a workflow document, instead of a mission")
    context = command.add_mutually_exclusive_group()
    context.add_argument("--state", metavar="FILE", help="a JSON object: the initial state")
    context.add_argument("--context", metavar="FILE", help="a context document")


def add_runs_folder(command: argparse.ArgumentParser, default: str | None = None) -> None:
    """Adds the option that names the folder of runs.

    default: argparse.SUPPRESS for an action of a command that has the option too, so that it may stand before both.
    """
    command.add_argument(
        "--runs",
        metavar="DIR",
        default=default,
        help="the folder of runs; if not given, tier2 under $XDG_STATE_HOME or ~/.local/state",
    )


def add_jobs(command: argparse.ArgumentParser) -> None:
    """Adds the option that limits the number of processes."""
    command.add_argument(
        "--jobs", metavar="N", type=_count, help="how many processes share the work; if not given, one a core"
    )


def _count(text: str) -> int:
    if re.fullmatch("[1-9][0-9]{0,3}", text):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of processes, such as 4")


def digest_option(text: str) -> str:
    """A digest on the command line. It is checked before anything is done."""
    if re.fullmatch("[0-9a-f]{64}", text):
        return text
    raise InputError(f"--head {text}: a digest is 64 hexadecimal digits in lower case")
